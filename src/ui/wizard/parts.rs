//! Rows of the wizard and what they are made of.

use crate::app::msg::Press;
use crate::app::wizard::Field;
use crate::app::wizard::text::Text;
use crate::ui::columns;
use crate::ui::theme::Role;

use super::Face;

/// A row that is never taken away.
pub(super) const ALWAYS: u8 = 6;

/// Columns of the names of fields.
pub(super) const LABEL: u16 = 10;

/// How a part is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// In this role.
    Plain(Role),
    /// The same, bold.
    Bold(Role),
    /// As a button.
    Button,
}

/// A piece of a row.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) text: String,
    pub(super) ink: Ink,
    /// The column where it begins at the earliest, from the row's left edge.
    pub(super) column: u16,
    /// The field that it shows.
    pub(super) field: Option<Field>,
    /// Where the cursor stands in it while it is typed, in columns.
    pub(super) cursor: Option<u16>,
    /// What a click on it is for, where that is not the field.
    pub(super) press: Option<Press>,
}

/// A row.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) parts: Vec<Part>,
    /// How much it matters: those with the least go first where there is no room.
    pub(super) keep: u8,
    /// Whether it lies on the card.
    pub(super) card: bool,
}

impl Part {
    /// Text in a role.
    pub(super) fn new(text: impl Into<String>, role: Role) -> Self {
        Self { text: text.into(), ink: Ink::Plain(role), column: 0, field: None, cursor: None, press: None }
    }

    /// Bold text in a role.
    pub(super) fn bold(text: impl Into<String>, role: Role) -> Self {
        Self { ink: Ink::Bold(role), ..Self::new(text, role) }
    }

    /// A button.
    pub(super) fn button(text: impl Into<String>, field: Field) -> Self {
        Self { ink: Ink::Button, field: Some(field), ..Self::new(text, Role::Muted) }
    }

    /// A few values that are gone through.
    pub(super) fn choice(text: impl Into<String>, field: Field) -> Self {
        Self { field: Some(field), ..Self::new(text, Role::Fg) }
    }

    /// The same, not left of this column.
    pub(super) fn at(self, column: u16) -> Self {
        Self { column, ..self }
    }
}

impl Row {
    /// An empty row.
    pub(super) const fn blank() -> Self {
        Self { parts: Vec::new(), keep: 1, card: false }
    }

    /// A row that stays.
    pub(super) const fn of(parts: Vec<Part>) -> Self {
        Self { parts, keep: ALWAYS, card: false }
    }

    /// How much it matters.
    pub(super) fn keep(self, keep: u8) -> Self {
        Self { keep, ..self }
    }

    /// On the card.
    pub(super) fn card(self) -> Self {
        Self { card: true, ..self }
    }
}

impl Face<'_> {
    /// The name of a field before it.
    pub(super) fn label(&self, name: &str) -> Part {
        Part::new(if self.linear { format!("{name}:") } else { name.to_owned() }, Role::Faint)
    }

    /// A line that is typed. Where it is longer than the room, its part around the cursor.
    pub(super) fn line(&self, field: Field, placeholder: &str, room: u16) -> Part {
        let empty = Text::default();
        let text = self.wizard.texts.shown(field).unwrap_or(&empty);
        if text.text.is_empty() {
            return Part { field: Some(field), cursor: Some(0), ..Part::new(placeholder, Role::Faint).at(LABEL) };
        }
        let here = field == self.wizard.focus;
        let cursor = if here { text.cursor } else { 0 };
        let before: String = text.text.chars().take(cursor).collect();
        let before = columns::width(&before);
        let skip = (before + 2).saturating_sub(room);
        let shown: String = text
            .text
            .chars()
            .scan(0_u16, |at, c| {
                let column = *at;
                *at += columns::width(c.encode_utf8(&mut [0; 4]));
                Some((column, c))
            })
            .filter(|(column, _)| *column >= skip)
            .map(|(_, c)| c)
            .collect();
        let ink = if here { Ink::Bold(Role::Fg) } else { Ink::Plain(Role::Fg) };
        Part { ink, field: Some(field), cursor: Some(before - skip), ..Part::new(shown, Role::Fg).at(LABEL) }
    }

    /// A sentence, on as many rows as it needs.
    pub(super) fn wrapped(&self, sign: &str, text: &str, role: Role, keep: u8) -> Vec<Row> {
        let indent = if sign.is_empty() { 0 } else { columns::width(sign) + 1 };
        let lines = columns::wrap(text, self.width.saturating_sub(indent).max(10));
        let row = |(at, line): (usize, String)| {
            let lead =
                if at == 0 && !sign.is_empty() { vec![Part::bold(format!("{sign} "), role)] } else { Vec::new() };
            let line = Part::new(line, role).at(indent);
            Row::of(lead.into_iter().chain([line]).collect()).keep(keep)
        };
        lines.into_iter().enumerate().map(row).collect()
    }

    /// What is wrong, below the fields.
    pub(super) fn trouble(&self, rows: &mut Vec<Row>) {
        if let Some(trouble) = &self.wizard.trouble {
            rows.push(Row::blank());
            rows.extend(self.wrapped("!", trouble.as_str(), Role::Warn, ALWAYS));
        }
    }
}
