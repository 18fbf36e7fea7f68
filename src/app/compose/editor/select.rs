//! What is selected of a text: from where it began to the cursor. What is typed takes its place; a step without it ends it.

use super::history::Kind;
use super::{Editor, Move, Spot};

impl Editor {
    /// Steps, and selects what is stepped over.
    pub fn select(&mut self, step: Move) {
        let anchor = self.anchor.unwrap_or(self.cursor);
        self.step(step);
        self.anchor = Some(anchor).filter(|anchor| *anchor != self.cursor);
    }

    /// Nothing is selected any more; false where nothing was.
    pub const fn deselect(&mut self) -> bool {
        self.anchor.take().is_some()
    }

    /// Where what is selected begins and ends.
    pub fn selection(&self) -> Option<(Spot, Spot)> {
        self.anchor.map(|anchor| (anchor.min(self.cursor), anchor.max(self.cursor)))
    }

    /// Keeps what is selected to be put in elsewhere; gives it.
    pub fn copy(&mut self) -> Option<String> {
        let (from, to) = self.selection()?;
        self.killed = self.between(from, to);
        self.killing = false;
        Some(self.killed.clone())
    }

    /// As [`Editor::copy`], and takes it away.
    pub fn cut(&mut self) {
        if self.copy().is_some() {
            self.erase_selected();
        }
    }

    /// Takes away what is selected; false where nothing is.
    pub(super) fn erase_selected(&mut self) -> bool {
        let Some((from, to)) = self.selection() else { return false };
        self.change(from, to, "", Kind::Other);
        true
    }
}
