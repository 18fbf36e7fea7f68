//! Letters that are written without the composer: answers to invitations, and mails that leave a mailing. Each is kept on the
//! disk; what comes of it is the engine's.

use super::{Bench, Profile};
use crate::compose::address::{parse, problem};
use crate::compose::mailto::Mailto as Link;
use crate::compose::original::Original;
use crate::compose::{self, Desk, Start};
use crate::letter::style::{Identity, Style, Writer};
use crate::letter::{Kin, Letter, LetterId, Mailbox, Relation};
use crate::letters::Source;
use crate::mail::{AccountId, MessageId, UnixTime};
use crate::render;
use crate::render::facts::Answer;
use crate::render::unsubscribe::Mailto;
use crate::runtime::zone;
use crate::send::not_set_up;
use crate::sync::account::now;

/// The file of an answer to an invitation.
const CALENDAR: (&str, &str) = ("answer.ics", "text/calendar; method=REPLY; charset=utf-8");

/// The letter, and not before when it is sent.
type Kept = (LetterId, UnixTime);

impl Bench {
    /// Writes the answer to an invitation.
    pub(super) fn answer(&self, message: MessageId, said: Answer) -> Result<Kept, String> {
        let account = self.materials.cache.row(message).ok().flatten().map(|row| row.account);
        let profile = self.sender(account)?;
        let bytes = self.bytes(message).map_err(|reason| reason.to_string())?;
        let answered = render::answer(&bytes, &profile.addresses, said, now().0)
            .ok_or("this invitation names nobody whom an answer could go to")?;
        let detail = self.materials.cache.detail(message).ok().flatten();
        let id = detail.map(|detail| detail.envelope.message_id).filter(|id| !id.is_empty());
        let link = Link {
            to: vec![Mailbox { name: String::new(), address: answered.to }],
            subject: answered.subject,
            body: answered.text,
            in_reply_to: id,
            ..Link::default()
        };
        let from = Mailbox { name: profile.full_name().to_owned(), address: answered.from };
        let letter = self.begin(profile, from, &link)?;
        let kin = Kin { of: vec![(message.0, Relation::Answer)], ..letter.kin };
        self.keep(profile, Letter { kin, ..letter }, Some(answered.ics.as_bytes()))
    }

    /// Writes the mail that leaves a mailing, from whom this message of it came to: the list knows no other address.
    pub(super) fn leave(&self, account: AccountId, message: MessageId, mail: &Mailto) -> Result<Kept, String> {
        let profile = self.sender(Some(account))?;
        let to = parse(&mail.to);
        // Nobody but whom the user was shown.
        let [to] = to.mailboxes.as_slice() else { return Err(format!("{} is no address", mail.to)) };
        let link =
            Link { to: vec![to.clone()], subject: mail.subject.clone(), body: mail.body.clone(), ..Link::default() };
        let body = self.materials.cache.body(message).ok().flatten();
        let original = body.map(|body| Original::read(&body.bytes, Some(message))).unwrap_or_default();
        let writers = [writer(profile, profile.identities.clone())];
        let style = Style::default();
        let (_, identity) = desk(profile, &writers, &style, LetterId(0)).addressee(&original);
        let letter = self.begin(profile, identity.mailbox, &link)?;
        self.keep(profile, letter, None)
    }

    fn profile(&self, account: Option<AccountId>) -> Result<&Profile, String> {
        let found = self.materials.profiles.iter().find(|profile| Some(profile.account) == account);
        found.ok_or_else(|| "this account is not there any more".to_owned())
    }

    /// As [`Bench::profile`], of an account from which mail can be sent: nobody sees these letters before they are.
    fn sender(&self, account: Option<AccountId>) -> Result<&Profile, String> {
        let profile = self.profile(account)?;
        if profile.sends {
            return Ok(profile);
        }
        let (words, next) = not_set_up(&profile.name);
        Err(format!("{words}: {next}"))
    }

    /// A letter as a link asks for it, without a signature.
    fn begin(&self, profile: &Profile, from: Mailbox, link: &Link) -> Result<Letter, String> {
        if let Some(why) = problem(&from.address) {
            return Err(format!("it cannot be from {}: {why}", from.address));
        }
        let id = self.materials.letters.next(now()).map_err(|error| error.to_string())?;
        let (writers, style) = ([writer(profile, vec![from])], Style::default());
        Ok(compose::begin_from(link, &desk(profile, &writers, &style, id)).letter)
    }

    fn keep(&self, profile: &Profile, mut letter: Letter, calendar: Option<&[u8]>) -> Result<Kept, String> {
        let letters = &self.materials.letters;
        if let Some(bytes) = calendar {
            let (name, kind) = CALENDAR;
            let attached = letters.attach(letter.id, name, kind, &Source::Bytes(bytes));
            letter.attachments.push(attached.map_err(|error| error.to_string())?);
        }
        letters.keep(&letter).map_err(|error| error.to_string())?;
        Ok((letter.id, UnixTime(now().0.saturating_add(i64::from(profile.undo_seconds)))))
    }
}

/// Whoever writes for an account, without signatures.
fn writer(profile: &Profile, identities: Vec<Mailbox>) -> Writer {
    let unsigned = |mailbox| Identity { mailbox, signature: String::new() };
    Writer { account: profile.name.clone(), identities: identities.into_iter().map(unsigned).collect() }
}

fn desk<'d>(profile: &'d Profile, writers: &'d [Writer], style: &'d Style, id: LetterId) -> Desk<'d> {
    let start = Start { id, now: now(), chance: rand::random() };
    Desk { writers, account: &profile.name, style, zone: zone().clone(), start }
}
