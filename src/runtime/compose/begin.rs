//! Letters are begun: what they answer or hand on is read from the cache, what comes with them is attached, and they are on
//! the disk before anybody sees them.

use std::sync::Arc;

use super::clerk::{Clerk, Lack, Want, lack};
use super::drafts::copy_at;
use crate::app::compose::order::{Begun, How};
use crate::compose::checks::Facts;
use crate::compose::mailto;
use crate::compose::original::Original;
use crate::compose::{self, Answer, Carried, Desk, Start};
use crate::config::Config;
use crate::config::compose::{Encrypt, writers};
use crate::crypto::{self, Kind};
use crate::letter::style::Writer;
use crate::letter::{Letter, LetterId, Relation};
use crate::letters::Source;
use crate::letters::copies::Owner;
use crate::mail::MessageId;
use crate::mail::folder::Role;
use crate::runtime::zone;
use crate::safe_text::SafeText;
use crate::store::FolderInfo;
use crate::sync::account::now;

/// A mail that is answered or handed on.
pub(super) struct Mail {
    /// The account's name.
    pub(super) account: String,
    message: MessageId,
    /// As it came.
    pub(super) bytes: Vec<u8>,
    /// What was inside, where it was opened.
    pub(super) inside: Option<Arc<[u8]>>,
    /// Whether it was found to be encrypted when it was opened.
    opened_seal: bool,
}

impl Mail {
    /// What is answered: the header that servers saw, and the text that the user read.
    fn original(&self) -> Original {
        let outer = Original::read(&self.bytes, Some(self.message));
        match &self.inside {
            Some(inside) => Original { text: Original::read(inside, None).text, ..outer },
            None => outer,
        }
    }

    /// The bytes that have its text and its files.
    fn readable(&self) -> &[u8] {
        self.inside.as_deref().unwrap_or(&self.bytes)
    }

    /// By what it is encrypted. What only opening shows is within the signature of a CMS object.
    fn encryption(&self) -> Option<Kind> {
        crypto::encryption(&self.bytes).or_else(|| self.opened_seal.then_some(Kind::Smime))
    }

    /// What was sealed to the user does not go on in the open, be it opened here or not: the letter is encrypted, as far as the
    /// user does not say otherwise. Gives whether it was.
    fn pass_on_seal(&self, begun: &mut compose::Begun) -> bool {
        let Some(kind) = self.encryption() else { return false };
        begun.letter.seal.encrypt = true;
        begun.letter.seal.smime = kind == Kind::Smime;
        true
    }
}

/// Who writes, for one letter.
pub(super) struct Pen {
    config: Arc<Config>,
    writers: Vec<Writer>,
}

impl Pen {
    /// A desk in this account.
    pub(super) fn desk<'d>(&'d self, account: &'d str) -> Desk<'d> {
        // The number is given when there is something to keep.
        let start = Start { id: LetterId(0), now: now(), chance: rand::random() };
        Desk { writers: &self.writers, account, style: &self.config.compose.style, zone: zone().clone(), start }
    }
}

impl Clerk {
    /// Who writes now; signatures are what their files say at this moment.
    pub(super) fn pen(&self) -> Result<Pen, Lack> {
        let config = Arc::clone(&self.materials.config);
        let (writers, _) = writers(&config);
        if writers.is_empty() { lack("there is no account to write from") } else { Ok(Pen { config, writers }) }
    }

    /// Begins a letter, or finds one.
    pub(super) fn begin(&mut self, how: &How, account: &str) -> Result<Begun, Lack> {
        match how {
            How::Kept(id) => return self.kept(*id),
            How::Draft(message) => return self.draft(*message),
            How::New
            | How::Link(_)
            | How::Answer(..)
            | How::Forward(_)
            | How::ForwardAttached(_)
            | How::Bounce(_)
            | How::Anew(_) => {}
        }
        let pen = self.pen()?;
        let mut facts = Facts::default();
        let begun = match how {
            How::Link(link) => {
                let link = mailto::parse(link).map_err(|refused| refused.to_string())?;
                compose::begin_from(&link, &pen.desk(account))
            }
            How::Answer(message, answer) => {
                let mail = self.mail(*message, false)?;
                let (original, desk) = (mail.original(), pen.desk(&mail.account));
                let mut begun = compose::reply(&original, *answer, &desk).map_err(|problem| problem.to_string())?;
                facts.came_to = Some(desk.identity_for(&original).1.mailbox.address);
                facts.to_all = *answer == Answer::All;
                facts.was_sealed = mail.pass_on_seal(&mut begun);
                begun
            }
            How::Forward(message) => {
                let mail = self.mail(*message, true)?;
                let mut begun = compose::forward(&mail.original(), mail.readable(), &pen.desk(&mail.account));
                facts.was_sealed = mail.pass_on_seal(&mut begun);
                begun
            }
            How::ForwardAttached(messages) => {
                let mails = self.mails(messages, true)?;
                let originals: Vec<Original> = mails.iter().map(Mail::original).collect();
                let pairs: Vec<(&Original, &[u8])> =
                    originals.iter().zip(mails.iter().map(|mail| mail.bytes.as_slice())).collect();
                let account = mails.first().map_or(account, |mail| &mail.account);
                compose::forward_attached(&pairs, &pen.desk(account))
            }
            How::Bounce(message) => {
                let mail = self.mail(*message, true)?;
                compose::bounce(&mail.original(), &mail.bytes, &pen.desk(&mail.account))
            }
            How::Anew(message) => {
                let mail = self.mail(*message, true)?;
                let mut begun = compose::edit_as_new(mail.readable(), &pen.desk(&mail.account));
                if mail.inside.is_some() {
                    // Who got it stands in the header that servers saw.
                    let outer = compose::edit_as_new(&mail.bytes, &pen.desk(&mail.account)).letter;
                    begun.letter = Letter { text: std::mem::take(&mut begun.letter.text), ..outer };
                }
                facts.was_sealed = mail.pass_on_seal(&mut begun);
                begun
            }
            How::New | How::Kept(_) | How::Draft(_) => compose::begin(&pen.desk(account)),
        };
        facts.was_sealed &= self.may_be_open();
        self.store(begun, facts)
    }

    /// Whether a letter may go out in the open that does not say otherwise.
    fn may_be_open(&self) -> bool {
        self.materials.config.compose.sealing.encrypt != Encrypt::Always
    }

    /// Puts a letter that was begun on the disk, with what comes with it.
    pub(super) fn store(&self, begun: compose::Begun, facts: Facts) -> Result<Begun, Lack> {
        let compose::Begun { letter, cursor, hints, carried } = begun;
        let id = self.materials.letters.next(now())?;
        let stored = self.put(Letter { id, ..letter }, carried);
        match stored {
            Ok(letter) => Ok(Begun { letter, cursor, hints, facts }),
            Err(error) => {
                // Half a letter is none.
                drop(self.materials.letters.discard(id));
                Err(error)
            }
        }
    }

    /// Writes a letter in the place of what there was of it: another device changed its draft.
    pub(super) fn renew(&self, id: LetterId, begun: compose::Begun, facts: Facts) -> Result<Begun, Lack> {
        let compose::Begun { letter, cursor, hints, carried } = begun;
        let letter = self.stored(Letter { id, ..letter }, carried)?;
        self.materials.letters.take_over(&letter)?;
        Ok(Begun { letter, cursor, hints, facts })
    }

    fn put(&self, letter: Letter, carried: Vec<Carried>) -> Result<Letter, Lack> {
        let letter = self.stored(letter, carried)?;
        self.materials.letters.keep(&letter)?;
        Ok(letter)
    }

    /// The letter with what comes with it attached; it is not kept yet.
    fn stored(&self, mut letter: Letter, carried: Vec<Carried>) -> Result<Letter, Lack> {
        let letters = &self.materials.letters;
        for file in carried {
            let attached = letters.attach(letter.id, &file.name, &file.media_type, &Source::Bytes(&file.bytes))?;
            match &mut letter.resend {
                Some(name) => *name = attached.stored,
                None => letter.attachments.push(crate::letter::Attachment { inline: file.inline, ..attached }),
            }
        }
        Ok(letter)
    }

    /// A mail from the cache.
    pub(super) fn mail(&mut self, message: MessageId, whole: bool) -> Result<Mail, Lack> {
        let mails = self.mails(&[message], whole)?;
        mails.into_iter().next().ok_or_else(|| Lack::Words("this message is gone".to_owned()))
    }

    /// Mails from the cache; what is not there is wanted all at once.
    fn mails(&mut self, messages: &[MessageId], whole: bool) -> Result<Vec<Mail>, Lack> {
        let (mut mails, mut wants) = (Vec::new(), Vec::new());
        for message in messages {
            let Some(row) = self.cache()?.row(*message)? else { return lack("this message is gone") };
            match self.cache()?.body(*message)?.filter(|body| body.whole || !whole) {
                Some(body) => {
                    let account = self.account_name(row.account)?;
                    let opened = self.materials.opened.opened(*message);
                    let opened_seal = opened.as_ref().is_some_and(|opened| opened.encrypted);
                    let inside = opened.and_then(|opened| opened.inside);
                    mails.push(Mail { account, message: *message, bytes: body.bytes, inside, opened_seal });
                }
                None => wants.push(Want { message: *message, account: row.account, whole }),
            }
        }
        if wants.is_empty() { Ok(mails) } else { Err(Lack::Bodies(wants)) }
    }

    /// A letter that is on the disk, to go on with: as another device changed it, where nothing was changed here.
    pub(super) fn kept(&mut self, id: LetterId) -> Result<Begun, Lack> {
        let begun = self.as_it_is(id)?;
        match self.draft_elsewhere(&begun.letter)? {
            Some((draft, Owner::Older(_))) => self.draft(draft),
            Some(_) | None => Ok(begun),
        }
    }

    /// A letter as it is on the disk.
    pub(super) fn as_it_is(&mut self, id: LetterId) -> Result<Begun, Lack> {
        if self.journal()?.post_of(id)?.is_some() {
            return lack("this mail is on its way; call it back first");
        }
        let letter = self.materials.letters.load(id)?;
        let Some(mut letter) = letter else { return lack("this letter is not on the disk any more") };
        let mut hints = Vec::new();
        self.take_over(&mut letter, &mut hints)?;
        hints.extend(self.elsewhere(&letter)?);
        self.find_kin(&mut letter)?;
        let facts = self.facts(&letter);
        let cursor = self.pen().map_or(0, |pen| compose::goes_on_at(&letter, &pen.desk(&letter.account)));
        Ok(Begun { letter, cursor, hints, facts })
    }

    /// Where another device has this letter in Drafts, and whose that is.
    fn draft_elsewhere(&mut self, letter: &Letter) -> Result<Option<(MessageId, Owner)>, Lack> {
        let Some((message, folder)) = self.named(letter)? else { return Ok(None) };
        let in_drafts = folder.is_some_and(|folder| folder.row.role == Some(Role::Drafts));
        let placed = self.cache()?.places(&[message])?.into_iter().next().filter(|_| in_drafts);
        let Some(placed) = placed else { return Ok(None) };
        let Some(copy) = copy_at(&placed) else { return Ok(None) };
        let there = Letter { draft: Some(copy), ..letter.clone() };
        Ok(self.owner(Some(placed.account), &there)?.map(|owner| (message, owner)))
    }

    /// The newest mail of the letter's account that has its Message-ID, and the folder that shows it.
    fn named(&mut self, letter: &Letter) -> Result<Option<(MessageId, Option<FolderInfo>)>, Lack> {
        let cache = self.cache()?;
        let account = cache.accounts()?.into_iter().find(|(_, name)| *name == letter.account).map(|(id, _)| id);
        let Some(account) = account else { return Ok(None) };
        let Some(message) = cache.by_message_id(account, &letter.message_id)? else { return Ok(None) };
        let folder = match cache.row(message)? {
            Some(row) => cache.folder(row.folder)?,
            None => None,
        };
        Ok(Some((message, folder)))
    }

    /// What another device did with a letter, where that is known.
    fn elsewhere(&mut self, letter: &Letter) -> Result<Option<SafeText>, Lack> {
        let left = self.materials.letters.copies(letter.id).left;
        let role = self.named(letter)?.and_then(|(_, folder)| folder).and_then(|folder| folder.row.role);
        let words = match role {
            Some(Role::Sent) => "This was sent already: if you send it, it goes out once more",
            Some(Role::Drafts) if left => {
                "Another device changed this draft: its version is in Drafts, and this is the one of here"
            }
            _ if left => "Another device removed this draft, or sent it: this is what was here of it",
            _ => return Ok(None),
        };
        Ok(Some(SafeText::from_static(words)))
    }

    /// What is known besides a letter that was begun some other time.
    pub(super) fn facts(&mut self, letter: &Letter) -> Facts {
        let mut facts = Facts::default();
        // What is handed on attached goes as it is.
        let [(message, relation)] = letter.kin.messages().collect::<Vec<_>>()[..] else { return facts };
        if relation == Relation::Forward && !compose::hands_on(&letter.text) {
            return facts;
        }
        facts.to_all = relation == Relation::Answer && letter.to.len() + letter.cc.len() > 1;
        // What is not here is not fetched for this.
        let (Ok(mail), Ok(pen)) = (self.mail(message, false), self.pen()) else { return facts };
        if relation == Relation::Answer {
            facts.came_to = Some(pen.desk(&mail.account).identity_for(&mail.original()).1.mailbox.address);
        }
        facts.was_sealed = self.may_be_open() && mail.encryption().is_some();
        facts
    }

    /// Sees to it that the message which a letter is about is the one that it says: the cache may be another one since.
    pub(super) fn find_kin(&mut self, letter: &mut Letter) -> Result<(), Lack> {
        let [(id, relation)] = letter.kin.of[..] else { return Ok(()) };
        let kin = &letter.kin;
        let named = match relation {
            Relation::Answer => kin.in_reply_to.clone(),
            Relation::Forward => kin.references.last().cloned(),
        };
        let Some(named) = named else { return Ok(()) };
        let cache = self.cache()?;
        if cache.detail(MessageId(id))?.is_some_and(|detail| detail.envelope.message_id == named) {
            return Ok(());
        }
        letter.kin.of.clear();
        self.be_kin(letter, &named, relation)
    }

    /// Notes the message with this Message-ID as what a letter is about: in its own account, else in any.
    pub(super) fn be_kin(&mut self, letter: &mut Letter, named: &str, relation: Relation) -> Result<(), Lack> {
        let cache = self.cache()?;
        let mut accounts = cache.accounts()?;
        accounts.sort_by_key(|(_, name)| *name != letter.account);
        for (account, _) in accounts.into_iter().filter(|(account, _)| cache.roll().shows(*account)) {
            if let Some(message) = cache.by_message_id(account, named)? {
                letter.kin.of.push((message.0, relation));
                break;
            }
        }
        Ok(())
    }
}
