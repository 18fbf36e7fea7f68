//! Checks of files: who may read them, room on the disk, cache, journal, what is left of accounts, and the clock by them.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, SystemTime};

use super::Finding;
use crate::config::Config;
use crate::config::paths::Paths;
use crate::dir_lock::{self, Access};
use crate::journal::Journal;
use crate::store::index::IndexState;
use crate::store::{Cache, Error};

/// How long reading through a file may take: a cache of a million messages is not worth waiting for longer.
const LOOK: Duration = Duration::from_secs(10);
/// Free bytes below which a disk is nearly full: SQLite needs room for its WAL, and new mail comes.
const SCARCE: u64 = 200_000_000;
/// How far files may be ahead of the clock.
const AHEAD: Duration = Duration::from_hours(1);

/// Everything about files. Of a config that cannot be read nobody knows which accounts are left behind.
pub(super) fn all(paths: &Paths, config: Option<&Config>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = permissions(paths, config);
    findings.extend(room(paths));
    findings.push(cache(paths));
    findings.extend(index(paths));
    findings.push(journal(paths));
    findings.extend(config.and_then(|config| left_behind(paths, config)));
    findings.extend(clock(paths));
    findings
}

/// FL07: what others may read.
fn permissions(paths: &Paths, config: Option<&Config>) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        [&paths.cache, &paths.data, &paths.state].into_iter().filter_map(|dir| private(dir, "700")).collect();
    // A config with a password in it is warned of by the config's own check.
    if config.is_some_and(|config| !config.holds_password()) {
        findings.extend(not_writable(&paths.config));
    }
    findings.extend([&paths.cache, &paths.data, &paths.state].into_iter().filter_map(|dir| closed(dir)));
    findings.extend(private(&paths.data.join("tokens"), "700"));
    for file in [paths.cache.join("cache.db"), paths.data.join("journal.db"), paths.log(), paths.trace()] {
        findings.extend(private(&file, "600"));
    }
    if findings.is_empty() {
        findings.push(Finding::ok("permissions", "cache, journal and log are yours alone"));
    }
    findings
}

fn private(path: &Path, right: &str) -> Option<Finding> {
    let shown = path.display();
    let mode = match std::fs::metadata(path) {
        Ok(meta) => meta.permissions().mode() & 0o777,
        // Not there yet: it will be made with the right mode.
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return None,
        Err(e) => return Some(Finding::fail("permissions", format!("{shown}: {e}"), "make it yours")),
    };
    (mode & 0o077 != 0).then(|| {
        let found = format!("others may look into {shown} (mode {mode:04o})");
        Finding::warn("permissions", found, format!("run chmod {right} {shown}"))
    })
}

/// A directory in which nothing can be made, or that cannot be made where it is to be. What a whole disk is like is said of
/// the disk.
fn closed(dir: &Path) -> Option<Finding> {
    let there = dir.ancestors().find(|dir| dir.exists())?;
    let access = rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
    if dir_lock::is_read_only(there) || rustix::fs::access(there, access).is_ok() {
        return None;
    }
    let (there, dir) = (there.display(), dir.display());
    let found = format!("you may not write into {there}, and {dir} is to lie there");
    Some(Finding::fail("permissions", found, format!("make {there} yours, or set POSTHASTE_HOME")))
}

/// A config that others may write to runs their commands.
fn not_writable(path: &Path) -> Option<Finding> {
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    let shown = path.display();
    (mode & 0o022 != 0).then(|| {
        let found = format!("others may change {shown} (mode {mode:04o}), and with it the commands that are run");
        Finding::warn("permissions", found, format!("run chmod go-w {shown}"))
    })
}

/// Free room where cache and journal lie.
fn room(paths: &Paths) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut seen = Vec::new();
    for (what, dir) in [("cache", &paths.cache), ("journal", &paths.data)] {
        let Some((disk, free)) = free(dir) else { continue };
        if seen.contains(&disk) {
            continue;
        }
        seen.push(disk);
        if dir_lock::is_read_only(dir) {
            let found = format!("{} is read-only, and the {what} lies on it", dir.display());
            findings.push(Finding::fail(
                "disk",
                found,
                "what is here can be read; no mail is fetched and nothing is changed",
            ));
            continue;
        }
        let found = format!("{} free for the {what}", megabytes(free));
        findings.push(if free < SCARCE {
            let advice = "make room: without it no mail is kept here, and no change can be queued";
            if free == 0 { Finding::fail("disk", found, advice) } else { Finding::warn("disk", found, advice) }
        } else {
            Finding::ok("disk", found)
        });
    }
    findings
}

/// The file system of a directory, or of the nearest one above it that is there, and how many bytes are free for the user.
fn free(dir: &Path) -> Option<(u64, u64)> {
    let there = dir.ancestors().find(|dir| dir.exists())?;
    let stat = rustix::fs::statvfs(there).ok()?;
    Some((stat.f_fsid, stat.f_bavail.saturating_mul(stat.f_frsize)))
}

fn cache(paths: &Paths) -> Finding {
    let file = paths.cache.join("cache.db");
    let Ok(meta) = std::fs::metadata(&file) else {
        return Finding::warn("cache", "nothing is cached yet", "\"posthaste sync\" or the screen fetches the mail");
    };
    let shown = file.display();
    let lost = "it can be deleted: nothing is lost but a download; a new start rebuilds it";
    let advice = |error: &Error| {
        if matches!(error, Error::Full { .. }) {
            format!("free some room on the disk of {}", paths.cache.display())
        } else if dir_lock::is_read_only(&paths.cache) {
            "its disk is read-only: mount it to be written".to_owned()
        } else {
            lost.to_owned()
        }
    };
    let counted = Cache::open(&paths.cache, Access::ReadOnly).and_then(|cache| {
        let reader = cache.reader()?;
        Ok((reader.accounts()?.len(), reader.folders()?.iter().map(|row| row.messages).sum::<u64>()))
    });
    let (accounts, messages) = match counted {
        Ok(counted) => counted,
        Err(e) => return Finding::fail("cache", format!("{shown}: {e}"), advice(&e)),
    };
    let dir = paths.cache.clone();
    let sound = in_time(move || Cache::open(&dir, Access::ReadOnly)?.reader()?.quick_check().map_err(Into::into));
    let said = match sound {
        Looked::Sound => "sound",
        Looked::TooLong => "too large to be read through now",
        Looked::Damaged(why) => return Finding::fail("cache", format!("{shown} is damaged: {why}"), lost),
    };
    let size = megabytes(meta.len() + length(&paths.cache.join("cache.db-wal")));
    let found = format!(
        "{shown}, {size}, {messages} messages of {accounts} accounts, schema {}, {said}",
        crate::store::schema_version()
    );
    match aside(&paths.cache, "cache.db.damaged") {
        Some(old) => Finding::warn(
            "cache",
            format!("{found}; a damaged one was put aside as {}", old.display()),
            "it can be deleted",
        ),
        None => Finding::ok("cache", found),
    }
}

/// How much can be searched here; nothing where there is no cache.
fn index(paths: &Paths) -> Option<Finding> {
    if !paths.cache.join("cache.db").exists() {
        return None;
    }
    let state = Cache::open(&paths.cache, Access::ReadOnly).and_then(|cache| cache.reader()?.index_state()).ok()?;
    let (size, IndexState { messages, indexed, texts, .. }) = (megabytes(state.bytes), state);
    let found = format!("{size}, {indexed} of {messages} messages and {texts} texts");
    Some(Finding::ok("search", found))
}

fn journal(paths: &Paths) -> Finding {
    let file = paths.data.join("journal.db");
    if !file.exists() {
        return Finding::ok("journal", "no change has been made yet");
    }
    let shown = file.display();
    let keep = "keep the file: it holds what you did and no server knows yet";
    let counted = Journal::open(&paths.data, Access::ReadOnly)
        .and_then(|journal| Ok((journal.counts()?, journal.waiting_by_account()?)));
    let ((queued, refused), waiting) = match counted {
        Ok(counted) => counted,
        Err(e) => return Finding::fail("journal", format!("{shown}: {e}"), keep),
    };
    let dir = paths.data.clone();
    let sound = in_time(move || Journal::open(&dir, Access::ReadOnly)?.quick_check().map_err(Into::into));
    if let Looked::Damaged(why) = sound {
        return Finding::fail("journal", format!("{shown} is damaged: {why}"), keep);
    }
    let whose: Vec<String> = waiting.iter().map(|(name, count)| format!("{name} {count}")).collect();
    let whose = if whose.is_empty() { String::new() } else { format!(" ({})", whose.join(", ")) };
    let found = format!("{shown}, {queued} changes wait for a server");
    if refused > 0 {
        let advice = "see the tasks screen (w): try them again or discard them";
        return Finding::warn("journal", format!("{found}, {refused} were refused{whose}"), advice);
    }
    match aside(&paths.data, "journal.db.damaged") {
        Some(old) => {
            let found =
                format!("{found}{whose}; what could be read of a damaged one was taken over: {}", old.display());
            Finding::warn("journal", found, "keep it until you miss nothing, then delete it")
        }
        None => Finding::ok("journal", format!("{found}{whose}")),
    }
}

/// Accounts that no config has any more, and that still take room here.
fn left_behind(paths: &Paths, config: &Config) -> Option<Finding> {
    let known = |name: &str| config.accounts.iter().chain(&config.disabled).any(|account| account.name == name);
    let disk = crate::cli::account::disk::Disk::read(paths).ok()?;
    let left: Vec<&str> = disk.names().into_iter().filter(|name| !known(name)).collect();
    let one = |name: &&str| format!("{name}: {}", crate::cli::account::disk::words(disk.of(name), disk.waiting(name)));
    let found: Vec<String> = left.iter().map(one).collect();
    let name = left.first()?;
    Some(Finding::warn(
        "left behind",
        format!("in no config any more, and still here: {}", found.join("; ")),
        format!(
            "\"posthaste account remove {}\" removes it; or put it into the config again",
            shell_words::quote(name)
        ),
    ))
}

/// A clock that went back: certificates are taken for not valid yet, and nothing else says why.
fn clock(paths: &Paths) -> Option<Finding> {
    let changed = |path: PathBuf| std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
    let files = [paths.cache.join("cache.db"), paths.data.join("journal.db"), paths.log()];
    let newest = files.into_iter().filter_map(changed).max()?;
    let ahead = newest.duration_since(SystemTime::now()).ok()?;
    (ahead > AHEAD).then(|| {
        let found = format!("it stands {} hours before the last change of the files here", ahead.as_secs() / 3600);
        Finding::warn("clock", found, "set it: by a wrong one good certificates are refused")
    })
}

/// What reading through a file came to.
enum Looked {
    Sound,
    Damaged(String),
    TooLong,
}

/// Reads through a file on a thread of its own, for as long as is worth it: the program's end does not wait for it.
fn in_time(look: impl FnOnce() -> Result<Option<String>, Box<dyn std::error::Error>> + Send + 'static) -> Looked {
    let (tell, told) = mpsc::channel();
    let begun = std::thread::Builder::new().name("look".to_owned()).spawn(move || {
        // Nobody waits any more when it is late.
        let _unheard = tell.send(match look() {
            Ok(None) => Looked::Sound,
            Ok(Some(why)) => Looked::Damaged(why),
            Err(error) => Looked::Damaged(error.to_string()),
        });
    });
    begun.ok().and_then(|_| told.recv_timeout(LOOK).ok()).unwrap_or(Looked::TooLong)
}

/// A file that was put aside because it was damaged.
fn aside(dir: &Path, prefix: &str) -> Option<PathBuf> {
    let entries = std::fs::read_dir(dir).ok()?.flatten();
    let mut found = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
    found.next().map(|entry| entry.path())
}

fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |meta| meta.len())
}

/// "12 MB", "34 GB".
fn megabytes(bytes: u64) -> String {
    if bytes >= 10_000_000_000 {
        format!("{} GB", bytes / 1_000_000_000)
    } else {
        format!("{} MB", bytes.div_ceil(1_000_000))
    }
}
