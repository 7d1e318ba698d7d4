/* hang-fixed.c - the signal waits while the lock is held. */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int counted;

static void count(void)
{
    sigset_t ends, before;

    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, &before);
    pthread_mutex_lock(&lock);
    counted++;
    (void)!write(1, ".", 1);
    pthread_mutex_unlock(&lock);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void on_signal(int number)
{
    count();
    signal(number, SIG_DFL);
    raise(number);
}

int main(void)
{
    signal(SIGINT, on_signal);
    count();
    return 0;
}
