//! Whether what was asked for is so.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use posthaste::mail::list::Source;
use posthaste::protocol::{Command, Event, OpId, OpState, Priority};

use super::sim::{Act, Sim, Want};
use super::steps::{FOLDERS, OURS};
use crate::support::engine::all_of;
use crate::support::oracle::shown;
use crate::support::raw_client::Found;

/// Commands that change mail or folders.
const MUTATING: [&str; 11] = [
    "UID STORE",
    "UID COPY",
    "UID MOVE",
    "UID EXPUNGE",
    "EXPUNGE",
    "CREATE",
    "RENAME",
    "DELETE",
    "APPEND",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
];
/// Rounds after which the user opens what is still shown without a header. Until then most came by themselves: not after
/// a start, a BAD or a lost line, which leave it to the next hour.
const OPENED_AFTER: u32 = 10;

impl Sim {
    /// What the cache shows, without what is only marked as deleted.
    pub(super) fn here(&self) -> Vec<Found> {
        alive(shown(&self.run().reader))
    }

    /// Opens every message that is shown without a header.
    fn open_unreadable(&self) {
        let reader = &self.run().reader;
        for row in reader.folders().unwrap() {
            for detail in reader.list(Source::Folder(row.id), 1000).unwrap() {
                if detail.envelope.message_id.is_empty() {
                    self.send(Command::WantBody { message: detail.row.id, priority: Priority::Open, whole: false });
                }
            }
        }
    }

    /// Half a minute after the faults: the user sends again what was refused, and gives it up where that does not help.
    pub(super) fn round(&mut self, round: u32) {
        if self.running.is_none() {
            self.start();
        }
        if round.is_multiple_of(5) {
            self.world.kick();
        }
        let account = self.run().engine.accounts()[0].0;
        self.send(Command::Reconnect(account));
        self.send(Command::Refresh(None));
        // Flags that another client sets are told of by no count: a folder is looked at whole when it is opened.
        if round > 0 {
            for row in self.run().reader.folders().unwrap() {
                self.send(Command::Open(row.id));
            }
        }
        if round > OPENED_AFTER {
            self.open_unreadable();
        }
        self.pass(Duration::from_secs(30));
        for op in self.failed() {
            if round < 6 { self.retry(op) } else { self.discard(op) }
        }
    }

    /// O2; the error says what is not so.
    pub(super) fn in_step(&self) -> Result<(), String> {
        let waiting = self.desk(|files| files.journal.rows(1000).unwrap());
        let waiting: Vec<_> = waiting.into_iter().filter(|row| row.state != OpState::Done).collect();
        let counts = self.desk(|files| files.journal.counts().unwrap());
        let (here, there) = (self.here(), alive(all_of(&self.world)));
        if counts == (0, 0) && here == there {
            return Ok(());
        }
        let only = |these: &[Found], those: &[Found]| -> Vec<String> {
            these.iter().filter(|one| !those.contains(one)).map(|one| format!("{one:?}")).collect()
        };
        Err(format!(
            "not in step; only here: {:?}; only there: {:?}; {waiting:?}",
            only(&here, &there),
            only(&there, &here)
        ))
    }

    /// O1, invariant 9, and the model of what was asked for.
    pub fn judge(&self) -> Result<(), String> {
        let all = alive(all_of(&self.world));
        for (id, note) in &self.notes.borrow().all {
            let copies: Vec<&Found> = all.iter().filter(|found| found.message_id == format!("{id}@x")).collect();
            if copies.is_empty() && !note.may_vanish {
                return Err(format!("{id} is lost"));
            }
            if copies.len() > 1 + note.spare + self.halves(id) {
                return Err(format!("{id} is there {} times: {copies:?}", copies.len()));
            }
            let ([found], false) = (copies.as_slice(), note.disturbed || note.is_of_another(self.number)) else {
                continue;
            };
            self.wanted(id, found)?;
        }
        for (op, times) in &self.pressed {
            // Not kept: no end, but the answer to a command that was not taken, such as an undo of nothing.
            let end = |event: &&Event| {
                matches!(event, Event::OpDone(told) if told == op)
                    || matches!(event, Event::OpFailed { op: told, kept: true, .. } if told == op)
            };
            let ends: Vec<&Event> = self.events.iter().filter(end).collect();
            if ends.len() > *times {
                return Err(format!("{op:?} was pressed {times} times and ended as {ends:?}"));
            }
        }
        Ok(())
    }

    /// An undisturbed message is where its operations put it and has the flags that they gave it.
    fn wanted(&self, id: &str, found: &Found) -> Result<(), String> {
        let number: usize = id.trim_start_matches('m').parse().unwrap();
        let mut places: Option<BTreeSet<String>> =
            (number < 6).then(|| BTreeSet::from([FOLDERS[number % 3].to_owned()]));
        let mut flags: BTreeMap<&str, BTreeSet<bool>> =
            OURS.iter().map(|word| (*word, BTreeSet::from([false]))).collect();
        let mine: Vec<&Act> =
            self.acts.iter().filter(|act| act.ids.iter().any(|one| one == id) && self.is_queued(act.op)).collect();
        for (at, act) in mine.iter().enumerate() {
            let back = OpId(-act.op.0);
            let failed = self.failed_ever(act.op) || self.failed_ever(back);
            let asked = self.taken_back.contains(&act.op) || self.taken_back.contains(&back);
            if (failed || asked) && at + 1 < mine.len() {
                return Ok(());
            }
            let undone = self.events.iter().any(|event| matches!(event, Event::OpUndone(told) if *told == act.op));
            if undone && !failed {
                continue;
            }
            let sure = !failed && !asked;
            match &act.want {
                Want::Place(to) => match &mut places {
                    Some(places) if !sure => drop(places.insert(to.clone())),
                    Some(_) => places = Some(BTreeSet::from([to.clone()])),
                    None if sure => places = Some(BTreeSet::from([to.clone()])),
                    None => {}
                },
                Want::Word(word, on) => {
                    let values = flags.get_mut(word).unwrap();
                    if sure {
                        values.clear();
                    }
                    values.insert(*on);
                }
                Want::Other => return Ok(()),
            }
        }
        if let Some(places) = places
            && !places.contains(&found.folder)
        {
            return Err(format!("{id} is in {}, not in {places:?}", found.folder));
        }
        for (word, values) in flags {
            let has = found.flags.iter().any(|flag| flag == word);
            if !values.contains(&has) {
                return Err(format!("{id} has flags {:?}, but {word} should be {values:?}", found.flags));
            }
        }
        Ok(())
    }

    /// A move that is made of copies and was refused half-way shows its message twice. Where the user then moves either,
    /// and sends the first again, that one finds its copy no more and makes another: one more for each (P2).
    fn halves(&self, id: &str) -> usize {
        let of_it = |act: &&Act| matches!(act.want, Want::Place(_)) && act.ids.iter().any(|one| one == id);
        let moves: Vec<&Act> = self.acts.iter().filter(of_it).collect();
        if self.options.has("MOVE") || moves.len() < 2 {
            return 0;
        }
        moves.iter().filter(|act| self.failed_ever(act.op)).count()
    }

    fn is_queued(&self, op: OpId) -> bool {
        self.desk(move |files| files.journal.op(op).unwrap()).is_some()
    }

    /// One more start sends nothing that changes anything.
    pub fn once_more(&mut self) -> Result<(), String> {
        let before = self.here();
        self.kill();
        self.world.clear_commands();
        self.start();
        self.pass(Duration::from_mins(5));
        let log = self.world.commands();
        let changing = |line: &&String| {
            line.split_once(": ").is_some_and(|(_, verb)| MUTATING.iter().any(|name| verb.starts_with(name)))
        };
        let changes: Vec<&String> = log.iter().filter(changing).collect();
        if !changes.is_empty() {
            return Err(format!("one more start sends {changes:?}"));
        }
        if self.here() != before {
            return Err(format!("one more start shows {:?} after {before:?}", self.here()));
        }
        Ok(())
    }
}

/// Without what is marked as deleted: on a server without UIDPLUS an original may stay so (RL25).
fn alive(mut all: Vec<Found>) -> Vec<Found> {
    all.retain(|found| !found.flags.iter().any(|flag| flag == "\\Deleted"));
    all.sort();
    all
}
