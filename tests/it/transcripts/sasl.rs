//! Sign-in by every mechanism, line by line, and what happens when a server does not take it.

use std::sync::{Arc, Mutex};

use posthaste::imap::connect::greet;
use posthaste::imap::error::{Denied, Error};
use posthaste::imap::session::Session;
use posthaste::imap::trace::Trace;
use posthaste::sasl::{Credential, Mechanism, Wanted};
use rstest::rstest;

use super::kind;
use crate::support::script::script;

/// What came of a sign-in against this transcript, and everything that the client said.
async fn login(text: &str, user: &str, credential: Credential, want: Wanted) -> (Result<Session, Error>, String) {
    let (stream, server) = script(text);
    let greeted = greet(stream, "imap.example.org", &Trace::default()).await.unwrap();
    let session = greeted.login(user, &credential, want).await;
    match session {
        Ok(session) => {
            drop(session);
            (Err(Error::Closed { what: "signed in".to_owned() }), server.await.unwrap())
        }
        Err(error) => (Err(error), server.await.unwrap()),
    }
}

/// The error of a refused sign-in.
async fn refused(text: &str, credential: Credential, want: Wanted) -> (String, Denied, String) {
    let (session, heard) = login(text, "ada", credential, want).await;
    let error = session.unwrap_err();
    let Error::Auth { text, denied } = error else { return (format!("{error:?}"), Denied::Unsent, heard) };
    (text, denied, heard)
}

/// Whether the sign-in of this transcript came to its end.
async fn signs_in(text: &str, user: &str, credential: Credential, want: Wanted) -> bool {
    let (session, _) = login(text, user, credential, want).await;
    matches!(session.unwrap_err(), Error::Closed { what } if what == "signed in")
}

fn token() -> Credential {
    Credential::Token("ya29.abc".to_owned().into())
}

fn hello(capabilities: &str) -> String {
    format!("S: * OK [CAPABILITY IMAP4rev1 {capabilities}] hello\n")
}

const IN: &str = "S: $ OK [CAPABILITY IMAP4rev1] in";
const LOGIN: Wanted = Wanted::Only(Mechanism::Login);

/// AUTHENTICATE LOGIN, which takes no initial response, even where others do.
#[tokio::test]
async fn login_asks_twice() {
    let text = format!(
        "{}C: AUTHENTICATE LOGIN\nS: + VXNlcm5hbWU6\nC: YWRh\nS: + UGFzc3dvcmQ6\nC: c2VjcmV0\n{IN}",
        hello("AUTH=LOGIN SASL-IR LOGINDISABLED")
    );
    assert!(signs_in(&text, "ada", "secret".into(), Wanted::Automatic).await);
}

/// The user's wish for LOGIN means IMAP's command where the mechanism is not offered.
#[tokio::test]
async fn a_wish_for_login_is_the_command() {
    let text = format!("{}C: LOGIN \"ada\" \"secret\"\n{IN}", hello("AUTH=PLAIN"));
    assert!(signs_in(&text, "ada", "secret".into(), LOGIN).await);
}

/// EXTERNAL with a name and without one, with and without SASL-IR (RFC 4959: an empty initial response is `=`).
#[rstest]
#[case("", "SASL-IR ", "C: AUTHENTICATE EXTERNAL =\n")]
#[case("ada", "SASL-IR ", "C: AUTHENTICATE EXTERNAL YWRh\n")]
#[case("", "", "C: AUTHENTICATE EXTERNAL\nS: +\nC: \n")]
#[case("ada", "", "C: AUTHENTICATE EXTERNAL\nS: +\nC: YWRh\n")]
#[tokio::test]
async fn external_says_who(#[case] user: &str, #[case] early: &str, #[case] lines: &str) {
    let text = format!("{}{lines}{IN}", hello(&format!("{early}AUTH=EXTERNAL AUTH=PLAIN")));
    assert!(signs_in(&text, user, Credential::None, Wanted::Automatic).await);
    assert!(signs_in(&text, user, "secret".into(), Wanted::Only(Mechanism::External)).await);
}

/// Tokens go by OAUTHBEARER where it is offered, else by XOAUTH2; a password is never sent so, nor a token as a password.
#[tokio::test]
async fn tokens_go_their_own_ways() {
    let bearer = "bixhPWFkYSwBaG9zdD1pbWFwLmV4YW1wbGUub3JnAWF1dGg9QmVhcmVyIHlhMjkuYWJjAQE=";
    let text = format!(
        "{}C: AUTHENTICATE OAUTHBEARER {bearer}\n{IN}",
        hello("SASL-IR AUTH=PLAIN AUTH=XOAUTH2 AUTH=OAUTHBEARER")
    );
    assert!(signs_in(&text, "ada", token(), Wanted::Automatic).await);
    let xoauth2 = "dXNlcj1hZGEBYXV0aD1CZWFyZXIgeWEyOS5hYmMBAQ==";
    let text = format!("{}C: AUTHENTICATE XOAUTH2 {xoauth2}\n{IN}", hello("SASL-IR AUTH=PLAIN AUTH=XOAUTH2"));
    assert!(signs_in(&text, "ada", token(), Wanted::Automatic).await);
    let text = format!("{}C: AUTHENTICATE XOAUTH2\nS: +\nC: {xoauth2}\n{IN}", hello("AUTH=XOAUTH2"));
    assert!(signs_in(&text, "ada", token(), Wanted::Automatic).await);
    let text = format!("{}HANG", hello("SASL-IR AUTH=PLAIN"));
    let (words, denied, heard) = refused(&text, token(), Wanted::Automatic).await;
    assert_eq!((denied, heard.as_str()), (Denied::Unsent, ""));
    assert_eq!(words, "The server takes no access token here; the ways it offers: PLAIN");
}

/// PS22: the second part of a refused token is answered with nothing of it, and the caller is told that it was the token.
#[rstest]
#[case("XOAUTH2", r#"{"status":"401","schemes":"bearer","scope":"https://mail.google.com/"}"#, "")]
#[case("OAUTHBEARER", r#"{"status":"invalid_token"}"#, "AQ==")]
#[tokio::test]
async fn a_refused_token_is_told_from_a_password(#[case] name: &str, #[case] json: &str, #[case] answer: &str) {
    use base64::Engine as _;
    let json = base64::engine::general_purpose::STANDARD.encode(json);
    let text = format!(
        "{}C* AUTHENTICATE\nS: + {json}\nC: {answer}\nS: $ NO [AUTHENTICATIONFAILED] Invalid credentials\nHANG",
        hello(&format!("SASL-IR AUTH={name}"))
    );
    let (words, denied, heard) = refused(&text, token(), Wanted::Automatic).await;
    assert_eq!(denied, Denied::Token);
    assert_eq!(words, "the access token is not valid, or no longer (Invalid credentials)");
    let lines: Vec<&str> = heard.split("\r\n").collect();
    assert_eq!((lines.len(), lines[1]), (3, answer), "one line each, and the token once: {heard}");
}

/// RL45: a server that answers SCRAM as one does that does not know it is told the password after all, once. Whatever may
/// mean a wrong password or an unknown user ends it.
#[rstest]
#[case("BAD Unsupported authentication mechanism", true)]
#[case("BAD unknown command", true)]
#[case("NO Unsupported authentication mechanism.", true)]
#[case("NO [CANNOT] mechanism not supported", true)]
#[case("NO [AUTHENTICATIONFAILED] Authentication failed.", false)]
#[case("NO [AUTHENTICATIONFAILED] this mechanism failed", false)]
#[case("NO [AUTHORIZATIONFAILED] mechanism not supported for you", false)]
#[case("NO Authentication failed", false)]
#[case("NO [CONTACTADMIN] locked", false)]
#[tokio::test]
async fn one_step_down_from_scram(#[case] answer: &str, #[case] again: bool) {
    let start = format!("{}C* AUTHENTICATE\nS: $ {answer}\n", hello("SASL-IR AUTH=PLAIN AUTH=SCRAM-SHA-256"));
    if again {
        let text = format!("{start}C: AUTHENTICATE PLAIN AGFkYQBzZWNyZXQ=\n{IN}");
        assert!(signs_in(&text, "ada", "secret".into(), Wanted::Automatic).await);
        let text = format!("{start}C: AUTHENTICATE PLAIN AGFkYQBzZWNyZXQ=\nS: $ NO [AUTHENTICATIONFAILED] no\nHANG");
        let (words, _, heard) = refused(&text, "secret".into(), Wanted::Automatic).await;
        assert_eq!((words.as_str(), heard.matches("AUTHENTICATE").count()), ("no", 2));
    }
    // A wish is a wish, and a refusal of the password is one.
    let want = if again { Wanted::Only(Mechanism::ScramSha256) } else { Wanted::Automatic };
    let (words, denied, heard) = refused(&format!("{start}HANG"), "secret".into(), want).await;
    assert_eq!((denied, heard.matches("AUTHENTICATE").count()), (Denied::Password, 1), "{heard}");
    assert_eq!(words.contains("try auth = \"plain\""), !again, "{words}");
}

/// What is no base64, is longer than any sign-in, or comes without an end ends it.
#[rstest]
#[case("S: + !!!!")]
#[case("S: + YQ")]
#[case("S: +\nC*\nS: + cj0=")]
#[case("S~ 1100000 +")]
#[tokio::test]
async fn nonsense_ends_it(#[case] lines: &str) {
    let text = format!("{}C* AUTHENTICATE\n{lines}\nHANG", hello("SASL-IR AUTH=SCRAM-SHA-256"));
    let (session, heard) = login(&text, "ada", "secret".into(), Wanted::Automatic).await;
    let error = session.unwrap_err();
    assert_eq!(kind(&error), "protocol", "{error} {heard}");
    assert!(!heard.contains("secret") && !heard.contains("PLAIN"), "{heard}");
}

/// PS21: a server that repeats what it was told, as it came or decoded, does not bring a token or a password into the trace
/// or an error.
#[rstest]
#[case("XOAUTH2", token(), "S: + \nC*\n", "dXNlcj1hZGEBYXV0aD1CZWFyZXIgeWEyOS5hYmMBAQ== ya29.abc")]
#[case("LOGIN", "hunter2".into(), "S: + \nC: YWRh\nS: + \nC: aHVudGVyMg==\n", "aHVudGVyMg== hunter2")]
#[tokio::test]
async fn nothing_of_a_secret_is_shown(
    #[case] name: &str,
    #[case] credential: Credential,
    #[case] lines: &str,
    #[case] echo: &str,
) {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&kept);
    let trace = Trace::to(Arc::new(move |line: &str| sink.lock().unwrap().push(line.to_owned())), "work".to_owned());
    let text = format!("{}C* AUTHENTICATE\n{lines}S: $ BAD {echo}\nHANG", hello(&format!("AUTH={name}")));
    let (stream, _server) = script(&text);
    let greeted = greet(stream, "imap.example.org", &trace).await.unwrap();
    let error = greeted.login("ada", &credential, Wanted::Automatic).await.unwrap_err();
    let shown = format!("{error} {error:?} {}", kept.lock().unwrap().join("\n"));
    assert!(shown.contains("BAD ***") && shown.contains("work C: ***"), "{shown}");
    for word in echo.split(' ') {
        assert!(!shown.contains(word), "{word}: {shown}");
    }
}

/// PS14: a wish that the server does not offer is not replaced by another way: nothing is sent.
#[tokio::test]
async fn a_wish_is_not_replaced() {
    let text = format!("{}HANG", hello("AUTH=PLAIN AUTH=GSSAPI"));
    let want = Wanted::Only(Mechanism::ScramSha256);
    let (words, denied, heard) = refused(&text, "secret".into(), want).await;
    assert_eq!((denied, heard.as_str()), (Denied::Unsent, ""));
    assert!(words.contains("SCRAM-SHA-256") && words.contains("GSSAPI, PLAIN"), "{words}");
}

/// PS06: without a command, a greeting that claims that we are signed in is an attack, whatever there is to sign in with.
#[tokio::test]
async fn preauth_is_for_commands() {
    let (stream, _server) = script("S: * PREAUTH [CAPABILITY IMAP4rev1] welcome\nHANG");
    assert_eq!(kind(&greet(stream, "imap.example.org", &Trace::default()).await.unwrap_err()), "tls");
}
