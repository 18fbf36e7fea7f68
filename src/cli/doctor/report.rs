//! `doctor --report`: what was found, the version and the end of the log, as Markdown to paste. All of it goes through
//! `redact`.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::redact::Redactor;
use super::{Finding, Report, line};
use crate::cli::Failure;
use crate::cli::context::Context;
use crate::cli::version;
use crate::config::Config;

/// Lines of the log that are shown.
const LINES: usize = 30;
/// How far from its end the log is read.
const REACH: u64 = 64_000;
/// Characters of a line of the log that are shown.
const WIDTH: usize = 400;

/// Prints the report. Without a config that can be read, every text of its file counts as private.
pub(super) fn print(context: &mut Context<'_>, report: &Report, config: Option<&Config>) -> Result<(), Failure> {
    let paths = context.paths()?;
    let redactor = Redactor::new(context.env, &paths, config);
    context.out.note("nothing was sent anywhere: read it before you paste it");
    context.out.line("### posthaste doctor")?;
    context.out.line("")?;
    context.out.line("```text")?;
    for text in format!("posthaste {}", *version::LONG).lines() {
        context.out.line(text)?;
    }
    context.out.line("")?;
    for finding in &report.findings {
        context.out.line(&fenced(&line(&redacted(finding, &redactor))))?;
    }
    let logged = log(&paths.log());
    if !logged.is_empty() {
        context.out.line("")?;
        context.out.line(&format!("the log's last {} lines:", logged.len()))?;
    }
    for text in logged {
        // What stands in quotes there came from servers, or is a folder's name.
        let short: String = redactor.without_quotes(&text).chars().take(WIDTH).collect();
        context.out.line(&fenced(&short))?;
    }
    context.out.line("```")?;
    Ok(())
}

/// A finding that says nothing about whose it is.
fn redacted(finding: &Finding, redactor: &Redactor) -> Finding {
    let found = match finding.check {
        // Names of folders that the cache may never have heard of.
        "shared" => redactor.text(finding.found.split(':').next().unwrap_or_default()),
        "special-folders" => redactor.text(&special(&finding.found)),
        // A mistake quotes what stands in the file.
        "config" | "keys" => redactor.without_quotes(&finding.found),
        _ => redactor.text(&finding.found),
    };
    Finding {
        check: finding.check,
        account: finding.account.as_ref().map(|name| redactor.account(name)),
        state: finding.state,
        found,
        advice: finding.advice.as_ref().map(|advice| redactor.text(advice)),
    }
}

/// Which special folders there are, without their names: "archive is there; none for junk".
fn special(found: &str) -> String {
    let (here, missing) = found.split_once("; none for ").unwrap_or((found, ""));
    let roles = here.split(", ").filter_map(|one| one.split_once(" is ")).map(|(role, _)| format!("{role} is there"));
    let roles = roles.collect::<Vec<_>>().join(", ");
    if missing.is_empty() { roles } else { format!("{roles}; none for {missing}") }
}

/// What cannot end the block that it stands in.
fn fenced(text: &str) -> String {
    text.replace("```", "'''")
}

/// The log's last lines, the oldest first.
fn log(path: &Path) -> Vec<String> {
    let text = tail(path).unwrap_or_default();
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        match lines.last_mut() {
            // What goes on with a line is redacted with it: it may be the end of what a command said.
            Some(last) if !line.starts_with("20") => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => lines.push(line.to_owned()),
        }
    }
    let before = lines.len().saturating_sub(LINES);
    lines.split_off(before)
}

fn tail(path: &Path) -> Option<String> {
    let mut file = std::fs::File::open(path).ok()?;
    let from = file.metadata().ok()?.len().saturating_sub(REACH);
    file.seek(SeekFrom::Start(from)).ok()?;
    let mut bytes = Vec::new();
    file.take(REACH).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    // The first line may have lost its beginning.
    if from == 0 { Some(text) } else { text.split_once('\n').map(|(_, rest)| rest.to_owned()) }
}
