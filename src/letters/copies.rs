//! Where the copies of a letter are in the Drafts of servers, and whose letter a draft there is.
//!
//! The engine writes it all down, but for two moments of the composer: a letter that is begun from a draft names it, and one
//! that was changed on another device is taken over from there.

use serde::{Deserialize, Serialize};

use super::files;
use super::{COPIES, Error, LETTER, Letters, MAX_LETTER, Result, failed, ids};
use crate::letter::{DraftCopy, Letter, LetterId};

/// The copies of a letter in the Drafts of servers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Copies {
    /// The account on whose server the newest is, by its name in the config.
    pub account: String,
    /// The newest of ours.
    pub newest: Option<DraftCopy>,
    /// What the newest holds, as [`digest`] says; `None`: that is not known.
    pub holds: Option<u64>,
    /// The revision of the newest; 0: it was found there.
    pub at: u64,
    /// The newest was written by us as everybody can read it.
    pub clear: bool,
    /// The newest has gone from there, and nobody here removed it: another device did, or sent the letter.
    pub left: bool,
    /// Those before it that are still to be removed, each with its account.
    pub old: Vec<(String, DraftCopy)>,
    /// Message-IDs that the letter had before, and that copies may bear still.
    pub names: Vec<String>,
    /// Chance by which the copies are known that this device wrote of this letter; 0: there was none yet.
    pub chance: u64,
    /// The last revision that was begun.
    pub revision: u64,
}

impl Copies {
    /// What stands in the copies that this device wrote of this letter, before their revision.
    pub fn stem(&self) -> String {
        format!("{:016x}.", self.chance)
    }

    /// What stands in the copy of the last revision.
    pub fn mark(&self) -> String {
        format!("{}{}", self.stem(), self.revision)
    }

    /// Those on the server of this account.
    pub fn of(&self, account: &str) -> Vec<DraftCopy> {
        let newest = self.newest.iter().filter(|_| self.account == account);
        let old = self.old.iter().filter(|(of, _)| of == account).map(|(_, copy)| copy);
        newest.chain(old).cloned().collect()
    }
}

/// Whose a draft on a server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// It is a copy of this letter, which is on the disk as new or newer: the letter is to be opened.
    Letter(LetterId),
    /// It is this letter as another device changed it, while here nothing was: it is to be recalled, and the letter taken
    /// over from it ([`Letters::take_over`]).
    Older(LetterId),
    /// Both this device and another one changed this letter: the one here is to be opened, and the user told that there are
    /// two. The other can be read, and a new letter be made of it.
    Rival(LetterId),
}

/// A number that tells two states of a letter apart, wherever its copies are (FNV-1a of its JSON).
pub fn digest(letter: &Letter) -> u64 {
    let json = serde_json::to_vec(&Letter { draft: None, ..letter.clone() }).unwrap_or_default();
    let add = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    json.iter().fold(0xcbf2_9ce4_8422_2325, add)
}

impl Letters {
    /// Which letter on this disk belongs to this draft on the server of an account; `None`: none does, and a letter may be
    /// begun from it. `there` says whether a copy is, as far as the cache knows, still in its folder.
    pub fn owner(
        &self,
        (account, message_id): (&str, &str),
        draft: &DraftCopy,
        there: impl Fn(&DraftCopy) -> bool,
    ) -> Option<Owner> {
        let mut kin = None;
        for letter in self.readable() {
            let copies = self.copies(letter.id);
            if copies.of(account).contains(draft) {
                return Some(Owner::Letter(letter.id));
            }
            if letter.message_id != message_id || letter.account != account {
                continue;
            }
            let left = copies.newest.as_ref().is_none_or(|newest| copies.account == account && !there(newest));
            let as_it_was = copies.newest.is_some() && copies.holds == Some(digest(&letter));
            kin = Some(if left && as_it_was { Owner::Older(letter.id) } else { Owner::Rival(letter.id) });
        }
        kin
    }

    /// Whether another device removed the draft of a letter, or sent it, and nothing was written here since it was there.
    pub fn is_left(&self, letter: &Letter) -> bool {
        let copies = self.copies(letter.id);
        copies.left && copies.holds == Some(digest(letter))
    }

    /// The letters that can be read, the oldest first. The others are left where they are, for [`Letters::list`] to find.
    pub fn readable(&self) -> Vec<Letter> {
        let read = |id: LetterId| {
            let bytes = files::read(&self.place(id).join(LETTER), MAX_LETTER).ok()?;
            let letter: Letter = serde_json::from_slice(&bytes).ok()?;
            (letter.id == id).then(|| Letter { draft: self.copies(id).newest, ..letter })
        };
        ids(&self.dir).into_iter().filter_map(read).collect()
    }

    /// Writes a letter in the place of what there was of it, as it was found on the server at [`Letter::draft`]: another
    /// device changed it.
    ///
    /// # Errors
    /// As [`Letters::keep`].
    pub fn take_over(&self, letter: &Letter) -> Result<()> {
        // The letter first: killed in between, what was found counts as somebody else's, and is not removed.
        self.keep(letter)?;
        self.note_copies(letter.id, &found(letter, self.copies(letter.id)))
    }

    /// Where the copies of a letter are in Drafts. What cannot be read counts as nowhere: then a copy is left on the server
    /// that the user sees, and none is removed that is not ours.
    pub fn copies(&self, id: LetterId) -> Copies {
        [self.place(id), self.gone(id)]
            .iter()
            .find_map(|place| files::read(&place.join(COPIES), MAX_LETTER).ok())
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    /// Notes where the copies are.
    ///
    /// # Errors
    /// `Missing`: the letter is gone. `Full` and `Io`: then what was noted before holds.
    pub fn note_copies(&self, id: LetterId, copies: &Copies) -> Result<()> {
        let task = "note where the draft is";
        let place = [self.place(id), self.gone(id)].into_iter().find(|place| place.is_dir()).ok_or(Error::Missing)?;
        let json = serde_json::to_vec(copies).map_err(|error| failed(task, &place, error.into()))?;
        files::replace(&place.join(COPIES), &json).map_err(|source| failed(task, &place, source))
    }
}

/// The copies of a letter that is as it was found on the server.
pub(super) fn found(letter: &Letter, before: Copies) -> Copies {
    Copies {
        account: letter.account.clone(),
        newest: letter.draft.clone(),
        holds: Some(digest(letter)),
        at: 0,
        clear: false,
        left: false,
        ..before
    }
}
