#include "run/run.h"

#include "run/groups.h"
#include "run/phases.h"
#include "support/buf.h"
#include "support/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

static int watch_signals(struct crew *crew)
{
    sigset_t *set = &crew->watched;

    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGHUP);
    sigprocmask(SIG_BLOCK, set, &crew->mask);
    return signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void phase_begin(const struct crew *crew, enum run_phase phase)
{
    crew->r->phase = phase;
    crew->r->phase_done = 0;
    if (crew->listener->phase != NULL)
        crew->listener->phase(crew->listener->arg, phase);
}

static void sum_up(struct run *r)
{
    struct account *a = &r->account;

    *a = (struct account){0};
    for (size_t i = 0; i < r->plan->parts_n; i++) {
        const struct plan_part *part = &r->plan->parts[i];
        const struct tally *t = &r->tallies[i];
        a->points += part->trials + part->sampled_out;
        a->sampled_out += part->sampled_out;
        a->fired += t->fired;
        a->masked += t->masked;
        a->unreached += t->unreached + part->unreached;
        a->snapshot += t->snapshot;
        a->replayed += t->replayed;
        a->checked += t->checked;
        a->disagreed += t->disagreed;
    }
}

int run_all(struct run *r, const struct run_listener *listener, struct error *err)
{
    struct crew *crew;
    int64_t begin = clock_now_ns();
    int rc;

    r->tallies = mem_alloc(r->plan->parts_n * sizeof(*r->tallies));
    rc = folder_describe(&r->folder, r->plan, r->tallies, err);
    if (rc != 0)
        return rc;
    crew = mem_alloc(sizeof(*crew));
    crew->r = r;
    crew->listener = listener;
    crew->err = err;
    crew->work.plan = r->plan;
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    scratch_sweep(r->room.scratch_base); /* of runs that were killed */
    guardian_start(&crew->guardian, r->room.scratch_base);
    crew->signal_fd = watch_signals(crew);
    phase_survey(crew);
    phase_trials(crew);
    phase_confirm(crew);
    phase_shrink(crew);
    if (crew->signal_fd >= 0)
        close(crew->signal_fd);
    sigprocmask(SIG_SETMASK, &crew->mask, NULL);
    guardian_end(&crew->guardian);
    sum_up(r);
    groups_write(r);
    rc = crew->rc;
    free(crew);
    r->folder.elapsed_ns = clock_now_ns() - begin;
    r->folder.state = r->interrupted != 0 || rc != 0 ? "interrupted" : "finished";
    if (folder_describe(&r->folder, r->plan, r->tallies, err) != 0 && rc == 0)
        rc = -EIO;
    return rc;
}

void run_free(struct run *r)
{
    for (size_t i = 0; r->tallies != NULL && i < r->plan->parts_n; i++)
        free(r->tallies[i].error);
    free(r->tallies);
    r->tallies = NULL;
    groups_free(r);
    folder_close(&r->folder);
}
