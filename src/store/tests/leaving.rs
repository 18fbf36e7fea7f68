//! Accounts that are not shown, and accounts that go.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use super::{Fixture, message, server_folders, with_flags};
use crate::mail::list::{Anchor, Search, Source};
use crate::mail::message::NewMessage;
use crate::mail::{AccountId, FolderId};
use crate::query::parse::{Clock, parse};
use crate::store::index::Text;
use crate::store::leaving::Leaving;

fn home(fixture: &mut Fixture, count: u32) -> (AccountId, FolderId) {
    let home = fixture.writer.account("home").unwrap();
    fixture.writer.put_folders(home, &server_folders()).unwrap();
    let inbox = fixture.writer.folder_by_raw(home, "INBOX").unwrap().unwrap();
    let starred = |uid| NewMessage { flags: with_flags(&["\\Flagged", "$Pinned"]), ..message(uid) };
    let all: Vec<NewMessage> = (1..=count).map(starred).collect();
    for id in fixture.writer.put_messages(inbox, &all).unwrap().ids {
        fixture.writer.put_body(id, b"body", true, None, None).unwrap();
    }
    (home, inbox)
}

/// Protects the user from mail that he put out of sight: what is of an account that is not shown is in no list of several
/// accounts, in no count and in no search, and is there again when the account is.
#[test]
fn what_is_not_shown_is_in_no_list() {
    let mut fixture = Fixture::new();
    fixture.put("INBOX", NewMessage { flags: with_flags(&["\\Flagged"]), ..message(50) });
    let (home, _) = home(&mut fixture, 3);
    let look = |fixture: &Fixture| {
        let writer = &fixture.writer;
        let of = |source| writer.window(source, Anchor::Newest, 10).unwrap();
        let lists = [Source::AllInboxes, Source::Starred].map(|source| {
            let window = of(source);
            (window.rows.len(), window.total)
        });
        let query = Arc::new(parse("subject", Clock::default()).unwrap());
        let search = Search { query, within: None, hits: Arc::default(), conversations: false };
        let found = writer.count_found(&search, &|| false).unwrap().total;
        let pinned: u64 = writer.marked().unwrap().iter().map(|(_, count)| count).sum();
        (lists, found, pinned, writer.starred().unwrap(), writer.folders().unwrap().len())
    };
    assert_eq!(look(&fixture), ([(4, 4), (4, 4)], 4, 3, 4, 10));
    fixture.writer.roll().show([fixture.account]);
    assert_eq!(look(&fixture), ([(1, 1), (1, 1)], 1, 0, 1, 5));
    // Another reader of the same cache knows it too.
    let reader = fixture.cache.reader().unwrap();
    assert_eq!(reader.window(Source::AllInboxes, Anchor::Newest, 10).unwrap().total, 1);
    fixture.writer.roll().show([fixture.account, home]);
    assert_eq!(look(&fixture), ([(4, 4), (4, 4)], 4, 3, 4, 10));
    assert_eq!(reader.window(Source::AllInboxes, Anchor::Newest, 10).unwrap().total, 4);
}

/// Protects from a screen that stands still, and from half an account: it goes in small steps, a program that is killed
/// between them goes on at its next start, and an account of the same name that comes meanwhile is a new one.
#[test]
fn an_account_goes_in_steps() {
    let mut fixture = Fixture::new();
    fixture.put("INBOX", message(1));
    let (old, _) = home(&mut fixture, 25);
    let on_disk = fixture.writer.on_disk().unwrap();
    assert_eq!(
        on_disk.iter().map(|one| (one.name.as_str(), one.messages, one.bytes)).collect::<Vec<_>>(),
        [("work", 1, 0), ("home", 25, 100)]
    );
    assert!(fixture.writer.drop_account("home").unwrap());
    assert!(!fixture.writer.drop_account("home").unwrap());
    assert_eq!(fixture.writer.accounts().unwrap().len(), 1);
    assert_eq!(fixture.writer.remove_some(10).unwrap(), Leaving::Messages(15));
    let new = fixture.writer.account("home").unwrap();
    assert_ne!(new, old);
    // As after a kill.
    fixture.writer = fixture.cache.writer().unwrap();
    assert_eq!(fixture.writer.remove_some(10).unwrap(), Leaving::Messages(5));
    let mut steps = 0;
    while fixture.writer.remove_some(10).unwrap() != Leaving::Gone {
        steps += 1;
        assert!(steps < 20, "it ends");
    }
    for (table, left) in [("messages", 1), ("bodies", 0), ("folders", 5), ("accounts", 2)] {
        assert_eq!(fixture.number(&format!("SELECT COUNT(*) FROM {table}")), left, "{table}");
    }
    assert_eq!(fixture.number("PRAGMA freelist_count"), 0);
    assert_eq!(fixture.writer.on_disk().unwrap().last().map(|one| one.id), Some(new));
}

/// Protects from words of mail that stay behind: with the last account its conversations go, and the words of the index; an
/// account that comes afterwards begins anew.
#[test]
fn nothing_outlasts_the_last_account() {
    let mut fixture = Fixture::new();
    let tables = ["search_words", "search_names", "docs", "threads", "thread_refs", "thread_recent", "strays"];
    let rows = |fixture: &Fixture| tables.map(|table| fixture.number(&format!("SELECT COUNT(*) FROM {table}")));
    home(&mut fixture, 5);
    fixture.put("INBOX", message(50));
    while fixture.writer.index_headers(100).unwrap().more {}
    fixture.writer.remove_account("home").unwrap();
    let left = rows(&fixture);
    assert!(left[0] > 0 && left[2] == 1 && left[3] > 0, "what is of the other account stays: {left:?}");
    fixture.writer.remove_account("work").unwrap();
    assert_eq!(rows(&fixture), [0; 7]);
    let (_, inbox) = home(&mut fixture, 3);
    assert_eq!(fixture.number(&format!("SELECT COUNT(DISTINCT thread) FROM messages WHERE folder = {}", inbox.0)), 3);
    assert_eq!(fixture.number("SELECT COUNT(*) FROM threads"), 3);
}

/// In which files of the cache this word stands, and how often.
fn in_files(fixture: &Fixture, word: &str) -> BTreeMap<String, usize> {
    let files = fs::read_dir(&fixture.cache.dir).unwrap().map(|entry| entry.unwrap());
    let count =
        |bytes: &[u8]| bytes.windows(word.len()).filter(|piece| piece.eq_ignore_ascii_case(word.as_bytes())).count();
    files
        .map(|file| (file.file_name().into_string().unwrap(), count(&fs::read(file.path()).unwrap())))
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// Protects what the user removed "off the disk": no word of it is in any file of the cache, not in the index, on no page
/// between those of other accounts, in no WAL, and in no file that was put aside. What is of the others is still found.
#[test]
fn no_word_of_a_removed_account_is_on_the_disk() {
    let mut fixture = Fixture::new();
    let inbox = fixture.folder("INBOX");
    let home = fixture.writer.account("home").unwrap();
    fixture.writer.put_folders(home, &server_folders()).unwrap();
    let other = fixture.writer.folder_by_raw(home, "INBOX").unwrap().unwrap();
    // Between each other, so that they share pages; a snippet that comes later has rows grow and move.
    for uid in 1..=200 {
        for (folder, word) in [(inbox, "staying"), (other, "xyloquartz")] {
            let mut mail = message(uid);
            mail.envelope.subject = format!("about {word} {uid}");
            let id = fixture.writer.put_messages(folder, &[mail]).unwrap().ids[0];
            let body = format!("{word} in a body {uid}").repeat(usize::try_from(uid).unwrap() * 3);
            fixture.writer.put_body(id, body.as_bytes(), true, Some(&format!("a snippet with {word}")), None).unwrap();
            let text = Text { body, ..Text::default() };
            fixture.writer.put_texts(&[(id, Some((text, true)))]).unwrap();
        }
    }
    while fixture.writer.index_headers(100).unwrap().more {}
    fs::write(fixture.cache.dir.join("cache.db.damaged-1"), "xyloquartz").unwrap();
    assert!(!in_files(&fixture, "xyloquartz").is_empty());
    fixture.writer.remove_account("home").unwrap();
    assert_eq!(in_files(&fixture, "xyloquartz"), BTreeMap::new());
    assert_eq!(fixture.number("SELECT value FROM meta WHERE name = 'wiping'"), 0);
    assert_eq!(fixture.number("SELECT COUNT(*) FROM search_words WHERE word = 'staying'"), 1);
    assert_eq!(fixture.number("SELECT COUNT(*) FROM search WHERE search MATCH 'staying'"), 200);
    assert!(fixture.number("SELECT COUNT(*) FROM search_names") > 0);
}

/// A program that is killed while it wipes goes on at its next start; a reader that is in the way holds it up, and no more.
#[test]
fn what_was_not_wiped_is_wiped_at_the_next_start() {
    let mut fixture = Fixture::new();
    home(&mut fixture, 5);
    while fixture.writer.index_headers(100).unwrap().more {}
    assert!(!in_files(&fixture, "subject 3").is_empty());
    let reader = fixture.cache.reader().unwrap();
    let transaction = reader.connection.unchecked_transaction().unwrap();
    transaction.query_row("SELECT COUNT(*) FROM messages", [], |row| row.get::<_, i64>(0)).unwrap();
    fixture.writer.remove_account("home").unwrap();
    assert!(fixture.number("SELECT value FROM meta WHERE name = 'wiping'") > 0);
    drop(transaction);
    fixture.writer = fixture.cache.writer().unwrap();
    while fixture.writer.remove_some(10).unwrap() != Leaving::Gone {}
    assert_eq!(fixture.number("SELECT value FROM meta WHERE name = 'wiping'"), 0);
    assert_eq!(in_files(&fixture, "subject 3"), BTreeMap::new());
}
