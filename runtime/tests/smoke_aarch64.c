/* smoke_aarch64.c - switches, floating point, cancellation and a real signal, without libcheck, for
 * a machine that only an emulator stands for. Run by ci/check-aarch64; prints what fails, and "ok"
 * if nothing does. */
#include <errno.h>
#include <fenv.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "every_wait.h"
#include "quiesce.h"

static int failures, finis, cleaned;
static struct qs_cleanup nodes[100];

static void expect(bool good, const char *what)
{
    if (good)
        return;
    printf("failed: %s\n", what);
    failures++;
}

/* Values that live across switches, in registers that a call preserves. */
static int computing(void *arg)
{
    double a = (double)(intptr_t)arg, b = a + 0.5, c = a * 3;
    long x = (long)(intptr_t)arg, y = x * 7, z = x ^ 5;
    int mode = (intptr_t)arg % 2 ? FE_UPWARD : FE_DOWNWARD;

    fesetround(mode);
    for (int i = 0; i < 50; i++) {
        qs_yield();
        if (fegetround() != mode)
            return -EIO;
        a += 1, b += 1, c += 1, x++, y++, z++;
    }
    intptr_t n = (intptr_t)arg;
    return a == n + 50 && b == n + 50.5 && c == n * 3 + 50 && x == n + 50 && y == n * 7 + 50 &&
                   z == (n ^ 5) + 50
               ? 0
               : -EIO;
}

static int clean(void *arg)
{
    (void)arg;
    cleaned++;
    return 0;
}

static void fini(void *arg, int rc)
{
    (void)arg;
    (void)rc;
    finis++;
}

static int sleeping(void *arg)
{
    qs_defer(arg, "clean", clean, NULL);
    return qs_sleep(QS_FOREVER);
}

static int main_task(void *arg)
{
    struct qs_group_options options = {.slots = 10};
    struct qs_group *group;

    (void)arg;
    qs_group_open(&group, NULL);
    for (intptr_t i = 0; i < 100; i++)
        qs_spawn(group, NULL, computing, (void *)i, NULL);
    expect(qs_group_close(group, NULL) == 0, "registers and rounding modes survive switches");

    qs_group_open(&group, &options);
    for (int i = 0; i < 100; i++)
        qs_spawn(group, NULL, sleeping, &nodes[i], fini);
    qs_yield();
    kill(getpid(), SIGINT);
    expect(qs_sleep(QS_FOREVER) == -ECANCELED, "the signal ends the wait");
    expect(qs_group_close(group, NULL) == -ECANCELED, "the signal cancels the group");
    return 0;
}

static void spin(void)
{
    for (volatile bool for_ever = true; for_ever;)
        raise(SIGTERM);
}

static int spinning(void *arg)
{
    (void)arg;
    spin();
    return 0;
}

int main(void)
{
    /* It may run under nohup or in the background, with some of these ignored. */
    for (int i = 1; i < 32; i++)
        signal(i, SIG_DFL);
    struct qs_result result = {0};
    int status = 0;
    pid_t pid;

    expect(qs_run(NULL, main_task, NULL, &result) == 0, "the run works");
    expect(result.signal == SIGINT && result.level == 1, "the result names the signal");
    expect(finis == 100, "each task has its fini");
    expect(cleaned == 10, "each cleanup ran");
    expect(qs_run(NULL, every_wait, NULL, &result) == 0 && result.value == 0,
           "each wait does what it says");
    pid = fork();
    if (!pid) {
        qs_run(NULL, spinning, NULL, &result);
        _exit(1);
    }
    expect(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM,
           "the third signal ends a task that spins");
    if (!failures)
        puts("ok");
    return failures != 0;
}
