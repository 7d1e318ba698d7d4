/* channel.c - items from task to task. An item is copied at the moment in which sender and receiver
 * meet, or through the buffer; whoever is woken has sent or received already, so that a
 * cancellation that comes later changes nothing. */
#include <errno.h>
#include <string.h>

#include "schedule.h"

int qs_channel_init(struct qs_channel *channel, size_t size, void *buf, size_t room)
{
    size_t bytes;

    if (__builtin_mul_overflow(size, room, &bytes))
        return -EOVERFLOW;
    if (bytes && !buf)
        return -EINVAL;
    *channel = (struct qs_channel){.buf = buf, .size = size, .room = room};
    list_init(&channel->senders);
    list_init(&channel->receivers);
    return 0;
}

static struct fiber *first_of(const struct qs_link *waiters)
{
    return list_empty(waiters) ? NULL : CONTAINER(waiters->next, struct task, link)->fiber;
}

static void copy(const struct qs_channel *channel, void *to, const void *from)
{
    if (channel->size)
        memcpy(to, from, channel->size);
}

static char *place(const struct qs_channel *channel, size_t nth)
{
    size_t at = channel->first + nth;

    return channel->size
               ? channel->buf + (at < channel->room ? at : at - channel->room) * channel->size
               : NULL;
}

static void put(struct qs_channel *channel, const void *item)
{
    copy(channel, place(channel, channel->held), item);
    channel->held++;
}

int qs_send(struct qs_channel *channel, const void *item, int64_t deadline)
{
    struct fiber *fiber, *receiver = first_of(&channel->receivers);
    int rc = wait_begin(&fiber);

    if (rc)
        return rc;
    if (channel->closed)
        return -EPIPE;
    if (receiver) { /* so the channel holds nothing */
        copy(channel, receiver->item, item);
        sched_wake(receiver, 0);
        return 0;
    }
    if (channel->held < channel->room) {
        put(channel, item);
        return 0;
    }
    fiber->item = (void *)(uintptr_t)item; /* only read */
    return sched_park_in(fiber, &channel->senders, WAIT_SEND, deadline);
}

int qs_receive(struct qs_channel *channel, void *item, int64_t deadline)
{
    struct fiber *fiber, *sender;
    int rc = wait_begin(&fiber);

    if (rc)
        return rc;
    sender = first_of(&channel->senders);
    if (channel->held) {
        copy(channel, item, place(channel, 0));
        channel->first = channel->first + 1 < channel->room ? channel->first + 1 : 0;
        channel->held--;
        if (sender)
            put(channel, sender->item);
    } else if (sender) {
        copy(channel, item, sender->item);
    } else if (channel->closed) {
        return -EPIPE;
    } else {
        fiber->item = item;
        return sched_park_in(fiber, &channel->receivers, WAIT_RECEIVE, deadline);
    }
    if (sender)
        sched_wake(sender, 0);
    return 0;
}

int qs_channel_close(struct qs_channel *channel)
{
    struct fiber *fiber;

    if (channel->closed)
        return -EALREADY;
    channel->closed = true;
    while ((fiber = first_of(&channel->senders)) || (fiber = first_of(&channel->receivers)))
        sched_wake(fiber, -EPIPE);
    return 0;
}
