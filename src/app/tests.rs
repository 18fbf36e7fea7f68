//! Keys in, effects out: a screen on which tests press keys and to which they answer as cache and engine would.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for what it is about and passes over the rest")]

use std::sync::Arc;

use crate::app::key::{Key, parse_sequence};
use crate::app::model::{
    AccountView, AfterTriage, Clock, Face, Glyphs, Layout, ListOf, Model, Motion, Options, Pane, Ticket,
};
use crate::app::msg::{Effect, Msg, Query};
use crate::app::search::{Seen, Tally, Want};
use crate::app::update::{refresh, update};
use crate::mail::flags::{FLAGGED, Flags, SEEN};
use crate::mail::folder::{FolderRow, Namespace, Role};
use crate::mail::list::{Anchor, Source, Window};
use crate::mail::message::MessageRow;
use crate::mail::rights::Rights;
use crate::mail::{AccountId, FolderId, MessageId, UnixTime};
use crate::protocol::{Action, Command, Connection, Event, OpId};
use crate::render::{Document, Laid, Line};
use crate::safe_text::SafeText;

mod accounts;
mod arrange;
mod compose;
mod conversation;
mod errand;
mod esc;
mod find;
mod folders;
mod keys;
mod later;
mod list;
mod look;
mod mouse;
mod news;
mod overlay;
mod random;
mod reader;
mod rights;
mod search;
mod sign_in;
mod sweep;
mod sync;
mod triage;
mod undo;
mod wizard;

/// Tuesday 2026-04-07 14:02 UTC.
pub(super) const NOW: i64 = 1_775_570_520;
pub(super) const INBOX: FolderId = FolderId(1);
pub(super) const ARCHIVE: FolderId = FolderId(4);
pub(super) const TRASH: FolderId = FolderId(6);
pub(super) const PROJECTS: FolderId = FolderId(7);
pub(super) const ATLAS: FolderId = FolderId(8);
pub(super) const HOME_INBOX: FolderId = FolderId(11);

/// A screen and what it asked for since the last look.
pub(super) struct Screen {
    pub(super) model: Model,
    pub(super) effects: Vec<Effect>,
    /// What the cache would answer for the list: newest first.
    pub(super) stored: Vec<MessageRow>,
}

pub(super) fn options() -> Options {
    Options {
        glyphs: Glyphs::Unicode,
        utf8: true,
        after_triage: AfterTriage::Next,
        list: ListOf::Messages,
        layout: Layout::Auto,
        read_only: None,
        demo: false,
        motion: Motion::Full,
        hours: crate::config::Hours::default(),
        face: Face::Panes,
    }
}

fn account(id: i64, name: &str) -> AccountView {
    AccountView {
        id: AccountId(id),
        name: SafeText::new(name),
        email: SafeText::new(&format!("dana@{name}.example")),
        others: Vec::new(),
        ink: None,
        state: Connection::Online { synced: UnixTime(NOW) },
        progress: std::collections::BTreeMap::new(),
    }
}

fn folder(id: i64, account: i64, path: &str, role: Option<Role>) -> FolderRow {
    FolderRow {
        id: FolderId(id),
        account: AccountId(account),
        path: SafeText::new(path),
        label: SafeText::new(path.rsplit('/').next().unwrap()),
        depth: u16::try_from(path.matches('/').count()).unwrap(),
        role,
        selectable: true,
        namespace: Namespace::Personal,
        rights: Rights::ALL,
        messages: 10,
        unread: 3,
        pending: false,
    }
}

pub(super) fn folders() -> Vec<FolderRow> {
    let mut rows = Vec::new();
    for (base, account) in [(0, 1), (10, 2)] {
        rows.push(folder(base + 1, account, "Inbox", Some(Role::Inbox)));
        rows.push(folder(base + 2, account, "Drafts", Some(Role::Drafts)));
        rows.push(folder(base + 3, account, "Sent", Some(Role::Sent)));
        rows.push(folder(base + 4, account, "Archive", Some(Role::Archive)));
        rows.push(folder(base + 5, account, "Junk", Some(Role::Junk)));
        rows.push(folder(base + 6, account, "Trash", Some(Role::Trash)));
        rows.push(folder(base + 7, account, "Projects", None));
        rows.push(folder(base + 8, account, "Projects/atlas", None));
    }
    rows
}

/// A message; the higher its number, the older it is. Even ones are read.
pub(super) fn message(number: i64) -> MessageRow {
    MessageRow {
        id: MessageId(number),
        account: AccountId(1),
        folder: INBOX,
        from: SafeText::new(&format!("Sender {number}")),
        address: SafeText::new(&format!("s{number}@x.example")),
        subject: SafeText::new(&format!("Subject {number}")),
        snippet: SafeText::default(),
        received: UnixTime(NOW - number * 3600),
        place: NOW - number * 3600,
        size: 1000,
        flags: Flags { system: if number % 2 == 0 { SEEN } else { 0 }, ..Flags::default() },
        attachments: false,
        thread: 1,
        pending: false,
        cached: false,
        parent: None,
        bundle: None,
    }
}

pub(super) fn laid(lines: usize) -> Arc<Laid> {
    Arc::new(Laid { width: 76, lines: vec![Line::default(); lines], folded: 0, document: Document::default() })
}

/// The command in an effect.
pub(super) fn commands(effects: &[Effect]) -> Vec<Command> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Sync(command) => Some(command.clone()),
            _ => None,
        })
        .collect()
}

/// Operations in effects: action and messages.
pub(super) fn applied(effects: &[Effect]) -> Vec<(Action, Vec<i64>)> {
    commands(effects)
        .into_iter()
        .filter_map(|command| match command {
            Command::Apply { action, messages, .. } => Some((action, messages.into_iter().map(|id| id.0).collect())),
            _ => None,
        })
        .collect()
}

impl Screen {
    /// A screen of 80x24 with the inbox of `count` messages open.
    pub(super) fn new(count: i64) -> Self {
        Self::sized(count, (80, 24))
    }

    pub(super) fn sized(count: i64, size: (u16, u16)) -> Self {
        Self::with(count, size, options())
    }

    pub(super) fn with(count: i64, size: (u16, u16), options: Options) -> Self {
        let (model, effects) = Model::new(vec![account(1, "work"), account(2, "home")], options, OpId(100), size);
        let mut screen = Self { model, effects, stored: (1..=count).map(message).collect() };
        screen.send(Msg::Now(Clock { now: UnixTime(NOW), offset: 0 }));
        screen.answer();
        screen.effects.clear();
        screen
    }

    pub(super) fn send(&mut self, msg: Msg) -> &mut Self {
        let effects = update(&mut self.model, msg);
        refresh(&mut self.model);
        self.effects.extend(effects);
        self
    }

    pub(super) fn event(&mut self, event: Event) -> &mut Self {
        self.send(Msg::Sync(event))
    }

    /// Presses the keys, written as in the keymap with spaces between them.
    pub(super) fn press(&mut self, keys: &str) -> &mut Self {
        for key in parse_sequence(keys).unwrap() {
            self.send(Msg::Key(key));
        }
        self
    }

    /// Types text.
    pub(super) fn type_text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.send(Msg::Key(Key::char(c)));
        }
        self
    }

    /// What was asked for since the last look.
    pub(super) fn take(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// The loads that were asked for since the last look.
    pub(super) fn loads(&mut self) -> Vec<(Ticket, Query)> {
        let mut loads = Vec::new();
        for effect in self.take() {
            if let Effect::Load(ticket, query) = effect {
                loads.push((ticket, query));
            }
        }
        loads
    }

    /// The window that the cache would cut.
    pub(super) fn cut(&self, query: &Query) -> Window {
        let rows = &self.stored;
        let (center, reach) = match query {
            Query::Window { anchor: Anchor::Newest, reach, .. } => (0, *reach),
            Query::Window { anchor: Anchor::Oldest, reach, .. } => (rows.len(), *reach),
            Query::Window { anchor: Anchor::Around(key), reach, .. } => {
                (rows.partition_point(|row| row.key() > *key), *reach)
            }
            Query::Unread { from, older, reach, .. } => {
                let from = from.unwrap();
                let unread = |row: &&MessageRow| !row.flags.seen();
                let found = if *older {
                    rows.iter().filter(unread).find(|row| row.key() < from)
                } else {
                    rows.iter().rev().filter(unread).find(|row| row.key() > from)
                };
                let Some(found) = found else { return Window::default() };
                (rows.partition_point(|row| row.key() > found.key()), *reach)
            }
            Query::Search(_, want) => return self.cut_found(*want),
            Query::Seen
            | Query::Rules
            | Query::Sweep(_)
            | Query::Folders
            | Query::Ops
            | Query::Index
            | Query::Stock
            | Query::News(_)
            | Query::Everything(_)
            | Query::Conversation(_) => {
                return Window::default();
            }
        };
        let reach = usize::try_from(reach).unwrap();
        let first = center.saturating_sub(reach);
        let end = (center + reach + 1).min(rows.len());
        Window {
            rows: rows[first.min(end)..end].to_vec(),
            first: first as u64,
            total: rows.len() as u64,
            messages: rows.len() as u64,
            unread: rows.iter().filter(|row| !row.flags.seen()).count() as u64,
        }
    }

    /// The window of a search that finds every message that is stored.
    fn cut_found(&self, want: Want) -> Window {
        let source = Source::Starred;
        match want {
            Want::Window(anchor, reach) => self.cut(&Query::Window {
                source,
                arrangement: crate::mail::list::Arrangement::default(),
                anchor,
                reach,
            }),
            Want::Unread { from, older, reach } => self.cut(&Query::Unread {
                source,
                arrangement: crate::mail::list::Arrangement::default(),
                from,
                older,
                reach,
            }),
            Want::Everything | Want::Count | Want::CountAside => Window::default(),
        }
    }

    /// Answers every load as the cache would, until nothing is asked for any more.
    pub(super) fn answer(&mut self) -> &mut Self {
        let mut rest = Vec::new();
        for _ in 0..20 {
            let effects = self.take();
            if effects.is_empty() {
                break;
            }
            for effect in effects {
                match effect {
                    Effect::Load(ticket, Query::Folders) => {
                        self.send(Msg::Folders {
                            ticket,
                            rows: folders(),
                            starred: 0,
                            full: Vec::new(),
                            marked: Vec::new(),
                        });
                    }
                    Effect::Load(ticket, Query::Ops) => {
                        self.send(Msg::Ops { ticket, rows: Vec::new(), last_undone: None });
                    }
                    Effect::Load(ticket, Query::Seen) => {
                        self.send(Msg::Seen { ticket, seen: Seen::default() });
                    }
                    Effect::Load(ticket, Query::Search(_, Want::Count | Want::CountAside)) => {
                        let unread = self.stored.iter().filter(|row| !row.flags.seen()).count() as u64;
                        let tally = Tally { total: self.stored.len() as u64, unread, exact: true };
                        self.send(Msg::Counted { ticket, tally });
                    }
                    Effect::Load(ticket, Query::Everything(_) | Query::Search(_, Want::Everything)) => {
                        let rows = self.stored.clone();
                        self.send(Msg::Everything { ticket, rows });
                    }
                    Effect::Load(ticket, query) => {
                        let window = self.cut(&query);
                        self.send(Msg::Window { ticket, window });
                    }
                    other => rest.push(other),
                }
            }
        }
        self.effects = rest;
        self
    }

    /// The journal has this operation.
    pub(super) fn queued(&mut self, op: i64, summary: &str) -> &mut Self {
        self.event(Event::OpQueued { op: OpId(op), summary: SafeText::new(summary), undoable: true })
    }

    /// The ticket of the layout asked for last.
    pub(super) fn lay_ticket(&self) -> Ticket {
        self.model.reader.waiting.unwrap()
    }

    /// Answers the layout with this many lines, or with nothing in the cache.
    pub(super) fn lay(&mut self, lines: Option<usize>) -> &mut Self {
        let (ticket, message) = (self.lay_ticket(), self.open().unwrap());
        self.send(Msg::Laid { ticket, message: MessageId(message), laid: lines.map(laid), whole: true })
    }

    /// Rows of the reader's text.
    pub(super) fn page(&self) -> usize {
        usize::from(crate::app::geometry::reader_parts(&self.model).text.height)
    }

    pub(super) fn cursor(&self) -> Option<i64> {
        self.model.list.cursor.map(|key| key.id.0)
    }

    /// The message in the reader.
    pub(super) fn open(&self) -> Option<i64> {
        self.model.reader.message.as_ref().map(|row| row.id.0)
    }

    pub(super) fn toast(&self) -> &str {
        self.model.toast.as_ref().map_or("", |toast| toast.text.as_str())
    }

    pub(super) fn focus(&self) -> Pane {
        self.model.focus
    }

    /// Sets the flags of a stored message.
    pub(super) fn flag(&mut self, number: i64, system: u8) -> &mut Self {
        for row in self.stored.iter_mut().chain(&mut self.model.list.rows).filter(|row| row.id.0 == number) {
            row.flags.system = system;
        }
        self
    }
}

/// Protects the start with an empty cache: the first account's inbox is waited for while it may come, and no longer.
#[test]
fn the_first_account_is_waited_for() {
    let accounts = vec![account(1, "work"), account(2, "home")];
    let (mut model, _) = Model::new(accounts, options(), OpId(1), (80, 24));
    let second: Vec<FolderRow> = folders().into_iter().filter(|row| row.account == AccountId(2)).collect();
    let tell = |model: &mut Model, rows: &[FolderRow]| {
        let ticket = model.work.folders.waiting.unwrap();
        update(model, Msg::Folders { ticket, rows: rows.to_vec(), starred: 0, full: Vec::new(), marked: Vec::new() });
        model.list.source
    };
    assert_eq!(tell(&mut model, &second), None);
    let state = Connection::Offline { since: UnixTime(0), retry: None, reason: SafeText::new("no route") };
    update(&mut model, Msg::Sync(Event::Connection { account: AccountId(1), state }));
    assert_eq!(tell(&mut model, &second), Some(Source::Folder(FolderId(11))));
}

/// The first effects are the folders, then the first account's inbox: no command goes out before the folders are known.
#[test]
fn starts_in_the_first_inbox() {
    let (mut model, effects) = Model::new(vec![account(1, "work"), account(2, "home")], options(), OpId(1), (80, 24));
    assert!(matches!(effects[..], [Effect::Load(_, Query::Folders), Effect::Load(_, Query::Ops)]));
    let Effect::Load(ticket, _) = effects[0] else { panic!() };
    let effects =
        update(&mut model, Msg::Folders { ticket, rows: folders(), starred: 0, full: Vec::new(), marked: Vec::new() });
    assert!(matches!(
        &effects[..2],
        [
            Effect::Sync(Command::Open(INBOX)),
            Effect::Load(_, Query::Window { source: Source::Folder(INBOX), anchor: Anchor::Newest, reach: 150, .. })
        ]
    ));
    assert_eq!(model.list.source, Some(Source::Folder(INBOX)));
}

/// Flags of a starred, read message.
pub(super) const STARRED: u8 = FLAGGED | SEEN;

/// A screen too small to show anything does nothing blindly (UX.md, size classes); q and ctrl-c still end.
#[test]
fn tiny_does_nothing() {
    let mut screen = Screen::sized(5, (30, 8));
    screen.press("e d x j");
    assert_eq!(screen.take(), []);
    assert_eq!(screen.press("q").take(), [Effect::Quit]);
}

/// The title holds the unread count of all inboxes, and is set only when it changes (S7).
#[test]
fn title_changes_once() {
    let mut screen = Screen::new(3);
    assert_eq!(screen.model.work.title, Some(SafeText::new("posthaste (6)")));
    screen.event(Event::FoldersChanged(AccountId(1))).answer();
    assert!(!screen.take().iter().any(|effect| matches!(effect, Effect::Title(_))));
}

/// An idle screen asks for nothing at all, whatever the clock says (S7).
#[test]
fn idle_is_silent() {
    let mut screen = Screen::new(5);
    for second in 0..100 {
        screen.send(Msg::Now(Clock { now: UnixTime(NOW + second), offset: 0 }));
        screen.send(Msg::Focus(second % 2 == 0));
    }
    // Whether the config is another is asked of the disk alone, and only when the terminal gets the focus.
    let mut effects = screen.take();
    effects.retain(|effect| *effect != Effect::ReadConfig { asked: false });
    assert_eq!(effects, []);
}
