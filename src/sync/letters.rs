//! Letters that are to be sent, and what the user says of mails on their way: part of the coordinator.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::compose::Built;
use crate::config::outgoing::SentCopy;
use crate::journal::Posting;
use crate::letter::{Letter, LetterId};
use crate::letters::{Letters, Parts};
use crate::mail::{AccountId, UnixTime};
use crate::protocol::{Event, OpId};
use crate::safe_text::SafeText;
use crate::sync::apply::handed::take_in;
use crate::sync::apply::send::{queue, sent, take};
use crate::sync::apply::{self, AWAY, Refusal};
use crate::sync::coordinator::{Coordinator, Tell, announce};
use crate::sync::desk::{Desk, Files, Urgency};
use crate::sync::mailer;
use crate::sync::outlet::Outlet;
use crate::sync::post::Scribe;

/// How long to wait until a mail that the disk did not let in is looked at again.
const AGAIN: Duration = Duration::from_secs(30);

impl Coordinator {
    /// Makes a mail of a letter and queues it. To make it may take a while, and nobody waits for that: other commands are
    /// served meanwhile.
    pub(super) fn send_letter(&mut self, op: OpId, letter: LetterId, at: Option<UnixTime>) {
        let (desk, outlet, generation) = (self.desk.clone(), self.outlet.clone(), self.generation);
        let scribe = Arc::clone(&self.office.post.scribe);
        let now = self.office.clock.now();
        let accounts: Vec<_> = self.accounts.values().cloned().collect();
        self.write(async move {
            let made = make(&desk, scribe, letter, now).await;
            let told = outlet.clone();
            let job = move |files: &mut Files| {
                let outcome =
                    made.and_then(|(letter, built)| queue(files, generation, op, &letter, &built, at.or(Some(now))));
                announce(&told, &outcome, op, Tell::Queued);
                outcome
            };
            match desk.run(Urgency::Now, job).await {
                Ok(Ok(applied)) => {
                    outlet.send(Event::Letter(letter));
                    for account in accounts.iter().filter(|account| applied.accounts.contains(&account.id)) {
                        outlet.send(Event::Outbox(account.id));
                        account.mail.notify_one();
                    }
                }
                Ok(Err(_)) => {}
                Err(gone) => {
                    let reason = SafeText::new(&gone.to_string());
                    outlet.send(Event::OpFailed { op, reason, kept: false });
                }
            }
        });
    }

    /// Begins to make a mail or a draft; nobody waits for it before the end.
    pub(super) fn write(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.scribes.retain(|task| !task.is_finished());
        self.scribes.push(tokio::spawn(task));
    }

    /// Queues what another process handed over. Gives when to look again, where the disk did not let all of it in.
    pub(super) async fn take_in(&self) -> Option<Instant> {
        let generation = self.generation;
        let taken = self.desk.run(Urgency::Now, move |files| take_in(files, generation)).await;
        let (taken, left) = taken.ok()?;
        for (letter, outcome) in taken {
            let (text, accounts) = match outcome {
                Ok(applied) => (format!("taken over from another posthaste: {}", applied.summary), applied.accounts),
                Err(why) => {
                    (format!("a mail of another posthaste was not sent, its letter is kept: {why}"), BTreeSet::new())
                }
            };
            self.outlet.send(Event::Activity {
                at: self.office.clock.now(),
                account: None,
                text: SafeText::new(&text),
            });
            self.outlet.send(Event::Letter(letter));
            for account in accounts.iter().filter_map(|id| self.accounts.get(id)) {
                self.outlet.send(Event::Outbox(account.id));
                account.mail.notify_one();
            }
        }
        left.then(|| Instant::now() + AGAIN)
    }

    /// Queues a click that leaves a mailing.
    pub(super) async fn click(&self, (op, id): (OpId, AccountId), url: String, host: String) {
        let Some(account) = self.accounts.get(&id) else {
            let outcome = Err(Refusal::Words(AWAY.to_owned()));
            return announce(&self.outlet, &outcome, op, Tell::Queued);
        };
        let wait = i64::from(account.config.outgoing.undo_seconds);
        let at = UnixTime(account.now().0.saturating_add(wait));
        let (name, generation) = (account.name().to_owned(), self.generation);
        let job = move |files: &mut Files| apply::click::queue(files, generation, op, &name, (&url, &host), at);
        self.act(op, Tell::Queued, job).await;
    }

    /// A mail that waits is due now.
    pub(super) async fn send_now(&self, op: OpId) {
        let now = self.office.clock.now();
        drop(self.desk.run(Urgency::Now, move |files| files.journal.send_at(op, now)).await);
        self.outbox_news(op).await;
    }

    /// The user says that a mail was sent.
    pub(super) async fn was_sent(&self, op: OpId) {
        let generation = self.generation;
        let copies: std::collections::BTreeMap<String, SentCopy> = self
            .accounts
            .values()
            .map(|account| (account.name().to_owned(), account.config.outgoing.sent_copy))
            .collect();
        let job = move |files: &mut Files| {
            let Some(post) = files.journal.post(op)? else { return Ok(None) };
            if !matches!(post.posting, Posting::Unknown { .. } | Posting::Refused { .. }) {
                return Ok(None);
            }
            let copy = copies.get(&post.account).copied().unwrap_or_default();
            let followed = sent(files, generation, &post, copy, "by the word of the user")?;
            Ok::<_, crate::sync::account::Trouble>(Some((post.account, followed)))
        };
        match self.desk.run(Urgency::Now, job).await {
            Ok(Ok(Some((name, followed)))) => {
                if let Some(account) = self.accounts.values().find(|account| account.name() == name) {
                    mailer::tell(account, followed);
                    self.outlet.send(Event::Outbox(account.id));
                }
            }
            Ok(Ok(None)) | Err(_) => {}
            Ok(Err(trouble)) => {
                let reason = SafeText::new(&trouble.to_string());
                self.outlet.send(Event::OpFailed { op, reason, kept: true });
            }
        }
    }

    /// Tells that a mail stands differently, and wakes who hands it over.
    pub(super) async fn outbox_news(&self, op: OpId) {
        let Ok(Ok(Some(post))) = self.desk.run(Urgency::Now, move |files| files.journal.post(op)).await else { return };
        self.outlet.send(Event::Letter(post.mail.letter));
        if let Some(account) = self.accounts.values().find(|account| account.name() == post.account) {
            self.outlet.send(Event::Outbox(account.id));
            account.mail.notify_one();
        }
    }
}

/// The mail of a letter that may be sent.
async fn make(desk: &Desk, scribe: Arc<dyn Scribe>, id: LetterId, now: UnixTime) -> Result<(Letter, Built), Refusal> {
    let gone = |_| Refusal::Words("the program is ending".to_owned());
    let (letter, parts): (Letter, Parts) = desk
        .run(Urgency::Now, move |files| {
            let parts = Letters::of(files.journal.dir()).parts(id);
            take(files, id).map(|letter| (letter, parts))
        })
        .await
        .map_err(gone)??;
    let made = tokio::task::spawn_blocking(move || scribe.mail(&letter, &parts, now).map(|built| (letter, built)));
    match made.await {
        Ok(made) => made.map_err(Refusal::Words),
        Err(_) => Err(Refusal::Words("this letter could not be made into a mail".to_owned())),
    }
}

/// What the user says of a mail is told to whoever shows letters.
pub(super) fn freed(outlet: &Outlet, files: &Files, op: OpId) {
    if let Ok(Some(post)) = files.journal.post(op) {
        outlet.send(Event::Letter(post.mail.letter));
    }
}
