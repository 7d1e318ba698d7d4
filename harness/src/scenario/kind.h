/* kind.h - the finding kinds: stable names that scenarios, records and reports share. */
#ifndef SIGSWEEP_KIND_H
#define SIGSWEEP_KIND_H

#include <stdint.h>

enum finding_kind {
    KIND_CRASH,
    KIND_HANG,
    KIND_SLOW_EXIT,
    KIND_EXIT_STATUS,
    KIND_SWALLOWED,
    KIND_CLEANUP_MISSING,
    KIND_CLEANUP_REPEATED,
    KIND_CLEANUP_ORDER,
    KIND_CLEANUP_CUT,
    KIND_TASK_UNACCOUNTED,
    KIND_STARTED_AFTER_CANCEL,
    KIND_SLOTS_EXCEEDED,
    KIND_PROCESS_LEFT,
    KIND_FILE_LEFT,
    KIND_FILE_TORN,
    KIND_LOCK_LEFT,
    KIND_IPC_LEFT,
    KIND_FD_LEAK,
    KIND_THREAD_LEFT,
    KIND_MEMORY_LEAK,
    KIND_TERMINAL,
    KIND_OUTPUT,
    KIND_RECOVERY,
    KIND_CLIENT,
    KIND_COUNT,
};

/* A set of kinds: bit (1 << kind). */
typedef uint32_t kind_set;
#define KIND_BIT(kind) ((kind_set)1 << (kind))

const char *kind_name(enum finding_kind kind); /* "cleanup-missing" */
int kind_parse(const char *name);              /* the kind, or -1 */

#endif
