//! Fuzzy choice from a list: which entries a typed text hits, and which letters it hit.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// The entries that the text hits, best first; all of them, in their order, when it is empty.
pub fn hits(text: &str, entries: impl IntoIterator<Item = (usize, String)>) -> Vec<usize> {
    if text.trim().is_empty() {
        return entries.into_iter().map(|(index, _)| index).collect();
    }
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = pattern(text);
    let mut buffer = Vec::new();
    let mut found: Vec<_> = entries
        .into_iter()
        .filter_map(|(index, entry)| {
            let score = pattern.score(Utf32Str::new(&entry, &mut buffer), &mut matcher)?;
            Some((std::cmp::Reverse(score), entry.chars().count(), index))
        })
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, _, index)| index).collect()
}

/// The letters (counted in characters) of an entry that the text hit, in order: they are shown in another style.
pub fn letters(text: &str, entry: &str) -> Vec<u32> {
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let mut indices = Vec::new();
    let hit = pattern(text).indices(Utf32Str::new(entry, &mut buffer), &mut matcher, &mut indices);
    if hit.is_none() {
        return Vec::new();
    }
    indices.sort_unstable();
    indices.dedup();
    indices
}

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart)
}
