//! One line to type, and the question before something that cannot be undone.

use ratatui::layout::{Position, Rect};

use crate::app::action::{Context, Id};
use crate::app::model::{InputPurpose, Model, Tagged};
use crate::app::msg::Press;
use crate::app::update::tag;
use crate::safe_text::SafeText;
use crate::ui::keys::Labels;
use crate::ui::overlay::{draw_prompt, spot};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::{columns, names};

/// Draws the input line; `cursor` is counted in characters.
pub fn draw_input(model: &Model, purpose: &InputPurpose, text: &str, cursor: usize, pen: &mut Pen<'_>, area: Rect) {
    let (title, about) = match purpose {
        InputPurpose::CreateFolder(account) => {
            let name = names::account_of(model, *account).map(names::account).unwrap_or_default();
            (format!("New folder in {name}"), "a / makes a folder inside another")
        }
        InputPurpose::RenameFolder(folder) => {
            let path = names::folder_of(model, *folder).map_or("", |row| row.path.as_str());
            (format!("Rename {path}"), "a / moves it inside another")
        }
        InputPurpose::Tag(tagged) => return draw_tag(model, tagged, text, cursor, pen, area),
        // Typed in the footer, so that the text stays in sight.
        InputPurpose::Find | InputPurpose::Search => return,
        InputPurpose::SaveSearch(_) => ("Save search".to_owned(), "its name, under Favourites; g and a digit open it"),
        InputPurpose::Program { pipe: true, part: None, .. } => {
            ("Pipe the message to".to_owned(), "a shell command; the message is its input")
        }
        InputPurpose::Program { pipe: true, part: Some(_), .. } => {
            ("Pipe to".to_owned(), "a shell command; the attachment is its input")
        }
        InputPurpose::Program { pipe: false, .. } => {
            ("Open with".to_owned(), "a program; with & at its end it runs beside")
        }
    };
    let hint = format!("enter done {} esc cancel", pen.glyphs.dot);
    let inside = pen.float(spot(area, 56, 4), &title, &hint, Role::Accent);
    if inside.height == 0 {
        return;
    }
    draw_prompt(text, cursor, "", pen, inside);
    if inside.height > 1 {
        let style = pen.style(Role::Faint);
        pen.put(inside.x + 4, inside.y + 1, inside.right().saturating_sub(1), about, style);
    }
}

/// Draws the line for labels: which the messages have, and which could follow.
fn draw_tag(model: &Model, tagged: &Tagged, text: &str, cursor: usize, pen: &mut Pen<'_>, area: Rect) {
    let title = match tagged.messages.len() {
        1 => "Label".to_owned(),
        count => format!("Label {count} messages"),
    };
    let dot = pen.glyphs.dot;
    let hint = format!("tab completes {dot} enter done {dot} esc cancel");
    let inside = pen.float(spot(area, 60, 7), &title, &hint, Role::Accent);
    if inside.height == 0 {
        return;
    }
    draw_prompt(text, cursor, "", pen, inside);
    let (x, end) = (inside.x + 2, inside.right().saturating_sub(1));
    let (faint, fg, label) = (pen.style(Role::Faint), pen.style(Role::Muted), pen.style(Role::Q2));
    let names = |names: Vec<String>| -> String { names.join("  ") };
    let shown = |(name, all): &(String, bool)| if *all { format!("#{name}") } else { format!("#{name} (some)") };
    let present: Vec<String> = tagged.labels.iter().map(shown).collect();
    let offers = tag::offers(model, tagged, text, cursor);
    let lines = [
        ("has   ", names(present), label, "no labels"),
        ("known ", names(offers), fg, "no other label begins so"),
        ("      ", String::new(), faint, "work sets or clears it; +work sets, -work clears"),
    ];
    for (y, (head, names, style, none)) in (inside.y + 1..inside.bottom()).zip(lines) {
        let names = SafeText::new(&names);
        let (names, style) = if names.as_str().is_empty() { (none, faint) } else { (names.as_str(), style) };
        let after = pen.put(x, y, end, head.trim_end(), faint);
        let start = if head.trim().is_empty() { x } else { x + 6 };
        pen.put(start.max(after), y, end, names, style);
    }
}

/// Draws the question with its two answers.
pub fn draw_confirm(model: &Model, question: &SafeText, messages: usize, pen: &mut Pen<'_>, area: Rect) {
    let width = 56.min(area.width.saturating_sub(2));
    let lines = columns::wrap(question.as_str(), width.saturating_sub(6));
    let rows = u16::try_from(lines.len()).unwrap_or(1).min(area.height.saturating_sub(6)).max(1);
    let inside = pen.float(spot(area, width, rows + 4), "", "", Role::Warn);
    if inside.height == 0 {
        return;
    }
    let (warn, fg, key, muted) =
        (pen.bold(Role::Warn), pen.style(Role::Fg), pen.style(Role::Key), pen.style(Role::Muted));
    let (x, end) = (inside.x + 1, inside.right().saturating_sub(1));
    for (y, line) in (inside.top()..inside.top() + rows).zip(&lines) {
        let sign = if y == inside.y { "! " } else { "  " };
        pen.put_all(x, y, end, &[(sign, warn), (line, fg)]);
    }
    let y = inside.y + rows + 1;
    if y < inside.bottom() {
        let yes = if messages > 1 { format!(" yes, all {messages}   ") } else { " yes   ".to_owned() };
        let labels = Labels::of(model, Context::Confirm);
        let of = |id| labels.key(id).unwrap_or_default();
        let no = pen.put_all(x + 2, y, end, &[(&of(Id::Yes), key), (&yes, muted)]);
        let after = pen.put_all(no, y, end, &[("esc", key), (" no", muted)]);
        pen.spot((x + 2, y, no.saturating_sub(2)), Press::Run(Id::Yes));
        pen.spot((no, y, after), Press::Run(Id::Back));
    }
    pen.cursor = Some(Position::new(x + 2, y.min(inside.bottom().saturating_sub(1))));
}
