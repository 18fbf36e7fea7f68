//! Who invites and who comes: ORGANIZER and ATTENDEE (RFC 5545 sections 3.8.4.1 and 3.8.4.3).

use crate::render::content_line::{Line, cut};

/// Bytes of a name or an address.
const MAX_PERSON: usize = 320;

/// A name and an address, either may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Person {
    /// CN.
    pub(crate) name: String,
    /// Mail address without `mailto:`. Not checked: see [`is_address`].
    pub(crate) address: String,
}

impl Person {
    /// Reads the value and its CN.
    pub(crate) fn read(line: &Line) -> Self {
        let value = line.value.trim();
        // Apple and servers of CalDAV may write an id of their own there, and the address as a parameter.
        let address = mailto(value).or_else(|| line.parameter("EMAIL").map(|email| mailto(email).unwrap_or(email)));
        let address = cut(address.unwrap_or(value).trim(), MAX_PERSON).to_owned();
        let name = cut(line.parameter("CN").unwrap_or("").trim(), MAX_PERSON).to_owned();
        Self { name, address }
    }

    /// The name, or the address of who has none.
    pub(crate) fn shown(&self) -> &str {
        if self.name.is_empty() { &self.address } else { &self.name }
    }

    /// Name and address, each only once.
    pub(crate) fn full(&self) -> String {
        if self.name.is_empty() || self.address.is_empty() || self.name.eq_ignore_ascii_case(&self.address) {
            return self.shown().to_owned();
        }
        format!("{} <{}>", self.name, self.address)
    }
}

fn mailto(value: &str) -> Option<&str> {
    let (scheme, address) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case("mailto:").then_some(address)
}

/// Whether somebody comes (PARTSTAT, RFC 5545 section 3.2.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Attendance {
    /// No answer yet.
    #[default]
    Waiting,
    /// Comes.
    Yes,
    /// Perhaps.
    Maybe,
    /// Does not come.
    No,
    /// Sends somebody else.
    Delegated,
}

/// What somebody is there for (ROLE, RFC 5545 section 3.2.16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Role {
    /// Needed.
    #[default]
    Required,
    /// Leads it.
    Chair,
    /// Welcome.
    Optional,
    /// Is only told.
    Informed,
    /// No person but a room or a thing (CUTYPE, RFC 5545 section 3.2.3).
    Resource,
}

/// Somebody who is invited.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Attendee {
    /// Who.
    pub(crate) person: Person,
    /// What they said.
    pub(crate) answer: Attendance,
    /// What for.
    pub(crate) role: Role,
}

impl Attendee {
    /// Reads an ATTENDEE.
    pub(crate) fn read(line: &Line) -> Self {
        let word = |name| line.parameter(name).unwrap_or("").trim().to_ascii_uppercase();
        let answer = match word("PARTSTAT").as_str() {
            "ACCEPTED" => Attendance::Yes,
            "TENTATIVE" => Attendance::Maybe,
            "DECLINED" => Attendance::No,
            "DELEGATED" => Attendance::Delegated,
            _ => Attendance::Waiting,
        };
        let role = match (word("CUTYPE").as_str(), word("ROLE").as_str()) {
            ("ROOM" | "RESOURCE", _) => Role::Resource,
            (_, "CHAIR") => Role::Chair,
            (_, "OPT-PARTICIPANT") => Role::Optional,
            (_, "NON-PARTICIPANT") => Role::Informed,
            _ => Role::Required,
        };
        Self { person: Person::read(line), answer, role }
    }
}

/// Whether a text is a plain addr-spec (RFC 5322 section 3.4.1: dot-atoms of ASCII only): one that cannot be taken for
/// an option, a second address or a second line.
pub(crate) fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let atom = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&b);
    let dotted = |text: &str, good: &dyn Fn(u8) -> bool| {
        text.split('.').all(|piece| !piece.is_empty() && !piece.starts_with('-') && piece.bytes().all(good))
    };
    text.len() <= 254
        && local.len() <= 64
        && dotted(local, &atom)
        && dotted(domain, &|b| b.is_ascii_alphanumeric() || b == b'-')
}
