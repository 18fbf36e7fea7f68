//! `W` and the rules: all mail of a sender or a list at once, now and from now on, and the way off a mailing.

use super::act::Step;
use super::{Effects, overlay, post, toast, triage};
use crate::app::cursor::current;
use crate::app::key::Key;
use crate::app::model::{Model, Overlay, Picker, Ticket};
use crate::app::msg::{Effect, Query};
use crate::app::sweep::{Choice, Sweep, Ways};
use crate::mail::rule::{Deed, Rule};
use crate::mail::sweep::Swept;
use crate::mail::{AccountId, MessageId, UnixTime};
use crate::protocol::{Action, Command, Priority};
use crate::render::unsubscribe::Unsubscribe;
use crate::safe_text::SafeText;

/// Why nothing is done.
/// Seconds of a day: a rule holds from the beginning of the day on which it was made.
const DAY: i64 = 86_400;

/// Opens the box on the sender of the message that the user looks at.
pub(crate) fn open(model: &mut Model, fx: &mut Effects) {
    let row = current(model).map(|row| (row.id, row.account, row.from.clone()));
    let Some((message, account, name)) = row else { return };
    model.work.sweep_load = Some(model.load(fx, Query::Sweep(message)));
    fx.push(Effect::WaysOut(message));
    let sweep = Sweep {
        message,
        account,
        name,
        swept: None,
        at: 0,
        ways: Ways::Reading,
        picker: Picker::default(),
        moved: false,
    };
    model.overlay = Some(Overlay::Sweep(Box::new(sweep)));
}

fn sweep(model: &mut Model) -> Option<&mut Sweep> {
    match &mut model.overlay {
        Some(Overlay::Sweep(sweep)) => Some(sweep),
        _ => None,
    }
}

/// The choices changed: the cursor stays on its own, if it was put there; else it stands on the first.
fn refresh(sweep: &mut Sweep, before: Option<Choice>) {
    let choices = sweep.choices();
    let before = before.filter(|_| sweep.moved);
    let place = choices.iter().position(|choice| Some(*choice) == before);
    sweep.picker = Picker {
        text: String::new(),
        cursor: place.unwrap_or(0),
        hits: (0..choices.len()).collect(),
        of: choices.len(),
        ..Picker::default()
    };
}

/// The user put the cursor where it is, in this box or another one.
pub(crate) fn moved(model: &mut Model) {
    if let Some(sweep) = sweep(model) {
        sweep.moved = true;
    }
}

/// What there is was counted.
pub(crate) fn counted(model: &mut Model, fx: &mut Effects, ticket: Ticket, swept: Vec<Swept>) {
    if model.work.sweep_load != Some(ticket) {
        return;
    }
    model.work.sweep_load = None;
    let Some(sweep) = sweep(model) else { return };
    if swept.is_empty() {
        model.overlay = None;
        return toast::info(model, fx, "This message names no sender");
    }
    let before = sweep.chosen();
    sweep.swept = Some(swept);
    refresh(sweep, before);
}

/// How one gets off the mailing was read, or its header has to be fetched first.
pub(crate) fn ways_out(model: &mut Model, fx: &mut Effects, message: MessageId, ways: Option<Unsubscribe>) {
    let Some(sweep) = sweep(model).filter(|sweep| sweep.message == message) else { return };
    let before = sweep.chosen();
    sweep.ways = match ways {
        Some(ways) if ways == Unsubscribe::default() => Ways::None,
        Some(ways) => Ways::Known(ways),
        None if sweep.ways == Ways::Reading => {
            fx.push(Effect::Sync(Command::WantBody { message, priority: Priority::Open, whole: false }));
            Ways::Fetching
        }
        None => Ways::None,
    };
    refresh(sweep, before);
}

/// A message, or its beginning, is here.
pub(crate) fn body_ready(model: &mut Model, fx: &mut Effects, message: MessageId) {
    let waits = |sweep: &&mut Sweep| sweep.message == message && sweep.ways == Ways::Fetching;
    if sweep(model).as_ref().is_some_and(waits) {
        fx.push(Effect::WaysOut(message));
    }
}

/// A message cannot be had.
pub(crate) fn body_failed(model: &mut Model, message: MessageId) {
    if let Some(sweep) = sweep(model).filter(|sweep| sweep.message == message && sweep.ways == Ways::Fetching) {
        sweep.ways = Ways::None;
    }
}

/// A load failed.
pub(crate) fn failed(model: &mut Model, ticket: Ticket) {
    if model.work.sweep_load == Some(ticket) {
        model.work.sweep_load = None;
        if sweep(model).is_some() {
            model.overlay = None;
        }
    }
}

/// A key in the box.
pub(crate) fn pressed(model: &mut Model, fx: &mut Effects, key: Key) {
    match key.text() {
        Some('j') => overlay::step(model, Step::Lines(1)),
        Some('k') => overlay::step(model, Step::Lines(-1)),
        Some(letter) => {
            let found = sweep(model).and_then(|sweep| {
                let place = sweep.choices().iter().position(|choice| choice.key() == letter)?;
                (sweep.picker.cursor, sweep.moved) = (place, true);
                Some(())
            });
            if found.is_some() {
                overlay::accept(model, fx);
            }
        }
        None => {}
    }
}

/// Does what the cursor is on; the box closes, but for what only changes it.
pub(crate) fn accept(model: &mut Model, fx: &mut Effects, mut sweep: Box<Sweep>) {
    let (Some(choice), swept) = (sweep.chosen(), sweep.current().cloned()) else {
        model.overlay = Some(Overlay::Sweep(sweep));
        return;
    };
    let looking = matches!(choice, Choice::Open | Choice::Copy | Choice::Other);
    if let (Some(why), false) = (model.options.read_only, looking) {
        return toast::warn(model, fx, SafeText::from_static(why.sentence()));
    }
    let ways = if let Ways::Known(ways) = &sweep.ways { ways.clone() } else { Unsubscribe::default() };
    match choice {
        Choice::Archive | Choice::Trash | Choice::ArchiveAlways | Choice::TrashAlways => {
            let Some(swept) = swept else { return };
            away(model, fx, choice, sweep.account, swept);
        }
        Choice::OneClick => {
            let Some(target) = ways.one_click else { return };
            let account = sweep.account;
            post::start(model, fx, Some(account), |op| {
                Effect::Sync(Command::Click { op, account, url: target.url, host: target.host })
            });
        }
        Choice::Mail => {
            let Some(mail) = ways.mail else { return };
            let (account, message) = (sweep.account, sweep.message);
            post::start(model, fx, None, |op| Effect::Leave { op, account, message, mail });
        }
        Choice::Open | Choice::Copy => {
            let Some(target) = ways.link else { return };
            let link = SafeText::new(&target.url);
            fx.push(if choice == Choice::Open { Effect::OpenLink(link) } else { Effect::Copy(link) });
        }
        Choice::Other => {
            let count = sweep.swept.as_ref().map_or(1, Vec::len).max(1);
            sweep.at = (sweep.at + 1) % count;
            sweep.moved = true;
            refresh(&mut sweep, Some(choice));
            model.overlay = Some(Overlay::Sweep(sweep));
        }
    }
}

/// Archives or trashes all of it, as one operation, of which the rule is a part: one undo takes both back.
fn away(model: &mut Model, fx: &mut Effects, choice: Choice, account: AccountId, swept: Swept) {
    let trash = matches!(choice, Choice::Trash | Choice::TrashAlways);
    let always = matches!(choice, Choice::ArchiveAlways | Choice::TrashAlways);
    let rule = always.then(|| {
        let deed = if trash { Deed::Trash } else { Deed::Archive };
        let since = UnixTime(model.clock.now.0.div_euclid(DAY).saturating_mul(DAY));
        (account, Rule { whom: swept.whom, account: None, deed, since })
    });
    let (action, ids) = if trash { (Action::Trash, swept.all) } else { (Action::Archive, swept.inbox) };
    triage::on_many(model, fx, (action, ids), rule);
}

/// Asks for the rules.
pub(crate) fn open_rules(model: &mut Model, fx: &mut Effects) {
    model.work.sweep_load = Some(model.load(fx, Query::Rules));
}

/// The rules were read.
pub(crate) fn rules(model: &mut Model, fx: &mut Effects, ticket: Ticket, rules: Result<Vec<Rule>, SafeText>) {
    if model.work.sweep_load != Some(ticket) {
        return;
    }
    model.work.sweep_load = None;
    let under = matches!(model.overlay, Some(Overlay::Rules { .. }));
    match rules {
        Err(reason) => {
            if under {
                model.overlay = None;
            }
            toast::warn(model, fx, reason);
        }
        Ok(rules) if rules.is_empty() => toast::info(model, fx, "There are no rules; W on a message makes one"),
        Ok(rules) => {
            let rules = rules.into_iter().map(|rule| (rule, false)).collect();
            overlay::open(model, Overlay::Rules { rules, picker: Picker::default() });
        }
    }
}

/// Takes the rule under the cursor away, or puts it back.
pub(crate) fn toggle_rule(model: &mut Model, fx: &mut Effects, mut rules: Vec<(Rule, bool)>, picker: Picker) {
    let place = picker.hits.get(picker.cursor).copied();
    if let Some(why) = model.options.read_only {
        toast::warn(model, fx, SafeText::from_static(why.sentence()));
    } else if let Some((rule, gone)) = place.and_then(|place| rules.get_mut(place)) {
        fx.push(Effect::Sync(Command::Rule { rule: rule.clone(), on: *gone }));
        *gone = !*gone;
    }
    model.overlay = Some(Overlay::Rules { rules, picker });
}

/// A rule was changed, or not.
pub(crate) fn rules_changed(model: &mut Model, fx: &mut Effects, told: Result<SafeText, SafeText>) {
    match told {
        // A word that holds an undo stays.
        Ok(text) if model.toast.as_ref().is_none_or(|toast| toast.undo.is_none()) => toast::done(model, fx, text),
        Ok(_) => {}
        Err(reason) => {
            toast::warn(model, fx, reason);
            if matches!(model.overlay, Some(Overlay::Rules { .. })) {
                open_rules(model, fx);
            }
        }
    }
}
