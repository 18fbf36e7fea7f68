//! UID FETCH: headers, flags, identities, bodies (RFC 9051, section 6.4.5).

use super::{Identity, MAX_SET, Marked, Session};
use crate::imap::answer::{Answer, FetchItem, Literal};
use crate::imap::command::Command;
use crate::imap::convert;
use crate::imap::driver::Take;
use crate::imap::error::Error;
use crate::imap::guard::{Limits, Oversize};
use crate::imap::uid_set::UidSet;
use crate::mail::Uid;
use crate::mail::flags::{DELETED, DRAFT, Flag, Flags};
use crate::mail::message::NewMessage;
use crate::priority;

/// The fields that a list, a thread and a reader's head need.
const HEADERS: &str = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (DATE FROM REPLY-TO TO CC SUBJECT \
    MESSAGE-ID IN-REPLY-TO REFERENCES CONTENT-TYPE LIST-ID)])";
/// The same of Gmail, whose labels are no flags.
const LABELLED: &str = "(UID FLAGS X-GM-LABELS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (DATE FROM REPLY-TO TO CC SUBJECT \
    MESSAGE-ID IN-REPLY-TO REFERENCES CONTENT-TYPE LIST-ID)])";
/// Headers after which others are let pass.
const TURN: u32 = 16;
/// The largest message that is fetched in one piece; larger ones by [`Session::fetch_range`].
pub const MAX_BODY: u64 = 64 * 1024 * 1024;

impl Session {
    /// What is asked of a message for lists.
    pub(super) fn headers(&self) -> &'static str {
        if self.labels_apart() { LABELLED } else { HEADERS }
    }

    /// Fetches headers and calls `sink` for each message as it comes, in the server's order.
    ///
    /// Only UIDs of `set` count, each once, the first whole answer (PS34). Returned are UIDs that came but could not
    /// be read: they get a placeholder, not another try at once (RL40). A UID that is neither passed on nor returned
    /// is not there, as far as the server says now.
    ///
    /// # Errors
    /// Any [`Error`]; what `sink` got before it is sound, what it did not get is unknown (RL02, RL03).
    pub async fn fetch_headers(
        &mut self,
        set: &UidSet,
        sink: &mut (dyn FnMut(NewMessage) + Send),
    ) -> Result<UidSet, Error> {
        self.fetch_headers_before(set, &UidSet::new(), sink).await
    }

    /// [`Session::fetch_headers`], and asks for the headers of `next` at once, so that the server goes on without a pause.
    /// The next call should be for exactly that set; its answers mean nothing after any other command.
    ///
    /// # Errors
    /// As [`Session::fetch_headers`].
    pub async fn fetch_headers_before(
        &mut self,
        set: &UidSet,
        next: &UidSet,
        sink: &mut (dyn FnMut(NewMessage) + Send),
    ) -> Result<UidSet, Error> {
        self.driver.limit(Limits::default());
        let mut done = UidSet::new();
        let mut unreadable = UidSet::new();
        let (early, mut earlier) = (std::mem::take(&mut self.early), Vec::new());
        let mut turn = 0_u32;
        let mut take = |answer: Answer| {
            let (uid, mut item) = match wanted(answer, set) {
                Wanted::Yes(uid, item) if !done.contains(uid) => (uid, item),
                Wanted::Yes(_, item) => return flags_only(item),
                Wanted::No(Answer::Fetch(item)) if item.uid.is_some_and(|uid| next.contains(uid)) => {
                    // Both commands are under way: a server may answer them in any order (RFC 9051, section 5.5).
                    earlier.push(item);
                    return None;
                }
                Wanted::No(answer) => return Some(answer),
            };
            match item.body.take() {
                Some(Literal::Bytes(header)) if !item.broken => {
                    done.insert(uid);
                    unreadable.remove(uid);
                    sink(new_message(uid, item, &header));
                    // Others have their turn while answers come faster than they are read.
                    turn = turn.wrapping_add(1);
                    if turn.is_multiple_of(TURN) {
                        priority::let_pass();
                    }
                    None
                }
                None if !item.broken => flags_only(item),
                Some(_) | None => {
                    unreadable.insert(uid);
                    None
                }
            }
        };
        for item in early {
            take(Answer::Fetch(item));
        }
        let headers = self.headers();
        match (set.split_by_len(MAX_SET).as_slice(), next.split_by_len(MAX_SET).as_slice()) {
            ([set], [next]) => {
                let command = Command::new(format!("UID FETCH {set} {headers}"));
                self.driver.run_before("UID FETCH", command, format!("UID FETCH {next} {headers}"), &mut take).await?;
            }
            _ => self.fetch(set, headers, "", &mut take).await?,
        }
        self.early = earlier;
        Ok(unreadable)
    }

    /// Fetches flags; with `changed_since`, only of messages whose MODSEQ is higher (RFC 7162, section 3.1.4.1). A
    /// message that is told of again is news, as if it had not been asked for.
    pub async fn fetch_flags(
        &mut self,
        set: &UidSet,
        changed_since: Option<u64>,
        sink: &mut (dyn FnMut(Uid, Flags, Option<u64>) + Send),
    ) -> Result<(), Error> {
        let modifier = changed_since.map(|modseq| format!(" (CHANGEDSINCE {modseq})")).unwrap_or_default();
        let mut done = UidSet::new();
        let mut take = |answer: Answer| match wanted(answer, set) {
            Wanted::Yes(uid, FetchItem { flags: Some(flags), modseq, .. }) if !done.contains(uid) => {
                done.insert(uid);
                sink(uid, flags, modseq);
                None
            }
            Wanted::Yes(_, item) => flags_only(item),
            Wanted::No(answer) => Some(answer),
        };
        let items = if self.labels_apart() { "(UID FLAGS X-GM-LABELS)" } else { "(UID FLAGS)" };
        self.fetch(set, items, &modifier, &mut take).await
    }

    /// Fetches what proves which messages these are. A UID that is not in the result is gone or cannot be proved.
    pub async fn fetch_identity(&mut self, set: &UidSet) -> Result<Vec<Identity>, Error> {
        self.driver.limit(Limits::default());
        let mut identities: Vec<Identity> = Vec::new();
        let mut done = UidSet::new();
        let mut take = |answer: Answer| match wanted(answer, set) {
            Wanted::Yes(
                uid,
                FetchItem { body: Some(Literal::Bytes(header)), size: Some(size), date, broken: false, .. },
            ) if !done.contains(uid) => {
                done.insert(uid);
                let message_id = convert::message_id(&header);
                identities.push(Identity { uid, message_id, size, internal_date: date });
                None
            }
            Wanted::Yes(_, item) => flags_only(item),
            Wanted::No(answer) => Some(answer),
        };
        let items = "(UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])";
        self.fetch(set, items, "", &mut take).await?;
        Ok(identities)
    }

    /// Fetches Message-ID and a field of these messages. A UID that is not in the result is gone or cannot be told.
    pub async fn fetch_marks(&mut self, set: &UidSet, field: &'static str) -> Result<Vec<Marked>, Error> {
        self.driver.limit(Limits::default());
        let (mut marked, mut done) = (Vec::new(), UidSet::new());
        let mut take = |answer: Answer| match wanted(answer, set) {
            Wanted::Yes(uid, FetchItem { body: Some(Literal::Bytes(header)), flags, broken: false, .. })
                if !done.contains(uid) =>
            {
                done.insert(uid);
                let has = |flag| flags.as_ref().is_some_and(|flags| flags.has(&Flag::System(flag)));
                marked.push(Marked {
                    uid,
                    message_id: convert::message_id(&header),
                    mark: convert::field(&header, field),
                    deleted: has(DELETED),
                    draft: has(DRAFT),
                });
                None
            }
            Wanted::Yes(_, item) => flags_only(item),
            Wanted::No(answer) => Some(answer),
        };
        let items = format!("(UID FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID {})])", field.to_ascii_uppercase());
        self.fetch(set, &items, "", &mut take).await?;
        Ok(marked)
    }

    /// Fetches whole messages without setting `\Seen`. A message larger than `limit` bytes ends the session with
    /// [`Error::Protocol`]: ask for sizes first.
    pub async fn fetch_bodies(
        &mut self,
        set: &UidSet,
        limit: u64,
        sink: &mut (dyn FnMut(Uid, Vec<u8>) + Send),
    ) -> Result<(), Error> {
        self.driver.limit(Limits { literal: limit, oversize: Oversize::Refuse });
        let mut done = UidSet::new();
        let mut take = |answer: Answer| match wanted(answer, set) {
            Wanted::Yes(uid, FetchItem { body: Some(Literal::Bytes(body)), broken: false, .. })
                if !done.contains(uid) =>
            {
                done.insert(uid);
                sink(uid, body);
                None
            }
            Wanted::Yes(_, item) => flags_only(item),
            Wanted::No(answer) => Some(answer),
        };
        let result = self.fetch(set, "(UID BODY.PEEK[])", "", &mut take).await;
        self.driver.limit(Limits::default());
        result
    }

    /// Fetches one whole message of at most `MAX_BODY` bytes; `None`: the UID is gone. `progress` is told how many
    /// bytes are here.
    ///
    /// # Errors
    /// [`Error::Rejected`] when the message is there but the server sent no body for it (RL41).
    pub async fn fetch_body(
        &mut self,
        uid: Uid,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Option<Vec<u8>>, Error> {
        self.driver.limit(Limits { literal: MAX_BODY, oversize: Oversize::Refuse });
        self.fetch_one(uid, "(UID BODY.PEEK[])", progress).await
    }

    /// Fetches `len` bytes of a message from byte `from` on; fewer at its end; `None`: the UID is gone.
    pub async fn fetch_range(
        &mut self,
        uid: Uid,
        from: u64,
        len: u32,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Option<Vec<u8>>, Error> {
        // Some servers send a little more than was asked: it is cut off, not refused.
        let literal = u64::from(len).max(1024 * 1024);
        self.driver.limit(Limits { literal, oversize: Oversize::Refuse });
        let items = format!("(UID BODY.PEEK[]<{from}.{len}>)");
        let bytes = self.fetch_one(uid, &items, progress).await?;
        Ok(bytes.map(|mut bytes| {
            bytes.truncate(len as usize);
            bytes
        }))
    }

    async fn fetch_one(
        &mut self,
        uid: Uid,
        items: &str,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Option<Vec<u8>>, Error> {
        let set = UidSet::one(uid);
        let (mut body, mut seen) = (None, false);
        let mut take = |answer: Answer| match wanted(answer, &set) {
            Wanted::Yes(_, FetchItem { body: Some(Literal::Bytes(bytes)), broken: false, .. }) if body.is_none() => {
                body = Some(bytes);
                None
            }
            Wanted::Yes(_, item) => {
                seen = true;
                flags_only(item)
            }
            Wanted::No(answer) => Some(answer),
        };
        let command = Command::new(format!("UID FETCH {uid} {items}", uid = uid.0));
        let result = self.driver.run_watched("UID FETCH", command, &mut take, progress).await;
        self.driver.limit(Limits::default());
        result?;
        if body.is_none() && seen {
            let text = "The server sent no body for this message".to_owned();
            return Err(Error::Rejected { verb: "UID FETCH", code: None, text });
        }
        Ok(body)
    }

    async fn fetch(&mut self, set: &UidSet, items: &str, modifier: &str, take: Take<'_>) -> Result<(), Error> {
        for piece in set.split_by_len(MAX_SET) {
            let command = Command::new(format!("UID FETCH {piece} {items}{modifier}"));
            self.driver.run("UID FETCH", command, take).await?;
        }
        Ok(())
    }
}

/// Whether an answer is what a command asked for.
enum Wanted {
    /// A FETCH for a message that it asked for.
    Yes(Uid, FetchItem),
    /// Anything else.
    No(Answer),
}

/// The FETCH answer, if it is for a message that this command asked for (PS34).
fn wanted(answer: Answer, set: &UidSet) -> Wanted {
    let Answer::Fetch(item) = answer else { return Wanted::No(answer) };
    match item.uid {
        Some(uid) if set.contains(uid) && item.seq != 0 => Wanted::Yes(uid, item),
        Some(_) | None => Wanted::No(Answer::Fetch(item)),
    }
}

/// What is left of an answer that this command did not need: a change of flags that somebody else made.
fn flags_only(item: FetchItem) -> Option<Answer> {
    item.flags.is_some().then_some(Answer::Fetch(item))
}

fn new_message(uid: Uid, item: FetchItem, header: &[u8]) -> NewMessage {
    let envelope = convert::envelope(header);
    NewMessage {
        uid,
        flags: item.flags.unwrap_or_default(),
        received: item.date.or(envelope.sent).unwrap_or_default(),
        size: item.size.unwrap_or_default(),
        envelope,
        modseq: item.modseq,
    }
}
