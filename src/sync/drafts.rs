//! Letters that are to lie in Drafts as they are on the disk, and letters that are discarded: part of the coordinator.
//!
//! To make the bytes of a draft may take a while, and nobody waits for that. What is made last counts, whoever is ready
//! first: each gets its number when its letter is read.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::letter::{Letter, LetterId};
use crate::letters::Letters;
use crate::mail::UnixTime;
use crate::protocol::Event;
use crate::safe_text::SafeText;
use crate::sync::account::{Account, Office};
use crate::sync::apply::drafts::{Task, Wish, begun, discard, hide, leave_behind, look, named, queue};
use crate::sync::apply::{Applied, Refusal};
use crate::sync::clock::Clock;
use crate::sync::coordinator::Coordinator;
use crate::sync::desk::{Desk, Files, Urgency};
use crate::sync::outlet::Outlet;
use crate::sync::post::Scribe;

/// What is needed to write a draft.
pub struct Writer {
    desk: Desk,
    outlet: Outlet,
    scribe: Arc<dyn Scribe>,
    clock: Clock,
    accounts: Vec<Arc<Account>>,
    generation: i64,
}

impl Coordinator {
    /// Has these letters in Drafts as they are on the disk.
    pub(super) fn keep_drafts(&mut self, letters: Vec<LetterId>) {
        let writer = self.writer();
        self.write(async move {
            for letter in letters {
                writer.keep(letter).await;
            }
        });
    }

    /// At the start: goes on with the drafts of runs before. What of that is not done at the end is left to the next start.
    pub(super) fn go_on_with_drafts(&self) -> JoinSet<()> {
        let writer = self.writer();
        let mut task = JoinSet::new();
        task.spawn(async move { writer.go_on().await });
        task
    }

    /// Discards a letter with its copies on servers, or brings it back.
    pub(super) async fn shelve(&mut self, letter: LetterId, there: bool) {
        let (writer, generation) = (self.writer(), self.generation);
        let job = move |files: &mut Files| {
            if there {
                let back = Letters::of(files.journal.dir()).restore(letter);
                return back.map(|back| (back, None)).map_err(|error| error.to_string());
            }
            match files.journal.post_of(letter) {
                Ok(None) => discard(files, generation, letter).map_err(|refusal| refusal.to_string()),
                Ok(Some(_)) => Err("a letter that is being sent cannot be discarded".to_owned()),
                Err(error) => Err(error.to_string()),
            }
        };
        match self.desk.run(Urgency::Now, job).await {
            Ok(Ok((done, applied))) => {
                writer.wake(applied);
                if done && there {
                    self.keep_drafts(vec![letter]);
                }
            }
            Ok(Err(why)) => writer.say(&why),
            Err(_) => {}
        }
        self.outlet.send(Event::Letter(letter));
    }

    fn writer(&self) -> Writer {
        Writer::new(&self.office, self.accounts.values().cloned().collect(), self.generation)
    }
}

impl Writer {
    /// One that has the queues of these accounts sent.
    pub fn new(office: &Office, accounts: Vec<Arc<Account>>, generation: i64) -> Self {
        Self {
            desk: office.desk.clone(),
            outlet: office.outlet.clone(),
            scribe: Arc::clone(&office.post.scribe),
            clock: office.clock.clone(),
            accounts,
            generation,
        }
    }

    /// Goes on with the drafts of runs before.
    pub async fn go_on(&self) {
        let Ok(letters) = self.desk.run(Urgency::Now, |files| begun(files)).await else { return };
        for letter in letters {
            self.keep(letter).await;
        }
    }

    /// Queues a copy of a letter as it is now, where it needs one.
    async fn keep(&self, id: LetterId) {
        let (now, generation) = (self.clock.now(), self.generation);
        let job = move |files: &mut Files| {
            let left = leave_behind(files, generation, id)?;
            let waiting = files.journal.drafts_of(id)?.into_iter().map(|step| step.account).collect();
            look(files, id).map(|wish| (wish, left, waiting))
        };
        let task = match self.desk.run(Urgency::Now, job).await {
            Ok(Ok((wish, left, waiting))) => {
                self.wake(left);
                self.wake_named(&waiting);
                match wish {
                    Wish::Nothing => return,
                    Wish::AsItIs => return self.outlet.send(Event::DraftKept { letter: id, at: now }),
                    Wish::Write(task) => *task,
                }
            }
            Ok(Err(refusal)) => return self.say(&format!("a draft is on this disk alone: {refusal}")),
            // The program is ending.
            Err(_) => return,
        };
        let scribe = Arc::clone(&self.scribe);
        let made = tokio::task::spawn_blocking(move || {
            let bytes = scribe.draft(&task.letter, &task.parts, now);
            (task, bytes)
        });
        let Ok((task, bytes)) = made.await else {
            return self.say("a letter could not be made into a draft, and is on this disk alone");
        };
        match bytes {
            Ok(bytes) => self.queue((task, bytes), now).await,
            Err(why) => self.stays_here(task.letter, &why).await,
        }
    }

    async fn queue(&self, (task, bytes): (Task, Vec<u8>), now: UnixTime) {
        let (generation, id) = (self.generation, task.letter.id);
        let words = named(&task.letter);
        let job = move |files: &mut Files| queue(files, generation, &task, &bytes, now);
        match self.desk.run(Urgency::Now, job).await {
            Ok(Ok(None)) | Err(_) => {}
            Ok(Ok(Some(applied))) => {
                self.wake(Some(applied));
                self.outlet.send(Event::DraftKept { letter: id, at: now });
            }
            Ok(Err(refusal)) => self.stay(&words, &refusal),
        }
    }

    /// A letter that cannot lie in Drafts.
    async fn stays_here(&self, letter: Letter, why: &str) {
        let words = named(&letter);
        if !letter.seal.encrypt {
            return self.say(&format!("the draft {words} is on this disk alone: {why}"));
        }
        tracing::info!("a draft stays on this disk: {why}");
        let generation = self.generation;
        let hidden = self.desk.run(Urgency::Now, move |files| hide(files, generation, &letter)).await;
        match hidden {
            Ok(Ok(Some(applied))) => {
                self.wake(Some(applied));
                self.say(&format!("the draft {words} is to be encrypted: what lies of it on the server is removed"));
            }
            Ok(Ok(None)) | Err(_) => {}
            Ok(Err(refusal)) => self.stay(&words, &refusal),
        }
    }

    fn stay(&self, words: &str, refusal: &Refusal) {
        self.say(&format!("the draft {words} is on this disk alone: {refusal}"));
    }

    /// Tells of folders that are shown now, and has the queues sent that have something.
    fn wake(&self, applied: Option<Applied>) {
        let Some(applied) = applied else { return };
        for account in self.accounts.iter().filter(|account| applied.accounts.contains(&account.id)) {
            if applied.folders_changed {
                self.outlet.send(Event::FoldersChanged(account.id));
            }
            account.want(|desires| desires.outbox = true);
        }
    }

    /// Has the queues of these accounts sent: what is in them may have been put there by another's connection.
    fn wake_named(&self, names: &BTreeSet<String>) {
        for account in self.accounts.iter().filter(|account| names.contains(account.name())) {
            account.want(|desires| desires.outbox = true);
        }
    }

    fn say(&self, text: &str) {
        self.outlet.send(Event::Activity { at: self.clock.now(), account: None, text: SafeText::new(text) });
    }
}
