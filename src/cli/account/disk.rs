//! What lies on the disk of accounts, and what waits for their servers: read beside a running screen.

use crate::cli::Failure;
use crate::config::paths::Paths;
use crate::dir_lock::Access;
use crate::journal::Journal;
use crate::store::Cache;
use crate::store::leaving::OnDisk;

/// What there is of all accounts.
#[derive(Default)]
pub(in crate::cli) struct Disk {
    cached: Vec<OnDisk>,
    waiting: Vec<(String, u32)>,
}

impl Disk {
    /// Reads it; where there are no files, there is nothing.
    pub(in crate::cli) fn read(paths: &Paths) -> Result<Self, Failure> {
        let cached = if paths.cache.join("cache.db").exists() {
            Cache::open(&paths.cache, Access::ReadOnly)?.reader()?.on_disk()?
        } else {
            Vec::new()
        };
        let waiting = if paths.data.join("journal.db").exists() {
            Journal::open(&paths.data, Access::ReadOnly)?.waiting_by_account()?
        } else {
            Vec::new()
        };
        Ok(Self { cached, waiting })
    }

    /// Messages and bytes of an account.
    pub(in crate::cli) fn of(&self, name: &str) -> (u64, u64) {
        self.cached.iter().find(|one| one.name == name).map_or((0, 0), |one| (one.messages, one.bytes))
    }

    /// Changes of an account that wait.
    pub(in crate::cli) fn waiting(&self, name: &str) -> u32 {
        self.waiting.iter().find(|(other, _)| other == name).map_or(0, |(_, count)| *count)
    }

    /// The accounts of which there is anything.
    pub(in crate::cli) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.cached.iter().map(|one| one.name.as_str()).collect();
        names.extend(self.waiting.iter().map(|(name, _)| name.as_str()).filter(|name| self.of(name) == (0, 0)));
        names.dedup();
        names.retain(|name| self.of(name) != (0, 0) || self.waiting(name) > 0);
        names
    }
}

/// "412 MB of 10,000 messages, and 3 changes that wait".
pub(in crate::cli) fn words((messages, bytes): (u64, u64), waiting: u32) -> String {
    let mail = match (messages, bytes / 1_000_000) {
        (0, _) => "no mail".to_owned(),
        (1, megabytes) => format!("1 message ({megabytes} MB)"),
        (messages, megabytes) => format!("{messages} messages ({megabytes} MB)"),
    };
    match waiting {
        0 => mail,
        1 => format!("{mail} and 1 change that waits for the server"),
        many => format!("{mail} and {many} changes that wait for the server"),
    }
}
