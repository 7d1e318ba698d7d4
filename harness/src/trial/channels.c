/* channels.c - which of the original's descriptors nobody else has. Its calls tell what may have
 * changed, and which sockets are a pair; /proc/PID/fd tells what is open. channel_state.c looks at
 * each; private.c makes them anew in a copy. What is in doubt is left out, and stays shared. */
#include "trial/channels.h"

#include "support/buf.h"
#include "trial/breakpoint.h"
#include "trial/live.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ------------------------------------------------------------------- what the calls tell */

/* It makes, changes or reads no descriptor that could be one of these. */
static bool leaves_channels(const struct arch_call *call)
{
    switch (call->number) {
    case SYS_brk:
    case SYS_mmap:
    case SYS_munmap:
    case SYS_mprotect:
    case SYS_madvise:
    case SYS_mremap:
    case SYS_rt_sigaction:
    case SYS_rt_sigprocmask:
    case SYS_rt_sigreturn:
    case SYS_sigaltstack:
    case SYS_futex:
    case SYS_getrandom:
    case SYS_clock_gettime:
    case SYS_fstat:
    case SYS_newfstatat:
    case SYS_statx:
    case SYS_readlinkat:
    case SYS_getdents64:
    case SYS_lseek:
    case SYS_pread64:
    case SYS_getpid:
    case SYS_gettid:
    case SYS_prlimit64: return true;
#ifdef SYS_stat
    case SYS_stat:
    case SYS_lstat:
    case SYS_readlink:
    case SYS_access: return true;
#endif
    default: return false;
    }
}

static bool makes_channel(const struct arch_call *call)
{
    switch (call->number) {
    case SYS_pipe2:
    case SYS_socketpair:
    case SYS_eventfd2:
    case SYS_epoll_create1:
    case SYS_signalfd4:
    case SYS_timerfd_create: return true;
#ifdef SYS_pipe
    case SYS_pipe:
    case SYS_eventfd:
    case SYS_epoll_create:
    case SYS_signalfd: return true;
#endif
    default: return false;
    }
}

static uint64_t socket_of(pid_t pid, int fd)
{
    char path[64];
    struct stat st;

    snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
    return stat(path, &st) == 0 && S_ISSOCK(st.st_mode) ? st.st_ino : 0;
}

struct socket_pair *socket_pair_of(struct channels *c, uint64_t inode)
{
    for (size_t i = 0; i < c->pairs_n; i++) {
        if (c->pairs[i].inodes[0] == inode || c->pairs[i].inodes[1] == inode)
            return &c->pairs[i];
    }
    return NULL;
}

/* It sets what can't all be asked for. */
static void socket_altered(struct live *l, int fd)
{
    struct channels *c = &l->channels;
    struct socket_pair *pair = c->pairs_n != 0 ? socket_pair_of(c, socket_of(l->pid, fd)) : NULL;

    if (pair != NULL)
        *pair = c->pairs[--c->pairs_n];
}

void channels_call(struct live *l, const struct arch_call *call)
{
    struct channels *c = &l->channels;

    if (!leaves_channels(call))
        c->known = false;
    if (makes_channel(call))
        c->any = true;
    switch (call->number) {
    case SYS_sendmsg:
    case SYS_sendmmsg: c->given = true; break;
    case SYS_setsockopt:
    case SYS_shutdown:
    case SYS_bind:
    case SYS_connect:
    case SYS_listen: socket_altered(l, (int)call->args[0]); break;
    default: break;
    }
}

void channels_done(struct live *l, const struct arch_call *call, long result)
{
    struct channels *c = &l->channels;
    int type = (int)call->args[1] & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), fds[2];

    if (call->number != SYS_socketpair || result != 0 || call->args[0] != AF_UNIX ||
        memory_read(l->pid, call->args[3], fds, sizeof(fds)) != 0)
        return;
    c->pairs = mem_grow(c->pairs, c->pairs_n + 1, sizeof(*c->pairs));
    c->pairs[c->pairs_n++] = (struct socket_pair){
        .inodes = {socket_of(l->pid, fds[0]), socket_of(l->pid, fds[1])}, .type = type};
}

/* ----------------------------------------------------------------- the open descriptors */

static char type_of(const char *target, uint64_t *inode)
{
    *inode = 0;
    if (sscanf(target, "pipe:[%" SCNu64, inode) == 1)
        return 'p';
    if (sscanf(target, "socket:[%" SCNu64, inode) == 1)
        return 's';
    return strcmp(target, "anon_inode:[eventpoll]") == 0  ? 'e'
           : strcmp(target, "anon_inode:[eventfd]") == 0  ? 'v'
           : strcmp(target, "anon_inode:[signalfd]") == 0 ? 'g'
           : strcmp(target, "anon_inode:[timerfd]") == 0  ? 't'
                                                          : '-';
}

static void list_open(struct look *k)
{
    struct dirent *entry;
    char path[64];
    DIR *dir;

    snprintf(path, sizeof(path), "/proc/%d/fd", k->l->pid);
    dir = opendir(path);
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        struct open_end one = {.fd = atoi(entry->d_name)};
        char target[64];
        struct stat st;
        ssize_t len;
        if (!isdigit((unsigned char)entry->d_name[0]) ||
            (len = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1)) < 0)
            continue;
        target[len] = '\0';
        one.type = type_of(target, &one.inode);
        if (one.type == 'p' && fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
            one.mode = st.st_mode;
        k->list = mem_grow(k->list, k->n + 1, sizeof(*k->list));
        k->list[k->n++] = one;
    }
    if (dir != NULL)
        closedir(dir);
}

/* ------------------------------------------------------------------------------ the look */

static void channel_free(struct channel *c)
{
    free(c->ends[0].held);
    free(c->ends[1].held);
    free(c->watches);
}

static void list_free(struct channels *c)
{
    for (size_t i = 0; i < c->n; i++)
        channel_free(&c->list[i]);
    free(c->list);
    c->list = NULL;
    c->n = 0;
}

/* Without its epolls nothing is private: one that stays shared would watch the original's. */
static bool look_at(struct look *k, bool epolls)
{
    struct channels *all = &k->l->channels;

    for (size_t i = 0; i < k->n; i++) {
        const struct open_end *one = &k->list[i];
        struct channel c = {0};
        if (one->type == '-' || (one->type == 'e') != epolls)
            continue;
        if (!channel_look(k, one, &c)) {
            channel_free(&c);
            if (epolls)
                return false;
            continue;
        }
        /* Time goes on; what others write to a watched file comes as an edge. */
        all->known = all->known && c.kind != CHANNEL_TIMERFD && !c.edges;
        all->list = mem_grow(all->list, all->n + 1, sizeof(*all->list));
        all->list[all->n++] = c;
    }
    return true;
}

void channels_look(struct live *l)
{
    struct channels *c = &l->channels;
    struct look k = {.l = l};

    if (c->known)
        return;
    list_free(c);
    c->known = true;
    if (!c->any || c->given)
        return;
    list_open(&k);
    (void)look_at(&k, false);
    if (!look_at(&k, true))
        list_free(c);
    free(k.list);
}

void channels_close(struct live *l)
{
    list_free(&l->channels);
    free(l->channels.pairs);
    l->channels.pairs = NULL;
    l->channels.pairs_n = 0;
}
