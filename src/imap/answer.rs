//! One answer of the server in our own words, whichever parser read it.

use async_imap::imap_proto::{AttributeValue, Capability, MailboxDatum, NameAttribute, Response, StatusAttribute};

use super::capability::Capabilities;
use super::convert;
use super::lines::{Code, Status as Outcome};
use super::session::{CopyUid, Namespaces, Status};
use super::uid_set::UidSet;
use crate::mail::flags::Flags;
use crate::mail::quota::Quota;
use crate::mail::rights::Rights;
use crate::mail::{Uid, UidValidity, UnixTime};

/// What the server said.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The end of a command.
    Done { tag: String, outcome: Outcome, code: Option<Code>, text: String },
    /// An untagged OK, NO, BAD, BYE or PREAUTH.
    Status { outcome: Outcome, code: Option<Code>, text: String },
    /// `+`: the server waits for more, and what it says to it.
    Continue(String),
    /// FETCH.
    Fetch(FetchItem),
    /// EXISTS.
    Exists(u32),
    /// RECENT.
    Recent(u32),
    /// EXPUNGE.
    Expunge(u32),
    /// VANISHED (RFC 7162, section 3.2.10).
    Vanished { earlier: bool, uids: UidSet },
    /// LIST or LSUB.
    List(ListItem),
    /// STATUS.
    MailboxStatus { raw: String, status: Status },
    /// SEARCH, a piece of a long one, or the ALL of an ESEARCH (RFC 4731).
    Search(UidSet),
    /// CAPABILITY.
    Capability(Capabilities),
    /// ENABLED, in upper case (RFC 5161).
    Enabled(Vec<String>),
    /// NAMESPACE (RFC 2342).
    Namespace(Namespaces),
    /// MYRIGHTS (RFC 4314).
    MyRights { raw: String, rights: Rights },
    /// QUOTA: what a quota root counts (RFC 9208).
    Quota(Vec<Quota>),
    /// QUOTAROOT: which quota roots a folder has (RFC 9208). QUOTA tells the same, and more.
    QuotaRoot,
    /// A COPYUID code without a status (Exchange 2013).
    CopyUid(CopyUid),
    /// Something that no verb of ours needs.
    Other(String),
    /// Something that is no IMAP at all.
    Garbage,
}

/// One FETCH answer.
#[derive(Debug, Default)]
pub(crate) struct FetchItem {
    pub(crate) seq: u32,
    pub(crate) uid: Option<Uid>,
    pub(crate) flags: Option<Flags>,
    /// X-GM-LABELS, as the server wrote them; `None`: it did not say.
    pub(crate) labels: Option<Vec<String>>,
    pub(crate) date: Option<UnixTime>,
    pub(crate) size: Option<u64>,
    pub(crate) modseq: Option<u64>,
    pub(crate) body: Option<Literal>,
    /// The answer was not well formed: nothing of it but the UID may be believed.
    pub(crate) broken: bool,
}

/// The bytes of a body or header.
#[derive(Debug)]
pub(crate) enum Literal {
    /// All of it.
    Bytes(Vec<u8>),
    /// It was longer than we take; it was read and thrown away.
    TooLong,
}

/// One LIST or LSUB answer.
#[derive(Debug, Default)]
pub(crate) struct ListItem {
    pub(crate) attributes: Vec<String>,
    pub(crate) delimiter: Option<char>,
    pub(crate) raw: String,
    /// The name was no UTF-8, so that no command can name the folder.
    pub(crate) mangled: bool,
    /// It came as LSUB: it says what is subscribed, not what there is.
    pub(crate) lsub: bool,
}

impl Answer {
    /// Takes over what async-imap parsed.
    pub(crate) fn from_proto(response: &Response<'_>) -> Self {
        if let Response::MailboxData(datum) = response {
            return Self::from_mailbox_data(datum);
        }
        if let Response::Fetch(seq, attributes) = response {
            return Self::Fetch(fetch_item(*seq, attributes));
        }
        if let Response::Expunge(seq) = response {
            return Self::Expunge(*seq);
        }
        if let Response::Vanished { earlier, uids } = response {
            let ranges = uids.iter().map(|range| (*range.start(), *range.end())).collect();
            return Self::Vanished { earlier: *earlier, uids: UidSet::from_ranges(ranges) };
        }
        if let Response::Capabilities(capabilities) = response {
            let words = capabilities.iter().map(|capability| match capability {
                Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
                Capability::Auth(mechanism) => format!("AUTH={mechanism}"),
                Capability::Atom(atom) => atom.to_string(),
            });
            return Self::Capability(Capabilities::new(words.collect::<Vec<_>>().iter().map(String::as_str)));
        }
        Self::Other("data that no command asked for".to_owned())
    }

    fn from_mailbox_data(datum: &MailboxDatum<'_>) -> Self {
        if let MailboxDatum::Exists(count) = datum {
            return Self::Exists(*count);
        }
        if let MailboxDatum::Recent(count) = datum {
            return Self::Recent(*count);
        }
        if let MailboxDatum::Search(uids) = datum {
            return Self::Search(UidSet::from_ranges(uids.iter().map(|uid| (*uid, *uid)).collect()));
        }
        if let MailboxDatum::Status { mailbox, status } = datum {
            return Self::MailboxStatus { raw: mailbox.to_string(), status: status_of(status) };
        }
        if let MailboxDatum::List(list) = datum {
            return Self::List(ListItem {
                attributes: list.name_attributes.iter().map(attribute_name).collect(),
                delimiter: list.delimiter.as_ref().and_then(|text| text.chars().next()),
                raw: list.name.to_string(),
                mangled: list.name.contains(char::REPLACEMENT_CHARACTER),
                lsub: false,
            });
        }
        Self::Other("mailbox data that no command asked for".to_owned())
    }
}

fn status_of(attributes: &[StatusAttribute]) -> Status {
    let mut status = Status::default();
    for attribute in attributes {
        if let StatusAttribute::Messages(n) = attribute {
            status.messages = Some(*n);
        } else if let StatusAttribute::Unseen(n) = attribute {
            status.unseen = Some(*n);
        } else if let StatusAttribute::UidNext(n) = attribute {
            status.uid_next = (*n != 0).then_some(Uid(*n));
        } else if let StatusAttribute::UidValidity(n) = attribute {
            status.uid_validity = (*n != 0).then_some(UidValidity(*n));
        } else if let StatusAttribute::HighestModSeq(n) = attribute {
            status.highest_modseq = Some(*n);
        }
    }
    status
}

fn attribute_name(attribute: &NameAttribute<'_>) -> String {
    if let NameAttribute::Extension(name) = attribute {
        return name.to_string();
    }
    // The parser's names are the RFCs' names without the backslash.
    format!("\\{attribute:?}")
}

fn fetch_item(seq: u32, attributes: &[AttributeValue<'_>]) -> FetchItem {
    let mut item = FetchItem { seq, ..FetchItem::default() };
    for attribute in attributes {
        if let AttributeValue::Uid(uid) = attribute {
            item.uid = (*uid != 0).then_some(Uid(*uid));
        } else if let AttributeValue::Flags(flags) = attribute {
            item.flags = Some(Flags::parse(flags.iter().map(AsRef::as_ref)));
        } else if let AttributeValue::InternalDate(date) = attribute {
            item.date = convert::internal_date(date);
        } else if let AttributeValue::Rfc822Size(size) = attribute {
            item.size = Some(u64::from(*size));
        } else if let AttributeValue::ModSeq(modseq) = attribute {
            item.modseq = Some(*modseq);
        } else if let AttributeValue::BodySection { data: Some(data), .. } = attribute {
            item.body = Some(Literal::Bytes(data.to_vec()));
        }
    }
    item
}
