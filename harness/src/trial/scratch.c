#include "trial/scratch.h"

#include "support/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

const char *scratch_parent(const char *given)
{
    const char *tmpdir = getenv("TMPDIR");

    if (given != NULL)
        return given;
    return tmpdir != NULL && tmpdir[0] != '\0' ? tmpdir : "/tmp";
}

int scratch_open(struct scratch *s, const char *parent, struct error *err)
{
    *s = (struct scratch){.lock_fd = -1};
    char *absolute = realpath(parent, NULL); /* programs are told it, and run elsewhere */

    s->base = mem_printf("%s/sigsweep-XXXXXX", absolute != NULL ? absolute : parent);
    free(absolute);
    if (mkdtemp(s->base) == NULL) {
        int code = -errno;
        error_set(err, code,
                  "cannot make a scratch folder in %s: %s (choose another: --scratch DIR)", parent,
                  strerror(errno));
        free(s->base);
        s->base = NULL;
        return code;
    }
    s->lock_fd = scratch_lock(s->base);
    return 0;
}

static void forget_root(struct scratch *s)
{
    free(s->root);
    free(s->work);
    free(s->tmp);
    free(s->home);
    free(s->out);
    s->root = s->work = s->tmp = s->home = s->out = NULL;
    s->ready = false;
}

int scratch_begin(struct scratch *s, const char *copy, struct error *err)
{
    s->reused = s->stays != NULL && copy != NULL && s->unchanged && strcmp(s->stays, copy) == 0 &&
                s->root != NULL && !s->keep;
    if (s->reused)
        return 0;
    free(s->stays);
    s->stays = NULL;
    scratch_forget(s);
    if (s->ready && copy == NULL && !s->keep)
        return 0;
    if (s->root != NULL && !s->keep)
        (void)tree_remove(s->root);
    forget_root(s);
    s->root = mem_printf("%s/%u", s->base, s->count++);
    s->work = s->here != NULL ? mem_strdup(s->here) : mem_printf("%s/work", s->root);
    s->tmp = mem_printf("%s/tmp", s->root);
    s->home = mem_printf("%s/home", s->root);
    s->out = mem_printf("%s/out", s->root);
    if (mkdir(s->root, 0700) != 0 || (s->here == NULL && mkdir(s->work, 0700) != 0) ||
        mkdir(s->tmp, 0700) != 0 || mkdir(s->home, 0700) != 0 || mkdir(s->out, 0700) != 0) {
        int code = -errno;
        return error_set(err, code, "cannot make the scratch %s: %s", s->root, strerror(errno));
    }
    s->ready = true;
    return copy != NULL ? tree_copy(copy, s->work, err) : 0;
}

/* As new: still a directory of ours with the mode we gave it. That it is empty, the scan saw. */
static bool as_new(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 07777) == 0700;
}

void scratch_may_stay(struct scratch *s, const char *copy)
{
    struct stat st;

    if (s->here != NULL || s->watch != NULL || lstat(s->work, &st) != 0)
        return;
    free(s->stays);
    s->stays = mem_strdup(copy);
    s->work_mode = st.st_mode & 07777;
}

static bool copy_stands(const struct scratch *s)
{
    struct stat st;

    return s->stays != NULL && s->unchanged && as_new(s->tmp) && as_new(s->home) &&
           lstat(s->work, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 07777) == s->work_mode;
}

int scratch_watch(struct scratch *s, char *const *folders, struct error *err)
{
    size_t n = 0;

    while (folders[n] != NULL)
        n++;
    s->watch = folders;
    s->watch_fds = mem_alloc((n + 1) * sizeof(int));
    for (size_t i = 0; i <= n; i++)
        s->watch_fds[i] = -1;
    for (size_t i = 0; i < n; i++) {
        int code, fd = open(folders[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        s->watch_fds[i] = fd;
        while (fd >= 0 && flock(fd, LOCK_EX) != 0 && errno == EINTR)
            ;
        code = -errno;
        if (fd < 0)
            return error_set(err, code, "cannot watch %s: %s", folders[i], strerror(-code));
    }
    return 0;
}

static void watch_end(struct scratch *s)
{
    for (size_t i = 0; s->watch != NULL && s->watch[i] != NULL; i++) {
        if (s->watch_fds[i] >= 0)
            close(s->watch_fds[i]);
    }
    free(s->watch_fds);
    s->watch_fds = NULL;
    s->watch = NULL;
}

void scratch_end(struct scratch *s)
{
    watch_end(s);
    if (s->root == NULL)
        return;
    if (copy_stands(s))
        return;
    s->unchanged = false;
    if (s->ready && s->here == NULL && s->start_n == 0 && as_new(s->work) && as_new(s->tmp) &&
        as_new(s->home))
        return;
    (void)tree_remove(s->root);
    forget_root(s);
}

#define AGE_S 86402 /* even: some formats keep two seconds as one */

static int make_older(const char *path, const struct stat *st, int type, struct FTW *at)
{
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, st->st_mtim};

    (void)at;
    times[1].tv_sec -= AGE_S;
    if (type == FTW_F)
        (void)utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
    return 0;
}

void scratch_age(struct scratch *s)
{
    if (s->here == NULL)
        (void)nftw(s->work, make_older, 16, FTW_PHYS);
}

void scratch_close(struct scratch *s, bool keep)
{
    if (s->base != NULL && keep) { /* it is a person's now */
        char *lock = mem_printf("%s/lock", s->base);
        (void)unlink(lock);
        free(lock);
    }
    if (s->base != NULL && !keep)
        (void)tree_remove(s->base);
    if (s->base != NULL && s->lock_fd >= 0)
        close(s->lock_fd);
    forget_root(s);
    scratch_forget(s);
    free(s->stays);
    s->stays = NULL;
    free(s->base);
    s->base = NULL;
}
