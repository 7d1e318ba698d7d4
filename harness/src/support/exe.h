/* exe.h - where this program lies. */
#ifndef SIGSWEEP_SUPPORT_EXE_H
#define SIGSWEEP_SUPPORT_EXE_H

/* The running program's file, as /proc/self/exe had it when the process, or the one it was forked
 * from, asked first; NULL. Within a chroot the kernel tells another path once the process has a
 * mount namespace of its own: ask before. */
const char *exe_path(void);
/* The folder `up` levels above that file's; owned by the caller. NULL. */
char *exe_folder(unsigned up);

#endif
