//! Checks on this machine: config, permissions, cache, journal, terminal.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::Finding;
use crate::app::keymap::problem::Problem;
use crate::cli::docs;
use crate::cli::terminal;
use crate::config::Config;
use crate::config::env::Env;
use crate::config::error::Error;
use crate::config::paths::Paths;
use crate::dir_lock::Access;
use crate::journal::Journal;
use crate::store::Cache;
use crate::store::index::IndexState;

/// Is there a config, and is it right?
pub(super) fn config(loaded: &Result<Config, Error>) -> Vec<Finding> {
    let config = match loaded {
        Ok(config) => config,
        Err(e) => {
            return vec![Finding::fail("config", e.to_string(), "see \"posthaste config default\" and the README")];
        }
    };
    let place = config.path.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    let mut findings = vec![match config.accounts.len() {
        0 => Finding::fail(
            "config",
            format!("{place} has no account"),
            "\"posthaste config default\" shows how to add one",
        ),
        1 => Finding::ok("config", format!("{place}, 1 account")),
        many => Finding::ok("config", format!("{place}, {many} accounts")),
    }];
    findings.extend(config.warnings.iter().map(|warning| Finding::warn("config", warning, "mail works all the same")));
    findings
}

/// Keys that hide each other, and other mistakes in them.
pub(super) fn keys(loaded: &Result<Config, Error>, paths: &Paths) -> Vec<Finding> {
    let Ok(config) = loaded else { return Vec::new() };
    let problems = docs::key_problems(config, paths);
    let warn = |problem: &Problem| Finding::warn("keys", problem.to_string(), "the other keys hold all the same");
    problems.iter().map(warn).collect()
}

/// Directories, cache and journal.
pub(super) fn files(paths: &Paths) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        [&paths.cache, &paths.data, &paths.state].into_iter().filter_map(|dir| permissions(dir)).collect();
    if findings.is_empty() {
        findings.push(Finding::ok("permissions", "cache, journal and log are yours alone"));
    }
    findings.push(cache(paths));
    findings.extend(index(paths));
    findings.push(journal(paths));
    findings
}

/// FL07: what others may read.
fn permissions(dir: &Path) -> Option<Finding> {
    let shown = dir.display();
    let mode = match std::fs::metadata(dir) {
        Ok(meta) => meta.permissions().mode() & 0o777,
        // Not there yet: it will be made with the right mode.
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return None,
        Err(e) => return Some(Finding::fail("permissions", format!("{shown}: {e}"), "make it a directory of yours")),
    };
    (mode & 0o077 != 0).then(|| {
        let found = format!("others may look into {shown} (mode {mode:04o})");
        Finding::warn("permissions", found, format!("run chmod 700 {shown}"))
    })
}

fn cache(paths: &Paths) -> Finding {
    let file = paths.cache.join("cache.db");
    let Ok(meta) = std::fs::metadata(&file) else {
        return Finding::warn("cache", "nothing is cached yet", "\"posthaste sync\" or the screen fetches the mail");
    };
    let counted = Cache::open(&paths.cache, Access::ReadOnly).and_then(|cache| {
        let reader = cache.reader()?;
        Ok((reader.accounts()?.len(), reader.folders()?.iter().map(|row| row.messages).sum::<u64>()))
    });
    match counted {
        Ok((accounts, messages)) => {
            let size = meta.len().div_ceil(1_000_000);
            let found = format!("{}, {size} MB, {messages} messages of {accounts} accounts", file.display());
            Finding::ok("cache", found)
        }
        Err(e) => {
            let advice = "it can be deleted: nothing is lost but a download; a new start rebuilds it";
            Finding::fail("cache", format!("{}: {e}", file.display()), advice)
        }
    }
}

/// How much can be searched here; nothing where there is no cache.
fn index(paths: &Paths) -> Option<Finding> {
    if !paths.cache.join("cache.db").exists() {
        return None;
    }
    let state = Cache::open(&paths.cache, Access::ReadOnly).and_then(|cache| cache.reader()?.index_state()).ok()?;
    let (size, IndexState { messages, indexed, texts, .. }) = (state.bytes.div_ceil(1_000_000), state);
    let found = format!("{size} MB, {indexed} of {messages} messages and {texts} texts");
    Some(Finding::ok("search", found))
}

fn journal(paths: &Paths) -> Finding {
    let file = paths.data.join("journal.db");
    if !file.exists() {
        return Finding::ok("journal", "no change has been made yet");
    }
    match Journal::open(&paths.data, Access::ReadOnly).and_then(|journal| journal.counts()) {
        Ok((queued, 0)) => Finding::ok("journal", format!("{}, {queued} changes wait for a server", file.display())),
        Ok((queued, refused)) => {
            let found = format!("{}, {queued} changes wait for a server, {refused} were refused", file.display());
            Finding::warn("journal", found, "see the tasks screen (w): try them again or discard them")
        }
        Err(e) => {
            let advice = "keep the file: it holds what you did and no server knows yet";
            Finding::fail("journal", format!("{}: {e}", file.display()), advice)
        }
    }
}

/// Can the screen be drawn here?
pub(super) fn terminal(env: &Env) -> Vec<Finding> {
    let mut findings = Vec::new();
    let name = env.get("TERM").and_then(|term| term.into_string().ok()).unwrap_or_default();
    findings.push(match terminal::size() {
        None => Finding::warn("terminal", "this is none", "the screen needs one; the commands do not"),
        Some(_) if name.is_empty() || name == "dumb" => {
            let found = format!("TERM is \"{name}\"");
            Finding::fail("terminal", found, "start in a terminal that sets TERM, for example xterm-256color")
        }
        Some((columns, rows)) if columns < 40 || rows < 10 => {
            Finding::warn("terminal", format!("{name}, {columns}x{rows}"), "the screen needs 40x10 and more")
        }
        Some((columns, rows)) => Finding::ok("terminal", format!("{name}, {columns}x{rows}, {}", colours(env))),
    });
    if !terminal::utf8(env) {
        let advice = "set LANG to a UTF-8 locale, or glyphs = \"ascii\" in [ui]";
        findings.push(Finding::warn("locale", "not UTF-8: marks and lines may show as ?", advice));
    }
    findings
}

fn colours(env: &Env) -> &'static str {
    let is = |name: &str, wanted: &[&str]| env.get(name).is_some_and(|value| wanted.iter().any(|word| value == *word));
    if env.get("NO_COLOR").is_some() {
        "no colours (NO_COLOR is set)"
    } else if is("COLORTERM", &["truecolor", "24bit"]) {
        "true colours"
    } else {
        "the terminal's own colours"
    }
}
