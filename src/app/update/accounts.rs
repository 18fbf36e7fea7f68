//! Accounts that come, change and go while the program runs, and what is on the disk of those that went.

use std::collections::BTreeSet;

use super::{Effects, errand, folders, list, results, saved, sync, toast};
use crate::app::accounts::{Change, Stock, words};
use crate::app::cursor::{folder, role_folder};
use crate::app::model::{AccountView, Deed, ListPane, Model, Overlay, Pane, ReaderPane};
use crate::app::msg::Query;
use crate::mail::folder::Role;
use crate::mail::list::Source;
use crate::mail::{AccountId, MessageId};
use crate::safe_text::SafeText;

/// These are the accounts now. What is on the screen of the others stays as it is.
pub(crate) fn changed(model: &mut Model, fx: &mut Effects, accounts: Vec<AccountView>) {
    let before = std::mem::replace(&mut model.accounts, accounts);
    for view in &mut model.accounts {
        if let Some(old) = before.iter().find(|old| old.id == view.id) {
            view.state = old.state.clone();
            view.progress.clone_from(&old.progress);
        }
    }
    let here = |id: AccountId, views: &[AccountView]| views.iter().any(|view| view.id == id);
    let gone: Vec<AccountView> = before.iter().filter(|old| !here(old.id, &model.accounts)).cloned().collect();
    let came: Vec<SafeText> =
        model.accounts.iter().filter(|view| !here(view.id, &before)).map(|view| view.name.clone()).collect();
    let closed = leave(model, fx, &gone);
    sync::banner(model);
    folders::load(model, fx);
    stock(model, fx);
    saved::changed(model, fx);
    if !(gone.is_empty() && came.is_empty()) {
        list::refresh(model, fx);
        if let Some(Source::Search(search)) = model.list.source {
            results::ask_again(model, fx, search);
        }
    }
    say(model, fx, &gone, &came, closed);
}

/// One line of what came and went.
fn say(model: &mut Model, fx: &mut Effects, gone: &[AccountView], came: &[SafeText], closed: bool) {
    let names = |names: Vec<&str>| names.join(", ");
    let away: Vec<&str> = gone.iter().map(|view| view.name.as_str()).collect();
    if !away.is_empty() {
        let disabled = away.iter().all(|name| model.shelved.is_disabled(name));
        let state = if disabled { "disabled" } else { "not in the config any more" };
        let (is, reader) =
            (if away.len() == 1 { "is" } else { "are" }, if closed { "; its message was closed" } else { "" });
        toast::warn(model, fx, SafeText::new(&format!("{} {is} {state}{reader}", names(away))));
    } else if !came.is_empty() {
        let words = if came.len() == 1 { "a new account" } else { "new accounts" };
        let text = format!("{}: {words}", names(came.iter().map(SafeText::as_str).collect()));
        toast::info(model, fx, &text);
    }
}

/// Takes off the screen what is of accounts that went. True: a message that was open is closed.
fn leave(model: &mut Model, fx: &mut Effects, gone: &[AccountView]) -> bool {
    if gone.is_empty() {
        return false;
    }
    let gone: BTreeSet<AccountId> = gone.iter().map(|view| view.id).collect();
    model.work.dismissed.retain(|id| !gone.contains(id));
    let of = |model: &Model, source: Option<Source>| match source {
        Some(Source::Folder(id)) => folder(model, id).is_some_and(|row| gone.contains(&row.account)),
        Some(Source::AllInboxes | Source::Starred | Source::Marked(_) | Source::Search(_)) | None => false,
    };
    let (list, cursor) = (of(model, model.list.source), of(model, model.folders.cursor));
    let reader = model.reader.message.as_ref().is_some_and(|row| gone.contains(&row.account));
    let opened = reader && (model.work.opened || model.focus == Pane::Reader);
    if reader {
        model.reader = ReaderPane::default();
        model.work.opened = false;
        errand::close(model);
        if model.focus == Pane::Reader {
            model.focus = Pane::List;
        }
    }
    if matches!(&model.overlay, Some(Overlay::Sweep(sweep)) if gone.contains(&sweep.account)) {
        model.overlay = None;
    }
    // Marked rows may lie outside the window.
    let marked = &model.work.kept;
    let away = |id: &MessageId| marked.get(id).is_some_and(|row| gone.contains(&row.account));
    model.list.marks.retain(|id| !away(id));
    model.folders.rows.retain(|row| !gone.contains(&row.account));
    if list {
        elsewhere(model, fx);
    }
    if cursor {
        model.folders.cursor = model.list.source;
    }
    opened
}

/// Shows something else in the place of a folder that went with its account.
fn elsewhere(model: &mut Model, fx: &mut Effects) {
    let inbox = model.accounts.iter().find_map(|view| role_folder(model, view.id, Role::Inbox)).map(|row| row.id);
    let (focus, overlay) = (model.focus, model.overlay.take());
    if let Some(inbox) = inbox {
        list::open_source(model, fx, Source::Folder(inbox));
    } else {
        // Whichever comes first is shown then.
        model.list = ListPane { loading: !model.accounts.is_empty(), ..ListPane::default() };
        model.reader = ReaderPane::default();
    }
    (model.focus, model.overlay) = (focus, overlay);
}

/// Asks what is on the disk of accounts that are not shown.
pub(crate) fn stock(model: &mut Model, fx: &mut Effects) {
    // Whichever answer comes is true.
    let _answered_by_all = model.load(fx, Query::Stock);
}

/// The accounts that can be removed: those of the config from there, the others from the disk.
pub(crate) fn removable(model: &Model) -> Vec<String> {
    let left = model.shelved.left_behind().map(|stock| stock.name.clone());
    let shown = model.accounts.iter().map(|view| view.name.to_string());
    left.chain(shown).chain(model.shelved.disabled.iter().cloned()).collect()
}

/// Asks whether an account is to be removed, saying what there is of it: an account of the config is taken out of that, and
/// one that is not in it any more goes from the disk.
pub(crate) fn ask_removal(model: &mut Model, name: &str) {
    let (question, deed) = match model.shelved.left_behind().find(|stock| stock.name == name) {
        None => {
            let text = format!(
                "Take {name} out of the config? Its mail stays on this disk, and what waits for its server, until you \
                 remove that too."
            );
            (text, Deed::EditAccounts(Change::Remove(name.to_owned())))
        }
        Some(Stock { messages, bytes, waiting, .. }) => {
            let mail = format!("Remove {} of {name} from this disk", words(*messages, *bytes));
            let text = match waiting {
                0 => format!("{mail}? On its server they stay."),
                1 => format!("{mail}, and give up 1 change that waits for its server?"),
                many => format!("{mail}, and give up {many} changes that wait for its server?"),
            };
            (text, Deed::RemoveAccount { name: name.to_owned(), discard: *waiting > 0 })
        }
    };
    model.overlay = Some(Overlay::Confirm { question: SafeText::new(&question), deed });
}

/// What was left of an account was let go, or not.
pub(crate) fn removed(model: &mut Model, fx: &mut Effects, name: &str, outcome: Result<(), SafeText>) {
    match outcome {
        Ok(()) => {
            model.shelved.stock.retain(|stock| stock.name != name);
            let text = format!("{name} is removed from this disk; the room comes back little by little");
            toast::done(model, fx, SafeText::new(&text));
        }
        Err(reason) => toast::warn(model, fx, reason),
    }
    sync::load_ops(model, fx);
    stock(model, fx);
}
