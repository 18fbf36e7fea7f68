//! SELECT and EXAMINE, with what CONDSTORE and QRESYNC add (RFC 9051, sections 6.3.2 and 6.3.3; RFC 7162).

use super::{Changes, MAX_SET, Mode, Opening, Selected, Session, Since};
use crate::imap::answer::Answer;
use crate::imap::command::Command;
use crate::imap::driver::QUIET;
use crate::imap::error::Error;
use crate::imap::lines::Code;
use crate::imap::uid_set::UidSet;
use crate::mail::{Uid, UidValidity};

/// More changes than this are not taken from SELECT: they are asked for, chunk by chunk.
const MAX_CHANGES: usize = 100_000;

impl Session {
    /// SELECT or EXAMINE. An open folder is closed by it, whatever the outcome.
    ///
    /// # Errors
    /// [`Error::Protocol`] for a folder without a sound UIDVALIDITY: its UIDs would mean nothing (RL15).
    pub async fn select(&mut self, raw: &str, mode: Mode) -> Result<Selected, Error> {
        self.open(raw, mode, &Opening::default()).await
    }

    /// SELECT or EXAMINE, and in the same turn what changed since a time, and the next headers.
    ///
    /// What the server still says of the folder that was open until now belongs to nobody and is dropped.
    ///
    /// # Errors
    /// As [`Session::select`].
    pub async fn open(&mut self, raw: &str, mode: Mode, opening: &Opening) -> Result<Selected, Error> {
        let verb = match mode {
            Mode::ReadWrite => "SELECT",
            Mode::ReadOnly => "EXAMINE",
        };
        let since = opening.since.filter(|since| since.modseq > 0 && self.driver.is_enabled("QRESYNC"));
        let command = Command::new(verb).string(verb, raw)?.word(&self.parameters(since));
        let ahead = opening.headers.to_string();
        let ahead =
            (!ahead.is_empty() && ahead.len() <= MAX_SET).then(|| format!("UID FETCH {ahead} {}", self.headers()));
        let mut facts = Facts { other_open: self.selected.take().is_some(), ..Facts::default() };
        self.driver.uid_validity = None;
        self.openings += 1;
        self.driver.begin()?;
        let result = self.run_select(verb, &command, ahead, &mut facts).await;
        self.driver.end(result)?;
        let Some(uid_validity) = facts.uid_validity.map(UidValidity) else {
            let error = Error::Protocol("the folder has no UIDVALIDITY".to_owned());
            self.driver.begin()?;
            return self.driver.end(Err(error));
        };
        self.selected = Some(raw.to_owned());
        self.driver.uid_validity = Some(uid_validity.0);
        let read_only = facts.read_only || mode == Mode::ReadOnly;
        self.writable = !read_only;
        let changes = since.and_then(|since| facts.changes_since(since));
        Ok(Selected {
            uid_validity,
            uid_next: facts.uid_next,
            exists: facts.exists,
            recent: facts.recent,
            highest_modseq: facts.highest_modseq,
            read_only,
            permanent_flags: facts.permanent_flags,
            changes,
        })
    }

    fn parameters(&self, since: Option<Since>) -> String {
        if let Some(Since { uid_validity, modseq }) = since {
            return format!(" (QRESYNC ({} {modseq}))", uid_validity.0);
        }
        let offered = self.capabilities.has("CONDSTORE") || self.capabilities.has("QRESYNC");
        let enabled = self.driver.is_enabled("CONDSTORE") || self.driver.is_enabled("QRESYNC");
        if offered && !enabled { " (CONDSTORE)".to_owned() } else { String::new() }
    }

    async fn run_select(
        &mut self,
        verb: &'static str,
        command: &Command,
        ahead: Option<String>,
        facts: &mut Facts,
    ) -> Result<(), Error> {
        let tag = self.driver.send(verb, command).await?;
        if let Some(text) = ahead {
            self.driver.send_ahead("UID FETCH", text).await?;
        }
        let mut take = |answer: Answer| facts.take(answer);
        loop {
            let answer = self.driver.answer(verb, QUIET, &mut |_| {}).await?;
            if let Some(done) = self.driver.judge(verb, &tag, answer, &mut take)? {
                if let Some(code) = &done.code {
                    facts.learn(code);
                }
                return Ok(());
            }
        }
    }
}

/// What comes in while a folder is opened.
#[derive(Default)]
struct Facts {
    /// Another folder was open, and the server did not say yet that it is closed.
    other_open: bool,
    uid_validity: Option<u32>,
    uid_next: Option<Uid>,
    exists: u32,
    recent: Option<u32>,
    highest_modseq: Option<u64>,
    read_only: bool,
    permanent_flags: Option<Vec<String>>,
    changes: Changes,
    vanished: Vec<(u32, u32)>,
    /// More changed than is kept.
    too_many: bool,
}

impl Facts {
    fn take(&mut self, answer: Answer) -> Option<Answer> {
        match answer {
            Answer::Exists(count) => self.exists = count,
            Answer::Recent(count) => self.recent = Some(count),
            Answer::Vanished { earlier: true, uids } if !self.too_many => {
                self.vanished.extend(uids.ranges());
                self.too_many |= self.vanished.len() > MAX_CHANGES;
            }
            Answer::Fetch(item) => {
                if let (Some(uid), Some(flags), false) = (item.uid, item.flags, item.broken || self.too_many) {
                    self.changes.flags.push((uid, flags, item.modseq));
                    self.too_many = self.changes.flags.len() > MAX_CHANGES;
                }
            }
            // More than is kept; or of the folder that was open: this one is only being opened.
            Answer::Vanished { .. } | Answer::Expunge(_) => {}
            Answer::Status { code: Some(code), .. } if self.learn(&code) => {}
            other @ (Answer::Done { .. }
            | Answer::Status { .. }
            | Answer::Continue(_)
            | Answer::List(_)
            | Answer::MailboxStatus { .. }
            | Answer::Search(_)
            | Answer::Capability(_)
            | Answer::Enabled(_)
            | Answer::Namespace(_)
            | Answer::MyRights { .. }
            | Answer::Quota(_)
            | Answer::QuotaRoot
            | Answer::CopyUid(_)
            | Answer::Other(_)
            | Answer::Garbage) => return Some(other),
        }
        None
    }

    fn learn(&mut self, code: &Code) -> bool {
        match code.name.as_str() {
            "UIDVALIDITY" => self.uid_validity = code.nonzero(),
            "UIDNEXT" => self.uid_next = code.nonzero().map(Uid),
            "HIGHESTMODSEQ" => self.highest_modseq = code.number().filter(|modseq| *modseq != 0),
            "NOMODSEQ" => self.highest_modseq = None,
            "PERMANENTFLAGS" => self.permanent_flags = Some(code.words()),
            "READ-ONLY" => self.read_only = true,
            // Everything before it was said of the folder that was open until now (RFC 7162, section 3.2.11).
            "CLOSED" => *self = Self::default(),
            "READ-WRITE" | "UNSEEN" => {}
            _ => return false,
        }
        true
    }

    /// What changed, if all of it is sure to be of this folder and since this time. A MODSEQ that went down means that
    /// the server lost what it knew (RL21).
    fn changes_since(&mut self, since: Since) -> Option<Changes> {
        let sound = self.uid_validity == Some(since.uid_validity.0)
            && self.highest_modseq.is_some_and(|modseq| modseq >= since.modseq);
        if !sound || self.other_open || self.too_many {
            return None;
        }
        self.changes.vanished = UidSet::from_ranges(std::mem::take(&mut self.vanished));
        Some(std::mem::take(&mut self.changes))
    }
}
