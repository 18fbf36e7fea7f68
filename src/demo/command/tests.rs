//! Commands are read as clients write them.

use super::list::{Only, StatusItem};
use super::{Body, Request};

fn list(text: &str) -> Option<super::ListRequest> {
    match Request::parse(text.as_bytes()).body {
        Body::List(request) => Some(request),
        Body::Standard(_) | Body::Esearch(_) | Body::Notify(_) | Body::Bad => None,
    }
}

/// LIST in the forms that clients send: bare, with RETURN, with a selection, with literals.
#[test]
fn list_is_read_in_all_its_forms() {
    let full =
        list("a LIST \"\" \"*\" RETURN (SPECIAL-USE SUBSCRIBED STATUS (MESSAGES UIDNEXT UIDVALIDITY UNSEEN))\r\n")
            .unwrap();
    assert!(full.returns_subscribed && full.extended);
    assert_eq!(full.status.len(), 4);
    assert_eq!(full.status[3], StatusItem::Unseen);
    assert_eq!(list("a list (SUBSCRIBED) \"\" (INBOX \"a b\")\r\n").unwrap().only, Only::Subscribed);
    assert_eq!(list("a LIST \"\" {3}\r\nabc\r\n").unwrap().patterns, ["abc"]);
    assert_eq!(list("a LIST \"\" %\r\n").unwrap().patterns, ["%"]);
    for bad in ["a LIST\r\n", "a LIST \"\"\r\n", "a LIST \"\" \"*\" RETURN (HIGHESTMODSEQ)\r\n", "a LIST \"\" \"x\r\n"]
    {
        assert!(list(bad).is_none(), "{bad}");
    }
}

/// The log of commands never holds a password or a mail.
#[test]
fn the_log_holds_no_secret() {
    assert_eq!(Request::parse(b"a LOGIN dana \"s3cret\"\r\n").log, "LOGIN dana ***");
    assert_eq!(Request::parse(b"a AUTHENTICATE PLAIN AGRhbmEAczNjcmV0\r\n").log, "AUTHENTICATE PLAIN");
    let append = Request::parse(b"a APPEND Sent (\\Seen) {6}\r\nsecret\r\n");
    assert_eq!(append.log, "APPEND Sent (\\Seen) {6}");
    assert!(matches!(append.body, Body::Standard(_)));
}

/// A LOGIN with literals is still shown without its password.
#[test]
fn a_login_with_literals_is_redacted() {
    assert!(!Request::parse(b"a LOGIN {4}\r\ndana {6}\r\ns3cret\r\n").log.contains("s3cret"));
}

/// SEARCH with RETURN asks for an ESEARCH; other return options are refused.
#[test]
fn search_return_is_noticed() {
    assert!(matches!(Request::parse(b"a UID SEARCH RETURN (ALL) UID 1:* DELETED\r\n").body, Body::Esearch(_)));
    assert!(matches!(Request::parse(b"a UID SEARCH RETURN (MIN)\r\n").body, Body::Bad));
    assert!(matches!(Request::parse(b"a UID SEARCH HEADER Message-ID \"x\"\r\n").body, Body::Standard(_)));
}
