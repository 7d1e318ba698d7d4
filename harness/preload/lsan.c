/* lsan.c - loaded beside liblsan.so.0 into a program that was not built with it (memory: lsan).
 *
 * A preloaded liblsan begins with the program's first allocation; a program that calls signal(2)
 * before that jumps through a pointer which is still empty. So it is begun here, in a constructor.
 *
 * The stack below the last live frame still holds what was there: registers that the lost function
 * had saved, and the frame of the signal's handler, which has all of them. LeakSanitizer's own
 * frames come to lie over it, and it takes what it finds in them for pointers: the leak is hidden.
 * So the dead stack is cleared when main returns and at exit(3).
 *
 * A program without leaks leaves no word: that its check is near is noted as a file, so that
 * silence can be told from no check at all (a static program, _exit). */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEARED 65536

extern void __lsan_init(void) __attribute__((weak));

typedef int main_function(int, char **, char **);
int __libc_start_main(main_function *program, int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end);

static main_function *program_main;

/* A thread's stack may be too small for this; the first one's isn't. */
static __attribute__((noinline)) void clear_dead_stack(void)
{
    volatile char dead[CLEARED];

    for (size_t i = 0; i < sizeof(dead); i++)
        dead[i] = 0;
}

static __attribute__((noinline)) void clear_when_first(void)
{
    if (gettid() == getpid())
        clear_dead_stack();
}

static int main_and_clear(int argc, char **argv, char **env)
{
    int status = program_main(argc, argv, env);

    clear_when_first();
    return status;
}

int __libc_start_main(main_function *program, int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
    int (*real)(main_function *, int, char **, void (*)(void), void (*)(void), void (*)(void),
                void *);

    *(void **)&real = dlsym(RTLD_NEXT, "__libc_start_main");
    if (real == NULL)
        _exit(127);
    program_main = program;
    return real(main_and_clear, argc, argv, init, fini, rtld_fini, stack_end);
}

void exit(int status)
{
    void (*real)(int);

    *(void **)&real = dlsym(RTLD_NEXT, "exit");
    clear_when_first();
    if (real != NULL)
        real(status);
    _exit(status);
}

/* The handlers of exit(3) run last in, first out: after this one comes LeakSanitizer's own. */
static void note_check(void)
{
    const char *folder = getenv("SIGSWEEP_MEMORY");
    char path[4096];
    int fd;

    if (folder == NULL ||
        snprintf(path, sizeof(path), "%s/checked.%d", folder, (int)getpid()) >= (int)sizeof(path))
        return;
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
}

__attribute__((constructor(101))) static void begin(void)
{
    if (__lsan_init == NULL)
        return;
    __lsan_init();
    (void)atexit(note_check);
}
