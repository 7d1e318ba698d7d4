/* sockets.c - what a socket of a process is: its family, where it is bound, who is at the other
 * end. From /proc/PID/net; see proc(5). */
#include "trial/live.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* States of include/net/tcp_states.h. */
#define ESTABLISHED 0x01
#define CLOSED      0x07 /* of UDP: bound, and open to all */
#define LISTENING   0x0a

#define UNIX_LISTENS 0x10000 /* __SO_ACCEPTCON */

/* "0100007F:1F90" of /proc/net/tcp as 127.0.0.1:8080. */
static void address_text(const char *hex, char *out, size_t room)
{
    struct in6_addr six;
    struct in_addr four;
    char text[INET6_ADDRSTRLEN] = "?";
    size_t digits = strcspn(hex, ":");
    unsigned port = (unsigned)strtoul(hex[digits] == ':' ? hex + digits + 1 : "0", NULL, 16);

    if (digits == 8 && sscanf(hex, "%8" SCNx32, &four.s_addr) == 1) {
        inet_ntop(AF_INET, &four, text, sizeof(text));
        snprintf(out, room, "%s:%u", text, port);
        return;
    }
    for (size_t i = 0; digits == 32 && i < 4; i++) {
        uint32_t word = 0;
        (void)sscanf(hex + 8 * i, "%8" SCNx32, &word);
        memcpy(&six.s6_addr[4 * i], &word, 4);
    }
    if (digits == 32)
        inet_ntop(AF_INET6, &six, text, sizeof(text));
    snprintf(out, room, "[%s]:%u", text, port);
}

static void internet_text(const char *family, const char *local, const char *remote, unsigned state,
                          struct socket_seen *out)
{
    char here[80], there[80];
    bool datagrams = strncmp(family, "udp", 3) == 0;

    address_text(local, here, sizeof(here));
    address_text(remote, there, sizeof(there));
    out->reachable = state == (datagrams ? CLOSED : LISTENING);
    if (out->reachable)
        snprintf(out->text, sizeof(out->text), "%.3s %s", family, here);
    else
        snprintf(out->text, sizeof(out->text), "%.3s %s to %s%s", family, here, there,
                 state == ESTABLISHED ? "" : ", closing");
}

static bool in_internet(pid_t pid, const char *family, uint64_t inode, struct socket_seen *out)
{
    char path[64], line[512];
    bool found = false;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/net/%s", pid, family);
    f = fopen(path, "re");
    while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL) {
        char local[80], remote[80];
        unsigned state;
        uint64_t node;
        if (sscanf(line, " %*[^:]: %79s %79s %x %*s %*s %*s %*s %*s %" SCNu64, local, remote,
                   &state, &node) != 4 ||
            node != inode)
            continue;
        internet_text(family, local, remote, state, out);
        found = true;
    }
    if (f != NULL)
        fclose(f);
    return found;
}

/* A name that begins with @ is abstract: it goes with its last descriptor. */
static bool in_unix(pid_t pid, uint64_t inode, struct socket_seen *out)
{
    char path[64], line[512];
    bool found = false;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/net/unix", pid);
    f = fopen(path, "re");
    while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL) {
        unsigned long flags;
        unsigned type, state;
        char name[200] = "";
        uint64_t node;
        int fields = sscanf(line, "%*[^:]: %*s %*s %lx %x %x %" SCNu64 " %199[^\n]", &flags, &type,
                            &state, &node, name);
        if (fields < 4 || node != inode)
            continue;
        out->reachable =
            name[0] != '\0' && ((flags & UNIX_LISTENS) != 0 || type == 2 /* SOCK_DGRAM */);
        snprintf(out->text, sizeof(out->text), "unix %s%.180s",
                 name[0] != '\0' ? name : "socket without a name",
                 !out->reachable && state == 3 ? ", connected" : "");
        found = true;
    }
    if (f != NULL)
        fclose(f);
    return found;
}

bool socket_look(pid_t pid, uint64_t inode, struct socket_seen *out)
{
    static const char *const families[] = {"tcp", "tcp6", "udp", "udp6"};

    if (in_unix(pid, inode, out))
        return true;
    for (size_t i = 0; i < 4; i++) {
        if (in_internet(pid, families[i], inode, out))
            return true;
    }
    return false;
}
