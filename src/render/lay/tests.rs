//! Wrapping, by example and by property.

use proptest::prelude::{Strategy, any, prop, prop_assert, prop_assert_eq, proptest};

use super::lay;
use crate::render::{Block, BlockKind, Document, Laid, Shape, Span, SpanRole};
use crate::safe_text::{SafeText, is_safe_symbol};

fn span(text: &str) -> Span {
    Span { text: SafeText::new(text), ..Span::default() }
}

fn block(kind: BlockKind, spans: Vec<Span>) -> Block {
    Block { kind, spans, quote: 0, indent: 0, tight: false, page: None }
}

fn lines(laid: &Laid) -> Vec<String> {
    laid.lines.iter().map(|line| line.spans.iter().map(|span| span.text.as_str()).collect()).collect()
}

fn laid(blocks: Vec<Block>, width: u16) -> Vec<String> {
    lines(&lay(Document { blocks, ..Document::default() }, Shape { width, ..Shape::default() }))
}

/// Protects prose: it breaks at blanks, at the measure, and list items hang.
#[test]
fn prose_wraps_at_words() {
    let text = "- one two three four five six seven";
    assert_eq!(
        laid(vec![block(BlockKind::Paragraph, vec![span(text)])], 16),
        ["- one two three", "  four five six", "  seven"]
    );
    let long = "word ".repeat(60);
    let wide = laid(vec![block(BlockKind::Paragraph, vec![span(&long)])], 200);
    assert!(wide.iter().all(|line| line.len() <= 84) && wide.len() > 3);
}

/// Protects long URLs and CJK text: the first is broken hard, the second between characters but not before a stop.
#[test]
fn long_words_and_wide_text_are_broken() {
    assert_eq!(
        laid(vec![block(BlockKind::Paragraph, vec![span("abcdefghijklmnopqrstuvwxyz")])], 10),
        ["abcdefghij", "klmnopqrst", "uvwxyz"]
    );
    assert_eq!(laid(vec![block(BlockKind::Paragraph, vec![span("日本語日本。語")])], 10), ["日本語日", "本。語"]);
}

/// Protects code and tables: they are cut with a sign, never wrapped.
#[test]
fn fixed_text_is_cut() {
    let spans =
        vec![span("abcdefgh"), span("ijklmnop"), Span { role: SpanRole::Break, ..Span::default() }, span("short")];
    assert_eq!(laid(vec![block(BlockKind::Fixed, spans)], 12), ["abcdefghijk…", "short"]);
    let exact = vec![span("abcdefgh"), span("ij")];
    assert_eq!(laid(vec![block(BlockKind::Fixed, exact)], 10), ["abcdefghij"]);
    let over = vec![span("abcdefghij"), span("k")];
    assert_eq!(laid(vec![block(BlockKind::Fixed, over)], 10), ["abcdefghi…"]);
}

/// Protects quotes: a bar a level in the level's colour, also on the empty line between two quoted paragraphs.
#[test]
fn quotes_have_bars() {
    let mut first = block(BlockKind::Paragraph, vec![span("deep")]);
    first.quote = 2;
    let mut second = block(BlockKind::Paragraph, vec![span("less")]);
    second.quote = 1;
    let laid =
        lay(Document { blocks: vec![first, second], ..Document::default() }, Shape { width: 20, ..Shape::default() });
    assert_eq!(lines(&laid), ["▏▏ deep", "▏", "▏ less"]);
    assert_eq!(laid.lines[0].spans[1].role, SpanRole::Bar(2));
    assert_eq!(laid.lines[0].spans.last().unwrap().role, SpanRole::Quote(2));
}

fn blocks() -> impl Strategy<Value = Vec<Block>> {
    let chars = prop::sample::select(vec![
        'a', 'b', ' ', ' ', '日', '。', 'ا', '\u{301}', '👍', '🏽', '\u{1100}', 'क', '\u{94d}', '-', '\u{a0}',
    ]);
    let text = prop::collection::vec(chars, 0..60).prop_map(|chars| chars.into_iter().collect::<String>());
    let run = (text, any::<bool>())
        .prop_map(|(text, end)| if end { Span { role: SpanRole::Break, ..Span::default() } } else { span(&text) });
    let kind = prop::sample::select(vec![
        BlockKind::Paragraph,
        BlockKind::Heading,
        BlockKind::Fixed,
        BlockKind::Rule,
        BlockKind::Signature,
    ]);
    let one = (kind, prop::collection::vec(run, 0..6), 0u8..30, 0u16..40, any::<bool>())
        .prop_map(|(kind, spans, quote, indent, tight)| Block { kind, spans, quote, indent, tight, page: None });
    prop::collection::vec(one, 0..5)
}

proptest! {
    /// Protects the pane's edge at every width: no line is over it, and no letter of prose is lost.
    #[test]
    fn lines_fit(blocks in blocks(), width in 10u16..100) {
        let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
        let prose = |block: &&Block| matches!(block.kind, BlockKind::Paragraph | BlockKind::Heading | BlockKind::Signature);
        let all_prose = blocks.iter().all(|block| prose(&block));
        let before: usize = blocks.iter().flat_map(|block| &block.spans).map(|span| letters(span.text.as_str())).sum();
        let laid = lay(Document { blocks, ..Document::default() }, Shape { width, ..Shape::default() });
        for line in &laid.lines {
            let total: usize = line.spans.iter().map(|span| span.text.width()).sum();
            prop_assert!(total <= usize::from(width), "{} columns: {:?}", total, line);
            for span in &line.spans {
                prop_assert!(span.text.graphemes().all(is_safe_symbol));
            }
        }
        let after: usize = laid.lines.iter().flat_map(|line| &line.spans).map(|span| letters(span.text.as_str())).sum();
        // A cluster wider than the room is the one thing that is replaced.
        if all_prose && width > 80 {
            prop_assert_eq!(before, after);
        }
    }
}
