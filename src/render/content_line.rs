//! Content lines, the form that iCalendar and vCard share: `NAME;PARAMETER=value:value`, folded over several lines
//! (RFC 5545 section 3.1, RFC 6350 section 3.2, and what vCard 2.1 and RFC 2426 do otherwise).
//!
//! Reading and writing stand together, so that what is written can be read: a value never holds a line break, because
//! line breaks are what the lines are cut at. Everything is linear in the input and walks no tree. The strings that
//! come out are the sender's: a screen takes them through `SafeText` only.

use std::borrow::Cow;

/// Bytes of one logical line that are kept; pictures inside of a vCard are longer, and nobody reads them here.
const MAX_LINE: usize = 64 << 10;

/// Parameters of one line that are read.
const MAX_PARAMETERS: usize = 32;

/// Octets of a physical line that is written, without its line break (RFC 5545 section 3.1).
const FOLD: usize = 75;

/// A content line, unfolded and cut into its pieces.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Line {
    /// Property name in capitals, without the group of a vCard.
    pub(crate) name: String,
    /// Parameters in their order: name in capitals, value without quotes and with RFC 6868's carets decoded. A bare
    /// word, as vCard 2.1 has them, is a parameter with an empty name.
    pub(crate) parameters: Vec<(String, String)>,
    /// The value as it came, with its backslashes.
    pub(crate) value: String,
}

impl Line {
    /// The first parameter of that name (given in capitals).
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether a parameter, or a bare word of vCard 2.1, has this value among its comma-separated ones.
    pub(crate) fn says(&self, name: &str, word: &str) -> bool {
        self.parameters
            .iter()
            .filter(|(key, _)| key == name || key.is_empty())
            .any(|(_, value)| value.split(',').any(|piece| piece.trim().eq_ignore_ascii_case(word)))
    }

    /// The value as text: escapes undone (RFC 5545 section 3.3.11).
    pub(crate) fn text(&self) -> String {
        unescape(&self.value)
    }

    /// Writes the line folded, with CRLF. Controls are left out and quotes are encoded, so that no value can end its
    /// line or its parameter.
    pub(crate) fn write(&self, out: &mut String) {
        let mut line = self.name.clone();
        for (name, value) in self.parameters.iter().filter(|(name, _)| !name.is_empty()) {
            let value = encode_parameter(value);
            // Words such as DATE must stand without quotes, for readers that compare them as they are.
            let quote = if value.contains([':', ';', ',']) { "\"" } else { "" };
            line.extend([";", name, "=", quote, &value, quote]);
        }
        line.push(':');
        line.extend(self.value.chars().filter(|c| !breaks(*c)));
        fold(&line, out);
    }
}

/// Whether a character must not stand in a line that is written: controls, and what some readers take for a line break.
pub(crate) fn breaks(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// The lines of a text. Lines that are none (no colon, no name) are left out.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = Line> + '_ {
    Unfolded { rest: text.trim_start_matches('\u{feff}') }.filter_map(|line| parse(&line))
}

/// Cuts a text into logical lines.
struct Unfolded<'a> {
    rest: &'a str,
}

impl<'a> Unfolded<'a> {
    /// The next physical line without its break, which is CRLF, LF or CR.
    fn physical(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let Some((line, rest)) = self.rest.split_once(['\r', '\n']) else {
            return Some(std::mem::take(&mut self.rest));
        };
        let broke_at_cr = self.rest.as_bytes().get(line.len()) == Some(&b'\r');
        self.rest = if broke_at_cr { rest.strip_prefix('\n').unwrap_or(rest) } else { rest };
        Some(line)
    }
}

impl<'a> Iterator for Unfolded<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = Cow::Borrowed(self.physical()?);
        let printable = is_quoted_printable(&line);
        loop {
            // vCard 2.1 breaks a quoted-printable value at an equals sign; the next line need not be indented.
            let soft = printable && line.ends_with('=');
            if !soft && !self.rest.starts_with([' ', '\t']) {
                return Some(line);
            }
            let Some(next) = self.physical() else { return Some(line) };
            if soft {
                line.to_mut().pop();
            }
            let piece = if soft { next } else { next.get(1..).unwrap_or("") };
            if line.len() + piece.len() <= MAX_LINE {
                line.to_mut().push_str(piece);
            }
        }
    }
}

/// Whether the part before the colon names quoted-printable. Only the beginning is looked at.
fn is_quoted_printable(line: &str) -> bool {
    let head = line.split_once(':').map_or("", |(head, _)| head);
    head.len() < 1000 && head.to_ascii_uppercase().contains("QUOTED-PRINTABLE")
}

/// Cuts one logical line into name, parameters and value.
fn parse(line: &str) -> Option<Line> {
    let end = line.find([':', ';'])?;
    let (name, mut rest) = line.split_at_checked(end)?;
    // A vCard may put a group before the name: `item1.EMAIL`.
    let name = name.rsplit('.').next().unwrap_or(name).trim().to_ascii_uppercase();
    if name.is_empty() || name.len() > 64 || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return None;
    }
    let mut parameters = Vec::new();
    while let Some(after) = rest.strip_prefix(';') {
        let (piece, next) = after.split_at_checked(parameter_end(after)?)?;
        if parameters.len() < MAX_PARAMETERS {
            parameters.push(parameter(piece));
        }
        rest = next;
    }
    let value = rest.strip_prefix(':')?;
    Some(Line { name, parameters, value: cut(value, MAX_LINE).to_owned() })
}

/// Where a parameter ends: at the next semicolon or colon outside of quotes.
fn parameter_end(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.bytes().position(|b| {
        quoted ^= b == b'"';
        !quoted && matches!(b, b';' | b':')
    })
}

fn parameter(piece: &str) -> (String, String) {
    let (name, value) = piece.split_once('=').unwrap_or(("", piece));
    let name = name.trim().to_ascii_uppercase();
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (if plain { name } else { String::new() }, decode_parameter(value.trim()))
}

/// A parameter's value without quotes, with `^n`, `^'` and `^^` decoded (RFC 6868).
fn decode_parameter(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        let meant = match (c, chars.peek()) {
            ('"', _) => continue,
            ('^', Some('n')) => '\n',
            ('^', Some('\'')) => '"',
            ('^', Some('^')) => '^',
            _ => {
                out.push(c);
                continue;
            }
        };
        chars.next();
        out.push(meant);
    }
    out
}

fn encode_parameter(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '\n' => out.push_str("^n"),
            '"' => out.push_str("^'"),
            '^' => out.push_str("^^"),
            c if breaks(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// Undoes the escapes of a text value: `\n`, `\,`, `\;`, `\\`.
pub(crate) fn unescape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n' | 'N') => out.push('\n'),
            Some(escaped) => out.push(escaped),
            None => out.push('\\'),
        }
    }
    out
}

/// Escapes a text value (RFC 5545 section 3.3.11). Other controls than a line break are left out.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ',' | ';' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if breaks(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// Cuts a structured value at the separators that no backslash stands before; the pieces keep their escapes.
pub(crate) fn split_escaped(value: &str, separator: char) -> Vec<&str> {
    let mut escaped = false;
    value
        .split(move |c: char| {
            let here = c == separator && !escaped;
            escaped = c == '\\' && !escaped;
            here
        })
        .collect()
}

/// The beginning of a text in at most `limit` bytes.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    text.get(..text.floor_char_boundary(limit)).unwrap_or(text)
}

/// Writes a line in pieces of at most [`FOLD`] octets, never inside of a character.
fn fold(line: &str, out: &mut String) {
    let mut width = 0;
    for c in line.chars() {
        if width + c.len_utf8() > FOLD {
            out.push_str("\r\n ");
            width = 1;
        }
        out.push(c);
        width += c.len_utf8();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests;
