//! How letters are begun: who they go to, who they are from, how they hang together with what they answer.

use super::address::{folded, without_tag};
use super::original::Original;
use super::{Answer, Begun, Carried, Desk, Problem, header, quote};
use crate::letter::style::{Identity, Writer};
use crate::letter::{Kin, Letter, Mailbox, Relation, Seal};
use crate::mail::subject;
use crate::render::quotable;
use crate::safe_text::SafeText;

/// The longest name of a forwarded mail, in characters.
const LONGEST_NAME: usize = 60;

impl Desk<'_> {
    /// The writer of the account that the user is in, else the first one.
    fn writer(&self) -> Option<&Writer> {
        self.writers.iter().find(|writer| writer.account == self.account).or(self.writers.first())
    }

    /// Whether an address is the user's own, in any account.
    pub fn is_own(&self, address: &str) -> bool {
        let address = without_tag(address);
        let mut identities = self.writers.iter().flat_map(|writer| &writer.identities);
        identities.any(|identity| without_tag(&identity.mailbox.address) == address)
    }

    /// A letter with nothing in it yet.
    pub(super) fn blank(&self, account: &str, from: Mailbox) -> Letter {
        let message_id = super::message_id(&from.address, self.start.chance);
        Letter {
            id: self.start.id,
            account: account.to_owned(),
            from,
            to: Vec::new(),
            cc: Vec::new(),
            bcc: Vec::new(),
            reply_to: Vec::new(),
            subject: String::new(),
            text: String::new(),
            markdown: self.style.markdown,
            seal: Seal::default(),
            attachments: Vec::new(),
            kin: Kin::default(),
            message_id,
            draft: None,
            resend: None,
            begun: self.start.now.0,
        }
    }

    /// Who the user is where nothing says it: the account's own identity.
    pub(super) fn default_identity(&self) -> (String, Identity) {
        let writer = self.writer();
        let identity = writer.and_then(|writer| writer.identities.first()).cloned().unwrap_or_default();
        (writer.map(|writer| writer.account.clone()).unwrap_or_default(), identity)
    }

    /// Who the user is to those who got a message: the identity that it was addressed to, first in the account that it lies
    /// in, then in any other; an address in To or Cc comes before those that servers noted on the way, and one that is
    /// written out before one with another tag.
    pub fn identity_for(&self, original: &Original) -> (String, Identity) {
        let mut asked: Vec<&str> = Vec::new();
        if original.from.iter().any(|from| self.is_own(&from.address)) {
            asked.extend(original.from.iter().map(|from| from.address.as_str()));
        }
        let fields = [&original.to, &original.cc, &original.bcc];
        asked.extend(fields.into_iter().flatten().map(|mailbox| mailbox.address.as_str()));
        asked.extend(original.delivered_to.iter().map(String::as_str));
        let here = self.writers.iter().filter(|writer| writer.account == self.account);
        let elsewhere = self.writers.iter().filter(|writer| writer.account != self.account);
        for writer in here.chain(elsewhere) {
            for same in [folded, without_tag] as [fn(&str) -> String; 2] {
                for address in &asked {
                    let found = writer.identities.iter().find(|own| same(&own.mailbox.address) == same(address));
                    if let Some(identity) = found {
                        return (writer.account.clone(), identity.clone());
                    }
                }
            }
        }
        self.default_identity()
    }

    /// As [`Desk::identity_for`], for what is to come from the very address that the message came to: a list knows
    /// ada+list@example.org, and not ada@example.org. What servers noted counts where the fields do not name the identity; the
    /// last of them may have noted the box behind the tag.
    pub fn addressee(&self, original: &Original) -> (String, Identity) {
        let (account, mut identity) = self.identity_for(original);
        let own = folded(&identity.mailbox.address);
        let theirs = |address: &&str| without_tag(address) == own;
        let own_mail = original.from.iter().filter(|from| self.is_own(&from.address));
        let fields = own_mail.chain(&original.to).chain(&original.cc).chain(&original.bcc);
        let named: Vec<&str> = fields.map(|mailbox| mailbox.address.as_str()).filter(theirs).collect();
        let noted: Vec<&str> = original.delivered_to.iter().map(String::as_str).filter(theirs).collect();
        let found = if named.is_empty() {
            noted.iter().find(|address| folded(address) != own)
        } else {
            named.first().filter(|_| named.iter().all(|address| folded(address) != own))
        };
        if let Some(address) = found {
            (*address).clone_into(&mut identity.mailbox.address);
        }
        (account, identity)
    }

    fn without_own(&self, mailboxes: &[Mailbox]) -> Vec<Mailbox> {
        mailboxes.iter().filter(|mailbox| !self.is_own(&mailbox.address)).cloned().collect()
    }
}

/// See [`super::begin()`].
pub(super) fn new(desk: &Desk<'_>) -> Begun {
    let (account, identity) = desk.default_identity();
    let mut letter = desk.blank(&account, identity.mailbox.clone());
    letter.text = quote::with_signature("", &identity.signature);
    Begun { letter, cursor: 0, hints: Vec::new(), carried: Vec::new() }
}

/// See [`super::reply`].
pub(super) fn reply(original: &Original, answer: Answer, desk: &Desk<'_>) -> Result<Begun, Problem> {
    let (account, identity) = desk.addressee(original);
    let mut letter = desk.blank(&account, identity.mailbox.clone());
    let mut hints = Vec::new();
    let (to, cc) = recipients(original, answer, desk, &mut hints)?;
    let mut seen = std::collections::HashSet::new();
    let mut once = |mailboxes: Vec<Mailbox>| -> Vec<Mailbox> {
        mailboxes.into_iter().filter(|mailbox| seen.insert(folded(&mailbox.address))).collect()
    };
    letter.to = once(to);
    letter.cc = once(cc);
    if letter.to.is_empty() {
        std::mem::swap(&mut letter.to, &mut letter.cc);
    }
    letter.subject = subject::of_answer(&original.subject);
    letter.kin = kin(original, Relation::Answer);
    if !original.message_id.is_empty() {
        letter.kin.in_reply_to = Some(original.message_id.clone());
    }
    let (text, cursor) = quote::answer(original, &identity, desk);
    letter.text = text;
    Ok(Begun { letter, cursor, hints, carried: Vec::new() })
}

/// To and Cc of an answer (RFC 5322, section 3.6.3).
fn recipients(
    original: &Original,
    answer: Answer,
    desk: &Desk<'_>,
    hints: &mut Vec<SafeText>,
) -> Result<(Vec<Mailbox>, Vec<Mailbox>), Problem> {
    let own = original.from.iter().any(|from| desk.is_own(&from.address));
    match answer {
        Answer::List => {
            let list = original.list_post.clone().ok_or(Problem::NoList)?;
            Ok((vec![list], Vec::new()))
        }
        // An answer to one's own mail goes on to those who got it.
        Answer::Sender if own && !desk.without_own(&original.to).is_empty() => {
            Ok((desk.without_own(&original.to), Vec::new()))
        }
        Answer::Sender => Ok((to_writer(original, hints), Vec::new())),
        Answer::All if !original.mail_followup_to.is_empty() => {
            let to = desk.without_own(&original.mail_followup_to);
            let to = if to.is_empty() { to_writer(original, hints) } else { to };
            hint_of_strangers(original, &to, hints);
            Ok((to, Vec::new()))
        }
        Answer::All => {
            let mut to = if own { Vec::new() } else { to_writer(original, hints) };
            if !own && asks_for_list(original) {
                // The list put itself into Reply-To: the writer, who may not read the list, is still meant.
                to.extend(original.from.iter().cloned());
            }
            to.extend(original.to.iter().cloned());
            let (to, cc) = (desk.without_own(&to), desk.without_own(&original.cc));
            // A mail to oneself.
            let to = if to.is_empty() && cc.is_empty() { to_writer(original, hints) } else { to };
            Ok((to, cc))
        }
    }
}

/// Where an answer to the writer goes.
fn to_writer(original: &Original, hints: &mut Vec<SafeText>) -> Vec<Mailbox> {
    if !original.mail_reply_to.is_empty() {
        return original.mail_reply_to.clone();
    }
    if original.reply_to.is_empty() {
        return original.from.clone();
    }
    if asks_for_list(original) {
        let words = "This list has answers sent to everybody on it: yours goes to the list";
        hints.push(SafeText::from_static(words));
    } else {
        hint_of_strangers(original, &original.reply_to, hints);
    }
    original.reply_to.clone()
}

/// Whether Reply-To is the list itself ("munging"): where the mail names none, an address that it went to.
fn asks_for_list(original: &Original) -> bool {
    let among = |mailboxes: &[Mailbox], address: &str| mailboxes.iter().any(|one| folded(&one.address) == address);
    original.reply_to.iter().map(|mailbox| folded(&mailbox.address)).any(|address| match &original.list_post {
        Some(list) => folded(&list.address) == address,
        None => (among(&original.to, &address) || among(&original.cc, &address)) && !among(&original.from, &address),
    })
}

/// Says whom an answer goes to of whom the mail says nothing else: a wrong Reply-To is how answers are stolen (SP01).
fn hint_of_strangers(original: &Original, to: &[Mailbox], hints: &mut Vec<SafeText>) {
    let domain = |address: &str| folded(address).rsplit_once('@').map(|(_, domain)| domain.to_owned());
    let known: Vec<Option<String>> = [&original.from, &original.to, &original.cc]
        .into_iter()
        .flatten()
        .chain(&original.list_post)
        .map(|mailbox| domain(&mailbox.address))
        .collect();
    if let Some(stranger) = to.iter().find(|mailbox| !known.contains(&domain(&mailbox.address))) {
        hints.push(SafeText::new(&format!("The sender has answers sent elsewhere: {}", stranger.address)));
    }
}

fn kin(original: &Original, relation: Relation) -> Kin {
    Kin {
        in_reply_to: None,
        references: header::references(&original.references, &original.message_id),
        of: original.message.map(|id| (id.0, relation)).into_iter().collect(),
    }
}

/// See [`super::forward`].
pub(super) fn forward(original: &Original, bytes: &[u8], desk: &Desk<'_>) -> Begun {
    let (mut letter, identity) = handed_on(original, desk);
    letter.text = quote::forwarded(original, &quotable::text_beside_files(bytes), &identity, desk);
    let carried = super::recall::files(bytes);
    Begun { letter, cursor: 0, hints: Vec::new(), carried }
}

/// See [`super::forward_attached`].
pub(super) fn forward_attached(originals: &[(&Original, &[u8])], desk: &Desk<'_>) -> Begun {
    let Some((first, _)) = originals.first() else { return new(desk) };
    let (mut letter, identity) = handed_on(first, desk);
    letter.kin.of =
        originals.iter().filter_map(|(original, _)| Some((original.message?.0, Relation::Forward))).collect();
    if originals.len() > 1 {
        letter.subject = format!("Fwd: {} messages", originals.len());
        letter.kin.references.clear();
    }
    letter.text = quote::with_signature("", &identity.signature);
    let carried = originals.iter().map(|(original, bytes)| Carried {
        name: format!("{}.eml", name_of(&original.subject)),
        media_type: "message/rfc822".to_owned(),
        inline: false,
        bytes: bytes.to_vec(),
    });
    Begun { letter, cursor: 0, hints: Vec::new(), carried: carried.collect() }
}

/// A letter that hands a message on, without text.
fn handed_on(original: &Original, desk: &Desk<'_>) -> (Letter, Identity) {
    let (account, identity) = desk.identity_for(original);
    let mut letter = desk.blank(&account, identity.mailbox.clone());
    letter.subject = subject::of_forward(&original.subject);
    letter.kin = kin(original, Relation::Forward);
    (letter, identity)
}

/// See [`super::bounce`].
pub(super) fn bounce(original: &Original, bytes: &[u8], desk: &Desk<'_>) -> Begun {
    let (account, identity) = desk.identity_for(original);
    let mut letter = desk.blank(&account, identity.mailbox);
    letter.subject.clone_from(&original.subject);
    letter.kin.of = original.message.map(|id| (id.0, Relation::Forward)).into_iter().collect();
    let mail = Carried {
        name: "mail.eml".to_owned(),
        media_type: "message/rfc822".to_owned(),
        inline: false,
        bytes: bytes.to_vec(),
    };
    // The caller stores it, and names the file here.
    letter.resend = Some(String::new());
    Begun { letter, cursor: 0, hints: Vec::new(), carried: vec![mail] }
}

/// A file name that says what a message is about.
fn name_of(subject: &str) -> String {
    let fine = |c: char| if c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.') { c } else { ' ' };
    let name: String = subject.chars().map(fine).take(LONGEST_NAME).collect();
    let name = super::address::one_line(&name).trim_matches('.').trim().to_owned();
    if name.is_empty() { "message".to_owned() } else { name }
}
