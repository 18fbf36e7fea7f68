//! The tasks screen: every account, what waits for the server, what was refused, what was done and can be taken back, and
//! what just happened.

use ratatui::layout::{Position, Rect};

use crate::app::accounts::{self, Stock};
use crate::app::action::Id;
use crate::app::compose::order::{Unsent, Waiting};
use crate::app::lines::{reason, task_queue};
use crate::app::model::{AccountView, Activity, Model};
use crate::app::msg::Press;
use crate::app::tasks as queue;
use crate::protocol::{Connection, Need, OpRow, OpState, Reversal};
use crate::safe_text::SafeText;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::{columns, format, keys, names};

mod letters;

/// Columns of a progress line.
const PROGRESS: u16 = 20;

/// A line of the screen.
enum Line<'a> {
    Blank,
    Head(&'static str),
    Account(&'a AccountView),
    /// One more thing that an account does.
    Work(&'a str, u64, u64),
    /// What is on the disk of an account that is not shown.
    Shelved(&'a Stock),
    /// Messages of accounts that were let go which are still on the disk.
    Leaving(u64),
    /// How much the search index holds.
    Index(&'a str),
    Op(usize, &'a OpRow),
    /// A mail on its way.
    Mail(usize, &'a Waiting),
    /// A letter that was not sent.
    Letter(usize, &'a Unsent),
    Refusal(&'a str),
    Recent(&'a Activity),
    Note(&'static str),
}

impl Line<'_> {
    /// Which of the lines that can be selected it is.
    const fn place(&self) -> Option<usize> {
        match self {
            Self::Op(place, _) | Self::Mail(place, _) | Self::Letter(place, _) => Some(*place),
            Self::Blank
            | Self::Head(_)
            | Self::Account(_)
            | Self::Work(..)
            | Self::Shelved(_)
            | Self::Leaving(_)
            | Self::Index(_)
            | Self::Refusal(_)
            | Self::Recent(_)
            | Self::Note(_) => None,
        }
    }
}

/// Draws the screen's lines; `cursor` is a place in the queue and `top` the first visible line, moved so that the cursor
/// is seen.
pub fn draw(model: &Model, cursor: usize, top: usize, pen: &mut Pen<'_>, area: Rect) {
    let lines = lines(model);
    let rows = usize::from(area.height);
    let at = lines.iter().position(|line| line.place() == Some(cursor)).unwrap_or_default();
    let last = lines.len().saturating_sub(rows);
    let top = top.min(last).clamp((at + 2).saturating_sub(rows), at.max(top.min(last)));
    let grid = Grid::of(model, area);
    pen.cursor = Some(Position::new(area.x, area.y));
    for (y, line) in (area.top()..area.bottom()).zip(lines.iter().skip(top)) {
        draw_line(model, line, &grid, pen, y);
        if let Some(place) = line.place() {
            pen.spot((area.x, y, area.right()), Press::Task(place));
        }
        if line.place() == Some(cursor) {
            pen.select(Rect::new(area.x, y, area.width, 1), Role::Sel);
            pen.cursor = Some(Position::new(area.x, y));
        }
    }
}

fn lines(model: &Model) -> Vec<Line<'_>> {
    let mut lines = vec![Line::Blank];
    for view in &model.accounts {
        lines.push(Line::Account(view));
        lines.extend(view.progress.iter().skip(1).map(|(what, &(done, all))| Line::Work(what.as_str(), done, all)));
    }
    lines.extend(model.shelved.stock.iter().map(Line::Shelved));
    if model.shelved.leaving > 0 {
        lines.push(Line::Leaving(model.shelved.leaving));
    }
    lines.extend(model.tasks.index.iter().map(|words| Line::Index(words.as_str())));
    let shelf = &model.letters.shelf;
    let letters = shelf.outbox.len();
    let before = letters + shelf.letters.len();
    if letters > 0 {
        lines.extend([Line::Blank, Line::Head("OUTBOX")]);
    }
    for (place, mail) in shelf.outbox.iter().enumerate() {
        lines.push(Line::Mail(place, mail));
        lines.extend(reason(mail).map(|why| Line::Refusal(why.as_str())));
    }
    if before > letters {
        lines.extend([Line::Blank, Line::Head("DRAFTS")]);
    }
    lines.extend(shelf.letters.iter().enumerate().map(|(place, unsent)| Line::Letter(letters + place, unsent)));
    lines.extend([Line::Blank, Line::Head("QUEUE")]);
    let waiting = task_queue(model);
    if waiting == 0 {
        lines.push(Line::Note("nothing waits for a server"));
    }
    for (place, op) in queue::ops(model).enumerate() {
        if place == waiting {
            lines.extend([Line::Blank, Line::Head("DONE")]);
        }
        lines.push(Line::Op(before + place, op));
        lines.extend(op.error.iter().map(|error| Line::Refusal(error.as_str())));
    }
    if !model.tasks.recent.is_empty() {
        lines.extend([Line::Blank, Line::Head("RECENT")]);
        lines.extend(model.tasks.recent.iter().map(Line::Recent));
    }
    lines.push(Line::Blank);
    lines.push(Line::Note("You can keep working: everything shown is already on disk, changes wait in the queue."));
    lines
}

/// Where the columns of the screen begin.
struct Grid {
    sign: u16,
    name: u16,
    what: u16,
    /// Where the progress line begins, if there is room for it.
    progress: Option<u16>,
    right: u16,
    end: u16,
    /// Whether the right column has room for a word alone.
    narrow: bool,
}

impl Grid {
    fn of(model: &Model, area: Rect) -> Self {
        let longest = model.accounts.iter().map(|view| columns::width(&names::account(view))).max().unwrap_or_default();
        let sign = area.x + if model.options.face.is_linear() { 0 } else { 2 };
        let name = sign + 2;
        let what = name + longest.clamp(5, (area.width / 5).max(5)) + 3;
        let end = area.right().saturating_sub(2);
        // the right column stays near its line on a wide screen
        let narrow = area.width < 60;
        let right = match area.width {
            100.. => (what + 60).min(end.saturating_sub(24)),
            60.. => end.saturating_sub(20),
            _ => end.saturating_sub(8),
        };
        let progress = (right >= what + 32 + PROGRESS).then(|| right - PROGRESS - 7);
        Self { sign, name, what, progress, right, end, narrow }
    }
}

fn draw_line(model: &Model, line: &Line<'_>, grid: &Grid, pen: &mut Pen<'_>, y: u16) {
    match line {
        Line::Blank => {}
        Line::Head(text) => {
            let style = pen.bold(Role::Faint);
            pen.put(grid.sign, y, grid.end, text, style);
        }
        Line::Account(view) => draw_account(model, view, grid, pen, y),
        Line::Work(what, done, all) => draw_work(what, *done, *all, grid, pen, y),
        Line::Index(what) => {
            let said =
                Said { sign: "", sign_role: Role::Muted, name: "Search", what, right: "", right_role: Role::Muted };
            draw_said(&said, grid, pen, y);
        }
        Line::Shelved(stock) => draw_shelved(model, stock, grid, pen, y),
        Line::Leaving(messages) => {
            let what = format!("removing what is left of an account: {}", accounts::words(*messages, 0));
            let said = Said {
                sign: pen.glyphs.spinner(model.spinner),
                sign_role: Role::Info,
                name: "Disk",
                what: &what,
                right: "",
                right_role: Role::Muted,
            };
            draw_said(&said, grid, pen, y);
        }
        Line::Op(_, op) => draw_op(model, op, grid, pen, y),
        Line::Mail(_, mail) => letters::draw_mail(model, mail, grid, pen, y),
        Line::Letter(_, unsent) => letters::draw_letter(model, unsent, grid, pen, y),
        Line::Refusal(text) => {
            let style = pen.style(Role::Warn);
            pen.put(grid.what, y, grid.end, text, style);
        }
        Line::Recent(activity) => draw_recent(model, activity, grid, pen, y),
        Line::Note(text) => {
            let style = pen.style(Role::Faint);
            pen.put(grid.sign, y, grid.end, text, style);
        }
    }
}

/// What a line of the screen says.
struct Said<'a> {
    sign: &'a str,
    sign_role: Role,
    name: &'a str,
    what: &'a str,
    right: &'a str,
    right_role: Role,
}

fn draw_said(said: &Said<'_>, grid: &Grid, pen: &mut Pen<'_>, y: u16) {
    if pen.linear {
        let style = pen.style(Role::Fg);
        let words = [said.what, said.right].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        pen.put(0, y, pen.area().right(), &format!("{}: {words}", said.name), style);
        return;
    }
    let (sign, name) = (pen.style(said.sign_role), pen.bold(Role::Fg));
    let (what, right) = (pen.style(Role::Muted), pen.style(said.right_role));
    pen.put(grid.sign, y, grid.name, said.sign, sign);
    pen.put(grid.name, y, grid.what.saturating_sub(1), said.name, name);
    // a reason that needs the room takes it when nothing stands to its right
    let stop = if said.right.is_empty() { grid.end } else { grid.right.saturating_sub(2) };
    pen.put(grid.what, y, stop, said.what, what);
    pen.put(grid.right, y, grid.end, said.right, right);
}

fn draw_account(model: &Model, view: &AccountView, grid: &Grid, pen: &mut Pen<'_>, y: u16) {
    let name = names::account(view);
    let spinner = pen.glyphs.spinner(model.spinner);
    let say = |sign, sign_role, what, right, right_role| Said { sign, sign_role, name: &name, what, right, right_role };
    if let Some((what, &(done, total))) = view.progress.first_key_value() {
        if pen.linear {
            let what = format!("{}, {}%", names::work(what.as_str()), format::percent(done, total));
            return draw_said(&say("", Role::Info, &what, "", Role::Muted), grid, pen, y);
        }
        draw_said(&say(spinner, Role::Info, "", "", Role::Muted), grid, pen, y);
        draw_work(what.as_str(), done, total, grid, pen, y);
        return;
    }
    match &view.state {
        Connection::Starting => draw_said(&say(spinner, Role::Info, "starting", "", Role::Muted), grid, pen, y),
        Connection::Connecting => draw_said(&say(spinner, Role::Info, "connecting", "", Role::Muted), grid, pen, y),
        Connection::Syncing => draw_said(&say(spinner, Role::Info, "syncing", "", Role::Muted), grid, pen, y),
        Connection::Online { synced } => {
            let folders = model.folders.rows.iter().filter(|row| row.account == view.id).count();
            let what = format!("{folders} folders up to date");
            let at = format::moment(*synced, model.clock);
            let right = if grid.narrow { at } else { format!("synced {at}") };
            draw_said(&say(pen.glyphs.ok, Role::Ok, &what, &right, Role::Ok), grid, pen, y);
        }
        Connection::Offline { since, retry, reason } => {
            let since = format!("offline since {}", format::moment(*since, model.clock));
            let right = match retry {
                Some(_) | None if grid.narrow => "offline".to_owned(),
                Some(at) => format!("retry in {}", format::wait(at.0.saturating_sub(model.clock.now.0))),
                None => since.clone(),
            };
            let what = if reason.as_str().is_empty() { since.as_str() } else { reason.as_str() };
            draw_said(&say(pen.glyphs.dot, Role::Muted, what, &right, Role::Muted), grid, pen, y);
        }
        Connection::SignInRefused { reason } => {
            let right = keys::label(model, Id::SyncNow).map(|key| format!("{key} signs in again")).unwrap_or_default();
            let what = format!("cannot sign in: {reason}");
            draw_said(&say("!", Role::Warn, &what, &right, Role::Warn), grid, pen, y);
        }
        Connection::SignInNeeded { need, reason } => {
            let deed = match need {
                Need::Password | Need::SignIn => "signs in",
                Need::Command => "runs it here",
                Need::Unlock => "tries again",
            };
            let right = keys::label(model, Id::SignIn).map(|key| format!("{key} {deed}")).unwrap_or_default();
            draw_said(&say("!", Role::Warn, reason.as_str(), &right, Role::Warn), grid, pen, y);
        }
        Connection::Blocked { reason } => {
            draw_said(&say("!", Role::Warn, reason.as_str(), "", Role::Warn), grid, pen, y);
        }
    }
}

/// What is on the disk of an account that is not shown, and what can be done about it.
fn draw_shelved(model: &Model, stock: &Stock, grid: &Grid, pen: &mut Pen<'_>, y: u16) {
    let waits = match stock.waiting {
        0 => String::new(),
        1 => ", 1 change waits".to_owned(),
        many => format!(", {many} changes wait"),
    };
    let what = format!("{} on this disk{waits}", accounts::words(stock.messages, stock.bytes));
    let right = if model.shelved.is_disabled(&stock.name) { "disabled" } else { "not in the config" };
    let name = SafeText::new(&stock.name);
    let name = names::capital(name.as_str());
    let said = Said {
        sign: pen.glyphs.dot,
        sign_role: Role::Faint,
        name: &name,
        what: &what,
        right: if grid.narrow { "" } else { right },
        right_role: Role::Muted,
    };
    draw_said(&said, grid, pen, y);
}

fn draw_work(what: &str, done: u64, total: u64, grid: &Grid, pen: &mut Pen<'_>, y: u16) {
    let (muted, fg) = (pen.style(Role::Muted), pen.style(Role::Fg));
    let stop = grid.progress.unwrap_or(grid.right).saturating_sub(2);
    pen.put(grid.what, y, stop, &names::work(what), muted);
    if let Some(x) = grid.progress {
        pen.progress(x, y, PROGRESS, done, total);
        let percent = format!("{}%", format::percent(done, total));
        pen.put_right(x + PROGRESS, x + PROGRESS + 5, y, &percent, fg);
    }
    let text = if grid.narrow {
        format!("{}%", format::percent(done, total))
    } else {
        format!("{} of {}", format::count(done), format::count(total))
    };
    pen.put(grid.right, y, grid.end, &text, muted);
}

/// Whether an account has no connection, and makes none at the moment.
fn is_away(state: &Connection) -> bool {
    match state {
        Connection::Offline { .. }
        | Connection::SignInRefused { .. }
        | Connection::SignInNeeded { .. }
        | Connection::Blocked { .. } => true,
        Connection::Starting | Connection::Connecting | Connection::Online { .. } | Connection::Syncing => false,
    }
}

fn draw_op(model: &Model, op: &OpRow, grid: &Grid, pen: &mut Pen<'_>, y: u16) {
    let spinner = pen.glyphs.spinner(model.spinner);
    let view = model.accounts.iter().find(|view| view.name == op.account);
    // What was on its way when the line was lost is on its way no more.
    let state = match op.state {
        OpState::Sending if view.is_some_and(|view| is_away(&view.state)) => OpState::Queued,
        state @ (OpState::Queued | OpState::Sending | OpState::Done | OpState::Failed | OpState::Dropped) => state,
    };
    let (sign, sign_role, right, right_role) = match state {
        OpState::Queued => (pen.glyphs.pending, Role::Muted, "waits", Role::Muted),
        OpState::Sending => (spinner, Role::Info, "sending", Role::Info),
        OpState::Done => (pen.glyphs.ok, Role::Ok, "done", Role::Muted),
        OpState::Failed => ("!", Role::Error, "refused", Role::Error),
        OpState::Dropped => (pen.glyphs.dot, Role::Faint, "taken back", Role::Faint),
    };
    let name = owner(model, op.account.as_str());
    let since = format::moment(op.created, model.clock);
    let word = match (op.state, op.reversal) {
        (OpState::Done, Reversal::Undo) => keys::label(model, Id::Undo).map(|key| format!("{key} undo")),
        (OpState::Dropped, Reversal::Redo) => keys::label(model, Id::Redo).map(|key| format!("{key} redo")),
        (OpState::Queued | OpState::Sending | OpState::Done | OpState::Failed | OpState::Dropped, _) => None,
    };
    let right = word.as_deref().unwrap_or(right);
    let right = if grid.narrow { right.to_owned() } else { format!("{right}  {since}") };
    draw_said(
        &Said { sign, sign_role, name: &name, what: op.summary.as_str(), right: &right, right_role },
        grid,
        pen,
        y,
    );
}

/// "Work +1": whose an operation is; that it is about others, too.
fn owner(model: &Model, accounts: &str) -> String {
    let first = accounts.split(", ").next().unwrap_or_default();
    let view = model.accounts.iter().find(|view| view.name.as_str() == first).map(names::account);
    let name = view.as_deref().unwrap_or(first).to_owned();
    match accounts.split(", ").count() {
        0 | 1 => name,
        several => format!("{name} +{}", several - 1),
    }
}

fn draw_recent(model: &Model, activity: &Activity, grid: &Grid, pen: &mut Pen<'_>, y: u16) {
    let (faint, muted) = (pen.style(Role::Faint), pen.style(Role::Muted));
    let account = activity.account.and_then(|id| names::account_of(model, id)).map(names::account);
    let x = pen.put(grid.sign, y, grid.end, &format::time_with_seconds(activity.at, model.clock), faint) + 2;
    let text = x + grid.what.saturating_sub(grid.name);
    pen.put(x, y, text.saturating_sub(1), account.as_deref().unwrap_or_default(), muted);
    pen.put(text, y, grid.end, activity.text.as_str(), muted);
}
