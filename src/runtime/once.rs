//! The real engine behind the commands without a screen: started, asked for one thing, stopped.

#![expect(clippy::wildcard_enum_match_arm, reason = "of all that the engine tells, a command waits for a few events")]

mod deliver;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::auth::{Ask, Tools};
use crate::cli::engine::{AccountReport, End, Engine as Wanted, Error, Outcome, Report, Searched, State};
use crate::config::Config;
use crate::config::paths::Paths;
use crate::crypto::Programs;
use crate::imap::trace::Sink;
use crate::journal::Journal;
use crate::mail::folder::Role;
use crate::mail::{AccountId, MessageId, SearchId};
use crate::protocol::{Action, Command, Connection, Event, Need, OpId, OpState, Origin, Priority, ServerSearch};
use crate::query::Query;
use crate::runtime::launch::{digester, stop, text_reader};
use crate::runtime::remote::Fetcher;
use crate::safe_text::SafeText;
use crate::seal;
use crate::store::{Access, Cache};
use crate::sync::account::Mode;
use crate::sync::apply::back::undo_number;
use crate::sync::desk::Urgency;
use crate::sync::indexer::Indexer;
use crate::sync::outlet::Outlet;
use crate::sync::{Engine, Setup};

/// How long a command waits for a server that says nothing.
const PATIENCE: Duration = Duration::from_mins(2);

/// An engine for the life of one command.
pub struct Once {
    config: Config,
    paths: Paths,
    trace: Option<Sink>,
    ask: Option<Ask>,
    runtime: tokio::runtime::Runtime,
    /// The engine of a sync that came to its end.
    ended: Option<Engine>,
}

/// What was heard of an account while the engine ran.
#[derive(Debug, Clone, Default)]
struct Heard {
    state: Connection,
    new: u64,
}

impl Once {
    /// An engine for these accounts; nothing is opened yet. `ask` has the user type what the config has no way to.
    ///
    /// # Errors
    /// When the program's tasks cannot be started.
    pub fn new(config: &Config, paths: &Paths, trace: Option<Sink>, ask: Option<Ask>) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| failed(&error))?;
        Ok(Self { config: config.clone(), paths: paths.clone(), trace, ask, runtime, ended: None })
    }

    /// Opens the files and starts the engine for all accounts, or one.
    fn start(&self, account: Option<&str>, mode: Mode) -> Result<Engine, Error> {
        self.paths.create().map_err(|error| failed(&error))?;
        // The queue first: where a newer program wrote it, nothing may be touched, the cache neither (RL59).
        let journal = Journal::open(&self.paths.data, Access::Owner).map_err(|error| failed(&error))?;
        let cache = Cache::open(&self.paths.cache, Access::Owner).map_err(|error| failed(&error))?;
        let accounts =
            self.config.accounts.iter().filter(|one| account.is_none_or(|name| one.name == name)).cloned().collect();
        let setup = Setup {
            accounts,
            cache,
            journal,
            digester: digester(),
            text_reader: text_reader(),
            index_mb: self.config.index_mb,
            tools: Tools { ask: self.ask.clone(), ..Tools::without_screen(&self.paths.data) },
            post: seal::post(
                seal::Current::new(&self.config.compose),
                Programs::default(),
                Arc::new(Fetcher::default()),
            ),
            trace: self.trace.clone(),
            mode,
        };
        self.runtime.block_on(Engine::start(setup)).map_err(|error| failed(&error))
    }

    /// Sends a command about an operation and waits until it is done, refused, or cannot be now.
    fn operate(&self, command: impl FnOnce(OpId) -> Command, op: Option<OpId>) -> Result<Outcome, Error> {
        let engine = self.start(None, Mode::Live)?;
        let outcome = self.runtime.block_on(async {
            let op = match op {
                Some(op) => op,
                None => next_op(&engine).await?,
            };
            engine.send(command(op));
            follow(&engine, op).await
        });
        self.runtime.block_on(stop(&engine));
        outcome
    }
}

impl Wanted for Once {
    fn apply(&mut self, action: Action, messages: Vec<MessageId>) -> Result<Outcome, Error> {
        self.operate(|op| Command::Apply { op, action, messages, origin: Origin::User }, None)
    }

    fn undo(&mut self, op: OpId) -> Result<Outcome, Error> {
        self.operate(Command::Undo, Some(op))
    }

    fn deliver(&mut self, op: OpId) -> Result<Outcome, Error> {
        self.hand_over(op)
    }

    fn sync(&mut self, account: Option<&str>) -> Result<Report, Error> {
        let engine = self.start(account, Mode::Once)?;
        let report = self.runtime.block_on(watch_sync(&engine));
        // A run that came to its end has stopped by itself: nobody would answer a second goodbye.
        if report.is_err() {
            self.runtime.block_on(stop(&engine));
        } else {
            self.ended = Some(engine);
        }
        report
    }

    fn index(&mut self) -> Result<(), Error> {
        // The engine of the sync has ended, its desk is still ours.
        let Some(engine) = self.ended.take() else { return Ok(()) };
        let indexer = Indexer {
            desk: engine.desk().clone(),
            text_reader: text_reader(),
            outlet: Outlet::default(),
            stored: Arc::default(),
            max_bytes: self.config.index_mb.saturating_mul(1024 * 1024),
        };
        self.runtime.block_on(indexer.index_all()).map_err(|error| failed(&error))
    }

    fn search(&mut self, query: Arc<Query>) -> Result<Searched, Error> {
        let engine = self.start(None, Mode::Live)?;
        let searched = self.runtime.block_on(search(&engine, query));
        self.runtime.block_on(stop(&engine));
        searched
    }

    fn fetch(&mut self, message: MessageId) -> Result<(), Error> {
        let engine = self.start(None, Mode::Live)?;
        let outcome = self.runtime.block_on(async {
            engine.send(Command::WantBody { message, priority: Priority::Open, whole: true });
            loop {
                for event in next(&engine).await? {
                    match event {
                        Event::BodyReady(ready) if ready == message => {
                            let whole = engine
                                .desk()
                                .run(Urgency::Now, move |files| files.cache.reader().body(message))
                                .await
                                .map_err(|error| failed(&error))?
                                .map_err(|error| failed(&error))?;
                            if whole.is_some_and(|body| body.whole) {
                                return Ok(());
                            }
                        }
                        Event::BodyFailed { message: about, reason } if about == message => {
                            return Err(Error::Failed(reason));
                        }
                        Event::Connection { state, .. } => {
                            if let Some(reason) = unreachable(&state) {
                                return Err(Error::Unreachable(reason));
                            }
                        }
                        _ => {}
                    }
                }
            }
        });
        self.runtime.block_on(stop(&engine));
        outcome
    }
}

fn failed(error: &impl std::fmt::Display) -> Error {
    Error::Failed(SafeText::new(&error.to_string()))
}

/// Why the server cannot be reached now.
fn unreachable(state: &Connection) -> Option<SafeText> {
    match state {
        Connection::SignInRefused { reason } => Some(SafeText::new(&format!("cannot sign in: {reason}"))),
        Connection::Offline { reason, .. }
        | Connection::SignInNeeded { reason, .. }
        | Connection::Blocked { reason } => Some(reason.clone()),
        Connection::Starting | Connection::Connecting | Connection::Online { .. } | Connection::Syncing => None,
    }
}

/// Searches on all servers, until each has ended or patience has.
async fn search(engine: &Engine, query: Arc<Query>) -> Result<Searched, Error> {
    let this = SearchId(1);
    let mut states: BTreeMap<AccountId, ServerSearch> = BTreeMap::new();
    let mut hits = Vec::new();
    let ended = |states: &BTreeMap<AccountId, ServerSearch>| {
        let over = |id| states.get(id).is_some_and(|state| !matches!(state, ServerSearch::Running { .. }));
        engine.accounts().iter().all(|(id, _)| over(id))
    };
    engine.send(Command::Search { search: this, query, within: None });
    while !ended(&states) {
        let Ok(events) = next(engine).await else { break };
        for event in events {
            match event {
                Event::SearchHits { search, messages } if search == this => hits.extend(messages),
                Event::SearchProgress { search, account, state } if search == this => {
                    states.insert(account, state);
                }
                // It may come back, but nobody waits for that.
                Event::Connection { account, state } if unreachable(&state).is_some() => {
                    let running = |state: &ServerSearch| matches!(state, ServerSearch::Running { .. });
                    if states.get(&account).is_none_or(running) {
                        states.insert(account, ServerSearch::Offline);
                    }
                }
                _ => {}
            }
        }
    }
    let state = |id| states.get(id).cloned().unwrap_or(ServerSearch::Offline);
    let accounts = engine.accounts().iter().map(|(id, name)| (name.clone(), state(id))).collect();
    Ok(Searched { hits, accounts })
}

/// The next events, or the end of patience.
async fn next(engine: &Engine) -> Result<Vec<Event>, Error> {
    tokio::time::timeout(PATIENCE, engine.outlet().next())
        .await
        .map_err(|_| Error::Unreachable(SafeText::new("the server does not answer")))
}

async fn next_op(engine: &Engine) -> Result<OpId, Error> {
    engine
        .desk()
        .run(Urgency::Now, |files| files.journal.next_op())
        .await
        .map_err(|error| failed(&error))?
        .map_err(|error| failed(&error))
}

/// Waits for an operation's end. One that is taken back may need the server as well: then its inverse is waited for.
async fn follow(engine: &Engine, op: OpId) -> Result<Outcome, Error> {
    let mut summary = SafeText::default();
    let mut awaited = op;
    loop {
        for event in next(engine).await? {
            match event {
                Event::OpQueued { op: queued, summary: words, .. } if queued == op => summary = words,
                Event::OpUndone(undone) if undone == op => {
                    let back = undo_number(op);
                    let found = engine
                        .desk()
                        .run(Urgency::Now, move |files| {
                            Ok::<_, crate::journal::Error>((files.journal.op(back)?, files.journal.op(op)?))
                        })
                        .await
                        .map_err(|error| failed(&error))?
                        .map_err(|error| failed(&error))?;
                    let row = found.0.or(found.1).map(|(row, _)| row);
                    if let Some(row) = &row {
                        summary = row.summary.clone();
                    }
                    match row {
                        Some(row) if row.op == back && row.state != OpState::Done => awaited = back,
                        _ => return Ok(Outcome { op, summary, state: State::Done }),
                    }
                }
                Event::OpGone { op: short, words } if short == awaited => summary = words,
                Event::OpDone(done) if done == awaited => return Ok(Outcome { op, summary, state: State::Done }),
                Event::OpFailed { op: refused, reason, kept: true } if refused == awaited => {
                    return Ok(Outcome { op, summary, state: State::Refused { reason } });
                }
                Event::OpFailed { op: refused, reason, kept: false } if refused == op => {
                    return Err(Error::Failed(reason));
                }
                Event::Connection { account, state } => {
                    if let Some(reason) = unreachable(&state)
                        && concerns(engine, awaited, account).await
                    {
                        return Ok(Outcome { op, summary, state: State::Unreachable { reason } });
                    }
                }
                _ => {}
            }
        }
    }
}

/// Whether an operation waits for this account.
async fn concerns(engine: &Engine, op: OpId, account: AccountId) -> bool {
    let Some(name) = engine.accounts().iter().find(|(id, _)| *id == account).map(|(_, name)| name.clone()) else {
        return false;
    };
    let steps = engine.desk().run(Urgency::Now, move |files| files.journal.pending(&name, u32::MAX)).await;
    matches!(steps, Ok(Ok(steps)) if steps.iter().any(|step| step.op == op))
}

/// Waits until every account is in step or has failed.
async fn watch_sync(engine: &Engine) -> Result<Report, Error> {
    let mut heard: BTreeMap<AccountId, Heard> =
        engine.accounts().iter().map(|(id, _)| (*id, Heard::default())).collect();
    let mut folders: BTreeMap<crate::mail::FolderId, AccountId> = BTreeMap::new();
    let mut sent: BTreeMap<AccountId, u64> = BTreeMap::new();
    let before = waiting(engine).await?;
    'listen: loop {
        for event in next(engine).await? {
            match event {
                Event::Connection { account, state } => {
                    if let Some(heard) = heard.get_mut(&account) {
                        heard.state = state;
                    }
                }
                Event::NewMail { folder, count } => {
                    if let std::collections::btree_map::Entry::Vacant(entry) = folders.entry(folder) {
                        let info =
                            engine.desk().run(Urgency::Now, move |files| files.cache.reader().folder(folder)).await;
                        if let Ok(Ok(Some(info))) = info
                            && info.row.role == Some(Role::Inbox)
                        {
                            entry.insert(info.row.account);
                        }
                    }
                    if let Some(heard) = folders.get(&folder).and_then(|account| heard.get_mut(account)) {
                        heard.new += u64::from(count);
                    }
                }
                Event::Stopped => break 'listen,
                _ => {}
            }
        }
    }
    let after = waiting(engine).await?;
    for (account, (queued, failed)) in &before {
        let (still, refused) = after.get(account).copied().unwrap_or_default();
        sent.insert(*account, (queued + failed).saturating_sub(still + refused));
    }
    let report = engine
        .accounts()
        .iter()
        .map(|(id, name)| {
            let heard = heard.get(id).cloned().unwrap_or_default();
            let (queued, refused) = after.get(id).copied().unwrap_or_default();
            AccountReport {
                account: name.clone(),
                end: end(heard.state),
                new: heard.new,
                sent: sent.get(id).copied().unwrap_or_default(),
                queued,
                refused,
            }
        })
        .collect();
    Ok(Report { accounts: report })
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
async fn waiting(engine: &Engine) -> Result<BTreeMap<AccountId, (u64, u64)>, Error> {
    let accounts = engine.accounts().to_vec();
    let rows = engine
        .desk()
        .run(Urgency::Now, |files| files.journal.rows(10_000))
        .await
        .map_err(|error| failed(&error))?
        .map_err(|error| failed(&error))?;
    let mut counts = BTreeMap::new();
    for (id, name) in accounts {
        let mine = || rows.iter().filter(|row| row.account.as_str().split(", ").any(|one| one == name));
        let of = |wanted: &[OpState]| mine().filter(|row| wanted.contains(&row.state)).count() as u64;
        counts.insert(id, (of(&[OpState::Queued, OpState::Sending]), of(&[OpState::Failed])));
    }
    Ok(counts)
}
