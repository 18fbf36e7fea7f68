//! What is drawn can be clicked where it is drawn, and nothing through what floats above it.

use posthaste::app::action::Id;
use posthaste::app::model::Model;
use posthaste::app::msg::Press;
use posthaste::ui::pressed;
use posthaste::ui::theme::Theme;

use super::paint::{paint, text};
use super::{SIZES, case};

/// What a click on the first cell of this text is for; the text is looked for from the bottom.
fn at(model: &Model, wanted: &str) -> Option<Press> {
    let (buffer, _) = paint(model, &Theme::dusk());
    let shown = text(&buffer);
    let lines: Vec<&str> = shown.lines().collect();
    let (row, byte) = lines.iter().enumerate().rev().find_map(|(row, line)| Some((row, line.find(wanted)?))).unwrap();
    let column = lines[row].get(..byte).unwrap().chars().count();
    pressed(model, &Theme::dusk(), (u16::try_from(column).unwrap(), u16::try_from(row).unwrap()))
}

/// Rule 10 of UX.md: hints of the footer, tabs, the keys of a banner, the toast's undo, what can follow a prefix key and the
/// answers to a question are where they are drawn, whatever else takes room.
#[test]
fn what_is_shown_is_clicked() {
    for size in SIZES.into_iter().skip(1) {
        assert_eq!(at(&case("list", size), "archive"), Some(Press::Run(Id::Archive)));
        assert_eq!(at(&case("reader", size), "archive"), Some(Press::Run(Id::Archive)));
        assert_eq!(at(&case("list", size), "? help"), Some(Press::Run(Id::Help)));
        assert_eq!(at(&case("refused", size), "sign in again"), Some(Press::Run(Id::SyncNow)));
        assert_eq!(at(&case("sign_in_needed", size), "copy details"), Some(Press::Run(Id::CopyError)));
        assert_eq!(at(&case("refused", size), "copy details"), Some(Press::Run(Id::CopyError)));
        assert_eq!(at(&case("toast", size), "undo"), Some(Press::Run(Id::Undo)));
        assert_eq!(at(&case("confirm", size), "yes"), Some(Press::Run(Id::Yes)));
        assert_eq!(at(&case("which_key", size), "Starred"), Some(Press::Keys("x".to_owned())));
    }
    let list = case("list", (80, 24));
    let tab = pressed(&list, &Theme::dusk(), (4, 0));
    assert!(matches!(tab, Some(Press::Open(_))), "{tab:?}");
    assert_eq!(pressed(&list, &Theme::dusk(), (40, 10)), None, "a row is the list's own");
}

/// What floats shields what lies below it, and what stands beside a picker is no button: a click there leads out.
#[test]
fn what_floats_shields() {
    for name in ["palette", "help", "confirm", "input", "links"] {
        let model = case(name, (80, 24));
        assert_eq!(pressed(&model, &Theme::dusk(), (4, 0)), None, "{name}: the tabs");
        assert_eq!(pressed(&model, &Theme::dusk(), (76, 23)), None, "{name}: the footer");
    }
    let toast = case("toast", (80, 24));
    let (buffer, _) = paint(&toast, &Theme::dusk());
    let row = text(&buffer).lines().position(|line| line.contains("undo")).unwrap();
    assert_eq!(pressed(&toast, &Theme::dusk(), (70, u16::try_from(row - 1).unwrap())), Some(Press::Nothing));
}
