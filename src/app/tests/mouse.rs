//! The mouse.

use super::{Screen, applied};
use crate::app::float;
use crate::app::footer::hints;
use crate::app::geometry::{Area, list_body, panes};
use crate::app::lines::list_top;
use crate::app::model::{Overlay, Pane};
use crate::app::msg::{Mouse, Msg};
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
    let archive = hints(&screen.model).into_iter().find(|hint| hint.word == "archive").unwrap();
    screen.send(Msg::Mouse(Mouse::Click, archive.x, 39));
    assert_eq!(applied(&screen.take()).len(), 1);
    screen.send(Msg::Mouse(Mouse::Click, 119 - 2, 39));
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
