//! What is said before a letter is sent.

use rstest::rstest;

use super::super::tests::{attachment, desk, letter, mailbox, writers};
use super::{Facts, Kind, Weight, all};
use crate::letter::style::Style;
use crate::letter::{Letter, Seal};

fn said(letter: &Letter, facts: &Facts) -> Vec<(Kind, Weight, String)> {
    let (writers, style) = (writers(), Style::default());
    let checks = all(letter, facts, &desk(&writers, &style));
    checks.into_iter().map(|check| (check.kind, check.weight, check.words.as_str().to_owned())).collect()
}

/// The words of UX.md's picture.
#[test]
fn an_answer_to_all_is_summed_up() {
    let letter = Letter {
        text: "signed copy Attached.\n> where is the attachment?".into(),
        to: vec![mailbox("", "priya@acme.example"), mailbox("", "noor@mail.acme.example")],
        cc: vec![mailbox("", "x@law.example"), mailbox("", "X@LAW.example")],
        attachments: vec![attachment("a.pdf", "application/pdf", 88_000)],
        ..letter()
    };
    let facts = Facts { to_all: true, ..Facts::default() };
    let words: Vec<String> = said(&letter, &facts).into_iter().map(|(_, _, words)| words).collect();
    assert_eq!(
        words,
        ["You wrote \"Attached\", and one file is attached", "Reply goes to 3 people, 1 outside acme.example"]
    );
}

#[rstest]
#[case("see the attached file", Some("attached"))]
#[case("Anbei die Zahlen", Some("Anbei"))]
#[case("siehe Anhang", Some("Anhang"))]
#[case("Vous trouverez ci-jointes", Some("ci-jointes"))]
#[case("te envío el archivo adjunto", Some("adjunto"))]
#[case("In allegato", Some("In allegato"))]
#[case("zie de bijlage", Some("bijlage"))]
#[case("w załączniku", Some("załączniku"))]
#[case("segue em anexo", Some("em anexo"))]
#[case("Файл во вложении", Some("во вложении"))]
#[case("filen är bifogad", Some("bifogad"))]
#[case("unattached strings", None)]
#[case("I am attache", None)]
#[case("> see attached", None)]
#[case("hi\n-- \nattached", None)]
fn words_of_attachments_are_known(#[case] text: &str, #[case] word: Option<&str>) {
    let found = said(&Letter { text: text.into(), ..letter() }, &Facts::default());
    let forgotten = found.iter().find(|(kind, ..)| *kind == Kind::Forgotten).map(|(_, _, words)| words.as_str());
    let wanted = word.map(|word| format!("You wrote \"{word}\", and nothing is attached"));
    assert_eq!(forgotten, wanted.as_deref());
}

/// What blocks stands first and says which address it is.
#[test]
fn what_cannot_be_sent_blocks() {
    let none = Letter { to: Vec::new(), subject: " ".into(), ..letter() };
    let kinds: Vec<(Kind, Weight)> =
        said(&none, &Facts::default()).into_iter().map(|(kind, weight, _)| (kind, weight)).collect();
    assert_eq!(kinds, [(Kind::Nobody, Weight::Blocks), (Kind::Subject, Weight::Asks)]);
    let wrong = Letter { to: vec![mailbox("Bo", "bo.example")], ..letter() };
    assert_eq!(said(&wrong, &Facts::default())[0].2, "\"Bo <bo.example>\" is no address: there is no @");
    assert!(said(&letter(), &Facts::default()).is_empty());
}

/// Another identity than the one that was written to, many people, and too much are asked about.
#[test]
fn what_is_odd_is_asked() {
    let facts = Facts { came_to: Some("support@acme.example".into()), to_all: true, ..Facts::default() };
    let found = said(&letter(), &facts);
    assert_eq!(found[0].2, "It came to support@acme.example, and you answer as dana@acme.example");
    let facts = Facts { came_to: Some("dana+x@acme.example".into()), to_all: true, ..Facts::default() };
    let house = (0..20).map(|number| mailbox("", &format!("p{number}@acme.example")));
    let crowd = house.chain([mailbox("", "x@law.example")]).collect();
    let many = Letter { to: crowd, attachments: vec![attachment("a", "b/c", 30_000_000)], ..letter() };
    let found = said(&many, &facts);
    assert_eq!(found[0].2, "Reply goes to 21 people, 1 outside acme.example");
    let kinds: Vec<Kind> = found.into_iter().map(|(kind, ..)| kind).collect();
    assert_eq!(kinds, [Kind::Many, Kind::Big]);
}

/// What was encrypted does not go on in the open without a second look.
#[test]
fn what_was_sealed_is_not_opened_unasked() {
    let facts = Facts { was_sealed: true, ..Facts::default() };
    let weight =
        |seal: Seal| said(&Letter { seal, ..letter() }, &facts).first().map(|(kind, weight, _)| (*kind, *weight));
    assert_eq!(weight(Seal { encrypt: true, ..Seal::default() }), Some((Kind::Sealed, Weight::Tells)));
    assert_eq!(weight(Seal { sign: true, ..Seal::default() }), Some((Kind::Sealed, Weight::Asks)));
    assert!(said(&letter(), &Facts::default()).is_empty());
}
