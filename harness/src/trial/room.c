/* room.c - the worker's own surroundings, set up once. */
#include "trial/room.h"

#include "symbol/symbol.h"

#include "support/buf.h"
#include "trial/filter.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

/* Tracer and traced share a CPU: a stop is then a context switch, not a wake-up across CPUs. Which
 * one, the scheduler has chosen for the first worker; the others have those that follow. */
static void share_cpu(struct room *room)
{
    int here = room->config.cpu != 0 ? room->config.cpu - 1 : sched_getcpu();
    int left =
        room->config.worker % (CPU_COUNT(&room->all_cpus) > 0 ? CPU_COUNT(&room->all_cpus) : 1);
    cpu_set_t one;

    CPU_ZERO(&one);
    for (int i = 0; i < CPU_SETSIZE; i++) {
        int cpu = ((here > 0 ? here : 0) + i) % CPU_SETSIZE;
        if (CPU_ISSET(cpu, &room->all_cpus) && left-- == 0) {
            CPU_SET(cpu, &one);
            (void)sched_setaffinity(0, sizeof(one), &one);
            return;
        }
    }
}

int room_open(const struct room_config *config, struct room **out, struct error *err)
{
    struct room *room = mem_alloc(sizeof(*room));
    const char *base = config->scratch_base;
    sigset_t child;
    int rc;

    *out = NULL;
    room->config = *config;
    room->child_fd = room->timer_fd = -1;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    signal(SIGCHLD, SIG_DFL); /* an inherited SIG_IGN would reap the program behind our back */
    (void)syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
    rc = prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 ? -errno : 0;
    if (rc == 0)
        room->status = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (rc == 0 && room->status == MAP_FAILED) {
        room->status = NULL;
        rc = -errno;
    }
    if (rc == 0)
        room->child_stack = mem_alloc(CHILD_STACK);
    room->symbols = symbol_cache_open();
    signal(SIGPIPE, SIG_IGN); /* a program need not read what it is sent; EPIPE tells */
    for (int i = 1; i < 64; i++) {
        struct sigaction now;
        if (sigaction(i, NULL, &now) == 0 && now.sa_handler == SIG_IGN)
            room->ignored |= (uint64_t)1 << i;
    }
    if (rc == 0 && (room->child_fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
        rc = -errno;
    if (rc == 0 &&
        (room->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) < 0)
        rc = -errno;
    if (rc != 0)
        error_set(err, rc, "cannot set up a worker: %s", strerror(-rc));
    if (rc == 0)
        rc = filter_build(EVENTS_FD, &room->filter, err);
    if (base == NULL)
        base = getenv("TMPDIR");
    if (rc == 0)
        rc = scratch_open(&room->scratch, base != NULL && base[0] != '\0' ? base : "/tmp", err);
    room->scratch.keep = config->keep_scratch;
    room->scratch.here = config->here;
    if (rc != 0) {
        room_close(room);
        return rc;
    }
    ipc_open(&room->ipc, room->scratch.base);
    if (sched_getaffinity(0, sizeof(room->all_cpus), &room->all_cpus) == 0)
        share_cpu(room);
    capabilities_probe(&room->can);
    *out = room;
    return 0;
}

void room_close(struct room *room)
{
    if (room == NULL)
        return;
    ports_release(&room->ports);
    ipc_close(&room->ipc);
    scratch_close(&room->scratch, room->config.keep_scratch);
    zygote_end(&room->zygote);
    filter_free(&room->filter);
    symbol_cache_close(room->symbols);
    free(room->child_stack);
    for (int i = 0; i < CALL_NAMES; i++)
        free(room->call_names[i]);
    if (room->status != NULL)
        munmap(room->status, 4096);
    if (room->child_fd >= 0)
        close(room->child_fd);
    if (room->timer_fd >= 0)
        close(room->timer_fd);
    free(room);
}

int64_t room_census_ns(const struct room *room)
{
    return room->census_ns;
}

const char *room_scratch(const struct room *room)
{
    return room->scratch.root != NULL ? room->scratch.root : room->scratch.base;
}
