/* served.c - runs a command beside a small web server of its own: in its arguments {url} becomes
 * the address of 200 KB that come slowly. The command takes this process over, so that what is
 * interrupted is the command itself; the server goes when it does. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PIECES     50
#define PIECE_SIZE 4000

static bool send_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

static void answer(int fd)
{
    static char request[4096], piece[PIECE_SIZE], head[128];
    const struct timespec pause = {.tv_nsec = 300000};
    int len = snprintf(head, sizeof(head), "HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n",
                       PIECES * PIECE_SIZE);

    memset(piece, 'x', sizeof(piece));
    if (recv(fd, request, sizeof(request), 0) > 0 && send_all(fd, head, (size_t)len)) {
        for (int i = 0; i < PIECES && send_all(fd, piece, sizeof(piece)); i++)
            nanosleep(&pause, NULL);
    }
    close(fd);
}

static void serve(int listener, pid_t command)
{
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (getppid() == command) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            break;
        answer(fd);
    }
    _exit(0);
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pid_t self = getpid(), child;
    char url[64];

    if (argc < 2 || listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof(at)) != 0 ||
        listen(listener, 8) != 0 || getsockname(listener, (struct sockaddr *)&at, &len) != 0)
        return 1;
    child = fork();
    if (child == 0)
        serve(listener, self);
    if (child < 0)
        return 1;
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/big", ntohs(at.sin_port));
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "{url}") == 0)
            argv[i] = url;
    }
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    return 127;
}
