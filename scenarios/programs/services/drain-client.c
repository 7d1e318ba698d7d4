/* drain-client N: N requests at once to the server at SIGSWEEP_PORT. Tells how many were answered,
 * refused and cut, and whether the port is closed afterwards. Exits 1 when one was cut. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUESTS 64

static int call(void)
{
    const char *port = getenv("SIGSWEEP_PORT");
    struct sockaddr_in there = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    there.sin_port = htons((uint16_t)atoi(port != NULL ? port : "0"));
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&there, sizeof(there)) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* True when the answer came to its end. */
static int hear(int fd)
{
    char text[1000];
    size_t n = 0;
    ssize_t got;

    while (n < sizeof(text) - 1 &&
           ((got = recv(fd, text + n, sizeof(text) - 1 - n, 0)) > 0 || (got < 0 && errno == EINTR)))
        n += got > 0 ? (size_t)got : 0;
    text[n] = '\0';
    close(fd);
    return strstr(text, "END\n") != NULL;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 1, fds[REQUESTS], answered = 0, refused = 0, cut = 0, last;

    n = n < REQUESTS ? n : REQUESTS;
    for (int i = 0; i < n; i++) {
        fds[i] = call();
        if (fds[i] < 0 || send(fds[i], "GET\n", 4, MSG_NOSIGNAL) != 4)
            refused++;
    }
    for (int i = 0; i < n; i++) {
        int whole = fds[i] >= 0 && hear(fds[i]);
        answered += whole;
        cut += fds[i] >= 0 && !whole;
    }
    last = call();
    printf("%d answered, %d refused, %d cut; the port is %s\n", answered, refused, cut,
           last < 0 ? "closed" : "open");
    if (last >= 0)
        close(last);
    return cut != 0;
}
