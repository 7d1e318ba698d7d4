/* process_spawn.c - see process_spawn.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include "process_spawn.h"

extern char **environ;

static void close_all(int fds[3])
{
    for (int i = 0; i < 3; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
        fds[i] = -1;
    }
}

/* Moves fd above the standard ones, so that they can be filled in any order. Takes fd. */
static int lift(int fd)
{
    int lifted = fd < 0 || fd > 2 ? fd : fcntl(fd, F_DUPFD_CLOEXEC, 3);

    if (lifted != fd)
        close(fd);
    return lifted;
}

static int make_pipe(bool we_write, int *ours, int *theirs)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC))
        return -errno;
    *ours = lift(ends[we_write ? 1 : 0]);
    *theirs = lift(ends[we_write ? 0 : 1]);
    /* O_NONBLOCK belongs to this end only; the child's blocks, as it expects. */
    return *ours < 0 || *theirs < 0 || fcntl(*ours, F_SETFL, O_NONBLOCK) ? -errno : 0;
}

/* What the child gets as its descriptor number i: a copy of our own, or a new one. */
static int prepare(int i, int as, int *ours, int *theirs)
{
    if (as == QS_DEFAULT)
        as = i ? QS_INHERIT : QS_NULL;
    if (as == QS_PIPE)
        return make_pipe(i == 0, ours, theirs);
    if (as == QS_NULL)
        *theirs = lift(open("/dev/null", O_RDWR | O_CLOEXEC));
    else
        *theirs = fcntl(as == QS_INHERIT ? i : as, F_DUPFD_CLOEXEC, 3);
    /* Who was started without it has nothing to hand on. */
    return *theirs >= 0 || (as == QS_INHERIT && errno == EBADF) ? 0 : -errno;
}

static int actions_of(posix_spawn_file_actions_t *actions, const struct qs_process_options *options,
                      const int theirs[3])
{
    int rc = 0;

    for (int i = 0; !rc && i < 3; i++)
        rc = theirs[i] < 0 ? posix_spawn_file_actions_addclose(actions, i)
                           : posix_spawn_file_actions_adddup2(actions, theirs[i], i);
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
    if (!rc)
        rc = posix_spawn_file_actions_addclosefrom_np(actions, 3);
#endif
    if (!rc && options->directory)
        rc = posix_spawn_file_actions_addchdir_np(actions, options->directory);
    return rc;
}

static int attributes_of(posix_spawnattr_t *attributes)
{
    sigset_t none, to_default;

    sigemptyset(&none);
    sigemptyset(&to_default);
    sigaddset(&to_default,
              SIGPIPE); /* many programs ignore it, and few that they start expect that */
    posix_spawnattr_setpgroup(attributes, 0);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &to_default);
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                    POSIX_SPAWN_SETSIGDEF);
}

static int start(const char *const argv[], const struct qs_process_options *options, pid_t *pid,
                 const int theirs[3])
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int rc = posix_spawn_file_actions_init(&actions);

    if (rc)
        return -rc;
    rc = posix_spawnattr_init(&attributes);
    if (!rc) {
        rc = attributes_of(&attributes);
        if (!rc)
            rc = actions_of(&actions, options, theirs);
        if (!rc) /* posix_spawn(3) changes none of these strings. */
            rc = posix_spawnp(pid, argv[0], &actions, &attributes, (char *const *)(uintptr_t)argv,
                              options->env ? (char *const *)(uintptr_t)options->env : environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return -rc;
}

int spawn_process(const char *const argv[], const struct qs_process_options *options, pid_t *pid,
                  int ends[3])
{
    const int as[3] = {options->in, options->out, options->err};
    int theirs[3] = {-1, -1, -1}, rc = 0;

    ends[0] = ends[1] = ends[2] = -1;
    for (int i = 0; !rc && i < 3; i++)
        rc = prepare(i, as[i], &ends[i], &theirs[i]);
    if (!rc)
        rc = start(argv, options, pid, theirs);
    close_all(theirs);
    if (rc)
        close_all(ends);
    return rc;
}
