/* test_symbol.c - names for addresses of stopped programs, and addresses for names. Each test is a
 * process of its own, and the tracer of its program. */
#include "symbol/symbol.h"

#include "trial_fixture.h"

#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

struct subject {
    pid_t pid;
    struct symbols *symbols;
};

static struct symbol_cache *cache; /* NULL in most tests: each file is read anew */

/* Waits until a thread of the program stops by itself; its tid, and the signal. */
static pid_t next_stop(int *signal)
{
    for (;;) {
        int status;
        pid_t tid = waitpid(-1, &status, __WALL);

        ck_assert_int_gt(tid, 0);
        ck_assert_msg(WIFSTOPPED(status), "the program ended: status 0x%x", (unsigned)status);
        *signal = WSTOPSIG(status);
        if (status >> 16 == 0 || status >> 16 == PTRACE_EVENT_EXEC)
            return tid;
        ck_assert_int_eq(ptrace(PTRACE_CONT, tid, 0, 0), 0);
    }
}

/* The program before its first instruction. */
static struct subject start(const char *program, const char *what)
{
    char inner[64], *path;
    int go[2], signal;
    struct subject t;

    snprintf(inner, sizeof inner, "tests/programs/%s", program);
    path = built(inner);
    ck_assert_int_eq(pipe(go), 0);
    t.pid = fork();
    if (t.pid == 0) {
        char byte;

        if (read(go[0], &byte, 1) == 1)
            execl(path, path, what, (char *)NULL);
        _exit(127);
    }
    ck_assert_int_eq(ptrace(PTRACE_SEIZE, t.pid, 0,
                            PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC | PTRACE_O_TRACECLONE),
                     0);
    ck_assert_int_eq(write(go[1], "", 1), 1);
    close(go[0]);
    close(go[1]);
    free(path);
    ck_assert_int_eq(next_stop(&signal), t.pid);
    t.symbols = symbols_open(t.pid, cache);
    return t;
}

static void end(struct subject *t)
{
    symbols_close(t->symbols);
    ck_assert_int_eq(kill(t->pid, SIGKILL), 0);
    while (waitpid(-1, NULL, __WALL) > 0)
        ;
}

static pid_t run_to(struct subject *t, int wanted)
{
    int signal;
    pid_t tid;

    ck_assert_int_eq(ptrace(PTRACE_CONT, t->pid, 0, 0), 0);
    tid = next_stop(&signal);
    ck_assert_int_eq(signal, wanted);
    symbols_stale(t->symbols);
    return tid;
}

/* The line of sym_stops.c that is marked with the name. */
static int line_of(const char *name)
{
    FILE *f = fopen("harness/tests/programs/sym_stops.c", "r");
    char text[256], *mark = mem_printf("/* line: %s */", name);
    int line = 0, found = 0;

    ck_assert_ptr_nonnull(f);
    while (found == 0 && fgets(text, sizeof text, f) != NULL) {
        line++;
        if (strstr(text, mark) != NULL)
            found = line;
    }
    fclose(f);
    free(mark);
    ck_assert_int_gt(found, 0);
    return found;
}

static void must_stand_in(struct subject *t, pid_t tid, const char *function)
{
    struct site site;
    char *file = realpath("harness/tests/programs/sym_stops.c", NULL);

    ck_assert_int_eq(symbols_site(t->symbols, tid, &site), 0);
    ck_assert_str_eq(site.function, function);
    ck_assert_ptr_nonnull(site.file);
    ck_assert_int_eq(site.file[0], '/');
    ck_assert_str_eq(strrchr(site.file, '/'), strrchr(file, '/'));
    ck_assert_int_eq(site.line, line_of(function));
    site_free(&site);
    free(file);
}

/* The one function of that name. */
static struct function find(struct subject *t, const char *name)
{
    struct function *list, found;
    size_t n;

    ck_assert_int_eq(symbols_find(t->symbols, name, &list, &n), 0);
    ck_assert_msg(n == 1, "%zu functions are named %s", n, name);
    found = list[0];
    free(list);
    return found;
}

static void must_not_find(struct subject *t, const char *name)
{
    struct function *list;
    size_t n;

    ck_assert_int_eq(symbols_find(t->symbols, name, &list, &n), 0);
    ck_assert_msg(n == 0, "%s is there", name);
    free(list);
}

/* Lets the program run until it is about to execute the instruction. */
static void run_to_address(struct subject *t, uint64_t address)
{
    struct user_regs_struct regs;
    long word;

    errno = 0;
    word = ptrace(PTRACE_PEEKTEXT, t->pid, address, 0);
    ck_assert_int_eq(errno, 0);
    ck_assert_int_eq(ptrace(PTRACE_POKETEXT, t->pid, address, (word & ~0xffL) | 0xcc), 0);
    ck_assert_int_eq(run_to(t, SIGTRAP), t->pid);
    ck_assert_int_eq(ptrace(PTRACE_POKETEXT, t->pid, address, word), 0);
    ck_assert_int_eq(ptrace(PTRACE_GETREGS, t->pid, 0, &regs), 0);
    ck_assert_uint_eq(regs.rip, address + 1);
    regs.rip = address;
    ck_assert_int_eq(ptrace(PTRACE_SETREGS, t->pid, 0, &regs), 0);
}

static size_t count(struct subject *t, const char *object, const char *match,
                    struct function **list)
{
    regex_t regex;
    size_t n;

    ck_assert_int_eq(regcomp(&regex, match, REG_EXTENDED | REG_NOSUB), 0);
    ck_assert_int_eq(symbols_functions(t->symbols, object, &regex, list, &n), 0);
    regfree(&regex);
    for (size_t i = 1; i < n; i++)
        ck_assert_uint_lt((*list)[i - 1].address, (*list)[i].address);
    return n;
}

static void must_count(struct subject *t, const char *object, const char *match, size_t n)
{
    struct function *list;

    ck_assert_uint_eq(count(t, object, match, &list), n);
    free(list);
}

START_TEST(tables_are_kept_between_programs)
{
    static const char *const programs[] = {"sym_stops", "sym_stops-nopie", "sym_stops"};
    struct function kept;

    cache = symbol_cache_open();
    for (size_t i = 0; i < 3; i++) {
        struct subject t = start(programs[i], "callback");
        struct function now;

        run_to_address(&t, find(&t, "main").address);
        now = find(&t, "qsort");
        run_to_address(&t, now.address); /* where libc is this time */
        if (i > 0)
            ck_assert_ptr_eq(now.name, kept.name);
        kept = now;
        end(&t);
        ck_assert_str_eq(kept.name, "qsort"); /* it is the cache's */
    }
    symbol_cache_close(cache);
    cache = NULL;
}
END_TEST

/* strip(1) leaves the build id. */
START_TEST(stripped_twin_has_a_table_of_its_own)
{
    struct subject t;

    cache = symbol_cache_open();
    t = start("sym_stops", "");
    find(&t, "main");
    end(&t);
    t = start("sym_stops-stripped", "");
    must_not_find(&t, "main");
    end(&t);
    symbol_cache_close(cache);
    cache = NULL;
}
END_TEST

/* However a program is linked, its own frame under libc's is found. */
static void must_be_named_in_calls(const char *program)
{
    struct subject t = start(program, "trap");

    must_stand_in(&t, run_to(&t, SIGSTOP), "trap_here");
    end(&t);
    t = start(program, "callback");
    must_stand_in(&t, run_to(&t, SIGSTOP), "by_stop");
    end(&t);
    t = start(program, "thread");
    must_stand_in(&t, run_to(&t, SIGSTOP), "in_thread");
    end(&t);
}

START_TEST(own_frame_is_named_above_libc)
{
    must_be_named_in_calls("sym_stops");
}
END_TEST

START_TEST(own_frame_is_named_in_a_static_program)
{
    must_be_named_in_calls("sym_stops-static");
}
END_TEST

START_TEST(own_frame_is_named_at_fixed_addresses)
{
    must_be_named_in_calls("sym_stops-nopie");
}
END_TEST

START_TEST(own_frame_is_named_without_a_list_of_units)
{
    must_be_named_in_calls("sym_stops-unlisted");
}
END_TEST

START_TEST(before_the_first_instruction_the_loader_is_named)
{
    struct subject t = start("sym_stops", "");
    struct site site;

    ck_assert_int_eq(symbols_site(t.symbols, t.pid, &site), 0);
    ck_assert_msg(strncmp(site.object, "ld", 2) == 0, "%s", site.object);
    site_free(&site);
    ck_assert_str_eq(find(&t, "main").object, "sym_stops");
    must_not_find(&t, "qsort"); /* libc is not mapped yet */
    end(&t);
}
END_TEST

START_TEST(function_is_found_and_entered)
{
    struct subject t = start("sym_stops", "");
    struct function f = find(&t, "probed");
    struct site site;
    uint64_t offset;

    run_to_address(&t, f.address);
    ck_assert_int_eq(symbols_site(t.symbols, t.pid, &site), 0);
    ck_assert_str_eq(site.function, "probed");
    site_free(&site);
    ck_assert_int_eq(symbols_name(t.symbols, f.address + f.size - 1, &site, &offset), 0);
    ck_assert_str_eq(site.function, "probed");
    ck_assert_str_eq(site.object, "sym_stops");
    ck_assert_uint_eq(offset, f.size - 1);
    site_free(&site);
    end(&t);
}
END_TEST

START_TEST(function_of_a_shared_library_is_found_and_entered)
{
    struct subject t = start("sym_stops", "callback");
    struct function f;
    struct site site;

    run_to_address(&t, find(&t, "main").address);
    f = find(&t, "qsort");
    ck_assert_str_eq(f.name, "qsort");
    ck_assert_str_eq(f.object, "libc.so.6");
    run_to_address(&t, f.address);
    ck_assert_int_eq(symbols_site(t.symbols, t.pid, &site), 0);
    ck_assert_str_eq(site.function, "sort_two");
    site_free(&site);
    end(&t);
}
END_TEST

START_TEST(function_is_known_by_each_of_its_names)
{
    struct subject t = start("sym_stops", "");
    struct site site;
    uint64_t offset;

    run_to_address(&t, find(&t, "main").address);
    ck_assert_uint_eq(find(&t, "write").address, find(&t, "__write").address);
    ck_assert_int_eq(symbols_name(t.symbols, find(&t, "__write").address, &site, &offset), 0);
    ck_assert_str_eq(site.function, "write");
    ck_assert_uint_eq(offset, 0);
    site_free(&site);
    must_count(&t, "libc", "^_*write$", 1);
    must_count(&t, "libc.so.6", "^__write$", 1);
    must_count(&t, "libc.so", "^__write$", 1); /* as the linker's name for it */
    must_count(&t, "libc.s", "^__write$", 0);
    must_count(&t, "lib", "^__write$", 0);
    end(&t);
}
END_TEST

START_TEST(functions_are_listed_by_name_and_object)
{
    struct subject t = start("sym_stops", "");
    struct function *list;

    run_to_address(&t, find(&t, "main").address);
    ck_assert_uint_eq(count(&t, NULL, "^(main|probed|by_stop)$", &list), 3);
    for (int i = 0; i < 3; i++)
        ck_assert_str_eq(list[i].object, "sym_stops");
    free(list);
    must_count(&t, NULL, "^qsort$", 0);
    must_count(&t, "*", "^(qsort|main)$", 2);
    must_count(&t, "libc", "^(qsort|main)$", 1);
    must_count(&t, "sym_stops", "^(qsort|main)$", 1);
    must_count(&t, "sym_sto", "", 0);
    must_count(&t, "libc", "^strlen$", 0); /* chosen at load time: the symbol is its chooser's */
    end(&t);
}
END_TEST

START_TEST(all_functions_are_listed_once_and_sorted)
{
    struct subject t = start("sym_stops", "");
    struct function *list;
    size_t n;

    run_to_address(&t, find(&t, "main").address);
    n = count(&t, "*", "", &list);
    ck_assert_uint_gt(n, 1000);
    for (size_t i = 0; i < n; i++)
        ck_assert_uint_gt(list[i].size, 0);
    free(list);
    end(&t);
}
END_TEST

START_TEST(stripped_program_is_named_by_offset)
{
    struct subject t = start("sym_stops-stripped", "trap");
    pid_t tid = run_to(&t, SIGSTOP);
    struct function f;
    struct site site, again;
    uint64_t offset;

    ck_assert_int_eq(symbols_site(t.symbols, tid, &site), 0);
    ck_assert_str_eq(site.object, "sym_stops-stripped");
    ck_assert_ptr_null(site.file);
    ck_assert_int_eq(strncmp(site.function, "sym_stops-stripped+0x", 21), 0);
    f = find(&t, site.function); /* the way back */
    ck_assert_uint_eq(f.size, 0);
    ck_assert_int_eq(symbols_name(t.symbols, f.address, &again, &offset), 0);
    ck_assert_uint_eq(offset, 0);
    ck_assert(site_same(&site, &again));
    must_not_find(&t, "sym_stops-stripped+0x7fffffff");
    must_not_find(&t, "sym_stops-stripped+0x");
    must_not_find(&t, "sym_stops-stripped+0x12g");
    must_not_find(&t, "main");
    site_free(&site);
    site_free(&again);
    end(&t);
}
END_TEST

/* Each step is named by the program, also those in its procedure linkage table. */
START_TEST(every_instruction_of_a_call_into_a_library_is_named)
{
    struct subject t;
    int signal;

    setenv("LD_BIND_NOW", "1", 1); /* libdw 0.188 can't unwind out of the loader's lazy binding */
    t = start("sym_stops", "trap");
    run_to_address(&t, find(&t, "trap_here").address);
    for (int i = 0; i < 100; i++) {
        struct site site;

        ck_assert_int_eq(symbols_site(t.symbols, t.pid, &site), 0);
        ck_assert_str_eq(site.function, "trap_here");
        site_free(&site);
        ck_assert_int_eq(ptrace(PTRACE_SINGLESTEP, t.pid, 0, 0), 0);
        ck_assert_int_eq(next_stop(&signal), t.pid);
        if (signal == SIGSTOP)
            break;
    }
    end(&t);
}
END_TEST

static void probe_must_be_passed(const char *program)
{
    struct subject t = start(program, "");
    struct function f, in;
    struct site site;
    uint64_t offset;
    uint16_t semaphore;

    run_to_address(&t, find(&t, "main").address);
    f = find(&t, "symtest:passed");
    in = find(&t, "probed");
    ck_assert_str_eq(f.name, "symtest:passed");
    ck_assert_uint_eq(f.size, 1);
    ck_assert_uint_ge(f.address, in.address);
    ck_assert_uint_lt(f.address, in.address + in.size);
    errno = 0;
    semaphore = (uint16_t)ptrace(PTRACE_PEEKDATA, t.pid, f.semaphore, 0);
    ck_assert_int_eq(errno, 0);
    ck_assert_uint_eq(semaphore, 0x5e3a);
    run_to_address(&t, f.address);
    ck_assert_int_eq(symbols_name(t.symbols, f.address, &site, &offset), 0);
    ck_assert_str_eq(site.function, "probed");
    site_free(&site);
    must_not_find(&t, "symtest:missed");
    must_not_find(&t, "passed");
    end(&t);
}

START_TEST(probe_is_found_and_passed)
{
    probe_must_be_passed("sym_stops");
}
END_TEST

START_TEST(probe_at_a_fixed_address_is_found_and_passed)
{
    probe_must_be_passed("sym_stops-nopie");
}
END_TEST

START_TEST(garbage_address_has_no_name)
{
    struct subject t = start("sym_stops", "nowhere");
    struct site site;
    uint64_t offset = 1;
    pid_t tid = run_to(&t, SIGSEGV);

    ck_assert_int_eq(symbols_name(t.symbols, 0x10, &site, &offset), -ENOENT);
    ck_assert_ptr_null(site.function);
    ck_assert_uint_eq(offset, 0);
    ck_assert_int_eq(symbols_site(t.symbols, tid, &site), -ENOENT);
    ck_assert_ptr_null(site.object);
    end(&t);
}
END_TEST

START_TEST(names_outlive_an_exec)
{
    struct subject t = start("sym_stops", "again");
    struct function before = find(&t, "probed");
    int signal;

    ck_assert_int_eq(run_to(&t, SIGTRAP), t.pid); /* the exec */
    ck_assert_str_eq(find(&t, "probed").object, "sym_stops-static");
    ck_assert_str_eq(before.name, "probed");
    ck_assert_str_eq(before.object, "sym_stops");
    ck_assert_int_eq(ptrace(PTRACE_CONT, t.pid, 0, 0), 0);
    must_stand_in(&t, next_stop(&signal), "trap_here");
    end(&t);
}
END_TEST

START_TEST(process_that_is_gone_is_an_error)
{
    struct subject t = start("sym_stops", "");
    struct function *list;
    struct site site;
    size_t n = 1;

    ck_assert_int_eq(kill(t.pid, SIGKILL), 0);
    ck_assert_int_eq(waitpid(t.pid, NULL, 0), t.pid);
    ck_assert_int_lt(symbols_site(t.symbols, t.pid, &site), 0);
    ck_assert_ptr_null(site.function);
    ck_assert_int_lt(symbols_find(t.symbols, "main", &list, &n), 0);
    ck_assert_uint_eq(n, 0);
    symbols_close(t.symbols);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        tables_are_kept_between_programs,
        stripped_twin_has_a_table_of_its_own,
        own_frame_is_named_above_libc,
        own_frame_is_named_in_a_static_program,
        own_frame_is_named_at_fixed_addresses,
        own_frame_is_named_without_a_list_of_units,
        before_the_first_instruction_the_loader_is_named,
        function_is_found_and_entered,
        function_of_a_shared_library_is_found_and_entered,
        function_is_known_by_each_of_its_names,
        functions_are_listed_by_name_and_object,
        all_functions_are_listed_once_and_sorted,
        stripped_program_is_named_by_offset,
        every_instruction_of_a_call_into_a_library_is_named,
        probe_is_found_and_passed,
        probe_at_a_fixed_address_is_found_and_passed,
        garbage_address_has_no_name,
        names_outlive_an_exec,
        process_that_is_gone_is_an_error,
    };

    return run_checks("symbol", tests, sizeof(tests) / sizeof(tests[0]));
}
