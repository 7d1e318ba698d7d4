/* test_lastgasp.c - the last-gasp table: its order, its handles, a third signal at any instruction
 * of what changes it, and two threads that run it at once. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "rig_step.h"
#include "signals.h"

/* Shared with the child, so that it can be read when that is dead. */
struct seen {
    atomic_int done; /* operations that have returned */
    atomic_int n;    /* functions that ran */
    char ran[32];    /* which, in order */
};

static struct seen *seen;
static int handles[QS_LAST_GASPS + 1];

static void note(void *arg)
{
    int at = atomic_fetch_add(&seen->n, 1);

    if (at < (int)sizeof(seen->ran))
        seen->ran[at] = (char)(intptr_t)arg;
}

static int add(char name)
{
    return qs_last_gasp_add(note, (void *)(intptr_t)name);
}

static void share(void)
{
    seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(seen, MAP_FAILED);
}

START_TEST(table_takes_its_number_of_places_and_tells_old_handles_from_new)
{
    share();
    ck_assert_int_eq(qs_last_gasp_add(NULL, NULL), -EINVAL);
    for (int i = 0; i < QS_LAST_GASPS; i++)
        ck_assert_int_ge(handles[i] = add('x'), 0);
    ck_assert_int_eq(add('x'), -ENOSPC);
    /* One place anywhere is enough. */
    ck_assert_int_eq(qs_last_gasp_remove(handles[7]), 0);
    ck_assert_int_ge(handles[QS_LAST_GASPS] = add('y'), 0);
    ck_assert_int_eq(qs_last_gasp_remove(handles[7]), -ENOENT); /* the place has another now */
    ck_assert_int_eq(qs_last_gasp_remove(-1), -ENOENT);
    ck_assert_int_eq(qs_last_gasp_remove(INT32_MAX), -ENOENT);
    handles[7] = handles[QS_LAST_GASPS];
    for (int i = 0; i < QS_LAST_GASPS; i++)
        ck_assert_int_eq(qs_last_gasp_remove(handles[i]), 0);
    last_gasp_run();
    ck_assert_int_eq(seen->n, 0);
}
END_TEST

START_TEST(they_run_last_in_first_out_once_also_when_places_were_freed)
{
    int a, c;

    share();
    a = add('a');
    add('b');
    c = add('c');
    add('d');
    qs_last_gasp_remove(a);
    qs_last_gasp_remove(c);
    add('e'); /* in a place before those of b and d */
    last_gasp_run();
    last_gasp_run();
    ck_assert_int_eq(seen->n, 3);
    ck_assert_mem_eq(seen->ran, "edb", 3);
}
END_TEST

/* What the child does, an operation at a time. For each number of operations done, what is in the
 * table, newest first. */
static const char *const after[] = {"", "a", "ba", "b", "cb", "c", "dc", "d", ""};

static int change_table(void *arg)
{
    int a, b, c, d;

    (void)arg;
    raise(SIGINT); /* two of three; they are not felt, since nothing waits */
    raise(SIGINT);
    rig_step_me();
    a = add('a'), seen->done++;
    b = add('b'), seen->done++;
    qs_last_gasp_remove(a), seen->done++;
    c = add('c'), seen->done++;
    qs_last_gasp_remove(b), seen->done++;
    d = add('d'), seen->done++;
    qs_last_gasp_remove(c), seen->done++;
    qs_last_gasp_remove(d), seen->done++;
    raise(SIGSTOP);
    return 0;
}

static void stepped(void)
{
    struct qs_result result;

    qs_run(NULL, change_table, NULL, &result);
    qs_exit(&result);
}

static bool is(const char *want)
{
    return (int)strlen(want) == seen->n && !memcmp(seen->ran, want, strlen(want));
}

START_TEST(third_signal_at_any_instruction_runs_exactly_what_is_registered)
{
    const char *wanted = getenv("RIG_PLACES");
    long places = wanted ? atol(wanted) : 60, total;
    struct rig_child *child;

    if (!rig_can_step())
        return;
    share();
    child = rig_start(stepped);
    waitpid(child->pid, &child->status, 0);
    total = rig_step(child, INT32_MAX);
    if (rig_untraced(child)) {
        fprintf(stderr, "not tested: no ptrace here\n");
        rig_drop(child);
        return;
    }
    ck_assert_int_eq(seen->done, 8);
    rig_drop(child);
    if (places > total)
        places = total;
    for (long i = 0; i < places; i++) {
        long at = total * i / places;

        memset(seen, 0, sizeof(*seen));
        child = rig_start(stepped);
        waitpid(child->pid, &child->status, 0);
        ck_assert_int_eq(rig_step(child, at), at);
        ptrace(PTRACE_DETACH, child->pid, NULL, (void *)(intptr_t)SIGINT);
        rig_finish(child);
        RIG_DIED_BY(child, SIGINT);
        /* An operation that is on its way may have come about, or not. */
        ck_assert_msg(is(after[seen->done]) || (seen->done < 8 && is(after[seen->done + 1])),
                      "at %ld, %d done: ran %.*s", at, seen->done, seen->n, seen->ran);
        free(child);
    }
}
END_TEST

static void run_again(int signal)
{
    (void)signal;
    last_gasp_run();
}

static void run_stepped(void)
{
    signal(SIGUSR1, run_again);
    for (char name = 'a'; name < 'e'; name++)
        add(name);
    rig_step_me();
    last_gasp_run();
    _exit(0);
}

#define INTERRUPTED 24 /* places; each waits a second for who was interrupted, all at once */

START_TEST(each_runs_once_when_who_runs_them_is_interrupted_at_any_instruction)
{
    struct rig_child *children[INTERRUPTED];
    struct seen *all[INTERRUPTED];
    struct rig_child *child;
    long total;

    if (!rig_can_step())
        return;
    share();
    child = rig_start(run_stepped);
    waitpid(child->pid, &child->status, 0);
    total = rig_step(child, INT32_MAX);
    if (rig_untraced(child)) {
        fprintf(stderr, "not tested: no ptrace here\n");
        rig_drop(child);
        return;
    }
    rig_drop(child);
    for (long i = 0; i < INTERRUPTED; i++) {
        share();
        all[i] = seen;
        children[i] = rig_start(run_stepped);
        waitpid(children[i]->pid, &children[i]->status, 0);
        rig_step(children[i], total * i / INTERRUPTED);
        ptrace(PTRACE_DETACH, children[i]->pid, NULL, (void *)(intptr_t)SIGUSR1);
    }
    for (long i = 0; i < INTERRUPTED; i++) {
        rig_finish(children[i]);
        ck_assert_int_eq(children[i]->status, 0);
        ck_assert_msg(all[i]->n == 4, "at %ld: %d ran: %.*s", total * i / INTERRUPTED, all[i]->n,
                      all[i]->n, all[i]->ran);
        free(children[i]);
    }
}
END_TEST

static pthread_barrier_t barrier;

static void *run_table(void *arg)
{
    pthread_barrier_wait(&barrier);
    last_gasp_run();
    return arg;
}

START_TEST(two_threads_run_each_function_once_and_wait_for_each_other)
{
    share();
    pthread_barrier_init(&barrier, NULL, 2);
    for (int round = 0; round < 200; round++) {
        pthread_t other;
        char ran[32] = "";

        seen->n = 0;
        for (char name = 'a'; name < 'a' + 24; name++)
            ck_assert_int_ge(add(name), 0);
        ck_assert_int_eq(pthread_create(&other, NULL, run_table, NULL), 0);
        run_table(NULL);
        ck_assert_int_eq(seen->n, 24); /* also those that the other thread ran are over */
        pthread_join(other, NULL);
        for (int i = 0; i < 24; i++) {
            ck_assert_int_eq(ran[seen->ran[i] - 'a'], 0);
            ran[seen->ran[i] - 'a'] = 1;
        }
    }
    pthread_barrier_destroy(&barrier);
}
END_TEST

RIG_TESTS("lastgasp", table_takes_its_number_of_places_and_tells_old_handles_from_new,
          they_run_last_in_first_out_once_also_when_places_were_freed,
          third_signal_at_any_instruction_runs_exactly_what_is_registered,
          each_runs_once_when_who_runs_them_is_interrupted_at_any_instruction,
          two_threads_run_each_function_once_and_wait_for_each_other)
