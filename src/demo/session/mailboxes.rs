//! Commands on mailboxes: SELECT, LIST, STATUS, CREATE, APPEND, IDLE and their kin.

use std::fmt::Write as _;
use std::io;

use imap_codec::imap_types::command::{CommandBody, SelectParameter};
use imap_codec::imap_types::extensions::binary::LiteralOrLiteral8;
use imap_codec::imap_types::flag::Flag as CodecFlag;
use imap_codec::imap_types::mailbox::ListMailbox;
use imap_codec::imap_types::status::StatusDataItemName;

use super::condstore::{self, Enabled};
use super::{Expunges, Reply, Session, View};
use crate::demo::command::list::{ListRequest, Only, StatusItem};
use crate::demo::command::mailbox_name;
use crate::demo::fetch::Labels;
use crate::demo::mailbox::Mailbox;
use crate::demo::tree::{NONEXISTENT, Refusal, TRYCREATE, Tree};
use crate::mail::UnixTime;
use crate::mail::flags::Flags;

/// The flags of the protocol's list; what is no flag of ours (`\Recent`) is left out.
pub(super) fn flags_of(words: &[CodecFlag<'_>]) -> Flags {
    let words: Vec<String> = words.iter().map(ToString::to_string).collect();
    Flags::parse(words.iter().map(String::as_str))
}

/// A mailbox name as a quoted string, or a literal when it has bytes that a quoted string cannot have.
pub(super) fn quote(name: &str) -> String {
    if name.is_ascii() && !name.contains(['\r', '\n', '\0']) {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        format!("{{{}}}\r\n{name}", name.len())
    }
}

pub(super) fn status_line(name: &str, mailbox: &Mailbox, items: &[StatusItem]) -> String {
    let values: Vec<String> = items
        .iter()
        .map(|item| match item {
            StatusItem::Messages => format!("MESSAGES {}", mailbox.messages.len()),
            StatusItem::Recent => "RECENT 0".to_owned(),
            StatusItem::UidNext => format!("UIDNEXT {}", mailbox.uid_next),
            StatusItem::UidValidity => format!("UIDVALIDITY {}", mailbox.uid_validity),
            StatusItem::Unseen => format!("UNSEEN {}", mailbox.unseen()),
            StatusItem::HighestModSeq => {
                format!("HIGHESTMODSEQ {}", if mailbox.counts_changes { mailbox.modseq } else { 0 })
            }
        })
        .collect();
    format!("* STATUS {} ({})\r\n", quote(name), values.join(" "))
}

fn status_items(names: &[StatusDataItemName]) -> Option<Vec<StatusItem>> {
    names
        .iter()
        .map(|name| match name {
            StatusDataItemName::Messages => Some(StatusItem::Messages),
            StatusDataItemName::Recent => Some(StatusItem::Recent),
            StatusDataItemName::UidNext => Some(StatusItem::UidNext),
            StatusDataItemName::UidValidity => Some(StatusItem::UidValidity),
            StatusDataItemName::Unseen => Some(StatusItem::Unseen),
            StatusDataItemName::HighestModSeq => Some(StatusItem::HighestModSeq),
            StatusDataItemName::Deleted | StatusDataItemName::DeletedStorage => None,
        })
        .collect()
}

fn list_line(verb: &str, tree: &Tree, name: &str, special: Option<&str>, request: &ListRequest) -> String {
    let Some(mailbox) = tree.mailboxes.get(name) else { return String::new() };
    let mut attributes = Vec::new();
    if !mailbox.selectable {
        attributes.push("\\Noselect");
    }
    attributes.push(if tree.has_children(name) { "\\HasChildren" } else { "\\HasNoChildren" });
    attributes.extend(special);
    if request.returns_subscribed && mailbox.subscribed && mailbox.selectable {
        attributes.push("\\Subscribed");
    }
    format!("* {verb} ({}) \"{}\" {}\r\n", attributes.join(" "), tree.delimiter, quote(name))
}

impl Session {
    /// A command of a signed-in client that needs no selected mailbox.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest needs a selected mailbox or is not offered")]
    pub(super) async fn mailbox_command(&mut self, body: &CommandBody<'static>) -> io::Result<Reply> {
        Ok(match body {
            CommandBody::Select { mailbox, parameters } => self.select(&mailbox_name(mailbox), parameters, false),
            CommandBody::Examine { mailbox, parameters } => self.select(&mailbox_name(mailbox), parameters, true),
            CommandBody::Compress { .. } if self.compressed => {
                Reply::No("[COMPRESSIONACTIVE] DEFLATE active already".to_owned())
            }
            CommandBody::Compress { .. } => Reply::Deflate,
            CommandBody::Create { mailbox } => self.edit("Create", |tree| tree.create(&mailbox_name(mailbox))),
            CommandBody::Delete { mailbox } => self.edit("Delete", |tree| tree.delete(&mailbox_name(mailbox))),
            CommandBody::Rename { from, to } => {
                self.edit("Rename", |tree| tree.rename(&mailbox_name(from), &mailbox_name(to)))
            }
            CommandBody::Subscribe { mailbox } => self.subscribe("Subscribe", &mailbox_name(mailbox), true),
            CommandBody::Unsubscribe { mailbox } => self.subscribe("Unsubscribe", &mailbox_name(mailbox), false),
            CommandBody::Status { mailbox, item_names } => self.status(&mailbox_name(mailbox), item_names),
            CommandBody::Lsub { reference, mailbox_wildcard } => {
                let pattern = match mailbox_wildcard {
                    ListMailbox::Token(word) => String::from_utf8_lossy(word.as_ref()).into_owned(),
                    ListMailbox::String(word) => String::from_utf8_lossy(word.as_ref()).into_owned(),
                };
                self.lsub(&mailbox_name(reference), &pattern)
            }
            CommandBody::Append { mailbox, flags, date, message } => {
                let bytes = match message {
                    LiteralOrLiteral8::Literal(literal) => literal.data(),
                    LiteralOrLiteral8::Literal8(literal) => literal.data.as_ref(),
                };
                let date = date.as_ref().map(|date| UnixTime(date.as_ref().timestamp()));
                self.append(&mailbox_name(mailbox), flags_of(flags), date, bytes)
            }
            CommandBody::Namespace => self.namespace(),
            CommandBody::Enable { capabilities } => self.enable(capabilities.as_ref()),
            CommandBody::Check => Reply::Bad("No mailbox selected.".to_owned()),
            CommandBody::Idle => self.idle().await?,
            CommandBody::Login { .. } | CommandBody::Authenticate { .. } => Reply::Bad("Already logged in.".to_owned()),
            _ => Reply::Bad("No mailbox selected or unknown command.".to_owned()),
        })
    }

    pub(super) fn user(&self) -> &str {
        self.user.as_deref().unwrap_or_default()
    }

    fn edit(&mut self, verb: &str, change: impl FnOnce(&mut Tree) -> Result<(), Refusal>) -> Reply {
        let done = self.world.change(|state| match state.tree_mut(self.user()) {
            Some(tree) => change(tree),
            None => Err(NONEXISTENT),
        });
        match done {
            Ok(()) => Reply::done(verb),
            Err(refusal) => refusal.into(),
        }
    }

    fn subscribe(&mut self, verb: &str, name: &str, subscribed: bool) -> Reply {
        self.edit(verb, |tree| {
            tree.get_mut(name).ok_or(NONEXISTENT)?.subscribed = subscribed;
            Ok(())
        })
    }

    fn select(&mut self, name: &str, parameters: &[SelectParameter], read_only: bool) -> Reply {
        let since = match self.since(parameters) {
            Ok(since) => since,
            Err(refused) => return refused,
        };
        if self.selected.take().is_some() && self.enabled == Enabled::Qresync {
            self.wire.say("* OK [CLOSED] Previous mailbox closed.\r\n");
        }
        let name = crate::demo::tree::canonical(name);
        let state = self.world.lock();
        let Some(mailbox) = state.tree(self.user()).and_then(|tree| tree.get(&name)) else {
            return NONEXISTENT.into();
        };
        let mut text = "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n".to_owned();
        let permanent = match (read_only, self.options.keywords) {
            (true, _) => "",
            (false, true) => "\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*",
            (false, false) => "\\Answered \\Flagged \\Deleted \\Seen \\Draft",
        };
        let count = mailbox.messages.len();
        // Writing to a String cannot fail.
        write!(text, "* OK [PERMANENTFLAGS ({permanent})] Flags permitted.\r\n* {count} EXISTS\r\n* 0 RECENT\r\n").ok();
        if let Some(first) = mailbox.messages.iter().position(|message| !message.flags.seen()) {
            write!(text, "* OK [UNSEEN {}] First unseen.\r\n", first + 1).ok();
        }
        write!(text, "* OK [UIDVALIDITY {}] UIDs valid\r\n", mailbox.uid_validity).ok();
        write!(text, "* OK [UIDNEXT {}] Predicted next UID\r\n", mailbox.uid_next).ok();
        if self.options.counts_changes() {
            text.push_str(&condstore::told(mailbox, since.as_ref()));
        }
        let mut view = View::new(name, mailbox, read_only);
        if self.options.has("X-GM-EXT-1") {
            view.labels = Labels::Apart;
        }
        drop(state);
        self.selected = Some(view);
        self.wire.say(text);
        Reply::Ok(
            if read_only { "[READ-ONLY] Examine completed." } else { "[READ-WRITE] Select completed." }.to_owned(),
        )
    }

    pub(super) fn list(&mut self, request: &ListRequest) -> Reply {
        if request.extended && !self.options.has("LIST-EXTENDED") {
            return Reply::Bad("Unknown arguments.".to_owned());
        }
        if !request.status.is_empty() && !self.options.has("LIST-STATUS") {
            return Reply::Bad("Unknown RETURN option STATUS.".to_owned());
        }
        if !self.notes_changes(&request.status) {
            return Reply::Bad("Unknown status item.".to_owned());
        }
        let special_use = self.options.has("SPECIAL-USE");
        let mut text = String::new();
        let state = self.world.lock();
        let Some(tree) = state.tree(self.user()) else {
            return NONEXISTENT.into();
        };
        for pattern in &request.patterns {
            if pattern.is_empty() && !request.extended {
                write!(text, "* LIST (\\Noselect) \"{}\" \"\"\r\n", tree.delimiter).ok();
                continue;
            }
            for name in tree.matching(&format!("{}{pattern}", request.reference)) {
                let Some(mailbox) = tree.mailboxes.get(&name) else {
                    continue;
                };
                let wanted = match request.only {
                    Only::All => true,
                    Only::Subscribed => mailbox.subscribed && mailbox.selectable,
                    Only::SpecialUse => mailbox.special.is_some(),
                };
                if !wanted {
                    continue;
                }
                let special = mailbox.special.as_deref().filter(|_| special_use);
                text.push_str(&list_line("LIST", tree, &name, special, request));
                if mailbox.selectable && !request.status.is_empty() {
                    text.push_str(&status_line(&name, mailbox, &request.status));
                }
            }
        }
        drop(state);
        self.wire.say(text);
        Reply::done("List")
    }

    fn lsub(&mut self, reference: &str, pattern: &str) -> Reply {
        let request = ListRequest {
            only: Only::Subscribed,
            reference: String::new(),
            patterns: Vec::new(),
            returns_subscribed: false,
            extended: false,
            status: Vec::new(),
        };
        let mut text = String::new();
        {
            let state = self.world.lock();
            if let Some(tree) = state.tree(self.user()) {
                // INBOX as the reference is what imap-codec makes of "INBOX" there.
                for name in tree.matching(&format!("{reference}{pattern}")) {
                    let mailbox = tree.mailboxes.get(&name).filter(|mailbox| mailbox.subscribed && mailbox.selectable);
                    if let Some(mailbox) = mailbox {
                        text.push_str(&list_line("LSUB", tree, &name, mailbox.special.as_deref(), &request));
                    }
                }
            }
        }
        self.wire.say(text);
        Reply::done("Lsub")
    }

    fn status(&mut self, name: &str, names: &[StatusDataItemName]) -> Reply {
        let Some(items) = status_items(names) else {
            return Reply::Bad("Unknown status item.".to_owned());
        };
        if !self.notes_changes(&items) {
            return Reply::Bad("Unknown status item.".to_owned());
        }
        let line = {
            let state = self.world.lock();
            let mailbox = state.tree(self.user()).and_then(|tree| tree.get(name));
            mailbox.map(|mailbox| status_line(&crate::demo::tree::canonical(name), mailbox, &items))
        };
        match line {
            Some(line) => {
                self.wire.say(line);
                Reply::done("Status")
            }
            None => NONEXISTENT.into(),
        }
    }

    fn append(&mut self, name: &str, flags: Flags, date: Option<UnixTime>, bytes: &[u8]) -> Reply {
        let date = date.unwrap_or_else(|| UnixTime(jiff::Timestamp::now().as_second()));
        let added = self.world.change(|state| {
            let mailbox = state.tree_mut(self.user())?.get_mut(name)?;
            let uid = mailbox.add(bytes.into(), flags, date);
            Some((mailbox.uid_validity, uid))
        });
        match added {
            None => TRYCREATE.into(),
            Some((validity, uid)) if self.options.has("UIDPLUS") => {
                Reply::Ok(format!("[APPENDUID {validity} {uid}] Append completed."))
            }
            Some(_) => Reply::done("Append"),
        }
    }

    fn namespace(&mut self) -> Reply {
        let delimiter = self.world.lock().tree(self.user()).map_or('/', |tree| tree.delimiter);
        let prefix = quote(&self.options.prefix);
        self.wire.say(format!("* NAMESPACE (({prefix} \"{delimiter}\")) NIL NIL\r\n"));
        Reply::done("Namespace")
    }

    /// Pushes what changes until the client says DONE (RFC 2177).
    async fn idle(&mut self) -> io::Result<Reply> {
        self.wire.say("+ idling\r\n");
        loop {
            if !self.options.silent_idle && !self.announce(Expunges::Told) {
                self.wire.flush().await?;
                return Ok(Reply::End);
            }
            self.wire.flush().await?;
            tokio::select! {
                line = self.wire.read_line() => {
                    let done = line?.trim_ascii().eq_ignore_ascii_case(b"DONE");
                    let reply = if done { Reply::done("Idle") } else { Reply::Bad("Expected DONE.".to_owned()) };
                    return Ok(reply);
                }
                changed = self.changes.changed() => {
                    if changed.is_err() {
                        return Ok(Reply::End);
                    }
                    self.stale = true;
                }
            }
        }
    }
}
