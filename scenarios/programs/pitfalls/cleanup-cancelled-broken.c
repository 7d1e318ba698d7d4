/* cleanup-cancelled-broken.c - a second ^C cancels the cleanup that the first one began.
 *
 * What goes wrong: with two ^C a part file stays.
 * Why: the cleanup says goodbye to the server first, and waits as the work does: with a wait that a
 * signal ends. The stop flag was taken back when the cleanup began, so that this wait works at all;
 * the second signal sets it again, the wait fails, and the cleanup gives up before it has removed
 * anything. */
#include <sigsweep/probe.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define SLOTS     2
#define TASKS     4
#define REPLY     200 /* ms until a server answers */
#define NAME_ROOM 24

static volatile sig_atomic_t stop; /* a signal came that nobody has seen yet */

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

/* 0, or -1 when a signal came. */
static int wait_for_server(int ms)
{
    for (; ms > 0 && !stop; ms -= 5)
        poll(NULL, 0, 5);
    return stop ? -1 : 0;
}

static int remove_part(int id)
{
    char part[NAME_ROOM];

    sigsweep_cleanup_begin(id, "part");
    if (wait_for_server(20)) /* goodbye */
        return -1;
    unlink(file_name(part, id, "part"));
    sigsweep_cleanup_end(id, "part", 0);
    return 0;
}

/* Two at a time. How many were finished. */
static int fetch_all(void)
{
    for (int id = 1; id <= TASKS; id += SLOTS) {
        for (int i = 0; i < SLOTS; i++)
            begin(id + i);
        if (wait_for_server(REPLY))
            return id - 1;
        for (int i = 0; i < SLOTS; i++)
            finish(id + i);
    }
    return TASKS;
}

int main(void)
{
    int done;

    sigsweep_probe_init();
    struct sigaction sa = {.sa_handler = on_signal};
    sigaction(SIGINT, &sa, NULL);
    sigsweep_slots(SLOTS);
    for (int id = 1; id <= TASKS; id++)
        sigsweep_task_queue(id);
    done = fetch_all();
    if (done == TASKS)
        return 0;
    stop = 0;
    for (int id = done + 1; id <= TASKS; id++) {
        sigsweep_task_end(id, "cancelled");
        if (id <= done + SLOTS && remove_part(id))
            fprintf(stderr, "could not clean up after task %d\n", id);
        sigsweep_task_fini(id);
    }
    end_by(SIGINT);
}
