//! Where each pane lies: pure functions of the terminal's size, the layout and the focus, shared by drawing and mouse.

use unicode_width::UnicodeWidthStr;

use crate::app::dividers::{Columns, Dividers, Hairline, Split};
use crate::app::model::{Layout, Model, Pane};
use crate::app::notice::{lines, notices};

/// From this many rows above the footer on, three panes have an empty row under their titles.
const ROOMY: u16 = 28;

/// Columns of what floats on the linear screen.
const LINEAR: u16 = 58;

/// A rectangle of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Area {
    /// First column.
    pub x: u16,
    /// First row.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// How the screen is arranged: the size classes of UX.md, section 2, after the layout that the user chose.
///
/// So a 120-column screen with the list alone is `S`, and one with the list over the reader is `STall`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Below 40x10: one line that says so.
    Tiny,
    /// One pane at a time.
    S,
    /// The list above, the reader below.
    STall,
    /// Three panes from 100 columns on.
    M,
    /// Three panes from 160 columns on.
    L,
    /// Three panes and the context column from 180 columns on.
    Xl,
    /// Fewer than 16 rows: no top bar, no group heads, no snippets.
    Short,
}

/// The panes on the screen. A pane that is not shown is `None`. Each area holds the pane's title rule as its first row,
/// but for a reader that has the screen for itself. One column between panes side by side is left for the hairline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panes {
    /// How the screen is arranged.
    pub class: Class,
    /// Accounts and state; no rows in `Tiny` and `Short`.
    pub top_bar: Area,
    /// Folders: a pane, or the drawer over the list while it has the focus.
    pub folders: Option<Area>,
    /// Messages.
    pub list: Option<Area>,
    /// The text.
    pub reader: Option<Area>,
    /// Hints: the last row.
    pub footer: Area,
    /// Sender, attachments, links: `Xl` alone.
    pub context: Option<Area>,
    /// Whether the folders lie over another pane.
    pub drawer: bool,
    /// Whether the reader's first row is a title rule.
    pub reader_titled: bool,
}

/// The reader pane's parts from the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReaderParts {
    /// Subject, from, to and a rule; in `Short` the subject alone.
    pub head: Area,
    /// What the reader should know, a line each and an empty one after; no rows when there is nothing.
    pub notes: Area,
    /// The lines of the message.
    pub text: Area,
}

impl Area {
    /// Whether the cell lies in it.
    pub fn contains(&self, column: u16, row: u16) -> bool {
        column >= self.x && row >= self.y && column - self.x < self.width && row - self.y < self.height
    }

    /// The area without its first `rows` rows.
    #[must_use]
    pub fn below(self, rows: u16) -> Self {
        let rows = rows.min(self.height);
        Self { y: self.y.saturating_add(rows), height: self.height - rows, ..self }
    }

    /// The first `rows` rows of the area.
    #[must_use]
    pub fn top(self, rows: u16) -> Self {
        Self { height: rows.min(self.height), ..self }
    }
}

/// How many rows a message takes in the list.
pub fn rows_per_message(class: Class) -> u16 {
    match class {
        Class::M | Class::L | Class::Xl => 2,
        Class::Tiny | Class::S | Class::STall | Class::Short => 1,
    }
}

/// Whether the list has heads of day groups.
pub fn has_heads(class: Class) -> bool {
    match class {
        Class::Short | Class::Tiny => false,
        Class::S | Class::STall | Class::M | Class::L | Class::Xl => true,
    }
}

/// The panes of this model.
pub fn panes(model: &Model) -> Panes {
    panes_with(model, model.focus)
}

fn panes_with(model: &Model, focus: Pane) -> Panes {
    if model.options.face.is_linear() {
        return linear(model.size, focus);
    }
    panes_of(model.size, model.options.layout, focus, &model.dividers)
}

/// The linear screen: the pane with the keys, a row for what a toast says, the footer.
fn linear((width, height): (u16, u16), focus: Pane) -> Panes {
    let base = panes_of((width, height), Layout::ListOnly, Pane::List, &Dividers::default());
    if base.class == Class::Tiny {
        return base;
    }
    let body = Area { x: 0, y: 0, width, height: height.saturating_sub(2) };
    let shown = |pane: Pane| (pane == focus).then_some(body);
    Panes {
        class: Class::Short,
        top_bar: Area { height: 0, ..base.top_bar },
        folders: shown(Pane::Folders),
        list: shown(Pane::List),
        reader: shown(Pane::Reader),
        ..base
    }
}

/// Where what floats may lie: above the footer; on the linear screen at the left edge, and no wider than one column of it.
pub fn float_area(model: &Model) -> Area {
    let footer = panes(model).footer.y;
    if model.options.face.is_linear() {
        return Area { x: 0, y: 0, width: model.size.0.min(LINEAR), height: footer.saturating_sub(1) };
    }
    Area { x: 0, y: 0, width: model.size.0, height: footer }
}

enum Arrangement {
    One(Pane),
    Stacked,
    Three,
}

/// The panes for this size, layout and focus, with the hairlines where they were moved to.
pub fn panes_of(size: (u16, u16), layout: Layout, focus: Pane, dividers: &Dividers) -> Panes {
    let (width, height) = size;
    let nothing = Panes {
        class: Class::Tiny,
        top_bar: Area { width, ..Area::default() },
        folders: None,
        list: None,
        reader: None,
        footer: Area { x: 0, y: height.saturating_sub(1), width, height: height.min(1) },
        context: None,
        drawer: false,
        reader_titled: true,
    };
    if width < 40 || height < 10 {
        return nothing;
    }
    let short = height < 16;
    let top_bar = Area { x: 0, y: 0, width, height: u16::from(!short) };
    let body = Area { x: 0, y: top_bar.height, width, height: height - 1 - top_bar.height };
    let base = Panes { top_bar, ..nothing };
    let drawer = (focus == Pane::Folders).then(|| Area { width: 32.min(width * 2 / 3), ..body });
    match arrangement(size, layout, focus) {
        Arrangement::One(pane) => Panes {
            class: if short { Class::Short } else { Class::S },
            folders: drawer,
            list: (pane == Pane::List).then_some(body),
            reader: (pane == Pane::Reader).then_some(body),
            drawer: drawer.is_some(),
            reader_titled: false,
            ..base
        },
        Arrangement::Stacked => {
            let above = body.top(dividers.above(body.height));
            Panes {
                class: Class::STall,
                folders: drawer,
                list: Some(above),
                reader: Some(body.below(above.height)),
                drawer: drawer.is_some(),
                ..base
            }
        }
        Arrangement::Three => side_by_side(base, body, short, dividers),
    }
}

fn arrangement((width, height): (u16, u16), layout: Layout, focus: Pane) -> Arrangement {
    let one = if focus == Pane::Reader { Pane::Reader } else { Pane::List };
    match layout {
        Layout::Auto if height < 16 => Arrangement::One(one),
        Layout::Auto if width >= 100 => Arrangement::Three,
        Layout::Auto if height >= 40 => Arrangement::Stacked,
        Layout::ThreePanes if width >= 64 => Arrangement::Three,
        Layout::Stacked if height >= 16 => Arrangement::Stacked,
        Layout::ReaderOnly => Arrangement::One(Pane::Reader),
        Layout::Auto | Layout::ThreePanes | Layout::Stacked | Layout::ListOnly => Arrangement::One(one),
    }
}

fn side_by_side(base: Panes, body: Area, short: bool, dividers: &Dividers) -> Panes {
    let width = body.width;
    let class = match width {
        180.. => Class::Xl,
        160.. => Class::L,
        _ => Class::M,
    };
    let Columns { folders, list, context } = dividers.columns(width);
    let reader_x = folders + 1 + list + 1;
    let after_reader = if context == 0 { 0 } else { context + 1 };
    let reader_width = width - reader_x - after_reader;
    Panes {
        class: if short { Class::Short } else { class },
        folders: Some(Area { width: folders, ..body }),
        list: Some(Area { x: folders + 1, width: list, ..body }),
        reader: Some(Area { x: reader_x, width: reader_width, ..body }),
        context: (context > 0).then(|| Area { x: width - context, width: context, ..body }),
        ..base
    }
}

impl Panes {
    /// The pane at this cell; a drawer lies over the list.
    pub fn at(&self, column: u16, row: u16) -> Option<Pane> {
        [(Pane::Folders, self.folders), (Pane::List, self.list), (Pane::Reader, self.reader)]
            .into_iter()
            .find(|(_, area)| area.is_some_and(|area| area.contains(column, row)))
            .map(|(pane, _)| pane)
    }

    /// Whether folders, list and reader stand side by side.
    fn side_by_side(&self) -> bool {
        !self.drawer && self.folders.is_some() && self.list.is_some() && self.reader.is_some()
    }

    /// The hairline that belongs to the pane with the keys, the size that it divides, and in which split; none where one
    /// pane has the screen.
    pub fn line_of(&self, focus: Pane) -> Option<(Split, Hairline, u16)> {
        match focus {
            Pane::Folders if self.side_by_side() => self.line(Hairline::Folders),
            Pane::List | Pane::Reader if self.side_by_side() => self.line(Hairline::List),
            Pane::Folders | Pane::List | Pane::Reader => self.line(Hairline::Reader),
        }
    }

    /// A hairline that is on the screen: in which split, and the size that it divides.
    pub fn line(&self, line: Hairline) -> Option<(Split, Hairline, u16)> {
        let width = self.footer.width;
        match (line, self.list, self.reader) {
            (Hairline::Reader, Some(list), Some(reader)) if !self.drawer && reader.y > list.y => {
                Some((Split::Stacked, line, list.height + reader.height))
            }
            (Hairline::Folders | Hairline::List, ..) if self.side_by_side() => Some((Split::of(width), line, width)),
            (Hairline::Context, ..) if self.side_by_side() && self.context.is_some() => {
                Some((Split::of(width), line, width))
            }
            _ => None,
        }
    }

    /// The hairline at this cell.
    pub fn line_at(&self, column: u16, row: u16) -> Option<Hairline> {
        let list = self.list?;
        let at = |line: Hairline| match line {
            Hairline::Folders => list.contains(list.x, row) && column + 1 == list.x,
            Hairline::List => list.contains(list.x, row) && column == list.x + list.width,
            Hairline::Context => {
                self.context.is_some_and(|context| context.contains(context.x, row) && column + 1 == context.x)
            }
            Hairline::Reader => self.reader.is_some_and(|reader| reader.y == row && reader.contains(column, row)),
        };
        Hairline::ALL.into_iter().find(|line| at(*line) && self.line(*line).is_some())
    }

    /// How large the pane beside a hairline is when that is dragged to this cell.
    pub fn size_at(&self, line: Hairline, (column, row): (u16, u16)) -> u16 {
        let (list, width) = (self.list.unwrap_or_default(), self.footer.width);
        match line {
            Hairline::Folders => column,
            Hairline::List => column.saturating_sub(list.x),
            Hairline::Context => width.saturating_sub(column.saturating_add(1)),
            Hairline::Reader => row.saturating_sub(list.y),
        }
    }

    /// Whether the pane is on the screen.
    pub fn shows(&self, pane: Pane) -> bool {
        match pane {
            Pane::Folders => self.folders.is_some(),
            Pane::List => self.list.is_some(),
            Pane::Reader => self.reader.is_some(),
        }
    }

    /// Rows that a title takes: the rule and, where three panes have room, an empty row below it.
    pub fn title_rows(&self) -> u16 {
        match self.class {
            Class::M | Class::L | Class::Xl if self.footer.y >= ROOMY => 2,
            Class::Tiny | Class::S | Class::STall | Class::M | Class::L | Class::Xl | Class::Short => 1,
        }
    }

    /// The pane without its title; nothing when it is not shown.
    pub fn content(&self, pane: Pane) -> Area {
        match pane {
            Pane::Folders => self.folders.unwrap_or_default().below(self.title_rows()),
            Pane::List => self.list.unwrap_or_default().below(self.title_rows()),
            Pane::Reader if self.reader_titled => self.reader.unwrap_or_default().below(self.title_rows()),
            Pane::Reader => self.reader.unwrap_or_default(),
        }
    }
}

/// How many rows the banner takes at the top of the list's content: its lines and an empty one, less where rows are few.
pub fn banner_rows(model: &Model) -> u16 {
    let Some((title, detail)) = banner_lines(model) else { return 0 };
    match panes(model).content(Pane::List).height {
        0..=13 => 1,
        14..=19 => title + detail + 1,
        20.. => title + detail + 2,
    }
}

/// How many rows title and detail of the banner take, where there are rows for them: a reason is read to its end.
pub fn banner_lines(model: &Model) -> Option<(u16, u16)> {
    let banner = model.banner.as_ref()?;
    let content = panes(model).content(Pane::List);
    let room = usize::from(content.width.saturating_sub(3));
    let most = if content.height < 20 { (2, 1) } else { (4, 2) };
    Some((lines_of(banner.title.as_str(), room).min(most.0), lines_of(banner.detail.as_str(), room).min(most.1)))
}

/// How many lines of at most `columns` columns this text takes, broken between words.
fn lines_of(text: &str, columns: usize) -> u16 {
    let (mut lines, mut taken) = (1_usize, 0_usize);
    for word in text.split(' ').filter(|word| !word.is_empty()).map(UnicodeWidthStr::width) {
        if taken > 0 && taken + 1 + word <= columns {
            taken += 1 + word;
            continue;
        }
        lines += usize::from(taken > 0) + word.saturating_sub(1).checked_div(columns).unwrap_or_default();
        taken = word.checked_rem(columns).filter(|rest| *rest > 0 || word == 0).unwrap_or(columns.min(word));
    }
    u16::try_from(lines).unwrap_or(u16::MAX)
}

/// How many rows the search line takes below the banner: the line and what it says, where rows are few the line alone.
pub fn search_rows(model: &Model) -> u16 {
    let searching = model.search.of(model.list.source).is_some() || crate::app::update::search::is_typing(model);
    match panes(model).class {
        _ if !searching => 0,
        Class::Tiny | Class::Short => 1,
        Class::S | Class::STall | Class::M | Class::L | Class::Xl => 2,
    }
}

/// Where the search line lies.
pub fn search_area(model: &Model) -> Area {
    panes(model).content(Pane::List).below(banner_rows(model)).top(search_rows(model))
}

/// Where the rows of the list go: its pane without title, banner and search line.
pub fn list_body(model: &Model) -> Area {
    panes(model).content(Pane::List).below(banner_rows(model) + search_rows(model))
}

/// The columns that a message is wrapped to: the reader with a margin of two on each side, and never more than reads well.
pub fn reader_width(model: &Model) -> u16 {
    let mut panes = panes(model);
    if panes.reader.is_none() {
        panes = panes_with(model, Pane::Reader);
    }
    let measure = match panes.class {
        Class::L => 84,
        Class::Xl => 76,
        Class::Tiny | Class::S | Class::STall | Class::M | Class::Short => 80,
    };
    panes.reader.map_or(20, |area| area.width.saturating_sub(4)).clamp(20, measure)
}

/// The columns for the words of a notice in a reader so wide: within its margins, behind the sign of one without colours.
pub fn note_columns(width: u16) -> u16 {
    width.saturating_sub(5)
}

/// The parts of the reader pane.
pub fn reader_parts(model: &Model) -> ReaderParts {
    let panes = panes(model);
    let content = panes.content(Pane::Reader);
    let head_rows = if panes.class == Class::Short && !model.options.face.is_linear() { 1 } else { 4 };
    let (count, lines) = (notices(model).len(), lines(model, note_columns(content.width)).len());
    // Notices beyond the third are joined to it; half of the pane is the text's in any case.
    let told = count.min(3) + lines.saturating_sub(count);
    let told = u16::try_from(told).unwrap_or(u16::MAX).min(content.height / 2);
    let note_rows = if told > 0 { told + 1 } else { 0 };
    let below_head = content.below(head_rows);
    ReaderParts { head: content.top(head_rows), notes: below_head.top(note_rows), text: below_head.below(note_rows) }
}
