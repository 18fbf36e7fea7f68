//! What is looked at before a letter is sent: sentences for the line above the footer, never a dialog.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::address::{domain_in_ascii, folded, problem, shown, without_tag};
use super::{Desk, flowed};
use crate::letter::{Letter, Mailbox};
use crate::safe_text::SafeText;

/// Words that speak of something attached, by language.
static ATTACHED: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let words = include_str!("../../assets/attached.txt").lines().filter(|line| !line.starts_with('#'));
    words.flat_map(|line| line.split(',')).map(str::trim).filter(|word| !word.is_empty()).collect()
});
/// Domains at which people are no colleagues of each other.
static PUBLIC: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| include_str!("../../assets/public_domains.txt").split_whitespace().collect());
/// From so many people on, an answer to all is worth a second look.
const MANY: usize = 15;
/// Bytes that most servers do not take: 25 MB with base64.
const BIG: u64 = 18_000_000;
/// Bytes of text in which words are looked for.
const LOOKED_AT: usize = 64 * 1024;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What it is about.
    pub kind: Kind,
    /// What it asks for.
    pub weight: Weight,
    /// A sentence.
    pub words: SafeText,
}

/// What a check asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// Nothing can be sent before it is mended.
    Blocks,
    /// To be confirmed: send again to send all the same.
    Asks,
    /// To be known.
    Tells,
}

/// What a check is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Nobody to send it to.
    Nobody,
    /// An address that is none.
    Address,
    /// The sender is none.
    Sender,
    /// Words of something attached, and nothing is.
    Forgotten,
    /// The same words, and something is.
    Attached,
    /// No subject.
    Subject,
    /// No text and nothing attached.
    Empty,
    /// Another identity than the one that the answered mail came to.
    Identity,
    /// Many people.
    Many,
    /// People beyond the sender's own domain.
    People,
    /// More than most servers take.
    Big,
    /// How it is sealed: whoever knows the keys says so.
    Seal,
    /// What it answers or hands on was encrypted.
    Sealed,
    /// What is to be attached is not here yet: whoever attaches says so.
    Coming,
}

/// What is known besides the letter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// The address that the answered mail came to ([`Desk::identity_for`]).
    pub came_to: Option<String>,
    /// Whether the letter is an answer to all.
    pub to_all: bool,
    /// Whether what it answers or hands on was encrypted, and it is encrypted only if it says so itself.
    pub was_sealed: bool,
}

/// See [`super::checks()`].
pub(super) fn all(letter: &Letter, facts: &Facts, desk: &Desk<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    addresses(letter, &mut checks);
    if letter.resend.is_none() {
        words(letter, &mut checks);
    }
    identity(letter, facts, desk, &mut checks);
    sealed(letter, facts, &mut checks);
    people(letter, facts, desk, &mut checks);
    let size: u64 = letter.attachments.iter().map(|attachment| attachment.size).sum();
    if size > BIG {
        let words = format!("{} MB are attached: many servers take no mail of that size", size / 1_000_000);
        checks.push(check(Kind::Big, Weight::Asks, &words));
    }
    checks.sort_by_key(|check| check.weight);
    checks
}

fn check(kind: Kind, weight: Weight, words: &str) -> Check {
    Check { kind, weight, words: SafeText::new(words) }
}

fn everybody(letter: &Letter) -> impl Iterator<Item = &Mailbox> {
    letter.to.iter().chain(&letter.cc).chain(&letter.bcc)
}

fn addresses(letter: &Letter, checks: &mut Vec<Check>) {
    if let Some(why) = problem(&letter.from.address) {
        checks.push(check(
            Kind::Sender,
            Weight::Blocks,
            &format!("The sender {} is no address: {why}", shown(&letter.from)),
        ));
    }
    if everybody(letter).next().is_none() {
        checks.push(check(Kind::Nobody, Weight::Blocks, "Nobody to send it to yet"));
    }
    for mailbox in everybody(letter).chain(&letter.reply_to) {
        if let Some(why) = problem(&mailbox.address) {
            checks.push(check(Kind::Address, Weight::Blocks, &format!("\"{}\" is no address: {why}", shown(mailbox))));
        }
    }
}

/// What the user's own words say.
fn words(letter: &Letter, checks: &mut Vec<Check>) {
    if letter.subject.trim().is_empty() {
        checks.push(check(Kind::Subject, Weight::Asks, "The subject is empty"));
    }
    let own = flowed::own_words(&letter.text);
    if own.trim().is_empty() && letter.attachments.is_empty() && !letter.text.contains(super::quote::FORWARDED) {
        checks.push(check(Kind::Empty, Weight::Asks, "There is nothing in it yet"));
    }
    let Some(word) = attached_word(&own) else { return };
    match letter.attachments.len() {
        0 => {
            let words = format!("You wrote \"{word}\", and nothing is attached");
            checks.push(check(Kind::Forgotten, Weight::Asks, &words));
        }
        1 => checks.push(check(
            Kind::Attached,
            Weight::Tells,
            &format!("You wrote \"{word}\", and one file is attached"),
        )),
        count => {
            let words = format!("You wrote \"{word}\", and {count} files are attached");
            checks.push(check(Kind::Attached, Weight::Tells, &words));
        }
    }
}

/// The first word of the text that speaks of something attached, as it is written.
fn attached_word(own: &str) -> Option<&str> {
    let mut end = own.len().min(LOOKED_AT);
    while !own.is_char_boundary(end) {
        end -= 1;
    }
    let own = own.get(..end)?;
    let begins = own.char_indices().filter(|(at, c)| {
        let before = own.get(..*at).and_then(|before| before.chars().next_back());
        c.is_alphanumeric() && !before.is_some_and(char::is_alphanumeric)
    });
    for (at, _) in begins {
        let rest = own.get(at..)?;
        for known in ATTACHED.iter() {
            // `*` at the end stands for any ending.
            let (stem, open) = known.strip_suffix('*').map_or((*known, false), |stem| (stem, true));
            let Some(length) = same_start(rest, stem) else { continue };
            let after = rest.get(length..)?;
            if open || !after.starts_with(char::is_alphanumeric) {
                let ending = after.find(|c: char| !c.is_alphanumeric()).unwrap_or(after.len());
                return rest.get(..length + ending);
            }
        }
    }
    None
}

/// How many bytes of a text are this word, in whatever case.
fn same_start(text: &str, word: &str) -> Option<usize> {
    let mut chars = text.char_indices();
    for wanted in word.chars() {
        let (_, c) = chars.next()?;
        if !c.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
    }
    Some(chars.next().map_or(text.len(), |(at, _)| at))
}

fn identity(letter: &Letter, facts: &Facts, desk: &Desk<'_>, checks: &mut Vec<Check>) {
    let Some(came_to) = &facts.came_to else { return };
    let other = without_tag(came_to) != without_tag(&letter.from.address);
    if other && desk.is_own(came_to) {
        let words = format!("It came to {came_to}, and you answer as {}", letter.from.address);
        checks.push(check(Kind::Identity, Weight::Asks, &words));
    }
}

/// What was sealed to the user does not go on in the open unasked.
fn sealed(letter: &Letter, facts: &Facts, checks: &mut Vec<Check>) {
    if !facts.was_sealed {
        return;
    }
    let (weight, words) = if letter.seal.encrypt {
        (Weight::Tells, "What this is about was encrypted: this letter will be, too")
    } else {
        (Weight::Asks, "What this is about was encrypted, and this letter is not to be")
    };
    checks.push(check(Kind::Sealed, weight, words));
}

/// How many people get it, and how many of them are not of the house.
fn people(letter: &Letter, facts: &Facts, desk: &Desk<'_>, checks: &mut Vec<Check>) {
    let people: BTreeSet<String> = everybody(letter).map(|mailbox| folded(&mailbox.address)).collect();
    let count = people.len();
    let noun = if facts.to_all { "Reply" } else { "It" };
    let domain = |address: &str| address.rsplit_once('@').and_then(|(_, domain)| domain_in_ascii(domain));
    let house = domain(&letter.from.address).filter(|domain| !PUBLIC.contains(&domain.as_str()));
    let outside = house.map_or(String::new(), |house| {
        let inside = |address: &String| {
            domain(address).is_some_and(|domain| domain == house || domain.ends_with(&format!(".{house}")))
                || desk.is_own(address)
        };
        match people.iter().filter(|address| !inside(address)).count() {
            0 => String::new(),
            outside => format!(", {outside} outside {house}"),
        }
    });
    let (kind, weight) =
        if count >= MANY && facts.to_all { (Kind::Many, Weight::Asks) } else { (Kind::People, Weight::Tells) };
    if count > 1 {
        checks.push(check(kind, weight, &format!("{noun} goes to {count} people{outside}")));
    }
}
