//! Where the user moved the hairlines between the panes, for each size class of its own (UX.md, section 2), and how far
//! they can go: no pane gets lost.

use std::collections::BTreeMap;

/// The fewest columns of the folders, the list, the reader and the context column; fewer where they begin with fewer.
const FOLDERS: u16 = 12;
const LIST: u16 = 24;
const READER: u16 = 30;
const CONTEXT: u16 = 20;
/// The fewest rows of a list above the reader, and of the reader below it.
const ABOVE: u16 = 5;
const BELOW: u16 = 8;

/// Screens on which a hairline is where it was left; one for each way of dividing the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Split {
    /// Three panes below 100 columns, because the user wants them.
    Narrow,
    /// Three panes from 100 columns on.
    M,
    /// Three panes from 160 columns on.
    L,
    /// Three panes and the context column from 180 columns on.
    Xl,
    /// The list over the reader.
    Stacked,
}

/// A line that can be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Hairline {
    /// Right of the folders.
    Folders,
    /// Right of the list.
    List,
    /// Left of the context column.
    Context,
    /// The reader's rule below the list.
    Reader,
}

/// Where the hairlines are that were moved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dividers {
    /// Columns of the folders, of the list or of the context column, or rows of the list; as they were asked for, so that
    /// a smaller screen takes nothing from a larger one.
    pub moved: BTreeMap<(Split, Hairline), u16>,
}

/// Columns of the panes side by side; what is left is the reader's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    /// Of the folders.
    pub folders: u16,
    /// Of the list.
    pub list: u16,
    /// Of the context column; 0 without one.
    pub context: u16,
}

impl Split {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Narrow, Self::M, Self::L, Self::Xl, Self::Stacked];

    /// The one of three panes in so many columns.
    pub const fn of(width: u16) -> Self {
        match width {
            180.. => Self::Xl,
            160.. => Self::L,
            100.. => Self::M,
            _ => Self::Narrow,
        }
    }

    /// Its name in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Narrow => "narrow",
            Self::M => "m",
            Self::L => "l",
            Self::Xl => "xl",
            Self::Stacked => "stacked",
        }
    }

    /// Where the hairlines stand that were not moved.
    const fn columns(self, width: u16) -> Columns {
        match self {
            Self::Xl => Columns { folders: 24, list: 61, context: 29 },
            Self::L => Columns { folders: 21, list: 52, context: 0 },
            Self::M => Columns { folders: 21, list: 42, context: 0 },
            Self::Narrow | Self::Stacked => Columns { folders: 16, list: width.saturating_sub(18) * 2 / 5, context: 0 },
        }
    }
}

impl Hairline {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Folders, Self::List, Self::Context, Self::Reader];

    /// Its name in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Folders => "folders",
            Self::List => "list",
            Self::Context => "context",
            Self::Reader => "rows",
        }
    }
}

impl Columns {
    /// Columns of the hairlines.
    pub const fn lines(self) -> u16 {
        if self.context == 0 { 2 } else { 3 }
    }
}

impl Dividers {
    /// The panes side by side in so many columns.
    pub fn columns(&self, width: u16) -> Columns {
        let split = Split::of(width);
        let own = split.columns(width);
        let spare = width.saturating_sub(own.lines());
        let reader = READER.min(spare.saturating_sub(own.folders + own.list + own.context));
        let (folders, list, context) = (FOLDERS.min(own.folders), LIST.min(own.list), CONTEXT.min(own.context));
        // Whoever is asked first leaves the others their least.
        let context = self.kept(split, Hairline::Context, own.context, (context, spare - folders - list - reader));
        let context = if own.context == 0 { 0 } else { context };
        let folders = self.kept(split, Hairline::Folders, own.folders, (folders, spare - context - list - reader));
        let list = self.kept(split, Hairline::List, own.list, (list, spare - context - folders - reader));
        Columns { folders, list, context }
    }

    /// Rows of the list above the reader, of so many for both.
    pub fn above(&self, height: u16) -> u16 {
        let own = height * 2 / 5;
        let (least, below) = (ABOVE.min(own), BELOW.min(height - own));
        self.kept(Split::Stacked, Hairline::Reader, own, (least, height - below))
    }

    fn kept(&self, split: Split, line: Hairline, own: u16, (least, most): (u16, u16)) -> u16 {
        let wanted = self.moved.get(&(split, line)).copied().unwrap_or(own);
        wanted.min(most).max(least)
    }

    /// How large the pane beside this hairline is now, on a screen that is divided in this way; `whole` is its columns, or
    /// for the list over the reader the rows of both.
    pub fn size(&self, line: Hairline, whole: u16) -> u16 {
        match line {
            Hairline::Folders => self.columns(whole).folders,
            Hairline::List => self.columns(whole).list,
            Hairline::Context => self.columns(whole).context,
            Hairline::Reader => self.above(whole),
        }
    }

    /// Moves a hairline so that the pane beside it has this size, or as near to it as the other panes let it. False when
    /// nothing moved.
    pub fn set(&mut self, (split, line): (Split, Hairline), whole: u16, size: u16) -> bool {
        let before = self.size(line, whole);
        self.moved.insert((split, line), size);
        let after = self.size(line, whole);
        // What goes beyond the end would have to be taken back before the line moves again.
        self.moved.insert((split, line), after);
        after != before
    }

    /// Puts a hairline back where it was at first. False when it is there.
    pub fn reset(&mut self, split: Split, line: Hairline) -> bool {
        self.moved.remove(&(split, line)).is_some()
    }
}

#[cfg(test)]
mod tests;
