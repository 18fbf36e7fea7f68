//! The search line above the list, what it has to say below it, and the offers that float there.

use ratatui::layout::Rect;
use ratatui::style::Modifier;

use crate::app::geometry;
use crate::app::model::{InputPurpose, Model, Overlay};
use crate::app::msg::Press;
use crate::app::search::{Lookup, Selected};
use crate::mail::list::Source;
use crate::protocol::ServerSearch;
use crate::ui::overlay::draw_prompt;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::{columns, format, names};

/// A pane with fewer columns is told less.
const NARROW: u16 = 60;
/// Rows of a mistake's words at most.
const PROBLEM: usize = 3;
/// Columns of the offers.
const OFFERS: u16 = 48;

/// A part of what is said of a search.
struct Fact {
    text: String,
    /// The same where there is no room for that.
    short: Option<String>,
    role: Role,
}

impl Fact {
    const fn new(text: String, role: Role) -> Self {
        Self { text, short: None, role }
    }
}

/// Draws the line and what it says.
pub fn draw(model: &Model, pen: &mut Pen<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    // What stands at the right ends where dates do.
    let row = Rect { height: 1, width: area.width + 1, ..area };
    let typed = match &model.overlay {
        Some(Overlay::Input { purpose: InputPurpose::Search, text, cursor }) => Some((text.as_str(), *cursor)),
        _ => None,
    };
    let shown = model.search.of(model.list.source);
    let facts = facts(model, shown, area.width < NARROW, pen);
    let right = if area.height > 1 { scope(model, shown) } else { facts.first().map(said).unwrap_or_default() };
    if let Some((text, cursor)) = typed {
        let (x, start) = draw_prompt(text, cursor, &right, pen, row);
        if model.search.line.selected == Selected::All {
            let width = pen.cursor.map_or(0, |cursor| cursor.x.saturating_sub(x));
            pen.ground(Rect { x, width, ..row }, Role::Sel);
        }
        underline(
            model,
            start,
            pen,
            Rect { x, width: row.right().saturating_sub(x + columns::width(&right) + 3), ..row },
        );
    } else if let Some(shown) = shown {
        let before = pen.cursor;
        draw_prompt(&shown.text, 0, &right, pen, row);
        pen.cursor = before;
    }
    let below = Rect { y: area.y + 1, height: 1, ..area };
    match facts.first().filter(|fact| area.height > 1 && fact.role == Role::Error) {
        Some(problem) => draw_problem(problem, pen, below),
        None if area.height > 1 => draw_facts(&facts, pen, below),
        None => {}
    }
}

/// Sets off what is wrong in the text: `start` characters of it have slid out at the left.
fn underline(model: &Model, start: usize, pen: &mut Pen<'_>, text: Rect) {
    let Some(problem) = model.search.line.problem.as_ref().filter(|problem| !problem.unfinished) else { return };
    let column = |character: usize| -> u16 {
        let Some(Overlay::Input { text, .. }) = &model.overlay else { return 0 };
        columns::width(&text.chars().take(character).skip(start).collect::<String>())
    };
    let (from, to) = (column(problem.column), column(problem.column + problem.length.max(1)));
    let style = pen.style(Role::Error).add_modifier(Modifier::UNDERLINED);
    let width = to.saturating_sub(from).max(1).min(text.width.saturating_sub(from));
    pen.tint(Rect { x: text.x + from, width, ..text }, style);
}

/// Where is searched.
fn scope(model: &Model, shown: Option<&Lookup>) -> String {
    let typing = matches!(model.overlay, Some(Overlay::Input { purpose: InputPurpose::Search, .. }));
    let origin = model.search.origin.as_ref().and_then(|origin| origin.list.source);
    let within = if typing { origin.filter(|_| model.search.line.here) } else { shown.and_then(|shown| shown.within) };
    match within {
        Some(source @ (Source::Folder(_) | Source::AllInboxes | Source::Starred | Source::Marked(_))) => {
            format!("in {}", names::source(model, Some(source)))
        }
        Some(Source::Search(_)) | None => "everywhere".to_owned(),
    }
}

fn said(fact: &Fact) -> String {
    fact.text.clone()
}

/// What there is to say, the most important first.
fn facts(model: &Model, shown: Option<&Lookup>, narrow: bool, pen: &Pen<'_>) -> Vec<Fact> {
    let typing = matches!(model.overlay, Some(Overlay::Input { purpose: InputPurpose::Search, .. }));
    let problem = model.search.line.problem.as_ref().filter(|_| typing);
    if let Some(problem) = problem {
        let (sign, role) = if problem.unfinished { ("", Role::Muted) } else { ("! ", Role::Error) };
        return vec![Fact::new(format!("{sign}{}", problem.message), role)];
    }
    let Some(shown) = shown else {
        let text = "words, or from: to: subject: in: has: is: before: after: …".replace('…', pen.glyphs.more);
        return vec![Fact::new(text, Role::Faint)];
    };
    let mut facts = vec![count(model, shown)];
    facts.extend(unread(shown).filter(|_| !narrow));
    if shown.local {
        return facts;
    }
    facts.extend(servers(model, shown, narrow));
    facts
}

/// "1 204 found"
fn count(model: &Model, shown: &Lookup) -> Fact {
    let role = Role::Muted;
    let one = shown.tally.is_some_and(|tally| tally.exact && tally.total == 1);
    let what = match (shown.conversations, one) {
        (true, true) => " conversation",
        (true, false) => " conversations",
        (false, _) => " found",
    };
    let text = match (&shown.tally, model.list.waiting.is_some() && model.list.rows.is_empty()) {
        (Some(tally), _) => format!("{}{}{what}", format::count(tally.total), if tally.exact { "" } else { "+" }),
        (None, true) => "searching".to_owned(),
        (None, false) => format!("{}+{what}", format::count(model.list.first + model.list.rows.len() as u64)),
    };
    Fact::new(text, role)
}

fn unread(shown: &Lookup) -> Option<Fact> {
    let unread = shown.tally.filter(|tally| tally.exact && tally.unread > 0)?.unread;
    Some(Fact::new(format!("{} unread", format::count(unread)), Role::Accent))
}

/// What of the servers was searched, and what was not: trouble first, then what runs, then what is done.
fn servers(model: &Model, shown: &Lookup, narrow: bool) -> Vec<Fact> {
    let named = |wanted: &dyn Fn(&ServerSearch) -> bool| -> Vec<String> {
        let states = model.accounts.iter().filter_map(|view| Some((view, shown.servers.get(&view.id)?)));
        states.filter(|(_, state)| wanted(state)).map(|(view, _)| names::account(view).into_owned()).collect()
    };
    let mut facts = Vec::new();
    let mut say = |names: Vec<String>, words: &str, role| {
        if !names.is_empty() {
            // Of all of them it is true without their names.
            let short = (role != Role::Info && names.len() == shown.servers.len()).then(|| words.to_owned());
            facts.push(Fact { text: format!("{} {words}", names.join(", ")), short, role });
        }
    };
    say(
        named(&|state| matches!(state, ServerSearch::Offline)),
        if narrow { "offline" } else { "offline: on disk only" },
        Role::Warn,
    );
    for view in &model.accounts {
        let name = names::account(view).into_owned();
        match shown.servers.get(&view.id) {
            Some(ServerSearch::Failed { reason, left: 0 }) => say(vec![name], &format!("failed: {reason}"), Role::Warn),
            Some(ServerSearch::Failed { left, .. }) => {
                say(vec![name], &format!("failed: {left} folders left out"), Role::Warn);
            }
            Some(ServerSearch::Running { done, of }) => {
                say(vec![format!("asking {name}")], &format!("{done}/{of}"), Role::Info);
            }
            Some(
                ServerSearch::Needless | ServerSearch::Done { .. } | ServerSearch::Impossible | ServerSearch::Offline,
            )
            | None => {}
        }
    }
    say(
        named(&|state| matches!(state, ServerSearch::Impossible)),
        if narrow { "on disk" } else { "on disk only: no server knows this" },
        Role::Faint,
    );
    say(named(&|state| matches!(state, ServerSearch::Done { .. })), "asked", Role::Faint);
    let needless = |state: &ServerSearch| matches!(state, ServerSearch::Needless);
    say(named(&needless), "all on disk", Role::Faint);
    if shown.servers.is_empty() {
        facts.push(Fact::new("on disk".to_owned(), Role::Faint));
    }
    facts
}

/// Draws what is wrong with the text, all of it: the rows below that it needs are the list's again when it is mended.
fn draw_problem(problem: &Fact, pen: &mut Pen<'_>, row: Rect) {
    let (x, end) = (row.x + 4, row.right().saturating_sub(1));
    let style = pen.style(problem.role);
    for (y, line) in (row.y..).zip(columns::wrap(&problem.text, end.saturating_sub(x)).iter().take(PROBLEM)) {
        let row = Rect { y, ..row };
        pen.clear(row);
        pen.ground(row, Role::Bg);
        pen.put(x, y, end, line, style);
    }
}

/// Draws the facts side by side, as many as fit; the first is cut rather than left out. That some are left out is told where
/// something of them still runs or went wrong: else it looks as if the search went on.
fn draw_facts(facts: &[Fact], pen: &mut Pen<'_>, row: Rect) {
    let end = row.right().saturating_sub(1);
    let (gap, more) = (format!(" {} ", pen.glyphs.dot), format!(" {}", pen.glyphs.more));
    let faint = pen.style(Role::Faint);
    let mut x = row.x + 4;
    for (place, fact) in facts.iter().enumerate() {
        let style = pen.style(fact.role);
        if place > 0 {
            let matters =
                |rest: Option<&[Fact]>| rest.is_some_and(|rest| rest.iter().any(|fact| fact.role != Role::Faint));
            let reserve = if matters(facts.get(place + 1..)) { columns::width(&more) } else { 0 };
            let fits = |text: &&str| x + columns::width(&gap) + columns::width(text) + reserve <= end;
            let Some(text) = std::iter::once(fact.text.as_str()).chain(fact.short.as_deref()).find(fits) else {
                if matters(facts.get(place..)) {
                    pen.put(x, row.y, end, &more, faint);
                }
                return;
            };
            x = pen.put(x, row.y, end, &gap, faint);
            x = pen.put(x, row.y, end, text, style);
        } else {
            x = pen.put(x, row.y, end, &fact.text, style);
        }
    }
}

/// Draws the offers below the line, with the one that was taken set off.
pub fn draw_offers(model: &Model, pen: &mut Pen<'_>, above: Rect) {
    let line = &model.search.line;
    let Some(Overlay::Input { purpose: InputPurpose::Search, text, .. }) = &model.overlay else { return };
    if !line.popup || line.offers.is_empty() {
        return;
    }
    let anchor = geometry::search_area(model);
    let (before, start) = match (&line.taken, line.offers.first()) {
        (Some((_, before, _)), Some(offer)) => (before.as_str(), offer.replaced.start),
        (None, Some(offer)) => (text.as_str(), offer.replaced.start),
        (_, None) => return,
    };
    let indent = columns::width(&before.chars().take(start).collect::<String>());
    let wide = line.offers.iter().map(|offer| columns::width(offer.label.as_str())).max().unwrap_or(0) + 4;
    let width = wide.clamp(16, OFFERS).min(anchor.width.saturating_sub(2));
    let x = (anchor.x + 3 + indent).min(anchor.x + anchor.width.saturating_sub(width + 1)).max(anchor.x + 1);
    let rows = u16::try_from(line.offers.len()).unwrap_or(8) + 2;
    let y = anchor.y + 1;
    let height = rows.min(above.bottom().saturating_sub(y));
    let keep = pen.cursor;
    let inside = pen.float(Rect { x, y, width, height }, "", "", Role::Rule);
    let fg = pen.style(Role::Fg);
    for (y, (place, offer)) in (inside.top()..inside.bottom()).zip(line.offers.iter().enumerate()) {
        let row = Rect { y, height: 1, ..inside };
        pen.put(row.x + 1, y, row.right().saturating_sub(1), offer.label.as_str(), fg);
        pen.spot((row.x, y, row.right()), Press::Offer(place));
        if line.taken.as_ref().is_some_and(|(at, _, _)| *at == place) {
            pen.select(row, Role::Sel);
        }
    }
    pen.cursor = keep;
}
