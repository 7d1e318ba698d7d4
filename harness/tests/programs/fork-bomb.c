/* fork-bomb.c - forks without end, each child in a process group of its own.
 *
 * Usage: fork-bomb [MOST]
 * Safe when the harness fails: a counter in shared memory stops it after MOST (default 3000)
 * processes, every process ends after 10 s, and one whose parent is gone stops forking. */
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    long most = argc > 1 ? strtol(argv[1], NULL, 10) : 3000;
    atomic_long *count =
        mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (count == MAP_FAILED)
        return 1;
    signal(SIGCHLD, SIG_IGN); /* no zombies */
    alarm(10);
    while (atomic_fetch_add(count, 1) < most) {
        pid_t parent = getpid();
        pid_t pid = fork();

        if (pid < 0)
            usleep(1000);
        if (pid == 0) {
            alarm(10); /* not inherited by fork */
            setpgid(0, 0);
            if (getppid() != parent)
                _exit(0);
        }
    }
    for (;;)
        pause(); /* until the alarm, or the harness */
}
