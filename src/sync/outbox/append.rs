//! A mail added to a folder: APPEND, looked for first where an answer to it was lost (P2).

use super::{End, all};
use crate::imap::session::Mode as SelectMode;
use crate::journal::{SentMark, Step};
use crate::mail::UidValidity;
use crate::mail::flags::{DRAFT, Flags, SEEN};
use crate::mail::message::ServerPlace;
use crate::sync::account::Trouble;
use crate::sync::worker::Worker;

impl Worker {
    /// APPEND as a draft that was read.
    pub(super) async fn send_append(
        &mut self,
        batch: Vec<Step>,
        (to, message_id, mail): (&str, &str, &str),
    ) -> Result<(), Trouble> {
        let place = |uid_validity, uid| ServerPlace {
            account: self.account.config.name.clone(),
            folder: to.to_owned(),
            uid_validity,
            uid,
            message_id: message_id.to_owned(),
            size: mail.len() as u64,
        };
        let sought = place(UidValidity(0), None);
        if batch.iter().any(|step| step.sent.is_some())
            && let Ok(selected) = self.switch(to, SelectMode::ReadWrite).await?
            // Servers count its bytes in their own way.
            && let Some(uid) = self.by_message_id(&ServerPlace { size: 0, ..sought.clone() }).await?.first()
        {
            let there = ServerPlace { uid_validity: selected.uid_validity, uid: Some(*uid), ..sought };
            return self.settle(all(batch, &End::Done(Some(there)))).await;
        }
        let batch = self.mark(batch, &SentMark::default()).await?;
        if batch.is_empty() {
            return Ok(());
        }
        let flags = Flags { system: DRAFT | SEEN, ..Flags::default() };
        let end = match self.session.append(to, &flags, None, mail.as_bytes()).await {
            Ok(told) => {
                let told = told.map(|(validity, uid)| ServerPlace { uid_validity: validity, uid: Some(uid), ..sought });
                End::Done(told)
            }
            Err(error) if !error.fatal() => End::Failed(self.refused(&error)),
            Err(error) => return Err(error.into()),
        };
        self.soil_named(to);
        self.settle(all(batch, &end)).await
    }
}
