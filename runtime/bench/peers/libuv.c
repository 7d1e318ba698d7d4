/* libuv.c - the echo of bench_quiesce.c in libuv: callbacks, no tasks, so this row only. Prints a
 * line of `name value unit`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <uv.h>

#define CONNECTIONS 1000
#define MESSAGE     64
#define ROUNDS      200

struct end {
    uv_pipe_t pipe;
    char buf[MESSAGE]; /* what has come */
    int rounds;        /* of the client: still to send; the server has -1 */
    int got;           /* of the client: bytes of this echo */
};

static struct end ends[CONNECTIONS][2];

static void room(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
    struct end *end = handle->data;

    (void)size;
    *buf = uv_buf_init(end->buf, MESSAGE);
}

static void put(struct end *end, size_t n)
{
    uv_buf_t buf = uv_buf_init(end->buf, (unsigned)n);

    if (uv_try_write((uv_stream_t *)&end->pipe, &buf, 1) != (int)n)
        exit(1);
}

static void came(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct end *end = stream->data;

    (void)buf;
    if (n < 0) {
        uv_close((uv_handle_t *)stream, NULL);
    } else if (end->rounds < 0) {
        put(end, (size_t)n);
    } else if ((end->got += (int)n) == MESSAGE) {
        end->got = 0;
        if (--end->rounds)
            put(end, MESSAGE);
        else
            uv_close((uv_handle_t *)stream, NULL);
    }
}

int main(void)
{
    struct rlimit files;
    uint64_t begin;

    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    for (int i = 0; i < CONNECTIONS; i++) {
        int pair[2];

        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
            return 1;
        for (int j = 0; j < 2; j++) {
            struct end *end = &ends[i][j];

            end->pipe.data = end;
            end->rounds = j ? ROUNDS : -1;
            if (uv_pipe_init(uv_default_loop(), &end->pipe, 0) ||
                uv_pipe_open(&end->pipe, pair[j]) ||
                uv_read_start((uv_stream_t *)&end->pipe, room, came))
                return 1;
        }
    }
    begin = uv_hrtime();
    for (int i = 0; i < CONNECTIONS; i++)
        put(&ends[i][1], MESSAGE);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    printf("echo_1000 %.3f k/s\n",
           (double)ROUNDS * CONNECTIONS / ((double)(uv_hrtime() - begin) / 1e9) / 1e3);
    return 0;
}
