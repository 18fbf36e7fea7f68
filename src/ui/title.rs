//! The rule above a pane: its name, what there is to say about it, and how it is sorted.

use crate::ui::columns;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;

/// What a title rule says.
#[derive(Debug, Clone, Copy)]
pub struct Title<'a> {
    /// The pane's name.
    pub name: &'a str,
    /// What follows the name: "12 unread of 4 821".
    pub about: &'a str,
    /// What stands at the right, left out when there is no room.
    pub right: &'a str,
    /// The colour of what stands at the right.
    pub right_role: Role,
    /// Whether the pane has the keys.
    pub focus: Focus,
}

/// Whether a pane has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// It has.
    Here,
    /// Another one has.
    Elsewhere,
}

impl Focus {
    /// The focus of a pane for which this holds.
    pub const fn when(here: bool) -> Self {
        if here { Self::Here } else { Self::Elsewhere }
    }
}

/// Draws the rule from column `x` up to but not including `end`.
pub fn draw(title: &Title<'_>, pen: &mut Pen<'_>, x: u16, end: u16, y: u16) {
    pen.hline(x, end, y);
    let name = match title.focus {
        Focus::Here => pen.bold(Role::Accent),
        Focus::Elsewhere => pen.bold(Role::Muted),
    };
    let muted = pen.style(Role::Muted);
    let stop = end.saturating_sub(2);
    let mut at = x + 1;
    if !title.name.is_empty() {
        at = pen.put_all(at, y, stop, &[(" ", name), (title.name, name), (" ", name)]);
        if !title.about.is_empty() && at + 4 < stop {
            at = pen.put_all(at, y, stop, &[(title.about, muted), (" ", muted)]);
        }
    }
    let wide = columns::width(title.right);
    if wide > 0 && at + wide + 4 <= end {
        let style = pen.style(title.right_role);
        pen.put_right(at, end.saturating_sub(1), y, &format!(" {} ", title.right), style);
    }
}
