#include "trial/zygote.h"

#include "support/buf.h"
#include "support/clock.h"
#include "trial/filter.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ZYGOTE_STACK (64 * 1024)

static void wait_while(int *word, int value, const struct timespec *limit)
{
    (void)syscall(SYS_futex, word, FUTEX_WAIT, value, limit, NULL, 0);
}

static void post(int *word)
{
    __atomic_add_fetch(word, 1, __ATOMIC_RELEASE);
    (void)syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* It shares errno with the worker, which waits whenever this runs. */
static int zygote_main(void *arg)
{
    struct zygote *z = arg;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    z->loaded = filter_load(z->filter);
    post(&z->served);
    while (z->loaded == 0) {
        int asked = __atomic_load_n(&z->request, __ATOMIC_ACQUIRE);
        if (asked == z->served - 1) { /* the first `served` was for the loading */
            wait_while(&z->request, asked, NULL);
            continue;
        }
        z->child = clone(z->entry, z->entry_stack, CLONE_VM | CLONE_PARENT, z->arg);
        if (z->child < 0)
            z->child = -errno;
        post(&z->served);
    }
    _exit(0);
}

/* Waits for `served` to move on from `before`; false when the zygote was killed. */
static int await(struct zygote *z, int before)
{
    const struct timespec look_again = clock_timespec(100000000);

    while (__atomic_load_n(&z->served, __ATOMIC_ACQUIRE) == before) {
        wait_while(&z->served, before, &look_again);
        if (__atomic_load_n(&z->served, __ATOMIC_ACQUIRE) == before &&
            waitpid(z->pid, NULL, WNOHANG | __WALL) == z->pid) {
            z->pid = 0;
            return -ECHILD;
        }
    }
    return 0;
}

static int start(struct zygote *z)
{
    if (z->stack == NULL)
        z->stack = mem_alloc(ZYGOTE_STACK);
    z->request = z->served = 0;
    /* No exit signal: so wait() without __WALL passes it over, and "no child is left" still shows.
     */
    z->pid = clone(zygote_main, z->stack + ZYGOTE_STACK, CLONE_VM | CLONE_FILES, z);
    if (z->pid < 0) {
        z->pid = 0;
        return -errno;
    }
    if (await(z, 0) != 0)
        return -ECHILD;
    if (z->loaded != 0) {
        zygote_end(z);
        return z->loaded;
    }
    return 0;
}

pid_t zygote_child(struct zygote *z, const struct sock_fprog *filter, int (*entry)(void *),
                   void *entry_stack, void *arg)
{
    z->filter = filter;
    z->entry = entry;
    z->entry_stack = entry_stack;
    z->arg = arg;
    for (int try = 0; try < 1000; try++) { /* whoever kills it on purpose grows tired first */
        int rc = z->pid == 0 ? start(z) : 0, before = z->served;
        if (rc != 0 && rc != -ECHILD)
            return rc;
        if (rc != 0)
            continue;
        post(&z->request);
        if (await(z, before) == 0)
            return z->child;
    }
    return -ECHILD;
}

void zygote_end(struct zygote *z)
{
    if (z->pid > 0) {
        (void)kill(z->pid, SIGKILL);
        (void)waitpid(z->pid, NULL, __WALL);
    }
    z->pid = 0;
    free(z->stack);
    z->stack = NULL;
}
