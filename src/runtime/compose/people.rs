//! People, offered while a name or an address is typed: everybody that the user wrote to or has mail from, the cards of the
//! address book, and what the user's own command finds. Nothing of it is kept anywhere, and nobody is told.
//!
//! Who is known is read from the cache once, beside everything else, when the first letter is begun: sent mail first, and the
//! newest first, so that what is known of them is useful long before it is whole. What is stored later is added as it comes.

mod known;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};

use super::Materials;
use super::cards::CardFiles;
use crate::app::compose::order::News;
use crate::config::Config;
use crate::letter::Mailbox;
use crate::mail::{FolderId, MessageId};
use crate::priority;
use crate::store::people::Mark;
use crate::store::{Error, Reader};
use crate::sync::account::now;
use known::Known;

/// Messages that are read at a time: nobody who types waits for longer than that takes.
const CHUNK: u32 = 500;
/// Messages that are read in all: whoever wrote last before two hundred thousand others is not offered.
const MOST: u32 = 200_000;
/// People that are offered.
const OFFERED: usize = 20;

/// What the thread is asked for.
#[derive(Debug)]
pub(super) enum Job {
    /// Begin to read.
    Learn,
    /// Say who this may mean.
    Ask(u64, String),
    /// The user's command found these for that request.
    Found(u64, Vec<Mailbox>),
    /// A letter goes to these.
    WroteTo(Vec<Mailbox>),
    /// The config is this one from now on.
    Config(Arc<Config>),
}

/// How far the cache has been read.
enum Reading {
    /// Nobody wanted it yet.
    Not,
    /// These folders are left, and of the first what is behind the mark.
    Folders { left: VecDeque<(FolderId, bool)>, mark: Mark, until: MessageId, count: u32 },
    /// What was stored after this one is left, and there is some.
    Later(MessageId),
    /// There may be something after this one.
    Done(MessageId),
}

/// The thread's own.
pub(super) struct People {
    materials: Materials,
    /// The request that was made last.
    newest: Arc<AtomicU64>,
    cache: Option<Reader>,
    reading: Reading,
    known: Known,
    cards: CardFiles,
    /// The last request, and what the user's command found for it.
    asked: Option<(u64, String)>,
    found: Vec<Mailbox>,
}

impl People {
    /// Nobody is known yet.
    pub(super) fn new(materials: Materials, newest: Arc<AtomicU64>) -> Self {
        let known = Known::new(&own(&materials.config), now());
        let cards = CardFiles::new(materials.config.compose.vcards.clone());
        let (cache, asked, found) = (None, None, Vec::new());
        Self { materials, newest, cache, reading: Reading::Not, known, cards, asked, found }
    }

    /// Answers, and reads in between, until nobody asks any more.
    pub(super) fn serve(mut self, inbox: &Receiver<Job>) {
        priority::step_back();
        loop {
            let job = if self.is_reading() {
                match inbox.try_recv() {
                    Err(TryRecvError::Disconnected) => return,
                    other => other.ok(),
                }
            } else {
                match inbox.recv() {
                    Ok(job) => Some(job),
                    Err(_) => return,
                }
            };
            let Some(job) = job else {
                self.read_on();
                continue;
            };
            // An address that no limit foresaw costs its own answer.
            if catch_unwind(AssertUnwindSafe(|| self.work(job))).is_err() {
                tracing::warn!("people could not be offered");
            }
            self.materials.waiting.fetch_sub(1, Ordering::SeqCst);
        }
    }

    fn is_reading(&self) -> bool {
        matches!(self.reading, Reading::Folders { .. } | Reading::Later(_))
    }

    fn work(&mut self, job: Job) {
        match job {
            Job::Learn => self.learn(),
            Job::Ask(turn, text) => self.ask(turn, text),
            Job::Found(turn, people) => {
                if self.asked.as_ref().is_some_and(|(asked, _)| *asked == turn) {
                    self.found = people;
                    self.answer();
                }
            }
            Job::WroteTo(people) => self.known.wrote_to(&people, now()),
            Job::Config(config) => self.adopt(config),
        }
    }

    /// Other accounts are other mail.
    fn adopt(&mut self, config: Arc<Config>) {
        let same = own(&config) == own(&self.materials.config)
            && config.accounts.iter().map(|one| &one.name).eq(self
                .materials
                .config
                .accounts
                .iter()
                .map(|one| &one.name));
        self.cards.look_in(config.compose.vcards.clone());
        self.materials.config = config;
        if !same && !matches!(self.reading, Reading::Not) {
            self.known = Known::new(&own(&self.materials.config), now());
            self.reading = Reading::Not;
            self.learn();
        }
    }

    fn ask(&mut self, turn: u64, text: String) {
        if turn != self.newest.load(Ordering::SeqCst) {
            return;
        }
        self.learn();
        self.catch_up();
        self.asked = Some((turn, text));
        self.found.clear();
        self.answer();
        // The disk may be slow: what is known has been said.
        if self.cards.renew() {
            self.answer();
        }
    }

    /// Says who the last request may mean; once more when more is known.
    fn answer(&self) {
        let Some((turn, text)) = &self.asked else { return };
        if *turn == self.newest.load(Ordering::SeqCst) {
            let people = self.known.offer(text, self.cards.people(), &self.found, OFFERED);
            self.materials.say(News::People { turn: *turn, people });
        }
    }

    /// Begins to read, unless it was begun.
    fn learn(&mut self) {
        if !matches!(self.reading, Reading::Not) {
            return;
        }
        let begun = self.with_cache(|_, cache| Ok((cache.folders_of_people()?.into(), cache.last_message()?)));
        if let Some((left, until)) = begun {
            self.reading = Reading::Folders { left, mark: Mark::NEWEST, until, count: 0 };
            // Who was written to last is known to the first request.
            self.read_on();
        }
    }

    /// Reads one chunk.
    fn read_on(&mut self) {
        let reading = std::mem::replace(&mut self.reading, Reading::Not);
        let next = self.with_cache(|known, cache| match reading {
            Reading::Folders { mut left, mark, until, count } => {
                let Some(folder) = left.front().copied().filter(|_| count < MOST) else {
                    return Ok(Reading::Later(until));
                };
                let mut read = 0;
                let next = cache.people_of(folder, mark, (until, CHUNK), |between| {
                    read += 1;
                    known.add(&between);
                })?;
                if next.is_none() {
                    left.pop_front();
                }
                Ok(Reading::Folders { left, mark: next.unwrap_or(Mark::NEWEST), until, count: count + read })
            }
            Reading::Later(after) | Reading::Done(after) => {
                let (last, more) = cache.people_after(after, CHUNK, |between| known.add(&between))?;
                Ok(if more { Reading::Later(last) } else { Reading::Done(last) })
            }
            Reading::Not => Ok(Reading::Not),
        });
        // A cache that cannot be read is asked again at the next letter.
        self.reading = next.unwrap_or(Reading::Not);
        if matches!(self.reading, Reading::Done(_)) {
            self.answer();
        }
    }

    /// Reads what came since, if it is not much.
    fn catch_up(&mut self) {
        let Reading::Done(after) = self.reading else { return };
        let next = self.with_cache(|known, cache| cache.people_after(after, CHUNK, |between| known.add(&between)));
        if let Some((last, more)) = next {
            self.reading = if more { Reading::Later(last) } else { Reading::Done(last) };
        }
    }

    fn with_cache<T>(&mut self, read: impl FnOnce(&mut Known, &Reader) -> Result<T, Error>) -> Option<T> {
        let cache = match self.cache.take() {
            Some(cache) => Ok(cache),
            None => self.materials.readers.reader().and_then(Reader::for_scans),
        };
        let done = cache.and_then(|cache| {
            let done = read(&mut self.known, &cache);
            self.cache = Some(cache);
            done
        });
        done.inspect_err(|error| tracing::warn!("people are not read from the cache: {error}")).ok()
    }
}

/// The user's own addresses.
fn own(config: &Config) -> Vec<String> {
    config.accounts.iter().flat_map(|account| account.addresses().map(str::to_owned)).collect()
}
