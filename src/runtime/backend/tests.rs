use ratatui::Terminal;
use ratatui::layout::{Position, Rect};
use ratatui::{TerminalOptions, Viewport};

use super::QuietBackend;

/// S7: a frame like the one before writes nothing; one with a new letter, or with the cursor elsewhere, writes that.
#[test]
fn a_frame_without_a_change_is_silent() {
    let viewport = Viewport::Fixed(Rect::new(0, 0, 20, 2));
    let mut terminal = Terminal::with_options(QuietBackend::new(Vec::new()), TerminalOptions { viewport }).unwrap();
    let mut frame = |text: &str, x: u16| {
        terminal
            .draw(|frame| {
                frame.render_widget(text, frame.area());
                frame.set_cursor_position(Position::new(x, 0));
            })
            .unwrap();
        let writer = &mut terminal.backend_mut().inner;
        std::mem::take(writer.writer_mut())
    };
    let first = String::from_utf8(frame("hello", 1)).unwrap();
    assert!(
        first.starts_with("\u{1b}[?2026h") && first.ends_with("\u{1b}[?2026l") && first.contains("hello"),
        "{first:?}"
    );
    assert_eq!(frame("hello", 1), b"");
    assert_eq!(frame("hello", 1), b"");
    let moved = String::from_utf8(frame("hello", 3)).unwrap();
    assert!(moved.contains("\u{1b}[1;4H") && !moved.contains("hello"), "{moved:?}");
    assert!(String::from_utf8(frame("hallo", 3)).unwrap().contains('a'));
}
