//! The text that a letter begins with: what is quoted, the line above it, signature, templates.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::address::shown;
use super::original::Original;
use super::{Desk, flowed};
use crate::letter::style::{Identity, Quote, Style};
use crate::letter::{Letter, Mailbox};
use crate::mail::UnixTime;

/// Lines that are quoted; of more the user may attach the mail.
const MOST_LINES: usize = 2_000;
/// The line above a forwarded message: the one that most programs look for.
pub(super) const FORWARDED: &str = "---------- Forwarded message ----------";
/// People of a field that are named above a forwarded message.
const MOST_NAMED: usize = 50;

/// A text with the signature below it.
pub(super) fn with_signature(text: &str, signature: &str) -> String {
    let signature = flowed::tidy(signature);
    let signature = signature.trim();
    match (text.is_empty(), signature.is_empty()) {
        (_, true) => text.to_owned(),
        (true, false) => format!("\n\n{}\n{signature}", flowed::SIGNATURE),
        (false, false) => format!("{text}\n\n{}\n{signature}", flowed::SIGNATURE),
    }
}

/// The text of an answer, and where one begins to write, in bytes.
pub(super) fn answer(original: &Original, identity: &Identity, desk: &Desk<'_>) -> (String, usize) {
    let quoted = quoted(&original.text);
    if quoted.is_empty() || desk.style.quote == Quote::None {
        return (with_signature("", &identity.signature), 0);
    }
    let attribution = fill(&desk.style.attribution, &fields(original, identity, &desk.zone));
    let attribution = flowed::tidy(&attribution);
    let quote = if attribution.trim().is_empty() { quoted } else { format!("{attribution}\n{quoted}") };
    match desk.style.quote {
        Quote::Above | Quote::None => {
            let text = format!("{quote}\n\n");
            let cursor = text.len();
            let signature = with_signature("", &identity.signature);
            (format!("{text}{signature}"), cursor)
        }
        Quote::Below => {
            // Without the mark of a signature: a reader would take all that is below it for one.
            let signature = flowed::tidy(&identity.signature);
            let signature = signature.trim();
            let signature = if signature.is_empty() { String::new() } else { format!("\n\n{signature}") };
            (format!("{signature}\n\n{quote}"), 0)
        }
    }
}

/// The text with another signature, in the place of the one that it was begun with. `None`: it stays as it is, since that one
/// was changed or taken out.
pub(super) fn signed_anew(text: &str, before: &str, after: &str, style: &Style) -> Option<String> {
    let (before, after) = (flowed::tidy(before), flowed::tidy(after));
    let (before, after) = (before.trim(), after.trim());
    if before == after {
        return None;
    }
    let handed_on = lines(text).find(|(_, line)| *line == FORWARDED).map(|(start, _)| start);
    let above = handed_on.or_else(|| above_quote(text, style));
    if before.is_empty() {
        let Some((head, tail)) = above.and_then(|above| text.split_at_checked(above)) else {
            return Some(with_signature(text, after));
        };
        return Some(format!("{}\n\n{after}\n\n{tail}", head.trim_end_matches('\n')));
    }
    // What is handed on has signatures of its own.
    let own = text.get(..handed_on.unwrap_or(text.len()))?;
    let marked = format!("{}\n{before}", flowed::SIGNATURE);
    let (start, old, mark) = match last_between(own, &marked, "\n") {
        Some(start) => (start, marked.as_str(), format!("{}\n", flowed::SIGNATURE)),
        None => (last_between(text.get(..above.unwrap_or(text.len()))?, before, "\n\n")?, before, String::new()),
    };
    let (head, tail) = (text.get(..start)?, text.get(start + old.len()..)?);
    Some(match after {
        "" => format!("{}{tail}", head.strip_suffix("\n\n").unwrap_or(head)),
        _ => format!("{head}{mark}{after}{tail}"),
    })
}

/// See [`super::hands_on`].
pub(super) fn hands_on(text: &str) -> bool {
    lines(text).any(|(_, line)| line == FORWARDED)
}

/// The lines of a text, and where they begin.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = next;
        next += line.len();
        (start, line.trim_end())
    })
}

/// The last place where a text has these words between such gaps, or at its beginning or end.
fn last_between(text: &str, words: &str, gap: &str) -> Option<usize> {
    let fits = |start: &usize| {
        let head = text.get(..*start).unwrap_or_default();
        let tail = text.get(start + words.len()..).unwrap_or_default();
        (head.is_empty() || head.ends_with(gap)) && (tail.trim().is_empty() || tail.starts_with(gap))
    };
    text.rmatch_indices(words).map(|(start, _)| start).find(fits)
}

/// Where the quote begins with the line above it, if the signature stands there, as [`answer`] puts it. `None`: it stands
/// below the text.
fn above_quote(text: &str, style: &Style) -> Option<usize> {
    if style.quote != Quote::Below {
        return None;
    }
    let lines: Vec<(usize, &str)> = lines(text).collect();
    let quote = lines.iter().position(|(_, line)| flowed::is_quoted(line))?;
    lines.get(quote_start(&lines, quote, style)).map(|(start, _)| *start)
}

/// See [`super::goes_on_at`].
pub(super) fn goes_on_at(text: &str, signature: &str, style: &Style) -> usize {
    let rows: Vec<(usize, &str)> = lines(text).collect();
    let below = rows.iter().position(|(_, line)| *line == FORWARDED || *line == flowed::SIGNATURE.trim_end());
    let rows = rows.get(..below.unwrap_or(rows.len())).unwrap_or_default();
    let end = |(start, line): &(usize, &str)| start + line.len();
    let quote = rows.iter().position(|(_, line)| flowed::is_quoted(line)).unwrap_or(rows.len());
    // The line above the quote is not the user's own, nor is a signature that stands there without its mark.
    let above = quote_start(rows, quote, style);
    let head = rows.get(above).map_or(text, |(start, _)| text.get(..*start).unwrap_or_default()).trim_end();
    let signature = flowed::tidy(signature);
    let signed = head.strip_suffix(signature.trim()).filter(|_| above < quote && !signature.trim().is_empty());
    let signed = signed.map_or(usize::MAX, str::len);
    let own = |(place, (start, line)): &(usize, &(usize, &str))| {
        let theirs = flowed::is_quoted(line) || (above..quote).contains(place) || (*place < above && *start >= signed);
        !theirs && !line.is_empty()
    };
    if let Some((_, last)) = rows.iter().enumerate().rev().find(own) {
        return end(last);
    }
    // Nothing is written yet: where it was begun.
    let last = rows.iter().rfind(|(_, line)| flowed::is_quoted(line)).filter(|_| style.quote == Quote::Above);
    last.map_or(0, |last| {
        let end = end(last);
        end + text.get(end..).unwrap_or_default().bytes().take(2).take_while(|byte| *byte == b'\n').count()
    })
}

/// Which line a quote begins with that has its first quoted line there: the line above it, if it has one.
fn quote_start(rows: &[(usize, &str)], quote: usize, style: &Style) -> usize {
    let attribution = flowed::tidy(&style.attribution);
    let count = if attribution.trim().is_empty() { 0 } else { attribution.split('\n').count() };
    // Where the user took the line above out, the quote begins with itself.
    let whole = |place: &usize| rows.get(*place..quote).is_some_and(|rows| rows.iter().all(|(_, row)| !row.is_empty()));
    quote.checked_sub(count).filter(whole).filter(|_| quote < rows.len()).unwrap_or(quote)
}

/// A text as it is quoted: without its signature, of bounded length.
fn quoted(text: &str) -> String {
    let text = flowed::without_signature(text).trim_matches('\n').trim_end();
    if text.is_empty() {
        return String::new();
    }
    let mut lines = text.split('\n');
    let kept = lines.by_ref().take(MOST_LINES).collect::<Vec<_>>().join("\n");
    let quoted = flowed::quoted(&kept);
    if lines.next().is_some() { format!("{quoted}\n> […]") } else { quoted }
}

/// The text of a letter that hands a message on within it.
pub(super) fn forwarded(original: &Original, text: &str, identity: &Identity, desk: &Desk<'_>) -> String {
    let named = |mailboxes: &[Mailbox]| {
        let mut names: Vec<String> = mailboxes.iter().take(MOST_NAMED).map(shown).collect();
        if mailboxes.len() > MOST_NAMED {
            names.push(format!("and {} more", mailboxes.len() - MOST_NAMED));
        }
        names.join(", ")
    };
    let when = original.sent.map(|sent| {
        let when = When::of(sent, &desk.zone);
        format!("{} {}", when.date, when.time)
    });
    let block = [
        ("From", named(&original.from)),
        ("Date", when.unwrap_or_default()),
        ("Subject", original.subject.clone()),
        ("To", named(&original.to)),
        ("Cc", named(&original.cc)),
    ];
    let lines = block.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name}: {value}"));
    let block = lines.collect::<Vec<_>>().join(
        "
",
    );
    let signature = flowed::tidy(&identity.signature);
    let signature = signature.trim();
    let signature = if signature.is_empty() { String::new() } else { format!("\n\n{signature}") };
    format!("{signature}\n\n{FORWARDED}\n{block}\n\n{text}")
}

/// A date in words.
struct When {
    date: String,
    time: String,
    day: String,
}

impl When {
    fn of(at: UnixTime, zone: &TimeZone) -> Self {
        let at = Timestamp::from_second(at.0).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(zone.clone());
        Self {
            date: at.strftime("%a, %-d %b %Y").to_string(),
            time: at.strftime("%H:%M").to_string(),
            day: at.strftime("%Y-%m-%d").to_string(),
        }
    }
}

/// The fields of a template, by name.
pub(super) type Fields = Vec<(&'static str, String)>;

/// What the line above a quote may name.
fn fields(original: &Original, identity: &Identity, zone: &TimeZone) -> Fields {
    let writer = original.from.first().cloned().unwrap_or_default();
    let when = original.sent.map(|sent| When::of(sent, zone));
    let when =
        when.unwrap_or(When { date: "an unknown day".into(), time: "an unknown time".into(), day: String::new() });
    let name = original.writer_name();
    vec![
        ("first", first_name(&name)),
        ("name", name),
        ("address", writer.address),
        ("subject", original.subject.clone()),
        ("date", when.date),
        ("time", when.time),
        ("day", when.day),
        ("me", identity.mailbox.name.clone()),
    ]
}

/// What a template may name.
pub(super) fn fields_of_letter(letter: &Letter, now: UnixTime, zone: &TimeZone) -> Fields {
    let to = letter.to.first().cloned().unwrap_or_default();
    let when = When::of(now, zone);
    let name = if to.name.is_empty() { to.address.clone() } else { to.name };
    vec![
        ("first", first_name(&name)),
        ("name", name),
        ("address", to.address),
        ("subject", letter.subject.clone()),
        ("date", when.date),
        ("time", when.time),
        ("day", when.day),
        ("me", letter.from.name.clone()),
    ]
}

/// "Ada" of "Ada Lovelace" and of "Lovelace, Ada".
fn first_name(name: &str) -> String {
    let name = name.split_once(',').map_or(name, |(_, first)| first.trim());
    name.split_whitespace().next().unwrap_or_default().to_owned()
}

/// Puts values in the place of `{name}`; what is no field stays as it is. A value is not looked at again: a sender called
/// "{me}" stays so.
pub(super) fn fill(template: &str, fields: &Fields) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let field = after
            .split_once('}')
            .and_then(|(name, rest)| fields.iter().find(|(known, _)| *known == name).map(|(_, value)| (value, rest)));
        if let Some((value, after)) = field {
            out.push_str(value);
            rest = after;
        } else {
            out.push('{');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}
