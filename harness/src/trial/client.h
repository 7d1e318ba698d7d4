/* client.h - a command that runs beside the program, from when that is ready: it uses what the
 * program offers while that is interrupted. Not traced, in a session of its own. */
#ifndef SIGSWEEP_CLIENT_H
#define SIGSWEEP_CLIENT_H

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>

struct live;
struct client;

/* Starts it when the program is ready and it was not started yet. Called from the loop. */
void client_go(struct live *l);
/* The two descriptors of its output, -1 where there is none. */
void client_watch(const struct live *l, struct pollfd w[2]);
void client_read(struct live *l);
/* True when the process was the client: it is noted how it ended. */
bool client_gone(struct live *l, pid_t pid, int status);
/* It is of the client's session. */
bool client_has(const struct live *l, pid_t pid, pid_t session);
bool client_runs(const struct live *l);  /* it was started, and has not ended */
void client_end(struct live *l);         /* kills it, if it still runs, and waits for that */
bool client_owing(const struct live *l); /* there is one, and it has not ended */
void client_close(struct live *l);       /* after all processes are gone */

#endif
