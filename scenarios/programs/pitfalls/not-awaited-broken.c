/* not-awaited-broken.c - cancels its tasks, and leaves the loop before they have seen it.
 *
 * What goes wrong: ^C leaves the part files behind; no task has cleaned up.
 * Why: cancelling only marks a task. It cleans up in its next step, as the loop comes by; the loop
 * is told to end, too, and never does. */
#include <sigsweep/probe.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#define SLOTS     2
#define TASKS     4
#define REPLY     200 /* ms until a server answers */
#define NAME_ROOM 24

struct task {
    int left; /* ms until the answer; -1: waits for a slot */
    bool cancelled;
    bool over;
};

static struct task tasks[TASKS + 1]; /* by id, from 1 */
static volatile sig_atomic_t stop;   /* the signal that asked for it; 0: none */

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

/* What a task does when the loop comes by. */
static void step(int id, int *running)
{
    struct task *t = &tasks[id];

    if (t->over)
        return;
    if (t->cancelled) {
        give_up(id, t->left >= 0);
        t->over = true;
    } else if (t->left < 0 && *running < SLOTS) {
        begin(id);
        t->left = REPLY;
        ++*running;
    } else if (t->left > 0) {
        t->left -= 5;
    } else if (t->left == 0) {
        finish(id);
        t->over = true;
        --*running;
    }
}

int main(void)
{
    struct sigaction sa = {.sa_handler = on_signal};
    int running = 0;

    sigsweep_probe_init();
    sigaction(SIGINT, &sa, NULL);
    sigsweep_slots(SLOTS);
    for (int id = 1; id <= TASKS; id++) {
        sigsweep_task_queue(id);
        tasks[id].left = -1;
    }
    do {
        for (int id = 1; id <= TASKS; id++)
            step(id, &running);
        if (stop) {
            for (int id = 1; id <= TASKS; id++)
                tasks[id].cancelled = true;
            break;
        }
        poll(NULL, 0, 5);
    } while (running > 0);
    if (stop)
        end_by(stop);
    return 0;
}
