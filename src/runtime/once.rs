//! The real engine behind the commands without a screen: started, asked for one thing, stopped.

#![expect(clippy::wildcard_enum_match_arm, reason = "of all that the engine tells, a command waits for a few events")]

mod deliver;
mod search;
mod sync;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::auth::{Ask, Tools};
use crate::cli::engine::{AccountReport, Engine as Wanted, Error, Outcome, Report, Searched, State};
use crate::config::Config;
use crate::config::paths::Paths;
use crate::crypto::Programs;
use crate::imap::trace::Sink;
use crate::journal::Journal;
use crate::mail::{AccountId, MessageId};
use crate::protocol::{Action, Command, Connection, Event, OpId, OpState, Origin, Priority};
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
    /// How many questions stand on the terminal.
    typing: Arc<AtomicUsize>,
    runtime: tokio::runtime::Runtime,
    /// The engine of a sync that came to its end.
    ended: Option<Engine>,
}

/// The accounts that an engine is started for.
enum Of {
    All,
    These(BTreeSet<String>),
}

impl Of {
    fn has(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::These(names) => names.contains(name),
        }
    }
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
        let typing = Arc::new(AtomicUsize::new(0));
        let ask = ask.map(|ask| counted(ask, Arc::clone(&typing)));
        Ok(Self { config: config.clone(), paths: paths.clone(), trace, ask, typing, runtime, ended: None })
    }

    /// Opens the files and starts the engine for these accounts alone: the others are neither asked for, nor in the way.
    fn start(&self, of: &Of, mode: Mode) -> Result<Engine, Error> {
        self.paths.create().map_err(|error| failed(&error))?;
        // The queue first: where a newer program wrote it, nothing may be touched, the cache neither (RL59).
        let journal = Journal::open(&self.paths.data, Access::Owner)?;
        let cache = Cache::open(&self.paths.cache, Access::Owner)?;
        let accounts = self.config.accounts.iter().filter(|one| of.has(&one.name)).cloned().collect();
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

    /// The accounts of these messages.
    fn owners(&self, messages: &[MessageId]) -> Result<Of, Error> {
        let cache = Cache::open(&self.paths.cache, Access::ReadOnly).map_err(|error| failed(&error))?;
        let owners = || {
            let reader = cache.reader()?;
            let names: BTreeMap<AccountId, String> = reader.accounts()?.into_iter().collect();
            let mut owners = BTreeSet::new();
            for message in messages {
                owners.extend(reader.row(*message)?.and_then(|row| names.get(&row.account).cloned()));
            }
            Ok::<_, crate::store::Error>(Of::These(owners))
        };
        owners().map_err(|error| failed(&error))
    }

    /// The accounts that an operation is about.
    fn concerned(&self, op: OpId) -> Result<Of, Error> {
        let journal = Journal::open(&self.paths.data, Access::ReadOnly).map_err(|error| failed(&error))?;
        let steps = journal.op(op).map_err(|error| failed(&error))?.map(|(_, steps)| steps).unwrap_or_default();
        Ok(Of::These(steps.into_iter().map(|step| step.account).collect()))
    }

    /// Sends a command about an operation and waits until it is done, refused, or cannot be now.
    fn operate(&self, of: &Of, command: impl FnOnce(OpId) -> Command, op: Option<OpId>) -> Result<Outcome, Error> {
        let engine = self.start(of, Mode::Live)?;
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
        let of = self.owners(&messages)?;
        self.operate(&of, |op| Command::Apply { op, action, messages, origin: Origin::User }, None)
    }

    fn undo(&mut self, op: OpId) -> Result<Outcome, Error> {
        self.operate(&self.concerned(op)?, Command::Undo, Some(op))
    }

    fn deliver(&mut self, op: OpId) -> Result<Outcome, Error> {
        self.hand_over(op)
    }

    fn sync(&mut self, account: Option<&str>, tell: &mut dyn FnMut(&AccountReport)) -> Result<Report, Error> {
        let of = account.map_or(Of::All, |name| Of::These(BTreeSet::from([name.to_owned()])));
        let engine = self.start(&of, Mode::Once)?;
        match self.runtime.block_on(sync::watch(&engine, tell)) {
            Ok((report, sync::Over::ByItself)) => {
                // Nobody would answer a second goodbye.
                self.ended = Some(engine);
                Ok(report)
            }
            Ok((report, sync::Over::OutOfPatience)) => {
                self.runtime.block_on(stop(&engine));
                Ok(report)
            }
            Err(error) => {
                self.runtime.block_on(stop(&engine));
                Err(error)
            }
        }
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
        let engine = self.start(&Of::All, Mode::Live)?;
        let searched = self.runtime.block_on(search::run(&engine, query, (&self.config, &self.typing)));
        self.runtime.block_on(stop(&engine));
        searched
    }

    fn fetch(&mut self, message: MessageId) -> Result<(), Error> {
        let engine = self.start(&self.owners(&[message])?, Mode::Live)?;
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

/// Counts the questions that stand.
fn counted(ask: Ask, typing: Arc<AtomicUsize>) -> Ask {
    Arc::new(move |question: &str| {
        typing.fetch_add(1, Ordering::Relaxed);
        let typed = ask(question);
        typing.fetch_sub(1, Ordering::Relaxed);
        typed
    })
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
