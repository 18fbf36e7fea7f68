//! Letters on the screen: begun, kept as they are typed, closed, discarded and brought back.
//!
//! What is typed is in `compose::keys` and `compose::fields`, sending in `compose::send`, what the runtime tells in
//! `compose::told`.

use super::{Effects, errand, overlay, toast};
use crate::app::action::{Context, Id};
use crate::app::compose::order::{How, Order};
use crate::app::compose::{Bring, Field, Kept, Open, Tool, Write, people_of, shown};
use crate::app::cursor::{account_name, context, current, current_account, ids, is_marking, role_of, targets};
use crate::app::help::keyed;
use crate::app::model::{Model, Overlay, Ticket};
use crate::app::msg::{Effect, Msg, Press, Timer};
use crate::app::work::LinkUse;
use crate::compose::{Answer, Desk, Start};
use crate::letter::{Letter, LetterId};
use crate::mail::MessageId;
use crate::mail::folder::Role;
use crate::protocol::OpId;
use crate::safe_text::SafeText;

pub(crate) mod awaited;
mod coming;
pub(crate) mod fields;
pub(crate) mod keys;
mod prospect;
pub(crate) mod send;
pub(crate) mod told;

/// How long what was typed waits to be kept: within a second it is on the disk.
const KEEP_MILLIS: u64 = 800;
/// How long is waited after that failed.
const AGAIN_MILLIS: u64 = 5000;
/// Bytes of a text whose words are looked at with each frame; a longer one is looked at when it is kept.
const LOOKED_AT: usize = 32 * 1024;
/// Bytes of a text that are looked at at all.
const LOOKED_AT_MOST: usize = 64 * 1024;

#[cfg(test)]
thread_local! {
    /// How often a letter was looked at.
    pub(crate) static LOOKS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Whether a letter has the keys.
pub(crate) fn is_here(model: &Model) -> bool {
    context(model) == Context::Compose
}

/// The letter that is shown, to be changed.
pub(crate) fn open_mut(model: &mut Model) -> Option<&mut Open> {
    model.letters.open.last_mut().filter(|_| model.wizard.is_none())
}

fn order(fx: &mut Effects, order: Order) {
    fx.push(Effect::Letters(order));
}

/// The message that an answer is about, and the name of its account.
fn about(model: &Model) -> Option<(MessageId, String)> {
    let row = current(model)?;
    Some((row.id, account_name(model, row.account).to_owned()))
}

/// Whether the message under the cursor is a draft.
pub(crate) fn is_draft(model: &Model) -> bool {
    current(model).is_some_and(|row| role_of(model, row) == Some(Role::Drafts))
}

/// Begins a letter.
pub(crate) fn write(model: &mut Model, fx: &mut Effects, what: Write) {
    let Some((message, account)) = about(model).filter(|_| what != Write::New) else {
        if what == Write::Draft {
            return go_on(model, fx);
        }
        let account = current_account(model).map(|id| account_name(model, id).to_owned()).unwrap_or_default();
        return begin(model, fx, How::New, account);
    };
    let how = match what {
        Write::New => How::New,
        Write::Reply => How::Answer(message, Answer::Sender),
        Write::ReplyAll => How::Answer(message, Answer::All),
        Write::ReplyList => How::Answer(message, Answer::List),
        Write::Forward | Write::ForwardAttached if is_marking(model) => How::ForwardAttached(ids(targets(model))),
        Write::Forward => How::Forward(message),
        Write::ForwardAttached => How::ForwardAttached(vec![message]),
        Write::Bounce => How::Bounce(message),
        Write::Anew => How::Anew(message),
        Write::Draft if is_draft(model) => How::Draft(message),
        Write::Draft => return go_on(model, fx),
        Write::AttachTo => {
            let letters = &model.letters;
            if letters.last.is_none() && letters.shelf.letters.is_empty() {
                // Without a letter one is begun.
                return begin(model, fx, How::ForwardAttached(ids(targets(model))), account);
            }
            model.letters.bring = ids(targets(model)).into_iter().map(Bring::Message).collect();
            return go_on(model, fx);
        }
        Write::AttachPart => return errand::with_attachment(model, fx, LinkUse::Attach),
    };
    begin(model, fx, how, account);
}

/// Attaches what is attached to the open message to the letter that was closed last; without one a letter is begun.
pub(crate) fn bring_part(model: &mut Model, fx: &mut Effects, part: Option<usize>) {
    let Some((message, account)) = model.reader.message.as_ref().map(|row| (row.id, row.account)) else { return };
    let Some(part) = part else {
        return toast::info(model, fx, "Nothing is attached to this message");
    };
    model.letters.bring = vec![Bring::Part(message, part)];
    if model.letters.last.is_none() && model.letters.shelf.letters.is_empty() {
        let account = account_name(model, account).to_owned();
        return begin(model, fx, How::New, account);
    }
    go_on(model, fx);
}

/// Goes on with the letter that was closed last; where there is none, shows those that there are.
fn go_on(model: &mut Model, fx: &mut Effects) {
    let newest = model.letters.shelf.letters.first().map(|unsent| unsent.letter);
    match model.letters.last.or(newest) {
        Some(letter) => begin(model, fx, How::Kept(letter), String::new()),
        None => toast::info(model, fx, &keyed(model, "There is no draft here: {compose} begins a mail")),
    }
}

/// Whoever started the program wants a letter.
pub(crate) fn wanted(model: &mut Model, fx: &mut Effects, how: How) {
    let account = current_account(model).map(|id| account_name(model, id).to_owned()).unwrap_or_default();
    begin(model, fx, how, account);
}

/// A link is opened; one that is an address begins a mail (RFC 6068).
pub(crate) fn follow(model: &mut Model, fx: &mut Effects, target: SafeText) {
    let mail = target.as_str().get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
    if !mail || model.options.read_only.is_some() {
        return fx.push(Effect::OpenLink(target));
    }
    wanted(model, fx, How::Link(target.to_string()));
}

/// Asks for a letter.
pub(crate) fn begin(model: &mut Model, fx: &mut Effects, how: How, account: String) {
    if matches!(model.overlay, Some(Overlay::Tasks { .. })) {
        model.overlay = None;
    }
    // It is open already.
    if let How::Kept(letter) = &how
        && let Some(open) = taken(model, *letter)
    {
        let open = laden(model, fx, open);
        model.letters.open.push(open);
        return look(model, true);
    }
    let ticket = asked_for(model, how.clone());
    awaited::wait(model, fx, ticket, &how);
    order(fx, Order::Begin { ticket, how, account });
}

/// A letter is asked for over what is shown now.
fn asked_for(model: &mut Model, how: How) -> Ticket {
    let ticket = model.ticket();
    model.letters.begun.insert(ticket, how);
    if let Some(top) = on_top(model) {
        model.letters.over.insert(ticket, top);
    }
    ticket
}

/// The letter of a mail that was called back is asked for: the user wished for it before what they write now.
pub(crate) fn reopen(model: &mut Model, fx: &mut Effects, letter: LetterId) {
    begin(model, fx, How::Kept(letter), String::new());
    let newest = model.letters.begun.last_key_value().map(|(ticket, _)| *ticket);
    model.letters.over.retain(|ticket, _| Some(*ticket) != newest);
    // Nor is what is typed since for it.
    awaited::end(model, newest);
}

/// The letter, with what is to be attached to the next one that opens on its way into it.
fn laden(model: &mut Model, fx: &mut Effects, mut open: Open) -> Open {
    for bring in std::mem::take(&mut model.letters.bring) {
        coming::along(&mut open, fx, bring);
    }
    open
}

/// The letter on top, and its revision.
fn on_top(model: &Model) -> Option<(LetterId, u64)> {
    model.letters.open.last().map(|open| (open.letter.id, open.revision))
}

/// Takes out a letter that is open, or was just closed.
fn taken(model: &mut Model, letter: LetterId) -> Option<Open> {
    let letters = &mut model.letters;
    let is_it = |open: &Open| open.letter.id == letter;
    if let Some(at) = letters.closing.iter().position(is_it) {
        return Some(letters.closing.remove(at));
    }
    letters.open.iter().position(is_it).map(|at| letters.open.remove(at))
}

/// Opens a letter, below the one that is being written: what is typed on is not for it. Gives the words that say so, for the
/// end of a sentence; none where no other is open.
fn open_below(model: &mut Model, open: Open) -> String {
    let Some(below) = model.letters.open.len().checked_sub(1) else {
        model.letters.open.push(open);
        return String::new();
    };
    model.letters.open.insert(below, open);
    keyed(model, " - {next-letter} shows it")
}

/// What was done: the letter that came up after another was sent has been seen once something else than sending is.
pub(crate) fn noticed(model: &mut Model, msg: &Msg) {
    let send = Some(Id::Tool(Tool::Send));
    let again = if let Msg::Key(key) = msg {
        model.keymap.meaning(Context::Compose, &[*key]).id() == send
    } else {
        matches!(msg, Msg::Press(Press::Run(id)) if Some(*id) == send)
    };
    model.letters.risen &= again;
}

/// The shown letter changed: it is kept within a second, and what is said of it is made anew before it is drawn.
pub(crate) fn changed(model: &mut Model, fx: &mut Effects) {
    let Some(open) = open_mut(model) else { return };
    open.revision = open.revision.wrapping_add(1);
    open.asked = false;
    if !matches!(open.kept, Kept::Failed(_)) {
        open.kept = Kept::Saving;
    }
    take_lines(open);
    toast::arm(model, fx, KEEP_MILLIS, Timer::KeepLetter);
}

/// Before a frame: what is said of the shown letter is about what it is now. Of many keys that came at once the last alone costs
/// a look at the text.
pub(crate) fn refresh(model: &mut Model) {
    if shown(model).is_some_and(|open| open.checked != Some(open.revision)) {
        look(model, false);
        settle(model);
    }
}

/// The letter as its lines say it, but for the text.
fn take_lines(open: &mut Open) {
    match open.field {
        Field::To => open.letter.to = people_of(&open.lines.to.text()),
        Field::Cc => open.letter.cc = people_of(&open.lines.cc.text()),
        Field::Bcc => open.letter.bcc = people_of(&open.lines.bcc.text()),
        Field::Subject => open.letter.subject = open.lines.subject.text(),
        Field::From | Field::Attached | Field::Path | Field::Body => {}
    }
}

/// Looks at the shown letter as it would be sent; at a long text only when asked to, and not at all of it.
pub(crate) fn look(model: &mut Model, whole: bool) {
    let now = model.clock.now;
    let zone = &model.zone;
    let letters = &mut model.letters;
    let Some(open) = letters.open.last_mut() else { return };
    let text_changed = open.field == Field::Body;
    if !whole && text_changed && open.lines.body.bytes() > LOOKED_AT {
        return;
    }
    #[cfg(test)]
    LOOKS.with(|looks| looks.set(looks.get() + 1));
    let written = open.letter.resend.is_none();
    if written {
        open.letter.text = open.lines.body.head(LOOKED_AT_MOST);
    }
    let desk = Desk {
        writers: &letters.habits.writers,
        account: &open.letter.account,
        style: &letters.habits.style,
        zone: zone.clone(),
        start: Start { id: open.letter.id, now, chance: 0 },
    };
    open.checks = crate::compose::checks(&open.letter, &open.facts, &desk);
    prospect::add(open);
    coming::add(open);
    open.checked = Some(open.revision);
    if written {
        // The text is that of the lines alone.
        open.letter.text.clear();
    }
}

/// The letter as it is now.
pub(crate) fn whole(open: &Open) -> Letter {
    let mut letter = open.letter.clone();
    if letter.resend.is_none() {
        letter.text = open.lines.body.text();
    }
    letter
}

/// Keeps a letter, unless this very state is on its way.
fn keep_one(open: &mut Open, fx: &mut Effects) {
    let last = open.keeping.back().copied().unwrap_or(open.safe);
    if last != open.revision {
        open.keeping.push_back(open.revision);
        order(fx, Order::Keep(Box::new(whole(open))));
    }
}

/// The timer is due: everything that changed is kept.
pub(crate) fn keep(model: &mut Model, fx: &mut Effects) {
    for open in model.letters.open.iter_mut().chain(&mut model.letters.closing) {
        keep_one(open, fx);
    }
    prospect::ask(model, fx);
    if model.letters.open.last().is_some_and(|open| open.checked != Some(open.revision)) {
        look(model, true);
    }
}

/// One step out of a letter: the list below a field, what is selected, the line of a path, then the letter itself, which is kept. False where
/// no letter is shown.
pub(crate) fn back(model: &mut Model, fx: &mut Effects) -> bool {
    let Some(open) = open_mut(model) else { return false };
    if open.completion.is_some() {
        open.close_list();
        return true;
    }
    if open.field == Field::Body && open.lines.body.deselect() {
        return true;
    }
    if open.field == Field::Path {
        fields::end_path(open);
        look(model, true);
        return true;
    }
    close(model, fx);
    true
}

/// Closes the shown letter. A letter in which nothing was written goes; one to which something is still to be attached waits
/// for it.
fn close(model: &mut Model, fx: &mut Effects) {
    let Some(mut open) = model.letters.open.pop() else { return };
    let id = open.letter.id;
    if open.is_untouched() {
        order(fx, Order::Discard(id));
        return;
    }
    model.letters.last = Some(id);
    if open.is_settled() {
        order(fx, Order::Closed(id));
    } else {
        keep_one(&mut open, fx);
        model.letters.closing.push(open);
    }
    let words = keyed(model, "Draft kept: {edit-draft} goes on with it");
    toast::info(model, fx, &words);
}

/// The shown letter is not wanted any more; it can be brought back.
pub(crate) fn discard(model: &mut Model, fx: &mut Effects) {
    let Some(mut open) = model.letters.open.pop() else { return };
    // What comes back is what was there.
    if !open.is_safe() {
        keep_one(&mut open, fx);
    }
    forget(model, fx, open.letter.id);
}

/// A letter is discarded.
pub(crate) fn forget(model: &mut Model, fx: &mut Effects, letter: LetterId) {
    let mark = model.next_op;
    model.next_op = OpId(mark.0.saturating_add(1));
    model.letters.discarded.push((mark, letter));
    model.letters.last.take_if(|last| *last == letter);
    order(fx, Order::Discard(letter));
    shelf(model, fx);
    toast::queued(model, fx, SafeText::from_static("Draft discarded"), Some(mark));
}

/// The letter that `z` would bring back: the one that was discarded last, if nothing was done since.
pub(crate) fn restorable(model: &Model, done: Option<OpId>) -> Option<LetterId> {
    let (mark, letter) = model.letters.discarded.last()?;
    // Among the tasks what is selected is meant, but for the moment in which the draft went.
    let told = model.toast.as_ref().is_some_and(|toast| toast.undo == Some(*mark));
    let among_tasks = matches!(model.overlay, Some(Overlay::Tasks { .. }));
    let latest = if among_tasks { told || done.is_none() } else { done.is_none_or(|op| op < *mark) };
    latest.then_some(*letter)
}

/// Brings back the letter that was discarded last.
pub(crate) fn restore(model: &mut Model, fx: &mut Effects) {
    let Some((_, letter)) = model.letters.discarded.pop() else { return };
    model.toast = None;
    let how = How::Kept(letter);
    let ticket = asked_for(model, how.clone());
    awaited::wait(model, fx, ticket, &how);
    order(fx, Order::Restore(ticket, letter));
}

/// Asks what is on its way and what was not sent, at most once at a time.
pub(crate) fn shelf(model: &mut Model, fx: &mut Effects) {
    let shelf = &mut model.letters.shelf;
    if shelf.waiting {
        shelf.dirty = true;
        return;
    }
    shelf.waiting = true;
    order(fx, Order::Shelf);
}

/// Another letter that is open.
pub(crate) fn next(model: &mut Model) {
    model.letters.open.rotate_right(1);
}

/// Every letter is kept and closed before the program ends, so that its copy on the server is the newest.
pub(crate) fn leave(model: &mut Model, fx: &mut Effects) {
    // A pasted path that waits for its question is what was typed.
    if let Some(dropped) = open_mut(model).and_then(|open| open.dropped.take()) {
        keys::put_in(model, fx, &dropped.text);
    }
    for open in model.letters.open.iter_mut().chain(&mut model.letters.closing) {
        let id = open.letter.id;
        if open.is_untouched() {
            order(fx, Order::Discard(id));
            continue;
        }
        if !open.is_safe() {
            keep_one(open, fx);
        }
        order(fx, Order::Closed(id));
    }
}

/// Whether something is still to be attached to a letter that was closed.
pub(crate) fn is_attaching(model: &Model) -> bool {
    model.letters.closing.iter().any(|open| open.coming > 0)
}

/// Lays the text out for the screen as it is now.
pub(crate) fn settle(model: &mut Model) {
    awaited::say(model);
    let Some(open) = shown(model) else { return };
    let body = crate::app::compose::place::places(model, open).body;
    if let Some(open) = open_mut(model) {
        open.lines.body.set_width(body.width.max(1));
        open.lines.body.reveal(body.height);
    }
}

/// A letter cannot be kept or begun again at once.
pub(crate) fn keep_again(model: &mut Model, fx: &mut Effects) {
    toast::arm(model, fx, AGAIN_MILLIS, Timer::KeepLetter);
}

/// Asks when it is to be sent.
pub(crate) fn later(model: &mut Model, fx: &mut Effects) {
    if send::may(model, fx, false) {
        overlay::open(model, Overlay::SendLater(crate::app::model::Picker::default()));
    }
}
