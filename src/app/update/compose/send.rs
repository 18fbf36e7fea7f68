//! A letter is sent: looked at, given to the outbox, called back. Also its seal, its template, and `$EDITOR`.

use std::path::PathBuf;

use super::super::{Effects, toast, undo};
use super::{changed, look, open_mut, prospect, whole};
use crate::app::compose::order::{Order, Stand, Waiting};
use crate::app::compose::{Field, Open, Sending, recipients, seal, shown};
use crate::app::lend::{Lend, Purpose, Unlock};
use crate::app::model::{Model, Picker, Tone};
use crate::app::msg::Effect;
use crate::app::snooze;
use crate::app::when::words_of;
use crate::app::work::{Shown, Stage, Started};
use crate::compose::address::once;
use crate::compose::checks::{Kind, Weight};
use crate::letter::LetterId;
use crate::mail::UnixTime;
use crate::protocol::{Command, OpId};
use crate::safe_text::SafeText;

/// For how many seconds a mail can be called back, where the config does not say it.
const UNDO_SECONDS: u32 = 10;

/// Whether nothing stands in the way of sending the shown letter. What must be mended gets the focus; what should be looked at
/// is said once. `send`: it is sent at once, and so after a passphrase that is asked for.
pub(crate) fn may(model: &mut Model, fx: &mut Effects, send: bool) -> bool {
    look(model, true);
    let Some(open) = open_mut(model) else { return false };
    open.tried = true;
    // It is waited for, or enter attaches it where the cursor is.
    if open.checks.iter().any(|check| check.kind == Kind::Coming) {
        return false;
    }
    let Some((kind, weight)) = open.obstacle().map(|check| (check.kind, check.weight)) else { return true };
    if weight == Weight::Blocks {
        let field = match kind {
            Kind::Sender => Field::From,
            Kind::Address => wrong_field(open).unwrap_or(Field::To),
            Kind::Seal => keyless_field(open).unwrap_or(Field::To),
            Kind::Nobody
            | Kind::Forgotten
            | Kind::Attached
            | Kind::Subject
            | Kind::Empty
            | Kind::Identity
            | Kind::Many
            | Kind::People
            | Kind::Big
            | Kind::Sealed
            | Kind::Coming => Field::To,
        };
        super::fields::focus(model, field);
        return false;
    }
    if let Some(command) = open.prospect.unlock.take() {
        // The passphrase is typed now: a mail is made while nobody looks.
        let purpose = Purpose::Unlock(Unlock::Letter { letter: open.letter.id, send });
        fx.push(Effect::Run(Lend { command, input: PathBuf::from("/dev/null"), purpose }));
    }
    std::mem::replace(&mut open.asked, true)
}

/// The passphrase for a letter was typed, or was not: then it is asked for again by this command. One that was to be sent is,
/// unless there is more to be looked at.
pub(crate) fn unlocked(model: &mut Model, fx: &mut Effects, (letter, send): (LetterId, bool), again: Option<String>) {
    let shown = open_mut(model).filter(|open| open.letter.id == letter);
    let Some(open) = shown else { return };
    if again.is_some() {
        (open.prospect.unlock, open.asked) = (again, false);
        return look(model, true);
    }
    look(model, true);
    let clear = open_mut(model).is_some_and(|open| open.obstacle().is_none());
    if send && clear {
        self::send(model, fx);
    }
}

/// The field with an address that is none.
fn wrong_field(open: &Open) -> Option<Field> {
    let wrong = |field: &Field| {
        open.people(*field).iter().any(|person| crate::compose::address::problem(&person.address).is_some())
    };
    [Field::To, Field::Cc, Field::Bcc].into_iter().find(wrong)
}

/// The field with whoever has no key.
fn keyless_field(open: &Open) -> Option<Field> {
    let keyless = open.prospect.keyless.as_ref()?;
    let has = |field: &Field| open.people(*field).iter().any(|person| person.address == *keyless);
    [Field::To, Field::Cc, Field::Bcc].into_iter().find(has)
}

/// Sends the shown letter, if nothing stands in the way.
pub(crate) fn send(model: &mut Model, fx: &mut Effects) {
    // The key that sent the one above it is not meant for this one.
    if model.letters.risen {
        return toast::info(model, fx, "Another letter is here now: look at it before you send it");
    }
    if may(model, fx, true) {
        give(model, fx, None);
    }
}

/// A time was chosen for the shown letter.
pub(crate) fn at_time(model: &mut Model, fx: &mut Effects, picker: Picker) {
    let offer = snooze::offers(model, &picker.text, false).into_iter().nth(picker.cursor);
    match offer.map(|offer| offer.deed) {
        Some(snooze::Deed::Until(at)) => give(model, fx, Some(at)),
        Some(snooze::Deed::BringBack) | None => {
            toast::warn(model, fx, snooze::problem(model, &picker.text));
            model.overlay = Some(crate::app::model::Overlay::SendLater(picker));
        }
    }
}

/// For how many seconds a mail of this account can be called back.
pub(crate) fn undo_seconds(model: &Model, account: &str) -> u32 {
    model.letters.habits.undo.get(account).copied().unwrap_or(UNDO_SECONDS)
}

/// Gives the shown letter to the outbox.
fn give(model: &mut Model, fx: &mut Effects, later: Option<UnixTime>) {
    let Some(mut open) = model.letters.open.pop() else { return };
    let letter = once(prospect::held_to(&open, whole(&open)));
    let undo = undo_seconds(model, &letter.account);
    let at = later.unwrap_or(UnixTime(model.clock.now.0.saturating_add(i64::from(undo))));
    let op = model.next_op;
    model.next_op = OpId(op.0.saturating_add(1));
    let sending = Sending {
        letter: letter.id,
        to: recipients(&letter),
        at,
        later: later.is_some(),
        seconds: u16::try_from(undo).unwrap_or(u16::MAX),
        open: None,
        let_go: false,
        unknown: false,
    };
    open.keeping.clear();
    model.letters.sending.insert(op, Sending { open: Some(Box::new(open)), ..sending });
    model.letters.last.take_if(|last| *last == letter.id);
    model.letters.risen = !model.letters.open.is_empty();
    // Before the journal has it there is nothing to be taken back.
    let (shown, stage) = (Shown::Toast, Stage::Sent);
    let started = Started { messages: Vec::new(), undoable: false, shown, stage, summary: None, seconds: None };
    model.work.ops.insert(op, started);
    undo::forget_again(model);
    model.toast = None;
    fx.push(Effect::Letters(Order::Send { op, letter: Box::new(letter), at: Some(at) }));
}

/// The journal has a mail: says when it is sent. False where the operation is none of ours.
pub(crate) fn queued(model: &mut Model, fx: &mut Effects, op: OpId, undoable: bool) -> bool {
    let Some(sending) = model.letters.sending.get_mut(&op) else { return false };
    sending.open = None;
    let Sending { to, at, later, seconds, .. } = sending.clone();
    if undoable {
        undo::remember(model, op);
    }
    let undo = undoable.then_some(op);
    if later {
        let words = format!("To {to}: {}", words_of(at, snooze::now(model)));
        toast::queued(model, fx, SafeText::new(&words), undo);
    } else if seconds > 0 {
        toast::countdown(model, fx, SafeText::new(&format!("Sending to {to}")), (undo, seconds));
    } else {
        toast::done(model, fx, SafeText::new(&format!("Sending to {to}")));
    }
    true
}

/// A mail could not be given to the outbox: it is open again. False where it had got there, or is none of ours.
pub(crate) fn refused(model: &mut Model, fx: &mut Effects, op: OpId, reason: &SafeText) -> bool {
    let Some(sending) = model.letters.sending.get_mut(&op) else { return false };
    // Calling it back was refused: it is sent.
    sending.let_go = false;
    let Some(mut open) = sending.open.take() else { return false };
    model.letters.sending.remove(&op);
    model.work.ops.remove(&op);
    // Whether it was kept is not known.
    open.revision = open.revision.wrapping_add(1);
    let place = super::open_below(model, *open);
    super::keep(model, fx);
    toast::warn(model, fx, SafeText::new(&format!("Not sent: {reason}{place}")));
    true
}

/// A mail was called back: it opens again. False where the operation is none of ours.
pub(crate) fn undone(model: &mut Model, fx: &mut Effects, op: OpId) -> bool {
    let unknown = unknown(model, op).is_some();
    let Some(sending) = model.letters.sending.remove(&op) else { return false };
    model.letters.posted.remove(&op);
    model.work.ops.remove(&op);
    if !sending.let_go {
        super::reopen(model, fx, sending.letter);
    }
    let words = match (unknown || sending.unknown, sending.let_go) {
        (true, false) => "It may have been sent: what you send now is another mail",
        (true, true) => "It may have been sent; its text is a draft again",
        (false, false) => "Called back: it was not sent",
        (false, true) => "It was not sent; it is a draft again",
    };
    toast::info(model, fx, words);
    true
}

/// The letter of a mail of which nobody knows whether it was sent.
pub(crate) fn unknown(model: &Model, op: OpId) -> Option<LetterId> {
    let mail = model.letters.shelf.outbox.iter().find(|mail| mail.op == op)?;
    matches!(mail.stand, Stand::Unknown { .. }).then_some(mail.letter)
}

/// A mail was sent.
pub(crate) fn done(model: &mut Model, fx: &mut Effects, op: OpId) {
    let posted = model.letters.posted.remove(&op).is_some();
    let sending = model.letters.sending.remove(&op);
    if !posted && sending.is_none() {
        return;
    }
    model.undo.retain(|other| *other != op);
    model.work.ops.remove(&op);
    if model.toast.as_ref().is_none_or(|toast| toast.undo == Some(op)) {
        let to = sending.map_or(String::new(), |sending| format!(" to {}", sending.to));
        toast::done(model, fx, SafeText::new(&format!("Sent{to}")));
    }
}

/// Whether an operation sends a mail.
pub(crate) fn is_mail(model: &Model, op: OpId) -> bool {
    let letters = &model.letters;
    let ours = letters.sending.contains_key(&op) || letters.posted.contains_key(&op);
    ours || letters.shelf.outbox.iter().any(|mail| mail.op == op)
}

/// Calls a mail of the outbox back, to be written on.
pub(crate) fn call_back(model: &mut Model, fx: &mut Effects, op: OpId, letter: LetterId) {
    comes_back(model, op, letter, false);
    // Taking back may need a number of its own in the journal.
    model.next_op = OpId(model.next_op.0.saturating_add(1));
    fx.push(Effect::Sync(Command::Undo(op)));
    toast::info(model, fx, "Calling it back…");
}

/// Lets a mail of the outbox go: it is the draft again that it was.
pub(crate) fn let_go(model: &mut Model, fx: &mut Effects, op: OpId, letter: LetterId) {
    comes_back(model, op, letter, true);
    fx.push(Effect::Sync(Command::Discard(op)));
}

/// Notes that a mail is called back, and how it stood.
fn comes_back(model: &mut Model, op: OpId, letter: LetterId, let_go: bool) {
    let sending = Sending {
        letter,
        to: SafeText::default(),
        at: model.clock.now,
        later: false,
        seconds: 0,
        open: None,
        let_go,
        unknown: false,
    };
    let unknown = unknown(model, op).is_some();
    let sending = model.letters.sending.entry(op).or_insert(sending);
    (sending.let_go, sending.unknown) = (let_go, unknown);
    model.undo.retain(|other| *other != op);
    let refused = model.letters.shelf.outbox.iter().find(|mail| mail.op == op).and_then(|mail| match &mail.stand {
        Stand::Refused(why) => Some(why.clone()),
        Stand::Waits { .. } | Stand::Sending | Stand::Unknown { .. } => None,
    });
    if let Some(why) = refused.filter(|_| !let_go) {
        model.letters.refused.insert(letter, why);
    }
}

/// What a mail was refused with, sentence by sentence, for whoever writes on it.
pub(crate) fn refusal(model: &mut Model, letter: LetterId) -> Vec<SafeText> {
    let Some(why) = model.letters.refused.remove(&letter) else { return Vec::new() };
    let sentences = why.as_str().split(". ").flat_map(|sentence| sentence.split("; "));
    sentences.map(|sentence| SafeText::new(sentence.trim_end_matches('.'))).collect()
}

/// Whether a mail waits after a try that failed.
pub(crate) fn is_stuck(mail: &Waiting) -> bool {
    matches!(mail.stand, Stand::Waits { why: Some(_), .. })
}

/// Notes which mails of the outbox that was read wait after a try that failed. Gives what is to be said of those that did not
/// before: once each, and nothing of what an earlier run left.
pub(crate) fn note_stuck(model: &mut Model, outbox: &[Waiting]) -> Option<SafeText> {
    let letters = &mut model.letters;
    let (sending, shelf, stuck) = (&letters.sending, &letters.shelf.outbox, &letters.stuck);
    let ours = |op: OpId| sending.contains_key(&op) || letters.posted.contains_key(&op);
    let is_known = |op: OpId| ours(op) || shelf.iter().any(|mail| mail.op == op);
    let new = |mail: &&Waiting| is_stuck(mail) && !stuck.contains(&mail.op) && is_known(mail.op);
    let new: Vec<&Waiting> = outbox.iter().filter(new).collect();
    let why = new.first().and_then(|mail| crate::app::lines::reason(mail));
    let words = why.map(|why| match &new[..] {
        [mail] if !mail.to.as_str().is_empty() => {
            format!("1 mail to {} cannot be sent yet, and is tried again: {why}", mail.to)
        }
        [_] => format!("1 mail cannot be sent yet, and is tried again: {why}"),
        many => format!("{} mails cannot be sent yet, and are tried again: {why}", many.len()),
    });
    // One that is being tried again is still one that waited.
    let stays = |mail: &&Waiting| is_stuck(mail) || mail.stand == Stand::Sending && stuck.contains(&mail.op);
    letters.stuck = outbox.iter().filter(stays).map(|mail| mail.op).collect();
    words.map(|words| SafeText::new(&words))
}

/// Whether a mail is at the moment of being sent, was tried in vain, or may still be called back from its toast.
pub(crate) fn is_leaving(model: &Model, mail: &Waiting) -> bool {
    let soon =
        |at: UnixTime| model.letters.sending.get(&mail.op).is_some_and(|sending| !sending.later && sending.at == at);
    match &mail.stand {
        Stand::Sending => true,
        Stand::Waits { at, .. } => soon(*at) || *at <= model.clock.now || is_stuck(mail),
        Stand::Unknown { .. } | Stand::Refused(_) => false,
    }
}

/// Another way to seal the letter.
pub(crate) fn turn_seal(model: &mut Model, fx: &mut Effects) {
    let habits = model.letters.habits.seals;
    let Some(open) = open_mut(model) else { return };
    open.letter.seal = seal::next(open.letter.seal, habits);
    changed(model, fx);
}

/// Markdown, or not any more.
pub(crate) fn turn_markdown(model: &mut Model, fx: &mut Effects) {
    let Some(open) = open_mut(model) else { return };
    open.letter.markdown = !open.letter.markdown;
    let words = if open.letter.markdown {
        "Markdown: it is sent as HTML beside the text"
    } else {
        "Plain text: it is sent as it stands"
    };
    changed(model, fx);
    toast::info(model, fx, words);
}

/// Puts the template of this name in where the cursor is.
pub(crate) fn template(model: &mut Model, fx: &mut Effects, name: &str) {
    let Some(text) = model.letters.habits.templates.get(name).cloned() else { return };
    let Some(open) = shown(model) else { return };
    let (filled, cursor) = crate::compose::filled(&text, &open.letter, model.clock.now, &model.zone);
    super::fields::focus(model, Field::Body);
    let Some(open) = open_mut(model) else { return };
    let before = open.lines.body.cursor_byte();
    open.lines.body.paste(&filled);
    open.lines.body.put_byte(before + cursor);
    changed(model, fx);
}

/// Gives the text to `$EDITOR`.
pub(crate) fn edit(model: &mut Model, fx: &mut Effects) {
    super::fields::focus(model, Field::Body);
    super::keep(model, fx);
    // What its last run came to is over.
    model.toast.take_if(|toast| toast.tone == Tone::Warn);
    let Some(open) = open_mut(model) else { return };
    let cursor = open.lines.body.cursor_byte();
    let letter = Box::new(whole(open));
    fx.push(Effect::Letters(Order::Edit { letter, cursor }));
}
