/* filter.h - the seccomp filter that stops a program in the writes that report events, and nowhere
 * else. Built by libseccomp once; the child loads the finished program with one system call. */
#ifndef SIGSWEEP_FILTER_H
#define SIGSWEEP_FILTER_H

#include "support/error.h"

#include <linux/filter.h>

/* Allocates out->filter (freed by filter_free). TRACE for write(events_fd, ...), ALLOW for all
 * else, also for foreign architectures, which are left alone. 0 or -errno. */
int filter_build(int events_fd, struct sock_fprog *out, struct error *err);
void filter_free(struct sock_fprog *filter);
/* Loads it into the calling process. Sets no_new_privs. Async-signal-safe. 0 or -errno. */
int filter_load(const struct sock_fprog *filter);

#endif
