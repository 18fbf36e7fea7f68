//! NOTIFY (RFC 5465): a client is told of the mailboxes that it has not selected.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::mailboxes::{quote, status_line};
use super::{Reply, Session};
use crate::demo::command::list::StatusItem;
use crate::demo::command::notify::NotifyRequest;
use crate::demo::mailbox::Mailbox;
use crate::demo::session::condstore::Enabled;
use crate::demo::tree::Tree;

/// What a client asked to be told, and what it knows.
#[derive(Debug)]
pub(super) struct Notify {
    messages: bool,
    names: bool,
    known: BTreeMap<String, Mark>,
}

/// How a mailbox stood when the client was told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    uid_validity: u32,
    modseq: u64,
    subscribed: bool,
}

impl Mark {
    fn of(mailbox: &Mailbox) -> Self {
        Self { uid_validity: mailbox.uid_validity, modseq: mailbox.modseq, subscribed: mailbox.subscribed }
    }
}

fn marks(tree: &Tree) -> BTreeMap<String, Mark> {
    let selectable = tree.mailboxes.iter().filter(|(_, mailbox)| mailbox.selectable);
    selectable.map(|(name, mailbox)| (name.clone(), Mark::of(mailbox))).collect()
}

fn counts(name: &str, mailbox: &Mailbox, enabled: Enabled) -> String {
    let mut items = vec![StatusItem::Messages, StatusItem::UidNext, StatusItem::UidValidity, StatusItem::Unseen];
    if enabled != Enabled::Nothing {
        items.push(StatusItem::HighestModSeq);
    }
    status_line(name, mailbox, &items)
}

impl Notify {
    /// What the client does not know yet.
    fn news(&mut self, tree: &Tree, selected: Option<&str>, enabled: Enabled) -> String {
        let now = marks(tree);
        let before = std::mem::replace(&mut self.known, now);
        let mut text = String::new();
        for (name, mark) in &self.known {
            let known = before.get(name);
            let (delimiter, quoted) = (tree.delimiter, quote(name));
            if self.names && known.is_none_or(|known| known.subscribed != mark.subscribed) {
                let attributes = if mark.subscribed { "\\Subscribed" } else { "" };
                // Writing to a String cannot fail.
                write!(text, "* LIST ({attributes}) \"{delimiter}\" {quoted}\r\n").ok();
            }
            let same =
                known.is_some_and(|known| known.uid_validity == mark.uid_validity && known.modseq == mark.modseq);
            if self.messages
                && !same
                && selected != Some(name.as_str())
                && let Some(mailbox) = tree.get(name)
            {
                text.push_str(&counts(name, mailbox, enabled));
            }
        }
        if self.names {
            for name in before.keys().filter(|name| !self.known.contains_key(*name)) {
                write!(text, "* LIST (\\NonExistent) \"{}\" {}\r\n", tree.delimiter, quote(name)).ok();
            }
        }
        text
    }
}

impl Session {
    /// NOTIFY (RFC 5465, section 3).
    pub(super) fn notify(&mut self, asked: &NotifyRequest) -> Reply {
        let (status, messages, names) = match asked {
            NotifyRequest::Nothing => {
                self.notify = None;
                return Reply::done("NOTIFY");
            }
            NotifyRequest::Set { unknown, .. } if !unknown.is_empty() => {
                return Reply::No(
                    "[BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange)] \
                                  Unknown event"
                        .to_owned(),
                );
            }
            NotifyRequest::Set { status, messages, names, .. } => (*status, *messages, *names),
        };
        let text = {
            let state = self.world.lock();
            let Some(tree) = state.tree(self.user()) else { return Reply::Bad("No such user.".to_owned()) };
            let known = marks(tree);
            let selected = self.selected.as_ref().map(|view| view.folder.as_str());
            let others = known.keys().filter(|name| status && selected != Some(name.as_str()));
            let text: String = others.filter_map(|name| Some(counts(name, tree.get(name)?, self.enabled))).collect();
            self.notify = Some(Notify { messages, names, known });
            text
        };
        self.wire.say(text);
        Reply::done("NOTIFY")
    }

    /// Tells what happened in the mailboxes that are not selected.
    pub(super) fn announce_others(&mut self) {
        let (Some(user), Some(notify)) = (&self.user, &mut self.notify) else { return };
        let selected = self.selected.as_ref().map(|view| view.folder.as_str());
        let text = self.world.lock().tree(user).map(|tree| notify.news(tree, selected, self.enabled));
        self.wire.say(text.unwrap_or_default());
    }
}
