//! Letters that are written without the composer: answers to invitations, and mails that leave a mailing. Each is kept on the
//! disk; what comes of it is the engine's.

use super::{Bench, Profile};
use crate::compose::address::{parse, problem};
use crate::compose::mailto::Mailto as Link;
use crate::compose::{self, Desk, Start};
use crate::letter::style::{Identity, Style, Writer};
use crate::letter::{Kin, Letter, LetterId, Mailbox, Relation};
use crate::letters::Source;
use crate::mail::{AccountId, MessageId, UnixTime};
use crate::render;
use crate::render::facts::Answer;
use crate::render::unsubscribe::Mailto;
use crate::runtime::zone;
use crate::sync::account::now;

/// The file of an answer to an invitation.
const CALENDAR: (&str, &str) = ("answer.ics", "text/calendar; method=REPLY; charset=utf-8");

/// The letter, and not before when it is sent.
type Kept = (LetterId, UnixTime);

impl Bench {
    /// Writes the answer to an invitation.
    pub(super) fn answer(&self, message: MessageId, said: Answer) -> Result<Kept, String> {
        let account = self.materials.cache.row(message).ok().flatten().map(|row| row.account);
        let profile = self.profile(account)?;
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
        let letter = self.begin(profile, &answered.from, &link)?;
        let kin = Kin { of: vec![(message.0, Relation::Answer)], ..letter.kin };
        self.keep(profile, Letter { kin, ..letter }, Some(answered.ics.as_bytes()))
    }

    /// Writes the mail that leaves a mailing.
    pub(super) fn leave(&self, account: AccountId, mail: &Mailto) -> Result<Kept, String> {
        let profile = self.profile(Some(account))?;
        let to = parse(&mail.to);
        // Nobody but whom the user was shown.
        let [to] = to.mailboxes.as_slice() else { return Err(format!("{} is no address", mail.to)) };
        let link =
            Link { to: vec![to.clone()], subject: mail.subject.clone(), body: mail.body.clone(), ..Link::default() };
        let letter = self.begin(profile, profile.address(), &link)?;
        self.keep(profile, letter, None)
    }

    fn profile(&self, account: Option<AccountId>) -> Result<&Profile, String> {
        let found = self.materials.profiles.iter().find(|profile| Some(profile.account) == account);
        found.ok_or_else(|| "this account is not there any more".to_owned())
    }

    /// A letter as a link asks for it, without a signature.
    fn begin(&self, profile: &Profile, from: &str, link: &Link) -> Result<Letter, String> {
        if let Some(why) = problem(from) {
            return Err(format!("it cannot be from {from}: {why}"));
        }
        let mailbox = Mailbox { name: profile.full_name().to_owned(), address: from.to_owned() };
        let identities = vec![Identity { mailbox, signature: String::new() }];
        let writers = [Writer { account: profile.name.clone(), identities }];
        let id = self.materials.letters.next(now()).map_err(|error| error.to_string())?;
        let start = Start { id, now: now(), chance: rand::random() };
        let style = Style::default();
        let desk = Desk { writers: &writers, account: &profile.name, style: &style, zone: zone().clone(), start };
        Ok(compose::begin_from(link, &desk).letter)
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
