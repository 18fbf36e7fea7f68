//! Columns of text.

use proptest::prelude::{any, prop_assert, proptest};

use super::*;

/// Protects the grid: columns are what the terminal draws, not bytes or characters.
#[test]
fn width_counts_columns() {
    assert_eq!(width("abc"), 3);
    assert_eq!(width("日本"), 4);
    assert_eq!(width("e\u{301}"), 1);
    assert_eq!(width("…"), 1);
}

/// Protects the grid: a cut says so, leaves no space before the mark and never splits a wide character.
#[test]
fn cut_marks_what_is_missing() {
    assert_eq!(cut("hello", 5, "…"), "hello");
    assert_eq!(cut("hello", 4, "…"), "hel…");
    assert_eq!(cut("one two", 5, "…"), "one…");
    assert_eq!(cut("日本語", 4, "…"), "日…");
    assert_eq!(cut("日本語", 6, "…"), "日本語");
    assert_eq!(cut("hello", 4, "..."), "h...");
    assert_eq!(cut("hello", 0, "…"), "");
    for columns in 6..=9 {
        assert_eq!(cut("Gianni … you", columns, "…"), if columns == 6 { "Giann…" } else { "Gianni…" });
    }
}

/// Protects explanations in popups: words stay whole where they fit.
#[test]
fn wrap_breaks_between_words() {
    assert_eq!(wrap("one two three", 7), ["one two", "three"]);
    assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
    assert_eq!(wrap("", 3), [""]);
    assert!(wrap("x", 0).is_empty());
}

/// A seed of the property below: a character wider than the line is left out, and what follows it is not lost.
#[test]
fn a_wide_character_on_a_narrow_line() {
    assert_eq!(wrap("㈠!", 1), ["!"]);
}

proptest! {
    /// Protects the grid from any text (TM11): nothing is ever wider than it may be.
    #[test]
    fn nothing_is_wider_than_asked(text in any::<String>(), columns in 0_u16..40) {
        prop_assert!(width(&cut(&text, columns, "…")) <= columns);
        prop_assert!(width(clip(&text, columns)) <= columns);
        for line in wrap(&text, columns) {
            prop_assert!(width(&line) <= columns, "{line:?}");
        }
    }
}
