/* point.h - what a point may be, whoever wrote it: the YAML loader and the points grammar of the
 * command line hold to the same rules. */
#ifndef SIGSWEEP_POINT_H
#define SIGSWEEP_POINT_H

#include "scenario/scenario.h"
#include "support/error.h"

#define POINT_KINDS    (POINT_EACH + 1)
#define TRIALS_DEFAULT 100 /* times that `between` draws */
#define TRIALS_MAX     1000000
#define NTH_MAX        1000000
#define TIMES_MAX      100000 /* deliveries of one interrupt */

const char *point_kind_name(enum point_kind kind); /* "between" */
int point_kind_parse(const char *name);            /* or -1 */
void point_init(struct point *p, enum point_kind kind);
bool point_is_set(enum point_kind kind); /* stands for many points */
bool point_bounds(int kind);             /* may begin or end a set's stretch: exact ones */
/* Checks the text of an EVENT, OUTPUT, NOTIFY, FUNCTION or INSTRUCTION point. 0, or -EINVAL with
 * the reason. On an unknown event, *instead is the one that was probably meant, or NULL. */
int point_text_check(enum point_kind kind, const char *text, const char **instead,
                     struct error *err);
/* Whether a system call has this name, on any architecture (libseccomp). 0, or -EINVAL with the
 * reason; `instead` is then the name that was probably meant, or empty. */
#define POINT_NAME_MAX 64
int point_syscall_check(const char *name, char instead[POINT_NAME_MAX], struct error *err);
/* "1.2": ordinals of process and thread. 0 or -EINVAL. */
int point_thread_parse(const char *text, unsigned *process, unsigned *thread);
/* "0x12" or "18". 0 or -EINVAL. */
int point_offset_parse(const char *text, uint64_t *offset);
/* The signals that a control character on a terminal sends. */
bool terminal_sends(int signal);

#endif
