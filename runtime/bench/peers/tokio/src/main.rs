//! The work of bench_quiesce.c in tokio, on one thread like the others. Prints lines of `name value unit`.
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::Semaphore;
use tokio::task::{yield_now, JoinSet};

const QUEUED: usize = 1_000_000;
const SLEEPERS: usize = 10_000;
const CONTENDERS: usize = 100;
const CONNECTIONS: usize = 1000;
const MESSAGE: usize = 64;

static FINIS: AtomicUsize = AtomicUsize::new(0);
static BEGUN: AtomicUsize = AtomicUsize::new(0);

/// Until so many tasks have begun, and wait.
async fn until_begun(n: usize) {
    while BEGUN.load(Relaxed) < n {
        yield_now().await;
    }
    BEGUN.store(0, Relaxed);
}

/// What a cleanup is here: something that is dropped.
struct Fini;
impl Drop for Fini {
    fn drop(&mut self) {
        FINIS.fetch_add(1, Relaxed);
    }
}

fn resident_bytes() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: f64 = text.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096.0
}

/// CLOCK_MONOTONIC in ms: the clock that the process which sends the signal reads too.
fn now_ms() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

fn show(name: &str, value: f64, unit: &str) {
    println!("{name} {value:.3} {unit}");
}

fn run(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
}

async fn join_all(mut tasks: JoinSet<()>) {
    while tasks.join_next().await.is_some() {}
}

async fn switching(slots: usize, yields: usize) {
    let mut tasks = JoinSet::new();
    for _ in 0..slots {
        tasks.spawn(async move {
            for _ in 0..yields {
                yield_now().await;
            }
        });
    }
    let begin = Instant::now();
    join_all(tasks).await;
    show(&format!("switches_{slots}"), (slots * yields) as f64 / begin.elapsed().as_secs_f64() / 1e6, "M/s");
}

async fn spawning(n: usize) {
    let begin = Instant::now();
    for _ in 0..n {
        tokio::spawn(async {}).await.unwrap();
    }
    show("spawn_join", n as f64 / begin.elapsed().as_secs_f64() / 1e6, "M/s");
}

async fn handoff(each: usize) {
    let permit = Arc::new(Semaphore::new(1));
    let mut tasks = JoinSet::new();
    for _ in 0..CONTENDERS {
        let permit = permit.clone();
        tasks.spawn(async move {
            for _ in 0..each {
                let held = permit.acquire().await.unwrap();
                yield_now().await;
                drop(held);
            }
        });
    }
    let begin = Instant::now();
    join_all(tasks).await;
    show("handoff", (each * CONTENDERS) as f64 / begin.elapsed().as_secs_f64() / 1e6, "M/s");
}

async fn queueing() {
    let slots = Arc::new(Semaphore::new(1));
    let mut interrupts = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt()).unwrap();
    let mut tasks = JoinSet::new();
    let before = resident_bytes();
    let begin = Instant::now();
    FINIS.store(0, Relaxed);
    for _ in 0..QUEUED + 1 {
        let (slots, fini) = (slots.clone(), Fini);
        tasks.spawn(async move {
            let _fini = fini;
            BEGUN.fetch_add(1, Relaxed);
            let _slot = slots.acquire().await.unwrap();
            tokio::time::sleep(Duration::from_secs(3600)).await;
        });
    }
    until_begun(QUEUED + 1).await;
    show("queue_1m", begin.elapsed().as_secs_f64() * 1e3, "ms");
    show("queued_bytes", (resident_bytes() - before) / QUEUED as f64, "B");
    let (mut reader, writer) = UnixStream::pair().unwrap();
    let writer = writer.into_std().unwrap();
    let target = std::process::id() as i32;
    // A child in plain system calls, as fork(2) in a program with threads asks for; tokio's current thread has none.
    if unsafe { libc::fork() } == 0 {
        std::thread::sleep(Duration::from_millis(20));
        use std::io::Write;
        (&writer).write_all(&now_ms().to_ne_bytes()).unwrap();
        unsafe {
            libc::kill(target, libc::SIGINT);
            libc::_exit(0);
        }
    }
    interrupts.recv().await;
    tasks.shutdown().await; // aborts all, and waits for each to be dropped
    let last = now_ms();
    assert_eq!(FINIS.load(Relaxed), QUEUED + 1);
    let mut sent = [0u8; 8];
    reader.read_exact(&mut sent).await.unwrap();
    show("sigint_to_last_fini_1m", last - f64::from_ne_bytes(sent), "ms");
}

async fn cancelling() {
    let mut tasks = JoinSet::new();
    FINIS.store(0, Relaxed);
    for _ in 0..SLEEPERS {
        tasks.spawn(async {
            let _three = (Fini, Fini, Fini);
            BEGUN.fetch_add(1, Relaxed);
            tokio::time::sleep(Duration::from_secs(3600)).await;
        });
    }
    until_begun(SLEEPERS).await;
    let begin = Instant::now();
    tasks.shutdown().await;
    assert_eq!(FINIS.load(Relaxed), 3 * SLEEPERS);
    show("cancel_10k", begin.elapsed().as_secs_f64() * 1e3, "ms");
}

async fn echo(rounds: usize) {
    let mut tasks = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (mut a, mut b) = UnixStream::pair().unwrap();
        tasks.spawn(async move {
            let mut buf = [0; MESSAGE];
            loop {
                let n = a.read(&mut buf).await.unwrap();
                if n == 0 {
                    break;
                }
                a.write_all(&buf[..n]).await.unwrap();
            }
        });
        tasks.spawn(async move {
            let mut buf = [0; MESSAGE];
            for _ in 0..rounds {
                b.write_all(&buf).await.unwrap();
                b.read_exact(&mut buf).await.unwrap();
            }
        });
    }
    let begin = Instant::now();
    join_all(tasks).await;
    show("echo_1000", (rounds * CONNECTIONS) as f64 / begin.elapsed().as_secs_f64() / 1e3, "k/s");
}

fn main() {
    let mut files = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    unsafe {
        libc::getrlimit(libc::RLIMIT_NOFILE, &mut files);
        files.rlim_cur = files.rlim_max;
        libc::setrlimit(libc::RLIMIT_NOFILE, &files);
    }
    run(switching(64, 50_000));
    run(switching(1000, 5_000));
    run(spawning(500_000));
    run(handoff(10_000));
    run(cancelling());
    run(echo(200));
    run(queueing());
}
