//! What the runtime tells of letters.

use super::super::{Effects, toast};
use super::{
    awaited, changed, fields, keep_again, keys, laden, look, on_top, open_below, open_mut, prospect, send, shelf,
    taken, wanted,
};
use crate::app::compose::order::{Begun, Habits, News, Order, Unsent, Waiting};
use crate::app::compose::{Field, Kept, Offers, Open};
use crate::app::model::{Model, Pane, Ticket};
use crate::app::msg::Effect;
use crate::app::tasks;
use crate::letter::{Attachment, LetterId};
use crate::mail::UnixTime;
use crate::safe_text::SafeText;

/// Something came.
pub(crate) fn heard(model: &mut Model, fx: &mut Effects, news: News) {
    match news {
        News::Desk(habits) => desk(model, fx, *habits),
        News::Wanted(how) => wanted(model, fx, how),
        News::Begun(ticket, begun) => self::begun(model, fx, ticket, *begun),
        News::NotBegun(ticket, reason) => {
            model.letters.begun.remove(&ticket);
            model.letters.over.remove(&ticket);
            if !model.letters.called_off.remove(&ticket) {
                model.letters.bring.clear();
                awaited::end(model, Some(ticket));
                toast::warn(model, fx, reason);
            }
        }
        News::Kept(letter, _) => kept(model, fx, letter),
        News::NotKept(letter, reason) => not_kept(model, fx, letter, &reason),
        News::Copied(letter, at) => copied(model, letter, at),
        News::Prospect(letter, prospect) => prospect::heard(model, letter, prospect),
        News::Attached(letter, attachment) => attached(model, fx, letter, attachment),
        News::NotAttached(letter, reason) => not_attached(model, fx, letter, reason),
        News::Dropped { letter, text, path } => dropped(model, fx, letter, (text, path)),
        News::People { turn, people } => fields::offered(model, turn, Offers::People(people)),
        News::Paths { turn, paths } => fields::offered(model, turn, Offers::Paths(paths)),
        News::Edited { letter, text, trouble } => {
            edited(model, fx, letter, text);
            if let Some(trouble) = trouble {
                toast::warn(model, fx, trouble);
            }
        }
        News::Shelf { outbox, letters } => shelved(model, fx, outbox, letters),
    }
}

fn desk(model: &mut Model, fx: &mut Effects, habits: Habits) {
    model.letters.habits = habits;
    look(model, true);
    // What an earlier run left is known before anybody asks.
    shelf(model, fx);
}

fn open_of(model: &mut Model, letter: LetterId) -> Option<&mut Open> {
    let letters = &mut model.letters;
    letters.open.iter_mut().chain(&mut letters.closing).find(|open| open.letter.id == letter)
}

/// A letter is here to be written on.
fn begun(model: &mut Model, fx: &mut Effects, ticket: Ticket, begun: Begun) {
    // What nobody asked for, or not any more, is not opened over what the user does.
    let Some(how) = model.letters.begun.remove(&ticket) else { return };
    if model.letters.called_off.remove(&ticket) {
        return awaited::unwanted(model, fx, &how, &begun);
    }
    let over = model.letters.over.remove(&ticket);
    let awaited = awaited::end(model, Some(ticket));
    let top = on_top(model);
    let letter = begun.letter.id;
    let open = taken(model, letter).unwrap_or_else(|| Open::new(begun, Some(&how)));
    let mut open = laden(model, fx, open);
    open.hints.splice(0..0, send::refusal(model, letter));
    // Nor over a letter that was begun since, or in which something was written since.
    if awaited.is_none() && top.is_some_and(|(top, _)| top != letter) && top != over {
        let place = open_below(model, open);
        toast::info(model, fx, &format!("The letter that you asked for is open{place}"));
    } else {
        model.letters.open.push(open);
        (model.prefix, model.count) = (None, None);
        if model.focus == Pane::Folders {
            model.focus = Pane::List;
        }
    }
    look(model, true);
    shelf(model, fx);
    if let Some(awaited) = awaited {
        awaited::give(model, fx, letter, awaited);
    }
}

/// The disk has a letter as it was given.
fn kept(model: &mut Model, fx: &mut Effects, letter: LetterId) {
    let Some(open) = open_of(model, letter) else { return };
    if let Some(revision) = open.keeping.pop_front() {
        open.safe = revision;
    }
    if open.is_safe() {
        open.kept = Kept::Saved;
    } else if open.keeping.is_empty() {
        // What was typed since has a timer that runs.
        open.kept = Kept::Saving;
    }
    end_closing(model, fx, letter);
}

/// A letter that was closed is let go, if nothing of it is on its way any more.
fn end_closing(model: &mut Model, fx: &mut Effects, letter: LetterId) {
    let done = |open: &Open| open.letter.id == letter && open.is_settled();
    let closing = &mut model.letters.closing;
    if let Some(at) = closing.iter().position(done) {
        closing.remove(at);
        fx.push(Effect::Letters(Order::Closed(letter)));
    }
}

/// It has not: the letter stays open, or opens again, until it has.
fn not_kept(model: &mut Model, fx: &mut Effects, letter: LetterId, reason: &SafeText) {
    let Some(open) = open_of(model, letter) else { return };
    open.keeping.pop_front();
    open.kept = Kept::Failed(reason.clone());
    let closing = &mut model.letters.closing;
    if let Some(at) = closing.iter().position(|open| open.letter.id == letter) {
        let open = closing.remove(at);
        let place = open_below(model, open);
        toast::warn(model, fx, SafeText::new(&format!("The draft is not saved: {reason}{place}")));
    }
    keep_again(model, fx);
}

fn copied(model: &mut Model, letter: LetterId, at: UnixTime) {
    if let Some(open) = open_of(model, letter) {
        open.copied = Some(at);
    }
}

/// A file is in the letter.
fn attached(model: &mut Model, fx: &mut Effects, letter: LetterId, attachment: Attachment) {
    let words = format!("Attached: {}", SafeText::squeezed(&attachment.name));
    let here = open_mut(model).is_some_and(|open| open.letter.id == letter);
    let Some(open) = open_of(model, letter) else { return };
    open.letter.attachments.push(attachment);
    open.coming = open.coming.saturating_sub(1);
    if open.field == Field::Path {
        fields::end_path(open);
    }
    if here {
        changed(model, fx);
        toast::done(model, fx, SafeText::new(&words));
        return;
    }
    open.revision = open.revision.wrapping_add(1);
    super::keep(model, fx);
}

/// A file or a message is not.
fn not_attached(model: &mut Model, fx: &mut Effects, letter: LetterId, reason: SafeText) {
    if let Some(open) = open_of(model, letter) {
        open.coming = open.coming.saturating_sub(1);
    }
    end_closing(model, fx, letter);
    look(model, true);
    toast::warn(model, fx, reason);
}

/// Whether a pasted text is a path. Where another key was pressed meanwhile, it is text already.
fn dropped(model: &mut Model, fx: &mut Effects, letter: LetterId, (text, path): (String, Option<String>)) {
    let Some(open) = open_mut(model).filter(|open| open.letter.id == letter) else { return };
    if open.dropped.as_ref().is_none_or(|dropped| dropped.text != text) {
        return;
    }
    if path.is_some() {
        open.dropped = Some(crate::app::compose::Dropped { text, path });
        return;
    }
    open.dropped = None;
    keys::put_in(model, fx, &text);
}

/// What `$EDITOR` saved.
fn edited(model: &mut Model, fx: &mut Effects, letter: LetterId, text: Option<String>) {
    let here = open_mut(model).is_some_and(|open| open.letter.id == letter);
    let (Some(open), Some(text)) = (open_of(model, letter), text) else { return };
    open.lines.body.set(&text);
    if here {
        changed(model, fx);
    } else {
        open.revision = open.revision.wrapping_add(1);
    }
    super::keep(model, fx);
}

/// What is on its way, and what was not sent. The cursor of the tasks screen stays on its line.
fn shelved(model: &mut Model, fx: &mut Effects, outbox: Vec<Waiting>, letters: Vec<Unsent>) {
    let before = tasks::key(model);
    if let Some(words) = send::note_stuck(model, &outbox) {
        toast::warn(model, fx, words);
    }
    let held = &mut model.letters.shelf;
    (held.outbox, held.letters, held.waiting) = (outbox, letters, false);
    tasks::seat(model, before);
    if std::mem::take(&mut model.letters.shelf.dirty) {
        shelf(model, fx);
    }
}
