/* act.c - does what its arguments say, one after another: the tests' programs in one line each.
 *
 * Usage: act STEP...       a STEP is WORD or WORD:ARG
 *   event:LINE     reports LINE, then counts one more event as returned
 *   raw:TEXT       writes TEXT to the events descriptor as it is
 *   say:TEXT       TEXT and a newline to stdout;  err:TEXT  to stderr;  part:TEXT  no newline
 *   notify:LINE    an sd_notify message
 *   handle:SIG     a handler that says "SIG after EVENTS in main|thread|child|child-thread"
 *   default:SIG  ignore:SIG  block:SIG  unblock:SIG
 *   await:N        until handlers ran N times in this process
 *   sigwait:SIG  signalfd:SIG     take a blocked signal, and say "took SIG"
 *   pending:SIG    until a blocked signal has come
 *   raise:SIG      to itself;  parent:SIG  to its parent
 *   child ... end  a child does the steps in between;  vchild: by vfork, and execs to do so
 *   daemon ... end the same after a double fork, in its own session, without stdio
 *   thread ... end, detached ... end     a thread does them
 *   exec           executes itself to do the rest;  thread-exec: a second thread does so
 *   reap  join  orphaned     waits for all children, all threads, its parent's end;
 *   alone          until the main thread is gone;  thread-exit:
 * leaves with pthread_exit touch:FILE  open:FILE  over:FILE     the last puts it in place of the
 * events descriptor close-events  filter  facts  forever  exit:N  crash  tag:ANYTHING Every process
 * ends after 120 s at the latest. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_S 120
#define THREADS 64

/* A program that is traced can't look for its leaks. Found by name in a sanitized build. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

static char *self;
static pid_t root, parent;
static int events_fd = -1;
static volatile int returned; /* events whose write has returned */
static volatile sig_atomic_t handled;
static pthread_t threads[THREADS];
static int threads_n;

static void run(char **step);

static void put(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) < 0 && errno != EBADF)
        _exit(90);
}

static void put_line(int fd, const char *text)
{
    char line[8192];

    if (snprintf(line, sizeof(line), "%s\n", text) > 0)
        put(fd, line);
}

/* The count goes up in the very next instruction after the write. */
static void report(const char *text, size_t len)
{
#ifdef __x86_64__
    long rc = SYS_write;

    __asm__ volatile("syscall\n\tlock incl %1"
                     : "+a"(rc), "+m"(returned)
                     : "D"(events_fd), "S"(text), "d"(len)
                     : "rcx", "r11", "memory", "cc");
#else
    (void)!write(events_fd, text, len);
    __atomic_fetch_add(&returned, 1, __ATOMIC_SEQ_CST);
#endif
}

static int signal_of(const char *name)
{
    for (int i = 1; i < NSIG; i++) {
        const char *known = sigabbrev_np(i);
        if (known != NULL && strcmp(known, name) == 0)
            return i;
    }
    _exit(91);
}

static void on_signal(int signal) /* calls write, getpid, gettid, snprintf of numbers only */
{
    char line[100];
    int kept = errno, child = getpid() != root, thread = gettid() != getpid();

    snprintf(line, sizeof(line), "%s after %d in %s%s%s\n", sigabbrev_np(signal), returned,
             child ? "child" : "", child && thread ? "-" : "",
             thread  ? "thread"
             : child ? ""
                     : "main");
    put(1, line);
    handled++;
    errno = kept;
}

static void handle(const char *name)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

    sigaction(signal_of(name), &action, NULL);
}

static void mask(int how, const char *name)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, signal_of(name));
    pthread_sigmask(how, &set, NULL);
}

static void take(const char *name, int by_descriptor)
{
    sigset_t set;
    int got = 0;

    sigemptyset(&set);
    sigaddset(&set, signal_of(name));
    if (by_descriptor) {
        struct signalfd_siginfo info;
        int fd = signalfd(-1, &set, 0);
        if (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
            got = (int)info.ssi_signo;
        close(fd);
    } else {
        sigwait(&set, &got);
    }
    put(1, "took ");
    put_line(1, got != 0 ? sigabbrev_np(got) : "nothing");
}

static void await_pending(const char *name)
{
    sigset_t set;

    do
        sigpending(&set);
    while (sigismember(&set, signal_of(name)) == 0);
}

static void notify(const char *text)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    size_t len = path != NULL ? strlen(path) : 0;

    if (path == NULL || len >= sizeof(to.sun_path))
        _exit(92);
    memcpy(to.sun_path, path, len);
    if (path[0] == '@')
        to.sun_path[0] = '\0';
    if (sendto(fd, text, strlen(text), 0, (struct sockaddr *)&to,
               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
        _exit(93);
    close(fd);
}

static void filter_own(void)
{
    struct sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog program = {.len = 1, .filter = code};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
        _exit(94);
}

static void put_over(const char *path, int target)
{
    int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);

    if (fd < 0 || (target >= 0 && dup2(fd, target) != target))
        _exit(95);
    if (target >= 0)
        close(fd);
}

/* The step after the matching `end`. */
static char **after_block(char **step)
{
    int depth = 1;

    for (; *step != NULL && depth > 0; step++) {
        const char *s = *step;
        depth += strcmp(s, "child") == 0 || strcmp(s, "vchild") == 0 || strcmp(s, "daemon") == 0 ||
                 strcmp(s, "thread") == 0 || strcmp(s, "detached") == 0;
        depth -= strcmp(s, "end") == 0;
    }
    return step;
}

static void exec_steps(char **step)
{
    char *argv[256] = {self};
    int n = 1;

    for (; *step != NULL && n < 255; step++)
        argv[n++] = *step;
    execv("/proc/self/exe", argv);
    _exit(96);
}

static void *thread_main(void *arg)
{
    run(arg);
    return NULL;
}

static void *thread_execs(void *arg)
{
    exec_steps(arg);
    return NULL;
}

static void start_thread(char **step, int detached)
{
    pthread_t one;

    if (pthread_create(&one, NULL, thread_main, step) != 0)
        _exit(97);
    if (detached)
        pthread_detach(one);
    else if (threads_n < THREADS)
        threads[threads_n++] = one;
}

static void start_child(char **step)
{
    parent = getpid();
    if (fork() != 0)
        return;
    alarm(LIMIT_S);
    threads_n = 0;
    handled = 0;
    run(step);
    _exit(0);
}

static void start_daemon(char **step)
{
    int stands[2];
    char nothing;
    pid_t middle;

    if (pipe(stands) != 0)
        _exit(98);
    middle = fork();
    if (middle == 0) {
        int null = open("/dev/null", O_RDWR);
        setsid();
        if (fork() != 0)
            _exit(0);
        alarm(LIMIT_S);
        for (int fd = 0; fd < 3; fd++)
            dup2(null, fd);
        close(stands[0]);
        close(stands[1]);
        run(step);
        _exit(0);
    }
    close(stands[1]);
    (void)!read(stands[0], &nothing, 1);
    close(stands[0]);
    waitpid(middle, NULL, 0);
}

static void forever(void)
{
    for (;;)
        pause();
}

static void facts(void)
{
    char line[64];

    snprintf(line, sizeof(line), "no-new-privs %d", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    put_line(1, line);
}

/* Steps with an argument. */
static void act(const char *word, const char *arg)
{
    char line[8192];

    if (strcmp(word, "event") == 0) {
        int n = snprintf(line, sizeof(line), "%s\n", arg);
        report(line, (size_t)n);
    } else if (strcmp(word, "raw") == 0) {
        report(arg, strlen(arg));
    } else if (strcmp(word, "say") == 0) {
        put_line(1, arg);
    } else if (strcmp(word, "part") == 0) {
        put(1, arg);
    } else if (strcmp(word, "err") == 0) {
        put_line(2, arg);
    } else if (strcmp(word, "notify") == 0) {
        notify(arg);
    } else if (strcmp(word, "handle") == 0) {
        handle(arg);
    } else if (strcmp(word, "default") == 0) {
        signal(signal_of(arg), SIG_DFL);
    } else if (strcmp(word, "ignore") == 0) {
        signal(signal_of(arg), SIG_IGN);
    } else if (strcmp(word, "block") == 0) {
        mask(SIG_BLOCK, arg);
    } else if (strcmp(word, "unblock") == 0) {
        mask(SIG_UNBLOCK, arg);
    } else if (strcmp(word, "await") == 0) {
        while (handled < atoi(arg))
            usleep(500);
    } else if (strcmp(word, "sigwait") == 0) {
        take(arg, 0);
    } else if (strcmp(word, "signalfd") == 0) {
        take(arg, 1);
    } else if (strcmp(word, "pending") == 0) {
        await_pending(arg);
    } else if (strcmp(word, "raise") == 0) {
        raise(signal_of(arg));
    } else if (strcmp(word, "parent") == 0) {
        kill(getppid(), signal_of(arg));
    } else if (strcmp(word, "touch") == 0 || strcmp(word, "open") == 0) {
        put_over(arg, -1);
    } else if (strcmp(word, "over") == 0) {
        put_over(arg, events_fd);
    } else if (strcmp(word, "exit") == 0) {
        exit(atoi(arg));
    } else if (strcmp(word, "tag") != 0) {
        put_line(2, word);
        _exit(99);
    }
}

/* Steps without one. */
static void do_word(const char *word)
{
    if (strcmp(word, "close-events") == 0) {
        close(events_fd);
    } else if (strcmp(word, "filter") == 0) {
        filter_own();
    } else if (strcmp(word, "facts") == 0) {
        facts();
    } else if (strcmp(word, "forever") == 0) {
        forever();
    } else if (strcmp(word, "crash") == 0) {
        raise(SIGSEGV);
    } else if (strcmp(word, "reap") == 0) {
        while (wait(NULL) > 0 || errno == EINTR)
            ;
    } else if (strcmp(word, "orphaned") == 0) {
        while (getppid() == parent)
            usleep(500);
    } else if (strcmp(word, "alone") == 0) {
        char stat[512] = "";
        while (strstr(stat, ") Z") == NULL) {
            int fd = open("/proc/self/stat", O_RDONLY);
            (void)!read(fd, stat, sizeof(stat) - 1);
            close(fd);
        }
    } else if (strcmp(word, "join") == 0) {
        while (threads_n > 0)
            pthread_join(threads[--threads_n], NULL);
    } else if (strcmp(word, "thread-exit") == 0) {
        pthread_exit(NULL);
    } else {
        act(word, "");
    }
}

static void start_by_vfork(char **step)
{
    if (vfork() == 0)
        exec_steps(step);
}

static void run(char **step)
{
    while (*step != NULL && strcmp(*step, "end") != 0) {
        char *colon = strchr(*step, ':'), word[32];
        char **next = step + 1;

        if (colon != NULL) {
            snprintf(word, sizeof(word), "%.*s", (int)(colon - *step), *step);
            act(word, colon + 1);
        } else if (strcmp(*step, "exec") == 0) {
            exec_steps(next);
        } else if (strcmp(*step, "thread-exec") == 0) {
            pthread_t one;
            if (pthread_create(&one, NULL, thread_execs, next) == 0)
                pthread_join(one, NULL);
        } else if (strcmp(*step, "child") == 0) {
            start_child(next);
            next = after_block(next);
        } else if (strcmp(*step, "vchild") == 0) {
            start_by_vfork(next);
            next = after_block(next);
        } else if (strcmp(*step, "daemon") == 0) {
            start_daemon(next);
            next = after_block(next);
        } else if (strcmp(*step, "thread") == 0 || strcmp(*step, "detached") == 0) {
            start_thread(next, (*step)[0] == 'd');
            next = after_block(next);
        } else {
            do_word(*step);
        }
        step = next;
    }
}

int main(int argc, char **argv)
{
    const char *number = getenv("SIGSWEEP_EVENTS");

    (void)argc;
    self = argv[0];
    root = getpid();
    if (number != NULL)
        events_fd = atoi(number);
    alarm(LIMIT_S);
    run(argv + 1);
    return 0;
}
