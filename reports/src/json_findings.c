/* The findings of a run that confirmed them: out of its findings.json. */
#include "digest_finding.h"
#include "formats.h"

#include <stdlib.h>
#include <string.h>

static const char *text_in(json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));

    return text != NULL ? text : "";
}

/* "INT" of INT*5>group@...: the signal of the last interrupt. */
static char *signal_of(const char *at)
{
    const char *last = strrchr(at, ',');
    const char *from = last != NULL ? last + 1 : at;

    return mem_strndup(from, strcspn(from, "*>@"));
}

static json_t *finding(const struct digest *d, json_t *group)
{
    const char *shrunk = text_in(group, "shrunk"), *at = text_in(group, "at");
    long long tried = json_integer_value(json_object_get(group, "tried"));
    char *confirmed = mem_printf(
        "%lld/%lld", (long long)json_integer_value(json_object_get(group, "confirmed")), tried);
    char *replay = digest_replay_line(d, json_integer_value(json_object_get(group, "trial")),
                                      shrunk[0] != '\0' ? shrunk : at);
    char *signal = signal_of(at);
    json_t *o =
        json_pack("{s:s s:s s:s s:s s:s s:s s:s s:s s:O s:O s:s s:s s:s}", "kind",
                  text_in(group, "kind"), "subject", text_in(group, "subject"), "severity",
                  text_in(group, "severity")[0] != '\0' ? text_in(group, "severity") : "error",
                  "signal", signal, "at", shrunk[0] != '\0' ? shrunk : at, "found_at", at, "where",
                  text_in(group, "where"), "scenario", text_in(group, "scenario"), "trials",
                  json_object_get(group, "trials"), "first_trial", json_object_get(group, "trial"),
                  "message", text_in(group, "message"), "expected", text_in(group, "expected"),
                  "seen", text_in(group, "seen"));

    json_object_set_new(o, "confirmed", tried != 0 ? json_string(confirmed) : json_null());
    json_object_set_new(o, "replay", json_string(replay));
    free(confirmed);
    free(replay);
    free(signal);
    return o;
}

json_t *json_confirmed_findings(const struct digest *d)
{
    char *path = mem_printf("%s/findings.json", d->log->dir);
    json_t *file = json_load_file(path, 0, NULL), *group, *list = NULL;
    size_t i;

    json_array_foreach(json_object_get(file, "groups"), i, group)
    {
        if (list == NULL)
            list = json_array();
        if (json_is_true(json_object_get(group, "wanted")))
            continue;
        json_array_append_new(list, finding(d, group));
    }
    json_decref(file);
    free(path);
    return list;
}
