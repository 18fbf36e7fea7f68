//! How a mail leaves by a command: into the journal first, then to its server; or, where another process owns the journal,
//! into the tray of that one, which is waited for.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::super::Failure;
use super::super::context::Context;
use super::super::engine::{NO_ANSWER, Outcome, State};
use super::super::exit::Code;
use super::super::offline::Offline;
use super::super::output::Format;
use crate::compose::{Built, Carried};
use crate::config::Config;
use crate::config::paths::Paths;
use crate::dir_lock::Access;
use crate::journal::{Journal, Post, Posting};
use crate::letter::{Letter, LetterId};
use crate::letters::handed::Handed;
use crate::letters::{Error as LettersError, Letters, Source};
use crate::mail::UnixTime;
use crate::protocol::OpId;
use crate::safe_text::SafeText;
use crate::sync::account::now;
use crate::sync::apply::handed::take_in;
use crate::sync::apply::send::queue;

/// How long the process that owns the journal is waited for, how long a server that has all of the mail, and how often it is
/// looked.
const PATIENCE: Duration = Duration::from_mins(1);
const ANSWER: Duration = Duration::from_mins(11);
const LOOK: Duration = Duration::from_millis(200);

/// What a command prints of a mail.
#[derive(Serialize)]
struct Row<'r> {
    change: Option<i64>,
    letter: i64,
    message_id: &'r str,
    summary: &'r str,
    state: &'static str,
    reason: Option<&'r str>,
}

impl From<LettersError> for Failure {
    fn from(error: LettersError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Puts a letter on the disk with what it carries. Gives it its number.
pub(super) fn keep(paths: &Paths, mut letter: Letter, carried: Vec<Carried>) -> Result<Letter, Failure> {
    let letters = Letters::of(&paths.data);
    letter.id = letters.next(now())?;
    for file in carried {
        let attached = letters.attach(letter.id, &file.name, &file.media_type, &Source::Bytes(&file.bytes))?;
        letter.attachments.push(crate::letter::Attachment { inline: file.inline, ..attached });
    }
    letters.keep(&letter)?;
    Ok(letter)
}

/// Sends a mail whose letter is on the disk, and prints what became of it.
pub(super) fn send(
    context: &mut Context<'_>,
    config: &Config,
    letter: &Letter,
    built: &Built,
    at: Option<UnixTime>,
) -> Result<Code, Failure> {
    let paths = context.paths()?;
    let later = at.is_some_and(|at| at > now());
    let names: Vec<String> = config.accounts.iter().map(|account| account.name.clone()).collect();
    let outcome = match Offline::try_open(&paths, &names)? {
        Some(mut own) => {
            let (files, generation) = own.parts();
            let op = files.journal.next_op()?;
            let queued = queue(files, generation, op, letter, built, at);
            let summary = queued.map_err(|refusal| Failure::Failed(refusal.to_string()))?.summary;
            drop(own);
            let summary = SafeText::new(&summary);
            let queued = Outcome { op, summary, state: State::Queued };
            if later || context.args.offline { queued } else { deliver(context, config, queued) }
        }
        None => hand(context, config, &paths, letter, built, at)?,
    };
    print(context, (letter.id, &letter.message_id), &outcome)
}

/// Hands a mail over that is in the journal; it stays there whatever happens.
pub(super) fn deliver(context: &mut Context<'_>, config: &Config, queued: Outcome) -> Outcome {
    let delivered = context.engine(config).and_then(|mut engine| Ok(engine.deliver(queued.op)?));
    match delivered {
        Ok(Outcome { state, .. }) => Outcome { state, ..queued },
        Err(failure) => Outcome { state: State::Unreachable { reason: SafeText::new(&failure.to_string()) }, ..queued },
    }
}

/// Lays a mail into the tray of the process that owns the journal, and waits for what that one does.
fn hand(
    context: &mut Context<'_>,
    config: &Config,
    paths: &Paths,
    letter: &Letter,
    built: &Built,
    at: Option<UnixTime>,
) -> Result<Outcome, Failure> {
    let letters = Letters::of(&paths.data);
    let handed = Handed {
        letter: letter.id,
        at: at.map(|at| at.0),
        from: built.parcel.from.clone(),
        to: built.parcel.to.clone(),
        message_id: built.parcel.message_id.clone(),
        skip: built.bcc.len() as u64,
    };
    letters.hand(&handed, &built.kept())?;
    let names: Vec<String> = config.accounts.iter().map(|account| account.name.clone()).collect();
    let begun = Instant::now();
    let mut ending = false;
    let summary = SafeText::new(&format!("Send \"{}\"", letter.subject));
    let mut outcome = Outcome { op: OpId(0), summary, state: State::Queued };
    while begun.elapsed() < PATIENCE || ending && begun.elapsed() < PATIENCE + ANSWER {
        if let Some(post) = post_of(paths, letter.id) {
            outcome.op = post.op;
            ending = post.posting == Posting::Ending;
            match &post.posting {
                Posting::Sent { .. } => return Ok(Outcome { state: State::Done, ..outcome }),
                Posting::Waits { why: Some(why) } => {
                    return Ok(Outcome { state: State::Unreachable { reason: SafeText::new(why) }, ..outcome });
                }
                Posting::Refused { why } => {
                    return Ok(Outcome { state: State::Refused { reason: SafeText::new(why) }, ..outcome });
                }
                Posting::Unknown { why, .. } => {
                    return Ok(Outcome { state: State::Unknown { reason: SafeText::new(why) }, ..outcome });
                }
                Posting::CalledBack => return Err(Failure::Failed("the mail was called back".to_owned())),
                Posting::Waits { why: None } if post.mail.at > now().0 => return Ok(outcome),
                Posting::Waits { why: None } | Posting::Begun | Posting::Ending => {}
            }
        } else if let Some(mut own) = Offline::try_open(paths, &names)? {
            // The owner has gone, and did not see it.
            let (files, generation) = own.parts();
            drop(take_in(files, generation));
            let post = files.journal.post_by_letter(letter.id)?;
            drop(own);
            let Some(post) = post else { return Err(Failure::Failed("the mail could not be queued".to_owned())) };
            outcome.op = post.op;
            let later = post.mail.at > now().0;
            return Ok(if later || context.args.offline { outcome } else { deliver(context, config, outcome) });
        }
        if context.args.offline {
            return Ok(outcome);
        }
        std::thread::sleep(LOOK);
    }
    if ending {
        outcome.state = State::Unknown { reason: SafeText::from_static(NO_ANSWER) };
    }
    Ok(outcome)
}

/// What the journal says of a letter, read beside its owner.
fn post_of(paths: &Paths, letter: LetterId) -> Option<Post> {
    Journal::open(&paths.data, Access::ReadOnly).ok()?.post_by_letter(letter).ok()?
}

/// Prints what became of a mail. One that waits is told by the code: a script must not take it for sent.
pub(super) fn print(
    context: &mut Context<'_>,
    (letter, message_id): (LetterId, &str),
    outcome: &Outcome,
) -> Result<Code, Failure> {
    let (state, reason, code, more) = match &outcome.state {
        State::Done | State::Needless => ("sent", None, Code::Done, ""),
        State::Queued => {
            let more =
                "the mail waits: it is sent by the screen, or by the next \"posthaste sync\" when its time has come";
            ("queued", None, Code::Unreachable, more)
        }
        State::Unreachable { reason } => {
            let more = "the mail is queued, and goes out with the screen or the next \"posthaste sync\"";
            ("queued", Some(reason), Code::Unreachable, more)
        }
        State::Refused { reason } => {
            let more = "the letter is kept: \"posthaste outbox\" lists it, to try again or to give it up";
            ("refused", Some(reason), Code::Failed, more)
        }
        State::Unknown { reason } => {
            let more = "it may have been sent, and does not go out again by itself: \"posthaste outbox\" lists it, for \
                        was-sent where it arrived, retry --anyway where it did not";
            ("unknown", Some(reason), Code::Failed, more)
        }
    };
    let row = Row {
        change: Some(outcome.op.0).filter(|op| *op != 0),
        letter: letter.0,
        message_id,
        summary: outcome.summary.as_str(),
        state,
        reason: reason.map(SafeText::as_str),
    };
    match context.out.format() {
        Format::Json => context.out.json(&row)?,
        Format::Text => {
            let change = row.change.map(|change| format!(" (change {change})")).unwrap_or_default();
            context.out.line(&format!("{state}: {}{change}", row.summary))?;
        }
    }
    match (reason, more) {
        (_, "") => {}
        (Some(reason), more) => context.out.error(&format!("{reason}; {more}")),
        (None, more) => context.out.note(more),
    }
    Ok(code)
}
