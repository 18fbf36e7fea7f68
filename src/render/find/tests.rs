//! What is found, and in which cells.

use crate::render::{Context, Laid, Piece, Quotes, Shape, SpanRole, View, find, lay, lay_with, parse};

fn laid(body: &str, width: u16) -> Laid {
    let bytes = format!("Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}");
    lay(parse(bytes.as_bytes(), View::Best, &Context::default()), width)
}

fn found(body: &str, width: u16, text: &str) -> Vec<Vec<(usize, u16, u16)>> {
    let cell = |piece: &Piece| (piece.line, piece.from, piece.to);
    find(&laid(body, width), text).iter().map(|hit| hit.pieces.iter().map(cell).collect()).collect()
}

/// Protects the search from capitals: small letters find both, a capital letter finds itself alone.
#[test]
fn small_letters_find_capitals() {
    assert_eq!(found("Mail and mail", 60, "mail"), [[(0, 0, 4)], [(0, 9, 13)]]);
    assert_eq!(found("Mail and mail", 60, "Mail"), [[(0, 0, 4)]]);
    assert_eq!(found("STRASSE Straße", 60, "straße"), [[(0, 8, 14)]]);
    assert_eq!(found("x", 60, "  "), Vec::<Vec<(usize, u16, u16)>>::new());
}

/// Protects phrases that the pane's edge broke, inside of quotes too: a piece on each line, bars left out.
#[test]
fn a_phrase_goes_over_the_end_of_a_line() {
    assert_eq!(found("one two three four", 10, "two three"), [[(0, 4, 7), (1, 0, 5)]]);
    assert_eq!(found("> one two three four", 12, "two three"), [[(0, 6, 9), (1, 2, 7)]]);
}

/// Protects from a place that is none: what stands for folded lines is no text of the message.
#[test]
fn the_sign_of_a_fold_is_not_found() {
    let body = format!("Thanks.\n\n{}", "> some words\n".repeat(30));
    let shape = Shape { width: 60, quotes: Quotes::Folded, cell: None };
    let folded = lay_with(laid(&body, 60).document, shape);
    let sign = folded.lines.iter().flat_map(|line| &line.spans).find(|span| span.role == SpanRole::Fold).unwrap();
    let word = sign.text.as_str().split_whitespace().find(|word| word.chars().all(char::is_alphabetic)).unwrap();
    assert!(find(&folded, word).is_empty(), "{word}");
}

/// Protects the columns after wide letters.
#[test]
fn wide_letters_take_two_columns() {
    assert_eq!(found("日本 mail 日本", 60, "mail"), [[(0, 5, 9)]]);
    assert_eq!(found("日本語", 60, "本"), [[(0, 2, 4)]]);
}
