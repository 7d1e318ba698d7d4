/* switch.h - the part in assembly: one file per architecture, switch_*.S. */
#ifndef QS_SWITCH_H
#define QS_SWITCH_H

/* Lays out a new stack so that the first switch to it calls entry(arg). Returns its stack pointer.
 */
void *qs_arch_prepare(void *top, void (*entry)(void *), void *arg);

/* Saves what the ABI says a call preserves, stores the stack pointer in *save, and goes on where
 * load was saved. */
void qs_arch_switch(void **save, void *load);

#endif
