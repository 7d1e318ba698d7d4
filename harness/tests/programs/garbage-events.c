/* garbage-events.c - writes what is no event to the events descriptor, and some events in between.
 *
 * Usage: garbage-events [wait]     with `wait`: then waits for a signal, at most 10 s
 * Good lines: `ready`, `task.queue id=1`, `task.start id=1`, `task.end ...`, `task.fini id=1`,
 * `mark name=split` (in two writes). */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int events = -1;

static void put(const void *data, size_t len)
{
    if (write(events, data, len) < 0)
        _exit(1);
}

static void puts_to(const char *text)
{
    put(text, strlen(text));
}

int main(int argc, char **argv)
{
    const char *number = getenv("SIGSWEEP_EVENTS");
    static char wide[5000];
    uint32_t noise = 12345;

    (void)argv;
    if (!number)
        return 1;
    events = (int)strtol(number, NULL, 10);

    puts_to("ready\n");
    puts_to("\n");
    puts_to("no.such.verb id=1\n");
    puts_to("task.start\n");                               /* a value is missing */
    puts_to("task.start id=\n");                           /* an empty one */
    puts_to("task.start id=seven\n");                      /* a wrong one */
    puts_to("task.start id=99999999999999999999999999\n"); /* one out of range */
    puts_to("task.end id=1 outcome=maybe\n");
    puts_to("slots n=-4\n");
    puts_to("cancel level=\n");
    puts_to("cleanup.arm id=1\n"); /* no name */
    puts_to("  task.queue id=1\n");
    puts_to("task.queue id=1\n");
    puts_to("task.start id=1\r\n");
    puts_to("task.start id=1\n");
    put("mark name=a\0b\n", 14);
    put("\0\0\0\0\n", 5);
    memset(wide, 'w', sizeof wide); /* longer than a line may be, and than PIPE_BUF */
    memcpy(wide, "mark name=", 10);
    wide[sizeof wide - 1] = '\n';
    put(wide, sizeof wide);
    for (size_t i = 0; i < sizeof wide; i++) {
        noise = noise * 1664525u + 1013904223u;
        wide[i] = (char)(noise >> 24);
    }
    put(wide, 1000);
    puts_to("\n");
    puts_to("mark na"); /* one line in two writes */
    puts_to("me=split\n");
    puts_to("task.end id=1 outcome=done\ntask.fini id=1\n"); /* two lines in one write */
    puts_to("\xff\xfe mark name=x\n");
    if (argc > 1) {
        alarm(10);
        pause();
    }
    puts_to("mark name=unfinished"); /* the last line has no end */
    return 0;
}
