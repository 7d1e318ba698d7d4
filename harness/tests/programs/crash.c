/* crash.c - dies in each way that counts as a crash.
 *
 * Usage: crash segv | abrt | bus | ill | fpe | report
 *   report   prints what AddressSanitizer prints, and ends with exit code 1
 * Core dumps are switched off. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "segv";
    struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
    if (strcmp(how, "abrt") == 0)
        abort();
    if (strcmp(how, "bus") == 0)
        raise(SIGBUS);
    if (strcmp(how, "ill") == 0)
        raise(SIGILL);
    if (strcmp(how, "fpe") == 0)
        raise(SIGFPE);
    if (strcmp(how, "report") == 0) {
        fprintf(stderr, "==%d==ERROR: AddressSanitizer: heap-use-after-free on address 0x1\n", 1);
        return 1;
    }
    return raise(SIGSEGV);
}
