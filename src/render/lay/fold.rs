//! Long quotes folded: an answer needs no more of what it answers than its reader can take in at a glance.
//!
//! What is folded is what people quoted out of habit: all below the answer, and the beginning of a long passage that is
//! answered line by line. A forwarded message is what its sender wants read, and stays whole.

use super::Row;
use crate::render::{Line, Span, SpanRole};
use crate::safe_text::SafeText;

/// Lines of a quote below the answer that stay, and how many it must have to be folded.
const TRAILING: (usize, usize) = (2, 6);
/// Lines that stay at the end of a passage that is answered below it, and how many it must have to be folded.
const ANSWERED: (usize, usize) = (6, 14);
/// Lines within which the header of an earlier message names who, when and what.
const HEADER: usize = 8;

/// Folds the long quotes of a message with this subject; gives how many lines went.
pub(super) fn fold(rows: &mut Vec<Row>, subject: &str) -> usize {
    if is_forward(subject) || !has_own_words(rows) {
        return 0;
    }
    let mut out = Vec::with_capacity(rows.len());
    let mut folded = 0;
    let earlier = earlier_message(rows, subject).unwrap_or(rows.len());
    let last_words = rows.iter().take(earlier).rposition(|row| row.quote == 0 && is_word(row));
    let mut rest = std::mem::take(rows).into_iter().enumerate().peekable();
    while let Some((at, row)) = rest.next() {
        if at == earlier {
            let mut run = vec![row];
            run.extend(rest.by_ref().map(|(_, row)| row));
            folded += fold_run(run, (HEADER, 0), &mut out);
            break;
        }
        if row.quote == 0 {
            out.push(row);
            continue;
        }
        let mut run = vec![row];
        while let Some((_, next)) = rest.next_if(|(at, row)| *at < earlier && row.quote > 0) {
            run.push(next);
        }
        let trailing = last_words.is_none_or(|last| at > last);
        folded += fold_run(run, if trailing { (TRAILING.0, 0) } else { (1, ANSWERED.0) }, &mut out);
    }
    *rows = out;
    folded
}

/// Keeps the first and the last lines of a run and folds what is between; short runs stay.
fn fold_run(run: Vec<Row>, (first, last): (usize, usize), out: &mut Vec<Row>) -> usize {
    let shortest = if last == 0 { TRAILING.1 } else { ANSWERED.1 };
    let count = run.len().saturating_sub(first + last);
    if run.len() <= shortest || count < 3 {
        out.extend(run);
        return 0;
    }
    let end = first + count;
    for (at, row) in run.into_iter().enumerate() {
        if at == first {
            out.push(sign(&row, count));
        }
        if at < first || at >= end {
            out.push(row);
        }
    }
    count
}

/// The line that stands for folded ones, with the bars of the first of them.
fn sign(row: &Row, count: usize) -> Row {
    let bars = row.line.spans.iter().take_while(|span| matches!(span.role, SpanRole::Bar(_)));
    let mut spans: Vec<Span> = bars.cloned().collect();
    let words = if row.quote > 0 { format!(" … {count} quoted lines") } else { format!("… {count} earlier lines") };
    spans.push(Span { text: SafeText::new(&words), role: SpanRole::Fold, ..Span::default() });
    Row { quote: row.quote, line: Line { spans, picture: None } }
}

fn text(row: &Row) -> String {
    row.line.spans.iter().map(|span| span.text.as_str()).collect()
}

fn is_word(row: &Row) -> bool {
    row.line
        .spans
        .iter()
        .any(|span| span.role != SpanRole::Muted && span.text.as_str().chars().any(char::is_alphanumeric))
}

/// Whether the sender wrote something: a line that is no quote, no signature and does not only introduce a quote.
fn has_own_words(rows: &[Row]) -> bool {
    let own = |(at, row): (usize, &Row)| {
        let introduces = rows.get(at + 1..).unwrap_or_default().iter().find(|next| is_word(next) || next.quote > 0);
        row.quote == 0
            && is_word(row)
            && !(text(row).trim_end().ends_with(':') && introduces.is_some_and(|next| next.quote > 0))
    };
    rows.iter().enumerate().any(own)
}

/// The prefixes of subjects with which programs forward, in the languages that they speak.
fn is_forward(subject: &str) -> bool {
    begins_with(subject, &["fw", "fwd", "wg", "tr", "rv", "i", "enc", "vb", "doorst", "vs fwd", "pd"])
}

/// The prefixes of answers.
fn is_answer(subject: &str) -> bool {
    begins_with(subject, &["re", "aw", "antw", "sv", "vs", "odp", "rif", "r", "ynt", "res", "回复", "答复"])
}

fn begins_with(subject: &str, prefixes: &[&str]) -> bool {
    let Some((prefix, _)) = subject.trim_start().split_once([':', '：']) else { return false };
    let prefix = prefix.split('[').next().unwrap_or_default().trim().to_lowercase();
    prefixes.contains(&prefix.as_str())
}

/// Where an earlier message begins that was left below an answer without quote marks: Outlook's line, or its header.
fn earlier_message(rows: &[Row], subject: &str) -> Option<usize> {
    if !is_answer(subject) {
        return None;
    }
    let mut above = false;
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.quote == 0) {
        let line = text(row).trim().to_lowercase();
        if above && (is_original_line(&line) || is_header(rows.get(at..at + HEADER).unwrap_or_default(), &line)) {
            return Some(at);
        }
        above |= is_word(row);
    }
    None
}

/// "-----Original Message-----" in the languages of Outlook.
fn is_original_line(line: &str) -> bool {
    const WORDS: [&str; 9] = [
        "original message",
        "ursprüngliche nachricht",
        "message d'origine",
        "message d’origine",
        "mensaje original",
        "messaggio originale",
        "oorspronkelijk bericht",
        "mensagem original",
        "ursprungligt meddelande",
    ];
    line.starts_with("---") && line.ends_with("---") && WORDS.iter().any(|words| line.contains(words))
}

/// "From: …" with "Sent: …" and "Subject: …" on the lines below.
fn is_header(rows: &[Row], line: &str) -> bool {
    const FROM: [&str; 7] = ["from:", "von:", "de:", "de :", "da:", "van:", "från:"];
    const SENT: [&str; 12] = [
        "sent:",
        "date:",
        "gesendet:",
        "datum:",
        "envoyé:",
        "envoyé :",
        "enviado:",
        "enviado el:",
        "inviato:",
        "verzonden:",
        "skickat:",
        "fecha:",
    ];
    const SUBJECT: [&str; 8] =
        ["subject:", "betreff:", "objet:", "objet :", "asunto:", "oggetto:", "onderwerp:", "assunto:"];
    let begins = |line: &str, words: &[&str]| words.iter().any(|word| line.starts_with(word));
    if !begins(line, &FROM) {
        return false;
    }
    let below: Vec<String> = rows.iter().skip(1).map(|row| text(row).trim().to_lowercase()).collect();
    below.iter().any(|line| begins(line, &SENT)) && below.iter().any(|line| begins(line, &SUBJECT))
}

#[cfg(test)]
mod tests;
