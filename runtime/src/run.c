/* run.c - begins and ends a run, and the process after it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "event.h"
#include "forked.h"
#include "group.h"
#include "loop.h"
#include "offload.h"
#include "process_groups.h"
#include "signals.h"

#ifdef QS_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#define VIRTUAL_START   (3600 * QS_SECOND)
#define THREADS_DEFAULT 4
#define STACK_DEFAULT   ((size_t)256 * 1024)
#define STACK_LEAST     ((size_t)16 * 1024)

_Thread_local struct runtime *qs_running __attribute__((tls_model("initial-exec")));

/* The main task has no group and no number, and its slot is the run itself. */
static int make_main(struct runtime *rt, qs_task_fn *fn, void *arg)
{
    struct task *task = arena_take(&rt->arena);

    if (!task)
        return -ENOMEM;
    *task = (struct task){.fn = fn, .arg = arg, .name = "main", .state = TASK_STARTING};
    rt->main = task_start(rt, task);
    if (!rt->main)
        return -ENOMEM;
    list_append(&rt->ready, &task->link);
    return 0;
}

void run_error(struct runtime *rt, const struct task *task, const char *cleanup, int error)
{
    if (!rt->end.cleanup_error)
        rt->end.cleanup_error = error;
    if (!rt->on_error)
        return;
    rt->nowait++;
    rt->on_error(rt->ctx, task->id, task->name, cleanup, error);
    rt->nowait--;
}

static int check_options(const struct qs_options *options)
{
    return options->signal_code < 0 || options->signal_code > 255 || options->grace_ns < 0 ||
                   options->last_grace_ns < 0 || options->debounce_ns < 0 ||
                   (options->stack_size && options->stack_size < STACK_LEAST)
               ? -EINVAL
               : 0;
}

int qs_run(const struct qs_options *given, qs_task_fn *fn, void *arg, struct qs_result *result)
{
    struct qs_options options = given ? *given : (struct qs_options){0};
    struct runtime rt = {.events = event_descriptor(),
                         .escalate_at = QS_FOREVER,
                         .grace_ns = options.grace_ns,
                         .virtual_clock = options.virtual_clock,
                         .threads = options.threads ? options.threads : THREADS_DEFAULT,
                         .on_error = options.on_error,
                         .ctx = options.ctx};
    int rc = fn ? check_options(&options) : -EINVAL;

    if (rc)
        return rc;
    if (qs_running)
        return -EBUSY;
    debug_read(&rt.debug, options.dump_fd ? options.dump_fd : STDERR_FILENO);
    rt.virtual_clock |= rt.debug.virtual_clock;
    order_begin(&rt.order, rt.debug.seed ? rt.debug.seed : options.seed);
    list_init(&rt.ready);
    list_init(&rt.doomed);
    stack_pool_init(&rt.stacks, options.stack_size ? options.stack_size : STACK_DEFAULT,
                    sizeof(struct fiber));
    rc = forked_watch();
    if (!rc)
        rc = loop_open(&rt.poller);
    if (rc)
        return rc;
#ifdef QS_TSAN
    rt.loop.tsan = __tsan_get_current_fiber();
#endif
    rc = make_main(&rt, fn, arg);
    if (!rc)
        rc = signals_open(&rt, &options, rt.poller.wake);
    if (!rc) {
        qs_running = &rt;
        if (rt.virtual_clock)
            clock_set_virtual(VIRTUAL_START);
        rt.now = qs_now();
        debug_begin(&rt.debug);
        event_text(&rt, "ready");
        loop_run(&rt);
        offload_close(&rt);
        debug_end(&rt);
        clock_set_virtual(0);
        qs_running = NULL;
        rt.end.signal = signals_close();
        rt.end.signal_code = options.signal_code;
        rt.end.value = rt.main_value;
        rt.end.level = rt.level;
        rt.end.trace = rt.order.seed ? rt.order.trace : 0;
        if (result)
            *result = rt.end;
    }
    process_groups_clear();
    stack_pool_clear(&rt.stacks);
    arena_clear(&rt.arena);
    loop_close(&rt.poller);
    return rc;
}

void qs_exit(const struct qs_result *result)
{
    if (!result->signal)
        exit(result->value < 0 ? EXIT_FAILURE : result->value);
    if (result->signal_code)
        exit(result->signal_code);
    fflush(NULL); /* exit() would have; dying by a signal does not */
    signals_die(result->signal);
}
