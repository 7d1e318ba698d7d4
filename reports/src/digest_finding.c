#include "digest_finding.h"

#include "support/buf.h"
#include "support/shell.h"
#include "support/subject.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

static struct digest_finding *known(struct digest *d, size_t scenario, const char *kind,
                                    const char *subject, bool wanted, bool warning)
{
    for (size_t i = 0; i < d->findings_n; i++) {
        struct digest_finding *f = &d->findings[i];

        if (f->scenario == scenario && f->wanted == wanted && f->warning == warning &&
            strcmp(f->kind, kind) == 0 && subjects_same(f->subject, subject))
            return f;
    }
    return NULL;
}

char *digest_replay_line(const struct digest *d, int64_t trial, const char *at)
{
    const json_t *again = json_object_get(d->log->root, "again");
    struct buf line = {0};
    char *where;

    if (again != NULL) {
        buf_addf(&line, "%s --at ", text_of(again, "options"));
        shell_quote(&line, at);
        buf_addf(&line, " -- %s", text_of(again, "command"));
        return buf_take(&line);
    }
    where = mem_printf("%s:%" PRId64, d->log->dir, trial);
    buf_adds(&line, "sigsweep replay ");
    shell_quote(&line, where);
    free(where);
    return buf_take(&line);
}

void digest_add_findings(struct digest *d, size_t scenario, const struct runlog_trial *t)
{
    json_t *item;
    size_t i;

    json_array_foreach(json_object_get(t->root, "findings"), i, item)
    {
        const char *kind = text_of(item, "kind"), *subject = text_of(item, "subject");
        bool wanted = json_is_true(json_object_get(item, "wanted"));
        bool warning = !wanted && strcmp(text_of(item, "severity"), "warning") == 0;
        struct digest_finding *f = known(d, scenario, kind, subject, wanted, warning);

        if (f == NULL && d->findings_n == DIGEST_FINDINGS_MAX) {
            d->findings_more++;
            continue;
        }
        if (f == NULL) {
            d->findings = mem_grow(d->findings, d->findings_n + 1, sizeof(*d->findings));
            f = &d->findings[d->findings_n++];
            *f = (struct digest_finding){.scenario = scenario,
                                         .wanted = wanted,
                                         .warning = warning,
                                         .first_trial = t->number,
                                         .kind = mem_strdup(kind),
                                         .subject = mem_strdup(subject),
                                         .message = mem_strdup(text_of(item, "message")),
                                         .expected = mem_strdup(text_of(item, "expected")),
                                         .seen = mem_strdup(text_of(item, "seen")),
                                         .at = mem_strdup(t->at),
                                         .replay = digest_replay_line(d, t->number, t->at)};
        }
        f->trials++;
    }
}

void digest_order_findings(struct digest *d)
{
    struct digest_finding *ordered = mem_alloc(d->findings_n * sizeof(*ordered));
    size_t n = 0;

    for (int rank = 0; rank < 3; rank++)
        for (size_t i = 0; i < d->findings_n; i++)
            if ((d->findings[i].wanted ? 2 : d->findings[i].warning) == rank)
                ordered[n++] = d->findings[i];
    free(d->findings);
    d->findings = ordered;
}

char *digest_kinds(const struct digest *d, size_t scenario)
{
    struct buf kinds = {0};

    for (size_t i = 0; i < d->findings_n; i++) {
        const struct digest_finding *f = &d->findings[i];
        size_t k;

        if (f->scenario != scenario || f->wanted || f->warning)
            continue;
        for (k = 0; k < i; k++)
            if (d->findings[k].scenario == scenario && !d->findings[k].wanted &&
                !d->findings[k].warning && strcmp(d->findings[k].kind, f->kind) == 0)
                break;
        if (k == i)
            buf_addf(&kinds, "%s%s", kinds.len != 0 ? ", " : "", f->kind);
    }
    return buf_take(&kinds);
}

void digest_free_findings(struct digest *d)
{
    for (size_t i = 0; i < d->findings_n; i++) {
        struct digest_finding *f = &d->findings[i];

        free(f->kind);
        free(f->subject);
        free(f->message);
        free(f->expected);
        free(f->seen);
        free(f->at);
        free(f->replay);
    }
    free(d->findings);
}
