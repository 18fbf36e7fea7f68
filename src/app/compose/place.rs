//! Where the parts of a letter lie, and what is said above the footer: shared by drawing, scrolling and the mouse.

use unicode_width::UnicodeWidthStr;

use super::{Field, Open};
use crate::app::action::{Context, Id};
use crate::app::compose::Tool;
use crate::app::footer::shown_key;
use crate::app::geometry::{Area, panes};
use crate::app::model::Model;
use crate::compose::checks::{Kind, Weight};

/// Columns of a letter at most: a wider screen has margins.
const WIDE: u16 = 100;
/// Columns of prose at most.
const MEASURE: u16 = 76;
/// Columns of the names of fields.
pub const LABEL: u16 = 9;
/// Rows from which on there is air between the parts.
const AIRY: u16 = 18;
/// Rows of a list below a field.
const LIST: u16 = 8;

/// Where everything lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The row of the title.
    pub title: u16,
    /// The column of the letter with its margins taken off, and its width.
    pub column: (u16, u16),
    /// The fields that are seen, a row each.
    pub fields: Vec<(Field, u16)>,
    /// The row of the rule below them.
    pub rule: u16,
    /// The text.
    pub body: Area,
    /// What is said above the footer, over the whole width.
    pub notes: Area,
    /// The notes of each of its rows.
    pub said: Vec<Vec<Note>>,
}

/// A sentence above the footer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The sentence.
    pub words: String,
    /// How it is meant.
    pub tone: Tone,
}

/// How a sentence is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// It waits for an answer.
    Question,
    /// It must be mended.
    Error,
    /// It should be looked at.
    Warn,
    /// It is as it should be.
    Good,
    /// To be known.
    Tell,
}

/// Everything that is said of a letter, the weightiest first.
pub fn notes(model: &Model, open: &Open) -> Vec<Note> {
    let mut notes = Vec::new();
    if let Some(path) = open.dropped.as_ref().and_then(|dropped| dropped.path.as_deref()) {
        let name = path.rsplit('/').next().unwrap_or(path);
        let words = format!("Attach {name}? enter attaches it, esc pastes it as text");
        notes.push(Note { words, tone: Tone::Question });
    }
    let asks = open.asked && open.obstacle().is_some();
    if asks {
        let key = model.keymap.key_of(Context::Compose, Id::Tool(Tool::Send)).map_or_else(String::new, shown_key);
        let words = format!("Press {key} again to send all the same");
        notes.push(Note { words, tone: Tone::Question });
    }
    // How many they are is said once.
    let many = open.said().any(|check| check.kind == Kind::Many);
    for check in open.said().filter(|check| !many || check.kind != Kind::People) {
        let tone = match (check.weight, check.kind) {
            (Weight::Blocks, _) => Tone::Error,
            (Weight::Asks, _) | (Weight::Tells, Kind::People) => Tone::Warn,
            (Weight::Tells, Kind::Attached) => Tone::Good,
            (Weight::Tells, _) => Tone::Tell,
        };
        notes.push(Note { words: format!("{}.", check.words), tone });
    }
    notes.extend(open.hints.iter().map(|hint| Note { words: format!("{hint}."), tone: Tone::Tell }));
    notes
}

/// The notes in rows of so many columns; what finds no room is left out.
fn packed(notes: Vec<Note>, width: u16, most: usize) -> Vec<Vec<Note>> {
    let mut rows: Vec<(usize, Vec<Note>)> = Vec::new();
    for note in notes {
        let wide = note.words.width();
        let more = rows.len() < most;
        match rows.last_mut().filter(|(taken, _)| taken + 2 + wide <= usize::from(width)) {
            Some((taken, row)) => {
                *taken += 2 + wide;
                row.push(note);
            }
            None if more => rows.push((wide, vec![note])),
            None => break,
        }
    }
    rows.into_iter().map(|(_, row)| row).collect()
}

/// Where the parts of this letter lie.
pub fn places(model: &Model, open: &Open) -> Places {
    let panes = panes(model);
    let (width, top, bottom) = (panes.footer.width, panes.top_bar.height, panes.footer.y);
    let height = bottom.saturating_sub(top);
    let air = u16::from(height >= AIRY && !model.options.face.is_linear());
    let wide = width.min(WIDE);
    let margin = match width {
        _ if model.options.face.is_linear() => 0,
        60.. => 3,
        _ => 1,
    };
    let column = ((width - wide) / 2 + margin, wide.saturating_sub(2 * margin));
    let said = packed(notes(model, open), column.1, if height >= AIRY { 3 } else { 1 });
    let note_rows = u16::try_from(said.len()).unwrap_or(0);
    let notes_y = bottom.saturating_sub(note_rows + air);
    let notes = Area { x: 0, y: notes_y, width, height: note_rows };
    let first = top + 1 + air;
    let fields: Vec<Field> =
        open.fields(0).into_iter().filter(|field| !matches!(field, Field::From | Field::Body)).collect();
    // Half of a low screen stays for the text.
    let room = usize::from((notes_y.saturating_sub(first + 1) / 2).max(1));
    let here = fields.iter().position(|field| *field == open.field).unwrap_or(0);
    let skip = if fields.len() > room { (here + 1).saturating_sub(room).min(fields.len() - room) } else { 0 };
    let fields: Vec<(Field, u16)> = fields.into_iter().skip(skip).take(room).zip(first..).collect();
    let rule = first + u16::try_from(fields.len()).unwrap_or(0);
    let body_y = (rule + 1 + air).min(notes_y);
    // A row of air between the text and what is said.
    let end = if note_rows > 0 { notes_y.saturating_sub(air) } else { notes_y };
    let body = Area { x: column.0, y: body_y, width: column.1.min(MEASURE), height: end.saturating_sub(body_y) };
    Places { title: top, column, fields, rule, body, notes, said }
}

impl Places {
    /// The row of a field, where it is seen.
    pub fn row_of(&self, field: Field) -> Option<u16> {
        self.fields.iter().find(|(seen, _)| *seen == field).map(|(_, row)| *row)
    }

    /// Where the list below the focused field lies, its box included.
    pub fn list(&self, open: &Open, footer: u16) -> Option<Area> {
        let rows = open.completion.as_ref().map(|completion| u16::try_from(completion.offers.len()).unwrap_or(LIST))?;
        let y = self.row_of(open.field)? + 1;
        let height = (rows.clamp(1, LIST) + 2).min(footer.saturating_sub(y));
        let (x, width) = self.column;
        let indent = if width >= 40 { LABEL.saturating_sub(2) } else { 0 };
        Some(Area { x: x + indent, y, width: width.saturating_sub(indent).min(64), height })
    }
}
