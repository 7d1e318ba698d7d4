/* test_observer.c - the tasks of asyncio programs that report nothing (observe: asyncio). */
#include "trial_fixture.h"

#define PYTHON "/usr/bin/python3"

/* The events of an uninterrupted run, joined by `; `. The caller frees. */
static char *events_text(const struct record *r)
{
    struct buf text = {0};
    char line[EVENT_LINE_MAX];

    for (size_t i = 0; i < r->events_n; i++) {
        event_print(&r->events[i], line, sizeof(line));
        buf_addf(&text, "%s%s", i != 0 ? "; " : "", line);
    }
    buf_add(&text, "", 0);
    return buf_take(&text);
}

static void must_report(const char *body, const char *events)
{
    char *program = mem_printf("import asyncio\n%s\nasyncio.run(main())", body), *text;
    struct stage *t = STAGE(PYTHON, "-c", program);
    const struct record *r;

    t->s.program.asyncio = true;
    r = stage_run(t, NULL);
    must_exit(r, 0);
    text = events_text(r);
    ck_assert_str_eq(text, events);
    free(text);
    free(program);
    stage_free(t);
}

START_TEST(task_of_a_program_without_semaphore_starts_before_its_first_line)
{
    must_report("async def one(): pass\n"
                "async def main():\n"
                "    await asyncio.gather(one(), one())",
                "ready; task.queue id=1; task.queue id=2; task.start id=1; "
                "task.end id=1 outcome=done; task.fini id=1; task.start id=2; "
                "task.end id=2 outcome=done; task.fini id=2");
}
END_TEST

START_TEST(task_starts_when_it_has_the_semaphore_and_is_over_when_it_gives_it_back)
{
    must_report("async def two(sem):\n"
                "    async with sem: await asyncio.sleep(0)\n"
                "    await asyncio.sleep(0)\n"
                "    async with sem: pass\n"
                "async def main():\n"
                "    await asyncio.gather(two(asyncio.Semaphore(1)))",
                "ready; slots n=1; task.queue id=1; task.start id=1; task.end id=1 outcome=done; "
                "task.fini id=1; task.queue id=1; task.start id=1; task.end id=1 outcome=done; "
                "task.fini id=1");
}
END_TEST

START_TEST(cancelled_tasks_are_accounted_for_started_or_not)
{
    must_report("async def one():\n"
                "    try: await asyncio.sleep(9)\n"
                "    finally: await asyncio.sleep(0)\n"
                "async def main():\n"
                "    tasks = [asyncio.create_task(one())]\n"
                "    await asyncio.sleep(0)\n"
                "    tasks.append(asyncio.create_task(one()))\n"
                "    for t in tasks: t.cancel()\n"
                "    await asyncio.wait(tasks)",
                "ready; task.queue id=1; task.start id=1; task.queue id=2; task.fini id=2; "
                "cleanup.begin id=1 name=cancelled; "
                "cleanup.end id=1 name=cancelled rc=0; task.end id=1 outcome=cancelled; "
                "task.fini id=1");
}
END_TEST

START_TEST(cleanup_that_a_second_cancellation_ends_is_not_reported_as_ended)
{
    must_report("async def one():\n"
                "    try: await asyncio.sleep(9)\n"
                "    finally: await asyncio.sleep(9)\n"
                "async def main():\n"
                "    task = asyncio.create_task(one())\n"
                "    for i in range(3): await asyncio.sleep(0); task.cancel()\n"
                "    await asyncio.wait([task])",
                "ready; task.queue id=1; task.start id=1; cleanup.begin id=1 name=cancelled; "
                "task.end id=1 outcome=cancelled; task.fini id=1");
}
END_TEST

START_TEST(wait_for_makes_no_task_of_the_program)
{
    must_report("async def main():\n"
                "    await asyncio.wait_for(asyncio.sleep(0), 9)",
                "ready");
}
END_TEST

START_TEST(tasks_that_are_left_are_cancelled_by_run)
{
    must_report("async def one(): await asyncio.sleep(9)\n"
                "async def main():\n"
                "    task = asyncio.create_task(one())\n"
                "    await asyncio.sleep(0)",
                "ready; task.queue id=1; task.start id=1; cancel level=1; "
                "cleanup.begin id=1 name=cancelled; cleanup.end id=1 name=cancelled rc=0; "
                "task.end id=1 outcome=cancelled; task.fini id=1");
}
END_TEST

START_TEST(sitecustomize_of_the_user_runs_too_and_finds_its_own_path)
{
    struct stage *t = STAGE(PYTHON, "-c", "import asyncio, mine; print(mine.x)");
    const struct record *r;

    t->s.program.asyncio = true;
    t->s.program.env = LIST("PYTHONPATH=own");
    t->s.program.setup = mem_alloc(2 * sizeof(*t->s.program.setup));
    t->s.program.setup[0] = LIST("sh", "-c",
                                 "mkdir own && echo 'print(\"mine\")' >own/sitecustomize.py && "
                                 "echo x=5 >own/mine.py");
    t->s.program.setup[1] = NULL;
    r = stage_run(t, NULL);
    must_exit(r, 0);
    must_say(r, "mine\n5\n");
    stage_free(t);
}
END_TEST

START_TEST(nothing_is_loaded_without_the_harness_or_without_asyncio)
{
    static const char loaded[] =
        "import sys; print([m for m in sys.modules if 'observer' in m or 'probe' in m])";
    struct stage *t = STAGE("/usr/bin/env", "-u", "SIGSWEEP_EVENTS", PYTHON, "-c",
                            "import asyncio, sys; print([m for m in sys.modules if 'observer' in m "
                            "or 'probe' in m], [f for f in sys.meta_path if 'OnAsyncio' in "
                            "str(f)])");

    t->s.program.asyncio = true;
    must_say(stage_run(t, NULL), "[] []\n");
    stage_free(t);
    t = STAGE(PYTHON, "-c", loaded);
    t->s.program.asyncio = true;
    must_say(stage_run(t, NULL), "[]\n");
    stage_free(t);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        task_of_a_program_without_semaphore_starts_before_its_first_line,
        task_starts_when_it_has_the_semaphore_and_is_over_when_it_gives_it_back,
        cancelled_tasks_are_accounted_for_started_or_not,
        cleanup_that_a_second_cancellation_ends_is_not_reported_as_ended,
        wait_for_makes_no_task_of_the_program,
        tasks_that_are_left_are_cancelled_by_run,
        sitecustomize_of_the_user_runs_too_and_finds_its_own_path,
        nothing_is_loaded_without_the_harness_or_without_asyncio,
    };

    return run_checks("observer", tests, sizeof(tests) / sizeof(tests[0]));
}
