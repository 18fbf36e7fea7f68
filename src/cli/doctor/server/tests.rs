//! Tests of what is said of a server.

use super::*;

/// A full account is a warning before the server refuses mail.
#[test]
fn a_full_account_is_told() {
    let quota = |used| Quota { root: String::new(), resource: Resource::Storage, used, limit: 100 << 20 };
    assert_eq!((space(&[]).state, space(&[]).found), (Verdict::Ok, "no limit".to_owned()));
    let well = space(&[quota(20 << 20)]);
    assert_eq!((well.state, well.found), (Verdict::Ok, "20 of 100 MB (20%)".to_owned()));
    let full = space(&[quota(95 << 20)]);
    assert_eq!((full.state, full.found), (Verdict::Warn, "95 of 100 MB (95%)".to_owned()));
    assert!(full.advice.is_some());
}

/// Folders of others are named with the letters of their rights; of many the first ten.
#[test]
fn folders_of_others_are_told() {
    let folder = |name: &str, letters: Option<&str>| (name.to_owned(), letters.map(Rights::parse));
    assert_eq!(
        told_of(&[folder("bob/Board", Some("lr")), folder("bob/Desk", Some("lrswite")), folder("bob/Mute", None)]),
        "3 folders of others: bob/Board (read-only: lr), bob/Desk (lrswite), \
         bob/Mute (the server does not say what you may do there)"
    );
    let many: Vec<_> = (0..12).map(|number| folder(&number.to_string(), Some("lrs"))).collect();
    assert!(told_of(&many).ends_with(", 9 (lrs) and 2 more"), "{}", told_of(&many));
    assert_eq!(told_of(&many[..1]), "1 folder of others: 0 (lrs)");
}
