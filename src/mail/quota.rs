//! How full an account is (RFC 9208).

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Resource {
    /// Bytes.
    Storage,
    /// Messages.
    Messages,
    /// Folders.
    Folders,
}

impl Resource {
    /// The resource of this name in a QUOTA answer (RFC 9208, section 5); of others we say nothing.
    pub fn parse(name: &str) -> Option<Self> {
        [("STORAGE", Self::Storage), ("MESSAGE", Self::Messages), ("MAILBOX", Self::Folders)]
            .into_iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, resource)| resource)
    }

    /// The word that JSON and database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Storage => "storage",
            Self::Messages => "message",
            Self::Folders => "mailbox",
        }
    }
}

/// How much of a resource is used, and how much may be: bytes for storage, else a count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// The quota root's name; not sanitised.
    pub root: String,
    /// What is counted.
    pub resource: Resource,
    /// Used.
    pub used: u64,
    /// Allowed; never 0.
    pub limit: u64,
}

impl Quota {
    /// How full it is, rounded down; more than 100 where more is used than allowed.
    pub fn percent(&self) -> u64 {
        u64::try_from(u128::from(self.used) * 100 / u128::from(self.limit.max(1))).unwrap_or(u64::MAX)
    }

    /// Whether the user should know without asking: more than nine tenths are used.
    pub fn nearly_full(&self) -> bool {
        u128::from(self.used) * 10 > u128::from(self.limit) * 9
    }
}

/// The percentage of the fullest one that is nearly full.
pub fn warning(quotas: &[Quota]) -> Option<u64> {
    quotas.iter().filter(|quota| quota.nearly_full()).map(Quota::percent).max()
}

#[cfg(test)]
mod tests;
