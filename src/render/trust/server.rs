//! Which Authentication-Results fields the reader's own server wrote (RFC 8601, sections 1.2, 5 and 7.1).
//!
//! A sender can write any field into a mail. What the own servers add stands above it, so position is the proof and
//! the authserv-id says whose opinion it is. Two rules, by what is known of the server:
//!
//! * A server that takes forged fields with its own id out or puts a result of its own, which stands higher, into each
//!   mail (marked in the table below, or an id that the reader configured): its fields count above the first Received
//!   field that a host of another organisation wrote. Gmail writes below its own Received field, and Outlook and iCloud
//!   pass mail on between public addresses, so nothing stricter would find theirs.
//! * Any other: its fields count only above the Received field of the hop that came from outside. Nobody but the own
//!   servers can write there. A server that writes below that field and is not configured yields no verdict.
//!
//! A mail without a Received field was not delivered; nothing in it counts. ARC-Authentication-Results has another
//! name and is never looked at.

use std::net::IpAddr;

use super::domain;
use super::field::{self, Statement};

/// Header fields beyond this number are not looked at: what the own servers add comes first.
const MAX_FIELDS: usize = 1_000;

/// Received fields longer than this are taken for a hop from outside without a look.
const MAX_RECEIVED: usize = 16 * 1024;

/// What is known of a large provider.
struct Provider {
    /// Registrable domains of its IMAP hosts, or of its addresses where IMAP is served by a local bridge.
    names: &'static [&'static str],
    /// Its authserv-ids; `*.` stands for any host below.
    ids: &'static [&'static str],
    /// Registrable domains of its mail servers.
    hosts: &'static [&'static str],
    /// Whether forged fields with its ids are out of the question without a look at the hops.
    strips: bool,
    /// Whether it leaves the authserv-id out.
    anonymous: bool,
}

const fn provider(
    names: &'static [&'static str],
    ids: &'static [&'static str],
    hosts: &'static [&'static str],
    strips: bool,
) -> Provider {
    Provider { names, ids, hosts, strips, anonymous: false }
}

/// Providers whose ids do not follow from the name of their IMAP host, or that write below their own Received field.
const PROVIDERS: &[Provider] = &[
    provider(&["gmail.com", "googlemail.com"], &["mx.google.com"], &["google.com"], true),
    Provider {
        names: &["office365.com", "outlook.com", "hotmail.com", "live.com"],
        ids: &[],
        hosts: &["outlook.com", "office365.com", "hotmail.com"],
        strips: true,
        anonymous: true,
    },
    provider(&["yahoo.com", "aol.com"], &["*.yahoo.com", "*.aol.com"], &["yahoo.com", "aol.com"], false),
    provider(&["me.com", "icloud.com"], &["*.icloud.com"], &["icloud.com", "me.com", "mac.com", "apple.com"], true),
    provider(&["fastmail.com", "messagingengine.com"], &["*.messagingengine.com"], &["messagingengine.com"], false),
    provider(&["gmx.net", "gmx.com", "gmx.de"], &["gmx.net"], &["gmx.net"], false),
    provider(&["web.de"], &["web.de"], &["web.de"], false),
    provider(&["mail.ru"], &["*.mail.ru"], &["mail.ru"], false),
    provider(&["mail.de"], &["*.mail.de"], &["mail.de"], false),
    provider(&["posteo.de"], &["posteo.de", "*.posteo.de"], &["posteo.de", "posteo.name"], false),
    // The bridge serves IMAP on the local machine: only the address tells the provider.
    provider(&["proton.me", "protonmail.com", "pm.me"], &["*.protonmail.ch"], &["protonmail.ch"], false),
    provider(
        &["zoho.com", "zoho.eu", "zoho.in", "zohomail.com"],
        &["mx.zoho.com", "mx.zoho.eu", "mx.zoho.in", "mx.zohomail.com"],
        &["zoho.com", "zohomail.com"],
        false,
    ),
    provider(&["yandex.ru", "yandex.com"], &["*.yandex.net", "*.yandex.ru"], &["yandex.net", "yandex.ru"], false),
    provider(&["mailbox.org"], &["*.mailbox.org", "*.heinlein-hosting.de"], &["mailbox.org"], false),
    provider(
        &["ionos.de", "ionos.com", "1und1.de"],
        &["kundenserver.de", "*.kundenserver.de"],
        &["kundenserver.de"],
        false,
    ),
];

/// Whether everybody can have an address at this organisational domain, as far as the table knows.
pub(super) fn is_public(organisation: &str) -> bool {
    let more = ["hotmail.fr", "outlook.de", "ymail.com", "yahoo.co.uk", "yahoo.fr", "msn.com", "qq.com", "163.com"];
    more.contains(&organisation) || PROVIDERS.iter().any(|provider| provider.names.contains(&organisation))
}

/// Whose results count for an account. Made once for an account, used for all of its mails.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expected {
    /// authserv-ids in lower case; `*.` stands for any host below.
    ids: Vec<String>,
    /// Organisational domains of the own servers.
    hosts: Vec<String>,
    anonymous: bool,
    strips: bool,
}

impl Expected {
    /// The ids for an account, from the first of these that there is: the configured ones, the provider's, and any host
    /// in the registrable domain of the IMAP host or of the address.
    ///
    /// A configured id (compared exactly but for case) says that the server takes out forged fields that bear it
    /// (RFC 8601, section 5).
    pub fn new(configured: &[String], imap_host: &str, address: &str) -> Self {
        let served_by = domain::ascii(imap_host).filter(|host| host.contains('.'));
        let names = [served_by.clone(), domain::of_address(address)].into_iter().flatten();
        let organisations: Vec<String> = names.map(|name| domain::organisation(&name).to_owned()).collect();
        if !configured.is_empty() {
            let ids: Vec<String> = configured.iter().map(|id| id.trim().to_lowercase()).collect();
            let of_ids = ids.iter().filter_map(|id| domain::ascii(id)).map(|id| domain::organisation(&id).to_owned());
            let hosts = of_ids.chain(organisations.iter().cloned()).collect();
            return Self { hosts, ids, anonymous: false, strips: true };
        }
        // Without a host name IMAP comes from a bridge on this machine, and only the address tells the provider. With
        // one, the address may be an old one whose mail is forwarded here.
        let key = organisations.first().filter(|_| served_by.is_some() || is_local(imap_host));
        let known = |name: &String| PROVIDERS.iter().find(|provider| provider.names.contains(&name.as_str()));
        if let Some(provider) = key.and_then(known) {
            let owned = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
            let (anonymous, strips) = (provider.anonymous, provider.strips);
            return Self { ids: owned(provider.ids), hosts: owned(provider.hosts), anonymous, strips };
        }
        let ids = organisations.iter().flat_map(|name| [name.clone(), format!("*.{name}")]).collect();
        Self { ids, hosts: organisations, anonymous: false, strips: false }
    }

    fn takes(&self, id: Option<&str>) -> bool {
        let Some(id) = id else { return self.anonymous };
        self.ids.iter().any(|known| match known.strip_prefix('*') {
            Some(tail) => id.len() > tail.len() && id.ends_with(tail),
            None => id == known,
        })
    }

    /// Whether this Received field ends the part of the header that counts.
    fn ends_at(&self, hop: &Hop) -> bool {
        if !self.strips {
            return !hop.is_internal();
        }
        let own = |by: &str| self.hosts.iter().any(|host| host == domain::organisation(by));
        hop.by.as_deref().is_some_and(|by| by.contains('.') && !is_private_name(by) && !own(by))
    }
}

/// Whether an IMAP host is this machine.
fn is_local(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Host names that exist in no public DNS (RFC 6762, appendix G, and the reserved `.internal`).
fn is_private_name(host: &str) -> bool {
    matches!(host.rsplit('.').next(), Some("internal" | "local" | "lan" | "localdomain" | "intranet" | "corp"))
}

/// The statements of the own server: those of its topmost fields, read up to the next Received field.
pub(super) fn statements(fields: &[(&str, &str)], expected: &Expected) -> Vec<Statement> {
    let named = |name: &str, known: &str| name.trim().eq_ignore_ascii_case(known);
    let top = || fields.iter().take(MAX_FIELDS);
    let mut found = Vec::new();
    if !top().any(|(name, _)| named(name, "Received")) {
        return found;
    }
    for (name, value) in top() {
        if named(name, "Received") {
            // An inner server's word is the last one: fields of earlier hops say nothing new.
            if !found.is_empty() || expected.ends_at(&Hop::parse(value)) {
                break;
            }
        } else if named(name, "Authentication-Results") {
            // A sender may get the own server to write what cannot be read, and put a forged field below it.
            let Some(field) = field::parse(value) else { return Vec::new() };
            let own = Some(field).filter(|field| expected.takes(field.id.as_deref()));
            let telling = |s: &Statement| matches!(s.method.as_str(), "spf" | "dkim" | "dmarc");
            found.extend(own.into_iter().flat_map(|field| field.statements).filter(telling));
        }
    }
    found
}

/// What a Received field tells of a hop (RFC 5321, section 4.4).
#[derive(Debug, Default)]
struct Hop {
    /// Whether there is a from clause.
    from: bool,
    /// What IP addresses the whole field holds.
    reach: Reach,
    /// Whether the mail was handed over by LMTP, which no server speaks with the outside.
    lmtp: bool,
    /// Whether a user of the machine handed it in.
    user: bool,
    /// The host that wrote the field.
    by: Option<String>,
}

/// The IP addresses in a Received field. A client may write "by", "with" and private addresses into its HELO, but
/// cannot keep the server from noting its own address as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Reach {
    /// None.
    #[default]
    Unknown,
    /// Private ones alone.
    Private,
    /// At least one that is not private.
    Public,
}

impl Hop {
    fn parse(value: &str) -> Self {
        if value.len() > MAX_RECEIVED {
            return Self { reach: Reach::Public, ..Self::default() };
        }
        let text = value.to_ascii_lowercase();
        let mut hop = Self {
            from: text.trim_start().starts_with("from"),
            user: ["userid", "by uid", "with local"].iter().any(|sign| text.contains(sign)),
            ..Self::default()
        };
        let breaks = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '=' | ',' | ';');
        for address in text.split(breaks).filter_map(ip_address) {
            hop.reach = if hop.reach == Reach::Public || !is_private(address) { Reach::Public } else { Reach::Private };
        }
        let mut depth = 0_usize;
        let mut words = text.split_whitespace();
        let is_by = |word: &str| {
            let outside = depth == 0;
            depth = depth_after(word, depth);
            outside && word == "by"
        };
        if words.any(is_by) {
            hop.by = words.next().and_then(|host| domain::ascii(host.trim_end_matches([';', ','])));
            hop.lmtp = hands_over_by_lmtp(words);
        }
        hop
    }

    fn is_internal(&self) -> bool {
        !self.user && self.reach != Reach::Public && (!self.from || self.lmtp || self.reach == Reach::Private)
    }
}

/// How deep in comments the text is after a word.
fn depth_after(word: &str, depth: usize) -> usize {
    (depth + word.matches('(').count()).saturating_sub(word.matches(')').count())
}

/// Whether the words after the by clause's host hold "with LMTP" outside of comments.
fn hands_over_by_lmtp<'a>(words: impl Iterator<Item = &'a str>) -> bool {
    let (mut depth, mut with) = (0_usize, false);
    for word in words {
        if depth == 0 && with {
            return word.starts_with("lmtp");
        }
        with = depth == 0 && word == "with";
        depth = depth_after(word, depth);
    }
    false
}

fn ip_address(text: &str) -> Option<IpAddr> {
    let text = text.strip_prefix("ipv6:").unwrap_or(text);
    text.split('%').next().unwrap_or(text).parse().ok()
}

fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests;
