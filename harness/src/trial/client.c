#include "trial/live.h"

#include "support/clock.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define END_NS 5000000000 /* to be gone after a SIGKILL */

struct client {
    struct scenario scenario;
    struct trial_plan plan;
    struct live live;
    bool runs, ended, killed;
};

static bool wanted(const struct live *l)
{
    return !l->copy && l->plan->scenario->client != NULL;
}

/* The program's surroundings, and the client's own command on plain channels. */
static void start(struct live *l)
{
    const struct scenario *s = l->plan->scenario;
    struct client *c = mem_alloc(sizeof(*c));
    int rc;

    l->client = c;
    c->scenario =
        (struct scenario){.name = s->name, .program = program_plain(&s->program, s->client)};
    c->scenario.program.untraced = true;
    c->plan = (struct trial_plan){.scenario = &c->scenario};
    l->r->client = mem_alloc(sizeof(*l->r->client));
    record_init(l->r->client);
    live_init(&c->live, l->room, &c->plan, l->r->client, l->err);
    rc = launch(&c->live);
    c->runs = rc == 0 && c->live.begun;
    c->ended = !c->runs;
    if (rc != 0 && l->r->client->trouble == NULL)
        l->r->client->trouble = mem_printf("the client could not be started: %s", strerror(-rc));
}

void client_go(struct live *l)
{
    if (wanted(l) && l->client == NULL && l->r->ready_ns >= 0 && !l->ended && !l->leaving)
        start(l);
}

void client_watch(const struct live *l, struct pollfd w[2])
{
    w[0] = (struct pollfd){.fd = l->client != NULL ? l->client->live.out_fd : -1, .events = POLLIN};
    w[1] = (struct pollfd){.fd = l->client != NULL ? l->client->live.err_fd : -1, .events = POLLIN};
}

void client_read(struct live *l)
{
    struct live *c = l->client != NULL ? &l->client->live : NULL;

    if (c != NULL && c->out_fd >= 0)
        observe_output(c, &c->out_fd, &c->r->out, &c->out_text);
    if (c != NULL && c->err_fd >= 0)
        observe_output(c, &c->err_fd, &c->r->err, &c->err_text);
}

bool client_gone(struct live *l, pid_t pid, int status)
{
    struct client *c = l->client;

    if (c == NULL || pid != c->live.pid || c->ended)
        return false;
    c->ended = c->live.ended = true;
    c->live.status = status;
    c->live.r->exit_ns = clock_now_ns() - l->start_ns; /* as all times of the trial */
    if (l->killed || c->killed)
        c->live.r->how = ENDED_DEADLINE;
    trial_note_ending(&c->live);
    return true;
}

bool client_has(const struct live *l, pid_t pid, pid_t session)
{
    return l->client != NULL && l->client->live.pid > 0 &&
           (pid == l->client->live.pid || session == l->client->live.pid);
}

bool client_runs(const struct live *l)
{
    return l->client != NULL && !l->client->ended;
}

void client_end(struct live *l)
{
    int64_t limit = clock_now_ns() + END_NS;

    if (!client_runs(l))
        return;
    l->client->killed = true;
    (void)kill(-l->client->live.pid, SIGKILL); /* not reaped: the number is its own */
    while (client_runs(l) && clock_now_ns() < limit)
        (void)trial_step(l, limit);
}

bool client_owing(const struct live *l)
{
    return wanted(l) && (l->client == NULL || !l->client->ended);
}

void client_close(struct live *l)
{
    struct client *c = l->client;

    if (wanted(l) && l->r->client == NULL && l->begun) { /* the program was never ready */
        l->r->client = mem_alloc(sizeof(*l->r->client));
        record_init(l->r->client);
        l->r->client->trouble = mem_strdup("the program was not ready before it ended");
    }
    if (c == NULL)
        return;
    trial_drain(&c->live);
    live_close(&c->live);
    free(c);
    l->client = NULL;
}
