/* reports.h - what sanitizers and valgrind write, taken apart: errors and leaks, each with the
 * stack that it names. Text in, a list out; private to the judge. */
#ifndef SIGSWEEP_REPORTS_H
#define SIGSWEEP_REPORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tool_report {
    const char *tool;       /* "AddressSanitizer", "LeakSanitizer", "valgrind", ...; static */
    bool leak;              /* memory that nothing leads to any more; else an error */
    char *what;             /* of an error: "heap-use-after-free", "Invalid read of size 4" */
    char *line;             /* the line that says so */
    uint64_t bytes, blocks; /* of a leak; those that only it leads to are its bytes too */
    char **stack;           /* innermost first: "make (leak.c:8)" */
    size_t stack_n;
};

struct tool_reports {
    struct tool_report *list;
    size_t n;
    bool cannot; /* LeakSanitizer says that it could not look */
};

/* Appends what `text` tells. Of one with a fault in its middle, what can be read. */
void tool_reports_read(struct tool_reports *all, const char *text, size_t len);
void tool_reports_free(struct tool_reports *all);
/* The function of the program's own that it is about: the innermost one that is not the tool's or
 * the allocator's. "?" when there is no stack. The caller frees. */
char *tool_report_function(const struct tool_report *one);
/* "malloc < make (leak.c:8) < main (leak.c:9)", at most `most` frames; caller frees. */
char *tool_report_stack(const struct tool_report *one, size_t most);

#endif
