/* forked.h - in a child made by fork(2) during a run, the run is over. */
#ifndef QS_FORKED_H
#define QS_FORKED_H

/* Sees to that, once for the process. 0, or -ENOMEM. */
int forked_watch(void);

#endif
