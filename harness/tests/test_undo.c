/* A copy that changes files in its trial's folders ends as a replay does, and leaves the same
 * files; the original then finds all as it was. What can't be put back is replayed. */
#include "sweep_fixture.h"

#include <linux/magic.h>
#include <sys/vfs.h>

struct ends {
    size_t stopped, with_files;
    char *why[2000]; /* of those that were not copied */
    size_t why_n;
};

/* Sweeps tidies in this way; each copy must end, and leave files, as the replay of its point does.
 */
static void sweep_tidies(const char *way, const char *seed, struct ends *e)
{
    struct stage *t = STAGE("tidies", way, seed);
    struct surveyed v;
    struct outcomes *o;

    memset(e, 0, sizeof(*e));
    survey_run(t, &v, EACH_SYSCALL, SIDE_ALL);
    o = sweep_run(t, &v);
    ck_assert_uint_eq(o->n, v.s.n);
    for (size_t i = 0; i < o->n; i++) {
        const struct outcome *c = &o->list[i];
        const struct record *r = replay(t, &v.s.points[i].point);
        char *files = files_text(r);
        ck_assert_msg(r->how != ENDED_EXITED || r->value == 0 || r->value == 3,
                      "%s, %zu: replay: exit code %d", way, i, r->value);
        if (c->copied) {
            ck_assert_msg(c->how == r->how && c->value == r->value,
                          "%s, %zu %s: copy %d %d, replay %d %d", way, i, v.s.points[i].point.text,
                          c->how, c->value, r->how, r->value);
            ck_assert_msg(strcmp(c->left, files) == 0, "%s, %zu %s: copy leaves %s, replay %s", way,
                          i, v.s.points[i].point.text, c->left, files);
            e->stopped += r->how == ENDED_EXITED && r->value == 3;
        } else {
            e->why[e->why_n++] = mem_strdup(c->why);
        }
        e->with_files += c->copied && strstr(c->left, "work.tmp") != NULL;
        free(files);
    }
    outcomes_free(o);
    survey_free(&v.s);
    stage_free(t);
}

static void ends_free(struct ends *e)
{
    for (size_t i = 0; i < e->why_n; i++)
        free(e->why[i]);
}

static size_t count_why(const struct ends *e, const char *why)
{
    size_t n = 0;

    for (size_t i = 0; i < e->why_n; i++)
        n += strcmp(e->why[i], why) == 0;
    return n;
}

static void check_all_copied(const struct ends *e)
{
    size_t others =
        count_why(e, "it is blocked in a call") + count_why(e, "it has made no system call yet");

    for (size_t i = 0; i < e->why_n && others != e->why_n; i++)
        fprintf(stderr, "not copied: %s\n", e->why[i]);
    ck_assert_uint_eq(e->why_n, others);
    ck_assert_uint_gt(e->stopped, 20);
}

START_TEST(copies_that_change_files_leave_what_replays_leave)
{
    struct ends e;

    sweep_tidies("all", "0", &e);
    check_all_copied(&e);
    ends_free(&e);
}
END_TEST

/* A file that is open and has no name any more is written by replays alone. UNDO_SEEDS: as many are
 * swept. */
START_TEST(copies_that_do_anything_leave_what_replays_leave)
{
    const char *asked = getenv("UNDO_SEEDS");

    for (int seed = 1; seed <= (asked != NULL ? atoi(asked) : 2); seed++) {
        char text[16];
        struct ends e;
        snprintf(text, sizeof(text), "%d", seed);
        sweep_tidies("anything", text, &e);
        ck_assert_uint_eq(e.why_n, count_why(&e, "it writes to something that is shared"));
        ck_assert_uint_gt(e.stopped, 0);
        ends_free(&e);
    }
}
END_TEST

/* Where a folder's names are read on is the file system's own business: ext4 goes by their hashes,
 * others by when they were made, and that can't be put back. */
START_TEST(an_open_folder_is_read_on_where_it_was_or_its_points_are_replayed)
{
    static const char not_so[] = "its files could not be put back as they were";
    const char *tmp = getenv("TMPDIR");
    struct statfs fs;
    struct ends e;

    sweep_tidies("folder", "0", &e);
    ck_assert_int_eq(statfs(tmp != NULL ? tmp : "/tmp", &fs), 0);
    if (fs.f_type == EXT4_SUPER_MAGIC)
        check_all_copied(&e);
    else
        ck_assert_uint_eq(e.why_n, count_why(&e, not_so));
    ends_free(&e);
}
END_TEST

START_TEST(a_file_that_is_left_at_some_points_is_left_by_copies_there)
{
    struct ends e;

    sweep_tidies("window", "0", &e);
    check_all_copied(&e);
    ck_assert_uint_gt(e.with_files, 5);
    ck_assert_uint_gt(e.stopped, e.with_files + 5);
    ends_free(&e);
}
END_TEST

static const struct {
    const char *way, *why;
} inexact[] = {
    {"outside", "it changes files outside of its own folders"},
    {"above", "it changes files outside of its own folders"},
    {"asks", "it looks at a file that it removed"},
    {"told", "it is told of changes of files"},
    {"large", "its files are larger than what is put back"},
};

START_TEST(what_cannot_be_put_back_is_replayed)
{
    struct ends e;

    sweep_tidies(inexact[_i].way, "0", &e);
    ck_assert_uint_gt(count_why(&e, inexact[_i].why), 1);
    ck_assert_uint_eq(count_why(&e, "the execution is another one than the survey's"), 0);
    ck_assert_uint_eq(count_why(&e, "its files could not be put back as they were"), 0);
    ends_free(&e);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("undo");
    TCase *c = tcase_create("undo");

    tcase_set_timeout(c, 120);
    tcase_add_test(c, copies_that_change_files_leave_what_replays_leave);
    tcase_add_test(c, copies_that_do_anything_leave_what_replays_leave);
    tcase_add_test(c, an_open_folder_is_read_on_where_it_was_or_its_points_are_replayed);
    tcase_add_test(c, a_file_that_is_left_at_some_points_is_left_by_copies_there);
    tcase_add_loop_test(c, what_cannot_be_put_back_is_replayed, 0, 5);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    SRunner *r = srunner_create(suite());
    int failed;

    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
