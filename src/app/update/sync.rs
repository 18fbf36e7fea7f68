//! What the sync engine says: connections, operations, news; the banner and the tasks screen that follow from it.

use super::{
    Effects, accounts, arrange, compose, conversation, folders, list, news, overlay, post, reader, results, saved,
    sign_in, sweep, toast, triage, undo,
};
use crate::app::action::Id;
use crate::app::compose::order::{News as Letters, Stand};
use crate::app::cursor::{account_name, source_shows};
use crate::app::help::keyed;
use crate::app::model::{Activity, Banner, Model, Pane, Ticket};
use crate::app::msg::{Effect, Query};
use crate::app::rights::ReadOnly;
use crate::app::tasks::{self, Entry};
use crate::app::work::{Shown, Stage};
use crate::mail::{AccountId, FolderId};
use crate::protocol::{Command, Connection, Event, Need, OpId, OpRow, OpState};
use crate::safe_text::SafeText;

/// How long an account is offline before a banner says so, in seconds; until then the top bar is enough.
const LONG_OFFLINE: i64 = 300;
/// How many lines of activity are kept.
const RECENT: usize = 100;

/// The engine says something.
pub(crate) fn event(model: &mut Model, fx: &mut Effects, event: Event) {
    match event {
        Event::Connection { account, state } => {
            connection(model, account, state);
            sign_in::at_start(model, fx);
            // The first account's inbox is waited for while it may come; now it may not.
            if model.list.source.is_none() {
                folders::load(model, fx);
            }
        }
        Event::SignIn { account, step } => sign_in::step(model, fx, account, step),
        Event::FoldersChanged(_) => folders::load(model, fx),
        Event::FolderChanged(folder) => changed(model, fx, folder),
        Event::NewMail { folder, count } => {
            news::arrived(model, fx, folder, count);
            changed(model, fx, folder);
        }
        Event::Progress { account, what, done, total } => {
            if let Some(view) = model.accounts.iter_mut().find(|view| view.id == account) {
                if done >= total {
                    view.progress.remove(&what);
                } else {
                    view.progress.insert(what, (done, total));
                }
            }
        }
        Event::BodyReady(message) => {
            sweep::body_ready(model, fx, message);
            reader::body_ready(model, fx, message);
        }
        Event::BodyProgress { message, done, total } => reader::body_progress(model, message, (done, total)),
        Event::BodyFailed { message, reason } => {
            sweep::body_failed(model, message);
            reader::body_failed(model, fx, message, reason);
        }
        Event::OpQueued { op, summary, undoable } => queued(model, fx, op, (summary, undoable)),
        Event::SearchHits { search, messages } => results::hits(model, fx, search, messages),
        Event::SearchProgress { search, account, state } => results::progress(model, search, account, state),
        // What was said before, in good faith, is not so.
        Event::OpGone { words, .. } => toast::warn(model, fx, words),
        Event::OpDone(op) => {
            if !model.undo.contains(&op) {
                model.work.ops.remove(&op);
            }
            compose::send::done(model, fx, op);
            load_ops(model, fx);
        }
        Event::OpFailed { op, reason, kept } => failed(model, fx, op, (reason, kept)),
        Event::OpUndone(op) => undone(model, fx, op),
        Event::RulesChanged(told) => sweep::rules_changed(model, fx, told),
        Event::Activity { at, account, text } => {
            model.tasks.recent.push_front(Activity { at, account, text });
            model.tasks.recent.truncate(RECENT);
        }
        Event::AccountRemoved { name, outcome } => accounts::removed(model, fx, &name, outcome),
        Event::Leaving { messages } => model.shelved.leaving = messages,
        // What the tasks say of them is read with the operations.
        Event::Outbox(_) => {
            load_ops(model, fx);
            compose::shelf(model, fx);
        }
        Event::Letter(_) => compose::shelf(model, fx),
        Event::DraftKept { letter, at } => compose::told::heard(model, fx, Letters::Copied(letter, at)),
        // Of the accounts the runtime makes `Msg::Accounts`, with what the config says of them. The last answer `Shutdown`:
        // the runtime ends, the screen has nothing to add.
        Event::Accounts(_) | Event::Ended(_) | Event::Ending(_) | Event::Stopped => {}
    }
}

fn changed(model: &mut Model, fx: &mut Effects, folder: FolderId) {
    folders::load(model, fx);
    conversation::changed(model, fx);
    saved::changed(model, fx);
    if model.list.source.is_some_and(|source| source_shows(model, source, folder)) {
        list::refresh(model, fx);
    }
}

/// Another program changed something: what is shown is read anew.
pub(crate) fn changed_elsewhere(model: &mut Model, fx: &mut Effects) {
    folders::load(model, fx);
    conversation::changed(model, fx);
    saved::changed(model, fx);
    if model.list.source.is_some() {
        list::refresh(model, fx);
    }
    load_ops(model, fx);
}

/// The program beside which only looking was possible has ended, or is back.
pub(crate) fn read_only(model: &mut Model, fx: &mut Effects, why: ReadOnly) {
    model.options.read_only = Some(why);
    toast::info(model, fx, why.sentence());
}

fn connection(model: &mut Model, account: AccountId, state: Connection) {
    let Some(view) = model.accounts.iter_mut().find(|view| view.id == account) else { return };
    let down = matches!(
        state,
        Connection::Offline { .. }
            | Connection::SignInRefused { .. }
            | Connection::SignInNeeded { .. }
            | Connection::Blocked { .. }
    );
    let online = matches!(state, Connection::Online { .. });
    if down || online {
        // What was under way has ended, one way or the other; what goes on says so again.
        view.progress.clear();
    }
    if online {
        model.work.dismissed.remove(&account);
    }
    view.state = state;
    banner(model);
}

/// An account may have been offline for long by now.
pub(crate) fn clock_moved(model: &mut Model) {
    let offline = |state: &Connection| matches!(state, Connection::Offline { .. });
    if model.banner.is_none() && model.accounts.iter().any(|view| offline(&view.state)) {
        banner(model);
    }
}

/// Shows what is wrong with the config, else the first account that needs the user, unless its banner was sent away.
pub(crate) fn banner(model: &mut Model) {
    let key = |id, word: &str| (id, SafeText::new(word));
    if let Some(trouble) = &model.work.config_trouble {
        model.banner = Some(Banner {
            account: None,
            title: trouble.clone(),
            detail: SafeText::from_static("What was set before still holds. It is read again when saved."),
            keys: vec![key(Id::CopyError, "copy details"), key(Id::Back, "later")],
        });
        return;
    }
    let dismissed = &model.work.dismissed;
    let views = model.accounts.iter().filter(|view| !dismissed.contains(&view.id));
    let mut troubles = views.filter_map(|view| trouble(model, &view.state).map(|trouble| (view.id, trouble)));
    let Some((id, (what, repair, word))) = troubles.next() else {
        model.banner = None;
        return;
    };
    let waiting = match model.tasks.queued {
        0 => String::new(),
        1 => " 1 change waits for the server.".to_owned(),
        count => format!(" {count} changes wait for the server."),
    };
    model.banner = Some(Banner {
        account: Some(id),
        title: SafeText::new(&format!("{} {what}", account_name(model, id))),
        detail: SafeText::new(&format!("What is on this computer can be read and sorted.{waiting}")),
        keys: vec![
            key(repair, word),
            key(Id::Tasks, "details"),
            key(Id::CopyError, "copy details"),
            key(Id::Back, "later"),
        ],
    });
}

/// What is wrong, and what repairs it.
fn trouble(model: &Model, state: &Connection) -> Option<(String, Id, &'static str)> {
    let again = |what: String, word| Some((what, Id::SyncNow, word));
    match state {
        Connection::SignInRefused { reason } => again(format!("cannot sign in: {reason}"), "sign in again"),
        Connection::SignInNeeded { need, reason } => {
            let word = match need {
                Need::Password => "type the password",
                Need::SignIn => "sign in",
                Need::Command => "run it here",
                Need::Unlock => "try again",
            };
            Some((format!("waits for you to sign in: {reason}"), Id::SignIn, word))
        }
        Connection::Blocked { reason } => again(format!("is not connected: {reason}"), "try again"),
        Connection::Offline { since, reason, .. } => {
            let long = model.clock.now.0.saturating_sub(since.0) >= LONG_OFFLINE;
            if long { again(format!("is offline: {reason}"), "try now") } else { None }
        }
        Connection::Starting | Connection::Connecting | Connection::Online { .. } | Connection::Syncing => None,
    }
}

fn queued(model: &mut Model, fx: &mut Effects, op: OpId, what: (SafeText, bool)) {
    // The engine may number operations of its own: ours must stay above them.
    model.next_op = model.next_op.max(OpId(op.0.saturating_add(1)));
    load_ops(model, fx);
    let (summary, undoable) = what;
    let Some(started) = model.work.ops.get_mut(&op) else { return };
    started.summary = Some(summary.clone());
    if started.stage == Stage::Undoing {
        return;
    }
    started.stage = Stage::Queued;
    let seconds = started.seconds;
    if started.shown == Shown::Silent || compose::send::queued(model, fx, op, undoable) {
        return;
    }
    if undoable {
        undo::remember(model, op);
    }
    let undo = undoable.then_some(op);
    match seconds {
        None => toast::queued(model, fx, summary, undo),
        Some(0) => toast::done(model, fx, summary),
        Some(seconds) => toast::countdown(model, fx, summary, (undo, seconds)),
    }
}

fn failed(model: &mut Model, fx: &mut Effects, op: OpId, why: (SafeText, bool)) {
    let (reason, kept) = why;
    if compose::send::refused(model, fx, op, &reason) {
        return load_ops(model, fx);
    }
    triage::release(model, op);
    undo::refused(model, op);
    let summary = undo::words(model, op);
    let what = summary.map_or(String::new(), |summary| format!("{summary}: "));
    let more = if kept { keyed(model, " - {tasks} shows it") } else { String::new() };
    toast::warn(model, fx, SafeText::new(&format!("{what}{reason}{more}")));
    list::refresh(model, fx);
    load_ops(model, fx);
}

fn undone(model: &mut Model, fx: &mut Effects, op: OpId) {
    if compose::send::undone(model, fx, op) {
        return load_ops(model, fx);
    }
    triage::release(model, op);
    post::undone(model, fx, op);
    let messages = model.work.ops.get(&op).map(|started| started.messages.clone()).unwrap_or_default();
    let text = undo::words(model, op).map_or("Taken back".to_owned(), |summary| format!("Taken back: {summary}"));
    toast::done(model, fx, SafeText::new(&text));
    match model.work.left.remove(&op).filter(|(source, _)| model.list.source == Some(*source)) {
        // Under a reader the list stays where it is.
        Some((_, first)) if model.focus != Pane::Reader => list::come_back(model, fx, first, &messages),
        Some(_) | None => list::refresh(model, fx),
    }
    load_ops(model, fx);
}

/// Reads the queue again, at most one request at a time.
pub(crate) fn load_ops(model: &mut Model, fx: &mut Effects) {
    if model.work.ops_load.waiting.is_some() {
        model.work.ops_load.dirty = true;
        return;
    }
    model.work.ops_load.waiting = Some(model.load(fx, Query::Ops));
}

/// What the journal tells: the operations, and the one that was taken back last.
type Told = (Vec<OpRow>, Option<OpId>);

/// The queue has come. The cursor of the tasks screen stays on its operation.
pub(crate) fn ops(model: &mut Model, fx: &mut Effects, ticket: Ticket, (rows, last_undone): Told) {
    if model.work.ops_load.waiting != Some(ticket) {
        return;
    }
    model.work.ops_load.waiting = None;
    model.work.ops_load.answered = true;
    let count = |wanted: fn(OpState) -> bool| {
        u32::try_from(rows.iter().filter(|row| wanted(row.state)).count()).unwrap_or(u32::MAX)
    };
    model.tasks.queued = count(|state| matches!(state, OpState::Queued | OpState::Sending));
    model.tasks.failed = count(|state| state == OpState::Failed);
    let before = tasks::key(model);
    model.tasks.ops = rows;
    tasks::seat(model, before);
    model.tasks.last_undone = last_undone;
    if model.banner.is_some() {
        banner(model);
    }
    if std::mem::take(&mut model.work.ops_load.dirty) {
        load_ops(model, fx);
    }
}

/// Copies the words of the banner.
pub(crate) fn copy_error(model: &mut Model, fx: &mut Effects) {
    let text = model.banner.as_ref().map(|banner| SafeText::new(&format!("{} - {}", banner.title, banner.detail)));
    fx.extend(text.map(Effect::Copy));
}

/// The operation under the cursor of the tasks screen.
pub(crate) fn selected(model: &Model) -> Option<&OpRow> {
    match tasks::selected(model) {
        Some(Entry::Op(row)) => Some(row),
        Some(Entry::Mail(_) | Entry::Letter(_)) | None => None,
    }
}

/// Tries the refused operation again, or gives it up.
pub(crate) fn refused(model: &mut Model, fx: &mut Effects, id: Id) {
    let op = match tasks::selected(model) {
        Some(Entry::Mail(mail)) => {
            let (op, letter, waits) = (mail.op, mail.letter, matches!(mail.stand, Stand::Waits { .. }));
            if id == Id::Retry {
                if waits {
                    triage::command(fx, Command::SendNow(op));
                } else if !overlay::ask_of_mail(model, id, op) {
                    triage::command(fx, Command::Retry(op));
                }
            } else if post::goes_quietly(model, op) {
                undo::back(model, fx);
            } else {
                compose::send::let_go(model, fx, op, letter);
            }
            return;
        }
        Some(Entry::Op(row)) => row.op,
        Some(Entry::Letter(unsent)) => {
            let letter = unsent.letter;
            return compose::forget(model, fx, letter);
        }
        None => return,
    };
    triage::command(fx, if id == Id::Retry { Command::Retry(op) } else { Command::Discard(op) });
}

/// The mail under the cursor is sent now, or was sent.
pub(crate) fn on_mail(model: &mut Model, fx: &mut Effects, id: Id) {
    let Some(Entry::Mail(mail)) = tasks::selected(model) else { return };
    let command = if id == Id::SendNow { Command::SendNow(mail.op) } else { Command::WasSent(mail.op) };
    triage::command(fx, command);
}

/// Empties the search index and fills it again.
pub(crate) fn rebuild_index(model: &mut Model, fx: &mut Effects) {
    triage::command(fx, Command::RebuildIndex);
    toast::info(model, fx, "The search index is filled anew; everything stays in its place");
}

/// Asks all servers for news.
pub(crate) fn now(model: &mut Model, fx: &mut Effects) {
    let down = |state: &Connection| match state {
        Connection::Offline { .. }
        | Connection::SignInRefused { .. }
        | Connection::SignInNeeded { .. }
        | Connection::Blocked { .. } => true,
        Connection::Starting | Connection::Connecting | Connection::Online { .. } | Connection::Syncing => false,
    };
    let again: Vec<_> = model.accounts.iter().filter(|view| down(&view.state)).map(|view| view.id).collect();
    for id in again {
        triage::command(fx, Command::Reconnect(id));
    }
    triage::command(fx, Command::Refresh(None));
    toast::info(model, fx, "Asking the servers…");
}

/// A request will not be answered: what waits for it stops waiting, and says why.
pub(crate) fn load_failed(model: &mut Model, fx: &mut Effects, ticket: Ticket, reason: SafeText) {
    folders::failed(model, ticket);
    list::failed(model, fx, ticket);
    arrange::failed(model, ticket);
    results::failed(model, ticket);
    sweep::failed(model, ticket);
    model.work.news.waiting.remove(&ticket);
    reader::failed(model, ticket, &reason);
    model.work.conversation_load.take_if(|waiting| *waiting == ticket);
    if model.work.ops_load.waiting == Some(ticket) {
        model.work.ops_load.waiting = None;
    }
    toast::warn(model, fx, reason);
}
