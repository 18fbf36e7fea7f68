//! The terminal's events in the app's words.

mod torn;

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use crate::app::key::{Code, Key};
use crate::app::msg::{Mouse, Msg};
use crate::runtime::input::torn::{Taken, Torn};

/// Two clicks on one spot within this time are a double click.
const DOUBLE: Duration = Duration::from_millis(400);

/// Keys that follow a paste this fast belong to it.
const PASTE_REST: Duration = Duration::from_millis(60);

/// The same of a paste whose begin was torn: its end is not told, and its pieces may come with pauses.
const TORN_PASTE_REST: Duration = Duration::from_millis(500);

/// Turns events into messages; remembers the last click and the last paste.
#[derive(Debug)]
pub struct Input {
    last_click: Option<(Instant, u16, u16)>,
    /// When a paste came, and how fast keys follow that belong to it.
    last_paste: Option<(Instant, Duration)>,
    torn: Torn,
    /// When the terminal was last asked something.
    asked: Instant,
    answer: Answer,
}

/// How far an answer of the terminal is that comes as keys: late, or a byte at a time, its first bytes pass for the escape
/// key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// None comes.
    No,
    /// The escape key was pressed, or an answer begins.
    Escape(Instant),
    /// A control sequence: it ends with a letter.
    Sequence(Instant),
    /// A string: it ends with a bell, or an escape and a backslash.
    Text(Instant),
    /// A string in which an escape came.
    TextEscape(Instant),
}

/// How long after the terminal was asked its answer may still come.
const ANSWERS: Duration = Duration::from_secs(10);
/// How long after a byte of an answer the next one may come.
const ANSWER_REST: Duration = Duration::from_millis(400);

impl Default for Input {
    fn default() -> Self {
        Self { last_click: None, last_paste: None, torn: Torn::default(), asked: Instant::now(), answer: Answer::No }
    }
}

impl Input {
    /// The messages of an event: one, if it is one; more where keys were kept back before it.
    pub fn messages(&mut self, event: Event) -> Vec<Msg> {
        let msg = match event {
            Event::Key(key) => {
                let Some(key) = translate(key).filter(|_| !self.in_paste()) else { return Vec::new() };
                return match self.torn.take(key, Instant::now()) {
                    Taken::Keys(keys) => self.pressed(keys),
                    Taken::Event(event) => self.messages(event),
                    Taken::Paste => {
                        self.last_paste = Some((Instant::now(), TORN_PASTE_REST));
                        Vec::new()
                    }
                    Taken::Nothing => Vec::new(),
                };
            }
            Event::Paste(text) => {
                self.last_paste = Some((Instant::now(), PASTE_REST));
                Msg::Paste(text)
            }
            Event::Resize(columns, rows) => Msg::Viewport(columns, rows),
            Event::FocusGained => Msg::Focus(true),
            Event::FocusLost => Msg::Focus(false),
            Event::Mouse(mouse) => match self.mouse(mouse) {
                Some(what) => Msg::Mouse(what, mouse.column, mouse.row),
                None => return Vec::new(),
            },
        };
        vec![msg]
    }

    /// Until when keys are kept back that may begin a torn sequence; `None` when there are none.
    pub fn until(&self) -> Option<Instant> {
        self.torn.until().filter(|_| self.torn.is_waiting())
    }

    /// Nothing more came: what was kept back.
    pub fn release(&mut self) -> Vec<Msg> {
        let keys = self.torn.release();
        self.pressed(keys)
    }

    fn pressed(&mut self, keys: Vec<Key>) -> Vec<Msg> {
        keys.into_iter().filter(|key| !self.is_answer(*key)).map(Msg::Key).collect()
    }

    fn mouse(&mut self, mouse: MouseEvent) -> Option<Mouse> {
        Some(match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) if mouse.modifiers.contains(KeyModifiers::CONTROL) => {
                Mouse::CtrlClick
            }
            MouseEventKind::Down(MouseButton::Left) => self.click(mouse.column, mouse.row),
            MouseEventKind::Drag(MouseButton::Left) => Mouse::Drag,
            MouseEventKind::Up(MouseButton::Left) => Mouse::Release,
            MouseEventKind::ScrollUp => Mouse::WheelUp,
            MouseEventKind::ScrollDown => Mouse::WheelDown,
            MouseEventKind::Down(_)
            | MouseEventKind::Up(_)
            | MouseEventKind::Drag(_)
            | MouseEventKind::Moved
            | MouseEventKind::ScrollLeft
            | MouseEventKind::ScrollRight => return None,
        })
    }

    /// Whether keys that come now are the rest of a paste that carried its own end mark: no hand is that fast after one, and
    /// pasted text must never act (TM16).
    fn in_paste(&mut self) -> bool {
        let now = Instant::now();
        self.last_paste =
            self.last_paste.filter(|(at, rest)| now.duration_since(*at) < *rest).map(|(_, rest)| (now, rest));
        self.last_paste.is_some()
    }

    /// Whether a key is a byte of an answer of the terminal (TM17). Only for a while after it was asked: a hand that presses
    /// escape and a bracket later means both.
    fn is_answer(&mut self, key: Key) -> bool {
        let now = Instant::now();
        if now.duration_since(self.asked) > ANSWERS {
            return false;
        }
        let fresh = |at: Instant| now.duration_since(at) < ANSWER_REST;
        let opens = |c: char| match c {
            '[' => Answer::Sequence(now),
            ']' | 'P' | '_' | '^' => Answer::Text(now),
            _ => Answer::No,
        };
        let letter = if let Code::Char(c) = key.code { Some(c) } else { None };
        let (next, is_answer) = match (self.answer, letter) {
            // The event reader takes an escape and what follows at once for a key with Alt.
            (Answer::No | Answer::Sequence(_), Some(c)) if key.alt && opens(c) != Answer::No => (opens(c), true),
            (Answer::Escape(at), Some(c)) if fresh(at) && opens(c) != Answer::No => (opens(c), true),
            (Answer::Sequence(at), Some(c)) if fresh(at) => {
                let goes_on = c.is_ascii_digit() || matches!(c, ';' | '?' | '>' | '=' | ':' | '<');
                (if goes_on { Answer::Sequence(now) } else { Answer::No }, true)
            }
            (Answer::Text(at), Some(c)) if fresh(at) => {
                let ends = key.alt && c == '\\' || key.ctrl && c == 'g';
                (if ends { Answer::No } else { Answer::Text(now) }, true)
            }
            (Answer::Text(at), None) if fresh(at) && key.code == Code::Esc => (Answer::TextEscape(now), true),
            (Answer::TextEscape(at), Some(c)) if fresh(at) => {
                (if c == '\\' { Answer::No } else { Answer::Text(now) }, true)
            }
            (_, None) if key.code == Code::Esc => (Answer::Escape(now), false),
            _ => (Answer::No, false),
        };
        self.answer = next;
        is_answer
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
pub fn translate(event: KeyEvent) -> Option<Key> {
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
