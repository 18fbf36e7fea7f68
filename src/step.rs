//! The steps at which a test kills the program or lets a write fail. Leaf: whoever writes or sends counts here.
//!
//! Nothing of it is in a release build. In a debug build the environment says what happens, so that a test can do it to the
//! real program: `POSTHASTE_KILL_AT=17` ends the process at its 17th step as kill -9 does; `POSTHASTE_FAIL_WRITES=5..8`
//! lets the 5th to the 7th transaction fail with a full disk, or with another error of the disk where
//! `POSTHASTE_FAIL_AS=io` says so.

/// SQLite's number for a full disk.
pub const FULL: i32 = 13;
/// SQLite's number for a disk that cannot be written (`SQLITE_IOERR_WRITE`).
pub const IO: i32 = 778;

/// A step was reached; `what` and `of` name it in the last words of a process that ends here.
pub fn step(what: &str, of: &str) {
    if cfg!(debug_assertions) {
        rehearsal::step(what, of);
    }
}

/// SQLite's number of the error with which this transaction is to fail, if it is to.
pub fn failure() -> Option<i32> {
    if cfg!(debug_assertions) { rehearsal::failure() } else { None }
}

mod rehearsal {
    use std::io::Write as _;
    use std::ops::Range;
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    use rustix::process::{Signal, getpid, kill_process};

    use super::{FULL, IO};

    struct Plan {
        kill_at: Option<u64>,
        fail: Range<u64>,
        error: i32,
    }

    static PLAN: LazyLock<Plan> = LazyLock::new(|| {
        let word = |name: &str| std::env::var(name).ok();
        let range = word("POSTHASTE_FAIL_WRITES").and_then(|words| {
            let (from, to) = words.split_once("..")?;
            Some(from.parse().ok()?..to.parse().unwrap_or(u64::MAX))
        });
        Plan {
            kill_at: word("POSTHASTE_KILL_AT").and_then(|words| words.parse().ok()),
            fail: range.unwrap_or(0..0),
            error: if word("POSTHASTE_FAIL_AS").as_deref() == Some("io") { IO } else { FULL },
        }
    });
    static STEPS: AtomicU64 = AtomicU64::new(1);
    static WRITES: AtomicU64 = AtomicU64::new(1);

    /// Counts a step, and ends the process at the one that was named.
    pub fn step(what: &str, of: &str) {
        let Some(kill_at) = PLAN.kill_at else { return };
        let number = STEPS.fetch_add(1, Ordering::SeqCst);
        if number == kill_at {
            // For the test's failure message; if nobody reads it, it ends all the same.
            drop(writeln!(std::io::stderr(), "killed at step {number}: {what} {of}"));
            kill_process(getpid(), Signal::KILL).ok();
        }
    }

    /// Counts a transaction; the error for one that was named.
    pub fn failure() -> Option<i32> {
        if PLAN.fail.is_empty() {
            return None;
        }
        let number = WRITES.fetch_add(1, Ordering::SeqCst);
        PLAN.fail.contains(&number).then_some(PLAN.error)
    }
}
