//! A list without rows: it is being opened, is still coming from the server, or there is nothing left to do.

use ratatui::layout::{Position, Rect};

use crate::app::cursor::unconnected;
use crate::app::model::{Model, Pane};
use crate::app::msg::Press;
use crate::app::search::Lookup;
use crate::mail::folder::Role as FolderRole;
use crate::mail::list::Source;
use crate::protocol::Connection;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::{columns, format, keys, names};

/// The closed envelope.
const ENVELOPE: [&str; 4] = ["╭───────╮", "│ ╲   ╱ │", "│   ╳   │", "╰───────╯"];
const ENVELOPE_ASCII: [&str; 4] = ["+-------+", "| \\   / |", "|   X   |", "+-------+"];

/// Draws what stands in an empty list.
pub fn draw(model: &Model, pen: &mut Pen<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    if model.focus == Pane::List {
        pen.cursor = Some(Position::new(area.x, area.y));
    }
    let spinner = pen.glyphs.spinner(model.spinner);
    if let Some(shown) = model.search.of(model.list.source).filter(|_| !model.list.loading) {
        return draw_nothing_found(model, shown, pen, area);
    }
    if model.list.loading && nothing_here(model) {
        draw_nothing_here(model, pen, area);
    } else if model.list.loading {
        line(pen, area, area.height / 3, &format!("{spinner} opening"), Role::Muted);
    } else if model.list.syncing {
        line(pen, area, area.height / 3, &format!("{spinner} loading from the server"), Role::Muted);
        line(pen, area, area.height / 3 + 1, "you can keep working meanwhile", Role::Faint);
    } else if model.list.source.is_none() {
        line(pen, area, area.height / 3, "no folder open", Role::Muted);
    } else if is_inbox(model) {
        draw_done(model, pen, area);
    } else {
        let name = names::source(model, model.list.source);
        line(pen, area, area.height / 3, &format!("nothing in {name}"), Role::Muted);
    }
}

/// Whether the cache has told that it has no folder, and no account is connected that could bring one.
fn nothing_here(model: &Model) -> bool {
    let told = model.work.folders.answered && model.folders.rows.is_empty();
    let all_down = || model.accounts.iter().all(|view| unconnected(model, view.id).is_some());
    told && !model.accounts.is_empty() && all_down()
}

/// Nothing is on the disk yet: what it waits for.
fn draw_nothing_here(model: &Model, pen: &mut Pen<'_>, area: Rect) {
    let mut lines = vec![("nothing is on this computer yet".to_owned(), Role::Muted)];
    for view in &model.accounts {
        let name = names::account(view);
        lines.push(match &view.state {
            Connection::Offline { reason, .. } => (format!("{name} is offline: {reason}"), Role::Faint),
            Connection::Blocked { .. } => (format!("{name} is not connected"), Role::Faint),
            Connection::SignInRefused { .. } => (format!("{name} cannot sign in"), Role::Faint),
            Connection::SignInNeeded { .. } => (format!("{name} waits for you to sign in"), Role::Faint),
            Connection::Starting | Connection::Connecting | Connection::Online { .. } | Connection::Syncing => {
                (format!("connecting to {name}"), Role::Faint)
            }
        });
    }
    lines.push(("mail comes once there is a connection".to_owned(), Role::Faint));
    let mut down = area.height / 3;
    for (text, role) in lines {
        for text in columns::wrap(&text, area.width.saturating_sub(2)) {
            line(pen, area, down, &text, role);
            down += 1;
        }
    }
}

/// Nothing was found: what was left out, and whether somebody still looks.
fn draw_nothing_found(model: &Model, shown: &Lookup, pen: &mut Pen<'_>, area: Rect) {
    let looking = model.list.waiting.is_some() || model.list.syncing;
    let down = area.height / 3;
    if looking {
        let spinner = pen.glyphs.spinner(model.spinner);
        line(pen, area, down, &format!("{spinner} searching"), Role::Muted);
    } else {
        line(pen, area, down, "nothing found", Role::Muted);
    }
    if !shown.query.names_folders() && shown.within.is_none() {
        line(pen, area, down + 1, "in:anywhere looks into Trash and Junk too", Role::Faint);
    }
}

fn is_inbox(model: &Model) -> bool {
    match model.list.source {
        Some(Source::AllInboxes) => true,
        Some(Source::Folder(id)) => names::folder_of(model, id).is_some_and(|row| row.role == Some(FolderRole::Inbox)),
        Some(Source::Starred | Source::Marked(_) | Source::Search(_)) | None => false,
    }
}

fn draw_done(model: &Model, pen: &mut Pen<'_>, area: Rect) {
    let hints = keys::empty_inbox(model);
    let rows = u16::try_from(hints.len()).unwrap_or(0);
    let picture = !pen.linear && area.height >= 12 + rows && area.width >= 30;
    let block = if picture { 9 + rows } else { 2 };
    let mut y = area.height.saturating_sub(block) / 2;
    if picture {
        let envelope = if pen.glyphs.bar == ">" { ENVELOPE_ASCII } else { ENVELOPE };
        for text in envelope {
            line(pen, area, y, text, Role::Faint);
            y += 1;
        }
        y += 1;
    }
    let style = pen.style(Role::Unread);
    let text = "Nothing left to do here";
    pen.put(centred(area, columns::width(text)), area.y + y, area.right(), text, style);
    if model.handled > 0 {
        let text = format!("{} handled since the start", format::count(u64::from(model.handled)));
        line(pen, area, y + 1, &text, Role::Muted);
    }
    if !picture {
        return;
    }
    let (key_style, muted, accent) = (pen.style(Role::Key), pen.style(Role::Muted), pen.style(Role::Accent));
    let x = centred(area, 28);
    for (place, (id, key, label, more)) in (y + 4..).zip(&hints) {
        pen.put(x, area.y + place, area.right(), key, key_style);
        let runs = [(*label, muted), ("    ", muted), (more.as_str(), accent)];
        let after = pen.put_all(x + 5, area.y + place, area.right(), &runs);
        pen.spot((x, area.y + place, after), Press::Run(*id));
    }
}

fn line(pen: &mut Pen<'_>, area: Rect, down: u16, text: &str, role: Role) {
    if down < area.height {
        let style = pen.style(role);
        pen.put(centred(area, columns::width(text)), area.y + down, area.right(), text, style);
    }
}

const fn centred(area: Rect, width: u16) -> u16 {
    area.x + area.width.saturating_sub(width) / 2
}
