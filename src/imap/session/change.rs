//! What changes messages: STORE, MOVE, COPY, EXPUNGE.

use super::{CopyUid, MAX_SET, Session, StoreChange, flag_list};
use crate::imap::answer::Answer;
use crate::imap::command::Command;
use crate::imap::error::Error;
use crate::imap::folder_name;
use crate::imap::uid_set::UidSet;
use crate::mail::flags::Flag;
use crate::mail::labels;

/// The label that a flag is, where labels are no flags.
fn label_of(flag: &Flag) -> Option<String> {
    match flag {
        Flag::Keyword(keyword) if labels::is_label(keyword.as_str()) => Some(labels::decode(keyword.as_str())),
        Flag::Keyword(_) | Flag::System(_) => None,
    }
}

/// The labels among these flags as Gmail takes them: quoted, letters beyond ASCII as in names of folders.
fn label_list(flags: &[Flag]) -> Option<String> {
    let quoted = |label: String| {
        let name = folder_name::encode(&label).replace('\\', "\\\\").replace('"', "\\\"");
        // Nothing ends a quoted string early, or the line (PS24).
        let plain: String = name.chars().filter(|letter| (' '..='~').contains(letter)).collect();
        format!("\"{plain}\"")
    };
    let labels: Vec<String> = flags.iter().filter_map(label_of).map(quoted).collect();
    (!labels.is_empty()).then(|| format!("({})", labels.join(" ")))
}

impl Session {
    /// UID STORE: sets or clears flags, never a whole set of them (RFC 9051, section 6.4.6; RL30).
    pub async fn store(&mut self, set: &UidSet, change: StoreChange, flags: &[Flag]) -> Result<(), Error> {
        if flags.is_empty() {
            return Ok(());
        }
        let sign = match change {
            StoreChange::Add => '+',
            StoreChange::Remove => '-',
        };
        let labels = if self.labels_apart() { label_list(flags) } else { None };
        // A keyword of that name, which another client may have set, is to go too.
        let kept = |flag: &&Flag| labels.is_none() || change == StoreChange::Remove || label_of(flag).is_none();
        let flags: Vec<&Flag> = flags.iter().filter(kept).collect();
        let flags = (!flags.is_empty()).then(|| flag_list(flags));
        for piece in set.split_by_len(MAX_SET) {
            if let Some(flags) = &flags {
                let command = Command::new(format!("UID STORE {piece} {sign}FLAGS.SILENT {flags}"));
                self.driver.run_plain("UID STORE", command).await?;
            }
            if let Some(labels) = &labels {
                let command = Command::new(format!("UID STORE {piece} {sign}X-GM-LABELS {labels}"));
                self.driver.run_plain("UID STORE", command).await?;
            }
        }
        Ok(())
    }

    /// UID MOVE (RFC 6851). `None`: the server did not tell the new UIDs, or nothing was moved: an OK alone proves
    /// nothing (RL27).
    ///
    /// A set whose text is longer than 4,000 characters goes out in several commands; after an error, some of them may
    /// have been carried out.
    pub async fn uid_move(&mut self, set: &UidSet, to: &str) -> Result<Option<CopyUid>, Error> {
        self.transfer("UID MOVE", set, to).await
    }

    /// UID COPY (RFC 9051, section 6.4.7). The result is as for [`Session::uid_move`].
    pub async fn uid_copy(&mut self, set: &UidSet, to: &str) -> Result<Option<CopyUid>, Error> {
        self.transfer("UID COPY", set, to).await
    }

    /// UID EXPUNGE: removes those of these messages that are `\Deleted`, and no other (RFC 4315, section 2.1).
    pub async fn uid_expunge(&mut self, set: &UidSet) -> Result<(), Error> {
        for piece in set.split_by_len(MAX_SET) {
            self.driver.run_plain("UID EXPUNGE", Command::new(format!("UID EXPUNGE {piece}"))).await?;
        }
        Ok(())
    }

    /// EXPUNGE: removes every `\Deleted` message, other clients' too (RFC 9051, section 6.4.3; RL25).
    pub async fn expunge(&mut self) -> Result<(), Error> {
        self.driver.run_plain("EXPUNGE", Command::new("EXPUNGE")).await.map(drop)
    }

    async fn transfer(&mut self, verb: &'static str, set: &UidSet, to: &str) -> Result<Option<CopyUid>, Error> {
        let mut told: Option<CopyUid> = None;
        for piece in set.split_by_len(MAX_SET) {
            let command = Command::new(format!("{verb} {piece}")).string(verb, to)?;
            let mut copied: Option<CopyUid> = None;
            let mut take = |answer: Answer| {
                let found = if let Answer::CopyUid(copy) = &answer {
                    Some(copy.clone())
                } else if let Answer::Status { code: Some(code), .. } = &answer {
                    code.copy_uid()
                } else {
                    None
                };
                let other = found.is_none().then_some(answer);
                copied = found.or(copied.take());
                other
            };
            let done = self.driver.run(verb, command, &mut take).await?;
            // Dovecot tells it untagged, Gmail in the tagged OK, Exchange 2013 without any status (RL29).
            let copied = done.code.and_then(|code| code.copy_uid()).or(copied);
            let Some(mut copied) = copied else { continue };
            copied.pairs.retain(|(from, _)| piece.contains(*from));
            match &mut told {
                Some(told) if told.uid_validity == copied.uid_validity => told.pairs.append(&mut copied.pairs),
                Some(_) | None => told = Some(copied),
            }
        }
        Ok(told.filter(|told| !told.pairs.is_empty()))
    }
}
