//! `send`, `compose`, `outbox`: letters made and sent without the screen, by the same outbox.

pub(super) mod outbox;
pub(super) mod post;
pub(super) mod send;
pub mod write;

use std::io::Read as _;
use std::path::Path;

use jiff::tz::TimeZone;

use super::Failure;
use super::context::Context;
use crate::app::when::{Now, read};
use crate::compose::address;
use crate::config::Config;
use crate::letter::Mailbox;
use crate::mail::UnixTime;
use crate::sync::account::now;

/// Bytes of standard input, or of a file, that are taken: no server takes a mail of that size.
const MOST: u64 = 256 * 1024 * 1024;

/// The bytes of a file; `-`: of standard input.
fn bytes_of(file: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure::Failed(format!("{} cannot be read: {error}", file.display()));
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        std::io::stdin().take(MOST + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).map_err(failed)?.take(MOST + 1).read_to_end(&mut bytes)
    };
    if read.map_err(failed)? as u64 > MOST {
        return Err(Failure::Failed(format!("{} is larger than any mail", file.display())));
    }
    Ok(bytes)
}

/// The people of options, of which each may name several.
fn people(option: &str, texts: &[String]) -> Result<Vec<Mailbox>, Failure> {
    let mut people = Vec::new();
    for text in texts {
        let typed = address::parse(text);
        if let Some(wrong) = typed.unread.first() {
            return Err(Failure::Usage(format!("{option}: \"{wrong}\" is no address")));
        }
        people.extend(typed.mailboxes);
    }
    Ok(people)
}

/// The time that `--at` names.
fn time(config: &Config, when: Option<&str>) -> Result<Option<UnixTime>, Failure> {
    let zone = TimeZone::system();
    let clock = Now { now: now(), zone: &zone, hours: config.ui.hours };
    when.map(|when| read(when, clock).map_err(Failure::Usage)).transpose()
}

/// A thread with a large stack for what parses mails.
fn on_large_stack<T: Send>(job: impl FnOnce() -> T + Send) -> Result<T, Failure> {
    crate::render::run(job).map_err(|error| Failure::Failed(format!("the system gave no thread: {error}")))
}

/// What the config says of who writes; what could not be read of it is told.
fn writers(context: &mut Context<'_>, config: &Config) -> Vec<crate::letter::style::Writer> {
    let (writers, wrong) = crate::config::compose::writers(config);
    for sentence in wrong {
        context.out.note(&format!("warning: {sentence}"));
    }
    writers
}
