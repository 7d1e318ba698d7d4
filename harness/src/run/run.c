#include "run/run.h"

#include "support/buf.h"
#include "support/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS_MAX 256
#define TICK_MS     100

struct running {
    struct run *r;
    const struct run_listener *listener;
    struct error *err;
    struct worker workers[WORKERS_MAX];
    int n;
    size_t next; /* number of the next trial to hand out */
    size_t told; /* parts that the listener was told of */
    int rc;      /* the first failure */
};

static void note(struct running *run, const char *text)
{
    if (run->listener->note != NULL)
        run->listener->note(run->listener->arg, text);
}

static struct tally *tally_of(struct running *run, size_t number)
{
    return &run->r->tallies[plan_part_of(run->r->plan, number) - run->r->plan->parts];
}

static void tell_parts(struct running *run)
{
    const struct plan *plan = run->r->plan;

    while (run->told < plan->parts_n &&
           run->r->tallies[run->told].run == plan->parts[run->told].trials) {
        if (run->listener->part != NULL)
            run->listener->part(run->listener->arg, run->told);
        run->told++;
    }
}

static void count(struct running *run, const struct report_head *head)
{
    struct tally *t = tally_of(run, head->number);

    t->run++;
    run->r->done++;
    t->found |= head->kinds;
    t->fired += head->fired;
    t->masked += head->masked;
    switch ((enum trial_outcome)head->outcome) {
    case OUTCOME_PASSED: t->passed++; break;
    case OUTCOME_FOUND:
        t->failed++;
        if (t->first_bad == 0 || head->number < t->first_bad)
            t->first_bad = head->number;
        break;
    case OUTCOME_UNREACHED: t->unreached++; break;
    case OUTCOME_ERROR: t->errors++; break;
    }
}

/* The trouble text of a trial that could not be started, out of its own log line. */
static char *trouble_in(const char *line)
{
    const char *at = strstr(line, "\"trouble\":\""), *end;

    if (at == NULL)
        return mem_strdup("it could not be started");
    at += strlen("\"trouble\":\"");
    end = strchr(at, '"');
    return mem_strndup(at, end != NULL ? (size_t)(end - at) : strlen(at));
}

static void take(void *arg, struct worker *w, const struct report_head *head, const char *text)
{
    struct running *run = arg;
    struct report_head lost = *head;
    struct tally *t;

    (void)w;
    if (head->fatal) {
        if (head->number == 0 || (head->code != -EPERM && head->code != -EINVAL)) {
            if (run->rc == 0)
                run->rc = error_set(run->err, head->code, "%s", text);
            return;
        }
        run->r->refused |= head->code == -EPERM;
        lost.outcome = OUTCOME_ERROR;
        t = tally_of(run, head->number);
        if (t->error == NULL)
            t->error = mem_strdup(text);
        count(run, &lost);
        tell_parts(run);
        return;
    }
    if (run->rc == 0)
        run->rc = folder_append(&run->r->folder, text, head->size, run->err);
    if (head->number == 0 || run->rc != 0)
        return;
    if (head->unexpected)
        folder_keep_artifacts(&run->r->folder, head->number, text, head->size);
    t = tally_of(run, head->number);
    if (head->outcome == OUTCOME_ERROR && t->error == NULL)
        t->error = trouble_in(text);
    count(run, head);
    if (run->listener->trial != NULL)
        run->listener->trial(run->listener->arg, head, text);
    tell_parts(run);
}

static int feed(struct running *run, struct worker *w)
{
    while (run->rc == 0 && w->given_n < WORKER_QUEUE && run->next <= run->r->plan->trials) {
        int rc = worker_give(w, run->next++); /* it is on the worker's list even if it is gone */
        if (rc != 0)
            return rc;
    }
    return 0;
}

static void end_orphans(struct running *run)
{
    pid_t keep[WORKERS_MAX];
    size_t n = 0;

    for (int i = 0; i < run->n; i++) {
        if (run->workers[i].pid > 0)
            keep[n++] = run->workers[i].pid;
    }
    orphans_end(keep, n);
}

/* A worker died (by SIGKILL from outside, say). What it ran is ended here, its trial is counted as
 * an error, the others that it was handed are given to its successor. */
static void replace(struct running *run, struct worker *w)
{
    size_t given[WORKER_QUEUE], n = w->given_n;
    struct room_config config = run->r->room;

    memcpy(given, w->given, sizeof(given));
    if (w->pid > 0)
        (void)kill(w->pid, SIGKILL); /* it has closed its socket: it is of no more use */
    worker_stop(w);
    end_orphans(run);
    if (n != 0) {
        struct report_head head = {.number = (uint32_t)given[0], .outcome = OUTCOME_ERROR};
        struct tally *t = tally_of(run, given[0]);
        if (t->error == NULL)
            t->error = mem_strdup("the worker that ran it was killed");
        count(run, &head);
        tell_parts(run);
        note(run, "a worker was killed from outside; its trial counts as an error");
    }
    config.worker = (int)(w - run->workers);
    if (worker_start(w, run->r->plan, &config) != 0) {
        run->rc = error_set(run->err, -EAGAIN, "cannot start another worker");
        return;
    }
    for (size_t i = 1; i < n; i++)
        (void)worker_give(w, given[i]);
    (void)feed(run, w); /* if it is gone again, its hang-up is seen next */
}

static int watch_signals(sigset_t *old)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, old);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void loop(struct running *run, int signal_fd)
{
    struct pollfd fds[WORKERS_MAX + 1];
    int64_t next_tick = 0;

    while (run->rc == 0 && run->r->done < run->r->plan->trials && run->r->interrupted == 0) {
        int64_t now;
        for (int i = 0; i < run->n; i++)
            fds[i] = (struct pollfd){.fd = run->workers[i].fd, .events = POLLIN};
        fds[run->n] = (struct pollfd){.fd = signal_fd, .events = POLLIN};
        if (poll(fds, (nfds_t)run->n + 1, TICK_MS) < 0 && errno != EINTR) {
            run->rc = -errno;
            break;
        }
        if (fds[run->n].revents != 0) {
            struct signalfd_siginfo info;
            if (read(signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
                run->r->interrupted = (int)info.ssi_signo;
        }
        for (int i = 0; i < run->n && run->r->interrupted == 0; i++) {
            struct worker *w = &run->workers[i];
            if (fds[i].revents == 0)
                continue;
            if (worker_read(w, take, run) != 0 || feed(run, w) != 0) {
                if (run->rc == 0 && run->r->done < run->r->plan->trials)
                    replace(run, w);
            }
        }
        now = clock_now_ns();
        if (run->listener->tick != NULL && now >= next_tick) {
            run->listener->tick(run->listener->arg);
            next_tick = now + TICK_MS * 1000000LL;
        }
    }
}

int run_all(struct run *r, const struct run_listener *listener, struct error *err)
{
    struct running run = {.r = r, .listener = listener, .err = err, .next = 1};
    int64_t begin = clock_now_ns();
    sigset_t old;
    int signal_fd;

    r->tallies = mem_alloc(r->plan->parts_n * sizeof(*r->tallies));
    run.rc = folder_describe(&r->folder, r->plan, r->tallies, err);
    if (run.rc != 0)
        return run.rc;
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    signal_fd = watch_signals(&old);
    run.n = r->jobs < WORKERS_MAX ? r->jobs : WORKERS_MAX;
    if ((size_t)run.n > r->plan->trials)
        run.n = (int)r->plan->trials;
    for (int i = 0; i < run.n && run.rc == 0; i++) {
        struct room_config config = r->room;
        config.worker = i;
        run.rc = worker_start(&run.workers[i], r->plan, &config);
        if (run.rc != 0)
            error_set(err, run.rc, "cannot start a worker: %s", strerror(-run.rc));
        else
            (void)feed(&run,
                       &run.workers[i]); /* one that is gone again tells why when it is read */
    }
    tell_parts(&run); /* skipped ones at the front */
    loop(&run, signal_fd);
    if (r->interrupted != 0) {
        /* From here on a second ^C ends this process; the workers then see their sockets close. */
        sigprocmask(SIG_SETMASK, &old, NULL);
    }
    for (int i = 0; i < run.n; i++)
        worker_stop(&run.workers[i]);
    end_orphans(&run);
    if (signal_fd >= 0)
        close(signal_fd);
    sigprocmask(SIG_SETMASK, &old, NULL);
    r->folder.elapsed_ns = clock_now_ns() - begin;
    r->folder.state = r->interrupted != 0 || run.rc != 0 ? "interrupted" : "finished";
    if (folder_describe(&r->folder, r->plan, r->tallies, err) != 0 && run.rc == 0)
        run.rc = -EIO;
    return run.rc;
}

void run_free(struct run *r)
{
    for (size_t i = 0; r->tallies != NULL && i < r->plan->parts_n; i++)
        free(r->tallies[i].error);
    free(r->tallies);
    r->tallies = NULL;
    folder_close(&r->folder);
}
