/* test_files.c - files of a trial: permissions, folders elsewhere, and a copy that is made again
 * only when something in it was touched. */
#include "trial_fixture.h"

#include "trial/scratch.h"

/* A folder with one file, `a`. */
static char *folder_with_a(void)
{
    const char *base = getenv("TMPDIR");
    char *folder = mem_printf("%s/sigsweep-test-XXXXXX", base != NULL ? base : "/tmp"), *file;
    FILE *f;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    file = mem_printf("%s/a", folder);
    f = fopen(file, "we");
    ck_assert_ptr_nonnull(f);
    fputs("before\n", f);
    fclose(f);
    free(file);
    return folder;
}

static void folder_end(char *folder)
{
    ck_assert_int_eq(tree_remove(folder), 0);
    free(folder);
}

static const struct left_file *file_of(const struct record *r, const char *path)
{
    for (size_t i = 0; i < r->files_n; i++) {
        if (strcmp(r->files[i].path, path) == 0)
            return &r->files[i];
    }
    return NULL;
}

START_TEST(untouched_copy_is_not_made_again)
{
    struct stage *t = STAGE("/bin/cat", "a");
    char *folder = folder_with_a(), *first;

    t->s.program.copy = mem_strdup(folder);
    ck_assert_str_eq(stage_run(t, NULL)->out.head, "before\n");
    first = mem_strdup(room_scratch(t->room));
    ck_assert_str_eq(stage_run(t, NULL)->out.head, "before\n");
    ck_assert_str_eq(room_scratch(t->room), first);
    free(first);
    stage_free(t);
    folder_end(folder);
}
END_TEST

/* Also when its contents are the same afterwards: a file that is written anew is a newer one. */
START_TEST(touched_copy_is_made_again)
{
    static const char *const ways[] = {
        "echo after >a", "cp a b; cat b >a; rm b", "rm a", "touch b", "chmod 600 a", "chmod 500 .",
        "ln -sf /x a"};

    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        struct stage *t = STAGE("/bin/sh", "-c", ways[i]);
        char *folder = folder_with_a();
        struct record *r;

        t->s.program.copy = mem_strdup(folder);
        (void)stage_run(t, NULL);
        free(t->s.program.command[2]);
        t->s.program.command[2] = mem_strdup("cat a; ls -A; stat -c %a . a");
        r = stage_run(t, NULL);
        ck_assert_msg(strcmp(r->out.head, "before\na\n700\n644\n") == 0 ||
                          strcmp(r->out.head, "before\na\n755\n644\n") == 0,
                      "after `%s`: %s", ways[i], r->out.head);
        stage_free(t);
        folder_end(folder);
    }
}
END_TEST

START_TEST(changed_permissions_are_listed_with_those_of_the_start)
{
    struct stage *t = STAGE("/bin/sh", "-c", "chmod 600 a");
    char *folder = folder_with_a();
    const struct left_file *a;

    t->s.program.copy = mem_strdup(folder);
    a = file_of(stage_run(t, NULL), "work/a");
    ck_assert_ptr_nonnull(a);
    ck_assert_int_eq(a->state, FILE_CHANGED);
    ck_assert_uint_eq(a->mode, 0600);
    ck_assert_uint_eq(a->was_mode, 0644);
    stage_free(t);
    folder_end(folder);
}
END_TEST

START_TEST(folder_elsewhere_is_looked_at_when_it_is_watched)
{
    char *folder = folder_with_a();
    char *command = mem_printf("echo more >>%s/a; : >%s/b", folder, folder);
    char *a = mem_printf("%s/a", folder), *b = mem_printf("%s/b", folder);
    struct stage *t = STAGE("/bin/sh", "-c", command);
    struct record *r = stage_run(t, NULL);

    ck_assert_uint_eq(r->files_n, 0);
    unlink(b);
    t->s.program.watch = list_of((const char *const[]){folder, NULL});
    r = stage_run(t, NULL);
    ck_assert_uint_eq(r->files_n, 2);
    ck_assert_int_eq(file_of(r, a)->state, FILE_CHANGED);
    ck_assert_int_eq(file_of(r, b)->state, FILE_NEW);
    free(command);
    free(a);
    free(b);
    stage_free(t);
    folder_end(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("files");
    TCase *tcase = tcase_create("files");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, untouched_copy_is_not_made_again);
    tcase_add_test(tcase, touched_copy_is_made_again);
    tcase_add_test(tcase, changed_permissions_are_listed_with_those_of_the_start);
    tcase_add_test(tcase, folder_elsewhere_is_looked_at_when_it_is_watched);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
