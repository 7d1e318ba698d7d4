#include "run/worker.h"

#include "run/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

static int read_job(int fd, struct job *job)
{
    for (;;) {
        ssize_t n = recv(fd, job, sizeof(*job), MSG_WAITALL);
        if (n == (ssize_t)sizeof(*job))
            return 0;
        if (n >= 0 || errno != EINTR)
            return -EPIPE;
    }
}

static __attribute__((noreturn)) void worker_main(const struct work *work, int fd,
                                                  const struct room_config *config)
{
    struct bench b = {.work = work};
    struct room_config mine = *config;
    struct error err = {0};
    struct job job;
    sigset_t none;
    int rc;

    /* Its own process group: a ^C on the terminal goes to the coordinator alone. */
    (void)setpgid(0, 0);
    for (int i = 1; i < 32; i++)
        signal(i, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    /* Nothing else of the coordinator's: least of all the other workers' sockets, whose hang-up
     * must be seen. */
    if (fd != 3)
        fd = dup2(fd, 3);
    (void)syscall(SYS_close_range, 4U, ~0U, 0U);
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    b.fd = fd;
    mine.stop_fd = fd; /* hung up: the coordinator wants an end, or is gone */
    rc = room_open(&mine, &b.room, &err);
    if (rc != 0)
        bench_fatal(&b, JOB_END, 0, rc, &err);
    while (rc == 0 && read_job(fd, &job) == 0 && job.kind != JOB_END)
        rc = bench_do(&b, &job, &err);
    bench_close(&b);
    room_close(b.room);
#ifdef __SANITIZE_ADDRESS__
    __lsan_disable(); /* the inherited plan is the coordinator's to free */
#endif
    _exit(0);
}

int worker_start(struct worker *w, const struct work *work, const struct room_config *config)
{
    int ends[2];

    *w = (struct worker){.fd = -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return -errno;
    w->pid = fork();
    if (w->pid == 0) {
        close(ends[0]);
        worker_main(work, ends[1], config);
    }
    close(ends[1]);
    if (w->pid < 0) {
        close(ends[0]);
        return -errno;
    }
    w->fd = ends[0];
    return 0;
}

int worker_give(struct worker *w, struct job job)
{
    w->given[w->given_n++] = (struct given){.job = job, .left = job.n};
    return send(w->fd, &job, sizeof(job), MSG_NOSIGNAL) == (ssize_t)sizeof(job) ? 0 : -EPIPE;
}

size_t worker_owes(const struct worker *w)
{
    size_t left = 0;

    for (size_t i = 0; i < w->given_n; i++)
        left += w->given[i].left;
    return left;
}

static void strike_out(struct worker *w, size_t number)
{
    for (size_t i = 0; i < w->given_n; i++) {
        struct given *g = &w->given[i];
        if (number < g->job.first || number >= (size_t)g->job.first + g->job.n)
            continue;
        if (--g->left == 0)
            memmove(g, g + 1, (--w->given_n - i) * sizeof(*g));
        return;
    }
}

int worker_read(struct worker *w,
                void (*take)(void *, struct worker *, const struct report_head *, const char *),
                void *arg)
{
    char chunk[65536];
    ssize_t n = recv(w->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
    size_t at = 0;

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n <= 0)
        return -EPIPE;
    buf_add(&w->in, chunk, (size_t)n);
    for (;;) {
        struct report_head head;
        char *text, after;
        if (w->in.len - at < sizeof(head))
            break;
        memcpy(&head, w->in.data + at, sizeof(head));
        if (w->in.len - at - sizeof(head) < head.size)
            break;
        text = w->in.data + at + sizeof(head);
        at += sizeof(head) + head.size;
        if (head.number != 0)
            strike_out(w, head.number);
        after = text[head.size]; /* the next report's first byte, or the buffer's own NUL */
        text[head.size] = '\0';
        take(arg, w, &head, text);
        text[head.size] = after;
    }
    memmove(w->in.data, w->in.data + at, w->in.len - at);
    w->in.len -= at;
    return 0;
}

void worker_stop(struct worker *w)
{
    if (w->fd >= 0)
        close(w->fd); /* it sees the hang-up, ends its trial's processes, and exits */
    w->fd = -1;
    while (w->pid > 0 && waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    w->pid = 0;
    buf_free(&w->in);
}
