//! What is on its way into a letter: files that are copied, messages that are fetched. Nothing is sent without it.

use super::super::Effects;
use super::order;
use crate::app::compose::order::Order;
use crate::app::compose::{Field, Open};
use crate::compose::checks::{Check, Kind, Weight};
use crate::mail::MessageId;
use crate::safe_text::SafeText;

/// Attaches the file of this path.
pub(crate) fn file(open: &mut Open, fx: &mut Effects, path: String) {
    open.coming += 1;
    order(fx, Order::AttachFile(open.letter.id, path));
}

/// Attaches this message.
pub(crate) fn message(open: &mut Open, fx: &mut Effects, message: MessageId) {
    open.coming += 1;
    order(fx, Order::AttachMessage(open.letter.id, message));
}

/// Puts what is not here yet among the checks, first of all: it must not be sent without it.
pub(crate) fn add(open: &mut Open) {
    let words = match open.coming {
        0 if open.field == Field::Path && !open.lines.path.text().trim().is_empty() => {
            "The file is not attached yet: enter attaches it, esc does not".to_owned()
        }
        0 => return,
        1 => "1 attachment is still being fetched or copied".to_owned(),
        many => format!("{many} attachments are still being fetched or copied"),
    };
    open.checks.insert(0, Check { kind: Kind::Coming, weight: Weight::Blocks, words: SafeText::new(&words) });
}
