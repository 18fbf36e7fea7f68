//! Business cards in a mail: vCard 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350) in plain words.
//!
//! Pictures, keys and sounds are counted, never decoded and never fetched. All strings are the sender's: a screen
//! takes them through `SafeText` only.

use std::borrow::Cow;

use jiff::civil::Date;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;

use crate::render::content_line::{self, Line, cut, split_escaped, unescape};

/// Bytes of a file that are read; what comes after is as if it were not there.
const MAX_INPUT: usize = 1 << 20;

/// Cards that are read; the rest is counted.
const MAX_CARDS: usize = 50;

/// Addresses, numbers and so on of each kind that are kept.
const MAX_EACH: usize = 20;

/// Bytes of a value.
const MAX_VALUE: usize = 500;

/// Bytes of a note.
const MAX_NOTE: usize = 2000;

/// The cards of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Cards {
    /// At most [`MAX_CARDS`].
    pub(crate) list: Vec<Card>,
    /// Cards beyond those.
    pub(crate) left_out: usize,
}

/// One card. Every text may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Card {
    /// FN, else made of N.
    pub(crate) name: String,
    /// ORG with its units.
    pub(crate) organisation: String,
    /// TITLE, else ROLE.
    pub(crate) title: String,
    /// EMAIL.
    pub(crate) emails: Vec<Contact>,
    /// TEL.
    pub(crate) phones: Vec<Contact>,
    /// ADR, each on one line.
    pub(crate) addresses: Vec<Contact>,
    /// BDAY in words.
    pub(crate) birthday: String,
    /// URL.
    pub(crate) urls: Vec<Contact>,
    /// NOTE.
    pub(crate) note: String,
    /// Whether there is a picture.
    pub(crate) picture: bool,
    /// Entries that are not shown.
    pub(crate) others: usize,
}

/// A way to reach somebody.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Contact {
    /// The address or number.
    pub(crate) value: String,
    /// What for: "work", "mobile"; empty when nothing known is said.
    pub(crate) kind: String,
}

/// Reads the cards of a text. Looks at [`MAX_INPUT`] bytes; a card that does not end there is left out.
pub(crate) fn read(text: &str) -> Cards {
    read_some(cut(text, MAX_INPUT), MAX_CARDS)
}

/// As [`read`], all of a text, and at most so many cards.
pub(crate) fn read_some(text: &str, most: usize) -> Cards {
    let mut cards = Cards::default();
    let mut card = Card::default();
    // A card may hold another one (AGENT of vCard 2.1): only the outer one is read.
    let mut depth = 0usize;
    for line in content_line::lines(text) {
        let is_card = line.value.trim().eq_ignore_ascii_case("VCARD");
        match (line.name.as_str(), depth) {
            ("BEGIN", 0) if is_card => {
                card = Card::default();
                depth = 1;
            }
            ("BEGIN", _) if is_card => depth += 1,
            ("END", 1) if is_card => {
                depth = 0;
                let card = std::mem::take(&mut card).finished();
                if cards.list.len() < most {
                    cards.list.push(card);
                } else {
                    cards.left_out += 1;
                }
            }
            ("END", 2..) if is_card => depth -= 1,
            (_, 1) => card.take(&line),
            _ => {}
        }
    }
    cards
}

impl Card {
    /// Takes what one line says.
    fn take(&mut self, line: &Line) {
        if line.value.trim().is_empty() {
            return;
        }
        let name = line.name.as_str();
        match name {
            "VERSION" | "PRODID" | "REV" | "UID" | "BEGIN" | "END" | "KIND" | "X-ABLABEL" | "CLASS" | "MAILER" => {
                return;
            }
            "PHOTO" => {
                self.picture = true;
                return;
            }
            _ => {}
        }
        let Some(value) = value(line) else {
            self.others += 1;
            return;
        };
        let list = match name {
            "EMAIL" => &mut self.emails,
            "TEL" => &mut self.phones,
            "ADR" => &mut self.addresses,
            "URL" => &mut self.urls,
            _ => {
                self.take_single(name, &value);
                return;
            }
        };
        let value = match name {
            "ADR" => join(split_escaped(&value, ';').into_iter(), ", "),
            "TEL" => short(value.strip_prefix("tel:").unwrap_or(&value)),
            "EMAIL" => short(value.strip_prefix("mailto:").unwrap_or(&value)),
            _ => short(&value),
        };
        if value.is_empty() {
            return;
        }
        if list.len() < MAX_EACH {
            list.push(Contact { value, kind: kind(line) });
        } else {
            self.others += 1;
        }
    }

    /// Takes a property that there is one of; another one is counted.
    fn take_single(&mut self, name: &str, value: &str) {
        let (field, text) = match name {
            "FN" => (&mut self.name, short(value)),
            "N" => {
                // A stand-in until FN comes, which may be earlier or later.
                if self.name.is_empty() {
                    self.name = formatted(value);
                }
                return;
            }
            "ORG" => (&mut self.organisation, join(split_escaped(value, ';').into_iter(), ", ")),
            "TITLE" | "ROLE" => (&mut self.title, short(value)),
            "BDAY" => (&mut self.birthday, birthday(value)),
            "NOTE" => (&mut self.note, cut(unescape(value).trim(), MAX_NOTE).to_owned()),
            _ => {
                self.others += 1;
                return;
            }
        };
        if field.is_empty() || name == "FN" || name == "TITLE" {
            *field = text;
        } else {
            self.others += 1;
        }
    }

    /// Names a card without a name by what else it has.
    fn finished(mut self) -> Self {
        if self.name.is_empty() {
            self.name.clone_from(&self.organisation);
        }
        if self.name.is_empty()
            && let Some(email) = self.emails.first()
        {
            self.name.clone_from(&email.value);
        }
        self
    }

    /// Label and text of each line, in the order of the screen. Each text is one line.
    pub(crate) fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = Vec::new();
        let mut add = |label, text: &str| {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            if !text.is_empty() {
                lines.push((label, text));
            }
        };
        add("Name", if self.name.is_empty() { "(no name)" } else { &self.name });
        add("Title", &self.title);
        if self.organisation != self.name {
            add("Organisation", &self.organisation);
        }
        for (label, contacts) in
            [("E-mail", &self.emails), ("Phone", &self.phones), ("Address", &self.addresses), ("Web", &self.urls)]
        {
            for contact in contacts {
                add(label, &contact.words());
            }
        }
        add("Birthday", &self.birthday);
        add("Note", &self.note);
        let more = match self.others {
            0 => String::new(),
            1 => "one more entry".to_owned(),
            others => format!("{others} more entries"),
        };
        match (self.picture, more.is_empty()) {
            (true, true) => add("Not shown", "a picture"),
            (true, false) => add("Not shown", &format!("a picture and {more}")),
            (false, _) => add("Not shown", &more),
        }
        lines
    }
}

impl Contact {
    fn words(&self) -> String {
        if self.kind.is_empty() { self.value.clone() } else { format!("{} ({})", self.value, self.kind) }
    }
}

/// The value with its encoding undone; nothing for bytes that are no text.
fn value(line: &Line) -> Option<Cow<'_, str>> {
    if line.says("ENCODING", "B") || line.says("ENCODING", "BASE64") {
        return None;
    }
    if !line.says("ENCODING", "QUOTED-PRINTABLE") {
        return Some(Cow::Borrowed(line.value.as_str()));
    }
    let bytes = quoted_printable_decode(line.value.as_bytes())?;
    let charset = line.parameter("CHARSET").unwrap_or("utf-8").to_ascii_lowercase();
    Some(Cow::Owned(match (charset.as_str(), charset_decoder(charset.as_bytes())) {
        ("utf-8", _) | (_, None) => String::from_utf8_lossy(&bytes).into_owned(),
        (_, Some(decode)) => decode(&bytes),
    }))
}

fn short(value: &str) -> String {
    cut(unescape(value).trim(), MAX_VALUE).to_owned()
}

/// The pieces that say something.
fn join<'a>(pieces: impl Iterator<Item = &'a str>, between: &str) -> String {
    let pieces: Vec<String> = pieces.map(short).filter(|piece| !piece.is_empty()).collect();
    cut(&pieces.join(between), MAX_VALUE).to_owned()
}

/// N is family; given; additional; prefixes; suffixes (RFC 6350 section 6.2.2).
fn formatted(value: &str) -> String {
    let pieces = split_escaped(value, ';');
    let piece = |place: usize| pieces.get(place).copied().unwrap_or("");
    join([3, 1, 2, 0, 4].into_iter().map(piece), " ")
}

/// What a contact is for: TYPE, or a bare word in vCard 2.1.
fn kind(line: &Line) -> String {
    const KINDS: [(&str, &str); 6] = [
        ("HOME", "home"),
        ("WORK", "work"),
        ("CELL", "mobile"),
        ("FAX", "fax"),
        ("PAGER", "pager"),
        ("VIDEO", "video"),
    ];
    let words: Vec<&str> = KINDS.iter().filter(|(word, _)| line.says("TYPE", word)).map(|(_, shown)| *shown).collect();
    words.join(", ")
}

/// `19700131`, `1970-01-31`, `--0131`, each with or without a time; anything else as it is.
fn birthday(value: &str) -> String {
    let text = unescape(value);
    let day = text.trim().split(['T', 't', ' ']).next().unwrap_or("");
    let (year, rest) = match day.strip_prefix("--") {
        Some(rest) => (None, rest),
        None => day.split_at_checked(4).map_or((None, ""), |(year, rest)| (year.parse::<i16>().ok(), rest)),
    };
    let digits: String = rest.chars().filter(|c| *c != '-').take(5).collect();
    // Without a year the day may be the 29th of February.
    let date = digits
        .split_at_checked(2)
        .filter(|_| digits.len() == 4)
        .and_then(|(month, day)| Date::new(year.unwrap_or(2000), month.parse().ok()?, day.parse().ok()?).ok());
    match (date, year, day.starts_with("--")) {
        (Some(date), Some(_), _) => date.strftime("%-d %B %-Y").to_string(),
        (Some(date), None, true) => date.strftime("%-d %B").to_string(),
        (Some(_), None, false) | (None, ..) => short(value),
    }
}

#[cfg(test)]
mod tests;
