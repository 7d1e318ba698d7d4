/* child.h - single trials in a child of the command, as in a run: so the command, when it is
 * interrupted, only has to go; the child sees its pipe close and ends the program. */
#ifndef SIGSWEEP_CHILD_H
#define SIGSWEEP_CHILD_H

#include "trial/trial.h"

/* Forks; the child opens a room and calls work, whose result is the exit status. Returns that, or
 * EXIT_MACHINE with a message on stderr. */
int child_with_room(const struct room_config *config,
                    int (*work)(void *arg, struct room *room, struct error *err), void *arg);

/* Fills in a scenario for a command as typed: name and argv; a path is taken from where you stand.
 */
void scenario_typed(struct scenario *s, char **command);

#endif
