//! What answers questions to searches: two threads with their own readers, made at the first search, so that no folder
//! waits behind a slow search, and no list behind a count.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock};

use tokio::sync::mpsc::UnboundedSender;

use crate::app::model::Ticket;
use crate::app::msg::{Msg, Query};
use crate::app::search::{Seen, Tally, Want};
use crate::mail::list::{Anchor, Search, Window};
use crate::priority;
use crate::safe_text::SafeText;
use crate::store::search::Found;
use crate::store::{Error, Reader, Readers};

/// Messages that one key marks: 20 MB while they are marked.
pub(super) const MOST_MARKED: u32 = 100_000;
/// Messages whose senders are offered while a query is typed.
const LATELY: u32 = 2_000;

/// A question, and the ticket that its answer carries.
type Job = (Ticket, Query);

/// A handle to the threads; they end when it is dropped.
pub struct Searcher {
    readers: Readers,
    replies: UnboundedSender<Msg>,
    /// Questions of every kind that are not answered yet.
    waiting: Arc<AtomicUsize>,
    lists: OnceLock<Option<Sender<Job>>>,
    counts: OnceLock<Option<Sender<Job>>>,
    newest: Arc<Newest>,
}

/// What makes older questions pointless.
#[derive(Default)]
struct Newest {
    /// The window that was asked for last.
    window: AtomicU64,
    /// The count of what is shown that was asked for last.
    count: AtomicU64,
    /// Counts of what is shown that are not answered yet: others step back for them.
    counts: AtomicUsize,
}

impl Searcher {
    /// A searcher without threads; `waiting` counts its questions among others.
    pub fn new(readers: Readers, replies: UnboundedSender<Msg>, waiting: Arc<AtomicUsize>) -> Self {
        Self {
            readers,
            replies,
            waiting,
            lists: OnceLock::new(),
            counts: OnceLock::new(),
            newest: Arc::new(Newest::default()),
        }
    }

    /// Asks; `waiting` has counted the question already.
    pub fn ask(&self, ticket: Ticket, query: Query) {
        let want = if let Query::Search(_, want) = &query { Some(want) } else { None };
        let lane = match want {
            Some(Want::Count) => {
                self.newest.count.store(ticket.0, Ordering::SeqCst);
                self.newest.counts.fetch_add(1, Ordering::SeqCst);
                &self.counts
            }
            Some(Want::CountAside) => &self.counts,
            Some(Want::Window(..) | Want::Unread { .. }) => {
                self.newest.window.store(ticket.0, Ordering::SeqCst);
                &self.lists
            }
            Some(Want::Everything) | None => &self.lists,
        };
        let sent = lane.get_or_init(|| self.start()).as_ref().is_some_and(|lane| lane.send((ticket, query)).is_ok());
        if !sent {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            let reason = SafeText::from_static("nothing can be searched: no thread could be started");
            let _unheard = self.replies.send(Msg::LoadFailed { ticket, reason });
        }
    }

    /// Starts a thread; `None` where the system has none left.
    fn start(&self) -> Option<Sender<Job>> {
        let (jobs, inbox) = channel();
        let (readers, replies) = (self.readers.clone(), self.replies.clone());
        let (waiting, newest) = (Arc::clone(&self.waiting), Arc::clone(&self.newest));
        let serve = move || {
            priority::step_back();
            serve(&readers, &inbox, &replies, (&waiting, &newest));
        };
        std::thread::Builder::new().name("search".into()).spawn(serve).ok().map(|_| jobs)
    }
}

fn serve(
    readers: &Readers,
    inbox: &Receiver<Job>,
    replies: &UnboundedSender<Msg>,
    (waiting, newest): (&AtomicUsize, &Newest),
) {
    let mut cache = None;
    for (ticket, query) in inbox {
        let past = newest.is_past(ticket, &query);
        let answer = if past { Err(Error::Stopped) } else { answer(readers, &mut cache, ticket, &query, newest) };
        let msg = match answer {
            Ok(msg) => Some(msg),
            // A newer question is on its way.
            Err(Error::Stopped) => None,
            Err(error) => {
                let reason = SafeText::new(&format!("the cache could not be searched: {error}"));
                Some(Msg::LoadFailed { ticket, reason })
            }
        };
        if matches!(query, Query::Search(_, Want::Count)) {
            newest.counts.fetch_sub(1, Ordering::SeqCst);
        }
        let heard = msg.is_none_or(|msg| replies.send(msg).is_ok());
        waiting.fetch_sub(1, Ordering::SeqCst);
        if !heard {
            return;
        }
    }
}

impl Newest {
    /// Whether nobody waits for the answer any more.
    fn is_past(&self, ticket: Ticket, query: &Query) -> bool {
        let Query::Search(_, want) = query else { return false };
        match want {
            Want::Window(..) | Want::Unread { .. } => self.window.load(Ordering::SeqCst) != ticket.0,
            Want::Count => self.count.load(Ordering::SeqCst) != ticket.0,
            Want::Everything | Want::CountAside => false,
        }
    }
}

fn answer(
    readers: &Readers,
    cache: &mut Option<Reader>,
    ticket: Ticket,
    query: &Query,
    newest: &Newest,
) -> Result<Msg, Error> {
    let reader = match cache.take() {
        Some(reader) => reader,
        None => readers.reader()?,
    };
    let reader = cache.insert(reader);
    match query {
        Query::Search(search, want) => found(reader, ticket, search, *want, newest),
        Query::Seen => {
            let seen = reader.seen_lately(LATELY)?;
            let people = seen.people.into_iter().map(|person| (person.name, person.address)).collect();
            Ok(Msg::Seen { ticket, seen: Seen { people, labels: seen.labels } })
        }
        Query::Sweep(message) => Ok(Msg::Swept { ticket, swept: reader.sweep(*message, MOST_MARKED)? }),
        Query::Folders
        | Query::Stock
        | Query::Rules
        | Query::Window { .. }
        | Query::Everything(_)
        | Query::Conversation(_)
        | Query::Ops
        | Query::Index
        | Query::News(_)
        | Query::Unread { .. } => Ok(Msg::Window { ticket, window: Window::default() }),
    }
}

fn found(reader: &Reader, ticket: Ticket, search: &Search, want: Want, newest: &Newest) -> Result<Msg, Error> {
    let tally = |found: Found| Tally { total: found.total, unread: found.unread, exact: found.exact };
    Ok(match want {
        Want::Window(anchor, reach) => {
            let stop = || newest.window.load(Ordering::SeqCst) != ticket.0;
            Msg::Window { ticket, window: reader.found_unless(search, anchor, reach, &stop)? }
        }
        Want::Unread { from, older, reach } => {
            let stop = || newest.window.load(Ordering::SeqCst) != ticket.0;
            let window = match reader.next_unread_found(search, from, older, &stop)? {
                Some(key) => reader.found_unless(search, Anchor::Around(key), reach, &stop)?,
                None => Window::default(),
            };
            Msg::Window { ticket, window }
        }
        Want::Everything => Msg::Everything { ticket, rows: reader.everything_found(search, MOST_MARKED)? },
        Want::Count => {
            let stop = || newest.count.load(Ordering::SeqCst) != ticket.0;
            Msg::Counted { ticket, tally: tally(reader.count_found(search, &stop)?) }
        }
        Want::CountAside => {
            let stop = || newest.counts.load(Ordering::SeqCst) > 0;
            Msg::Counted { ticket, tally: tally(reader.count_found(search, &stop)?) }
        }
    })
}
