#include "trial/breakpoint.h"

#include "support/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* ------------------------------------------------------------------------------------- memory */

int memory_read(pid_t tid, uint64_t address, void *to, size_t len)
{
    struct iovec here = {to, len}, there = {(void *)(uintptr_t)address, len};
    ssize_t n = process_vm_readv(tid, &here, 1, &there, 1, 0);

    if (n < 0)
        return -errno;
    return (size_t)n == len ? 0 : -EFAULT;
}

int memory_open(pid_t tid)
{
    char path[64];
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/mem", tid);
    fd = open(path, O_RDWR | O_CLOEXEC);
    return fd >= 0 ? fd : -errno;
}

int memory_write(int fd, uint64_t address, const void *from, size_t len)
{
    ssize_t n = pwrite(fd, from, len, (off_t)address);

    if (n < 0)
        return -errno;
    return (size_t)n == len ? 0 : -EFAULT;
}

/* ------------------------------------------------------------------------------ sorted tables */

/* The first of n elements of `size` bytes, each beginning with an address, that is not below. */
static size_t first_from(const void *list, size_t n, size_t size, uint64_t address)
{
    size_t low = 0;

    while (n > 0) {
        size_t half = n / 2;
        uint64_t at;
        memcpy(&at, (const char *)list + (low + half) * size, sizeof(at));
        if (at < address) {
            low += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return low;
}

/* Makes room for one more at index i. */
static void *make_room(void *list, size_t *n, size_t *room, size_t size, size_t i)
{
    if (*n == *room) {
        *room = 2 * *room + 16;
        list = mem_grow(list, *room, size);
    }
    memmove((char *)list + (i + 1) * size, (char *)list + i * size, (*n - i) * size);
    ++*n;
    return list;
}

static void *list_copy(const void *list, size_t n, size_t size)
{
    void *copy = mem_alloc(n * size + 1);

    if (n != 0)
        memcpy(copy, list, n * size);
    return copy;
}

/* -------------------------------------------------------------------------------------- spaces */

struct space *space_new(void)
{
    struct space *s = mem_alloc(sizeof(*s));

    s->users = 1;
    return s;
}

struct space *space_share(struct space *s)
{
    s->users++;
    return s;
}

struct space *space_copy(const struct space *from)
{
    struct space *s = mem_alloc(sizeof(*s));

    *s = *from;
    s->users = 1;
    s->symbols = NULL;
    s->semaphores = list_copy(from->semaphores, from->semaphores_n, sizeof(*s->semaphores));
    s->list = list_copy(from->list, from->n, sizeof(*s->list));
    s->marks = list_copy(from->marks, from->marks_n, sizeof(*s->marks));
    s->ranges = list_copy(from->ranges, from->ranges_n, sizeof(*s->ranges));
    s->room = s->n;
    s->marks_room = s->marks_n;
    s->ranges_room = s->ranges_n;
    for (size_t i = 0; i < s->ranges_n; i++)
        s->ranges[i].code = list_copy(s->ranges[i].code, s->ranges[i].end - s->ranges[i].start, 1);
    return s;
}

void space_drop(struct space *s)
{
    if (s == NULL || --s->users != 0)
        return;
    for (size_t i = 0; i < s->ranges_n; i++)
        free(s->ranges[i].code);
    if (s->symbols != NULL)
        symbols_close(s->symbols);
    free(s->semaphores);
    free(s->list);
    free(s->marks);
    free(s->ranges);
    free(s);
}

/* --------------------------------------------------------------------------------- breakpoints */

struct breakpoint *breakpoint_find(const struct space *s, uint64_t address)
{
    size_t i = first_from(s->list, s->n, sizeof(*s->list), address);

    return i < s->n && s->list[i].address == address ? &s->list[i] : NULL;
}

static int put_in(struct breakpoint *b, pid_t tid)
{
    int fd = memory_open(tid);
    int rc = fd < 0 ? fd : memory_write(fd, b->address, arch_break, sizeof(arch_break));

    b->in = rc == 0;
    if (fd >= 0)
        close(fd);
    return rc;
}

int breakpoint_add(struct space *s, pid_t tid, uint64_t address)
{
    unsigned char now[ARCH_BREAK_SIZE];
    struct breakpoint *b = breakpoint_find(s, address);
    int rc = memory_read(tid, address, now, sizeof(now));
    size_t i;

    if (rc != 0)
        return rc;
    if (b != NULL && b->in && memcmp(now, arch_break, sizeof(now)) == 0)
        return 0;
    if (b == NULL) {
        i = first_from(s->list, s->n, sizeof(*s->list), address);
        s->list = make_room(s->list, &s->n, &s->room, sizeof(*s->list), i);
        b = &s->list[i];
        *b = (struct breakpoint){.address = address};
    }
    memcpy(b->saved, now, sizeof(now));
    rc = put_in(b, tid);
    return rc == 0 ? 1 : rc;
}

static void take_out(const struct breakpoint *b, pid_t tid, int fd)
{
    unsigned char now[ARCH_BREAK_SIZE];

    /* Something else may be mapped there by now. */
    if (memory_read(tid, b->address, now, sizeof(now)) == 0 &&
        memcmp(now, arch_break, sizeof(now)) == 0)
        (void)memory_write(fd, b->address, b->saved, sizeof(b->saved));
}

void breakpoint_remove(struct breakpoint *b, pid_t tid)
{
    int fd = b->in ? memory_open(tid) : -1;

    if (fd < 0)
        return;
    take_out(b, tid, fd);
    b->in = false;
    close(fd);
}

void breakpoints_clear(const struct space *s, pid_t pid)
{
    int fd = memory_open(pid);

    if (fd < 0)
        return;
    for (size_t i = 0; i < s->n; i++) {
        if (s->list[i].in)
            take_out(&s->list[i], pid, fd);
    }
    close(fd);
}

/* ------------------------------------------------------------------------------ marks, ranges */

void mark_add(struct space *s, const struct mark *m)
{
    size_t i = first_from(s->marks, s->marks_n, sizeof(*s->marks), m->address);

    for (; i < s->marks_n && s->marks[i].address == m->address; i++) {
        struct mark *old = &s->marks[i];
        if (old->kind == m->kind && old->offset == m->offset && strcmp(old->name, m->name) == 0) {
            old->listed |= m->listed;
            return;
        }
    }
    s->marks = make_room(s->marks, &s->marks_n, &s->marks_room, sizeof(*s->marks), i);
    s->marks[i] = *m;
}

const struct mark *marks_at(const struct space *s, uint64_t address, size_t *n)
{
    size_t i = first_from(s->marks, s->marks_n, sizeof(*s->marks), address);

    for (*n = 0; i + *n < s->marks_n && s->marks[i + *n].address == address; ++*n)
        ;
    return s->marks + i;
}

void range_add(struct space *s, pid_t tid, uint64_t start, uint64_t end, const char *name)
{
    size_t i = first_from(s->ranges, s->ranges_n, sizeof(*s->ranges), start);
    unsigned char *code;

    if (end <= start || (i < s->ranges_n && s->ranges[i].start == start))
        return;
    code = mem_alloc(end - start);
    if (memory_read(tid, start, code, end - start) != 0) {
        free(code);
        return;
    }
    for (size_t k = first_from(s->list, s->n, sizeof(*s->list), start);
         k < s->n && s->list[k].address + ARCH_BREAK_SIZE <= end; k++) {
        if (s->list[k].in)
            memcpy(code + (s->list[k].address - start), s->list[k].saved, ARCH_BREAK_SIZE);
    }
    s->ranges = make_room(s->ranges, &s->ranges_n, &s->ranges_room, sizeof(*s->ranges), i);
    s->ranges[i] = (struct range){.start = start, .end = end, .name = name, .code = code};
}

const struct range *range_at(const struct space *s, uint64_t pc)
{
    size_t i = first_from(s->ranges, s->ranges_n, sizeof(*s->ranges), pc + 1);

    return i > 0 && pc < s->ranges[i - 1].end ? &s->ranges[i - 1] : NULL;
}
