#include "run/record_read.h"

#include "run/base64.h"
#include "run/record_json.h"
#include "support/buf.h"
#include "support/signals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

json_t *line_parse(const char *text, size_t len)
{
    json_t *line = json_loadb(text, len, JSON_ALLOW_NUL, NULL);

    if (line != NULL && !json_is_object(line)) {
        json_decref(line);
        return NULL;
    }
    return line;
}

/* ------------------------------------------------------------------------------ one value */

static int64_t number(json_t *o, const char *key, int64_t missing)
{
    json_t *value = json_object_get(o, key);

    return json_is_integer(value) ? json_integer_value(value) : missing;
}

static bool flag(json_t *o, const char *key)
{
    return json_is_true(json_object_get(o, key));
}

/* The exact bytes: those beside the readable text, where that had to be changed to be UTF-8. */
static char *bytes(json_t *o, const char *key, size_t *len)
{
    char *name = mem_printf("%s_base64", key), *out;
    json_t *value = json_object_get(o, name);

    if (json_is_string(value)) {
        out = base64_decode(json_string_value(value), len);
    } else {
        value = json_object_get(o, key);
        *len = json_string_length(value);
        out = json_is_string(value) ? mem_alloc(*len + 1) : NULL; /* zeroed */
        if (out != NULL)
            memcpy(out, json_string_value(value), *len); /* it may hold a NUL: no strndup */
    }
    free(name);
    return out;
}

static char *text(json_t *o, const char *key)
{
    size_t len;

    return bytes(o, key, &len);
}

static char *text_or(json_t *o, const char *key, const char *missing)
{
    char *out = text(o, key);

    return out != NULL ? out : mem_strdup(missing);
}

static char letter(json_t *o, const char *key)
{
    const char *value = json_string_value(json_object_get(o, key));

    return value != NULL ? value[0] : '\0';
}

/* Its place in a list of names, or -1. */
static int word(json_t *o, const char *key, const char *(*name_of)(int), int n)
{
    const char *value = json_string_value(json_object_get(o, key));

    for (int i = 0; value != NULL && i < n; i++) {
        if (strcmp(value, name_of(i)) == 0)
            return i;
    }
    return -1;
}

/* Room for the elements of a list, zeroed; *n is how many there are. */
static void *room_for(json_t *list, size_t size, size_t *n)
{
    *n = json_array_size(list);
    return *n != 0 ? mem_alloc(*n * size) : NULL;
}

/* -------------------------------------------------------------------------------- its parts */

static int read_ended(json_t *line, struct record *r)
{
    json_t *o = json_object_get(line, "ended"), *value;
    const char *signal = json_string_value(json_object_get(o, "signal"));

    r->how = ENDED_NOT_BEGUN;
    if (json_is_integer(value = json_object_get(o, "code"))) {
        r->how = ENDED_EXITED;
        r->value = (int)json_integer_value(value);
    } else if (signal != NULL) {
        r->how = ENDED_SIGNALED;
        r->value = signal_number(signal);
        if (r->value == 0)
            return -EINVAL;
    } else if (flag(o, "deadline")) {
        r->how = ENDED_DEADLINE;
    } else if (flag(o, "alive")) {
        r->how = ENDED_ALIVE;
    } else if (flag(o, "flood")) {
        const char *of = json_string_value(json_object_get(line, "flood_of"));
        r->how = ENDED_FLOOD;
        r->flood = of != NULL && strcmp(of, "disk") == 0 ? FLOOD_DISK : FLOOD_PROCESSES;
    } else if (!flag(o, "not_begun")) {
        return -EINVAL;
    }
    return 0;
}

static void read_stream(json_t *line, const char *key, struct stream *s)
{
    json_t *o = json_object_get(line, key);
    const char *hash = json_string_value(json_object_get(o, "hash"));

    if (o == NULL)
        return;
    s->bytes = (uint64_t)number(o, "bytes", 0);
    s->hash = hash != NULL ? strtoull(hash, NULL, 16) : 0;
    s->head = bytes(o, "head", &s->head_len);
    s->tail = bytes(o, "tail", &s->tail_len);
}

static const char *state_word(int i)
{
    return delivery_state_name((enum delivery_state)i);
}

static const char *target_word(int i)
{
    return target_name((enum target)i);
}

static int read_deliveries(json_t *line, struct record *r)
{
    json_t *list = json_object_get(line, "deliveries"), *o;
    size_t i;

    r->deliveries = room_for(list, sizeof(*r->deliveries), &r->deliveries_n);
    json_array_foreach(list, i, o)
    {
        const char *signal = json_string_value(json_object_get(o, "signal"));
        int state = word(o, "state", state_word, DELIVERY_LATE + 1);
        int to = word(o, "to", target_word, TO_TERMINAL + 1);

        if (signal == NULL || signal_number(signal) == 0 || state < 0 || to < 0)
            return -EINVAL;
        r->deliveries[i] = (struct delivery){.interrupt = (unsigned)number(o, "interrupt", 0),
                                             .repeat = (unsigned)number(o, "repeat", 0),
                                             .signal = signal_number(signal),
                                             .to = (enum target)to,
                                             .state = (enum delivery_state)state,
                                             .exact = flag(o, "exact"),
                                             .blocked = flag(o, "blocked"),
                                             .planned_ns = number(o, "planned_ns", -1),
                                             .sent_ns = number(o, "sent_ns", -1),
                                             .taken_ns = number(o, "taken_ns", -1)};
    }
    return 0;
}

static int read_event(const char *line, size_t len, struct event *ev)
{
    char *after;
    int64_t stamp, when = strtoll(line, &after, 10);

    if (*after != ' ' || event_parse(after + 1, len - (size_t)(after + 1 - line), ev, &stamp) != 0)
        return -EINVAL;
    ev->t_ns = when;
    return 0;
}

static int read_events(json_t *line, struct record *r)
{
    json_t *list = json_object_get(line, "events"), *exact, *one;
    size_t i, n;

    exact = json_object_get(line, "events_base64");
    r->events = room_for(list, sizeof(*r->events), &n);
    json_array_foreach(list, i, one)
    {
        char index[24], *raw = NULL;
        size_t len = json_string_length(one);
        json_t *other;
        int rc;

        snprintf(index, sizeof(index), "%zu", i);
        other = json_object_get(exact, index);
        if (json_is_string(other))
            raw = base64_decode(json_string_value(other), &len);
        if (raw == NULL && !json_is_string(one))
            return -EINVAL;
        rc = read_event(raw != NULL ? raw : json_string_value(one), len, &r->events[i]);
        free(raw);
        if (rc != 0)
            return rc;
        r->events_n++;
    }
    return 0;
}

static const char *file_word(int i)
{
    return file_state_name((enum file_state)i);
}

static int read_files(json_t *line, struct record *r)
{
    json_t *list = json_object_get(line, "files"), *o;
    size_t i, n;

    r->files = room_for(list, sizeof(*r->files), &n);
    json_array_foreach(list, i, o)
    {
        struct left_file *f = &r->files[i];
        const char *hash = json_string_value(json_object_get(o, "hash"));
        int state = word(o, "state", file_word, FILE_REMOVED + 1);

        if (state < 0)
            return -EINVAL;
        *f = (struct left_file){.path = text_or(o, "path", "?"),
                                .state = (enum file_state)state,
                                .type = letter(o, "type"),
                                .mode = (unsigned)number(o, "mode", 0),
                                .was_mode = (unsigned)number(o, "was_mode", 0),
                                .size = (uint64_t)number(o, "size", 0),
                                .hash = hash != NULL ? strtoull(hash, NULL, 16) : 0,
                                .hashed = hash != NULL,
                                .unstable = flag(o, "unstable"),
                                .steady = flag(o, "steady")};
        r->files_n++;
    }
    r->files_hidden = (uint64_t)number(line, "files_hidden", 0);
    r->files_more = (uint64_t)number(line, "files_more", 0);
    return 0;
}

static void read_left(json_t *line, struct record *r)
{
    json_t *fds = json_object_get(line, "fds"), *processes = json_object_get(line, "processes"), *o;
    json_t *threads = json_object_get(line, "left_threads");
    size_t i;

    r->fds_known = fds != NULL;
    r->fds = room_for(fds, sizeof(*r->fds), &r->fds_n);
    json_array_foreach(fds, i, o)
    {
        r->fds[i] = (struct open_fd){.fd = (int)number(o, "fd", -1),
                                     .target = text_or(o, "target", "?"),
                                     .what = text(o, "what")};
    }
    r->threads = (unsigned)number(line, "threads", 0);
    r->left_threads = room_for(threads, sizeof(*r->left_threads), &r->left_threads_n);
    json_array_foreach(threads, i, o)
    {
        r->left_threads[i] = (struct left_thread){.tid = (pid_t)number(o, "tid", 0),
                                                  .comm = text_or(o, "comm", "?"),
                                                  .where = text(o, "where")};
    }
    r->processes = room_for(processes, sizeof(*r->processes), &r->processes_n);
    json_array_foreach(processes, i, o)
    {
        r->processes[i] = (struct left_process){.pid = (pid_t)number(o, "pid", 0),
                                                .ppid = (pid_t)number(o, "ppid", 0),
                                                .state = letter(o, "state"),
                                                .command = text_or(o, "command", "?"),
                                                .holds = text(o, "holds"),
                                                .session = flag(o, "session"),
                                                .detached = flag(o, "detached"),
                                                .age_ns = number(o, "age_ns", 0),
                                                .started_ns = number(o, "started_ns", INT64_MIN),
                                                .chain = text(o, "chain")};
    }
}

static const char *ipc_word(int i)
{
    return ipc_kind_name((enum ipc_kind)i);
}

static int read_resources(json_t *line, struct record *r)
{
    json_t *ipc = json_object_get(line, "ipc"), *modes = json_object_get(line, "terminal"), *o;
    size_t i, n;

    r->ipc_alone = flag(line, "ipc_alone");
    r->ipc = room_for(ipc, sizeof(*r->ipc), &n);
    json_array_foreach(ipc, i, o)
    {
        int kind = word(o, "kind", ipc_word, IPC_POSIX_MQ + 1);

        if (kind < 0)
            return -EINVAL;
        r->ipc[i] = (struct left_ipc){.kind = (enum ipc_kind)kind,
                                      .name = text_or(o, "name", "?"),
                                      .id = (int)number(o, "id", 0)};
        r->ipc_n++;
    }
    r->terminal_known = modes != NULL;
    r->terminal_modes = room_for(modes, sizeof(*r->terminal_modes), &r->terminal_modes_n);
    json_array_foreach(modes, i, o)
    {
        r->terminal_modes[i] = mem_strdup(json_is_string(o) ? json_string_value(o) : "?");
    }
    return 0;
}

static const char *memory_word(int i)
{
    return memory_name((enum memory)i);
}

static int read_memory(json_t *line, struct record *r)
{
    json_t *o = json_object_get(line, "memory");
    int tool = o != NULL ? word(o, "tool", memory_word, MEMORY_ASAN + 1) : MEMORY_OFF;

    if (tool < 0)
        return -EINVAL;
    r->memory = (enum memory)tool;
    r->memory_checked = flag(o, "checked");
    r->memory_absent = text(o, "absent");
    r->memory_text = text(o, "reports");
    r->let_go = flag(line, "let_go");
    return 0;
}

static void read_stuck(json_t *line, struct record *r)
{
    json_t *list = json_object_get(line, "stuck"), *o, *frame;
    size_t i, k;

    r->stuck = room_for(list, sizeof(*r->stuck), &r->stuck_n);
    json_array_foreach(list, i, o)
    {
        json_t *stack = json_object_get(o, "stack");
        struct stuck_thread *t = &r->stuck[i];

        *t = (struct stuck_thread){.pid = (pid_t)number(o, "pid", 0),
                                   .tid = (pid_t)number(o, "tid", 0),
                                   .state = letter(o, "state"),
                                   .comm = text_or(o, "comm", "?"),
                                   .where = text_or(o, "where", "?")};
        t->stack = room_for(stack, sizeof(*t->stack), &t->stack_n);
        json_array_foreach(stack, k, frame)
        {
            t->stack[k] = mem_strdup(json_is_string(frame) ? json_string_value(frame) : "?");
        }
    }
}

/* What a command that was run afterwards has, too. */
static int read_common(json_t *line, struct record *r)
{
    r->trouble = text(line, "trouble");
    read_stream(line, "stdout", &r->out);
    read_stream(line, "stderr", &r->err);
    return read_ended(line, r) != 0 || read_files(line, r) != 0 ? -EINVAL : 0;
}

static int read_after(json_t *line, const char *key, struct record **out)
{
    json_t *o = json_object_get(line, key);

    if (o == NULL)
        return 0;
    *out = mem_alloc(sizeof(**out));
    record_init(*out);
    return read_common(o, *out);
}

static const char *wait_word(int i)
{
    return dialogue_wait_name((enum dialogue_wait)i);
}

static int read_dialogue(json_t *line, struct record *r)
{
    json_t *o = json_object_get(line, "dialogue");
    int waits = o != NULL ? word(o, "waits", wait_word, WAIT_READER + 1) : WAIT_NOTHING;

    if (waits < 0)
        return -EINVAL;
    r->steps = (size_t)number(o, "steps", 0);
    r->steps_done = (size_t)number(o, "done", 0);
    r->step_waits = (enum dialogue_wait)waits;
    r->answered_ns = number(o, "answered_ns", -1);
    return 0;
}

static int read_all(json_t *line, struct record *r)
{
    json_t *times = json_object_get(line, "times_ns");
    const char *engine = json_string_value(json_object_get(line, "engine"));

    r->engine = engine != NULL && strcmp(engine, "snapshot") == 0 ? ENGINE_SNAPSHOT : ENGINE_REPLAY;
    r->effects = (long)number(line, "effects", -1);
    r->diverged = text(line, "diverged");
    r->traced = flag(line, "traced");
    r->core = flag(line, "core");
    r->outright = flag(line, "outright");
    r->outsider = flag(line, "outsider");
    r->ready_ns = number(times, "ready", -1);
    r->exit_ns = number(times, "exit", -1);
    r->end_ns = number(times, "end", -1);
    r->start_clock_ns = number(line, "start_clock_ns", -1);
    r->events_lost = (uint64_t)number(line, "events_lost", 0);
    r->events_bad = (uint64_t)number(line, "events_bad", 0);
    r->events_bad_first = text(line, "events_bad_first");
    r->events_exact = flag(line, "events_exact");
    read_left(line, r);
    read_stuck(line, r);
    if (read_common(line, r) != 0 || read_deliveries(line, r) != 0 || read_events(line, r) != 0 ||
        read_resources(line, r) != 0 || read_memory(line, r) != 0 ||
        read_after(line, "recover", &r->recover) != 0 ||
        read_after(line, "rerun", &r->rerun) != 0 || read_after(line, "client", &r->client) != 0 ||
        read_dialogue(line, r) != 0)
        return -EINVAL;
    return 0;
}

int record_read(json_t *line, const struct scenario *s, struct record *r, struct error *err)
{
    r->terminal = s->program.terminal;
    if (read_all(line, r) != 0)
        return error_set(err, -EINVAL,
                         "it is not a trial as this sigsweep writes it: a field is missing or has "
                         "an unknown value");
    return 0;
}
