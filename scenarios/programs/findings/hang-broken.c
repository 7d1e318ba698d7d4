/* hang-broken.c - the handler waits for a lock that the code it interrupted may hold. */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int counted;

static void count(void)
{
    pthread_mutex_lock(&lock);
    counted++;
    (void)!write(1, ".", 1);
    pthread_mutex_unlock(&lock);
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
