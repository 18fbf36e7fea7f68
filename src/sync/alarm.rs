//! The alarm: brings back what was put off when its time has come. One timer, for the earliest.
//!
//! Every machine with the account does it, and the first to take the message out of its folder has done it for all. It
//! looks when it starts, when something changed, when the computer was away or its clock was set, and when the timer is
//! due; an account only once it has been in step or has no connection, so that what another machine did is known first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::mail::{AccountId, MessageId, UnixTime};
use crate::protocol::Event;
use crate::safe_text::SafeText;
use crate::store::{Due, Reader};
use crate::sync::account::{Account, Mode, Trouble};
use crate::sync::apply::snooze::{Woken, wake};
use crate::sync::desk::{Desk, Urgency};

/// Messages that one look takes.
const MANY: u32 = 500;
/// Machines that wait for the same moment do not all come at once, up to so many milliseconds: two that move one message at
/// the same time may leave two copies on some servers.
pub const SPREAD_MILLIS: u64 = 30_000;
/// Subjects that are told of one by one.
const TOLD: usize = 3;

/// The alarm of all accounts.
pub struct Alarm {
    desk: Desk,
    generation: i64,
    /// Rings when something changed that may be about it.
    bell: Arc<Notify>,
    next: Option<Instant>,
    /// What was brought back in this run, and the time for which it was: what a server refuses is not asked for ever.
    tried: BTreeMap<MessageId, UnixTime>,
}

impl Alarm {
    /// An alarm that has not looked yet.
    pub fn new(desk: Desk, generation: i64, bell: Arc<Notify>) -> Self {
        Self { desk, generation, bell, next: None, tried: BTreeMap::new() }
    }

    /// Waits until it is time to look.
    pub async fn due(&self) {
        let timer = async {
            match self.next {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = timer => {}
            () = self.bell.notified() => {}
        }
    }

    /// Brings back what is due, and sets the timer for what is next. Gives the accounts whose queue has something to send.
    pub async fn look(&mut self, accounts: &BTreeMap<AccountId, Arc<Account>>) -> BTreeSet<AccountId> {
        self.next = None;
        let mut queued = BTreeSet::new();
        let Some(now) = accounts.values().next().map(|account| account.now()) else { return queued };
        let ready = |id: &AccountId| {
            accounts.get(id).is_some_and(|account| account.mode != Mode::Outbox && account.desires().stood)
        };
        let tried = self.tried.clone();
        let ready: Vec<AccountId> = accounts.keys().copied().filter(ready).collect();
        let generation = self.generation;
        let job = move |files: &mut crate::sync::desk::Files| {
            let wanted = |one: &Due| ready.contains(&one.account) && tried.get(&one.id) != Some(&one.until);
            let mut all = first(files.cache.reader(), MANY, wanted)?;
            let next = all.iter().map(|one| one.at).filter(|at| *at > now).min();
            all.retain(|one| one.at <= now);
            let (woken, trouble) = wake(files, generation, &all, now);
            if let Some(trouble) = trouble {
                tracing::warn!("not all that is due was brought back: {trouble}");
                // What was not come to is tried again.
                all.retain(|one| woken.iter().any(|woken| woken.account == one.account));
            }
            Ok::<_, Trouble>((all, woken, next))
        };
        // The user's commands wait for it: it does not wait behind what is written down in the background.
        match self.desk.run(Urgency::Now, job).await {
            Ok(Ok((due, woken, next))) => {
                self.tried.extend(due.into_iter().map(|Due { id, until, .. }| (id, until)));
                self.next = next.map(|next| Instant::now() + until(now, next));
                for one in woken {
                    queued.insert(one.account);
                    tell(accounts, &one);
                }
            }
            Ok(Err(trouble)) => tracing::warn!("what was snoozed was not looked at: {trouble}"),
            // The program is ending.
            Err(_) => {}
        }
        queued
    }
}

/// The first of what is put off that is wanted: those that are not must not keep others from coming back.
fn first(cache: &Reader, many: u32, wanted: impl Fn(&Due) -> bool) -> Result<Vec<Due>, Trouble> {
    let (mut all, mut skipped) = (Vec::new(), 0);
    loop {
        let page = cache.put_off(many, skipped)?;
        let read = u32::try_from(page.len()).unwrap_or(u32::MAX);
        skipped = skipped.saturating_add(read);
        all.extend(page.into_iter().filter(&wanted));
        if read < many || all.len() >= usize::try_from(many).unwrap_or(usize::MAX) {
            return Ok(all);
        }
    }
}

/// How long until then. Not at that very moment: see [`SPREAD_MILLIS`].
fn until(now: UnixTime, then: UnixTime) -> Duration {
    let seconds = u64::try_from(then.0.saturating_sub(now.0)).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_millis(rand::random_range(0..SPREAD_MILLIS))
}

/// Tells the screen, without a toast: the list shows it, and the log says it.
fn tell(accounts: &BTreeMap<AccountId, Arc<Account>>, woken: &Woken) {
    let Some(account) = accounts.get(&woken.account) else { return };
    for folder in &woken.applied.folders {
        account.folder_changed(*folder);
    }
    for subject in woken.subjects.iter().take(TOLD) {
        account.activity(&format!("came back: {}", SafeText::new(subject).cut(60)));
    }
    if let Some(more) = woken.subjects.len().checked_sub(TOLD).filter(|more| *more > 0) {
        account.activity(&format!("came back: {more} more"));
    }
    account.outlet.send(Event::FoldersChanged(account.id));
    account.want(|desires| desires.outbox = true);
}
