//! Pictures on the screen, frame by frame.
//!
//! The order of a frame: [`Stage::transmit`] for each picture that it shows, written out; the text; the sweep;
//! [`Stage::draw`] for each picture; the cells, written out; and, always, [`Stage::overlay`], written out before the
//! synchronized update ends.
//!
//! iTerm2's images and sixels lie over cells, and a terminal drops them where it writes text. So the cells below one
//! are blanks that no text looks like: whatever comes in their place is another cell, is therefore written, and leaves
//! no pixel behind. Such a picture is painted only where all of it can be seen; otherwise it is half blocks.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::{Encoded, Pixels, kitty};

/// The most pictures that kitty keeps for us.
const MAX_SENT: usize = 128;

/// What the terminal has of our pictures.
#[derive(Debug, Default)]
pub struct Stage {
    /// The pictures that kitty has, the longest unused one first, and whether through tmux.
    sent: Vec<(u32, bool)>,
    /// What lies over cells since the last frame.
    before: Vec<Placed>,
    /// What shall in this one.
    now: Vec<Placed>,
}

/// A picture over cells.
#[derive(Debug, Clone)]
struct Placed {
    id: u32,
    at: (u16, u16),
    paint: Arc<[u8]>,
}

impl Stage {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// What must be written before a frame with this picture, if the terminal has it not. It may delete the picture
    /// that was longest not asked for here, so this is called for every picture of every frame.
    pub fn transmit(&mut self, picture: &Encoded) -> Option<Vec<u8>> {
        let Pixels::Kitty(_, tmux) = picture.pixels else {
            return None;
        };
        let known = self.sent.iter().position(|(id, _)| *id == picture.id);
        if let Some(known) = known {
            self.sent.remove(known);
            self.sent.push((picture.id, tmux));
            return None;
        }
        let mut out = Vec::new();
        if self.sent.len() >= MAX_SENT {
            let (id, tmux) = self.sent.remove(0);
            out = kitty::delete(id, tmux);
        }
        self.sent.push((picture.id, tmux));
        out.extend(picture.transmit()?);
        Some(out)
    }

    /// Draws what can be seen of a picture: `area` is its visible part, `skip_rows` how many of its rows are scrolled
    /// off above, `covered` what lies over it. The part beyond the buffer or the picture is not drawn.
    pub fn draw(&mut self, picture: &Encoded, area: Rect, skip_rows: u16, covered: &[Rect], buf: &mut Buffer) {
        let (columns, rows) = picture.size;
        let area =
            Rect { width: area.width.min(columns), height: area.height.min(rows.saturating_sub(skip_rows)), ..area }
                .intersection(buf.area);
        let paint = match &picture.pixels {
            Pixels::Overlay(paint) if whole(picture, area, covered, buf.area) => Some(Arc::clone(paint)),
            Pixels::Overlay(_) | Pixels::Kitty(..) | Pixels::None => None,
        };
        for position in area.positions().filter(|position| !covered.iter().any(|rect| rect.contains(*position))) {
            let (column, row) = (position.x - area.x, position.y - area.y + skip_rows);
            let Some(cell) = buf.cell_mut(position) else {
                continue;
            };
            match &picture.pixels {
                Pixels::Kitty(..) => kitty::draw(picture.id, column, row, cell),
                Pixels::Overlay(_) if paint.is_some() => {
                    cell.reset();
                    // The number makes the cells below another picture other cells too.
                    cell.set_fg(kitty::color(picture.id)).modifier.insert(Modifier::HIDDEN);
                }
                Pixels::Overlay(_) | Pixels::None => picture.blocks.draw(column, row, cell),
            }
        }
        if let Some(paint) = paint {
            self.now.push(Placed { id: picture.id, at: (area.x, area.y), paint });
        }
    }

    /// Ends a frame: what must be written behind its cells. Empty where nothing lies elsewhere than before. The cursor
    /// ends where it was.
    pub fn overlay(&mut self) -> Vec<u8> {
        let now = std::mem::take(&mut self.now);
        let mut out = Vec::new();
        for placed in &now {
            if !self.before.iter().any(|before| (before.id, before.at) == (placed.id, placed.at)) {
                let (column, row) = (u32::from(placed.at.0) + 1, u32::from(placed.at.1) + 1);
                out.extend_from_slice(format!("\x1b7\x1b[{row};{column}H").as_bytes());
                out.extend_from_slice(&placed.paint);
                out.extend_from_slice(b"\x1b8");
            }
        }
        self.before = now;
        out
    }

    /// The screen was cleared: what lay over cells is gone and is painted anew with the next frame. What kitty keeps it
    /// keeps.
    pub fn cleared(&mut self) {
        self.before.clear();
    }

    /// Everything is to leave the terminal (at the end, or while suspended): what must be written for it. All is sent
    /// anew when it is drawn again.
    pub fn forget(&mut self) -> Vec<u8> {
        self.before.clear();
        self.now.clear();
        self.sent.drain(..).flat_map(|(id, tmux)| kitty::delete(id, tmux)).collect()
    }
}

/// Whether all of a picture can be seen. On the screen's last row it cannot: a sixel there would scroll the screen.
fn whole(picture: &Encoded, area: Rect, covered: &[Rect], screen: Rect) -> bool {
    (area.width, area.height) == picture.size
        && area.bottom() < screen.bottom()
        && !covered.iter().any(|rect| rect.intersects(area))
}

#[cfg(test)]
mod tests;
