//! The editor against a string and a number, and what it promises of rows, quotes and undo.

#![expect(clippy::string_slice, reason = "a cut within a letter is a failed test with a line number")]

use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof};
use proptest::proptest;
use rstest::rstest;
use unicode_segmentation::UnicodeSegmentation;

use super::rows::{Rows, cells, grapheme_at};
use super::view::Shown;
use super::{Edit, Editor, Move, Spot};

/// What is done to a text.
#[derive(Debug, Clone)]
enum Deed {
    Insert(String),
    Paste(String),
    Backspace,
    Delete,
    Step(Move),
    Run(Edit),
    Width(u16),
    Set(String),
    Fold,
}

fn text() -> impl Strategy<Value = String> {
    "([a-z ]|\n|>|\t|é|e\u{301}|山|👩‍👩‍👧|🇩🇪|ש|\u{200d}|\u{301}){0,12}"
}

fn deed() -> impl Strategy<Value = Deed> {
    let edits = vec![
        Edit::LineStart,
        Edit::LineEnd,
        Edit::WordLeft,
        Edit::WordRight,
        Edit::TextStart,
        Edit::TextEnd,
        Edit::KillLine,
        Edit::KillBack,
        Edit::KillWord,
        Edit::KillWordBack,
        Edit::Yank,
        Edit::Undo,
        Edit::Redo,
    ];
    prop_oneof![
        4 => text().prop_map(Deed::Insert),
        1 => text().prop_map(Deed::Paste),
        2 => Just(Deed::Backspace),
        1 => Just(Deed::Delete),
        3 => prop_oneof![Just(Move::Left), Just(Move::Right), (-3..4_isize).prop_map(Move::Rows)].prop_map(Deed::Step),
        4 => proptest::sample::select(edits).prop_map(Deed::Run),
        1 => (1..30_u16).prop_map(Deed::Width),
        1 => text().prop_map(Deed::Set),
        1 => Just(Deed::Fold),
    ]
}

/// The same with a string and the cursor in bytes: slow, and seen to be right. Gives what is taken away, where it is put
/// back elsewhere.
fn naive(text: &mut String, cursor: &mut usize, deed: &Deed) {
    let line_start = |text: &str, at: usize| text[..at].rfind('\n').map_or(0, |at| at + 1);
    let line_end = |text: &str, at: usize| text[at..].find('\n').map_or(text.len(), |more| at + more);
    match deed {
        Deed::Insert(more) | Deed::Paste(more) => {
            text.insert_str(*cursor, more);
            let wanted = *cursor + more.len();
            let start = line_start(text, wanted);
            let line = &text[start..line_end(text, wanted)];
            let mut at = start;
            for grapheme in line.graphemes(true) {
                if at >= wanted {
                    break;
                }
                at += grapheme.len();
            }
            *cursor = at.max(wanted.min(at));
        }
        Deed::Backspace => {
            let start = line_start(text, *cursor);
            let from = match text[start..*cursor].graphemes(true).next_back() {
                Some(grapheme) => *cursor - grapheme.len(),
                None => start.saturating_sub(1),
            };
            text.replace_range(from..*cursor, "");
            *cursor = from;
        }
        Deed::Delete => {
            let end = line_end(text, *cursor);
            let to = match text[*cursor..end].graphemes(true).next() {
                Some(grapheme) => *cursor + grapheme.len(),
                None => (end + 1).min(text.len()),
            };
            text.replace_range(*cursor..to, "");
        }
        Deed::Run(Edit::KillLine) => {
            let end = line_end(text, *cursor);
            let to = if end == *cursor { (end + 1).min(text.len()) } else { end };
            text.replace_range(*cursor..to, "");
        }
        Deed::Run(Edit::KillBack) => {
            let start = line_start(text, *cursor);
            text.replace_range(start..*cursor, "");
            *cursor = start;
        }
        Deed::Run(Edit::TextStart) => *cursor = 0,
        Deed::Run(Edit::TextEnd) => *cursor = text.len(),
        Deed::Step(_) | Deed::Run(_) | Deed::Width(_) | Deed::Set(_) | Deed::Fold => {}
    }
}

fn done(editor: &mut Editor, deed: &Deed) {
    match deed {
        Deed::Insert(text) => editor.insert(text),
        Deed::Paste(text) => editor.paste(text),
        Deed::Backspace => editor.backspace(),
        Deed::Delete => editor.delete(),
        Deed::Step(step) => editor.step(*step),
        Deed::Run(edit) => editor.run(*edit),
        Deed::Width(width) => editor.set_width(*width),
        Deed::Set(text) => editor.set(text),
        Deed::Fold => editor.toggle_folds(),
    }
}

/// What always holds.
fn sound(editor: &mut Editor) {
    let text = editor.text();
    assert_eq!(text.len(), editor.bytes());
    let cursor = editor.cursor();
    let line = editor.line_text(cursor.line);
    let mut borders: Vec<usize> = line.grapheme_indices(true).map(|(at, _)| at).collect();
    borders.push(line.len());
    assert!(borders.contains(&cursor.byte), "the cursor is between graphemes: {cursor:?} in {line:?}");
    for (place, line) in editor.lines.iter().enumerate() {
        if let Some(rows) = &line.rows {
            assert_eq!(*rows, Rows::of(&line.text, editor.width), "the rows of line {place} are those of its text");
        }
    }
    for height in [1, 3, 7] {
        editor.reveal(height);
        assert!(editor.shown(height).len() <= usize::from(height));
        let (row, column) = editor.cursor_cell(height).expect("the cursor is seen");
        assert!(row < height && column <= editor.width);
        assert_eq!(editor.text(), text, "looking changes nothing");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is done: the text is what a string would be, the cursor between graphemes and seen, rows those of the text.
    #[test]
    fn as_a_string(deeds in proptest::collection::vec(deed(), 1..60)) {
        let mut editor = Editor::new("", 0);
        editor.set_width(20);
        for deed in deeds {
            let (mut text, mut cursor) = (editor.text(), editor.cursor_byte());
            naive(&mut text, &mut cursor, &deed);
            let known = matches!(
                deed,
                Deed::Insert(_)
                    | Deed::Paste(_)
                    | Deed::Backspace
                    | Deed::Delete
                    | Deed::Run(Edit::KillLine | Edit::KillBack | Edit::TextStart | Edit::TextEnd)
            );
            done(&mut editor, &deed);
            if known || matches!(deed, Deed::Step(_) | Deed::Width(_) | Deed::Fold) {
                prop_assert_eq!(editor.text(), text);
            }
            if matches!(deed, Deed::Run(Edit::TextStart | Edit::TextEnd | Edit::KillBack)) {
                prop_assert_eq!(editor.cursor_byte(), cursor);
            }
            if let Deed::Set(set) = &deed {
                prop_assert_eq!(&editor.text(), set);
            }
            sound(&mut editor);
        }
    }

    /// Everything that was done can be taken back, and done again.
    #[test]
    fn there_and_back(begin in text(), deeds in proptest::collection::vec(deed(), 1..40)) {
        let mut editor = Editor::new(&begin, begin.len());
        for deed in &deeds {
            if !matches!(deed, Deed::Run(Edit::Undo | Edit::Redo)) {
                done(&mut editor, deed);
            }
        }
        let end = editor.text();
        for _ in 0..200 {
            editor.run(Edit::Undo);
        }
        prop_assert_eq!(editor.text(), begin);
        for _ in 0..200 {
            editor.run(Edit::Redo);
        }
        prop_assert_eq!(editor.text(), end);
        sound(&mut editor);
    }

    /// No row is wider than the room but for blanks and what is wider by itself, and the rows are the whole text.
    #[test]
    fn rows_fit(text in "([a-zA-Z]{1,9}|山|👩‍👩‍👧| |\t|é){0,60}", quoted in any::<bool>(), width in 2..30_u16) {
        let text = if quoted { format!("> {text}") } else { text };
        let rows = Rows::of(&text, width);
        let mut all = String::new();
        for row in 0..rows.count() {
            let part = &text[rows.range(row, text.len())];
            all.push_str(part);
            let mut column = rows.indent_of(row);
            let mut graphemes = 0;
            let mut at = 0;
            let seen = part.trim_end();
            while let Some(grapheme) = grapheme_at(seen, at) {
                column += cells(grapheme, column);
                at += grapheme.len();
                graphemes += 1;
            }
            prop_assert!(column <= width || graphemes <= 1, "{part:?} takes {column} of {width}");
        }
        prop_assert_eq!(all, text);
    }
}

fn shown(editor: &Editor, height: u16) -> Vec<String> {
    let row = |row: Shown<'_>| match row {
        Shown::Text { text, .. } => text.to_owned(),
        Shown::Fold { count, .. } => format!("({count})"),
    };
    editor.shown(height).into_iter().map(row).collect()
}

/// A paragraph is broken between words, and its break is nobody's letter.
#[test]
fn words_stay_whole() {
    let mut editor = Editor::new("the quick brown fox jumps over", 0);
    editor.set_width(10);
    editor.reveal(9);
    assert_eq!(shown(&editor, 9), ["the quick ", "brown fox ", "jumps over"]);
    assert_eq!(editor.text(), "the quick brown fox jumps over");
}

/// Up and down keep the column, through short rows too; beyond the ends are the ends.
#[test]
fn columns_are_kept() {
    let mut editor = Editor::new("a long line here\nab\nanother long line", 12);
    editor.set_width(76);
    editor.step(Move::Rows(1));
    assert_eq!(editor.cursor(), Spot { line: 1, byte: 2 });
    editor.step(Move::Rows(1));
    assert_eq!(editor.cursor(), Spot { line: 2, byte: 12 });
    editor.step(Move::Rows(1));
    assert_eq!(editor.cursor(), Spot { line: 2, byte: 17 });
    editor.step(Move::Rows(-9));
    assert_eq!(editor.cursor(), Spot::default());
}

/// A word is one step of undo, and so is a paste; what was typed before a move is a step of its own.
#[test]
fn undo_goes_by_words() {
    let mut editor = Editor::new("", 0);
    for c in ["o", "n", "e", " ", "t", "w", "o"] {
        editor.insert(c);
    }
    editor.paste(" three\nfour ");
    editor.run(Edit::Undo);
    assert_eq!(editor.text(), "one two");
    editor.run(Edit::Undo);
    assert_eq!(editor.text(), "one ");
    editor.run(Edit::Undo);
    assert_eq!(editor.text(), "");
    for _ in 0..3 {
        editor.run(Edit::Redo);
    }
    assert_eq!(editor.text(), "one two three\nfour ");
    editor.backspace();
    editor.backspace();
    editor.run(Edit::Undo);
    assert_eq!(editor.text(), "one two three\nfour ", "what was erased in a row comes back at once");
}

/// What is cut in a row is put back as one.
#[test]
fn cutting_in_a_row_is_one_text() {
    let mut editor = Editor::new("one\ntwo\nthree", 0);
    for _ in 0..4 {
        editor.run(Edit::KillLine);
    }
    assert_eq!(editor.text(), "three");
    editor.run(Edit::TextEnd);
    editor.run(Edit::Yank);
    assert_eq!(editor.text(), "threeone\ntwo\n");
}

/// A long quote is folded until the cursor goes into it, and can be shown by a key.
#[test]
fn long_quotes_are_folded() {
    let quote = "> one\n> two\n> three\n> four\n> five\n> six\n> seven";
    let mut editor = Editor::new(&format!("\n\n{quote}\nend"), 0);
    editor.set_width(76);
    editor.reveal(20);
    assert_eq!(shown(&editor, 20), ["", "", "> one", "(6)", "end"]);
    editor.step(Move::Rows(2));
    editor.reveal(20);
    assert_eq!(shown(&editor, 20).len(), 5, "its first line is seen all the time");
    editor.step(Move::Rows(1));
    editor.reveal(20);
    assert_eq!(shown(&editor, 20).len(), 10);
    editor.run(Edit::TextStart);
    editor.toggle_folds();
    editor.reveal(20);
    assert_eq!(shown(&editor, 20).len(), 5);
    editor.toggle_folds();
    assert_eq!(shown(&editor, 20).len(), 10);
}

/// Short quotes are shown whole.
#[test]
fn short_quotes_are_whole() {
    let mut editor = Editor::new("> one\n> two\n> three\n> four", 0);
    editor.set_width(76);
    assert!(!editor.has_folds());
    editor.reveal(9);
    assert_eq!(shown(&editor, 9).len(), 4);
}

/// Whatever a line break is elsewhere is a line feed here, and what cannot be seen is no letter of a mail.
#[rstest]
#[case("a\r\nb\rc", "a\nb\nc")]
#[case("a\u{2028}b\u{85}c", "a\nb\nc")]
#[case("a\u{1b}[31mb\u{7}", "a[31mb")]
#[case("a\tb", "a\tb")]
fn text_is_clean(#[case] pasted: &str, #[case] expected: &str) {
    let mut editor = Editor::default();
    editor.paste(pasted);
    assert_eq!(editor.text(), expected);
}

/// A megabyte without a line break: what is known of its rows stays right from key to key.
#[test]
fn a_long_line_is_broken_once() {
    let mut editor = Editor::new(&"lorem ipsum 山 ".repeat(60_000), 400_000);
    editor.set_width(76);
    editor.reveal(20);
    for _ in 0..50 {
        editor.insert("x");
        editor.reveal(20);
    }
    let line = &editor.lines[0];
    assert!(line.rows.as_ref().is_some_and(|rows| *rows == Rows::of(&line.text, 76)));
}
