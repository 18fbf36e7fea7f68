//! Enter takes whom the user saw and meant, whenever the answers come.

use rstest::rstest;

use super::{Screen, new, person};
use crate::app::compose::Field;
use crate::app::compose::order::News;
use crate::app::msg::{Mouse, Msg};

fn found(screen: &mut Screen, turn: u64, names: &[&str]) {
    let people = names.iter().map(|name| person(name, &format!("{}@x.example", name.to_lowercase()))).collect();
    screen.told(News::People { turn, people });
}

fn turn(screen: &Screen) -> u64 {
    screen.open_letter().turn
}

/// Types this into To, for which these are found.
fn typed(text: &str, names: &[&str]) -> (Screen, u64) {
    let mut screen = new();
    screen.type_text(text);
    let turn = turn(&screen);
    found(&mut screen, turn, names);
    (screen, turn)
}

fn to(screen: &Screen) -> String {
    screen.open_letter().lines.to.text()
}

/// What was found for the beginning is not taken for what is typed on, be it typed or pasted; once its own answer is here,
/// enter takes of that.
#[test]
fn an_old_list_is_not_taken() {
    let (mut screen, _) = typed("p", &["Priya"]);
    screen.type_text("aul");
    assert!(screen.open_letter().completion.is_some(), "it stays in sight, so that nothing flickers");
    screen.press("enter");
    assert_eq!((to(&screen).as_str(), screen.open_letter().field), ("paul", Field::Subject));

    let (mut screen, _) = typed("p", &["Priya"]);
    screen.type_text("aul");
    let now = turn(&screen);
    found(&mut screen, now, &["Paul"]);
    screen.press("enter");
    assert_eq!(to(&screen), "Paul <paul@x.example>, ");

    let (mut screen, _) = typed("p", &["Priya"]);
    screen.send(Msg::Paste("aul@x.example".into())).press("enter");
    assert_eq!(screen.open_letter().letter.to, [person("", "paul@x.example")]);
}

/// Whom the user went to stays under the cursor when more are found; whoever only stood first does, too.
#[rstest]
#[case(None, "Max")]
#[case(Some("down down"), "Mary")]
fn more_that_is_found_moves_nobody(#[case] keys: Option<&str>, #[case] taken: &str) {
    let (mut screen, turn) = typed("ma", &["Max", "Mark", "Mary"]);
    if let Some(keys) = keys {
        screen.press(keys);
    }
    found(&mut screen, turn, &["Mabel", "Mary", "Max"]);
    screen.press("enter");
    assert_eq!(to(&screen), format!("{taken} <{}@x.example>, ", taken.to_lowercase()));
}

/// Nobody comes under the cursor for whom it stood on and who is not there any more.
#[test]
fn nobody_takes_the_place_of_another() {
    let (mut screen, turn) = typed("ma", &["Max"]);
    found(&mut screen, turn, &["Mabel"]);
    screen.press("enter");
    assert_eq!(to(&screen), "ma");
}

/// Where somebody was taken, the list was closed, or the cursor is elsewhere, what is found later opens no list.
#[rstest]
#[case("tab")]
#[case("esc")]
#[case("left")]
#[case("tab tab")]
fn a_late_answer_opens_nothing(#[case] keys: &str) {
    let (mut screen, turn) = typed("ma", &["Max"]);
    screen.press(keys);
    found(&mut screen, turn, &["Mabel"]);
    assert!(screen.open_letter().completion.is_none());
}

/// The same where the mouse went elsewhere and back.
#[test]
fn a_click_closes_the_list() {
    let (mut screen, turn) = typed("ma", &["Max"]);
    screen.send(Msg::Mouse(Mouse::Click, 5, 15));
    assert_eq!(screen.open_letter().field, Field::Body);
    screen.press("shift-tab shift-tab");
    assert_eq!(screen.open_letter().field, Field::To);
    found(&mut screen, turn, &["Mabel"]);
    assert!(screen.open_letter().completion.is_none());
}
