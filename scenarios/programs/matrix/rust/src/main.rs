// matrix-rust - as tokio's documentation has it: a JoinSet, a Semaphore, ctrl_c in select!, and Drop for what must be
// cleaned up. A task that is aborted is dropped where it waits; Drop can't await.
use std::io::Write;
use std::{env, fs, mem::ManuallyDrop, os::unix::io::FromRawFd, sync::Arc};
use tokio::sync::Semaphore;
use tokio::task::{yield_now, JoinSet};
use tokio::time::{sleep, Duration, Instant};

const SLOTS: usize = 4;
const TASKS: usize = 12;
const WORK: Duration = Duration::from_secs(1);
const GOODBYE: Duration = Duration::from_millis(20);

fn event(line: String) {
    if let Some(fd) = env::var("SIGSWEEP_EVENTS").ok().and_then(|text| text.parse().ok()) {
        let mut file = ManuallyDrop::new(unsafe { fs::File::from_raw_fd(fd) });
        let _ = file.write_all((line + "\n").as_bytes());
    }
}

struct Fini(usize);
impl Drop for Fini {
    fn drop(&mut self) {
        event(format!("task.fini id={}", self.0));
    }
}

struct Tmp(usize);
impl Tmp {
    fn new(n: usize) -> Tmp {
        fs::write(format!("{n}.tmp"), "").unwrap();
        event(format!("cleanup.arm id={n} name=tmp"));
        Tmp(n)
    }
}
impl Drop for Tmp {
    fn drop(&mut self) {
        let n = self.0;
        event(format!("cleanup.begin id={n} name=tmp"));
        std::thread::sleep(GOODBYE);
        let _ = fs::remove_file(format!("{n}.tmp"));
        event(format!("cleanup.end id={n} name=tmp rc=0"));
    }
}

async fn compute() {
    let end = Instant::now() + WORK;
    while Instant::now() < end {
        std::hint::black_box((0..100_000u64).sum::<u64>());
        yield_now().await;
    }
}

async fn job(n: usize, slots: Arc<Semaphore>) {
    let _fini = Fini(n);
    let _permit = slots.acquire().await.unwrap();
    let _tmp = Tmp::new(n);
    event(format!("task.start id={n}"));
    if n % 2 == 1 {
        compute().await;
    } else {
        sleep(WORK).await;
    }
}

#[tokio::main]
async fn main() {
    let interrupted = tokio::signal::ctrl_c();
    tokio::pin!(interrupted);
    // The handler is installed when the future is first polled.
    tokio::select! { biased; _ = &mut interrupted => return, _ = std::future::ready(()) => {} }
    event("ready".into());
    event(format!("slots n={SLOTS}"));
    for n in 1..=TASKS {
        event(format!("task.queue id={n}"));
    }
    let slots = Arc::new(Semaphore::new(SLOTS));
    let mut set = JoinSet::new();
    for n in 1..=TASKS {
        set.spawn(job(n, slots.clone()));
    }
    let all = async { while set.join_next().await.is_some() {} };
    tokio::select! {
        _ = all => return,
        _ = interrupted => event("cancel level=1".into()),
    }
    set.shutdown().await;
}
