//! The outlet: events on their way to the screen, merged by key, so that a slow screen never holds the engine up.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::protocol::{Event, ServerSearch};

/// How many activity lines may wait.
const MAX_ACTIVITY: usize = 200;

/// Where the engine puts events and the screen takes them. Cheap to clone.
#[derive(Clone, Default)]
pub struct Outlet {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    queue: Mutex<VecDeque<Event>>,
    filled: Notify,
}

impl Outlet {
    /// Puts an event in; never blocks. One that says the same as a waiting one replaces it.
    pub fn send(&self, event: Event) {
        let mut queue = self.inner.queue.lock().unwrap_or_else(PoisonError::into_inner);
        merge(&mut queue, event);
        drop(queue);
        self.inner.filled.notify_one();
    }

    /// Takes everything that waits, or nothing.
    pub fn take(&self) -> Vec<Event> {
        self.inner.queue.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect()
    }

    /// Waits until there is something, and takes everything.
    pub async fn next(&self) -> Vec<Event> {
        loop {
            let events = self.take();
            if !events.is_empty() {
                return events;
            }
            self.inner.filled.notified().await;
        }
    }
}

/// Adds an event to those that wait. News about the same thing takes the older one's place; news that counts (an
/// operation's end) is never merged.
fn merge(queue: &mut VecDeque<Event>, event: Event) {
    if let Event::Activity { .. } = event
        && queue.iter().filter(|e| matches!(e, Event::Activity { .. })).count() >= MAX_ACTIVITY
        && let Some(oldest) = queue.iter().position(|e| matches!(e, Event::Activity { .. }))
    {
        queue.remove(oldest);
    }
    if let Event::NewMail { folder, count } = event
        && let Some(Event::NewMail { count: waiting, .. }) =
            queue.iter_mut().find(|e| matches!(e, Event::NewMail { folder: f, .. } if *f == folder))
    {
        *waiting = waiting.saturating_add(count);
        return;
    }
    match queue.iter_mut().find(|waiting| same_news(waiting, &event)) {
        Some(waiting) => *waiting = event,
        None => queue.push_back(event),
    }
}

/// Whether the second makes the first superfluous.
fn same_news(waiting: &Event, event: &Event) -> bool {
    match (waiting, event) {
        (Event::Connection { account: a, .. }, Event::Connection { account: b, .. })
        | (Event::FoldersChanged(a), Event::FoldersChanged(b))
        | (Event::Outbox(a), Event::Outbox(b)) => a == b,
        (Event::FolderChanged(a), Event::FolderChanged(b)) => a == b,
        (Event::Letter(a), Event::Letter(b))
        | (Event::DraftKept { letter: a, .. }, Event::DraftKept { letter: b, .. }) => a == b,
        (Event::Leaving { .. }, Event::Leaving { .. }) => true,
        (Event::Progress { account: a, what: x, .. }, Event::Progress { account: b, what: y, .. }) => a == b && x == y,
        (Event::BodyReady(a), Event::BodyReady(b))
        | (Event::BodyProgress { message: a, .. }, Event::BodyProgress { message: b, .. }) => a == b,
        // Only on its way: its end stays behind the messages that were found before it.
        (
            Event::SearchProgress { search: s, account: a, state: ServerSearch::Running { .. } },
            Event::SearchProgress { search: t, account: b, state: ServerSearch::Running { .. } },
        ) => s == t && a == b,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Outlet;
    use crate::mail::{AccountId, FolderId};
    use crate::protocol::{Event, OpId};

    /// Protects invariant 11: a flood of news about one folder stays one event, and no operation's end is dropped.
    #[test]
    fn news_is_merged_and_ends_are_not() {
        let outlet = Outlet::default();
        for n in 0..1_000 {
            outlet.send(Event::FolderChanged(FolderId(n % 2)));
            outlet.send(Event::FoldersChanged(AccountId(1)));
            outlet.send(Event::OpDone(OpId(n)));
            outlet.send(Event::NewMail { folder: FolderId(1), count: 2 });
        }
        let events = outlet.take();
        assert_eq!(events.iter().filter(|e| matches!(e, Event::OpDone(_))).count(), 1_000);
        assert!(events.contains(&Event::NewMail { folder: FolderId(1), count: 2_000 }));
        assert_eq!(events.len(), 1_000 + 2 + 1 + 1);
    }
}
