//! The life of an account's connections: connect, sign in, work, watch, lose the link, wait, connect again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use crate::config;
use crate::imap::connect::{Endpoint, Security};
use crate::imap::error::{Error, Retry};
use crate::imap::session::{IdleEnd, Mode as SelectMode, Session};
use crate::mail::UnixTime;
use crate::mail::folder::Role;
use crate::protocol::Connection;
use crate::safe_text::SafeText;
use crate::sync::account::{Account, Mode, Trouble, now};
use crate::sync::desk::Urgency;
use crate::sync::plan;
use crate::sync::worker::Worker;

/// How long a watching connection stays in IDLE before it says a word (RFC 2177 allows 29 minutes; NATs do not).
const WATCH: Duration = Duration::from_mins(4);
/// How long to wait before a refused second connection is tried again.
const WATCH_AGAIN: Duration = Duration::from_mins(15);
/// How often a password may be refused before the user is asked (RL45).
const SIGN_INS: u32 = 2;

/// The working connection: from the start of the engine to its end.
pub async fn run(account: Arc<Account>) {
    let mut failures = 0;
    let mut refused = 0;
    let mut lost: Option<UnixTime> = None;
    loop {
        if account.desires().stop {
            return;
        }
        account.state(Connection::Connecting);
        let began = Instant::now();
        let error = match live(&account, &mut lost).await {
            Ok(()) | Err(Trouble::Gone(_)) => return,
            Err(Trouble::Imap(error)) => error,
            Err(trouble @ (Trouble::Store(_) | Trouble::Journal(_))) => {
                account.activity(&format!("{trouble}"));
                Error::Closed { what: trouble.to_string() }
            }
        };
        tracing::warn!(account = account.name(), "{error}");
        if account.desires().stop {
            return;
        }
        // A connection that worked for a while starts the counting anew.
        failures = if began.elapsed() > Duration::from_mins(1) { 1 } else { failures + 1 };
        refused = if matches!(error, Error::Auth { .. }) { refused + 1 } else { 0 };
        let since = *lost.get_or_insert_with(now);
        let wait = pause(&account, &error, failures, refused, since);
        if account.mode != Mode::Live && wait.is_none_or(|_| failures >= 2) {
            return;
        }
        if rest(&account, wait).await {
            failures = 0;
            // The user asked: one more try, and not two with a secret that may lock the account (RL45).
            refused = refused.min(SIGN_INS - 1);
        }
    }
}

/// Says how the account stands after an error, and how long to wait; `None`: until the user asks.
fn pause(account: &Account, error: &Error, failures: u32, refused: u32, since: UnixTime) -> Option<Duration> {
    let reason = SafeText::new(&error.to_string());
    if matches!(error, Error::Auth { .. }) {
        account.forget_secret();
        if refused >= SIGN_INS {
            account.state(Connection::SignInRefused { reason });
            return None;
        }
    }
    let hint = match error.retry() {
        Retry::WhenUserAsks if !matches!(error, Error::Auth { .. }) => {
            account.state(Connection::Blocked { reason });
            return None;
        }
        Retry::After(wait) => Some(wait),
        Retry::Soon | Retry::Never | Retry::WhenUserAsks => None,
    };
    let wait = plan::back_off(failures, hint, rand::random());
    let due = now().0.saturating_add(i64::try_from(wait.as_secs()).unwrap_or(300).max(1));
    account.state(Connection::Offline { since, retry: Some(UnixTime(due)), reason });
    Some(wait)
}

/// Waits for the time to be over or for the user. True: the user asked.
async fn rest(account: &Account, wait: Option<Duration>) -> bool {
    let until = wait.map(|wait| Instant::now() + wait);
    loop {
        {
            let mut desires = account.desires();
            if desires.stop {
                return false;
            }
            if std::mem::take(&mut desires.reconnect) {
                return true;
            }
        }
        match until {
            Some(until) => tokio::select! {
                () = tokio::time::sleep_until(until) => return false,
                () = account.wake.notified() => {}
            },
            None => account.wake.notified().await,
        }
    }
}

/// One connection, from the first byte to its end. `Ok`: the engine is to end, or all is done.
async fn live(account: &Arc<Account>, lost: &mut Option<UnixTime>) -> Result<(), Trouble> {
    let session = sign_in(account, "work").await?;
    if let Some(since) = lost.take() {
        let seconds = now().0.saturating_sub(since.0);
        account.activity(&format!("reconnected after {seconds} s offline"));
    }
    account.desires().reconnect = false;
    account.state(Connection::Syncing);
    let watch = Watch::begin(account, session.capabilities().has("IDLE"));
    let mut worker = Worker::new(Arc::clone(account), session).await?;
    loop {
        // By value: a worker whose session failed is gone with its error.
        worker = match worker.step().await? {
            Some(worker) => worker,
            None => break,
        };
        if watch.as_ref().is_some_and(Watch::ended) {
            account.watched.store(false, Ordering::Relaxed);
        }
    }
    Ok(())
}

/// Connects and signs in; the label names the connection in the trace.
pub async fn sign_in(account: &Account, label: &str) -> Result<Session, Error> {
    let greeted = account.dialer.dial(&endpoint(&account.config.imap), &account.trace(label)).await?;
    let secret = account.secret().await.map_err(|text| Error::Auth { text })?;
    greeted.login(&account.config.imap.user, &secret).await
}

/// The config's words in the imap room's terms.
pub fn endpoint(imap: &config::Imap) -> Endpoint {
    Endpoint {
        host: imap.host.clone(),
        port: imap.port,
        security: match imap.security {
            config::Security::Tls => Security::Tls,
            config::Security::StartTls => Security::StartTls,
            config::Security::None => Security::None,
        },
        ca_file: imap.ca_file.clone(),
    }
}

/// The second connection: it sits in IDLE on the inbox and tells the working one. Ends with the guard.
struct Watch {
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Watch {
    fn begin(account: &Arc<Account>, idle: bool) -> Option<Self> {
        account.watched.store(false, Ordering::Relaxed);
        if !idle || account.mode != Mode::Live {
            return None;
        }
        let account = Arc::clone(account);
        let task = tokio::spawn(async move {
            loop {
                let error = watch(&account).await;
                account.watched.store(false, Ordering::Relaxed);
                account.wake.notify_one();
                tracing::info!(account = account.name(), "the watching connection ended: {error:?}");
                tokio::time::sleep(WATCH_AGAIN).await;
            }
        });
        Some(Self { task })
    }

    fn ended(&self) -> bool {
        self.task.is_finished()
    }
}

/// Watches until something fails.
async fn watch(account: &Account) -> Option<Trouble> {
    watch_inbox(account).await.err()
}

async fn watch_inbox(account: &Account) -> Result<(), Trouble> {
    // The working connection goes first: it brings what the user waits for.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut session = sign_in(account, "watch").await?;
    let id = account.id;
    let inbox =
        account.on_desk(Urgency::Background, move |files| files.cache.reader().folder_by_role(id, Role::Inbox)).await?;
    session.select("INBOX", SelectMode::ReadOnly).await?;
    account.watched.store(true, Ordering::Relaxed);
    // Whatever came between the last sync and now would be missed.
    let tell = || {
        account.want(|desires| match inbox {
            Some(inbox) => {
                desires.dirty.insert(inbox);
            }
            None => desires.refresh = true,
        });
    };
    tell();
    loop {
        match session.idle(std::future::pending(), WATCH).await? {
            IdleEnd::Changed => tell(),
            IdleEnd::Woken | IdleEnd::TimedOut => {}
        }
        session.take_unsolicited();
    }
}
