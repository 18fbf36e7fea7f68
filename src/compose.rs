//! Letters become mails, and mails become letters: pure functions, which open nothing and read no clock.
//!
//! [`build`] makes the bytes that are sent (RFC 5322, RFC 2045), [`draft`] those that lie in the server's Drafts, and
//! [`recall()`] makes a letter of them again. [`begin()`], [`reply()`], [`forward`] and their kin begin letters, [`checks()`] says
//! what to look at before one is sent. What they read of a mail is hostile: it is parsed within the limits of [`crate::render`],
//! and those that parse run on its thread ([`crate::render::run`]).
//!
//! What holds of every mail from here: CRLF line ends alone, no line over 998 letters, ASCII but for addresses that are not
//! (RFC 6532), no field that was not meant, no Bcc, nothing of this computer.

pub mod address;
mod begin;
mod bytes;
pub mod checks;
mod entity;
pub mod flowed;
mod header;
pub mod mailto;
mod markdown;
mod narrow;
mod note;
pub mod original;
mod quote;
mod recall;
mod resend;
mod written;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::letter::style::{Identity, Style, Writer};
use crate::letter::{Letter, LetterId, Mailbox, Parcel, Relation};
use crate::mail::UnixTime;
use crate::safe_text::SafeText;
use checks::{Check, Facts};
use mailto::Mailto;
use original::Original;

/// Where the bytes of attachments come from.
pub trait Parts {
    /// The bytes of the file of this name in the letter's directory ([`crate::letter::Attachment::stored`]).
    fn bytes(&self, stored: &str) -> Option<Cow<'_, [u8]>>;
}

impl Parts for BTreeMap<String, Vec<u8>> {
    fn bytes(&self, stored: &str) -> Option<Cow<'_, [u8]>> {
        self.get(stored).map(|bytes| Cow::Borrowed(bytes.as_slice()))
    }
}

/// When a mail is made, and by what.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// Now.
    pub now: UnixTime,
    /// The zone that its date is written in; UTC tells nobody where the user is.
    pub zone: TimeZone,
    /// What User-Agent says; `None`: it is not there.
    pub agent: Option<String>,
}

/// A mail that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// What goes over the wire.
    pub parcel: Parcel,
    /// The field that says who got it unseen, for the user's own copy; empty: nobody.
    pub bcc: Vec<u8>,
}

impl Built {
    /// The user's own copy, for Sent: as it was sent, with Bcc before it.
    pub fn kept(&self) -> Vec<u8> {
        [self.bcc.as_slice(), &self.parcel.bytes].concat()
    }
}

/// A field of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// To.
    To,
    /// Cc.
    Cc,
    /// Bcc.
    Bcc,
    /// Reply-To.
    ReplyTo,
}

/// Why a letter is no mail yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// There are no recipients.
    #[error("There is nobody to send it to")]
    Nobody,
    /// A recipient is no address.
    #[error("\"{text}\" is no address")]
    Address {
        /// Where it stands.
        field: Field,
        /// What stands there.
        text: String,
    },
    /// The sender is no address.
    #[error("The sender \"{0}\" is no address")]
    Sender(String),
    /// The bytes of an attachment are gone.
    #[error("The file of the attachment \"{0}\" is gone")]
    Missing(String),
    /// It is to be signed or encrypted: whoever does that calls [`entity()`] and [`envelop`].
    #[error("It is to be signed or encrypted, which was not done")]
    Unsealed,
    /// Its Message-ID can be no such thing.
    #[error("Its Message-ID cannot be written")]
    MessageId,
    /// A mail that cannot be sent again as it is: a line of it is too long for a server.
    #[error("This mail cannot be sent again as it is; forward it as an attachment")]
    Resend,
    /// What a program gave out is no mail.
    #[error("This is no mail: it does not begin with header fields")]
    NoMail,
    /// A mail that a program wrote, with a line that no server takes.
    #[error("A line of this mail has more than 998 letters, or a byte that no text has")]
    Line,
    /// The mail comes from no list, or from one that nobody may write to.
    #[error("This mail names no list that can be answered")]
    NoList,
}

/// What a letter is begun with: a number and chance, given from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// The letter's number.
    pub id: LetterId,
    /// Now.
    pub now: UnixTime,
    /// Chance, for the Message-ID.
    pub chance: u128,
}

/// Who writes, and where from.
#[derive(Debug, Clone)]
pub struct Desk<'d> {
    /// The accounts.
    pub writers: &'d [Writer],
    /// The account that the user is in, or that the message lies in.
    pub account: &'d str,
    /// How the user writes.
    pub style: &'d Style,
    /// The zone for the dates in a text.
    pub zone: TimeZone,
    /// What a letter is begun with.
    pub start: Start,
}

/// Whom an answer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Whoever wrote.
    Sender,
    /// Everybody.
    All,
    /// The list alone.
    List,
}

/// A letter that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// The letter; its attachments are still in `carried`.
    pub letter: Letter,
    /// Where in the text one begins to write, in bytes.
    pub cursor: usize,
    /// What the user should know of it.
    pub hints: Vec<SafeText>,
    /// Files to be stored in the letter's directory, and attached in this order. Of [`bounce()`] it is the mail itself, whose
    /// file [`Letter::resend`] is to name.
    pub carried: Vec<Carried>,
}

/// A file that comes with a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// Its name in the mail: no path.
    pub name: String,
    /// Its type, with its charset where that is known.
    pub media_type: String,
    /// Shown within the text.
    pub inline: bool,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A letter that was found as a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recalled {
    /// The letter; its attachments are still in `carried`, and it names no messages of the cache.
    pub letter: Letter,
    /// Files to be stored in the letter's directory, and attached in this order.
    pub carried: Vec<Carried>,
    /// What it answers or hands on, by Message-ID: the caller looks for it in the cache, and puts it into
    /// [`crate::letter::Kin::of`].
    pub about: Option<(String, Relation)>,
    /// This program wrote it, and it says itself whether its writer had it sealed.
    pub ours: bool,
    /// Another program formatted it: a letter is its text alone.
    pub formatted: bool,
}

/// A mail that a program wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The same as a letter, for whoever calls it back; its attachments are still in `carried`.
    pub letter: Letter,
    /// Files to be stored in the letter's directory, and attached in this order.
    pub carried: Vec<Carried>,
    /// As it is sent and as it is kept.
    pub built: Built,
}

/// The mail of a letter, as it is sent and as it is kept. Not to be called on a thread with a small stack where a message is
/// attached.
///
/// # Errors
/// See [`Problem`]. A letter that is to be sealed is not built here.
pub fn build(letter: &Letter, parts: &dyn Parts, stamp: &Stamp) -> Result<Built, Problem> {
    bytes::build(letter, parts, stamp)
}

/// The body of a letter with its Content fields: what is signed or encrypted (RFC 1847, RFC 8551). Seven bits, and nothing in
/// it that a server would change on the way.
///
/// # Errors
/// [`Problem::Missing`].
pub fn entity(letter: &Letter, parts: &dyn Parts) -> Result<Vec<u8>, Problem> {
    entity::write(letter, parts, entity::Care::Sealed)
}

/// The mail of a letter around a body that was made of [`entity()`]: its Content fields, an empty line, and what follows, in
/// CRLF lines.
///
/// # Errors
/// See [`Problem`].
pub fn envelop(letter: &Letter, entity: &[u8], stamp: &Stamp) -> Result<Built, Problem> {
    bytes::envelop(letter, entity, stamp)
}

/// A letter as it lies in the server's Drafts: with Bcc, with what is only half typed, and with a field of ours that says
/// what a mail cannot.
///
/// # Errors
/// [`Problem::Missing`].
pub fn draft(letter: &Letter, parts: &dyn Parts, stamp: &Stamp) -> Result<Vec<u8>, Problem> {
    bytes::draft(letter, parts, stamp)
}

/// Whether a draft with this Message-ID keeps it when a letter is made of it.
pub fn keeps(message_id: &str) -> bool {
    header::is_message_id(message_id)
}

/// A Message-ID without angle brackets for a letter from this address, by chance. It does not say the name of this computer:
/// where a mail was written is nobody's business.
pub fn message_id(from: &str, chance: u128) -> String {
    let domain = from.rsplit_once('@').and_then(|(_, domain)| address::domain_in_ascii(domain));
    let domain = domain.filter(|domain| header::is_message_id(domain)).unwrap_or_else(|| "localhost".to_owned());
    format!("{chance:032x}@{domain}")
}

/// As [`draft`], around a body that was made of [`entity()`]: a letter that is to be encrypted lies in Drafts encrypted.
pub fn draft_of(letter: &Letter, entity: &[u8], stamp: &Stamp) -> Vec<u8> {
    bytes::draft_of(letter, entity, stamp)
}

/// A draft whose body was opened: its header, and the part that was inside.
pub fn opened(around: &[u8], inside: &[u8]) -> Vec<u8> {
    written::opened(around, inside)
}

/// The letter of a draft, whichever program wrote it. Not to be called on a thread with a small stack.
pub fn recall(bytes: &[u8], desk: &Desk<'_>) -> Recalled {
    recall::draft(bytes, desk)
}

/// A mail that a program wrote, made fit to be sent: line ends are mended, Date, From and Message-ID added where they are
/// missing, Bcc and what only the way may add taken out; nothing else is changed. It goes to `to`, or to whom it names. Not
/// to be called on a thread with a small stack.
///
/// # Errors
/// See [`Problem`].
pub fn written(mail: &[u8], to: Option<&[Mailbox]>, desk: &Desk<'_>, stamp: &Stamp) -> Result<Written, Problem> {
    written::read(mail, to, desk, stamp)
}

/// A mail with bytes beyond ASCII in its body made one of seven bits, as servers do on the way (RFC 6152, section 3). `None`: it
/// cannot be without spoiling a signature in it, or its header has such bytes as well. Blocks: it is parsed on a thread of its
/// own.
pub fn narrowed(mail: &[u8]) -> Option<Vec<u8>> {
    crate::render::run(|| narrow::whole(mail)).ok()?
}

/// A new letter.
pub fn begin(desk: &Desk<'_>) -> Begun {
    begin::new(desk)
}

/// A new letter as a link asks for it.
pub fn begin_from(mailto: &Mailto, desk: &Desk<'_>) -> Begun {
    let mut begun = begin::new(desk);
    let letter = &mut begun.letter;
    letter.to.clone_from(&mailto.to);
    letter.cc.clone_from(&mailto.cc);
    letter.bcc.clone_from(&mailto.bcc);
    letter.subject.clone_from(&mailto.subject);
    letter.kin.in_reply_to.clone_from(&mailto.in_reply_to);
    letter.kin.references = mailto.in_reply_to.iter().cloned().collect();
    letter.text = format!("{}{}", mailto.body, letter.text);
    begun.cursor = mailto.body.len();
    if !mailto.ignored.is_empty() {
        let words = format!("The link also asks for what is not taken from links: {}", mailto.ignored.join(", "));
        begun.hints.push(SafeText::new(&words));
    }
    if !mailto.bcc.is_empty() {
        begun.hints.push(SafeText::from_static("The link put somebody into Bcc"));
    }
    begun
}

/// An answer (RFC 5322, section 3.6.3).
///
/// # Errors
/// [`Problem::NoList`].
pub fn reply(original: &Original, answer: Answer, desk: &Desk<'_>) -> Result<Begun, Problem> {
    begin::reply(original, answer, desk)
}

/// A letter that hands a message on within its text, with what is attached to it. Not to be called on a thread with a
/// small stack.
pub fn forward(original: &Original, bytes: &[u8], desk: &Desk<'_>) -> Begun {
    begin::forward(original, bytes, desk)
}

/// A letter that hands messages on as they are, attached.
pub fn forward_attached(originals: &[(&Original, &[u8])], desk: &Desk<'_>) -> Begun {
    begin::forward_attached(originals, desk)
}

/// A letter that sends a message again to others, as it is (RFC 5322, section 3.6.6): the user only says to whom.
pub fn bounce(original: &Original, bytes: &[u8], desk: &Desk<'_>) -> Begun {
    begin::bounce(original, bytes, desk)
}

/// A new letter that says the same as a mail. Not to be called on a thread with a small stack.
pub fn edit_as_new(bytes: &[u8], desk: &Desk<'_>) -> Begun {
    recall::anew(bytes, desk)
}

/// What to look at before a letter is sent, the weightiest first. Cheap enough for every key.
pub fn checks(letter: &Letter, facts: &Facts, desk: &Desk<'_>) -> Vec<Check> {
    checks::all(letter, facts, desk)
}

/// Whether a text hands a message on within it.
pub fn hands_on(text: &str) -> bool {
    quote::hands_on(text)
}

/// Where one goes on to write in a letter that was begun before, in bytes of its text: behind what the user wrote last, above the
/// signature and what is handed on.
pub fn goes_on_at(letter: &Letter, desk: &Desk<'_>) -> usize {
    let writers = desk.writers.iter().filter(|writer| writer.account == letter.account);
    let from = address::without_tag(&letter.from.address);
    let is_it = |identity: &&Identity| address::without_tag(&identity.mailbox.address) == from;
    let identity = writers.flat_map(|writer| &writer.identities).find(is_it);
    quote::goes_on_at(&letter.text, identity.map_or("", |identity| &identity.signature), desk.style)
}

/// The text of a letter with the signature `after` in the place of `before`, with which it was begun. `None`: it stays as it is.
pub fn signed_anew(text: &str, before: &str, after: &str, style: &Style) -> Option<String> {
    quote::signed_anew(text, before, after, style)
}

/// A template with its fields filled in: `{name}`, `{first}`, `{address}` of the first recipient, `{subject}`, `{date}`,
/// `{time}`, `{day}`, `{me}`. `{cursor}` is taken out: where it stood, in bytes, is where one begins to write.
pub fn filled(template: &str, letter: &Letter, now: UnixTime, zone: &TimeZone) -> (String, usize) {
    let fields = quote::fields_of_letter(letter, now, zone);
    let template = flowed::tidy(template);
    let (before, after) = template.split_once("{cursor}").unwrap_or((&template, ""));
    let before = quote::fill(before, &fields);
    let cursor = before.len();
    (before + &quote::fill(after, &fields), cursor)
}
