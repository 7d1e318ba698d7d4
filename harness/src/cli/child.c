#include "cli/child.h"

#include "cli/cli.h"
#include "cli/hold.h"
#include "support/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static __attribute__((noreturn)) void in_child(const struct room_config *config, int stop_fd,
                                               int (*work)(void *, struct room *, struct error *),
                                               void *arg)
{
    struct room_config mine = *config;
    struct error err = {0};
    struct room *room;
    int status = EXIT_MACHINE;

    (void)setpgid(0, 0);
    mine.stop_fd = stop_fd;
    if (room_open(&mine, &room, &err) == 0) {
        status = work(arg, room, &err);
        room_close(room);
    }
    if (err.text[0] != '\0')
        fprintf(stderr, "sigsweep: %s\n", err.text);
    fflush(stdout);
    _exit(status);
}

/* Until the child has ended, or a signal for this process came, which is left pending. */
static void await(pid_t child)
{
    sigset_t set;
    struct pollfd fds[2] = {{.events = POLLIN}, {.events = POLLIN}};

    hold_set(&set);
    fds[0].fd = (int)syscall(SYS_pidfd_open, child, 0);
    fds[1].fd = signalfd(-1, &set, SFD_CLOEXEC);
    while (fds[0].fd >= 0 && fds[1].fd >= 0 && poll(fds, 2, -1) < 0 && errno == EINTR)
        ;
    for (int i = 0; i < 2; i++) {
        if (fds[i].fd >= 0)
            close(fds[i].fd);
    }
}

int child_with_room(const struct room_config *config,
                    int (*work)(void *arg, struct room *room, struct error *err), void *arg)
{
    int ends[2], status;
    struct hold hold;
    pid_t child;

    (void)prctl(PR_SET_CHILD_SUBREAPER, 1); /* should the child be killed: what it ran is ours */
    if (pipe2(ends, O_CLOEXEC) != 0 || (fflush(stdout), child = fork()) < 0) {
        fprintf(stderr, "sigsweep: cannot start another process: %s\n", strerror(errno));
        return EXIT_MACHINE;
    }
    hold_begin(&hold);
    if (child == 0) {
        close(ends[1]);
        in_child(config, ends[0], work, arg);
    }
    close(ends[0]);
    await(child);
    close(ends[1]); /* if it still runs, it ends its program and goes */
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    orphans_end(NULL, 0);
    hold_end(&hold);
    if (hold_pending() != 0) /* held back by the caller too */
        return 128 + hold_pending();
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    fprintf(stderr, "sigsweep: the process that ran the trial was killed by SIG%s\n",
            signal_label(WTERMSIG(status)));
    return EXIT_MACHINE;
}

void scenario_typed(struct scenario *s, char **command)
{
    const char *slash = strrchr(command[0], '/');
    char *path;
    int n = 0;

    while (command[n] != NULL)
        n++;
    s->name = mem_strdup(slash != NULL ? slash + 1 : command[0]);
    s->program.command = mem_alloc((size_t)(n + 1) * sizeof(char *));
    for (int i = 0; i < n; i++)
        s->program.command[i] = mem_strdup(command[i]);
    path = slash != NULL ? realpath(command[0], NULL) : NULL;
    if (path != NULL) {
        free(s->program.command[0]);
        s->program.command[0] = path;
    }
}
