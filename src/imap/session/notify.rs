//! NOTIFY (RFC 5465): the server tells what happens in every folder, so that none has to be asked.

use super::Session;
use crate::imap::command::Command;
use crate::imap::error::Error;

/// What is asked for, the richest first. Messages that go from the open folder are told when a command or IDLE allows
/// it; flags without new and expunged messages may not be asked for (RFC 5465, section 5).
const EVENTS: [&str; 2] = [
    "(MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange)",
    // Servers need not know of names (RFC 5465, section 5.4).
    "(MessageNew MessageExpunge FlagChange)",
];

impl Session {
    /// Asks the server to tell of changes in every personal folder. False: it does not offer that, or refuses it.
    ///
    /// The counts of every folder as they are now come at once, and later those of each folder that changes: as
    /// [`super::Unsolicited::Status`] in [`Session::take_unsolicited`], with the raw name, and they end
    /// [`Session::idle`]. Folders that come and go are [`super::Unsolicited::List`], where the server tells it. The
    /// open folder goes on to be told of as without NOTIFY. After [`super::Unsolicited::NotifyOverflow`] it has to be
    /// called again.
    ///
    /// # Errors
    /// Whatever ends the session; a refusal does not.
    pub async fn notify_all(&mut self) -> Result<bool, Error> {
        if !self.capabilities.has("NOTIFY") {
            return Ok(false);
        }
        for events in EVENTS {
            let selected = "(selected-delayed (MessageNew MessageExpunge FlagChange))";
            let command = Command::new(format!("NOTIFY SET STATUS {selected} (personal {events})"));
            match self.driver.run_optional("NOTIFY", command, &mut Some).await {
                Ok(_) => return Ok(true),
                Err(Error::Rejected { code, .. }) if code.as_deref() == Some("BADEVENT") => {}
                Err(error) if !error.fatal() => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }
}
