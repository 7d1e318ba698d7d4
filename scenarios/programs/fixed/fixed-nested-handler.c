/* fixed-nested-handler.c - the handler notes the signal; the cleanup runs once, in the main flow.
 *
 * However many signals come, and however quickly, they set the same flag. */
#include <sigsweep/probe.h>

#include <signal.h>
#include <unistd.h>

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

static volatile sig_atomic_t finished;

static void clean_up(void)
{
    sigsweep_cleanup_begin(SIGSWEEP_NO_TASK, "rollback");
    usleep(1000);
    sigsweep_cleanup_end(SIGSWEEP_NO_TASK, "rollback", 0);
}

static void on_signal(int sig)
{
    finished = sig;
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
    handle(SIGINT, on_signal);
    sigsweep_cleanup_arm(SIGSWEEP_NO_TASK, "rollback");
    sigsweep_mark("changing");

    for (int i = 0; i < 2000 && !finished; i++)
        usleep(5000);
    clean_up();
    if (finished)
        end_by(finished);
    return 0;
}
