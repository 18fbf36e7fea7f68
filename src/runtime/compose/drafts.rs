//! A draft on the server becomes a letter, whichever program and device wrote it: one letter, which takes its place.

use super::clerk::{Clerk, Lack, lack};
use crate::app::compose::order::Begun;
use crate::compose;
use crate::letter::{DraftCopy, Letter, LetterId};
use crate::mail::MessageId;
use crate::safe_text::SafeText;

/// What a letter on the disk is to a draft on the server.
enum Same {
    /// The draft is its copy: the letter is at least as new.
    Letter(LetterId),
    /// They have the same Message-ID, and something else wrote the draft.
    Other,
    /// There is none.
    None,
}

impl Clerk {
    /// The letter of a draft.
    pub(super) fn draft(&mut self, message: MessageId) -> Result<Begun, Lack> {
        let mail = self.mail(message, true)?;
        let pen = self.pen()?;
        let recalled = compose::recall(mail.inside.as_deref().unwrap_or(&mail.bytes), &pen.desk(&mail.account));
        let mut letter = recalled.letter;
        letter.draft = self.copy(message)?;
        let mut hints = Vec::new();
        match self.same(&letter)? {
            Same::Letter(found) => return Err(Lack::Kept(self.go_on(found)?)),
            Same::Other => {
                // Two mails with one Message-ID: the second would count as sent with the first.
                letter.message_id = compose::begin(&pen.desk(&mail.account)).letter.message_id;
                let words = "There is another version of this draft on this computer: it stays as it is";
                hints.push(SafeText::from_static(words));
            }
            Same::None => {}
        }
        if let Some((named, relation)) = &recalled.about {
            self.be_kin(&mut letter, named, *relation)?;
        }
        if mail.inside.is_some() {
            letter.seal.encrypt = true;
        }
        let facts = self.facts(&letter);
        self.store(compose::Begun { letter, cursor: 0, hints, carried: recalled.carried }, facts)
    }

    /// Where a draft is on the server, as far as it is known.
    fn copy(&mut self, message: MessageId) -> Result<Option<DraftCopy>, Lack> {
        let placed = self.cache()?.places(&[message])?.into_iter().next();
        Ok(placed.and_then(|placed| {
            let place = placed.place;
            Some(DraftCopy { uid: place.uid?.0, validity: place.uid_validity.0, folder: place.folder })
        }))
    }

    /// The letter on this disk that a draft is of.
    fn same(&self, draft: &Letter) -> Result<Same, Lack> {
        let letters = &self.materials.letters;
        let mut same = Same::None;
        for letter in letters.list()?.letters.into_iter().filter(|letter| letter.account == draft.account) {
            let copies = letters.copies(letter.id);
            let mut ours = letter.draft.iter().chain(&copies.newest).chain(copies.old.iter().map(|(_, copy)| copy));
            if draft.draft.is_some() && ours.any(|copy| draft.draft.as_ref() == Some(copy)) {
                return Ok(Same::Letter(letter.id));
            }
            if letter.message_id == draft.message_id {
                same = Same::Other;
            }
        }
        Ok(same)
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
