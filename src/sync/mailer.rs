//! The mailer of an account: the task that hands its mails over, one after the other, on connections of its own, so that
//! neither triage waits for it nor it for triage.
//!
//! What it writes down, and when, is said in `journal/letters.rs`. A mail whose end may have gone out is never tried again by
//! itself, whatever came afterwards: an answer that was lost, a kill, a disk that was full when the answer was to be written
//! down (SN04).

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::journal::{Ended, Post, Posting, Try};
use crate::letter::Parcel;
use crate::mail::UnixTime;
use crate::protocol::{Event, OpState};
use crate::safe_text::SafeText;
use crate::send::error::{Error, Next};
use crate::send::gate::Gate;
use crate::sync::account::{Account, Mode, Trouble};
use crate::sync::apply::send::{Followed, sent};
use crate::sync::desk::{Files, Urgency};
use crate::sync::post::Frozen;

/// The clock on the wall may be set, and the computer may sleep: it is looked at so often while a mail waits for its time.
pub const LOOK: Duration = Duration::from_secs(30);
/// The first wait after a try that failed, and the longest, in seconds.
const WAIT: (i64, i64) = (60, 3600);
/// The least wait after a server that said "not now" (RFC 5321, section 4.5.4.1), in seconds.
const LATER: i64 = 300;
/// How long to wait between tries to write down what became of a mail, and how many there are in a run that ends by itself.
const PENCIL: Duration = Duration::from_secs(5);
const TRIES: u32 = 3;

/// Hands over what is due until the engine ends; in a run that ends by itself, what is due now, once.
pub async fn run(account: Arc<Account>, generation: i64) {
    let mailer = Mailer { account, generation };
    mailer.account.desires().posting = false;
    let (mut sorted, mut begins) = (false, true);
    loop {
        let next = match mailer.turn(sorted, begins).await {
            Ok(next) => {
                (sorted, begins) = (true, false);
                next
            }
            Err(Trouble::Gone(_)) => return,
            Err(trouble) => {
                mailer.account.activity(&format!("mails wait: {trouble}"));
                // A try may stand in the journal that is over.
                sorted = false;
                Some(LOOK)
            }
        };
        if mailer.account.mode != Mode::Live || mailer.account.desires().stop {
            return;
        }
        let rung = mailer.account.mail.notified();
        match next {
            Some(wait) => drop(tokio::time::timeout_at(Instant::now() + wait.min(LOOK), rung).await),
            None => rung.await,
        }
    }
}

struct Mailer {
    account: Arc<Account>,
    generation: i64,
}

/// The gate of a try: open once it is on the disk that the mail's end goes out.
struct Books<'a> {
    account: &'a Account,
    of: Try,
}

impl Gate for Books<'_> {
    fn pass(&self) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>> {
        Box::pin(async {
            let of = self.of;
            // Before it is written down: whoever ends the mailer in between would leave a mail of which nobody knows.
            self.account.desires().posting = true;
            let shut = match self.account.on_desk(Urgency::Now, move |files| files.journal.dot(of)).await {
                Ok(true) => return Ok(()),
                Ok(false) => "the mail was called back".to_owned(),
                Err(trouble) => format!("it could not be written down: {trouble}"),
            };
            self.account.desires().posting = false;
            Err(shut)
        })
    }
}

impl Mailer {
    /// Sorts what a run that ended in the middle left, unless that is done, and hands over what is due; as [`Mailer::look`].
    async fn turn(&self, sorted: bool, begins: bool) -> Result<Option<Duration>, Trouble> {
        if !sorted {
            self.recover().await?;
        }
        self.look(begins).await
    }

    /// Sorts what a run, or a try, that ended in the middle left.
    async fn recover(&self) -> Result<(), Trouble> {
        let name = self.account.name().to_owned();
        let waits = "the program ended while it was being sent";
        let unknown = "It is not known whether the mail was sent: the program ended before the server answered";
        let words = (waits, unknown);
        let ended = self.account.on_desk(Urgency::Now, move |files| files.journal.recover_mails(&name, words)).await?;
        for end in &ended {
            self.failed(end, unknown);
        }
        Ok(())
    }

    /// Hands over what is due. What did not reach the server is due when the mailer begins, and when the server took another
    /// mail. Gives how long it is until the next is; `None`: nothing waits.
    async fn look(&self, begins: bool) -> Result<Option<Duration>, Trouble> {
        let mut tried = std::collections::BTreeSet::new();
        // Once: what is asked for from now on is for the next look, since nothing is tried twice in one.
        let mut hurry = std::mem::take(&mut self.account.desires().hurry);
        let (mut reached, mut taken) = (begins, false);
        loop {
            if self.account.desires().stop {
                return Ok(None);
            }
            let name = self.account.name().to_owned();
            let waiting = self.account.on_desk(Urgency::Now, move |files| files.journal.outgoing(&name)).await?;
            let now = self.account.now().0;
            let soon = |post: &Post| hurry && post.tries > 0 || reached && post.mail.unreached;
            let at = |post: &Post| {
                if soon(post) && !tried.contains(&post.step) { now.min(post.mail.at) } else { post.mail.at }
            };
            let mut waiting: Vec<Post> =
                waiting.into_iter().filter(|post| matches!(post.posting, Posting::Waits { .. })).collect();
            waiting.sort_by_key(|post| (at(post), post.step));
            let next = waiting.iter().map(at).find(|at| *at > now);
            match waiting.into_iter().find(|post| at(post) <= now && !tried.contains(&post.step)) {
                Some(post) => {
                    tried.insert(post.step);
                    taken |= self.send(post).await?;
                }
                // The server is there: also for what did not get to it in this very look.
                None if taken => {
                    (hurry, reached, taken) = (false, true, false);
                    tried.clear();
                }
                None => {
                    return Ok(next.map(|at| Duration::from_secs(u64::try_from(at.saturating_sub(now)).unwrap_or(0))));
                }
            }
        }
    }

    /// Hands one mail over, and writes down what became of it. True: it was taken.
    async fn send(&self, post: Post) -> Result<bool, Trouble> {
        let step = post.step;
        let begun = self.account.on_desk(Urgency::Now, move |files| files.journal.begin_try(step)).await?;
        let Some(of) = begun else { return Ok(false) };
        let post = Post { tries: of.number, ..post };
        self.news();
        let outcome = self.carry(&post, of).await;
        crate::step::step("mailer: answered", "");
        let taken = outcome.is_ok();
        let noted = match outcome {
            Ok(said) => self.note_sent(&post, &said).await,
            Err(error) => self.note_failed(&post, of, &error).await,
        };
        self.account.desires().posting = false;
        self.news();
        noted.map(|()| taken)
    }

    async fn carry(&self, post: &Post, of: Try) -> Result<String, Error> {
        let (file, skip) = (post.mail.file.clone(), post.mail.skip);
        let read = self
            .account
            .desk
            .run(Urgency::Now, move |files| Frozen { path: files.journal.dir().join(file), skip }.read());
        let bytes = match read.await {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(error)) => return Err(Error::Unsendable(format!("the mail cannot be read from the disk: {error}"))),
            Err(gone) => return Err(Error::Closed { what: gone.to_string() }),
        };
        let parcel = Parcel {
            from: post.mail.from.clone(),
            to: post.mail.to.clone(),
            bytes,
            message_id: post.mail.message_id.clone(),
        };
        let gate = Books { account: &self.account, of };
        self.account.post.carrier.carry(&self.account, &parcel, &gate).await
    }

    /// Writes down what became of a mail, however long the disk takes: until then it stands as one that is being sent. A run
    /// that ends by itself gives up sooner; the next one sorts it. `what` says what became of it, for people.
    async fn note<R, E>(
        &self,
        what: &str,
        note: impl Fn(&mut Files) -> Result<R, E> + Clone + Send + 'static,
    ) -> Result<R, Trouble>
    where
        R: Send + 'static,
        E: Send + 'static,
        Trouble: From<E>,
    {
        let mut tries = 0_u32;
        loop {
            match self.account.on_desk(Urgency::Now, note.clone()).await {
                Ok(noted) => return Ok(noted),
                Err(Trouble::Gone(gone)) => return Err(gone.into()),
                Err(trouble) => {
                    tries = tries.saturating_add(1);
                    if self.account.mode != Mode::Live && tries >= TRIES {
                        return Err(trouble);
                    }
                    if tries == 1 {
                        let text = format!("a mail {what}, which could not be written down yet: {trouble}");
                        self.account.activity(&text);
                    }
                    tokio::time::sleep(PENCIL).await;
                }
            }
        }
    }

    async fn note_sent(&self, post: &Post, said: &str) -> Result<(), Trouble> {
        let (post, said, generation) = (post.clone(), said.to_owned(), self.generation);
        let copy = self.account.config.outgoing.sent_copy;
        let job = move |files: &mut Files| sent(files, generation, &post, copy, &said);
        tell(&self.account, self.note("was sent", job).await?);
        Ok(())
    }

    async fn note_failed(&self, post: &Post, of: Try, error: &Error) -> Result<(), Trouble> {
        let why = error.to_string();
        let wait = backoff(of.number);
        let next = match error.next() {
            Next::Soon => Some(wait),
            Next::Later => Some(wait.max(LATER)),
            // A new token was tried already.
            Next::Token | Next::SignIn | Next::Edit | Next::Ask => None,
        };
        if let Some(wait) = next {
            let next = UnixTime(self.account.now().0.saturating_add(wait));
            self.account.activity(&format!("a mail waits for the next try: {why}"));
            let unreached = error.next() == Next::Soon;
            let job = move |files: &mut Files| {
                let journal = &mut files.journal;
                if unreached { journal.unreached(of, &why, next) } else { journal.not_yet(of, &why, next) }
            };
            return self.note("was not sent", job).await;
        }
        let ask = error.next() == Next::Ask;
        let words = why.clone();
        let job = move |files: &mut Files| {
            if ask { files.journal.unknown(of, &words) } else { files.journal.refuse_mail(of, &words) }
        };
        let ended = self.note(if ask { "may have been sent" } else { "was refused" }, job).await?;
        tracing::info!(account = self.account.name(), op = post.op.0, "a mail was not sent: {why}");
        for end in &ended {
            self.failed(end, &why);
        }
        Ok(())
    }

    /// Tells of a mail that waits for the user. The working connection looks for it among what was sent.
    fn failed(&self, end: &Ended, why: &str) {
        if end.state == OpState::Failed {
            self.account.outlet.send(Event::OpFailed { op: end.op, reason: SafeText::new(why), kept: true });
        }
        self.account.want(|desires| desires.outbox = true);
    }

    fn news(&self) {
        self.account.outlet.send(Event::Outbox(self.account.id));
    }
}

/// Tells that a mail was sent, and has done what follows.
pub fn tell(account: &Account, followed: Followed) {
    for folder in followed.applied.iter().flat_map(|applied| &applied.folders) {
        account.folder_changed(*folder);
    }
    if let Some(applied) = followed.applied {
        if applied.folders_changed {
            account.outlet.send(Event::FoldersChanged(account.id));
        }
        if applied.accounts.iter().any(|id| *id != account.id) {
            // Its draft lies on the server of another account.
            account.errands.send(followed.letter).ok();
        }
    }
    for end in followed.ended {
        account.outlet.send(Event::OpDone(end.op));
    }
    if let Some(letter) = followed.done {
        account.outlet.send(Event::Letter(letter));
    }
    account.want(|desires| desires.outbox = true);
}

/// How long to wait after so many tries, in seconds.
pub fn backoff(tries: u32) -> i64 {
    let doublings = tries.saturating_sub(1).min(10);
    WAIT.0.saturating_mul(1 << doublings).min(WAIT.1)
}

#[cfg(test)]
mod tests {
    use super::backoff;

    /// SN06: a minute at first, and an hour at last.
    #[test]
    fn tries_come_seldomer() {
        let waits: Vec<i64> = [1, 2, 3, 6, 7, 60, u32::MAX].map(backoff).into();
        assert_eq!(waits, [60, 120, 240, 1920, 3600, 3600, 3600]);
    }
}
