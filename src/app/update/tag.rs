//! Typing labels: which there are on the messages, which could follow, and what the line means.

use super::Effects;
use crate::app::cursor::{flags_to_be, ids, targets};
use crate::app::model::{InputPurpose, Model, Overlay, Tagged};
use crate::app::msg::Query;
use crate::app::update::triage::rows_of;
use crate::mail::MessageId;
use crate::mail::flags::{Flag, FlagChange};
use crate::mail::labels;
use crate::safe_text::SafeText;

/// Labels that are offered at once.
const OFFERED: usize = 12;

/// Asks for labels.
pub(crate) fn ask(model: &mut Model, fx: &mut Effects) {
    let messages = ids(targets(model));
    let labels = present(model, &messages);
    let purpose = InputPurpose::Tag(Tagged { messages, labels });
    model.overlay = Some(Overlay::Input { purpose, text: String::new(), cursor: 0 });
    if model.search.seen.is_none() && model.search.seeing.is_none() {
        model.search.seeing = Some(model.load(fx, Query::Seen));
    }
}

/// The messages and the text of the line, while labels are typed.
fn line(model: &Model) -> Option<(&Tagged, &str, usize)> {
    match &model.overlay {
        Some(Overlay::Input { purpose: InputPurpose::Tag(tagged), text, cursor }) => Some((tagged, text, *cursor)),
        _ => None,
    }
}

/// Whether labels are typed.
pub(crate) fn is_typing(model: &Model) -> bool {
    line(model).is_some()
}

/// The labels that these messages have, each with whether all of them have it.
fn present(model: &Model, messages: &[MessageId]) -> Vec<(String, bool)> {
    let rows = rows_of(model, messages);
    let mut counts: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for row in &rows {
        for label in labels::shown(&flags_to_be(model, row)) {
            *counts.entry(label).or_default() += 1;
        }
    }
    counts.into_iter().map(|(label, count)| (label, count == rows.len())).collect()
}

/// What could stand at the cursor: after a minus what is there, else what was seen lately and is not.
pub fn offers(model: &Model, tagged: &Tagged, text: &str, cursor: usize) -> Vec<String> {
    let before: String = text.chars().take(cursor).collect();
    let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    let present = &tagged.labels;
    let (clears, typed) = match word.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, word.strip_prefix('+').unwrap_or(word)),
    };
    let typed = typed.trim_start_matches('"').to_lowercase();
    let seen = model.search.seen.as_ref().map_or(&[][..], |seen| &seen.labels);
    let known: Vec<String> = if clears {
        present.iter().map(|(label, _)| label.clone()).collect()
    } else {
        // What all have is offered once it is begun: the word clears it.
        let missing = |label: &String| !present.iter().any(|(other, all)| *all && other.eq_ignore_ascii_case(label));
        let there = present.iter().filter(|(_, all)| *all && !typed.is_empty()).map(|(label, _)| label.clone());
        seen.iter().filter(|label| missing(label)).cloned().chain(there).collect()
    };
    known.into_iter().filter(|label| label.to_lowercase().starts_with(&typed)).take(OFFERED).collect()
}

/// Puts the first offer in the place of the word at the cursor.
pub(crate) fn complete(model: &mut Model) {
    let Some((tagged, text, cursor)) = line(model) else { return };
    let Some(offer) = offers(model, tagged, text, cursor).into_iter().next() else { return };
    let chars: Vec<char> = text.chars().collect();
    let head: String = chars.iter().take(cursor).collect();
    let start = head.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let (kept, word) = head.split_at(start);
    let sign = word.get(..1).filter(|sign| matches!(*sign, "-" | "+")).unwrap_or_default();
    let quoted = if offer.contains(char::is_whitespace) { format!("\"{offer}\"") } else { offer };
    let head = format!("{kept}{sign}{quoted} ");
    let tail: String = chars.iter().skip(cursor).collect::<String>().trim_start().to_owned();
    let (place, whole) = (head.chars().count(), head + &tail);
    if let Some(Overlay::Input { text, cursor, .. }) = &mut model.overlay {
        (*text, *cursor) = (whole, place);
    }
}

/// What the line means for these messages: `work` sets a label, or clears it where all have it; `+work` sets it, `-work`
/// clears it.
///
/// # Errors
/// What cannot be a label, or that there is none.
pub(crate) fn change(model: &Model, messages: &[MessageId], text: &str) -> Result<FlagChange, SafeText> {
    let present = present(model, messages);
    let mut change = FlagChange::default();
    for word in words(text) {
        let (set, name) = match (word.strip_prefix('-'), word.strip_prefix('+')) {
            (Some(name), _) => (false, name),
            (None, Some(name)) => (true, name),
            (None, None) => {
                let there = |(label, all): &(String, bool)| *all && label.eq_ignore_ascii_case(&word);
                (!present.iter().any(there), word.as_str())
            }
        };
        let keyword = labels::keyword(name)
            .ok_or_else(|| SafeText::new(&format!("{name} cannot be a label: it is empty or too long")))?;
        if set { &mut change.add } else { &mut change.remove }.push(Flag::Keyword(keyword));
    }
    if change == FlagChange::default() {
        return Err(SafeText::new("Type a label to set, or one that is there to clear it"));
    }
    Ok(change)
}

/// The words of a line; what stands in quotes is one.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for letter in text.chars() {
        match letter {
            '"' => quoted = !quoted,
            letter if letter.is_whitespace() && !quoted => words.push(String::new()),
            letter => words.extend_last(letter),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

trait ExtendLast {
    fn extend_last(&mut self, letter: char);
}

impl ExtendLast for Vec<String> {
    fn extend_last(&mut self, letter: char) {
        if let Some(word) = self.last_mut() {
            word.push(letter);
        }
    }
}
