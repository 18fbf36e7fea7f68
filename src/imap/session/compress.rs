//! COMPRESS=DEFLATE (RFC 4978).
//!
//! Nothing may be sent between COMPRESS and its answer, so that it costs a turn wherever something could be sent. It
//! goes out behind LIST, in the same packet: whoever lists folders needs the list before he can say anything more, and
//! the answer to COMPRESS comes with it. The first rows of a cold start are as many turns away as without it. A
//! connection that lists nothing asks when nobody waits ([`Session::compress`]); one that only watches does not ask:
//! what it hears in a day is not worth what compressing takes of the server's memory.
//!
//! It comes after the sign-in, so that no password is ever compressed together with what somebody else wrote.

use super::Session;
use crate::imap::command::Command;
use crate::imap::error::Error;

impl Session {
    /// Compression is wanted, if the server offers it.
    pub(crate) fn want_compress(&mut self) {
        self.compress = self.capabilities.has("COMPRESS=DEFLATE");
    }

    /// COMPRESS, if it is wanted and was not sent yet; to be sent as the last of a group of commands whose answers are
    /// waited for before anything else is said.
    pub(super) fn take_compress(&mut self) -> Option<Command> {
        std::mem::take(&mut self.compress).then(Command::compress)
    }

    /// Compresses all that follows, if that is wanted, offered and was not asked for yet; it takes a turn. A refusal,
    /// BAD included, changes nothing.
    ///
    /// # Errors
    /// Whatever ends the session.
    pub async fn compress(&mut self) -> Result<(), Error> {
        let Some(command) = self.take_compress() else { return Ok(()) };
        match self.driver.run_optional("COMPRESS", command, &mut Some).await {
            Err(error) if error.fatal() => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}
