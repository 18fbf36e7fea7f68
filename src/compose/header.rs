//! Header fields: nothing that was typed can become another field, and each line is short (RFC 5322, section 2.1.1).
//!
//! mail-builder writes and folds them. It leaves `=?` in plain text as it is, which a reader would decode: such text is
//! encoded here. Text that it would encode for its length alone is folded instead.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use mail_builder::headers::Header;
use mail_builder::headers::address::Address;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;

use super::address::{on_the_wire, one_line};
use crate::letter::Mailbox;
use crate::mail::UnixTime;

/// The most ids in References: the first, and the latest.
const MOST_REFERENCES: usize = 40;
/// The longest id that is passed on, in bytes; a line has room for 998.
const LONGEST_ID: usize = 400;
/// The longest word that goes as it is, in bytes; a line has room for 998.
const LONGEST_WORD: usize = 900;
/// Bytes of text in an encoded word, which has at most 75 letters (RFC 2047, section 2).
const WORD: usize = 42;

/// Fields as they are written.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) bytes: Vec<u8>,
}

impl Fields {
    fn put(&mut self, name: &str, value: &impl Header) {
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.extend_from_slice(b": ");
        value.write_header(&mut self.bytes, name.len() + 2);
    }

    /// A field whose value is ours.
    pub(super) fn raw(&mut self, name: &str, value: &str) {
        self.put(name, &Raw::new(value));
    }

    /// Text of people.
    pub(super) fn text(&mut self, name: &str, value: &str) {
        let value = one_line(value);
        if value.contains("=?") {
            self.raw(name, &encoded_words(&value));
        } else if value.is_ascii() && value.split(' ').all(|word| word.len() <= LONGEST_WORD) {
            self.raw(name, &value);
        } else {
            self.put(name, &Text::new(value));
        }
    }

    /// Mailboxes, of which each is an address ([`super::address::problem`]); those that are none are left out.
    pub(super) fn mailboxes(&mut self, name: &str, mailboxes: &[Mailbox]) {
        let wire = |mailbox: &Mailbox| Some((one_line(&mailbox.name), on_the_wire(&mailbox.address)?));
        let all: Vec<(String, String)> = mailboxes.iter().filter_map(wire).collect();
        if all.is_empty() {
            return;
        }
        if all.iter().any(|(name, _)| name.contains("=?")) {
            let written = |(name, address): &(String, String)| {
                let name = if name.is_empty() { String::new() } else { format!("{} ", encoded_words(name)) };
                format!("{name}<{address}>")
            };
            return self.raw(name, &all.iter().map(written).collect::<Vec<_>>().join(", "));
        }
        let addresses = all
            .into_iter()
            .map(|(name, address)| Address::new_address(Some(name).filter(|name| !name.is_empty()), address));
        self.put(name, &Address::new_list(addresses.collect()));
    }

    /// Ids without angle brackets; those that are none are left out.
    pub(super) fn ids(&mut self, name: &str, ids: &[&str]) {
        let ids: Vec<&str> = ids.iter().copied().filter(|id| is_message_id(id)).collect();
        if !ids.is_empty() {
            self.put(name, &MessageId::new_list(ids.into_iter()));
        }
    }

    /// A date in the writer's zone (RFC 5322, section 3.3).
    pub(super) fn date(&mut self, name: &str, at: UnixTime, zone: &TimeZone) {
        let at = Timestamp::from_second(at.0).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(zone.clone());
        // strftime would write a year of five digits that no reader takes; there is none to come.
        self.raw(name, &at.strftime("%a, %d %b %Y %H:%M:%S %z").to_string());
    }
}

/// Text in encoded words of UTF-8, none of which ends within a character (RFC 2047, section 5).
pub(super) fn encoded_words(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        if word.len() + c.len_utf8() > WORD {
            words.push(std::mem::take(&mut word));
        }
        word.push(c);
    }
    words.push(word);
    words.iter().map(|word| format!("=?utf-8?B?{}?=", STANDARD.encode(word))).collect::<Vec<_>>().join(" ")
}

/// Whether this can stand between angle brackets in a field of ids (RFC 5322, section 3.6.4, and what programs make of
/// it): letters of ASCII without blanks. An id that an attacker put a line end into is none (H08).
pub(super) fn is_message_id(id: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>');
    !id.is_empty() && id.len() <= LONGEST_ID && id.bytes().all(letter)
}

/// References of an answer: those of the message, and its own id; the middle of a long line of them is left out.
pub(super) fn references(references: &[String], id: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for one in references.iter().map(String::as_str).chain(std::iter::once(id)) {
        if is_message_id(one) {
            all.retain(|other| other != one);
            all.push(one.to_owned());
        }
    }
    if all.len() > MOST_REFERENCES {
        all.drain(1..=all.len() - MOST_REFERENCES);
    }
    all
}
