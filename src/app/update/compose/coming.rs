//! What is on its way into a letter: files that are copied, messages that are fetched. Nothing is sent without it.

use super::super::Effects;
use super::order;
use crate::app::compose::order::Order;
use crate::app::compose::{Bring, Field, Open};
use crate::compose::checks::{Check, Kind, Weight};
use crate::safe_text::SafeText;

/// Attaches the file of this path.
pub(crate) fn file(open: &mut Open, fx: &mut Effects, path: String) {
    open.coming += 1;
    order(fx, Order::AttachFile(open.letter.id, path));
}

/// Attaches what was brought along.
pub(crate) fn along(open: &mut Open, fx: &mut Effects, bring: Bring) {
    open.coming += 1;
    let letter = open.letter.id;
    order(
        fx,
        match bring {
            Bring::Message(message) => Order::AttachMessage(letter, message),
            Bring::Part(message, part) => Order::AttachPart(letter, message, part),
        },
    );
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
