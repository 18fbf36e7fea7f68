//! Notices of new mail: what has arrived is collected for a moment, read from the cache, and told of once.

use super::{Effects, toast};
use crate::app::cursor::{account_name, folder};
use crate::app::model::{AccountView, Model, Ticket};
use crate::app::msg::{Effect, Notice, Query, Timer};
use crate::config::notices::{Place, Via};
use crate::mail::folder::{FolderRow, Role};
use crate::mail::message::MessageRow;
use crate::mail::{FolderId, UnixTime};
use crate::protocol::{Command, Connection};
use crate::safe_text::SafeText;

/// How long news are collected, in milliseconds.
const COLLECT_MILLIS: u64 = 1500;
/// How often they are collected on while an account still brings itself up to date: mail of days is one notice.
const PATIENCE: u8 = 20;
/// A terminal that says nothing of its focus has it while keys come, and for so many seconds after the last one.
const AT_HAND: i64 = 60;
/// When the focus comes back after so many seconds, the servers are asked.
const AWAY: i64 = 60;
/// So many mails that were told of are remembered: one that is moved on is not told of again.
const REMEMBERED: usize = 200;
/// Columns of a name or subject that are told.
const LONGEST: usize = 120;

/// Unread mail has arrived.
pub(crate) fn arrived(model: &mut Model, fx: &mut Effects, folder: FolderId, count: u32) {
    if model.notices.via == Via::Off {
        return;
    }
    let known = model.work.news.counts.entry(folder).or_default();
    *known = known.saturating_add(count);
    toast::arm(model, fx, COLLECT_MILLIS, Timer::News);
}

/// What was collected is told, unless more of it is on its way.
pub(crate) fn due(model: &mut Model, fx: &mut Effects) {
    let busy = |folder: &FolderId| {
        let account = self::folder(model, *folder).map(|row| row.account);
        model.accounts.iter().any(|view| Some(view.id) == account && view.state == Connection::Syncing)
    };
    let waits = model.work.news.counts.keys().any(busy) && model.work.news.turns < PATIENCE;
    if waits {
        model.work.news.turns += 1;
        toast::arm(model, fx, COLLECT_MILLIS, Timer::News);
        return;
    }
    let counts = std::mem::take(&mut model.work.news.counts);
    model.work.news.turns = 0;
    let wanted: Vec<_> = counts.into_iter().filter(|(folder, _)| may_tell(model, *folder)).collect();
    if wanted.is_empty() || is_quiet(model) {
        return;
    }
    let ticket = model.load(fx, Query::News(wanted));
    model.work.news.waiting.insert(ticket);
}

/// Whether mail in this folder may be told of at all: nobody wants to hear of junk, nor of what one did oneself.
fn may_tell(model: &Model, at: FolderId) -> bool {
    let Some(row) = folder(model, at) else { return false };
    let own = matches!(row.role, Some(Role::Junk | Role::Trash | Role::Sent | Role::Drafts));
    is_listed(model, row) || !own && !model.notices.vip.is_empty()
}

fn is_listed(model: &Model, row: &FolderRow) -> bool {
    model.notices.folders.iter().any(|place| match place {
        Place::Inboxes => row.role == Some(Role::Inbox),
        Place::Folder(account, path) => account_name(model, row.account) == account && row.path.as_str() == path,
    })
}

/// Whether the user looks at the screen.
fn is_quiet(model: &Model) -> bool {
    let at_hand = model.clock.now.0.saturating_sub(model.work.news.last_key.0) < AT_HAND;
    model.notices.quiet_while_focused && model.work.news.focused.unwrap_or(at_hand)
}

/// What arrived has come from the cache, the latest of each folder first, with how many there are.
pub(crate) fn loaded(model: &mut Model, fx: &mut Effects, ticket: Ticket, news: Vec<(FolderId, u32, Vec<MessageRow>)>) {
    if !model.work.news.waiting.remove(&ticket) || is_quiet(model) {
        return;
    }
    let mut told: Vec<MessageRow> = Vec::new();
    let mut places: Vec<FolderId> = Vec::new();
    let mut count = 0;
    for (at, arrived, mut rows) in news {
        let listed = folder(model, at).is_some_and(|row| is_listed(model, row));
        let all = rows.len();
        rows.retain(|row| (listed || is_vip(model, row)) && !is_known(model, row));
        let more =
            if listed && rows.len() == all { usize::try_from(arrived).unwrap_or(all).max(all) } else { rows.len() };
        if !rows.is_empty() {
            count += more;
            places.push(at);
            told.append(&mut rows);
        }
    }
    for row in &told {
        model.work.news.told.push_front((row.received, row.address.clone(), row.subject.clone()));
    }
    model.work.news.told.truncate(REMEMBERED);
    fx.extend(notice(model, &told, &places, count).map(Effect::Notify));
}

fn is_known(model: &Model, row: &MessageRow) -> bool {
    let same = |(at, address, subject): &(_, SafeText, SafeText)| {
        (*at, address, subject) == (row.received, &row.address, &row.subject)
    };
    model.work.news.told.iter().any(same)
}

/// Whether it is from somebody whose mail is told of wherever it is.
fn is_vip(model: &Model, row: &MessageRow) -> bool {
    let address = row.address.as_str().to_lowercase();
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    let is = |vip: &String| match vip.strip_prefix('@') {
        Some(wanted) => domain == wanted,
        None => address == *vip,
    };
    model.notices.vip.iter().any(is)
}

/// One notice for all of it. Who and what it is about: one that matters, else the latest.
fn notice(model: &Model, told: &[MessageRow], places: &[FolderId], count: usize) -> Option<Notice> {
    let row = told.iter().find(|row| is_vip(model, row)).or(told.first())?;
    let sender = if row.from.as_str().is_empty() { &row.address } else { &row.from };
    let (sender, subject) = (sender.cut(LONGEST), row.subject.cut(LONGEST));
    let subject = if subject.as_str().is_empty() { SafeText::from_static("(no subject)") } else { subject };
    let named = |at: &FolderId| {
        let row = folder(model, *at)?;
        let account = account_name(model, row.account);
        Some(if model.accounts.len() > 1 { format!("{} ({account})", row.label) } else { row.label.to_string() })
    };
    let place = match places {
        [one] => named(one)?,
        several => format!("{} folders", several.len()),
    };
    let title = if count == 1 { format!("{sender}") } else { format!("{count} new in {place}") };
    let text = if count == 1 { format!("{subject}") } else { format!("{sender}: {subject}") };
    Some(Notice {
        title: SafeText::new(&title),
        text: SafeText::new(&text),
        sender: SafeText::new(sender.as_str()),
        subject: SafeText::new(subject.as_str()),
        folder: SafeText::new(&place),
        count: u32::try_from(count).unwrap_or(u32::MAX),
    })
}

/// Whoever starts the program is at the keys.
pub(crate) fn clock_moved(model: &mut Model) {
    if model.work.news.last_key == UnixTime::default() {
        model.work.news.last_key = model.clock.now;
    }
}

/// Somebody is at the keys.
pub(crate) fn at_hand(model: &mut Model) {
    model.work.news.last_key = model.clock.now;
    if model.work.news.focused == Some(false) {
        // It came back unheard.
        model.work.news.focused = Some(true);
    }
}

/// The terminal got the focus, or lost it. After a while away the servers are asked what is new.
pub(crate) fn focus(model: &mut Model, fx: &mut Effects, on: bool) {
    let away = model.work.news.away.take();
    model.work.news.focused = Some(on);
    if !on {
        model.work.news.away = Some(model.clock.now);
        return;
    }
    let long = away.is_some_and(|since| model.clock.now.0.saturating_sub(since.0) > AWAY);
    if !long || model.options.read_only.is_some() {
        return;
    }
    // Who sent away what asks for a passphrase comes back to this window: it is not asked for again for that.
    let waits = |view: &&AccountView| matches!(view.state, Connection::SignInNeeded { .. });
    if !model.accounts.iter().any(|view| waits(&view)) {
        return fx.push(Effect::Sync(Command::Refresh(None)));
    }
    let others = model.accounts.iter().filter(|view| !waits(view));
    fx.extend(others.map(|view| Effect::Sync(Command::Refresh(Some(view.id)))));
}
