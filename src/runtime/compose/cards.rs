//! The user's address book: files of vCards, and directories of them, read again when they change. Nobody else reads them.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::letter::Mailbox;
use crate::render;
use crate::words;

/// How often it is looked whether they changed, while somebody types.
const LOOK: Duration = Duration::from_secs(3);
/// Directories within each other: address books lie in a directory each.
const DEEPEST: usize = 4;
/// Files that are read, bytes of all of them together, and addresses that are kept.
const MOST: (usize, u64, usize) = (50_000, 64 * 1024 * 1024, 50_000);

/// Somebody in the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// They.
    pub(super) mailbox: Mailbox,
    /// The words of name and address, each with a blank before it.
    pub(super) words: String,
}

impl Entry {
    /// With the words by which it is found.
    pub(super) fn new(mailbox: Mailbox) -> Self {
        Self { words: words_of(&mailbox.name, &mailbox.address), mailbox }
    }
}

/// The words of a name and an address, each with a blank before it.
pub(super) fn words_of(name: &str, address: &str) -> String {
    let mut all = String::new();
    words::fold_into(name, &mut all);
    words::fold_into(address, &mut all);
    all
}

/// A file as it looks from outside.
type Print = (PathBuf, Option<SystemTime>, u64);

/// The files, and who is in them.
pub(super) struct CardFiles {
    places: Vec<PathBuf>,
    looked: Option<Instant>,
    prints: Vec<Print>,
    people: Vec<Entry>,
}

impl CardFiles {
    /// In these files and directories; nothing is read yet.
    pub(super) fn new(places: Vec<PathBuf>) -> Self {
        Self { places, looked: None, prints: Vec::new(), people: Vec::new() }
    }

    /// They are in these from now on.
    pub(super) fn look_in(&mut self, places: Vec<PathBuf>) {
        if places != self.places {
            *self = Self::new(places);
        }
    }

    /// Who is in them, in the order of the files.
    pub(super) fn people(&self) -> &[Entry] {
        &self.people
    }

    /// Reads them again where they changed; whether they did.
    pub(super) fn renew(&mut self) -> bool {
        if self.places.is_empty() || self.looked.is_some_and(|looked| looked.elapsed() < LOOK) {
            return false;
        }
        let mut prints = Vec::new();
        for place in &self.places {
            find(place, 0, &mut prints);
        }
        prints.sort();
        let changed = prints != self.prints;
        if changed {
            self.people = read(&prints);
            self.prints = prints;
        }
        // After a disk that took its time it rests as well.
        self.looked = Some(Instant::now());
        changed
    }
}

/// The files of vCards in a place: a file that is named is one, in a directory those that are called so.
fn find(place: &Path, depth: usize, found: &mut Vec<Print>) {
    let (most, ..) = MOST;
    let Ok(meta) = std::fs::metadata(place) else { return };
    if meta.is_dir() && depth < DEEPEST {
        let Ok(entries) = std::fs::read_dir(place) else { return };
        for entry in entries.flatten() {
            let path = entry.path();
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            let card = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("vcf"));
            if !hidden && (card || entry.file_type().is_ok_and(|kind| !kind.is_file())) {
                find(&path, depth + 1, found);
            }
        }
    } else if meta.is_file() && found.len() < most {
        found.push((place.to_owned(), meta.modified().ok(), meta.len()));
    }
}

fn read(files: &[Print]) -> Vec<Entry> {
    let (_, mut left, most) = MOST;
    let mut people = Vec::new();
    for (path, _, size) in files {
        if *size > left || people.len() >= most {
            tracing::warn!("the address book is larger than what is read of it");
            break;
        }
        left -= size;
        let Ok(bytes) = std::fs::read(path) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        for (name, address) in render::address_book(&text, most - people.len()) {
            people.push(Entry::new(Mailbox { name, address }));
        }
    }
    people.truncate(most);
    people
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::CardFiles;

    fn names(cards: &CardFiles) -> Vec<String> {
        let one = |entry: &super::Entry| format!("{} <{}>", entry.mailbox.name, entry.mailbox.address);
        cards.people().iter().map(one).collect()
    }

    /// Cards of every version are read, folded and encoded as they are, in files with many and in directories of directories;
    /// what changes is read again.
    #[test]
    fn an_address_book_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let book = dir.path().join("book");
        fs::create_dir_all(book.join("friends")).unwrap();
        let cards = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada Love\r\n lace\r\nN:Lovelace;Ada;;;\r\nEMAIL;TYPE=work:ada@x.example\r\n\
                     item1.EMAIL:ada@home.example\r\nPHOTO;ENCODING=b:AAAA\r\nEND:VCARD\r\n\
                     BEGIN:VCARD\r\nVERSION:4.0\r\nN:Byron;George\\, Lord;;;\r\nEMAIL;PREF=1:byron@x.example\r\nEND:VCARD\r\n";
        fs::write(book.join("all.vcf"), cards).unwrap();
        let old = "BEGIN:VCARD\nVERSION:2.1\nFN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:J=F6rg=\n Gro=DF\nEMAIL;INTERNET:j@x.example\nEND:VCARD\n";
        fs::write(book.join("friends/j.VCF"), old).unwrap();
        fs::write(book.join("notes.txt"), cards).unwrap();
        fs::write(book.join("broken.vcf"), "BEGIN:VCARD\nFN:X\nEMAIL:x@x.example\n").unwrap();
        let single = dir.path().join("single");
        fs::write(&single, "BEGIN:VCARD\nVERSION:4.0\nEMAIL:bare@x.example\nEND:VCARD\n").unwrap();
        let mut files = CardFiles::new(vec![book.clone(), single, dir.path().join("gone")]);
        assert!(files.people().is_empty() && files.renew());
        let all = [
            "Ada Lovelace <ada@x.example>",
            "Ada Lovelace <ada@home.example>",
            "George, Lord Byron <byron@x.example>",
            "Jörg Groß <j@x.example>",
            "bare@x.example <bare@x.example>",
        ];
        assert_eq!(names(&files), all);
        assert!(files.people()[3].words.contains(" jorg gross "), "{:?}", files.people()[3]);
        fs::remove_file(book.join("all.vcf")).unwrap();
        assert!(!files.renew(), "not at every key");
        files.looked = None;
        assert!(files.renew());
        assert_eq!(names(&files).len(), 2);
        files.looked = None;
        assert!(!files.renew(), "nothing changed");
    }
}
