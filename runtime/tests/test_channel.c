/* test_channel.c - channels: order, room, closing, and what a cancelled side leaves. */
#include "rig.h"

static struct qs_channel channel;
static int room[4], sent[64], n_sent, rcs[16], n_rcs;

static void start(size_t places)
{
    n_sent = n_rcs = 0;
    ck_assert_int_eq(qs_channel_init(&channel, sizeof(int), room, places), 0);
}

static int send_numbers(void *arg)
{
    for (int i = 0; i < (int)(intptr_t)arg; i++) {
        int rc = qs_send(&channel, &i, QS_FOREVER);

        if (rc)
            return rc;
        sent[n_sent++] = i;
    }
    return 0;
}

static int send_one(void *arg)
{
    int item = (int)(intptr_t)arg, rc = qs_send(&channel, &item, QS_FOREVER);

    rcs[n_rcs++] = rc;
    return 0;
}

static int receive_one(void *arg)
{
    int item = -1, rc = qs_receive(&channel, &item, QS_FOREVER);

    (void)arg;
    rcs[n_rcs++] = rc ? rc : item;
    return 0;
}

static int in_order(void *arg)
{
    struct qs_group *group;
    int item;

    (void)arg;
    qs_group_open(&group, NULL);
    qs_spawn(group, "sender", send_numbers, (void *)20, NULL);
    for (int i = 0; i < 20; i++) {
        ck_assert_int_eq(qs_receive(&channel, &item, QS_FOREVER), 0);
        ck_assert_int_eq(item, i);
    }
    return qs_group_close(group, NULL);
}

START_TEST(items_come_in_order_with_any_room)
{
    for (size_t places = 0; places <= 4; places++) {
        start(places);
        ck_assert_int_eq(rig_run(in_order, NULL), 0);
        ck_assert_int_eq(n_sent, 20);
    }
}
END_TEST

static int fills_up(void *arg)
{
    struct qs_group *group;
    int item;

    (void)arg;
    qs_group_open(&group, NULL);
    qs_spawn(group, "sender", send_numbers, (void *)20, NULL);
    for (int i = 0; i < 5; i++)
        qs_yield();
    ck_assert_int_eq(n_sent, 4); /* as many as there is room, and no more */
    ck_assert_int_eq(qs_receive(&channel, &item, QS_FOREVER), 0);
    qs_yield();
    ck_assert_int_eq(n_sent, 5);
    qs_group_cancel(group);
    return qs_group_close(group, NULL);
}

START_TEST(sender_waits_when_a_bounded_channel_is_full)
{
    start(4);
    ck_assert_int_eq(rig_run(fills_up, NULL), -ECANCELED);
    ck_assert_int_eq(n_sent, 5);
}
END_TEST

static int hand_over(void *arg)
{
    struct qs_group *group;
    int item;

    (void)arg;
    qs_group_open(&group, NULL);
    qs_spawn(group, "sender", send_numbers, (void *)2, NULL);
    for (int i = 0; i < 5; i++)
        qs_yield();
    ck_assert_int_eq(n_sent, 0); /* nobody has taken it */
    ck_assert_int_eq(qs_receive(&channel, &item, QS_FOREVER), 0);
    qs_yield();
    ck_assert_int_eq(n_sent, 1);
    ck_assert_int_eq(qs_receive(&channel, &item, QS_FOREVER), 0);
    return qs_group_close(group, NULL);
}

START_TEST(unbuffered_send_ends_when_the_item_is_received)
{
    start(0);
    ck_assert_int_eq(rig_run(hand_over, NULL), 0);
}
END_TEST

static int closing(void *arg)
{
    struct qs_group *group;
    int item = 7;

    (void)arg;
    qs_group_open(&group, NULL);
    for (intptr_t i = 1; i <= 3; i++) /* two have room, the third waits */
        qs_spawn(group, NULL, send_one, (void *)i, NULL);
    qs_yield();
    ck_assert_int_eq(n_rcs, 2);
    ck_assert_int_eq(qs_channel_close(&channel), 0);
    ck_assert_int_eq(qs_channel_close(&channel), -EALREADY);
    qs_yield();
    ck_assert_int_eq(n_rcs, 3);
    ck_assert_int_eq(rcs[2], -EPIPE);
    ck_assert_int_eq(qs_send(&channel, &item, QS_FOREVER), -EPIPE);
    /* What it held is not lost, and what was refused is not there. */
    ck_assert_int_eq(qs_receive(&channel, &item, QS_FOREVER), 0);
    ck_assert_int_eq(item, 1);
    ck_assert_int_eq(qs_receive(&channel, &item, QS_FOREVER), 0);
    ck_assert_int_eq(item, 2);
    ck_assert_int_eq(qs_receive(&channel, &item, QS_FOREVER), -EPIPE);
    ck_assert_int_eq(item, 2);
    return qs_group_close(group, NULL);
}

START_TEST(closed_channel_gives_what_it_holds_and_refuses_the_rest)
{
    start(2);
    ck_assert_int_eq(rig_run(closing, NULL), 0);
}
END_TEST

static int close_on_receivers(void *arg)
{
    struct qs_group *group;

    (void)arg;
    qs_group_open(&group, NULL);
    for (int i = 0; i < 3; i++)
        qs_spawn(group, NULL, receive_one, NULL, NULL);
    qs_yield();
    qs_channel_close(&channel);
    return qs_group_close(group, NULL);
}

START_TEST(closing_wakes_each_receiver_that_waits)
{
    start(2);
    ck_assert_int_eq(rig_run(close_on_receivers, NULL), 0);
    ck_assert_int_eq(n_rcs, 3);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(rcs[i], -EPIPE);
}
END_TEST

static int fair(void *arg)
{
    struct qs_group *group;

    (void)arg;
    qs_group_open(&group, NULL);
    for (int i = 0; i < 3; i++)
        qs_spawn(group, NULL, receive_one, NULL, NULL);
    qs_yield();
    for (int i = 10; i < 13; i++)
        ck_assert_int_eq(qs_send(&channel, &i, QS_FOREVER), 0);
    return qs_group_close(group, NULL);
}

START_TEST(who_waited_first_receives_first)
{
    start(0);
    ck_assert_int_eq(rig_run(fair, NULL), 0);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(rcs[i], 10 + i);
}
END_TEST

static int cancelled_sender(void *arg)
{
    struct qs_group *group;
    int item = -1;

    (void)arg;
    qs_group_open(&group, NULL);
    qs_spawn(group, NULL, send_one, (void *)5, NULL);
    qs_yield();
    qs_group_cancel(group);
    qs_group_close(group, NULL);
    ck_assert_int_eq(rcs[0], -ECANCELED);
    ck_assert_int_eq(qs_receive(&channel, &item, qs_now()), -ETIMEDOUT);
    ck_assert_int_eq(item, -1);
    return 0;
}

START_TEST(item_of_a_cancelled_sender_is_received_by_nobody)
{
    start(0);
    rig_run(cancelled_sender, NULL);
}
END_TEST

static int received_then_cancelled(void *arg)
{
    struct qs_group *group;
    int item = 5;

    (void)arg;
    qs_group_open(&group, NULL);
    qs_spawn(group, NULL, receive_one, NULL, NULL);
    qs_yield();
    ck_assert_int_eq(qs_send(&channel, &item, QS_FOREVER), 0); /* it has it, and has not run */
    qs_group_cancel(group);
    qs_group_close(group, NULL);
    ck_assert_int_eq(rcs[0], 5);
    return 0;
}

START_TEST(receive_that_has_succeeded_stays_successful)
{
    start(0);
    rig_run(received_then_cancelled, NULL);
}
END_TEST

static int refused(void *arg)
{
    int item = 1;

    (void)arg;
    ck_assert_int_eq(qs_cancel(1), 0);
    ck_assert_int_eq(qs_send(&channel, &item, QS_FOREVER), -ECANCELED);
    ck_assert_int_eq(qs_receive(&channel, &item, QS_FOREVER), -ECANCELED);
    ck_assert_uint_eq(channel.held, 0);
    return 0;
}

START_TEST(cancelled_task_moves_nothing_also_where_it_would_not_have_to_wait)
{
    start(2);
    rig_run(refused, NULL);
}
END_TEST

static int tokens(void *arg)
{
    (void)arg;
    ck_assert_int_eq(qs_channel_init(&channel, 0, NULL, 3), 0);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(qs_send(&channel, NULL, QS_FOREVER), 0);
    ck_assert_int_eq(qs_send(&channel, NULL, qs_now()), -ETIMEDOUT);
    ck_assert_int_eq(qs_receive(&channel, NULL, QS_FOREVER), 0);
    return 0;
}

START_TEST(items_may_have_no_bytes_and_misuse_is_refused)
{
    ck_assert_int_eq(qs_channel_init(&channel, 8, NULL, 1), -EINVAL);
    ck_assert_int_eq(qs_channel_init(&channel, SIZE_MAX, room, 2), -EOVERFLOW);
    rig_run(tokens, NULL);
    ck_assert_int_eq(qs_send(&channel, NULL, QS_FOREVER), -EPERM); /* not in a task */
    ck_assert_int_eq(qs_receive(&channel, NULL, QS_FOREVER), -EPERM);
    ck_assert_int_eq(qs_channel_close(&channel), 0); /* which anybody may */
}
END_TEST

RIG_TESTS("channel", items_come_in_order_with_any_room, sender_waits_when_a_bounded_channel_is_full,
          unbuffered_send_ends_when_the_item_is_received,
          closed_channel_gives_what_it_holds_and_refuses_the_rest,
          closing_wakes_each_receiver_that_waits, who_waited_first_receives_first,
          item_of_a_cancelled_sender_is_received_by_nobody,
          receive_that_has_succeeded_stays_successful,
          cancelled_task_moves_nothing_also_where_it_would_not_have_to_wait,
          items_may_have_no_bytes_and_misuse_is_refused)
