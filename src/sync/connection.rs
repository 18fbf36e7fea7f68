//! The life of an account's connections: connect, sign in, work, watch, lose the link, wait, connect again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use crate::auth::Failure;
use crate::config;
use crate::imap::connect::tls::certificate::Fingerprint;
use crate::imap::connect::tls::client::ClientCertificate;
use crate::imap::connect::{Compress, Endpoint, Security};
use crate::imap::error::{Denied, Error, Retry};
use crate::imap::session::Session;
use crate::imap::trace::Counters;
use crate::mail::UnixTime;
use crate::protocol::{Connection, Need};
use crate::safe_text::SafeText;
use crate::sasl::Credential;
use crate::sync::account::{Account, Mode, Trouble};
use crate::sync::links::Sides;
use crate::sync::plan;
use crate::sync::plan::limit::{Asker, Place};
use crate::sync::plan::poison::Poison;
use crate::sync::resume::{dialled, doubt, heard};
use crate::sync::search::Life;
use crate::sync::worker::{Lane, Worker};

/// What the working connection is called in the trace.
const WORK: &str = "work";
/// How often a password may be refused before the user is asked (RL45).
const SIGN_INS: u32 = 2;

/// After so long a session has worked, if its server said anything. One that ends sooner each time may be a server's doing.
const WORKED: Duration = Duration::from_secs(15);

/// For how long nothing is tried by itself after a command or a keyring gave no secret; twice as long each further time.
/// What asks with a window must not come back at once when it was sent away.
const NO_SECRET: Duration = Duration::from_mins(5);

/// Since when an account has no connection.
#[derive(Debug, Clone, Copy)]
struct Lost {
    /// As the clock on the wall said: for people.
    since: UnixTime,
    /// By the clock that nobody sets.
    at: Instant,
}

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Roused {
    /// Its time is over, or the engine ends.
    Time,
    /// The user asked.
    User,
    /// The computer came back from being away.
    Return,
}

/// The working connection: from the start of the engine to its end.
pub async fn run(account: Arc<Account>) {
    account.note_life(Life::Begun);
    let sides = Sides::begin(&account);
    work(&account).await;
    sides.end().await;
    account.note_life(Life::Over);
}

async fn work(account: &Arc<Account>) {
    let mut failures = 0;
    let mut lost: Option<Lost> = None;
    let mut asker = Asker::User;
    let mut unheard: Option<SafeText> = None;
    // Whether the last connection ended by the word of the server, and not by the line.
    let mut refused = false;
    loop {
        if account.desires().stop {
            return;
        }
        let place = account.desires().sign_ins.take(Instant::now(), asker);
        let place = match place {
            Ok(place) => place,
            Err(wait) => {
                let reason = SafeText::new("ten sign-ins in ten minutes are enough for this server");
                let since = note(account, &mut lost).since;
                account.state(Connection::Offline { since, retry: Some(after(account, wait)), reason });
                if account.mode != Mode::Live {
                    return;
                }
                // Where only the line was in the way, what the user does is reason enough to try.
                let roused = rest(account, Some(wait), !refused).await;
                asker = if roused == Roused::User { Asker::User } else { Asker::Engine };
                continue;
            }
        };
        match (&unheard, asker) {
            // Looked for again every few seconds: until it is found, the account is offline.
            (Some(reason), Asker::Engine) => {
                let since = note(account, &mut lost).since;
                account.state(Connection::Offline { since, retry: None, reason: reason.clone() });
            }
            (Some(_) | None, Asker::Engine | Asker::User) => account.state(Connection::Connecting),
        }
        let mut up = None;
        let ended = live(account, &mut lost, (place, &mut up)).await;
        account.links.work_ends();
        let error = match ended {
            Ok(()) | Err(Trouble::Gone(_)) => return,
            Err(Trouble::Imap(error)) => error,
            Err(trouble @ (Trouble::Store(_) | Trouble::Journal(_) | Trouble::Letters(_))) => {
                account.activity(&format!("{trouble}"));
                Error::Closed { what: trouble.to_string() }
            }
        };
        if std::mem::take(&mut account.desires().leaving) {
            // It was left because of a search, and nothing is wrong with the server.
            tracing::info!(account = account.name(), "{error}");
            (asker, unheard) = (Asker::Engine, None);
            continue;
        }
        tracing::warn!(account = account.name(), "{error}");
        let needs_user = account.desires().need.is_some();
        if error.is_silence() || matches!(error, Error::Unreachable { .. }) || needs_user {
            account.desires().sign_ins.give_back(place);
        }
        refused = !(error.is_cut() || error.is_silence() || matches!(error, Error::Timeout { .. }));
        if matches!(error, Error::Timeout { .. }) {
            doubt(account);
        }
        let silent = error.is_silence() || matches!(error, Error::Timeout { .. });
        unheard = silent.then(|| SafeText::new(&error.to_string()));
        if account.desires().stop {
            return;
        }
        // A connection that worked for a while starts the counting anew, and not one that took as long to fail. A run that
        // ends by itself counts them all.
        let worked = up.is_some_and(|up: Instant| up.elapsed() > Duration::from_mins(1));
        failures = if worked && account.mode == Mode::Live { 1 } else { failures + 1 };
        // A run that ends by itself still finds the message that ends its connections, if ten sign-ins are enough (RL40).
        if account.mode != Mode::Live && up.is_some() && account.desires().poison.values().any(Poison::is_hunting) {
            failures = 1;
        }
        let since = note(account, &mut lost).since;
        let wait = pause(account, &error, failures, since);
        if account.mode != Mode::Live && wait.is_none_or(|_| failures >= 2) {
            return;
        }
        asker = Asker::Engine;
        match rest(account, wait, false).await {
            Roused::Time => {}
            Roused::Return => failures = 0,
            Roused::User => {
                asker = Asker::User;
                failures = 0;
                // The user asked: one more try, and not two with a secret that may lock the account (RL45).
                let mut desires = account.desires();
                desires.refused = desires.refused.min(SIGN_INS - 1);
            }
        }
    }
}

/// Says how the account stands after an error, and how long to wait; `None`: until the user asks.
fn pause(account: &Account, error: &Error, failures: u32, since: UnixTime) -> Option<Duration> {
    let reason = SafeText::new(&error.to_string());
    if let Error::Auth { text, denied } = error {
        let stop = until_the_user(account, text, *denied);
        if let Some(state) = stop {
            let wait = again(account, &state, failures);
            account.state(state);
            return wait;
        }
    }
    let hint = match error.retry() {
        Retry::After(wait) => Some(wait),
        Retry::Soon | Retry::Never | Retry::WhenUserAsks => None,
    };
    let jitter = account.dialer.jitter();
    let wait = if error.is_silence() { plan::seek(failures, jitter) } else { plan::back_off(failures, hint, jitter) };
    account.state(if matches!(error, Error::Tls { .. }) {
        Connection::Blocked { reason }
    } else {
        Connection::Offline { since, retry: Some(after(account, wait)), reason }
    });
    Some(wait)
}

/// How long to wait where the user has to do something: what gives secrets may find its way without him.
fn again(account: &Account, state: &Connection, failures: u32) -> Option<Duration> {
    let by_itself = matches!(state, Connection::SignInNeeded { need: Need::Command | Need::Unlock, .. });
    let doubled = failures.saturating_sub(1).min(4);
    (by_itself && account.mode == Mode::Live).then_some(NO_SECRET * 2_u32.pow(doubled))
}

/// How an account stands whose sign-in was refused or could not be tried, if nothing is to be tried before the user did
/// something: at most two tries with the same secret (RL45).
fn until_the_user(account: &Account, text: &str, denied: Denied) -> Option<Connection> {
    let needed = account.desires().need.take();
    if let Some(need) = needed {
        return Some(Connection::SignInNeeded { need, reason: SafeText::new(text) });
    }
    let need = match denied {
        Denied::Password | Denied::Token => account.keeper.refused(),
        Denied::Unsent => {
            account.keeper.look_again();
            None
        }
    };
    // Of a token the keeper knows whether a new one was refused as well.
    let counts = denied != Denied::Token || account.keeper.oauth().is_none();
    let enough = account.desires().refused >= SIGN_INS && counts;
    let need = need.or_else(|| account.keeper.remedy().filter(|_| enough && denied != Denied::Unsent));
    match need {
        Some(need) => {
            let reason = SafeText::new(&format!("{}: {text}", denied.words()));
            Some(Connection::SignInNeeded { need, reason })
        }
        None => enough.then(|| Connection::SignInRefused { reason: SafeText::new(text) }),
    }
}

/// The time after this wait, for the screen alone: what waits does so by a clock that nobody sets.
fn after(account: &Account, wait: Duration) -> UnixTime {
    UnixTime(account.now().0.saturating_add(i64::try_from(wait.as_secs()).unwrap_or(300).max(1)))
}

/// Since when there is no connection: since now, if there was one.
fn note(account: &Account, lost: &mut Option<Lost>) -> Lost {
    *lost.get_or_insert_with(|| Lost { since: account.now(), at: Instant::now() })
}

/// Waits for the time to be over, for the user, or for the computer to come back; where there is no time, the user alone
/// ends it. `eager`: an action of the user ends it too.
async fn rest(account: &Account, wait: Option<Duration>, eager: bool) -> Roused {
    let until = wait.map(|wait| Instant::now() + wait);
    loop {
        {
            let mut desires = account.desires();
            if desires.stop {
                return Roused::Time;
            }
            if std::mem::take(&mut desires.reconnect) {
                return Roused::User;
            }
            if eager && std::mem::take(&mut desires.acted) {
                return Roused::User;
            }
            if std::mem::take(&mut desires.returned) && wait.is_some() {
                return Roused::Return;
            }
        }
        match until {
            Some(until) => tokio::select! {
                () = tokio::time::sleep_until(until) => return Roused::Time,
                () = account.wake.notified() => {}
            },
            None => account.wake.notified().await,
        }
    }
}

/// One connection, from the first byte to its end; `up`: since when it is signed in. `Ok`: the engine is to end, or all is
/// done.
async fn live(
    account: &Arc<Account>,
    lost: &mut Option<Lost>,
    (place, up): (Place, &mut Option<Instant>),
) -> Result<(), Trouble> {
    let session = sign_in(account, WORK).await?;
    *up = Some(Instant::now());
    if let Some(lost) = lost.take() {
        account.activity(&format!("reconnected after {} s offline", lost.at.elapsed().as_secs()));
        account.hurry();
    }
    {
        let mut desires = account.desires();
        (desires.reconnect, desires.returned, desires.acted) = (false, false, false);
    }
    account.state(Connection::Syncing);
    account.links.work_begins(session.capabilities().has("IDLE"));
    let proof = Proof::begin(session.heard());
    let done = heard(account, session.heard(), toil(account, session)).await;
    proof.end(account, place);
    done
}

/// What tells whether the server worked for us on a connection: its sign-in was none in vain then, however the line ends it.
pub(super) struct Proof {
    counters: Arc<Counters>,
    began: Instant,
    before: u64,
}

impl Proof {
    /// A connection that has just signed in, by its counters.
    pub fn begin(counters: Arc<Counters>) -> Self {
        let before = counters.received.load(Ordering::Relaxed);
        Self { counters, began: Instant::now(), before }
    }

    /// The connection ended whose sign-in took this place.
    pub fn end(self, account: &Account, place: Place) {
        let answered = self.counters.received.load(Ordering::Relaxed) > self.before;
        if answered && self.began.elapsed() >= WORKED {
            account.desires().sign_ins.worked(place);
        }
    }
}

async fn toil(account: &Arc<Account>, session: Session) -> Result<(), Trouble> {
    let mut worker = Worker::new(Arc::clone(account), session, Lane::Work).await?;
    // By value: a worker whose session failed is gone with its error.
    while let Some(next) = worker.step().await? {
        worker = next;
    }
    Ok(())
}

/// Connects and signs in; the label names the connection in the trace.
pub async fn sign_in(account: &Account, label: &str) -> Result<Session, Error> {
    dialled(account, dial(account, label)).await
}

async fn dial(account: &Account, label: &str) -> Result<Session, Error> {
    let greeted = account.dialer.dial(&endpoint(&account.config.imap), &account.trace(label)).await?;
    account.desires().need = None;
    let credential = if greeted.is_signed_in() {
        Credential::None
    } else {
        account.keeper.credential().await.map_err(|failure| unsigned(account, failure))?
    };
    let signed_in = greeted.login(&account.config.imap.user, &credential, account.config.imap.sign_in.auth).await;
    match &signed_in {
        // The working one is told by [`until_the_user`].
        Err(Error::Auth { denied: Denied::Token, .. }) if label != WORK => account.keeper.refused_aside(&credential),
        Err(Error::Auth { .. }) => account.desires().refused += 1,
        Ok(_) => {
            account.desires().refused = 0;
            account.keeper.accepted().await;
        }
        Err(_) => {}
    }
    signed_in
}

/// What a connection ends with that has nothing to sign in with. Who gives out tokens and cannot be reached is as far away
/// as a server: that is no refusal.
fn unsigned(account: &Account, failure: Failure) -> Error {
    match failure {
        Failure::Needed(need, text) => {
            account.desires().need = Some(need);
            Error::Auth { text, denied: Denied::Unsent }
        }
        Failure::Unreachable { host, reason, answered } => Error::Unreachable { host, reason, answered },
        Failure::Failed(text) => Error::Auth { text, denied: Denied::Unsent },
    }
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
        pin: imap.pin.map(Fingerprint),
        compress: match imap.compress {
            config::Compress::Auto => Compress::Auto,
            config::Compress::Always => Compress::Always,
            config::Compress::Never => Compress::Never,
        },
        client: imap
            .sign_in
            .client
            .as_ref()
            .map(|files| ClientCertificate { certificate: files.certificate.clone(), key: files.key.clone() }),
        command: imap.sign_in.command.clone(),
    }
}
