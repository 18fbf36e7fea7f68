//! The files of the mail as the screen gets them: its own, or, where another instance or the disk stands in the way, to be
//! looked at.

use std::io::{BufRead, IsTerminal, Write};
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::mpsc::UnboundedSender;

use super::launch::{Launch, Opened};
use crate::app::msg::Msg;
use crate::app::rights::ReadOnly;
use crate::config::paths::Paths;
use crate::dir_lock::{self, Still};
use crate::journal::{self, Journal};
use crate::mail::UnixTime;
use crate::protocol::OpId;
use crate::store::{self, Access, Cache};
use crate::sync::account::now;

/// How long a finished operation stays in the journal.
const KEEP_DONE: i64 = 30 * 86_400;

/// How often it is looked whether the program that has the files changed something, or has ended.
const LOOK: Duration = Duration::from_secs(2);

/// Why the files cannot be the screen's own.
enum Hurdle {
    /// Another process has them.
    Taken(Option<u32>),
    /// The disk takes nothing; and the error that told it.
    Disk(ReadOnly, anyhow::Error),
    /// They cannot be opened.
    Failed(anyhow::Error),
}

/// Opens the files. `None`: another instance holds them and the user does not want to look only.
///
/// # Errors
/// When a directory cannot be made or a file cannot be opened, not even to be read.
pub(super) fn open(launch: &Launch) -> anyhow::Result<Option<Opened>> {
    launch.paths.create()?;
    match own(launch) {
        Ok(opened) => Ok(Some(opened)),
        Err(Hurdle::Taken(pid)) if !look_only(pid)? => Ok(None),
        Err(Hurdle::Taken(_)) => look(launch, ReadOnly::Another).map(Some),
        // What was wrong first is what has to be put right.
        Err(Hurdle::Disk(why, error)) => look(launch, why).map_err(|_| error).map(Some),
        Err(Hurdle::Failed(error)) => Err(error),
    }
}

fn own(launch: &Launch) -> Result<Opened, Hurdle> {
    let paths = &launch.paths;
    let of_queue = |error| of_journal(paths, &error);
    let of_mail = |error| of_cache(paths, &error);
    // The queue first: where a newer program wrote it, nothing may be touched, the cache neither (RL59).
    let mut journal = Journal::open(&paths.data, Access::Owner).map_err(of_queue)?;
    let cache = Cache::open(&paths.cache, Access::Owner).map_err(of_mail)?;
    journal.prune(UnixTime(now().0 - KEEP_DONE)).map_err(of_queue)?;
    let next_op = journal.next_op().map_err(of_queue)?;
    let mut writer = cache.writer().map_err(of_mail)?;
    let mut ids = Vec::new();
    for account in &launch.config.accounts {
        ids.push((writer.account(&account.name).map_err(of_mail)?, account.name.clone()));
    }
    Ok(Opened { cache, journal: Some(journal), read_only: None, ids, next_op })
}

fn look(launch: &Launch, why: ReadOnly) -> anyhow::Result<Opened> {
    let cache = Cache::open(&launch.paths.cache, Access::ReadOnly).context("The cache cannot be read")?;
    let known = cache.reader()?.accounts()?;
    let of = |account: &crate::config::Account| known.iter().find(|(_, name)| *name == account.name).cloned();
    let ids = launch.config.accounts.iter().filter_map(of).collect();
    Ok(Opened { cache, journal: None, read_only: Some(why), ids, next_op: OpId(1) })
}

/// Where another process has the files: tells what it changes, and that it has ended. It ends with whoever hears it.
///
/// # Errors
/// When the cache cannot be read.
pub(super) fn look_on(paths: &Paths, cache: &Cache, reply: UnboundedSender<Msg>) -> store::Result<()> {
    let (reader, data) = (cache.reader()?, paths.data.clone());
    let mut seen = reader.changes()?;
    tokio::spawn(async move {
        let mut why = ReadOnly::Another;
        while !reply.is_closed() {
            tokio::time::sleep(LOOK).await;
            let count = reader.changes().unwrap_or(seen);
            let changed = std::mem::replace(&mut seen, count) != count;
            // Whoever tries the lock has it for that moment: once it was free it is tried only if there is reason to.
            let free = (why == ReadOnly::Left && !changed) || Still::hold(&data).is_some();
            let now = if free { ReadOnly::Left } else { ReadOnly::Another };
            // Nobody hears it after the end.
            if changed {
                let _unheard = reply.send(Msg::ChangedElsewhere);
            }
            if std::mem::replace(&mut why, now) != now {
                let _unheard = reply.send(Msg::ReadOnly(now));
            }
        }
    });
    Ok(())
}

fn of_journal(paths: &Paths, error: &journal::Error) -> Hurdle {
    if let journal::Error::Locked { pid } = error {
        return Hurdle::Taken(*pid);
    }
    let full = matches!(error, journal::Error::Full { .. });
    // It tells its cause itself.
    of_disk(paths, full, anyhow::anyhow!("The journal cannot be opened: {error}"))
}

fn of_cache(paths: &Paths, error: &store::Error) -> Hurdle {
    if let store::Error::Locked { pid } = error {
        return Hurdle::Taken(*pid);
    }
    let full = matches!(error, store::Error::Full { .. });
    of_disk(paths, full, anyhow::anyhow!("The cache cannot be opened: {error}"))
}

fn of_disk(paths: &Paths, full: bool, error: anyhow::Error) -> Hurdle {
    if full {
        Hurdle::Disk(ReadOnly::Full, error)
    } else if [&paths.cache, &paths.data].into_iter().any(|dir| dir_lock::is_read_only(dir)) {
        Hurdle::Disk(ReadOnly::Disk, error)
    } else {
        Hurdle::Failed(error)
    }
}

/// Asks whether to look only, since another process holds the files.
fn look_only(pid: Option<u32>) -> anyhow::Result<bool> {
    let holder = pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"));
    if !std::io::stdin().is_terminal() {
        anyhow::bail!("posthaste is already running ({holder}); only one may change mail at a time");
    }
    let mut out = std::io::stderr().lock();
    writeln!(out, "posthaste is already running: {holder} holds the mail of this user.")?;
    write!(out, "Open it read-only? [Y/n] ")?;
    out.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(!answer.trim().to_ascii_lowercase().starts_with('n'))
}
