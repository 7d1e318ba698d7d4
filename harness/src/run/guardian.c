#include "run/guardian.h"

#include "trial/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOKS 20 /* workers that live on put away their own; a tenth of a second apart */

static __attribute__((noreturn)) void watch(int fd, const char *scratch)
{
    char none;

    (void)setsid(); /* no ^C is for it */
    for (int i = 1; i < 32; i++)
        signal(i, SIG_IGN);
    if (fd != 3)
        (void)dup2(fd, 3);
    (void)syscall(SYS_close_range, 4U, ~0U, 0U);
    for (int i = 0; i < 3; i++) { /* who reads our output must not wait for this process */
        int nothing = open("/dev/null", O_RDWR);
        if (nothing >= 0 && nothing != i) {
            (void)dup2(nothing, i);
            close(nothing);
        }
    }
    while (read(3, &none, 1) < 0 && errno == EINTR)
        ;
    for (int i = 0; i < LOOKS; i++) {
        scratch_sweep(scratch);
        usleep(100000);
    }
    _exit(0);
}

void guardian_start(struct guardian *g, const char *scratch)
{
    int ends[2];

    *g = (struct guardian){.fd = -1};
    if (pipe2(ends, O_CLOEXEC) != 0)
        return;
    g->pid = fork();
    if (g->pid == 0) {
        close(ends[1]);
        watch(ends[0], scratch);
    }
    close(ends[0]);
    g->fd = ends[1];
    if (g->pid < 0) {
        g->pid = 0;
        close(g->fd);
        g->fd = -1;
    }
}

void guardian_end(struct guardian *g)
{
    if (g->pid == 0)
        return;
    (void)kill(g->pid, SIGKILL); /* our own child, not reaped: the number is its own */
    while (waitpid(g->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    close(g->fd);
    *g = (struct guardian){.fd = -1};
}
