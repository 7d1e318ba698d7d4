/* JUnit as the xunit plugin of Jenkins validates it (reports/tests/jenkins-junit.xsd). */
#include "escape.h"
#include "formats.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FINDINGS_SHOWN 50 /* in one scenario's failure text; the rest is counted */

static void attr(struct buf *out, const char *name, const char *value)
{
    buf_addf(out, " %s=\"", name);
    escape_xml_attr(out, value);
    buf_adds(out, "\"");
}

static void attr_count(struct buf *out, const char *name, size_t value)
{
    buf_addf(out, " %s=\"%zu\"", name, value);
}

static void attr_seconds(struct buf *out, const char *name, int64_t ns)
{
    buf_addf(out, " %s=\"%.3f\"", name, (double)(ns > 0 ? ns : 0) / 1e9);
}

/* scenarios/points/slots-full.yaml -> scenarios.points.slots-full. Dots make the folders that a
 * JUnit viewer shows; a dot in a file's own name must not make one. */
static char *class_name(const char *file)
{
    const char *end = strrchr(file, '.'), *slash = strrchr(file, '/');
    size_t len =
        end != NULL && (slash == NULL || end > slash) ? (size_t)(end - file) : strlen(file);
    struct buf name = {0};

    while (len > 0 && (file[0] == '/' || (file[0] == '.' && (len == 1 || file[1] == '/')))) {
        file++;
        len--;
    }
    for (size_t i = 0; i < len; i++)
        buf_add(&name, file[i] == '/' ? "." : file[i] == '.' ? "_" : file + i, 1);
    if (name.len == 0)
        buf_adds(&name, "sigsweep");
    return buf_take(&name);
}

/* The folder of the scenario's file: its theme, and one testsuite. */
static char *theme_of(const char *file)
{
    const char *slash = strrchr(file, '/');

    return slash != NULL ? mem_strndup(file, (size_t)(slash - file)) : mem_strdup("sigsweep");
}

static void properties(const struct runlog *log, struct buf *out)
{
    const char *const pairs[][2] = {{"sigsweep.version", log->version},
                                    {"sigsweep.run", log->name},
                                    {"sigsweep.seed", log->seed},
                                    {"sigsweep.state", log->state}};

    buf_adds(out, "    <properties>\n");
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        buf_adds(out, "      <property");
        attr(out, "name", pairs[i][0]);
        attr(out, "value", pairs[i][1]);
        buf_adds(out, "/>\n");
    }
    buf_adds(out, "    </properties>\n");
}

static void finding_text(const struct digest_finding *f, struct buf *text)
{
    buf_addf(text, "%s%s%s: %s\n", f->kind, f->subject[0] != '\0' ? " " : "", f->subject,
             f->message);
    if (f->expected[0] != '\0')
        buf_addf(text, "  expected: %s\n", f->expected);
    if (f->seen[0] != '\0')
        buf_addf(text, "  seen:     %s\n", f->seen);
    if (f->at[0] != '\0')
        buf_addf(text, "  at:       %s\n", f->at);
    buf_addf(text, "  trials:   %" PRId64 ", first is %" PRId64 "\n  replay:   %s\n", f->trials,
             f->first_trial, f->replay);
}

static void failure(const struct digest *d, size_t place, struct buf *out)
{
    const struct digest_scenario *s = &d->scenarios[place];
    struct buf text = {0};
    const char *message = s->reason;
    size_t shown = 0, more = 0;

    if (s->reason != NULL)
        buf_addf(&text, "%s\n", s->reason);
    for (size_t i = 0; i < d->findings_n; i++) {
        const struct digest_finding *f = &d->findings[i];

        if (f->scenario != place || f->wanted || f->warning)
            continue;
        if (shown == 0)
            message = f->message;
        if (shown == FINDINGS_SHOWN) {
            more++;
            continue;
        }
        finding_text(f, &text);
        shown++;
    }
    if (more > 0)
        buf_addf(&text, "and %zu more findings\n", more);
    buf_adds(out, "      <failure");
    attr(out, "type", s->kinds[0] != '\0' ? s->kinds : "expected-finding-missing");
    attr(out, "message", message != NULL && message[0] != '\0' ? message : "failed");
    buf_adds(out, ">");
    escape_xml_text(out, text.data != NULL ? text.data : "");
    buf_adds(out, "</failure>\n");
    buf_free(&text);
}

/* What was not tested stands in the system-out of the testcase, passed ones too. */
static void account(const struct digest_scenario *s, struct buf *out)
{
    const struct digest_counts *c = &s->counts;
    struct buf text = {0};

    buf_addf(&text,
             "trials: %" PRId64 " planned, %" PRId64 " run, %" PRId64 " fired, %" PRId64
             " unreached, %" PRId64 " masked, %" PRId64 " sampled out\n",
             c->planned, c->run, c->fired, c->unreached, c->masked, c->sampled_out);
    for (size_t i = 0; i < s->untested_n; i++)
        buf_addf(&text, "not tested in %" PRId64 " trials: %s\n", s->untested[i].trials,
                 s->untested[i].reason);
    buf_adds(out, "      <system-out>");
    escape_xml_text(out, text.data);
    buf_adds(out, "</system-out>\n");
    buf_free(&text);
}

static void one_reason(struct buf *out, const char *element, const char *type, const char *reason)
{
    buf_addf(out, "      <%s", element);
    attr(out, "type", type);
    attr(out, "message", reason != NULL && reason[0] != '\0' ? reason : type);
    buf_adds(out, "/>\n");
}

static void testcase(const struct digest *d, size_t place, const char *class, const char *name,
                     struct buf *out)
{
    const struct digest_scenario *s = &d->scenarios[place];

    buf_adds(out, "    <testcase");
    attr(out, "classname", class);
    attr(out, "name", name);
    attr_seconds(out, "time", s->elapsed_ns);
    buf_adds(out, ">\n");
    if (strcmp(s->verdict, "failed") == 0)
        failure(d, place, out);
    else if (strcmp(s->verdict, "error") == 0)
        one_reason(out, "error", "error", s->reason);
    else if (strcmp(s->verdict, "passed") != 0) /* skipped, untested, incomplete: never passed */
        one_reason(out, "skipped", s->verdict, s->reason);
    account(s, out);
    buf_adds(out, "    </testcase>\n");
}

/* A name that no earlier scenario of the same class took: the second "x" becomes "x (2)". `used`
 * holds "class\nname" keys. The caller frees. */
static char *unique_name(json_t *used, const char *class, const char *name)
{
    for (unsigned n = 1;; n++) {
        char *tried = n == 1 ? mem_strdup(name) : mem_printf("%s (%u)", name, n);
        char *key = mem_printf("%s\n%s", class, tried);
        struct buf clean = {0};
        bool taken;

        /* As the reader will see it: two names may differ only in bytes that XML can't hold. */
        escape_xml_attr(&clean, key);
        taken = json_object_get(used, clean.data) != NULL;
        if (!taken)
            json_object_set_new(used, clean.data, json_true());
        buf_free(&clean);
        free(key);
        if (!taken)
            return tried;
        free(tried);
    }
}

struct suite_sums {
    size_t tests, failures, errors, skipped;
    int64_t elapsed_ns;
};

static void add_to(struct suite_sums *sums, const struct digest_scenario *s)
{
    sums->tests++;
    if (strcmp(s->verdict, "failed") == 0)
        sums->failures++;
    else if (strcmp(s->verdict, "error") == 0)
        sums->errors++;
    else if (strcmp(s->verdict, "passed") != 0)
        sums->skipped++;
    sums->elapsed_ns += s->elapsed_ns;
}

static void suite(const struct digest *d, const char *theme, char *const *themes, json_t *used,
                  struct buf *out)
{
    struct suite_sums sums = {0};

    for (size_t i = 0; i < d->scenarios_n; i++)
        if (strcmp(themes[i], theme) == 0)
            add_to(&sums, &d->scenarios[i]);
    buf_adds(out, "  <testsuite");
    attr(out, "name", theme);
    attr_count(out, "tests", sums.tests);
    attr_count(out, "failures", sums.failures);
    attr_count(out, "errors", sums.errors);
    attr_count(out, "skipped", sums.skipped);
    attr_seconds(out, "time", sums.elapsed_ns);
    if (d->log->started[0] != '\0')
        attr(out, "timestamp", d->log->started);
    if (d->log->host[0] != '\0')
        attr(out, "hostname", d->log->host);
    buf_adds(out, ">\n");
    properties(d->log, out);
    for (size_t i = 0; i < d->scenarios_n; i++) {
        char *class, *name;

        if (strcmp(themes[i], theme) != 0)
            continue;
        class = class_name(d->scenarios[i].file);
        name = unique_name(used, class, d->scenarios[i].name);
        testcase(d, i, class, name, out);
        free(class);
        free(name);
    }
    buf_adds(out, "  </testsuite>\n");
}

void report_junit(const struct digest *d, struct buf *out)
{
    char **themes = mem_alloc(d->scenarios_n * sizeof(*themes));
    json_t *used = json_object();
    struct suite_sums sums = {0};

    for (size_t i = 0; i < d->scenarios_n; i++) {
        themes[i] = theme_of(d->scenarios[i].file);
        add_to(&sums, &d->scenarios[i]);
    }
    buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    attr(out, "name", d->log->name);
    attr_count(out, "tests", sums.tests);
    attr_count(out, "failures", sums.failures);
    attr_count(out, "errors", sums.errors);
    attr_seconds(out, "time", d->log->elapsed_ns >= 0 ? d->log->elapsed_ns : sums.elapsed_ns);
    buf_adds(out, ">\n");
    for (size_t i = 0; i < d->scenarios_n; i++) {
        size_t k = 0;

        while (strcmp(themes[k], themes[i]) != 0)
            k++;
        if (k == i) /* the first of its theme */
            suite(d, themes[i], themes, used, out);
    }
    buf_adds(out, "</testsuites>\n");
    for (size_t i = 0; i < d->scenarios_n; i++)
        free(themes[i]);
    free(themes);
    json_decref(used);
}
