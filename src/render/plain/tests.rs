//! Quotes, flowed text, signatures, links and fixed text.

use super::{Flow, blocks};
use crate::render::link::Links;
use crate::render::{Block, BlockKind, Document, SpanRole};

fn read(text: &str, flow: Flow) -> Vec<Block> {
    blocks(text, flow, &mut Links::default())
}

/// A block as its kind's first letter, quote depth, and text with `/` for breaks.
fn told(blocks: &[Block]) -> Vec<String> {
    let text = |block: &Block| -> String {
        block.spans.iter().map(|span| if span.role == SpanRole::Break { "/" } else { span.text.as_str() }).collect()
    };
    blocks.iter().map(|block| format!("{:.1}{} {}", format!("{:?}", block.kind), block.quote, text(block))).collect()
}

/// Protects conversations: levels however people write them, indents kept, an mbox escape is no quote.
#[test]
fn quote_levels_are_told_apart() {
    let text = ">> deep\n> > deep too\n> once\n>  indented\n\nmine\n>From me";
    assert_eq!(told(&read(text, Flow::Hard)), ["P2 deep/deep too", "P1 once/ indented", "P0 mine/>From me"]);
    assert_eq!(read(&">".repeat(200), Flow::Hard).len(), 0);
    assert_eq!(read(&format!("{}x", ">".repeat(200)), Flow::Hard)[0].quote, 10);
}

/// Protects format=flowed (RFC 3676): soft breaks join, stuffing goes, quotes stay apart, `DelSp` takes the space.
#[test]
fn flowed_lines_are_joined() {
    let text = "one \ntwo\n stuffed\n> q1 \n> q2\n>> other \nlast";
    let flowed = told(&read(text, Flow::Flowed));
    assert_eq!(flowed, ["P0 one two/stuffed", "P1 q1 q2", "P2 other", "P0 last"]);
    assert_eq!(told(&read("日本 \n語", Flow::FlowedDelSp)), ["P0 日本語"]);
    assert_eq!(told(&read("end \n-- \nme", Flow::Flowed)), ["P0 end", "S0 -- /me"]);
}

/// Protects text that somebody broke by hand: its lines stay.
#[test]
fn hard_lines_stay_and_empty_lines_part_blocks() {
    let blocks = read("a\nb\n\n\n\nc", Flow::Hard);
    assert_eq!(told(&blocks), ["P0 a/b", "P0 c"]);
    assert!(!blocks[1].tight);
}

/// Protects against signatures read as text, and a later quote being swallowed by one.
#[test]
fn signatures_are_their_own_blocks() {
    let blocks = read("text\n-- \nme\nphone\n\nmore\n> old\n> -- \n> them", Flow::Hard);
    assert_eq!(told(&blocks), ["P0 text", "S0 -- /me/phone", "S0 more", "P1 old", "S1 -- /them"]);
}

/// Protects links: numbered in order, the dot after one is not part of it.
#[test]
fn urls_are_numbered() {
    let mut links = Links::default();
    let blocks = blocks("see https://a.example/x. and <http://b.example>", Flow::Hard, &mut links);
    assert_eq!(told(&blocks), ["P0 see https://a.example/x¹. and <http://b.example²>"]);
    assert_eq!(links.into_list().len(), 2);
}

/// Protects columns: tables, drawings, code and patches are fixed; prose is not.
#[test]
fn columns_are_kept() {
    let table = "Item      Qty   Price\nHosting     1   960.00\nStorage     2   244.50";
    assert_eq!(read(table, Flow::Hard)[0].kind, BlockKind::Fixed);
    assert_eq!(read("+---+\n| a |\n+---+", Flow::Hard)[0].kind, BlockKind::Fixed);
    assert_eq!(read("int main() {\n    return 0;\n}", Flow::Hard)[0].kind, BlockKind::Fixed);
    let patch = read("Hi\n\ndiff --git a/x b/x\n@@ -1 +1 @@\n-a\n\n+b\n-- \n2.0", Flow::Hard);
    let kinds: Vec<BlockKind> = patch.iter().map(|block| block.kind).collect();
    assert_eq!(kinds, [BlockKind::Paragraph, BlockKind::Fixed, BlockKind::Fixed, BlockKind::Signature]);
    assert_eq!(
        read("Some prose that goes on\nand on, with nothing special.", Flow::Hard)[0].kind,
        BlockKind::Paragraph
    );
    assert_eq!(read("----------------", Flow::Hard)[0].kind, BlockKind::Rule);
}

fn lines(text: &str, width: u16) -> Vec<String> {
    let document = Document { blocks: read(text, Flow::Hard), ..Document::default() };
    let laid = crate::render::lay(document, width);
    laid.lines.iter().map(|line| line.spans.iter().map(|span| span.text.as_str()).collect()).collect()
}

/// Protects narrow panes from ragged text: lines that the author's program broke are filled anew, quoted or not; where
/// they fit they stay as they were, and lists, greetings and short lines always do.
#[test]
fn hard_wrapped_paragraphs_are_filled_anew() {
    let text = "Hi,\nThis paragraph was wrapped by a program at fifty columns\nor so, and so it goes on here.\n\n\
        > Quoted text was wrapped as well, and by the same rule\n> it is filled.\n\n- an item of a list that is long enough to wrap here\n- two";
    assert_eq!(
        lines(text, 80)[..3],
        ["Hi,", "This paragraph was wrapped by a program at fifty columns", "or so, and so it goes on here."]
    );
    assert_eq!(
        lines(text, 40),
        [
            "Hi,",
            "This paragraph was wrapped by a program",
            "at fifty columns or so, and so it goes",
            "on here.",
            "",
            "▏ Quoted text was wrapped as well, and",
            "▏ by the same rule it is filled.",
            "",
            "- an item of a list that is long enough",
            "  to wrap here",
            "- two",
        ]
    );
}
