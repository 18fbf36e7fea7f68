//! Anything in any order: update never panics, and the cursor is on a row that is there.

use std::sync::Arc;

use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof};
use proptest::proptest;

use super::{Screen, folders, laid, message};
use crate::app::compose::order::News;
use crate::app::footer::hints;
use crate::app::geometry::reader_parts;
use crate::app::key::{Code, Key};
use crate::app::lines::{folder_lines, list_lines};
use crate::app::model::{Clock, Ticket};
use crate::app::msg::{Effect, Mouse, Msg, Query, Timer};
use crate::letter::LetterId;
use crate::mail::list::Window;
use crate::mail::{AccountId, FolderId, MessageId, UnixTime};
use crate::protocol::{Connection, Event, OpId};
use crate::safe_text::SafeText;

fn key() -> impl Strategy<Value = Msg> {
    let chars: Vec<char> = "jkhlGgiusdaetmnpxv*.zDCJKoHTUSWy?:wRrcq \\!1{/FBX23[]".chars().collect();
    let codes =
        vec![Code::Enter, Code::Esc, Code::Tab, Code::Home, Code::End, Code::PageDown, Code::PageUp, Code::Backspace];
    prop_oneof![
        8 => proptest::sample::select(chars).prop_map(|c| Msg::Key(Key::char(c))),
        3 => proptest::sample::select(codes).prop_map(|code| Msg::Key(Key::plain(code))),
        1 => proptest::sample::select(vec!['d', 'u', 'p', 'w', 'r', 'x', 's', 't', 'g', 'k', 'y', 'l', 'e'])
            .prop_map(|c| Msg::Key(Key { ctrl: true, ..Key::char(c) })),
    ]
}

fn event() -> impl Strategy<Value = Msg> {
    let (op, id) = (100..110_i64, 0..12_i64);
    let text = || SafeText::new("because");
    prop_oneof![
        id.clone().prop_map(|id| Event::FolderChanged(FolderId(id))),
        Just(Event::FoldersChanged(AccountId(1))),
        op.clone().prop_map(move |op| Event::OpQueued { op: OpId(op), summary: text(), undoable: op % 3 != 0 }),
        op.clone().prop_map(|op| Event::OpDone(OpId(op))),
        op.clone().prop_map(move |op| Event::OpFailed { op: OpId(op), reason: text(), kept: op % 2 == 0 }),
        op.prop_map(|op| Event::OpUndone(OpId(op))),
        id.clone().prop_map(|id| Event::BodyReady(MessageId(id))),
        id.prop_map(move |id| Event::BodyFailed { message: MessageId(id), reason: text() }),
        Just(Event::Connection { account: AccountId(1), state: Connection::SignInRefused { reason: text() } }),
        Just(Event::Connection { account: AccountId(2), state: Connection::Syncing }),
    ]
    .prop_map(Msg::Sync)
}

fn window() -> impl Strategy<Value = Window> {
    (proptest::collection::btree_set(0..400_i64, 0..40), any::<u16>(), any::<u16>()).prop_map(|(ids, first, total)| {
        Window {
            rows: ids.into_iter().map(message).collect(),
            first: u64::from(first % 300),
            total: u64::from(total % 500),
            messages: u64::from(total % 500),
            unread: 3,
        }
    })
}

/// `None` of the first stands for the ticket that is waited for.
fn msg() -> impl Strategy<Value = (bool, Msg)> {
    let ticket = Ticket(1);
    prop_oneof![
        10 => key().prop_map(|msg| (false, msg)),
        4 => event().prop_map(|msg| (false, msg)),
        4 => window().prop_map(move |window| (true, Msg::Window { ticket, window })),
        1 => (0..16_usize).prop_map(move |count| {
            (true, Msg::Folders { ticket, rows: folders().into_iter().take(count).collect(), starred: 1, full: Vec::new(), marked: Vec::new() })
        }),
        2 => (any::<bool>(), 0..80_usize).prop_map(move |(here, lines)| {
            (true, Msg::Laid { ticket, message: MessageId(0), laid: here.then(|| laid(lines)), whole: here })
        }),
        2 => (0..230_u16, 0..70_u16).prop_map(|(columns, rows)| (false, Msg::Viewport(columns, rows))),
        2 => (0..4_u8, 0..230_u16, 0..70_u16).prop_map(|(what, x, y)| {
            let what = [Mouse::Click, Mouse::DoubleClick, Mouse::WheelUp, Mouse::WheelDown][usize::from(what)];
            (false, Msg::Mouse(what, x, y))
        }),
        1 => any::<i64>().prop_map(|now| (false, Msg::Now(Clock { now: UnixTime(now), offset: 3600 }))),
        1 => (0..400_i64).prop_map(|id| (false, Msg::Timer(Timer::MarkSeen(MessageId(id))))),
        1 => (0..400_i64).prop_map(|id| (false, Msg::Timer(Timer::Rest(MessageId(id))))),
        1 => Just((false, Msg::Timer(Timer::Toast))),
        1 => Just((false, Msg::Timer(Timer::KeepLetter))),
        1 => Just((true, Msg::Letters(super::compose::begun_news(ticket)))),
        1 => (0..9_i64).prop_map(|id| (false, Msg::Letters(News::Kept(LetterId(id), UnixTime(0))))),
        1 => ".{0,12}".prop_map(|text| (false, Msg::Paste(text))),
        1 => Just((true, Msg::LoadFailed { ticket, reason: SafeText::new("no") })),
    ]
}

/// Puts the tickets that the screen waits for into answers.
fn aimed(screen: &Screen, msg: Msg) -> Msg {
    let model = &screen.model;
    match msg {
        Msg::Window { ticket, window } => Msg::Window { ticket: model.list.waiting.unwrap_or(ticket), window },
        Msg::Folders { ticket, rows, starred, full, marked } => {
            Msg::Folders { ticket: model.work.folders.waiting.unwrap_or(ticket), rows, starred, full, marked }
        }
        Msg::Laid { ticket, laid, whole, .. } => Msg::Laid {
            ticket: model.reader.waiting.unwrap_or(ticket),
            message: MessageId(screen.open().unwrap_or(0)),
            laid: laid.map(|laid| Arc::clone(&laid)),
            whole,
        },
        Msg::Letters(_) => {
            let ticket = model.letters.begun.keys().next().copied().unwrap_or(Ticket(0));
            Msg::Letters(super::compose::begun_news(ticket))
        }
        Msg::LoadFailed { ticket, reason } => Msg::LoadFailed { ticket: model.list.waiting.unwrap_or(ticket), reason },
        other => other,
    }
}

fn check(screen: &Screen) {
    let model = &screen.model;
    assert_eq!(
        model.list.cursor_index().is_some(),
        !model.list.rows.is_empty(),
        "the cursor is on a row that is there"
    );
    let area = crate::app::geometry::list_body(model);
    let lines = list_lines(model);
    assert!(lines.len() <= usize::from(area.height));
    let cursor = model.list.cursor_index();
    let has_room = area.height >= 4;
    let visible =
        lines.iter().any(|line| matches!(line, crate::app::lines::ListLine::Row(index, _) if Some(*index) == cursor));
    assert!(!has_room || cursor.is_none() || visible, "the cursor is visible");
    drop((hints(model), folder_lines(model), reader_parts(model)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever comes in whatever order: no panic, the cursor on a row that is there and visible, at most one window waited for.
    #[test]
    fn anything(msgs in proptest::collection::vec(msg(), 1..120)) {
        let mut screen = Screen::new(60);
        for (aim, msg) in msgs {
            let msg = if aim { aimed(&screen, msg) } else { msg };
            screen.send(msg);
            check(&screen);
        }
        screen.send(Msg::Viewport(80, 24));
        check(&screen);
    }

    /// While others add and remove messages, the cursor stays on its message as long as that is there.
    #[test]
    fn selection_is_stable(steps in proptest::collection::vec((0..60_i64, any::<bool>(), "[jk]{0,3}"), 1..60)) {
        let mut screen = Screen::new(40);
        for (number, add, keys) in steps {
            screen.type_text(&keys).answer();
            let before = screen.cursor();
            if !add {
                screen.stored.retain(|row| row.id != MessageId(number));
            } else if !screen.stored.iter().any(|row| row.id == MessageId(number)) {
                screen.stored.push(message(number));
                screen.stored.sort_by_key(|row| std::cmp::Reverse(row.key()));
            }
            screen.event(Event::FolderChanged(super::INBOX)).answer();
            let there = before.is_some_and(|id| screen.stored.iter().any(|row| row.id.0 == id));
            assert!(!there || screen.cursor() == before);
            check(&screen);
        }
    }
}

/// Two hundred sizes in a row: no panic, the cursor on its message, nothing asked of the engine (check 3 of UX.md).
#[test]
fn resize_storm() {
    let mut screen = Screen::new(100);
    screen.press("pgdn j enter").lay(Some(50));
    let before = screen.cursor();
    screen.take();
    for step in 0..200_u16 {
        screen.send(Msg::Viewport(step * 37 % 230, step * 23 % 70));
        check(&screen);
    }
    assert_eq!(screen.cursor(), before);
    let others = |effect: &Effect| !matches!(effect, Effect::Lay { .. } | Effect::Load(_, Query::Window { .. }));
    assert!(!screen.take().iter().any(others));
}
