/* sample.c - four tasks over two slots; each undoes its part file when it is interrupted.
 *
 *     cc -o sample sample.c
 *
 * INT and TERM are blocked but in the wait, so that they come where they are looked for, and never
 * in a cleanup. */
#define _GNU_SOURCE
#include "probe.h" /* beside this file; without sigsweep it does nothing */

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define SLOTS 2
#define TASKS 4
#define WORK  2 /* s */

static volatile sig_atomic_t stop; /* the signal that asked for it; 0: none */

static void on_signal(int sig)
{
    stop = sig;
}

static void begin(int id)
{
    char part[24];
    int fd;

    snprintf(part, sizeof(part), "%d.part", id);
    sigsweep_task_start(id);
    sigsweep_cleanup_arm(id, "part"); /* before what must be undone is done */
    fd = open(part, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd >= 0)
        close(fd);
}

static void finish(int id)
{
    char part[24], whole[24];

    snprintf(part, sizeof(part), "%d.part", id);
    snprintf(whole, sizeof(whole), "%d.txt", id);
    rename(part, whole);
    sigsweep_cleanup_disarm(id, "part");
    sigsweep_task_end(id, "done");
    sigsweep_task_fini(id);
}

/* For a task that waits as for one that runs: each gets its end. */
static void give_up(int id, int started)
{
    char part[24];

    snprintf(part, sizeof(part), "%d.part", id);
    sigsweep_task_end(id, "cancelled");
    if (started) {
        sigsweep_cleanup_begin(id, "part");
        sigsweep_cleanup_end(id, "part", unlink(part));
    }
    sigsweep_task_fini(id);
}

int main(void)
{
    const struct timespec work = {.tv_sec = WORK};
    struct sigaction sa = {.sa_handler = on_signal};
    sigset_t ours, open_mask;
    int done = 0, started = 0;

    sigsweep_probe_init();
    sigemptyset(&ours);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGTERM);
    sigprocmask(SIG_BLOCK, &ours, &open_mask);
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
    sigsweep_ready();
    sigsweep_slots(SLOTS);
    for (int id = 1; id <= TASKS; id++)
        sigsweep_task_queue(id);
    while (done < TASKS && !stop) {
        while (started < done + SLOTS && started < TASKS)
            begin(++started);
        ppoll(NULL, 0, &work, &open_mask);
        while (done < started && !stop)
            finish(++done);
    }
    if (stop)
        sigsweep_cancel(1);
    for (int id = done + 1; id <= TASKS; id++)
        give_up(id, id <= started);
    if (stop) {
        signal(stop, SIG_DFL);
        raise(stop);
        sigprocmask(SIG_SETMASK, &open_mask, NULL); /* it comes here */
    }
    return 0;
}
