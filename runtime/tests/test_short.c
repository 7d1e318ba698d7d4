/* test_short.c - read(2), write(2), recv(2) and send(2) move fewer bytes than they were asked to,
 * or none (EINTR, EAGAIN), as a seed says: every byte arrives, once, in order. The functions are
 * wrapped by the linker. */
#include <sys/socket.h>

#include "rig.h"

#define BYTES 20000

static int ends[2];
static unsigned long seed;
static long cut, refused; /* how often */

static unsigned chance(unsigned n)
{
    seed = seed * 6364136223846793005UL + 1442695040888963407UL;
    return (unsigned)(seed >> 33) % n;
}

/* How many bytes of the n may move now; -1: none, errno says why. */
static ssize_t allowed(int fd, size_t n)
{
    if ((fd != ends[0] && fd != ends[1]) || !seed || !n)
        return (ssize_t)n;
    switch (chance(4)) {
    case 0:
        refused++;
        errno = chance(2) ? EINTR : EAGAIN;
        return -1;
    case 1: cut += n > 1; return 1;
    case 2: cut += n > 1; return (ssize_t)(1 + chance((unsigned)n));
    default: return (ssize_t)n;
    }
}

#define SHORT(name, pass, ...)                                                                     \
    ssize_t __real_##name(__VA_ARGS__);                                                            \
    ssize_t __wrap_##name(__VA_ARGS__);                                                            \
    ssize_t __wrap_##name(__VA_ARGS__)                                                             \
    {                                                                                              \
        ssize_t may = allowed(fd, n);                                                              \
        return may < 0 ? -1 : __real_##name pass;                                                  \
    }

SHORT(read, (fd, buf, (size_t)may), int fd, void *buf, size_t n)
SHORT(write, (fd, buf, (size_t)may), int fd, const void *buf, size_t n)
SHORT(recv, (fd, buf, (size_t)may, flags), int fd, void *buf, size_t n, int flags)
SHORT(send, (fd, buf, (size_t)may, flags), int fd, const void *buf, size_t n, int flags)

static unsigned char byte_at(size_t i)
{
    return (unsigned char)(i * 7 + i / 256);
}

static int writer(void *arg)
{
    static unsigned char all[BYTES];

    (void)arg;
    for (size_t i = 0; i < BYTES; i++)
        all[i] = byte_at(i);
    for (size_t put = 0; put < BYTES;) {
        size_t n = BYTES - put < 700 ? BYTES - put : 700;
        ssize_t k = qs_write(ends[1], all + put, n, QS_FOREVER);

        if (k <= 0 || (size_t)k > n)
            return -EIO;
        put += (size_t)k;
        qs_yield();
    }
    return 0;
}

static int reader(void *arg)
{
    unsigned char buf[512];

    (void)arg;
    for (size_t got = 0; got < BYTES;) {
        size_t n = BYTES - got < sizeof(buf) ? BYTES - got : sizeof(buf);
        ssize_t k = qs_read(ends[0], buf, n, QS_FOREVER);

        if (k <= 0)
            return -EIO;
        for (ssize_t i = 0; i < k; i++)
            if (buf[i] != byte_at(got + (size_t)i))
                return -EILSEQ;
        got += (size_t)k;
    }
    return 0;
}

static int transfer(void *arg)
{
    struct qs_call calls[] = {{.fn = writer}, {.fn = reader}};

    (void)arg;
    return qs_gather(calls, 2, NULL, NULL);
}

static void every_seed(bool sockets)
{
    for (unsigned long i = 1; i <= 20; i++) {
        ck_assert_int_eq(sockets ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : pipe(ends), 0);
        seed = i;
        int rc = rig_run(transfer, NULL);
        seed = 0;
        ck_assert_msg(!rc, "seed %lu: %d", i, rc);
        close(ends[0]);
        close(ends[1]);
    }
    ck_assert_int_gt(cut, 100);
    ck_assert_int_gt(refused, 100);
}

START_TEST(every_byte_arrives_once_through_sockets_that_move_few)
{
    every_seed(true);
}
END_TEST

START_TEST(every_byte_arrives_once_through_pipes_that_move_few)
{
    every_seed(false);
}
END_TEST

RIG_TESTS("short", every_byte_arrives_once_through_sockets_that_move_few,
          every_byte_arrives_once_through_pipes_that_move_few)
