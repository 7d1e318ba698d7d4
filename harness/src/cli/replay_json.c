#include "cli/replay_json.h"

#include "escape.h"
#include "plan/points.h"
#include "run/record_json.h"
#include "support/signals.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLAY_FORMAT 1

/* Any text as a JSON string: names may hold bytes that are not UTF-8. */
static json_t *string(const char *text)
{
    struct buf clean = {0};
    json_t *value;

    escape_utf8(&clean, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
    buf_add(&clean, "", 0);
    value = json_string(clean.data);
    buf_free(&clean);
    return value;
}

static json_t *trials(const struct replay_verdict *v, enum trial_outcome outcome)
{
    bool masked = false;

    for (size_t i = 0; i < v->record->deliveries_n; i++)
        masked |= v->record->deliveries[i].state == DELIVERY_MASKED;
    return json_pack("{s:i s:i s:i s:i s:i s:i}", "planned", 1, "run", 1, "fired",
                     record_first_fired(v->record) != NULL, "unreached",
                     outcome == OUTCOME_UNREACHED, "masked", (int)masked, "sampled_out", 0);
}

static json_t *findings(const struct replay_verdict *v, const char *at)
{
    const char *signal =
        v->interrupts_n != 0 ? signal_label(v->interrupts[v->interrupts_n - 1].signal) : "";
    json_t *list = json_array();

    for (size_t i = 0; i < v->findings->n; i++) {
        const struct finding *f = &v->findings->list[i];
        json_array_append_new(
            list, json_pack("{s:s s:o s:s s:s s:s s:s s:o s:i s:n s:o s:o s:o s:o}", "kind",
                            kind_name(f->kind), "subject", string(f->subject), "severity",
                            f->warning ? "warning" : "error", "signal", signal, "at", at, "where",
                            "", "scenario", string(v->scenario->name), "trials", 1, "confirmed",
                            "message", string(f->message), "expected", string(f->expected), "seen",
                            string(f->seen), "replay", string(v->again)));
    }
    return list;
}

int replay_json_write(const struct replay_verdict *v, const char *file, struct error *err)
{
    enum trial_outcome outcome = outcome_of(v->scenario, v->record, v->findings);
    const char *verdict = v->findings->kinds != 0        ? "findings"
                          : outcome == OUTCOME_UNREACHED ? "untested"
                                                         : "clean";
    bool to_stdout = strcmp(file, "-") == 0;
    FILE *out = to_stdout ? stdout : fopen(file, "we");
    struct buf at = {0};
    json_t *root;
    int rc;

    if (out == NULL)
        return error_set(err, -errno, "cannot write %s: %s", file, strerror(errno));
    points_print(v->interrupts, v->interrupts_n, &at);
    buf_add(&at, "", 0);
    root = json_pack("{s:i s:s s:o s:{s:i s:i} s:o}", "format", REPLAY_FORMAT, "verdict", verdict,
                     "trials", trials(v, outcome), "engines", "snapshot", 0, "replay", 1,
                     "findings", findings(v, at.data));
    rc = root != NULL && json_dumpf(root, out, JSON_INDENT(2)) == 0 ? 0 : -EIO;
    fputc('\n', out);
    if ((to_stdout ? fflush(out) : fclose(out)) != 0 || rc != 0)
        rc = error_set(err, -EIO, "cannot write %s", file);
    json_decref(root);
    buf_free(&at);
    return rc;
}
