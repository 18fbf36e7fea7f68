//! What is answered or handed on: the fields of its header that matter then, and its text.

use mail_parser::{Address, HeaderName, HeaderValue, Message, MessageParser};

use super::address::{folded, one_line, problem};
use super::header::is_message_id;
use super::mailto;
use crate::letter::Mailbox;
use crate::mail::{MessageId, UnixTime, answers};
use crate::render::quotable;

/// People of a field that are read.
const MOST: usize = 2_000;
/// Ids of a field that are read.
const MOST_IDS: usize = 200;

/// What is answered or handed on. Its texts are on one line and without control characters, but are still the sender's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Original {
    /// Its number in the cache.
    pub message: Option<MessageId>,
    /// Message-ID without brackets; empty: there is none that could be passed on.
    pub message_id: String,
    /// References, or In-Reply-To where there are none.
    pub references: Vec<String>,
    /// Subject.
    pub subject: String,
    /// From.
    pub from: Vec<Mailbox>,
    /// Reply-To (RFC 5322, section 3.6.2).
    pub reply_to: Vec<Mailbox>,
    /// Mail-Reply-To: where an answer to the writer alone goes (cr.yp.to/proto/replyto.html).
    pub mail_reply_to: Vec<Mailbox>,
    /// Mail-Followup-To: where an answer to all goes (draft-ietf-drums-mail-followup-to-00).
    pub mail_followup_to: Vec<Mailbox>,
    /// To.
    pub to: Vec<Mailbox>,
    /// Cc.
    pub cc: Vec<Mailbox>,
    /// Bcc, in a mail of one's own.
    pub bcc: Vec<Mailbox>,
    /// Addresses that servers on the way wrote it was delivered to: Delivered-To, X-Original-To, Envelope-To.
    pub delivered_to: Vec<String>,
    /// List-Post (RFC 2369, section 3.4).
    pub list_post: Option<Mailbox>,
    /// Date.
    pub sent: Option<UnixTime>,
    /// Its text: a paragraph a line, quoted lines with their marks.
    pub text: String,
}

impl Original {
    /// Reads a message from its bytes.
    ///
    /// Not to be called on a thread with a small stack: see [`crate::render::run`].
    pub fn read(bytes: &[u8], message: Option<MessageId>) -> Self {
        let mut original = Self { message, text: quotable::text(bytes), ..Self::default() };
        let Some(readable) = quotable::within_limits(bytes) else { return original };
        if let Some(parsed) = MessageParser::default().parse_headers(&readable[..]) {
            original.fields(&parsed);
        }
        original
    }

    fn fields(&mut self, parsed: &Message<'_>) {
        let id = parsed.message_id().unwrap_or_default();
        self.message_id = if is_message_id(id) { id.to_owned() } else { String::new() };
        self.subject = one_line(parsed.subject().unwrap_or_default());
        self.from = mailboxes(parsed.from().into_iter());
        self.reply_to = mailboxes(parsed.reply_to().into_iter());
        self.to = mailboxes(parsed.all_to());
        self.cc = mailboxes(parsed.all_cc());
        self.bcc = mailboxes(parsed.all_bcc());
        self.references = self.answered(parsed, HeaderName::References);
        if self.references.is_empty() {
            // With more than one it says nothing of the order (RFC 5322, section 3.6.4).
            let answered = self.answered(parsed, HeaderName::InReplyTo);
            self.references = Some(answered).filter(|ids| ids.len() == 1).unwrap_or_default();
        }
        self.mail_reply_to = other(parsed, "Mail-Reply-To");
        self.mail_followup_to = other(parsed, "Mail-Followup-To");
        self.delivered_to = ["Delivered-To", "X-Original-To", "Envelope-To"]
            .into_iter()
            .flat_map(|name| other(parsed, name))
            .map(|mailbox| mailbox.address)
            .collect();
        self.list_post = list_post(parsed);
        self.sent = parsed.date().map(|date| UnixTime(date.to_timestamp()));
    }

    /// The ids of what it answers in this field.
    fn answered(&self, parsed: &Message<'_>, name: HeaderName<'static>) -> Vec<String> {
        let people = [&self.from, &self.reply_to, &self.to, &self.cc];
        let is_person = |id: &str| people.iter().copied().flatten().any(|one| one.address.eq_ignore_ascii_case(id));
        let found = parsed.header(name.clone()).map(ids).unwrap_or_default();
        let found = found.iter().map(String::as_str).collect();
        let ids = answers::ids(parsed.header_raw(name).unwrap_or_default(), found, is_person);
        ids.into_iter().map(str::to_owned).collect()
    }

    /// Whether a list handed it on.
    pub fn is_from_list(&self) -> bool {
        self.list_post.is_some()
    }

    /// The name to call its writer by: the display name, else the address.
    pub fn writer_name(&self) -> String {
        let writer = self.from.first().cloned().unwrap_or_default();
        if writer.name.is_empty() { writer.address } else { writer.name }
    }
}

/// People whose addresses are some: nobody else can be written to.
fn mailboxes<'a>(fields: impl Iterator<Item = &'a Address<'a>>) -> Vec<Mailbox> {
    let mut all: Vec<Mailbox> = Vec::new();
    for one in fields.flat_map(Address::iter).take(MOST) {
        let address = one.address.as_deref().unwrap_or_default().trim();
        if problem(address).is_none() {
            let name = one_line(one.name.as_deref().unwrap_or_default());
            // A name that is the address says nothing.
            let name = if folded(&name) == folded(address) { String::new() } else { name };
            all.push(Mailbox { name, address: address.to_owned() });
        }
    }
    all
}

/// People of a field that mail-parser reads as text.
fn other(parsed: &Message<'_>, name: &'static str) -> Vec<Mailbox> {
    // By its letters: of some of these fields mail-parser knows the names.
    let last = parsed.headers().iter().rev().filter(|header| header.name().eq_ignore_ascii_case(name));
    let texts = last.filter_map(|header| header.value.as_text());
    texts.take(5).flat_map(|text| super::address::parse(text).mailboxes).take(MOST).collect()
}

/// The ids of a field that can be passed on.
pub(super) fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    let all: Vec<&str> = match value {
        HeaderValue::Text(text) => vec![text],
        HeaderValue::TextList(texts) => texts.iter().map(AsRef::as_ref).collect(),
        HeaderValue::Address(_)
        | HeaderValue::DateTime(_)
        | HeaderValue::ContentType(_)
        | HeaderValue::Received(_)
        | HeaderValue::Empty => Vec::new(),
    };
    let skip = all.len().saturating_sub(MOST_IDS);
    all.into_iter().skip(skip).filter(|id| is_message_id(id)).map(str::to_owned).collect()
}

/// The address to post to; "NO" is none.
fn list_post(parsed: &Message<'_>) -> Option<Mailbox> {
    let text = match parsed.list_post() {
        HeaderValue::Text(text) => text.to_string(),
        HeaderValue::TextList(texts) => texts.join(" "),
        HeaderValue::Address(address) => {
            address.iter().filter_map(|one| one.address.as_deref()).collect::<Vec<_>>().join(" ")
        }
        HeaderValue::DateTime(_) | HeaderValue::ContentType(_) | HeaderValue::Received(_) | HeaderValue::Empty => {
            return None;
        }
    };
    let mut links = text.split(['<', '>', ' ', '\t', '\r', '\n']).filter(|link| !link.is_empty());
    links.find_map(|link| mailto::parse(link).ok()?.to.into_iter().next())
}
