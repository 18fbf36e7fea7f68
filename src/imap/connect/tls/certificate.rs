//! What a server's certificate says of itself (RFC 5280): whom it names, when it is valid, how strong its key is.
//!
//! Read in addition to what the TLS library checks, never in its place: libraries fall back to the common name, and
//! their errors name no dates. The bytes are hostile until the library has believed them.

use std::fmt;
use std::net::IpAddr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};

/// The SHA-256 of a certificate's DER form. Shown as the config takes it: `sha256:` and 64 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A leaf certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Its name beyond doubt.
    pub fingerprint: Fingerprint,
    /// The first moment of its validity.
    pub from: Timestamp,
    /// The last.
    pub until: Timestamp,
    /// The DNS names of its subjectAltName, as they stand there.
    pub names: Vec<Vec<u8>>,
    /// The addresses of its subjectAltName: 4 or 16 bytes each.
    pub addresses: Vec<Vec<u8>>,
    /// The length of its key, if it is an RSA key.
    pub rsa_bits: Option<usize>,
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// `[0] EXPLICIT`: the version.
const VERSION: u8 = 0xA0;
/// `[3] EXPLICIT`: the extensions.
const EXTENSIONS: u8 = 0xA3;
/// `GeneralName`'s `dNSName` and `iPAddress` (section 4.2.1.6).
const DNS_NAME: u8 = 0x82;
const IP_ADDRESS: u8 = 0x87;
/// 1.2.840.113549.1.1.1
const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
/// 2.5.29.17
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1D, 0x11];

/// A run of DER elements.
#[derive(Clone, Copy)]
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The next element's tag and content.
    fn element(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, rest) = self.0.split_first()?;
        let (first, mut rest) = rest.split_first()?;
        let mut length = usize::from(*first);
        if length >= 0x80 {
            let (digits, after) = rest.split_at_checked(length - 0x80).filter(|(digits, _)| digits.len() <= 4)?;
            length = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
            rest = after;
        }
        let (content, after) = rest.split_at_checked(length)?;
        self.0 = after;
        Some((*tag, content))
    }

    /// The next element, which must have this tag.
    fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.element().filter(|(found, _)| *found == tag).map(|(_, content)| content)
    }

    /// The next element if it has this tag; else it stays where it is.
    fn accept(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let content = ahead.expect(tag)?;
        *self = ahead;
        Some(content)
    }
}

impl Certificate {
    /// Reads a certificate; `None` when it is none.
    pub fn parse(der: &[u8]) -> Option<Self> {
        let mut whole = Der(Der(der).expect(SEQUENCE)?);
        let mut told = Der(whole.expect(SEQUENCE)?);
        told.accept(VERSION);
        told.expect(INTEGER)?;
        // The signature's algorithm, and the issuer.
        told.expect(SEQUENCE)?;
        told.expect(SEQUENCE)?;
        let mut validity = Der(told.expect(SEQUENCE)?);
        let (from, until) = (time(&mut validity)?, time(&mut validity)?);
        // The subject.
        told.expect(SEQUENCE)?;
        let key = told.expect(SEQUENCE)?;
        let (mut names, mut addresses) = (Vec::new(), Vec::new());
        while let Some((tag, content)) = told.element() {
            if tag != EXTENSIONS {
                continue;
            }
            let mut others = Der(alternative_names(content).unwrap_or_default());
            while let Some((tag, name)) = others.element() {
                match tag {
                    DNS_NAME => names.push(name.to_vec()),
                    IP_ADDRESS => addresses.push(name.to_vec()),
                    _ => {}
                }
            }
        }
        let fingerprint = Fingerprint(Sha256::digest(der).into());
        Some(Self { fingerprint, from, until, names, addresses, rsa_bits: rsa_bits(key) })
    }

    /// Whether it is for this host: an address as it stands, or a DNS name, exact or with one label for a leading `*`
    /// (RFC 9525, section 6). The common name does not count, nor does a wildcard for a whole top-level domain.
    pub fn names(&self, host: &str) -> bool {
        if let Ok(address) = host.parse::<IpAddr>() {
            return match address {
                IpAddr::V4(four) => self.addresses.iter().any(|found| *found == four.octets()),
                IpAddr::V6(six) => self.addresses.iter().any(|found| *found == six.octets()),
            };
        }
        self.names.iter().any(|name| is_for(name, host.as_bytes()))
    }

    /// Its DNS names and addresses in words, a few of them; raw text of the server's.
    pub fn shown(&self) -> String {
        let names = self.names.iter().map(|name| String::from_utf8_lossy(name).into_owned());
        let addresses = self.addresses.iter().filter_map(|bytes| {
            let four = <[u8; 4]>::try_from(bytes.as_slice()).map(IpAddr::from);
            let address = four.or_else(|_| <[u8; 16]>::try_from(bytes.as_slice()).map(IpAddr::from));
            address.ok().map(|address| address.to_string())
        });
        let shown: Vec<String> = names.chain(addresses).take(4).map(|name| name.chars().take(80).collect()).collect();
        if shown.is_empty() { "no name at all".to_owned() } else { shown.join(", ") }
    }
}

fn is_for(name: &[u8], host: &[u8]) -> bool {
    let Some(domain) = name.strip_prefix(b"*.") else { return name.eq_ignore_ascii_case(host) };
    let Some(dot) = host.iter().position(|byte| *byte == b'.') else { return false };
    let (label, rest) = host.split_at(dot);
    !label.is_empty() && domain.contains(&b'.') && rest.get(1..).is_some_and(|rest| rest.eq_ignore_ascii_case(domain))
}

/// The content of the subjectAltName among these extensions (section 4.2).
fn alternative_names(extensions: &[u8]) -> Option<&[u8]> {
    let mut extensions = Der(Der(extensions).expect(SEQUENCE)?);
    while let Some(extension) = extensions.expect(SEQUENCE) {
        let mut extension = Der(extension);
        if extension.expect(OBJECT)? == SUBJECT_ALT_NAME {
            // "critical" may stand in between.
            while let Some((tag, content)) = extension.element() {
                if tag == OCTET_STRING {
                    return Der(content).expect(SEQUENCE);
                }
            }
        }
    }
    None
}

/// `UTCTime` is of 1950 to 2049, `GeneralizedTime` has four digits for the year (section 4.1.2.5).
fn time(validity: &mut Der<'_>) -> Option<Timestamp> {
    let (tag, text) = validity.element()?;
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let text = match tag {
        UTC_TIME => format!("{}{text}", if text.get(..2)? < "50" { "20" } else { "19" }),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let time = DateTime::strptime("%Y%m%d%H%M%S", &text).ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// The length of an RSA modulus in bits.
fn rsa_bits(key: &[u8]) -> Option<usize> {
    let mut key = Der(key);
    let mut algorithm = Der(key.expect(SEQUENCE)?);
    if algorithm.expect(OBJECT)? != RSA {
        return None;
    }
    // The first byte of a bit string says how many bits of the last are unused: none here.
    let bits = key.expect(BIT_STRING)?.strip_prefix(&[0])?;
    let modulus = Der(Der(bits).expect(SEQUENCE)?).expect(INTEGER)?;
    let leading = modulus.iter().take_while(|byte| **byte == 0).count();
    let first = modulus.get(leading)?;
    Some((modulus.len() - leading) * 8 - first.leading_zeros() as usize)
}
