//! `flag`, `move`, `archive`, `trash`, `undo`: through the engine, or into the journal with `--offline`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Failure;
use super::args::{Flag as FlagArgs, MINUS, Move, Undo};
use super::context::Context;
use super::engine::{Engine, Outcome, State};
use super::exit::Code;
use super::files::{self, Files};
use super::offline::Offline;
use super::output::Format;
use crate::config::Config;
use crate::mail::flags::{Flag, FlagChange};
use crate::mail::folder::Role;
use crate::mail::{AccountId, MessageId};
use crate::protocol::{Action, OpId};
use crate::safe_text::SafeText;

/// Sets and clears flags.
pub(super) fn flag(context: &mut Context<'_>, wanted: &FlagArgs) -> Result<Code, Failure> {
    let (ids, change) = flag_words(&wanted.words)?;
    let action = Action::Flag(change);
    apply(context, &ids, |_, _| Ok(action.clone()))
}

/// Moves to the folder of this name in each message's own account.
pub(super) fn move_to(context: &mut Context<'_>, wanted: &Move) -> Result<Code, Failure> {
    apply(context, &wanted.ids, |files, account| {
        let known = files.folders.iter().filter(|row| row.account == account).map(|row| row.path.as_str());
        files
            .folder_named(account, &wanted.folder)
            .map(Action::Move)
            .ok_or_else(|| Failure::Usage(files::no_folder(&wanted.folder, known)))
    })
}

/// Does the same to all messages.
pub(super) fn same(context: &mut Context<'_>, ids: &[i64], action: &Action) -> Result<Code, Failure> {
    apply(context, ids, |_, _| Ok(action.clone()))
}

/// Takes an operation back: the one of this number, or the last one.
pub(super) fn undo(context: &mut Context<'_>, wanted: &Undo) -> Result<Code, Failure> {
    let config = context.config()?;
    let op = match wanted.op {
        Some(op) => OpId(op),
        None => super::offline::last_undoable(&context.paths()?)?,
    };
    let outcome = engine(context, &config)?.undo(op)?;
    print(context, &[outcome])
}

/// Splits the words of `flag` into messages and the change.
fn flag_words(words: &[String]) -> Result<(Vec<i64>, FlagChange), Failure> {
    let (mut ids, mut change) = (Vec::new(), FlagChange::default());
    for word in words {
        let (list, name) = if let Some(name) = word.strip_prefix('+') {
            (&mut change.add, name)
        } else if let Some(name) = word.strip_prefix([MINUS, '-']) {
            (&mut change.remove, name)
        } else {
            match word.parse::<i64>() {
                Ok(id) if id > 0 => ids.push(id),
                Ok(_) | Err(_) => {
                    let text = format!("\"{word}\" is neither a message's number nor +FLAG nor -FLAG");
                    return Err(Failure::Usage(text));
                }
            }
            continue;
        };
        let flag = Flag::from_user(name).ok_or_else(|| {
            Failure::Usage(format!("\"{name}\" is no flag: use seen, flagged, answered, draft or a keyword"))
        })?;
        list.push(flag);
    }
    if ids.is_empty() {
        return Err(Failure::Usage("which message? flag needs at least one number".to_owned()));
    }
    if change == FlagChange::default() {
        return Err(Failure::Usage("which flag? Write +seen, -flagged, +keyword …".to_owned()));
    }
    if let Some(both) = change.add.iter().find(|flag| change.remove.contains(flag)) {
        return Err(Failure::Usage(format!("{both} cannot be set and cleared at once")));
    }
    Ok((ids, change))
}

/// Does something to messages, account by account.
fn apply(
    context: &mut Context<'_>,
    ids: &[i64],
    action: impl Fn(&Files, AccountId) -> Result<Action, Failure>,
) -> Result<Code, Failure> {
    let config = context.config()?;
    let (mut work, mut outcomes) = (Vec::new(), Vec::new());
    {
        // The cache is closed again before the engine opens it as its owner.
        let files = Files::open(context, &config)?;
        for (account, messages) in by_account(&files, ids)? {
            let action = action(&files, account)?;
            match is_so(&files, &action, &messages)? {
                Some(summary) => outcomes.push(Outcome { op: OpId(0), summary, state: State::Needless }),
                None => work.push((action, messages)),
            }
        }
    }
    if work.is_empty() {
        return print(context, &outcomes);
    }
    let mut engine = engine(context, &config)?;
    let mut stopped = None;
    for (action, messages) in work {
        match engine.apply(action, messages) {
            Ok(outcome) => outcomes.push(outcome),
            Err(e) => {
                stopped = Some(e);
                break;
            }
        }
    }
    drop(engine);
    // What was done for the accounts before is told, with its number for undo, even when one of them failed.
    let code = print(context, &outcomes)?;
    match stopped {
        Some(e) => Err(e.into()),
        None => Ok(code),
    }
}

/// What is said where all of it is so already: a script that asks twice is told so, and goes on.
fn is_so(files: &Files, action: &Action, messages: &[MessageId]) -> Result<Option<SafeText>, Failure> {
    let mut folders = BTreeSet::new();
    for message in messages {
        let Some(row) = files.reader.row(*message)? else { return Ok(None) };
        let is_in =
            |role: Role| files.folders.iter().any(|folder| folder.id == row.folder && folder.role == Some(role));
        let so = match action {
            Action::Flag(change) => row.flags.clone().with(change) == row.flags,
            Action::Move(to) => *to == row.folder,
            Action::Archive => is_in(Role::Archive),
            Action::Trash => is_in(Role::Trash),
            Action::Copy(_)
            | Action::Junk
            | Action::NotJunk
            | Action::Mute
            | Action::Unmute
            | Action::Snooze { .. }
            | Action::BringBack(_)
            | Action::DeleteForever
            | Action::CreateFolder { .. }
            | Action::RenameFolder { .. }
            | Action::DeleteFolder { .. } => false,
        };
        if !so {
            return Ok(None);
        }
        folders.insert(row.folder);
    }
    let place = folders.first().filter(|_| !matches!(action, Action::Flag(_)));
    Ok(Some(match place {
        Some(folder) => SafeText::new(&format!("already in {}", files.path(*folder))),
        None => SafeText::from_static("there is nothing to do"),
    }))
}

/// The messages by account. All of them must be there: half of what was asked for is not done.
fn by_account(files: &Files, ids: &[i64]) -> Result<BTreeMap<AccountId, Vec<MessageId>>, Failure> {
    let mut sorted: BTreeMap<AccountId, Vec<MessageId>> = BTreeMap::new();
    for id in ids {
        let row = files.reader.row(MessageId(*id))?.filter(|row| files.account_name(row.account).is_some());
        let Some(row) = row else {
            return Err(Failure::Failed(format!("there is no message {id} in the cache; nothing was changed")));
        };
        let list = sorted.entry(row.account).or_default();
        if !list.contains(&row.id) {
            list.push(row.id);
        }
    }
    Ok(sorted)
}

fn engine(context: &mut Context<'_>, config: &Config) -> Result<Box<dyn Engine>, Failure> {
    if context.args.offline {
        let paths = context.paths()?;
        return Ok(Box::new(Offline::open(&paths)?));
    }
    context.engine(config)
}

/// What became of a change, as JSON.
#[derive(Serialize)]
struct OutcomeJson<'o> {
    change: Option<i64>,
    summary: &'o str,
    state: &'static str,
    reason: Option<&'o str>,
}

fn print(context: &mut Context<'_>, outcomes: &[Outcome]) -> Result<Code, Failure> {
    let mut code = Code::Done;
    let mut rows = Vec::new();
    for outcome in outcomes {
        let (state, reason, ended) = match &outcome.state {
            State::Done => ("done", None, Code::Done),
            State::Needless => ("unchanged", None, Code::Done),
            State::Queued => ("queued", None, Code::Done),
            State::Unreachable { reason } => ("unreachable", Some(reason.as_str()), Code::Unreachable),
            State::Refused { reason } => ("refused", Some(reason.as_str()), Code::Failed),
            State::Unknown { reason } => ("unknown", Some(reason.as_str()), Code::Failed),
        };
        code = code.and(ended);
        let summary = outcome.summary.as_str();
        let change = Some(outcome.op.0).filter(|op| *op != 0);
        rows.push(OutcomeJson { change, summary, state, reason });
    }
    match context.out.format() {
        Format::Json => context.out.json(&rows)?,
        Format::Text => {
            for row in &rows {
                let change = row.change.map(|change| format!(" (change {change})")).unwrap_or_default();
                context.out.line(&format!("{}: {}{change}", row.state, row.summary))?;
            }
        }
    }
    for row in &rows {
        if let Some(reason) = row.reason {
            let kept = if row.state == "unreachable" {
                "the change is queued and goes out with the next sync"
            } else {
                "the change is kept: see the tasks screen (w) to try again or discard it"
            };
            context.out.error(&format!("{reason}; {kept}"));
        }
    }
    Ok(code)
}

#[cfg(test)]
mod tests;
