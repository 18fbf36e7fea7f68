//! Questions about the model: what the cursor is on, what an action would touch, where the keys go.

use std::collections::BTreeSet;

use crate::app::action::Context;
use crate::app::geometry::panes;
use crate::app::model::{AccountView, InputPurpose, ListPane, Model, Overlay, Pane};
use crate::mail::folder::{FolderRow, Role};
use crate::mail::list::{Source, Window};
use crate::mail::message::{MessageRow, RowKey};
use crate::mail::{AccountId, FolderId, MessageId};
use crate::protocol::Connection;

/// Messages of a conversation that are shown at most; the cache reads no more.
const LONGEST: usize = 200;

impl ListPane {
    /// The place in `rows` of the row under the cursor.
    pub fn cursor_index(&self) -> Option<usize> {
        let cursor = self.cursor?;
        self.rows.iter().position(|row| row.id == cursor.id)
    }

    /// The row under the cursor; below an unfolded conversation, the message.
    pub fn cursor_row(&self) -> Option<&MessageRow> {
        let row = self.head_row()?;
        self.cursor_child().and_then(|place| self.children(row).get(place)).or(Some(row))
    }

    /// The row under the cursor; below an unfolded conversation, the conversation's.
    pub fn head_row(&self) -> Option<&MessageRow> {
        self.cursor_index().and_then(|index| self.rows.get(index))
    }

    /// The messages that are shown below this row.
    pub fn children(&self, row: &MessageRow) -> &[MessageRow] {
        let children = row.bundle.as_ref().and_then(|bundle| self.unfolded.get(&bundle.thread));
        children.map_or(&[], Vec::as_slice)
    }

    /// Which of the messages below its row the cursor is on.
    pub fn cursor_child(&self) -> Option<usize> {
        let (row, child) =
            (self.head_row()?, self.child.filter(|(row, _)| Some(*row) == self.cursor.map(|key| key.id))?.1);
        self.children(row).iter().position(|message| message.id == child)
    }

    /// The line `by` lines further down, rows and messages below them on their way out not counted: the row's place, and
    /// the message's among those below it.
    pub fn line_at_distance(&self, by: isize) -> Option<(usize, Option<usize>)> {
        let (mut at, mut child) = (self.cursor_index()?, self.cursor_child());
        let mut found = None;
        let mut left = by.unsigned_abs();
        while left > 0 {
            let Some(next) = self.neighbour_line(at, child, by > 0) else { break };
            (at, child) = next;
            let row = self.rows.get(at)?;
            let message = child.and_then(|place| self.children(row).get(place)).unwrap_or(row);
            if !self.leaving.contains(&message.id) {
                found = Some(next);
                left -= 1;
            }
        }
        found
    }

    fn neighbour_line(&self, at: usize, child: Option<usize>, down: bool) -> Option<(usize, Option<usize>)> {
        let count = |at: usize| self.rows.get(at).map_or(0, |row| self.children(row).len());
        if down {
            let next = child.map_or(0, |place| place + 1);
            return if next < count(at) {
                Some((at, Some(next)))
            } else {
                (at + 1 < self.rows.len()).then_some((at + 1, None))
            };
        }
        match child {
            Some(place) => Some((at, place.checked_sub(1))),
            None => at.checked_sub(1).map(|before| (before, count(before).checked_sub(1))),
        }
    }

    /// Puts the cursor on a line, as [`ListPane::line_at_distance`] tells it.
    pub fn put_cursor(&mut self, (at, child): (usize, Option<usize>)) {
        let Some(row) = self.rows.get(at) else { return };
        let key = row.key();
        let message = child.and_then(|place| self.children(row).get(place)).map(|message| message.id);
        (self.cursor, self.child) = (Some(key), message.map(|message| (key.id, message)));
    }

    /// The row `by` rows further down, rows on their way out not counted; the last one there is if there are fewer.
    pub fn row_at_distance(&self, by: isize) -> Option<&MessageRow> {
        let here = self.cursor_index()?;
        let staying = |row: &&MessageRow| !self.leaving.contains(&row.id);
        let count = by.unsigned_abs();
        if by >= 0 {
            self.rows.iter().skip(here + 1).filter(staying).take(count).last()
        } else {
            self.rows.iter().take(here).rev().filter(staying).take(count).last()
        }
    }

    /// Whether the row lies between the beginning of the range and the cursor.
    pub fn in_range(&self, key: RowKey) -> bool {
        let (Some(begin), Some(end)) = (self.range, self.cursor) else { return false };
        (begin.min(end)..=begin.max(end)).contains(&key)
    }

    /// Whether this row shows a mark: it is in the range, or it or a message that it stands for is marked.
    pub fn shows_mark(&self, row: &MessageRow) -> bool {
        let marked = || row.all().any(|message| self.marks.contains(&message.id));
        self.in_range(row.key()) || (!self.marks.is_empty() && marked())
    }
}

/// Whether a row with this key, were it in the source, would be in this window.
pub fn covers(window: &Window, key: RowKey) -> bool {
    let (Some(newest), Some(oldest)) = (window.rows.first(), window.rows.last()) else {
        return window.total == 0;
    };
    let end = window.first.saturating_add(window.rows.len() as u64);
    (window.first == 0 || key <= newest.key()) && (end >= window.total || key >= oldest.key())
}

/// Where a key that is pressed now is looked up.
pub fn context(model: &Model) -> Context {
    match &model.overlay {
        Some(
            Overlay::Rebind(_)
            | Overlay::Help(_)
            | Overlay::Palette(_)
            | Overlay::Folders { .. }
            | Overlay::Links(_)
            | Overlay::Themes(_)
            | Overlay::Rules { .. }
            | Overlay::Sweep(_)
            | Overlay::Choose { .. }
            | Overlay::SendLater(_)
            | Overlay::Snooze { .. },
        ) => Context::Picker,
        Some(Overlay::Input { purpose: InputPurpose::Search, .. }) => Context::Search,
        Some(Overlay::Input { .. } | Overlay::SignIn(_)) => Context::Input,
        Some(Overlay::Confirm { .. }) => Context::Confirm,
        Some(Overlay::Tasks { .. }) => Context::Tasks,
        Some(Overlay::FolderDrawer) | None if model.wizard.is_some() => Context::Wizard,
        Some(Overlay::FolderDrawer) | None if !model.letters.open.is_empty() => Context::Compose,
        Some(Overlay::FolderDrawer) | None => pane_context(model.focus),
    }
}

/// Where an action chosen in the palette or the help would run.
pub fn context_below(model: &Model) -> Context {
    match (&model.overlay, &model.work.under) {
        (Some(Overlay::Tasks { .. }), _) | (_, Some(Overlay::Tasks { .. })) => Context::Tasks,
        _ if model.wizard.is_some() => Context::Wizard,
        _ if !model.letters.open.is_empty() => Context::Compose,
        _ => pane_context(model.focus),
    }
}

fn pane_context(pane: Pane) -> Context {
    match pane {
        Pane::Folders => Context::Folders,
        Pane::List => Context::List,
        Pane::Reader => Context::Reader,
    }
}

/// The messages that an action would touch: the marked ones; else all of those that [`chosen`] rows stand for. In the reader:
/// the open message, or the conversation that it was opened as; with a count, as many rows from there on. Those that another
/// action is taking away are left out.
pub fn targets(model: &Model) -> Vec<&MessageRow> {
    let rows = match (model.focus, opened_as(model)) {
        // With a count the rows below come with it; the first is the open one.
        (Pane::Reader, Some(open)) => std::iter::once(open).chain(chosen(model).into_iter().skip(1)).collect(),
        (Pane::Reader | Pane::List | Pane::Folders, _) => chosen(model),
    };
    let staying = |row: &&MessageRow| !model.list.leaving.contains(&row.id);
    if !model.list.arrangement.conversations || (model.focus != Pane::Reader && is_marking(model)) {
        return rows.into_iter().filter(staying).collect();
    }
    let mut seen = BTreeSet::new();
    let news = if model.focus == Pane::Reader { news(model) } else { Vec::new() };
    let rows = rows.into_iter().flat_map(MessageRow::all).filter(staying);
    rows.filter(|row| !news.contains(&row.id) && seen.insert(row.id)).collect()
}

/// Where messages are: a folder, and how many of them are in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The account.
    pub account: AccountId,
    /// The folder.
    pub folder: FolderId,
    /// How many of the messages.
    pub count: usize,
}

/// Where the [`targets`] are, in the order of the first in each folder. A hundred thousand may be marked, and the palette asks
/// for each of its rows: they are looked through once after a change.
pub fn scope(model: &Model) -> &[Place] {
    model.work.scope.get_or_init(|| {
        let mut places: Vec<Place> = Vec::new();
        let mut last = 0;
        for row in targets(model) {
            // They come folder by folder, for the most part.
            let known = places.get(last).is_some_and(|place| place.folder == row.folder).then_some(last);
            last = known.or_else(|| places.iter().position(|place| place.folder == row.folder)).unwrap_or_else(|| {
                places.push(Place { account: row.account, folder: row.folder, count: 0 });
                places.len() - 1
            });
            if let Some(place) = places.get_mut(last) {
                place.count += 1;
            }
        }
        places
    })
}

/// Messages that came into the open conversation while it was read, and that nobody has looked at yet.
fn news(model: &Model) -> Vec<MessageId> {
    let Some(conversation) = model.reader.conversation.as_ref().filter(|_| is_opened_as_one(model)) else {
        return Vec::new();
    };
    let section = |id: MessageId| conversation.sections.iter().find(|section| section.row.id == id);
    let all = opened_row(model).into_iter().flat_map(MessageRow::all).map(|row| row.id);
    // A long conversation is not shown whole: of what is not there nothing is known.
    let whole = conversation.sections.len() < LONGEST;
    all.filter(|id| section(*id).map_or(whole, |section| section.late)).collect()
}

/// The rows that an action is about: the open message in the reader; else the marked messages; else the row under the cursor,
/// with a count as many from there on.
pub fn chosen(model: &Model) -> Vec<&MessageRow> {
    let list = &model.list;
    let staying = |row: &&MessageRow| !list.leaving.contains(&row.id);
    if model.focus == Pane::Reader {
        let Some(open) = &model.reader.message else { return Vec::new() };
        let row = opened_row(model).map_or(open.id, |row| row.id);
        let below = list.rows.iter().skip_while(|other| other.id != row).skip(1);
        let more = below.filter(staying).take(model.count.unwrap_or(1).saturating_sub(1));
        return std::iter::once(open).filter(staying).chain(more).collect();
    }
    if is_marking(model) {
        return marked_messages(model).into_iter().filter(staying).collect();
    }
    let Some(from) = list.cursor_index() else { return Vec::new() };
    let here = list.cursor_row().into_iter().filter(staying);
    let Some(count) = model.count else { return here.collect() };
    // Below an unfolded row its messages come first, then the rows below.
    let children = list.cursor_child().and_then(|child| list.rows.get(from).map(|row| (row, child)));
    let children = children.map_or(&[][..], |(row, child)| list.children(row).get(child..).unwrap_or_default());
    let first = if children.is_empty() { from } else { from + 1 };
    children.iter().chain(list.rows.iter().skip(first)).filter(staying).take(count).collect()
}

/// The row of the list that the open message was opened from: its own, or that of a conversation of which one message is in
/// the list, though another may be read now.
fn opened_row(model: &Model) -> Option<&MessageRow> {
    let message = model.reader.message.as_ref()?;
    let sections = model.reader.conversation.iter().flat_map(|conversation| &conversation.sections);
    let read: Vec<MessageId> = sections.map(|section| section.row.id).chain([message.id]).collect();
    let here = |row: &&MessageRow| read.iter().any(|id| row.holds(*id));
    let conversations = model.list.arrangement.conversations;
    let own = model.list.rows.iter().find(|row| row.holds(message.id));
    own.or_else(|| model.list.head_row().filter(|row| conversations && here(row)))
        .or_else(|| model.list.rows.iter().find(|row| conversations && here(row)))
}

/// In a list of conversations, the row of the one that the open message belongs to; else the message.
fn opened_as(model: &Model) -> Option<&MessageRow> {
    let message = model.reader.message.as_ref()?;
    let row = opened_row(model).filter(|_| is_opened_as_one(model));
    row.or(Some(message))
}

/// Whether what is open was opened as a conversation: a single message that was opened from below its row stays single.
pub fn is_opened_as_one(model: &Model) -> bool {
    model.list.arrangement.conversations && model.list.cursor_child().is_none()
}

/// The marked messages, those of the range included, each once.
fn marked_messages(model: &Model) -> Vec<&MessageRow> {
    let list = &model.list;
    if list.range.is_none() && !list.arrangement.conversations {
        let here: BTreeSet<MessageId> = list.rows.iter().map(|row| row.id).collect();
        let outside = |row: &&MessageRow| list.marks.contains(&row.id) && !here.contains(&row.id);
        let loaded = list.rows.iter().filter(|row| list.marks.contains(&row.id));
        return loaded.chain(model.work.kept.values().filter(outside)).collect();
    }
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for row in list.rows.iter().chain(model.work.kept.values()) {
        let ranged = list.in_range(row.key());
        let marked = row.all().filter(|message| ranged || list.marks.contains(&message.id));
        found.extend(marked.filter(|message| seen.insert(message.id)));
    }
    found
}

/// Whether messages are marked, or a range is begun.
pub fn is_marking(model: &Model) -> bool {
    !model.list.marks.is_empty() || model.list.range.is_some()
}

/// How many messages are marked, the range included.
pub fn marked(model: &Model) -> usize {
    if model.list.range.is_none() { model.list.marks.len() } else { marked_messages(model).len() }
}

/// The message that the user looks at: the open one in the reader, else the one under the cursor.
pub fn current(model: &Model) -> Option<&MessageRow> {
    match model.focus {
        Pane::Reader => model.reader.message.as_ref(),
        Pane::List | Pane::Folders => model.list.cursor_row(),
    }
}

/// Whether the reader holds the message that the user looks at.
pub fn reader_is_current(model: &Model) -> bool {
    let shown = model.reader.message.as_ref().map(|row| row.id);
    shown.is_some() && shown == current(model).map(|row| row.id)
}

/// The folder's row.
pub fn folder(model: &Model, id: FolderId) -> Option<&FolderRow> {
    model.folders.rows.iter().find(|row| row.id == id)
}

/// The folder with this role in this account.
pub fn role_folder(model: &Model, account: AccountId, role: Role) -> Option<&FolderRow> {
    model.folders.rows.iter().find(|row| row.account == account && row.role == Some(role) && row.selectable)
}

/// The role of the folder that a message is shown in.
pub fn role_of(model: &Model, row: &MessageRow) -> Option<Role> {
    folder(model, row.folder).and_then(|folder| folder.role)
}

/// The account that "go to sent" and the like are about.
pub fn current_account(model: &Model) -> Option<AccountId> {
    let of_source = |source| match source {
        Some(Source::Folder(id)) => folder(model, id).map(|row| row.account),
        Some(Source::AllInboxes | Source::Starred | Source::Marked(_) | Source::Search(_)) | None => None,
    };
    let here = if model.focus == Pane::Folders { of_source(model.folders.cursor) } else { None };
    here.or_else(|| of_source(model.list.source))
        .or_else(|| current(model).map(|row| row.account))
        .or_else(|| model.accounts.first().map(|account| account.id))
}

/// The folder that rename and delete are about: under the cursor in the folder pane, else the one that is shown.
pub fn current_folder(model: &Model) -> Option<&FolderRow> {
    let source = if model.focus == Pane::Folders { model.folders.cursor } else { model.list.source };
    match source {
        Some(Source::Folder(id)) => folder(model, id),
        Some(Source::AllInboxes | Source::Starred | Source::Marked(_) | Source::Search(_)) | None => None,
    }
}

/// Whether messages of this folder are shown by this source.
pub fn source_shows(model: &Model, source: Source, changed: FolderId) -> bool {
    match source {
        Source::Folder(id) => id == changed,
        Source::AllInboxes => folder(model, changed).is_none_or(|row| row.role == Some(Role::Inbox)),
        Source::Starred | Source::Marked(_) | Source::Search(_) => true,
    }
}

/// Whether the reader is on the screen beside or below the list.
pub fn reader_beside(model: &Model) -> bool {
    panes(model).shows(Pane::Reader) && model.focus != Pane::Reader
}

/// The account's name, for sentences.
pub fn account_name(model: &Model, id: AccountId) -> &str {
    model.accounts.iter().find(|account| account.id == id).map_or("This account", |account| account.name.as_str())
}

/// The account, if it has no connection: what is not on the disk comes with one.
pub fn unconnected(model: &Model, id: AccountId) -> Option<&AccountView> {
    let connected = |state: &Connection| matches!(state, Connection::Online { .. } | Connection::Syncing);
    model.accounts.iter().find(|view| view.id == id && !connected(&view.state))
}

/// The flags that a message will have once everything that was asked for is done.
pub fn flags_to_be(model: &Model, row: &MessageRow) -> crate::mail::flags::Flags {
    model.work.assumed.get(&row.id).map_or_else(|| row.flags.clone(), |(_, flags)| flags.clone())
}

/// The ids of rows.
pub fn ids<'a>(rows: impl IntoIterator<Item = &'a MessageRow>) -> Vec<MessageId> {
    rows.into_iter().map(|row| row.id).collect()
}
