//! The terminal's events in the app's words.

use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind};

use crate::app::key::{Code, Key};
use crate::app::msg::{Mouse, Msg};

/// Two clicks on one spot within this time are a double click.
const DOUBLE: Duration = Duration::from_millis(400);

/// Keys that follow a paste this fast belong to it.
const PASTE_REST: Duration = Duration::from_millis(60);

/// Turns events into messages; remembers the last click and the last paste.
#[derive(Debug, Default)]
pub struct Input {
    last_click: Option<(Instant, u16, u16)>,
    last_paste: Option<Instant>,
}

impl Input {
    /// The message of an event, if it is one.
    pub fn message(&mut self, event: Event) -> Option<Msg> {
        match event {
            Event::Key(key) => translate(key).filter(|_| !self.in_paste()).map(Msg::Key),
            Event::Paste(text) => {
                self.last_paste = Some(Instant::now());
                Some(Msg::Paste(text))
            }
            Event::Resize(columns, rows) => Some(Msg::Viewport(columns, rows)),
            Event::FocusGained => Some(Msg::Focus(true)),
            Event::FocusLost => Some(Msg::Focus(false)),
            Event::Mouse(mouse) => {
                let what = match mouse.kind {
                    MouseEventKind::Down(MouseButton::Left) => self.click(mouse.column, mouse.row),
                    MouseEventKind::ScrollUp => Mouse::WheelUp,
                    MouseEventKind::ScrollDown => Mouse::WheelDown,
                    MouseEventKind::Down(_)
                    | MouseEventKind::Up(_)
                    | MouseEventKind::Drag(_)
                    | MouseEventKind::Moved
                    | MouseEventKind::ScrollLeft
                    | MouseEventKind::ScrollRight => return None,
                };
                Some(Msg::Mouse(what, mouse.column, mouse.row))
            }
        }
    }

    /// Whether keys that come now are the rest of a paste that carried its own end mark: no hand is that fast after one, and
    /// pasted text must never act (TM16).
    fn in_paste(&mut self) -> bool {
        let now = Instant::now();
        let rest = self.last_paste.is_some_and(|at| now.duration_since(at) < PASTE_REST);
        if rest {
            self.last_paste = Some(now);
        }
        rest
    }

    fn click(&mut self, column: u16, row: u16) -> Mouse {
        let now = Instant::now();
        let double =
            self.last_click.is_some_and(|(at, x, y)| (x, y) == (column, row) && now.duration_since(at) < DOUBLE);
        self.last_click = (!double).then_some((now, column, row));
        if double { Mouse::DoubleClick } else { Mouse::Click }
    }
}

/// A key press; `None` for releases and keys that no binding can name.
fn translate(event: KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let shift = event.modifiers.contains(KeyModifiers::SHIFT);
    let (code, shift) = match event.code {
        KeyCode::Char(c) => (Code::Char(c), false),
        KeyCode::BackTab => (Code::Tab, true),
        KeyCode::Tab => (Code::Tab, shift),
        KeyCode::Enter => (Code::Enter, shift),
        KeyCode::Esc => (Code::Esc, shift),
        KeyCode::Backspace => (Code::Backspace, shift),
        KeyCode::Delete => (Code::Delete, shift),
        KeyCode::Up => (Code::Up, shift),
        KeyCode::Down => (Code::Down, shift),
        KeyCode::Left => (Code::Left, shift),
        KeyCode::Right => (Code::Right, shift),
        KeyCode::Home => (Code::Home, shift),
        KeyCode::End => (Code::End, shift),
        KeyCode::PageUp => (Code::PageUp, shift),
        KeyCode::PageDown => (Code::PageDown, shift),
        KeyCode::Insert
        | KeyCode::F(_)
        | KeyCode::Null
        | KeyCode::CapsLock
        | KeyCode::ScrollLock
        | KeyCode::NumLock
        | KeyCode::PrintScreen
        | KeyCode::Pause
        | KeyCode::Menu
        | KeyCode::KeypadBegin
        | KeyCode::Media(_)
        | KeyCode::Modifier(_) => return None,
    };
    let alt = event.modifiers.contains(KeyModifiers::ALT);
    Some(Key { code, ctrl: event.modifiers.contains(KeyModifiers::CONTROL), alt, shift })
}
