/* escape.h - text from programs, made safe for each kind of report. Input may be any bytes; output
 * is always UTF-8: a byte that is not becomes U+FFFD. Each function appends to *out. */
#ifndef SIGSWEEP_ESCAPE_H
#define SIGSWEEP_ESCAPE_H

#include "support/buf.h"

#include <stddef.h>

/* The bytes as UTF-8, nothing else changed. */
void escape_utf8(struct buf *out, const char *data, size_t len);
/* For XML 1.0 text: control characters that XML forbids become U+FFFD. */
void escape_xml_text(struct buf *out, const char *text);
/* For an XML attribute in double quotes; line breaks and tabs survive as references. */
void escape_xml_attr(struct buf *out, const char *text);
/* For running Markdown text and table cells: one line, nothing in it is markup. */
void escape_markdown(struct buf *out, const char *text);
/* A fenced code block; its fence is longer than any run of backquotes in the text. */
void escape_fenced(struct buf *out, const char *text);
/* One field of a tab-separated gnuplot data file; at most max characters, the middle left out. */
void escape_field(struct buf *out, const char *text, size_t max);
/* How many characters (not bytes) the UTF-8 text has. */
size_t escape_width(const char *text);

#endif
