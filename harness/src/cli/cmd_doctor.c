#include "cli/cli.h"

#include "trial/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

static const char help[] =
    "usage: sigsweep doctor\n"
    "\n"
    "Tries what the harness needs of this machine, and names the remedy where\n"
    "something is missing. Exit status 3 when something necessary is.\n";

static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};

/* One line of the result; returns 1 when a necessary thing is missing. */
static int tell(bool color, const char *name, int code, bool necessary, const char *gives,
                const char *remedy)
{
    enum tint which = code == 0 ? TINT_GOOD : necessary ? TINT_BAD : TINT_WARN;

    printf("  %s%-8s%s %-12s %s", tint(color, which),
           code == 0   ? "ok"
           : necessary ? "MISSING"
                       : "missing",
           tint(color, TINT_NONE), name, gives);
    if (code != 0)
        printf("\n           %s; remedy: %s", strerror(-code), remedy);
    putchar('\n');
    return code != 0 && necessary;
}

static int yama_scope(void)
{
    char text[8] = "";
    int fd = open("/proc/sys/kernel/yama/ptrace_scope", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

    if (fd >= 0)
        close(fd);
    return n > 0 ? atoi(text) : 0;
}

static const char *ptrace_remedy(void)
{
    if (yama_scope() >= 3)
        return "kernel.yama.ptrace_scope is 3 (no tracing until reboot); set it to 1 in "
               "/etc/sysctl.d";
    if (yama_scope() == 2)
        return "kernel.yama.ptrace_scope is 2; run as root, or sysctl kernel.yama.ptrace_scope=1";
    return "in a container: docker run --cap-add=SYS_PTRACE --security-opt seccomp=unconfined; "
           "under "
           "a debugger or strace: without it";
}

static void tell_scratch(bool color)
{
    const char *base = getenv("TMPDIR");
    struct statfs fs;
    char gives[300];
    int rc;

    base = base != NULL && base[0] != '\0' ? base : "/tmp";
    rc = access(base, W_OK | X_OK) != 0 || statfs(base, &fs) != 0 ? -errno : 0;
    snprintf(gives, sizeof(gives), "%s%s: scratch folders of trials", base,
             rc == 0 && fs.f_type == 0x01021994 ? " (tmpfs: disk delays do not show)" : "");
    (void)tell(color, "scratch", rc, false, gives, "choose a folder you may write: --scratch DIR");
}

int cmd_doctor(int argc, char **argv)
{
    bool color = color_wanted("auto", STDOUT_FILENO);
    struct capabilities c;
    struct utsname u;
    int opt, missing = 0, lsan, valgrind;
    char *gnuplot;

    while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (opt == 'h')
            fputs(help, stdout);
        else
            fputs("Try 'sigsweep doctor --help'.\n", stderr);
        return opt == 'h' ? EXIT_AS_EXPECTED : EXIT_USAGE;
    }
    if (uname(&u) == 0)
        printf("%s %s %s, %ld processors\n", u.sysname, u.release, u.machine,
               sysconf(_SC_NPROCESSORS_ONLN));
    capabilities_probe(&c);
    missing |= tell(color, "ptrace", c.ptrace, true,
                    "exact points, descriptors and threads at exit", ptrace_remedy());
    missing |=
        tell(color, "seccomp", c.seccomp, true, "event and state points",
             "a kernel with CONFIG_SECCOMP_FILTER; in a container, one that allows seccomp(2)");
    missing |= tell(color, "vm-read", c.vm_read, true, "reading events of a stopped program",
                    ptrace_remedy());
    missing |= tell(color, "pidfd", c.pidfd, true, "signals that can't hit a reused pid",
                    "Linux 5.3 or later");
    missing |= tell(color, "subreaper", c.subreaper, true, "finding daemonised descendants",
                    "Linux 3.4 or later");
    (void)tell(color, "fd-census", c.fd_census, false, "descriptors at exit",
               "mount /proc without hidepid");
    (void)tell(color, "pty", c.pty, false, "terminal scenarios", "mount devpts on /dev/pts");
    memory_tools(&lsan, &valgrind);
    (void)tell(color, "lsan", lsan, false, "memory: lsan", "apt-get install liblsan0");
    (void)tell(color, "valgrind", valgrind, false, "memory: valgrind", "apt-get install valgrind");
    tell_scratch(color);
    gnuplot = program_find("gnuplot", NULL);
    (void)tell(color, "gnuplot", gnuplot != NULL ? 0 : -ENOENT, false, "pictures in reports",
               "apt-get install gnuplot-nox");
    free(gnuplot);
    if (missing)
        puts("Something necessary is missing: timed points still work with program.trace: off.");
    return missing ? EXIT_MACHINE : EXIT_AS_EXPECTED;
}
