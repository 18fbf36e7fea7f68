//! The mouse.

use super::{Screen, applied};
use crate::app::action::Id;
use crate::app::float;
use crate::app::geometry::{Area, list_body, panes};
use crate::app::lines::list_top;
use crate::app::model::{Layout, Overlay, Pane};
use crate::app::msg::{Effect, Mouse, Msg, Press};
use crate::mail::list::Source;

/// Click selects, double click opens (UX.md, rule 10).
#[test]
fn click_and_double_click() {
    let mut screen = Screen::new(30);
    let body = list_body(&screen.model);
    screen.send(Msg::Mouse(Mouse::Click, 10, body.y + 3));
    assert_eq!((screen.cursor(), screen.focus()), (Some(3), Pane::List));
    screen.send(Msg::Mouse(Mouse::DoubleClick, 10, body.y + 5));
    assert_eq!((screen.open(), screen.focus()), (Some(5), Pane::Reader));
}

/// A click on a head selects nothing new; a double click there opens nothing.
#[test]
fn click_on_a_head() {
    let mut screen = Screen::new(30);
    screen.press("j");
    let body = list_body(&screen.model);
    screen.send(Msg::Mouse(Mouse::DoubleClick, 10, body.y));
    assert_eq!((screen.cursor(), screen.focus()), (Some(2), Pane::List));
}

/// The wheel scrolls the pane under the pointer and leaves the focus where it is.
#[test]
fn wheel() {
    let mut screen = Screen::sized(100, (120, 40));
    screen.lay(Some(200));
    let reader = panes(&screen.model).reader.unwrap();
    screen.send(Msg::Mouse(Mouse::WheelDown, reader.x + 5, 20));
    assert_eq!((screen.model.reader.scroll, screen.focus()), (3, Pane::List));
    let list = panes(&screen.model).list.unwrap();
    screen.send(Msg::Mouse(Mouse::WheelDown, list.x + 5, 20));
    assert_eq!(list_top(&screen.model), 3);
    assert_eq!(screen.cursor(), Some(4), "the cursor stays visible");
    screen.send(Msg::Mouse(Mouse::WheelUp, list.x + 5, 20)).send(Msg::Mouse(Mouse::WheelUp, list.x + 5, 20));
    assert_eq!(list_top(&screen.model), 0);
}

/// A click on a folder opens it; a click on a hint of the footer runs it.
#[test]
fn folders_and_footer() {
    let mut screen = Screen::sized(10, (120, 40));
    let folders = panes(&screen.model).content(Pane::Folders);
    screen.send(Msg::Mouse(Mouse::Click, 3, folders.y + 2));
    assert_eq!(screen.model.list.source, Some(Source::Starred));
    screen.press("g i").answer();
    screen.take();
    screen.send(Msg::Press(Press::Run(Id::Archive)));
    assert_eq!(applied(&screen.take()).len(), 1);
    screen.send(Msg::Press(Press::Run(Id::Help)));
    assert!(matches!(screen.model.overlay, Some(Overlay::Help(_))));
}

/// A click beside what floats leads out of it and never reaches the panes below; one on a hit selects it.
#[test]
fn overlay_shields() {
    let mut screen = Screen::new(10);
    screen.press(":");
    let area = Area { x: 0, y: 0, width: 80, height: 23 };
    let list = float::palette(area).list;
    screen.send(Msg::Mouse(Mouse::Click, list.x + 3, list.y + 2));
    let Some(Overlay::Palette(picker)) = &screen.model.overlay else { panic!("the palette is open") };
    assert_eq!(picker.cursor, 2);
    let before = screen.cursor();
    screen.send(Msg::Mouse(Mouse::DoubleClick, 1, 20));
    assert!(screen.model.overlay.is_none());
    assert_eq!((screen.focus(), screen.cursor()), (Pane::List, before));
}

/// What was last asked to be kept of the hairlines: how many are moved.
fn kept(effects: &[Effect]) -> Vec<usize> {
    let moved = |effect: &Effect| match effect {
        Effect::KeepDividers(dividers) => Some(dividers.moved.len()),
        _ => None,
    };
    effects.iter().filter_map(moved).collect()
}

/// A hairline is dragged, kept when it is let go, and put back by a double click; a drag that began elsewhere moves none.
#[test]
fn hairlines_are_dragged() {
    let mut screen = Screen::sized(10, (120, 40));
    screen.lay(Some(50));
    let list = panes(&screen.model).list.unwrap();
    let line = list.x + list.width;
    screen.take();
    screen.send(Msg::Mouse(Mouse::Drag, line, 10));
    assert_eq!(panes(&screen.model).list, Some(list));
    screen.send(Msg::Mouse(Mouse::Click, line, 10)).send(Msg::Mouse(Mouse::Drag, line + 7, 12));
    assert_eq!(panes(&screen.model).list.unwrap().width, list.width + 7);
    let effects = screen.take();
    assert!(kept(&effects).is_empty());
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Lay { .. })), "the text is laid out anew");
    screen.send(Msg::Mouse(Mouse::Release, line + 7, 12)).send(Msg::Mouse(Mouse::Drag, line, 12));
    assert_eq!((kept(&screen.take()), panes(&screen.model).list.unwrap().width), (vec![1], list.width + 7));
    screen.send(Msg::Mouse(Mouse::DoubleClick, line + 7, 10));
    assert_eq!((kept(&screen.take()), panes(&screen.model).list), (vec![0], Some(list)));
    assert_eq!(screen.focus(), Pane::List);
}

/// The keys move the hairline of the pane that has them: between list and reader, right of the folders, above the reader; and
/// say so at its end, and where there is none.
#[test]
fn hairlines_by_keys() {
    let mut screen = Screen::sized(10, (120, 40));
    let width =
        |screen: &Screen| (panes(&screen.model).folders.unwrap().width, panes(&screen.model).list.unwrap().width);
    let (folders, list) = width(&screen);
    screen.press(">");
    assert_eq!((kept(&screen.take()), width(&screen)), (vec![1], (folders, list + 4)));
    screen.press("<").press("<");
    assert_eq!(width(&screen), (folders, list - 4));
    screen.press("h").press(">");
    assert_eq!((screen.focus(), width(&screen)), (Pane::Folders, (folders + 4, list - 4)));
    screen.press("3").press("0").press("<");
    assert_eq!(width(&screen).0, 12);
    screen.press("esc");
    screen.model.options.layout = Layout::Stacked;
    let rows = |screen: &Screen| panes(&screen.model).list.unwrap().height;
    let before = rows(&screen);
    screen.press(">");
    assert_eq!(rows(&screen), before + 2);
    let rule = panes(&screen.model).reader.unwrap().y;
    screen.send(Msg::Mouse(Mouse::Click, 30, rule)).send(Msg::Mouse(Mouse::Drag, 30, rule - 4));
    assert_eq!(rows(&screen), before - 2);
    screen.take();
    let mut screen = Screen::new(10);
    screen.press(">");
    assert!(screen.model.toast.unwrap().text.as_str().contains("one pane"));
}

/// Ctrl and a click mark, and so does a click on the signs; twice takes the mark back and opens nothing.
#[test]
fn marks_by_the_mouse() {
    let mut screen = Screen::new(30);
    let body = list_body(&screen.model);
    screen.send(Msg::Mouse(Mouse::CtrlClick, 20, body.y + 3)).send(Msg::Mouse(Mouse::Click, 1, body.y + 5));
    assert_eq!((screen.model.list.marks.len(), screen.cursor()), (2, Some(5)));
    screen.send(Msg::Mouse(Mouse::DoubleClick, 1, body.y + 5));
    assert_eq!((screen.model.list.marks.len(), screen.focus()), (1, Pane::List));
    screen.send(Msg::Mouse(Mouse::CtrlClick, 20, body.y));
    assert_eq!(screen.model.list.marks.len(), 1, "a head is no message");
}

/// What the screen shows to click does what its keys would: a tab opens over whatever floats, a sign folds, the rest of a
/// sequence ends it.
#[test]
fn clicks_on_signs() {
    let mut screen = Screen::sized(10, (120, 40));
    screen.press("w");
    screen.send(Msg::Press(Press::Open(Source::Starred)));
    assert_eq!((screen.model.overlay.is_none(), screen.model.list.source), (true, Some(Source::Starred)));
    screen.send(Msg::Press(Press::FoldFolder(super::PROJECTS)));
    assert!(screen.model.folders.folded.contains(&super::PROJECTS));
    screen.send(Msg::Press(Press::FoldFolder(super::PROJECTS)));
    assert!(screen.model.folders.folded.is_empty());
    screen.press("g").send(Msg::Press(Press::Keys("a".to_owned())));
    assert_eq!((screen.model.prefix.is_none(), screen.model.list.source), (true, Some(Source::Folder(super::ARCHIVE))));
}
