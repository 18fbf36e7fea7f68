//! The last row: hints from the table of actions, the most useful first; `? help` stands right and is never dropped.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::action::available::available;
use crate::app::action::{self, Context, Id, Needs, Place, table};
use crate::app::cursor;
use crate::app::footer::{is_apt, pending, reader_place, search_word, wizard_place};
use crate::app::help::keyed;
use crate::app::key::parse_sequence;
use crate::app::model::{Body, InputPurpose, Model, Overlay, Pane};
use crate::app::msg::Press;
use crate::app::reading::Find;
use crate::app::rights;
use crate::app::wizard::{Field, Step, Wizard};
use crate::ui::keys::{Labels, base_context, written};
use crate::ui::overlay::draw_prompt;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::{columns, format};

/// A hint: key, word, and the colour of the key.
struct Hint {
    id: Id,
    key: String,
    word: String,
    role: Role,
}

/// Draws the footer; `progress` is how far the reader is, in percent.
pub fn draw(model: &Model, progress: Option<u64>, pen: &mut Pen<'_>, area: Rect) {
    pen.ground(area, Role::Surface);
    let y = area.y;
    let pending = pending(model);
    if let Some(keys) = &pending {
        let (key, muted) = (pen.style(Role::Key), pen.style(Role::Muted));
        let more = format!(" {}", pen.glyphs.more);
        pen.put_all(area.x + 1, y, area.right(), &[(keys, key), (&more, muted)]);
    }
    let labels = Labels::of(model, base_context(model));
    let (key_style, muted, faint) = (pen.style(Role::Key), pen.style(Role::Muted), pen.style(Role::Faint));
    let help = labels.key(Id::Help).unwrap_or_else(|| "?".to_owned());
    let help_width = columns::width(&help) + columns::width(" help");
    let help_x = area.right().saturating_sub(help_width + 1);
    let after = pen.put_all(help_x, y, area.right(), &[(&help, key_style), (" help", muted)]);
    pen.spot((help_x, y, after), Press::Run(Id::Help));
    if let Some(Overlay::Input { purpose: InputPurpose::Find, text, cursor }) = &model.overlay {
        let left = Rect { width: help_x.saturating_sub(area.x), ..area };
        draw_prompt(text, *cursor, &found(model), pen, left);
        return;
    }
    let mut end = help_x.saturating_sub(2);
    let extra = extra(model, progress);
    if !extra.is_empty() && area.width >= 60 {
        end = pen.put_right(area.x, end, y, &extra, faint).saturating_sub(2);
    }
    if pending.is_none() {
        draw_hints(&hints(model, &labels), marked(model), pen, (area.x + 1, y, end));
    }
}

fn draw_hints(hints: &[Hint], marked: Option<String>, pen: &mut Pen<'_>, (mut x, y, end): (u16, u16, u16)) {
    let (accent, muted) = (pen.bold(Role::Accent), pen.style(Role::Muted));
    if let Some(text) = marked {
        x = pen.put(x, y, end, &text, accent) + 2;
    }
    let more = columns::width(pen.glyphs.more);
    for (place, hint) in hints.iter().enumerate() {
        let wide = columns::width(&hint.key) + columns::width(&hint.word) + 1;
        let last = place + 1 == hints.len();
        if x + wide + if last { 0 } else { more + 2 } > end {
            pen.put(x, y, end, pen.glyphs.more, muted);
            return;
        }
        let style: Style = pen.style(hint.role).patch(pen.bold(hint.role));
        let after = pen.put_all(x, y, end, &[(&hint.key, style), (" ", muted), (&hint.word, muted)]);
        pen.spot((x, y, after), Press::Run(hint.id));
        x = after + 2;
    }
}

/// "3 marked", while there are marks.
fn marked(model: &Model) -> Option<String> {
    let other =
        matches!(model.overlay, Some(Overlay::Tasks { .. } | Overlay::Input { purpose: InputPurpose::Search, .. }));
    let here = model.focus == Pane::List && !other && model.letters.open.is_empty();
    let count = cursor::marked(model);
    (here && count > 0).then(|| format!("{count} marked"))
}

/// Where the hints are for.
fn place(model: &Model) -> Place {
    match (&model.overlay, model.focus) {
        (Some(Overlay::Tasks { .. }), _) => Place::Tasks,
        _ if model.wizard.is_some() => wizard_place(model),
        _ if !model.letters.open.is_empty() => Place::Compose,
        (Some(Overlay::Input { purpose: InputPurpose::Search, .. }), _) => Place::Search,
        (_, Pane::Folders) => Place::Folders,
        (_, Pane::Reader) => reader_place(model),
        (_, Pane::List) if cursor::is_marking(model) => Place::Marked,
        (_, Pane::List) if model.search.is_passing(model.list.source) => Place::Results,
        (_, Pane::List) => Place::List,
    }
}

/// The hints in their order; the key that repairs what is broken comes first.
fn hints(model: &Model, labels: &Labels) -> Vec<Hint> {
    let place = place(model);
    let mut ranked: Vec<_> = table()
        .iter()
        .flat_map(|entry| entry.hints.iter().map(move |hint| (entry.id, hint)))
        .filter(|(id, hint)| hint.place == place && !rights::rule_out(model, *id))
        .filter(|(id, _)| is_apt(model, *id))
        .collect();
    ranked.sort_by_key(|(_, hint)| hint.rank);
    if let Some(wizard) = model.wizard.as_deref() {
        return wizard_hints(model, wizard, &ranked);
    }
    let banner = model.banner.as_ref().filter(|_| place != Place::Compose);
    let repair = banner.and_then(|banner| banner.keys.first());
    let repair = repair.and_then(|(id, word)| Some((*id, labels.key(*id)?, word.to_string())));
    let repaired = repair.as_ref().map(|(id, _, _)| *id);
    let first = repair.map(|(id, key, word)| Hint { id, key, word, role: Role::Warn });
    let nothing = matches!(place, Place::List | Place::Results) && model.list.rows.is_empty();
    let idle = |id: Id| {
        nothing && (id == Id::Open || matches!(id.entry().needs, Needs::Message | Needs::Messages | Needs::Text))
    };
    let rest = ranked.into_iter().filter(|(id, _)| Some(*id) != repaired && !idle(*id)).filter_map(|(id, hint)| {
        let word = if id == Id::Links { links(model, hint.word) } else { search_word(model, id, hint.word) };
        Some(Hint { id, key: labels.key(id)?, word, role: Role::Key })
    });
    first.into_iter().chain(rest).collect()
}

/// The wizard's hints: while a line is typed, letters are none, and what needs one to be pressed has another key or none.
fn wizard_hints(model: &Model, wizard: &Wizard, ranked: &[(Id, &action::Hint)]) -> Vec<Hint> {
    let typing = |keys: &&String| {
        !wizard.is_typing() || parse_sequence(keys).is_none_or(|keys| keys.iter().all(|key| key.text().is_none()))
    };
    let hint = |(id, hint): &(Id, &action::Hint)| {
        let key = model.keymap.keys_of(Context::Wizard, *id).iter().find(typing)?;
        let word = match (id, wizard.step, wizard.focus) {
            (Id::Open, Step::Servers, _) if wizard.is_typing() => "done",
            (Id::Back, Step::Servers, _) if wizard.is_typing() => "as it was",
            (Id::Back, Step::Address, _) if wizard.first => "quit",
            (Id::Open, _, Field::Demo | Field::Another | Field::OtherWay | Field::ByHand | Field::Found(_)) => "choose",
            _ => hint.word,
        };
        available(model, *id).ok()?;
        Some(Hint { id: *id, key: written(key), word: word.to_owned(), role: Role::Key })
    };
    ranked.iter().filter_map(hint).collect()
}

/// "links 3"
fn links(model: &Model, word: &str) -> String {
    match &model.reader.body {
        Body::Ready(laid) if !laid.document.links.is_empty() => format!("{word} {}", laid.document.links.len()),
        Body::None | Body::Loading { .. } | Body::Ready(_) | Body::Failed(_) => word.to_owned(),
    }
}

/// "3 of 17 found"; in a conversation they are those of one message.
fn found(model: &Model) -> String {
    let here = model.reader.conversation.is_some();
    let found = if here { "in this message" } else { "found" };
    match &model.reader.find {
        Some(find) if find.waiting.is_some() => String::new(),
        Some(find) if find.hits.is_empty() && find.query.is_some() => String::new(),
        Some(find) if find.hits.is_empty() && find.folded > 0 => format!("{} in folded quotes", find.folded),
        Some(find) if find.hits.is_empty() && here && is_typing(model) => "not in this message".to_owned(),
        Some(find) if find.hits.is_empty() => "not found".to_owned(),
        Some(find) if find.fresh => format!("{} {found}, {}", find.hits.len(), keyed(model, "{find-next} shows")),
        Some(find) => format!("{} of {} {found}", find.at + 1, find.hits.len()),
        None => keyed(model, "enter done, then {find-next} and {find-previous}"),
    }
}

fn is_typing(model: &Model) -> bool {
    matches!(model.overlay, Some(Overlay::Input { purpose: InputPurpose::Find, .. }))
}

/// A fact left of the help: how far the reader is, how much waits, that this is the demo.
fn extra(model: &Model, progress: Option<u64>) -> String {
    if matches!(model.overlay, Some(Overlay::Tasks { .. })) {
        return format!("queue {}", format::count(u64::from(model.tasks.queued)));
    }
    if !model.letters.open.is_empty() {
        return String::new();
    }
    if model.focus == Pane::Reader && model.reader.find.as_ref().is_some_and(Find::says_something) {
        return found(model);
    }
    match progress.filter(|_| model.focus == Pane::Reader) {
        Some(percent) => format!("{percent}%"),
        None if rights::shows_read_only(model) => "read-only".to_owned(),
        None if model.options.demo => "demo".to_owned(),
        None => String::new(),
    }
}
