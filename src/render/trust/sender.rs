//! What is odd about a sender, from the From and Reply-To fields alone.
//!
//! A warning that comes often is not read: each rule here stays silent where honest mail does the same (mailing lists,
//! "via" names, a company's name with its own domain).

use unicode_security::MixedScript as _;

use super::domain;
use super::server;

/// How many characters of a display name are looked at.
const MAX_NAME: usize = 1_000;

/// How many mailboxes of a field, and how many link hosts, are looked at.
const MAX_LISTED: usize = 500;

/// Own domains with a shorter name are not guarded: too many honest names are one letter away.
const MIN_GUARDED: usize = 5;

/// Top-level domains that make a word with a dot in a display name a domain. With all of them, "Dr.No" would be one.
const NAMED_TOPS: [&str; 22] = [
    "com", "org", "net", "edu", "gov", "io", "uk", "de", "fr", "eu", "ch", "at", "nl", "es", "pl", "jp", "cn", "br",
    "ru", "info", "biz", "example",
];

/// A name and an address as a header field gives them, decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mailbox<'a> {
    /// Display name, may be empty.
    pub name: &'a str,
    /// Address, may be empty.
    pub address: &'a str,
}

/// What is known of a mail's sender.
#[derive(Clone, Copy)]
pub struct Sender<'a> {
    /// The mailboxes of each From field.
    pub from: &'a [Mailbox<'a>],
    /// The mailboxes of Reply-To.
    pub reply_to: &'a [Mailbox<'a>],
    /// Whether a mailing list sent the mail: a field List-Id (RFC 2919), List-Post (RFC 2369), Mailing-List, or
    /// Precedence with the value `list`.
    pub mailing_list: bool,
    /// Whether no mail from this address came before.
    pub first_time: bool,
    /// The reader's own names and addresses.
    pub own: &'a [Mailbox<'a>],
    /// The usual address of the person that a display name is known for; `None` when the From address is one that the
    /// reader knows this person by.
    pub known_names: &'a dyn Fn(&str) -> Option<String>,
    /// The hosts that the links of the mail lead to.
    pub link_hosts: &'a [&'a str],
}

/// Something odd about a sender. The strings come from the mail as they are: the caller makes a `SafeText` of
/// [`Warning::words`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Warning {
    /// From holds this many addresses.
    SeveralSenders(usize),
    /// The display name holds an address that is not the sender's.
    NameHoldsAddress {
        /// The address in the name.
        named: String,
        /// The sender's address.
        address: String,
    },
    /// The display name holds a domain that is not the sender's.
    NameHoldsDomain {
        /// The domain in the name.
        named: String,
        /// The sender's address.
        address: String,
    },
    /// The display name is one of the reader's own names or addresses, the address is not.
    ReadersName {
        /// The sender's address.
        address: String,
    },
    /// The reader knows somebody of this name with another address.
    OtherAddress {
        /// The display name.
        name: String,
        /// The address that the person usually has.
        usual: String,
        /// The sender's address.
        address: String,
    },
    /// Answers go to another organisation than the sender's.
    ReplyElsewhere {
        /// The address that answers go to.
        reply: String,
        /// The sender's domain.
        domain: String,
    },
    /// The sender's domain uses letters that look like others.
    OddDomain {
        /// The domain as DNS knows it.
        domain: String,
        /// What it looks like, when that is a name in Latin letters.
        looks_like: Option<String>,
    },
    /// A word of the display name uses letters of another script that look Latin.
    OddName {
        /// The word.
        word: String,
    },
    /// The sender's domain is nearly one of the reader's own.
    NearOwnDomain {
        /// The sender's domain.
        domain: String,
        /// The reader's domain.
        own: String,
    },
    /// A link leads to a domain that is nearly one of the reader's own.
    LinkNearOwnDomain {
        /// The link's host.
        host: String,
        /// The reader's domain.
        own: String,
    },
    /// The first mail from this address.
    FirstTime,
}

impl Warning {
    /// The words for the screen.
    pub fn words(&self) -> String {
        match self {
            Self::SeveralSenders(count) => format!("This mail names {count} senders"),
            Self::NameHoldsAddress { named, address } | Self::NameHoldsDomain { named, address } => {
                format!("The name says {named}, the mail comes from {address}")
            }
            Self::ReadersName { address } => format!("The sender uses your name, the mail comes from {address}"),
            Self::OtherAddress { name, usual, address } => {
                format!("You know {name} as {usual}, this mail comes from {address}")
            }
            Self::ReplyElsewhere { reply, domain } => format!("Replies go to {reply}, not to {domain}"),
            Self::OddDomain { domain, looks_like: Some(seen) } => {
                format!("The sender's domain looks like {seen}, but is {domain}")
            }
            Self::OddDomain { domain, looks_like: None } => {
                format!("The sender's domain {domain} uses unusual letters")
            }
            Self::OddName { word } => format!("The name \"{word}\" uses letters that only look Latin"),
            Self::NearOwnDomain { domain, own } => format!("The sender's domain is {domain}, not your {own}"),
            Self::LinkNearOwnDomain { host, own } => format!("A link leads to {host}, not to your {own}"),
            Self::FirstTime => "First mail from this address".to_owned(),
        }
    }
}

/// Everything odd about a sender, the gravest first. At most one warning of each kind.
pub fn warnings(sender: &Sender<'_>) -> Vec<Warning> {
    let mut found = Vec::new();
    let Some(first) = sender.from.first() else { return found };
    let from = Mailbox { name: cut(first.name), address: first.address };
    if sender.from.len() > 1 {
        found.push(Warning::SeveralSenders(sender.from.len()));
    }
    let guarded = own_domains(sender);
    if let Some(name) = domain::of_address(from.address) {
        found.extend(near_own(&name, &guarded).map(|own| Warning::NearOwnDomain { domain: name.clone(), own }));
        if domain::display_domain(&name).1 {
            found.push(Warning::OddDomain { looks_like: domain::looks_like(&name), domain: name.clone() });
        }
    }
    found.extend(odd_word(from.name).map(|word| Warning::OddName { word: word.to_owned() }));
    if !sender.mailing_list {
        found.extend(named_elsewhere(&from).or_else(|| known_elsewhere(&from, sender)));
        found.extend(reply_elsewhere(sender));
    }
    found.extend(sender.link_hosts.iter().take(MAX_LISTED).find_map(|host| {
        let host = domain::ascii(host)?;
        near_own(&host, &guarded).map(|own| Warning::LinkNearOwnDomain { host: host.clone(), own })
    }));
    if sender.first_time && !sender.mailing_list && found.is_empty() && !from.address.is_empty() {
        found.push(Warning::FirstTime);
    }
    found
}

fn cut(name: &str) -> &str {
    let end = name.char_indices().nth(MAX_NAME).map_or(name.len(), |(place, _)| place);
    name.get(..end).unwrap_or(name)
}

/// An address or a domain in the display name that leads elsewhere.
fn named_elsewhere(from: &Mailbox<'_>) -> Option<Warning> {
    // A service that speaks for somebody says so.
    let spoken_for = from.name.split_whitespace().any(|word| word.eq_ignore_ascii_case("via"));
    let sender = domain::of_address(from.address)?;
    if spoken_for {
        return None;
    }
    let breaks = |c: char| {
        c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | '"' | '\'' | ',' | ';' | ':' | '/')
    };
    let mut domains = None;
    for word in from.name.split(breaks).filter(|word| word.contains('.')) {
        let word = word.trim_end_matches('.');
        let address = from.address.to_owned();
        if let Some((_, host)) = word.rsplit_once('@') {
            if domain::of_address(word).is_some_and(|named| host.contains('.') && !domain::related(&named, &sender)) {
                return Some(Warning::NameHoldsAddress { named: word.to_owned(), address });
            }
        } else if named_domain(word).is_some_and(|named| !domain::related(&named, &sender)) {
            domains = domains.or(Some(Warning::NameHoldsDomain { named: word.to_owned(), address }));
        }
    }
    domains
}

/// The domain that a word of a display name is.
fn named_domain(word: &str) -> Option<String> {
    let name = domain::ascii(word)?;
    let (label, _) = domain::organisation(&name).split_once('.')?;
    let top = name.rsplit('.').next()?;
    // "J.Doe" is a name, and so is a word whose label is an initial or a title.
    (label.len() >= 3 && NAMED_TOPS.contains(&top) && domain::has_real_suffix(&name)).then_some(name)
}

/// A display name that the reader knows with another address.
fn known_elsewhere(from: &Mailbox<'_>, sender: &Sender<'_>) -> Option<Warning> {
    let same = |a: &str, b: &str| a.trim().eq_ignore_ascii_case(b.trim());
    if from.address.is_empty()
        || from.name.trim().is_empty()
        || sender.own.iter().any(|own| same(own.address, from.address))
    {
        return None;
    }
    let seen = domain::appearance(from.name);
    // One word is no name to tell people apart by.
    let full = seen.contains(' ');
    let mine = |own: &Mailbox<'_>| {
        domain::appearance(own.address) == seen || (full && domain::appearance(cut(own.name)) == seen)
    };
    if sender.own.iter().any(mine) {
        return Some(Warning::ReadersName { address: from.address.to_owned() });
    }
    // Bounces come from anywhere under one name, and newsletters give each mail an address of its own.
    let local = from.address.split('@').next().unwrap_or_default();
    let daemon = ["mailer-daemon", "mail-daemon", "postmaster"].iter().any(|name| same(name, local));
    let usual =
        (sender.known_names)(from.name).filter(|usual| full && !daemon && !is_same_sender(usual, from.address))?;
    Some(Warning::OtherAddress { name: from.name.to_owned(), usual, address: from.address.to_owned() })
}

/// Whether two addresses are one sender's: equal, or of one organisation that is no public provider.
fn is_same_sender(a: &str, b: &str) -> bool {
    let (Some(x), Some(y)) = (domain::of_address(a), domain::of_address(b)) else { return a.eq_ignore_ascii_case(b) };
    a.trim().eq_ignore_ascii_case(b.trim()) || (domain::related(&x, &y) && !server::is_public(domain::organisation(&x)))
}

/// A Reply-To that leads to another organisation than each of the From addresses, and not to the reader.
fn reply_elsewhere(sender: &Sender<'_>) -> Option<Warning> {
    let from: Vec<String> = sender.from.iter().take(MAX_LISTED).filter_map(|m| domain::of_address(m.address)).collect();
    let first = from.first()?;
    let own = |reply: &Mailbox<'_>| sender.own.iter().any(|own| own.address.eq_ignore_ascii_case(reply.address));
    let homely = |name: &str| from.iter().any(|known| domain::related(known, name));
    let elsewhere =
        |reply: &&Mailbox<'_>| !own(reply) && domain::of_address(reply.address).is_some_and(|name| !homely(&name));
    let reply = sender.reply_to.iter().take(MAX_LISTED).find(elsewhere)?;
    Some(Warning::ReplyElsewhere { reply: reply.address.to_owned(), domain: first.clone() })
}

/// The reader's own registrable domains that are worth guarding: not those where everybody has an address.
fn own_domains(sender: &Sender<'_>) -> Vec<String> {
    let names = sender.own.iter().take(MAX_LISTED).filter_map(|own| domain::of_address(own.address));
    let mut own: Vec<String> = names.map(|name| domain::organisation(&name).to_owned()).collect();
    own.retain(|name| name.find('.').is_some_and(|end| end >= MIN_GUARDED) && !server::is_public(name));
    own.sort_unstable();
    own.dedup();
    own
}

/// The own domain that another one is easily taken for: one typing error away (Damerau), or the same to the eye.
fn near_own(name: &str, guarded: &[String]) -> Option<String> {
    let name = domain::organisation(name);
    if guarded.iter().any(|own| own == name) {
        return None;
    }
    let seen = domain::shown_appearance(name);
    let near = |own: &&String| {
        let close = name.len().abs_diff(own.len()) <= 1 && strsim::osa_distance(name, own) == 1;
        close || seen == domain::shown_appearance(own)
    };
    guarded.iter().find(near).cloned()
}

/// The word of a name that uses letters of another script to look Latin.
fn odd_word(name: &str) -> Option<&str> {
    let latin = |c: char| c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{24f}');
    let letters = |word: &str| word.chars().filter(|c| c.is_alphabetic()).collect::<String>();
    let among_latin = name.chars().any(latin);
    let odd = |word: &&str| {
        let word = letters(word);
        let twins = word.chars().filter(|c| domain::is_latin_twin(*c) && !latin(*c)).count();
        if word.chars().any(latin) {
            return twins > 0 && !word.as_str().is_single_script();
        }
        // Honest words in Cyrillic may consist of such letters alone, but not amid Latin ones or with letters that no
        // Slavic language writes today.
        twins > 1 && twins == word.chars().count() && (among_latin || word.chars().any(is_rare))
    };
    name.split_whitespace().find(odd)
}

/// Cyrillic letters outside the alphabets of the Slavic languages.
fn is_rare(c: char) -> bool {
    matches!(c, '\u{460}'..='\u{48f}' | '\u{492}'..='\u{52f}')
}

#[cfg(test)]
mod tests;
