/* Reports of sanitizers and valgrind: taken apart, judged, compared with the program's habits. */
#include "records.h"

#include "judge/reports.h"

#define LSAN                                                                                       \
    "==7==ERROR: LeakSanitizer: detected memory leaks\n\n"                                         \
    "Direct leak of 300 byte(s) in 3 object(s) allocated from:\n"                                  \
    "    #0 0x7f25 in __interceptor_malloc ../../lsan_interceptors.cpp:75\n"                       \
    "    #1 0x5576 in work /src/leak.c:8\n"                                                        \
    "    #2 0x5577 in main /src/leak.c:12\n\n"                                                     \
    "Indirect leak of 40 byte(s) in 1 object(s) allocated from:\n"                                 \
    "    #0 0x7f25 in __interceptor_malloc ../../lsan_interceptors.cpp:75\n"                       \
    "    #1 0x5576 in inner /src/leak.c:3\n\n"                                                     \
    "SUMMARY: LeakSanitizer: 340 byte(s) leaked in 4 allocation(s).\n"
#define VALGRIND                                                                                   \
    "==9== Memcheck, a memory error detector\n"                                                    \
    "==9== 1,024 (24 direct, 1,000 indirect) bytes in 2 blocks are definitely lost in loss "       \
    "record 2 of 2\n"                                                                              \
    "==9==    at 0x48417B4: malloc (in /usr/libexec/valgrind/vgpreload.so)\n"                      \
    "==9==    by 0x1091B6: make (leak.c:8)\n"                                                      \
    "==9==    by 0x109203: main (leak.c:9)\n"                                                      \
    "==9== \n"                                                                                     \
    "==9== 5 bytes in 1 blocks are indirectly lost in loss record 1 of 2\n"                        \
    "==9==    at 0x48417B4: malloc (in /usr/libexec/valgrind/vgpreload.so)\n"                      \
    "==9== ERROR SUMMARY: 1 errors from 1 contexts (suppressed: 0 from 0)\n"

static struct tool_reports read_text(const char *text)
{
    struct tool_reports all = {0};

    tool_reports_read(&all, text, strlen(text));
    return all;
}

START_TEST(leak_is_read_with_its_stack_and_without_what_it_alone_led_to)
{
    struct tool_reports all = read_text(LSAN);
    char *stack;

    ck_assert_uint_eq(all.n, 1);
    ck_assert(all.list[0].leak);
    ck_assert_uint_eq(all.list[0].bytes, 300);
    ck_assert_uint_eq(all.list[0].blocks, 3);
    stack = tool_report_stack(&all.list[0], 10);
    ck_assert_str_eq(stack, "malloc < work (leak.c:8) < main (leak.c:12)");
    free(stack);
    tool_reports_free(&all);
}
END_TEST

START_TEST(valgrind_s_leak_is_read_with_all_its_bytes)
{
    struct tool_reports all = read_text(VALGRIND);
    char *stack;

    ck_assert_uint_eq(all.n, 1);
    ck_assert_str_eq(all.list[0].tool, "valgrind");
    ck_assert_uint_eq(all.list[0].bytes, 1024);
    ck_assert_uint_eq(all.list[0].blocks, 2);
    stack = tool_report_stack(&all.list[0], 10);
    ck_assert_str_eq(stack, "malloc < make (leak.c:8) < main (leak.c:9)");
    free(stack);
    tool_reports_free(&all);
}
END_TEST

/* Of the block's own history, and of other threads, there are further stacks. */
START_TEST(error_has_the_stack_of_where_it_happened)
{
    struct tool_reports all =
        read_text("==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x602 at pc 0x5\n"
                  "READ of size 1 at 0x602 thread T0\n"
                  "    #0 0x55 in use /src/a.c:9\n"
                  "    #1 0x56 in main (/bin/a+0x12)\n\n"
                  "0x602 is located 0 bytes inside\n"
                  "freed by thread T0 here:\n"
                  "    #0 0x7f in __interceptor_free ../asan.cpp:52\n");
    char *stack, *function;

    ck_assert_uint_eq(all.n, 1);
    ck_assert_str_eq(all.list[0].what, "heap-use-after-free");
    stack = tool_report_stack(&all.list[0], 10);
    function = tool_report_function(&all.list[0]);
    ck_assert_str_eq(stack, "use (a.c:9) < main");
    ck_assert_str_eq(function, "use");
    free(stack);
    free(function);
    tool_reports_free(&all);
}
END_TEST

START_TEST(each_tool_s_error_is_a_crash_with_its_place)
{
    static const char *const texts[][2] = {
        {"WARNING: ThreadSanitizer: data race (pid=12)\n  Write of size 4 at 0x5 by thread T1:\n"
         "    #0 add /src/t.c:5 (t+0x12)\n",
         "ThreadSanitizer: data race in add"},
        {"==5==WARNING: MemorySanitizer: use-of-uninitialized-value\n"
         "    #0 0x49 in decide /src/m.c:4:9\n",
         "MemorySanitizer: use-of-uninitialized-value in decide"},
        {"m.c:7:3: runtime error: signed integer overflow: 1 + 2\n",
         "UndefinedBehaviorSanitizer: signed integer overflow in m.c:7:3"},
        {"==12== Invalid read of size 4\n==12==    at 0x10: fetch (v.c:6)\n",
         "valgrind: Invalid read of size 4 in fetch"},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct made *m = made_new();
        stream_set(&m->r.err, texts[i][0]);
        must_find(m, KIND_CRASH, texts[i][1]);
    }
}
END_TEST

/* The sanitizer ends the program by SIGABRT after its report: that is one cause. */
START_TEST(abort_after_a_report_is_no_second_crash)
{
    struct made *m = made_new();

    ends(m, ENDED_SIGNALED, SIGABRT);
    stream_set(&m->r.err, "==1==ERROR: AddressSanitizer: double-free on 0x5\n");
    must_find(m, KIND_CRASH, "AddressSanitizer: double-free");
}
END_TEST

static struct made *looked_for(enum memory how)
{
    struct made *m = made_new();

    m->r.memory = m->base.memory = how;
    m->r.memory_checked = m->base.memory_checked = true;
    ends(m, ENDED_EXITED, 130);
    return m;
}

START_TEST(lost_memory_is_a_leak)
{
    struct made *m = looked_for(MEMORY_LSAN);

    m->r.memory_text = mem_strdup(LSAN);
    must_find(m, KIND_MEMORY_LEAK, "work");
    m = looked_for(MEMORY_VALGRIND);
    m->r.memory_text = mem_strdup(VALGRIND);
    must_find(m, KIND_MEMORY_LEAK, "make");
    m = made_new(); /* the program's own sanitizer, unasked */
    ends(m, ENDED_EXITED, 130);
    stream_set(&m->r.err, LSAN);
    must_find(m, KIND_MEMORY_LEAK, "work");
}
END_TEST

START_TEST(what_an_uninterrupted_run_loses_too_is_no_leak)
{
    struct made *m = looked_for(MEMORY_LSAN);

    m->r.memory_text = mem_strdup(LSAN);
    m->base.memory_text = mem_strdup(LSAN);
    must_be_clean(m);
}
END_TEST

START_TEST(more_blocks_than_usual_from_the_same_place_are_a_leak)
{
    struct made *m = looked_for(MEMORY_LSAN);

    m->r.memory_text = mem_strdup(LSAN LSAN);
    m->base.memory_text = mem_strdup(LSAN);
    must_find(m, KIND_MEMORY_LEAK, "work");
}
END_TEST

START_TEST(bytes_within_the_limit_are_no_leak)
{
    struct made *m = looked_for(MEMORY_LSAN);

    m->r.memory_text = mem_strdup(LSAN);
    m->s.expect.memory = 300;
    must_be_clean(m);
    m = looked_for(MEMORY_LSAN);
    m->r.memory_text = mem_strdup(LSAN);
    m->s.expect.memory = 299;
    must_find(m, KIND_MEMORY_LEAK, "work");
}
END_TEST

static void must_tell(struct made *m, const char *words)
{
    judged(m, &m->base);
    ck_assert_uint_eq(m->found.n, 0);
    ck_assert_uint_ge(m->found.untested_n, 1);
    ck_assert_msg(strstr(m->found.untested[0], words) != NULL, "%s", m->found.untested[0]);
    made_free(m);
}

START_TEST(check_that_could_not_be_made_is_told)
{
    struct made *m = looked_for(MEMORY_LSAN);

    m->r.memory_checked = false;
    m->r.memory_absent = mem_strdup("liblsan.so.0 is not installed");
    must_tell(m, "not installed");
    m = looked_for(MEMORY_LSAN);
    m->r.memory_checked = false;
    must_tell(m, "_exit");
    m = looked_for(MEMORY_LSAN);
    m->r.memory_checked = false;
    ends(m, ENDED_SIGNALED, SIGINT);
    must_tell(m, "a signal ended it");
    m = looked_for(MEMORY_LSAN);
    m->r.memory_text = mem_strdup("==3==LeakSanitizer has encountered a fatal error.\n");
    must_tell(m, "traced");
}
END_TEST

/* AddressSanitizer exits 23 in the program's place. */
START_TEST(exit_code_of_the_leak_check_is_not_the_program_s)
{
    struct made *m = looked_for(MEMORY_ASAN);

    ends(m, ENDED_EXITED, MEMORY_EXIT);
    allow(m, false, 130);
    m->r.memory_text = mem_strdup(LSAN);
    must_find(m, KIND_MEMORY_LEAK, "work");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        leak_is_read_with_its_stack_and_without_what_it_alone_led_to,
        valgrind_s_leak_is_read_with_all_its_bytes,
        error_has_the_stack_of_where_it_happened,
        each_tool_s_error_is_a_crash_with_its_place,
        abort_after_a_report_is_no_second_crash,
        lost_memory_is_a_leak,
        what_an_uninterrupted_run_loses_too_is_no_leak,
        more_blocks_than_usual_from_the_same_place_are_a_leak,
        bytes_within_the_limit_are_no_leak,
        check_that_could_not_be_made_is_told,
        exit_code_of_the_leak_check_is_not_the_program_s,
    };

    return run_tests("judge_memory", tests, sizeof(tests) / sizeof(tests[0]));
}
