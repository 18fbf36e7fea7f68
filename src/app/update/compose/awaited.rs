//! A letter that was asked for and is not here yet: what is typed meanwhile is for it. It is held, given to the letter when
//! that is here, and dropped where it does not come: no key for a letter is ever one for the list below.

use super::super::{Effects, act, keys, overlay, toast};
use super::{is_here, order, settle, shelf};
use crate::app::action::{Context, Id};
use crate::app::compose::order::{Begun, How, Order};
use crate::app::compose::{Awaited, Held, Tool, shown};
use crate::app::cursor::current;
use crate::app::geometry::{Class, panes};
use crate::app::key::Code;
use crate::app::model::{Model, Overlay, Ticket, Toast, Tone};
use crate::app::msg::{Msg, Timer};
use crate::letter::LetterId;
use crate::mail::UnixTime;
use crate::safe_text::SafeText;

/// How long nothing is said: most letters are here sooner.
const SAID_MILLIS: u64 = 150;
/// How much is held: keys, and bytes of what is pasted.
const HELD_MOST: usize = 64 * 1024;
/// When the toast that says it goes: with what it says.
const NEVER: UnixTime = UnixTime(i64::MAX);

/// From now on what is typed is for this letter; where something is held already, that is for the one that it was typed for.
pub(crate) fn wait(model: &mut Model, fx: &mut Effects, ticket: Ticket, how: &How) {
    let held = model.letters.awaited.as_ref().is_some_and(|awaited| !awaited.held.is_empty());
    if held || model.wizard.is_some() {
        return;
    }
    let toast = end(model, None).and_then(|awaited| awaited.toast);
    let (what, said) = match how {
        How::New | How::Link(_) => ("Opening a new mail", false),
        How::Kept(_) => ("Opening the draft", false),
        How::Answer(..) | How::Forward(_) | How::ForwardAttached(_) | How::Bounce(_) | How::Anew(_) | How::Draft(_) => {
            ("Fetching the mail", current(model).is_some_and(|row| !row.cached))
        }
    };
    let awaited = Awaited { ticket, what, held: Vec::new(), size: 0, full: false, said, toast };
    model.letters.awaited = Some(awaited);
    toast::arm(model, fx, SAID_MILLIS, Timer::Awaited);
}

/// It has been waited for long enough to be said.
pub(crate) fn due(model: &mut Model) {
    if let Some(awaited) = &mut model.letters.awaited {
        awaited.said = true;
    }
}

/// Says it for as long as it is so; what else is to be said waits.
pub(crate) fn say(model: &mut Model) {
    let Some(awaited) = model.letters.awaited.as_mut().filter(|awaited| awaited.said) else { return };
    if model.toast.as_ref().is_some_and(|toast| toast.until == NEVER) {
        return;
    }
    let text = SafeText::new(&format!("{}… esc stops it", awaited.what));
    let toast = Toast { text, undo: None, until: NEVER, seconds: 0, tone: Tone::Info };
    awaited.toast = model.toast.replace(toast).or(awaited.toast.take());
}

/// The letter is not waited for any more, if it is the one of this ticket.
pub(crate) fn end(model: &mut Model, ticket: Option<Ticket>) -> Option<Awaited> {
    let is_it = |awaited: &mut Awaited| ticket.is_none_or(|ticket| awaited.ticket == ticket);
    let mut awaited = model.letters.awaited.take_if(is_it)?;
    if model.toast.as_ref().is_some_and(|toast| toast.until == NEVER) {
        model.toast = awaited.toast.take();
    }
    Some(awaited)
}

/// Takes what was pressed, typed or pasted, if it is for a letter that is not here yet. The mouse points at what is there now,
/// which is behind that letter: it does nothing.
pub(crate) fn takes(model: &mut Model, fx: &mut Effects, msg: &Msg) -> bool {
    let free = matches!(model.overlay, None | Some(Overlay::FolderDrawer)) && panes(model).class != Class::Tiny;
    if !free || model.wizard.is_some() || model.letters.awaited.is_none() {
        return false;
    }
    if let Msg::Key(key) = msg {
        if key.code == Code::Esc {
            stop(model, fx);
            return true;
        }
        if let Some(id @ (Id::Quit | Id::Suspend | Id::Redraw)) = model.keymap.meaning(Context::Compose, &[*key]).id() {
            act::run(model, fx, id);
            return true;
        }
    }
    let Some(awaited) = &mut model.letters.awaited else { return false };
    let (held, size) = if let Msg::Key(key) = msg {
        (Held::Key(*key), 1)
    } else if let Msg::Paste(text) = msg {
        (Held::Paste(text.clone()), text.len())
    } else {
        return true;
    };
    // Nothing that came later goes in where something is missing.
    awaited.full |= awaited.size.saturating_add(size) > HELD_MOST;
    if !awaited.full {
        awaited.size += size;
        awaited.held.push(held);
    }
    true
}

/// The letter is called off, and with it what was typed for it.
fn stop(model: &mut Model, fx: &mut Effects) {
    let Some(awaited) = end(model, None) else { return };
    model.letters.called_off.insert(awaited.ticket);
    model.letters.over.remove(&awaited.ticket);
    model.letters.bring.clear();
    toast::info(model, fx, "Stopped: no mail is opened");
}

/// A letter that was called off has come all the same: it goes as one that is closed at once.
pub(crate) fn unwanted(model: &mut Model, fx: &mut Effects, how: &How, begun: &Begun) {
    let letter = begun.letter.id;
    let letters = &model.letters;
    if letters.open.iter().chain(&letters.closing).any(|open| open.letter.id == letter) {
        return;
    }
    let old = matches!(how, How::Draft(_) | How::Kept(_));
    order(fx, if old { Order::Closed(letter) } else { Order::Discard(letter) });
    shelf(model, fx);
}

/// The letter is here: what was typed for it goes into it, as long as it is the one that is shown. Nothing is sent or discarded
/// that nobody has seen.
pub(crate) fn give(model: &mut Model, fx: &mut Effects, letter: LetterId, awaited: Awaited) {
    settle(model);
    for held in awaited.held {
        if shown(model).is_none_or(|open| open.letter.id != letter) {
            return;
        }
        match held {
            Held::Key(key) if is_here(model) && is_last(model.keymap.meaning(Context::Compose, &[key]).id()) => {
                return toast::info(model, fx, "The mail is here now: look at it before you send or discard it");
            }
            Held::Key(key) => keys::pressed(model, fx, key),
            Held::Paste(text) if is_here(model) => super::keys::paste(model, fx, &text),
            Held::Paste(text) => overlay::paste(model, fx, &text),
        }
        settle(model);
    }
    if awaited.full {
        let words = "More was typed than is held while a mail opens: the end of it is missing";
        toast::warn(model, fx, SafeText::from_static(words));
    }
}

/// Whether nothing can be written in a letter after this.
fn is_last(id: Option<Id>) -> bool {
    matches!(id, Some(Id::Tool(Tool::Send | Tool::Later | Tool::Discard)))
}
