/* USDT probes: notes in .note.stapsdt, as <sys/sdt.h> of SystemTap writes them.
 * https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation */
#include "symbol/object.h"

#include "support/buf.h"

#include <string.h>

#define NOTE_STAPSDT 3

/* What a note begins with, as the linker left it; then provider, probe and arguments, each a
 * string. */
struct note {
    uint64_t location;
    uint64_t base; /* what .stapsdt.base was when the note was linked; prelink may move it */
    uint64_t semaphore;
};

static Elf_Scn *section_named(Elf *elf, const char *wanted, GElf_Shdr *header)
{
    Elf_Scn *section = NULL;
    size_t names;

    if (elf_getshdrstrndx(elf, &names) != 0)
        return NULL;
    while ((section = elf_nextscn(elf, section)) != NULL) {
        const char *name =
            gelf_getshdr(section, header) != NULL ? elf_strptr(elf, names, header->sh_name) : NULL;

        if (name != NULL && strcmp(name, wanted) == 0)
            return section;
    }
    return NULL;
}

/* "provider:probe" from the strings of a note; the caller frees. NULL: they do not end. */
static char *probe_name(const char *strings, size_t len)
{
    size_t provider = strnlen(strings, len), probe;

    if (provider == len)
        return NULL;
    probe = strnlen(strings + provider + 1, len - provider - 1);
    if (provider + 1 + probe == len)
        return NULL;
    return mem_printf("%s:%s", strings, strings + provider + 1);
}

static void probe_add(struct symbols *s, struct table *t, const char *desc, size_t len,
                      uint64_t base, uint64_t bias)
{
    struct note note;
    uint64_t moved;
    char *name;

    if (len < sizeof note)
        return;
    memcpy(&note, desc, sizeof note);
    name = probe_name(desc + sizeof note, len - sizeof note);
    if (name == NULL)
        return;
    moved = bias + (base != 0 ? base - note.base : 0);
    table_add(t, &(struct row){.address = note.location + moved,
                               .size = 1,
                               .semaphore = note.semaphore != 0 ? note.semaphore + moved : 0,
                               .name = text_keep(s, name),
                               .global = true});
}

static void read_notes(struct symbols *s, struct table *t, Elf_Data *data, uint64_t base,
                       uint64_t bias)
{
    size_t at = 0, next, name, desc;
    GElf_Nhdr note;

    while (at < data->d_size && (next = gelf_getnote(data, at, &note, &name, &desc)) > 0) {
        if (note.n_type == NOTE_STAPSDT && note.n_namesz == sizeof "stapsdt" &&
            memcmp((char *)data->d_buf + name, "stapsdt", sizeof "stapsdt") == 0)
            probe_add(s, t, (char *)data->d_buf + desc, note.n_descsz, base, bias);
        at = next;
    }
}

void probes_load(struct symbols *s, struct object *o)
{
    Dwarf_Addr bias;
    GElf_Shdr header;
    Elf *elf;
    Elf_Scn *section;
    Elf_Data *data;
    uint64_t base = 0;

    if (o->probes.loaded || o->module == NULL)
        return;
    o->probes.loaded = true;
    elf = dwfl_module_getelf(o->module, &bias);
    if (elf == NULL || gelf_getclass(elf) != ELFCLASS64)
        return;
    if (section_named(elf, ".stapsdt.base", &header) != NULL)
        base = header.sh_addr;
    section = section_named(elf, ".note.stapsdt", &header);
    data = section != NULL ? elf_getdata(section, NULL) : NULL;
    if (data == NULL)
        return;
    read_notes(s, &o->probes, data, base, bias);
}
