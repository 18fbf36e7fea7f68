//! The loader: a thread with its own readers that answers the screen's questions to cache and journal.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use tokio::sync::mpsc::UnboundedSender;

use crate::app::model::Ticket;
use crate::app::msg::{Msg, Query};
use crate::journal::Journal;
use crate::mail::list::{Anchor, Window};
use crate::mail::quota::{self, Quota};
use crate::mail::{AccountId, FolderId};
use crate::runtime::roster::stock;
use crate::runtime::searcher::{MOST_MARKED, Searcher};
use crate::safe_text::SafeText;
use crate::store::index::IndexState;
use crate::store::{Error, Reader};
use crate::sync::rules::Rules;
use crate::ui::format;

/// How many operations that wait, and how many that ended, the tasks screen lists.
const MAX_OPS: u32 = 200;
/// How many messages of a folder that have arrived are looked at for a notice.
const MOST_NEWS: u32 = 100;

/// A handle to the loader's thread; it ends when the handle is dropped.
pub struct Loader {
    requests: Sender<(Ticket, Query)>,
    waiting: Arc<AtomicUsize>,
    searcher: Searcher,
}

impl Loader {
    /// Starts the thread. The journal is missing only where it cannot be read.
    pub fn start(cache: Reader, journal: Option<Journal>, replies: UnboundedSender<Msg>) -> std::io::Result<Self> {
        let (requests, inbox) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let mine = Arc::clone(&waiting);
        let searcher = Searcher::new(cache.readers(), replies.clone(), Arc::clone(&waiting));
        std::thread::Builder::new().name("loader".into()).spawn(move || {
            serve(&cache, journal.as_ref(), &inbox, &replies, &mine);
        })?;
        Ok(Self { requests, waiting, searcher })
    }

    /// Asks; the answer comes as a message with this ticket.
    pub fn ask(&self, ticket: Ticket, query: Query) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        if matches!(query, Query::Search(..) | Query::Seen | Query::Sweep(_)) {
            self.searcher.ask(ticket, query);
        } else if self.requests.send((ticket, query)).is_err() {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// How many questions are not answered yet.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }
}

fn serve(
    cache: &Reader,
    journal: Option<&Journal>,
    inbox: &Receiver<(Ticket, Query)>,
    replies: &UnboundedSender<Msg>,
    waiting: &AtomicUsize,
) {
    for (ticket, query) in inbox {
        let msg = answer(cache, journal, ticket, &query)
            .unwrap_or_else(|reason| Msg::LoadFailed { ticket, reason: SafeText::new(&reason) });
        let heard = replies.send(msg).is_ok();
        waiting.fetch_sub(1, Ordering::SeqCst);
        if !heard {
            return;
        }
    }
}

fn answer(cache: &Reader, journal: Option<&Journal>, ticket: Ticket, query: &Query) -> Result<Msg, String> {
    let words = |error: Error| format!("the cache could not be read: {error}");
    match *query {
        Query::Folders => {
            let rows = cache.folders().map_err(words)?;
            let starred = cache.starred().map_err(words)?;
            let mut quotas: BTreeMap<AccountId, Vec<Quota>> = BTreeMap::new();
            for (account, quota) in cache.quotas().map_err(words)? {
                quotas.entry(account).or_default().push(quota);
            }
            let full = quotas.into_iter().filter_map(|(account, all)| Some((account, quota::warning(&all)?))).collect();
            let marked = cache.marked().map_err(words)?;
            Ok(Msg::Folders { ticket, rows, starred, full, marked })
        }
        Query::Window { source, arrangement, anchor, reach } => {
            let window = cache.arranged(source, arrangement, anchor, reach).map_err(words)?;
            Ok(Msg::Window { ticket, window })
        }
        Query::Unread { source, arrangement, from, older, reach } => {
            let window = match cache.next_unread_arranged(source, arrangement, from, older).map_err(words)? {
                Some(key) => cache.arranged(source, arrangement, Anchor::Around(key), reach).map_err(words)?,
                None => Window::default(),
            };
            Ok(Msg::Window { ticket, window })
        }
        Query::Everything(source) => {
            let rows = cache.everything(source, MOST_MARKED).map_err(words)?;
            Ok(Msg::Everything { ticket, rows })
        }
        // The searcher's.
        Query::Search(..) | Query::Seen | Query::Sweep(_) => Err("this is no question for the loader".to_owned()),
        Query::Conversation(message) => {
            let rows = cache.conversation(message).map_err(words)?;
            Ok(Msg::Conversation { ticket, rows })
        }
        Query::News(ref folders) => {
            let read = |(folder, count): &(FolderId, u32)| {
                let rows = cache.latest_unread(*folder, (*count).min(MOST_NEWS)).map_err(words)?;
                Ok((*folder, *count, rows))
            };
            Ok(Msg::News { ticket, news: folders.iter().map(read).collect::<Result<_, String>>()? })
        }
        Query::Index => {
            let IndexState { messages, indexed, texts, bytes, .. } = cache.index_state().map_err(words)?;
            let [messages, indexed, texts] = [messages, indexed, texts].map(format::count);
            let size = format::size(bytes);
            let text = format!("index of {indexed} of {messages} messages and {texts} texts, {size}");
            Ok(Msg::Index(SafeText::new(&text)))
        }
        Query::Stock => stock(cache, journal).map(Msg::Stock),
        Query::Rules => {
            let rules = journal.map_or_else(|| Ok(Vec::new()), |journal| Rules::new(journal.dir()).read());
            Ok(Msg::Rules { ticket, rules: rules.map_err(|error| SafeText::new(&error.to_string())) })
        }
        Query::Ops => {
            let words = |error| format!("the journal could not be read: {error}");
            let (rows, last_undone) = match journal {
                Some(journal) => (journal.tasks(MAX_OPS).map_err(words)?, journal.last_undone().map_err(words)?),
                None => (Vec::new(), None),
            };
            Ok(Msg::Ops { ticket, rows, last_undone })
        }
    }
}
