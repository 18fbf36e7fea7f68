//! The only place that writes to stdout and stderr: lines for people through `SafeText`, JSON for programs.

use std::io::{self, Write};

use serde::Serialize;

use crate::safe_text::SafeText;

/// What the user asked to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Lines for people.
    Text,
    /// JSON for programs.
    Json,
}

/// Where a command writes.
pub struct Output {
    format: Format,
    out: Box<dyn Write>,
    err: Box<dyn Write>,
}

impl Output {
    /// The process's own stdout and stderr.
    pub fn process(format: Format) -> Self {
        Self { format, out: Box::new(io::stdout().lock()), err: Box::new(io::stderr()) }
    }

    /// Any two writers: for tests.
    pub fn to(format: Format, out: Box<dyn Write>, err: Box<dyn Write>) -> Self {
        Self { format, out, err }
    }

    /// What the user asked to see.
    pub fn format(&self) -> Format {
        self.format
    }

    /// A line on stdout, whatever the format. Fails when nobody reads any more (a closed pipe).
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", SafeText::new(text))
    }

    /// A line of fields with a tab between them: for `cut`, `grep` and screen readers. Tabs in fields become spaces.
    pub fn fields<'f>(&mut self, fields: impl IntoIterator<Item = &'f str>) -> io::Result<()> {
        let fields: Vec<String> =
            fields.into_iter().map(|field| SafeText::new(&field.replace('\t', " ")).to_string()).collect();
        writeln!(self.out, "{}", fields.join("\t"))
    }

    /// A text of our own with its line breaks: the example config, the schema, the man page.
    pub fn own_text(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())
    }

    /// A value as JSON on stdout. Characters that could steer a terminal are written as `\u….`.
    pub fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        let text = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
        writeln!(self.out, "{}", escape(&text))
    }

    /// A remark on stderr. Never fails: there is nowhere left to say so.
    pub fn note(&mut self, text: &str) {
        drop(writeln!(self.err, "{}", SafeText::new(text)));
    }

    /// A question on stderr, without a line break.
    pub fn question(&mut self, text: &str) {
        drop(write!(self.err, "{} ", SafeText::new(text)));
        drop(self.err.flush());
    }

    /// Why the command failed, on stderr.
    pub fn error(&mut self, text: &str) {
        drop(writeln!(self.err, "posthaste: {}", SafeText::new(text)));
    }

    /// Writes out what is buffered.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Escapes every character that `SafeText` would not let through. Outside of strings JSON is plain ASCII, so that this
/// can be done on the whole text; the value stays the same.
fn escape(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n'
            || c == ' '
            || c.is_ascii_graphic()
            || SafeText::new(c.encode_utf8(&mut [0; 4])).as_str().starts_with(c)
        {
            out.push(c);
        } else {
            out.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    out
}

#[cfg(test)]
mod tests;
