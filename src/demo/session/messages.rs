//! Commands on the messages of the selected mailbox: FETCH, STORE, SEARCH, COPY, MOVE, EXPUNGE.

use std::io;

use imap_codec::imap_types::command::{CommandBody, FetchModifier};
use imap_codec::imap_types::fetch::{MacroOrMessageDataItemNames, MessageDataItemName};
use imap_codec::imap_types::flag::{Flag as CodecFlag, StoreResponse, StoreType};
use imap_codec::imap_types::search::SearchKey;
use imap_codec::imap_types::sequence::SequenceSet;

use super::condstore::{Enabled, modseq_of};
use super::mailboxes::flags_of;
use super::view::Numbers;
use super::{Reply, Session};
use crate::demo::command::{Request, mailbox_name};
use crate::demo::fetch;
use crate::demo::mailbox::{Change, Copied, Message};
use crate::demo::search::{self, Candidate};
use crate::demo::server::CopyUid;
use crate::demo::tree::{NONEXISTENT, Refusal};
use crate::mail::flags::{DELETED, Flag, Flags, SEEN};
use crate::mail::labels;

/// How a SEARCH is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// `* SEARCH 1 2 3`.
    Search,
    /// `* ESEARCH (TAG "a") ALL 1:3` (RFC 4731).
    Esearch,
}

/// Ascending numbers as an IMAP set.
pub(super) fn set_of(numbers: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some(last) if last.1.checked_add(1) == Some(*number) => last.1 = *number,
            _ => ranges.push((*number, *number)),
        }
    }
    let parts: Vec<String> =
        ranges.iter().map(|(from, to)| if from == to { from.to_string() } else { format!("{from}:{to}") }).collect();
    parts.join(",")
}

fn copy_uid(copied: &Copied) -> String {
    let from: Vec<u32> = copied.pairs.iter().map(|pair| pair.0).collect();
    let to: Vec<u32> = copied.pairs.iter().map(|pair| pair.1).collect();
    format!("[COPYUID {} {} {}]", copied.uid_validity, set_of(&from), set_of(&to))
}

impl Session {
    /// A command on the selected mailbox; `None` when this is none.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest needs no selected mailbox")]
    pub(super) async fn message_command(
        &mut self,
        request: &Request,
        body: &CommandBody<'static>,
        found: Found,
    ) -> io::Result<Option<Reply>> {
        Ok(Some(match body {
            CommandBody::Fetch { sequence_set, macro_or_item_names, uid, modifiers } => {
                let labels = self.labels(request);
                self.fetch(sequence_set, macro_or_item_names, (Numbers::new(*uid), labels), modifiers).await?
            }
            CommandBody::Store { modifiers, .. } if !modifiers.is_empty() => {
                Reply::Bad("This server does not take modifiers of STORE.".to_owned())
            }
            CommandBody::Store { .. } if request.labels.is_some() && !self.options.has("X-GM-EXT-1") => {
                Reply::Bad("Unknown argument X-GM-LABELS.".to_owned())
            }
            CommandBody::Store { sequence_set, kind, response, uid, .. } if request.labels.is_some() => {
                let named = request.labels.iter().flatten().filter_map(|label| labels::keyword(label));
                let flags = Flags { keywords: named.collect(), ..Flags::default() };
                self.store_flags(sequence_set, *kind, *response, &flags, Numbers::new(*uid))
            }
            CommandBody::Store { sequence_set, kind, response, flags, uid, .. } => {
                self.store(sequence_set, *kind, *response, flags, Numbers::new(*uid))
            }
            CommandBody::Search { criteria, uid, .. } => {
                self.search(request, &SearchKey::And(criteria.clone()), Numbers::new(*uid), found)
            }
            CommandBody::Copy { sequence_set, mailbox, uid } => {
                self.copy(sequence_set, &mailbox_name(mailbox), Numbers::new(*uid))
            }
            CommandBody::Move { sequence_set, mailbox, uid } => {
                self.relocate(sequence_set, &mailbox_name(mailbox), Numbers::new(*uid))
            }
            CommandBody::Expunge => self.expunge(None),
            CommandBody::ExpungeUid { sequence_set } => self.expunge(Some(sequence_set)),
            CommandBody::Check => Reply::done("Check"),
            CommandBody::Close => {
                let read_only = self.selected.as_ref().is_some_and(|view| view.read_only);
                if !read_only {
                    self.expunge(None);
                }
                self.selected = None;
                Reply::done("Close")
            }
            CommandBody::Unselect => {
                self.selected = None;
                Reply::done("Unselect")
            }
            _ => return Ok(None),
        }))
    }

    /// The messages that a set names, with the numbers this client knows them by.
    fn chosen(&self, set: &SequenceSet, numbers: Numbers) -> Vec<(usize, Message)> {
        let (Some(user), Some(view)) = (&self.user, &self.selected) else {
            return Vec::new();
        };
        let state = self.world.lock();
        let Some(mailbox) = state.tree(user).and_then(|tree| tree.get(&view.folder)) else {
            return Vec::new();
        };
        view.resolve(set, numbers)
            .into_iter()
            .filter_map(|uid| Some((view.sequence(uid)?, mailbox.get(uid)?.clone())))
            .collect()
    }

    fn uids(&self, set: &SequenceSet, numbers: Numbers) -> Vec<u32> {
        self.chosen(set, numbers).into_iter().map(|(_, message)| message.uid).collect()
    }

    fn is_read_only(&self) -> bool {
        self.selected.as_ref().is_none_or(|view| view.read_only)
    }

    fn folder(&self) -> (String, String) {
        (
            self.user.clone().unwrap_or_default(),
            self.selected.as_ref().map(|view| view.folder.clone()).unwrap_or_default(),
        )
    }

    async fn fetch(
        &mut self,
        set: &SequenceSet,
        asked: &MacroOrMessageDataItemNames<'_>,
        (numbers, labels): (Numbers, fetch::Labels),
        modifiers: &[FetchModifier],
    ) -> io::Result<Reply> {
        let Some(mut items) = fetch::items(asked) else {
            return Ok(Reply::No("[CANNOT] This server does not take messages apart.".to_owned()));
        };
        let marks = items.iter().any(fetch::marks_seen) && !self.is_read_only();
        if numbers == Numbers::Uid && !items.contains(&MessageDataItemName::Uid) {
            items.insert(0, MessageDataItemName::Uid);
        }
        let since = match self.changed_since(modifiers, &mut items) {
            Ok(since) => since,
            Err(refused) => return Ok(refused),
        };
        let mut chosen = self.chosen(set, numbers);
        chosen.retain(|(_, message)| since.is_none_or(|since| message.modseq > since));
        if marks {
            let (user, folder) = self.folder();
            let seen = Flags { system: SEEN, ..Flags::default() };
            self.world.change(|state| {
                if let Some(mailbox) = state.tree_mut(&user).and_then(|tree| tree.get_mut(&folder)) {
                    for (_, message) in &chosen {
                        mailbox.store(message.uid, Change::Add, &seen);
                    }
                }
            });
        }
        let (_, folder) = self.folder();
        for (sequence, message) in chosen {
            self.wire.say(fetch::line(sequence, &message, &items, (labels, &folder)));
            self.wire.flush_if_large().await?;
        }
        Ok(Reply::done("Fetch"))
    }

    /// How labels are told in the answer to this.
    fn labels(&self, request: &Request) -> fetch::Labels {
        match (self.options.has("X-GM-EXT-1"), &request.labels) {
            (false, _) => fetch::Labels::Flags,
            (true, None) => fetch::Labels::Apart,
            (true, Some(_)) => fetch::Labels::Asked,
        }
    }

    fn store(
        &mut self,
        set: &SequenceSet,
        kind: StoreType,
        response: StoreResponse,
        flags: &[CodecFlag<'_>],
        numbers: Numbers,
    ) -> Reply {
        self.store_flags(set, kind, response, &flags_of(flags), numbers)
    }

    fn store_flags(
        &mut self,
        set: &SequenceSet,
        kind: StoreType,
        response: StoreResponse,
        flags: &Flags,
        numbers: Numbers,
    ) -> Reply {
        if self.is_read_only() {
            return Reply::No("[READ-ONLY] Mailbox is read-only.".to_owned());
        }
        let change = match kind {
            StoreType::Replace => Change::Replace,
            StoreType::Add => Change::Add,
            StoreType::Remove => Change::Remove,
        };
        let mut flags = flags.clone();
        if !self.options.keywords {
            flags.keywords.clear();
        }
        let uids = self.uids(set, numbers);
        let (user, folder) = self.folder();
        let now: Vec<Message> = self.world.change(|state| {
            let Some(mailbox) = state.tree_mut(&user).and_then(|tree| tree.get_mut(&folder)) else {
                return Vec::new();
            };
            for uid in &uids {
                mailbox.store(*uid, change, &flags);
            }
            uids.iter().filter_map(|uid| mailbox.get(*uid).cloned()).collect()
        });
        for message in now {
            let Some(view) = &mut self.selected else { break };
            let uid = message.uid;
            view.note_flags(uid, &message.flags);
            let flags = match response {
                StoreResponse::Answer => format!(" FLAGS {}", fetch::flag_list(&message.flags)),
                StoreResponse::Silent => String::new(),
            };
            // The MODSEQ of what was changed is told in any case (RFC 7162, section 3.1.3).
            let modseq = modseq_of(&message, self.enabled);
            if let Some(sequence) = view.sequence(uid).filter(|_| !flags.is_empty() || !modseq.is_empty()) {
                self.wire.say(format!("* {sequence} FETCH (UID {uid}{flags}{modseq})\r\n"));
            }
        }
        Reply::done("Store")
    }

    fn search(&mut self, request: &Request, key: &SearchKey<'_>, numbers: Numbers, found: Found) -> Reply {
        let (Some(user), Some(view)) = (&self.user, &self.selected) else {
            return Reply::Bad("No mailbox selected.".to_owned());
        };
        let hits: Vec<u32> = {
            let state = self.world.lock();
            let Some(mailbox) = state.tree(user).and_then(|tree| tree.get(&view.folder)) else {
                return NONEXISTENT.into();
            };
            let last_sequence = u32::try_from(view.len()).unwrap_or(u32::MAX);
            let candidates = mailbox.messages.iter().filter_map(|message| {
                let sequence = u32::try_from(view.sequence(message.uid)?).ok()?;
                Some(Candidate { message, sequence, last_sequence, last_uid: view.last() })
            });
            candidates
                .filter(|candidate| search::matches(key, *candidate))
                .map(|candidate| match numbers {
                    Numbers::Uid => candidate.message.uid,
                    Numbers::Sequence => candidate.sequence,
                })
                .collect()
        };
        match found {
            Found::Search => {
                let words: Vec<String> =
                    std::iter::once("* SEARCH".to_owned()).chain(hits.iter().map(u32::to_string)).collect();
                self.wire.say(format!("{}\r\n", words.join(" ")));
            }
            Found::Esearch => {
                let uid = if numbers == Numbers::Uid { " UID" } else { "" };
                let all = if hits.is_empty() { String::new() } else { format!(" ALL {}", set_of(&hits)) };
                self.wire.say(format!("* ESEARCH (TAG \"{}\"){uid}{all}\r\n", request.tag));
            }
        }
        Reply::done("Search")
    }

    fn copy(&mut self, set: &SequenceSet, to: &str, numbers: Numbers) -> Reply {
        let uids = self.uids(set, numbers);
        let (user, folder) = self.folder();
        let copied = self.world.change(|state| match state.tree_mut(&user) {
            Some(tree) => tree.copy(&folder, &uids, to),
            None => Err(NONEXISTENT),
        });
        match copied {
            Err(refusal) => refusal.into(),
            Ok(copied) => match self.told(&copied) {
                CopyUid::Standard | CopyUid::Tagged => Reply::Ok(format!("{} Copy completed.", copy_uid(&copied))),
                CopyUid::Bare => {
                    self.wire.say(format!("{}\r\n", copy_uid(&copied)));
                    Reply::done("Copy")
                }
                CopyUid::Absent => Reply::done("Copy"),
            },
        }
    }

    fn relocate(&mut self, set: &SequenceSet, to: &str, numbers: Numbers) -> Reply {
        if self.is_read_only() {
            return Reply::No("[READ-ONLY] Mailbox is read-only.".to_owned());
        }
        let uids = self.uids(set, numbers);
        let (user, folder) = self.folder();
        let moved = self.world.change(|state| -> Result<Copied, Refusal> {
            let tree = state.tree_mut(&user).ok_or(NONEXISTENT)?;
            let copied = tree.copy(&folder, &uids, to)?;
            tree.get_mut(&folder).ok_or(NONEXISTENT)?.take(&uids);
            Ok(copied)
        });
        match moved {
            Err(refusal) => refusal.into(),
            Ok(copied) => match self.told(&copied) {
                CopyUid::Standard => {
                    self.wire.say(format!("* OK {} Moved UIDs.\r\n", copy_uid(&copied)));
                    Reply::done("Move")
                }
                CopyUid::Tagged => Reply::Ok(format!("{} Move completed.", copy_uid(&copied))),
                CopyUid::Bare => {
                    self.wire.say(format!("{}\r\n", copy_uid(&copied)));
                    Reply::done("Move")
                }
                CopyUid::Absent => Reply::done("Move"),
            },
        }
    }

    /// Where COPYUID is told this time: nowhere without UIDPLUS and when nothing was copied.
    fn told(&self, copied: &Copied) -> CopyUid {
        if copied.pairs.is_empty() || !self.options.has("UIDPLUS") { CopyUid::Absent } else { self.options.copy_uid }
    }

    fn expunge(&mut self, set: Option<&SequenceSet>) -> Reply {
        if self.is_read_only() {
            return Reply::No("[READ-ONLY] Mailbox is read-only.".to_owned());
        }
        let named = set.map(|set| self.uids(set, Numbers::Uid));
        let (user, folder) = self.folder();
        let modseq = self.world.change(|state| {
            let mailbox = state.tree_mut(&user)?.get_mut(&folder)?;
            let doomed: Vec<u32> = mailbox
                .messages
                .iter()
                .filter(|message| message.flags.has(&Flag::System(DELETED)))
                .map(|message| message.uid)
                .filter(|uid| named.as_ref().is_none_or(|named| named.contains(uid)))
                .collect();
            let taken = !mailbox.take(&doomed).is_empty();
            (taken && mailbox.counts_changes).then_some(mailbox.modseq)
        });
        match modseq.filter(|_| self.enabled != Enabled::Nothing) {
            Some(modseq) => Reply::Ok(format!("[HIGHESTMODSEQ {modseq}] Expunge completed.")),
            None => Reply::done("Expunge"),
        }
    }
}
