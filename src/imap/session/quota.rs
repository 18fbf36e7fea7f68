//! GETQUOTAROOT: how full an account is (RFC 2087, RFC 9208).

use super::{Counts, Listed, Namespaces, Session};
use crate::imap::answer::Answer;
use crate::imap::command::Command;
use crate::imap::error::Error;
use crate::mail::quota::Quota;

impl Session {
    /// Every folder as [`Session::list`] tells it, and with the counts, in the same turn, how full the account is. Without
    /// QUOTA, or where the server does not say it: nothing.
    pub async fn list_with_quota(&mut self, counts: Counts) -> Result<(Vec<Listed>, Namespaces, Vec<Quota>), Error> {
        let mut inbox = Roots::default();
        let also = if counts == Counts::Told && self.capabilities.has("QUOTA") { vec![command()] } else { Vec::new() };
        let (listed, namespaces) = self.list_and(counts, also, &mut |answer| inbox.take(answer)).await?;
        Ok((listed, namespaces, inbox.quotas()))
    }

    /// How full the account is: what counts for the inbox. Without QUOTA: nothing.
    ///
    /// # Errors
    /// What the server says, a refusal included.
    pub async fn quota(&mut self) -> Result<Vec<Quota>, Error> {
        if !self.capabilities.has("QUOTA") {
            return Ok(Vec::new());
        }
        let mut inbox = Roots::default();
        self.driver.run("GETQUOTAROOT", command(), &mut |answer| inbox.take(answer)).await?;
        Ok(inbox.quotas())
    }
}

fn command() -> Command {
    Command::new("GETQUOTAROOT INBOX")
}

/// More resources than this are not kept: real servers count two or three.
const MAX_QUOTAS: usize = 100;

/// What comes in of quota roots.
#[derive(Default)]
struct Roots {
    quotas: Vec<Quota>,
}

impl Roots {
    fn take(&mut self, answer: Answer) -> Option<Answer> {
        if let Answer::Quota(quotas) = answer {
            for quota in quotas.into_iter().take(MAX_QUOTAS.saturating_sub(self.quotas.len())) {
                // Of two answers about one root the later counts.
                self.quotas.retain(|known| (&known.root, known.resource) != (&quota.root, quota.resource));
                self.quotas.push(quota);
            }
            return None;
        }
        if let Answer::QuotaRoot = answer { None } else { Some(answer) }
    }

    fn quotas(self) -> Vec<Quota> {
        self.quotas
    }
}
