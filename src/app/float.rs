//! Where pickers lie and which hit is on which row of them: shared by drawing and mouse.

use crate::app::action::{Context, Group};
use crate::app::cursor::context_below;
use crate::app::geometry::{Area, float_area};
use crate::app::help::{self, Row};
use crate::app::model::{Model, Overlay, Picker, Toast};
use crate::app::sweep::Sweep;

/// Columns of a folder picker, and of the links.
const PICKER: (u16, u16) = (56, 76);
/// Columns of the themes.
const THEMES: u16 = 38;
/// Columns of the palette.
const PALETTE: u16 = 62;
/// Rows of the palette's explanation below the hits, its rule and the empty row included.
const EXPLANATION: u16 = 4;

/// Rows above the choices of a sweep: what there is, and an empty one.
const SWEEP_HEAD: u16 = 4;

/// A box that floats, and where its hits are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// The box with its edge.
    pub frame: Area,
    /// The rows of the hits.
    pub list: Area,
}

/// A line of the help.
#[derive(Debug, Clone, Copy)]
pub enum HelpLine {
    /// Nothing.
    Blank,
    /// The head of a group.
    Head(Group),
    /// A hit: its place among them, and its place among the rows.
    Hit(usize, usize),
}

/// The lines of the help that fit on one page, and how they are cut into pages.
#[derive(Debug, Clone)]
pub struct HelpPage {
    /// The lines, column by column.
    pub lines: Vec<HelpLine>,
    /// How many columns stand side by side.
    pub across: u16,
    /// Which page this is, from 0.
    pub page: usize,
    /// How many there are.
    pub pages: usize,
}

/// A spot in the middle, a little above it: at most this large, and smaller where the screen is.
pub fn centred(area: Area, width: u16, height: u16) -> Area {
    let width = width.min(area.width.saturating_sub(2));
    let height = height.min(area.height);
    let spare = area.height - height;
    Area { x: area.x + (area.width - width) / 2, y: area.y + (spare / 3).min(8), width, height }
}

/// The inside of a box, without its edge; no rows where the box is too small to have one.
pub fn inside(frame: Area) -> Area {
    if frame.width < 4 || frame.height < 3 {
        return Area { width: 0, height: 0, ..frame };
    }
    Area { x: frame.x + 1, y: frame.y + 1, width: frame.width - 2, height: frame.height - 2 }
}

/// Where the palette lies.
pub fn palette(area: Area) -> Spot {
    let frame = centred(area, PALETTE, if area.height >= 36 { 22 } else { 15 });
    let within = inside(frame);
    let below = if within.height >= 8 { EXPLANATION } else { 0 };
    Spot { frame, list: within.below(2).top(within.height.saturating_sub(2 + below)) }
}

/// Where a folder picker lies.
pub fn folders(picker: &Picker, area: Area) -> Spot {
    plain(picker, PICKER.0, area)
}

/// Where what there is of a sender lies, with what can be done about it.
pub fn sweep(sweep: &Sweep, area: Area) -> Spot {
    let rows = u16::try_from(sweep.picker.hits.len()).unwrap_or(1).max(1);
    let frame = centred(area, PICKER.1, rows + 2 + SWEEP_HEAD);
    Spot { frame, list: inside(frame).below(SWEEP_HEAD) }
}

/// Where the list of links lies.
pub fn links(picker: &Picker, area: Area) -> Spot {
    plain(picker, PICKER.1, area)
}

/// Where the themes lie: at the right edge, so that what they change is seen beside them.
pub fn themes(picker: &Picker, area: Area) -> Spot {
    let Spot { frame, .. } = plain(picker, THEMES, area);
    let frame = Area { x: (area.x + area.width).saturating_sub(frame.width + 1), ..frame };
    Spot { frame, list: inside(frame).below(2) }
}

fn plain(picker: &Picker, width: u16, area: Area) -> Spot {
    let most = if area.height >= 36 { 20 } else { 12 };
    let rows = u16::try_from(picker.of).unwrap_or(most).clamp(1, most);
    let frame = centred(area, width, rows + 4);
    Spot { frame, list: inside(frame).below(2) }
}

/// Where the help lies.
pub fn help_box(area: Area) -> Spot {
    let frame = centred(area, 76.max(area.width * 3 / 5).min(100), area.height.saturating_sub(1).min(40));
    let within = inside(frame).below(2);
    Spot { frame, list: Area { x: within.x + 1, width: within.width.saturating_sub(2), ..within } }
}

/// The page of the help with the cursor on it, for this many rows and columns.
pub fn help_page(rows: &[Row], picker: &Picker, list: Area) -> HelpPage {
    let across = if list.width >= 66 { 2 } else { 1 };
    let height = usize::from(list.height).max(1);
    let all = help_lines(rows, picker, height);
    let size = height * usize::from(across);
    let at = all.iter().position(|line| matches!(line, HelpLine::Hit(place, _) if *place == picker.cursor));
    let page = at.unwrap_or_default() / size;
    let pages = all.len().div_ceil(size);
    let lines = all.into_iter().skip(page * size).take(size).collect();
    HelpPage { lines, across, page, pages }
}

/// The hits under the heads of their groups; a head never stands alone at the end of a column of `height` lines.
fn help_lines(rows: &[Row], picker: &Picker, height: usize) -> Vec<HelpLine> {
    let mut lines: Vec<HelpLine> = Vec::with_capacity(picker.hits.len() + 20);
    let mut group = None;
    for (place, hit) in picker.hits.iter().enumerate() {
        let Some(here) = rows.get(*hit).map(Row::group) else { continue };
        if group != Some(here) {
            group = Some(here);
            let row = |lines: &Vec<HelpLine>| lines.len().checked_rem(height).unwrap_or_default();
            if row(&lines) > 0 {
                lines.push(HelpLine::Blank);
            }
            while row(&lines) > 0 && row(&lines) + 2 > height {
                lines.push(HelpLine::Blank);
            }
            lines.push(HelpLine::Head(here));
        }
        lines.push(HelpLine::Hit(place, *hit));
    }
    lines
}

/// The first hit that a list of this many rows shows, so that the cursor is seen.
pub fn first_row(cursor: usize, rows: u16) -> usize {
    (cursor + 1).saturating_sub(usize::from(rows))
}

/// What is at a cell while a picker is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// This hit, by its place among the hits.
    Hit(usize),
    /// The picker, but no hit.
    Inside,
    /// Nothing of the picker.
    Outside,
}

/// What is at this cell; `None` when no picker is open.
pub fn cell(model: &Model, column: u16, row: u16) -> Option<Cell> {
    let area = float_area(model);
    let (picker, spot) = match model.overlay.as_ref()? {
        Overlay::Help(picker) => (picker, help_box(area)),
        Overlay::Palette(picker) => (picker, palette(area)),
        Overlay::Folders { picker, .. }
        | Overlay::Choose { picker, .. }
        | Overlay::SendLater(picker)
        | Overlay::Snooze { picker, .. } => (picker, folders(picker, area)),
        Overlay::Links(picker) | Overlay::Rules { picker, .. } => (picker, links(picker, area)),
        Overlay::Themes(picker) => (picker, themes(picker, area)),
        Overlay::Sweep(sweep) => (&sweep.picker, self::sweep(sweep, area)),
        Overlay::Rebind(_)
        | Overlay::Input { .. }
        | Overlay::SignIn(_)
        | Overlay::Confirm { .. }
        | Overlay::Tasks { .. }
        | Overlay::FolderDrawer => return None,
    };
    if !spot.frame.contains(column, row) {
        return Some(Cell::Outside);
    }
    if !spot.list.contains(column, row) {
        return Some(Cell::Inside);
    }
    let (x, y) = (column - spot.list.x, usize::from(row - spot.list.y));
    let place = if matches!(model.overlay, Some(Overlay::Help(_))) {
        let page = help_page(&help::rows(model), picker, spot.list);
        let wide = (spot.list.width / page.across).max(1);
        let line = usize::from(x / wide) * usize::from(spot.list.height) + y;
        match page.lines.get(line) {
            Some(HelpLine::Hit(place, _)) => Some(*place),
            Some(HelpLine::Blank | HelpLine::Head(_)) | None => None,
        }
    } else {
        Some(first_row(picker.cursor, spot.list.height) + y).filter(|place| *place < picker.hits.len())
    };
    Some(place.map_or(Cell::Inside, Cell::Hit))
}

/// Whether a toast says how to take back what it tells: in a letter the keys are the text's.
pub fn toast_undoes(model: &Model, toast: &Toast) -> bool {
    toast.undo.is_some() && context_below(model) != Context::Compose
}
