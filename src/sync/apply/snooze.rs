//! Putting messages off, bringing them back, and what their keywords come to when they are moved.

use std::collections::{BTreeMap, BTreeSet};

use super::{Entry, Plan, Planner, Refusal, commit};
use crate::mail::flags::{Flag, FlagChange, SEEN};
use crate::mail::folder::Role;
use crate::mail::{AccountId, MessageId, UnixTime, marks};
use crate::protocol::{Action, Origin};
use crate::store::{Due, Placed};
use crate::sync::account::Trouble;
use crate::sync::desk::Files;

/// Keywords that one STORE takes away: each message may have a time of its own, and a command has to end somewhere.
const KEYWORDS: usize = 40;
/// The folder that is made where an account has none.
const FOLDER: &str = "Snoozed";

impl Planner {
    /// First the keywords, then the move: a message without a time never lies in the folder.
    pub(super) fn snooze(&self, plan: &mut Plan, items: &[Placed], until: UnixTime) -> Result<(), Refusal> {
        for item in items.iter().filter(|item| self.may_flag(item)) {
            self.flag(plan, item, &marks::put_off(&item.flags, until));
        }
        self.to_role(plan, items, Role::Snoozed, FOLDER)
    }

    /// Back to the inbox: the time in the keyword becomes that of coming back, by which it is sorted there.
    pub(super) fn bring_back(&self, plan: &mut Plan, items: &[Placed], now: UnixTime) -> Result<(), Refusal> {
        let since = marks::until_keyword(now).map(Flag::Keyword);
        for item in items.iter().filter(|item| self.may_flag(item)) {
            let mut remove = marks::of_snoozing(&item.flags);
            remove.retain(|flag| Some(flag) != since.as_ref());
            remove.push(Flag::System(SEEN));
            self.flag(plan, item, &FlagChange { add: since.iter().cloned().collect(), remove });
        }
        self.to_role(plan, items, Role::Inbox, "INBOX")
    }

    /// What is moved on is done with: its keywords go, so that they do not pile up where a server has room for few of them
    /// (Cyrus for 128, Dovecot with Maildir for 26). One change names the keywords of many messages, so that it is one
    /// command.
    pub(super) fn forget_snoozing(&self, plan: &mut Plan, action: &Action, items: &[Placed]) {
        match action {
            Action::Move(_) | Action::Archive | Action::Trash | Action::Junk | Action::NotJunk => {}
            Action::Flag(_)
            | Action::Copy(_)
            | Action::Snooze { .. }
            | Action::BringBack(_)
            | Action::Mute
            | Action::Unmute
            | Action::DeleteForever
            | Action::CreateFolder { .. }
            | Action::RenameFolder { .. }
            | Action::DeleteFolder { .. } => return,
        }
        let mut moved: Vec<(&Placed, Vec<Flag>)> = Vec::new();
        for item in items.iter().filter(|item| !item.flags.keywords.is_empty() && self.may_flag(item)) {
            let theirs = marks::of_snoozing(&item.flags);
            if !theirs.is_empty() && self.goes_to(action, item.account) != Some(item.folder) {
                moved.push((item, theirs));
            }
        }
        let mut rest = moved.as_slice();
        while !rest.is_empty() {
            let mut all: BTreeSet<Flag> = BTreeSet::new();
            let fits = |(_, theirs): &&(&Placed, Vec<Flag>)| {
                all.extend(theirs.iter().cloned());
                all.len() <= KEYWORDS
            };
            let count = rest.iter().take_while(fits).count().max(1);
            let (now, later) = rest.split_at(count);
            let keywords: BTreeSet<Flag> = now.iter().flat_map(|(_, theirs)| theirs.iter().cloned()).collect();
            let change = FlagChange { add: Vec::new(), remove: keywords.into_iter().collect() };
            plan.steps.extend(now.iter().map(|(item, _)| self.step(item, super::Verb::Flag(change.clone()))));
            rest = later;
        }
    }
}

/// Messages that were brought back because their time had come.
pub struct Woken {
    /// What became of it.
    pub applied: super::Applied,
    /// Whose they are.
    pub account: AccountId,
    /// Their subjects, not sanitised.
    pub subjects: Vec<String>,
}

/// Brings back what is due, an operation an account. It is the engine's own: nobody takes it back, and nobody is told but
/// by the list. Where the disk fails, what came back before is given too.
pub fn wake(files: &mut Files, generation: i64, due: &[Due], now: UnixTime) -> (Vec<Woken>, Option<Trouble>) {
    let mut accounts: BTreeMap<AccountId, Vec<&Due>> = BTreeMap::new();
    for one in due {
        accounts.entry(one.account).or_default().push(one);
    }
    let mut woken = Vec::new();
    for (account, due) in accounts {
        match wake_account(files, generation, &due, now) {
            Ok(Some(applied)) => {
                let subjects = due.iter().map(|one| one.subject.clone()).collect();
                woken.push(Woken { applied, account, subjects });
            }
            Ok(None) => {}
            Err(Refusal::Trouble(trouble)) => return (woken, Some(trouble)),
            // What may not be moved stays where it is.
            Err(Refusal::Words(words)) => tracing::info!("what was snoozed stays: {words}"),
        }
    }
    (woken, None)
}

fn wake_account(
    files: &mut Files,
    generation: i64,
    due: &[&Due],
    now: UnixTime,
) -> Result<Option<super::Applied>, Refusal> {
    let planner = Planner::new(files.cache.reader(), generation)?;
    let ids: Vec<MessageId> = due.iter().map(|one| one.id).collect();
    let items = files.cache.reader().places(&ids)?;
    planner.allow(&Action::BringBack(now), &items)?;
    let mut plan = Plan { steps: Vec::new(), summary: String::new(), undoable: false, created: Vec::new() };
    let snoozed = marks::Mark::Snoozed.flag();
    // The time stays: it says since when it is back. Where a server kept none, it comes back at the moment.
    let change = FlagChange { add: Vec::new(), remove: snoozed.into_iter().chain([Flag::System(SEEN)]).collect() };
    for item in items.iter().filter(|item| planner.may_flag(item)) {
        planner.flag(&mut plan, item, &change);
    }
    planner.to_role(&mut plan, &items, Role::Inbox, "INBOX")?;
    if plan.steps.is_empty() {
        return Ok(None);
    }
    plan.summary = match items.len() {
        1 => "Brought back 1 message that was snoozed".to_owned(),
        count => format!("Brought back {count} messages that were snoozed"),
    };
    let op = files.journal.next_own(now)?;
    commit(files, generation, Entry { origin: Origin::Engine, ..Entry::of(op) }, plan).map(Some)
}
