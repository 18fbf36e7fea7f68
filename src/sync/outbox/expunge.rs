//! EXPUNGE that can take nobody else's mail (invariant 7).

use crate::imap::error::Error;
use crate::imap::session::Search;
use crate::imap::uid_set::UidSet;
use crate::sync::account::Trouble;
use crate::sync::worker::Worker;

impl Worker {
    /// Expunges these UIDs of the selected folder and no others. They are marked \Deleted already. Where that cannot be
    /// done they stay marked, and hidden here (RL25, RL26).
    pub(super) async fn expunge_ours(&mut self, ours: &UidSet) -> Result<(), Trouble> {
        if self.session.capabilities().has("UIDPLUS") {
            match self.session.uid_expunge(ours).await {
                Ok(()) => return Ok(()),
                // Proton Bridge offers UIDPLUS and refuses UID EXPUNGE (proton-bridge#123).
                Err(error) if !error.fatal() => {
                    self.account.activity(&format!("UID EXPUNGE was refused: {error}"));
                }
                Err(error) => return Err(error.into()),
            }
        }
        match self.expunge_alone(ours).await {
            Ok(true) => Ok(()),
            Ok(false) => {
                self.account
                    .activity("messages stay marked as deleted on the server: others' marked mail is beside them");
                Ok(())
            }
            Err(error) if !error.fatal() => {
                self.account.activity(&format!("messages stay marked as deleted on the server: {error}"));
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// EXPUNGE, if nothing but ours is marked. False: something else is.
    async fn expunge_alone(&mut self, ours: &UidSet) -> Result<bool, Error> {
        let marked = self.session.search(&Search::Deleted).await?;
        if !marked.difference(ours).is_empty() {
            return Ok(false);
        }
        self.session.expunge().await?;
        Ok(true)
    }
}
