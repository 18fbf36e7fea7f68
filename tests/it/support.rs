//! What several tests need.
#![cfg(test)]

pub mod dovecot;
pub mod engine;
pub mod inside;
pub mod latency;
pub mod oracle;
pub mod program;
pub mod proxy;
pub mod raw_client;
pub mod script;
#[cfg(target_os = "linux")]
pub mod tls;

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
