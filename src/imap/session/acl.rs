//! MYRIGHTS: what the user may do in a folder (RFC 4314, section 3.5).

use super::Session;
use super::folders::same_folder;
use crate::imap::answer::Answer;
use crate::imap::command::Command;
use crate::imap::error::Error;
use crate::mail::rights::Rights;

impl Session {
    /// What the user may do in these folders, in one turn; `None` for a folder of which the server does not say it, and
    /// for all of them without ACL.
    ///
    /// # Errors
    /// Fatal ones alone: a folder that is refused, or a server that does not understand, says nothing.
    pub async fn my_rights(&mut self, raws: &[String]) -> Result<Vec<Option<Rights>>, Error> {
        let mut rights: Vec<Option<Rights>> = vec![None; raws.len()];
        if raws.is_empty() || !self.capabilities.has("ACL") {
            return Ok(rights);
        }
        let commands: Result<Vec<Command>, Error> =
            raws.iter().map(|raw| Command::new("MYRIGHTS").string("MYRIGHTS", raw)).collect();
        // Answers nearly always come in the order of the questions.
        let mut next = 0;
        let mut take = |answer: Answer| {
            let Answer::MyRights { raw, rights: told } = answer else { return Some(answer) };
            let is_next = raws.get(next).is_some_and(|asked| same_folder(asked, &raw));
            let place = if is_next { Some(next) } else { raws.iter().position(|asked| same_folder(asked, &raw)) };
            if let Some(place) = place {
                next = place + 1;
                if let Some(slot) = rights.get_mut(place) {
                    *slot = Some(told);
                }
            }
            None
        };
        self.driver.run_all("MYRIGHTS", commands?, &mut take).await?;
        Ok(rights)
    }
}
