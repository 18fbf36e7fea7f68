//! A sync, from the start of its engine to the report: each account is told as it ends, whatever becomes of the others.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::{failed, next};
use crate::cli::engine::{AccountReport, End, Error, Report};
use crate::mail::folder::Role;
use crate::mail::{AccountId, FolderId};
use crate::protocol::{Connection, Event, Need, OpState};
use crate::safe_text::SafeText;
use crate::sync::Engine;
use crate::sync::desk::Urgency;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// Every account came to its end.
    ByItself,
    /// Nothing was heard for too long: the engine is to be stopped.
    OutOfPatience,
}

/// Operations that wait and that were refused, by account.
type Waiting = BTreeMap<AccountId, (u64, u64)>;

/// What was heard of an account while the engine ran.
#[derive(Debug, Clone, Default)]
struct Heard {
    state: Connection,
    new: u64,
}

/// All that was heard.
struct Course {
    before: Waiting,
    heard: BTreeMap<AccountId, Heard>,
    /// Inboxes, and whose they are.
    inboxes: BTreeMap<FolderId, AccountId>,
}

impl Course {
    fn report(&self, id: AccountId, name: &str, after: &Waiting) -> AccountReport {
        let heard = self.heard.get(&id).cloned().unwrap_or_default();
        let (queued, refused) = after.get(&id).copied().unwrap_or_default();
        let (waited, had_failed) = self.before.get(&id).copied().unwrap_or_default();
        AccountReport {
            account: name.to_owned(),
            end: end(heard.state),
            new: heard.new,
            sent: (waited + had_failed).saturating_sub(queued + refused),
            queued,
            refused,
        }
    }

    /// Counts mail that is new in an inbox.
    async fn count(&mut self, engine: &Engine, folder: FolderId, count: u32) {
        if let Entry::Vacant(entry) = self.inboxes.entry(folder) {
            let info = engine.desk().run(Urgency::Now, move |files| files.cache.reader().folder(folder)).await;
            if let Ok(Ok(Some(info))) = info
                && info.row.role == Some(Role::Inbox)
            {
                entry.insert(info.row.account);
            }
        }
        if let Some(heard) = self.inboxes.get(&folder).and_then(|account| self.heard.get_mut(account)) {
            heard.new += u64::from(count);
        }
    }
}

/// Waits until every account is in step or has failed; tells each as it ends, and again where more came of it later.
pub(super) async fn watch(engine: &Engine, tell: &mut dyn FnMut(&AccountReport)) -> Result<(Report, Over), Error> {
    let heard = engine.accounts().iter().map(|(id, _)| (*id, Heard::default())).collect();
    let mut course = Course { before: waiting(engine).await?, heard, inboxes: BTreeMap::new() };
    let mut told: BTreeMap<AccountId, AccountReport> = BTreeMap::new();
    let over = 'listen: loop {
        let Ok(events) = next(engine).await else { break Over::OutOfPatience };
        let mut ended = BTreeSet::new();
        for event in events {
            match event {
                Event::Connection { account, state } => {
                    if let Some(heard) = course.heard.get_mut(&account) {
                        heard.state = state;
                    }
                }
                Event::NewMail { folder, count } => course.count(engine, folder, count).await,
                Event::Ended(account) => drop(ended.insert(account)),
                Event::Stopped => break 'listen Over::ByItself,
                _ => {}
            }
        }
        if !ended.is_empty() {
            let after = waiting(engine).await?;
            for (id, name) in engine.accounts().iter().filter(|(id, _)| ended.contains(id)) {
                let report = course.report(*id, name, &after);
                if told.get(id) != Some(&report) {
                    tell(&report);
                    told.insert(*id, report);
                }
            }
        }
    };
    let after = waiting(engine).await?;
    let mut accounts = Vec::new();
    for (id, name) in engine.accounts() {
        let report = course.report(*id, name, &after);
        if told.get(id) != Some(&report) {
            tell(&report);
        }
        accounts.push(report);
    }
    Ok((Report { accounts }, over))
}

fn end(state: Connection) -> End {
    match state {
        Connection::Online { .. } => End::InStep,
        Connection::SignInRefused { reason } => {
            End::Failed { reason: SafeText::new(&format!("cannot sign in: {reason}")) }
        }
        Connection::SignInNeeded { need: Need::Password | Need::Command | Need::Unlock, reason }
        | Connection::Blocked { reason } => End::Failed { reason },
        Connection::SignInNeeded { need: Need::SignIn, reason } => {
            End::Failed { reason: SafeText::new(&format!("{reason}; sign in with posthaste account login")) }
        }
        Connection::Offline { reason, .. } => End::Unreachable { reason },
        Connection::Starting | Connection::Connecting | Connection::Syncing => {
            End::Unreachable { reason: SafeText::new("the connection ended before everything was in step") }
        }
    }
}

/// Operations that wait and that were refused, by account.
async fn waiting(engine: &Engine) -> Result<Waiting, Error> {
    let accounts = engine.accounts().to_vec();
    let rows = engine
        .desk()
        .run(Urgency::Now, |files| files.journal.rows(10_000))
        .await
        .map_err(|error| failed(&error))?
        .map_err(|error| failed(&error))?;
    let mut counts = BTreeMap::new();
    for (id, name) in accounts {
        let mine = || rows.iter().filter(|row| row.account.as_str() == name);
        let of = |wanted: &[OpState]| mine().filter(|row| wanted.contains(&row.state)).count() as u64;
        counts.insert(id, (of(&[OpState::Queued, OpState::Sending]), of(&[OpState::Failed])));
    }
    Ok(counts)
}
