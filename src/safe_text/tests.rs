//! What the sanitiser promises, by example and by property.

use proptest::prelude::{Strategy, any, prop, prop_assert, prop_assert_eq, proptest};

use super::{MAX_MARKS, SafeText, is_safe_char, is_safe_symbol};

fn safe(text: &str) -> String {
    SafeText::new(text).as_str().to_owned()
}

/// Protects the terminal from raw escape sequences (H01, TM01) and C1 controls (H03, TM03).
#[test]
fn controls_are_left_out() {
    assert_eq!(safe("before\u{1b}[2J\u{7}after\u{7f}"), "before[2Jafter");
    assert_eq!(safe("u\u{9b}2Jx\u{9d}0;t\u{9c}\u{85}end"), "u2Jx0;t end");
}

/// Protects the order of text on the row (H09, TM08): a turned name is marked, weak bidi marks vanish.
#[test]
fn bidi_controls_are_marked_or_left_out() {
    assert_eq!(safe("invoice_\u{202e}fdp.exe"), "invoice_\u{fffd}fdp.exe");
    assert_eq!(safe("a\u{200e}\u{200f}\u{61c}b\u{2069}\u{202c}"), "ab");
    assert_eq!(safe("\u{2067}abc"), "\u{fffd}abc");
}

/// Protects against hidden text (H10, TM09): tags, fillers, zero width spaces.
#[test]
fn invisible_characters_are_left_out() {
    assert_eq!(safe("pay\u{200b}pal\u{feff}\u{ad}\u{2060}\u{e0041}\u{3164}\u{115f}\u{1160}\u{ffa0}."), "paypal.");
    assert_eq!(safe("pay\u{200c}pal\u{200d}x"), "paypalx");
    assert_eq!(safe("می\u{200c}خواهم"), "می\u{200c}خواهم");
}

/// Protects emoji families, flags and hearts from being taken apart.
#[test]
fn emoji_sequences_stay_whole() {
    for emoji in
        ["👨\u{200d}👩\u{200d}👧", "❤\u{fe0f}", "🏳\u{fe0f}\u{200d}🌈", "👍🏽", "🇩🇪", "👩🏽\u{200d}❤\u{fe0f}\u{200d}👨🏽"]
    {
        assert_eq!(safe(emoji), emoji);
        assert_eq!(SafeText::new(emoji).width(), 2, "{emoji}");
    }
    let chain = "👩\u{200d}".repeat(500);
    assert!(SafeText::new(&chain).graphemes().all(is_safe_symbol));
}

/// Protects neighbouring cells from stacked marks (H11, TM10).
#[test]
fn marks_are_limited() {
    let zalgo = format!("a{}b", "\u{300}\u{316}\u{360}".repeat(2000));
    assert_eq!(SafeText::new(&zalgo).as_str().chars().count(), 2 + MAX_MARKS);
    assert_eq!(safe("\u{301}x"), "x", "a mark without a base would sit on the cell before");
}

/// Protects rows from being overprinted or broken (H13, TM12).
#[test]
fn breaks_and_tabs_are_spaces_in_a_line_and_breaks_in_a_text() {
    assert_eq!(safe("a\r\nb\rc\nd\te\u{2028}f\u{2029}g\u{b}h\u{c}i"), "a b c d e f g h i");
    let lines: Vec<String> =
        SafeText::lines("good\rEVIL\r\n\ta\n\nab\tc\u{85}x").map(|line| line.as_str().to_owned()).collect();
    assert_eq!(lines, ["good", "EVIL", "        a", "", "ab      c", "x"]);
}

/// Protects columns where a terminal and a width table could disagree (H12, TM11).
#[test]
fn private_use_is_marked_and_width_is_by_grapheme() {
    assert_eq!(safe("a\u{e0a0}\u{f0000}\u{fdd0}"), "a\u{fffd}\u{fffd}\u{fffd}");
    assert_eq!(SafeText::new("لا").width(), 2, "the buffer gives each letter a cell");
    assert_eq!(SafeText::new("1\u{fe0f}\u{20e3}").as_str(), "1\u{20e3}");
}

/// Protects against padding that pushes an address out of view (H14, SP01).
#[test]
fn squeezing_collapses_padding() {
    assert_eq!(SafeText::squeezed("  ceo@x\u{a0}  \t \u{3000} y ").as_str(), "ceo@x y");
}

/// Protects the columns of every list: cutting is by cell, whole graphemes, with a sign.
#[test]
fn cutting_ends_in_an_ellipsis() {
    let text = SafeText::new("日本語テキスト");
    assert_eq!(text.cut(6).as_str(), "日本…");
    assert_eq!(text.cut(14), text);
    assert_eq!(text.cut(0).as_str(), "");
    assert_eq!(text.cut_start(6).as_str(), "…スト");
    assert_eq!(text.pad(6).width(), 6);
    assert_eq!(SafeText::new("ab").pad_start(4).as_str(), "  ab");
    assert_eq!(SafeText::concat(&[&"a".into(), &"b".into()]).as_str(), "ab");
    assert_eq!(SafeText::join(&["a".into(), "b".into()], ", ").as_str(), "a, b");
}

/// Text full of the characters that matter here.
fn hostile() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        '\u{1b}',
        '\u{9b}',
        '\r',
        '\n',
        '\t',
        '\u{202e}',
        '\u{2067}',
        '\u{200b}',
        '\u{200c}',
        '\u{200d}',
        '\u{fe0f}',
        '\u{fe00}',
        '\u{301}',
        '\u{e0041}',
        '\u{1f469}',
        '\u{2764}',
        '\u{1f3fd}',
        '\u{1f1e9}',
        'ا',
        'ی',
        'क',
        '\u{94d}',
        '日',
        '\u{1100}',
        '\u{1161}',
        '\u{11a8}',
        '\u{e000}',
        ' ',
        'a',
        '\u{85}',
        '\u{2028}',
        '\u{ad}',
        '\u{7f}',
    ]);
    prop::collection::vec(proptest::prop_oneof![3 => special, 1 => any::<char>()], 0..40)
        .prop_map(|chars| chars.into_iter().collect())
}

proptest! {
    /// Protects invariant 10: nothing unsafe gets through, and a second pass changes nothing.
    #[test]
    fn output_is_safe_and_stable(text in hostile()) {
        let once = SafeText::new(&text);
        prop_assert!(once.as_str().chars().all(is_safe_char));
        prop_assert!(once.graphemes().all(is_safe_symbol));
        prop_assert_eq!(SafeText::new(once.as_str()), once);
    }

    /// Protects every column on the screen: a cut text fits, and is safe again.
    #[test]
    fn cuts_fit(text in hostile(), width in 0usize..30) {
        let safe = SafeText::new(&text);
        for cut in [safe.cut(width), safe.cut_start(width)] {
            prop_assert!(cut.width() <= width);
            prop_assert!(cut.as_str().chars().all(is_safe_char));
        }
        prop_assert_eq!(safe.pad(width).width(), width);
        prop_assert_eq!(safe.pad_start(width).width(), width);
    }

    /// Protects multi-line text: lines hold no break and no tab.
    #[test]
    fn lines_are_safe(text in hostile()) {
        for line in SafeText::lines(&text) {
            prop_assert!(line.as_str().chars().all(is_safe_char));
        }
    }
}
