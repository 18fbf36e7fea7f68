//! A message as its bytes, line by line, and remarks in place of text.

use crate::render::limits::{MAX_TEXT, cut_text};
use crate::render::{Block, BlockKind, Document, Span, SpanRole};
use crate::safe_text::SafeText;

/// Shows the bytes as they came; what is no UTF-8 is read as windows-1252.
pub(crate) fn show(bytes: &[u8], document: &mut Document) {
    let start = bytes.get(..MAX_TEXT).unwrap_or(bytes);
    let text = decode(start);
    let (text, cut) = cut_text(&text, MAX_TEXT);
    if cut || start.len() < bytes.len() {
        document.notes.push(SafeText::from_static("Only the beginning is shown"));
    }
    document.blocks.push(lines(SafeText::lines(text)));
}

/// Lines that keep their breaks and are wrapped where they are too long.
pub(crate) fn lines(texts: impl Iterator<Item = SafeText>) -> Block {
    let mut spans = Vec::new();
    for (number, text) in texts.enumerate() {
        if number > 0 {
            spans.push(Span { role: SpanRole::Break, ..Span::default() });
        }
        if !text.is_empty() {
            spans.push(Span { text, ..Span::default() });
        }
    }
    Block { kind: BlockKind::Paragraph, spans, quote: 0, indent: 0, tight: true, page: None }
}

/// A word of ours where the message has none.
pub(crate) fn remark(text: &'static str) -> Block {
    let span = Span { text: SafeText::from_static(text), role: SpanRole::Muted, ..Span::default() };
    Block { kind: BlockKind::Paragraph, spans: vec![span], quote: 0, indent: 0, tight: true, page: None }
}

/// Bytes without a known charset: UTF-8 when they are, else windows-1252, which has no undefined byte.
pub(crate) fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        // The cut may have gone through a character.
        Err(error) if error.error_len().is_none() => String::from_utf8_lossy(bytes).into_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}
