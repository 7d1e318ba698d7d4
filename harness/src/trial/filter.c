#include "trial/filter.h"

#include "support/buf.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int filter_build(int events_fd, struct sock_fprog *out, struct error *err)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
    const struct scmp_arg_cmp to_events = {
        .arg = 0, .op = SCMP_CMP_EQ, .datum_a = (scmp_datum_t)events_fd, .datum_b = 0};
    /* dup2 and dup3: a shell writes through a copy (duplicate.c). */
    static const int calls[] = {SCMP_SYS(write), SCMP_SYS(dup2), SCMP_SYS(dup3)};
    int memory = -1, rc = -ENOMEM;
    struct stat st;

    *out = (struct sock_fprog){0};
    if (ctx == NULL)
        goto out;
    /* Without this, libseccomp's default kills a program that enters as another architecture. */
    rc = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);
    for (size_t i = 0; rc == 0 && i < sizeof(calls) / sizeof(calls[0]); i++)
        rc = seccomp_rule_add_array(ctx, SCMP_ACT_TRACE(0), calls[i], 1, &to_events);
    if (rc != 0)
        goto out;
    memory = memfd_create("filter", MFD_CLOEXEC);
    if (memory < 0) {
        rc = -errno;
        goto out;
    }
    rc = seccomp_export_bpf(ctx, memory);
    if (rc != 0)
        goto out;
    if (fstat(memory, &st) != 0 || st.st_size == 0) {
        rc = -EIO;
        goto out;
    }
    out->filter = mem_alloc((size_t)st.st_size);
    out->len = (unsigned short)((size_t)st.st_size / sizeof(struct sock_filter));
    if (pread(memory, out->filter, (size_t)st.st_size, 0) != st.st_size) {
        filter_free(out);
        rc = -EIO;
    }
out:
    if (memory >= 0)
        close(memory);
    if (ctx != NULL)
        seccomp_release(ctx);
    if (rc != 0)
        error_set(err, rc, "cannot build the events filter with libseccomp (error %d)", -rc);
    return rc;
}

void filter_free(struct sock_fprog *filter)
{
    free(filter->filter);
    *filter = (struct sock_fprog){0};
}

int filter_load(const struct sock_fprog *filter)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -errno;
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, filter) != 0)
        return -errno;
    return 0;
}
