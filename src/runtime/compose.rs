//! What the composer orders is done beside the loop, by threads that are started when there is something for them.
//!
//! One does what concerns letters on the disk, in the order in which it was asked for (`clerk`); another like it reads mails
//! and copies files, so that a long copy keeps no word from the disk. One knows people (`people`), one looks at paths
//! (`paths`). What only the loop can do they wish for ([`Wish`]). Letters are written through [`Letters`] alone.

mod attach;
mod begin;
mod cards;
mod clerk;
mod drafts;
mod editor;
mod lookup;
mod media_type;
mod paths;
mod people;
mod shelf;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::AbortHandle;

use crate::app::compose::order::{Habits, How, News, Order};
use crate::app::msg::Msg;
use crate::config::Config;
use crate::config::compose::{Encrypt, templates, writers};
use crate::config::env::Env;
use crate::crypto::Programs;
use crate::letter::LetterId;
use crate::letters::Letters;
use crate::mail::{AccountId, MessageId};
use crate::protocol::{Command, Connection, Event, Priority};
use crate::runtime::shelf::Shelf;
use crate::runtime::{Request, Runtime};
use crate::safe_text::SafeText;
use crate::seal::{Current, Sealer};
use crate::store::Readers;
use clerk::{Clerk, Job};

/// The stack of threads that parse (STACK.md: nested messages abort a parser on 2 MiB).
const STACK: usize = 64 * 1024 * 1024;
/// How long the end of the program waits for letters to be on the disk.
const LAST_WORDS: Duration = Duration::from_secs(10);
/// How often it looks whether they are.
const LOOK: Duration = Duration::from_millis(2);

/// What a thread wishes that only the loop can do.
#[derive(Debug)]
pub enum Wish {
    /// That the engine does this.
    Command(Command),
    /// That the terminal's owner does this.
    Request(Request),
    /// That this body is fetched.
    Body {
        /// Of which message.
        message: MessageId,
        /// In which account.
        account: AccountId,
        /// All of it.
        whole: bool,
    },
    /// That another thread does this.
    Order(Order),
    /// That the copy of this letter on the server becomes as new as the letter.
    Copy(LetterId),
}

/// What all of the threads work with.
#[derive(Clone)]
struct Materials {
    /// The data directory.
    data: PathBuf,
    letters: Letters,
    readers: Readers,
    /// Messages that were opened.
    opened: Shelf,
    env: Env,
    config: Arc<Config>,
    reply: UnboundedSender<Msg>,
    wish: UnboundedSender<Wish>,
    /// Jobs that are not done.
    waiting: Arc<AtomicUsize>,
    /// Orders that wait for bodies.
    parked: Arc<AtomicUsize>,
}

impl Materials {
    /// Who opens and seals, as the config says.
    fn sealer(&self) -> Sealer {
        let programs = Programs { home: self.env.path("GNUPGHOME"), ..Programs::default() };
        Sealer { programs, habits: self.config.compose.clone() }
    }

    fn say(&self, news: News) {
        // Nobody hears it after the end.
        let _unheard = self.reply.send(Msg::Letters(news));
    }

    fn fail(&self, words: &str) {
        let _unheard = self.reply.send(Msg::EffectFailed(SafeText::squeezed(words).cut(300)));
    }

    fn wish(&self, wish: Wish) {
        let _unheard = self.wish.send(wish);
    }
}

/// Where the composer's orders are done; the threads end when it is dropped.
pub struct Bureau {
    materials: Materials,
    /// What the engine makes mails by.
    sealing: Current,
    wishes: UnboundedReceiver<Wish>,
    letters: Option<Sender<Job>>,
    files: Option<Sender<Job>>,
    people: Option<Sender<people::Job>>,
    paths: Option<Sender<paths::Job>>,
    /// Jobs about letters that are not done.
    keeping: Arc<AtomicUsize>,
    /// The requests for people and for paths that were made last.
    newest: [Arc<AtomicU64>; 2],
    /// How often habits were read.
    habits: Arc<AtomicU64>,
    /// The user's own command for addresses, while it runs.
    lookup: Option<AbortHandle>,
}

impl Bureau {
    /// For the letters in this data directory. Nothing is started yet.
    pub fn new(
        data: &Path,
        readers: Readers,
        opened: Shelf,
        (env, config): (&Env, &Config),
        reply: UnboundedSender<Msg>,
    ) -> Self {
        let (wish, wishes) = unbounded_channel();
        let materials = Materials {
            data: data.to_owned(),
            letters: Letters::of(data),
            readers,
            opened,
            env: env.clone(),
            config: Arc::new(config.clone()),
            reply,
            wish,
            waiting: Arc::default(),
            parked: Arc::default(),
        };
        let bureau = Self {
            sealing: Current::new(&config.compose),
            materials,
            wishes,
            letters: None,
            files: None,
            people: None,
            paths: None,
            keeping: Arc::default(),
            newest: [Arc::default(), Arc::default()],
            habits: Arc::default(),
            lookup: None,
        };
        bureau.tell_habits();
        bureau
    }

    /// The config is this one from now on.
    pub fn adopt(&mut self, config: &Arc<Config>) {
        self.materials.config = Arc::clone(config);
        self.sealing.set(&config.compose);
        self.tell_habits();
        if self.letters.is_some() {
            self.for_letters(Job::Config(Arc::clone(config)));
        }
        if self.files.is_some() {
            self.for_files(Job::Config(Arc::clone(config)));
        }
        if self.people.is_some() {
            self.for_people(people::Job::Config(Arc::clone(config)));
        }
    }

    /// Reads signatures and templates, and tells the screen who writes. The disk is not waited for.
    fn tell_habits(&self) {
        let (config, reply) = (Arc::clone(&self.materials.config), self.materials.reply.clone());
        let (newest, waiting) = (Arc::clone(&self.habits), Arc::clone(&self.materials.waiting));
        let number = newest.fetch_add(1, Ordering::SeqCst) + 1;
        waiting.fetch_add(1, Ordering::SeqCst);
        std::thread::spawn(move || {
            let (habits, wrong) = habits(&config);
            if newest.load(Ordering::SeqCst) == number {
                // Nobody hears it after the end.
                let _unheard = reply.send(Msg::Letters(News::Desk(Box::new(habits))));
                for words in wrong {
                    tracing::warn!("{words}");
                    let _unheard = reply.send(Msg::EffectFailed(SafeText::new(&words)));
                }
            }
            waiting.fetch_sub(1, Ordering::SeqCst);
        });
    }

    /// How many jobs are not done yet.
    pub fn waiting(&self) -> usize {
        self.materials.waiting.load(Ordering::SeqCst) + self.wishes.len()
    }

    /// The next wish.
    pub async fn wish(&mut self) -> Option<Wish> {
        self.wishes.recv().await
    }

    /// The next wish, if there is one.
    pub fn next_wish(&mut self) -> Option<Wish> {
        self.wishes.try_recv().ok()
    }

    /// What came of the editor that had a letter's text: `None`, or what went wrong.
    pub fn edited(&mut self, letter: LetterId, trouble: Option<String>) {
        self.for_letters(Job::Edited { letter, trouble });
    }

    /// Hears what the engine tells.
    pub fn hear(&mut self, event: &Event) {
        let parked = self.materials.parked.load(Ordering::SeqCst) > 0;
        if matches!(event, Event::Letter(_)) {
            if self.letters.is_some() {
                self.for_letters(Job::Touched);
            }
        } else if !parked {
            // Nobody waits for a body.
        } else if let Event::BodyReady(message) = event {
            self.for_files(Job::Arrived(*message));
        } else if let Event::BodyFailed { message, reason } = event {
            self.for_files(Job::Failed(*message, reason.clone()));
        } else if let Event::Connection { account, state } = event
            && let Some(reason) = cut_off(state)
        {
            self.for_files(Job::Offline(*account, reason.clone()));
        }
    }

    /// Hears which accounts there are from now on: from others nothing comes any more.
    pub fn hear_accounts(&mut self, accounts: &[(AccountId, String)]) {
        if self.materials.parked.load(Ordering::SeqCst) > 0 {
            self.for_files(Job::Accounts(accounts.iter().map(|(id, _)| *id).collect()));
        }
    }

    fn take(&mut self, order: Order) {
        match order {
            Order::Begin { how: How::New | How::Link(_) | How::Kept(_), .. } => {
                self.for_people(people::Job::Learn);
                self.for_letters(Job::Order(order));
            }
            Order::Begin { .. } => {
                self.for_people(people::Job::Learn);
                self.for_files(Job::Order(order));
            }
            Order::Send { ref letter, .. } => {
                let to = letter.to.iter().chain(&letter.cc).chain(&letter.bcc).cloned().collect();
                self.for_people(people::Job::WroteTo(to));
                self.for_letters(Job::Order(order));
            }
            Order::Keep(_)
            | Order::Discard(_)
            | Order::Restore(..)
            | Order::Closed(_)
            | Order::Edit { .. }
            | Order::Shelf => self.for_letters(Job::Order(order)),
            Order::AttachFile(..) | Order::AttachMessage(..) | Order::AttachPart(..) | Order::Prospect(_) => {
                self.for_files(Job::Order(order));
            }
            Order::Drop(letter, text) => self.for_paths(paths::Job::Drop(letter, text)),
            Order::Paths { turn, text } => {
                let [_, newest] = &self.newest;
                newest.store(turn, Ordering::SeqCst);
                self.for_paths(paths::Job::Complete(turn, text));
            }
            Order::People { turn, text, account: _ } => self.ask_people(turn, text),
        }
    }

    fn ask_people(&mut self, turn: u64, text: String) {
        let [newest, _] = &self.newest;
        newest.store(turn, Ordering::SeqCst);
        if let Some(lookup) = self.lookup.take() {
            lookup.abort();
        }
        let command = self.materials.config.compose.address_command.clone();
        self.for_people(people::Job::Ask(turn, text.clone()));
        let (Some(command), Some(jobs)) = (command, self.people.clone()) else { return };
        if !lookup::is_worth_it(&text) {
            return;
        }
        let waiting = Arc::clone(&self.materials.waiting);
        self.lookup = Some(
            tokio::spawn(async move {
                let people = lookup::run(&command, &text).await;
                waiting.fetch_add(1, Ordering::SeqCst);
                if jobs.send(people::Job::Found(turn, people)).is_err() {
                    waiting.fetch_sub(1, Ordering::SeqCst);
                }
            })
            .abort_handle(),
        );
    }

    fn for_letters(&mut self, job: Job) {
        let counted = Arc::clone(&self.keeping);
        let lane = lane(&mut self.letters, &self.materials, "letters", Some(&counted));
        counted.fetch_add(1, Ordering::SeqCst);
        if let Err(job) = hand(lane, &self.materials.waiting, job) {
            counted.fetch_sub(1, Ordering::SeqCst);
            job.refuse(&self.materials, NO_THREAD);
        }
    }

    fn for_files(&mut self, job: Job) {
        let lane = lane(&mut self.files, &self.materials, "attach", None);
        if let Err(job) = hand(lane, &self.materials.waiting, job) {
            job.refuse(&self.materials, NO_THREAD);
        }
    }

    fn for_people(&mut self, job: people::Job) {
        if self.people.is_none() {
            let (jobs, inbox) = channel();
            let [newest, _] = &self.newest;
            let people = people::People::new(self.materials.clone(), Arc::clone(newest));
            let spawned = std::thread::Builder::new().name("people".into()).spawn(move || people.serve(&inbox));
            self.people = spawned.is_ok().then_some(jobs);
        }
        // Without a thread nobody is offered, and everything else works.
        drop(hand(self.people.as_ref(), &self.materials.waiting, job));
    }

    fn for_paths(&mut self, job: paths::Job) {
        if self.paths.is_none() {
            let (jobs, inbox) = channel();
            let [_, newest] = &self.newest;
            let (materials, newest) = (self.materials.clone(), Arc::clone(newest));
            let serve = move || paths::serve(&materials, &newest, &inbox);
            let spawned = std::thread::Builder::new().name("paths".into()).spawn(serve);
            self.paths = spawned.is_ok().then_some(jobs);
        }
        if let Err(job) = hand(self.paths.as_ref(), &self.materials.waiting, job) {
            job.refuse(&self.materials);
        }
    }
}

/// What is said where the system gives no thread.
const NO_THREAD: &str = "the system gave no thread for it";

/// Gives a thread something to do; gives it back where there is none.
fn hand<J>(lane: Option<&Sender<J>>, waiting: &AtomicUsize, job: J) -> Result<(), J> {
    let Some(lane) = lane else { return Err(job) };
    waiting.fetch_add(1, Ordering::SeqCst);
    lane.send(job).map_err(|back| {
        waiting.fetch_sub(1, Ordering::SeqCst);
        back.0
    })
}

/// A thread that works on letters; started if it is not there.
fn lane<'a>(
    lane: &'a mut Option<Sender<Job>>,
    materials: &Materials,
    name: &str,
    counted: Option<&Arc<AtomicUsize>>,
) -> Option<&'a Sender<Job>> {
    if lane.is_none() {
        let (jobs, inbox) = channel();
        let clerk = Clerk::new(materials.clone(), counted.map(Arc::clone));
        let builder = std::thread::Builder::new().name(name.into()).stack_size(STACK);
        *lane = builder.spawn(move || clerk.serve(&inbox)).is_ok().then_some(jobs);
    }
    lane.as_ref()
}

/// Who writes, and how; and what could not be read of it, a sentence each.
fn habits(config: &Config) -> (Habits, Vec<String>) {
    let (writers, wrong) = writers(config);
    let undo = config.accounts.iter().map(|account| (account.name.clone(), account.outgoing.undo_seconds.into()));
    let templates = config.path.as_deref().map(templates).unwrap_or_default();
    let habits = Habits {
        writers,
        style: config.compose.style.clone(),
        undo: undo.collect(),
        seals: config.compose.sealing.sign || config.compose.sealing.encrypt != Encrypt::Never,
        templates: templates.into_iter().map(|template| (template.name, template.text)).collect(),
    };
    (habits, wrong)
}

/// Why nothing comes over this connection, where that is so.
fn cut_off(state: &Connection) -> Option<&SafeText> {
    match state {
        Connection::Offline { reason, .. }
        | Connection::SignInRefused { reason }
        | Connection::SignInNeeded { reason, .. }
        | Connection::Blocked { reason } => Some(reason),
        Connection::Starting | Connection::Connecting | Connection::Online { .. } | Connection::Syncing => None,
    }
}

/// Does what is ordered.
pub fn carry_out(runtime: &mut Runtime, order: Order) {
    let looks = matches!(order, Order::People { .. } | Order::Paths { .. } | Order::Drop(..) | Order::Shelf);
    if let (Some(why), false) = (runtime.model.options.read_only, looks) {
        return Job::Order(order).refuse(&runtime.desk.bureau.materials, why.refusal());
    }
    runtime.desk.bureau.take(order);
}

impl Runtime {
    /// Does what a thread of the composer wishes for.
    pub(super) fn grant(&mut self, wish: Wish) {
        match wish {
            Wish::Command(command) => self.command(command),
            Wish::Request(request) => self.requests.push(request),
            Wish::Order(order) => carry_out(self, order),
            // The engine copies no drafts yet.
            Wish::Copy(letter) => self.command(Command::KeepDraft(letter)),
            Wish::Body { message, account, whole } => {
                let view = self.model.accounts.iter().find(|view| view.id == account);
                match view.and_then(|view| cut_off(&view.state)).cloned() {
                    Some(reason) => self.desk.bureau.for_files(Job::Offline(account, reason)),
                    None => self.command(Command::WantBody { message, priority: Priority::Open, whole }),
                }
            }
        }
    }

    /// What the engine makes mails by: as the config says at the moment, as the composer says that it is.
    pub fn sealing(&self) -> Current {
        self.desk.bureau.sealing.clone()
    }

    /// What came of the editor that had a letter's text: `None`, or what went wrong.
    pub fn edited(&mut self, letter: LetterId, trouble: Option<String>) {
        self.desk.bureau.edited(letter, trouble);
    }

    /// Waits, at the end, until every letter is on the disk and what is to be sent is with the engine.
    pub async fn last_words(&mut self) {
        let until = tokio::time::Instant::now() + LAST_WORDS;
        loop {
            let idle = self.desk.bureau.keeping.load(Ordering::SeqCst) == 0;
            while let Some(wish) = self.desk.bureau.next_wish() {
                self.grant(wish);
            }
            if idle {
                return;
            }
            if tokio::time::Instant::now() >= until {
                tracing::warn!("the disk did not take the last words of a letter in time");
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}
