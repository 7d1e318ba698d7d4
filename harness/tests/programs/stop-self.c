/* stop-self.c - stops itself, as for job control, and goes on when it is continued.
 *
 * Usage: stop-self [SIGNAL]     STOP (default), TSTP, TTIN or TTOU
 * Nobody continues it but the harness. Prints "continued"; ends with 0. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int number;
    } signals[] = {{"STOP", SIGSTOP}, {"TSTP", SIGTSTP}, {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU}};
    int number = SIGSTOP;

    for (size_t i = 0; argc > 1 && i < sizeof signals / sizeof *signals; i++) {
        if (strcmp(argv[1], signals[i].name) == 0)
            number = signals[i].number;
    }
    alarm(60); /* takes effect once continued */
    puts("stopping");
    fflush(stdout);
    raise(number);
    puts("continued");
    return 0;
}
