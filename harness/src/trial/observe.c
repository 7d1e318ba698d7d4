/* observe.c - what comes out of the program: events, output, sd_notify messages. */
#include "trial/live.h"

#include "support/clock.h"
#include "trial/arch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define EVENTS_KEPT  20000
#define STREAM_HEAD  (64 * 1024)
#define STREAM_TAIL  (64 * 1024)
#define WINDOW_MAX   (64 * 1024)
#define NOTIFY_KEPT  400 /* bytes of a line */
#define READ_AT_ONCE (64 * 1024)

/* ------------------------------------------------------------------------------- task counts */

static size_t open_find(const struct counts *c, int64_t id)
{
    size_t i = 0;

    while (i < c->open_n && c->open[i] != id)
        i++;
    return i;
}

static void open_set(struct counts *c, int64_t id, char state)
{
    size_t i = open_find(c, id);

    if (i < c->open_n) {
        c->value[c->open_state[i] == 'q' ? COUNT_QUEUED : COUNT_RUNNING]--;
    } else {
        if (c->open_n >= EVENTS_KEPT)
            return; /* a flood of ids: state points are then of no use anyway */
        if (c->open_n == c->open_room) {
            c->open_room = 2 * c->open_room + 16;
            c->open = mem_grow(c->open, c->open_room, sizeof(*c->open));
            c->open_state = mem_grow(c->open_state, c->open_room, 1);
        }
        c->open[c->open_n++] = id;
    }
    c->open_state[i] = state;
    c->value[state == 'q' ? COUNT_QUEUED : COUNT_RUNNING]++;
}

static void open_drop(struct counts *c, int64_t id)
{
    size_t i = open_find(c, id);

    if (i == c->open_n)
        return;
    c->value[c->open_state[i] == 'q' ? COUNT_QUEUED : COUNT_RUNNING]--;
    c->open[i] = c->open[--c->open_n];
    c->open_state[i] = c->open_state[c->open_n];
}

static void counts_update(struct counts *c, const struct event *ev)
{
    switch (ev->verb) {
    case EVENT_READY: c->ready = true; break;
    case EVENT_SLOTS: c->slots = ev->n; break;
    case EVENT_TASK_QUEUE: open_set(c, ev->id, 'q'); break;
    case EVENT_TASK_START:
        open_set(c, ev->id, 'r');
        c->value[COUNT_STARTED]++;
        break;
    case EVENT_TASK_FINI:
        open_drop(c, ev->id);
        c->value[COUNT_DONE]++;
        break;
    case EVENT_CANCEL:
        if (ev->n > c->value[COUNT_LEVEL])
            c->value[COUNT_LEVEL] = ev->n;
        break;
    case EVENT_CLEANUP_BEGIN: c->value[COUNT_CLEANING]++; break;
    case EVENT_CLEANUP_END:
        if (c->value[COUNT_CLEANING] > 0)
            c->value[COUNT_CLEANING]--;
        break;
    default: break;
    }
}

/* ------------------------------------------------------------------------------------ events */

static void bad_line(struct live *l, const char *line, size_t len)
{
    if (l->r->events_bad++ == 0)
        l->r->events_bad_first = mem_strndup(line, len < 200 ? len : 200);
}

static void keep(struct record *r, struct event *ev)
{
    if (r->events_n >= EVENTS_KEPT) {
        r->events_lost++;
        return;
    }
    if ((r->events_n & (r->events_n - 1)) == 0) /* grows at powers of two */
        r->events = mem_grow(r->events, r->events_n != 0 ? 2 * r->events_n : 1, sizeof(*r->events));
    r->events[r->events_n++] = *ev;
    ev->name = NULL;
}

void observe_event_line(struct live *l, const char *line, size_t len, pid_t tid)
{
    int64_t now = clock_now_ns(), stamp = -1;
    struct event ev;

    if (len >= EVENT_LINE_MAX || event_parse(line, len, &ev, &stamp) != 0) {
        bad_line(l, line, len);
        return;
    }
    /* The program's own time stands when it can be true. */
    ev.t_ns = (stamp >= l->start_ns && stamp <= now ? stamp : now) - l->start_ns;
    counts_update(&l->counts, &ev);
    cue_event(l, &ev, tid);
    keep(l->r, &ev);
    free(ev.name);
}

static void each_line(struct live *l, const char *text, size_t len, pid_t tid)
{
    const char *end;

    while (len > 0 && (end = memchr(text, '\n', len)) != NULL) {
        size_t line = (size_t)(end - text);
        observe_event_line(l, text, line, tid);
        text += line + 1;
        len -= line + 1;
    }
    if (len > 0)
        bad_line(l, text, len); /* one write is one whole line */
}

/* True when the tracee's descriptor number still means our pipe, not something it put there. */
static bool is_our_pipe(struct live *l, pid_t tid, int fd)
{
    char path[64];
    struct stat st;

    snprintf(path, sizeof(path), "/proc/%d/fd/%d", tid, fd);
    return stat(path, &st) == 0 && S_ISFIFO(st.st_mode) && st.st_ino == l->event_inode;
}

void observe_written(struct live *l, pid_t tid, const struct arch_call *call)
{
    char text[4096];
    struct iovec here, there;
    ssize_t got;

    if (!is_our_pipe(l, tid, (int)call->args[0]))
        return;
    here = (struct iovec){text, call->args[2] < sizeof(text) ? call->args[2] : sizeof(text)};
    there = (struct iovec){(void *)(uintptr_t)call->args[1], here.iov_len};
    got = process_vm_readv(tid, &here, 1, &there, 1, 0);
    if (got <= 0)
        return; /* a bad address: the kernel tells the program */
    /* What is read here need not go through the pipe: it can't be counted twice, nor fill it up. */
    if (arch_call_skip(tid, (long)call->args[2]) != 0)
        return;
    each_line(l, text, (size_t)got, tid);
}

void observe_events(struct live *l)
{
    char chunk[READ_AT_ONCE];
    ssize_t n;

    while (l->event_fd >= 0 && (n = read(l->event_fd, chunk, sizeof(chunk))) != 0) {
        if (n < 0) {
            if (errno == EINTR)
                continue;
            return;
        }
        for (ssize_t i = 0; i < n;) {
            char *end = memchr(chunk + i, '\n', (size_t)(n - i));
            size_t len = end != NULL ? (size_t)(end - chunk) - (size_t)i : (size_t)(n - i);
            if (l->event_line.len < 2 * EVENT_LINE_MAX)
                buf_add(&l->event_line, chunk + i, len);
            i += (ssize_t)len + 1;
            if (end != NULL) {
                observe_event_line(l, l->event_line.data, l->event_line.len, 0);
                buf_clear(&l->event_line);
            }
        }
        if (n < (ssize_t)sizeof(chunk))
            return; /* the pipe is empty, or a flood: the other descriptors get their turn */
    }
    if (l->event_line.len > 0)
        bad_line(l, l->event_line.data, l->event_line.len);
    buf_clear(&l->event_line);
    close(l->event_fd);
    l->event_fd = -1;
}

/* ------------------------------------------------------------------------------------ output */

static void stream_add(struct stream *s, const char *data, size_t len)
{
    uint64_t hash = s->hash;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)data[i]) * 0x100000001b3u;
    s->hash = hash;
    s->bytes += len;
    if (s->head_len < STREAM_HEAD) {
        size_t part = STREAM_HEAD - s->head_len < len ? STREAM_HEAD - s->head_len : len;
        s->head = mem_grow(s->head, s->head_len + part + 1, 1);
        memcpy(s->head + s->head_len, data, part);
        s->head_len += part;
        s->head[s->head_len] = '\0';
        data += part;
        len -= part;
    }
    if (len == 0)
        return;
    if (s->tail == NULL)
        s->tail = mem_alloc(2 * STREAM_TAIL + READ_AT_ONCE + 1);
    memcpy(s->tail + s->tail_len, data, len);
    s->tail_len += len;
    if (s->tail_len > 2 * STREAM_TAIL) { /* moved seldom, not for every chunk */
        memmove(s->tail, s->tail + s->tail_len - STREAM_TAIL, STREAM_TAIL);
        s->tail_len = STREAM_TAIL;
    }
    s->tail[s->tail_len] = '\0';
}

static bool wants_window(const struct live *l)
{
    return l->has_ready_regex || l->has_regex;
}

static void watch_output(struct live *l, struct buf *window, const char *data, size_t len)
{
    if (!wants_window(l))
        return;
    if (window->len + len > WINDOW_MAX)
        buf_clear(window);
    buf_add(window, data, len);
    cue_output(l, window);
}

void observe_output(struct live *l, int *fd, struct stream *to, struct buf *window)
{
    char chunk[READ_AT_ONCE];
    ssize_t n = read(*fd, chunk, sizeof(chunk));

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) { /* end of the pipe; EIO: the last slave of the pty is closed */
        close(*fd);
        *fd = -1;
        return;
    }
    stream_add(to, chunk, (size_t)n);
    if (l->pty_fd >= 0 && to == &l->r->out)
        screen_feed(&l->screen, chunk, (size_t)n);
    watch_output(l, window, chunk, (size_t)n);
    if (!l->copy && l->plan->scenario->program.dialogue_n != 0)
        dialogue_output(l, to == &l->r->err, chunk, (size_t)n);
}

/* One line as an event in the log, for points on `notify` and for expect.events. */
static void notify_line(struct live *l, const char *line, size_t len)
{
    struct event ev = {.verb = EVENT_NOTIFY, .id = -1};

    ev.t_ns = clock_now_ns() - l->start_ns;
    ev.name = mem_strndup(line, len < NOTIFY_KEPT ? len : NOTIFY_KEPT);
    for (char *c = ev.name; *c != '\0'; c++) {
        if ((unsigned char)*c <= ' ' || *c == 127)
            *c = '_'; /* as probe.h writes names */
    }
    cue_event(l, &ev, 0);
    keep(l->r, &ev);
    free(ev.name);
}

void observe_notify(struct live *l)
{
    char message[4096];
    ssize_t n;

    while ((n = recv(l->notify_fd, message, sizeof(message) - 1, MSG_DONTWAIT)) >= 0) {
        message[n] = '\0';
        for (const char *line = message; *line != '\0'; line += line[0] == '\n') {
            size_t len = strcspn(line, "\n");

            if (len > 0)
                notify_line(l, line, len);
            line += len;
        }
        cue_notify(l, message);
    }
}

static void tail_trim(struct stream *s)
{
    if (s->tail_len <= STREAM_TAIL)
        return;
    memmove(s->tail, s->tail + s->tail_len - STREAM_TAIL, STREAM_TAIL + 1);
    s->tail_len = STREAM_TAIL;
}

void observe_close(struct live *l)
{
    tail_trim(&l->r->out);
    tail_trim(&l->r->err);
    buf_free(&l->event_line);
    buf_free(&l->out_text);
    buf_free(&l->err_text);
    free(l->counts.open);
    free(l->counts.open_state);
}
