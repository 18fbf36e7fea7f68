//! Verbs as the JSON of a column: `{"move":{"to":"Archive"}}`. The form is part of the schema: only ever added to.

use serde::{Deserialize, Serialize};

use super::{Click, Drafting, Outgoing, Undrafting, Verb};
use crate::letter::{DraftCopy, LetterId};
use crate::mail::UnixTime;
use crate::mail::flags::{Flag, FlagChange};
use crate::mail::rule::{Deed, Rule, Whom};

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
    Rule { from: Option<String>, list: Option<String>, account: Option<String>, deed: Doing, since: i64 },
    Delete,
    CreateFolder { raw: String },
    RenameFolder { from: String, to: String },
    DeleteFolder { raw: String },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Doing {
    Archive,
    Trash,
    Read,
    Move(String),
}

fn write_rule(rule: Rule) -> Form {
    let (from, list) = match rule.whom {
        Whom::From(address) => (Some(address), None),
        Whom::List(id) => (None, Some(id)),
    };
    let deed = match rule.deed {
        Deed::Archive => Doing::Archive,
        Deed::Trash => Doing::Trash,
        Deed::Read => Doing::Read,
        Deed::Move(folder) => Doing::Move(folder),
    };
    Form::Rule { from, list, account: rule.account, deed, since: rule.since.0 }
}

fn read_rule(whom: Whom, account: Option<String>, deed: Doing, since: i64) -> Verb {
    let deed = match deed {
        Doing::Archive => Deed::Archive,
        Doing::Trash => Deed::Trash,
        Doing::Read => Deed::Read,
        Doing::Move(folder) => Deed::Move(folder),
    };
    Verb::Rule(Box::new(Rule { whom, account, deed, since: UnixTime(since) }))
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
        Verb::Rule(rule) => write_rule(*rule),
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
        Form::Rule { from, list, account, deed, since } => {
            let whom = from.map(Whom::From).or(list.map(Whom::List));
            let whom = whom.ok_or_else(|| serde::de::Error::custom("a rule about nobody"))?;
            read_rule(whom, account, deed, since)
        }
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
        Verb::Flag(_) | Verb::Delete | Verb::CreateFolder { .. } | Verb::Send(_) | Verb::Click(_) | Verb::Rule(_) => {
            verb.clone()
        }
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
