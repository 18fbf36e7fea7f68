//! States that come and go: the first start, a filter that leaves nothing, an action that the server refused.

use posthaste::app::model::{FolderPane, ListPane, Model, Toast, Tone};
use posthaste::app::search::Tally;
use posthaste::mail::list::Source;
use posthaste::mail::{FolderId, UnixTime};
use posthaste::protocol::Connection;

use super::cases::tasks;
use super::sample::{NOW, inbox, safe};
use super::search::search_nothing;

/// The very first start: nothing is in the cache, and the accounts are being connected.
pub fn first_start(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    model.folders = FolderPane::default();
    model.list = ListPane { loading: true, syncing: true, ..ListPane::default() };
    model.work.folders.answered = true;
    for view in &mut model.accounts {
        view.state = Connection::Connecting;
    }
    model
}

/// A filter of what is here leaves nothing: no server was asked, and none is named.
pub fn filter_nothing(width: u16, height: u16) -> Model {
    let mut model = search_nothing(width, height);
    for lookup in model.search.known.values_mut() {
        (lookup.local, lookup.within) = (true, Some(Source::Folder(FolderId(1))));
        lookup.servers.clear();
        lookup.tally = Some(Tally { exact: true, ..Tally::default() });
    }
    model
}

/// The server refused a move: the message is back, the reason is told, and it waits for a decision.
pub fn conflict(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    model.tasks.failed = 1;
    model.toast = Some(Toast {
        text: safe("Work: moving 1 message to Archive: NO [OVERQUOTA] quota exceeded"),
        undo: None,
        until: UnixTime(NOW + 9),
        seconds: 10,
        tone: Tone::Warn,
    });
    model
}

/// The line was lost while a change was on its way: nothing is being sent.
pub fn tasks_offline(width: u16, height: u16) -> Model {
    let mut model = tasks(width, height);
    for view in &mut model.accounts {
        view.state = Connection::Offline {
            since: UnixTime(NOW - 60),
            retry: Some(UnixTime(NOW + 42)),
            reason: safe("no route"),
        };
    }
    model
}
