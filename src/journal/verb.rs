//! Verbs as the JSON of a column: `{"move":{"to":"Archive"}}`. The form is part of the schema: only ever added to.

use serde::{Deserialize, Serialize};

use super::{Click, Drafting, Outgoing, Undrafting, Verb};
use crate::letter::{DraftCopy, LetterId};
use crate::mail::flags::{Flag, FlagChange};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    Flag { add: Vec<String>, remove: Vec<String> },
    Move { to: String },
    Copy { to: String },
    Append { to: String, message_id: String, mail: String },
    Send(Box<Outgoing>),
    Keep { to: String, message_id: String, file: String, letter: LetterId, resent: bool },
    Draft(Box<Drafting>),
    Undraft(Box<Undrafting>),
    Click(Click),
    Delete,
    CreateFolder { raw: String },
    RenameFolder { from: String, to: String },
    DeleteFolder { raw: String },
}

fn words(flags: &[Flag]) -> Vec<String> {
    flags.iter().map(ToString::to_string).collect()
}

fn flags(words: &[String]) -> Vec<Flag> {
    words.iter().filter_map(|word| Flag::parse(word)).collect()
}

/// The JSON of a verb.
pub(super) fn write(verb: &Verb) -> serde_json::Result<String> {
    let form = match verb.clone() {
        Verb::Flag(change) => Form::Flag { add: words(&change.add), remove: words(&change.remove) },
        Verb::Move { to } => Form::Move { to },
        Verb::Copy { to } => Form::Copy { to },
        Verb::Append { to, message_id, mail } => Form::Append { to, message_id, mail },
        Verb::Send(mail) => Form::Send(mail),
        Verb::Keep { to, message_id, file, letter, resent } => Form::Keep { to, message_id, file, letter, resent },
        Verb::Draft(draft) => Form::Draft(draft),
        Verb::Undraft(draft) => Form::Undraft(draft),
        Verb::Click(click) => Form::Click(click),
        Verb::Delete => Form::Delete,
        Verb::CreateFolder { raw } => Form::CreateFolder { raw },
        Verb::RenameFolder { from, to } => Form::RenameFolder { from, to },
        Verb::DeleteFolder { raw } => Form::DeleteFolder { raw },
    };
    serde_json::to_string(&form)
}

/// The verb of this JSON.
pub(super) fn read(json: &str) -> serde_json::Result<Verb> {
    Ok(match serde_json::from_str(json)? {
        Form::Flag { add, remove } => Verb::Flag(FlagChange { add: flags(&add), remove: flags(&remove) }),
        Form::Move { to } => Verb::Move { to },
        Form::Copy { to } => Verb::Copy { to },
        Form::Append { to, message_id, mail } => Verb::Append { to, message_id, mail },
        Form::Send(mail) => Verb::Send(mail),
        Form::Keep { to, message_id, file, letter, resent } => Verb::Keep { to, message_id, file, letter, resent },
        Form::Draft(draft) => Verb::Draft(draft),
        Form::Undraft(draft) => Verb::Undraft(draft),
        Form::Click(click) => Verb::Click(click),
        Form::Delete => Verb::Delete,
        Form::CreateFolder { raw } => Verb::CreateFolder { raw },
        Form::RenameFolder { from, to } => Verb::RenameFolder { from, to },
        Form::DeleteFolder { raw } => Verb::DeleteFolder { raw },
    })
}

/// The verb with a folder's new name in the place of its old one.
pub(super) fn renamed(verb: &Verb, from: &str, to: &str) -> Verb {
    let name = |raw: &String| if raw == from { to.to_owned() } else { raw.clone() };
    match verb {
        Verb::Flag(_) | Verb::Delete | Verb::CreateFolder { .. } | Verb::Send(_) | Verb::Click(_) => verb.clone(),
        Verb::Keep { to, message_id, file, letter, resent } => Verb::Keep {
            to: name(to),
            message_id: message_id.clone(),
            file: file.clone(),
            letter: *letter,
            resent: *resent,
        },
        Verb::Draft(draft) => Verb::Draft(Box::new(Drafting { to: name(&draft.to), ..Drafting::clone(draft) })),
        Verb::Undraft(draft) => Verb::Undraft(Box::new(Undrafting {
            from: name(&draft.from),
            copies: draft.copies.iter().map(|copy| DraftCopy { folder: name(&copy.folder), ..copy.clone() }).collect(),
            ..Undrafting::clone(draft)
        })),
        Verb::Move { to } => Verb::Move { to: name(to) },
        Verb::Copy { to } => Verb::Copy { to: name(to) },
        Verb::Append { to, message_id, mail } => {
            Verb::Append { to: name(to), message_id: message_id.clone(), mail: mail.clone() }
        }
        Verb::RenameFolder { from, to } => Verb::RenameFolder { from: name(from), to: to.clone() },
        Verb::DeleteFolder { raw } => Verb::DeleteFolder { raw: name(raw) },
    }
}

/// Whether two verbs about one message change the same of it, so that one cannot be taken back under the other.
pub(super) fn meet(one: &Verb, other: &Verb) -> bool {
    match (one, other) {
        (Verb::Flag(one), Verb::Flag(other)) => {
            let named = |flag: &Flag| other.add.contains(flag) || other.remove.contains(flag);
            one.add.iter().chain(&one.remove).any(named)
        }
        (Verb::Move { .. }, Verb::Move { .. } | Verb::Delete) => true,
        _ => false,
    }
}
