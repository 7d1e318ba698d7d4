/* A server on the loopback that ends on SIGTERM: it takes no more requests, answers those that it
 * has, and exits. Each request is a thread; an answer has two parts, with some work in between. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUESTS 64

static volatile sig_atomic_t ending;

static void on_term(int signal)
{
    (void)signal;
    ending = 1;
}

static void put(int fd, const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        ssize_t n = send(fd, text, left, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR)
            return;
        if (n > 0) {
            text += n;
            left -= (size_t)n;
        }
    }
}

static void *answer(void *arg)
{
    int fd = (int)(long)arg;
    char request[200];

    if (recv(fd, request, sizeof(request), 0) > 0) {
        put(fd, "the first half\n");
        printf("begun\n");
        usleep(50000); /* the work */
        put(fd, "END\n");
    }
    close(fd);
    return NULL;
}

static int listen_there(void)
{
    const char *port = getenv("SIGSWEEP_PORT");
    struct sockaddr_in here = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    here.sin_port = htons((uint16_t)atoi(port != NULL ? port : "0"));
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof(here)) != 0 ||
        listen(fd, REQUESTS) != 0) {
        perror("cannot listen");
        exit(2);
    }
    return fd;
}

int main(void)
{
    struct sigaction action = {.sa_handler = on_term};
    struct pollfd request = {.events = POLLIN};
    pthread_t threads[REQUESTS];
    sigset_t term, none;
    int n = 0, fd;

    /* Let in while it waits for a request only: between a look at `ending` and the wait none is
     * lost, and no thread that answers gets it. */
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, &none);
    sigaction(SIGTERM, &action, NULL);
    setvbuf(stdout, NULL, _IOLBF, 0);
    request.fd = fd = listen_there();
    printf("ready\n");
    while (!ending && n < REQUESTS) {
        if (ppoll(&request, 1, NULL, &none) == 1 && (request.revents & POLLIN) != 0)
            pthread_create(&threads[n++], NULL, answer, (void *)(long)accept(fd, NULL, NULL));
    }
    close(fd);
    while (n > 0)
        pthread_join(threads[--n], NULL);
    printf("drained\n");
    return 0;
}
