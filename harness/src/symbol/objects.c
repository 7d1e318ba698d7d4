/* The mapped objects of a process: read from /proc/PID/maps by libdwfl, kept until they are stale.
 */
#include "symbol/object.h"

#include "support/buf.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Debug information in a file of its own is not looked for: that may ask the network. */
static int find_no_debuginfo(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base,
                             const char *file, const char *link, GElf_Word crc, char **found)
{
    (void)module, (void)user, (void)name, (void)base, (void)file, (void)link, (void)crc;
    *found = NULL;
    return -1;
}

static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_linux_proc_find_elf,
    .find_debuginfo = find_no_debuginfo,
};

static char *program_path(pid_t thread)
{
    char link[64], path[PATH_MAX];
    ssize_t len;

    snprintf(link, sizeof link, "/proc/%d/exe", (int)thread);
    len = readlink(link, path, sizeof path);
    return len < 0 ? NULL : mem_strndup(path, (size_t)len);
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool is_system(const char *name)
{
    static const char *const beginnings[] = {"[vdso", "libc.so", "libc-2.", "libc.musl",
                                             "ld-",   "ld.so",   "ld64.so", "libpthread"};

    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
        if (begins(name, beginnings[i]))
            return true;
    return false;
}

static char *object_name(const char *path)
{
    static const char deleted[] = " (deleted)";
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    size_t len = strlen(name), suffix = strlen(deleted);

    if (begins(path, "[vdso")) /* libdwfl puts the process's number in */
        return mem_strdup("[vdso]");
    if (len > suffix && strcmp(name + len - suffix, deleted) == 0)
        len -= suffix;
    return mem_strndup(name, len);
}

static int adopt(Dwfl_Module *module, void **user, const char *path, Dwarf_Addr low, void *arg)
{
    struct symbols *s = arg;
    struct object *o;

    if (*user != NULL)
        return DWARF_CB_OK;
    o = mem_alloc(sizeof *o);
    o->module = module;
    o->name = object_name(path);
    o->low = low;
    if (s->program != NULL && strcmp(path, s->program) == 0)
        o->rank = RANK_PROGRAM;
    else
        o->rank = is_system(o->name) ? RANK_SYSTEM : RANK_LIBRARY;
    s->objects = mem_grow(s->objects, s->objects_n + 1, sizeof(struct object *));
    s->objects[s->objects_n++] = o;
    *user = o;
    return DWARF_CB_OK;
}

static int dismiss(Dwfl_Module *module, void *user, const char *path, Dwarf_Addr low, void *arg)
{
    struct object *o = user;

    (void)module, (void)path, (void)low, (void)arg;
    if (o != NULL)
        o->module = NULL;
    return DWARF_CB_OK;
}

static void end_session(struct symbols *s)
{
    for (size_t i = 0; i < s->objects_n; i++)
        s->objects[i]->module = NULL;
    dwfl_end(s->dwfl);
    s->dwfl = NULL;
    free(s->program);
    s->program = NULL;
}

static int begin_session(struct symbols *s, char *program)
{
    s->dwfl = dwfl_begin(&callbacks);
    s->program = program;
    return s->dwfl != NULL ? 0 : -ENOMEM;
}

static int report(struct symbols *s)
{
    int rc;

    dwfl_report_begin(s->dwfl);
    rc = dwfl_linux_proc_report(s->dwfl, s->thread);
    if (dwfl_report_end(s->dwfl, dismiss, NULL) != 0 || rc != 0)
        return rc > 0 ? -rc : -EIO;
    dwfl_getmodules(s->dwfl, adopt, s, 0);
    return 0;
}

/* Another program (exec) gets a session of its own: the old one unwinds by the old executable. */
static int follow_exec(struct symbols *s)
{
    char *program = program_path(s->thread);

    if (s->dwfl != NULL && program != NULL && s->program != NULL &&
        strcmp(program, s->program) == 0) {
        free(program);
        return 0;
    }
    end_session(s);
    return begin_session(s, program);
}

int objects_refresh(struct symbols *s)
{
    int rc;

    if (!s->stale)
        return 0;
    places_forget(s);
    rc = follow_exec(s);
    if (rc == 0)
        rc = report(s);
    s->stale = rc != 0;
    return rc;
}

struct object *object_at(struct symbols *s, uint64_t address)
{
    Dwfl_Module *module = dwfl_addrmodule(s->dwfl, address);
    Dwarf_Addr end;
    void **user;

    if (module == NULL)
        return NULL;
    dwfl_module_info(module, &user, NULL, &end, NULL, NULL, NULL, NULL);
    return address < end ? *user : NULL; /* past the last one, libdwfl gives that */
}

bool object_has_source(const struct object *o)
{
    Dwarf_Addr bias;

    return dwfl_module_getdwarf(o->module, &bias) != NULL;
}

bool object_is_stub(const struct object *o, uint64_t address)
{
    Dwarf_Addr bias;
    GElf_Shdr header;
    size_t names;
    Elf *elf = dwfl_module_getelf(o->module, &bias);
    Elf_Scn *section = elf != NULL ? dwfl_module_address_section(o->module, &address, &bias) : NULL;
    const char *name;

    if (section == NULL || gelf_getshdr(section, &header) == NULL ||
        elf_getshdrstrndx(elf, &names) != 0)
        return false;
    name = elf_strptr(elf, names, header.sh_name);
    return name != NULL && begins(name, ".plt");
}

const char *text_keep(struct symbols *s, char *text)
{
    for (size_t i = 0; i < s->texts_n; i++)
        if (strcmp(s->texts[i], text) == 0) {
            free(text);
            return s->texts[i];
        }
    s->texts = mem_grow(s->texts, s->texts_n + 1, sizeof(char *));
    return s->texts[s->texts_n++] = text;
}

struct symbols *symbols_open(pid_t pid, struct symbol_cache *cache)
{
    struct symbols *s = mem_alloc(sizeof *s);

    s->cache = cache;
    s->thread = pid;
    s->stale = true;
    return s;
}

void symbols_close(struct symbols *s)
{
    if (s == NULL)
        return;
    places_forget(s);
    end_session(s);
    for (size_t i = 0; i < s->objects_n; i++) {
        functions_drop(s->objects[i]);
        table_free(&s->objects[i]->probes);
        free(s->objects[i]->name);
        free(s->objects[i]);
    }
    for (size_t i = 0; i < s->texts_n; i++)
        free(s->texts[i]);
    free(s->texts);
    free(s->objects);
    free(s);
}

void symbols_stale(struct symbols *s)
{
    s->stale = true;
}
