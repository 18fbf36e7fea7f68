//! To the next or previous unread message: in the list, then in other folders and accounts.

use super::{Effects, list, reader, toast};
use crate::app::cursor::{flags_to_be, folder};
use crate::app::model::{Model, Pane};
use crate::app::work::WindowPurpose;
use crate::mail::folder::{FolderRow, Role};
use crate::mail::list::Source;
use crate::mail::message::MessageRow;

/// To the next unread message: at once if it is loaded, else the cache is asked.
pub(crate) fn next(model: &mut Model, fx: &mut Effects, purpose: WindowPurpose) {
    let WindowPurpose::Unread { older, open } = purpose else { return };
    if let Some(row) = find(model, older) {
        go_to(model, fx, &row, open);
    } else if (older && list::at_end(&model.list)) || (!older && model.list.first == 0) {
        none_here(model, fx, purpose);
    } else {
        list::ask_unread(model, fx, purpose);
    }
}

/// The cache has told the window with the next one; it is in the list now.
pub(crate) fn found(model: &mut Model, fx: &mut Effects, older: bool, open: bool) {
    let row = if model.list.cursor.is_some() {
        find(model, older)
    } else {
        let unread = |row: &&MessageRow| is_unread(model, row);
        let rows = &model.list.rows;
        if older { rows.iter().find(unread) } else { rows.iter().rev().find(unread) }.cloned()
    };
    if let Some(row) = row {
        go_to(model, fx, &row, open);
    }
}

/// Whether the row, or a message that it stands for, will be unread once everything that was asked for is done. What is
/// muted is to be left alone.
fn is_unread(model: &Model, row: &MessageRow) -> bool {
    let wanted = |message: &MessageRow| {
        let flags = flags_to_be(model, message);
        !flags.seen() && !flags.muted()
    };
    row.all().any(|message| !model.list.leaving.contains(&message.id) && wanted(message))
}

fn find(model: &Model, older: bool) -> Option<MessageRow> {
    let list = &model.list;
    let cursor = list.cursor?;
    let wanted = |row: &&MessageRow| !list.leaving.contains(&row.id) && is_unread(model, row);
    let found = if older {
        list.rows.iter().filter(wanted).find(|row| row.key() < cursor)
    } else {
        list.rows.iter().rev().filter(wanted).find(|row| row.key() > cursor)
    };
    found.cloned()
}

fn go_to(model: &mut Model, fx: &mut Effects, row: &MessageRow, open: bool) {
    (model.list.cursor, model.list.child) = (Some(row.key()), None);
    model.work.read_out = None;
    if open {
        reader::open_row(model, fx, row);
    } else if model.focus == Pane::Reader {
        reader::pass_to(model, fx, row);
    }
}

/// There is none in this list: on to the next folder that has one. Reading on asks for a second press first.
pub(crate) fn none_here(model: &mut Model, fx: &mut Effects, purpose: WindowPurpose) {
    let WindowPurpose::Unread { older, open } = purpose else { return };
    let here = model.list.source;
    model.work.passed = here.into_iter().collect();
    let Some(there) = elsewhere(model, older) else {
        toast::info(model, fx, "No more unread messages");
        return;
    };
    if open && model.work.read_out != here {
        model.work.read_out = here;
        let name = source_name(model, there);
        toast::info(model, fx, &format!("No more unread messages here; again: on to {name}"));
        return;
    }
    list::open_unread(model, fx, there, older, open);
}

/// The list that was opened at its first unread message has none: what is unread there is muted, or is gone. On to the next
/// folder; where no other has one, back to the list that all this began in.
pub(crate) fn none_there(model: &mut Model, fx: &mut Effects, older: bool, open: bool) {
    let Some(here) = model.list.source else { return };
    model.work.passed.push(here);
    if let Some(there) = elsewhere(model, older) {
        return list::open_unread(model, fx, there, older, open);
    }
    let begin = model.work.passed.first().copied().unwrap_or(here);
    list::open_source(model, fx, begin);
    toast::info(model, fx, "No more unread messages");
}

fn source_name(model: &Model, source: Source) -> String {
    match source {
        Source::Folder(id) => {
            let row = folder(model, id);
            let account = row.filter(|_| model.accounts.len() > 1);
            let account = account.map(|row| format!(" ({})", crate::app::cursor::account_name(model, row.account)));
            format!("{}{}", row.map_or("a folder", |row| row.label.as_str()), account.unwrap_or_default())
        }
        Source::AllInboxes => "all inboxes".to_owned(),
        Source::Starred | Source::Marked(_) | Source::Search(_) => "another list".to_owned(),
    }
}

/// The next folder with unread messages, in the order of the folder pane, around and around; Junk, Trash, Drafts and Snoozed are
/// left out, and what the lists that were passed hold too.
fn elsewhere(model: &Model, forward: bool) -> Option<Source> {
    let holds = |source: Source, row: &FolderRow| match source {
        Source::Folder(id) => row.id == id,
        Source::AllInboxes => row.role == Some(Role::Inbox),
        Source::Starred | Source::Marked(_) | Source::Search(_) => false,
    };
    let here = |row: &FolderRow| model.list.source.is_some_and(|source| holds(source, row));
    let wanted = |row: &&FolderRow| {
        let left_out = matches!(row.role, Some(Role::Junk | Role::Trash | Role::Drafts | Role::Snoozed | Role::All));
        let passed = || model.work.passed.iter().any(|source| holds(*source, row));
        row.selectable && row.unread > 0 && !left_out && !passed()
    };
    // Folded folders count too: what is unread is to be found.
    let rows = &model.folders.rows;
    let start = rows.iter().position(here).unwrap_or(0);
    let (before, after) = rows.split_at_checked(start)?;
    let found = if forward {
        after.iter().chain(before).find(wanted)
    } else {
        before.iter().rev().chain(after.iter().rev()).find(wanted)
    };
    found.map(|row| Source::Folder(row.id))
}
