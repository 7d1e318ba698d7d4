/* race-printf-broken.c - the handler prints with stdio. Between the write that empties the buffer
 * and the note that it is empty, it finds the text there still, and writes it again. Inside malloc,
 * which the first printf calls, it finds the lock held, or the heap half made. */
#include <signal.h>
#include <stdio.h>

static void on_int(int sig)
{
    printf("interrupted\n"); /* not async-signal-safe */
    fflush(stdout);
    signal(sig, SIG_DFL);
    raise(sig);
}

int main(void)
{
    signal(SIGINT, on_int);
    for (int step = 1; step <= 3; step++) {
        printf("step %d\n", step);
        fflush(stdout);
    }
    return 0;
}
