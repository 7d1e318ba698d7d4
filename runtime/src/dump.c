/* dump.c - what every task is doing, as data and as text. A dump may come in a signal handler, at
 * any instruction: it reads only memory that stays mapped for the whole run, and follows no list
 * that could be half changed. */
#include "block.h"
#include "line.h"
#include "runtime.h"
#include "signals.h"

static const char *const wait_names[] = {
    [WAIT_SLEEP] = "sleep", [WAIT_GROUP] = "group",     [WAIT_SEM] = "semaphore",
    [WAIT_EVENT] = "event", [WAIT_OFFLOAD] = "offload", [WAIT_TASK] = "task",
    [WAIT_SEND] = "send",   [WAIT_RECEIVE] = "receive"};

static const char *waits_for(const struct fiber *fiber)
{
    return fiber->wait == WAIT_FD ? fiber->what : wait_names[fiber->wait];
}

static enum qs_state state_of(const struct task *task)
{
    const struct fiber *fiber;

    switch (task->state) {
    case TASK_QUEUED: return QS_QUEUED;
    case TASK_STARTING: return QS_READY;
    case TASK_CLEANING: return QS_CLEANING;
    case TASK_DONE: return QS_DONE;
    default: break;
    }
    fiber = task->fiber;
    if (fiber->rt->current == fiber)
        return QS_RUNNING;
    switch (fiber->wait) {
    case WAIT_NONE: return QS_READY;
    case WAIT_SEM: return QS_SEM_WAIT;
    default: return QS_WAITING;
    }
}

static bool has_fiber(const struct task *task)
{
    return task->state == TASK_RUNNING || task->state == TASK_CLEANING;
}

static struct qs_task_info describe(const struct task *task)
{
    struct qs_task_info info = {.id = task->id, .name = task->name, .state = state_of(task)};
    const struct fiber *fiber = task->fiber;

    if (!has_fiber(task))
        return info;
    info.started = true;
    info.waits = waits_for(fiber);
    info.cleanup = fiber->cleaning;
    info.cancelled = fiber->cancelled;
    info.shielded = fiber->cancelled && block_shields(fiber);
    info.since = fiber->wait != WAIT_NONE ? fiber->since
                 : fiber->cleaning        ? fiber->cleaning_since
                                          : 0;
    /* Who waits for its groups waits for those in them. */
    info.holds_up = fiber->rt->level > 0 && fiber->wait != WAIT_GROUP;
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

static void limit_text(struct line *line, int64_t until)
{
    int64_t left = until == QS_FOREVER ? 0 : (until - qs_now()) / QS_MILLISECOND;

    if (until == QS_FOREVER)
        return;
    line_text(line, " (");
    line_number(line, left < 0 ? -left : left);
    line_text(line, left < 0 ? " ms over its limit)" : " ms to its limit)");
}

static void what_it_waits_for(struct line *line, const struct fiber *fiber)
{
    if (fiber->wait == WAIT_NONE) {
        line_text(line, fiber->rt->current == fiber ? ", runs now" : ", ready");
        return;
    }
    line_text(line, ", waits: ");
    line_text(line, waits_for(fiber));
    if (fiber->wait == WAIT_FD) {
        line_text(line, " ");
        line_number(line, fiber->fd);
    }
    line_text(line, " for ");
    line_number(line, (qs_now() - fiber->since) / QS_MILLISECOND);
    line_text(line, " ms");
    deadline_text(line, fiber->deadline);
}

static int print_started(void *ctx, struct task *task)
{
    struct line line = {.len = 0};
    struct qs_task_info info = describe(task);

    if (!info.started)
        return 0;
    line_text(&line, "  task ");
    line_number(&line, (int64_t)info.id);
    if (info.name) {
        line_text(&line, " ");
        line_word(&line, info.name);
    }
    line_text(&line, info.state == QS_CLEANING ? ": cleaning up" : ": running");
    if (info.cleanup) {
        line_text(&line, ", in ");
        line_word(&line, info.cleanup);
        line_text(&line, " for ");
        line_number(&line, (qs_now() - task->fiber->cleaning_since) / QS_MILLISECOND);
        line_text(&line, " ms");
        limit_text(&line, task->fiber->cleaning_until);
    }
    if (info.cancelled)
        line_text(&line, info.shielded ? ", cancelled but shielded" : ", cancelled");
    what_it_waits_for(&line, task->fiber);
    if (info.holds_up)
        line_text(&line, "; holds up the end");
    line_write(&line, *(int *)ctx);
    return 0;
}

void qs_dump(int fd)
{
    struct runtime *rt = signals_runtime();
    struct line line = {.len = 0};
    size_t counts[TASK_DONE + 1] = {0};

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
    if (rt->cancelled_at) {
        line_text(&line, ", cancelled ");
        line_number(&line, (qs_now() - rt->cancelled_at) / QS_MILLISECOND);
        line_text(&line, " ms ago");
    }
    if (rt->order.seed) {
        line_text(&line, ", seed ");
        line_number(&line, (int64_t)rt->order.seed);
    }
    line_write(&line, fd);
    arena_each(&rt->arena, print_started, &fd);
}
