//! Frames with pictures: what is written, and what is left behind.

use ratatui::layout::Position;
use ratatui::style::Color;
use rstest::rstest;

use super::*;
use crate::runtime::pictures::Protocol;
use crate::runtime::pictures::tests::encoded;

fn buffer() -> Buffer {
    Buffer::filled(Rect::new(0, 0, 10, 8), ratatui::buffer::Cell::new("t"))
}

/// Which cells are not text any more.
fn drawn(buf: &Buffer) -> Vec<Position> {
    buf.area.positions().filter(|position| buf[*position].symbol() != "t").collect()
}

/// Protects popups: no protocol draws where something lies over the picture, or beyond its visible part.
#[rstest]
#[case(Protocol::Kitty)]
#[case(Protocol::Iterm2)]
#[case(Protocol::Sixel)]
#[case(Protocol::Blocks)]
fn only_what_is_seen_is_drawn(#[case] protocol: Protocol) {
    let (picture, mut buf, mut stage) = (encoded(protocol), buffer(), Stage::new());
    let popup = Rect::new(2, 2, 3, 3);
    stage.draw(&picture, Rect::new(1, 1, 9, 9), 1, &[popup], &mut buf);
    let seen: Vec<_> = Rect::new(1, 1, 4, 2).positions().filter(|position| !popup.contains(*position)).collect();
    assert_eq!(drawn(&buf), seen, "four columns and three rows, of which one is scrolled off");
    assert!(stage.overlay().is_empty(), "what is partly hidden is painted over nothing");
}

/// Protects scrolling in kitty: the row that is seen first is the one behind those scrolled off.
#[test]
fn skipped_rows_are_above() {
    let (picture, mut buf, mut stage) = (encoded(Protocol::Kitty), buffer(), Stage::new());
    stage.draw(&picture, Rect::new(0, 0, 4, 2), 1, &[], &mut buf);
    assert_eq!(buf[(0, 0)].symbol(), "\u{10EEEE}\u{30D}\u{305}");
    assert_eq!(buf[(0, 1)].symbol(), "\u{10EEEE}\u{30E}\u{305}");
}

/// Protects the text around overlays: painted once, where it is whole, over cells that no text equals; hidden in part
/// it becomes half blocks; seen again it is painted again.
#[rstest]
#[case(Protocol::Iterm2)]
#[case(Protocol::Sixel)]
fn an_overlay_is_painted_when_it_changes(#[case] protocol: Protocol) {
    let (picture, mut stage) = (encoded(protocol), Stage::new());
    let mut frame = |area: Rect, covered: &[Rect]| {
        let mut buf = buffer();
        stage.draw(&picture, area, 0, covered, &mut buf);
        (stage.overlay(), buf)
    };
    let area = Rect::new(1, 1, 4, 3);
    let (painted, buf) = frame(area, &[]);
    assert!(painted.starts_with(b"\x1b7\x1b[2;2H\x1b") && painted.ends_with(b"\x1b8"));
    assert_eq!(buf[(1, 1)].symbol(), " ");
    assert!(buf[(1, 1)].modifier.contains(Modifier::HIDDEN) && buf[(1, 1)].fg != Color::Reset);
    assert!(frame(area, &[]).0.is_empty(), "it is there already");
    let (painted, buf) = frame(area, &[Rect::new(4, 3, 5, 5)]);
    assert!(painted.is_empty());
    assert_eq!(buf[(1, 1)].symbol(), "▀");
    assert!(!frame(area, &[]).0.is_empty(), "the popup took it away");
    assert!(!frame(Rect { y: 2, ..area }, &[]).0.is_empty(), "it moved");
    assert!(frame(Rect { y: 5, ..area }, &[]).0.is_empty(), "on the last row it would scroll the screen");
    let (first, _) = frame(area, &[]);
    stage.cleared();
    let mut buf = buffer();
    stage.draw(&picture, area, 0, &[], &mut buf);
    assert_eq!(stage.overlay(), first, "a cleared screen has lost it");
}

/// Protects the line to the terminal: a picture goes over it once, and again only when the terminal forgot it.
#[test]
fn a_picture_is_sent_once() {
    let (picture, mut stage) = (encoded(Protocol::Kitty), Stage::new());
    assert_eq!(stage.transmit(&picture), picture.transmit());
    assert_eq!(stage.transmit(&picture), None);
    assert_eq!(stage.forget(), kitty::delete(picture.id, false));
    assert!(stage.transmit(&picture).is_some());
    assert_eq!(Stage::new().transmit(&encoded(Protocol::Sixel)), None);
}

/// Protects the terminal's memory: of very many pictures the one longest unused goes, not the one on the screen.
#[test]
fn the_terminal_keeps_so_many() {
    let (shown, mut stage) = (encoded(Protocol::Kitty), Stage::new());
    stage.transmit(&shown);
    let old = encoded(Protocol::Kitty);
    stage.transmit(&old);
    for number in 2..MAX_SENT {
        let mut other = (*shown).clone();
        other.id = u32::try_from(number).unwrap();
        stage.transmit(&other);
    }
    stage.transmit(&shown);
    let sent = stage.transmit(&encoded(Protocol::Kitty)).unwrap();
    assert!(sent.starts_with(&kitty::delete(old.id, false)));
    assert_eq!(stage.transmit(&shown), None);
}
