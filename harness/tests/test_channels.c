/* A copy has channels of its own where they can be made exactly as the original's, and then ends as
 * a replay does. Where they can't, it is given back. */
#include "sweep_fixture.h"

struct ends {
    size_t points, copied, at_once, heard, lost;
    char *why[2000]; /* of those that were not copied */
    size_t why_n;
};

/* Sweeps channels in this way; each copy must end as the replay of its point. */
static void sweep_channels(const char *way, struct ends *e)
{
    struct stage *t = STAGE("channels", way);
    struct surveyed v;
    struct outcomes *o;

    memset(e, 0, sizeof(*e));
    survey_run(t, &v, EACH_SYSCALL, SIDE_ALL);
    o = sweep_run(t, &v);
    ck_assert_uint_eq(o->n, v.s.n);
    for (size_t i = 0; i < o->n; i++) {
        const struct outcome *c = &o->list[i];
        const struct record *r = replay(t, &v.s.points[i].point);
        if (r->how == ENDED_EXITED) {
            ck_assert_msg(r->value == 0 || r->value == 3, "replay: exit code %d", r->value);
            e->heard += r->value == 3;
            e->lost += r->value == 0;
        }
        if (c->copied)
            ck_assert_msg(c->how == r->how && c->value == r->value,
                          "%zu %s: copy %d %d, replay %d %d", i, v.s.points[i].point.text, c->how,
                          c->value, r->how, r->value);
        else
            e->why[e->why_n++] = mem_strdup(c->why);
        e->copied += c->copied;
        e->at_once += c->at_once;
    }
    e->points = o->n;
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

/* All, but for what has other reasons. */
static void check_copied(const struct ends *e)
{
    size_t others = count_why(e, "it is blocked in a call") +
                    count_why(e, "it has made no system call yet") +
                    count_why(e, "several events are told, and their order is not known");

    for (size_t i = 0; i < e->why_n && others != e->why_n; i++)
        fprintf(stderr, "not copied: %s\n", e->why[i]);
    ck_assert_uint_eq(e->why_n, others);
    ck_assert_uint_gt(e->copied * 4, e->points * 3);
    ck_assert_uint_gt(e->copied, e->at_once + 10);
}

static const char *const exact[] = {"pipe", "epoll", "edges", "single"};

START_TEST(copies_with_channels_of_their_own_end_as_replays_do)
{
    struct ends e;

    sweep_channels(exact[_i], &e);
    ck_assert_uint_gt(e.heard, 10);
    check_copied(&e);
    ends_free(&e);
}
END_TEST

START_TEST(a_signal_lost_in_a_channel_is_lost_in_copies_too)
{
    struct ends e;

    sweep_channels("drained", &e);
    ck_assert_uint_gt(e.heard, 3);
    ck_assert_uint_gt(e.lost, 10);
    check_copied(&e);
    ends_free(&e);
}
END_TEST

static const struct {
    const char *way, *why;
} inexact[] = {
    {"twice", "it writes to something that is shared"},
    {"oneshot", "it writes to something that is shared"},
    {"order", "several events are told, and their order is not known"},
    {"fifo", "it closes what its epoll watches and the original has open"},
};

START_TEST(what_cannot_be_made_exactly_stays_shared_and_is_replayed)
{
    struct ends e;

    sweep_channels(inexact[_i].way, &e);
    ck_assert_uint_gt(count_why(&e, inexact[_i].why), 0);
    ends_free(&e);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("channels");
    TCase *c = tcase_create("channels");

    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, copies_with_channels_of_their_own_end_as_replays_do, 0, 4);
    tcase_add_test(c, a_signal_lost_in_a_channel_is_lost_in_copies_too);
    tcase_add_loop_test(c, what_cannot_be_made_exactly_stays_shared_and_is_replayed, 0, 4);
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
