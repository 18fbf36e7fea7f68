//! Moves and copies: proved before, found again after a cut, never lost, never doubled (RL23-RL29).

use std::collections::{BTreeMap, HashMap};

use super::flags::{IGNORED, deleted};
use super::{End, Marking, all, uids};
use crate::imap::error::Error;
use crate::imap::session::{CopyUid, Identity, Mode as SelectMode, StoreChange};
use crate::imap::uid_set::UidSet;
use crate::journal::{SentMark, Step};
use crate::mail::flags::{DELETED, Flag};
use crate::mail::message::ServerPlace;
use crate::mail::{Uid, UidValidity};
use crate::sync::account::Trouble;
use crate::sync::worker::Worker;

/// The command with which the messages went out; written down before it is sent.
const MOVING: u8 = 0;
/// The copies are made.
const COPIED: u8 = 1;
/// The originals are marked \Deleted.
const MARKED: u8 = 2;

/// Why a message that left its folder is neither done nor gone.
const UNSEEN: &str = "it was sent, but the server refuses to show the folder that it was sent to";

/// Why a copy whose answer was lost is not made again by itself.
const TAKEN: &str = "it was sent, and no copy can be found: another client may have taken it on from there, and sent again \
                     it may be there twice";

/// A batch after its messages were looked at.
struct Proved {
    /// Those that are where they should be and are the ones meant.
    present: Vec<Step>,
    /// Those whose UID is empty now.
    absent: Vec<Step>,
}

/// Copies in the destination, by what identifies a message; each is used once.
struct Copies {
    validity: UidValidity,
    found: HashMap<(String, u64), Vec<Uid>>,
    /// The UID that the next message there will have.
    next: Option<Uid>,
    /// Something may have arrived there since and have gone again.
    left: bool,
}

impl Copies {
    fn take(&mut self, place: &ServerPlace) -> Option<Uid> {
        self.found.get_mut(&(place.message_id.clone(), place.size)).and_then(Vec::pop)
    }
}

impl Worker {
    /// Moves a batch.
    pub(super) async fn send_moves(&mut self, batch: Vec<Step>, to: &str) -> Result<(), Trouble> {
        let home = |step: &Step| step.place.as_ref().is_some_and(|place| place.folder == to);
        if batch.iter().all(home) {
            // Taken back before it ever left.
            return self.settle(all(batch, &End::Done(None))).await;
        }
        if let Some(mark) = self.goes_on(&batch) {
            return self.go_on(batch, to, mark).await;
        }
        let sent = batch.first().and_then(|step| step.sent);
        let Some(batch) = self.prepare(batch).await? else { return Ok(()) };
        let Some(source) = batch.first().and_then(|step| step.place.as_ref()).map(|place| place.folder.clone()) else {
            return Ok(());
        };
        let Proved { present, absent } = self.prove(batch).await?;
        if !absent.is_empty() {
            self.account_for(absent, to, sent.as_ref()).await?;
            self.soil_named(&source);
        }
        if present.is_empty() {
            return Ok(());
        }
        let by_move = self.session.capabilities().has("MOVE") && sent.as_ref().is_none_or(|mark| mark.phase == MOVING);
        if !by_move {
            return self.by_copy(present, &source, to, sent).await;
        }
        let Some(mark) = self.destination(&present, to, &source).await? else { return Ok(()) };
        let present = self.mark(present, &mark).await?;
        self.by_move(present, &source, to, mark).await
    }

    /// Moves a batch that follows on one which is not written down yet. That is done now, while the server is busy; and
    /// this one is marked as about to be sent while it is proved: cut between the two, it is looked at as if it had been.
    async fn go_on(&mut self, batch: Vec<Step>, to: &str, mark: SentMark) -> Result<(), Trouble> {
        let Some(source) = batch.first().and_then(|step| step.place.as_ref()).map(|place| place.folder.clone()) else {
            return Ok(());
        };
        let marking = self.begin_mark(&batch, &mark);
        let paying = self.pay();
        let sent = self.go_on_marked(batch, (&source, to), mark, marking).await;
        self.paid(paying).await?;
        sent
    }

    async fn go_on_marked(
        &mut self,
        batch: Vec<Step>,
        (source, to): (&str, &str),
        mark: SentMark,
        marking: Marking,
    ) -> Result<(), Trouble> {
        let proved = self.prove(batch).await;
        let marked = marking.done().await?;
        let Proved { present, absent } = proved?;
        if !absent.is_empty() {
            self.account_for(absent, to, None).await?;
            self.soil_named(source);
        }
        self.by_move(marked.of(present), source, to, mark).await
    }

    /// Looks at each message of a batch in the selected folder: is it there, is it the one meant (invariant 6)?
    async fn prove(&mut self, batch: Vec<Step>) -> Result<Proved, Trouble> {
        let identities: BTreeMap<Uid, Identity> =
            self.session.fetch_identity(&uids(&batch)).await?.into_iter().map(|one| (one.uid, one)).collect();
        let mut proved = Proved { present: Vec::new(), absent: Vec::new() };
        let mut wrong = Vec::new();
        for step in batch {
            let Some(place) = &step.place else { continue };
            match place.uid.and_then(|uid| identities.get(&uid)) {
                None => proved.absent.push(step),
                Some(identity) if same_message(place, identity) => proved.present.push(step),
                Some(_) => wrong.push((
                    step,
                    End::Failed("another message stands in its place on the server; nothing was done".into()),
                )),
            }
        }
        self.settle(wrong).await?;
        Ok(proved)
    }

    /// Messages that are not where they were: moved by our own command before a cut, or gone.
    async fn account_for(&mut self, absent: Vec<Step>, to: &str, sent: Option<&SentMark>) -> Result<(), Trouble> {
        let mut copies = None;
        if let Some(mark) = sent {
            copies = self.copies(to, mark).await?;
            if copies.is_none() {
                // Not gone: later operations on it must not be let go as if it were.
                return self.settle(all(absent, &End::Failed(UNSEEN.into()))).await;
            }
        }
        let ends = absent
            .into_iter()
            .map(|step| {
                let end = arrived(&step, to, copies.as_mut());
                (step, end)
            })
            .collect();
        self.settle(ends).await
    }

    /// Where the UIDs of the destination will begin for a batch that follows on one which is not written down yet and did
    /// the same from the same folder: after those that COPYUID named. Neither folder is opened or asked about once more.
    fn goes_on(&self, batch: &[Step]) -> Option<SentMark> {
        let source = batch.first()?.place.as_ref()?;
        let arrived = |(_, end): &(Step, End)| match end {
            End::Done(Some(place)) => place.uid.map(|uid| (uid, place.uid_validity)),
            End::Done(None) | End::Gone | End::Moot | End::Failed(_) => None,
        };
        let (last, validity) = self.owed.iter().filter_map(arrived).max_by_key(|(uid, _)| *uid)?;
        let next = SentMark {
            to_uid_next: Some(Uid(last.0.saturating_add(1))),
            to_uid_validity: Some(validity),
            phase: MOVING,
        };
        (self.session.writable(&source.folder) == Some(source.uid_validity)).then_some(next)
    }

    /// UID MOVE (RFC 6851).
    async fn by_move(&mut self, batch: Vec<Step>, source: &str, to: &str, mark: SentMark) -> Result<(), Trouble> {
        if batch.is_empty() {
            return Ok(());
        }
        let answer = self.session.uid_move(&uids(&batch), to).await;
        match answer {
            Ok(copied) => self.moved(batch, source, to, &mark, copied).await,
            Err(error) if !error.fatal() => {
                // A refusal may come after some were moved: each is looked at (RL28).
                let reason = self.refused(&error);
                self.after_refusal(batch, source, to, &mark, &reason).await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What an OK to MOVE is worth: COPYUID names the new places; without it the folders are looked at (RL27).
    async fn moved(
        &mut self,
        batch: Vec<Step>,
        source: &str,
        to: &str,
        mark: &SentMark,
        copied: Option<CopyUid>,
    ) -> Result<(), Trouble> {
        let (known, rest) = split(batch, to, copied.as_ref());
        self.soil_named(to);
        if rest.is_empty() {
            self.owe(known);
            return Ok(());
        }
        self.settle(known).await?;
        self.after_refusal(rest, source, to, mark, "the server said OK and did not move the message").await
    }

    /// Looks in both folders at what became of messages whose command brought no clear answer.
    async fn after_refusal(
        &mut self,
        batch: Vec<Step>,
        source: &str,
        to: &str,
        mark: &SentMark,
        reason: &str,
    ) -> Result<(), Trouble> {
        self.switch(source, SelectMode::ReadWrite).await??;
        let Proved { present, absent } = self.prove(batch).await?;
        self.settle(all(present, &End::Failed(reason.to_owned()))).await?;
        if absent.is_empty() {
            return Ok(());
        }
        self.soil_named(to);
        self.soil_named(source);
        self.account_for(absent, to, Some(mark)).await
    }

    /// COPY, \Deleted, EXPUNGE, for servers without MOVE; each phase is written down before the next (RL24).
    async fn by_copy(
        &mut self,
        batch: Vec<Step>,
        source: &str,
        to: &str,
        sent: Option<SentMark>,
    ) -> Result<(), Trouble> {
        let mark = match sent {
            Some(mark) => mark,
            None => match self.destination(&batch, to, source).await? {
                Some(mark) => mark,
                None => return Ok(()),
            },
        };
        let Some(placed) = self.copy_once(batch, source, to, &mark).await? else { return Ok(()) };
        let steps: Vec<Step> = placed.iter().map(|(step, _)| step.clone()).collect();
        let originals = uids(&steps);
        // On their way already: what is taken back from here on is done the other way round.
        self.mark(steps.clone(), &SentMark { phase: COPIED, ..mark }).await?;
        let stored = match self.store(source, &originals, &deleted()).await {
            Ok(stored) => stored,
            Err(error) if !error.fatal() => {
                let reason = format!("it was copied, but the original could not be removed: {}", self.refused(&error));
                return self.settle(all(steps, &End::Failed(reason))).await;
            }
            Err(error) => return Err(error.into()),
        };
        let (left, steps): (Vec<Step>, Vec<Step>) = steps.into_iter().partition(|step| stored.left(step, &deleted()));
        self.settle_ignored(left, &format!("it was copied, but the original could not be removed: {IGNORED}")).await?;
        if steps.is_empty() {
            return Ok(());
        }
        let originals = uids(&steps);
        let placed: Vec<_> = placed.into_iter().filter(|(step, _)| !stored.left(step, &deleted())).collect();
        self.mark(steps, &SentMark { phase: MARKED, ..mark }).await?;
        self.expunge_ours(&originals).await?;
        self.soil_named(to);
        self.settle(placed.into_iter().map(|(step, place)| (step, End::Done(Some(place)))).collect()).await
    }

    /// Copies those of a batch that have no copy yet. Gives every message with its copy's place; `None`: refused.
    async fn copy_once(
        &mut self,
        batch: Vec<Step>,
        source: &str,
        to: &str,
        mark: &SentMark,
    ) -> Result<Option<Vec<(Step, ServerPlace)>>, Trouble> {
        let mut placed = Vec::new();
        let mut left = Vec::new();
        let repeated = batch.iter().any(|step| step.sent.is_some());
        let mut copies = if repeated { self.copies(to, mark).await? } else { None };
        if repeated && copies.is_none() {
            // Copied again, they might be there twice.
            self.settle(all(batch, &End::Failed(UNSEEN.into()))).await?;
            return Ok(None);
        }
        for step in batch {
            match copies.as_mut().and_then(|copies| found(&step, to, copies)) {
                Some(place) => placed.push((step, place)),
                None => left.push(step),
            }
        }
        if repeated {
            self.switch(source, SelectMode::ReadWrite).await??;
        }
        if left.is_empty() {
            return Ok(Some(placed));
        }
        if mark.phase == MOVING
            && let Some(copies) = copies.filter(|copies| copies.left)
        {
            self.ask_again(left, mark, &copies).await?;
            return Ok((!placed.is_empty()).then_some(placed));
        }
        // Its copy was made, and is not where it was put: another client took it from there, or the server lost it. The
        // original carries our \Deleted, which a second copy would carry too and be expunged for by anybody.
        if mark.phase != MOVING
            && let Err(error) = self.session.store(&uids(&left), StoreChange::Remove, &[Flag::System(DELETED)]).await
        {
            if error.fatal() {
                return Err(error.into());
            }
            let reason = self.refused(&error);
            self.settle(all(left, &End::Failed(reason))).await?;
            return Ok((!placed.is_empty()).then_some(placed));
        }
        let left = self.mark(left, mark).await?;
        if left.is_empty() {
            return Ok((!placed.is_empty()).then_some(placed));
        }
        let answer = match self.session.uid_copy(&uids(&left), to).await {
            Ok(answer) => answer,
            Err(error) if !error.fatal() => {
                let reason = self.refused(&error);
                self.settle(all(left, &End::Failed(reason))).await?;
                return Ok((!placed.is_empty()).then_some(placed));
            }
            Err(error) => {
                if matches!(error, Error::Timeout { .. }) {
                    self.account.desires().await_late();
                }
                return Err(error.into());
            }
        };
        let (known, rest) = split(left, to, answer.as_ref());
        placed.extend(known.into_iter().filter_map(|(step, end)| match end {
            End::Done(Some(place)) => Some((step, place)),
            End::Done(None) | End::Gone | End::Moot | End::Failed(_) => None,
        }));
        if !rest.is_empty() {
            let mut copies = self.copies(to, mark).await?;
            let mut missing = Vec::new();
            for step in rest {
                match copies.as_mut().and_then(|copies| found(&step, to, copies)) {
                    Some(place) => placed.push((step, place)),
                    None => missing.push(step),
                }
            }
            self.switch(source, SelectMode::ReadWrite).await??;
            let reason = "the server said OK, but no copy can be found; the message was left where it is";
            self.settle(all(missing, &End::Failed(reason.into()))).await?;
        }
        Ok((!placed.is_empty()).then_some(placed))
    }

    /// Leaves it to the user whether to copy these again. If they do, only what arrives from now on counts.
    async fn ask_again(&mut self, batch: Vec<Step>, mark: &SentMark, copies: &Copies) -> Result<(), Trouble> {
        let from_now = SentMark { to_uid_next: copies.next, to_uid_validity: Some(copies.validity), ..*mark };
        let batch = self.mark(batch, &from_now).await?;
        self.settle(all(batch, &End::Failed(TAKEN.into()))).await
    }

    /// Copies a batch, once.
    pub(super) async fn send_copies(&mut self, batch: Vec<Step>, to: &str) -> Result<(), Trouble> {
        let sent = batch.first().and_then(|step| step.sent);
        let Some(batch) = self.prepare(batch).await? else { return Ok(()) };
        let Some(source) = batch.first().and_then(|step| step.place.as_ref()).map(|place| place.folder.clone()) else {
            return Ok(());
        };
        let Proved { present, absent } = self.prove(batch).await?;
        self.settle(all(absent, &End::Gone)).await?;
        if present.is_empty() {
            return Ok(());
        }
        let mark = match sent {
            Some(mark) => mark,
            None => match self.destination(&present, to, &source).await? {
                Some(mark) => mark,
                None => return Ok(()),
            },
        };
        let placed = self.copy_once(present, &source, to, &mark).await?;
        self.soil_named(to);
        let ends = placed.into_iter().flatten().map(|(step, place)| (step, End::Done(Some(place)))).collect();
        self.settle(ends).await
    }

    /// Removes a batch for ever: proved, marked, and only these expunged.
    pub(super) async fn send_deletes(&mut self, batch: Vec<Step>) -> Result<(), Trouble> {
        let Some(batch) = self.prepare(batch).await? else { return Ok(()) };
        let Proved { present, absent } = self.prove(batch).await?;
        // Not there any more is what was wanted.
        self.settle(all(absent, &End::Done(None))).await?;
        if present.is_empty() {
            return Ok(());
        }
        let present = self.mark(present, &SentMark { phase: MARKED, ..SentMark::default() }).await?;
        if present.is_empty() {
            return Ok(());
        }
        let Some(source) = present.first().and_then(|step| step.place.as_ref()).map(|place| place.folder.clone())
        else {
            return Ok(());
        };
        let stored = match self.store(&source, &uids(&present), &deleted()).await {
            Ok(stored) => stored,
            Err(error) if !error.fatal() => {
                let reason = self.refused(&error);
                return self.settle(all(present, &End::Failed(reason))).await;
            }
            Err(error) => return Err(error.into()),
        };
        let (left, present): (Vec<Step>, Vec<Step>) =
            present.into_iter().partition(|step| stored.left(step, &deleted()));
        self.settle_ignored(left, IGNORED).await?;
        if present.is_empty() {
            return Ok(());
        }
        self.expunge_ours(&uids(&present)).await?;
        self.settle(all(present, &End::Done(None))).await
    }

    /// Where the destination's UIDs will begin; made if it does not exist. `None`: it cannot be had, the batch failed.
    async fn destination(&mut self, batch: &[Step], to: &str, source: &str) -> Result<Option<SentMark>, Trouble> {
        let status = match self.session.status(to).await {
            Ok(status) => status,
            Err(refused) if !refused.fatal() => match self.make(to).await {
                Ok(status) => {
                    self.switch(source, SelectMode::ReadWrite).await??;
                    status
                }
                Err(error) if !error.fatal() => {
                    let reason = self.refused(&refused);
                    self.settle(all(batch.to_vec(), &End::Failed(reason))).await?;
                    return Ok(None);
                }
                Err(error) => return Err(error.into()),
            },
            Err(error) => return Err(error.into()),
        };
        Ok(Some(SentMark { to_uid_next: status.uid_next, to_uid_validity: status.uid_validity, phase: MOVING }))
    }

    pub(super) async fn make(&mut self, folder: &str) -> Result<crate::imap::session::Status, Error> {
        self.session.create(folder).await?;
        match self.session.subscribe(folder).await {
            Ok(()) => {}
            Err(error) if !error.fatal() => {}
            Err(error) => return Err(error),
        }
        self.account.desires().refresh = true;
        self.session.status(folder).await
    }

    /// What lies in the destination at or above the UIDNEXT that was written down. `None`: nobody can tell. Leaves the
    /// destination selected.
    async fn copies(&mut self, to: &str, mark: &SentMark) -> Result<Option<Copies>, Trouble> {
        let selected = match self.switch(to, SelectMode::ReadOnly).await? {
            Ok(selected) => selected,
            Err(error) if !error.fatal() => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let renumbered = mark.to_uid_validity.is_some_and(|validity| validity != selected.uid_validity);
        let first = mark.to_uid_next.filter(|_| !renumbered).unwrap_or(Uid(1));
        let mut found: HashMap<(String, u64), Vec<Uid>> = HashMap::new();
        let mut there: u32 = 0;
        let last = selected.uid_next.map_or(u32::MAX, |next| next.0.saturating_sub(1));
        if first.0 <= last {
            for one in self.session.fetch_identity(&UidSet::range(first, Uid(last))).await? {
                found.entry((one.message_id, one.size)).or_default().push(one.uid);
                there = there.saturating_add(1);
            }
        }
        for uids in found.values_mut() {
            uids.sort_unstable_by(|a, b| b.cmp(a));
        }
        // Numbered anew it may be another folder of that name, and the one that the copy was sent to is elsewhere.
        let gone = || selected.uid_next.is_some_and(|next| next.0.saturating_sub(first.0) > there);
        let left = renumbered || mark.to_uid_next.is_some() && gone();
        Ok(Some(Copies { validity: selected.uid_validity, found, next: selected.uid_next, left }))
    }
}

/// Steps whose new place COPYUID names, and the rest.
fn split(batch: Vec<Step>, to: &str, copied: Option<&CopyUid>) -> (Vec<(Step, End)>, Vec<Step>) {
    let pairs: HashMap<Uid, Uid> = copied.map(|copied| copied.pairs.iter().copied().collect()).unwrap_or_default();
    let mut known = Vec::new();
    let mut rest = Vec::new();
    for step in batch {
        let place = step.place.as_ref();
        match (place, place.and_then(|place| place.uid).and_then(|uid| pairs.get(&uid)), copied) {
            (Some(old), Some(uid), Some(copied)) => {
                let new = ServerPlace {
                    folder: to.to_owned(),
                    uid_validity: copied.uid_validity,
                    uid: Some(*uid),
                    ..old.clone()
                };
                known.push((step, End::Done(Some(new))));
            }
            _ => rest.push(step),
        }
    }
    (known, rest)
}

/// The copy of a step's message.
fn found(step: &Step, to: &str, copies: &mut Copies) -> Option<ServerPlace> {
    let old = step.place.as_ref()?;
    let uid = copies.take(old)?;
    Some(ServerPlace { folder: to.to_owned(), uid_validity: copies.validity, uid: Some(uid), ..old.clone() })
}

/// How a step whose message is no longer in its folder ended.
fn arrived(step: &Step, to: &str, copies: Option<&mut Copies>) -> End {
    match copies.and_then(|copies| found(step, to, copies)) {
        Some(place) => End::Done(Some(place)),
        None => End::Gone,
    }
}

/// Whether the message at a UID is the one that was meant: same Message-ID; without one, same size.
fn same_message(place: &ServerPlace, identity: &Identity) -> bool {
    if place.message_id.is_empty() {
        return identity.message_id.is_empty() && (place.size == 0 || identity.size == place.size);
    }
    identity.message_id == place.message_id
}
