//! Sign-in to send, line by line, and what a server makes of it.

use std::sync::{Arc, Mutex};

use posthaste::imap::error::Denied;
use posthaste::imap::trace::Trace;
use posthaste::sasl::{Credential, Mechanism, Wanted};
use posthaste::send::error::Error;
use posthaste::send::session::greet;
use rstest::rstest;

use crate::support::script::script;

async fn signs_in(auth: &str, lines: &str, credential: Credential, want: Wanted) -> (Result<Mechanism, Error>, String) {
    let text = format!("S: 220 hi\nC: EHLO [127.0.0.1]\nS: 250-mx\nS: 250 AUTH {auth}\n{lines}");
    let (stream, server) = script(&text);
    let mut session = greet(stream, "smtp.example.org", &Trace::default()).await.unwrap();
    let done = session.sign_in("ada", &credential, want).await;
    drop(session);
    (done, server.await.unwrap())
}

fn token(text: &str) -> Credential {
    Credential::Token(text.to_owned().into())
}

/// Each mechanism as its server wants it, the best one unasked.
#[rstest]
#[case("LOGIN PLAIN", "C: AUTH PLAIN AGFkYQBzZWNyZXQ=\nS: 235 in", "secret".into(), Mechanism::Plain)]
#[case(
    "LOGIN",
    "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: YWRh\nS: 334 UGFzc3dvcmQ6\nC: c2VjcmV0\nS: 235 in",
    "secret".into(),
    Mechanism::Login
)]
#[case("XOAUTH2", "C: AUTH XOAUTH2 dXNlcj1hZGEBYXV0aD1CZWFyZXIgdAEB\nS: 235 in", token("t"), Mechanism::XOauth2)]
#[case("EXTERNAL", "C: AUTH EXTERNAL YWRh\nS: 235 in", Credential::None, Mechanism::External)]
#[tokio::test]
async fn every_mechanism(
    #[case] offered: &str,
    #[case] lines: &str,
    #[case] credential: Credential,
    #[case] expected: Mechanism,
) {
    let (done, heard) = signs_in(offered, lines, credential, Wanted::Automatic).await;
    assert_eq!(done.unwrap(), expected, "{heard}");
}

/// A token that is longer than a command may be goes in a line of its own.
#[tokio::test]
async fn a_long_token_has_its_own_line() {
    let lines = "C: AUTH XOAUTH2\nS: 334 \nC*\nS: 235 in";
    let (done, heard) = signs_in("XOAUTH2", lines, token(&"x".repeat(2_000)), Wanted::Automatic).await;
    assert_eq!(done.unwrap(), Mechanism::XOauth2);
    assert!(heard.split("\r\n").any(|line| line.len() > 2_600), "{heard}");
}

/// PS22: what a server says of a refused token is answered with nothing of it, and it is told that it was the token.
#[tokio::test]
async fn a_refused_token_is_told() {
    let json = "eyJzdGF0dXMiOiI0MDEifQ==";
    let lines = format!("C* AUTH\nS: 334 {json}\nC:\nS: 535 5.7.8 no\nHANG");
    let (done, _) = signs_in("XOAUTH2", &lines, token("t"), Wanted::Automatic).await;
    assert!(matches!(done.unwrap_err(), Error::Auth { denied: Denied::Token, .. }));
}

/// RL45: a server that does not know SCRAM though it offers it is told the password, once; a wrong password ends it.
#[rstest]
#[case("504 5.7.4 what?", true)]
#[case("501 5.5.4 what?", true)]
#[case("535 5.7.8 no", false)]
#[case("534 5.7.9 app password", false)]
#[tokio::test]
async fn one_step_down_from_scram(#[case] answer: &str, #[case] again: bool) {
    let start = format!("C* AUTH\nS: {answer}\n");
    let lines =
        if again { format!("{start}C: AUTH PLAIN AGFkYQBzZWNyZXQ=\nS: 235 in") } else { format!("{start}HANG") };
    let (done, heard) = signs_in("PLAIN SCRAM-SHA-256", &lines, "secret".into(), Wanted::Automatic).await;
    assert_eq!(done.is_ok(), again, "{heard}");
    assert_eq!(heard.matches("AUTH").count(), if again { 2 } else { 1 });
}

/// PS14: where there is no way that both know, nothing is sent and the ways are named.
#[tokio::test]
async fn no_way_is_no_try() {
    let (done, heard) = signs_in("PLAIN LOGIN", "HANG", token("t"), Wanted::Automatic).await;
    let error = done.unwrap_err().to_string();
    assert!(error.contains("takes no access token here; the ways it offers: PLAIN, LOGIN"), "{error}");
    assert_eq!(heard, "EHLO [127.0.0.1]\r\n");
}

/// PS21: a server that repeats what it was told brings nothing of it into the trace or an error.
#[rstest]
#[case("PLAIN", "secret hunter2", "AGFkYQBzZWNyZXQgaHVudGVyMg== secret hunter2")]
#[case("LOGIN", "hunter2", "aHVudGVyMg== hunter2")]
#[tokio::test]
async fn nothing_of_a_secret_is_shown(#[case] offered: &str, #[case] password: &str, #[case] echo: &str) {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&kept);
    let trace = Trace::to(Arc::new(move |line: &str| sink.lock().unwrap().push(line.to_owned())), "work".to_owned());
    let steps = if offered == "LOGIN" { "S: 334 \nC*\nS: 334 \nC*\n" } else { "" };
    let text =
        format!("S: 220 hi\nC* EHLO\nS: 250-mx\nS: 250 AUTH {offered}\nC* AUTH\n{steps}S: 535 5.7.8 {echo}\nHANG");
    let (stream, _server) = script(&text);
    let mut session = greet(stream, "mx", &trace).await.unwrap();
    let error = session.sign_in("ada", &password.into(), Wanted::Automatic).await.unwrap_err();
    let shown = format!("{error} {error:?} {}", kept.lock().unwrap().join("\n"));
    assert!(shown.contains("work S: 535 5.7.8 ***"), "{shown}");
    for word in echo.split(' ').chain([password]) {
        assert!(!shown.contains(word) || word == "secret", "{word}: {shown}");
    }
}
