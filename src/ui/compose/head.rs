//! The fields of a letter: as chips and words, and as a line where they are typed.

use ratatui::layout::{Position, Rect};

use crate::app::compose::editor::Editor;
use crate::app::compose::place::{LABEL, Places};
use crate::app::compose::{Field, Open, Tool, chip, is_wrong, seal};
use crate::app::model::Model;
use crate::app::msg::Press;
use crate::letter::{Mailbox, Seal};
use crate::safe_text::SafeText;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::{columns, format};

/// Draws them.
pub(super) fn draw(model: &Model, open: &Open, places: &Places, pen: &mut Pen<'_>) {
    let (x, width) = places.column;
    let end = x + width;
    let label_wide = if width < 36 { 5 } else { LABEL };
    let value = x + label_wide + u16::from(pen.linear);
    let last = places.fields.last().map(|(field, _)| *field);
    for (field, y) in &places.fields {
        let here = *field == open.field;
        let name = if label_wide < LABEL { field.label().get(..4).unwrap_or(field.label()) } else { field.label() };
        let label = pen.style(if here { Role::Muted } else { Role::Faint });
        pen.put(x, *y, value, &if pen.linear { format!("{name}:") } else { name.to_owned() }, label);
        pen.spot((x, *y, end), Press::Line(*field));
        // How it is sealed stands at the end of the last line.
        let end = if last == Some(*field) && open.letter.resend.is_none() {
            draw_seal(model, open, pen, (value, *y, end))
        } else {
            end
        };
        match field {
            Field::To | Field::Cc | Field::Bcc if !here => chips(open.people(*field), pen, (value, *y, end)),
            Field::Attached => attached(open, here, pen, (value, *y, end)),
            Field::To | Field::Cc | Field::Bcc | Field::Subject | Field::Path => {
                if let Some(line) = open.line(*field) {
                    typed(line, *field, here, pen, (value, *y, end));
                }
            }
            Field::From | Field::Body => {}
        }
    }
}

/// People, each on a ground of its own; those that find no room are counted.
fn chips(people: &[Mailbox], pen: &mut Pen<'_>, (x, y, end): (u16, u16, u16)) {
    let mut at = x;
    let flat = pen.linear || pen.is_plain() || pen.glyphs.bar == ">";
    for (place, person) in people.iter().enumerate() {
        let name = chip(person).cut(32);
        let bad = is_wrong(person);
        let rest = people.len() - place;
        let more = if end.saturating_sub(x) >= 40 { format!(" +{rest} more") } else { format!(" +{rest}") };
        let wide = columns::width(name.as_str()) + 2;
        let need = if rest > 1 { wide + columns::width(&more) } else { wide };
        if at + need > end && place > 0 {
            pen.put(at, y, end, &more, pen.style(Role::Muted));
            return;
        }
        let style = pen.style(if bad { Role::Error } else { Role::Fg });
        let text = match (flat, rest > 1) {
            (false, _) => format!(" {} ", name.as_str()),
            (true, true) => format!("{},", name.as_str()),
            (true, false) => name.to_string(),
        };
        let after = pen.put(at, y, end, &text, style);
        if !flat {
            pen.tint(Rect { x: at, y, width: after.saturating_sub(at), height: 1 }, pen.style(Role::SelDim));
        }
        at = after + 1;
    }
    if !people.is_empty() && !flat {
        pen.put(at + 1, y, end, "+", pen.style(Role::Faint));
    }
}

/// A line that is typed; its part around the cursor where it is longer than the room.
fn typed(line: &Editor, field: Field, here: bool, pen: &mut Pen<'_>, (x, y, end): (u16, u16, u16)) {
    let room = end.saturating_sub(x + 1);
    if line.bytes() == 0 {
        let words = match field {
            Field::Path => "path of a file, ~ is your home",
            Field::Subject | Field::To | Field::Cc | Field::Bcc if here => "",
            Field::Subject => "(no subject)",
            Field::To | Field::Cc | Field::Bcc | Field::From | Field::Attached | Field::Body => "",
        };
        pen.put(x, y, end, words, pen.style(Role::Faint));
        if here {
            pen.cursor = Some(Position::new(x, y));
        }
        return;
    }
    let text = line.line_text(0);
    let before = SafeText::new(text.get(..line.cursor().byte).unwrap_or_default());
    let after = SafeText::new(text.get(line.cursor().byte..).unwrap_or_default());
    // What slid out at the left is as much as needed.
    let left = if here { before.clone() } else { SafeText::default() };
    let wide = columns::width(left.as_str());
    let skip = wide.saturating_sub(room);
    let shown = if skip == 0 { left.to_string() } else { columns::clip_start(left.as_str(), room).to_owned() };
    let style = match (field, here) {
        (Field::Subject, _) | (_, true) => pen.bold(Role::Fg),
        _ => pen.style(Role::Fg),
    };
    if here {
        let at = pen.put(x, y, end, &shown, style);
        pen.put(at, y, end, after.as_str(), style);
        pen.cursor = Some(Position::new(at.min(end.saturating_sub(1)), y));
    } else {
        let whole = SafeText::concat(&[&before, &after]);
        pen.put(x, y, end, whole.as_str(), style);
    }
}

/// "≡ contract-v3-signed.pdf  88 KB"
fn attached(open: &Open, here: bool, pen: &mut Pen<'_>, (x, y, end): (u16, u16, u16)) {
    let (fg, muted, sign) = (pen.style(Role::Fg), pen.style(Role::Muted), pen.style(Role::Faint));
    if open.letter.attachments.is_empty() {
        pen.put(x, y, end, "nothing any more", muted);
        pen.cursor = Some(Position::new(x, y));
        return;
    }
    // The chosen one is seen.
    let first = if here { open.chosen } else { 0 };
    let mut at = x;
    if here && open.letter.attachments.len() > 1 {
        let place = format!("{} of {}  ", open.chosen + 1, open.letter.attachments.len());
        at = pen.put(at, y, end, &place, muted);
    }
    for (place, attachment) in open.letter.attachments.iter().enumerate().skip(first) {
        let size = format!("  {}", format::size(attachment.size));
        let room = end.saturating_sub(at + columns::width(&size) + 2);
        let room = if place == first { usize::from(room).min(48) } else { 40 };
        let name = SafeText::squeezed(&attachment.name).cut(room);
        let rest = open.letter.attachments.len() - place;
        let wide = columns::width(name.as_str()) + columns::width(&size) + 2;
        let more = format!("+{rest} more");
        let need = if rest > 1 { wide + columns::width(&more) + 3 } else { wide };
        if at + need > end && place > first {
            pen.put(at, y, end, &more, muted);
            return;
        }
        let begin = at;
        let lead = format!("{} ", pen.glyphs.attachment);
        at = pen.put_all(at, y, end, &[(&lead, sign), (name.as_str(), fg), (&size, muted)]);
        if here && place == open.chosen {
            pen.tint(Rect { x: begin, y, width: at.saturating_sub(begin), height: 1 }, pen.style(Role::Sel));
            pen.cursor = Some(Position::new(begin, y));
        }
        at += 3;
    }
    if here {
        pen.put(at, y, end, "delete takes it off", pen.style(Role::Faint));
    }
}

/// How it is sealed, at the right; gives the column that what stands left of it must stay before.
fn draw_seal(model: &Model, open: &Open, pen: &mut Pen<'_>, (x, y, end): (u16, u16, u16)) -> u16 {
    let markdown = open.letter.markdown;
    // Where the writer says nothing it is as the config says, and as the keys allow.
    let chosen = open.letter.seal;
    let seal = if chosen == Seal::default() { open.prospect.seal } else { chosen };
    let plain = !seal.sign && !seal.encrypt;
    let mut words = if markdown { "markdown".to_owned() } else { String::new() };
    if !plain || seal.plain || end.saturating_sub(x) >= 56 {
        if markdown {
            words.push_str("  ");
        }
        words.push_str(seal::words(seal));
    }
    let wide = columns::width(&words);
    if words.is_empty() || wide + 12 > end.saturating_sub(x) {
        return end;
    }
    let role = if plain { Role::Faint } else { Role::Ok };
    let begin = pen.put_right(x, end, y, &words, pen.style(role));
    if super::key(model, Tool::Seal).is_some() {
        pen.spot((begin, y, end), Press::Run(crate::app::action::Id::Tool(Tool::Seal)));
    }
    begin.saturating_sub(2)
}
