/* ipc-left-broken.c - shared memory, a semaphore and System V memory, removed at the normal end
 * only. */
#include <fcntl.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

int main(void)
{
    int fd = shm_open("/findings-memory", O_RDWR | O_CREAT | O_EXCL, 0600);
    sem_t *ready = sem_open("/findings-ready", O_CREAT | O_EXCL, 0600, 0);
    int id = shmget(0x51695, 4096, IPC_CREAT | IPC_EXCL | 0600);

    if (fd < 0 || ready == SEM_FAILED || id < 0)
        return 1;
    usleep(1000); /* the work */
    sem_close(ready);
    shmctl(id, IPC_RMID, NULL);
    sem_unlink("/findings-ready");
    return shm_unlink("/findings-memory") != 0;
}
