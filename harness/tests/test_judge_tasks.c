#include "records.h"

START_TEST(queued_task_without_fini_is_unaccounted)
{
    struct made *m = made_new();
    events(m, "task.queue id=3");
    must_find(m, KIND_TASK_UNACCOUNTED, "task.fini");
}
END_TEST

START_TEST(started_task_without_fini_is_unaccounted)
{
    struct made *m = made_new();
    events(m, "task.start id=3\ntask.end id=3 outcome=done");
    must_find(m, KIND_TASK_UNACCOUNTED, "task.fini");
}
END_TEST

START_TEST(queued_task_with_fini_is_clean)
{
    struct made *m = made_new();
    events(m, "task.queue id=3\ntask.fini id=3");
    must_be_clean(m);
}
END_TEST

START_TEST(fini_twice_is_unaccounted)
{
    struct made *m = made_new();
    events(m, "task.queue id=3\ntask.fini id=3\ntask.fini id=3");
    must_find(m, KIND_TASK_UNACCOUNTED, "task.fini");
}
END_TEST

START_TEST(id_used_again_is_another_task)
{
    struct made *m = made_new();
    events(m, "task.queue id=3\ntask.fini id=3\ntask.queue id=3\ntask.fini id=3");
    must_be_clean(m);
}
END_TEST

START_TEST(killed_before_ready_with_nothing_queued_is_clean)
{
    struct made *m = made_new();
    events(m, "slots n=4");
    must_be_clean(m);
}
END_TEST

START_TEST(queued_before_and_started_after_the_cancel)
{
    struct made *m = made_new();
    events(m, "task.queue id=1\ncancel level=1\ntask.start id=1\ntask.fini id=1");
    must_find(m, KIND_STARTED_AFTER_CANCEL, "task.start");
}
END_TEST

START_TEST(queued_after_the_cancel_may_start)
{
    struct made *m = made_new();
    events(m, "cancel level=1\ntask.queue id=1\ntask.start id=1\ntask.fini id=1");
    must_be_clean(m);
}
END_TEST

START_TEST(three_running_on_two_slots_is_too_many)
{
    struct made *m = made_new();
    events(m, "slots n=2\ntask.start id=1\ntask.start id=2\ntask.start id=3\ntask.fini "
              "id=1\ntask.fini id=2\ntask.fini id=3");
    must_find(m, KIND_SLOTS_EXCEEDED, "slots");
}
END_TEST

START_TEST(slot_freed_by_fini_can_be_used_again)
{
    struct made *m = made_new();
    events(m, "slots n=2\ntask.start id=1\ntask.start id=2\ntask.fini id=1\ntask.start "
              "id=3\ntask.fini id=2\ntask.fini id=3");
    must_be_clean(m);
}
END_TEST

START_TEST(slot_is_not_freed_by_end)
{
    struct made *m = made_new();
    events(m, "slots n=1\ntask.start id=1\ntask.end id=1 outcome=done\ntask.start id=2\ntask.fini "
              "id=1\ntask.fini id=2");
    must_find(m, KIND_SLOTS_EXCEEDED, "slots");
}
END_TEST

START_TEST(slots_unknown_are_not_judged)
{
    struct made *m = made_new();
    events(m, "task.start id=1\ntask.start id=2\ntask.fini id=1\ntask.fini id=2");
    must_be_clean(m);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {queued_task_without_fini_is_unaccounted,
                                  started_task_without_fini_is_unaccounted,
                                  queued_task_with_fini_is_clean,
                                  fini_twice_is_unaccounted,
                                  id_used_again_is_another_task,
                                  killed_before_ready_with_nothing_queued_is_clean,
                                  queued_before_and_started_after_the_cancel,
                                  queued_after_the_cancel_may_start,
                                  three_running_on_two_slots_is_too_many,
                                  slot_freed_by_fini_can_be_used_again,
                                  slot_is_not_freed_by_end,
                                  slots_unknown_are_not_judged};

    return run_tests("judge_tasks", tests, sizeof(tests) / sizeof(tests[0]));
}
