//! The fields of a letter: where the focus goes, what is offered below a field, who writes, what is attached.

use super::super::{Effects, toast};
use super::{changed, coming, look, open_mut};
use crate::app::compose::editor::Editor;
use crate::app::compose::order::Order;
use crate::app::compose::{Completion, Field, Offers, Open, Tool, people_line, people_of, shown};
use crate::app::model::Model;
use crate::app::msg::Effect;
use crate::compose::address::{self, folded, without_tag};
use crate::letter::Mailbox;
use crate::letter::style::Identity;
use crate::safe_text::SafeText;

/// Everybody that the user can write as, with the account.
pub(crate) fn identities(model: &Model) -> Vec<(&str, &Identity)> {
    let writers = &model.letters.habits.writers;
    writers.iter().flat_map(|writer| writer.identities.iter().map(|one| (writer.account.as_str(), one))).collect()
}

/// Gives the focus to a field.
pub(crate) fn focus(model: &mut Model, field: Field) {
    let Some(open) = open_mut(model) else { return };
    if open.field == field {
        return;
    }
    leave(open);
    open.field = field;
    if field == Field::Attached {
        open.chosen = open.chosen.min(open.letter.attachments.len().saturating_sub(1));
    }
    look(model, false);
}

/// A field loses the focus: its line is written as it is understood.
fn leave(open: &mut Open) {
    open.close_list();
    let field = open.field;
    if field == Field::Path {
        open.lines.path = Editor::default();
    }
    if !field.is_people() {
        return;
    }
    let Some(line) = open.line_mut(field) else { return };
    let text = line.text();
    let written = people_line(&people_of(&text));
    if written != text && address::parse(&text).unread.is_empty() {
        *line = Editor::line(&written);
    }
}

/// To the next field, or the one before; first what is offered is taken, if that is `taken`.
pub(crate) fn next(model: &mut Model, fx: &mut Effects, by: isize, taken: bool) {
    if taken && by > 0 && shown(model).is_some_and(|open| open.meant().is_some()) {
        return take(model, fx);
    }
    let count = identities(model).len();
    let Some(open) = shown(model) else { return };
    let fields = open.fields(count);
    let here = fields.iter().position(|field| *field == open.field).unwrap_or(0);
    let last = fields.len().saturating_sub(1);
    let to = match by {
        // Tab goes round; arrows end at the ends.
        1.. if here == last => {
            if taken {
                0
            } else {
                last
            }
        }
        1.. => here + 1,
        _ if here == 0 => {
            if taken {
                last
            } else {
                0
            }
        }
        _ => here - 1,
    };
    if let Some(field) = fields.get(to).copied() {
        focus(model, field);
    }
}

/// Enter: takes what is offered, attaches, ends a line, or goes on to the next field.
pub(crate) fn enter(model: &mut Model, fx: &mut Effects) {
    let Some(open) = open_mut(model) else { return };
    if open.meant().is_some() {
        return take(model, fx);
    }
    match open.field {
        Field::Body => {
            open.lines.body.insert("\n");
            changed(model, fx);
        }
        Field::Path => attach(model, fx),
        Field::From | Field::To | Field::Cc | Field::Bcc | Field::Subject | Field::Attached => {
            next(model, fx, 1, false);
        }
    }
}

/// The beginning of what is being typed in a line of people, in bytes: behind the last comma left of the cursor that is not
/// in quotes.
fn item_start(before: &str) -> usize {
    let (mut start, mut quoted) = (0, false);
    for (at, c) in before.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ',' | ';' if !quoted => start = at + 1,
            _ => {}
        }
    }
    start + before.get(start..).map_or(0, |item| item.len() - item.trim_start().len())
}

/// Asks for what may be meant by what is typed. Until that is known the list stays in sight, and enter takes nothing of it: it
/// is about what stood there before.
pub(crate) fn ask(model: &mut Model, fx: &mut Effects) {
    model.letters.turn = model.letters.turn.wrapping_add(1);
    let turn = model.letters.turn;
    let Some(open) = open_mut(model) else { return };
    open.turn = turn;
    if let Some(list) = &mut open.completion {
        list.chosen = false;
    }
    let field = open.field;
    let Some(line) = open.line(field) else { return };
    let before = line.line_text(0).get(..line.cursor().byte).unwrap_or_default();
    let text = if field == Field::Path { before } else { before.get(item_start(before)..).unwrap_or_default() };
    let text = text.to_owned();
    if text.trim().is_empty() {
        open.completion = None;
        return;
    }
    let order = if field == Field::Path {
        Order::Paths { turn, text }
    } else {
        Order::People { turn, text, account: open.letter.account.clone() }
    };
    fx.push(Effect::Letters(order));
}

/// Whether what is typed is somebody already, so that enter means the next field.
pub(super) fn is_whole(open: &Open) -> bool {
    let Some(line) = open.line(open.field) else { return false };
    let before = line.line_text(0).get(..line.cursor().byte).unwrap_or_default();
    let item = before.get(item_start(before)..).unwrap_or_default();
    address::problem(item.trim()).is_none()
}

/// Takes what is offered.
pub(crate) fn take(model: &mut Model, fx: &mut Effects) {
    let Some(open) = open_mut(model) else { return };
    let Some(completion) = open.completion.take() else { return };
    // Who is found yet is found for what stood there.
    open.close_list();
    let place = completion.cursor.unwrap_or(0);
    let field = open.field;
    match completion.offers {
        Offers::People(people) => {
            let Some(line) = open.line_mut(field) else { return };
            let Some(person) = people.get(place) else { return };
            let text = line.line_text(0).to_owned();
            let cursor = line.cursor().byte;
            let start = item_start(text.get(..cursor).unwrap_or_default());
            let rest = text.get(cursor..).unwrap_or_default();
            // The rest of what was typed goes with it.
            let end = cursor + rest.find([',', ';']).unwrap_or(rest.len());
            let tail = text.get(end..).unwrap_or_default().trim_start_matches([',', ';', ' ']);
            let before = text.get(..start).unwrap_or_default();
            let head = format!("{before}{}, ", apart(before, person));
            line.set(&format!("{head}{tail}"));
            line.put_byte(head.len());
            changed(model, fx);
        }
        Offers::Paths(paths) => {
            let Some(path) = paths.get(place) else { return };
            open.lines.path.set(path);
            open.lines.path.put_byte(usize::MAX);
            if path.ends_with('/') {
                ask(model, fx);
            } else {
                attach(model, fx);
            }
        }
    }
}

/// Somebody as they are written behind what stands there: what is no address yet does not become the first half of their name.
fn apart(before: &str, person: &Mailbox) -> String {
    let shown = address::shown(person);
    match shown.rsplit_once(" <") {
        Some((name, rest)) if !name.starts_with('"') && !address::parse(before).unread.is_empty() => {
            format!("\"{name}\" <{rest}")
        }
        Some(_) | None => shown,
    }
}

/// An offer was clicked.
pub(crate) fn pressed(model: &mut Model, fx: &mut Effects, place: usize) {
    if let Some(completion) = open_mut(model).and_then(|open| open.completion.as_mut()) {
        completion.cursor = Some(place.min(completion.offers.len().saturating_sub(1)));
    }
    take(model, fx);
}

/// People or paths have come.
pub(super) fn offered(model: &mut Model, turn: u64, offers: Offers) {
    let Some(open) = open_mut(model).filter(|open| open.turn == turn) else { return };
    // What the user went to stays under the cursor.
    if open.completion.as_ref().is_some_and(|list| list.chosen) {
        return;
    }
    let fits = match &offers {
        Offers::People(_) => open.field.is_people(),
        Offers::Paths(_) => open.field == Field::Path,
    };
    if !fits {
        return;
    }
    let offers = match offers {
        // Who is there already is not offered.
        Offers::People(mut people) => {
            let there = |person: &Mailbox| {
                let same = |other: &Mailbox| folded(&other.address) == folded(&person.address);
                [Field::To, Field::Cc, Field::Bcc].into_iter().flat_map(|field| open.people(field)).any(same)
            };
            people.retain(|person| !there(person));
            Offers::People(people)
        }
        paths @ Offers::Paths(_) => paths,
    };
    let cursor = match open.completion.as_ref().filter(|list| list.turn == turn) {
        _ if open.field.is_people() && is_whole(open) => None,
        // More of the same question: nobody else comes under the cursor.
        Some(list) => list.cursor.and_then(|at| same_place(&list.offers, at, &offers)),
        None => Some(0),
    };
    open.completion = (!offers.is_empty()).then_some(Completion { offers, cursor, turn, chosen: false });
}

/// Where what stands at this place of a list stands in another.
fn same_place(list: &Offers, at: usize, other: &Offers) -> Option<usize> {
    match (list, other) {
        (Offers::People(list), Offers::People(other)) => {
            let meant = folded(&list.get(at)?.address);
            other.iter().position(|person| folded(&person.address) == meant)
        }
        (Offers::Paths(list), Offers::Paths(other)) => {
            let meant = list.get(at)?;
            other.iter().position(|path| path == meant)
        }
        (Offers::People(_), Offers::Paths(_)) | (Offers::Paths(_), Offers::People(_)) => None,
    }
}

/// Shows the field Cc or Bcc, and goes there.
pub(crate) fn show(model: &mut Model, tool: Tool) {
    let Some(open) = open_mut(model) else { return };
    let field = if tool == Tool::Bcc { Field::Bcc } else { Field::Cc };
    if field == Field::Bcc {
        open.shows_bcc = true;
    } else {
        open.shows_cc = true;
    }
    focus(model, field);
}

/// Asks for the path of a file.
pub(crate) fn ask_path(model: &mut Model) {
    if shown(model).is_some_and(|open| open.field != Field::Path) {
        focus(model, Field::Path);
    }
}

/// The line of the path goes.
pub(super) fn end_path(open: &mut Open) {
    open.close_list();
    (open.lines.path, open.field) = (Editor::default(), Field::Body);
}

/// Attaches the file whose path stands there.
fn attach(model: &mut Model, fx: &mut Effects) {
    let Some(open) = open_mut(model) else { return };
    let path = open.lines.path.text().trim().to_owned();
    if path.is_empty() {
        return end_path(open);
    }
    coming::file(open, fx, path);
}

/// Takes the chosen attachment off.
pub(crate) fn detach(model: &mut Model, fx: &mut Effects) {
    let Some(open) = open_mut(model) else { return };
    let place = open.chosen.min(open.letter.attachments.len().saturating_sub(1));
    if open.letter.attachments.is_empty() {
        return;
    }
    let gone = open.letter.attachments.remove(place);
    let words = format!("No longer attached: {}", SafeText::squeezed(&gone.name));
    open.removed.push((place, gone));
    open.chosen = place.min(open.letter.attachments.len().saturating_sub(1));
    changed(model, fx);
    let words = crate::app::help::keyed(model, &format!("{words} - {{text-undo}} attaches it again"));
    toast::info(model, fx, &words);
    if let Some(open) = open_mut(model).filter(|open| open.letter.attachments.is_empty()) {
        // What was taken off is put back from here.
        open.field = Field::Attached;
    }
}

/// Attaches again what was taken off last.
pub(super) fn reattach(model: &mut Model, fx: &mut Effects) {
    let Some(open) = open_mut(model) else { return };
    let Some((place, attachment)) = open.removed.pop() else { return };
    let place = place.min(open.letter.attachments.len());
    open.letter.attachments.insert(place, attachment);
    open.chosen = place;
    changed(model, fx);
}

/// Writes as somebody else; the signature goes along.
pub(super) fn turn_identity(model: &mut Model, fx: &mut Effects, by: isize) {
    let all: Vec<(String, Identity)> =
        identities(model).into_iter().map(|(account, one)| (account.to_owned(), one.clone())).collect();
    let style = model.letters.habits.style.clone();
    let Some(open) = open_mut(model) else { return };
    let here = |same: fn(&str) -> String| {
        let from = same(&open.letter.from.address);
        all.iter().position(|(account, one)| *account == open.letter.account && same(&one.mailbox.address) == from)
    };
    // An answer may be from an identity with a tag.
    let here = here(folded).or_else(|| here(without_tag));
    let count = isize::try_from(all.len()).unwrap_or(1).max(1);
    let at = here.and_then(|here| isize::try_from(here).ok()).map_or(0, |here| (here + by).rem_euclid(count));
    let Some((account, next)) = usize::try_from(at).ok().and_then(|at| all.get(at)) else { return };
    let before = here.and_then(|here| all.get(here)).map(|(_, one)| one.signature.clone()).unwrap_or_default();
    (open.letter.account, open.letter.from) = (account.clone(), next.mailbox.clone());
    let text = open.lines.body.text();
    if let Some(signed) = crate::compose::signed_anew(&text, &before, &next.signature, &style) {
        open.lines.body.set(&signed);
    }
    changed(model, fx);
}
