/* ipc-left-fixed.c - the same objects without names: nothing can be left. */
#include <semaphore.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void)
{
    int fd = memfd_create("memory", MFD_CLOEXEC);
    sem_t *ready =
        mmap(NULL, sizeof(*ready), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (fd < 0 || ready == MAP_FAILED || sem_init(ready, 1, 0) != 0)
        return 1;
    usleep(1000); /* the work */
    return close(fd) != 0;
}
