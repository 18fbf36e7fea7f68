//! What a subject is about, without what replies, forwards and mailing lists put before it (RFC 5256, section 2.1).

#[cfg(test)]
mod tests;

/// "Re" as mail programs of other languages write it, in lower case.
const REPLY: &[&str] =
    &["re", "aw", "sv", "vs", "antw", "antwort", "rif", "r", "odp", "ynt", "res", "回复", "答复", "回覆"];
/// "Fwd" likewise.
const FORWARD: &[&str] = &["fwd", "fw", "wg", "vb", "vl", "doorst", "tr", "rv", "enc", "i", "pd", "转发", "轉寄"];
/// Marks that are taken off before one begins to doubt.
const MOST: usize = 50;

/// A subject, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject<'s> {
    /// What it is about, as it was written, without marks.
    pub base: &'s str,
    /// Whether a mark says that it is a reply.
    pub reply: bool,
    /// Whether a mark says that it is a forward.
    pub forward: bool,
}

impl<'s> Subject<'s> {
    /// Takes "Re:", "Fwd:", "\[list\]" and "(fwd)" off, in whatever language and as often as they stand there. A subject
    /// that is nothing but marks is about nothing.
    pub fn of(text: &'s str) -> Self {
        let mut subject = Self { base: text.trim(), reply: false, forward: false };
        for _ in 0..MOST {
            let before = subject.base;
            subject.strip();
            if subject.base == before {
                break;
            }
        }
        subject
    }

    fn strip(&mut self) {
        if let Some(rest) = strip_end(self.base, "(fwd)") {
            (self.base, self.forward) = (rest, true);
        }
        if let Some((word, rest)) = mark(self.base) {
            let word = word.to_lowercase();
            let (reply, forward) = (REPLY.contains(&word.as_str()), FORWARD.contains(&word.as_str()));
            if reply || forward {
                self.base = rest;
                self.reply |= reply;
                self.forward |= forward;
                return;
            }
        }
        // The name of a list, unless nothing else is there.
        if let Some(rest) =
            self.base.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(_, rest)| rest.trim_start())
            && !rest.is_empty()
        {
            self.base = rest;
        }
    }

    /// For comparing: in lower case, with single spaces.
    pub fn folded(&self) -> String {
        self.base.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
    }
}

/// The subject of an answer: one "Re:", whatever marks of replies in whatever language stood there; the name of a list and
/// what says that something was handed on stay.
pub fn of_answer(text: &str) -> String {
    marked("Re: ", text, REPLY)
}

/// The subject of a mail that is handed on: one "Fwd:".
pub fn of_forward(text: &str) -> String {
    marked("Fwd: ", text, FORWARD)
}

/// A mark before a subject that has none of its kind, before or behind the names of lists.
fn marked(new: &str, text: &str, kind: &[&str]) -> String {
    let (mut rest, mut lists) = (text.trim(), String::new());
    for _ in 0..MOST {
        if let Some((word, after)) = mark(rest)
            && kind.contains(&word.to_lowercase().as_str())
        {
            rest = after;
        } else if let Some((list, after)) = rest.strip_prefix('[').and_then(|inside| inside.split_once(']'))
            && mark(after.trim_start()).is_some_and(|(word, _)| kind.contains(&word.to_lowercase().as_str()))
        {
            lists.push('[');
            lists.push_str(list);
            lists.push_str("] ");
            rest = after.trim_start();
        } else {
            break;
        }
    }
    format!("{new}{lists}{rest}").trim_end().to_owned()
}

/// A word before a colon, with a count ("Re[2]:", "Re^2:", "Re(2):") or without, and what follows.
fn mark(text: &str) -> Option<(&str, &str)> {
    let end = text.find([':', '\u{ff1a}'])?;
    let (before, rest) = text.split_at_checked(end)?;
    let rest = rest.trim_start_matches([':', '\u{ff1a}']).trim_start();
    let word = before.trim_end().trim_end_matches(|c: char| c.is_ascii_digit() || "[]()^*".contains(c)).trim_end();
    (!word.is_empty() && !word.contains(char::is_whitespace)).then_some((word, rest))
}

fn strip_end<'t>(text: &'t str, mark: &str) -> Option<&'t str> {
    let start = text.len().checked_sub(mark.len())?;
    let (before, end) = text.split_at_checked(start)?;
    end.eq_ignore_ascii_case(mark).then(|| before.trim_end())
}
