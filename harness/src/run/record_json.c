#include "run/record_json.h"

#include "run/base64.h"
#include "run/json_text.h"
#include "support/signals.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *delivery_state_name(enum delivery_state state)
{
    static const char *const names[] = {
        [DELIVERY_UNREACHED] = "unreached",
        [DELIVERY_FIRED] = "fired",
        [DELIVERY_MASKED] = "masked",
        [DELIVERY_LATE] = "late",
    };

    return names[state];
}

const char *file_state_name(enum file_state state)
{
    static const char *const names[] = {"new", "changed", "removed"};

    return names[state];
}

const char *outcome_name(enum trial_outcome outcome)
{
    static const char *const names[] = {"passed", "failed", "unreached", "error"};

    return names[outcome];
}

enum trial_outcome outcome_of(const struct scenario *s, const struct record *r,
                              const struct findings *f)
{
    kind_set wanted = expect_wanted(&s->expect);

    if (r->how == ENDED_NOT_BEGUN)
        return OUTCOME_ERROR;
    if ((f->kinds & ~wanted) != 0)
        return OUTCOME_FOUND;
    /* Every interrupt must have been sent at least once. Its repeats need not: a program may end,
     * as it should, while more are still to come. */
    if (f->n == 0 && r->diverged != NULL)
        return OUTCOME_UNREACHED;
    for (size_t i = 0; f->n == 0 && i < r->deliveries_n; i++) {
        if (r->deliveries[i].repeat == 0 && r->deliveries[i].state == DELIVERY_UNREACHED)
            return OUTCOME_UNREACHED;
    }
    return OUTCOME_PASSED;
}

static void set_time(json_t *o, const char *key, int64_t ns)
{
    if (ns >= 0)
        json_object_set_new(o, key, json_integer(ns));
}

static json_t *ended_json(const struct record *r)
{
    switch (r->how) {
    case ENDED_EXITED: return json_pack("{s:i}", "code", r->value);
    case ENDED_SIGNALED: return json_pack("{s:s}", "signal", signal_label(r->value));
    case ENDED_DEADLINE: return json_pack("{s:b}", "deadline", 1);
    case ENDED_ALIVE: return json_pack("{s:b}", "alive", 1);
    case ENDED_FLOOD: return json_pack("{s:b}", "flood", 1);
    case ENDED_NOT_BEGUN: break;
    }
    return json_pack("{s:b}", "not_begun", 1);
}

static json_t *times_json(const struct record *r)
{
    const struct delivery *first = record_first_fired(r);
    int64_t signal = first != NULL ? first->sent_ns : -1, cancel = -1, cleanup = -1;
    json_t *o = json_object();

    for (size_t i = 0; signal >= 0 && i < r->events_n; i++) {
        const struct event *ev = &r->events[i];
        if (ev->t_ns < signal)
            continue;
        if (ev->verb == EVENT_CANCEL && cancel < 0)
            cancel = ev->t_ns;
        if (ev->verb == EVENT_CLEANUP_END)
            cleanup = ev->t_ns;
    }
    set_time(o, "ready", r->ready_ns);
    set_time(o, "signal", signal);
    set_time(o, "cancel", cancel);
    set_time(o, "last_cleanup", cleanup);
    set_time(o, "exit", r->exit_ns);
    set_time(o, "end", r->end_ns);
    return o;
}

static json_t *deliveries_json(const struct record *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->deliveries_n; i++) {
        const struct delivery *d = &r->deliveries[i];
        json_t *o =
            json_pack("{s:i, s:i, s:s, s:s, s:s, s:b}", "interrupt", (int)d->interrupt, "repeat",
                      (int)d->repeat, "signal", signal_label(d->signal), "to", target_name(d->to),
                      "state", delivery_state_name(d->state), "exact", d->exact);
        if (d->blocked)
            json_object_set_new(o, "blocked", json_true());
        set_time(o, "planned_ns", d->planned_ns);
        set_time(o, "sent_ns", d->sent_ns);
        set_time(o, "taken_ns", d->taken_ns);
        json_array_append_new(list, o);
    }
    return list;
}

/* Sets `events`, and beside it the bytes of those that are not UTF-8, by their place. */
static void set_events(json_t *o, const struct record *r)
{
    json_t *list = json_array(), *exact = json_object();
    char line[64 + EVENT_LINE_MAX];

    for (size_t i = 0; i < r->events_n; i++) {
        int at = snprintf(line, sizeof(line), "%" PRId64 " ", r->events[i].t_ns);
        int n = event_print(&r->events[i], line + at, sizeof(line) - (size_t)at);
        json_t *one =
            json_plain(line, (size_t)(at + n)) ? NULL : json_stringn(line, (size_t)(at + n));

        if (one == NULL && !json_plain(line, (size_t)(at + n))) {
            char index[24], *encoded = base64_encode(line, (size_t)(at + n));
            snprintf(index, sizeof(index), "%zu", i);
            json_object_set_new(exact, index, json_string(encoded));
            free(encoded);
        }
        json_array_append_new(list, one != NULL ? one : json_any_bytes(line, (size_t)(at + n)));
    }
    json_object_set_new(o, "events", list);
    if (json_object_size(exact) != 0)
        json_object_set_new(o, "events_base64", exact);
    else
        json_decref(exact);
}

static json_t *stream_json(const struct stream *s)
{
    const char *head = s->head != NULL ? s->head : "", *tail = s->tail != NULL ? s->tail : "";
    char hash[20];
    json_t *o;

    snprintf(hash, sizeof(hash), "%016" PRIx64, s->hash);
    o = json_pack("{s:I, s:s, s:o, s:o}", "bytes", (json_int_t)s->bytes, "hash", hash, "head",
                  json_any_bytes(head, s->head_len), "tail", json_any_bytes(tail, s->tail_len));
    json_keep_bytes(o, "head", head, s->head_len);
    json_keep_bytes(o, "tail", tail, s->tail_len);
    return o;
}

static json_t *file_json(const struct left_file *f)
{
    char type[2] = {f->type, '\0'}, hash[20];
    json_t *o = json_pack("{s:o, s:s, s:s, s:i, s:I}", "path", json_any(f->path), "state",
                          file_state_name(f->state), "type", type, "mode", (int)f->mode, "size",
                          (json_int_t)f->size);

    json_keep_bytes(o, "path", f->path, strlen(f->path));
    snprintf(hash, sizeof(hash), "%016" PRIx64, f->hash);
    if (f->hashed)
        json_object_set_new(o, "hash", json_string(hash));
    if (f->was_mode != 0)
        json_object_set_new(o, "was_mode", json_integer((json_int_t)f->was_mode));
    if (f->unstable)
        json_object_set_new(o, "unstable", json_true());
    if (f->steady)
        json_object_set_new(o, "steady", json_true());
    return o;
}

static void set_resources(json_t *o, const struct record *r)
{
    json_t *ipc = json_array(), *modes = json_array();

    for (size_t i = 0; i < r->ipc_n; i++) {
        json_t *one =
            json_pack("{s:s, s:i}", "kind", ipc_kind_name(r->ipc[i].kind), "id", r->ipc[i].id);
        json_set_any(one, "name", r->ipc[i].name);
        json_array_append_new(ipc, one);
    }
    for (size_t i = 0; i < r->terminal_modes_n; i++)
        json_array_append_new(modes, json_any(r->terminal_modes[i]));
    json_object_set_new(o, "ipc", ipc);
    json_object_set_new(o, "ipc_alone", json_boolean(r->ipc_alone));
    if (r->terminal_known)
        json_object_set_new(o, "terminal", modes);
    else
        json_decref(modes);
}

static void set_threads(json_t *o, const struct record *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->left_threads_n; i++) {
        json_t *one = json_pack("{s:i}", "tid", r->left_threads[i].tid);
        json_set_any(one, "comm", r->left_threads[i].comm);
        if (r->left_threads[i].where != NULL)
            json_set_any(one, "where", r->left_threads[i].where);
        json_array_append_new(list, one);
    }
    if (r->left_threads_n != 0)
        json_object_set_new(o, "left_threads", list);
    else
        json_decref(list);
}

static void set_left(json_t *o, const struct record *r)
{
    json_t *fds = json_array(), *processes = json_array(), *files = json_array();

    for (size_t i = 0; i < r->fds_n; i++) {
        json_t *one = json_pack("{s:i}", "fd", r->fds[i].fd);
        json_set_any(one, "target", r->fds[i].target);
        if (r->fds[i].what != NULL)
            json_set_any(one, "what", r->fds[i].what);
        json_array_append_new(fds, one);
    }
    for (size_t i = 0; i < r->processes_n; i++) {
        const struct left_process *p = &r->processes[i];
        char state[2] = {p->state, '\0'};
        json_t *one =
            json_pack("{s:i, s:i, s:s, s:o, s:b, s:b, s:I}", "pid", p->pid, "ppid", p->ppid,
                      "state", state, "command", json_any(p->command), "session", p->session,
                      "detached", p->detached, "age_ns", (json_int_t)p->age_ns);
        json_keep_bytes(one, "command", p->command, strlen(p->command));
        if (p->holds != NULL)
            json_set_any(one, "holds", p->holds);
        if (p->chain != NULL)
            json_set_any(one, "chain", p->chain);
        if (p->started_ns != INT64_MIN)
            json_object_set_new(one, "started_ns", json_integer(p->started_ns));
        json_array_append_new(processes, one);
    }
    for (size_t i = 0; i < r->files_n; i++) {
        json_array_append_new(files, file_json(&r->files[i]));
    }
    if (r->fds_known)
        json_object_set_new(o, "fds", fds);
    else
        json_decref(fds);
    json_object_set_new(o, "threads", json_integer(r->threads));
    set_threads(o, r);
    json_object_set_new(o, "processes", processes);
    json_object_set_new(o, "files", files);
    if (r->files_hidden != 0)
        json_object_set_new(o, "files_hidden", json_integer((json_int_t)r->files_hidden));
    json_object_set_new(o, "files_more", json_integer((json_int_t)r->files_more));
}

static json_t *stuck_json(const struct record *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->stuck_n; i++) {
        const struct stuck_thread *t = &r->stuck[i];
        char state[2] = {t->state, '\0'};
        json_t *stack = json_array(), *one;

        for (size_t k = 0; k < t->stack_n; k++)
            json_array_append_new(stack, json_any(t->stack[k]));
        one = json_pack("{s:i, s:i, s:s, s:o}", "pid", t->pid, "tid", t->tid, "state", state,
                        "stack", stack);
        json_set_any(one, "comm", t->comm);
        json_set_any(one, "where", t->where);
        json_array_append_new(list, one);
    }
    return list;
}

json_t *findings_print(const struct scenario *s, const struct findings *f)
{
    json_t *list = json_array();

    for (size_t i = 0; i < f->n; i++) {
        const struct finding *one = &f->list[i];
        bool wanted = (expect_wanted(&s->expect) & KIND_BIT(one->kind)) != 0;
        json_array_append_new(
            list,
            json_pack("{s:s, s:o, s:o, s:o, s:o, s:b}", "kind", kind_name(one->kind), "subject",
                      json_any(one->subject), "message", json_any(one->message), "expected",
                      json_any(one->expected), "seen", json_any(one->seen), "wanted", wanted));
        if (one->warning)
            json_object_set_new(json_array_get(list, json_array_size(list) - 1), "severity",
                                json_string("warning"));
    }
    return list;
}

static const char *role_of(const struct trial_line *line)
{
    return line->number == 0 ? "baseline" : line->role != NULL ? line->role : "trial";
}

static void set_engine(json_t *o, const struct trial_line *line)
{
    const struct record *r = line->record;

    json_object_set_new(o, "engine",
                        json_string(r->engine == ENGINE_SNAPSHOT ? "snapshot" : "replay"));
    if (line->site != 0)
        json_object_set_new(o, "site", json_integer(line->site));
    if (line->where != NULL)
        json_object_set_new(o, "where", json_any(line->where));
    if (r->diverged != NULL)
        json_set_any(o, "diverged", r->diverged);
    if (line->disagreed)
        json_object_set_new(o, "disagreed", json_true());
}

/* What came of a command that was run afterwards. */
static json_t *after_json(const struct record *r)
{
    json_t *o = json_pack("{s:o, s:o, s:o}", "ended", ended_json(r), "stdout", stream_json(&r->out),
                          "stderr", stream_json(&r->err));
    json_t *files = json_array();

    if (r->trouble != NULL)
        json_set_any(o, "trouble", r->trouble);
    for (size_t i = 0; i < r->files_n; i++)
        json_array_append_new(files, file_json(&r->files[i]));
    json_object_set_new(o, "files", files);
    return o;
}

static void set_memory(json_t *o, const struct record *r)
{
    json_t *m;

    if (r->memory == MEMORY_OFF)
        return;
    m = json_pack("{s:s, s:b}", "tool", memory_name(r->memory), "checked", r->memory_checked);
    if (r->memory_absent != NULL)
        json_set_any(m, "absent", r->memory_absent);
    if (r->memory_text != NULL)
        json_set_any(m, "reports", r->memory_text);
    json_object_set_new(o, "memory", m);
}

static json_t *dialogue_json(const struct record *r)
{
    json_t *o = json_pack("{s:I, s:I, s:s}", "steps", (json_int_t)r->steps, "done",
                          (json_int_t)r->steps_done, "waits", dialogue_wait_name(r->step_waits));

    set_time(o, "answered_ns", r->answered_ns);
    return o;
}

static json_t *line_json(const struct trial_line *line)
{
    const struct record *r = line->record;
    json_t *untested = json_array();
    json_t *o = json_pack(
        "{s:I, s:o, s:s, s:o, s:s, s:b, s:I, s:o, s:b, s:b, s:o, s:o}", "trial",
        (json_int_t)line->number, "scenario", json_any(line->scenario->name), "role", role_of(line),
        "at", json_any(line->at), "outcome", outcome_name(line->outcome), "traced", r->traced,
        "start_clock_ns", (json_int_t)r->start_clock_ns, "ended", ended_json(r), "core", r->core,
        "outsider", r->outsider, "times_ns", times_json(r), "deliveries", deliveries_json(r));

    if (o == NULL)
        return NULL;
    set_events(o, r);
    set_engine(o, line);
    if (r->effects >= 0)
        json_object_set_new(o, "effects", json_integer(r->effects));
    json_object_set_new(o, "outright", json_boolean(r->outright));
    if (r->how == ENDED_FLOOD)
        json_object_set_new(o, "flood_of", json_string(flood_name(r->flood)));
    if (r->trouble != NULL)
        json_set_any(o, "trouble", r->trouble);
    json_object_set_new(o, "events_lost", json_integer((json_int_t)r->events_lost));
    json_object_set_new(o, "events_bad", json_integer((json_int_t)r->events_bad));
    if (r->events_bad_first != NULL)
        json_set_any(o, "events_bad_first", r->events_bad_first);
    json_object_set_new(o, "events_exact", json_boolean(r->events_exact));
    json_object_set_new(o, "stdout", stream_json(&r->out));
    json_object_set_new(o, "stderr", stream_json(&r->err));
    set_left(o, r);
    set_resources(o, r);
    set_memory(o, r);
    if (r->let_go)
        json_object_set_new(o, "let_go", json_true());
    if (r->recover != NULL)
        json_object_set_new(o, "recover", after_json(r->recover));
    if (r->rerun != NULL)
        json_object_set_new(o, "rerun", after_json(r->rerun));
    if (r->client != NULL)
        json_object_set_new(o, "client", after_json(r->client));
    if (r->steps != 0)
        json_object_set_new(o, "dialogue", dialogue_json(r));
    if (r->stuck_n != 0)
        json_object_set_new(o, "stuck", stuck_json(r));
    json_object_set_new(o, "usage",
                        json_pack("{s:I, s:I, s:I}", "user_us", (json_int_t)r->user_us, "system_us",
                                  (json_int_t)r->system_us, "maxrss_kb", (json_int_t)r->maxrss_kb));
    json_object_set_new(o, "findings", findings_print(line->scenario, line->findings));
    for (size_t i = 0; i < line->findings->untested_n; i++)
        json_array_append_new(untested, json_any(line->findings->untested[i]));
    json_object_set_new(o, "untested", untested);
    return o;
}

static int append(const char *data, size_t len, void *out)
{
    buf_add(out, data, len);
    return 0;
}

/* ---------------------------------------------------------------------------- short lines */

static bool is_plain(const char *s)
{
    for (; *s != '\0'; s++) {
        if ((unsigned char)*s < 0x20 || (unsigned char)*s >= 0x7f)
            return false;
    }
    return true;
}

static void add_plain(struct buf *out, const char *s)
{
    buf_add(out, "\"", 1);
    for (; *s != '\0'; s++) {
        if (*s == '"' || *s == '\\')
            buf_add(out, "\\", 1);
        buf_add(out, s, 1);
    }
    buf_add(out, "\"", 1);
}

static bool can_be_short(const struct trial_line *line)
{
    const struct record *r = line->record;

    return r->engine == ENGINE_SNAPSHOT && r->memory == MEMORY_OFF && line->findings->n == 0 &&
           line->findings->untested_n == 0 && r->diverged == NULL && r->trouble == NULL &&
           !line->disagreed && !r->core && !r->outsider && r->events_lost + r->events_bad == 0 &&
           (r->how == ENDED_EXITED || r->how == ENDED_SIGNALED) && is_plain(line->at) &&
           is_plain(line->scenario->name) && (line->where == NULL || is_plain(line->where));
}

static void add_deliveries(struct buf *out, const struct record *r)
{
    for (size_t i = 0; i < r->deliveries_n; i++) {
        const struct delivery *d = &r->deliveries[i];
        buf_addf(out,
                 "%s{\"interrupt\":%u,\"repeat\":%u,\"signal\":\"%s\",\"to\":\"%s\","
                 "\"state\":\"%s\",\"exact\":%s%s,\"sent_ns\":%" PRId64,
                 i == 0 ? "" : ",", d->interrupt, d->repeat, signal_label(d->signal),
                 target_name(d->to), delivery_state_name(d->state), d->exact ? "true" : "false",
                 d->blocked ? ",\"blocked\":true" : "", d->sent_ns);
        if (d->taken_ns >= 0)
            buf_addf(out, ",\"taken_ns\":%" PRId64, d->taken_ns);
        buf_adds(out, "}");
    }
}

/* A text longer than this is told by its length and hash alone in a short line: the judge then says
 * that it was not kept. */
#define SHORT_TEXT 4096

static void set_short_stream(json_t *o, const char *key, const struct stream *s)
{
    struct stream cut = {.bytes = s->bytes, .hash = s->hash};

    if (s->bytes != 0)
        json_object_set_new(o, key, stream_json(s->bytes <= SHORT_TEXT ? s : &cut));
}

/* What there is beside the ending; nothing, for most. */
static void add_filled(struct buf *out, const struct record *r)
{
    json_t *o, *left, *value;
    struct buf text = {0};
    const char *key;

    if (r->effects >= 0)
        buf_addf(out, ",\"effects\":%ld", r->effects);
    if (r->outright)
        buf_adds(out, ",\"outright\":true");
    if (r->ipc_alone)
        buf_adds(out, ",\"ipc_alone\":true");
    if (r->fds_known && r->fds_n == 0)
        buf_adds(out, ",\"fds\":[]");
    if (r->terminal_known && r->terminal_modes_n == 0)
        buf_adds(out, ",\"terminal\":[]");
    if (r->out.bytes + r->err.bytes == 0 && r->events_n + r->fds_n + r->files_n == 0 &&
        r->processes_n + r->threads + r->left_threads_n + r->ipc_n + r->terminal_modes_n == 0)
        return;
    o = json_object();
    left = json_object();
    if (r->events_n != 0)
        set_events(o, r);
    set_left(left, r);
    set_resources(left, r);
    json_object_foreach(left, key, value)
    {
        if (json_array_size(value) != 0 || json_integer_value(value) != 0)
            json_object_set(o, key, value);
    }
    set_short_stream(o, "stdout", &r->out);
    set_short_stream(o, "stderr", &r->err);
    (void)json_dump_callback(o, append, &text, JSON_COMPACT);
    if (text.len > 2) { /* without its braces */
        buf_adds(out, ",");
        buf_add(out, text.data + 1, text.len - 2);
    }
    buf_free(&text);
    json_decref(left);
    json_decref(o);
}

static void short_line(const struct trial_line *line, struct buf *out)
{
    const struct record *r = line->record;
    const struct delivery *first = record_first_fired(r);

    buf_addf(out, "{\"trial\":%zu,\"scenario\":", line->number);
    add_plain(out, line->scenario->name);
    buf_addf(out, ",\"role\":\"%s\",\"engine\":\"snapshot\",\"at\":", role_of(line));
    add_plain(out, line->at);
    if (line->site != 0)
        buf_addf(out, ",\"site\":%u", line->site);
    if (line->where != NULL) {
        buf_adds(out, ",\"where\":");
        add_plain(out, line->where);
    }
    buf_addf(out, ",\"outcome\":\"%s\",\"traced\":%s,\"ended\":", outcome_name(line->outcome),
             r->traced ? "true" : "false");
    if (r->how == ENDED_EXITED)
        buf_addf(out, "{\"code\":%d}", r->value);
    else
        buf_addf(out, "{\"signal\":\"%s\"}", signal_label(r->value));
    buf_adds(out, ",\"times_ns\":{");
    if (first != NULL && first->sent_ns >= 0)
        buf_addf(out, "\"signal\":%" PRId64 "%s", first->sent_ns, r->exit_ns >= 0 ? "," : "");
    if (r->exit_ns >= 0)
        buf_addf(out, "\"exit\":%" PRId64, r->exit_ns);
    buf_adds(out, "},\"deliveries\":[");
    add_deliveries(out, r);
    buf_adds(out, "]");
    add_filled(out, r);
    buf_adds(out, ",\"findings\":[],\"untested\":[]}\n");
}

int trial_line_print(const struct trial_line *line, struct buf *out)
{
    json_t *o;
    int rc;

    if (can_be_short(line)) {
        short_line(line, out);
        return 0;
    }
    o = line_json(line);
    rc = o == NULL ? -ENOMEM : json_dump_callback(o, append, out, JSON_COMPACT);
    json_decref(o);
    if (rc != 0)
        return -ENOMEM;
    buf_add(out, "\n", 1);
    return 0;
}
