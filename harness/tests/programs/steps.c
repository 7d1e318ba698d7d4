/* steps.c - functions to count: the first argument says which way through them. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#define HERE static __attribute__((noinline, noclone, noipa))

static volatile int sum;
static volatile sig_atomic_t handled;
static volatile sig_atomic_t interrupts, at_leaf, leaves;

HERE void leaf(void)
{
    sum += 1;
    leaves++;
}

HERE void deep(int n)
{
    leaf();
    if (n > 1)
        deep(n - 1);
    sum += n;
}

HERE void loop(int n)
{
    for (int i = 0; i < n; i++)
        leaf();
}

HERE void in_handler(void)
{
    handled += 2;
}

static void on_int(int signal)
{
    (void)signal;
    interrupts++;
    at_leaf = leaves;
    in_handler();
}

static void *thread_main(void *arg)
{
    loop((int)(long)arg);
    return NULL;
}

static void threads(int n)
{
    pthread_t list[4];

    for (int i = 0; i < 4; i++)
        pthread_create(&list[i], NULL, thread_main, (void *)(long)n);
    for (int i = 0; i < 4; i++)
        pthread_join(list[i], NULL);
}

HERE void child_work(void)
{
    loop(3);
}

static void forked(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        child_work();
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    loop(2);
}

static ucontext_t here, there;

HERE void switched(void)
{
    sum += 3;
    swapcontext(&there, &here);
    sum += 4;
    swapcontext(&there, &here);
}

HERE void switcher(void)
{
    sum += 5;
    swapcontext(&here, &there);
    sum += 6;
    swapcontext(&here, &there);
    sum += 7;
}

static void contexts(void)
{
    static char stack[65536];

    getcontext(&there);
    there.uc_stack.ss_sp = stack;
    there.uc_stack.ss_size = sizeof(stack);
    makecontext(&there, switched, 0);
    switcher();
}

HERE void raiser(void)
{
    sum += 1;
    raise(SIGUSR1);
    sum += 1;
}

HERE void trapper(void)
{
    sum += 1;
    raise(SIGTRAP);
#ifdef __x86_64__
    __asm__ volatile("int3");
#endif
    sum += 1;
}

static void on_usr1(int signal)
{
    (void)signal;
    in_handler();
}

static sigjmp_buf again;

static void jump(int signal)
{
    (void)signal;
    interrupts++;
    at_leaf = leaves;
    siglongjmp(again, 1);
}

/* An interrupted call is made again, from the very same place. */
static void retry(int n)
{
    signal(SIGINT, jump);
    (void)sigsetjmp(again, 1);
    while (leaves < n)
        leaf();
}

/* As <sys/sdt.h> writes it. */
__attribute__((section(".probes"), used)) volatile uint16_t steps_semaphore;
__asm__(".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n"
        ".weak _.stapsdt.base\n.hidden _.stapsdt.base\n"
        "_.stapsdt.base: .space 1\n.size _.stapsdt.base, 1\n.popsection\n");
#define PROBE(provider, name)                                                                      \
    __asm__ volatile("990: nop\n"                                                                  \
                     ".pushsection .note.stapsdt,\"\",\"note\"\n"                                  \
                     ".balign 4\n.4byte 992f-991f, 994f-993f, 3\n"                                 \
                     "991: .asciz \"stapsdt\"\n"                                                   \
                     "992: .balign 4\n"                                                            \
                     "993: .8byte 990b, _.stapsdt.base, steps_semaphore\n"                         \
                     ".asciz \"" provider "\"\n.asciz \"" name "\"\n.asciz \"\"\n"                 \
                     "994: .balign 4\n.popsection\n")

HERE void probes(int n)
{
    for (int i = 0; i < n; i++) {
        leaf();
        if (steps_semaphore != 0)
            PROBE("steps", "leaf");
    }
}

int main(int argc, char **argv)
{
    const char *way = argc > 1 ? argv[1] : "";
    int n = argc > 2 ? atoi(argv[2]) : 3;

    signal(SIGINT, on_int);
    signal(SIGUSR1, on_usr1);
    if (strcmp(way, "loop") == 0)
        loop(n);
    else if (strcmp(way, "deep") == 0)
        deep(n);
    else if (strcmp(way, "threads") == 0)
        threads(n);
    else if (strcmp(way, "fork") == 0)
        forked();
    else if (strcmp(way, "contexts") == 0)
        contexts();
    else if (strcmp(way, "trap") == 0) {
        signal(SIGTRAP, on_usr1);
        trapper();
        printf("trapped %d times\n", handled / 2);
    } else if (strcmp(way, "retry") == 0)
        retry(n);
    else if (strcmp(way, "probes") == 0)
        probes(n);
    else if (strcmp(way, "raise") == 0)
        raiser();
    else if (strcmp(way, "exec") == 0) {
        loop(1);
        execl(argv[0], argv[0], "loop", "2", (char *)NULL);
    }
    printf("sum %d, interrupted %d times after %d leaves\n", sum, interrupts, at_leaf);
    return 0;
}
