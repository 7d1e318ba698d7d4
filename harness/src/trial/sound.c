/* sound.c - a copy of a program is sound while it changes nothing that the original, or another
 * trial, would see. Each of its system calls is looked at before it is made; what is not known to
 * be harmless is not. */
#include "trial/copied.h"

#include "support/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>

/* Calls that touch nothing but the process itself, or only look. */
static bool is_private(const struct arch_call *call)
{
    switch (call->number) {
    case SYS_brk:
    case SYS_munmap:
    case SYS_mprotect:
    case SYS_madvise:
    case SYS_mremap:
    case SYS_mincore:
    case SYS_mlock:
    case SYS_munlock:
    case SYS_rt_sigaction:
    case SYS_rt_sigprocmask:
    case SYS_rt_sigreturn:
    case SYS_rt_sigpending:
    case SYS_rt_sigsuspend:
    case SYS_rt_sigtimedwait:
    case SYS_sigaltstack:
    case SYS_restart_syscall:
    case SYS_close:
    case SYS_close_range:
    case SYS_dup:
    case SYS_dup3:
    case SYS_pipe2:
    case SYS_socketpair:
    case SYS_eventfd2:
    case SYS_epoll_create1:
    case SYS_timerfd_create:
    case SYS_memfd_create:
    case SYS_fstat:
    case SYS_newfstatat:
    case SYS_statx:
    case SYS_statfs:
    case SYS_fstatfs:
    case SYS_faccessat:
    case SYS_faccessat2:
    case SYS_readlinkat:
    case SYS_getxattr:
    case SYS_lgetxattr:
    case SYS_fgetxattr:
    case SYS_listxattr:
    case SYS_llistxattr:
    case SYS_flistxattr:
    case SYS_getcwd:
    case SYS_pread64:
    case SYS_preadv:
    case SYS_getpid:
    case SYS_getppid:
    case SYS_gettid:
    case SYS_getuid:
    case SYS_geteuid:
    case SYS_getgid:
    case SYS_getegid:
    case SYS_getgroups:
    case SYS_getpgid:
    case SYS_getsid:
    case SYS_getresuid:
    case SYS_getresgid:
    case SYS_uname:
    case SYS_sysinfo:
    case SYS_getsockname:
    case SYS_getpeername:
    case SYS_getrusage:
    case SYS_times:
    case SYS_getrandom:
    case SYS_clock_gettime:
    case SYS_clock_getres:
    case SYS_gettimeofday:
    case SYS_nanosleep:
    case SYS_clock_nanosleep:
    case SYS_sched_yield:
    case SYS_sched_getaffinity:
    case SYS_getcpu:
    case SYS_getpriority:
    case SYS_set_robust_list:
    case SYS_set_tid_address:
    case SYS_rseq:
    case SYS_membarrier:
    case SYS_umask:
    case SYS_chdir:
    case SYS_fchdir:
    case SYS_fadvise64:
    case SYS_prlimit64:
    case SYS_wait4:
    case SYS_waitid:
    case SYS_ppoll:
    case SYS_pselect6:
    case SYS_exit:
    case SYS_exit_group: return true;
#ifdef __x86_64__
    case SYS_stat:
    case SYS_lstat:
    case SYS_access:
    case SYS_readlink:
    case SYS_pipe:
    case SYS_dup2:
    case SYS_poll:
    case SYS_select:
    case SYS_pause:
    case SYS_time:
    case SYS_getpgrp:
    case SYS_getrlimit:
    case SYS_setrlimit:
    case SYS_arch_prctl:
    case SYS_eventfd:
    case SYS_epoll_create: return true;
#endif
    default: return false;
    }
}

/* False when the call leaves every file as it is. */
bool changes_files(const struct arch_call *call)
{
    const uint64_t for_writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;

    if (is_private(call))
        return false;
    switch (call->number) {
    case SYS_signalfd4:
    case SYS_getsockopt:
    case SYS_epoll_ctl:
    case SYS_epoll_pwait:
    case SYS_epoll_pwait2:
    case SYS_recvfrom:
    case SYS_recvmsg:
    case SYS_read:
    case SYS_readv:
    case SYS_lseek:
    case SYS_getdents64:
    case SYS_mmap: /* a shared one makes copies unsound altogether */
    case SYS_ioctl:
    case SYS_fcntl:
    case SYS_futex: return false;
#ifdef SYS_epoll_wait
    case SYS_epoll_wait: return false;
#endif
    case SYS_openat: return (call->args[2] & for_writing) != 0;
#ifdef SYS_open
    case SYS_open: return (call->args[1] & for_writing) != 0;
#endif
    default: return true;
    }
}

/* It may change what a file holds, but makes and removes none. */
static bool is_write(const struct arch_call *call)
{
    switch (call->number) {
    case SYS_write:
    case SYS_writev:
    case SYS_pwrite64:
    case SYS_pwritev:
    case SYS_ftruncate:
    case SYS_fsync:
    case SYS_fdatasync: return true;
    default: return false;
    }
}

/* Not so: a pipe, a terminal, /dev/null. */
static bool writes_a_file(const struct live *l, const struct arch_call *call)
{
    char path[64];
    struct stat st;

    snprintf(path, sizeof(path), "/proc/%d/fd/%d", l->pid, (int)call->args[0]);
    return stat(path, &st) == 0 && (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode));
}

void original_call(struct live *l, const struct arch_call *call)
{
    bool changes;

    if (l->sweep == NULL)
        return;
    channels_call(l, call);
    changes = changes_files(call) && (!is_write(call) || writes_a_file(l, call));
    l->files_known = l->files_known && !changes;
    if (changes_files(call))
        l->ipc_known = l->ipc_known && is_write(call);
    undo_call(l->undo, call, changes);
    disposition_call(l, call);
    if (l->unsound != NULL)
        return;
    if (!call->native) {
        l->unsound = "it runs 32-bit code";
        return;
    }
    switch (call->number) {
    case SYS_mmap:
        if ((call->args[3] & MAP_SHARED) && (call->args[2] & PROT_WRITE))
            l->unsound = "it shares memory";
        break;
    case SYS_shmat: l->unsound = "it shares memory"; break;
#ifdef SYS_alarm
    case SYS_alarm:
#endif
    case SYS_setitimer:
    case SYS_timer_create: l->unsound = "it has set a timer, which a copy does not have"; break;
    case SYS_seccomp: l->unsound = "it filters its system calls"; break;
    case SYS_prctl:
        if (call->args[0] == PR_SET_SECCOMP)
            l->unsound = "it filters its system calls";
        break;
    case SYS_io_uring_setup:
    case SYS_io_setup: l->unsound = "it has requests in the kernel"; break;
    case SYS_ptrace: l->unsound = "it traces"; break;
    default: break;
    }
}

/* A descriptor of this process for the copy's; -1. The caller closes it. */
static int fetch(const struct copied *c, int fd)
{
    return (int)syscall(SYS_pidfd_getfd, c->live.pid_fd, fd, 0);
}

/* Remembers where a shared file or folder is read, to put it back when the copy is gone. */
static void keep_offset(struct copied *c, int number, int mine)
{
    for (size_t i = 0; i < c->offsets_n; i++) {
        if (c->offsets[i].number == number) {
            close(mine);
            return;
        }
    }
    c->offsets = mem_grow(c->offsets, c->offsets_n + 1, sizeof(*c->offsets));
    c->offsets[c->offsets_n++] =
        (struct kept_offset){.number = number, .fd = mine, .at = lseek(mine, 0, SEEK_CUR)};
}

void copied_offset_left(struct copied *c, int number)
{
    for (size_t i = 0; i < c->offsets_n; i++) {
        if (c->offsets[i].number == number)
            c->offsets[i].number = -1;
    }
}

void copied_offsets_restore(struct copied *c)
{
    for (size_t i = 0; i < c->offsets_n; i++) {
        if (c->offsets[i].at >= 0)
            (void)lseek(c->offsets[i].fd, c->offsets[i].at, SEEK_SET);
        close(c->offsets[i].fd);
    }
    free(c->offsets);
    c->offsets = NULL;
    c->offsets_n = 0;
}

static bool is_memory_device(const struct stat *st) /* null, zero, full, random, urandom */
{
    return S_ISCHR(st->st_mode) && major(st->st_rdev) == 1;
}

static const char *reads(struct copied *c, int fd)
{
    struct stat st;
    int mine;

    if (copied_owns(c, fd) || (mine = fetch(c, fd)) < 0)
        return NULL; /* not open: the kernel tells it */
    if (fstat(mine, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))) {
        keep_offset(c, fd, mine);
        return NULL;
    }
    close(mine);
    return is_memory_device(&st) ? NULL : "it reads what the original would read";
}

/* A pipe or a terminal has no place to seek to. */
static const char *seeks(struct copied *c, int fd)
{
    (void)reads(c, fd);
    return NULL;
}

static const char *writes(struct copied *c, int fd)
{
    struct stat st = {0};
    const char *why;
    int mine;

    if (copied_owns(c, fd) || (mine = fetch(c, fd)) < 0)
        return NULL;
    (void)fstat(mine, &st);
    if (S_ISREG(st.st_mode) && (why = copy_writes(c, &st)) == NULL) {
        keep_offset(c, fd, mine);
        return NULL;
    }
    close(mine);
    if (S_ISREG(st.st_mode))
        return why;
    if (is_memory_device(&st))
        return NULL;
    if (S_ISFIFO(st.st_mode) && (st.st_ino == c->live.event_inode || st.st_ino == c->out_inode ||
                                 st.st_ino == c->err_inode))
        return NULL; /* the harness alone reads it, and knows whose it is */
    return "it writes to something that is shared";
}

static const char *opens(struct copied *c, int dir_fd, uint64_t path, uint64_t flags)
{
    char text[64] = "";
    struct iovec here = {text, sizeof(text) - 1};
    struct iovec there = {(void *)(uintptr_t)path, 10};

    if ((flags & O_ACCMODE) == O_RDONLY && !(flags & (O_CREAT | O_TRUNC)))
        return NULL;
    (void)process_vm_readv(c->live.pid, &here, 1, &there, 1, 0);
    if (strcmp(text, "/dev/null") == 0)
        return NULL;
    return copy_opens(c, dir_fd, path, flags);
}

static const char *signals(const struct copied *c, long to)
{
    return to == c->live.pid ? NULL : "it signals another process";
}

static const char *controls(const struct copied *c, int fd, uint64_t request)
{
    switch (request) {
    case FIONBIO: return copied_owns(c, fd) ? NULL : "it changes a descriptor that is shared";
    case TCGETS:
    case TIOCGWINSZ:
    case TIOCGPGRP:
    case FIONREAD:
    case FIOCLEX:
    case FIONCLEX: return NULL;
    default: return "it controls a device";
    }
}

static const char *file_control(const struct copied *c, const struct arch_call *call)
{
    switch (call->args[1]) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
    case F_GETFD:
    case F_SETFD:
    case F_GETFL: return NULL;
    case F_GETLK: /* a lock of the original's is not its own */
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW: return "it locks a file";
    default:
        return copied_owns(c, (int)call->args[0]) ? NULL : "it changes a descriptor that is shared";
    }
}

static const char *own_only(const struct copied *c, int fd)
{
    return copied_owns(c, fd) ? NULL : "it uses a descriptor that is shared";
}

const char *copy_call_unsound(struct copied *c, const struct arch_call *call)
{
    const uint64_t *a = call->args;

    if (!call->native)
        return "it runs 32-bit code";
    if (copy_uses_removed(c, call))
        return "it looks at a file that it removed";
    if (is_private(call))
        return copied_closes(c, call);
    switch (call->number) {
    case SYS_lseek: return seeks(c, (int)a[0]);
    case SYS_read:
    case SYS_readv:
    case SYS_getdents64: return reads(c, (int)a[0]);
    case SYS_write:
    case SYS_writev: return writes(c, (int)a[0]);
    case SYS_openat: return opens(c, (int)a[0], a[1], a[2]);
#ifdef SYS_open
    case SYS_open: return opens(c, AT_FDCWD, a[0], a[1]);
#endif
    case SYS_mmap:
        return (a[3] & MAP_SHARED) && (a[2] & PROT_WRITE) && !(a[3] & MAP_ANONYMOUS) &&
                       !copied_owns(c, (int)a[4])
                   ? "it maps a shared file"
                   : NULL;
    case SYS_futex: return NULL; /* the memory is its own: shared memory was ruled out before */
    case SYS_kill: return signals(c, (long)(int)a[0]);
    case SYS_tgkill: return signals(c, (long)(int)a[0]);
    case SYS_tkill: return signals(c, (long)(int)a[0]);
    case SYS_ioctl: return controls(c, (int)a[0], a[1]);
    case SYS_fcntl: return file_control(c, call);
    case SYS_signalfd4: return (int)a[0] == -1 ? NULL : own_only(c, (int)a[0]);
    case SYS_sendto: return a[4] == 0 ? own_only(c, (int)a[0]) : "it sends to another socket";
    case SYS_recvfrom:
    case SYS_recvmsg:
    case SYS_shutdown:
    case SYS_getsockopt:
    case SYS_setsockopt: return own_only(c, (int)a[0]);
    case SYS_epoll_ctl: copied_watches(c, a); return own_only(c, (int)a[0]);
    case SYS_prctl:
        return a[0] == PR_GET_NAME || a[0] == PR_SET_NAME || a[0] == PR_SET_VMA ||
                       a[0] == PR_CAPBSET_READ
                   ? NULL
                   : "it changes itself by prctl";
    case SYS_epoll_pwait:
    case SYS_epoll_pwait2:
    case SYS_timerfd_settime:
    case SYS_timerfd_gettime: return own_only(c, (int)a[0]);
#ifdef SYS_epoll_wait
    case SYS_epoll_wait: return own_only(c, (int)a[0]);
#endif
#ifdef SYS_alarm
    case SYS_alarm:
#endif
    case SYS_setitimer: return NULL; /* a timer of its own */
#ifdef SYS_fork
    case SYS_fork:
    case SYS_vfork:
#endif
    case SYS_clone:
    case SYS_clone3: return "it starts another process or thread";
    default: return copy_changes(c, call);
    }
}
