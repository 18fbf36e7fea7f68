//! The last sweep over the frame.

use ratatui::layout::Rect;

use super::*;

fn swept(symbol: &str) -> String {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 1, 1));
    buffer[(0, 0)].set_symbol(symbol);
    sweep(&mut buffer);
    buffer[(0, 0)].symbol().to_owned()
}

/// TM14: a cell with a control, a bidi control, a tag, a hidden character or a tower of marks never leaves the program,
/// whatever put it there.
#[test]
fn hostile_cells_are_replaced() {
    let zalgo = format!("a{}", "\u{301}".repeat(9));
    for hostile in [
        "\x1b",
        "\x07",
        "\0",
        "\x7f",
        "\u{9b}",
        "\u{9d}",
        "\u{85}",
        "\r",
        "\n",
        "\t",
        "a\x1b[31m",
        "\x1b]0;x\x07",
        "\u{202e}",
        "a\u{202e}",
        "\u{2067}",
        "\u{61c}",
        "\u{200e}x",
        "\u{200b}",
        "a\u{200b}",
        "\u{2028}",
        "\u{feff}",
        "\u{e0041}",
        "🏴\u{e0067}\u{e007f}",
        "\u{e0100}",
        zalgo.as_str(),
    ] {
        assert_eq!(swept(hostile), "\u{fffd}", "{hostile:?}");
    }
}

/// TM14's other half: what people write stays as it is.
#[test]
fn honest_cells_stay() {
    let marks = format!("a{}", "\u{301}".repeat(8));
    for honest in
        [" ", "a", "~", "é", "e\u{301}", "日", "א", "ش", "👩‍👩‍👧‍👦", "❤\u{fe0f}", "🇩🇪", "क्षि", "…", "╭", marks.as_str()]
    {
        assert_eq!(swept(honest), honest);
    }
}
