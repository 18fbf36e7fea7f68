//! Control sequences that lost their escape. Two escapes in one read are one escape key to the event reader, and so is one
//! that comes alone: what follows then comes as keys. A click right behind the escape key would archive and mute (TM17).

use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use crate::app::key::{Code, Key};

/// How long after the escape key, and after what begins a sequence, its next byte may come: no hand is that fast.
const NEXT: Duration = Duration::from_millis(50);
/// The same, where what came is no hand's.
const REST: Duration = Duration::from_millis(400);

/// What came behind the escape key and may be a sequence.
#[derive(Debug, Default)]
pub(super) struct Torn {
    /// When the last of it came.
    at: Option<Instant>,
    kept: String,
}

/// What a key is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// These: what was kept back, and the key.
    Keys(Vec<Key>),
    /// The end of a sequence that says this.
    Event(Event),
    /// The end of the mark before pasted text.
    Paste,
    /// Part of a sequence, or of what may be one.
    Nothing,
}

impl Torn {
    /// A key came.
    pub(super) fn take(&mut self, key: Key, now: Instant) -> Taken {
        let late = self.until().is_none_or(|until| now > until);
        let letter = key.text().filter(char::is_ascii);
        let Some(letter) = letter.filter(|letter| !late && (!self.kept.is_empty() || matches!(letter, '[' | 'O')))
        else {
            let mut keys = self.release();
            keys.push(key);
            self.at = (key == Key::plain(Code::Esc)).then_some(now);
            return Taken::Keys(keys);
        };
        self.kept.push(letter);
        self.at = Some(now);
        let read = read(&self.kept);
        match &read {
            Taken::Keys(_) => return Taken::Keys(self.release()),
            Taken::Event(_) | Taken::Paste => *self = Self::default(),
            Taken::Nothing if is_whole(&self.kept) => *self = Self::default(),
            Taken::Nothing => {}
        }
        read
    }

    /// Until when what was kept back waits for more.
    pub(super) fn until(&self) -> Option<Instant> {
        self.at.map(|at| at + if is_sure(&self.kept) { REST } else { NEXT })
    }

    /// Whether something is kept back.
    pub(super) fn is_waiting(&self) -> bool {
        !self.kept.is_empty()
    }

    /// No more came: these were keys after all. The head of what can only be a sequence is thrown away.
    pub(super) fn release(&mut self) -> Vec<Key> {
        let kept = std::mem::take(self).kept;
        if is_sure(&kept) {
            return Vec::new();
        }
        kept.chars().map(|letter| Key::plain(Code::Char(letter))).collect()
    }
}

/// Whether nobody types this within a moment after the escape key.
fn is_sure(kept: &str) -> bool {
    let rest = kept.strip_prefix('[').unwrap_or_default();
    let rest = rest.strip_prefix('<').unwrap_or(rest);
    rest.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '?' | 'M'))
}

fn is_parameter(letter: char) -> bool {
    letter.is_ascii_digit() || matches!(letter, ';' | ':' | '?' | '<')
}

/// Whether the sequence has its last byte.
fn is_whole(kept: &str) -> bool {
    match kept.strip_prefix('[') {
        // A report of the mouse in bytes: button, column, row.
        Some(rest) if rest.starts_with('M') => rest.len() == 4,
        Some(rest) if rest.starts_with('[') => rest.len() == 2,
        Some(rest) => !rest.is_empty() && !rest.ends_with(is_parameter),
        None => kept.len() > 1,
    }
}

/// What this is, without the escape before it.
fn read(kept: &str) -> Taken {
    let Some(rest) = kept.strip_prefix('[') else {
        // What keypads and function keys send in some modes (SS3).
        return match kept.strip_prefix('O') {
            Some("" | "M" | "P" | "Q" | "R" | "S") => Taken::Nothing,
            Some(rest) => key(rest),
            None => Taken::Keys(Vec::new()),
        };
    };
    match rest {
        "" | "<" | "[" => Taken::Nothing,
        "I" => Taken::Event(Event::FocusGained),
        "O" => Taken::Event(Event::FocusLost),
        "200~" => Taken::Paste,
        _ if rest.starts_with('<') && is_sure(kept) && is_whole(kept) => {
            report(rest).map_or(Taken::Nothing, Taken::Event)
        }
        _ if is_sure(kept) => Taken::Nothing,
        // The function keys of the Linux console.
        _ if rest.starts_with('[') && rest.ends_with(|last| ('A'..='E').contains(&last)) => Taken::Nothing,
        _ => key(rest),
    }
}

fn key(rest: &str) -> Taken {
    let code = match rest {
        "A" => KeyCode::Up,
        "B" => KeyCode::Down,
        "C" => KeyCode::Right,
        "D" => KeyCode::Left,
        "H" => KeyCode::Home,
        "F" => KeyCode::End,
        "Z" => KeyCode::BackTab,
        _ => return Taken::Keys(Vec::new()),
    };
    Taken::Event(Event::Key(code.into()))
}

/// What the mouse did: `<button;column;row` and `M`, or `m` when the button was let go (xterm's SGR 1006).
fn report(rest: &str) -> Option<Event> {
    let released = rest.ends_with('m');
    let mut numbers = rest.strip_prefix('<')?.strip_suffix(['M', 'm'])?.split(';').map(str::parse::<u16>);
    let mut number = || numbers.next()?.ok();
    let (button, column, row) = (number()?, number()?.checked_sub(1)?, number()?.checked_sub(1)?);
    let low = button % 4;
    let which = match low {
        0 => MouseButton::Left,
        1 => MouseButton::Middle,
        _ => MouseButton::Right,
    };
    let kind = match button {
        64.. if low == 0 => MouseEventKind::ScrollUp,
        64.. if low == 1 => MouseEventKind::ScrollDown,
        64.. => return None,
        _ if released => MouseEventKind::Up(which),
        _ if low == 3 => MouseEventKind::Moved,
        _ if button & 32 != 0 => MouseEventKind::Drag(which),
        _ => MouseEventKind::Down(which),
    };
    let modifiers = if button & 16 != 0 { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
    Some(Event::Mouse(MouseEvent { kind, column, row, modifiers }))
}
