#include "trial/record.h"

#include <stdlib.h>

void record_init(struct record *r)
{
    *r = (struct record){
        .how = ENDED_NOT_BEGUN,
        .effects = -1,
        .ready_ns = -1,
        .exit_ns = -1,
        .end_ns = -1,
        .start_clock_ns = -1,
        .answered_ns = -1,
    };
}

const char *ipc_kind_name(enum ipc_kind kind)
{
    static const char *const names[] = {
        [IPC_SYSV_SHM] = "System V shared memory", [IPC_SYSV_SEM] = "System V semaphores",
        [IPC_SYSV_MSG] = "System V message queue", [IPC_POSIX_SHM] = "POSIX shared memory",
        [IPC_POSIX_SEM] = "POSIX semaphore",       [IPC_POSIX_MQ] = "POSIX message queue",
    };

    return names[kind];
}

const char *flood_name(enum flood flood)
{
    return flood == FLOOD_DISK ? "disk" : "processes";
}

const char *dialogue_wait_name(enum dialogue_wait wait)
{
    static const char *const names[] = {"nothing", "output", "interrupt", "reader"};

    return names[wait];
}

static void stream_free(struct stream *s)
{
    free(s->head);
    free(s->tail);
}

static void inner_free(struct record *r)
{
    if (r != NULL)
        record_free(r);
    free(r);
}

void record_free(struct record *r)
{
    for (size_t i = 0; i < r->events_n; i++)
        free(r->events[i].name);
    for (size_t i = 0; i < r->fds_n; i++) {
        free(r->fds[i].target);
        free(r->fds[i].what);
    }
    for (size_t i = 0; i < r->left_threads_n; i++) {
        free(r->left_threads[i].comm);
        free(r->left_threads[i].where);
    }
    free(r->left_threads);
    for (size_t i = 0; i < r->processes_n; i++) {
        free(r->processes[i].command);
        free(r->processes[i].holds);
        free(r->processes[i].chain);
    }
    for (size_t i = 0; i < r->terminal_modes_n; i++)
        free(r->terminal_modes[i]);
    for (size_t i = 0; i < r->ipc_n; i++)
        free(r->ipc[i].name);
    for (size_t i = 0; i < r->files_n; i++)
        free(r->files[i].path);
    for (size_t i = 0; i < r->stuck_n; i++) {
        free(r->stuck[i].comm);
        free(r->stuck[i].where);
        for (size_t k = 0; k < r->stuck[i].stack_n; k++)
            free(r->stuck[i].stack[k]);
        free(r->stuck[i].stack);
    }
    free(r->memory_absent);
    free(r->memory_text);
    inner_free(r->recover);
    inner_free(r->rerun);
    inner_free(r->client);
    free(r->trouble);
    free(r->diverged);
    free(r->deliveries);
    free(r->events);
    free(r->events_bad_first);
    stream_free(&r->out);
    stream_free(&r->err);
    free(r->fds);
    free(r->processes);
    free(r->files);
    free(r->terminal_modes);
    free(r->ipc);
    free(r->stuck);
    record_init(r);
}

const struct delivery *record_first_fired(const struct record *r)
{
    for (size_t i = 0; i < r->deliveries_n; i++) {
        if (r->deliveries[i].state != DELIVERY_UNREACHED)
            return &r->deliveries[i];
    }
    return NULL;
}
