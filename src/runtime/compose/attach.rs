//! Files, mails and parts of mails are attached: their bytes are copied, so that what is sent is what was seen (SN08).

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::clerk::{Clerk, Lack, lack};
use super::media_type;
use super::paths::meant;
use crate::app::compose::order::News;
use crate::letter::{Attachment, LetterId};
use crate::letters::Source;
use crate::mail::MessageId;
use crate::render;

/// Bytes of a file by which its kind is told.
const LOOKED_AT: u64 = 64 * 1024;

impl Clerk {
    /// Attaches a file.
    pub(super) fn attach_file(&self, letter: LetterId, path: &str) -> Result<(), Lack> {
        let path = meant(path, &self.materials.env);
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let beginning = beginning(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let kind = media_type::of(&name, &beginning);
        self.attach(letter, &name, &kind, (&Source::File(&path), None))
    }

    /// Attaches a mail as it came.
    pub(super) fn attach_message(&mut self, letter: LetterId, message: MessageId) -> Result<(), Lack> {
        let mail = self.mail(message, true)?;
        let subject = self.cache()?.row(message)?.map(|row| row.subject.cut(80).to_string()).unwrap_or_default();
        let stem = subject.replace(['/', '\\'], "-");
        let stem = if stem.trim().is_empty() { "message" } else { stem.trim() };
        let source = Source::Bytes(&mail.bytes);
        self.attach(letter, &format!("{stem}.eml"), "message/rfc822", (&source, Some(&subject)))
    }

    /// Attaches what is attached to a mail.
    pub(super) fn attach_part(&mut self, letter: LetterId, message: MessageId, part: usize) -> Result<(), Lack> {
        let mail = self.mail(message, true)?;
        let subject = self.cache()?.row(message)?.map(|row| row.subject.cut(80).to_string()).unwrap_or_default();
        let bytes = mail.inside.as_deref().unwrap_or(&mail.bytes);
        let Some((name, bytes)) = render::part_bytes(bytes, part) else {
            return lack("this message has no such attachment");
        };
        let kind = media_type::of(&name, &bytes);
        self.attach(letter, &name, &kind, (&Source::Bytes(&bytes), Some(&subject)))
    }

    fn attach(
        &self,
        letter: LetterId,
        name: &str,
        kind: &str,
        (source, origin): (&Source<'_>, Option<&str>),
    ) -> Result<(), Lack> {
        let letters = &self.materials.letters;
        // One that was discarded meanwhile is not begun anew by its attachment.
        if !letters.place(letter).is_dir() {
            return lack("this letter is not on the disk any more");
        }
        let name = render::safe_name(name, kind, 1);
        let attached = letters.attach(letter, &name, kind, source)?;
        let origin = origin.map_or_else(|| attached.origin.clone(), str::to_owned);
        self.materials.say(News::Attached(letter, Attachment { origin, ..attached }));
        Ok(())
    }
}

/// The first bytes of a file; of what is none, nothing: to open a pipe or a device may wait for ever.
fn beginning(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if std::fs::metadata(path)?.is_file() {
        File::open(path)?.take(LOOKED_AT).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}
