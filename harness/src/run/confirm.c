#include "run/groups.h"
#include "run/phases.h"

#include "support/buf.h"

#include <stdlib.h>
#include <string.h>

#define CONFIRM_GROUPS 40
#define CONFIRM_TIMES  5

struct confirming {
    struct crew *crew;
    struct replay_step *steps;
    size_t n;
};

static size_t most(const struct run *r)
{
    return r->confirm_wanted ? GROUPS_MAX : CONFIRM_GROUPS;
}

static bool wants_replay(const struct run *r, size_t index)
{
    return index < most(r) && r->plan->parts[r->groups[index].part].expands;
}

static int take(void *arg, const struct report_head *head, const char *text, struct error *err)
{
    struct confirming *c = arg;
    struct group *g;
    bool has_line = text != NULL && !head->fatal;
    int rc = has_line ? folder_append(&c->crew->r->folder, text, head->size, err) : 0;

    if (rc != 0 || head->number == 0)
        return rc;
    g = &c->crew->r->groups[c->steps[head->number - 1].group];
    g->tried++;
    g->confirmed += has_line && line_shows(text, head->size, g);
    return 0;
}

void phase_confirm(struct crew *crew)
{
    struct confirming c = {.crew = crew};
    struct run *r = crew->r;
    struct batch b = {.kind = JOB_REPLAY, .take = take, .arg = &c};

    c.steps = mem_alloc(most(r) * CONFIRM_TIMES * sizeof(*c.steps));
    for (size_t i = 0; i < r->groups_n; i++) {
        for (int k = 0; k < CONFIRM_TIMES && wants_replay(r, i); k++)
            c.steps[c.n++] =
                (struct replay_step){.scenario = r->plan->parts[r->groups[i].part].scenario,
                                     .at = r->groups[i].at,
                                     .group = i,
                                     .trial = r->groups[i].trial};
    }
    if (c.n != 0 && crew->rc == 0 && r->interrupted == 0) {
        phase_begin(crew, PHASE_CONFIRM);
        b.n = c.n;
        crew->work.replays = c.steps;
        if (batch_run(crew, &b) == 0 && r->interrupted == 0 && groups_doubt(r))
            crew_note(crew, "findings of copies that no replay shows are not counted as failures");
    }
    crew->work.replays = NULL;
    free(c.steps);
}
