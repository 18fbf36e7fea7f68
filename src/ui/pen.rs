//! The only code that writes cells: text by columns, grounds, hairlines and boxes, clipped to the frame.

use std::borrow::Cow;

use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;

use crate::app::msg::Press;
use crate::theme::Ink;
use crate::ui::columns;
use crate::ui::glyphs::Set;
use crate::ui::theme::{Role, Theme};

/// A frame to write to, with the theme and the signs to write with.
pub struct Pen<'a> {
    /// The cells.
    buffer: &'a mut Buffer,
    /// What roles look like.
    theme: &'a Theme,
    /// The signs.
    pub glyphs: &'static Set,
    /// Where the terminal's own cursor shall stand: the focused row or input.
    pub cursor: Option<Position>,
    /// Whether the screen is linear: nothing is drawn but words.
    pub linear: bool,
    /// Where the selected line begins that was drawn last.
    pub selected: Option<Position>,
    /// What can be clicked, and where; what was drawn last lies on top.
    pub spots: Vec<(Rect, Press)>,
}

impl<'a> Pen<'a> {
    /// A pen for this buffer.
    pub const fn new(buffer: &'a mut Buffer, theme: &'a Theme, glyphs: &'static Set) -> Self {
        Self { buffer, theme, glyphs, cursor: None, linear: false, selected: None, spots: Vec::new() }
    }

    /// The whole frame.
    pub const fn area(&self) -> Rect {
        *self.buffer.area()
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// The style of a role in bold.
    pub fn bold(&self, role: Role) -> Style {
        self.theme.style(role).add_modifier(Modifier::BOLD)
    }

    /// The style of a name that the user chose a colour for; else that of a role.
    pub fn ink(&self, ink: Option<Ink>, role: Role) -> Style {
        ink.map_or_else(|| self.theme.style(role), |ink| self.theme.ink(ink))
    }

    /// A button: text on the accent's ground.
    pub fn button(&self) -> Style {
        let (text, ground) = (self.theme.style(Role::OnAccent), self.theme.style(Role::Accent));
        match ground.fg {
            Some(ground) if text.fg.is_some() => text.bg(ground).add_modifier(Modifier::BOLD),
            _ => text.add_modifier(Modifier::BOLD | Modifier::REVERSED),
        }
    }

    /// Whether there is no colour, so that shapes must say everything.
    pub fn is_plain(&self) -> bool {
        self.theme.is_plain()
    }

    /// Writes text from column `x` up to but not including `end`, cut with the sign for "more"; gives the column after it.
    pub fn put(&mut self, x: u16, y: u16, end: u16, text: &str, style: Style) -> u16 {
        let end = end.min(self.area().right());
        if x >= end || y < self.area().top() || y >= self.area().bottom() {
            return x.min(end);
        }
        let text = columns::cut(text, end - x, self.glyphs.more);
        self.write(x, y, &text, style)
    }

    /// As [`Pen::put`], with the bytes at these places, which are in order, in another style.
    pub fn put_marked(
        &mut self,
        (x, y, end): (u16, u16, u16),
        text: &str,
        places: &[std::ops::Range<usize>],
        (style, marked): (Style, Style),
    ) -> u16 {
        let end = end.min(self.area().right());
        if x >= end || y < self.area().top() || y >= self.area().bottom() {
            return x.min(end);
        }
        let text = columns::cut(text, end - x, self.glyphs.more);
        // What stands for the part that was cut off is no hit.
        let kept = text.len() - if matches!(text, Cow::Owned(_)) { self.glyphs.more.len().min(text.len()) } else { 0 };
        let (mut at, mut x) = (0, x);
        for place in places.iter().map(|place| place.start..place.end.min(kept)).filter(|place| !place.is_empty()) {
            let (Some(plain), Some(hit)) = (text.get(at..place.start), text.get(place.clone())) else { break };
            x = self.write(x, y, plain, style);
            x = self.write(x, y, hit, marked);
            at = place.end;
        }
        self.write(x, y, text.get(at..).unwrap_or_default(), style)
    }

    /// Letters that a search found, in what else has this style.
    pub fn hit(&self, style: Style) -> Style {
        style.patch(self.bold(Role::Match))
    }

    /// Writes text that ends just before column `end`, never left of `start`; gives the column where it begins.
    pub fn put_right(&mut self, start: u16, end: u16, y: u16, text: &str, style: Style) -> u16 {
        let room = end.saturating_sub(start);
        let x = end.saturating_sub(columns::width(text).min(room));
        self.put(x, y, end, text, style);
        x
    }

    /// Writes several runs of text one after the other; gives the column after the last.
    pub fn put_all(&mut self, x: u16, y: u16, end: u16, runs: &[(&str, Style)]) -> u16 {
        runs.iter().fold(x, |x, (text, style)| self.put(x, y, end, text, *style))
    }

    /// Makes the row `y` from column `x` up to but not including `end` a spot that can be clicked.
    pub fn spot(&mut self, (x, y, end): (u16, u16, u16), press: Press) {
        let width = end.min(self.area().right()).saturating_sub(x);
        self.spots.push((Rect { x, y, width, height: 1 }, press));
    }

    /// Writes what is known to fit.
    fn write(&mut self, mut x: u16, y: u16, text: &str, style: Style) -> u16 {
        for grapheme in text.graphemes(true).filter(|grapheme| !grapheme.contains(char::is_control)) {
            let wide = grapheme.cell_width();
            for part in 0..wide {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    // the ground stays, the rest is the text's own
                    (cell.fg, cell.modifier) = (Color::Reset, Modifier::empty());
                    cell.set_symbol(if part == 0 { grapheme } else { " " }).set_style(style);
                }
                x += 1;
            }
        }
        x
    }

    /// Lays the ground of a role under what stands there.
    pub fn ground(&mut self, area: Rect, role: Role) {
        self.buffer.set_style(area, self.theme.style(role));
    }

    /// Gives what stands there another style.
    pub fn tint(&mut self, area: Rect, style: Style) {
        self.buffer.set_style(area.intersection(self.area()), style);
    }

    /// Shows a row as selected: its ground, and the bar at its left edge. Where the theme reverses instead of
    /// colouring, the row becomes one plain reversed strip and the bar stays outside it.
    pub fn select(&mut self, area: Rect, role: Role) {
        let style = self.theme.style(role);
        let area = area.intersection(self.area());
        if role == Role::Sel {
            self.selected = Some(Position::new(area.x, area.y));
        }
        let reversed = style.add_modifier.contains(Modifier::REVERSED);
        let strip = if style.bg.is_some() { area } else { inset_left(area) };
        if reversed {
            self.buffer.set_style(strip, Style::new().fg(Color::Reset).remove_modifier(Modifier::DIM));
        }
        self.buffer.set_style(strip, style);
        if self.linear {
            return;
        }
        let bar = if role == Role::Sel { self.style(Role::Accent) } else { self.style(Role::Faint) };
        for y in area.top()..area.bottom() {
            self.put(area.x, y, area.right(), self.glyphs.bar, bar);
        }
    }

    /// Empties an area. A wide character that reaches into it goes too, or it would hide the area's first column.
    pub fn clear(&mut self, area: Rect) {
        let area = area.intersection(self.area());
        for y in area.top()..area.bottom() {
            if area.x > self.area().x
                && let Some(cell) = self.buffer.cell_mut((area.x - 1, y))
                && cell.symbol().cell_width() > 1
            {
                cell.set_symbol(" ");
            }
            for x in area.left()..area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.reset();
                }
            }
        }
    }

    /// A hairline from column `x` up to but not including `end`.
    pub fn hline(&mut self, x: u16, end: u16, y: u16) {
        if self.linear {
            return;
        }
        let style = self.style(Role::Rule);
        for x in x..end.min(self.area().right()) {
            self.put(x, y, x + 1, self.glyphs.hline, style);
        }
    }

    /// A hairline down column `x` from row `y` up to but not including `end`.
    pub fn vline(&mut self, x: u16, y: u16, end: u16) {
        if self.linear {
            return;
        }
        let style = self.style(Role::Rule);
        for y in y..end.min(self.area().bottom()) {
            self.put(x, y, x + 1, self.glyphs.vline, style);
        }
    }

    /// One sign of a hairline.
    pub fn joint(&mut self, x: u16, y: u16, sign: &str) {
        if self.linear {
            return;
        }
        let style = self.style(Role::Rule);
        self.put(x, y, x.saturating_add(1), sign, style);
    }

    /// A progress line of `columns` columns: the part that is done in the accent, the rest a hairline.
    pub fn progress(&mut self, x: u16, y: u16, columns: u16, done: u64, total: u64) {
        if self.linear {
            return;
        }
        let full = u64::from(columns).saturating_mul(done.min(total)).checked_div(total).unwrap_or_default();
        let full = u16::try_from(full).unwrap_or(columns);
        let style = self.style(Role::Accent);
        for x in x..x.saturating_add(full) {
            self.put(x, y, x + 1, self.glyphs.done, style);
        }
        self.hline(x.saturating_add(full), x.saturating_add(columns), y);
    }

    /// Steps back what is there, so that what floats stands out.
    pub fn dim(&mut self) {
        if self.linear {
            // What floats is all there is.
            let whole = self.area();
            return self.clear(Rect { height: whole.height.saturating_sub(2), ..whole });
        }
        let style = self.theme.style(Role::Rule);
        let back = if style.fg.is_some() { style } else { Style::new().add_modifier(Modifier::DIM) };
        let ground = self.theme.style(Role::Bg);
        for cell in &mut self.buffer.content {
            cell.set_style(Style::reset().patch(ground).patch(back));
        }
    }

    /// A box that floats: emptied, on the overlay's ground, with a title above and a hint below; gives its inside.
    pub fn float(&mut self, area: Rect, title: &str, hint: &str, edge: Role) -> Rect {
        let area = area.intersection(self.area());
        self.clear(area);
        self.ground(area, Role::Overlay);
        // What lies below is not clicked through it.
        self.spots.push((area, Press::Nothing));
        if area.width < 4 || area.height < 3 {
            return Rect { width: 0, height: 0, ..area };
        }
        let (left, right, top, bottom) = (area.x, area.right() - 1, area.y, area.bottom() - 1);
        let line = self.style(edge);
        for x in if self.linear { 0..0 } else { left..right + 1 } {
            self.put(x, top, x + 1, self.glyphs.hline, line);
            self.put(x, bottom, x + 1, self.glyphs.hline, line);
        }
        for y in if self.linear { 0..0 } else { top..bottom + 1 } {
            self.put(left, y, left + 1, self.glyphs.vline, line);
            self.put(right, y, right + 1, self.glyphs.vline, line);
        }
        for ((x, y), sign) in
            [(left, top), (right, top), (left, bottom), (right, bottom)].into_iter().zip(self.glyphs.corners)
        {
            if self.linear {
                break;
            }
            self.put(x, y, x + 1, sign, line);
        }
        if !title.is_empty() {
            let style = self.bold(Role::Accent);
            self.put(left + 2, top, right - 1, &format!(" {title} "), style);
        }
        if !hint.is_empty() {
            let style = self.style(Role::Muted);
            self.put_right(left + 2, right - 1, bottom, &format!(" {hint} "), style);
        }
        Rect::new(left + 1, top + 1, area.width - 2, area.height - 2)
    }
}

/// The area without its first column.
const fn inset_left(area: Rect) -> Rect {
    Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(1), ..area }
}
