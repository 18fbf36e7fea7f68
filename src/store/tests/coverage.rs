//! What is not known of a folder.

use super::{Fixture, message, plans};
use crate::mail::MessageId;
use crate::store::coverage::UNREAD;
use crate::store::{Arrived, Digest};

/// A folder is known when each of its messages is here whole, and not before.
#[test]
fn a_folder_is_known_when_every_text_is_here() {
    let mut f = Fixture::new();
    let inbox = f.folder("INBOX");
    assert!(!f.writer.has_unread_texts(inbox).unwrap());
    for id in [f.put("INBOX", message(1)), f.put("INBOX", message(2))] {
        assert!(f.writer.has_unread_texts(inbox).unwrap(), "nothing of one is here");
        f.writer.keep_bodies(&[came(id, false)]).unwrap();
        assert!(f.writer.has_unread_texts(inbox).unwrap(), "a part of one is here");
        f.writer.put_body(id, b"all of it", true, None, None).unwrap();
        assert!(f.writer.has_unread_texts(inbox).unwrap(), "one is here and not read");
        f.writer.keep_bodies(&[came(id, true)]).unwrap();
    }
    assert!(!f.writer.has_unread_texts(inbox).unwrap());
    f.writer.evict(f.account, 0).unwrap();
    assert!(!f.writer.has_unread_texts(inbox).unwrap(), "the index knows what the cache had");
    f.writer.trim_index(0, 1).unwrap();
    assert!(f.writer.has_unread_texts(inbox).unwrap(), "the index has forgotten one");
    f.writer.keep_bodies(&[came(MessageId(1), true)]).unwrap();
    assert!(!f.writer.has_unread_texts(inbox).unwrap());
    f.put("Archive", message(3));
    assert!(!f.writer.has_unread_texts(inbox).unwrap(), "another folder is none of its business");
}

fn came(message: MessageId, whole: bool) -> Arrived {
    Arrived { message, bytes: b"a text".to_vec(), whole, digest: Digest::default() }
}

/// P11: that there are such is seen at once.
#[test]
fn the_first_unknown_text_comes_from_an_index() {
    let plan = plans::plan(&Fixture::new(), UNREAD);
    assert!(plan.contains("messages_wanted (folder=?)"), "{plan}");
}
