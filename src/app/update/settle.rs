//! What follows from every change: focus on a pane that is there, cursor on a row that is there and visible, the reader on
//! the cursor's message, rows loaded ahead, title, spinner. Also the way out (`back`).

use super::{
    Effects, compose, errand, find, list, marks, palette, reader, results, search, sign_in, sync, toast, wizard,
};
use crate::app::compose::order::Stand;
use crate::app::cursor::reader_beside;
use crate::app::day::until_midnight;
use crate::app::geometry::{Class, list_body, panes};
use crate::app::lines::{ListLine, list_lines_from, list_top};
use crate::app::model::{Clock, InputPurpose, Model, Motion, Overlay, Pane, ReaderPane};
use crate::app::msg::{Effect, Timer};
use crate::mail::message::MessageRow;
use crate::protocol::Connection;
use crate::safe_text::SafeText;

/// At most eight pictures a second.
const SPINNER_MILLIS: u64 = 150;
/// What is over sooner needs no progress.
const SECOND_MILLIS: u64 = 1000;

/// Brings the model in order after a change.
pub(crate) fn settle(model: &mut Model, fx: &mut Effects) {
    focus(model);
    list::seat(model);
    keep_visible(model);
    follow(model, fx);
    reader::relay(model, fx);
    list::load_ahead(model, fx);
    compose::settle(model);
    results::settle(model, fx);
    model.list.syncing = list::is_syncing(model);
    title(model, fx);
    frame(model, fx);
    timers(model, fx);
}

fn focus(model: &mut Model) {
    if model.focus == Pane::Reader && model.reader.message.is_none() {
        model.focus = Pane::List;
    }
    let drawer = panes(model).drawer;
    match &model.overlay {
        Some(Overlay::FolderDrawer) if !drawer => model.overlay = None,
        None if drawer => model.overlay = Some(Overlay::FolderDrawer),
        _ => {}
    }
    if panes(model).class == Class::Tiny {
        model.prefix = None;
    }
}

/// Scrolls the list as little as needed to show the row under the cursor whole.
fn keep_visible(model: &mut Model) {
    let Some(cursor) = model.list.cursor_index() else {
        model.list.top = None;
        return;
    };
    let height = usize::from(list_body(model).height);
    if height == 0 {
        // The reader has the screen: the list is as it was when it comes back, and the cursor is looked for then.
        return;
    }
    let before = list_top(model);
    let mut top = before.min(cursor).max(cursor.saturating_sub(height));
    while top < cursor && !is_whole(model, top, cursor) {
        top += 1;
    }
    // Rows went away below: pull the list down rather than show an empty half.
    let last = model.list.rows.len().saturating_sub(1);
    while top > 0 && list_lines_from(model, top).len() < height && is_whole(model, top - 1, last) {
        top -= 1;
    }
    let at_newest = top == 0 && model.list.first == 0;
    model.list.top = if at_newest { None } else { model.list.rows.get(top).map(MessageRow::key) };
}

fn is_whole(model: &Model, top: usize, index: usize) -> bool {
    let lines = list_lines_from(model, top);
    let needed = usize::from(crate::app::geometry::rows_per_message(panes(model).class));
    let whole = lines.iter().filter(|line| matches!(line, ListLine::Row(row, _) if *row == index)).count() == needed;
    let child = model.list.cursor_child().filter(|_| model.list.cursor_index() == Some(index));
    whole && child.is_none_or(|child| lines.contains(&ListLine::Child(index, child)))
}

/// The reader beside the list shows the message under the cursor.
fn follow(model: &mut Model, fx: &mut Effects) {
    if !reader_beside(model) {
        return;
    }
    let among = |row: &MessageRow| {
        let sections = model.reader.conversation.iter().flat_map(|conversation| &conversation.sections);
        sections.into_iter().any(|section| section.row.id == row.id)
    };
    match model.list.cursor_row().cloned() {
        // The conversation that it belongs to is shown: its reader may be at another message of it.
        Some(row) if among(&row) => {}
        Some(row) => reader::show(model, fx, &row),
        None if model.list.loading => {}
        None => model.reader = ReaderPane::default(),
    }
}

fn title(model: &mut Model, fx: &mut Effects) {
    let text = match model.folders.all_unread {
        0 => SafeText::new("posthaste"),
        unread => SafeText::new(&format!("posthaste ({unread})")),
    };
    if model.work.title.as_ref() != Some(&text) {
        model.work.title = Some(text.clone());
        fx.push(Effect::Title(text));
    }
}

/// What runs for longer than a second is shown in the terminal's frame, where that can (UX.md, rule 6).
fn frame(model: &mut Model, fx: &mut Effects) {
    let now = percent(model).filter(|_| !model.quitting);
    match now {
        None => model.work.frame.due = false,
        Some(_) if !model.work.frame.due => toast::arm(model, fx, SECOND_MILLIS, Timer::Progress),
        Some(_) => {}
    }
    let shown = now.filter(|_| model.work.frame.due);
    if model.work.frame.shown != shown {
        model.work.frame.shown = shown;
        fx.push(Effect::Progress(shown));
    }
}

/// How far all that runs is.
fn percent(model: &Model) -> Option<u8> {
    let works = model.accounts.iter().flat_map(|view| view.progress.values().copied()).chain(model.reader.fetching);
    let (done, total) = works.fold((0_u64, 0_u64), |(done, total), (more, of)| {
        (done.saturating_add(more.min(of)), total.saturating_add(of))
    });
    u8::try_from(done.saturating_mul(100).checked_div(total)?).ok()
}

fn timers(model: &mut Model, fx: &mut Effects) {
    if is_busy(model) && !model.quitting && model.options.motion == Motion::Full {
        toast::arm(model, fx, SPINNER_MILLIS, Timer::Spinner);
    }
    if model.clock != Clock::default() && !model.list.rows.is_empty() {
        toast::arm(model, fx, until_midnight(model.clock), Timer::Midnight);
    }
}

/// Whether something runs that the screen shows as running.
fn is_busy(model: &Model) -> bool {
    model.accounts.iter().any(|account| {
        !account.progress.is_empty() || matches!(account.state, Connection::Connecting | Connection::Syncing)
    }) || model.letters.shelf.outbox.iter().any(|mail| mail.stand == Stand::Sending)
        || model.reader.busy.is_some()
        || model.reader.fetching.is_some()
        || model.wizard.as_deref().is_some_and(crate::app::wizard::Wizard::is_busy)
        || model.search.of(model.list.source).is_some_and(crate::app::search::Lookup::is_running)
}

/// One step out: what floats, marks, the reader, the banner. False on the top level, where there is no way out but to quit.
pub(crate) fn back(model: &mut Model, fx: &mut Effects) -> bool {
    match model.overlay.take() {
        Some(Overlay::FolderDrawer) => {
            model.focus = Pane::List;
            return true;
        }
        Some(Overlay::Input { purpose: InputPurpose::Find, .. }) => {
            let marks = results::marks(model);
            find::give_up(model, fx, marks);
            return true;
        }
        Some(Overlay::Input { purpose: InputPurpose::Search, .. }) => {
            search::cancel(model, fx);
            return true;
        }
        Some(Overlay::Palette(mut picker)) => {
            let one_back = palette::back(model, &mut picker);
            model.overlay = if one_back { Some(Overlay::Palette(picker)) } else { model.work.under.take() };
            return true;
        }
        Some(Overlay::SignIn(panel)) => {
            sign_in::cancel(fx, &panel);
            model.overlay = model.work.under.take();
            return true;
        }
        Some(_) => {
            model.overlay = model.work.under.take();
            return true;
        }
        None => {}
    }
    if model.wizard.is_some() {
        wizard::back(model, fx);
        return true;
    }
    if compose::back(model, fx) {
        return true;
    }
    if errand::cancel(model, fx) {
        return true;
    }
    let marks = !model.list.marks.is_empty() || model.list.range.is_some();
    if marks && panes(model).shows(Pane::List) {
        marks::clear(model);
        return true;
    }
    if model.focus == Pane::Reader {
        // What was found and what is selected goes first, then the message.
        let (selection, found) = (model.reader.selection.take(), find::end(model, fx));
        if selection.is_some() || found {
            return true;
        }
    }
    if model.focus != Pane::List {
        model.focus = Pane::List;
        return true;
    }
    if model.search.is_passing(model.list.source) {
        search::leave(model, fx);
        return true;
    }
    if let Some(banner) = model.banner.take() {
        model.work.dismissed.extend(banner.account);
        model.work.config_trouble = None;
        sync::banner(model);
        return true;
    }
    false
}
