/* collect.c - from paths on the command line to loaded scenarios. */
#include "cli/cli.h"

#include "scenario/load.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct paths {
    char **list;
    size_t n;
};

static void add(struct paths *p, char *path)
{
    p->list = mem_grow(p->list, p->n + 1, sizeof(*p->list));
    p->list[p->n++] = path;
}

static bool is_yaml(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot != NULL && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

static int walk(const char *path, struct paths *found, struct buf *messages)
{
    struct dirent **names;
    int n = scandir(path, &names, NULL, alphasort), rc = 0;

    if (n < 0) {
        rc = -errno;
        buf_addf(messages, "%s: error: %s\n", path, strerror(errno));
        return rc;
    }
    for (int i = 0; i < n; i++) {
        char *inner = mem_printf("%s/%s", path, names[i]->d_name);
        struct stat st;
        if (names[i]->d_name[0] != '.' && stat(inner, &st) == 0) {
            if (S_ISDIR(st.st_mode))
                rc = walk(inner, found, messages) != 0 ? -EIO : rc;
            else if (S_ISREG(st.st_mode) && is_yaml(inner))
                add(found, mem_strdup(inner));
        }
        free(inner);
        free(names[i]);
    }
    free(names);
    return rc;
}

static int gather(char *const *paths, struct paths *found, struct buf *messages)
{
    int rc = 0;

    for (; *paths != NULL; paths++) {
        struct stat st;
        size_t len = strlen(*paths);
        char *path = mem_strdup(*paths);
        while (len > 1 && path[len - 1] == '/')
            path[--len] = '\0';
        if (stat(path, &st) != 0) {
            rc = -errno;
            buf_addf(messages, "%s: error: %s\n", path, strerror(errno));
            free(path);
        } else if (S_ISDIR(st.st_mode)) {
            rc = walk(path, found, messages) != 0 ? -EIO : rc;
            free(path);
        } else {
            add(found, path);
        }
    }
    return rc;
}

static void check_unique(struct collection *c, struct buf *messages)
{
    for (size_t i = 0; i < c->n; i++) {
        for (size_t k = 0; k < i; k++) {
            if (strcmp(c->list[i]->name, c->list[k]->name) != 0)
                continue;
            buf_addf(messages, "%s:1:1: error: the name '%s' is taken by %s\n", c->list[i]->file,
                     c->list[i]->name, c->list[k]->file);
            c->mistakes++;
            break;
        }
    }
}

static void load_file(const char *path, struct collection *c, struct buf *messages)
{
    unsigned ways = 1;

    c->files++;
    for (unsigned way = 0; way < ways; way++) {
        struct scenario *s = mem_alloc(sizeof(*s));
        int mistakes = scenario_load_way(path, way, s, messages);

        if (mistakes != 0) {
            c->mistakes += mistakes > 0 ? (size_t)mistakes : 1;
            free(s);
            return; /* every way would tell them again */
        }
        if (s->ways > ways)
            ways = s->ways;
        c->list = mem_grow(c->list, c->n + 1, sizeof(*c->list));
        c->list[c->n++] = s;
    }
}

int collect(char *const *paths, struct collection *c, struct buf *messages)
{
    struct paths found = {0};
    int rc = gather(paths, &found, messages);

    *c = (struct collection){0};
    for (size_t i = 0; i < found.n; i++) {
        load_file(found.list[i], c, messages);
        free(found.list[i]);
    }
    free(found.list);
    check_unique(c, messages);
    return rc;
}

static bool chosen(const struct scenario *s, const struct options *o)
{
    bool any = o->tags == NULL;

    for (char **tag = o->tags; tag != NULL && *tag != NULL; tag++)
        any |= scenario_has_tag(s, *tag);
    if (!any)
        return false;
    if (o->filter == NULL)
        return true;
    if (strpbrk(o->filter, "*?[") != NULL)
        return fnmatch(o->filter, s->name, 0) == 0;
    return strstr(s->name, o->filter) != NULL;
}

void collection_select(struct collection *c, const struct options *o)
{
    size_t kept = 0;

    for (size_t i = 0; i < c->n; i++) {
        if (chosen(c->list[i], o)) {
            c->list[kept++] = c->list[i];
        } else {
            scenario_free(c->list[i]);
            free(c->list[i]);
        }
    }
    c->n = kept;
}

void collection_free(struct collection *c)
{
    for (size_t i = 0; i < c->n; i++) {
        scenario_free(c->list[i]);
        free(c->list[i]);
    }
    free(c->list);
    *c = (struct collection){0};
}
