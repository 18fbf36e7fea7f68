//! What stands around a letter: palette, keys, toasts.

use super::{Screen, reply};
use crate::app::action::{Id, table};
use crate::app::compose::{Tool, Write};
use crate::app::float::toast_undoes;
use crate::app::help;
use crate::app::model::Overlay;
use crate::protocol::{Event, OpId};
use crate::safe_text::SafeText;

/// Of two actions that are called so the palette runs the one that can run here; one that is meant by its whole name alone
/// still says why not.
#[test]
fn the_palette_means_the_letter() {
    let first = |screen: &Screen| match &screen.model.overlay {
        Some(Overlay::Palette(picker)) => {
            picker.hits.first().and_then(|place| table().get(*place)).map(|entry| entry.id)
        }
        other => panic!("{other:?}"),
    };
    let mut screen = reply();
    screen.press("ctrl-p").type_text("discard");
    assert_eq!(first(&screen), Some(Id::Tool(Tool::Discard)));
    screen.press("esc").press("ctrl-p").type_text("delete for ever");
    assert_eq!(first(&screen), Some(Id::DeleteForever));
}

/// The keys of a letter are called what they do there.
#[test]
fn the_keys_of_a_letter_have_its_words() {
    let screen = reply();
    let rows = help::rows(&screen.model);
    let named = |key: &str| rows.iter().find(|row| row.keys.iter().any(|keys| keys == key)).map(help::Row::name);
    assert_eq!(named("tab").as_deref(), Some("Next field"));
    assert_eq!(named("enter").as_deref(), Some("Next field, new line"));
    assert_eq!(named("ctrl-b").as_deref(), Some("A character back"));
}

/// A letter has no key that takes back what a toast tells: it offers none.
#[test]
fn a_toast_over_a_letter_offers_no_undo() {
    let mut screen = reply();
    screen.type_text("Fine.").press("ctrl-s");
    let op = OpId(screen.model.next_op.0 - 1);
    screen.event(Event::OpQueued { op, summary: SafeText::new("Send"), undoable: true });
    let offers = |screen: &Screen| toast_undoes(&screen.model, screen.model.toast.as_ref().unwrap());
    assert!(offers(&screen));
    screen.run(Id::Write(Write::New)).begin(super::letter(8));
    assert!(screen.model.toast.as_ref().is_some_and(|toast| toast.undo == Some(op)) && !offers(&screen));
}
