//! Which frames write what.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use ratatui::layout::{Position, Rect};
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::QuietBackend;

#[derive(Clone, Default)]
struct Bytes(Rc<RefCell<Vec<u8>>>);

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// S7: a frame like the one before writes nothing; one with a new letter, or with the cursor elsewhere, writes that.
#[test]
fn a_frame_without_a_change_is_silent() {
    let viewport = Viewport::Fixed(Rect::new(0, 0, 20, 2));
    let bytes = Bytes::default();
    let mut terminal = Terminal::with_options(QuietBackend::new(bytes.clone()), TerminalOptions { viewport }).unwrap();
    let mut frame = |text: &str, x: u16| {
        terminal
            .draw(|frame| {
                frame.render_widget(text, frame.area());
                frame.set_cursor_position(Position::new(x, 0));
            })
            .unwrap();
        String::from_utf8(bytes.0.take()).unwrap()
    };
    let first = frame("hello", 1);
    assert!(first.starts_with("\u{1b}[?2026h") && first.ends_with("\u{1b}[?2026l"), "{first:?}");
    assert!(first.contains("hello"), "{first:?}");
    assert_eq!(frame("hello", 1), "");
    assert_eq!(frame("hello", 1), "");
    let moved = frame("hello", 3);
    assert!(moved.contains("\u{1b}[1;4H") && !moved.contains("hello"), "{moved:?}");
    assert!(frame("hallo", 3).contains('a'));
}
