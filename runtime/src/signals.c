/* signals.c - see signals.h. The one file with state that isn't passed in: a signal handler gets no
 * argument. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "signals.h"

#define LAST_LEVEL  3
#define MAX_SIGNALS 16

atomic_uint qs_signals_count;

static struct {
    atomic_flag taken;                    /* a run has the handlers */
    atomic_int first;                     /* the first signal that came */
    atomic_int wake;                      /* eventfd, -1: none */
    _Atomic(struct runtime *) rt;         /* for the dump */
    int dump_signal;                      /* 0: none */
    int dump_fd;                          /* where the dump goes */
    int count;                            /* signals taken over */
    int signals[MAX_SIGNALS];             /* which */
    struct sigaction before[MAX_SIGNALS]; /* what they did before */
    stack_t stack_before;                 /* the alternate stack before */
    char *stack;                          /* ours: a guard page, then the stack */
    size_t stack_size;                    /* bytes of both */
} state = {.taken = ATOMIC_FLAG_INIT, .wake = -1};

void signals_die(int signal)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigset_t set;

    sigaction(signal, &action, NULL);
    sigemptyset(&set);
    sigaddset(&set, signal);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    raise(signal);
    _exit(128 + signal); /* process 1 of a container is not ended by default actions */
}

/* Async-signal-safe. Calls write, clock_gettime (for a dump), and at the last level last_gasp_run
 * and signals_die. */
static void handler(int signal)
{
    static const uint64_t one = 1;
    int saved = errno, none = 0;

    if (signal == state.dump_signal) {
        qs_dump(state.dump_fd);
    } else {
        atomic_compare_exchange_strong(&state.first, &none, signal);
        if (atomic_fetch_add(&qs_signals_count, 1) + 1 >= LAST_LEVEL) {
            last_gasp_run();
            signals_die(signal);
        }
        if (write(atomic_load(&state.wake), &one, sizeof(one)) < 0) {
            /* Full means that it is readable already. */
        }
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

static int take_over(int signal, const sigset_t *mask)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK | SA_RESTART};
    struct sigaction *before = &state.before[state.count];

    action.sa_mask = *mask;
    if (sigaction(signal, NULL, before))
        return -errno;
    /* Who started us under nohup, or in the background of a shell without job control, wants it
     * ignored. */
    if (before->sa_handler == SIG_IGN && signal != state.dump_signal)
        return 0;
    if (sigaction(signal, &action, NULL))
        return -errno;
    state.signals[state.count++] = signal;
    return 0;
}

static void put_back(void)
{
    while (state.count > 0) {
        state.count--;
        sigaction(state.signals[state.count], &state.before[state.count], NULL);
    }
    if (state.stack) {
        sigaltstack(&state.stack_before, NULL);
        munmap(state.stack, state.stack_size);
        state.stack = NULL;
    }
    atomic_store(&state.wake, -1);
    atomic_store(&state.rt, NULL);
}

int signals_open(struct runtime *rt, const struct qs_options *options, int wake)
{
    static const int standard[] = {SIGINT, SIGTERM, SIGHUP, 0};
    const int *signals = options->signals ? options->signals : standard;
    sigset_t mask;
    int rc = 0, n = 0;

    sigemptyset(&mask); /* one at a time: a handler is not interrupted by another of ours */
    for (; signals[n]; n++)
        if (sigaddset(&mask, signals[n]) || n == MAX_SIGNALS - 2 ||
            signals[n] == options->dump_signal)
            return -EINVAL;
    if (options->dump_signal && sigaddset(&mask, options->dump_signal))
        return -EINVAL;
    if (atomic_flag_test_and_set(&state.taken))
        return -EBUSY;
    atomic_store(&qs_signals_count, 0);
    atomic_store(&state.first, 0);
    atomic_store(&state.wake, wake);
    atomic_store(&state.rt, rt);
    state.dump_signal = options->dump_signal;
    state.dump_fd = options->dump_fd ? options->dump_fd : STDERR_FILENO;
    rc = open_stack();
    for (int i = 0; !rc && i < n; i++)
        rc = take_over(signals[i], &mask);
    if (!rc && options->dump_signal)
        rc = take_over(options->dump_signal, &mask);
    if (rc) {
        put_back();
        atomic_flag_clear(&state.taken);
    }
    return rc;
}

int signals_close(void)
{
    int first;

    put_back();
    first = atomic_load(&state.first);
    atomic_flag_clear(&state.taken);
    return first;
}

struct runtime *signals_runtime(void)
{
    return atomic_load(&state.rt);
}
