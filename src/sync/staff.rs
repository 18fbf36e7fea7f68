//! Accounts that come, change and go while the engine runs: part of the coordinator.
//!
//! The config is not what screen and engine speak of, and `protocol` may not know it; so accounts come by a way of their own
//! ([`Order`]), from whoever read the config. Orders are taken one by one with the commands, so that a command means the
//! accounts that were there when it came.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::config;
use crate::mail::AccountId;
use crate::protocol::Event;
use crate::safe_text::SafeText;
use crate::store::leaving::Leaving;
use crate::sync::account::{self, Account, Mode, Trouble};
use crate::sync::apply::send::forget_account;
use crate::sync::backfill::file_arrivals;
use crate::sync::coordinator::Coordinator;
use crate::sync::desk::{Desk, Files, Urgency};
use crate::sync::outlet::Outlet;
use crate::sync::resume;
use crate::sync::seat::Seat;

/// Messages of an account that goes which are removed at a time: what the user does waits for one batch at most.
const BATCH: u32 = 200;

/// What is told to the engine by whoever knows the config.
#[derive(Debug)]
pub enum Order {
    /// These are the accounts now, in this order.
    Accounts(Vec<config::Account>),
    /// Remove what is on the disk of an account that is not among them.
    Remove(Removal),
}

/// An account that is to go from the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// Its name in the config, where it is not any more.
    pub name: String,
    /// What waits to be sent is given up; else nothing is removed while something waits.
    pub discard: bool,
}

/// Finds the accounts' numbers, and shows these accounts alone.
pub fn enrol(files: &mut Files, names: &[String]) -> Result<Vec<(AccountId, String)>, Trouble> {
    let mut ids = Vec::with_capacity(names.len());
    for name in names {
        ids.push((files.cache.account(name)?, name.clone()));
    }
    files.cache.roll().show(ids.iter().map(|(id, _)| *id));
    Ok(ids)
}

impl Coordinator {
    /// Does what an order says.
    pub(super) async fn obey(&mut self, order: Order) {
        match order {
            Order::Accounts(accounts) => self.change(accounts).await,
            Order::Remove(removal) => self.remove(removal).await,
        }
    }

    /// Starts accounts that came, ends those that went, restarts those that are synced in another way; the others are not
    /// touched.
    async fn change(&mut self, accounts: Vec<config::Account>) {
        let names: Vec<String> = accounts.iter().map(|account| account.name.clone()).collect();
        let (known, generation) = (self.accounts.keys().copied().collect::<BTreeSet<_>>(), self.generation);
        let job = move |files: &mut Files| {
            let ids = enrol(files, &names)?;
            for (id, name) in ids.iter().filter(|(id, _)| !known.contains(id)) {
                // What had arrived when it was here the last time and was not looked at.
                drop(file_arrivals(files, (*id, name), generation, account::now()));
            }
            Ok::<_, Trouble>(ids)
        };
        let ids = match self.desk.run(Urgency::Now, job).await {
            Ok(Ok(ids)) => ids,
            Ok(Err(trouble)) => return self.say(&format!("the accounts stay as they were: {trouble}")),
            Err(gone) => return self.say(&format!("the accounts stay as they were: {gone}")),
        };
        // Before they say how they stand.
        self.outlet.send(Event::Accounts(ids.clone()));
        let mut left: BTreeSet<AccountId> = self.accounts.keys().copied().collect();
        for ((id, _), config) in ids.iter().zip(accounts) {
            left.remove(id);
            let before = self.accounts.get(id).cloned();
            if before.as_ref().is_some_and(|before| before.config.syncs_as(&config)) {
                continue;
            }
            let account = Arc::new(Account::new(*id, config, self.office.clone(), self.mode));
            if let Some(before) = &before {
                account.take_over(before);
            }
            self.seat(account);
        }
        for id in left {
            self.accounts.remove(&id);
            // Its connections say goodbye by themselves, and whoever comes back waits for that.
            if let Some(seat) = self.seats.get(&id) {
                seat.vacate();
            }
            self.sign_ins.remove(&id);
        }
        self.clocks = resume::Guard::begin(self.accounts.values().cloned().collect(), self.office.clock.clone());
        self.office.alarm.notify_one();
    }

    /// Gives an account its seat, or the one it has.
    pub(super) fn seat(&mut self, account: Arc<Account>) {
        match self.seats.get(&account.id) {
            Some(seat) => seat.hand_over(Arc::clone(&account)),
            None => {
                drop(
                    self.seats.insert(account.id, Seat::begin(Arc::clone(&account), self.generation, &mut self.tasks)),
                );
            }
        }
        self.accounts.insert(account.id, account);
    }

    /// Removes what is on the disk of an account that is not in the config any more.
    async fn remove(&self, removal: Removal) {
        let name = removal.name.clone();
        if self.accounts.values().any(|account| account.name() == name) {
            let reason = format!("{name} is still in the config, and nothing of it was removed");
            self.outlet.send(Event::AccountRemoved { name, outcome: Err(SafeText::new(&reason)) });
            return;
        }
        let job = move |files: &mut Files| {
            let waiting = files.journal.waiting(&removal.name)?;
            if waiting > 0 && !removal.discard {
                return Ok(Err(waiting));
            }
            // The letters first: killed in between, the journal still says what became of them.
            let unknown = forget_account(files, &removal.name)?;
            let over = files.journal.remove_account(&removal.name, true)?.unwrap_or_default();
            files.cache.drop_account(&removal.name)?;
            Ok::<_, Trouble>(Ok((over, unknown)))
        };
        let outcome = match self.desk.run(Urgency::Now, job).await {
            Ok(Ok(Ok((over, unknown)))) => {
                for letter in unknown {
                    self.say(&format!("the mail {letter} may have been sent; its letter stays as a draft"));
                }
                for op in over {
                    self.outlet.send(Event::OpUndone(op));
                }
                self.leaving.notify_one();
                Ok(())
            }
            Ok(Ok(Err(1))) => Err("1 change waits for its server, and nothing was removed".to_owned()),
            Ok(Ok(Err(many))) => Err(format!("{many} changes wait for its server, and nothing was removed")),
            Ok(Err(trouble)) => Err(trouble.to_string()),
            Err(gone) => Err(gone.to_string()),
        };
        let outcome = outcome.map_err(|reason| SafeText::new(&reason));
        self.outlet.send(Event::AccountRemoved { name, outcome });
    }

    fn say(&self, text: &str) {
        tracing::warn!("{text}");
        self.outlet.send(Event::Activity { at: account::now(), account: None, text: SafeText::new(text) });
    }

    /// Removes what is left of accounts that go, a little at a time and behind everything else: now, and whenever one more
    /// is to go.
    pub(super) fn clear_away(&self) -> JoinSet<()> {
        let mut task = JoinSet::new();
        if self.mode == Mode::Live {
            let (desk, outlet, leaving) = (self.desk.clone(), self.outlet.clone(), Arc::clone(&self.leaving));
            task.spawn(async move {
                loop {
                    clear(&desk, Some(&outlet)).await;
                    leaving.notified().await;
                }
            });
        }
        task
    }
}

/// Removes all that is left of accounts that go.
pub(super) async fn clear(desk: &Desk, outlet: Option<&Outlet>) {
    loop {
        let left = match desk.run(Urgency::Background, |files| files.cache.remove_some(BATCH)).await {
            Ok(Ok(Leaving::Messages(left))) => left,
            Ok(Ok(Leaving::Words | Leaving::Pages(_))) => continue,
            Ok(Ok(Leaving::Gone)) | Err(_) => return,
            Ok(Err(error)) => {
                // The next start goes on.
                tracing::warn!("an account was not removed altogether: {error}");
                return;
            }
        };
        if let Some(outlet) = outlet {
            outlet.send(Event::Leaving { messages: left });
        }
    }
}
