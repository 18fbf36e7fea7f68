//! Text between the editor and the wire: format=flowed (RFC 3676), and quoting.
//!
//! In a letter a paragraph is one line however long, and a quoted line begins with its marks and a blank: `>> text`.

#[cfg(test)]
mod tests;

/// A longer line is broken for programs that cannot (RFC 3676, section 4.2, says 78).
const WIDEST: usize = 78;
/// Where it is broken.
const WRAP: usize = 72;
/// Quote marks that are told apart; what is deeper is as deep as this.
const DEEPEST: usize = 40;
/// The line above a signature (RFC 3676, section 4.3).
pub(super) const SIGNATURE: &str = "-- ";

/// How a text/plain part is folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    /// Line breaks are the author's.
    Hard,
    /// Lines that end in a blank go on.
    Flowed,
    /// Lines that end in a blank go on without it.
    DelSp,
}

/// The text with line feeds alone, without control characters and blanks before a line end: what a mail can say.
pub(super) fn tidy(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let clean: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    let lines = clean.split('\n').map(|line| if line == SIGNATURE { line } else { line.trim_end() });
    let mut tidied = lines.collect::<Vec<_>>().join("\n");
    tidied.truncate(tidied.trim_end_matches('\n').len());
    tidied
}

/// The marks at a line's beginning, and what they quote.
fn marks(line: &str) -> (usize, &str) {
    let rest = line.trim_start_matches('>');
    (line.len() - rest.len(), rest)
}

/// Whether a line looks like a quoted one.
pub fn is_quoted(line: &str) -> bool {
    line.starts_with('>')
}

/// A tidy text as a text/plain part with format=flowed: CRLF lines, the last one ended.
pub(super) fn write(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    for line in text.split('\n') {
        write_line(line, &mut out);
    }
    out
}

fn write_line(line: &str, out: &mut String) {
    if line == SIGNATURE {
        out.push_str("-- \r\n");
        return;
    }
    let (depth, rest) = marks(line);
    let text = if depth > 0 { rest.strip_prefix(' ').unwrap_or(rest) } else { rest };
    let marks = ">".repeat(depth.min(DEEPEST));
    let room = WRAP.saturating_sub(marks.len()).max(20);
    let mut pieces = if line.chars().count() <= WIDEST { vec![text] } else { broken(text, room) };
    // Every piece but the last ends in a blank; the last must not (RFC 3676, section 4.2).
    if let Some(last) = pieces.last_mut() {
        *last = last.trim_end_matches(' ');
    }
    for piece in pieces {
        out.push_str(&marks);
        // Stuffing (RFC 3676, section 4.4): behind a mark for looks, else where the line would mean something else.
        let stuffed =
            if depth > 0 { !piece.is_empty() } else { piece.starts_with([' ', '>']) || piece.starts_with("From ") };
        if stuffed {
            out.push(' ');
        }
        out.push_str(piece);
        out.push_str("\r\n");
    }
}

/// Cuts a line behind blanks, so that each piece has about `room` characters; a word is never cut.
fn broken(line: &str, room: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut count, mut chance) = (0, 0, None);
    let mut last = ' ';
    for (at, c) in line.char_indices() {
        if last == ' ' && c != ' ' && at > start {
            // A piece of nothing but "-- " would begin a signature; one of blanks alone would be an empty line.
            let piece = line.get(start..at).unwrap_or_default();
            if piece != SIGNATURE && !piece.trim().is_empty() {
                chance = Some((at, count));
            }
        }
        if count > room
            && let Some((end, before)) = chance.take()
        {
            pieces.push(line.get(start..end).unwrap_or_default());
            start = end;
            count -= before;
        }
        count += 1;
        last = c;
    }
    pieces.push(line.get(start..).unwrap_or_default());
    pieces
}

/// A text/plain part as the text of a letter: paragraphs of flowed text are one line again.
pub(super) fn read(text: &str, flow: Flow) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.strip_suffix('\n').unwrap_or(&text);
    if flow == Flow::Hard {
        return tidy(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut open: Option<usize> = None;
    for (number, line) in text.split('\n').enumerate() {
        let (depth, rest) = marks(line);
        let content = rest.strip_prefix(' ').unwrap_or(rest);
        let signature = content == SIGNATURE;
        let joined = open == Some(depth) && !signature;
        if !joined {
            if number > 0 {
                out.push('\n');
            }
            out.push_str(&">".repeat(depth));
            if depth > 0 && !content.is_empty() {
                out.push(' ');
            }
        }
        let goes_on = content.ends_with(' ') && !signature;
        let kept = if goes_on && flow == Flow::DelSp { content.strip_suffix(' ').unwrap_or(content) } else { content };
        out.push_str(kept);
        open = goes_on.then_some(depth);
    }
    tidy(&out)
}

/// A text, one level deeper.
pub(super) fn quoted(text: &str) -> String {
    let deeper = |line: &str| match line {
        "" => ">".to_owned(),
        line if is_quoted(line) => format!(">{line}"),
        line => format!("> {}", line.trim_end()),
    };
    text.split('\n').map(deeper).collect::<Vec<_>>().join("\n")
}

/// The text without its author's signature: what stands below the last "-- " that is not quoted.
pub(super) fn without_signature(text: &str) -> &str {
    let mut at = text.len();
    for line in text.rsplit('\n') {
        let start = at - line.len();
        if matches!(line, "-- " | "--") {
            let below = text.get(at..).unwrap_or_default();
            // What is quoted below a signature was put there by a program: it is text.
            let is_last = below.lines().count() <= 15 && !below.lines().any(is_quoted);
            return if is_last { text.get(..start).unwrap_or(text).trim_end() } else { text };
        }
        at = start.saturating_sub(1);
    }
    text
}

/// The words that the user wrote: without what is quoted, without signature.
pub(super) fn own_words(text: &str) -> String {
    let text = match text.split_once("\n---------- Forwarded message ----------\n") {
        Some((own, _)) => own,
        None => text,
    };
    let own = text.split('\n').take_while(|line| *line != SIGNATURE).filter(|line| !is_quoted(line));
    own.collect::<Vec<_>>().join("\n")
}
