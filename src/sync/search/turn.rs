//! One turn of the working connection for a search: a question in one folder, or some headers of what it found.
//!
//! The connection does other things between two turns. A question that takes too long, or that nobody wants answered any
//! more, costs the connection: half an answer is never left in it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use super::{Course, Missing, Wanted, shelves};
use crate::imap::error::Error;
use crate::imap::session::Search;
use crate::imap::uid_set::UidSet;
use crate::mail::flags::DELETED;
use crate::mail::message::NewMessage;
use crate::mail::{FolderId, MessageId, SearchId, Uid, UidValidity};
use crate::protocol::Event;
use crate::store::{Error as StoreError, Reader, SyncState};
use crate::sync::account::Trouble;
use crate::sync::desk::Urgency;
use crate::sync::plan::folder::last_before;
use crate::sync::plan::search::verdict::{Hit, Verdict, verdict};
use crate::sync::plan::search::{Shelf, Tongue, criteria, scope};
use crate::sync::worker::{MAX_FAILURES, Work, Worker};

/// How long a server may search one folder.
const FOLDER: Duration = Duration::from_secs(30);
/// How long it may search in all.
const ALL: Duration = Duration::from_mins(2);
/// So many messages of a folder are shown, the newest.
const MOST: usize = 2_000;
/// So many headers are fetched at once, and so many messages looked up.
const CHUNK: usize = 100;
/// How often a folder is begun with: the user may want something meanwhile, and its head may have to come first.
const MAX_TRIES: u32 = 5;
const TOO_SLOW: &str = "the server took too long";

/// How a question to the server came out.
enum Heard {
    /// It answered.
    Answer(Result<UidSet, Error>),
    /// Its answer was not waited for: something else is wanted.
    GivenUp,
    /// It did not answer in time.
    Late,
}

impl Worker {
    /// Goes on with the search that is wanted.
    pub(in crate::sync) async fn search(&mut self) -> Result<(), Trouble> {
        let Some(wanted) = self.account.desires().search.clone() else { return Ok(()) };
        let Some(course) = &wanted.course else { return self.set_out(&wanted).await };
        let began = course.began.unwrap_or_else(Instant::now);
        self.account.advance(wanted.search, |course| course.began = Some(began));
        let left = ALL.saturating_sub(began.elapsed());
        if left.is_zero() {
            self.account.advance(wanted.search, |course| course.abandon(TOO_SLOW));
            return Ok(());
        }
        let Some(id) = course.left.front().copied() else { return Ok(()) };
        match &course.missing {
            Some(missing) => self.fetch_found(&wanted, course, id, missing.clone()).await,
            None => self.ask_in(&wanted, course, id, left.min(FOLDER)).await,
        }
    }

    /// Decides where to ask.
    async fn set_out(&mut self, wanted: &Wanted) -> Result<(), Trouble> {
        let (account, open) = (self.account.id, self.account.desires().open);
        let all = self.account.on_desk(Urgency::Now, |files| shelves(files)).await?;
        let own: Vec<Shelf> = all.into_iter().filter(|(owner, _)| *owner == account).map(|(_, shelf)| shelf).collect();
        let scope = scope(&wanted.question(self.account.name(), self.tongue()), open, &own);
        self.account.set_course(wanted.search, scope, own);
        Ok(())
    }

    fn tongue(&self) -> Tongue {
        if self.session.capabilities().has("X-GM-EXT-1") { Tongue::Gmail } else { Tongue::Standard }
    }

    /// Asks in one folder.
    async fn ask_in(&mut self, wanted: &Wanted, course: &Course, id: FolderId, limit: Duration) -> Result<(), Trouble> {
        let search = wanted.search;
        let question = wanted.question(self.account.name(), self.tongue());
        let Some(criteria) = course.shelf(id).and_then(|shelf| criteria(&question, shelf)) else {
            self.account.advance(search, |course| course.close(None));
            return Ok(());
        };
        self.account.advance(search, |course| course.tries += 1);
        if course.tries >= MAX_TRIES || self.is_left_alone(id) {
            self.give_up_folder(search, id, "it cannot be opened");
            return Ok(());
        }
        let known = self.account.on_desk(Urgency::Now, move |files| files.cache.sync_state(id)).await;
        if known?.uid_validity.is_none() {
            // Never opened: it is brought in step first, as always.
            return self.guarded(id, Work::Head).await;
        }
        let state = match self.enter(id).await {
            Ok(Some(state)) => state,
            // Numbered anew.
            Ok(None) => return self.guarded(id, Work::Head).await,
            Err(Trouble::Imap(error)) if !error.fatal() => {
                self.give_up_folder(search, id, &error.to_string());
                return Ok(());
            }
            Err(trouble) => return Err(trouble),
        };
        match self.listen(&criteria, search, limit).await {
            Heard::Answer(Ok(uids)) => self.found(wanted, course, id, &state, &uids).await,
            Heard::Answer(Err(error)) if !error.fatal() => {
                self.give_up_folder(search, id, &error.to_string());
                Ok(())
            }
            Heard::Answer(Err(error)) => {
                // It may be the question that the server cannot bear: it is not asked again.
                self.account.advance(search, |course| course.abandon(&error.to_string()));
                Err(error.into())
            }
            Heard::GivenUp => Err(self.leave()),
            Heard::Late => {
                self.give_up_folder(search, id, TOO_SLOW);
                Err(self.leave())
            }
        }
    }

    /// Whether the folder failed so often that it is left alone.
    fn is_left_alone(&self, id: FolderId) -> bool {
        let failed = self.folders.get(&id).is_none_or(|folder| folder.failures >= MAX_FAILURES);
        failed || self.account.desires().is_deadly(id)
    }

    fn give_up_folder(&self, search: SearchId, id: FolderId, reason: &str) {
        let name = self.folders.get(&id).map_or("A folder", |folder| folder.name.as_str());
        let reason = format!("{name}: {reason}");
        self.account.advance(search, |course| course.close(Some(reason)));
    }

    /// Leaves the connection, in which an answer is on its way that nobody waits for.
    fn leave(&self) -> Trouble {
        self.account.desires().leave();
        Trouble::Imap(Error::Closed { what: "the answer to a search was not waited for".to_owned() })
    }

    /// Asks, and waits for the answer while it is wanted. After anything but an answer the session cannot be used any more.
    async fn listen(&mut self, criteria: &Search, search: SearchId, limit: Duration) -> Heard {
        let account = Arc::clone(&self.account);
        let unwanted = async {
            loop {
                let patience = account.desires().patience(search);
                match patience {
                    Some(patience) => return sleep(patience).await,
                    None => account.wake.notified().await,
                }
            }
        };
        let late = sleep_until(Instant::now() + limit);
        tokio::select! {
            biased;
            answer = self.session.find(criteria) => Heard::Answer(answer),
            () = unwanted => Heard::GivenUp,
            () = late => Heard::Late,
        }
    }

    /// The server named these messages: those that are here are told of, of the others the headers are to be fetched.
    async fn found(
        &mut self,
        wanted: &Wanted,
        course: &Course,
        id: FolderId,
        state: &SyncState,
        uids: &UidSet,
    ) -> Result<(), Trouble> {
        let Some(validity) = state.uid_validity else { return Ok(()) };
        let last = last_before(state.uid_next.unwrap_or(Uid(1)));
        if uids.last().is_some_and(|uid| uid.0 > last) {
            // Newer than the last look at the folder: the next one takes them.
            self.soil(id);
        }
        // A server may name every number there is.
        let uids = if last == 0 { UidSet::new() } else { uids.intersection(&UidSet::range(Uid(1), Uid(last))) };
        let newest: Vec<Uid> = uids.iter().rev().take(MOST).collect();
        if uids.len() > MOST as u64 {
            let name = self.folders.get(&id).map_or("", |folder| folder.name.as_str());
            self.account.activity(&format!("{name}: {} messages were found; the newest {MOST} are shown", uids.len()));
        }
        let mut missing = VecDeque::new();
        for some in newest.chunks(CHUNK) {
            missing.extend(self.tell_hits(wanted, course, id, validity, some.to_vec()).await?);
        }
        self.account.advance(wanted.search, |course| {
            if missing.is_empty() {
                course.close(None);
            } else {
                course.missing = Some(Missing { validity, uids: missing, width: CHUNK });
            }
        });
        Ok(())
    }

    /// Tells of those of these messages whose headers are here; gives the others.
    async fn tell_hits(
        &self,
        wanted: &Wanted,
        course: &Course,
        id: FolderId,
        validity: UidValidity,
        uids: Vec<Uid>,
    ) -> Result<Vec<Uid>, Trouble> {
        let Some(raw) = self.folders.get(&id).map(|folder| folder.raw.clone()) else { return Ok(Vec::new()) };
        let (account, name, tongue) = (self.account.id, self.account.name().to_owned(), self.tongue());
        let (query, shelves) = (wanted.clone(), Arc::clone(&course.shelves));
        let (messages, missing) = self
            .account
            .on_desk(Urgency::Now, move |files| {
                let reader = files.cache.reader();
                let (mut messages, mut missing) = (Vec::new(), Vec::new());
                for uid in uids {
                    match reader.find(account, &raw, validity, uid)? {
                        Some(id) if answers(reader, &query, (&name, tongue), &shelves, id)? => messages.push(id),
                        Some(_) => {}
                        None => missing.push(uid),
                    }
                }
                Ok::<_, StoreError>((messages, missing))
            })
            .await?;
        if !messages.is_empty() && self.account.is_wanted(wanted.search) {
            self.account.outlet.send(Event::SearchHits { search: wanted.search, messages });
        }
        Ok(missing)
    }

    /// Fetches headers of what was found. How far the folder is synced stays as it is.
    async fn fetch_found(
        &mut self,
        wanted: &Wanted,
        course: &Course,
        id: FolderId,
        mut missing: Missing,
    ) -> Result<(), Trouble> {
        let (search, validity) = (wanted.search, missing.validity);
        let entered = match self.enter(id).await {
            Err(Trouble::Imap(error)) if !error.fatal() => {
                self.give_up_folder(search, id, &error.to_string());
                return Ok(());
            }
            other => other?,
        };
        if entered.and_then(|state| state.uid_validity) != Some(validity) {
            // Its UIDs mean something else now: it is asked anew.
            self.account.advance(search, |course| course.missing = None);
            return Ok(());
        }
        let next: Vec<Uid> = missing.uids.iter().take(missing.width).copied().collect();
        let set: UidSet = next.iter().copied().collect();
        let mut messages = Vec::new();
        match self.session.fetch_headers(&set, &mut |message| messages.push(message)).await {
            Ok(unreadable) => {
                missing.uids.drain(..next.len());
                missing.width = (missing.width * 2).min(CHUNK);
                self.keep_found(id, validity, messages, unreadable).await?;
                self.tell_hits(wanted, course, id, validity, next).await?;
                self.account.folder_changed(id);
            }
            // One of them is refused: with fewer at once it is found, and left to the sync, which shows it as what it is.
            Err(error) if !error.fatal() && missing.width == 1 => {
                missing.uids.pop_front();
                missing.width = CHUNK;
            }
            Err(error) if !error.fatal() => missing.width = (next.len() / 2).max(1),
            Err(error) => {
                self.account.advance(search, |course| course.abandon(&error.to_string()));
                return Err(error.into());
            }
        }
        self.account.advance(search, |course| {
            if missing.uids.is_empty() {
                course.close(None);
            } else {
                course.missing = Some(missing);
            }
        });
        Ok(())
    }

    /// Stores messages that were found, and placeholders for those whose header cannot be read (invariant 8).
    async fn keep_found(
        &self,
        id: FolderId,
        validity: UidValidity,
        mut messages: Vec<NewMessage>,
        unreadable: UidSet,
    ) -> Result<(), Trouble> {
        if !self.session.capabilities().has("UIDPLUS") {
            // What we moved away may stay behind as \Deleted (RL25).
            messages.retain(|message| message.flags.system & DELETED == 0);
        }
        let account = (self.account.id, self.account.name().to_owned());
        let (generation, now) = (self.generation, self.account.now());
        self.account
            .on_desk(Urgency::Now, move |files| {
                if files.cache.sync_state(id)?.uid_validity != Some(validity) {
                    return Ok(());
                }
                let report = files.cache.put_messages(id, &messages)?;
                let unreadable: Vec<Uid> = unreadable.iter().collect();
                if !unreadable.is_empty() {
                    files.cache.put_placeholders(id, &unreadable)?;
                    files.cache.note_poison(id, &unreadable, now)?;
                }
                let (queued, _) = files.journal.counts()?;
                if queued > 0 {
                    // Steps that were queued before the cache was lost find their messages again.
                    let ids = report.ids.iter().copied().collect();
                    crate::sync::lay::lay_some(files, (account.0, &account.1), generation, &ids)?;
                }
                Ok::<_, Trouble>(())
            })
            .await
    }
}

/// Whether a message that the server found answers the query, as far as the cache can tell. One whose header could not be
/// read is not judged by it.
fn answers(
    reader: &Reader,
    wanted: &Wanted,
    (account, tongue): (&str, Tongue),
    shelves: &[Shelf],
    id: MessageId,
) -> Result<bool, StoreError> {
    let Some(detail) = reader.detail(id)? else { return Ok(false) };
    let hit = Hit {
        id,
        shelf: shelves.iter().find(|shelf| shelf.id == detail.row.folder),
        received: detail.row.received,
        size: detail.row.size,
        flags: &detail.row.flags,
        envelope: &detail.envelope,
    };
    Ok(verdict(&wanted.question(account, tongue), &hit) != Verdict::No || reader.is_placeholder(id)?)
}
