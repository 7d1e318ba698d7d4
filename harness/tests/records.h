/* records.h - hand-made scenarios and records for the judge's tests. One trial: a scenario, its
 * record and a baseline; what a test doesn't say is a clean run. */
#ifndef SIGSWEEP_TEST_RECORDS_H
#define SIGSWEEP_TEST_RECORDS_H

#include "judge/judge.h"
#include "support/buf.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS INT64_C(1000000)

struct made {
    struct scenario s;
    struct record r, base;
    struct ended ended[4];
    struct findings found;
};

/* INT sent at 10 ms and taken, dead by it at 20 ms, and nothing left. */
static inline struct made *made_new(void)
{
    struct made *m = mem_alloc(sizeof(*m));

    m->s.interrupts_n = 1;
    m->s.program.deadline_ns = 10000 * MS;
    m->s.expect.ended = m->ended;
    m->s.expect.within_ns = NOT_GIVEN;
    m->s.expect.fds = m->s.expect.threads = NOT_GIVEN;
    m->s.expect.processes = m->s.expect.files = NOT_GIVEN;
    m->s.expect.locks = m->s.expect.ipc = m->s.expect.terminal = NOT_GIVEN;
    m->s.expect.memory = NOT_GIVEN;
    record_init(&m->r);
    record_init(&m->base);
    m->base.how = ENDED_EXITED;
    m->r.how = ENDED_SIGNALED;
    m->r.value = SIGINT;
    m->r.traced = true;
    m->r.exit_ns = 20 * MS;
    m->r.deliveries = mem_alloc(8 * sizeof(*m->r.deliveries));
    m->r.deliveries_n = 1;
    m->r.deliveries[0] = (struct delivery){.signal = SIGINT,
                                           .state = DELIVERY_FIRED,
                                           .planned_ns = -1,
                                           .sent_ns = 10 * MS,
                                           .taken_ns = 10 * MS};
    return m;
}

static inline void made_free(struct made *m)
{
    record_free(&m->r);
    record_free(&m->base);
    findings_free(&m->found);
    free(m);
}

static inline void ends(struct made *m, enum ended_how how, int value)
{
    m->r.how = how;
    m->r.value = value;
}

static inline void allow(struct made *m, bool by_signal, int value)
{
    m->ended[m->s.expect.ended_n++] = (struct ended){by_signal, value};
}

static inline void deliver(struct made *m, int signal, enum delivery_state state, int64_t at)
{
    ck_assert_uint_lt(m->r.deliveries_n, 8);
    m->r.deliveries[m->r.deliveries_n++] = (struct delivery){
        .signal = signal, .state = state, .planned_ns = -1, .sent_ns = at, .taken_ns = at};
}

/* Event lines, one after another, a millisecond apart from `from_ms`. */
static inline void events_at(struct made *m, int64_t from_ms, const char *lines)
{
    while (*lines != '\0') {
        size_t len = strcspn(lines, "\n");
        struct event ev;
        int64_t stamp;

        ck_assert_msg(event_parse(lines, len, &ev, &stamp) == 0, "not an event: %s", lines);
        ev.t_ns = from_ms++ * MS;
        m->r.events = mem_grow(m->r.events, m->r.events_n + 1, sizeof(ev));
        m->r.events[m->r.events_n++] = ev;
        lines += len + (lines[len] == '\n');
    }
}

static inline void events(struct made *m, const char *lines)
{
    events_at(m, 1, lines);
}

static inline void stream_set(struct stream *s, const char *text)
{
    free(s->head);
    s->head = mem_strdup(text);
    s->head_len = s->bytes = strlen(text);
    s->hash = 0xcbf29ce484222325u;
    for (; *text != '\0'; text++)
        s->hash = (s->hash ^ (unsigned char)*text) * 0x100000001b3u;
}

static inline void leave_file(struct record *r, const char *path, char type)
{
    r->files = mem_grow(r->files, r->files_n + 1, sizeof(*r->files));
    r->files[r->files_n++] = (struct left_file){.path = mem_strdup(path), .type = type, .size = 1};
}

static inline void leave_process(struct made *m, const char *command)
{
    m->r.processes = mem_grow(m->r.processes, m->r.processes_n + 1, sizeof(*m->r.processes));
    m->r.processes[m->r.processes_n++] =
        (struct left_process){.pid = 2, .state = 'S', .command = mem_strdup(command)};
}

static inline void judged(struct made *m, const struct record *baseline)
{
    findings_free(&m->found);
    judge(&m->s, baseline, &m->r, &m->found);
}

/* Exactly one finding, of this kind and subject. Ends the trial. */
static inline void must_find(struct made *m, enum finding_kind kind, const char *subject)
{
    judged(m, &m->base);
    for (size_t i = 0; i < m->found.n && m->found.n != 1; i++)
        printf("%s: %s\n", kind_name(m->found.list[i].kind), m->found.list[i].message);
    ck_assert_uint_eq(m->found.n, 1);
    ck_assert_str_eq(kind_name(m->found.list[0].kind), kind_name(kind));
    ck_assert_str_eq(m->found.list[0].subject, subject);
    ck_assert_uint_eq(m->found.kinds, KIND_BIT(kind));
    ck_assert(m->found.list[0].message[0] && m->found.list[0].expected[0]);
    ck_assert(m->found.list[0].seen[0]);
    made_free(m);
}

static inline void must_be_clean(struct made *m)
{
    judged(m, &m->base);
    ck_assert_msg(m->found.n == 0, "found: %s", m->found.n ? m->found.list[0].message : "");
    made_free(m);
}

static inline int run_tests(const char *name, const TTest *const *tests, size_t n)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    SRunner *runner = srunner_create(suite);
    int failed;

    for (size_t i = 0; i < n; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    srunner_set_fork_status(runner, CK_NOFORK); /* pure; a fork a check takes long with ASan */
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}

#endif
