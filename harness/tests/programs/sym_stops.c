/* sym_stops.c - stops itself in known places: in a function, in a libc call, in a thread's stack,
 * at a USDT probe. The test reads the lines marked `line: NAME` from this file. Built in several
 * ways: PIE, static, not PIE, stripped. */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLACE __attribute__((noinline, noclone))

int depth; /* so that no call is the last thing a function does */

/* What <sys/sdt.h> makes of STAP_PROBE, for one probe with a semaphore and without arguments. */
__attribute__((section(".probes"), used)) volatile uint16_t sym_probe_semaphore = 0x5e3a;
__asm__(".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n"
        ".weak _.stapsdt.base\n.hidden _.stapsdt.base\n"
        "_.stapsdt.base: .space 1\n.size _.stapsdt.base, 1\n.popsection\n");
#define PROBE(provider, name)                                                                      \
    __asm__ volatile("990: nop\n"                                                                  \
                     ".pushsection .note.stapsdt,\"\",\"note\"\n"                                  \
                     ".balign 4\n.4byte 992f-991f, 994f-993f, 3\n"                                 \
                     "991: .asciz \"stapsdt\"\n"                                                   \
                     "992: .balign 4\n"                                                            \
                     "993: .8byte 990b, _.stapsdt.base, sym_probe_semaphore\n"                     \
                     ".asciz \"" provider "\"\n.asciz \"" name "\"\n.asciz \"\"\n"                 \
                     "994: .balign 4\n.popsection\n")

static PLACE void trap_here(void)
{
    depth++;
    raise(SIGSTOP); /* line: trap_here */
    depth--;
}

static PLACE void probed(void)
{
    depth++;
    PROBE("symtest", "passed");
    depth--;
}

static int by_stop(const void *a, const void *b)
{
    depth++;
    if (depth == 1)
        raise(SIGSTOP); /* line: by_stop */
    return *(const int *)a - *(const int *)b;
}

static PLACE void sort_two(void)
{
    int list[] = {2, 1};

    qsort(list, 2, sizeof *list, by_stop);
    depth = list[0] - 1;
}

static PLACE void *in_thread(void *unused)
{
    (void)unused;
    depth++;
    raise(SIGSTOP); /* line: in_thread */
    depth--;
    return NULL;
}

static PLACE void start_thread_here(void)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, in_thread, NULL) != 0)
        abort();
    pthread_join(thread, NULL);
    depth = 0;
}

static PLACE void jump_nowhere(void)
{
    void (*volatile nowhere)(void) = (void (*)(void))(uintptr_t)0x10; /* NOLINT */

    nowhere(); /* line: jump_nowhere */
    depth++;
}

/* The same program, linked another way. */
static void run_static(const char *self)
{
    char path[4096];

    snprintf(path, sizeof path, "%s-static", self);
    execl(path, path, "trap", (char *)NULL);
    abort();
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (strcmp(what, "trap") == 0)
        trap_here();
    else if (strcmp(what, "callback") == 0)
        sort_two();
    else if (strcmp(what, "thread") == 0)
        start_thread_here();
    else if (strcmp(what, "nowhere") == 0)
        jump_nowhere();
    else if (strcmp(what, "again") == 0)
        run_static(argv[0]);
    else
        probed();
    return depth;
}
