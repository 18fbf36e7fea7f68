//! A frame as text, and its styles as a map.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use posthaste::app::model::Model;
use posthaste::ui;
use posthaste::ui::theme::Theme;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::Position;
use ratatui::style::Style;

/// Draws the model with this theme; gives the cells and where the terminal's cursor is, if it is shown.
pub fn paint(model: &Model, theme: &Theme) -> (Buffer, Option<Position>) {
    let mut terminal = Terminal::new(TestBackend::new(model.size.0, model.size.1)).unwrap();
    let mut buffer = None;
    terminal
        .draw(|frame| {
            ui::draw(model, theme, frame);
            buffer = Some(frame.buffer_mut().clone());
        })
        .unwrap();
    let shown = terminal.backend().cursor_visible();
    let cursor = shown.then(|| terminal.get_cursor_position().unwrap());
    (buffer.unwrap(), cursor)
}

/// The rows as text, trailing spaces cut off.
pub fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut hidden = 0;
        for x in 0..buffer.area.width {
            if hidden > 0 {
                hidden -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            hidden = symbol.cell_width().saturating_sub(1);
            line.push_str(symbol);
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// A letter for each style, row by row, with a key below: `.` is the plain style.
pub fn styles(buffer: &Buffer) -> String {
    let plain = buffer[(0, 0)].style();
    let plain = Style { fg: Some(ratatui::style::Color::Reset), bg: Some(ratatui::style::Color::Reset), ..plain };
    let plain = Style { add_modifier: ratatui::style::Modifier::empty(), ..plain };
    let mut names: BTreeMap<String, char> = BTreeMap::new();
    let mut key = String::new();
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        for x in 0..buffer.area.width {
            let style = buffer[(x, y)].style();
            if style == plain {
                line.push('.');
                continue;
            }
            let next = char::from(b'a' + u8::try_from(names.len() % 26).unwrap());
            let name = *names.entry(format!("{style:?}")).or_insert_with(|| {
                writeln!(key, "{next}: {} {} {}", style.fg.unwrap(), style.bg.unwrap(), flags(style)).unwrap();
                next
            });
            line.push(name);
        }
        out.push_str(line.trim_end_matches('.'));
        out.push('\n');
    }
    out + &key
}

fn flags(style: Style) -> String {
    style.add_modifier.iter_names().map(|(name, _)| name.to_lowercase()).collect::<Vec<_>>().join(" ")
}

/// The text of a model's frame in the dark theme, and where the cursor is.
pub fn screen(model: &Model) -> String {
    let (buffer, cursor) = paint(model, &Theme::dusk());
    let cursor = cursor.map_or("hidden".to_owned(), |at| format!("{},{}", at.x, at.y));
    format!("{}cursor {cursor}\n", text(&buffer))
}
