#include "trial/ipc.h"

#include "support/buf.h"
#include "support/exe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#define LISTED_MAX 200
#define SHOWN_MAX  200 /* objects of others in /dev/shm; with more it is not covered */
#define SHM        "/dev/shm"
#define MQUEUE     "/dev/mqueue"

/* ---------------------------------------------------------------------------- surroundings */

static bool is_in_shm(const char *path)
{
    char *real = path != NULL ? realpath(path, NULL) : NULL;
    bool in = real != NULL && strncmp(real, SHM, strlen(SHM)) == 0;

    free(real);
    return in;
}

/* Puts what was in a folder, which is open as `old`, to where it was, now that something else is
 * mounted over it. False: not all of it. */
static bool show_again(int old, const char *path)
{
    DIR *dir = fdopendir(old); /* owns it from here on */
    struct dirent *entry;
    bool all = dir != NULL;
    int n = 0;

    while (all && (entry = readdir(dir)) != NULL) {
        char *from = mem_printf("/proc/self/fd/%d/%s", dirfd(dir), entry->d_name);
        char *to = mem_printf("%s/%s", path, entry->d_name);
        struct stat st;
        int fd = -1;

        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            all = ++n <= SHOWN_MAX && stat(from, &st) == 0;
            if (all && S_ISDIR(st.st_mode))
                all = mkdir(to, 0700) == 0;
            else if (all && (fd = open(to, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600)) < 0)
                all = false;
            all = all && mount(from, to, NULL, MS_BIND, NULL) == 0;
        }
        if (fd >= 0)
            close(fd);
        free(from);
        free(to);
    }
    if (dir != NULL)
        closedir(dir);
    return all;
}

/* A /dev/shm of our own, in which what is there already can be seen, and shared, as before: other
 * programs may come and go meanwhile, other trials among them. */
static bool own_shm(const char *scratch)
{
    int old;

    if (is_in_shm(scratch) || is_in_shm("."))
        return false;
    old = open(SHM, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (old < 0)
        return false;
    if (mount("tmpfs", SHM, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=1777") != 0) {
        close(old);
        return false;
    }
    if (show_again(old, SHM))
        return true;
    (void)umount2(SHM, MNT_DETACH);
    return false;
}

void ipc_open(struct ipc *ipc, const char *scratch)
{
    char *mine = mem_printf("%s/mqueue", scratch);
    struct stat st;

    *ipc = (struct ipc){0};
    (void)exe_path(); /* before the kernel tells another */
    if (unshare(CLONE_NEWIPC | CLONE_NEWNS) == 0 &&
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0) {
        ipc->alone = true;
        ipc->shm_alone = own_shm(scratch);
        if (stat(MQUEUE, &st) == 0 && mount("mqueue", MQUEUE, "mqueue", 0, NULL) == 0)
            ipc->queues = mem_strdup(MQUEUE);
        else if (mkdir(mine, 0700) == 0 && mount("mqueue", mine, "mqueue", 0, NULL) == 0)
            ipc->queues = mem_strdup(mine);
        ipc->own_queues = ipc->queues != NULL;
    } else if (access(MQUEUE, R_OK) == 0) {
        ipc->queues = mem_strdup(MQUEUE);
    }
    free(mine);
}

static void list_free(struct left_ipc *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(list[i].name);
    free(list);
}

void ipc_close(struct ipc *ipc)
{
    if (ipc->own_queues && strcmp(ipc->queues, MQUEUE) != 0)
        (void)umount2(ipc->queues, MNT_DETACH);
    free(ipc->queues);
    list_free(ipc->start, ipc->start_n);
    *ipc = (struct ipc){0};
}

/* -------------------------------------------------------------------------------- listing */

struct list {
    struct left_ipc *at;
    size_t n;
};

static void list_add(struct list *l, struct left_ipc one)
{
    if (l->n >= LISTED_MAX) {
        free(one.name);
        return;
    }
    l->at = mem_grow(l->at, l->n + 1, sizeof(*l->at));
    l->at[l->n++] = one;
}

static char *key_name(key_t key)
{
    return key == IPC_PRIVATE ? mem_strdup("private") : mem_printf("key 0x%x", (unsigned)key);
}

static void list_system_v(struct list *l)
{
    struct shm_info memory;
    struct seminfo semaphores;
    struct msginfo queues;
    int last;

    last = shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&memory);
    for (int i = 0; last >= 0 && memory.used_ids > 0 && i <= last; i++) {
        struct shmid_ds ds;
        int id = shmctl(i, SHM_STAT, &ds);
        if (id >= 0 && ds.shm_perm.uid == geteuid() && !(ds.shm_perm.mode & SHM_DEST))
            list_add(l, (struct left_ipc){IPC_SYSV_SHM, key_name(ds.shm_perm.__key), id});
    }
    last = semctl(0, 0, SEM_INFO, &semaphores);
    for (int i = 0; last >= 0 && semaphores.semusz > 0 && i <= last; i++) {
        struct semid_ds ds;
        int id = semctl(i, 0, SEM_STAT, &ds);
        if (id >= 0 && ds.sem_perm.uid == geteuid())
            list_add(l, (struct left_ipc){IPC_SYSV_SEM, key_name(ds.sem_perm.__key), id});
    }
    last = msgctl(0, MSG_INFO, (struct msqid_ds *)(void *)&queues);
    for (int i = 0; last >= 0 && queues.msgpool > 0 && i <= last; i++) {
        struct msqid_ds ds;
        int id = msgctl(i, MSG_STAT, &ds);
        if (id >= 0 && ds.msg_perm.uid == geteuid())
            list_add(l, (struct left_ipc){IPC_SYSV_MSG, key_name(ds.msg_perm.__key), id});
    }
}

static void list_folder(struct list *l, const char *path, bool shm)
{
    DIR *dir = path != NULL ? opendir(path) : NULL;
    struct dirent *entry;
    struct stat st;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        enum ipc_kind kind = IPC_POSIX_MQ;
        const char *name = entry->d_name;

        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
            fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) != 0 || st.st_uid != geteuid())
            continue;
        if (shm && strncmp(name, "sem.", 4) == 0) {
            kind = IPC_POSIX_SEM;
            name += 4;
        } else if (shm) {
            kind = IPC_POSIX_SHM;
        }
        list_add(l, (struct left_ipc){kind, mem_printf("/%s", name), 0});
    }
    if (dir != NULL)
        closedir(dir);
}

static struct list list_all(const struct ipc *ipc)
{
    struct list l = {0};

    list_system_v(&l);
    list_folder(&l, SHM, true);
    list_folder(&l, ipc->queues, false);
    return l;
}

void ipc_mark(struct ipc *ipc, bool changed)
{
    struct list l;

    if (!ipc->as_marked || changed) {
        l = list_all(ipc);
        list_free(ipc->start, ipc->start_n);
        ipc->start = l.at;
        ipc->start_n = l.n;
    }
    ipc->as_marked = false;
}

/* ----------------------------------------------------------------------------- afterwards */

static bool was_there(const struct ipc *ipc, const struct left_ipc *one)
{
    for (size_t i = 0; i < ipc->start_n; i++) {
        const struct left_ipc *was = &ipc->start[i];
        if (was->kind == one->kind && was->id == one->id && strcmp(was->name, one->name) == 0)
            return true;
    }
    return false;
}

static void take_away(const struct ipc *ipc, const struct left_ipc *one)
{
    char *path = NULL;

    switch (one->kind) {
    case IPC_SYSV_SHM: (void)shmctl(one->id, IPC_RMID, NULL); break;
    case IPC_SYSV_SEM: (void)semctl(one->id, 0, IPC_RMID); break;
    case IPC_SYSV_MSG: (void)msgctl(one->id, IPC_RMID, NULL); break;
    case IPC_POSIX_SHM: path = mem_printf(SHM "%s", one->name); break;
    case IPC_POSIX_SEM: path = mem_printf(SHM "/sem.%s", one->name + 1); break;
    case IPC_POSIX_MQ: path = mem_printf("%s%s", ipc->queues, one->name); break;
    }
    if (path != NULL && unlink(path) != 0 && (errno == EISDIR || errno == EPERM))
        (void)rmdir(path);
    free(path);
}

void ipc_scan(const struct ipc *ipc, struct record *r)
{
    struct list l = list_all(ipc);

    r->ipc_alone = ipc->alone && ipc->shm_alone;
    for (size_t i = 0; i < l.n; i++) {
        if (was_there(ipc, &l.at[i])) {
            free(l.at[i].name);
            continue;
        }
        r->ipc = mem_grow(r->ipc, r->ipc_n + 1, sizeof(*r->ipc));
        r->ipc[r->ipc_n++] = l.at[i];
    }
    free(l.at);
}

void ipc_clear(struct ipc *ipc, const struct record *seen)
{
    bool alone = ipc->alone && ipc->shm_alone;
    struct list l = {0};

    if (!alone || seen == NULL || seen->ipc_n != 0)
        l = list_all(ipc);
    for (size_t i = 0; i < l.n; i++) {
        bool in_shm = l.at[i].kind == IPC_POSIX_SHM || l.at[i].kind == IPC_POSIX_SEM;
        if (!was_there(ipc, &l.at[i]) && (in_shm ? ipc->shm_alone : ipc->alone))
            take_away(ipc, &l.at[i]);
    }
    ipc->as_marked = alone && l.n < LISTED_MAX;
    list_free(l.at, l.n);
}
