/* Reads commands. ^C gives up the work at hand, and the next command is read. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void on_int(int signal)
{
    (void)signal;
    interrupted = 1;
}

/* 1 a line; 0 the end of the input; -1 interrupted. */
static int read_line(char *line, size_t room)
{
    size_t n = 0;

    while (n + 1 < room) {
        ssize_t got = read(STDIN_FILENO, line + n, 1);
        if (got < 0 && errno == EINTR)
            return -1;
        if (got <= 0)
            return 0;
        if (line[n] == '\n')
            break;
        n++;
    }
    line[n] = '\0';
    return 1;
}

static void work(void)
{
    printf("working\n");
    while (!interrupted)
        usleep(1000); /* a signal ends it early */
    printf("given up\n");
}

int main(void)
{
    struct sigaction action = {.sa_handler = on_int}; /* no SA_RESTART: read() shall come back */
    char line[200];
    int rc = 1;

    sigaction(SIGINT, &action, NULL);
    setvbuf(stdout, NULL, _IOLBF, 0);
    while (rc != 0) {
        interrupted = 0;
        printf("> ");
        fflush(stdout);
        rc = read_line(line, sizeof(line));
        if (rc < 0)
            printf("interrupted\n");
        else if (rc > 0 && strcmp(line, "work") == 0)
            work();
        else if (rc > 0)
            printf("you said %s\n", line);
    }
    return 0;
}
