//! Finding words in a laid message: over the ends of lines, whatever the case of their letters.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::query::{Field, Query};
use crate::render::{Hit, Laid, Line, Piece, SpanRole};

/// Places that are found; more are not stepped through.
const MAX_HITS: usize = 5_000;

/// The places where the text stands, from the top. Text without a capital letter finds capitals too.
pub(crate) fn find(laid: &Laid, text: &str) -> Vec<Hit> {
    let exact = text.chars().any(char::is_uppercase);
    let wanted: String = text.split_whitespace().map(|word| fold(word, exact)).collect::<Vec<_>>().join(" ");
    if wanted.is_empty() {
        return Vec::new();
    }
    let flat = Flat::new(&laid.lines, exact);
    let places = flat.text.match_indices(&wanted).take(MAX_HITS);
    places.map(|(at, found)| Hit { pieces: flat.pieces(&laid.lines, at, at + found.len()) }).collect()
}

/// The places where phrases of the query stand that are looked for in the text, from the top, none within another.
pub(crate) fn phrases(laid: &Laid, query: &Query) -> Vec<Hit> {
    let phrases = query.phrases();
    let wanted = || phrases.iter().filter(|(field, _)| matches!(field, Field::Any | Field::Body));
    if wanted().next().is_none() {
        return Vec::new();
    }
    let flat = Flat::new(&laid.lines, true);
    let mut places: Vec<_> = wanted().flat_map(|(_, phrase)| phrase.places(&flat.text)).collect();
    places.sort_by_key(|place| (place.start, std::cmp::Reverse(place.end)));
    let mut end = 0;
    places.retain(|place| {
        let apart = place.start >= end;
        end = end.max(place.end);
        apart
    });
    places.truncate(MAX_HITS);
    places.into_iter().map(|place| Hit { pieces: flat.pieces(&laid.lines, place.start, place.end) }).collect()
}

fn fold(text: &str, exact: bool) -> String {
    if exact { text.to_owned() } else { text.chars().flat_map(char::to_lowercase).collect() }
}

/// All lines as one text, a blank for each end of a line.
struct Flat {
    text: String,
    /// Where each line begins in it.
    starts: Vec<usize>,
    exact: bool,
}

impl Flat {
    fn new(lines: &[Line], exact: bool) -> Self {
        let mut flat = Self { text: String::new(), starts: Vec::with_capacity(lines.len()), exact };
        for line in lines {
            if !flat.text.is_empty() {
                flat.text.push(' ');
            }
            flat.starts.push(flat.text.len());
            for (_, grapheme) in graphemes(line) {
                flat.text.push_str(&fold(grapheme, exact));
            }
        }
        flat
    }

    /// The cells of what stands between two places.
    fn pieces(&self, lines: &[Line], from: usize, to: usize) -> Vec<Piece> {
        let first = self.starts.partition_point(|start| *start <= from).saturating_sub(1);
        let mut pieces = Vec::new();
        for (number, (line, start)) in lines.iter().zip(&self.starts).enumerate().skip(first) {
            if *start >= to {
                break;
            }
            let mut at = *start;
            let mut piece: Option<Piece> = None;
            for (column, grapheme) in graphemes(line) {
                let end = at + fold(grapheme, self.exact).len();
                if end > from && at < to {
                    let right = column.saturating_add(u16::try_from(grapheme.width()).unwrap_or(0));
                    piece.get_or_insert(Piece { line: number, from: column, to: right }).to = right;
                }
                at = end;
            }
            pieces.extend(piece);
        }
        pieces
    }
}

/// The clusters of a line with their columns, without the bars of quotes and the blanks before the text. What stands for
/// folded lines is no text of the message.
fn graphemes(line: &Line) -> impl Iterator<Item = (u16, &str)> {
    let mut column = 0_u16;
    let all = line.spans.iter().filter(|span| span.role != SpanRole::Fold).flat_map(|span| {
        let is_bar = matches!(span.role, SpanRole::Bar(_));
        span.text.as_str().graphemes(true).map(move |grapheme| (is_bar, grapheme))
    });
    let placed = all.map(move |(is_bar, grapheme)| {
        let at = column;
        column = column.saturating_add(u16::try_from(grapheme.width()).unwrap_or(0));
        (is_bar, at, grapheme)
    });
    placed.skip_while(|(is_bar, _, grapheme)| *is_bar || *grapheme == " ").map(|(_, at, grapheme)| (at, grapheme))
}

#[cfg(test)]
mod tests;
