/* signals.h - signal names without the SIG prefix, as scenarios and reports spell them. */
#ifndef SIGSWEEP_SIGNALS_H
#define SIGSWEEP_SIGNALS_H

/* "INT" -> SIGINT; "SIGINT" and "RTMIN+3" are understood too. 0: no such signal. */
int signal_number(const char *name);
/* SIGINT -> "INT"; a static string, "?" when there is none. Not async-signal-safe. */
const char *signal_label(int number);

#endif
