//! `mailto:` links (RFC 6068): what they may put into a letter, and nothing else.

#[cfg(test)]
mod tests;

use super::address;
use crate::letter::Mailbox;

/// The longest link that is read, in bytes.
const LONGEST: usize = 64 * 1024;

/// What a link asks for. Nothing of it is sent before the user saw it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mailto {
    /// To.
    pub to: Vec<Mailbox>,
    /// Cc.
    pub cc: Vec<Mailbox>,
    /// Bcc.
    pub bcc: Vec<Mailbox>,
    /// Subject.
    pub subject: String,
    /// The text, with line feeds.
    pub body: String,
    /// In-Reply-To, without angle brackets.
    pub in_reply_to: Option<String>,
    /// Names of fields that were asked for and are not taken from a link (RFC 6068, section 7): "attach", "from".
    pub ignored: Vec<String>,
}

/// Why a link is not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no `mailto:` link, or too long.
    #[error("This is no mailto: link")]
    Other,
    /// A header field with a line end in it: another field would begin behind it.
    #[error("The link hides a header field in another one")]
    Injection,
    /// Somebody to write to who cannot be read.
    #[error("The link names an address that is none: {0}")]
    Address(&'static str),
}

/// Reads a link.
///
/// # Errors
/// See [`Refused`]: the whole link is refused, since whoever made it meant harm or made a mistake.
pub fn parse(link: &str) -> Result<Mailto, Refused> {
    let scheme = link.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
    let rest = scheme.and_then(|_| link.get(7..)).filter(|rest| rest.len() <= LONGEST).ok_or(Refused::Other)?;
    // What stands behind a # is for browsers.
    let rest = rest.split('#').next().unwrap_or_default();
    let (to, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut mailto = Mailto { to: mailboxes(to)?, ..Mailto::default() };
    for pair in query.replace("&amp;", "&").split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        mailto.take(&decoded(name).to_lowercase(), value)?;
    }
    Ok(mailto)
}

impl Mailto {
    fn take(&mut self, name: &str, value: &str) -> Result<(), Refused> {
        match name {
            "to" => self.to.extend(mailboxes(value)?),
            "cc" => self.cc.extend(mailboxes(value)?),
            "bcc" => self.bcc.extend(mailboxes(value)?),
            "subject" => self.subject = line(value)?,
            "in-reply-to" => {
                let id = line(value)?;
                let id = id.trim().trim_start_matches('<').trim_end_matches('>');
                self.in_reply_to = super::header::is_message_id(id).then(|| id.to_owned());
            }
            "body" => {
                let text = decoded(value).replace("\r\n", "\n").replace('\r', "\n");
                self.body = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
            }
            _ => {
                let name: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
                self.ignored.push(name);
            }
        }
        Ok(())
    }
}

/// The value of a header field.
fn line(value: &str) -> Result<String, Refused> {
    let text = decoded(value);
    if text.contains(|c: char| c.is_control()) { Err(Refused::Injection) } else { Ok(address::one_line(&text)) }
}

fn mailboxes(value: &str) -> Result<Vec<Mailbox>, Refused> {
    // A comma between addresses is one; one within an address is written as %2C (RFC 6068, section 2).
    let typed = address::parse(&line(value)?);
    match typed.unread.first() {
        Some(unread) => Err(Refused::Address(address::problem(unread).unwrap_or("it cannot be read"))),
        None => Ok(typed.mailboxes),
    }
}

/// Percent-encoding undone; `+` stays what it is (RFC 6068, section 5).
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    let hex = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    while let [first, after @ ..] = rest {
        rest = after;
        if let (b'%', [high, low, after @ ..]) = (first, after)
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            bytes.push(high << 4 | low);
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
