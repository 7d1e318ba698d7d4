#include "trial/lost.h"
#include "support/exe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_KEPT (256 * 1024) /* of all reports together */

/* ------------------------------------------------------------------------------- the tools */

static char *first_of(const char *const *places, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        char *path = mem_printf("%s/%s", places[i], name);
        if (access(path, R_OK) == 0)
            return path;
        free(path);
    }
    return NULL;
}

static char *lsan_library(void)
{
    static const char *const places[] = {"/usr/lib/x86_64-linux-gnu",
                                         "/usr/lib/aarch64-linux-gnu",
                                         "/usr/lib64",
                                         "/usr/lib",
                                         "/lib64",
                                         "/usr/local/lib64",
                                         "/usr/local/lib"};

    return first_of(places, sizeof(places) / sizeof(places[0]), "liblsan.so.0");
}

/* build/bin or build/tests/harness, beside build/lib; PREFIX/bin beside PREFIX/lib/sigsweep. */
static char *lsan_starter(void)
{
    static const char *const from_here[] = {"../lib", "../lib/sigsweep", "../../lib"};
    char *self = exe_folder(0), *path = NULL;

    if (self == NULL)
        return NULL;
    for (size_t i = 0; i < 3 && path == NULL; i++) {
        char *folder = mem_printf("%s/%s", self, from_here[i]);
        const char *places[] = {folder};
        path = first_of(places, 1, "libsigsweep-lsan.so");
        free(folder);
    }
    free(self);
    return path;
}

void memory_tools(int *lsan, int *valgrind)
{
    char *library = lsan_library(), *starter = lsan_starter(),
         *path = program_find("valgrind", NULL);

    *lsan = library != NULL && starter != NULL ? 0 : -ENOENT;
    *valgrind = path != NULL ? 0 : -ENOENT;
    free(library);
    free(starter);
    free(path);
}

/* A program that was built with it holds names that begin with __asan_. */
static bool has_asan(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    bool found = false;
    void *data;

    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0) {
        data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data != MAP_FAILED) {
            found = memmem(data, (size_t)st.st_size, "__asan_", 7) != NULL;
            munmap(data, (size_t)st.st_size);
        }
    }
    if (fd >= 0)
        close(fd);
    return found;
}

static void valgrind_run(struct live *l, const char *path, struct lost_run *run)
{
    static const char *const options[] = {"--leak-check=full",
                                          "--show-leak-kinds=definite",
                                          "--errors-for-leak-kinds=none",
                                          "--num-callers=20",
                                          "--trace-children=yes",
                                          "--child-silent-after-fork=yes",
                                          "--command-line-only=yes",
                                          "--vgdb=no",
                                          "--"};
    char **own = l->plan->scenario->program.command;
    size_t n = 0, k = 0, fixed = sizeof(options) / sizeof(options[0]);

    while (own[n] != NULL)
        n++;
    run->argv = mem_alloc((n + fixed + 3) * sizeof(char *));
    run->options[0] = mem_printf("--log-file=%s/memory.%%p", l->room->scratch.out);
    run->options[1] = mem_strdup(path);
    run->argv[k++] = run->path;
    run->argv[k++] = run->options[0];
    for (size_t i = 0; i < fixed; i++)
        run->argv[k++] = (char *)options[i];
    run->argv[k++] = run->options[1];
    for (size_t i = 1; i < n; i++)
        run->argv[k++] = own[i];
}

void lost_open(struct live *l, const char *path, struct lost_run *run)
{
    struct record *r = l->r;
    char *library = NULL, *starter = NULL;

    *run = (struct lost_run){0};
    r->memory = l->plan->scenario->program.memory;
    switch (r->memory) {
    case MEMORY_OFF: break;
    case MEMORY_LSAN:
        library = lsan_library();
        starter = lsan_starter();
        if (library == NULL)
            r->memory_absent = mem_strdup("LeakSanitizer's liblsan.so.0 is not installed; remedy: "
                                          "apt-get install liblsan0, or `memory: valgrind`");
        else if (starter == NULL)
            r->memory_absent =
                mem_strdup("libsigsweep-lsan.so is not beside sigsweep; remedy: make "
                           "install, or `memory: valgrind`");
        else
            l->lsan = mem_printf("%s:%s", library, starter);
        break;
    case MEMORY_VALGRIND:
        run->path = program_find("valgrind", NULL);
        if (run->path == NULL)
            r->memory_absent = mem_strdup("valgrind is not on PATH; remedy: apt-get install "
                                          "valgrind, or `memory: lsan`");
        else
            valgrind_run(l, path, run);
        break;
    case MEMORY_ASAN:
        if (!has_asan(path))
            r->memory_absent = mem_strdup("the program is not built with AddressSanitizer; remedy: "
                                          "-fsanitize=address, or `memory: lsan`");
        break;
    }
    free(library);
    free(starter);
}

void lost_close(struct lost_run *run)
{
    for (size_t i = 0; i < sizeof(run->options) / sizeof(run->options[0]); i++)
        free(run->options[i]);
    free(run->argv);
    free(run->path);
    *run = (struct lost_run){0};
}

/* --------------------------------------------------------------------------- the environment */

static void append(const char *(*get)(void *, const char *), void (*set)(void *, char *), void *arg,
                   const char *name, char *value)
{
    const char *before = get(arg, name);

    set(arg, before != NULL && before[0] != '\0' ? mem_printf("%s=%s:%s", name, before, value)
                                                 : mem_printf("%s=%s", name, value));
    free(value);
}

void lost_environment(const struct live *l, const char *(*get)(void *arg, const char *name),
                      void (*set)(void *arg, char *text), void *arg)
{
    const char *out = l->room->scratch.out, *preload;
    /* A survey lists the program's own points, and is traced to its end. */
    bool looks = l->plan->survey == NULL && l->sweep == NULL;

    if (l->lsan != NULL) {
        preload = get(arg, "LD_PRELOAD");
        set(arg, preload != NULL && preload[0] != '\0'
                     ? mem_printf("LD_PRELOAD=%s:%s", l->lsan, preload)
                     : mem_printf("LD_PRELOAD=%s", l->lsan));
        append(get, set, arg, "LSAN_OPTIONS",
               mem_printf("exitcode=0:log_path=%s/memory:detect_leaks=1:leak_check_at_exit=%d", out,
                          looks));
        if (looks)
            set(arg, mem_printf("SIGSWEEP_MEMORY=%s", out));
    } else if (l->r->memory == MEMORY_ASAN) {
        append(get, set, arg, "ASAN_OPTIONS",
               mem_printf("exitcode=%d:log_path=%s/memory:detect_leaks=1:leak_check_at_exit=%d",
                          MEMORY_EXIT, out, looks));
    }
}

/* ------------------------------------------------------------------------------- the reports */

static void read_report(struct buf *text, int dir_fd, const char *name)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    char chunk[16384];
    ssize_t n;

    while (fd >= 0 && text->len < TEXT_KEPT && (n = read(fd, chunk, sizeof(chunk))) > 0) {
        for (ssize_t i = 0; i < n; i++) {
            if (chunk[i] == '\0')
                chunk[i] = '?';
        }
        buf_add(text, chunk, (size_t)n);
    }
    if (fd >= 0)
        close(fd);
}

/* Whether the look at the program's own memory was made, not just at a child's. */
static bool was_checked(const struct live *l, bool noted, const struct buf *text)
{
    const struct record *r = l->r;
    char sign[64];

    if (r->memory_absent != NULL)
        return false;
    snprintf(sign, sizeof(sign), "==%d== ERROR SUMMARY", (int)l->pid);
    if (r->memory == MEMORY_VALGRIND)
        return text->len != 0 && strstr(text->data, sign) != NULL;
    return r->how == ENDED_EXITED && (r->memory == MEMORY_ASAN || noted);
}

void lost_collect(struct live *l)
{
    struct record *r = l->r;
    struct dirent *entry;
    struct buf text = {0};
    char checked[40];
    bool noted = false;
    DIR *dir;

    if (r->memory == MEMORY_OFF || (dir = opendir(l->room->scratch.out)) == NULL)
        return;
    snprintf(checked, sizeof(checked), "checked.%d", (int)l->pid);
    while ((entry = readdir(dir)) != NULL) {
        bool report = strncmp(entry->d_name, "memory.", 7) == 0;
        if (report)
            read_report(&text, dirfd(dir), entry->d_name);
        else if (strncmp(entry->d_name, "checked.", 8) != 0)
            continue;
        noted |= strcmp(entry->d_name, checked) == 0;
        (void)unlinkat(dirfd(dir), entry->d_name, 0);
    }
    closedir(dir);
    r->memory_checked = was_checked(l, noted, &text);
    r->memory_text = text.len != 0 ? buf_take(&text) : NULL;
    if (r->memory_text == NULL)
        buf_free(&text);
}
