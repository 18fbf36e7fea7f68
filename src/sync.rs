//! The sync engine: a coordinator that never awaits the network, and up to three connections an account that do.
//!
//! ```text
//! Command ──> coordinator ──> desk (journal, then overlay) ──> Event
//!                  │ desires
//!                  v
//!             work:  plan::next_task -> body | outbox | head | search | idle, and the rest while it is alone
//!             fetch: plan::far_task  -> backfill | sweep | prefetch: what nobody waits for
//!             watch: IDLE on the inbox -> marks it for the worker
//!             mail:  the mailer, which hands over what is due by ways of its own
//!             clicks: what leaves mailings by a POST
//! ```
//!
//! The `indexer` fills the index of words behind all that; a search on the servers is one more task of the working
//! connection.
//!
//! Decisions are pure and live in [`plan`] and [`bodies`]; waiting lives in [`connection`], `worker` and the files of
//! its verbs; everything written goes through the [`desk`].

pub mod account;
pub mod alarm;
pub mod apply;
pub mod bodies;
pub mod clock;
pub mod connection;
pub mod coordinator;
pub mod desk;
pub mod indexer;
pub mod links;
pub mod outlet;
pub mod plan;
pub mod post;
pub mod roles;
pub mod rules;
pub mod search;
pub mod seat;
pub mod staff;
pub mod way_out;

mod backfill;
mod clicks;
mod door;
mod drafts;
mod fetch;
mod folder;
mod lay;
mod letters;
mod listing;
mod mailer;
mod manners;
mod outbox;
mod poison;
mod resume;
mod watch;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::auth::Tools;
use crate::config;
use crate::imap::connect::dialer::Dialer;
use crate::imap::trace::Sink;
use crate::journal::Journal;
use crate::mail::AccountId;
use crate::protocol::Command;
#[cfg(doc)]
use crate::protocol::Event;
use crate::store::Cache;
use account::{Account, Digester, Mode, Office, TextReader, Trouble};
use clock::Clock;
use desk::{Desk, Files, Urgency};
use indexer::Indexer;
use outlet::Outlet;
use post::Post;
use staff::{Order, Removal};

/// How long another process may hold a file before a change of it fails (RL37). The screen does not wait for it: what the
/// user did stands in the desk's queue, and is shown as pending.
const LOCKED: Duration = Duration::from_mins(1);

/// What the engine needs to start.
pub struct Setup {
    /// The accounts, in the order of the config.
    pub accounts: Vec<config::Account>,
    /// The cache, owned.
    pub cache: Cache,
    /// The journal, owned.
    pub journal: Journal,
    /// Makes of a body what list and index show.
    pub digester: Digester,
    /// Reads the texts of bodies that are here for the index.
    pub text_reader: TextReader,
    /// Megabytes that the words of texts may take in the index.
    pub index_mb: u64,
    /// What secrets are got with.
    pub tools: Tools,
    /// Who makes mails of letters and carries them.
    pub post: Post,
    /// Where the protocol is written down, if anywhere.
    pub trace: Option<Sink>,
    /// How long to work.
    pub mode: Mode,
}

/// A running engine. Dropping it ends it without a goodbye; what is queued stays queued.
pub struct Engine {
    commands: UnboundedSender<Command>,
    orders: UnboundedSender<Order>,
    outlet: Outlet,
    desk: Desk,
    accounts: Vec<(AccountId, String)>,
}

impl Engine {
    /// Opens the desk, lays the journal over the cache and starts a task for each account. No socket is opened before
    /// this returns.
    ///
    /// # Errors
    /// When cache or journal cannot be written.
    pub async fn start(setup: Setup) -> Result<Self, Trouble> {
        let mode = setup.mode;
        Self::begin(setup, Dialer::Network, Clock::System, move |files| Desk::open(files, mode)).await
    }

    /// As [`Engine::start`], for tests in simulated time: the servers are in this process, and whoever wants something
    /// written writes it, so that nothing waits for another thread.
    ///
    /// # Errors
    /// As [`Engine::start`].
    pub async fn start_inside(setup: Setup, dialer: Dialer) -> Result<Self, Trouble> {
        Self::start_at(setup, dialer, Clock::System).await
    }

    /// As [`Engine::start_inside`], with clocks that a test sets.
    ///
    /// # Errors
    /// As [`Engine::start`].
    pub async fn start_at(setup: Setup, dialer: Dialer, clock: Clock) -> Result<Self, Trouble> {
        Self::begin(setup, dialer, clock, |files| Ok(Desk::inline(files))).await
    }

    async fn begin(
        setup: Setup,
        dialer: Dialer,
        clock: Clock,
        open: impl FnOnce(Files) -> std::io::Result<Desk>,
    ) -> Result<Self, Trouble> {
        let mode = setup.mode;
        let files = Files { cache: setup.cache.writer()?, journal: setup.journal };
        let generation = setup.cache.generation();
        let desk = open(files).map_err(|_| desk::Gone)?;
        let outlet = Outlet::default();
        let names: Vec<String> = setup.accounts.iter().map(|account| account.name.clone()).collect();
        let ids = desk
            .run(Urgency::Now, move |files| {
                let ids = staff::enrol(files, &names)?;
                lay::lay_all(files, generation)?;
                apply::send::tidy(files)?;
                // Before any account looks for what it has to send.
                drop(apply::handed::take_in(files, generation));
                // What arrived before the end of the last run and was not looked at.
                for (id, name) in &ids {
                    drop(backfill::file_arrivals(files, (*id, name), generation, account::now()));
                }
                files.cache.wait_for_locks(LOCKED)?;
                files.journal.wait_for_locks(LOCKED)?;
                Ok::<_, Trouble>(ids)
            })
            .await??;
        let (digester, trace, tools) = (setup.digester, setup.trace, setup.tools);
        let (stored, alarm) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let indexer = Indexer {
            desk: desk.clone(),
            text_reader: setup.text_reader,
            outlet: outlet.clone(),
            stored: Arc::clone(&stored),
            max_bytes: setup.index_mb.saturating_mul(1024 * 1024),
        };
        let (errands, basket) = unbounded_channel();
        let office = Office {
            desk: desk.clone(),
            outlet: outlet.clone(),
            digester,
            stored,
            alarm,
            dialer,
            tools,
            post: setup.post,
            errands,
            clock,
            trace,
        };
        let accounts: Vec<Arc<Account>> = setup
            .accounts
            .into_iter()
            .zip(&ids)
            .map(|(config, (id, _))| Arc::new(Account::new(*id, config, office.clone(), setup.mode)))
            .collect();
        if mode == Mode::Once {
            // Before the connections, which end when nothing waits.
            drafts::Writer::new(&office, accounts.clone(), generation).go_on().await;
        }
        let coordinator = coordinator::Coordinator::start(accounts, (office, setup.mode), indexer, generation);
        let ((commands, inbox), (orders, tray)) = (unbounded_channel(), unbounded_channel());
        tokio::spawn(coordinator.run(inbox, tray, basket));
        Ok(Self { commands, orders, outlet, desk, accounts: ids })
    }

    /// Sends a command; never blocks. One that comes after the end is dropped.
    pub fn send(&self, command: Command) {
        if self.commands.send(command).is_err() {
            tracing::debug!("a command came after the engine's end");
        }
    }

    /// Tells which accounts there are now, in the order of the config: those that came are started, those that went are
    /// ended, those that are synced in another way are restarted. Never blocks; answered by [`Event::Accounts`].
    pub fn set_accounts(&self, accounts: Vec<config::Account>) {
        self.order(Order::Accounts(accounts));
    }

    /// Removes what is on the disk of an account that is in the config no more. Never blocks; answered by
    /// [`Event::AccountRemoved`], while the mail itself goes little by little.
    pub fn remove_account(&self, removal: Removal) {
        self.order(Order::Remove(removal));
    }

    fn order(&self, order: Order) {
        if self.orders.send(order).is_err() {
            tracing::debug!("an order came after the engine's end");
        }
    }

    /// A way to send commands that can be given away.
    pub fn sender(&self) -> UnboundedSender<Command> {
        self.commands.clone()
    }

    /// Where the events come from.
    pub fn outlet(&self) -> &Outlet {
        &self.outlet
    }

    /// The way to disk, for reading the journal.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// The accounts' numbers in the cache, in the order of the config, as it was at the start.
    pub fn accounts(&self) -> &[(AccountId, String)] {
        &self.accounts
    }
}
