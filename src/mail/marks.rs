//! Keywords that posthaste gives a meaning of its own, and what follows from them: snoozed, to be answered later, pinned.
//!
//! They are on the server, so that every device sees them:
//!
//! - `$Snoozed`: put off. The message lies in the account's folder for that.
//! - `$SnoozedUntil-20261130T0800Z`: until then, in UTC and to the minute. It stays when the message is back (`$Snoozed` does
//!   not), and says since when; it goes when the message is moved the next time.
//! - `$ReplyLater`: to be answered, wherever it lies.
//! - `$Pinned`: it stands first in its list.

use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::UnixTime;
use super::flags::{Flag, FlagChange, Flags, Keyword};

/// What the keyword that says until when begins with.
pub const UNTIL: &str = "$SnoozedUntil-";
/// How its time is written: an atom that every server takes.
const FORM: &str = "%Y%m%dT%H%MZ";
/// Added to the time of a pinned message it makes a time that no other message has: after the year 9999.
const ABOVE_ALL: i64 = 1 << 40;

/// A mark that has a list of its own, over all accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mark {
    /// `$Snoozed`.
    Snoozed,
    /// `$ReplyLater`.
    ReplyLater,
    /// `$Pinned`.
    Pinned,
}

impl Mark {
    /// All of them, in the order in which the folder pane shows them.
    pub const ALL: [Self; 3] = [Self::Snoozed, Self::ReplyLater, Self::Pinned];

    /// The keyword.
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::Snoozed => "$Snoozed",
            Self::ReplyLater => "$ReplyLater",
            Self::Pinned => "$Pinned",
        }
    }

    /// Its bit in [`bits`].
    pub const fn bit(self) -> u8 {
        match self {
            Self::Snoozed => 1,
            Self::ReplyLater => 2,
            Self::Pinned => 4,
        }
    }

    /// The keyword as a flag. Each of them is an atom, so there always is one.
    pub fn flag(self) -> Option<Flag> {
        Keyword::new(self.keyword()).map(Flag::Keyword)
    }

    /// Whether these flags have it.
    pub fn is_on(self, flags: &Flags) -> bool {
        flags.keywords.iter().any(|keyword| keyword.as_str().eq_ignore_ascii_case(self.keyword()))
    }

    /// The change that sets it, or takes it away.
    pub fn change(self, on: bool) -> FlagChange {
        let flags: Vec<Flag> = self.flag().into_iter().collect();
        if on { FlagChange { add: flags, remove: Vec::new() } } else { FlagChange { add: Vec::new(), remove: flags } }
    }
}

/// The marks of a message, a bit each.
pub fn bits(flags: &Flags) -> u8 {
    if flags.keywords.is_empty() {
        return 0;
    }
    Mark::ALL.into_iter().filter(|mark| mark.is_on(flags)).map(Mark::bit).sum()
}

/// The keyword that says until when a message is put off: the minute that has begun. `None` for a time that no calendar has.
pub fn until_keyword(until: UnixTime) -> Option<Keyword> {
    let at = jiff::Timestamp::from_second(until.0).ok()?;
    Keyword::new(&format!("{UNTIL}{}", Offset::UTC.to_datetime(at).strftime(FORM)))
}

/// The time in such a keyword.
fn time_of(keyword: &Keyword) -> Option<UnixTime> {
    let word = keyword.as_str();
    let name = word.get(..UNTIL.len())?;
    if !name.eq_ignore_ascii_case(UNTIL) {
        return None;
    }
    let at = DateTime::strptime(FORM, word.get(UNTIL.len()..)?.to_ascii_uppercase()).ok()?;
    Some(UnixTime(Offset::UTC.to_timestamp(at).ok()?.as_second()))
}

/// Until when a message is, or was, put off; the latest time where two devices said different ones.
pub fn until(flags: &Flags) -> Option<UnixTime> {
    flags.keywords.iter().filter_map(time_of).max()
}

/// When a message that is put off is to come back.
pub fn wakes(flags: &Flags) -> Option<UnixTime> {
    if flags.keywords.is_empty() || !Mark::Snoozed.is_on(flags) { None } else { until(flags) }
}

/// Since when a message that was put off is back.
pub fn back_since(flags: &Flags) -> Option<UnixTime> {
    if flags.keywords.is_empty() || Mark::Snoozed.is_on(flags) { None } else { until(flags) }
}

/// Every keyword of theirs that speaks of putting off.
pub fn of_snoozing(flags: &Flags) -> Vec<Flag> {
    let speaks = |keyword: &&Keyword| {
        keyword.as_str().eq_ignore_ascii_case(Mark::Snoozed.keyword()) || time_of(keyword).is_some()
    };
    flags.keywords.iter().filter(speaks).cloned().map(Flag::Keyword).collect()
}

/// Puts a message off until then: both keywords, and no earlier time.
pub fn put_off(flags: &Flags, until: UnixTime) -> FlagChange {
    let add: Vec<Flag> = Mark::Snoozed.flag().into_iter().chain(until_keyword(until).map(Flag::Keyword)).collect();
    let remove = of_snoozing(flags).into_iter().filter(|flag| !add.contains(flag)).collect();
    FlagChange { add, remove }
}

/// By which time a list sorts a message that the server got at `received`: a pinned one above all, one that was put off by
/// when it came back.
pub fn sorted_at(received: UnixTime, flags: &Flags) -> UnixTime {
    if flags.keywords.is_empty() {
        return received;
    }
    let since = back_since(flags).map_or(received, |since| since.max(received));
    if Mark::Pinned.is_on(flags) { UnixTime(since.0.saturating_add(ABOVE_ALL)) } else { since }
}

/// The time without what pinning added.
pub fn unpinned(sorted: UnixTime) -> UnixTime {
    if is_pinned(sorted) { UnixTime(sorted.0 - ABOVE_ALL) } else { sorted }
}

/// Whether this is the time by which a list sorts a pinned message.
pub fn is_pinned(sorted: UnixTime) -> bool {
    sorted >= FIRST_PINNED
}

/// Before this stands everything that is not pinned: later than the end of the year 9999.
pub const FIRST_PINNED: UnixTime = UnixTime(ABOVE_ALL / 2);

#[cfg(test)]
mod tests;
