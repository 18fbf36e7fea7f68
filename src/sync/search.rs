//! A search on the servers: what is wanted of an account, how far it is, and the end that it comes to.
//!
//! Every account that is asked comes to one end: `Needless`, `Impossible`, `Done`, `Offline` or `Failed`. After `Offline`
//! alone there may be more: the search stays wanted, and is done when the server is there again. A search that another one
//! takes the place of, or that nobody looks at any more, says nothing further.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::mail::{AccountId, FolderId, SearchId, Uid, UidValidity};
use crate::protocol::{Connection, Event, Priority, ServerSearch};
use crate::query::Query;
use crate::safe_text::SafeText;
use crate::store::Error as StoreError;
use crate::sync::account::{Account, Desires};
use crate::sync::desk::{Desk, Files, Urgency};
use crate::sync::plan::search::{Question, Scope, Shelf, Tongue, scope};

mod turn;

/// How long the answer to a question is still waited for that nobody wants answered any more.
const SUPERSEDED: Duration = Duration::from_secs(1);
/// How long it is still waited for when the user opened a message meanwhile.
const GIVES_WAY: Duration = Duration::from_secs(3);
/// So often in [`WINDOW`] a connection may be left for that: each costs a sign-in.
const MAX_LEFT: usize = 4;
const WINDOW: Duration = Duration::from_mins(10);

/// A search that is wanted of an account.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Its number.
    pub search: SearchId,
    /// What is searched for.
    pub query: Arc<Query>,
    /// In this folder alone.
    pub within: Option<FolderId>,
    /// How far it is; `None`: it is not decided yet where to ask.
    pub course: Option<Course>,
    /// The last that was told of it.
    told: Option<ServerSearch>,
}

/// A search under way.
#[derive(Debug, Clone)]
pub struct Course {
    /// The account's folders.
    shelves: Arc<Vec<Shelf>>,
    /// Folders that are still to be asked, the next one first.
    left: VecDeque<FolderId>,
    /// How often the next one was begun with.
    tries: u32,
    /// Messages that were found in it, whose headers are not here.
    missing: Option<Missing>,
    /// Folders that were searched.
    done: u32,
    /// Folders that could not be.
    failed: u32,
    /// Why the first of them could not be.
    reason: Option<String>,
    /// Since when there is a connection for it; `None`: it is begun, or gone on with, at the next turn.
    began: Option<Instant>,
}

/// Headers that are to be fetched.
#[derive(Debug, Clone)]
struct Missing {
    validity: UidValidity,
    /// The newest first.
    uids: VecDeque<Uid>,
    /// How many are asked for at once.
    width: usize,
}

impl Wanted {
    /// A search that has not begun.
    pub fn new(search: SearchId, query: Arc<Query>, within: Option<FolderId>) -> Self {
        Self { search, query, within, course: None, told: None }
    }

    /// The same search, not begun.
    #[must_use]
    pub fn anew(self) -> Self {
        Self { course: None, told: None, ..self }
    }

    fn question<'a>(&'a self, account: &'a str, tongue: Tongue) -> Question<'a> {
        Question { query: &self.query, account, within: self.within, tongue }
    }
}

impl Course {
    fn new(shelves: Vec<Shelf>, folders: Vec<FolderId>) -> Self {
        Self {
            shelves: Arc::new(shelves),
            left: folders.into(),
            tries: 0,
            missing: None,
            done: 0,
            failed: 0,
            reason: None,
            began: None,
        }
    }

    fn shelf(&self, id: FolderId) -> Option<&Shelf> {
        self.shelves.iter().find(|shelf| shelf.id == id)
    }

    /// The next folder was searched, or could not be, for this reason.
    fn close(&mut self, reason: Option<String>) {
        self.left.pop_front();
        (self.tries, self.missing) = (0, None);
        match reason {
            None => self.done += 1,
            Some(reason) => {
                self.failed += 1;
                self.reason.get_or_insert(reason);
            }
        }
    }

    /// No folder is asked any more, for this reason.
    fn abandon(&mut self, reason: &str) {
        self.failed += u32::try_from(self.left.len()).unwrap_or(u32::MAX);
        self.left.clear();
        self.missing = None;
        self.reason.get_or_insert_with(|| reason.to_owned());
    }

    fn state(&self) -> ServerSearch {
        let left = u32::try_from(self.left.len()).unwrap_or(u32::MAX);
        if left > 0 {
            let done = self.done + self.failed;
            return ServerSearch::Running { done, of: done + left };
        }
        match &self.reason {
            None => ServerSearch::Done { folders: self.done },
            Some(reason) => ServerSearch::Failed { reason: SafeText::new(reason), left: self.failed },
        }
    }
}

impl Desires {
    /// How long the answer to this search is still waited for; `None`: as long as it may take.
    fn patience(&self, search: SearchId) -> Option<Duration> {
        if self.stop {
            return Some(Duration::ZERO);
        }
        if self.left.iter().filter(|at| at.elapsed() < WINDOW).count() >= MAX_LEFT {
            return None;
        }
        if self.search.as_ref().is_none_or(|wanted| wanted.search != search) {
            return Some(SUPERSEDED);
        }
        self.wants.next().filter(|wish| wish.priority == Priority::Open).map(|_| GIVES_WAY)
    }

    /// The connection is left on purpose, because of a search: it is made anew at once.
    fn leave(&mut self) {
        self.leaving = true;
        self.left.retain(|at| at.elapsed() < WINDOW);
        self.left.push(Instant::now());
    }
}

/// Has the accounts' servers searched. What needs no server, or cannot be asked of one, is said at once.
pub(super) async fn begin(accounts: &BTreeMap<AccountId, Arc<Account>>, desk: &Desk, wanted: Wanted) {
    end(accounts);
    let shelves = desk.run(Urgency::Now, |files| shelves(files)).await;
    let shelves = shelves.ok().and_then(Result::ok).unwrap_or_default();
    for account in accounts.values() {
        let own: Vec<Shelf> =
            shelves.iter().filter(|(owner, _)| *owner == account.id).map(|(_, shelf)| shelf.clone()).collect();
        account.begin_search(wanted.clone(), &own);
    }
}

/// Nobody looks at a search any more.
pub(super) fn end(accounts: &BTreeMap<AccountId, Arc<Account>>) {
    for account in accounts.values() {
        account.want(|desires| desires.search = None);
    }
}

/// The folders that can be searched, of all accounts.
fn shelves(files: &Files) -> Result<Vec<(AccountId, Shelf)>, StoreError> {
    let reader = files.cache.reader();
    let mut shelves = Vec::new();
    for row in reader.folders()?.into_iter().filter(|row| row.selectable && !row.pending) {
        let state = files.cache.sync_state(row.id)?;
        let shelf = Shelf {
            id: row.id,
            role: row.role,
            path: row.path.as_str().to_owned(),
            messages: row.messages,
            headers: state.uid_validity.is_some() && state.gaps.is_empty(),
            texts: !reader.has_unread_texts(row.id)?,
        };
        shelves.push((row.account, shelf));
    }
    Ok(shelves)
}

impl Account {
    /// Takes a search, whose end may be known before the server is asked.
    fn begin_search(&self, wanted: Wanted, shelves: &[Shelf]) {
        if let Some(end) = early_end(&wanted, self.name(), shelves) {
            self.tell_search(wanted.search, end);
            return;
        }
        let mut desires = self.desires();
        let ended = desires.closed;
        let offline = desires.down || ended;
        if offline {
            self.tell_search(wanted.search, ServerSearch::Offline);
        }
        if !ended {
            desires.search = Some(Wanted { told: offline.then_some(ServerSearch::Offline), ..wanted });
        }
        drop(desires);
        self.wake.notify_one();
    }

    fn tell_search(&self, search: SearchId, state: ServerSearch) {
        self.outlet.send(Event::SearchProgress { search, account: self.id, state });
    }

    /// Notes how the account stands: where there is no connection, a search that is wanted is told so.
    pub(super) fn note_standing(&self, state: &Connection) {
        let mut desires = self.desires();
        match state {
            Connection::Starting | Connection::Connecting => return,
            Connection::Online { .. } | Connection::Syncing => desires.down = false,
            Connection::Offline { .. }
            | Connection::SignInRefused { .. }
            | Connection::SignInNeeded { .. }
            | Connection::Blocked { .. } => {
                desires.down = true;
            }
        }
        if desires.down
            && let Some(wanted) = &mut desires.search
            && wanted.told != Some(ServerSearch::Offline)
        {
            wanted.told = Some(ServerSearch::Offline);
            // The time without a connection is not the server's.
            if let Some(course) = &mut wanted.course {
                course.began = None;
            }
            self.tell_search(wanted.search, ServerSearch::Offline);
        }
    }

    /// The account's connection begins its life, or has ended it: then nothing more will be searched.
    pub(super) fn note_life(&self, life: Life) {
        let mut desires = self.desires();
        desires.closed = life == Life::Over;
        if let Some(wanted) = desires.search.take_if(|_| life == Life::Over)
            && wanted.told != Some(ServerSearch::Offline)
        {
            self.tell_search(wanted.search, ServerSearch::Offline);
        }
    }

    /// Whether this search is still wanted.
    fn is_wanted(&self, search: SearchId) -> bool {
        self.desires().search.as_ref().is_some_and(|wanted| wanted.search == search)
    }

    /// Changes how far a search is, if it is still wanted, and tells it where that is news. One that is at its end is not
    /// wanted any more.
    fn advance(&self, search: SearchId, change: impl FnOnce(&mut Course)) {
        let mut desires = self.desires();
        let Some(wanted) = desires.search.as_mut().filter(|wanted| wanted.search == search) else { return };
        let Some(course) = &mut wanted.course else { return };
        change(course);
        let state = course.state();
        let over = !matches!(state, ServerSearch::Running { .. });
        if wanted.told.as_ref() != Some(&state) {
            wanted.told = Some(state.clone());
            self.tell_search(search, state);
        }
        if over {
            desires.search = None;
        }
    }

    /// It is decided where to ask, or that there is no need to.
    fn set_course(&self, search: SearchId, scope: Scope, shelves: Vec<Shelf>) {
        let end = match scope {
            Scope::Folders(folders) => {
                if let Some(wanted) = self.desires().search.as_mut().filter(|wanted| wanted.search == search) {
                    wanted.course = Some(Course::new(shelves, folders));
                }
                return self.advance(search, |_| {});
            }
            Scope::Needless => ServerSearch::Needless,
            Scope::Impossible => ServerSearch::Impossible,
        };
        if self.desires().search.take_if(|wanted| wanted.search == search).is_some() {
            self.tell_search(search, end);
        }
    }
}

/// Whether an account's connection lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    /// It does, or is about to.
    Begun,
    /// It does not, and will not.
    Over,
}

/// The end of a search that no server is needed for, whatever it understands. An account whose folders are not known yet
/// is looked at when they are.
fn early_end(wanted: &Wanted, account: &str, shelves: &[Shelf]) -> Option<ServerSearch> {
    let [standard, gmail] =
        [Tongue::Standard, Tongue::Gmail].map(|tongue| scope(&wanted.question(account, tongue), None, shelves));
    if shelves.is_empty() || standard != gmail {
        return None;
    }
    match standard {
        Scope::Needless => Some(ServerSearch::Needless),
        Scope::Impossible => Some(ServerSearch::Impossible),
        Scope::Folders(_) => None,
    }
}
