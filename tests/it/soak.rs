//! RL60: hours of simulated time with random troubles of the model's kinds and clocks that jump: O1 and O2 again and again,
//! and nothing that grows: files that are open, memory, the log.
//!
//! `POSTHASTE_SOAK=72` makes it 72 hours; `POSTHASTE_SEED=n` begins with another seed.
#![cfg(test)]

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

use crate::model::sim::Sim;
use crate::model::steps::{Step, plan};
use crate::support::proxy::random;

/// So many hours CI takes.
const HOURS: u64 = 12;
/// What the test itself keeps, and what the system's memory takes before it is used again.
const LEEWAY: u64 = 8 << 20;
/// So much may be written to the log in a day.
const LOG: u64 = 10 << 20;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Counts what is logged.
#[derive(Clone, Default)]
struct Counted(Arc<AtomicU64>);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Counted {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Bytes of memory that this process has.
fn memory() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() << 10
}

/// Files that this process has open, without those of threads that are ending: a watcher's ends after whoever dropped it.
fn files() -> usize {
    let count = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let looks = (0..60).map(|_| {
        std::thread::park_timeout(Duration::from_millis(5));
        count()
    });
    looks.min().unwrap()
}

/// RL12, RL60, P1, P2: one program, one mailbox, round after round of what the model does.
#[cfg(target_os = "linux")]
#[test]
fn nothing_grows_in_hours() {
    let hours = number("POSTHASTE_SOAK", HOURS);
    let seed = number("POSTHASTE_SEED", 900_000);
    let logged = Counted::default();
    let log = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::INFO)
        .with_ansi(false)
        .with_writer(logged.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(log);
    let mut sim = Sim::new(&plan(seed));
    let mut dice = seed;
    let mut samples = Vec::new();
    let mut round = seed;
    while sim.lasted() < Duration::from_hours(hours) {
        for (_, step) in &plan(round).steps {
            sim.step(step);
            sim.step(&Step::Wait(Duration::from_millis(random(&mut dice) % 600_000)));
            if random(&mut dice).is_multiple_of(10) {
                let jump = [3_600, -3_600, 315_360_000, -315_360_000];
                sim.set_clock(jump[usize::try_from(random(&mut dice) % 4).unwrap()]);
            }
        }
        sim.finish().and_then(|()| sim.judge()).and_then(|()| sim.once_more()).unwrap_or_else(|complaint| {
            panic!("round {round} of the soak that began with {seed}, after {:?}: {complaint}", sim.lasted())
        });
        samples.push((sim.lasted(), memory(), files()));
        round += 1;
    }
    println!("{samples:#?}\nlogged: {} bytes in {:?}", logged.0.load(Ordering::Relaxed), sim.lasted());
    let (first, last) = (samples.first().unwrap(), samples.last().unwrap());
    assert!(samples.iter().all(|sample| sample.2 == first.2), "open files: {samples:?}");
    let lasted = last.0.saturating_sub(first.0).as_secs() / 3_600;
    assert!(last.1.saturating_sub(first.1) < LEEWAY + (lasted << 20), "memory: {samples:?}");
    let a_day = logged.0.load(Ordering::Relaxed) * 86_400 / sim.lasted().as_secs();
    assert!(a_day < LOG, "{a_day} bytes a day");
}
