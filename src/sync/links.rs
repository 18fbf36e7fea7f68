//! The connections beside the working one: one watches, one does what nobody waits for.
//!
//! Both are opened only while the working connection is signed in, keep what they learnt of a server that refuses them,
//! and hand their work back when they end. An account never has more than these three.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, watch as cell};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::imap::error::{Error, UNBEGUN};
use crate::imap::session::Session;
use crate::sync::account::{Account, Mode, Trouble};
use crate::sync::connection::{Proof, sign_in};
use crate::sync::plan::limit::{Asker, Place};
use crate::sync::plan::links::{End, REFUSED, Tries};
use crate::sync::resume::heard;
use crate::sync::watch;
use crate::sync::worker::{Lane, Worker};

/// How long the working connection is alone at first: it brings what the user waits for.
const HEAD_START: Duration = Duration::from_secs(2);

/// For how long the watching connection lets the working one change very much at once.
const LONGEST_BULK: Duration = Duration::from_secs(30);

/// What an account's connections tell each other.
#[derive(Debug)]
pub struct Links {
    /// Whether the working connection is signed in, and whether its server pushes (IDLE).
    working: cell::Sender<Option<bool>>,
    watching: AtomicBool,
    /// Whether it is told of every folder of one's own, not of the inbox alone.
    notified: AtomicBool,
    backfilling: AtomicBool,
    /// Rings when there is something to backfill.
    bell: Notify,
    /// How often the computer came back from being away.
    returns: cell::Sender<u64>,
    /// How often there was reason to doubt that the servers are still there.
    doubts: cell::Sender<u64>,
    /// Whether the working connection changes very much at once.
    bulk: cell::Sender<bool>,
    /// How often the working connection asked for a backfill, and up to which asking all is done.
    asked: AtomicU64,
    answered: AtomicU64,
}

impl Default for Links {
    fn default() -> Self {
        Self {
            working: cell::Sender::new(None),
            watching: AtomicBool::new(false),
            notified: AtomicBool::new(false),
            backfilling: AtomicBool::new(false),
            bell: Notify::new(),
            returns: cell::Sender::new(0),
            doubts: cell::Sender::new(0),
            bulk: cell::Sender::new(false),
            asked: AtomicU64::new(0),
            answered: AtomicU64::new(0),
        }
    }
}

impl Links {
    /// The working connection signed in; `idle`: its server pushes.
    pub fn work_begins(&self, idle: bool) {
        self.working.send_replace(Some(idle));
    }

    /// The working connection ended.
    pub fn work_ends(&self) {
        self.working.send_replace(None);
    }

    /// The working connection begins to change very much at once, or is done with it.
    pub fn bulk(&self, now: bool) {
        self.bulk.send_if_modified(|before| std::mem::replace(before, now) != now);
    }

    /// Waits while the working connection changes very much at once, though not for ever: a server that has to tell of
    /// each change meanwhile has less time to make them.
    pub async fn calm(&self) {
        let mut bulk = self.bulk.subscribe();
        // Who changes them holds the sender, as this does: it cannot be gone.
        let _over = tokio::time::timeout(LONGEST_BULK, bulk.wait_for(|bulk| !bulk)).await;
    }

    /// Whether another connection is told of changes in the inbox.
    pub fn is_watching(&self) -> bool {
        self.watching.load(Ordering::SeqCst)
    }

    /// Whether another connection is told of changes in every folder of one's own (NOTIFY): none has to be asked.
    pub fn is_notified(&self) -> bool {
        self.is_watching() && self.notified.load(Ordering::SeqCst)
    }

    /// Another connection watches from now on.
    pub(super) fn watch_begins(&self, notified: bool) {
        self.notified.store(notified, Ordering::SeqCst);
        self.watching.store(true, Ordering::SeqCst);
    }

    /// Whether another connection does what nobody waits for.
    pub fn is_backfilling(&self) -> bool {
        self.backfilling.load(Ordering::SeqCst)
    }

    /// Asks for a backfill: by the connection that is there for it, or one that is opened for it if it may be.
    pub fn ask(&self) {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.bell.notify_one();
    }

    /// The asking that a look at the cache which begins now will answer.
    pub fn asking(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }

    /// All that was asked for up to this asking is done. Whether that is all there is.
    pub fn answer(&self, asking: u64) -> bool {
        self.answered.fetch_max(asking, Ordering::SeqCst);
        self.asking() <= asking
    }

    /// Whether another connection still does what it was asked for.
    pub fn is_busy(&self) -> bool {
        self.is_backfilling() && self.answered.load(Ordering::SeqCst) < self.asking()
    }

    /// The computer came back: what is open may be gone.
    pub fn came_back(&self) {
        self.returns.send_modify(|count| *count += 1);
        self.doubt();
    }

    /// There is reason to make sure that the server is still there.
    pub fn doubt(&self) {
        self.doubts.send_modify(|count| *count += 1);
    }

    /// The returns from now on.
    pub(super) fn returns(&self) -> Rings {
        Rings(self.returns.subscribe())
    }

    /// The doubts from now on.
    pub(super) fn doubts(&self) -> Rings {
        Rings(self.doubts.subscribe())
    }

    /// Waits until there is something to backfill.
    pub async fn asked(&self) {
        self.bell.notified().await;
    }

    /// Waits until the working connection is signed in to a server that suits.
    async fn until_working(&self, side: Side) {
        let mut working = self.working.subscribe();
        let suits = |idle: &Option<bool>| idle.is_some_and(|idle| idle || side == Side::Backfill);
        // The sender lives as long as the account.
        drop(working.wait_for(suits).await);
    }

    fn flag(&self, side: Side) -> &AtomicBool {
        match side {
            Side::Watch => &self.watching,
            Side::Backfill => &self.backfilling,
        }
    }
}

/// Something that happens now and then.
pub(super) struct Rings(cell::Receiver<u64>);

impl Rings {
    /// Waits for the next time.
    pub async fn next(&mut self) {
        // The sender lives as long as the account.
        drop(self.0.changed().await);
    }
}

/// What a connection beside the working one is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Watch,
    Backfill,
}

/// The tasks of both; they end with it.
pub struct Sides(JoinSet<()>);

impl Sides {
    /// Starts them, for an engine that lives; one that ends by itself does all on one connection.
    pub fn begin(account: &Arc<Account>) -> Self {
        let mut sides = JoinSet::new();
        if account.mode == Mode::Live {
            for side in [Side::Watch, Side::Backfill] {
                sides.spawn(keep(Arc::clone(account), side));
            }
        }
        Self(sides)
    }

    /// Ends them: nothing of them goes on after this.
    pub async fn end(mut self) {
        self.0.shutdown().await;
    }
}

/// Opens a connection whenever there is use for it, until the account ends.
async fn keep(account: Arc<Account>, side: Side) {
    let mut tries = Tries::default();
    loop {
        account.links.until_working(side).await;
        match side {
            Side::Watch => tokio::time::sleep(HEAD_START).await,
            Side::Backfill => account.links.asked().await,
        }
        let began = Instant::now();
        let place = account.desires().sign_ins.take(began, Asker::Engine);
        let place = match place {
            Ok(place) => place,
            Err(wait) => {
                tokio::time::sleep(wait).await;
                continue;
            }
        };
        let end = supervised(&account, side, place).await;
        account.links.flag(side).store(false, Ordering::SeqCst);
        // What it leaves undone is the working connection's again.
        account.wake.notify_one();
        let rest = tries.rest(end, began.elapsed(), account.dialer.jitter());
        if matches!(end, End::Refused | End::Unmade) && rest >= REFUSED {
            let minutes = rest.as_secs() / 60;
            let text = format!(
                "working with one connection less: the server refused it, or its use; tried again in {minutes} minutes"
            );
            account.activity(&text);
        }
        tokio::time::sleep(rest).await;
    }
}

/// One connection; an answer that makes it panic must not leave the account believing that it is there (PS28).
async fn supervised(account: &Arc<Account>, side: Side, place: Place) -> End {
    let account = Arc::clone(account);
    let mut alone = JoinSet::new();
    alone.spawn(async move { Box::pin(run(&account, side, place)).await });
    match alone.join_next().await {
        Some(Ok(end)) => end,
        Some(Err(_)) | None => End::Refused,
    }
}

async fn run(account: &Arc<Account>, side: Side, place: Place) -> End {
    let label = match side {
        Side::Watch => "watch",
        Side::Backfill => "fetch",
    };
    let session = match sign_in(account, label).await {
        Ok(session) => session,
        Err(error) => {
            tracing::info!(account = account.name(), "the {label} connection was not made: {error}");
            return not_made(&error);
        }
    };
    let proof = Proof::begin(session.heard());
    let result = match side {
        Side::Watch => heard(account, session.heard(), watch::run(account, session)).await,
        Side::Backfill => heard(account, session.heard(), backfill(account, session)).await,
    };
    proof.end(account, place);
    match result {
        Ok(()) => End::Done,
        Err(trouble) => {
            tracing::info!(account = account.name(), "the {label} connection ended: {trouble}");
            match trouble {
                // A NO or BAD to IDLE: the server does not push, whatever it offers (RL47).
                Trouble::Imap(Error::Rejected { .. } | Error::Bad { .. }) if side == Side::Watch => End::Refused,
                Trouble::Imap(Error::Timeout { what: UNBEGUN }) => End::Mute,
                Trouble::Imap(_) | Trouble::Store(_) | Trouble::Journal(_) | Trouble::Letters(_) | Trouble::Gone(_) => {
                    End::Lost
                }
            }
        }
    }
}

/// Whether the server refused the connection, or the line did. The working one is signed in with the same name and
/// password, so a refusal to sign in is one of number too.
fn not_made(error: &Error) -> End {
    match error {
        Error::Unreachable { .. } | Error::Timeout { .. } => End::Lost,
        Error::Closed { .. } if error.is_cut() => End::Unmade,
        Error::Auth { .. }
        | Error::Tls { .. }
        | Error::Rejected { .. }
        | Error::Bad { .. }
        | Error::Throttled { .. }
        | Error::Protocol(_)
        | Error::Closed { .. } => End::Refused,
    }
}

/// Does what nobody waits for, until there was nothing of it for a while.
async fn backfill(account: &Arc<Account>, mut session: Session) -> Result<(), Trouble> {
    session.compress().await?;
    let mut worker = Worker::new(Arc::clone(account), session, Lane::Backfill).await?;
    account.links.backfilling.store(true, Ordering::SeqCst);
    while let Some(next) = worker.step().await? {
        worker = next;
    }
    Ok(())
}
