//! What several tests need.
#![cfg(test)]

pub mod dovecot;
pub mod engine;
pub mod inside;
pub mod keyring;
pub mod latency;
pub mod oracle;
pub mod postfix;
pub mod program;
pub mod provider;
pub mod proxy;
pub mod raw_client;
#[cfg(target_os = "linux")]
pub mod scram;
pub mod script;
pub mod searches;
pub mod secrets;
pub mod smtp;
#[cfg(target_os = "linux")]
pub mod tls;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A folder of the real and hostile mails that lie beside the repository, not in it (`POSTHASTE_SHARED`, else
/// `../shared`). Where it is absent the test says that it is skipped; with `POSTHASTE_REQUIRE_SHARED`, as in CI, it fails.
pub fn shared(part: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let path = std::env::var_os("POSTHASTE_SHARED").map_or_else(beside, PathBuf::from).join(part);
    if path.is_dir() {
        return Some(path);
    }
    assert!(std::env::var_os("POSTHASTE_REQUIRE_SHARED").is_none(), "there is no {}", path.display());
    println!("skipped: no {}", path.display());
    None
}

/// Says how many cases of a kind held, for the table that `tests/faults` prints. Said when all of them have: a test that
/// fails says nothing.
pub fn counted(kind: &str, cases: usize) {
    let Some(file) = std::env::var_os("POSTHASTE_COUNTS") else { return };
    // One write, so that lines of tests side by side do not mix.
    let line = format!("{kind}\t{cases}\n");
    OpenOptions::new().create(true).append(true).open(file).unwrap().write_all(line.as_bytes()).unwrap();
}
