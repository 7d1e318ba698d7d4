/* reap.c - ends every process of the trial. The worker is a subreaper, so whatever the program
 * started is a descendant of this process, however it left its session or its parent. */
#include "trial/live.h"

#include "support/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define REAP_PATIENCE_NS 20000000000 /* then a process that can't die (state D) is reported */

/* Direct children and tracees can't have been reaped by anyone else, so their numbers are theirs.
 * For the rest, a pidfd is taken first and the ancestry looked at again before it is used. */
static void kill_pids(const struct live *l, const pid_t *pids, size_t n, int signal)
{
    for (size_t i = 0; i < n; i++) {
        int fd = (int)syscall(SYS_pidfd_open, pids[i], 0);
        pid_t *again;
        size_t found;
        bool ours = false;
        if (fd < 0)
            continue;
        if (n > 64) { /* re-reading /proc for each of thousands would take minutes */
            ours = true;
        } else {
            found = descendants(&again, l->room->zygote.pid);
            for (size_t k = 0; k < found && !ours; k++)
                ours = again[k] == pids[i];
            free(again);
        }
        if (ours)
            (void)syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0);
        close(fd);
    }
}

void reap_all(struct live *l)
{
    int64_t limit = clock_now_ns() + REAP_PATIENCE_NS;
    struct pollfd child = {.fd = l->room->child_fd, .events = POLLIN};
    char drop[1024];
    bool quiet = false;

    l->killed = true;
    if (l->pid > 0 && !l->ended)
        (void)syscall(SYS_pidfd_send_signal, l->pid_fd, SIGKILL, NULL, 0);
    for (size_t i = 0; i < l->tasks_n; i++)
        (void)kill(l->tasks[i].tgid, SIGKILL);
    for (;;) {
        pid_t *pids;
        size_t n;
        tracer_drain(l);
        if (l->no_children)
            return;
        for (size_t i = 0; i < l->tasks_n; i++) /* those that were forked meanwhile */
            (void)kill(l->tasks[i].tgid, SIGKILL);
        /* Those that are known have their signal, and end now: to read all of /proc, which is dear,
         * is for the others. */
        if (quiet || (l->ended && l->tasks_n == 0)) {
            n = descendants(&pids, l->room->zygote.pid);
            kill_pids(l, pids, n, SIGKILL);
            free(pids);
        }
        if (clock_now_ns() > limit)
            break;
        quiet = poll(&child, 1, 20) <= 0;
        if (!quiet)
            (void)!read(l->room->child_fd, drop, sizeof(drop));
    }
    if (l->r->trouble == NULL)
        l->r->trouble = mem_strdup("a process of the trial could not be ended");
}

static bool kept(const pid_t *keep, size_t n, pid_t pid)
{
    for (size_t i = 0; i < n; i++) {
        if (keep[i] == pid)
            return true;
    }
    return false;
}

void orphans_end(const pid_t *keep, size_t n)
{
    int64_t limit = clock_now_ns() + REAP_PATIENCE_NS;
    size_t left = 1;

    while (left != 0 && clock_now_ns() < limit) {
        pid_t *pids;
        size_t found = children(&pids, 0);
        left = 0;
        /* Killing the topmost ones hands their children to us: the next turn sees those. */
        for (size_t i = 0; i < found; i++) {
            if (kept(keep, n, pids[i]))
                continue;
            left++;
            (void)kill(pids[i], SIGKILL); /* our own child, not reaped: the number is its own */
            (void)waitpid(pids[i], NULL, 0);
        }
        free(pids);
    }
}
