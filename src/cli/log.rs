//! `log`: where the log or the protocol trace is, its last lines, and what is added.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::Failure;
use super::args::Log;
use super::context::Context;
use super::exit::Code;
use super::output::Format;

/// How far from the end the last lines are looked for.
const REACH: u64 = 1_000_000;

/// How often a file that is followed is looked at.
const PAUSE: Duration = Duration::from_millis(250);

/// The log, as JSON.
#[derive(Serialize)]
struct Shown {
    path: String,
    lines: Vec<String>,
}

/// Prints the path on stderr, so that the lines alone can be piped, then the last lines.
pub(super) fn run(context: &mut Context<'_>, wanted: &Log) -> Result<Code, Failure> {
    if wanted.follow && context.out.format() == Format::Json {
        return Err(Failure::Usage(
            "what is added to the log is printed line by line: leave out --json or --follow".into(),
        ));
    }
    let paths = context.paths()?;
    let path = if wanted.trace { paths.trace() } else { paths.log() };
    let (lines, mut at) = match File::open(&path) {
        Ok(mut file) => {
            let end = file.metadata()?.len();
            let text = read(&mut file, end.saturating_sub(REACH), REACH)?;
            let lines: Vec<String> = text.lines().map(str::to_owned).collect();
            let above = lines.len().saturating_sub(wanted.lines);
            (Some(lines.into_iter().skip(above).collect::<Vec<_>>()), end)
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => (None, 0),
        Err(e) => return Err(Failure::Failed(format!("cannot read {}: {e}", path.display()))),
    };
    let shown = path.display().to_string();
    if context.out.format() == Format::Json {
        context.out.json(&Shown { path: shown, lines: lines.unwrap_or_default() })?;
        return Ok(Code::Done);
    }
    context.out.note(&shown);
    match &lines {
        Some(lines) => {
            for line in lines {
                context.out.line(line)?;
            }
        }
        None => context.out.note(nothing(wanted.trace)),
    }
    if !wanted.follow {
        return Ok(Code::Done);
    }
    loop {
        std::thread::sleep(PAUSE);
        at = added(context, &path, at)?;
    }
}

fn nothing(trace: bool) -> &'static str {
    if trace {
        "there is no trace yet: run posthaste with POSTHASTE_LOG=trace to get one; passwords are never in it"
    } else {
        "nothing has been logged yet"
    }
}

/// Prints the whole lines that were added after `at`; returns where the next begin. A file that became shorter was put
/// aside and begun anew.
fn added(context: &mut Context<'_>, path: &Path, at: u64) -> Result<u64, Failure> {
    let Ok(mut file) = File::open(path) else { return Ok(0) };
    let end = file.metadata()?.len();
    let from = if end < at { 0 } else { at };
    let text = read(&mut file, from, REACH)?;
    let Some((whole, _)) = text.rsplit_once('\n') else { return Ok(from) };
    for line in whole.lines() {
        context.out.line(line)?;
    }
    context.out.flush()?;
    Ok(from + whole.len() as u64 + 1)
}

/// At most `most` bytes from `from` on; what is not UTF-8 is replaced.
fn read(file: &mut File, from: u64, most: u64) -> io::Result<String> {
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
