#include "run/batch.h"

#include "support/buf.h"
#include "support/clock.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define TICK_MS 100

struct turn { /* a batch in the hands of a crew */
    struct crew *crew;
    struct batch *batch;
};

void crew_note(const struct crew *crew, const char *text)
{
    if (crew->listener->note != NULL)
        crew->listener->note(crew->listener->arg, text);
}

static void fail(struct crew *crew, int rc, const char *text)
{
    if (crew->rc == 0)
        crew->rc = error_set(crew->err, rc, "%s", text);
}

static void finish(struct turn *t, const struct report_head *head, const char *text)
{
    struct crew *crew = t->crew;
    struct batch *b = t->batch;
    int rc;

    if (head->number > b->n || b->seen[head->number])
        return;
    if (head->number != 0) {
        b->seen[head->number] = 1;
        b->done++;
        crew->r->phase_done = b->done;
    }
    rc = b->take(b->arg, head, text, crew->err);
    if (rc != 0 && crew->rc == 0)
        crew->rc = rc;
}

static void take(void *arg, struct worker *w, const struct report_head *head, const char *text)
{
    struct turn *t = arg;

    (void)w;
    if (head->fatal && (head->number == 0 || (head->code != -EPERM && head->code != -EINVAL)))
        fail(t->crew, head->code, text);
    else if (t->crew->rc == 0)
        finish(t, head, text);
}

static bool next_job(struct turn *t, struct job *job)
{
    struct batch *b = t->batch;
    size_t left = b->n - b->next + 1;

    if (b->again_n != 0) {
        *job = b->again[--b->again_n];
        return true;
    }
    if (b->next > b->n)
        return false;
    *job = (struct job){.kind = b->kind, .first = (uint32_t)b->next, .n = 1};
    if (b->chunk != NULL)
        job->n = (uint32_t)b->chunk(t->crew->r->plan, b->next);
    if (job->n > left)
        job->n = (uint32_t)left;
    b->next += job->n;
    return true;
}

static int feed(struct turn *t, struct worker *w)
{
    struct job job;

    while (t->crew->rc == 0 && w->given_n < WORKER_QUEUE && worker_owes(w) < WORKER_QUEUE &&
           next_job(t, &job)) {
        int rc = worker_give(w, job); /* it is on the worker's list even if it is gone */
        if (rc != 0)
            return rc;
    }
    return 0;
}

void crew_end_orphans(struct crew *crew)
{
    pid_t keep[WORKERS_MAX + 1];
    size_t n = 0;

    if (crew->guardian.pid > 0)
        keep[n++] = crew->guardian.pid;
    for (int i = 0; i < crew->n; i++) {
        if (crew->workers[i].pid > 0)
            keep[n++] = crew->workers[i].pid;
    }
    orphans_end(keep, n);
}

/* The first step that a dead worker did not report is lost: it may be what kills workers. The
 * others are given to whoever is next. */
static void give_back(struct turn *t, const struct given *given, size_t n)
{
    struct batch *b = t->batch;
    bool lost = false;

    for (size_t i = 0; i < n; i++) {
        const struct job *job = &given[i].job;
        for (uint32_t k = job->first; k < job->first + job->n; k++) {
            struct report_head head = {
                .kind = (uint8_t)b->kind, .number = k, .outcome = OUTCOME_ERROR};
            if (b->seen[k])
                continue;
            if (!lost) {
                lost = true;
                finish(t, &head, NULL);
                continue;
            }
            b->again = mem_grow(b->again, b->again_n + 1, sizeof(*b->again));
            b->again[b->again_n++] = (struct job){.kind = b->kind, .first = k, .n = 1};
        }
    }
    if (lost)
        crew_note(t->crew, "a worker was killed from outside; its trial counts as an error");
}

/* A worker died (by SIGKILL from outside, say). What it ran is ended here. */
static void replace(struct turn *t, struct worker *w)
{
    struct crew *crew = t->crew;
    struct given given[WORKER_QUEUE];
    size_t n = w->given_n;
    struct room_config config = crew->r->room;

    memcpy(given, w->given, sizeof(given));
    if (w->pid > 0)
        (void)kill(w->pid, SIGKILL); /* it has closed its socket: it is of no more use */
    worker_stop(w);
    crew_end_orphans(crew);
    scratch_sweep(crew->r->room.scratch_base);
    give_back(t, given, n);
    config.worker = (int)(w - crew->workers);
    config.cpu = crew->cpu;
    if (worker_start(w, &crew->work, &config) != 0) {
        fail(crew, -EAGAIN, "cannot start another worker");
        return;
    }
    (void)feed(t, w); /* if it is gone again, its hang-up is seen next */
}

static void serve(struct turn *t, struct worker *w)
{
    if ((worker_read(w, take, t) != 0 || feed(t, w) != 0) && t->crew->rc == 0 &&
        t->batch->done < t->batch->n)
        replace(t, w);
}

static void loop(struct turn *t)
{
    struct crew *crew = t->crew;
    struct pollfd fds[WORKERS_MAX + 1];
    int64_t next_tick = 0;

    while (crew->rc == 0 && t->batch->done < t->batch->n && crew->r->interrupted == 0) {
        int64_t now;
        for (int i = 0; i < crew->n; i++)
            fds[i] = (struct pollfd){.fd = crew->workers[i].fd, .events = POLLIN};
        fds[crew->n] = (struct pollfd){.fd = crew->signal_fd, .events = POLLIN};
        if (poll(fds, (nfds_t)crew->n + 1, TICK_MS) < 0 && errno != EINTR) {
            crew->rc = -errno;
            break;
        }
        if (fds[crew->n].revents != 0) {
            struct signalfd_siginfo info;
            if (read(crew->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
                crew->r->interrupted = (int)info.ssi_signo;
        }
        for (int i = 0; i < crew->n && crew->r->interrupted == 0; i++) {
            if (fds[i].revents != 0)
                serve(t, &crew->workers[i]);
        }
        now = clock_now_ns();
        if (crew->listener->tick != NULL && now >= next_tick) {
            crew->listener->tick(crew->listener->arg);
            next_tick = now + TICK_MS * 1000000LL;
        }
    }
}

static void start_workers(struct turn *t)
{
    struct crew *crew = t->crew;
    size_t wanted = (size_t)crew->r->jobs < WORKERS_MAX ? (size_t)crew->r->jobs : WORKERS_MAX;

    if (wanted > t->batch->n)
        wanted = t->batch->n;
    crew->cpu = 1 + sched_getcpu();
    for (crew->n = 0; (size_t)crew->n < wanted && crew->rc == 0;) {
        struct worker *w = &crew->workers[crew->n];
        struct room_config config = crew->r->room;
        int rc;
        config.worker = crew->n;
        config.cpu = crew->cpu;
        rc = worker_start(w, &crew->work, &config);
        if (rc != 0) {
            crew->rc = error_set(crew->err, rc, "cannot start a worker: %s", strerror(-rc));
            break;
        }
        crew->n++;
        (void)feed(t, w); /* one that is gone again tells why when it is read */
    }
}

int batch_run(struct crew *crew, struct batch *b)
{
    struct turn t = {.crew = crew, .batch = b};

    b->next = 1;
    b->done = 0;
    b->seen = mem_alloc(b->n + 1);
    crew->r->phase_done = 0;
    crew->r->phase_all = b->n;
    if (crew->rc == 0 && crew->r->interrupted == 0)
        start_workers(&t);
    loop(&t);
    if (crew->r->interrupted != 0) {
        /* From here on a second ^C ends this process; the workers then see their sockets close. */
        sigprocmask(SIG_UNBLOCK, &crew->watched, NULL);
    }
    for (int i = 0; i < crew->n; i++)
        worker_stop(&crew->workers[i]);
    crew_end_orphans(crew);
    crew->n = 0;
    free(b->seen);
    free(b->again);
    b->seen = NULL;
    b->again = NULL;
    b->again_n = 0;
    return crew->rc;
}
