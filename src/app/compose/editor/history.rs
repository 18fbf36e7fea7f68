//! What was done to a text, so that it can be taken back: each change with what it removed, words in one step.

use super::Spot;

/// How many changes are remembered.
const MOST: usize = 2000;
/// Bytes of text that they may hold, besides the latest.
const MOST_BYTES: usize = 16 << 20;

/// A change: at a place one text went and another came.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) at: Spot,
    pub(super) removed: String,
    pub(super) inserted: String,
    /// Where the cursor was before, and after.
    pub(super) before: Spot,
    pub(super) after: Spot,
}

/// What kind of change it is: those that go on are one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters of a word, and the blanks behind it.
    Typing,
    /// Backwards, letter by letter.
    Erasing,
    /// A step of its own.
    Other,
}

/// What was done, and what was taken back.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    done: Vec<Change>,
    undone: Vec<Change>,
    /// What the last change may go on as.
    open: Option<Kind>,
    bytes: usize,
}

/// Where a text ends that begins here.
pub(super) fn end_of(at: Spot, text: &str) -> Spot {
    match text.rsplit_once('\n') {
        None => Spot { line: at.line, byte: at.byte + text.len() },
        Some((_, last)) => Spot { line: at.line + text.matches('\n').count(), byte: last.len() },
    }
}

impl Change {
    const fn size(&self) -> usize {
        self.removed.len() + self.inserted.len()
    }
}

impl History {
    /// Something was done; what was taken back before stays so.
    pub(super) fn push(&mut self, change: Change, kind: Kind) {
        self.undone.clear();
        self.bytes += change.size();
        let goes_on = self.open == Some(kind);
        self.open = (kind != Kind::Other).then_some(kind);
        match self.done.last_mut().filter(|_| goes_on) {
            Some(last)
                if kind == Kind::Typing
                    && end_of(last.at, &last.inserted) == change.at
                    && change.removed.is_empty() =>
            {
                let new_word = last.inserted.ends_with(char::is_whitespace)
                    && change.inserted.starts_with(|c: char| !c.is_whitespace());
                if !new_word {
                    last.inserted.push_str(&change.inserted);
                    last.after = change.after;
                    return;
                }
            }
            Some(last) if kind == Kind::Erasing && change.after == change.at && last.at == change.before => {
                last.removed.insert_str(0, &change.removed);
                (last.at, last.after) = (change.at, change.after);
                return;
            }
            Some(_) | None => {}
        }
        self.done.push(change);
        while self.done.len() > MOST || (self.bytes > MOST_BYTES && self.done.len() > 1) {
            let oldest = self.done.remove(0);
            self.bytes = self.bytes.saturating_sub(oldest.size());
        }
    }

    /// What is done next is a step of its own.
    pub(super) const fn close(&mut self) {
        self.open = None;
    }

    /// The change that is taken back now.
    pub(super) fn back(&mut self) -> Option<Change> {
        self.close();
        let change = self.done.pop()?;
        self.bytes = self.bytes.saturating_sub(change.size());
        self.undone.push(change.clone());
        Some(change)
    }

    /// The change that is made again now.
    pub(super) fn again(&mut self) -> Option<Change> {
        self.close();
        let change = self.undone.pop()?;
        self.bytes += change.size();
        self.done.push(change.clone());
        Some(change)
    }
}
