//! The coordinator: takes the screen's commands, writes them into the journal, tells the connections what is wanted.
//! It never awaits the network, and every task it starts stands under a supervisor.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use crate::letter::LetterId;
use crate::mail::rule::Rule;
use crate::mail::{AccountId, FolderId, MessageId};
use crate::protocol::{Action, Command, Event, OpId, Origin, Priority, SignInStep, SignInWay};
use crate::safe_text::SafeText;
use crate::sync::account::{Account, Mode, Office, Trouble};
use crate::sync::alarm::Alarm;
use crate::sync::apply::{self, Applied, Refusal};
use crate::sync::bodies::Wish;
use crate::sync::desk::{Desk, Files, Urgency};
use crate::sync::door::Door;
use crate::sync::indexer::Indexer;
use crate::sync::letters::freed;
use crate::sync::outlet::Outlet;
use crate::sync::resume;
use crate::sync::rules::Rules;
use crate::sync::search::{self, Wanted};
use crate::sync::seat::{GOODBYE, MAKING, POSTING, Seat};
use crate::sync::staff::{self, Order};

/// What takes no longer than this at the end is waited for without a word.
const SOON: Duration = Duration::from_millis(300);
/// What is said while a mail or a draft is being made at the end.
const MADE: &str = "A mail or a draft is still being made; with ctrl-c it stays a draft on this computer";
/// What is said while the answer to a mail is waited for at the end.
const ANSWER: &str =
    "A mail has gone out, and its server has not answered yet; with ctrl-c nobody knows whether it was sent";

/// The coordinator's state.
pub struct Coordinator {
    pub(super) accounts: BTreeMap<AccountId, Arc<Account>>,
    pub(super) seats: BTreeMap<AccountId, Seat>,
    pub(super) office: Office,
    pub(super) mode: Mode,
    pub(super) desk: Desk,
    pub(super) outlet: Outlet,
    pub(super) generation: i64,
    pub(super) tasks: JoinSet<()>,
    pub(super) clocks: resume::Guard,
    /// Rings when an account is to go from the disk.
    pub(super) leaving: Arc<Notify>,
    indexer: Option<Indexer>,
    /// Sign-ins of the user that are under way.
    pub(super) sign_ins: BTreeMap<AccountId, SignIn>,
    /// Mails and drafts that are being made.
    pub(super) scribes: Vec<JoinHandle<()>>,
}

impl Coordinator {
    /// Starts the connections of these accounts.
    pub fn start(
        accounts: Vec<Arc<Account>>,
        (office, mode): (Office, Mode),
        indexer: Indexer,
        generation: i64,
    ) -> Self {
        let clocks = resume::Guard::begin(accounts.clone(), office.clock.clone());
        let mut coordinator = Self {
            accounts: BTreeMap::new(),
            seats: BTreeMap::new(),
            desk: office.desk.clone(),
            outlet: office.outlet.clone(),
            office,
            mode,
            generation,
            tasks: JoinSet::new(),
            clocks,
            leaving: Arc::default(),
            indexer: Some(indexer),
            sign_ins: BTreeMap::new(),
            scribes: Vec::new(),
        };
        for account in accounts {
            coordinator.seat(account);
        }
        coordinator
    }

    /// Serves commands and orders until `Shutdown`, or, in a run that ends by itself, until every account is done.
    pub async fn run(
        mut self,
        mut commands: UnboundedReceiver<Command>,
        mut orders: UnboundedReceiver<Order>,
        mut errands: UnboundedReceiver<LetterId>,
    ) {
        let lasting = self.mode == Mode::Live;
        let indexing = self.indexer.take().filter(|_| lasting).map(Indexer::begin);
        let clearing = self.clear_away();
        let drafts = lasting.then(|| self.go_on_with_drafts());
        let door = if lasting { Door::open(&self.desk).await } else { Door::shut() };
        let mut alarm = Alarm::new(self.desk.clone(), self.generation, Arc::clone(&self.office.alarm));
        let mut again = None;
        loop {
            tokio::select! {
                biased;
                Some(order) = orders.recv() => self.obey(order).await,
                command = commands.recv() => match command {
                    Some(Command::Shutdown) | None => break,
                    Some(command) => self.serve(command).await,
                },
                Some(letter) = errands.recv() => self.keep_drafts(vec![letter]),
                () = door.rung(), if lasting => again = self.take_in().await,
                () = at(again) => again = self.take_in().await,
                () = alarm.due(), if lasting => drop(alarm.look(&self.accounts).await),
                ended = self.tasks.join_next(), if !self.tasks.is_empty() => {
                    drop(ended);
                    if !lasting && self.tasks.is_empty() && !self.wake_at_last(&mut alarm).await {
                        break;
                    }
                }
            }
        }
        drop((indexing, clearing, drafts));
        self.finish().await;
        self.part().await;
        if self.mode == Mode::Once {
            staff::clear(&self.desk, None).await;
        }
        self.outlet.send(Event::Stopped);
    }

    /// Waits until what was asked for last is in the journal: a mail that is being made may take as long as its user looks
    /// for a passphrase.
    async fn finish(&mut self) {
        let scribes = std::mem::take(&mut self.scribes);
        let mut made = pin!(async {
            for task in scribes {
                drop(task.await);
            }
        });
        if tokio::time::timeout(SOON, &mut made).await.is_err() {
            self.outlet.send(Event::Ending(SafeText::from_static(MADE)));
            if tokio::time::timeout(MAKING, made).await.is_err() {
                tracing::warn!("a mail or a draft was not made in time");
            }
        }
    }

    /// Ends the connections: the answer to a mail that has gone out is waited for, then goodbye.
    async fn part(&mut self) {
        for account in self.accounts.values() {
            account.want(|desires| desires.stop = true);
        }
        let posting = self.accounts.values().any(|account| account.desires().posting);
        self.seats.clear();
        let ended = {
            let mut goodbye = pin!(async { while self.tasks.join_next().await.is_some() {} });
            let soon = posting && tokio::time::timeout(SOON, &mut goodbye).await.is_ok();
            if posting && !soon {
                self.outlet.send(Event::Ending(SafeText::from_static(ANSWER)));
            }
            let patience = if posting { POSTING + GOODBYE } else { GOODBYE };
            // What has ended is not waited for a second time.
            soon || tokio::time::timeout(patience, goodbye).await.is_ok()
        };
        if !ended {
            self.tasks.abort_all();
        }
    }

    /// In a run that ends by itself: what is due is brought back now that all are in step. True: that is still to be sent.
    async fn wake_at_last(&mut self, alarm: &mut Alarm) -> bool {
        let queued = alarm.look(&self.accounts).await;
        for account in queued.iter().filter_map(|id| self.accounts.get(id)).cloned().collect::<Vec<_>>() {
            self.seats.remove(&account.id);
            // It stopped when it was done.
            account.want(|desires| (desires.stop, desires.outbox) = (false, true));
            self.seat(account);
        }
        !queued.is_empty()
    }

    async fn serve(&mut self, command: Command) {
        match command {
            Command::Open(folder) => self.open(folder).await,
            Command::Refresh(account) => {
                for one in self.accounts.values().filter(|one| account.is_none_or(|id| id == one.id)) {
                    one.want(|desires| {
                        desires.refresh = true;
                        desires.reconnect = true;
                        desires.outbox = true;
                    });
                    one.hurry();
                }
            }
            Command::RebuildIndex => self.rebuild_index().await,
            Command::Unwant(message) => {
                for account in self.accounts.values() {
                    account.want(|desires| desires.wants.done(message));
                }
            }
            Command::WantBody { message, priority, whole } => self.want_body(message, priority, whole).await,
            Command::Apply { op, action, messages, origin } => self.apply((op, origin), action, messages).await,
            Command::Always { op, action, messages, account, rule } => {
                let generation = self.generation;
                let job = move |files: &mut Files| {
                    apply::always::apply(files, generation, (op, account), (&action, &messages), rule)
                };
                self.act(op, Tell::Queued, job).await;
            }
            Command::Undo(op) => self.undo(op).await,
            Command::Redo { op, of } => {
                let generation = self.generation;
                self.act(op, Tell::Queued, move |files| apply::back::redo(files, generation, op, of)).await;
            }
            Command::Retry(op) => {
                let generation = self.generation;
                self.act(op, Tell::Queued, move |files| apply::retry(files, generation, op)).await;
                self.outbox_news(op).await;
            }
            Command::Discard(op) => {
                let generation = self.generation;
                let outlet = self.outlet.clone();
                let job = move |files: &mut Files| {
                    let discarded = apply::discard(files, generation, op);
                    freed(&outlet, files, op);
                    discarded
                };
                self.act(op, Tell::Undone, job).await;
            }
            Command::Send { op, letter, at } => self.send_letter(op, letter, at),
            Command::Click { op, account, url, host } => self.click((op, account), url, host).await,
            Command::SendNow(op) => self.send_now(op).await,
            Command::WasSent(op) => self.was_sent(op).await,
            Command::KeepDraft(letter) => self.keep_drafts(vec![letter]),
            Command::DiscardLetter(letter) => self.shelve(letter, false).await,
            Command::RestoreLetter(letter) => self.shelve(letter, true).await,
            Command::Rule { rule, on } => self.rule(rule, on).await,
            Command::Reconnect(account) => {
                if let Some(account) = self.accounts.get(&account) {
                    account.keeper.look_again();
                    account.want(|desires| {
                        desires.reconnect = true;
                        desires.deadly.clear();
                    });
                }
            }
            Command::Secret { account, secret } => {
                if let Some(account) = self.accounts.get(&account) {
                    account.keeper.answer(secret.0);
                    account.want(|desires| (desires.reconnect, desires.refused) = (true, 0));
                }
            }
            Command::SignIn { account, way } => self.sign_in(account, way),
            Command::EndSignIn(account) => drop(self.sign_ins.remove(&account)),
            Command::Search { search, query, within } => {
                search::begin(&self.accounts, &self.desk, Wanted::new(search, query, within)).await;
            }
            Command::EndSearch => search::end(&self.accounts),
            Command::Shutdown => {}
        }
    }

    /// Has the user sign in; nobody waits for it. One under way ends: its port is closed.
    fn sign_in(&mut self, id: AccountId, way: SignInWay) {
        let Some(account) = self.accounts.get(&id).map(Arc::clone) else { return };
        let task = tokio::spawn(async move {
            let outlet = account.outlet.clone();
            let tell = |step| outlet.send(Event::SignIn { account: id, step });
            match account.keeper.sign_in(way, &tell).await {
                Ok(()) => {
                    account.want(|desires| (desires.reconnect, desires.refused) = (true, 0));
                    tell(SignInStep::Done);
                }
                Err(reason) => tell(SignInStep::Failed { reason: SafeText::new(&reason) }),
            }
        });
        self.sign_ins.insert(id, SignIn(task));
    }

    async fn rebuild_index(&self) {
        let begun = self.desk.run(Urgency::Background, |files| files.cache.rebuild_index()).await;
        let text = match begun {
            Ok(Ok(())) => "the search index is filled anew; until then texts are searched on the servers".to_owned(),
            Ok(Err(error)) => format!("the search index stays as it is: {error}"),
            Err(gone) => format!("the search index stays as it is: {gone}"),
        };
        self.outlet.send(Event::Activity { at: self.office.clock.now(), account: None, text: SafeText::new(&text) });
        self.office.stored.notify_one();
    }

    /// Changes the file of rules.
    async fn rule(&self, rule: Rule, on: bool) {
        let words = if on { format!("from now on {rule}") } else { format!("no longer: {rule}") };
        let job = move |files: &mut Files| {
            let rules = Rules::new(files.journal.dir());
            if on { rules.add(&rule) } else { rules.remove(&rule) }
        };
        let told = match self.desk.run(Urgency::Now, job).await {
            Ok(Ok(())) => Ok(SafeText::new(&words)),
            Ok(Err(error)) => Err(SafeText::new(&error.to_string())),
            Err(gone) => Err(SafeText::new(&gone.to_string())),
        };
        if let Ok(text) = &told {
            self.outlet.send(Event::Activity { at: self.office.clock.now(), account: None, text: text.clone() });
        }
        self.outlet.send(Event::RulesChanged(told));
    }

    /// The user looks at a folder: its account goes there first.
    async fn open(&self, folder: FolderId) {
        let owner = self.desk.run(Urgency::Now, move |files| files.cache.reader().folder(folder)).await;
        let Ok(Ok(Some(info))) = owner else { return };
        for account in self.accounts.values() {
            account.want(|desires| {
                if account.id == info.row.account {
                    desires.open = Some(folder);
                    desires.dirty.insert(folder);
                } else {
                    desires.open = None;
                }
            });
        }
    }

    async fn want_body(&self, message: MessageId, priority: Priority, whole: bool) {
        let row = self.desk.run(Urgency::Now, move |files| files.cache.reader().row(message)).await;
        let Ok(Ok(Some(row))) = row else {
            let reason = SafeText::new("this message is gone");
            self.outlet.send(Event::BodyFailed { message, reason });
            return;
        };
        if let Some(account) = self.accounts.get(&row.account) {
            account.want(|desires| desires.wants.want(Wish { message, priority, whole }));
        }
    }

    async fn apply(&self, (op, origin): (OpId, Origin), action: Action, messages: Vec<MessageId>) {
        let generation = self.generation;
        let job = move |files: &mut Files| apply::apply_as(files, generation, (op, origin), &action, &messages);
        self.act(op, Tell::Queued, job).await;
    }

    async fn undo(&self, op: OpId) {
        let generation = self.generation;
        let outlet = self.outlet.clone();
        let job = move |files: &mut Files| {
            let undone = apply::back::undo(files, generation, op);
            freed(&outlet, files, op);
            undone
        };
        self.act(op, Tell::Undone, job).await;
    }

    /// Does a command's job on the desk, tells the screen what became of it, and wakes the connections.
    ///
    /// The screen is told before the desk does anything else: a connection that is sending already must not report an
    /// operation's end before its beginning.
    pub(super) async fn act<F>(&self, op: OpId, tell: Tell, job: F)
    where
        F: FnOnce(&mut Files) -> Result<Applied, Refusal> + Send + 'static,
    {
        let outlet = self.outlet.clone();
        let job = move |files: &mut Files| {
            let outcome = job(files);
            announce(&outlet, &outcome, op, tell);
            outcome
        };
        match self.desk.run(Urgency::Now, job).await {
            Ok(Ok(applied)) => {
                for account in applied.accounts.iter().filter_map(|account| self.accounts.get(account)) {
                    account.want(|desires| (desires.outbox, desires.acted) = (true, true));
                    account.alarm.notify_one();
                    account.ring();
                }
            }
            Ok(Err(_)) => {}
            Err(gone) => announce(&self.outlet, &Err(Refusal::Trouble(Trouble::Gone(gone))), op, tell),
        }
    }
}

/// Waits for this time; without one, for ever.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// Tells the screen what became of a command.
pub(super) fn announce(outlet: &Outlet, outcome: &Result<Applied, Refusal>, op: OpId, tell: Tell) {
    let applied = match outcome {
        Ok(applied) => applied,
        Err(refusal) => {
            let reason = SafeText::new(&refusal.to_string());
            outlet.send(Event::OpFailed { op, reason, kept: false });
            return;
        }
    };
    for folder in &applied.folders {
        outlet.send(Event::FolderChanged(*folder));
    }
    for account in &applied.accounts {
        outlet.send(Event::FoldersChanged(*account));
    }
    match tell {
        Tell::Queued => {
            let summary = SafeText::new(&applied.summary);
            outlet.send(Event::OpQueued { op, summary, undoable: applied.undoable });
        }
        Tell::Undone => outlet.send(Event::OpUndone(op)),
    }
}

/// A sign-in of the user; it ends with this.
pub(super) struct SignIn(JoinHandle<()>);

impl Drop for SignIn {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Which event a command ends in.
#[derive(Clone, Copy)]
pub(super) enum Tell {
    Queued,
    Undone,
}
