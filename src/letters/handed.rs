//! Mails that another process hands to the one that owns the data directory: `posthaste send` beside a running screen.
//!
//! The letter is on the disk as any other. Beside it `handed/` has its mail, frozen, and then, renamed into place, a note that
//! says how it is to be sent: from then on it is the owner's, who queues it and takes both away. Until that is done it is
//! found again at every start.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Letters, MAX_ATTACHMENT, MAX_LETTER, Result, failed, files, freeze, ids};
use crate::dir_lock::{private_dir, sync_dir};
use crate::letter::LetterId;

const HANDED: &str = "handed";

/// A mail that is handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handed {
    /// The letter that it was made of.
    pub letter: LetterId,
    /// Not before this time, in seconds since 1970.
    pub at: Option<i64>,
    /// MAIL FROM.
    pub from: String,
    /// RCPT TO.
    pub to: Vec<String>,
    /// The Message-ID that stands in it, without angle brackets.
    pub message_id: String,
    /// Bytes of its file that do not go over the wire: Bcc.
    pub skip: u64,
}

impl Letters {
    /// Where they lie, made if it is not there: for whoever waits for them.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn tray(&self) -> Result<PathBuf> {
        let dir = self.dir.join(HANDED);
        private_dir(&dir).map_err(|source| failed("make a directory for mails", &dir, source))?;
        Ok(dir)
    }

    /// Hands a mail over whose letter is on the disk: it is the owner's when this returns.
    ///
    /// # Errors
    /// When the disk is full or fails; then nothing was handed over.
    pub fn hand(&self, handed: &Handed, mail: &[u8]) -> Result<()> {
        let task = "hand the mail over";
        let dir = self.tray()?;
        let (note, file) = (self.note_of(handed.letter), self.mail_of(handed.letter));
        let json = serde_json::to_vec(handed).map_err(|error| failed(task, &note, error.into()))?;
        freeze(&file, mail)?;
        files::replace(&note, &json).map_err(|source| failed(task, &dir, source))
    }

    /// What was handed over and not taken yet, the oldest first. A note that cannot be read is left where it is.
    pub fn handed(&self) -> Vec<Handed> {
        let note = |id: LetterId| {
            let json = files::read(&self.note_of(id), MAX_LETTER).ok()?;
            serde_json::from_slice::<Handed>(&json).ok().filter(|handed| handed.letter == id)
        };
        ids(&self.dir.join(HANDED)).into_iter().filter_map(note).collect()
    }

    /// The mail of one: Bcc, and then what goes over the wire.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn handed_mail(&self, id: LetterId) -> Result<Vec<u8>> {
        let path = self.mail_of(id);
        files::read(&path, MAX_ATTACHMENT).map_err(|source| failed("read a mail that was handed over", &path, source))
    }

    /// It was taken: it is in the journal, or will never be.
    ///
    /// # Errors
    /// When the note cannot be removed: it is looked at again then.
    pub fn taken(&self, id: LetterId) -> Result<()> {
        let note = self.note_of(id);
        match fs::remove_file(&note) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("take a mail", &note, error)),
            Ok(()) | Err(_) => {
                // Without its note it is nobody's.
                drop(fs::remove_file(self.mail_of(id)));
                drop(sync_dir(&self.dir.join(HANDED)));
                Ok(())
            }
        }
    }

    fn note_of(&self, id: LetterId) -> PathBuf {
        self.dir.join(HANDED).join(format!("{}-note.json", id.0))
    }

    fn mail_of(&self, id: LetterId) -> PathBuf {
        self.dir.join(HANDED).join(format!("{}-mail.eml", id.0))
    }
}
