//! UID SEARCH (RFC 9051, section 6.4.4), with ESEARCH where offered (RFC 4731).

use super::{Search, Session};
use crate::imap::answer::Answer;
use crate::imap::command::Command;
use crate::imap::error::Error;
use crate::imap::uid_set::UidSet;
use crate::mail::Uid;

/// No folder's messages lie in more ranges of UIDs than this.
const MAX_RANGES: usize = 4_000_000;

impl Session {
    /// Searches the open folder. An empty set means that the server said so, with a tagged OK (RL04).
    pub async fn search(&mut self, criteria: &Search) -> Result<UidSet, Error> {
        let mut words = "UID SEARCH".to_owned();
        if self.capabilities.has("ESEARCH") {
            words.push_str(" RETURN (ALL)");
        }
        if !ascii(criteria) {
            words.push_str(" CHARSET UTF-8");
        }
        let command = write(Command::new(words), criteria)?;
        let mut found = UidSet::new();
        let mut take = |answer: Answer| {
            let Answer::Search(uids) = answer else { return Some(answer) };
            if found.ranges().len() <= MAX_RANGES {
                found = found.union(&uids);
            }
            None
        };
        self.driver.run("UID SEARCH", command, &mut take).await?;
        if found.ranges().len() > MAX_RANGES {
            return Err(Error::Protocol("more messages found than any folder has".to_owned()));
        }
        let from = lowest(criteria);
        Ok(found.intersection(&UidSet::range(from, Uid(u32::MAX))))
    }
}

fn write(command: Command, criteria: &Search) -> Result<Command, Error> {
    match criteria {
        Search::All => Ok(command.word(" ALL")),
        Search::Deleted => Ok(command.word(" DELETED")),
        Search::Unseen => Ok(command.word(" UNSEEN")),
        Search::HeaderMessageId(text) => command.word(" HEADER MESSAGE-ID").string("UID SEARCH", text),
        Search::UidFrom(uid) => Ok(command.word(&format!(" UID {}:*", uid.0.max(1)))),
        Search::And(all) if all.is_empty() => Ok(command.word(" ALL")),
        Search::And(all) => all.iter().try_fold(command, write),
    }
}

fn ascii(criteria: &Search) -> bool {
    match criteria {
        Search::HeaderMessageId(text) => text.is_ascii(),
        Search::And(all) => all.iter().all(ascii),
        Search::All | Search::Deleted | Search::Unseen | Search::UidFrom(_) => true,
    }
}

/// `n:*` always matches the last message, even below `n` (RFC 9051, section 9, `seq-range`): what is lower is no hit.
fn lowest(criteria: &Search) -> Uid {
    match criteria {
        Search::UidFrom(uid) => *uid,
        Search::And(all) => all.iter().map(lowest).max().unwrap_or(Uid(1)),
        Search::All | Search::Deleted | Search::Unseen | Search::HeaderMessageId(_) => Uid(1),
    }
}
