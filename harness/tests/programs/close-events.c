/* close-events.c - closes the events descriptor and goes on; its number then means something else.
 *
 * Usage: close-events [reuse]      with `reuse`: a file takes the number, and is written to
 * What it writes to that file looks like events, and is none. Then waits for a signal, at most 10
 * s. */
#include <sigsweep/probe.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    const char *number = getenv("SIGSWEEP_EVENTS");
    const char *line = "mark name=not-an-event\n";
    int events;

    (void)argv;
    if (!number)
        return 1;
    events = (int)strtol(number, NULL, 10);
    sigsweep_probe_init();
    sigsweep_ready();
    close(events);
    if (argc > 1) {
        int fd = open("log.txt", O_CREAT | O_WRONLY | O_TRUNC, 0600);

        if (fd < 0 || (fd != events && dup2(fd, events) < 0))
            return 1;
        if (write(events, line, strlen(line)) < 0)
            return 1;
        unlink("log.txt");
    }
    if (write(1, "closed\n", 7) < 0)
        return 1;
    alarm(10);
    pause();
    return 0;
}
