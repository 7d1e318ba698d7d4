/* Lines of source, from the debug information (DWARF) in the object's own file. */
#include "symbol/object.h"

#include "support/buf.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>

/* A unit that .debug_aranges does not list; clang and rustc write no such section. */
static Dwarf_Die *unlisted_unit(Dwfl_Module *module, Dwarf_Addr address, Dwarf_Addr *bias)
{
    Dwarf_Die *unit = NULL;

    while ((unit = dwfl_module_nextcu(module, unit, bias)) != NULL)
        if (dwarf_haspc(unit, address - *bias) == 1)
            return unit;
    return NULL;
}

static char *absolute(Dwarf_Die *unit, const char *file)
{
    Dwarf_Attribute attribute;
    const char *folder = dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));

    if (file[0] == '/' || folder == NULL)
        return mem_strdup(file);
    return mem_printf("%s/%s", folder, file);
}

static bool is_system_header(const char *file)
{
    return strncmp(file, "/usr/include/", 13) == 0 || strncmp(file, "/usr/lib/", 9) == 0;
}

/* Where an inlined function was called from. */
static const char *call_site(Dwarf_Die *unit, Dwarf_Die *inlined, int *line)
{
    Dwarf_Attribute attribute;
    Dwarf_Word file_index, number;
    Dwarf_Files *files;
    size_t n;

    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &file_index) != 0 ||
        dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &number) != 0 ||
        dwarf_getsrcfiles(unit, &files, &n) != 0 || file_index >= n)
        return NULL;
    *line = (int)number;
    return dwarf_filesrc(files, file_index, NULL, NULL);
}

/* A checked printf() is inlined from a header of libc: the line wanted is the caller's. */
static const char *out_of_headers(Dwarf_Die *unit, Dwarf_Addr address, const char *file, int *line)
{
    Dwarf_Die *scopes = NULL;
    int n = is_system_header(file) ? dwarf_getscopes(unit, address, &scopes) : 0;

    for (int i = 0; i < n && is_system_header(file); i++) {
        int number;
        const char *caller = dwarf_tag(&scopes[i]) == DW_TAG_inlined_subroutine
                                 ? call_site(unit, &scopes[i], &number)
                                 : NULL;

        if (caller != NULL) {
            file = caller;
            *line = number;
        }
    }
    free(scopes);
    return file;
}

void object_source_line(Dwfl_Module *module, uint64_t address, struct site *site)
{
    Dwarf_Addr bias;
    Dwarf_Die *unit = dwfl_module_addrdie(module, address, &bias);
    Dwarf_Line *line;
    const char *file;
    int number;

    if (unit == NULL)
        unit = unlisted_unit(module, address, &bias);
    line = unit != NULL ? dwarf_getsrc_die(unit, address - bias) : NULL;
    file = line != NULL ? dwarf_linesrc(line, NULL, NULL) : NULL;
    if (file == NULL || dwarf_lineno(line, &number) != 0 || number == 0)
        return;
    file = out_of_headers(unit, address - bias, file, &number);
    site->file = absolute(unit, file);
    site->line = number;
}
