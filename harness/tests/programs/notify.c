/* notify.c - tells its service manager that it is ready, as sd_notify(3) does, then waits.
 *
 * Usage: notify [DELAY_MS [LINE...]]      default: no delay, READY=1
 * The lines go out as one message. Then it waits for a signal, at most 10 s. Without
 * NOTIFY_SOCKET: exit code 3. An address that begins with @ is an abstract one. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int send_message(const char *path, const char *text)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ssize_t sent;

    if (fd < 0 || len >= sizeof to.sun_path)
        return -1;
    memcpy(to.sun_path, path, len);
    if (to.sun_path[0] == '@')
        to.sun_path[0] = '\0';
    sent = sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&to,
                  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
    close(fd);
    return sent < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
    const char *path = getenv("NOTIFY_SOCKET");
    char text[1024] = "READY=1\n";
    size_t used = 0;

    if (!path)
        return 3;
    if (argc > 1)
        usleep((useconds_t)strtoul(argv[1], NULL, 10) * 1000);
    for (int i = 2; i < argc && used < sizeof text; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s\n", argv[i]);
    alarm(10);
    if (send_message(path, text) < 0) {
        perror("notify");
        return 1;
    }
    pause();
    return 0;
}
