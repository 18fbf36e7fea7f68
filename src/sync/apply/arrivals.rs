//! What rules and muted conversations do to mail that arrives: operations of the engine's own, each to be taken back.
//!
//! A message is looked at once. Noted in the cache until then, it survives a kill between its arrival and here; a kill
//! between the journal's writing and the cache's is harmless, because what is laid over the message already is not done
//! again. What was filed before under its Message-ID is left alone, wherever it comes from now: somebody put it back.

use std::collections::BTreeSet;

use super::mute::muted;
use super::{Entry, Plan, Planner, Refusal, commit};
use crate::mail::flags::{Flag, FlagChange, SEEN};
use crate::mail::folder::Role;
use crate::mail::rights::{PUT_IN, Rights};
use crate::mail::rule::{Deed, Rule};
use crate::mail::{AccountId, FolderId, MessageId, UnixTime, marks};
use crate::protocol::{OpId, Origin};
use crate::store::{Detail, Placed};
use crate::sync::desk::Files;
use crate::sync::rules::Rules;

/// What was done to what arrived.
#[derive(Debug, Default)]
pub struct Filed {
    /// The operations, each with its words.
    pub ops: Vec<(OpId, String)>,
    /// Folders whose lists changed.
    pub folders: BTreeSet<FolderId>,
    /// Unread messages that are not in the inbox any more, or not unread: nobody is told that they came.
    pub quiet: u32,
    /// What did not work.
    pub troubles: Vec<String>,
    /// What did not work and is tried again with whatever is stored next: told once.
    pub kept: Vec<String>,
}

/// Why something is done to a message.
enum Cause<'r> {
    Rule(&'r Rule),
    Muted,
}

/// Looks at what arrived in the inbox of this account and was not looked at yet.
pub fn file(
    files: &mut Files,
    (account, name): (AccountId, &str),
    generation: i64,
    now: UnixTime,
) -> Result<Filed, Refusal> {
    let mut done = Filed::default();
    let all = files.cache.reader().unfiled(account)?;
    if all.is_empty() {
        return Ok(done);
    }
    let rules = match Rules::new(files.journal.dir()).read() {
        Ok(rules) => rules,
        Err(error) => {
            done.kept.push(error.to_string());
            Vec::new()
        }
    };
    let arrived = arrived(files, name, &all)?;
    let muted: Vec<bool> = {
        let reader = files.cache.reader();
        let answers = |detail: &Detail| reader.answers_muted(detail.row.id, &detail.envelope.references);
        arrived.iter().map(answers).collect::<Result<_, _>>()?
    };
    let mut quiet = BTreeSet::new();
    for rule in &rules {
        let meant = |detail: &&Detail| means(rule, name, detail);
        let ids: Vec<MessageId> = arrived.iter().filter(meant).map(|detail| detail.row.id).collect();
        if !run(files, (account, generation, now), &Cause::Rule(rule), &ids, (&mut done, &mut quiet)) {
            break;
        }
    }
    let silenced = arrived.iter().zip(&muted).filter(|(_, muted)| **muted);
    let ids: Vec<MessageId> = silenced.map(|(detail, _)| detail.row.id).collect();
    if done.kept.is_empty() || rules.is_empty() {
        run(files, (account, generation, now), &Cause::Muted, &ids, (&mut done, &mut quiet));
    }
    let unread = |detail: &&Detail| !detail.server_flags.seen() && quiet.contains(&detail.row.id);
    done.quiet = u32::try_from(arrived.iter().filter(unread).count()).unwrap_or(u32::MAX);
    // Looked at once more when the file can be read again, or the disk has room: what was done is not done again.
    if done.kept.is_empty() {
        files.cache.filed(&all)?;
    }
    Ok(done)
}

/// The messages that are still in an inbox and were never filed before.
fn arrived(files: &Files, name: &str, all: &[MessageId]) -> Result<Vec<Detail>, Refusal> {
    let reader = files.cache.reader();
    let mut details = Vec::with_capacity(all.len());
    for id in all {
        details.extend(reader.detail(*id)?);
    }
    let proof = |detail: &Detail| (detail.envelope.message_id.clone(), detail.row.size);
    let ids = details.iter().map(proof).filter(|(id, _)| !id.is_empty()).collect();
    let known = files.journal.filed(name, &ids)?;
    // What was put off and is back is no news.
    let back = |detail: &Detail| marks::until(&detail.server_flags).is_some();
    details.retain(|detail| !known.contains(&proof(detail)) && !back(detail));
    Ok(details)
}

fn means(rule: &Rule, account: &str, detail: &Detail) -> bool {
    let envelope = &detail.envelope;
    rule.account.as_deref().is_none_or(|name| name == account)
        && detail.row.received >= rule.since
        && rule.whom.is(envelope.from.iter().map(|one| one.address.as_str()), &envelope.list_id)
}

/// Does it to these messages, as one operation. What is refused is told, and keeps nothing else from being done; false: the
/// disk failed.
fn run(
    files: &mut Files,
    (account, generation, now): (AccountId, i64, UnixTime),
    cause: &Cause<'_>,
    ids: &[MessageId],
    (done, quiet): (&mut Filed, &mut BTreeSet<MessageId>),
) -> bool {
    if ids.is_empty() {
        return true;
    }
    let outcome = plan(files, account, generation, cause, ids).and_then(|plan| {
        if plan.steps.is_empty() {
            return Ok(None);
        }
        let op = files.journal.next_own(now)?;
        let entry = Entry { origin: Origin::Engine, ..Entry::of(op) };
        let touched: BTreeSet<MessageId> = plan.steps.iter().filter_map(|step| step.local).collect();
        commit(files, generation, entry, plan).map(|applied| Some((op, applied, touched)))
    });
    match outcome {
        Ok(None) => {}
        Ok(Some((op, applied, touched))) => {
            done.ops.push((op, applied.summary));
            done.folders.extend(applied.folders);
            quiet.extend(touched);
        }
        Err(refusal) => {
            let what = match cause {
                Cause::Rule(rule) => rule.to_string(),
                Cause::Muted => "a muted conversation".to_owned(),
            };
            let words = format!("{what}: {refusal}");
            if matches!(refusal, Refusal::Trouble(_)) {
                done.kept.push(words);
                return false;
            }
            done.troubles.push(words);
        }
    }
    true
}

fn plan(
    files: &Files,
    account: AccountId,
    generation: i64,
    cause: &Cause<'_>,
    ids: &[MessageId],
) -> Result<Plan, Refusal> {
    // With what the rules before it did laid over: a message that is not in the inbox any more is theirs.
    let planner = Planner::new(files.cache.reader(), generation)?;
    let mut items = files.cache.reader().places(ids)?;
    items.retain(|item| planner.is_in_inbox(item));
    let count = if items.len() == 1 { "1 message".to_owned() } else { format!("{} messages", items.len()) };
    let mut plan = Plan { steps: Vec::new(), summary: String::new(), undoable: true, created: Vec::new() };
    match cause {
        Cause::Rule(rule) => {
            plan.summary = format!("By a rule, {count} {}: {}", rule.whom, words(&rule.deed));
            planner.deed(&mut plan, account, &rule.deed, &items)?;
        }
        Cause::Muted => {
            plan.summary = format!("Archived {count} in muted conversations");
            let mut change = muted(true);
            change.add.push(Flag::System(SEEN));
            for item in &items {
                planner.flag(&mut plan, item, &change);
            }
            planner.to_role(&mut plan, &items, Role::Archive, "Archive")?;
        }
    }
    Ok(plan)
}

fn words(deed: &Deed) -> String {
    match deed {
        Deed::Archive => "archived".to_owned(),
        Deed::Trash => "moved to Trash".to_owned(),
        Deed::Read => "marked as read".to_owned(),
        Deed::Move(folder) => format!("moved to {folder}"),
    }
}

impl Planner {
    fn deed(&self, plan: &mut Plan, account: AccountId, deed: &Deed, items: &[Placed]) -> Result<(), Refusal> {
        match deed {
            Deed::Archive => self.to_role(plan, items, Role::Archive, "Archive"),
            Deed::Trash => self.to_role(plan, items, Role::Trash, "Trash"),
            Deed::Read => {
                let change = FlagChange { add: vec![Flag::System(SEEN)], remove: Vec::new() };
                for item in items {
                    self.flag(plan, item, &change);
                }
                Ok(())
            }
            Deed::Move(path) => {
                let found = self.folders.values().find(|row| row.account == account && row.path.as_str() == path);
                let Some(row) = found else { return super::refuse(format!("there is no folder {path}")) };
                if !row.rights.holds(Rights::INSERT) {
                    return super::refuse(crate::mail::rights::refusal(row, &[PUT_IN]).unwrap_or_default());
                }
                self.to_folder(plan, items, row.id, super::Go::Move)
            }
        }
    }
}
