//! What becomes of a letter's words: looked at once a frame, sent once to everybody, and gone on with where they end.

use super::{Screen, answer, new, orders, person, reply};
use crate::app::compose::Field;
use crate::app::compose::editor::view::Shown;
use crate::app::compose::order::{News, Order};
use crate::app::key::Key;
use crate::app::msg::{Effect, Msg};
use crate::app::update::compose::LOOKS;
use crate::app::update::{refresh, update};
use crate::letter::{Letter, LetterId};
use crate::safe_text::SafeText;

/// Protects a text that comes as single keys: it is looked at before a frame, not with each of them.
#[test]
fn many_keys_are_one_look() {
    let mut screen = reply();
    let before = LOOKS.get();
    for c in "see the attached file ".repeat(200).chars() {
        update(&mut screen.model, Msg::Key(Key::char(c)));
    }
    assert_eq!(LOOKS.get(), before);
    refresh(&mut screen.model);
    assert_eq!(LOOKS.get(), before + 1);
    assert!(screen.open_letter().checks.iter().any(|check| check.words.as_str().contains("attached")));
    refresh(&mut screen.model);
    assert_eq!(LOOKS.get(), before + 1, "nothing changed since");
}

fn people(screen: &mut Screen) -> [Vec<String>; 3] {
    screen.take();
    screen.press("ctrl-s ctrl-s");
    let ordered = orders(&screen.take());
    let Some(Order::Send { letter, .. }) = ordered.last() else { panic!("{ordered:?}") };
    [&letter.to, &letter.cc, &letter.bcc].map(|people| people.iter().map(|one| one.address.clone()).collect())
}

/// Nobody gets a letter twice: who stands in To is not in Cc as well.
#[test]
fn everybody_gets_it_once() {
    let mut screen = super::screen();
    let to = vec![person("Priya", "priya@x.example"), person("", "PRIYA@X.example"), person("", "bo@x.example")];
    let cc = vec![person("Bo", "bo@X.EXAMPLE"), person("", "cy@x.example")];
    let bcc = vec![person("", "cy@x.example"), person("", "di@x.example")];
    screen.press("c").begin(Letter { to, cc, bcc, ..answer() }).press("tab tab tab tab").type_text("Hi");
    let lists = people(&mut screen);
    assert_eq!(lists, [vec!["priya@x.example", "bo@x.example"], vec!["cy@x.example"], vec!["di@x.example"]]);
}

/// A name with a comma is one person; whoever is picked behind what is no address yet stays somebody of their own.
#[test]
fn names_have_commas() {
    let mut screen = new();
    screen.send(Msg::Paste("Müller, Jürgen <j@x.example>".into())).press("tab");
    assert_eq!(screen.open_letter().letter.to, [person("Müller, Jürgen", "j@x.example")]);
    assert_eq!(screen.open_letter().lines.to.text(), "\"Müller, Jürgen\" <j@x.example>");
    let mut screen = new();
    screen.type_text("bo, pri");
    let turn = screen.open_letter().turn;
    screen.told(News::People { turn, people: vec![person("Priya Raman", "priya@x.example")] }).press("tab");
    assert_eq!(screen.open_letter().lines.to.text(), "bo, \"Priya Raman\" <priya@x.example>, ");
    let to: Vec<&str> = screen.open_letter().letter.to.iter().map(|one| one.address.as_str()).collect();
    assert_eq!(to, ["priya@x.example", "bo"]);
}

/// A wrong path stays to be mended.
#[test]
fn a_wrong_path_stays() {
    let mut screen = reply();
    screen.press("ctrl-t").type_text("/tmp/contrakt.pdf").press("enter");
    screen.told(News::NotAttached(LetterId(7), SafeText::new("/tmp/contrakt.pdf: no such file")));
    let stands = |screen: &Screen| (screen.open_letter().field, screen.open_letter().lines.path.text());
    assert_eq!(stands(&screen), (Field::Path, "/tmp/contrakt.pdf".to_owned()));
}

/// What the editor's last run came to is not said of the next.
#[test]
fn the_editors_trouble_is_over_with_its_next_run() {
    let mut screen = reply();
    let failed = "the editor ended with exit status: 1";
    screen.press("ctrl-e");
    let trouble = Some(SafeText::new(failed));
    screen.told(News::Edited { letter: LetterId(7), text: None, trouble });
    assert_eq!(screen.toast(), failed);
    screen.press("ctrl-e");
    screen.told(News::Edited { letter: LetterId(7), text: Some("Hi".into()), trouble: None });
    assert_eq!(screen.toast(), "");
}

fn body(screen: &Screen) -> String {
    screen.open_letter().lines.body.text()
}

/// Shift selects in the text; ctrl-c copies that and leaves only where nothing is selected, ctrl-x cuts, ctrl-v puts it in, esc
/// ends it before it ends the letter.
#[test]
fn text_is_selected() {
    let mut screen = reply();
    screen.type_text("one two");
    screen.take();
    screen.press("shift-left shift-left shift-left ctrl-c");
    assert!(screen.take().contains(&Effect::CopyLines(vec![SafeText::new("two")])));
    assert!(!screen.model.quitting && screen.model.overlay.is_none());
    screen.press("ctrl-x");
    assert!(body(&screen).starts_with("one \n"));
    screen.press("home ctrl-v ctrl-y");
    assert!(body(&screen).starts_with("twotwoone \n"));
    screen.press("shift-home").type_text("X");
    assert!(body(&screen).starts_with("Xone \n"), "what is typed takes its place");
    screen.press("alt-z");
    assert!(body(&screen).starts_with("twotwoone \n"), "in one step");
    screen.press("ctrl-home shift-down shift-down backspace");
    assert_eq!(body(&screen), "> Two small edits");
    screen.press("ctrl-shift-end esc").type_text("!");
    assert_eq!(body(&screen), "> Two small edits!", "esc ends what is selected, and the cursor stays");
    screen.press("shift-left right");
    screen.take();
    screen.press("ctrl-c");
    assert!(screen.model.quitting || screen.take().contains(&Effect::Quit));
}

/// What is selected is seen: to the end of a line its break, too.
#[test]
fn what_is_selected_is_seen() {
    let mut screen = reply();
    screen.type_text("one").press("enter").type_text("two").press("shift-up shift-left");
    let shown = |screen: &Screen| -> Vec<Option<(u16, u16)>> {
        let rows = screen.open_letter().lines.body.shown(3);
        let selected = |row: &Shown<'_>| if let Shown::Text { selected, .. } = row { *selected } else { None };
        rows.iter().map(selected).collect()
    };
    assert_eq!(shown(&screen), [Some((2, 4)), Some((0, 3)), None]);
    screen.press("left");
    assert_eq!(shown(&screen), [None; 3]);
}
