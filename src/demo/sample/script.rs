//! The form in which the sample mails are written.
//!
//! ```text
//! %% INBOX today-2h \Seen \Flagged       folder, date, flags; charset=NAME sets the charset of header and text
//! From: …                                the header, in plain UTF-8
//!
//! text                                   text/plain; charset= and format=flowed by the words on the %% line
//! %html                                  the HTML alternative follows
//! %attach pdf NAME                       an attachment; the lines that follow are its content or what it shows
//! %attach png NAME WIDTHxHEIGHT SEED
//! %attach ics|text|patch NAME
//! ```

use crate::mail::flags::Flags;

/// One mail as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail<'a> {
    /// The folder's raw name.
    pub folder: &'a str,
    /// When it came; see [`super::when`].
    pub when: &'a str,
    /// Flags and options of the `%%` line.
    pub words: Vec<&'a str>,
    /// Header fields, folded lines kept together.
    pub header: Vec<(&'a str, String)>,
    /// The text.
    pub text: String,
    /// The HTML alternative, empty for none.
    pub html: String,
    /// Attachments: the words after `%attach`, and the lines under it.
    pub attachments: Vec<(Vec<&'a str>, String)>,
}

enum At {
    Header,
    Text,
    Html,
    Attachment,
}

impl<'a> Mail<'a> {
    /// The flags on the `%%` line.
    pub fn flags(&self) -> Flags {
        Flags::parse(self.words.iter().copied().filter(|word| word.starts_with(['\\', '$'])))
    }

    /// An option on the `%%` line: the value after `NAME=`.
    pub fn option(&self, name: &str) -> Option<&'a str> {
        self.words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    }

    fn read(block: &'a str) -> Option<Self> {
        let (first, rest) = block.split_once('\n')?;
        let mut words = first.split_whitespace();
        let (folder, when) = (words.next()?, words.next()?);
        let mut mail = Self {
            folder,
            when,
            words: words.collect(),
            header: Vec::new(),
            text: String::new(),
            html: String::new(),
            attachments: Vec::new(),
        };
        let mut at = At::Header;
        for line in rest.lines() {
            if let Some(words) = line.strip_prefix("%attach ") {
                mail.attachments.push((words.split_whitespace().collect(), String::new()));
                at = At::Attachment;
                continue;
            }
            if line == "%html" {
                at = At::Html;
                continue;
            }
            match at {
                At::Header if line.is_empty() => at = At::Text,
                At::Header => mail.read_field(line),
                At::Text => push_line(&mut mail.text, line),
                At::Html => push_line(&mut mail.html, line),
                At::Attachment => {
                    if let Some(last) = mail.attachments.last_mut() {
                        push_line(&mut last.1, line);
                    }
                }
            }
        }
        // The blank line before the next mail is not part of this one.
        mail.text.truncate(mail.text.trim_end_matches('\n').len());
        push_line(&mut mail.text, "");
        Some(mail)
    }

    fn read_field(&mut self, line: &'a str) {
        if line.starts_with(' ') {
            if let Some(last) = self.header.last_mut() {
                last.1.push(' ');
                last.1.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(": ") {
            self.header.push((name, value.to_owned()));
        }
    }
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// Every mail of a file.
pub fn read(file: &str) -> impl Iterator<Item = Mail<'_>> {
    file.split("\n%% ").map(|block| block.strip_prefix("%% ").unwrap_or(block)).filter_map(Mail::read)
}
