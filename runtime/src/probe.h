/* probe.h - USDT probes at the changes of state, for sigsweep, bpftrace, perf and gdb: each is a
 * no-op of one byte. Without <sys/sdt.h> (Debian: systemtap-sdt-dev) there are none.
 *
 *   task_queue(id, name)         task_start(id, name)     task_end(id, outcome)     task_fini(id,
 * rc) wait(id, kind)               wake(id, result)         cancel(level) cleanup_begin(id, name)
 * cleanup_end(id, name, rc) */
#ifndef QS_PROBE_H
#define QS_PROBE_H

#include <stdint.h>

#if defined(__has_include)
#if __has_include(<sys/sdt.h>)
#include <sys/sdt.h>
#define QS_PROBE1(name, a)       DTRACE_PROBE1(quiesce, name, (uint64_t)(a))
#define QS_PROBE2(name, a, b)    DTRACE_PROBE2(quiesce, name, (uint64_t)(a), b)
#define QS_PROBE3(name, a, b, c) DTRACE_PROBE3(quiesce, name, (uint64_t)(a), b, c)
#endif
#endif

#ifndef QS_PROBE1
#define QS_PROBE1(name, a)
#define QS_PROBE2(name, a, b)
#define QS_PROBE3(name, a, b, c)
#endif

#endif
