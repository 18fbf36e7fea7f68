//! Letters on their way into Drafts, and out of it: jobs for the desk.
//!
//! The order is what keeps it safe: the bytes are in a file before the journal names it, the copy on the server is noted
//! before the one before it is removed, and what is to be removed stays noted until it is.

use std::collections::BTreeSet;

use super::send::{OUTBOX, account_of, let_go};
use super::{Applied, Entry, Plan, Planner, Refusal, accounts_by_name, commit_by};
use crate::compose;
use crate::journal::{self, Drafting, NewOp, NewStep, Step, StepState, Undrafting, Verb};
use crate::letter::{DraftCopy, Letter, LetterId};
use crate::letters::copies::{Copies, digest};
use crate::letters::{Error, Letters, Parts, freeze};
use crate::mail::folder::Role;
use crate::mail::{FolderId, Uid, UnixTime};
use crate::protocol::Origin;
use crate::safe_text::SafeText;
use crate::sync::account::{Trouble, now};
use crate::sync::desk::Files;

/// The field that says which copy of a letter this is. It is in drafts alone: a mail is made of the letter anew.
pub const FIELD: &str = "X-Posthaste-Draft";

/// What is to be done for a letter that was kept.
pub enum Wish {
    /// Nothing: it is gone, is being sent, or its account is away.
    Nothing,
    /// The copy in Drafts is as new as the letter, or waits to be.
    AsItIs,
    /// A copy is to be made of it.
    Write(Box<Task>),
}

/// A copy that is to be made.
pub struct Task {
    /// The letter.
    pub letter: Letter,
    /// Its files.
    pub parts: Parts,
    stem: String,
    revision: u64,
    holds: u64,
}

/// Looks whether a letter needs a new copy in Drafts, and numbers it.
pub fn look(files: &Files, id: LetterId) -> Result<Wish, Refusal> {
    let letters = Letters::of(files.journal.dir());
    let Some(letter) = letters.load(id)? else { return Ok(Wish::Nothing) };
    // A mail that is sent again as it is is no draft: its bytes are another's.
    if letter.resend.is_some() || files.journal.post_of(id)?.is_some() || account_of(files, &letter.account).is_err() {
        return Ok(Wish::Nothing);
    }
    let mut copies = letters.copies(id);
    let holds = digest(&letter);
    if there_or_waiting(&files.journal.drafts_of(id)?, &copies, &letter.account) == Some(holds) {
        return Ok(Wish::AsItIs);
    }
    while copies.chance == 0 {
        copies.chance = rand::random();
    }
    copies.revision += 1;
    letters.note_copies(id, &copies)?;
    let parts = letters.parts(id);
    Ok(Wish::Write(Box::new(Task { letter, parts, stem: copies.stem(), revision: copies.revision, holds })))
}

/// What the copy in Drafts will hold when all that waits is done.
fn there_or_waiting(open: &[Step], copies: &Copies, account: &str) -> Option<u64> {
    // What is to go from the server of another account says nothing of the copy on this one; what is to come there does.
    let counts = |step: &Step| step.account == account || matches!(step.verb, Verb::Draft(_));
    let last = open.iter().rfind(|step| matches!(step.state, StepState::Queued | StepState::Sending) && counts(step));
    match last.map(|step| (&step.verb, step.account == account)) {
        Some((Verb::Draft(draft), true)) => Some(draft.holds),
        Some(_) => None,
        None => copies.newest.as_ref().filter(|_| copies.account == account).and(copies.holds),
    }
}

/// Messages went from a folder on the server, and nobody here removed them: they go from the cache. Gives how many rows that
/// changed, and the letters of which one was the draft: another device removed it, or sent the letter.
pub fn forget(files: &mut Files, folder: FolderId, gone: &[Uid]) -> Result<(u32, Vec<LetterId>), Trouble> {
    // Before they go: a message is seen to go once.
    let left = leave(files, folder, gone)?;
    Ok((files.cache.remove_uids(folder, gone)?, left))
}

fn leave(files: &Files, folder: FolderId, gone: &[Uid]) -> Result<Vec<LetterId>, Trouble> {
    let cache = files.cache.reader();
    let Some(info) = cache.folder(folder)?.filter(|info| info.row.role == Some(Role::Drafts)) else {
        return Ok(Vec::new());
    };
    let Some(validity) = files.cache.sync_state(folder)?.uid_validity else { return Ok(Vec::new()) };
    let owner = cache.accounts()?.into_iter().find(|(id, _)| *id == info.row.account).map(|(_, name)| name);
    let letters = Letters::of(files.journal.dir());
    let mut left = Vec::new();
    for letter in letters.readable() {
        let copies = letters.copies(letter.id);
        let its =
            |copy: &DraftCopy| copy.folder == info.raw && copy.validity == validity.0 && gone.contains(&Uid(copy.uid));
        if Some(&copies.account) != owner.as_ref() || !copies.newest.as_ref().is_some_and(its) {
            continue;
        }
        // What cannot be noted costs that the letter is shown on.
        match letters.note_copies(letter.id, &Copies { left: true, ..copies }) {
            Ok(()) => left.push(letter.id),
            Err(error) => tracing::warn!("that a draft was removed elsewhere is not noted: {error}"),
        }
    }
    Ok(left)
}

/// At the start, when nobody has a letter open: discards those whose drafts another device removed or sent. They can be
/// brought back for a while.
pub fn discard_left(files: &Files) -> Result<(), Trouble> {
    let letters = Letters::of(files.journal.dir());
    for letter in letters.readable().iter().filter(|letter| letters.is_left(letter)) {
        let idle = files.journal.drafts_of(letter.id)?.is_empty() && files.journal.post_of(letter.id)?.is_none();
        if idle && let Err(error) = letters.discard(letter.id) {
            tracing::warn!("a letter whose draft is gone is still there: {error}");
        }
    }
    Ok(())
}

/// A letter that may have been sent is to be sent as another mail, if it is: whoever has the first takes a second one of the
/// same Message-ID for the same, and so would the search for its copy in Sent.
pub(super) fn rename(files: &Files, id: LetterId) -> Result<(), Refusal> {
    let letters = Letters::of(files.journal.dir());
    let Some(mut letter) = letters.load(id)? else { return Ok(()) };
    let mut copies = letters.copies(id);
    copies.names.push(letter.message_id);
    letter.message_id = compose::message_id(&letter.from.address, rand::random());
    // Its copies first: killed in between, they are known by both.
    letters.note_copies(id, &copies)?;
    letters.keep(&letter)?;
    Ok(())
}

/// Letters that may need a new copy in Drafts: what was written in the last seconds of a run that ended or was killed, and
/// what a command began. One in which nothing was written yet is nothing that another device could go on with.
pub fn begun(files: &Files) -> Vec<LetterId> {
    let letters = Letters::of(files.journal.dir());
    letters.readable().into_iter().filter(|letter| !is_blank(letter)).map(|letter| letter.id).collect()
}

/// Whether there is nothing in a letter but a signature.
fn is_blank(letter: &Letter) -> bool {
    let text = letter.text.trim_start();
    let nobody = [&letter.to, &letter.cc, &letter.bcc].iter().all(|people| people.is_empty());
    let nothing = text.is_empty() || text.starts_with("-- \n");
    nobody && nothing && letter.subject.trim().is_empty() && letter.attachments.is_empty()
}

/// Queues a copy: first its bytes, then the journal. What waits of the same letter goes. `None`: it is not wanted any more.
pub fn queue(
    files: &mut Files,
    generation: i64,
    task: &Task,
    bytes: &[u8],
    at: UnixTime,
) -> Result<Option<Applied>, Refusal> {
    let (letter, dir) = (&task.letter, files.journal.dir().to_owned());
    let letters = Letters::of(&dir);
    // Once more: it may have been discarded, queued to be sent, or written anew while its bytes were made.
    let newest = letters.place(letter.id).is_dir() && letters.copies(letter.id).revision == task.revision;
    if !newest || files.journal.post_of(letter.id)?.is_some() {
        return Ok(None);
    }
    let account = account_of(files, &letter.account)?;
    let draft = Drafting {
        letter: letter.id,
        to: String::new(),
        message_id: letter.message_id.clone(),
        stem: task.stem.clone(),
        revision: task.revision,
        file: format!("{OUTBOX}/draft-{}-{}.eml", letter.id.0, task.revision),
        holds: task.holds,
        clear: !letter.seal.encrypt,
        at: at.0,
    };
    let field = format!("{FIELD}: {}\r\n", draft.mark());
    freeze(&dir.join(&draft.file), &[field.as_bytes(), bytes].concat())?;
    let planner = Planner::new(files.cache.reader(), generation)?;
    let mut plan = plan(format!("Keep the draft {} on the server", named(letter)));
    let (_, to) = planner.folder_for(&mut plan, account, Role::Drafts, "Drafts")?;
    plan.steps.push(planner.folder_step(&letter.account, Verb::Draft(Box::new(Drafting { to, ..draft }))));
    replace(files, generation, letter.id, plan).map(Some)
}

/// Queues that no copy of a letter is left in Drafts, or in those of this account.
fn withdraw(
    files: &mut Files,
    generation: i64,
    letter: &Letter,
    but: Option<&str>,
) -> Result<Option<Applied>, Refusal> {
    let planner = Planner::new(files.cache.reader(), generation)?;
    let mut plan = plan(format!("Remove the draft {} from the server", named(letter)));
    plan.steps = removals(files, &planner, (letter.id, &letter.message_id), but)?;
    if plan.steps.is_empty() {
        return Ok(None);
    }
    replace(files, generation, letter.id, plan).map(Some)
}

/// What removes the copies of a letter, on the servers of all accounts but one.
pub(super) fn removals(
    files: &Files,
    planner: &Planner,
    (letter, message_id): (LetterId, &str),
    but: Option<&str>,
) -> Result<Vec<NewStep>, Refusal> {
    let copies = Letters::of(files.journal.dir()).copies(letter);
    let mut accounts: BTreeSet<String> = copies.old.iter().map(|(account, _)| account.clone()).collect();
    if copies.newest.is_some() || copies.at > 0 {
        accounts.insert(copies.account.clone());
    }
    // What is on its way may make one.
    let sending = files.journal.drafts_of(letter)?.into_iter().filter(|step| step.state == StepState::Sending);
    accounts.extend(sending.map(|step| step.account));
    let known = accounts_by_name(files.cache.reader())?;
    let mut steps = Vec::new();
    for account in accounts.iter().filter(|account| Some(account.as_str()) != but) {
        let Some(id) = known.get(account).filter(|id| files.cache.roll().shows(**id)) else { continue };
        let undraft = Undrafting {
            letter,
            from: planner.role_folder(*id, Role::Drafts).map(|(_, raw)| raw).unwrap_or_default(),
            message_id: message_id.to_owned(),
            stem: copies.stem(),
            copies: copies.of(account),
        };
        steps.push(planner.folder_step(account, Verb::Undraft(Box::new(undraft))));
    }
    Ok(steps)
}

/// The letter that is discarded goes, and with it its copies. False: there was none.
pub fn discard(files: &mut Files, generation: i64, id: LetterId) -> Result<(bool, Option<Applied>), Refusal> {
    let letters = Letters::of(files.journal.dir());
    let mut applied = None;
    // The journal first: killed in between, the letter is still here.
    if let Some(letter) = letters.load(id)? {
        applied = withdraw(files, generation, &letter, None)?;
        if applied.is_none() {
            let dropped = files.journal.drop_drafts(id)?;
            let_go(files, &dropped);
        }
    }
    Ok((letters.discard(id)?, applied))
}

/// A letter that must not lie in Drafts, because it is to be encrypted and nobody did: what lies there of it from before for
/// everybody to read is removed.
pub fn hide(files: &mut Files, generation: i64, letter: &Letter) -> Result<Option<Applied>, Refusal> {
    let copies = Letters::of(files.journal.dir()).copies(letter.id);
    let waits = |step: &Step| matches!(&step.verb, Verb::Draft(draft) if draft.clear);
    if copies.clear || files.journal.drafts_of(letter.id)?.iter().any(waits) {
        return withdraw(files, generation, letter, None);
    }
    Ok(None)
}

/// Copies that a letter left behind on the servers of other accounts than the one that its newest copy is on.
pub fn leave_behind(files: &mut Files, generation: i64, id: LetterId) -> Result<Option<Applied>, Refusal> {
    let letters = Letters::of(files.journal.dir());
    let copies = letters.copies(id);
    let elsewhere = copies.newest.is_some() && copies.old.iter().any(|(account, _)| *account != copies.account);
    let idle = files.journal.drafts_of(id)?.is_empty() && files.journal.post_of(id)?.is_none();
    match letters.load(id)? {
        Some(letter) if elsewhere && idle => withdraw(files, generation, &letter, Some(&copies.account)),
        Some(_) | None => Ok(None),
    }
}

/// Writes a plan about the draft of a letter down, in the place of what waits.
fn replace(files: &mut Files, generation: i64, letter: LetterId, plan: Plan) -> Result<Applied, Refusal> {
    let own = files.journal.next_own(now())?;
    let mut dropped = Vec::new();
    let write = |journal: &mut journal::Journal, new: &NewOp| {
        dropped = journal.replace_draft(letter, new)?;
        Ok(())
    };
    let applied = commit_by(files, generation, Entry { origin: Origin::Silent, ..Entry::of(own) }, plan, write)?;
    let_go(files, &dropped);
    Ok(applied)
}

/// Silent: it is out of sight once it is done, and nothing takes it back.
fn plan(summary: String) -> Plan {
    Plan { steps: Vec::new(), summary, undoable: true, created: Vec::new() }
}

/// A letter by its subject.
pub fn named(letter: &Letter) -> String {
    let subject = SafeText::new(&letter.subject);
    if subject.as_str().trim().is_empty() { "(no subject)".to_owned() } else { format!("\"{}\"", subject.cut(60)) }
}

/// A copy is in Drafts, at this place where the server told or showed it: notes it before what was there before goes. `ours`:
/// other copies of ours that were found there. Gives those of this account that are to be removed.
pub fn arrived(
    files: &Files,
    account: &str,
    draft: &Drafting,
    (place, ours): (Option<DraftCopy>, Vec<DraftCopy>),
) -> Result<Vec<DraftCopy>, Trouble> {
    let letters = Letters::of(files.journal.dir());
    let mut copies = letters.copies(draft.letter);
    let Some(place) = place else {
        // It is there, and nobody knows where: nothing is removed before the next one is seen.
        (copies.holds, copies.at) = (None, copies.at.max(draft.revision));
        if copies.newest.is_none() {
            account.clone_into(&mut copies.account);
        }
        note(&letters, draft.letter, &copies)?;
        return Ok(Vec::new());
    };
    let mut old: Vec<(String, DraftCopy)> = copies.old.clone();
    old.extend(ours.into_iter().map(|copy| (account.to_owned(), copy)));
    if draft.revision >= copies.at {
        let before = copies.newest.replace(place.clone());
        old.extend(before.map(|before| (copies.account.clone(), before)));
        account.clone_into(&mut copies.account);
        (copies.at, copies.holds, copies.clear) = (draft.revision, Some(draft.holds), draft.clear);
        copies.left = false;
    } else {
        // On another server there is a newer one meanwhile.
        old.push((account.to_owned(), place));
    }
    let newest = copies.newest.clone().map(|newest| (copies.account.clone(), newest));
    copies.old.clear();
    for one in old {
        if Some(&one) != newest.as_ref() && !copies.old.contains(&one) {
            copies.old.push(one);
        }
    }
    note(&letters, draft.letter, &copies)?;
    Ok(copies.old.into_iter().filter(|(of, _)| of == account).map(|(_, copy)| copy).collect())
}

/// These copies are gone from the server of this account. Gives whether others are left on those of other accounts.
pub fn removed(files: &Files, account: &str, letter: LetterId, gone: &[DraftCopy]) -> Result<bool, Trouble> {
    let letters = Letters::of(files.journal.dir());
    let mut copies = letters.copies(letter);
    copies.old.retain(|(of, copy)| of != account || !gone.contains(copy));
    if copies.account == account && copies.newest.as_ref().is_some_and(|newest| gone.contains(newest)) {
        (copies.newest, copies.holds, copies.at, copies.clear) = (None, None, 0, false);
        copies.left = false;
    }
    note(&letters, letter, &copies)?;
    Ok(!copies.old.is_empty())
}

fn note(letters: &Letters, letter: LetterId, copies: &Copies) -> Result<(), Trouble> {
    match letters.note_copies(letter, copies) {
        // It was discarded so long ago that nothing is left of it.
        Ok(()) | Err(Error::Missing) => Ok(()),
        // As where the journal cannot be written: the step is done once more later, and finds its copy.
        Err(error) => Err(Trouble::Letters(error)),
    }
}
