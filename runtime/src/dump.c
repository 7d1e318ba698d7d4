/* dump.c - what every task is doing, as data and as text. A dump may come in a signal handler, at
 * any instruction: it reads only memory that stays mapped for the whole run, and follows no list
 * that could be half changed. */
#include "line.h"
#include "runtime.h"
#include "shield.h"
#include "signals.h"

static const char *const wait_names[] = {
    [WAIT_SLEEP] = "sleep", [WAIT_FD] = "fd", [WAIT_SEM] = "semaphore", [WAIT_JOIN] = "group"};

static struct qs_task_info describe(const struct task *task)
{
    struct qs_task_info info = {.id = task->id, .name = task->name};

    switch (task->state) {
    case TASK_QUEUED: info.state = QS_QUEUED; return info;
    case TASK_STARTING: info.state = QS_STARTING; return info;
    case TASK_RUNNING: info.state = QS_RUNNING; break;
    default: info.state = QS_CLEANING; break;
    }
    const struct fiber *fiber = task->fiber;
    info.waits = wait_names[fiber->wait];
    info.cleanup = fiber->cleaning;
    info.cancelled = fiber->cancelled;
    info.shielded = shield_holds(fiber);
    return info;
}

struct listing {
    struct qs_task_info *out; /* where to */
    size_t room;              /* how many fit */
    size_t n;                 /* tasks seen */
};

static int list_one(void *ctx, struct task *task)
{
    struct listing *listing = ctx;

    if (listing->n < listing->room)
        listing->out[listing->n] = describe(task);
    listing->n++;
    return 0;
}

size_t qs_snapshot(struct qs_task_info *out, size_t room)
{
    struct listing listing = {.out = out, .room = room};

    if (qs_running)
        arena_each(&qs_running->arena, list_one, &listing);
    return listing.n;
}

static int count_one(void *ctx, struct task *task)
{
    size_t *counts = ctx;

    counts[task->state]++;
    return 0;
}

static void deadline_text(struct line *line, int64_t deadline)
{
    if (deadline == QS_FOREVER)
        return;
    line_text(line, ", ");
    line_number(line, (deadline - qs_now()) / QS_MILLISECOND);
    line_text(line, " ms left");
}

static void what_it_waits_for(struct line *line, const struct fiber *fiber)
{
    if (fiber->wait == WAIT_NONE) {
        line_text(line, fiber->rt->current == fiber ? ", runs now" : ", ready");
        return;
    }
    line_text(line, ", waits: ");
    line_text(line, wait_names[fiber->wait]);
    if (fiber->wait == WAIT_FD) {
        line_text(line, " ");
        line_number(line, fiber->fd);
    }
    deadline_text(line, fiber->deadline);
}

static int print_started(void *ctx, struct task *task)
{
    struct line line = {.len = 0};
    struct qs_task_info info = describe(task);

    if (info.state == QS_QUEUED || info.state == QS_STARTING)
        return 0;
    line_text(&line, "  task ");
    line_number(&line, (int64_t)info.id);
    if (info.name) {
        line_text(&line, " ");
        line_word(&line, info.name);
    }
    line_text(&line, info.state == QS_RUNNING ? ": running" : ": cleaning up");
    if (info.cleanup) {
        line_text(&line, ", in ");
        line_word(&line, info.cleanup);
    }
    if (info.cancelled)
        line_text(&line, info.shielded ? ", cancelled but shielded" : ", cancelled");
    what_it_waits_for(&line, task->fiber);
    line_write(&line, *(int *)ctx);
    return 0;
}

void qs_dump(int fd)
{
    struct runtime *rt = signals_runtime();
    struct line line = {.len = 0};
    size_t counts[TASK_CLEANING + 1] = {0};

    if (!rt)
        return;
    arena_each(&rt->arena, count_one, counts);
    line_text(&line, "quiesce: level ");
    line_number(&line, rt->level);
    line_text(&line, ", running ");
    line_number(&line, (int64_t)counts[TASK_RUNNING]);
    line_text(&line, ", cleaning ");
    line_number(&line, (int64_t)counts[TASK_CLEANING]);
    line_text(&line, ", starting ");
    line_number(&line, (int64_t)counts[TASK_STARTING]);
    line_text(&line, ", queued ");
    line_number(&line, (int64_t)counts[TASK_QUEUED]);
    line_write(&line, fd);
    arena_each(&rt->arena, print_started, &fd);
}
