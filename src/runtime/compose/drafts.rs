//! A draft on the server becomes a letter, whichever program and device wrote it: one letter, which takes its place.

use std::sync::atomic::AtomicBool;

use super::begin::Mail;
use super::clerk::{Clerk, Lack, lack};
use crate::app::compose::order::Begun;
use crate::compose::{self, Desk, Recalled};
use crate::config::compose::Encrypt;
use crate::letter::{DraftCopy, Letter, LetterId};
use crate::letters::copies::Owner;
use crate::mail::{AccountId, MessageId};
use crate::render::protected::{self, Protected};
use crate::safe_text::SafeText;
use crate::store::Placed;

/// What is said where another program's draft is formatted: kept or sent, it is so no more.
const UNFORMATTED: &str =
    "Another program formatted this draft: when it is kept or sent here, only its text and files remain";

impl Clerk {
    /// The letter of a draft.
    pub(super) fn draft(&mut self, message: MessageId) -> Result<Begun, Lack> {
        let mail = self.mail(message, true)?;
        let pen = self.pen()?;
        let (recalled, sealed) = self.recalled(&mail, &pen.desk(&mail.account))?;
        let mut letter = recalled.letter;
        let placed = self.cache()?.places(&[message])?.into_iter().next();
        let account = placed.as_ref().map(|placed| placed.account);
        letter.draft = placed.as_ref().and_then(copy_at);
        let mut hints = Vec::new();
        let mut older = None;
        match self.owner(account, &letter)? {
            Some(Owner::Letter(found)) => return Err(Lack::Kept(self.go_on(found)?)),
            Some(Owner::Older(found)) => older = Some(self.go_on(found)?),
            Some(Owner::Rival(_)) => {
                // Two mails with one Message-ID: the second would count as sent with the first.
                letter.message_id = compose::begin(&pen.desk(&mail.account)).letter.message_id;
                let words = "There is another version of this draft on this computer: it stays as it is";
                hints.push(SafeText::from_static(words));
            }
            None => {}
        }
        if recalled.formatted {
            hints.push(SafeText::from_static(UNFORMATTED));
        }
        if let Some((named, relation)) = &recalled.about {
            self.be_kin(&mut letter, named, *relation)?;
        }
        // One of ours that does not say it lay there so because it may be encrypted in the end: the config says it here, too.
        let by_habit = recalled.ours && self.materials.config.compose.sealing.encrypt != Encrypt::Never;
        letter.seal.encrypt |= sealed && !by_habit;
        let facts = self.facts(&letter);
        let cursor = compose::goes_on_at(&letter, &pen.desk(&letter.account));
        let begun = compose::Begun { letter, cursor, hints, carried: recalled.carried };
        match older {
            Some(id) => self.renew(id, begun, facts),
            None => self.store(begun, facts),
        }
    }

    /// The letter that a draft holds, and whether it was encrypted.
    fn recalled(&self, mail: &Mail, desk: &Desk<'_>) -> Result<(Recalled, bool), Lack> {
        if let Some(inside) = &mail.inside {
            return Ok((compose::recall(&compose::opened(&mail.bytes, inside), desk), true));
        }
        let sealed = matches!(
            protected::find(&mail.bytes),
            Some(Protected::PgpEncrypted { .. } | Protected::SmimeOpaque { .. })
        );
        let recalled = self.materials.sealer().recall(&mail.bytes, desk, &AtomicBool::new(false));
        Ok((recalled.map_err(Lack::Words)?, sealed))
    }

    /// Whose a draft is that lies on the server.
    pub(super) fn owner(&mut self, account: Option<AccountId>, draft: &Letter) -> Result<Option<Owner>, Lack> {
        let (Some(account), Some(copy)) = (account, &draft.draft) else { return Ok(None) };
        let letters = self.materials.letters.clone();
        let cache = self.cache()?;
        let there = |copy: &DraftCopy| {
            let folder = cache.folder_by_raw(account, &copy.folder).ok().flatten();
            // What cannot be read counts as there: then nothing is taken over.
            folder.is_some_and(|folder| {
                cache.uids_within(folder, &[(copy.uid, copy.uid)]).map_or(true, |found| !found.is_empty())
            })
        };
        Ok(letters.owner((&draft.account, &draft.message_id), copy, there))
    }

    /// The letter that is there already, unless it is on its way. The thread that keeps letters opens it, behind what it has
    /// to keep.
    fn go_on(&mut self, letter: LetterId) -> Result<LetterId, Lack> {
        match self.journal()?.post_of(letter)? {
            Some(_) => lack("this draft is on its way as a mail; call it back first"),
            None => Ok(letter),
        }
    }
}

/// Where a mail lies on its server, if that has it.
pub(super) fn copy_at(placed: &Placed) -> Option<DraftCopy> {
    let place = &placed.place;
    Some(DraftCopy { uid: place.uid?.0, validity: place.uid_validity.0, folder: place.folder.clone() })
}

#[cfg(test)]
mod tests;
