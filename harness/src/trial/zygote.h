/* zygote.h - a process that carries the events filter, and from which filtered programs are
 * started.
 *
 * Loading a filter makes the kernel compile it, which costs about as much as the rest of a small
 * trial; inheriting one costs nothing. The zygote loads it once. It shares this process's memory
 * and descriptors (CLONE_VM, CLONE_FILES), runs no code but its loop, and its children are this
 * process's own (CLONE_PARENT). It goes when this process goes. */
#ifndef SIGSWEEP_ZYGOTE_H
#define SIGSWEEP_ZYGOTE_H

#include <linux/filter.h>
#include <sys/types.h>

struct zygote {
    pid_t pid;   /* 0: none */
    char *stack; /* it runs on this */
    const struct sock_fprog *filter;
    int (*entry)(void *arg); /* what the child runs */
    void *entry_stack;       /* top of the child's stack */
    void *arg;
    int request; /* futex: counts what was asked for */
    int served;  /* futex: counts what was done */
    pid_t child; /* the last one; -errno */
    int loaded;  /* 0, or -errno of loading the filter */
};

/* Starts a child that runs entry(arg) on its own stack, filtered. Starts the zygote first where
 * there is none (any more). The child's pid, or -errno. */
pid_t zygote_child(struct zygote *z, const struct sock_fprog *filter, int (*entry)(void *),
                   void *entry_stack, void *arg);
void zygote_end(struct zygote *z);

#endif
