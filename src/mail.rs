//! What a mailbox is made of: ids, flags, folders, envelopes and the rows that a screen shows.
//!
//! A leaf: no I/O, no database, no terminal. Everything here is plain data that the rooms pass to each other.

pub mod answers;
pub mod flags;
pub mod folder;
pub mod labels;
pub mod list;
pub mod marks;
pub mod message;
pub mod quota;
pub mod rights;
pub mod rule;
pub mod subject;
pub mod sweep;

/// The account's number in the cache. It is stable while the cache lives; names in the config are stable for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(pub i64);

/// The folder's number in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FolderId(pub i64);

/// The message's local number in the cache: it stays the same when the message moves to another folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(pub i64);

/// The conversation's number in the cache; it changes when two conversations turn out to be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ThreadId(pub i64);

/// The number of a search, given by whoever starts it: unique as long as the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SearchId(pub u64);

/// A unique identifier that the server gave to a message in one mailbox (RFC 9051, section 2.3.1.1); never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uid(pub u32);

/// The UIDVALIDITY of a mailbox (RFC 9051, section 2.3.1.1): a UID means nothing without it; never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UidValidity(pub u32);

/// A point in time in seconds since 1970-01-01 00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct UnixTime(pub i64);
