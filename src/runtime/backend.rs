//! A backend that writes only what changes something: a frame like the one before costs the terminal no byte (S7).

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

/// Draws through crossterm, each frame in one piece where the terminal can do that (mode 2026).
pub struct QuietBackend<W: Write> {
    inner: CrosstermBackend<W>,
    /// Where the cursor was put, and whether it is shown; unknown where something else may have moved it.
    cursor: (Option<Position>, Option<bool>),
    /// Whether the frame has begun.
    begun: bool,
    /// What is written behind the cells of the next frame: pictures that lie over them.
    tail: Tail,
}

/// Bytes that wait for the end of a frame; shared with whoever fills it.
pub type Tail = Rc<RefCell<Vec<u8>>>;

impl<W: Write> QuietBackend<W> {
    /// A backend that writes to this.
    pub fn new(writer: W) -> Self {
        Self { inner: CrosstermBackend::new(writer), cursor: (None, None), begun: false, tail: Tail::default() }
    }

    /// What is written behind the cells of the next frame.
    pub fn tail(&self) -> Tail {
        Rc::clone(&self.tail)
    }

    /// What lies below, to write something else than a frame to.
    pub fn writer(&mut self) -> &mut CrosstermBackend<W> {
        self.cursor = (None, None);
        &mut self.inner
    }

    fn begin(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.begun, true) {
            queue!(self.inner, BeginSynchronizedUpdate)?;
        }
        Ok(())
    }

    fn shown(&mut self, shown: bool) -> io::Result<bool> {
        let change = self.cursor.1 != Some(shown);
        if change {
            self.begin()?;
            self.cursor.1 = Some(shown);
        }
        Ok(change)
    }
}

impl<W: Write> Backend for QuietBackend<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        self.begin()?;
        self.cursor.0 = None;
        self.inner.draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.shown(false)? { self.inner.hide_cursor() } else { Ok(()) }
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if self.shown(true)? { self.inner.show_cursor() } else { Ok(()) }
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        // The terminal is never asked: not every one answers.
        Ok(self.cursor.0.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        if self.cursor.0 == Some(position) {
            return Ok(());
        }
        self.begin()?;
        self.cursor.0 = Some(position);
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.begin()?;
        self.cursor.0 = None;
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        self.inner.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        let tail = std::mem::take(&mut *self.tail.borrow_mut());
        if !tail.is_empty() {
            self.begin()?;
            // It saves and restores the cursor itself.
            self.inner.write_all(&tail)?;
        }
        if std::mem::take(&mut self.begun) {
            queue!(self.inner, EndSynchronizedUpdate)?;
        }
        Backend::flush(&mut self.inner)
    }
}

#[cfg(test)]
mod tests;
