/* broken-stale-mapping.c - closes its store twice, and dies of it.
 *
 * The store is a mapping. exit() closes it through atexit; SIGINT's handler closes it too, and then
 * calls exit(). The second close writes into pages that are gone: SIGSEGV, during the shutdown
 * that was meant to save the data. */
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

static void store_close(void)
{
    store->clean = 1;
    munmap(store, sizeof *store);
}

static void on_signal(int sig)
{
    (void)sig;
    store_close(); /* exit() will do it again */
    exit(130);
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

    for (int i = 0; i < 2000; i++) {
        store->records++;
        sigsweep_mark("record");
        usleep(5000);
    }
    return 0;
}
