//! Greeting, capabilities, sign-in.

use std::sync::{Arc, Mutex};

use posthaste::imap::connect::greet;
use posthaste::imap::error::Error;
use posthaste::imap::session::{Mode, Session};
use posthaste::imap::trace::Trace;
use posthaste::sasl::Wanted;
use rstest::rstest;

use super::kind;
use crate::support::script::script;

async fn login(text: &str, user: &str, password: &str) -> (Result<Session, Error>, String) {
    let (stream, server) = script(text);
    let session = match greet(stream, "mail.example.org", &Trace::default()).await {
        Ok(greeted) => greeted.login(user, &password.into(), Wanted::Automatic).await,
        Err(error) => Err(error),
    };
    let session = match session {
        Err(error) => Err(error),
        ok => return (ok, String::new()),
    };
    (session, server.await.unwrap())
}

/// The greeting without capabilities: they are asked for, before and after the sign-in (PS08); ID goes out unasked
/// (RL57).
#[tokio::test]
async fn asks_before_and_after() {
    let (session, _) = login(
        "S: * OK hello
         C: CAPABILITY
         S: * CAPABILITY imap4rev1 auth=plain sasl-ir
         S: $ OK done
         C: AUTHENTICATE PLAIN AGFkYQBzZWNyZXQ=
         S: $ OK in
         C: CAPABILITY
         S: * CAPABILITY IMAP4rev1 move id
         S: $ OK done
         C: ID (\"name\" \"posthaste\" \"version\" \"0.1.0\")
         C: NOOP
         S: $4 BAD what is ID?
         S: $5 OK done",
        "ada",
        "secret",
    )
    .await;
    let mut session = session.unwrap();
    assert!(session.capabilities().has("MOVE") && session.capabilities().has("move"));
    assert!(!session.capabilities().has("AUTH=PLAIN"), "what was said before the sign-in does not count");
    session.noop().await.unwrap();
}

/// AUTHENTICATE without SASL-IR waits for the `+`, also when other data comes first.
#[tokio::test]
async fn authenticates_in_two_steps() {
    let (session, _) = login(
        "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN LOGINDISABLED] hello
         C: AUTHENTICATE PLAIN
         S: * OK still thinking
         S: +
         C: AGFkYQBzZWNyZXQ=
         S: * CAPABILITY IMAP4rev1 UIDPLUS
         S: $ OK in",
        "ada",
        "secret",
    )
    .await;
    assert!(session.unwrap().capabilities().has("UIDPLUS"));
}

/// PS14: LOGIN is never sent when it is forbidden; the error names what the server would take.
#[tokio::test]
async fn login_disabled_is_respected() {
    let (session, heard) =
        login("S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=GSSAPI AUTH=XOAUTH2] hello\nHANG", "ada", "secret")
            .await;
    let Err(Error::Auth { text, .. }) = session else { panic!("signed in") };
    assert!(text.contains("GSSAPI, XOAUTH2"), "{text}");
    assert_eq!(heard, "");
}

/// PS23: passwords with quotes and backslashes are escaped, others go as a literal, some are refused unsent.
#[tokio::test]
async fn passwords_of_every_kind() {
    let greeting = "S: * OK [CAPABILITY IMAP4rev1] hello\n";
    let quoted = format!("{greeting}C: LOGIN \"ada\" \"a \\\\\"b\\\\\\\\%\"\nS: $ OK [CAPABILITY IMAP4rev1] in");
    let quoted = quoted.replace("\\\\", "\\");
    assert!(login(&quoted, "ada", "a \"b\\%").await.0.is_ok());
    let literal = format!("{greeting}C: LOGIN \"ada\" {{3}}\nS: + go\nC: \u{e9}x\nS: $ OK [CAPABILITY IMAP4rev1] in");
    assert!(login(&literal, "ada", "\u{e9}x").await.0.is_ok());
    for bad in ["a\rb", "a\nb", "a\0b"] {
        let (session, heard) = login(&format!("{greeting}HANG"), "ada", bad).await;
        assert_eq!((kind(&session.unwrap_err()), heard.as_str()), ("auth", ""));
    }
}

/// RL43, RL45: a refused sign-in is told from a server that wants a pause, and is never tried again by itself.
#[rstest]
#[case("NO [AUTHENTICATIONFAILED] wrong", "auth")]
#[case("NO wrong", "auth")]
#[case("BAD wrong", "auth")]
#[case("NO [UNAVAILABLE] back end is away", "throttled")]
#[case("BAD User is authenticated but not connected.", "throttled")]
#[tokio::test]
async fn refusals(#[case] answer: &str, #[case] expected: &str) {
    let text = format!("S: * OK [CAPABILITY IMAP4rev1] hello\nC* LOGIN\nS: $ {answer}\nHANG");
    assert_eq!(kind(&login(&text, "ada", "secret").await.0.unwrap_err()), expected);
}

/// PS06, PS10-PS13: a greeting that is none, or says goodbye, or claims that we are signed in, ends it; no byte is sent.
#[rstest]
#[case("S: * PREAUTH welcome", "tls")]
#[case("S: * BYE too many connections", "closed")]
#[case("S: * BYE [UNAVAILABLE] later", "throttled")]
#[case("S: * NO go away", "closed")]
#[case("S: * BAD go away", "closed")]
#[case("S!\\r\\n", "protocol")]
#[case("S: HTTP/1.1 400 Bad Request", "protocol")]
#[case("S: 220 mail.example.org ESMTP", "protocol")]
#[case("S!\\x15\\x03\\x01\\x00\\x02\\x02\\x46", "protocol")]
#[case("S: A1 OK welcome", "protocol")]
#[case("S: * 3 EXISTS", "protocol")]
#[case("S!\\0", "protocol")]
#[case("EOF", "closed")]
#[case("HANG", "timeout")]
#[tokio::test(start_paused = true)]
async fn bad_greetings(#[case] line: &str, #[case] expected: &str) {
    let began = tokio::time::Instant::now();
    let (session, heard) = login(&format!("{line}\nHANG"), "ada", "secret").await;
    assert_eq!(kind(&session.unwrap_err()), expected);
    assert_eq!(heard, "");
    let limit = if expected == "timeout" { 60 } else { 2 };
    assert!(began.elapsed() <= std::time::Duration::from_secs(limit), "{:?}", began.elapsed());
}

/// PS10: a referral, in the greeting, in a refused sign-in and in a refused SELECT, leads nowhere: nobody connects to where
/// it points.
#[tokio::test]
async fn referrals_are_not_followed() {
    let attacker = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    attacker.set_nonblocking(true).unwrap();
    let code = format!("[REFERRAL imap://ada;AUTH=*@{}/]", attacker.local_addr().unwrap());
    let greeting = "S: * OK [CAPABILITY IMAP4rev1] hello\n";
    let (refused, _) = login(&format!("S: * BYE {code} there\nHANG"), "ada", "secret").await;
    assert_eq!(kind(&refused.unwrap_err()), "closed");
    let (refused, _) = login(&format!("{greeting}C* LOGIN\nS: $ NO {code} there\nHANG"), "ada", "secret").await;
    assert_eq!(kind(&refused.unwrap_err()), "auth");
    let text = format!(
        "S: * OK {code} hello\nC* CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: $ OK done\n\
         C* LOGIN\nS: $ OK {code} in\nC* CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: $ OK done\n\
         C* SELECT\nS: $ NO {code} there\nHANG"
    );
    let (session, _) = login(&text, "ada", "secret").await;
    let refused = session.unwrap().select("INBOX", Mode::ReadWrite).await;
    assert_eq!(kind(&refused.unwrap_err()), "rejected");
    assert_eq!(attacker.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

/// PS11, RL50: an OK for a command that was not sent yet, or with the tag of another connection, is never success.
#[tokio::test]
async fn foreign_tags_end_it() {
    let greeting = "S: * OK [CAPABILITY IMAP4rev1] hello\n";
    for answer in ["p0.1 OK in", "A0001 OK in", "A1 NO no"] {
        let (session, _) = login(&format!("{greeting}C* LOGIN\nS: {answer}\nHANG"), "ada", "secret").await;
        assert_eq!(kind(&session.unwrap_err()), "protocol", "{answer}");
    }
}

/// PS21: neither the password nor its encoding is in the trace or in an error, even when the server repeats it.
#[tokio::test]
async fn secrets_stay_secret() {
    let secret = "correct horse";
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    let trace = Trace::to(Arc::new(move |line: &str| sink.lock().unwrap().push(line.to_owned())), "work".to_owned());
    for capability in ["", "AUTH=PLAIN", "AUTH=PLAIN SASL-IR"] {
        let text = format!(
            "S: * OK [CAPABILITY IMAP4rev1 {capability}] hello\nC* x\n{}S: $ BAD LOGIN ada {secret} AGFkYQBjb3JyZWN0IGhvcnNl\nHANG",
            if capability == "AUTH=PLAIN" { "S: + \nC: AGFkYQBjb3JyZWN0IGhvcnNl\n" } else { "" }
        )
        .replace(" ]", "]");
        let (stream, _server) = script(&text);
        let greeted = greet(stream, "mail.example.org", &trace).await.unwrap();
        let error = greeted.login("ada", &secret.into(), Wanted::Automatic).await.unwrap_err();
        let shown = format!("{error} {error:?} {}", lines.lock().unwrap().join("\n"));
        assert!(!shown.contains(secret) && !shown.contains("AGFkYQBjb3Jy"), "{shown}");
        assert!(shown.contains("work C: ") && shown.contains("work S: "));
    }
}

/// RL57: 163.com answers SELECT only after ID; the order on the wire is kept though nobody waits.
#[tokio::test]
async fn id_comes_before_select() {
    let (session, _) = login(
        "S: * OK [CAPABILITY IMAP4rev1 ID] hello
         C: LOGIN \"ada\" \"secret\"
         S: $ OK [CAPABILITY IMAP4rev1 ID] in
         C: ID (\"name\" \"posthaste\" \"version\" \"0.1.0\")
         C: EXAMINE \"INBOX\"
         S: * ID (name unquoted)
         S: $2 OK
         S: * 0 EXISTS
         S: * OK [UIDVALIDITY 1]
         S: $3 OK [READ-ONLY] open",
        "ada",
        "secret",
    )
    .await;
    assert!(session.unwrap().select("INBOX", Mode::ReadOnly).await.unwrap().read_only);
}
