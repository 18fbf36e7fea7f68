//! Counts: digits before a key. A motion then goes that far, an action takes that many messages from the cursor on as one
//! operation, and undo takes that many back.

use crate::app::action::{Context, Id};
use crate::app::cursor::{chosen, context, is_marking};
use crate::app::help::keyed;
use crate::app::key::{Code, Key};
use crate::app::keymap::Meaning;
use crate::app::model::{Model, Pane};
use crate::safe_text::SafeText;

/// The largest count: three digits.
const MOST: usize = 999;

/// What a count does to an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// It is done so often.
    Times,
    /// It is done to so many messages.
    Messages,
    /// Nothing.
    None,
}

/// Takes the key as a digit of a count, or takes the count back; false when it is neither. Keys that are bound to
/// something are no digits, and at the beginning 0 is none.
pub(crate) fn pressed(model: &mut Model, context: Context, key: Key) -> bool {
    if key.code == Code::Esc && model.count.take().is_some() {
        return true;
    }
    let digit = key.text().and_then(|c| c.to_digit(10)).and_then(|digit| usize::try_from(digit).ok());
    let Some(digit) = digit.filter(|_| context.takes_global()) else { return false };
    let begun = model.count.unwrap_or(0);
    if begun == 0 && digit == 0 || model.keymap.meaning(context, &[key]) != Meaning::Nothing {
        return false;
    }
    model.count = Some((begun * 10 + digit).min(MOST));
    true
}

#[expect(clippy::wildcard_enum_match_arm, reason = "of all actions a few can be counted")]
fn use_of(id: Id) -> Use {
    match id {
        Id::Down
        | Id::Up
        | Id::HalfDown
        | Id::HalfUp
        | Id::PageDown
        | Id::PageUp
        | Id::NextMessage
        | Id::PreviousMessage
        | Id::NextUnread
        | Id::PreviousUnread
        | Id::FindNext
        | Id::FindPrevious
        | Id::NextPane
        | Id::PreviousPane
        | Id::DividerBack
        | Id::DividerOn
        | Id::Mark
        | Id::Undo
        | Id::Redo => Use::Times,
        Id::Archive
        | Id::ArchiveNext
        | Id::ArchivePrevious
        | Id::Trash
        | Id::Junk
        | Id::Star
        | Id::Unread
        | Id::Move
        | Id::Copy
        | Id::Tag
        | Id::Snooze
        | Id::ReplyLater
        | Id::Pin
        | Id::Mute
        | Id::DeleteForever
        | Id::Repeat => Use::Messages,
        _ => Use::None,
    }
}

/// How often the action is done.
pub(crate) fn times(model: &Model, id: Id) -> usize {
    match use_of(id) {
        Use::Times => model.count.unwrap_or(1).max(1),
        Use::Messages | Use::None => 1,
    }
}

/// Lets go of a count that the action has no use for, so that it touches what it would touch without. What is repeated has
/// the count that it had, unless another one is given.
pub(crate) fn keep_for(model: &mut Model, id: Id) {
    if use_of(id) != Use::Messages {
        model.count = None;
    }
    if id == Id::Repeat {
        model.count = model.count.or(model.work.last_count);
    }
    // In a picker the count is that of the action that opened it.
    if context(model).takes_global() {
        model.work.count = model.count.filter(|_| model.focus == Pane::Reader || !is_marking(model));
    }
}

/// Whether all messages that are counted are known: what is done to fewer than were asked for would be done to the wrong
/// ones.
pub(crate) fn enough(model: &Model) -> Result<(), SafeText> {
    let Some(count) = model.count.filter(|_| model.focus == Pane::Reader || !is_marking(model)) else { return Ok(()) };
    let found = chosen(model).len();
    let end = model.list.first.saturating_add(model.list.rows.len() as u64) >= model.list.total;
    if found >= count || end {
        return Ok(());
    }
    let words = keyed(model, "{range} marks a range, {mark-all} marks all");
    Err(SafeText::new(&format!("Only {found} messages are loaded from here on: {words}")))
}
