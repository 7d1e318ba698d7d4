#include "support/exe.h"

#include "support/buf.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *exe_path(void)
{
    static char path[PATH_MAX];

    if (path[0] == '\0') {
        ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
        path[n > 0 ? n : 0] = '\0';
    }
    return path[0] != '\0' ? path : NULL;
}

char *exe_folder(unsigned up)
{
    char *folder = exe_path() != NULL ? mem_strdup(exe_path()) : NULL;

    for (unsigned i = 0; folder != NULL && i <= up; i++) {
        char *slash = strrchr(folder, '/');
        if (slash == NULL) {
            free(folder);
            return NULL;
        }
        *slash = '\0';
    }
    return folder;
}
