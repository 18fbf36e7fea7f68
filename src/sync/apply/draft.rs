//! A mail that is written into Drafts: made here, so that the queue holds it whole.

use super::{Plan, Planner, Refusal, refuse};
use crate::journal::Verb;
use crate::mail::folder::Role;
use crate::protocol::{Action, Draft};
use crate::sync::account::now;

impl Planner {
    /// Puts a mail into Drafts.
    pub(super) fn draft(&self, draft: &Draft) -> Result<Plan, Refusal> {
        let Some(name) = self.accounts.get(&draft.account) else { return refuse("this account is gone") };
        let summary = super::words::summary(&Action::Draft(draft.clone()), 0, None);
        let mut plan = Plan { steps: Vec::new(), summary, undoable: true, created: Vec::new() };
        let (_, to) = self.folder_for(&mut plan, draft.account, Role::Drafts, "Drafts")?;
        let domain = draft.from.rsplit('@').next().filter(|domain| !domain.is_empty()).unwrap_or("localhost");
        let message_id = format!("{:016x}.{:x}@{domain}", rand::random::<u64>(), now().0);
        let Some(mail) = write(draft, &message_id, now().0) else { return refuse("this mail cannot be written") };
        plan.steps.push(self.folder_step(name, Verb::Append { to, message_id, mail }));
        Ok(plan)
    }
}

/// The mail, with CRLF (RFC 5322). Text beyond ASCII is encoded.
fn write(draft: &Draft, message_id: &str, now: i64) -> Option<String> {
    let date = jiff::Timestamp::from_second(now).ok()?.strftime("%a, %d %b %Y %H:%M:%S +0000");
    let plain = |text: &str| !text.chars().any(char::is_control) && text.is_ascii();
    if !plain(&draft.from) || !plain(&draft.to) {
        return None;
    }
    let subject: String = draft.subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = draft.text.replace('\n', "\r\n");
    Some(format!(
        "From: {}\r\nTo: {}\r\nSubject: {}\r\nDate: {date}\r\nMessage-ID: <{message_id}>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
        draft.from,
        draft.to,
        words(&subject),
        lines(&encode(text.as_bytes())),
    ))
}

/// An unstructured field (RFC 2047): as it is, or in encoded words of a few letters each.
fn words(text: &str) -> String {
    if text.is_ascii() && text.len() < 900 && !text.contains("=?") {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let word = |part: &[char]| format!("=?utf-8?B?{}?=", encode(part.iter().collect::<String>().as_bytes()));
    letters.chunks(10).map(word).collect::<Vec<_>>().join("\r\n ")
}

fn lines(text: &str) -> String {
    let bytes = text.as_bytes().chunks(76);
    bytes.flat_map(|line| [String::from_utf8_lossy(line).into_owned(), "\r\n".to_owned()]).collect()
}

/// Base64 (RFC 4648, section 4).
fn encode(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4_usize {
            let letter = LETTERS.get((bits >> (18 - 6 * place) & 63) as usize).copied().unwrap_or(b'=');
            text.push(char::from(if place > chunk.len() { b'=' } else { letter }));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Draft, encode, write};
    use crate::mail::AccountId;

    /// RFC 4648, section 10.
    #[test]
    fn base64_is_right() {
        let all =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE=")];
        for (text, expected) in all {
            assert_eq!(encode(text.as_bytes()), expected);
        }
    }

    /// A draft has what a mail needs, and nothing in it becomes another field.
    #[test]
    fn a_draft_is_a_mail() {
        let draft = |to: &str, subject: &str| Draft {
            account: AccountId(1),
            from: "dana@home.example".into(),
            to: to.into(),
            subject: subject.into(),
            text: "off, please\n".into(),
        };
        let mail = write(&draft("off@shop.example", "un\r\nBcc: x@y"), "id@home.example", 1_775_570_520).unwrap();
        assert!(mail.contains("Subject: un  Bcc: x@y\r\nDate: Tue, 07 Apr 2026 14:02:00 +0000\r\n"), "{mail}");
        assert!(mail.ends_with("\r\n\r\nb2ZmLCBwbGVhc2UNCg==\r\n"), "{mail}");
        assert!(
            write(&draft("off@shop.example", "Grüße"), "id@x", 0)
                .unwrap()
                .contains("Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\n")
        );
        assert_eq!(write(&draft("a@b\r\nBcc: c@d", ""), "id@x", 0), None);
    }
}
