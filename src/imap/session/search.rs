//! UID SEARCH (RFC 9051, section 6.4.4), with ESEARCH (RFC 4731), FUZZY (RFC 6203) and X-GM-RAW where offered.

use super::{Place, Search, Session};
use crate::imap::answer::Answer;
use crate::imap::command::Command;
use crate::imap::convert::MONTHS;
use crate::imap::error::Error;
use crate::imap::uid_set::UidSet;
use crate::mail::{Uid, UnixTime};

const VERB: &str = "UID SEARCH";
/// No folder's messages lie in more ranges of UIDs than this.
const MAX_RANGES: usize = 4_000_000;

/// What a BAD means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bad {
    /// The server does not understand what every server must: the session ends.
    Ends,
    /// It does not understand what a user asks for: that is refused, and the session goes on.
    Refuses,
}

impl Session {
    /// Searches the open folder. An empty set means that the server said so, with a tagged OK (RL04).
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn search(&mut self, criteria: &Search) -> Result<UidSet, Error> {
        self.ask(criteria, Bad::Ends).await
    }

    /// Searches the open folder for what a user looks for: a BAD is a refusal.
    ///
    /// Where the server cannot search for letters beyond ASCII (`BADCHARSET`, RFC 9051, section 7.1, or anything but a
    /// reason of its own), it is asked once more without them: it then finds more than was looked for, never less.
    ///
    /// # Errors
    /// Any [`Error`]; [`Error::Rejected`] too when nothing is left to look for without those letters.
    pub async fn find(&mut self, criteria: &Search) -> Result<UidSet, Error> {
        let refusal = match self.ask(criteria, Bad::Refuses).await {
            Err(error @ Error::Rejected { .. }) if !is_ascii(criteria) && blames_letters(&error) => error,
            answer => return answer,
        };
        match ascii_part(criteria).filter(asks_for_text) {
            Some(rest) => self.ask(&rest, Bad::Refuses).await,
            None => Err(refusal),
        }
    }

    async fn ask(&mut self, criteria: &Search, bad: Bad) -> Result<UidSet, Error> {
        let mut words = VERB.to_owned();
        if self.capabilities.has("ESEARCH") {
            words.push_str(" RETURN (ALL)");
        }
        // Where UTF-8 is switched on, CHARSET may not be used (RFC 6855, section 3; RFC 9051, section 6.4.4).
        let all_utf8 = self.driver.is_enabled("UTF8=ACCEPT") || self.driver.is_enabled("IMAP4REV2");
        if !is_ascii(criteria) && !all_utf8 {
            words.push_str(" CHARSET UTF-8");
        }
        let fuzzy = if self.capabilities.has("SEARCH=FUZZY") { "FUZZY " } else { "" };
        words.push(' ');
        let command = Command::new(words);
        let command = match outermost(criteria) {
            [] => write(command, criteria, fuzzy)?,
            all => write_all(command, all, fuzzy)?,
        };
        let mut found = UidSet::new();
        let mut take = |answer: Answer| {
            let Answer::Search(uids) = answer else { return Some(answer) };
            if found.ranges().len() <= MAX_RANGES {
                found = found.union(&uids);
            }
            None
        };
        match bad {
            Bad::Ends => self.driver.run(VERB, command, &mut take).await?,
            Bad::Refuses => self.driver.run_optional(VERB, command, &mut take).await?,
        };
        if found.ranges().len() > MAX_RANGES {
            return Err(Error::Protocol("more messages found than any folder has".to_owned()));
        }
        let from = lowest(criteria);
        Ok(found.intersection(&UidSet::range(from, Uid(u32::MAX))))
    }
}

/// The keys that stand beside each other without parentheses around them; none: it is one key alone.
fn outermost(criteria: &Search) -> &[Search] {
    if let Search::And(all) = criteria { all } else { &[] }
}

/// Adds one search key; `fuzzy` stands before what may be matched loosely.
fn write(command: Command, criteria: &Search, fuzzy: &str) -> Result<Command, Error> {
    match criteria {
        Search::All => Ok(command.word("ALL")),
        Search::Deleted => Ok(command.word("DELETED")),
        Search::Unseen => Ok(command.word("UNSEEN")),
        Search::Flagged => Ok(command.word("FLAGGED")),
        Search::Answered => Ok(command.word("ANSWERED")),
        Search::Draft => Ok(command.word("DRAFT")),
        // A flag holds nothing but an atom.
        Search::Keyword(flag) => Ok(command.word(&format!("KEYWORD {flag}"))),
        Search::HeaderMessageId(text) => command.word("HEADER MESSAGE-ID").string(VERB, text),
        Search::Text(place, text) => command.word(key_of(*place)).string(VERB, text),
        Search::Fuzzy(criteria) => write(command.word(fuzzy), criteria, ""),
        Search::Gmail(text) => command.word("X-GM-RAW").string(VERB, text),
        Search::Since(time) => Ok(command.word(&format!("SINCE {}", date(*time)))),
        Search::Before(time) => Ok(command.word(&format!("BEFORE {}", date(*time)))),
        Search::Larger(bytes) => Ok(command.word(&format!("LARGER {bytes}"))),
        Search::Smaller(bytes) => Ok(command.word(&format!("SMALLER {bytes}"))),
        Search::UidFrom(uid) => Ok(command.word(&format!("UID {}:*", uid.0.max(1)))),
        Search::And(all) => match all.as_slice() {
            [] => Ok(command.word("ALL")),
            [one] => write(command, one, fuzzy),
            [_, _, ..] => Ok(write_all(command.word("("), all, fuzzy)?.word(")")),
        },
        Search::Or(any) => match any.split_last() {
            // One of nothing holds never.
            None => Ok(command.word("NOT ALL")),
            Some((last, before)) => {
                let either = |command: Command, key| Ok::<_, Error>(write(command.word("OR "), key, fuzzy)?.word(" "));
                write(before.iter().try_fold(command, either)?, last, fuzzy)
            }
        },
        Search::Not(criteria) => write(command.word("NOT "), criteria, fuzzy),
    }
}

/// Adds search keys that must all hold.
fn write_all(command: Command, all: &[Search], fuzzy: &str) -> Result<Command, Error> {
    let Some((first, rest)) = all.split_first() else { return Ok(command) };
    rest.iter().try_fold(write(command, first, fuzzy)?, |command, key| write(command.word(" "), key, fuzzy))
}

fn key_of(place: Place) -> &'static str {
    match place {
        Place::From => "FROM",
        Place::To => "TO",
        Place::Cc => "CC",
        Place::Subject => "SUBJECT",
        Place::List => "HEADER LIST-ID",
        Place::Body => "BODY",
        Place::Anywhere => "TEXT",
    }
}

/// The day of a time in UTC as `date` has it (RFC 9051, section 9): `3-Feb-2024`. What lies outside of the years that it
/// can write is the nearest that it can.
fn date(time: UnixTime) -> String {
    let first = jiff::civil::date(1, 1, 1);
    let stamp = jiff::Timestamp::from_second(time.0.clamp(-62_135_596_800, 253_402_207_200));
    let day = stamp.map_or(first, |stamp| jiff::tz::Offset::UTC.to_datetime(stamp).date());
    let month = MONTHS.get(usize::from(day.month().unsigned_abs()).saturating_sub(1)).copied().unwrap_or("Jan");
    format!("{}-{month}-{:04}", day.day(), day.year())
}

fn is_ascii(criteria: &Search) -> bool {
    match criteria {
        Search::HeaderMessageId(text) | Search::Text(_, text) | Search::Gmail(text) => text.is_ascii(),
        Search::And(all) | Search::Or(all) => all.iter().all(is_ascii),
        Search::Fuzzy(criteria) | Search::Not(criteria) => is_ascii(criteria),
        Search::All
        | Search::Deleted
        | Search::Unseen
        | Search::Flagged
        | Search::Answered
        | Search::Draft
        | Search::Keyword(_)
        | Search::Since(_)
        | Search::Before(_)
        | Search::Larger(_)
        | Search::Smaller(_)
        | Search::UidFrom(_) => true,
    }
}

/// Whether a refusal may be one of letters: `BADCHARSET`, a BAD, or a NO without a reason that a program can read.
fn blames_letters(error: &Error) -> bool {
    matches!(error, Error::Rejected { code, .. } if code.as_deref().is_none_or(|code| code == "BADCHARSET"))
}

/// What can be asked in ASCII, so that nothing is missed of what was asked for; `None`: that is everything.
fn ascii_part(criteria: &Search) -> Option<Search> {
    if is_ascii(criteria) {
        return Some(criteria.clone());
    }
    match criteria {
        Search::And(all) => {
            let rest: Vec<Search> = all.iter().filter_map(ascii_part).collect();
            (!rest.is_empty()).then_some(Search::And(rest))
        }
        Search::Or(any) => any.iter().map(ascii_part).collect::<Option<Vec<Search>>>().map(Search::Or),
        // A text with other letters, or what must not hold: nothing can be left out of that.
        Search::All
        | Search::Deleted
        | Search::Unseen
        | Search::Flagged
        | Search::Answered
        | Search::Draft
        | Search::Keyword(_)
        | Search::HeaderMessageId(_)
        | Search::Text(..)
        | Search::Fuzzy(_)
        | Search::Gmail(_)
        | Search::Since(_)
        | Search::Before(_)
        | Search::Larger(_)
        | Search::Smaller(_)
        | Search::UidFrom(_)
        | Search::Not(_) => None,
    }
}

/// Whether a text is looked for, so that what is found is more than by chance.
fn asks_for_text(criteria: &Search) -> bool {
    match criteria {
        Search::HeaderMessageId(_) | Search::Text(..) | Search::Gmail(_) => true,
        Search::And(all) => all.iter().any(asks_for_text),
        Search::Or(any) => !any.is_empty() && any.iter().all(asks_for_text),
        Search::Fuzzy(criteria) => asks_for_text(criteria),
        Search::All
        | Search::Deleted
        | Search::Unseen
        | Search::Flagged
        | Search::Answered
        | Search::Draft
        | Search::Keyword(_)
        | Search::Since(_)
        | Search::Before(_)
        | Search::Larger(_)
        | Search::Smaller(_)
        | Search::UidFrom(_)
        | Search::Not(_) => false,
    }
}

/// `n:*` always matches the last message, even below `n` (RFC 9051, section 9, `seq-range`): what is lower is no hit.
fn lowest(criteria: &Search) -> Uid {
    match criteria {
        Search::UidFrom(uid) => *uid,
        Search::And(all) => all.iter().map(lowest).max().unwrap_or(Uid(1)),
        Search::All
        | Search::Deleted
        | Search::Unseen
        | Search::Flagged
        | Search::Answered
        | Search::Draft
        | Search::Keyword(_)
        | Search::HeaderMessageId(_)
        | Search::Text(..)
        | Search::Fuzzy(_)
        | Search::Gmail(_)
        | Search::Since(_)
        | Search::Before(_)
        | Search::Larger(_)
        | Search::Smaller(_)
        | Search::Or(_)
        | Search::Not(_) => Uid(1),
    }
}
