//! A thread that works on letters: it keeps, sends and discards them, and begins new ones. What cannot be done before a
//! mail is here waits for it, and nothing else waits with it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::editor::Editing;
use super::{Materials, Wish};
use crate::app::compose::order::{How, News, Order, Prospect};
use crate::app::model::Ticket;
use crate::app::msg::Msg;
use crate::config::Config;
use crate::dir_lock::Access;
use crate::journal::Journal;
use crate::letter::{Letter, LetterId};
use crate::letters;
use crate::mail::{AccountId, MessageId, UnixTime};
use crate::protocol::{Command, Event, OpId};
use crate::safe_text::SafeText;
use crate::seal::Outlook;
use crate::store::Reader;
use crate::sync::account::now;

/// How long a letter that is brought back may take to come.
const BACK: Duration = Duration::from_secs(10);
/// How often it is looked for beside what the engine tells.
const LOOK: Duration = Duration::from_millis(250);
/// How long after the first change since the last time a letter is copied to the server.
const COPIED: Duration = Duration::from_secs(30);
/// What is said where a mail is in the way of its own answer.
const ODD: &str = "this message is too odd for that";

/// What the thread is asked for.
#[derive(Debug)]
pub(super) enum Job {
    /// This order.
    Order(Order),
    /// The config is this one from now on.
    Config(Arc<Config>),
    /// The editor that had a letter's text has ended.
    Edited {
        /// Which letter's.
        letter: LetterId,
        /// What went wrong.
        trouble: Option<String>,
    },
    /// More of this body is here.
    Arrived(MessageId),
    /// This body cannot be had.
    Failed(MessageId, SafeText),
    /// Nothing comes from this account now.
    Offline(AccountId, SafeText),
    /// There are these accounts, and no others.
    Accounts(Vec<AccountId>),
    /// The engine did something to a letter.
    Touched,
}

/// Why an order is not done.
pub(super) enum Lack {
    /// These bodies are not here.
    Bodies(Vec<Want>),
    /// It is this letter, which is there already.
    Kept(LetterId),
    /// A sentence.
    Words(String),
}

impl From<String> for Lack {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

impl From<letters::Error> for Lack {
    fn from(error: letters::Error) -> Self {
        Self::Words(error.to_string())
    }
}

impl From<crate::journal::Error> for Lack {
    fn from(error: crate::journal::Error) -> Self {
        Self::Words(error.to_string())
    }
}

impl From<crate::store::Error> for Lack {
    fn from(error: crate::store::Error) -> Self {
        Self::Words(error.to_string())
    }
}

/// A sentence that says why not.
pub(super) fn lack<T>(words: &str) -> Result<T, Lack> {
    Err(Lack::Words(words.to_owned()))
}

/// A body that is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Want {
    /// Of which message.
    pub(super) message: MessageId,
    /// In which account.
    pub(super) account: AccountId,
    /// All of it.
    pub(super) whole: bool,
}

/// An order that waits.
struct Parked {
    order: Order,
    wants: Vec<Want>,
}

/// The thread's own.
pub(super) struct Clerk {
    pub(super) materials: Materials,
    /// Jobs that are not done, where the end of the program waits for them.
    counted: Option<Arc<AtomicUsize>>,
    cache: Option<Reader>,
    journal: Option<Journal>,
    parked: Vec<Parked>,
    /// Letters that the engine is bringing back, and until when they are waited for.
    restoring: Vec<(Ticket, LetterId, Instant)>,
    /// Texts that an editor has.
    pub(super) editing: BTreeMap<LetterId, Editing>,
    /// Letters that are newer than their copies on the server, and when those are due.
    due: BTreeMap<LetterId, Instant>,
}

impl Job {
    /// Says that it is not done.
    pub(super) fn refuse(self, materials: &Materials, why: &str) {
        if let Self::Order(order) = self {
            refuse(&order, materials, why);
        }
    }
}

/// Says that an order is not done, in the way in which it is answered.
fn refuse(order: &Order, materials: &Materials, why: &str) {
    let words = SafeText::squeezed(why).cut(300);
    match order {
        Order::Begin { ticket, .. } | Order::Restore(ticket, _) => materials.say(News::NotBegun(*ticket, words)),
        Order::Keep(letter) => materials.say(News::NotKept(letter.id, words)),
        Order::Send { op, letter, .. } => {
            materials.say(News::NotKept(letter.id, words.clone()));
            not_sent(materials, *op, words);
        }
        Order::AttachFile(letter, _) | Order::AttachMessage(letter, _) | Order::AttachPart(letter, ..) => {
            materials.say(News::NotAttached(*letter, words));
        }
        Order::Edit { letter, .. } => {
            materials.say(News::Edited { letter: letter.id, text: None, trouble: Some(words) });
        }
        Order::Discard(_)
        | Order::Closed(_)
        | Order::Drop(..)
        | Order::People { .. }
        | Order::Paths { .. }
        | Order::Prospect(_)
        | Order::Shelf => materials.fail(why),
    }
}

fn not_sent(materials: &Materials, op: OpId, reason: SafeText) {
    // Nobody hears it after the end.
    let _unheard = materials.reply.send(Msg::Sync(Event::OpFailed { op, reason, kept: false }));
}

impl Clerk {
    /// A clerk who has nothing to do yet.
    pub(super) fn new(materials: Materials, counted: Option<Arc<AtomicUsize>>) -> Self {
        let (parked, restoring) = (Vec::new(), Vec::new());
        let (editing, due) = (BTreeMap::new(), BTreeMap::new());
        Self { materials, counted, cache: None, journal: None, parked, restoring, editing, due }
    }

    /// Works until nobody gives jobs any more.
    pub(super) fn serve(mut self, inbox: &Receiver<Job>) {
        loop {
            let rest = self.rest();
            let job = match rest {
                Some(rest) => inbox.recv_timeout(rest),
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match job {
                Ok(job) => {
                    self.work(job);
                    self.materials.waiting.fetch_sub(1, Ordering::SeqCst);
                    if let Some(counted) = &self.counted {
                        counted.fetch_sub(1, Ordering::SeqCst);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.look_for_restored();
                    self.copy_what_is_due(Instant::now());
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// How long it may wait for the next job.
    fn rest(&self) -> Option<Duration> {
        let due = self.due.values().min().map(|due| due.saturating_duration_since(Instant::now()));
        let back = (!self.restoring.is_empty()).then_some(LOOK);
        due.into_iter().chain(back).min()
    }

    /// Has letters copied to the server whose time has come.
    pub(super) fn copy_what_is_due(&mut self, now: Instant) {
        let due: Vec<LetterId> = self.due.iter().filter(|(_, due)| **due <= now).map(|(id, _)| *id).collect();
        for letter in due {
            self.due.remove(&letter);
            self.materials.wish(Wish::Copy(letter));
        }
    }

    pub(super) fn work(&mut self, job: Job) {
        match job {
            Job::Order(order) => self.order(order, &[]),
            Job::Config(config) => self.materials.config = config,
            Job::Edited { letter, trouble } => self.edited(letter, trouble),
            Job::Arrived(message) => {
                for parked in self.unpark(|want| want.message == message) {
                    self.order(parked.order, &parked.wants);
                }
            }
            Job::Failed(message, reason) => {
                for parked in self.unpark(|want| want.message == message) {
                    self.do_without(&parked.order, &format!("the message cannot be had: {reason}"));
                }
            }
            Job::Offline(account, reason) => {
                let words = format!("the message is not on this disk, and cannot be fetched now: {reason}");
                for parked in self.unpark(|want| want.account == account) {
                    self.do_without(&parked.order, &words);
                }
            }
            Job::Accounts(accounts) => {
                for parked in self.unpark(|want| !accounts.contains(&want.account)) {
                    refuse(&parked.order, &self.materials, "the message's account is gone");
                }
            }
            Job::Touched => self.look_for_restored(),
        }
    }

    /// A body that an order waits for cannot be had. A letter that is here opens all the same, as it is here.
    fn do_without(&mut self, order: &Order, why: &str) {
        if let Order::Begin { ticket, how: How::Kept(id), .. } = order
            && let Ok(begun) = catch_unwind(AssertUnwindSafe(|| self.as_it_is(*id))).unwrap_or_else(|_| lack(ODD))
        {
            return self.materials.say(News::Begun(*ticket, Box::new(begun)));
        }
        refuse(order, &self.materials, why);
    }

    /// Takes out the orders that wait for such a body.
    fn unpark(&mut self, of: impl Fn(&Want) -> bool) -> Vec<Parked> {
        let waits = |parked: &Parked| parked.wants.iter().any(&of);
        let (out, left) = std::mem::take(&mut self.parked).into_iter().partition(waits);
        self.parked = left;
        self.count_parked();
        out
    }

    fn count_parked(&self) {
        self.materials.parked.store(self.parked.len(), Ordering::SeqCst);
    }

    /// Does an order; the bodies that were asked for because of it are not asked for again.
    fn order(&mut self, order: Order, asked: &[Want]) {
        // A mail that no limit foresaw costs its own answer, not the thread.
        let done = catch_unwind(AssertUnwindSafe(|| self.attempt(&order)));
        match done.unwrap_or_else(|_| lack(ODD)) {
            Ok(()) => {}
            Err(Lack::Words(words)) => refuse(&order, &self.materials, &words),
            Err(Lack::Kept(id)) => {
                if let Order::Begin { ticket, account, .. } = order {
                    self.materials.wish(Wish::Order(Order::Begin { ticket, how: How::Kept(id), account }));
                }
            }
            Err(Lack::Bodies(wants)) => {
                self.parked.push(Parked { order, wants: wants.clone() });
                // Before anybody can hear of them.
                self.count_parked();
                for want in wants.into_iter().filter(|want| !asked.contains(want)) {
                    let Want { message, account, whole } = want;
                    self.materials.wish(Wish::Body { message, account, whole });
                }
            }
        }
    }

    fn attempt(&mut self, order: &Order) -> Result<(), Lack> {
        match order {
            Order::Begin { ticket, how, account } => {
                let begun = self.begin(how, account)?;
                self.materials.say(News::Begun(*ticket, Box::new(begun)));
            }
            Order::Keep(letter) => {
                self.keep(letter)?;
                self.due.entry(letter.id).or_insert_with(|| Instant::now() + COPIED);
                // Somebody who never rests is copied as well.
                self.copy_what_is_due(Instant::now());
            }
            Order::Send { op, letter, at } => self.send(*op, letter, *at)?,
            Order::Discard(letter) => {
                self.due.remove(letter);
                self.materials.wish(Wish::Command(Command::DiscardLetter(*letter)));
            }
            Order::Restore(ticket, letter) => {
                self.restoring.push((*ticket, *letter, Instant::now() + BACK));
                self.materials.wish(Wish::Command(Command::RestoreLetter(*letter)));
            }
            Order::Closed(letter) => {
                self.editing.remove(letter);
                if self.due.remove(letter).is_some() {
                    self.materials.wish(Wish::Copy(*letter));
                }
            }
            Order::AttachFile(letter, path) => self.attach_file(*letter, path)?,
            Order::AttachMessage(letter, message) => self.attach_message(*letter, *message)?,
            Order::AttachPart(letter, message, part) => self.attach_part(*letter, *message, *part)?,
            Order::Edit { letter, cursor } => self.edit(letter, *cursor)?,
            Order::Prospect(letter) => {
                let Outlook { words, blocking, keyless, unlock, seal } =
                    self.materials.sealer().outlook(letter, &AtomicBool::new(false));
                let prospect = Prospect { words, blocking, keyless, unlock, seal };
                self.materials.say(News::Prospect(letter.id, prospect));
            }
            Order::Shelf => {
                let (outbox, letters) = self.shelf()?;
                self.materials.say(News::Shelf { outbox, letters });
            }
            // Other threads'.
            Order::Drop(..) | Order::People { .. } | Order::Paths { .. } => {}
        }
        Ok(())
    }

    /// Puts a letter on the disk.
    pub(super) fn keep(&self, letter: &Letter) -> Result<(), Lack> {
        self.materials.letters.keep(letter)?;
        self.materials.say(News::Kept(letter.id, now()));
        Ok(())
    }

    /// Puts a letter on the disk, and has it sent: never the other way round.
    fn send(&mut self, op: OpId, letter: &Letter, at: Option<UnixTime>) -> Result<(), Lack> {
        self.keep(letter)?;
        self.due.remove(&letter.id);
        self.materials.wish(Wish::Command(Command::Send { op, letter: letter.id, at }));
        Ok(())
    }

    /// Opens the letters that are back.
    fn look_for_restored(&mut self) {
        let (waiting, mut left) = (std::mem::take(&mut self.restoring), Vec::new());
        for (ticket, letter, until) in waiting {
            match catch_unwind(AssertUnwindSafe(|| self.as_it_is(letter))).unwrap_or_else(|_| lack(ODD)) {
                Ok(begun) => self.materials.say(News::Begun(ticket, Box::new(begun))),
                Err(_) if Instant::now() < until => left.push((ticket, letter, until)),
                Err(_) => {
                    let words = SafeText::from_static("this letter cannot be brought back any more");
                    self.materials.say(News::NotBegun(ticket, words));
                }
            }
        }
        self.restoring = left;
    }

    /// What the cache can be read with.
    pub(super) fn cache(&mut self) -> Result<&Reader, Lack> {
        let reader = match self.cache.take() {
            Some(reader) => reader,
            None => self.materials.readers.reader()?,
        };
        Ok(self.cache.insert(reader))
    }

    /// What the journal can be read with.
    pub(super) fn journal(&mut self) -> Result<&Journal, Lack> {
        let journal = match self.journal.take() {
            Some(journal) => journal,
            None => Journal::open(&self.materials.data, Access::ReadOnly).map_err(|error| error.to_string())?,
        };
        Ok(self.journal.insert(journal))
    }

    /// The names of the accounts by their numbers.
    pub(super) fn account_name(&mut self, account: AccountId) -> Result<String, Lack> {
        let names = self.cache()?.accounts()?;
        let name = names.into_iter().find(|(id, _)| *id == account).map(|(_, name)| name);
        name.ok_or_else(|| Lack::Words("the message's account is gone".to_owned()))
    }

    /// The orders that wait, for tests.
    #[cfg(test)]
    pub(super) fn waits_for(&self) -> std::collections::BTreeSet<MessageId> {
        self.parked.iter().flat_map(|parked| parked.wants.iter().map(|want| want.message)).collect()
    }
}
