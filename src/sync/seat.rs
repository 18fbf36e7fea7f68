//! An account's seat: one task that runs the account's connections as the config has them now, one set after the other.
//!
//! Two sets for one account would both send what is queued; so the one before has ended, with a goodbye or without, before
//! the next begins.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch as cell;
use tokio::task::JoinSet;

use crate::protocol::{Connection, Event};
use crate::safe_text::SafeText;
use crate::sync::account::{Account, Mode};
use crate::sync::clicks;
use crate::sync::connection;
use crate::sync::mailer;

/// How often a connection's task may panic before the account is left alone (PS28).
const MAX_PANICS: u32 = 3;
/// How long the connections of an account get to say goodbye.
pub const GOODBYE: Duration = Duration::from_secs(2);
/// How long the answer to a mail is waited for that has gone out.
pub const POSTING: Duration = Duration::from_secs(10);
/// How long a mail that is being made is waited for: whoever asks for a passphrase gives up before that.
pub const MAKING: Duration = Duration::from_mins(3);
/// The longest that the engine may take to end.
pub const LONGEST: Duration = MAKING.saturating_add(POSTING).saturating_add(GOODBYE).saturating_add(GOODBYE);

/// The way to a seat. Dropping it ends the account's connections.
pub struct Seat(cell::Sender<Option<Arc<Account>>>);

impl Seat {
    /// Starts an account's connections, on a task among these.
    pub fn begin(account: Arc<Account>, generation: i64, tasks: &mut JoinSet<()>) -> Self {
        let (next, inbox) = cell::channel(Some(account));
        tasks.spawn(sit(inbox, generation));
        Self(next)
    }

    /// From now on the account is this one; what it takes over of the one before it has already.
    pub fn hand_over(&self, account: Arc<Account>) {
        self.0.send_replace(Some(account));
    }

    /// From now on nobody sits there. Whoever comes back waits until the connections before have ended.
    pub fn vacate(&self) {
        self.0.send_replace(None);
    }
}

async fn sit(mut inbox: cell::Receiver<Option<Arc<Account>>>, generation: i64) {
    // The server where something may still be done that was on its way.
    let mut late: Option<String> = None;
    loop {
        let next = inbox.borrow_and_update().clone();
        let Some(account) = next else {
            if inbox.changed().await.is_err() {
                return;
            }
            continue;
        };
        if late.take().is_some_and(|host| host == account.config.imap.host) {
            account.desires().await_late();
        }
        let (mut crew, mut mailer, mut clicker) = (JoinSet::new(), JoinSet::new(), JoinSet::new());
        if account.mode == Mode::Live {
            mailer.spawn(mail(Arc::clone(&account), generation));
            clicker.spawn(clicks::run(Arc::clone(&account)));
        } else {
            // Whoever asks for a sync now does not wait for the next try of what failed.
            if account.mode == Mode::Once {
                account.hurry();
            }
            // First: the copies of what was sent are then sent with the rest.
            mailer::run(Arc::clone(&account), generation).await;
            clicks::run(Arc::clone(&account)).await;
        }
        let over = tokio::select! {
            biased;
            changed = inbox.changed() => changed.is_err(),
            () = supervise(&account, &mut crew) => {
                // A run that ends by itself is over; else there is nothing to do until the config changes.
                account.mode != Mode::Live || account.desires().stop || inbox.changed().await.is_err()
            }
        };
        account.want(|desires| desires.stop = true);
        // A click under way is made again by whoever sits here next.
        clicker.abort_all();
        dismiss(&account, mailer).await;
        if tokio::time::timeout(GOODBYE, crew.join_next()).await.is_err() {
            crew.shutdown().await;
            late = Some(account.config.imap.host.clone());
        }
        if over {
            if account.mode != Mode::Live {
                account.outlet.send(Event::Ended(account.id));
            }
            return;
        }
    }
}

/// Runs an account's mailer, and again after a panic.
async fn mail(account: Arc<Account>, generation: i64) {
    for _ in 0..MAX_PANICS {
        let mut task = JoinSet::new();
        task.spawn(mailer::run(Arc::clone(&account), generation));
        match task.join_next().await {
            Some(Err(error)) if error.is_panic() => account.activity("sending ended in a mistake of the program"),
            Some(Ok(()) | Err(_)) | None => return,
        }
    }
}

/// Ends a mailer. What became of a mail whose end has gone out is waited for a little longer: else nobody knew it.
async fn dismiss(account: &Account, mut mailer: JoinSet<()>) {
    account.mail.notify_one();
    if account.desires().posting {
        drop(tokio::time::timeout(POSTING, mailer.join_next()).await);
    }
    mailer.shutdown().await;
}

/// Runs an account's connections, and again after a panic; three in a row are enough (PS28, RL58).
async fn supervise(account: &Arc<Account>, crew: &mut JoinSet<()>) {
    for panics in 1..=MAX_PANICS {
        crew.spawn(connection::run(Arc::clone(account)));
        match crew.join_next().await {
            Some(Err(error)) if error.is_panic() => {}
            Some(Ok(()) | Err(_)) | None => return,
        }
        account.activity("something in a server's answer could not be handled; starting that connection again");
        tokio::time::sleep(Duration::from_secs(5 * u64::from(panics))).await;
    }
    let reason = SafeText::new("the server keeps sending data that posthaste cannot read; R tries again");
    account.state(Connection::Blocked { reason });
}
