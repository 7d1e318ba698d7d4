/* signals.c - see signals.h. The one file with state that isn't passed in: a signal handler gets no
 * argument. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"
#include "ladder.h"
#include "last_timer.h"
#include "process_groups.h"
#include "runtime.h"
#include "signals.h"

#define MAX_SIGNALS 24

atomic_uint qs_signals_count;

/* What is done about stopping has no name in the public header. */
enum { DO_STOP = 100, DO_CONTINUE };

/* A signal that was taken over. */
struct taken {
    int signal;
    int does;                   /* enum qs_reaction, or one of the above */
    const struct qs_signal *as; /* as it was told, NULL for those of stopping */
    atomic_uint seen;           /* how many have counted */
    atomic_bool notify;         /* its event is to be set */
    struct sigaction before;    /* what it did before */
};

static struct {
    atomic_flag busy;       /* a run has the handlers */
    pid_t pid;              /* whose run; a child made by fork has the handlers too, at first */
    struct ladder ladder;   /* what level is asked for */
    struct last_timer last; /* brings level 3 */
    int64_t grace_ns;       /* from level 1 to 2, and */
    int64_t last_grace_ns;  /* from there to 3; 0: never */
    atomic_int held;        /* > 0: level 3 waits */
    atomic_int held_signal; /* which has come meanwhile, 0: none */
    atomic_int wake;        /* eventfd, -1: none */
    _Atomic(struct runtime *) rt; /* for the dump */
    int dump_fd;                  /* where the dump goes */
    atomic_int count;             /* signals taken over */
    struct taken taken[MAX_SIGNALS];
    stack_t stack_before; /* the alternate stack before */
    char *stack;          /* ours: a guard page, then the stack */
    size_t stack_size;    /* bytes of both */
} state = {.busy = ATOMIC_FLAG_INIT, .wake = -1};

/* Its calls: sigaction, pthread_sigmask, raise. */
static void raise_by_default(int signal)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigset_t set;

    sigaction(signal, &action, NULL);
    sigemptyset(&set);
    sigaddset(&set, signal);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    raise(signal);
}

void signals_die(int signal)
{
    raise_by_default(signal);
    _exit(128 + signal); /* process 1 of a container is not ended by default actions */
}

/* With QS_DEBUG, what was still there. */
static void last_words(void)
{
    struct runtime *rt = atomic_load(&state.rt);

    if (rt && rt->debug.on)
        qs_dump(rt->debug.fd);
}

/* Level 3. */
static void end_process(int signal)
{
    atomic_store(&state.held_signal, signal);
    if (atomic_load(&state.held))
        return; /* whoever holds it will see the signal */
    last_words();
    last_gasp_run();
    process_groups_kill();
    signals_die(signal);
}

void signals_hold(void)
{
    atomic_fetch_add(&state.held, 1);
}

void signals_release(void)
{
    int signal;

    if (atomic_fetch_sub(&state.held, 1) == 1 && (signal = atomic_load(&state.held_signal)))
        end_process(signal);
}

static void wake_loop(void)
{
    static const uint64_t one = 1;

    atomic_fetch_add(&qs_signals_count, 1);
    if (write(atomic_load(&state.wake), &one, sizeof(one)) < 0) {
        /* Full means that it is readable already. */
    }
}

void signals_reached(int level)
{
    int64_t after = state.last_grace_ns;

    if (!after || (level == 1 && !state.grace_ns))
        return;
    last_timer_start(&state.last, qs_now() + after + (level == 1 ? state.grace_ns : 0));
}

static void climb(struct taken *taken)
{
    int level =
        ladder_climb(&state.ladder, taken->signal, taken->as->steps, &taken->seen, clock_raw());

    if (!level)
        return;
    if (level >= LADDER_TOP)
        end_process(taken->signal);
    signals_reached(level);
    wake_loop();
}

/* Stops as the default action would, and comes back when the process goes on. */
static void stop(const struct taken *taken)
{
    struct sigaction ours;

    clock_stop();
    sigaction(taken->signal, NULL, &ours);
    raise_by_default(taken->signal);
    sigaction(taken->signal, &ours, NULL);
    clock_go_on();
}

static void react(struct taken *taken)
{
    switch (taken->does) {
    case QS_CLIMB: climb(taken); break;
    case QS_DUMP: qs_dump(state.dump_fd); break;
    case QS_NOTIFY:
        atomic_store(&taken->notify, true);
        wake_loop();
        break;
    case DO_STOP: stop(taken); break;
    default: clock_continued(); break;
    }
}

static void chain(const struct sigaction *before, int signal, siginfo_t *info, void *context)
{
    if (before->sa_flags & SA_SIGINFO)
        before->sa_sigaction(signal, info, context);
    else if (before->sa_handler != SIG_DFL && before->sa_handler != SIG_IGN)
        before->sa_handler(signal);
}

static struct taken *find(int signal)
{
    for (int i = 0; i < atomic_load(&state.count); i++)
        if (state.taken[i].signal == signal)
            return &state.taken[i];
    return NULL;
}

/* Async-signal-safe. Calls getpid, write, clock_gettime, timer_settime; sigaction, pthread_sigmask
 * and raise to stop; at the last level last_gasp_run and signals_die; and what chain asks for. */
static void handler(int signal, siginfo_t *info, void *context)
{
    struct taken *taken = find(signal);
    int saved = errno;

    if (!taken) {
        raise(signal); /* another thread has just put the handlers back: it is for those */
    } else if (getpid() != state.pid) {
        /* A child made by vfork or clone: the signal does there what it did before the run. */
        sigaction(signal, &taken->before, NULL);
        raise(signal);
    } else if (last_timer_sent(&state.last, info)) {
        if (last_timer_due(&state.last)) {
            int first = atomic_load(&state.ladder.first);

            end_process(first ? first : SIGTERM);
        }
    } else {
        react(taken);
        if (taken->as && taken->as->chain)
            chain(&taken->before, signal, info, context);
    }
    errno = saved;
}

static int open_stack(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    /* What the kernel pushes varies with the CPU's registers: sigaltstack(2), AT_MINSIGSTKSZ. */
    size_t size = (getauxval(AT_MINSIGSTKSZ) + 128 * 1024 + page - 1) & ~(page - 1);
    stack_t stack = {.ss_size = size};
    char *mapping =
        mmap(NULL, page + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (mapping == MAP_FAILED)
        return -errno;
    stack.ss_sp = mapping + page;
    if (mprotect(mapping, page, PROT_NONE) || sigaltstack(&stack, &state.stack_before)) {
        int rc = -errno;

        munmap(mapping, page + size);
        return rc;
    }
    state.stack = mapping;
    state.stack_size = page + size;
    return 0;
}

static bool is_function(const struct sigaction *action)
{
    return action->sa_flags & SA_SIGINFO ||
           (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN);
}

/* Who started us under nohup, or in the background of a shell without job control, wants it
 * ignored; and what a program does about stopping is its own. */
static bool left_alone(const struct sigaction *before, int does)
{
    if (does == DO_STOP || does == DO_CONTINUE)
        return is_function(before) || before->sa_handler == SIG_IGN;
    return does != QS_DUMP && !(before->sa_flags & SA_SIGINFO) && before->sa_handler == SIG_IGN;
}

static int take_over(int signal, int does, const struct qs_signal *as, const sigset_t *mask)
{
    struct sigaction action = {.sa_flags = SA_ONSTACK | SA_RESTART | SA_SIGINFO};
    int n = atomic_load(&state.count);
    struct taken *taken = &state.taken[n];

    action.sa_sigaction = handler;
    action.sa_mask = *mask;
    *taken = (struct taken){.signal = signal, .does = does, .as = as};
    if (sigaction(signal, NULL, &taken->before))
        return -errno;
    if (left_alone(&taken->before, does))
        return 0;
    atomic_store(&state.count, n + 1); /* the handler may run from the next line on */
    if (sigaction(signal, &action, NULL)) {
        atomic_store(&state.count, n);
        return -errno;
    }
    return 0;
}

/* One that the program has installed since is left. */
static void put_back_handlers(void)
{
    for (int n; (n = atomic_load(&state.count)) > 0; atomic_store(&state.count, n - 1)) {
        struct taken *taken = &state.taken[n - 1];
        struct sigaction now;

        sigaction(taken->signal, NULL, &now);
        if (now.sa_flags & SA_SIGINFO && now.sa_sigaction == handler)
            sigaction(taken->signal, &taken->before, NULL);
    }
}

static void put_back(void)
{
    last_timer_close(&state.last);
    put_back_handlers();
    if (state.stack) {
        sigaltstack(&state.stack_before, NULL);
        munmap(state.stack, state.stack_size);
        state.stack = NULL;
    }
    atomic_store(&state.wake, -1);
    atomic_store(&state.rt, NULL);
}

static const struct qs_signal standard[] = {
    {.signal = SIGINT}, {.signal = SIGTERM}, {.signal = SIGHUP}, {0}};

/* Collects what is told into the mask, so that a handler is not interrupted by another of ours. */
static int check(const struct qs_signal *signals, int dump, sigset_t *mask)
{
    int n = 0;

    sigemptyset(mask);
    for (; signals[n].signal; n++) {
        const struct qs_signal *one = &signals[n];

        if (n == MAX_SIGNALS - 6 || sigismember(mask, one->signal) ||
            sigaddset(mask, one->signal) || one->signal == dump || one->does > QS_NOTIFY ||
            (one->does == QS_NOTIFY && !one->event))
            return -EINVAL;
        for (int i = 0; i < QS_STEPS; i++)
            if (one->steps[i] > LADDER_TOP)
                return -EINVAL;
    }
    return dump && sigaddset(mask, dump) ? -EINVAL : 0;
}

static int take_all(const struct qs_signal *signals, int dump, const sigset_t *mask)
{
    static const int stopping[] = {SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT};
    int rc = 0;

    for (; !rc && signals->signal; signals++)
        rc = take_over(signals->signal, (int)signals->does, signals, mask);
    if (!rc && dump)
        rc = take_over(dump, QS_DUMP, NULL, mask);
    for (size_t i = 0; !rc && i < sizeof(stopping) / sizeof(*stopping); i++)
        if (!sigismember(mask, stopping[i]))
            rc = take_over(stopping[i], stopping[i] == SIGCONT ? DO_CONTINUE : DO_STOP, NULL, mask);
    return rc;
}

/* The first signal of the ladder that was taken over, or 0. */
static int first_of_ladder(void)
{
    for (int i = 0; i < atomic_load(&state.count); i++)
        if (state.taken[i].does == QS_CLIMB)
            return state.taken[i].signal;
    return 0;
}

int signals_open(struct runtime *rt, const struct qs_options *options, int wake)
{
    const struct qs_signal *signals = options->signals ? options->signals : standard;
    sigset_t mask;
    int rc = check(signals, options->dump_signal, &mask);

    if (rc)
        return rc;
    if (atomic_flag_test_and_set(&state.busy))
        return -EBUSY;
    state.pid = getpid();
    atomic_store(&qs_signals_count, 0);
    ladder_reset(&state.ladder, options->debounce_ns);
    state.grace_ns = options->grace_ns;
    state.last_grace_ns = options->last_grace_ns;
    atomic_store(&state.held_signal, 0);
    atomic_store(&state.wake, wake);
    atomic_store(&state.rt, rt);
    state.dump_fd = options->dump_fd ? options->dump_fd : STDERR_FILENO;
    rc = open_stack();
    if (!rc)
        rc = take_all(signals, options->dump_signal, &mask);
    if (!rc && options->last_grace_ns && first_of_ladder())
        rc = last_timer_open(&state.last, first_of_ladder());
    if (rc) {
        put_back();
        atomic_flag_clear(&state.busy);
    }
    return rc;
}

int signals_close(void)
{
    int first;

    put_back();
    first = atomic_load(&state.ladder.first);
    atomic_flag_clear(&state.busy);
    return first;
}

void signals_forget(bool own_thread)
{
    if (!own_thread)
        state.stack = NULL;  /* the alternate stack of this thread is another */
    state.last.open = false; /* a child has none of its parent's timers: fork(2) */
    put_back();
    last_gasp_forget();
    process_groups_clear();
    atomic_flag_clear(&state.busy);
}

int signals_level(void)
{
    return atomic_load(&state.ladder.level);
}

void signals_notify(void)
{
    for (int i = 0; i < atomic_load(&state.count); i++)
        if (state.taken[i].does == QS_NOTIFY && atomic_exchange(&state.taken[i].notify, false))
            qs_event_set(state.taken[i].as->event);
}

struct runtime *signals_runtime(void)
{
    return atomic_load(&state.rt);
}
