//! What floats above the panes: where it lies, and the parts that several of them share.

use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};

use crate::app::float;
use crate::app::geometry::Area;
use crate::app::model::{Deed, InputPurpose, Model, Overlay, Picker};
use crate::app::msg::Press;
use crate::app::pick::letters;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::{columns, format};

mod ask;
mod help;
mod palette;
mod pick;
mod rebind;
mod sign_in;
mod snooze;
mod sweep;
pub mod which_key;

/// Columns of a name that are looked at, so that one of any length costs no frame.
const LONGEST: u16 = 300;

/// Draws the overlay; what lies below has been drawn and steps back.
pub fn draw(model: &Model, overlay: &Overlay, pen: &mut Pen<'_>, area: Rect) {
    match overlay {
        // these two are part of the arrangement, not above it
        Overlay::Tasks { .. }
        | Overlay::FolderDrawer
        | Overlay::Input { purpose: InputPurpose::Find | InputPurpose::Search, .. } => return,
        // What lies below is what is looked at.
        Overlay::Themes(_) => {}
        Overlay::Help(_)
        | Overlay::Rebind(_)
        | Overlay::Palette(_)
        | Overlay::Folders { .. }
        | Overlay::Input { .. }
        | Overlay::Confirm { .. }
        | Overlay::Choose { .. }
        | Overlay::Rules { .. }
        | Overlay::Sweep(_)
        | Overlay::SendLater(_)
        | Overlay::Snooze { .. }
        | Overlay::SignIn(_)
        | Overlay::Links(_) => pen.dim(),
    }
    // A click beside it leads out, wherever it is.
    pen.spots.clear();
    match overlay {
        Overlay::Help(picker) => help::draw(model, picker, pen, area),
        Overlay::Rebind(rebind) => rebind::draw(model, rebind, pen, area),
        Overlay::Palette(picker) => palette::draw(model, picker, pen, area),
        Overlay::Folders { purpose, picker } => pick::draw_folders(model, purpose, picker, pen, area),
        Overlay::Rules { rules, picker } => sweep::draw_rules(rules, picker, pen, area),
        Overlay::Sweep(sweep) => sweep::draw(model, sweep, pen, area),
        Overlay::SignIn(panel) => sign_in::draw(model, panel, pen, area),
        Overlay::Links(picker) => pick::draw_links(model, picker, pen, area),
        Overlay::Themes(picker) => pick::draw_themes(model, picker, pen, area),
        Overlay::Input { purpose, text, cursor } => ask::draw_input(model, purpose, text, *cursor, pen, area),
        Overlay::Confirm { question, deed } => ask::draw_confirm(model, question, messages_of(deed), pen, area),
        Overlay::Choose { question, answers, picker } => pick::draw_choice(question, answers, picker, pen, area),
        Overlay::Snooze { messages, back, picker } => {
            snooze::draw(model, &snooze::title(messages.len(), *back), ("snooze", *back), picker, pen, area);
        }
        Overlay::SendLater(picker) => snooze::draw(model, "Send later", ("send", false), picker, pen, area),
        Overlay::Tasks { .. } | Overlay::FolderDrawer => {}
    }
    // Where the hits of a picker are, the app knows.
    pen.spots.retain(|(_, press)| *press != Press::Nothing);
}

/// How many messages a question is about.
fn messages_of(deed: &Deed) -> usize {
    match deed {
        Deed::Act(_, messages) => messages.len(),
        Deed::Quit | Deed::Mail(..) | Deed::Images { .. } | Deed::EditAccounts(_) | Deed::RemoveAccount { .. } => 1,
    }
}

/// A rectangle of the terminal library as the app's.
const fn area_of(rect: Rect) -> Area {
    Area { x: rect.x, y: rect.y, width: rect.width, height: rect.height }
}

/// A spot in the middle, a little above it: at most this large, and smaller where the screen is.
fn spot(area: Rect, width: u16, height: u16) -> Rect {
    super::rect(float::centred(area_of(area), width, height))
}

/// Draws the line that is typed into, with what stands at its right; the terminal's cursor goes to the text's end. Gives
/// the column of the text, and how many characters have slid out of sight at its left.
pub fn draw_prompt(text: &str, cursor: usize, right: &str, pen: &mut Pen<'_>, area: Rect) -> (u16, usize) {
    let (accent, fg, muted) = (pen.style(Role::Accent), pen.bold(Role::Fg), pen.style(Role::Muted));
    let end = area.right().saturating_sub(2);
    let stop = pen.put_right(area.x, end, area.y, right, muted).saturating_sub(1);
    let x = pen.put_all(area.x + 1, area.y, stop, &[(" ", fg), (pen.glyphs.prompt, accent), (" ", fg)]);
    let room = stop.saturating_sub(x + 1);
    // a long text slides to the left, so that the cursor stays in sight
    let before: String = text.chars().take(cursor).collect();
    let mut start = 0;
    let mut shown = before.as_str();
    while columns::width(shown) > room {
        start += 1;
        let skip = text.char_indices().nth(start).map_or(text.len(), |(at, _)| at);
        shown = before.get(skip..).unwrap_or_default();
    }
    let visible: String = text.chars().skip(start).collect();
    pen.put(x, area.y, stop, columns::clip(&visible, room + 1), fg);
    pen.cursor = Some(Position::new((x + columns::width(shown)).min(stop), area.y));
    (x, start)
}

/// "6 of 94"
fn tally(picker: &Picker) -> String {
    let count = |number: usize| format::count(u64::try_from(number).unwrap_or_default());
    if picker.text.is_empty() {
        return count(picker.of);
    }
    format!("{} of {}", count(picker.hits.len()), count(picker.of))
}

/// Writes a name with the letters that match what was typed set off; gives the column after it.
fn draw_hit(name: &str, typed: &str, style: Style, pen: &mut Pen<'_>, (x, y, end): (u16, u16, u16)) -> u16 {
    let name = columns::clip(name, LONGEST);
    let matched = if typed.is_empty() { Vec::new() } else { letters(typed, name) };
    let hit = pen.style(Role::Match);
    let hit = style.patch(hit).add_modifier(Modifier::BOLD);
    let mut at = x;
    let mut run = String::new();
    let mut run_hit = false;
    let whole = columns::cut(name, end.saturating_sub(x), pen.glyphs.more).into_owned();
    for ((place, letter), own) in (0_u32..).zip(whole.chars()).zip(name.chars()) {
        let is_hit = letter == own && matched.contains(&place);
        if is_hit != run_hit {
            at = pen.put(at, y, end, &run, if run_hit { hit } else { style });
            run.clear();
            run_hit = is_hit;
        }
        run.push(letter);
    }
    pen.put(at, y, end, &run, if run_hit { hit } else { style })
}

/// Says that nothing matches.
fn draw_none(pen: &mut Pen<'_>, area: Rect) {
    let style = pen.style(Role::Faint);
    pen.put(area.x + 2, area.y, area.right(), "nothing matches", style);
}
