//! APPEND (RFC 9051, section 6.3.12). Our own: async-imap's loses step when an untagged answer precedes the `+`.

use super::Session;
use crate::imap::command::Command;
use crate::imap::convert;
use crate::imap::error::Error;
use crate::mail::flags::{Flag, Flags};
use crate::mail::{Uid, UidValidity, UnixTime};

impl Session {
    /// Adds a message to a folder. The result is where it went, if the server tells (APPENDUID, RFC 4315).
    ///
    /// # Errors
    /// [`Error::Rejected`] with `TRYCREATE` when there is no such folder; [`Error::Closed`] or [`Error::Timeout`] when
    /// the connection was lost: the message may or may not be there.
    pub async fn append(
        &mut self,
        to: &str,
        flags: &Flags,
        date: Option<UnixTime>,
        bytes: &[u8],
    ) -> Result<Option<(UidValidity, Uid)>, Error> {
        let mut command = Command::new("APPEND").string("APPEND", to)?;
        let flags: Vec<Flag> = flags.iter().collect();
        if !flags.is_empty() {
            command = command.word(" ").word(&super::flag_list(&flags));
        }
        if let Some(date) = date {
            command = command.word(&format!(" \"{}\"", convert::append_date(date)));
        }
        let command = command.word(" ").literal(bytes.to_vec());
        let done = self.driver.run_plain("APPEND", command).await?;
        Ok(done.code.and_then(|code| code.append_uid()))
    }
}
