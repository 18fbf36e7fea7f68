//! The lines of the tasks screen that the cursor walks over: mails on their way, letters that were not sent, operations.

use crate::app::compose::order::{Stand, Unsent, Waiting};
use crate::app::model::{Model, Overlay};
use crate::letter::LetterId;
use crate::protocol::{OpId, OpRow};

/// A line that can be selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry<'m> {
    /// A mail on its way.
    Mail(&'m Waiting),
    /// A letter that was not sent.
    Letter(&'m Unsent),
    /// An operation.
    Op(&'m OpRow),
}

/// What a line is about, whatever place it is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// A mail on its way.
    Mail(OpId),
    /// A letter that was not sent.
    Letter(LetterId),
    /// An operation.
    Op(OpId),
}

/// Every line, from the top.
pub fn entries(model: &Model) -> impl Iterator<Item = Entry<'_>> {
    let mails = model.letters.shelf.outbox.iter().map(Entry::Mail);
    let letters = model.letters.shelf.letters.iter().map(Entry::Letter);
    mails.chain(letters).chain(ops(model).map(Entry::Op))
}

/// The operations that stand in the queue: what sends a mail stands in the outbox.
pub fn ops(model: &Model) -> impl Iterator<Item = &OpRow> {
    let outbox = &model.letters.shelf.outbox;
    model.tasks.ops.iter().filter(|row| outbox.iter().all(|mail| mail.op != row.op))
}

/// How many lines there are.
pub fn count(model: &Model) -> usize {
    entries(model).count()
}

/// "2 refused": what waits for the user. A mail of which nobody knows whether it was sent was not refused.
pub fn failed(model: &Model) -> String {
    let unknown = |mail: &&Waiting| matches!(mail.stand, Stand::Unknown { .. });
    let unknown = model.letters.shelf.outbox.iter().filter(unknown).count();
    let refused = usize::try_from(model.tasks.failed).unwrap_or(usize::MAX).saturating_sub(unknown);
    match (refused, unknown) {
        (0, 1) => "a mail may have been sent".to_owned(),
        (0, many) => format!("{many} mails may have been sent"),
        (refused, 0) => format!("{refused} refused"),
        (refused, many) => format!("{refused} refused, {many} may have been sent"),
    }
}

/// The line under the cursor.
pub fn selected(model: &Model) -> Option<Entry<'_>> {
    match &model.overlay {
        Some(Overlay::Tasks { cursor, .. }) => entries(model).nth(*cursor),
        _ => None,
    }
}

/// What the line under the cursor is about.
pub(crate) fn key(model: &Model) -> Option<Key> {
    selected(model).map(Entry::key)
}

/// The cursor is on this line again, wherever it is now; else on one that is there.
pub(crate) fn seat(model: &mut Model, key: Option<Key>) {
    let place = entries(model).position(|entry| Some(entry.key()) == key);
    let last = count(model).saturating_sub(1);
    if let Some(Overlay::Tasks { cursor, .. }) = &mut model.overlay {
        *cursor = place.unwrap_or(*cursor).min(last);
    }
}

impl Entry<'_> {
    /// What it is about.
    pub const fn key(self) -> Key {
        match self {
            Self::Mail(mail) => Key::Mail(mail.op),
            Self::Letter(unsent) => Key::Letter(unsent.letter),
            Self::Op(row) => Key::Op(row.op),
        }
    }
}
