//! What is on its way and waits for the user, and the letters that were not sent.

use super::clerk::{Clerk, Lack};
use crate::app::compose::order::{Stand, Unsent, Waiting};
use crate::compose::original::Original;
use crate::journal::{Post, Posting};
use crate::letter::{Letter, Mailbox};
use crate::mail::UnixTime;
use crate::safe_text::SafeText;
use crate::sync::post::Frozen;

/// Names that are listed of those who get a mail.
const NAMES: usize = 10;

impl Clerk {
    /// Mails in the order in which they are sent, and the letters that are not on their way, the newest first.
    pub(super) fn shelf(&mut self) -> Result<(Vec<Waiting>, Vec<Unsent>), Lack> {
        let journal = self.journal()?;
        let (posts, on_their_way) = (journal.posts()?, journal.mails()?.1);
        let outbox = posts.into_iter().filter_map(|post| self.waiting(post)).collect();
        let here = self.materials.letters.list()?;
        for place in here.damaged {
            self.materials.fail(&format!("a letter could not be read: it is kept in {}", place.display()));
        }
        let letters = self.materials.letters.clone();
        // One that another device sent or removed goes at the next start, when it is open nowhere.
        let is_here = |letter: &Letter| !on_their_way.contains(&letter.id) && !letters.is_left(letter);
        let unsent = here.letters.into_iter().filter(is_here);
        let mut letters: Vec<Unsent> = unsent.map(|letter| unsent_of(&letter)).collect();
        letters.sort_by_key(|unsent| std::cmp::Reverse((unsent.begun, unsent.letter)));
        Ok((outbox, letters))
    }

    /// A mail as the screen lists it.
    fn waiting(&self, post: Post) -> Option<Waiting> {
        let stand = match post.posting {
            Posting::Waits { why } => {
                Stand::Waits { at: UnixTime(post.mail.at), why: why.map(|why| SafeText::squeezed(&why)) }
            }
            Posting::Begun | Posting::Ending => Stand::Sending,
            Posting::Unknown { why, looked } => Stand::Unknown { why: SafeText::squeezed(&why), looked },
            Posting::Refused { why } => Stand::Refused(SafeText::squeezed(&why)),
            Posting::Sent { .. } | Posting::CalledBack => return None,
        };
        let frozen = Frozen { path: self.materials.data.join(&post.mail.file), skip: post.mail.skip };
        let size = std::fs::metadata(&frozen.path).map_or(0, |meta| meta.len().saturating_sub(frozen.skip));
        let (subject, to) = match self.materials.letters.load(post.mail.letter) {
            Ok(Some(letter)) => (SafeText::new(&letter.subject), names(everybody(&letter))),
            // A mail that was no letter: its own header says it.
            Ok(None) | Err(_) => match frozen.read() {
                Ok(bytes) => {
                    let original = Original::read(&bytes, None);
                    (SafeText::new(&original.subject), names(original.to.iter().chain(&original.cc)))
                }
                Err(_) => (SafeText::default(), SafeText::new(&post.mail.to.join(", "))),
            },
        };
        let (op, letter, account) = (post.op, post.mail.letter, SafeText::new(&post.account));
        Some(Waiting { op, letter, account, subject, to, size, stand })
    }
}

fn unsent_of(letter: &Letter) -> Unsent {
    Unsent {
        letter: letter.id,
        account: SafeText::new(&letter.account),
        subject: SafeText::new(&letter.subject),
        to: names(everybody(letter)),
        begun: UnixTime(letter.begun),
    }
}

fn everybody(letter: &Letter) -> impl Iterator<Item = &Mailbox> {
    letter.to.iter().chain(&letter.cc).chain(&letter.bcc)
}

/// Names, and addresses where there are none.
fn names<'m>(people: impl Iterator<Item = &'m Mailbox>) -> SafeText {
    let mut names: Vec<&str> = Vec::new();
    for one in people.take(NAMES) {
        names.push(if one.name.trim().is_empty() { &one.address } else { one.name.trim() });
    }
    SafeText::new(&names.join(", "))
}
