//! The top bar: accounts on the left, how things stand with the servers on the right.

use ratatui::layout::Rect;

use crate::app::action::Id;
use crate::app::cursor::role_folder;
use crate::app::help::keyed;
use crate::app::model::Model;
use crate::app::msg::Press;
use crate::app::tasks;
use crate::mail::SearchId;
use crate::mail::folder::Role as FolderRole;
use crate::mail::list::Source;
use crate::protocol::Connection;
use crate::theme::Ink;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::{columns, compose, format, names};

/// Columns of the progress line in the bar.
const PROGRESS: u16 = 10;

/// Draws the bar with the accounts.
pub fn draw_accounts(model: &Model, pen: &mut Pen<'_>, area: Rect) {
    pen.ground(area, Role::Surface);
    let end = draw_state(model, pen, area);
    let active = names::active_account(model);
    let mut tabs = Vec::with_capacity(model.accounts.len() + model.search.saved.len() + 1);
    let saved = |id: SearchId| model.list.source == Some(Source::Search(id));
    if model.accounts.len() > 1 {
        let named = model.search.saved.iter().any(|one| saved(one.id));
        let all = model.list.source.is_some() && active.is_none() && !named;
        tabs.push(("All".into(), model.folders.all_unread, all, Some(Source::AllInboxes), None));
    }
    for view in &model.accounts {
        let inbox = role_folder(model, view.id, FolderRole::Inbox).map(|row| Source::Folder(row.id));
        let unread = names::inbox_unread(model, view.id);
        tabs.push((names::account(view), unread, active == Some(view.id), inbox, view.ink));
    }
    for one in &model.search.saved {
        let unread = one.tally.map_or(0, |tally| tally.unread);
        tabs.push((one.name.as_str().into(), unread, saved(one.id), Some(Source::Search(one.id)), None));
    }
    let widths: Vec<u16> = tabs.iter().map(|(name, unread, ..)| tab_width(name, *unread)).collect();
    let room = end.saturating_sub(area.x + 1);
    let active = tabs.iter().position(|(_, _, active, ..)| *active).unwrap_or_default();
    let first = first_tab(&widths, active, room);
    let mut x = area.x + 1;
    for (place, ((name, unread, is_active, opens, ink), wide)) in tabs.iter().zip(&widths).enumerate().skip(first) {
        let last = place + 1 == tabs.len();
        if x + wide + u16::from(!last) * 2 > end && place != active {
            pen.put(x, area.y, end, pen.glyphs.more, pen.style(Role::Faint));
            break;
        }
        draw_tab(pen, (x, area.y, end), (name, *unread), *is_active, *ink);
        if let Some(source) = opens {
            pen.spot((x, area.y, x + wide), Press::Open(*source));
        }
        x += wide + 1;
    }
}

/// The first tab to draw, so that the active one is seen.
fn first_tab(widths: &[u16], active: usize, room: u16) -> usize {
    let mut first = 0;
    while first < active {
        let needed: u16 = widths.iter().take(active + 1).skip(first).map(|wide| wide + 1).sum();
        if needed <= room {
            break;
        }
        first += 1;
    }
    first
}

fn tab_width(name: &str, unread: u64) -> u16 {
    let number = if unread == 0 { 0 } else { columns::width(&format::count(unread)) + 1 };
    columns::width(name) + number + 2
}

fn draw_tab(
    pen: &mut Pen<'_>,
    (x, y, end): (u16, u16, u16),
    (name, unread): (&str, u64),
    active: bool,
    ink: Option<Ink>,
) {
    let number = if unread == 0 { String::new() } else { format!(" {}", format::count(unread)) };
    if active && (pen.is_plain() || pen.glyphs.bar == ">") {
        let style = pen.bold(Role::Accent);
        pen.put(x, y, end, &format!("[{name}{number}]"), style);
    } else if active {
        let style = pen.style(Role::OnAccent);
        pen.put(x, y, end, &format!(" {name}{number} "), style);
    } else {
        let (own, accent) = (pen.ink(ink, Role::Muted), pen.style(Role::Accent));
        pen.put_all(x + 1, y, end, &[(name, own), (&number, accent)]);
    }
}

/// Draws the bar of a reader that fills the screen: where esc leads, and which message of how many this is.
pub fn draw_back(model: &Model, pen: &mut Pen<'_>, area: Rect) {
    pen.ground(area, Role::Surface);
    let end = draw_state(model, pen, area);
    let (muted, accent) = (pen.style(Role::Muted), pen.bold(Role::Accent));
    let back = format!("{} ", pen.glyphs.back);
    let x = pen.put_all(
        area.x + 1,
        area.y,
        end,
        &[(&back, muted), (names::source(model, model.list.source), accent), ("   ", muted)],
    );
    pen.spot((area.x, area.y, x.saturating_sub(3)), Press::Run(Id::Back));
    let open = model.reader.message.as_ref();
    let place = open.and_then(|open| model.list.rows.iter().position(|row| row.holds(open.id)));
    if let Some(place) = place.and_then(|place| u64::try_from(place).ok()) {
        let tally = model.search.of(model.list.source).and_then(|shown| shown.tally);
        let total = tally.map_or(model.list.total, |tally| tally.total);
        let number = format::count(model.list.first + place + 1);
        // How many conversations there are is known when the last one is.
        let known = !model.list.arrangement.conversations || model.list.first + model.list.rows.len() as u64 >= total;
        let text = if known { format!("{number} of {}", format::count(total)) } else { number };
        pen.put(x, area.y, end, &text, muted);
    }
}

/// Draws how things stand at the right; gives the column that the left side must stay before.
fn draw_state(model: &Model, pen: &mut Pen<'_>, area: Rect) -> u16 {
    let end = area.right().saturating_sub(1);
    let state = phrase(model, pen);
    let style = pen.style(state.role);
    let mut right = end;
    // the line of progress only where it costs nobody room
    if let Some((done, total)) = state.progress.filter(|_| area.width >= 160) {
        let text = format!("{:>4}", format!("{}%", format::percent(done, total)));
        right = pen.put_right(area.x, right, area.y, &text, style).saturating_sub(PROGRESS + 1);
        pen.progress(right, area.y, PROGRESS, done, total);
        right = right.saturating_sub(2);
    }
    // half of a narrow bar stays for the accounts
    let start = area.x + area.width / 3;
    let begin = pen.put_right(start, right, area.y, &state.text, style);
    if !state.text.is_empty() {
        pen.spot((begin, area.y, end), Press::Run(Id::Tasks));
    }
    begin.saturating_sub(1)
}

/// How things stand, in one phrase.
#[derive(Debug, Clone)]
pub struct State {
    /// The phrase.
    pub text: String,
    /// Good, running, or needs attention.
    pub role: Role,
    /// How far the one thing that runs is.
    pub progress: Option<(u64, u64)>,
}

/// What matters most right now: what waits for the user, what was refused, no network, what runs, else all is well.
pub fn phrase(model: &Model, pen: &Pen<'_>) -> State {
    let say = |text: String, role| State { text, role, progress: None };
    let open = crate::app::compose::shown(model).filter(|_| model.overlay.is_none());
    if let Some(text) = open.and_then(|open| compose::copied(model, open)) {
        return say(text, Role::Muted);
    }
    for view in &model.accounts {
        match &view.state {
            Connection::SignInRefused { .. } | Connection::SignInNeeded { .. } => {
                return say(format!("! {}: sign-in needed", names::account(view)), Role::Warn);
            }
            Connection::Blocked { .. } => {
                return say(format!("! {}: blocked", names::account(view)), Role::Warn);
            }
            Connection::Starting
            | Connection::Connecting
            | Connection::Online { .. }
            | Connection::Syncing
            | Connection::Offline { .. } => {}
        }
    }
    let queued = match model.tasks.queued {
        0 => String::new(),
        queued => format!(" {} {queued} queued", pen.glyphs.dot),
    };
    if model.tasks.failed > 0 {
        let words = keyed(model, "{tasks} shows");
        return say(format!("! {} {} {words}", tasks::failed(model), pen.glyphs.dot), Role::Warn);
    }
    if let Some(why) = model.options.read_only {
        return say(why.words().to_owned(), Role::Warn);
    }
    if let Some(text) = offline(model) {
        return say(format!("{text}{queued}"), Role::Warn);
    }
    let stuck = model.letters.stuck.len();
    if stuck > 0 {
        let (words, shows) = (if stuck == 1 { "mail waits" } else { "mails wait" }, keyed(model, "{tasks} shows"));
        return say(format!("! {} {words} {} {shows}", format::count(stuck as u64), pen.glyphs.dot), Role::Warn);
    }
    if let Some(state) = running(model, pen) {
        return state;
    }
    let synced = model.accounts.iter().filter_map(|view| match view.state {
        Connection::Online { synced } => Some(synced),
        Connection::Starting
        | Connection::Connecting
        | Connection::Syncing
        | Connection::Offline { .. }
        | Connection::SignInRefused { .. }
        | Connection::SignInNeeded { .. }
        | Connection::Blocked { .. } => None,
    });
    match synced.min() {
        Some(at) => say(format!("{} synced {}{queued}", pen.glyphs.ok, format::moment(at, model.clock)), Role::Ok),
        None => say(String::new(), Role::Muted),
    }
}

/// "offline since 13:57" when no account has a connection, "Home offline since 13:57" when one has none.
fn offline(model: &Model) -> Option<String> {
    let lost: Vec<_> = model
        .accounts
        .iter()
        .filter_map(|view| match view.state {
            Connection::Offline { since, .. } => Some((view, since)),
            Connection::Starting
            | Connection::Connecting
            | Connection::Online { .. }
            | Connection::Syncing
            | Connection::SignInRefused { .. }
            | Connection::SignInNeeded { .. }
            | Connection::Blocked { .. } => None,
        })
        .collect();
    let since = format::moment(lost.iter().map(|(_, since)| *since).min()?, model.clock);
    Some(match lost.as_slice() {
        all if all.len() == model.accounts.len() => format!("offline since {since}"),
        [(one, _)] => format!("{} offline since {since}", names::account(one)),
        several => format!("{} accounts offline since {since}", several.len()),
    })
}

/// What runs: its name and numbers when it is one thing, else how many.
fn running(model: &Model, pen: &Pen<'_>) -> Option<State> {
    let spinner = pen.glyphs.spinner(model.spinner);
    let say = |text: String, progress| Some(State { text, role: Role::Info, progress });
    let mut works = model.accounts.iter().flat_map(|view| view.progress.iter().map(move |work| (view, work)));
    if let Some((view, (what, &(done, total)))) = works.next() {
        let more = works.count();
        if more > 0 {
            return say(format!("{spinner} {} running", more + 1), None);
        }
        let account = if model.accounts.len() > 1 { format!("{}  ", names::account(view)) } else { String::new() };
        let what = names::work(what.as_str());
        let text = format!("{spinner} {account}{what}  {}/{}", format::count(done), format::count(total));
        return say(text, Some((done, total)));
    }
    let busy = |state: Connection| model.accounts.iter().any(|view| view.state == state);
    if busy(Connection::Syncing) {
        return say(format!("{spinner} syncing"), None);
    }
    if busy(Connection::Connecting) || busy(Connection::Starting) {
        return say(format!("{spinner} connecting"), None);
    }
    None
}
