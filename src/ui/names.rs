//! What accounts, folders and lists are called on the screen.

use std::borrow::Cow;

use crate::app::model::{AccountView, Model};
use crate::mail::folder::{FolderRow, Role};
use crate::mail::list::Source;
use crate::mail::marks::Mark;
use crate::mail::message::MessageRow;
use crate::mail::{AccountId, FolderId};

/// An account's name: as the config spells it, with a capital letter where it has none ("work" is shown as "Work").
pub fn account(view: &AccountView) -> Cow<'_, str> {
    capital(view.name.as_str())
}

/// As above, of the name of an account that is not shown.
pub fn capital(name: &str) -> Cow<'_, str> {
    if name.chars().any(char::is_uppercase) {
        return Cow::Borrowed(name);
    }
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => Cow::Owned(first.to_uppercase().chain(letters).collect()),
        None => Cow::Borrowed(name),
    }
}

/// The account of this number.
pub fn account_of(model: &Model, id: AccountId) -> Option<&AccountView> {
    model.accounts.iter().find(|view| view.id == id)
}

/// Whether the user wrote it.
pub fn is_own(model: &Model, row: &MessageRow) -> bool {
    model.accounts.iter().any(|view| view.owns(row.address.as_str()))
}

/// The folder of this number.
pub fn folder_of(model: &Model, id: FolderId) -> Option<&FolderRow> {
    model.folders.rows.iter().find(|row| row.id == id)
}

/// What a list is called: "Inbox", "All inboxes", "Starred".
pub fn source(model: &Model, source: Option<Source>) -> &str {
    match source {
        Some(Source::Folder(id)) => folder_of(model, id).map_or("", |row| row.label.as_str()),
        Some(Source::AllInboxes) => "All inboxes",
        Some(Source::Starred) => "Starred",
        Some(Source::Marked(Mark::Snoozed)) => "Snoozed",
        Some(Source::Marked(Mark::ReplyLater)) => "Reply later",
        Some(Source::Marked(Mark::Pinned)) => "Pinned",
        Some(Source::Search(id)) => match model.search.saved(id) {
            Some(saved) => saved.name.as_str(),
            None if model.search.known.get(&id).is_some_and(|lookup| lookup.local) => "Filter",
            None => "Search",
        },
        None => "",
    }
}

/// Where a message is, for a list that shows several folders: the folder, and the account where there are several. Nothing
/// where all are in one folder.
pub fn where_of(model: &Model, within: Option<Source>, message: &MessageRow) -> String {
    if matches!(within, Some(Source::Folder(_))) {
        return String::new();
    }
    let label = folder_of(model, message.folder).map_or("", |row| row.label.as_str());
    match account_of(model, message.account).filter(|_| model.accounts.len() > 1) {
        Some(view) => format!("{} {label}", account(view)),
        None => label.to_owned(),
    }
}

/// Whose a message is, for a list of several accounts.
pub fn owner_of(model: &Model, message: &MessageRow) -> String {
    let several = model.accounts.len() > 1
        && matches!(model.list.source, Some(Source::AllInboxes | Source::Starred | Source::Marked(_)));
    let view = account_of(model, message.account).filter(|_| several);
    view.map(|view| account(view).into_owned()).unwrap_or_default()
}

/// The account that the list belongs to; `None` when it shows several.
pub fn active_account(model: &Model) -> Option<AccountId> {
    match model.list.source? {
        Source::Folder(id) => folder_of(model, id).map(|row| row.account),
        Source::AllInboxes | Source::Starred | Source::Marked(_) | Source::Search(_) => None,
    }
}

/// Unread messages in an account's inbox.
pub fn inbox_unread(model: &Model, id: AccountId) -> u64 {
    let inbox = |row: &&FolderRow| row.account == id && row.role == Some(Role::Inbox);
    model.folders.rows.iter().filter(inbox).map(|row| row.unread).sum()
}

/// What an account is doing, with its inbox called as everywhere: "INBOX: headers" is shown as "Inbox: headers".
pub fn work(what: &str) -> Cow<'_, str> {
    match what.strip_prefix("INBOX:") {
        Some(rest) => Cow::Owned(format!("Inbox:{rest}")),
        None => Cow::Borrowed(what),
    }
}
