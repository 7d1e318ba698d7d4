/* symbol.h - names for addresses of a stopped program, and addresses for names: libdw and libelf.
 * Knows nothing of trials. Works on processes that this process traces and that are stopped. Never
 * uses the network (debuginfod). */
#ifndef SIGSWEEP_SYMBOL_H
#define SIGSWEEP_SYMBOL_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A place in the program as a person names it. Strings are owned, and NULL when not known. */
struct site {
    char *function; /* "open_temp"; without symbols "sort+0x5a10" */
    char *object;   /* the file it is in, without folders: "sort" */
    char *file;     /* source file, absolute where the debug information says so */
    int line;       /* 0: not known */
};
void site_free(struct site *s);
bool site_same(const struct site *a, const struct site *b);
/* "open_temp (sort.c:512)", "open_temp in sort", "?"; the caller frees. */
char *site_text(const struct site *s);

/* The function tables of the object files that were asked for, by build id: programs that are
 * started again and again have the same libraries. Outlives the symbols that were opened with it.
 */
struct symbol_cache;
struct symbol_cache *symbol_cache_open(void); /* never NULL */
void symbol_cache_close(struct symbol_cache *c);

/* What is known of one address space. */
struct symbols;
/* pid is any stopped thread of it. cache: borrowed, or NULL. Never NULL. */
struct symbols *symbols_open(pid_t pid, struct symbol_cache *cache);
void symbols_close(struct symbols *s);
/* Mappings came or went (exec, dlopen): they are read again at the next question. */
void symbols_stale(struct symbols *s);

/* Names where the stopped thread stands, by unwinding its stack: the innermost frame in the
 * program's own executable that has a line of source (a static program holds its libc); without
 * one, the innermost in the executable; without one, the innermost that is neither in libc, the
 * dynamic loader nor the vdso; without that, the innermost. 0, or -errno and *out zeroed. */
int symbols_site(struct symbols *s, pid_t tid, struct site *out);
/* The thread's stack, innermost frame first, each as site_text says it; at most `most`. All threads
 * of the process must be stopped. The caller frees the list and its texts. 0 or -errno. */
int symbols_stack(struct symbols *s, pid_t tid, unsigned most, char ***list, size_t *n);
/* Names an address without unwinding. *offset: from the function's start; 0 where the function is
 * unknown and the name is "sort+0x5a10". 0 or -ENOENT. */
int symbols_name(struct symbols *s, uint64_t address, struct site *out, uint64_t *offset);

/* A function of a mapped object. */
struct function {
    uint64_t address;   /* of its first instruction, in this process */
    uint64_t size;      /* bytes; 0 when the symbol doesn't say; 1 for a probe */
    const char *name;   /* borrowed until the symbols are closed */
    const char *object; /* likewise; the file name without folders */
    uint64_t semaphore; /* USDT: address of its 16-bit counter, 0: none */
};
/* All functions of the mapped objects, one an address, sorted by address. object: only of the
 * object file of that name ("libc" is libc.so.6 too; NULL: the program's own executable, "*": all).
 * match: only names that match (NULL: all). *list: the caller frees. 0 or -errno. */
int symbols_functions(struct symbols *s, const char *object, const regex_t *match,
                      struct function **list, size_t *n);
/* The functions of exactly this name in any mapped object; `provider:probe` finds USDT probes, each
 * of its locations; "sort+0x5a10", as symbols_name says it, finds that address. As above; n = 0:
 * there is none (yet). */
int symbols_find(struct symbols *s, const char *name, struct function **list, size_t *n);

#endif
