/* peak.c - runs a command and prints the largest resident set of any of its processes:
 *     peak COMMAND [ARG]... */
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

int main(int argc, char **argv)
{
    struct rusage usage;
    int status = 1;
    pid_t pid;

    if (argc < 2 || posix_spawnp(&pid, argv[1], NULL, NULL, argv + 1, environ) != 0)
        return 2;
    waitpid(pid, &status, 0);
    getrusage(RUSAGE_CHILDREN, &usage);
    printf("largest process %ld kB\n", usage.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
