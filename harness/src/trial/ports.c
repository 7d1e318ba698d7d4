#include "trial/ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Below the range that the kernel hands out by itself (ip_local_port_range from 32768). */
#define LOWEST  20000
#define HIGHEST 31999

static int reserve(unsigned port)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int len =
        snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "sigsweep-port-%u", port);

    if (fd >= 0 &&
        bind(fd, (struct sockaddr *)&address,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len)) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static bool binds(int family, int type, unsigned port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    int fd = socket(family, type | SOCK_CLOEXEC, 0);
    bool free_now;

    if (fd < 0)
        return errno == EAFNOSUPPORT; /* nobody else has it either */
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    v6.sin6_addr = in6addr_loopback;
    free_now = (family == AF_INET ? bind(fd, (struct sockaddr *)&v4, sizeof(v4))
                                  : bind(fd, (struct sockaddr *)&v6, sizeof(v6))) == 0 ||
               errno == EADDRNOTAVAIL;
    close(fd);
    return free_now;
}

int ports_take(struct ports *p, unsigned n, struct error *err)
{
    unsigned range = HIGHEST - LOWEST + 1;

    if (p->next == 0)
        p->next = (unsigned)getpid() * 61;
    for (unsigned tries = 0; p->n < n && tries < range; tries++) {
        unsigned port = LOWEST + p->next++ % range;
        int fd = reserve(port);

        if (fd < 0)
            continue;
        if (!binds(AF_INET, SOCK_STREAM, port) || !binds(AF_INET, SOCK_DGRAM, port) ||
            !binds(AF_INET6, SOCK_STREAM, port)) {
            close(fd);
            continue;
        }
        p->fd[p->n] = fd;
        p->number[p->n++] = port;
    }
    if (p->n == n)
        return 0;
    ports_release(p);
    return error_set(err, -EADDRINUSE, "no free port on the loopback from %d to %d", LOWEST,
                     HIGHEST);
}

void ports_release(struct ports *p)
{
    while (p->n > 0)
        close(p->fd[--p->n]);
}
