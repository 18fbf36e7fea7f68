//! Seals letters: signs and encrypts them by PGP/MIME (RFC 3156) or S/MIME (RFC 8551), with the user's own keys.
//!
//! What will happen is said before it does ([`Sealer::outlook`]). A letter that is to be encrypted is encrypted to everybody
//! who gets it and to the sender, or is not made; nothing of it is written in clear but to the disk where the user writes it,
//! its drafts on the server neither. The header is not sealed: everybody on the way can read the subject.
//!
//! A passphrase is asked for by gpg-agent, never by us. Its prompt may need the terminal: [`Outlook::unlock`] is the command
//! that has it typed while nothing else is drawn there.

mod keys;
mod mime;

#[cfg(test)]
mod tests;

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::tz::TimeZone;

use crate::compose::{self, Built, Desk, Recalled, Stamp};
use crate::config::compose::{Compose, Encrypt};
use crate::crypto::make::{self, Lock, Recipients};
use crate::crypto::{self, Kind, Programs};
use crate::letter::{Letter, Seal};
use crate::letters::Parts;
use crate::mail::UnixTime;
use crate::render;
use crate::render::protected::{self, Protected};
use crate::safe_text::SafeText;
use crate::sync::account::now;
use crate::sync::post::{Clicker, Files, Network, Post, Scribe};
use keys::{Lack, Ring};

/// Makes mails of letters, sealed as the letter or the config says.
#[derive(Debug, Clone)]
pub struct Sealer {
    /// The programs.
    pub programs: Programs,
    /// What the config says of mails.
    pub habits: Compose,
}

/// What will happen to a letter when it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outlook {
    /// In words; empty: it is neither signed nor encrypted.
    pub words: SafeText,
    /// It cannot be sent like this; the words say why.
    pub blocking: bool,
    /// The address of the first who gets it for whom no key was found.
    pub keyless: Option<String>,
    /// A command for a shell that has the passphrase typed, to be run with the terminal for itself before the letter is sent.
    pub unlock: Option<String>,
    /// How that is: a letter that bears this seal is sent so, or not at all, whatever the keyring says then.
    pub seal: Seal,
}

/// What the config says of mails, as it is at the moment: it may be read anew while the program runs.
#[derive(Debug, Clone)]
pub struct Current(Arc<Mutex<Compose>>);

impl Current {
    /// It says this.
    pub fn new(habits: &Compose) -> Self {
        Self(Arc::new(Mutex::new(habits.clone())))
    }

    /// It says this from now on.
    pub fn set(&self, habits: &Compose) {
        habits.clone_into(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// What it says.
    pub fn get(&self) -> Compose {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Makes each mail as the config says when it is made.
struct Follower {
    programs: Programs,
    habits: Current,
}

impl Follower {
    fn sealer(&self) -> Sealer {
        Sealer { programs: self.programs.clone(), habits: self.habits.get() }
    }
}

impl Scribe for Follower {
    fn mail(&self, letter: &Letter, parts: &Parts, now: UnixTime) -> Result<Built, String> {
        self.sealer().mail(letter, parts, now)
    }

    fn draft(&self, letter: &Letter, parts: &Parts, now: UnixTime) -> Result<Vec<u8>, String> {
        self.sealer().draft(letter, parts, now)
    }
}

/// Who makes mails, who carries them, and who leaves mailings.
pub fn post(habits: Current, programs: Programs, clicker: Arc<dyn Clicker>) -> Post {
    Post { scribe: Arc::new(Follower { programs, habits }), carrier: Arc::new(Network), clicker }
}

impl Sealer {
    /// How a letter is sealed: as its writer says, else as the config does. `true`: it is encrypted if that can be.
    fn wanted(&self, letter: &Letter) -> (Seal, bool) {
        let habits = self.habits.sealing;
        let own = letter.seal;
        // What is sent again as it is bears the seal that it had.
        if letter.resend.is_some() {
            return (Seal::default(), false);
        }
        let chosen = own.sign || own.encrypt;
        let seal = Seal {
            sign: own.sign || habits.sign && !own.plain,
            encrypt: own.encrypt || habits.encrypt == Encrypt::Always,
            smime: if chosen { own.smime } else { habits.smime },
            plain: own.plain,
        };
        (seal, !seal.encrypt && !own.plain && habits.encrypt == Encrypt::WhenPossible)
    }

    /// How a letter is sealed, and with which keys; and why it is not encrypted, where some of those who get it could read it.
    fn plan(&self, letter: &Letter, cancel: &AtomicBool) -> (Seal, Ring, Option<String>) {
        let (mut seal, if_possible) = self.wanted(letter);
        let mut impossible = None;
        if if_possible && !letter_is_empty(letter) {
            let all = Seal { encrypt: true, ..seal };
            let ring = Ring::of(&self.programs, letter, all, now(), cancel);
            // Where nobody knows whether it is possible, it is not sent in clear.
            if ring.may_be_complete() {
                return (all, ring, None);
            }
            impossible = ring.knows_somebody().then(|| ring.lacks());
        }
        if !seal.sign && !seal.encrypt {
            seal = Seal::default();
        }
        (seal, Ring::of(&self.programs, letter, seal, now(), cancel), impossible)
    }

    /// What will happen when this letter is sent. Blocks: the programs are asked for keys.
    pub fn outlook(&self, letter: &Letter, cancel: &AtomicBool) -> Outlook {
        let (seal, ring, impossible) = self.plan(letter, cancel);
        if !seal.sign && !seal.encrypt {
            let words = impossible.map(|why| SafeText::new(&format!("Not encrypted: {why}")));
            return Outlook { words: words.unwrap_or_default(), ..Outlook::default() };
        }
        let kind = kind(seal);
        if !ring.is_complete() {
            let words = SafeText::new(&ring.lacks());
            return Outlook { words, blocking: true, keyless: ring.keyless, unlock: None, seal };
        }
        let locked = ring
            .signer
            .as_ref()
            .filter(|key| !key.grip.is_empty() && make::lock(&self.programs, &key.grip, cancel) == Lock::Locked);
        let mut words = ring.words(seal);
        if let Some(why) = impossible {
            words = format!("{words}; not encrypted: {why}");
        }
        if locked.is_some() {
            words.push_str("; your passphrase will be asked for");
        }
        let unlock = locked.and_then(|key| crypto::terminal::to_sign(kind, &key.fingerprint));
        Outlook { words: SafeText::new(&words), blocking: false, keyless: None, unlock, seal }
    }

    fn stamp(&self, now: UnixTime) -> Stamp {
        let agent = self.habits.user_agent.then(|| concat!("posthaste/", env!("CARGO_PKG_VERSION")).to_owned());
        let zone = if self.habits.utc_dates { TimeZone::UTC } else { TimeZone::system() };
        Stamp { now, zone, agent }
    }

    fn made(&self, letter: &Letter, parts: &Parts, at: UnixTime) -> Result<Built, String> {
        let never = AtomicBool::new(false);
        let (seal, ring, _) = self.plan(letter, &never);
        let (files, stamp) = (Files(parts), self.stamp(at));
        let said = |problem: compose::Problem| problem.to_string();
        if !seal.sign && !seal.encrypt {
            let plain = Letter { seal: Seal::default(), ..letter.clone() };
            return compose::build(&plain, &files, &stamp).map_err(said);
        }
        if !ring.is_complete() {
            return Err(ring.lacks());
        }
        let entity = compose::entity(letter, &files).map_err(said)?;
        let body = self.sealed(&entity, seal, &ring, &never)?;
        compose::envelop(letter, &body, &stamp).map_err(said)
    }

    /// The body that is sent in place of this one.
    fn sealed(&self, entity: &[u8], seal: Seal, ring: &Ring, cancel: &AtomicBool) -> Result<Vec<u8>, String> {
        let kind = kind(seal);
        let own = ring.signer.as_ref().filter(|_| seal.sign).map(|key| key.fingerprint.as_str());
        let with_signature = |key: &str| {
            let signed = make::sign(&self.programs, kind, key, entity, cancel)?;
            Ok::<_, String>(mime::signed(kind, entity, &signed))
        };
        match (seal.encrypt, own) {
            (false, Some(key)) => with_signature(key),
            (false, None) => Err("There is no key to sign it with".to_owned()),
            (true, own) if kind == Kind::Pgp => {
                let data = make::encrypt(&self.programs, kind, &ring.recipients(), own, entity, cancel)?;
                Ok(mime::encrypted(kind, &data))
            }
            (true, own) => {
                let inside = own.map(with_signature).transpose()?;
                let inside = inside.as_deref().unwrap_or(entity);
                let data = make::encrypt(&self.programs, kind, &ring.recipients(), None, inside, cancel)?;
                Ok(mime::encrypted(kind, &data))
            }
        }
    }

    fn drafted(&self, letter: &Letter, parts: &Parts, at: UnixTime) -> Result<Vec<u8>, String> {
        let (files, stamp) = (Files(parts), self.stamp(at));
        let said = |problem: compose::Problem| problem.to_string();
        let (seal, if_possible) = self.wanted(letter);
        let clear = || compose::draft(letter, &files, &stamp).map_err(said);
        if !seal.encrypt && !if_possible {
            return clear();
        }
        let never = AtomicBool::new(false);
        let own = match keys::own(&self.programs, &letter.from.address, kind(seal), now(), &never) {
            Ok(own) => own,
            // Then the mail will not be encrypted either. Whether those who get it have keys is no question here: they are
            // often written last.
            Err(Lack::None(_)) if if_possible => return clear(),
            Err(lack) => return Err(lack.words().to_owned()),
        };
        let entity = compose::entity(letter, &files).map_err(said)?;
        let to = Recipients { shown: vec![own.fingerprint], hidden: Vec::new() };
        let data = make::encrypt(&self.programs, kind(seal), &to, None, &entity, &never)?;
        Ok(compose::draft_of(letter, &mime::encrypted(kind(seal), &data), &stamp))
    }

    /// The letter of a draft, opened first where it is encrypted.
    ///
    /// # Errors
    /// Why it cannot be opened, in a sentence.
    pub fn recall(&self, bytes: &[u8], desk: &Desk<'_>, cancel: &AtomicBool) -> Result<Recalled, String> {
        let opened = match protected::find(bytes) {
            Some(Protected::PgpEncrypted { .. } | Protected::SmimeOpaque { .. }) => {
                let outcome = crypto::read(&self.programs, bytes, "", cancel).ok_or("It could not be opened")?;
                let Some(inside) = outcome.decrypted.filter(|_| outcome.encrypted) else { return Err(outcome.words) };
                Some(compose::opened(bytes, &inside))
            }
            Some(_) | None => None,
        };
        Ok(compose::recall(opened.as_deref().unwrap_or(bytes), desk))
    }
}

impl Scribe for Sealer {
    fn mail(&self, letter: &Letter, parts: &Parts, now: UnixTime) -> Result<Built, String> {
        on_large_stack(|| self.made(letter, parts, now))
    }

    fn draft(&self, letter: &Letter, parts: &Parts, now: UnixTime) -> Result<Vec<u8>, String> {
        on_large_stack(|| self.drafted(letter, parts, now))
    }
}

/// What is attached may be a mail, which is parsed.
fn on_large_stack<T: Send>(job: impl FnOnce() -> Result<T, String> + Send) -> Result<T, String> {
    render::run(job).map_err(|error| format!("The system gave no thread: {error}"))?
}

fn kind(seal: Seal) -> Kind {
    if seal.smime { Kind::Smime } else { Kind::Pgp }
}

fn letter_is_empty(letter: &Letter) -> bool {
    letter.to.is_empty() && letter.cc.is_empty() && letter.bcc.is_empty()
}
