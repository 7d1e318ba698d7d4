/* broken-eintr-error.c - takes an interrupted wait for a failure.
 *
 * ppoll() returns -1 with EINTR when the signal comes. That isn't an error of the connection, but
 * the code treats every -1 alike: the user's ^C ends in "ppoll: Interrupted system call" and
 * exit code 1, which a service manager counts as a crash and answers with a restart. */
#include <sigsweep/probe.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile sig_atomic_t stop; /* the signal that asked for it; 0: none */

static void on_signal(int sig)
{
    stop = sig;
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

/* Waits for bytes until the peer is gone. 0, or -1 with a message. */
static int serve(int fd, const sigset_t *mask)
{
    struct pollfd peer = {.fd = fd, .events = POLLIN};
    char data[512];

    while (!stop) {
        sigsweep_mark("waiting");
        if (ppoll(&peer, 1, NULL, mask) < 0) {
            perror("ppoll");
            return -1;
        }
        if (read(fd, data, sizeof data) <= 0)
            return 0;
    }
    return 0;
}

int main(void)
{
    sigset_t wanted, before;
    int peer[2], failed;

    sigsweep_probe_init();
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    sigprocmask(SIG_BLOCK, &wanted, &before); /* let in only while ppoll() waits */
    handle(SIGINT, on_signal);
    if (pipe(peer) < 0)
        return 1;
    sigsweep_ready();

    failed = serve(peer[0], &before) < 0;
    close(peer[0]);
    close(peer[1]);
    if (stop && !failed)
        end_by(stop);
    return failed;
}
