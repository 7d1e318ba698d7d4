#include "scenario/kind.h"

#include <string.h>

static const char *const names[KIND_COUNT] = {
    [KIND_CRASH] = "crash",
    [KIND_HANG] = "hang",
    [KIND_SLOW_EXIT] = "slow-exit",
    [KIND_EXIT_STATUS] = "exit-status",
    [KIND_SWALLOWED] = "swallowed",
    [KIND_CLEANUP_MISSING] = "cleanup-missing",
    [KIND_CLEANUP_REPEATED] = "cleanup-repeated",
    [KIND_CLEANUP_ORDER] = "cleanup-order",
    [KIND_CLEANUP_CUT] = "cleanup-cut",
    [KIND_TASK_UNACCOUNTED] = "task-unaccounted",
    [KIND_STARTED_AFTER_CANCEL] = "started-after-cancel",
    [KIND_SLOTS_EXCEEDED] = "slots-exceeded",
    [KIND_PROCESS_LEFT] = "process-left",
    [KIND_FILE_LEFT] = "file-left",
    [KIND_FILE_TORN] = "file-torn",
    [KIND_LOCK_LEFT] = "lock-left",
    [KIND_IPC_LEFT] = "ipc-left",
    [KIND_FD_LEAK] = "fd-leak",
    [KIND_THREAD_LEFT] = "thread-left",
    [KIND_MEMORY_LEAK] = "memory-leak",
    [KIND_TERMINAL] = "terminal",
    [KIND_OUTPUT] = "output",
    [KIND_RECOVERY] = "recovery",
    [KIND_CLIENT] = "client",
};

const char *kind_name(enum finding_kind kind)
{
    return (unsigned)kind < KIND_COUNT ? names[kind] : "?";
}

int kind_parse(const char *name)
{
    for (int i = 0; i < KIND_COUNT; i++) {
        if (strcmp(names[i], name) == 0)
            return i;
    }
    return -1;
}
