#include "gnuplot.h"

#include "escape.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static bool has_templates(const char *dir)
{
    char *path = mem_printf("%s/ecdf.gp", dir);
    bool found = access(path, R_OK) == 0;

    free(path);
    return found;
}

char *gnuplot_templates(struct error *err)
{
    /* From the folder that holds the program. A test program lies one level deeper. */
    static const char *const places[] = {"../../reports/plots", "../share/sigsweep/plots",
                                         "../../../reports/plots"};
    const char *named = getenv("SIGSWEEP_PLOTS");
    char exe[PATH_MAX], *slash;
    ssize_t len;

    if (named != NULL && named[0] != '\0') {
        if (has_templates(named))
            return mem_strdup(named);
        error_set(err, -ENOENT, "SIGSWEEP_PLOTS=%s has no ecdf.gp", named);
        return NULL;
    }
    len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    exe[len > 0 ? len : 0] = '\0';
    slash = strrchr(exe, '/');
    if (slash != NULL) {
        *slash = '\0';
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
            char *dir = mem_printf("%s/%s", exe, places[i]);

            if (has_templates(dir))
                return dir;
            free(dir);
        }
    }
    error_set(
        err, -ENOENT,
        "the plot templates (ecdf.gp ...) are not beside %s; set SIGSWEEP_PLOTS to the folder",
        exe);
    return NULL;
}

void gnuplot_quote(struct buf *out, const char *text)
{
    struct buf clean = {0};

    escape_field(&clean, text, 1000);
    buf_adds(out, "'");
    for (const char *p = clean.data; *p != '\0'; p++)
        buf_add(out, *p == '\'' ? "''" : p, *p == '\'' ? 2 : 1);
    buf_adds(out, "'");
    buf_free(&clean);
}

int gnuplot_write(const char *path, const struct buf *text, struct error *err)
{
    FILE *f = fopen(path, "we");
    int rc = 0;

    if (f == NULL)
        return error_set(err, -errno, "%s: %s", path, strerror(errno));
    if (text->len != 0 && fwrite(text->data, 1, text->len, f) != text->len)
        rc = errno != 0 ? -errno : -EIO;
    if (fclose(f) != 0 && rc == 0)
        rc = -errno;
    return rc == 0 ? 0 : error_set(err, rc, "%s: %s", path, strerror(-rc));
}

/* The variables first, since labels and arrows are placed by them. */
static void add_settings(struct buf *out, const struct buf *settings)
{
    for (int pass = 0; pass < 2; pass++) {
        for (const char *line = settings->data; line != NULL && *line != '\0';) {
            size_t len = strcspn(line, "\n") + 1;

            if ((strncmp(line, "set ", 4) == 0) == (pass == 1))
                buf_add(out, line, len);
            line += len;
        }
    }
}

int gnuplot_script(const char *templates, const char *template, const char *dir, const char *name,
                   const struct buf *settings, struct error *err)
{
    char *from = mem_printf("%s/%s.gp", templates, template), part[4096];
    char *to = mem_printf("%s/%s.gp", dir, name);
    struct buf text = {0};
    size_t got;
    int rc;
    FILE *f = fopen(from, "re");

    if (f == NULL) {
        rc = error_set(err, -errno, "%s: %s", from, strerror(errno));
        goto out;
    }
    buf_addf(&text, "# Draws %s.svg and %s.png. Redraw them, in this folder, with: gnuplot %s.gp\n",
             name, name, name);
    add_settings(&text, settings);
    while ((got = fread(part, 1, sizeof(part), f)) > 0)
        buf_add(&text, part, got);
    rc = ferror(f) ? error_set(err, -EIO, "%s: can't be read", from) : 0;
    fclose(f);
    if (rc == 0)
        rc = gnuplot_write(to, &text, err);
out:
    buf_free(&text);
    free(from);
    free(to);
    return rc;
}

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Reads what gnuplot says until it closes stderr or the time is over. False: time over. */
static bool listen_to(int fd, struct buf *said)
{
    int64_t end = now_ms() + GNUPLOT_SECONDS * 1000;
    char part[1024];

    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int64_t left = end - now_ms();
        ssize_t got;
        int ready = left > 0 ? poll(&p, 1, (int)left) : 0;

        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return false;
        got = read(fd, part, sizeof(part));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return true;
        if (said->len < 4096) /* the first complaint is the one that matters */
            buf_add(said, part, (size_t)got);
    }
}

/* The caller's mask and ignored signals must not make gnuplot unkillable. */
static int spawn(const char *dir, const char *script, int err_fd, pid_t *pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, all;
    char *argv[] = {(char *)"gnuplot", (char *)script, NULL};
    int rc;

    if ((rc = posix_spawn_file_actions_init(&files)) != 0)
        return rc;
    if ((rc = posix_spawnattr_init(&attr)) != 0) {
        posix_spawn_file_actions_destroy(&files);
        return rc;
    }
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &all);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if ((rc = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0)) ==
            0 &&
        (rc = posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)) ==
            0 &&
        (rc = posix_spawn_file_actions_adddup2(&files, err_fd, STDERR_FILENO)) == 0 &&
        (rc = posix_spawn_file_actions_addchdir_np(&files, dir)) == 0)
        rc = posix_spawnp(pid, "gnuplot", &files, &attr, argv, environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    return rc;
}

int gnuplot_run(const char *dir, const char *name, struct error *err)
{
    char *script = mem_printf("%s.gp", name);
    struct buf said = {0};
    bool in_time = true;
    int pipe_fds[2], status = 0, rc;
    pid_t pid;

    if (pipe2(pipe_fds, O_CLOEXEC) < 0) {
        rc = error_set(err, -errno, "pipe: %s", strerror(errno));
        free(script);
        return rc;
    }
    rc = -spawn(dir, script, pipe_fds[1], &pid);
    close(pipe_fds[1]);
    if (rc < 0) {
        error_set(err, rc, "%s", rc == -ENOENT ? "gnuplot is not installed" : strerror(-rc));
        goto out;
    }
    in_time = listen_to(pipe_fds[0], &said);
    if (!in_time)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!in_time)
        rc = error_set(err, -ETIMEDOUT, "%s: gnuplot did not finish in %d s", script,
                       GNUPLOT_SECONDS);
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        rc = error_set(err, -EIO, "%s: gnuplot failed: %.300s", script,
                       said.len != 0 ? said.data : "it said nothing");
out:
    close(pipe_fds[0]);
    buf_free(&said);
    free(script);
    return rc;
}
