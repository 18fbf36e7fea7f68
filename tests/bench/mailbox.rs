//! A mailbox that looks like one: threads, lists, HTML, attachments, charsets. Each message is a function of its number,
//! so that every run measures the same mail.
#![cfg(test)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// In every body, behind what a list shows of it; in no header.
pub const IN_EVERY_BODY: &str = "Reference number";

/// When the first message came, in seconds since 1970.
const FIRST: u64 = 1_500_000_000;
/// Seconds between two messages.
const BETWEEN: u64 = 2_400;

const FIRST_NAMES: &[&str] = &[
    "Ada",
    "Barbara",
    "Edsger",
    "Grace",
    "Katherine",
    "Leslie",
    "Radia",
    "Vint",
    "Zoë",
    "Søren",
    "José",
    "Łukasz",
    "Анна",
    "太郎",
];
const LAST_NAMES: &[&str] =
    &["Lovelace", "Liskov", "Dijkstra", "Hopper", "Johnson", "Lamport", "Perlman", "Cerf", "Müller", "García", "山田"];
const HOSTS: &[&str] = &["example.org", "corp.example", "lists.example.net", "mail.test"];
const WORDS: &[&str] = &[
    "archive",
    "budget",
    "client",
    "contract",
    "database",
    "deploy",
    "draft",
    "folder",
    "incident",
    "index",
    "invoice",
    "kernel",
    "lunch",
    "meeting",
    "migration",
    "patch",
    "proposal",
    "quarterly",
    "release",
    "report",
    "review",
    "search",
    "server",
    "thread",
    "travel",
    "because",
    "however",
    "tomorrow",
    "we",
    "should",
    "the",
    "of",
    "with",
    "and",
    "over",
    "before",
    "schedule",
    "notes",
    "please",
    "find",
    "attached",
];

/// splitmix64: small, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn of(number: u64) -> Self {
        Self(number.wrapping_mul(0xD134_2543_DE82_EF95).wrapping_add(7))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    /// True so many times in a hundred.
    fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }

    fn words(&mut self, count: u64) -> String {
        (0..count).map(|_| self.pick(WORDS)).collect::<Vec<_>>().join(" ")
    }

    fn base64(&mut self, bytes: u64) -> String {
        STANDARD.encode((0..bytes).map(|_| self.next().to_le_bytes()[0]).collect::<Vec<u8>>())
    }
}

/// A header's value in an encoded word (RFC 2047) where it needs one.
fn encoded(text: &str) -> String {
    if text.is_ascii() { text.to_owned() } else { format!("=?utf-8?B?{}?=", STANDARD.encode(text)) }
}

fn person(number: u64) -> String {
    let mut dice = Dice::of(number.wrapping_mul(31) + 1_000_003);
    let name = format!("{} {}", dice.pick(FIRST_NAMES), dice.pick(LAST_NAMES));
    format!("{} <user{number}@{}>", encoded(&name), dice.pick(HOSTS))
}

/// A message's Message-ID, in angle brackets.
pub fn message_id(number: u64) -> String {
    let mut dice = Dice::of(number + (1 << 40));
    format!("<{number}.{:x}@{}>", dice.next() >> 16, dice.pick(HOSTS))
}

/// The message that this one answers: mostly a recent one.
fn parent(number: u64) -> Option<u64> {
    let mut dice = Dice::of(number + (1 << 41));
    if !dice.percent(55) {
        return None;
    }
    let back = dice.below(12) * dice.below(12) + 1;
    number.checked_sub(back)
}

/// The messages before it in its thread, oldest first, at most twelve.
pub fn ancestors(number: u64) -> Vec<u64> {
    let mut chain: Vec<u64> = std::iter::successors(parent(number), |one| parent(*one)).take(40).collect();
    chain.reverse();
    chain
}

/// The subject of the thread that a message belongs to.
fn topic(number: u64) -> String {
    let root = ancestors(number).first().copied().unwrap_or(number);
    let mut dice = Dice::of(root + (1 << 42));
    let count = 2 + dice.below(7);
    let words = dice.words(count);
    if dice.percent(10) { format!("{words} — résumé ✓ 日本") } else { words }
}

/// The subject of a message.
pub fn subject(number: u64) -> String {
    let topic = topic(number);
    if parent(number).is_some() { format!("Re: {topic}") } else { topic }
}

/// When a message came, in seconds since 1970.
pub fn received(number: u64) -> u64 {
    FIRST + number * BETWEEN
}

/// Seconds since 1970 as a date (Hinnant's algorithm).
fn date(seconds: u64) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (days, rest) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let name = MONTHS[usize::try_from(month - 1).unwrap()];
    format!("{day:02} {name} {year} {:02}:{:02}:{:02} +0000", rest / 3600, rest / 60 % 60, rest % 60)
}

/// One message and the Maildir letters of its flags.
pub fn message(number: u64) -> (Vec<u8>, String) {
    let mut dice = Dice::of(number);
    let when = date(received(number));
    let mut text = String::new();
    let sender = dice.below(2_000);
    write!(
        text,
        "Received: from mx{}.example.net (mx.example.net [192.0.2.{}]) by mail.example.org with ESMTPS id {:x}; {when}\n\
         DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=k1; bh={};\n b={}\n\
         From: {}\nTo: Alice Example <alice@example.org>\n",
        dice.below(9),
        dice.below(250),
        dice.next(),
        dice.base64(32),
        dice.base64(180),
        person(sender),
    )
    .unwrap();
    if dice.percent(30) {
        let others: Vec<String> = (0..=dice.below(5)).map(|_| person(dice.below(2_000))).collect();
        writeln!(text, "Cc: {}", others.join(",\n ")).unwrap();
    }
    writeln!(text, "Message-ID: {}\nDate: {when}", message_id(number)).unwrap();
    let before = ancestors(number);
    if let Some(answered) = before.last() {
        let ids: Vec<String> = before.iter().rev().take(12).rev().map(|one| message_id(*one)).collect();
        writeln!(text, "In-Reply-To: {}\nReferences: {}", message_id(*answered), ids.join("\n ")).unwrap();
    }
    writeln!(text, "Subject: {}", encoded(&subject(number))).unwrap();
    if dice.percent(30) {
        writeln!(text, "List-Id: <list{}.lists.example.net>", dice.below(20)).unwrap();
        writeln!(text, "List-Unsubscribe: <https://lists.example.net/u?x=1>").unwrap();
    }
    text.push_str("MIME-Version: 1.0\n");
    content(&mut text, &mut dice, number);
    let mut flags = String::new();
    for (letter, percent) in [('F', 5), ('R', 20), ('S', 90)] {
        if dice.percent(percent) {
            flags.push(letter);
        }
    }
    (text.replace('\n', "\r\n").into_bytes(), flags)
}

fn content(text: &mut String, dice: &mut Dice, number: u64) {
    let mut paragraphs: Vec<String> = (0..=dice.below(5))
        .map(|_| {
            let count = 20 + dice.below(70);
            dice.words(count)
        })
        .collect();
    // Behind the first words, so that a list does not show it.
    paragraphs.insert(1, format!("{IN_EVERY_BODY} {number:07}."));
    let (html, attached) = (dice.percent(45), dice.percent(8));
    if attached {
        text.push_str("Content-Type: multipart/mixed; boundary=\"mixed\"\n\n--mixed\n");
    }
    if html {
        text.push_str("Content-Type: multipart/alternative; boundary=\"either\"\n\n--either\n");
    }
    plain(text, dice, &paragraphs);
    if html {
        text.push_str("\n--either\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n");
        write!(text, "<html><body style='font-family:sans-serif'><h1>{}</h1>", topic(number)).unwrap();
        for paragraph in &paragraphs {
            write!(text, "<p>{}</p>", fold(paragraph)).unwrap();
        }
        text.push_str("<p><a href='https://example.org/x'>Read more</a></p>");
        text.push_str("<img src='https://t.example.org/p.gif' width=1 height=1></body></html>\n--either--\n");
    }
    if attached {
        text.push_str("\n--mixed\nContent-Type: application/pdf; name=\"report.pdf\"\n");
        text.push_str(
            "Content-Disposition: attachment; filename=\"report.pdf\"\nContent-Transfer-Encoding: base64\n\n",
        );
        let size = 500 + dice.below(20_000);
        for line in dice.base64(size).as_bytes().chunks(76) {
            text.push_str(std::str::from_utf8(line).unwrap());
            text.push('\n');
        }
        text.push_str("--mixed--\n");
    }
}

/// The text part: most in UTF-8 as it is, some in base64 and some in ISO-8859-1.
fn plain(text: &mut String, dice: &mut Dice, paragraphs: &[String]) {
    let body = paragraphs.iter().map(|paragraph| fold(paragraph)).collect::<Vec<_>>().join("\n\n") + "\n";
    match dice.below(10) {
        0 => {
            text.push_str("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n");
            for line in STANDARD.encode(body).as_bytes().chunks(76) {
                text.push_str(std::str::from_utf8(line).unwrap());
                text.push('\n');
            }
        }
        1 => {
            text.push_str("Content-Type: text/plain; charset=iso-8859-1\n");
            text.push_str("Content-Transfer-Encoding: quoted-printable\n\n=C4rger und Gr=FC=DFe\n\n");
            text.push_str(&body);
        }
        _ => {
            text.push_str("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n");
            text.push_str(&body);
        }
    }
}

/// Breaks a paragraph into lines of at most 72 columns.
fn fold(paragraph: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in paragraph.split(' ') {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() < 72 => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

/// Gives the files of a Maildir's `cur` the times of their messages: the server tells them as INTERNALDATE. The files'
/// names sort as their messages do.
pub fn date_files(cur: &Path) {
    let mut names: Vec<_> = fs::read_dir(cur).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    for (number, path) in (0_u64..).zip(names) {
        let when = UNIX_EPOCH + Duration::from_secs(received(number));
        fs::File::options().write(true).open(path).unwrap().set_modified(when).unwrap();
    }
}

/// Waits until mailboxes are on the disk: gigabytes that the system writes behind would have processors and disk for long
/// moments of what is measured next.
pub fn written() {
    rustix::fs::sync();
}
