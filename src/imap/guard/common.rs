//! The shape that nearly every FETCH answer has, read in one pass.
//!
//! A first sync brings a hundred thousand of them. Any other shape is left to imap-proto, which reads these the same way:
//! the tests hold both side by side.

use super::Marker;
use crate::imap::answer::{FetchItem, Literal};
use crate::imap::convert;
use crate::mail::Uid;
use crate::mail::flags::Flags;

/// This FETCH answer (RFC 9051, section 7.5.2), if it has no more than plain UID, FLAGS, INTERNALDATE, RFC822.SIZE, MODSEQ
/// and one literal of header fields.
pub(super) fn common_fetch(line: &[u8], marker: &Marker) -> Option<FetchItem> {
    let mut rest = Rest(line);
    rest.skip(b"* ")?;
    let mut item = FetchItem { seq: rest.number()?, ..FetchItem::default() };
    rest.skip(b" FETCH (")?;
    loop {
        rest.attribute(&mut item, marker)?;
        if rest.skip(b" ").is_none() {
            break;
        }
    }
    rest.skip(b")\r\n")?;
    rest.0.is_empty().then_some(item)
}

/// What is not read yet.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn skip(&mut self, bytes: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(bytes)?;
        Some(())
    }

    /// The bytes from here on that are like this.
    fn run(&mut self, like: impl Fn(u8) -> bool) -> &'a [u8] {
        let end = self.0.iter().position(|byte| !like(*byte)).unwrap_or(self.0.len());
        let (run, rest) = self.0.split_at(end);
        self.0 = rest;
        run
    }

    fn number<N: std::str::FromStr>(&mut self) -> Option<N> {
        let digits = self.run(|byte| byte.is_ascii_digit());
        std::str::from_utf8(digits).ok()?.parse().ok()
    }

    fn attribute(&mut self, item: &mut FetchItem, marker: &Marker) -> Option<()> {
        let name = self.run(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
        match name {
            b"UID" => {
                self.skip(b" ")?;
                item.uid = Some(self.number()?).filter(|uid| *uid != 0).map(Uid);
            }
            b"RFC822.SIZE" => {
                self.skip(b" ")?;
                item.size = Some(u64::from(self.number::<u32>()?));
            }
            b"MODSEQ" => {
                self.skip(b" (")?;
                item.modseq = Some(self.number()?);
                self.skip(b")")?;
            }
            b"INTERNALDATE" => {
                self.skip(b" \"")?;
                let date = self.run(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\');
                self.skip(b"\"")?;
                item.date = convert::internal_date(std::str::from_utf8(date).ok()?);
            }
            b"FLAGS" => {
                self.skip(b" (")?;
                item.flags = Some(self.flags()?);
                self.skip(b")")?;
            }
            b"BODY" if item.body.is_none() => {
                self.skip(b"[HEADER.FIELDS (")?;
                self.words(|byte| byte.is_ascii_alphabetic() || byte == b'-')?;
                self.skip(b")] ")?;
                self.skip(marker.first())?;
                item.body = Some(Literal::Bytes(marker.first_text().to_vec()));
            }
            _ => return None,
        }
        Some(())
    }

    fn flags(&mut self) -> Option<Flags> {
        if self.0.first() == Some(&b')') {
            return Some(Flags::default());
        }
        let words =
            self.words(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'\\' | b'$' | b'_' | b'-' | b'.'))?;
        let words = std::str::from_utf8(words).ok()?;
        let plain = |word: &str| !word.trim_start_matches('\\').is_empty() && word.rfind('\\').is_none_or(|at| at == 0);
        words.split(' ').all(plain).then(|| Flags::parse(words.split(' ')))
    }

    /// Words with one space between them; none is empty.
    fn words(&mut self, like: impl Fn(u8) -> bool) -> Option<&'a [u8]> {
        let words = self.run(|byte| byte == b' ' || like(byte));
        words.split(|byte| *byte == b' ').all(|word| !word.is_empty()).then_some(words)
    }
}
