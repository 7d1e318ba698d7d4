/* file-torn-broken.c - rewrites its settings in place: a signal between the truncation and the last
 * write leaves neither the old ones nor the new ones. */
#include <fcntl.h>
#include <unistd.h>

int main(void)
{
    int fd = open("settings", O_WRONLY | O_CREAT | O_TRUNC, 0644);

    if (fd < 0)
        return 1;
    for (int i = 0; i < 4; i++) {
        if (write(fd, "setting = new\n", 14) != 14)
            return 1;
    }
    return close(fd) != 0;
}
