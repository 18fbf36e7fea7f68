//! A letter becomes a mail that waits, and a mail that was sent becomes a copy in Sent and flags on what it answers.
//!
//! The order is what keeps it safe: the bytes are in a file before the journal names it; the journal names what follows in
//! the transaction that says that the mail was sent; file and letter go when nothing in the journal needs them any more.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::SystemTime;

use super::{AWAY, accounts_by_name, commit_by, drafts, refuse};
use super::{Applied, Entry, Plan, Planner, Refusal};
use crate::compose::Built;
use crate::config::outgoing::SentCopy;
use crate::journal::{Ended, NewOp, NewStep, Outgoing, Post, Posting, Step, Try, Verb};
use crate::letter::{Letter, LetterId, Relation};
use crate::letters::{KEPT, Letters, freeze};
use crate::mail::flags::{ANSWERED, Flag, FlagChange, Flags, Keyword, SEEN};
use crate::mail::folder::Role;
use crate::mail::{AccountId, MessageId, UnixTime};
use crate::protocol::{OpId, Origin};
use crate::safe_text::SafeText;
use crate::sync::account::{Trouble, now};
use crate::sync::desk::Files;

/// The directory of mails that wait, below the data directory.
pub(super) const OUTBOX: &str = "outbox";

/// What a mail that was sent leads to.
pub struct Followed {
    /// The operations that ended.
    pub ended: Vec<Ended>,
    /// What the cache shows of what follows.
    pub applied: Option<Applied>,
    /// The letter.
    pub letter: LetterId,
    /// The letter, if it is done with.
    pub done: Option<LetterId>,
}

/// The letter that is to be sent, if it may be.
pub fn take(files: &Files, id: LetterId) -> Result<Letter, Refusal> {
    let letters = Letters::of(files.journal.dir());
    let Some(letter) = letters.load(id)? else { return refuse("this letter is not on the disk any more") };
    if files.journal.post_of(id)?.is_some() {
        return refuse("this letter is being sent already");
    }
    account_of(files, &letter.account)?;
    Ok(letter)
}

pub(super) fn account_of(files: &Files, name: &str) -> Result<AccountId, Refusal> {
    let id = accounts_by_name(files.cache.reader())?.get(name).copied();
    match id.filter(|id| files.cache.roll().shows(*id)) {
        Some(id) => Ok(id),
        None => refuse(AWAY),
    }
}

/// Writes a mail down that is to be sent: first its bytes, then the journal.
pub fn queue(
    files: &mut Files,
    generation: i64,
    op: OpId,
    letter: &Letter,
    built: &Built,
    at: Option<UnixTime>,
) -> Result<Applied, Refusal> {
    queue_as(files, generation, (op, Origin::User), letter, built, at)
}

/// As [`queue`], of a mail that this screen's user sends, or another program of his.
pub fn queue_as(
    files: &mut Files,
    generation: i64,
    (op, origin): (OpId, Origin),
    letter: &Letter,
    built: &Built,
    at: Option<UnixTime>,
) -> Result<Applied, Refusal> {
    // Once more: it may have been queued while it was made.
    let account = account_of(files, &letter.account)?;
    if files.journal.post_of(letter.id)?.is_some() {
        return refuse("this letter is being sent already");
    }
    let file = format!("{OUTBOX}/{}.eml", op.0);
    let kept = built.kept();
    freeze(&files.journal.dir().join(&file), &kept)?;
    let mail = Outgoing {
        letter: letter.id,
        message_id: built.parcel.message_id.clone(),
        from: built.parcel.from.clone(),
        to: built.parcel.to.clone(),
        file,
        skip: built.bcc.len() as u64,
        at: at.unwrap_or_else(now).0,
        unreached: false,
        resent: letter.resend.is_some(),
        kin: letter.kin.of.clone(),
    };
    append(files, generation, (op, origin), (account, &letter.account), Verb::Send(Box::new(mail)), summary(letter))
}

/// Writes an operation into the journal that is about no message and no folder, and can be taken back until it is begun.
pub(super) fn append(
    files: &mut Files,
    generation: i64,
    (op, origin): (OpId, Origin),
    (account, name): (AccountId, &str),
    verb: Verb,
    summary: String,
) -> Result<Applied, Refusal> {
    let (local, place, prior) = (None, None, Flags::default());
    let step = NewStep { account: name.to_owned(), verb, local, generation, place, prior };
    files.journal.append(&NewOp {
        op,
        created: now(),
        summary: summary.clone(),
        undo_of: None,
        redo_of: None,
        undoable: true,
        origin,
        steps: vec![step],
    })?;
    Ok(applied(summary, true, Some(account)))
}

/// "Send "Contract" to Ada Lovelace and 2 more".
fn summary(letter: &Letter) -> String {
    let all: Vec<_> = letter.to.iter().chain(&letter.cc).chain(&letter.bcc).collect();
    let name = |first: &&&crate::letter::Mailbox| {
        if first.name.is_empty() { first.address.clone() } else { first.name.clone() }
    };
    let first = all.first().as_ref().map(name).unwrap_or_default();
    let more = match all.len() {
        0 | 1 => String::new(),
        many => format!(" and {} more", many - 1),
    };
    let subject = SafeText::new(&letter.subject);
    let subject =
        if subject.as_str().trim().is_empty() { "(no subject)".to_owned() } else { subject.cut(60).to_string() };
    format!("Send \"{subject}\" to {}{more}", SafeText::new(&first).cut(40))
}

fn applied(summary: String, undoable: bool, account: Option<AccountId>) -> Applied {
    Applied {
        summary,
        undoable,
        folders: BTreeSet::new(),
        accounts: account.into_iter().collect(),
        folders_changed: false,
    }
}

/// Calls a mail back that is not being sent, or was refused: its letter is whole, and the user's again. One that may have been
/// sent is still called that, and its letter becomes another mail.
pub fn call_back(files: &mut Files, post: &Post, summary: &SafeText) -> Result<Applied, Refusal> {
    let what = match post.posting {
        Posting::Waits { .. } | Posting::Refused { .. } => "Not sent",
        Posting::Unknown { .. } => {
            drafts::rename(files, post.mail.letter)?;
            "It may have been sent"
        }
        Posting::Begun | Posting::Ending => return refuse("this mail is being sent at this moment"),
        Posting::Sent { .. } => return refuse("this mail was sent and cannot be called back"),
        Posting::CalledBack => return refuse("this mail was called back already"),
    };
    let dropped = files.journal.drop_op(post.op)?;
    if dropped.is_empty() {
        return refuse("this mail is being sent at this moment");
    }
    let_go(files, &dropped);
    let account = accounts_by_name(files.cache.reader())?.get(&post.account).copied();
    Ok(applied(format!("{what}: {summary}"), false, account))
}

/// Removes what dropped steps leave behind: the files of mails, and letters whose copy is not wanted any more.
pub fn let_go(files: &Files, dropped: &[Step]) {
    for step in dropped {
        match &step.verb {
            Verb::Send(mail) => remove(files.journal.dir(), &mail.file),
            Verb::Keep { file, letter, .. } => {
                remove(files.journal.dir(), file);
                done_with(files, *letter);
            }
            Verb::Draft(draft) => remove(files.journal.dir(), &draft.file),
            Verb::Flag(_)
            | Verb::Move { .. }
            | Verb::Copy { .. }
            | Verb::Append { .. }
            | Verb::Undraft(_)
            | Verb::Click(_)
            | Verb::Rule(_)
            | Verb::Delete
            | Verb::CreateFolder { .. }
            | Verb::RenameFolder { .. }
            | Verb::DeleteFolder { .. } => {}
        }
    }
}

/// The mail was sent: notes it with what follows. `said` is the server's last word, or the user's.
pub fn sent(files: &mut Files, generation: i64, post: &Post, copy: SentCopy, said: &str) -> Result<Followed, Trouble> {
    let of = Try { step: post.step, number: post.tries };
    // What waits to be written into Drafts need not be.
    let dropped = files.journal.drop_drafts(post.mail.letter)?;
    let_go(files, &dropped);
    let plan = match follow(files, generation, post, copy) {
        Ok(plan) => plan,
        // An account that is not shown any more: that it was sent is noted all the same.
        Err(Refusal::Words(words)) => {
            tracing::warn!("nothing follows a mail that was sent: {words}");
            None
        }
        Err(Refusal::Trouble(trouble)) => return Err(trouble),
    };
    let mut ended = Vec::new();
    let applied = match plan {
        None => {
            ended = files.journal.sent(of, said, None)?;
            None
        }
        Some(plan) => {
            let own = files.journal.next_own(now())?;
            let entry = Entry { origin: Origin::Silent, ..Entry::of(own) };
            let write = |journal: &mut crate::journal::Journal, new: &NewOp| {
                ended = journal.sent(of, said, Some(new))?;
                Ok(())
            };
            match commit_by(files, generation, entry, plan, write) {
                Ok(applied) => Some(applied),
                Err(Refusal::Trouble(trouble)) => return Err(trouble),
                Err(Refusal::Words(words)) => {
                    tracing::warn!("what follows a mail that was sent is not shown: {words}");
                    None
                }
            }
        }
    };
    let done = done_with(files, post.mail.letter);
    if done.is_some() {
        remove(files.journal.dir(), &post.mail.file);
    }
    Ok(Followed { ended, applied, letter: post.mail.letter, done })
}

/// What follows: the copy in Sent, the flags on what the mail is about, and the end of its draft. Whether the server makes the copy itself is found
/// out by the connection that would make it.
fn follow(files: &Files, generation: i64, post: &Post, copy: SentCopy) -> Result<Option<Plan>, Refusal> {
    let account = account_of(files, &post.account)?;
    let planner = Planner::new(files.cache.reader(), generation)?;
    let summary = "Keep a copy of what was sent".to_owned();
    // Silent: it is out of sight once it is done.
    let mut plan = Plan { steps: Vec::new(), summary, undoable: true, created: Vec::new() };
    if copy != SentCopy::Never {
        let (_, to) = planner.folder_for(&mut plan, account, Role::Sent, "Sent")?;
        let Outgoing { message_id, file, letter, resent, .. } = post.mail.clone();
        plan.steps.push(planner.folder_step(&post.account, Verb::Keep { to, message_id, file, letter, resent }));
    }
    if post.generation == generation {
        for (message, relation) in &post.mail.kin {
            let Some(item) = files.cache.reader().places(&[MessageId(*message)])?.into_iter().next() else { continue };
            if files.cache.roll().shows(item.account) {
                planner.flag(&mut plan, &item, &mark(*relation));
            }
        }
    }
    let letter = (post.mail.letter, post.mail.message_id.as_str());
    plan.steps.extend(drafts::removals(files, &planner, letter, None)?);
    Ok((!plan.steps.is_empty()).then_some(plan))
}

/// What is set on a message that was answered or handed on. Who answers it has read it, wherever that was.
fn mark(relation: Relation) -> FlagChange {
    let add = match relation {
        Relation::Answer => vec![Flag::System(ANSWERED), Flag::System(SEEN)],
        Relation::Forward => Keyword::new("$Forwarded").map(Flag::Keyword).into_iter().collect(),
    };
    FlagChange { add, remove: Vec::new() }
}

/// Discards the letter of a mail that was sent, once nothing in the journal needs it any more.
pub fn done_with(files: &Files, letter: LetterId) -> Option<LetterId> {
    if files.journal.post_of(letter).ok()?.is_some() {
        return None;
    }
    match Letters::of(files.journal.dir()).discard(letter) {
        Ok(_) => Some(letter),
        Err(error) => {
            tracing::warn!("the letter of a mail that was sent is still there: {error}");
            None
        }
    }
}

/// Before all that the journal knows of an account is forgotten: the letter of a mail that was sent goes, though its copy is
/// not kept, and one that may have been sent becomes another mail. Gives the latter by their subjects.
pub fn forget_account(files: &Files, account: &str) -> Result<Vec<String>, Trouble> {
    let letters = Letters::of(files.journal.dir());
    let mut unknown = Vec::new();
    for post in files.journal.posts_of(account)? {
        let id = post.mail.letter;
        match post.posting {
            Posting::Sent { .. } => {
                letters.discard(id).map_err(Trouble::Letters)?;
            }
            Posting::Unknown { .. } | Posting::Ending => match drafts::rename(files, id) {
                Ok(()) => unknown.extend(letters.load(id).ok().flatten().map(|letter| drafts::named(&letter))),
                Err(Refusal::Words(words)) => tracing::warn!("the letter of a mail that may have been sent: {words}"),
                Err(Refusal::Trouble(trouble)) => return Err(trouble),
            },
            Posting::Waits { .. } | Posting::Begun | Posting::Refused { .. } | Posting::CalledBack => {}
        }
    }
    Ok(unknown)
}

/// A copy that is kept, or will not be: its file goes, and its letter.
pub fn kept(files: &Files, file: &str, letter: LetterId) -> Option<LetterId> {
    let done = done_with(files, letter)?;
    remove(files.journal.dir(), file);
    Some(done)
}

/// At the start: removes what a run that was killed left behind, files that no mail has and letters that were sent.
pub fn tidy(files: &Files) -> Result<(), Trouble> {
    let dir = files.journal.dir();
    let (named, open) = files.journal.mails()?;
    if let Ok(entries) = std::fs::read_dir(dir.join(OUTBOX)) {
        for name in entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()) {
            let file = format!("{OUTBOX}/{name}");
            if !named.contains(&file) {
                remove(dir, &file);
            }
        }
    }
    let letters = Letters::of(dir);
    for letter in files.journal.sent_letters()?.difference(&open) {
        if let Err(error) = letters.discard(*letter) {
            tracing::warn!("the letter of a mail that was sent is still there: {error}");
        }
    }
    drafts::discard_left(files)?;
    if let Some(before) = SystemTime::now().checked_sub(KEPT)
        && let Err(error) = letters.prune(before)
    {
        tracing::warn!("old letters are still there: {error}");
    }
    Ok(())
}

fn remove(dir: &Path, file: &str) {
    // What stays is removed at the next start.
    drop(std::fs::remove_file(dir.join(file)));
}
