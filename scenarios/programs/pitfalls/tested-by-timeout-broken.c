/* tested-by-timeout-broken.c - cleans up when its limit has passed, and was tested with one.
 *
 *     tested-by-timeout-broken [LIMIT]     seconds; none: no limit
 *
 * What goes wrong: its test (tested-by-timeout-test.py) gives it a limit of 0.05 s, sees that no
 * part file is left, and passes. ^C leaves them, and the exit code of an error. Why: a limit and a
 * signal end the same poll() in two ways. The limit ends it with 0, which is planned for; the
 * signal with EINTR, which goes the way of errors that never happen. A test that sends no signal
 * has not tested one. */
#include <sigsweep/probe.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SLOTS     2
#define TASKS     4
#define REPLY     2000 /* ms until a server answers */
#define NAME_ROOM 24

static volatile sig_atomic_t stop; /* the signal that asked for it; 0: none */

static void on_signal(int sig)
{
    stop = sig;
}

/* Ends the process as the signal would have: the caller must see a death by signal. */
static void end_by(int sig)
{
    signal(sig, SIG_DFL);
    raise(sig);
}

static char *file_name(char out[NAME_ROOM], int id, const char *suffix)
{
    snprintf(out, NAME_ROOM, "%d.%s", id, suffix);
    return out;
}

static void begin(int id)
{
    char part[NAME_ROOM];

    sigsweep_task_start(id);
    sigsweep_cleanup_arm(id, "part");
    close(open(file_name(part, id, "part"), O_WRONLY | O_CREAT, 0644));
}

static void finish(int id)
{
    char part[NAME_ROOM], whole[NAME_ROOM];

    rename(file_name(part, id, "part"), file_name(whole, id, "txt"));
    sigsweep_cleanup_disarm(id, "part");
    sigsweep_task_end(id, "done");
    sigsweep_task_fini(id);
}

/* started: it has a part file. */
static void give_up(int id, int started)
{
    char part[NAME_ROOM];

    sigsweep_task_end(id, "cancelled");
    if (started) {
        sigsweep_cleanup_begin(id, "part");
        unlink(file_name(part, id, "part"));
        sigsweep_cleanup_end(id, "part", 0);
    }
    sigsweep_task_fini(id);
}

/* Two at a time, for `limit` ms at most. How many were finished, or -1. */
static int fetch_all(int limit)
{
    for (int id = 1; id <= TASKS; id += SLOTS) {
        int time = limit < REPLY ? limit : REPLY;

        for (int i = 0; i < SLOTS; i++)
            begin(id + i);
        if (poll(NULL, 0, time) < 0)
            return -1;
        limit -= time;
        if (time < REPLY)
            return id - 1;
        for (int i = 0; i < SLOTS; i++)
            finish(id + i);
    }
    return TASKS;
}

int main(int argc, char **argv)
{
    struct sigaction sa = {.sa_handler = on_signal};
    int done;

    sigsweep_probe_init();
    sigaction(SIGINT, &sa, NULL);
    sigsweep_slots(SLOTS);
    for (int id = 1; id <= TASKS; id++)
        sigsweep_task_queue(id);
    done = fetch_all(argc > 1 ? (int)(atof(argv[1]) * 1000) : 1000 * REPLY);
    if (done < 0)
        return 1;
    for (int id = done + 1; id <= TASKS; id++)
        give_up(id, id <= done + SLOTS);
    if (done < TASKS)
        puts("stopped by the limit");
    if (stop)
        end_by(stop);
    return 0;
}
