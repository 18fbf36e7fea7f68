//! The header block: subject, people and date, decoded by mail-parser and made honest for the screen.

use mail_parser::{Address, HeaderName, Message};

use crate::mail::UnixTime;
use crate::render::facts::Trust;
use crate::render::trust::domain::display_domain;
use crate::render::trust::sender::{self, Mailbox, Sender};
use crate::render::trust::server::Expected;
use crate::render::trust::{self, Outcome, State};
use crate::render::{Context, Document, Head, Person};
use crate::safe_text::SafeText;

/// Characters of a header value that are kept: longer ones are an attack or an accident (H20).
const MAX_VALUE: usize = 1_000;

/// People of one field that are kept (H30).
const MAX_PEOPLE: usize = 200;

/// Signs that could pass for ours beside a name.
pub(crate) const TICKS: [char; 6] = ['✓', '✔', '☑', '✅', '🗸', '√'];

/// Reads the header block.
pub(crate) fn head(message: &Message<'_>, context: &Context) -> Head {
    let from = people(message.from());
    let reply_to = people(message.reply_to());
    let differs = reply_to
        .iter()
        .any(|person| !from.iter().any(|other| other.address.as_str().eq_ignore_ascii_case(person.address.as_str())));
    Head {
        subject: text(message.subject().unwrap_or("")),
        reply_to: if differs { reply_to } else { Vec::new() },
        from,
        to: named_you(all_people(message.all_to()), context),
        cc: named_you(all_people(message.all_cc()), context),
        sent: message.date().and_then(unix_time),
        message_id: text(message.message_id().unwrap_or("")),
    }
}

/// What the reader should know about the header: fields that may stand there once only (RFC 5322, section 3.6).
pub(crate) fn notes(message: &Message<'_>) -> Vec<SafeText> {
    let once = [
        (HeaderName::From, "From"),
        (HeaderName::Subject, "Subject"),
        (HeaderName::Date, "Date"),
        (HeaderName::MessageId, "Message-ID"),
    ];
    let repeated: Vec<&str> = once
        .into_iter()
        .filter(|(name, _)| message.headers().iter().filter(|header| header.name == *name).count() > 1)
        .map(|(_, label)| label)
        .collect();
    if repeated.is_empty() {
        return Vec::new();
    }
    vec![SafeText::new(&format!("Duplicate {}: the last one is shown", repeated.join(", ")))]
}

/// Says whom the message is from by the word of the reader's own server, and what is odd about its sender.
pub(crate) fn judge(message: &Message<'_>, context: &Context, document: &mut Document) {
    let raw = |start: u32, end: u32| -> String {
        let bytes = message.raw_message.get(start as usize..end as usize).unwrap_or_default();
        String::from_utf8_lossy(bytes.get(..MAX_FIELD).unwrap_or(bytes)).into_owned()
    };
    let fields: Vec<(String, String)> = message
        .headers()
        .iter()
        .take(MAX_FIELDS)
        .map(|header| (header.name().to_owned(), raw(header.offset_start, header.offset_end)))
        .collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let froms: Vec<(String, String)> = mailboxes(message, &HeaderName::From);
    let addresses: Vec<&str> = froms.iter().map(|(_, address)| address.as_str()).collect();
    let server = &context.server;
    if !server.host.is_empty() {
        let verdict =
            trust::verdict(&fields, &addresses, &Expected::new(&server.authserv_ids, &server.host, &server.address));
        let (domain, _) = display_domain(&verdict.domain);
        document.trust = match verdict.state {
            State::Proved => Trust::Proved(SafeText::squeezed(&domain).cut(80)),
            State::Failed => Trust::Failed(SafeText::squeezed(&domain).cut(80)),
            State::Unknown if [verdict.spf, verdict.dkim, verdict.dmarc] == [Outcome::Absent; 3] => Trust::Unknown,
            State::Unknown => Trust::Unproved,
        };
    }
    let mut words: Vec<SafeText> = Vec::new();
    if let Trust::Failed(domain) = &document.trust {
        words.push(SafeText::new(&format!("This may not be from {domain}: your server says that DMARC failed")));
    }
    let is_list = fields.iter().any(|(name, value)| is_list_field(name, value));
    words.extend(oddities(&froms, message, context, (document, is_list)));
    document.first_time = context.sender.first_time && !is_list;
    // What may be a trap is said before everything else.
    words.append(&mut document.notes);
    document.notes = words;
}

/// What is odd about the sender, a sentence each.
fn oddities(
    froms: &[(String, String)],
    message: &Message<'_>,
    context: &Context,
    (document, is_list): (&Document, bool),
) -> Vec<SafeText> {
    let boxes = |list: &'_ [(String, String)]| -> Vec<(String, String)> { list.to_vec() };
    let (from, reply) = (boxes(froms), mailboxes(message, &HeaderName::ReplyTo));
    let own: Vec<Mailbox<'_>> = context
        .own_addresses
        .iter()
        .map(|address| Mailbox { name: "", address })
        .chain(context.own_names.iter().map(|name| Mailbox { name, address: "" }))
        .collect();
    let hosts: Vec<&str> = document.links.iter().map(|link| link.host.as_str()).collect();
    let usual = |_: &str| context.sender.usual.clone();
    let warnings = sender::warnings(&Sender {
        from: &as_mailboxes(&from),
        reply_to: &as_mailboxes(&reply),
        mailing_list: is_list,
        // Said beside the sender: it is no reason to worry.
        first_time: false,
        own: &own,
        known_names: &usual,
        link_hosts: &hosts,
    });
    warnings.iter().map(|warning| SafeText::squeezed(&warning.words()).cut(300)).collect()
}

fn as_mailboxes(list: &[(String, String)]) -> Vec<Mailbox<'_>> {
    list.iter().map(|(name, address)| Mailbox { name, address }).collect()
}

/// Name and address of each mailbox of every field of this name.
fn mailboxes(message: &Message<'_>, name: &HeaderName<'_>) -> Vec<(String, String)> {
    let fields = message.headers().iter().filter(|header| header.name == *name);
    let people = fields.filter_map(|header| header.value.as_address()).flat_map(Address::iter);
    let both =
        |addr: &mail_parser::Addr<'_>| (addr.name().unwrap_or("").to_owned(), addr.address().unwrap_or("").to_owned());
    people.take(MAX_PEOPLE).map(both).filter(|(name, address)| !name.is_empty() || !address.is_empty()).collect()
}

/// Whether a field says that a mailing list sent the message.
fn is_list_field(name: &str, value: &str) -> bool {
    ["list-id", "list-post", "mailing-list"].iter().any(|list| name.eq_ignore_ascii_case(list))
        || name.eq_ignore_ascii_case("precedence") && value.trim().eq_ignore_ascii_case("list")
}

/// Header fields that are looked at for the server's word, and bytes of each.
const MAX_FIELDS: usize = 1_000;
const MAX_FIELD: usize = 64 << 10;

/// A decoded header value for one line.
pub(crate) fn text(value: &str) -> SafeText {
    let end = value.char_indices().nth(MAX_VALUE * 4).map_or(value.len(), |(at, _)| at);
    let safe = SafeText::squeezed(value.get(..end).unwrap_or(""));
    match safe.as_str().char_indices().nth(MAX_VALUE) {
        Some((at, _)) => SafeText::new(&format!("{}…", safe.as_str().get(..at).unwrap_or(""))),
        None => safe,
    }
}

fn all_people<'a, 'x: 'a>(fields: impl Iterator<Item = &'a Address<'x>>) -> Vec<Person> {
    fields.flat_map(|field| people(Some(field))).take(MAX_PEOPLE).collect()
}

fn people(field: Option<&Address<'_>>) -> Vec<Person> {
    let Some(field) = field else { return Vec::new() };
    field
        .iter()
        .take(MAX_PEOPLE)
        .map(|addr| Person {
            name: text(&addr.name().unwrap_or("").replace(TICKS, "·")),
            address: text(&super::link::honest_address(addr.address().unwrap_or(""))),
        })
        .filter(|person| !person.name.is_empty() || !person.address.is_empty())
        .collect()
}

/// The reader's own addresses are called "you" among the recipients.
fn named_you(mut people: Vec<Person>, context: &Context) -> Vec<Person> {
    for person in &mut people {
        let own = |address: &String| address.eq_ignore_ascii_case(person.address.as_str());
        if context.own_addresses.iter().any(own) {
            person.name = SafeText::from_static("you");
        }
    }
    people
}

/// A date field as a point in time, when it is one that can be (H33): years 1970 to 9999.
fn unix_time(date: &mail_parser::DateTime) -> Option<UnixTime> {
    let sane = date.is_valid() && (1970..=9999).contains(&date.year) && date.tz_hour < 24;
    sane.then(|| UnixTime(date.to_timestamp())).filter(|time| time.0 >= 0)
}
