/* handlers-drifted-broken.c - two stop paths that once did the same.
 *
 * What goes wrong: SIGTERM leaves the lock file behind, SIGINT does not.
 * Why: the stop was written twice. When the lock came, the copy that was tried by hand learnt of
 * it; nobody presses SIGTERM on a keyboard. Each stop path that is a copy will miss the next
 * change. */
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

static volatile sig_atomic_t interrupted, terminated;

static void on_int(int sig)
{
    (void)sig;
    interrupted = 1;
}

static void on_term(int sig)
{
    (void)sig;
    terminated = 1;
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

static void unlock(void)
{
    sigsweep_cleanup_begin(SIGSWEEP_NO_TASK, "lock");
    unlink("fetch.lock");
    sigsweep_cleanup_end(SIGSWEEP_NO_TASK, "lock", 0);
}

/* Two at a time. How many were finished. */
static int fetch_all(void)
{
    for (int id = 1; id <= TASKS; id += SLOTS) {
        for (int i = 0; i < SLOTS; i++)
            begin(id + i);
        for (int ms = 0; ms < REPLY && !interrupted && !terminated; ms += 5)
            poll(NULL, 0, 5);
        if (interrupted || terminated)
            return id - 1;
        for (int i = 0; i < SLOTS; i++)
            finish(id + i);
    }
    return TASKS;
}

int main(void)
{
    struct sigaction for_int = {.sa_handler = on_int}, for_term = {.sa_handler = on_term};
    int done;

    sigsweep_probe_init();
    sigaction(SIGINT, &for_int, NULL);
    sigaction(SIGTERM, &for_term, NULL);
    sigsweep_cleanup_arm(SIGSWEEP_NO_TASK, "lock");
    close(open("fetch.lock", O_WRONLY | O_CREAT | O_EXCL, 0644));
    sigsweep_slots(SLOTS);
    for (int id = 1; id <= TASKS; id++)
        sigsweep_task_queue(id);
    done = fetch_all();
    if (interrupted) {
        for (int id = done + 1; id <= TASKS; id++)
            give_up(id, id <= done + SLOTS);
        unlock();
        end_by(SIGINT);
    }
    if (terminated) {
        for (int id = done + 1; id <= TASKS; id++)
            give_up(id, id <= done + SLOTS);
        end_by(SIGTERM);
    }
    unlock();
    return 0;
}
