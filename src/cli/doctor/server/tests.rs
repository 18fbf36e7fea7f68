//! Tests of what is said of a server.

use super::*;

/// Each class of failure has its advice, and only an unreachable server ends with 75.
#[test]
fn failures_say_what_to_do() {
    let auth = failure("sign-in", &Error::Auth { text: "bad credentials".to_owned() });
    assert_eq!(auth.state, Verdict::Fail);
    assert_eq!(auth.found, "Sign-in refused: bad credentials");
    assert!(auth.advice.unwrap().contains("app password"));
    let gone = Error::Unreachable { host: "imap.example.org".to_owned(), reason: "no such name".to_owned() };
    assert_eq!(failure("dns", &gone).state, Verdict::Unreachable);
    assert!(failure("dns", &gone).advice.unwrap().contains("online"));
    assert!(failure("tcp", &gone).advice.unwrap().contains("firewall"));
}
