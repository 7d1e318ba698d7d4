#include "run/worker.h"

#include "judge/judge.h"
#include "plan/points.h"
#include "support/buf.h"

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

struct bench { /* one worker's workplace */
    const struct plan *plan;
    struct room *room;
    int fd;
    const struct scenario *based; /* whose baseline is kept */
    struct record baseline;
    bool has_baseline;
};

static int send_all(int fd, const void *data, size_t len)
{
    const char *at = data;

    while (len > 0) {
        ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -EPIPE;
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

static int report(struct bench *b, const struct trial_line *line)
{
    const struct scenario *s = line->scenario;
    kind_set wanted = s->expect.has_findings ? s->expect.findings : 0;
    struct report_head head = {.number = (uint32_t)line->number,
                               .outcome = (uint32_t)line->outcome,
                               .kinds = line->findings->kinds,
                               .fired = record_first_fired(line->record) != NULL,
                               .unexpected = (line->findings->kinds & ~wanted) != 0};
    struct buf text = {0};
    int rc;

    for (size_t i = 0; i < line->record->deliveries_n; i++)
        head.masked |= line->record->deliveries[i].state == DELIVERY_MASKED;
    buf_add(&text, &head, sizeof(head)); /* room for it; its size is known below */
    rc = trial_line_print(line, &text);
    head.size = (uint32_t)(text.len - sizeof(head));
    memcpy(text.data, &head, sizeof(head));
    if (rc == 0)
        rc = send_all(b->fd, text.data, text.len);
    buf_free(&text);
    return rc;
}

static void report_fatal(struct bench *b, size_t number, int code, const struct error *err)
{
    struct report_head head = {
        .number = (uint32_t)number, .fatal = 1, .code = code, .size = (uint32_t)strlen(err->text)};

    if (send_all(b->fd, &head, sizeof(head)) == 0)
        (void)send_all(b->fd, err->text, head.size);
}

/* The uninterrupted trial of a scenario, run when a first record asks for it, kept while the
 * worker's trials are of that scenario. One that does not end by itself is no baseline. */
static int baseline_of(struct bench *b, const struct scenario *s, struct error *err)
{
    struct trial_plan plan = {.scenario = s, .seed = b->plan->seed};
    struct findings none = {0};
    struct trial_line line = {.scenario = s, .at = "", .record = &b->baseline, .findings = &none};
    int rc;

    if (b->based == s)
        return 0;
    if (b->based != NULL)
        record_free(&b->baseline);
    record_init(&b->baseline);
    b->based = s;
    b->has_baseline = false;
    rc = trial_run(b->room, &plan, &b->baseline, err);
    if (rc != 0)
        return rc;
    b->has_baseline = b->baseline.how == ENDED_EXITED && b->baseline.value == 0;
    line.outcome = b->has_baseline ? OUTCOME_PASSED : OUTCOME_ERROR;
    return report(b, &line);
}

static int run_trial(struct bench *b, size_t number, struct error *err)
{
    const struct scenario *s = plan_part_of(b->plan, number)->scenario;
    struct trial_plan plan = {.scenario = s, .seed = b->plan->seed};
    struct interrupt *list = plan_interrupts(b->plan, number, &plan.interrupts_n);
    struct findings found = {0};
    struct buf at = {0};
    struct record r;
    int rc;

    plan.interrupts = list;
    points_print(list, plan.interrupts_n, &at);
    record_init(&r);
    rc = trial_run(b->room, &plan, &r, err);
    if (rc == 0 && judge_wants_baseline(s, &r))
        rc = baseline_of(b, s, err);
    if (rc == 0) {
        struct trial_line line = {.number = number,
                                  .scenario = s,
                                  .record = &r,
                                  .findings = &found,
                                  .at = at.data != NULL ? at.data : ""};
        judge(s, b->based == s && b->has_baseline ? &b->baseline : NULL, &r, &found);
        line.outcome = outcome_of(s, &r, &found);
        rc = report(b, &line);
    }
    findings_free(&found);
    record_free(&r);
    buf_free(&at);
    points_free(list, plan.interrupts_n);
    return rc;
}

static int read_number(int fd, uint32_t *number)
{
    for (;;) {
        ssize_t n = recv(fd, number, sizeof(*number), MSG_WAITALL);
        if (n == (ssize_t)sizeof(*number))
            return 0;
        if (n >= 0 || errno != EINTR)
            return -EPIPE;
    }
}

static __attribute__((noreturn)) void worker_main(const struct plan *plan, int fd,
                                                  const struct room_config *config)
{
    struct bench b = {.plan = plan};
    struct room_config mine = *config;
    struct error err = {0};
    uint32_t number;
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
        report_fatal(&b, 0, rc, &err);
    while (rc == 0 && read_number(fd, &number) == 0 && number != 0) {
        rc = run_trial(&b, number, &err);
        if (rc != 0 && rc != -ECANCELED && rc != -EPIPE) {
            report_fatal(&b, number, rc, &err);
            if (rc == -EPERM || rc == -EINVAL) { /* this scenario only: the others can go on */
                rc = 0;
                err.text[0] = '\0';
            }
        }
    }
    if (b.based != NULL)
        record_free(&b.baseline);
    room_close(b.room);
#ifdef __SANITIZE_ADDRESS__
    __lsan_disable(); /* the inherited plan is the coordinator's to free */
#endif
    _exit(0);
}

int worker_start(struct worker *w, const struct plan *plan, const struct room_config *config)
{
    int ends[2];

    *w = (struct worker){.fd = -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return -errno;
    w->pid = fork();
    if (w->pid == 0) {
        close(ends[0]);
        worker_main(plan, ends[1], config);
    }
    close(ends[1]);
    if (w->pid < 0) {
        close(ends[0]);
        return -errno;
    }
    w->fd = ends[0];
    return 0;
}

int worker_give(struct worker *w, size_t number)
{
    uint32_t value = (uint32_t)number;

    w->given[w->given_n++] = number;
    return send_all(w->fd, &value, sizeof(value));
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
        char *text;
        if (w->in.len - at < sizeof(head))
            break;
        memcpy(&head, w->in.data + at, sizeof(head));
        if (w->in.len - at - sizeof(head) < head.size)
            break;
        text = mem_strndup(w->in.data + at + sizeof(head), head.size);
        at += sizeof(head) + head.size;
        if (w->given_n != 0 && head.number == w->given[0])
            memmove(w->given, w->given + 1, --w->given_n * sizeof(w->given[0]));
        take(arg, w, &head, text);
        free(text);
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
