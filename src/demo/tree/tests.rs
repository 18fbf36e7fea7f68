//! The mailbox tree follows RFC 9051.

use super::{NONEXISTENT, Tree, covers};

fn hit(pattern: &str, name: &str) -> bool {
    covers(&pattern.chars().collect::<Vec<_>>(), &name.chars().collect::<Vec<_>>(), '/')
}

/// LIST patterns: `*` crosses levels, `%` does not, everything else is literal.
#[test]
fn patterns_cover_what_the_rfc_says() {
    assert!(hit("*", "a/b/c") && hit("%", "a") && hit("a/%", "a/b") && hit("a*", "a/b") && hit("*c", "a/b/c"));
    assert!(!hit("%", "a/b") && !hit("a/%", "a/b/c") && !hit("a", "ab") && !hit("", "a") && !hit("b*", "ab"));
}

/// A mailbox with children leaves its bare name behind, and its children stay.
#[test]
fn deleting_a_parent_keeps_the_children() {
    let mut tree = Tree::new('/');
    tree.create("Projects/atlas").unwrap();
    assert_eq!(tree.delete("Projects"), Err(NONEXISTENT), "the parent came into being as a bare name");
    tree.create("Projects").unwrap();
    tree.delete("Projects").unwrap();
    assert!(tree.get("Projects").is_none() && tree.get("Projects/atlas").is_some());
}

/// RENAME carries everything under the name along, UIDs and UIDVALIDITY included.
#[test]
fn rename_carries_children() {
    let mut tree = Tree::new('/');
    tree.create("a/b").unwrap();
    let validity = tree.get("a/b").unwrap().uid_validity;
    tree.rename("a", "z").unwrap();
    assert_eq!(tree.get("z/b").unwrap().uid_validity, validity);
    assert!(!tree.mailboxes.contains_key("a/b") && !tree.mailboxes.contains_key("a"));
}
