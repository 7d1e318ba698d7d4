/* fixed-stale-mapping.c - the store has one place that closes it, and closing twice does nothing.
 *
 * The handler only notes the signal; the main flow leaves its loop, closes, and dies by the signal.
 */
#include <sigsweep/probe.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct store {
    long records;
    long clean; /* 1: closed in good order */
};

static struct store *store;

static volatile sig_atomic_t stop; /* the signal that asked for it; 0: none */

static void on_signal(int sig)
{
    stop = sig;
}

static void store_close(void)
{
    if (!store)
        return;
    store->clean = 1;
    munmap(store, sizeof *store);
    store = NULL;
}

/* Ends the process as the signal would have: the caller must see a death by signal. */
static void end_by(int sig)
{
    struct sigaction sa = {.sa_handler = SIG_DFL};
    sigset_t set;

    sigaction(sig, &sa, NULL);
    sigemptyset(&set);
    sigaddset(&set, sig);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(sig);
}

static void handle(int sig, void (*handler)(int))
{
    struct sigaction sa = {.sa_handler = handler};

    sigemptyset(&sa.sa_mask);
    sigaction(sig, &sa, NULL);
}

int main(void)
{
    sigsweep_probe_init();
    store = mmap(NULL, sizeof *store, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (store == MAP_FAILED)
        return 1;
    atexit(store_close);
    handle(SIGINT, on_signal);
    sigsweep_ready();

    for (int i = 0; i < 2000 && !stop; i++) {
        store->records++;
        sigsweep_mark("record");
        usleep(5000);
    }
    if (stop) {
        store_close();
        end_by(stop);
    }
    return 0;
}
