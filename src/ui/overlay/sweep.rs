//! The box of a sweep: what there is of a sender or a list, and what can be done; and the list of rules.

use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::app::float;
use crate::app::model::{Model, Picker};
use crate::app::sweep::{Sweep, Ways};
use crate::mail::rule::{Rule, Whom};
use crate::mail::sweep::Swept;
use crate::safe_text::SafeText;
use crate::ui::overlay::pick::draw_picker;
use crate::ui::overlay::{area_of, draw_hit};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::{columns, format, names, rect};

/// Folders that are named; the others are counted.
const NAMED: usize = 4;

/// Draws the box.
pub fn draw(model: &Model, sweep: &Sweep, pen: &mut Pen<'_>, area: Rect) {
    let spot = float::sweep(sweep, area_of(area));
    let hint = format!("enter or its key does it {} esc close", pen.glyphs.dot);
    let inside = pen.float(rect(spot.frame), "Sweep", &hint, Role::Accent);
    if inside.height < 3 {
        return;
    }
    let (x, end) = (inside.x + 2, inside.right().saturating_sub(2));
    let (bold, muted, faint) = (pen.bold(Role::Fg), pen.style(Role::Muted), pen.style(Role::Faint));
    let (who, more) = whose(sweep);
    let at = pen.put(x, inside.y, end, &who, bold);
    pen.put(at + 2, inside.y, end, &more, muted);
    let list = rect(spot.list);
    let said = columns::wrap(&counts(model, sweep), end.saturating_sub(x));
    let mut told: Vec<(String, Style)> = said.into_iter().map(|line| (line, muted)).collect();
    let unproved = matches!(&sweep.ways, Ways::Known(ways) if ways.unproved);
    // Of what does not fit, where the mail lies is the least.
    if let Some(swept) = sweep.current().filter(|_| !unproved || told.len() == 1) {
        told.push((places(model, swept, pen.glyphs.dot), faint));
    }
    if unproved {
        told.push(("It offers one click, which your server does not vouch for".to_owned(), muted));
    }
    for (y, (line, style)) in (inside.y + 1..list.y).zip(&told) {
        pen.put(x, y, end, line, *style);
    }
    let choices = sweep.choices();
    let first = float::first_row(sweep.picker.cursor, list.height);
    for (y, (place, choice)) in (list.top()..list.bottom()).zip(choices.iter().enumerate().skip(first)) {
        let row = Rect { y, height: 1, ..list };
        let (key, fg) = (pen.style(Role::Key), pen.style(Role::Fg));
        pen.put(row.x + 2, y, end, &choice.key().to_string(), key);
        pen.put(row.x + 5, y, end, &sweep.words(*choice), fg);
        if place == sweep.picker.cursor && sweep.chosen().is_some() {
            pen.select(row, Role::Sel);
            pen.cursor = Some(Position::new(row.x + 2, y));
        }
    }
    if choices.is_empty() {
        pen.put(list.x + 2, list.y, end, "counting…", faint);
    }
    if sweep.chosen().is_none() {
        pen.cursor = Some(Position::new(list.x + 2, list.y));
    }
}

/// Whose mail it is.
fn whose(sweep: &Sweep) -> (String, String) {
    match sweep.current().map(|swept| &swept.whom) {
        Some(Whom::From(address)) => (sweep.name.to_string(), SafeText::new(address).to_string()),
        Some(Whom::List(id)) => ("Mailing list".to_owned(), SafeText::new(id).to_string()),
        None => (sweep.name.to_string(), String::new()),
    }
}

/// "412 messages here, 380 unread, since 3 Mar 2021", and how it stands with the way out.
fn counts(model: &Model, sweep: &Sweep) -> String {
    let mut words = match sweep.current() {
        None => "counting…".to_owned(),
        Some(swept) if swept.total == 0 => "nothing here but in Trash or Junk".to_owned(),
        Some(swept) => {
            let all = if swept.total == 1 {
                "1 message here".to_owned()
            } else {
                format!("{} messages here", format::count(swept.total))
            };
            let since = format::list_date(swept.since, model.clock);
            format!("{all}, {} unread, since {since}", format::count(swept.unread))
        }
    };
    match &sweep.ways {
        Ways::Reading | Ways::Fetching if sweep.swept.is_none() => {}
        Ways::Reading | Ways::Fetching => words.push_str(". Looking for a way to unsubscribe…"),
        Ways::None => words.push_str(". No way to unsubscribe"),
        Ways::Known(_) => {}
    }
    words
}

/// "Inbox 300 · Archive 112"
fn places(model: &Model, swept: &Swept, dot: &str) -> String {
    let owner = |id| names::folder_of(model, id).map(|row| row.account);
    let first = swept.folders.first().and_then(|(id, _)| owner(*id));
    // Each account has an inbox.
    let several = swept.folders.iter().any(|(id, _)| owner(*id) != first);
    let name = |id| {
        let Some(row) = names::folder_of(model, id) else { return "?".to_owned() };
        let account = names::account_of(model, row.account).filter(|_| several).map(names::account);
        account.map_or_else(|| row.label.to_string(), |account| format!("{account} {}", row.label))
    };
    let mut parts: Vec<String> = swept
        .folders
        .iter()
        .take(NAMED)
        .map(|(id, count)| format!("{} {}", name(*id), format::count(*count)))
        .collect();
    let more = swept.folders.len().saturating_sub(NAMED);
    if more > 0 {
        parts.push(format!("{more} more folders"));
    }
    parts.join(&format!(" {dot} "))
}

/// Draws the rules; those that were taken away just now say so.
pub fn draw_rules(rules: &[(Rule, bool)], picker: &Picker, pen: &mut Pen<'_>, area: Rect) {
    let hint = format!("enter takes away or puts back {} esc close", pen.glyphs.dot);
    draw_picker(picker, "Rules for arriving mail", &hint, float::links(picker, area_of(area)), pen, |hit, row, pen| {
        let Some((rule, gone)) = rules.get(hit) else { return };
        let (style, warn) = (pen.style(if *gone { Role::Faint } else { Role::Fg }), pen.style(Role::Warn));
        let end = row.right().saturating_sub(2);
        let stop = pen.put_right(row.x, end, row.y, if *gone { "taken away" } else { "" }, warn);
        let words = SafeText::new(&rule.to_string());
        draw_hit(words.as_str(), &picker.text, style, pen, (row.x + 2, row.y, stop.saturating_sub(1)));
    });
}
