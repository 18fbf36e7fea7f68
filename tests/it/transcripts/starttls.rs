//! STARTTLS: nothing in clear but the command, nothing believed that was said in clear (P9).

use posthaste::imap::connect::after_starttls;
use posthaste::imap::connect::starttls::starttls;
use posthaste::imap::error::Error;
use posthaste::imap::trace::Trace;
use rstest::rstest;

use super::kind;
use crate::support::script::script;

async fn upgrade(text: &str) -> (Result<(), Error>, String) {
    let (mut stream, server) = script(text);
    let result = starttls(&mut stream, "mail.example.org", &Trace::default()).await;
    drop(stream);
    (result, server.await.unwrap())
}

/// A proper server gets one command in clear, with and without capabilities in its greeting.
#[rstest]
#[case("S: * OK [CAPABILITY IMAP4rev1 STARTTLS] hello")]
#[case("S: * OK hello")]
#[case("S: * OK [ALERT] look here")]
#[tokio::test]
async fn says_one_thing_in_clear(#[case] greeting: &str) {
    let (result, heard) = upgrade(&format!("{greeting}\nC: STARTTLS\nS: $ OK begin\nHANG")).await;
    result.unwrap();
    assert_eq!(heard.matches("\r\n").count(), 1, "{heard}");
}

/// PS01, PS02, PS05-PS07, PS09, PS11-PS13: every trick ends it before TLS, with no byte of ours but STARTTLS, and
/// none of the text that came in clear is in the error.
#[rstest]
#[case("S: * OK [CAPABILITY IMAP4rev1] EVIL\nHANG", "tls")]
#[case("S: * PREAUTH EVIL\nHANG", "tls")]
#[case("S: * PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] EVIL\nHANG", "tls")]
#[case("S: * BYE EVIL\nHANG", "closed")]
#[case("S: * NO [REFERRAL imap://EVIL/] EVIL\nHANG", "closed")]
#[case("S: HTTP/1.1 EVIL\nHANG", "protocol")]
#[case("S:\nHANG", "protocol")]
#[case("S!\\x15\\x03\\x01\nHANG", "protocol")]
#[case("S: A1 OK EVIL\nHANG", "protocol")]
#[case("HANG", "timeout")]
#[case("EOF", "closed")]
#[case("S: * OK hi\nC: STARTTLS\nS: $ NO EVIL\nHANG", "tls")]
#[case("S: * OK hi\nC: STARTTLS\nS: $ BAD [ALERT] EVIL\nHANG", "tls")]
#[case("S: * OK hi\nC: STARTTLS\nS: + EVIL\nHANG", "tls")]
#[case("S: * OK hi\nC: STARTTLS\nS: * BYE EVIL\nHANG", "closed")]
#[case("S: * OK hi\nC: STARTTLS\nS: EVIL\nHANG", "tls")]
#[case("S: * OK hi\nC: STARTTLS\nHANG", "timeout")]
#[case("S: * OK hi\nC: STARTTLS\nEOF", "closed")]
#[case("S: * OK hi\nC: STARTTLS\nS: * LIST () \"/\" EVIL\nS: $ OK begin\nHANG", "tls")]
#[case("S: * OK hi\nS: * 3 EXISTS\nC: STARTTLS\nS: $ OK begin\nHANG", "tls")]
#[case("S: * OK hi\nC: STARTTLS\nS: x1 OK begin EVIL\nHANG", "tls")]
#[case("S: * OK hi\nC: STARTTLS\nS! $ OK begin\\r\\n* PREAUTH EVIL\\r\\n\nHANG", "tls")]
#[case("S: * OK hi\nC: STARTTLS\nS! $ OK begin\\r\\nx\nHANG", "tls")]
#[tokio::test(start_paused = true)]
async fn tricks_end_it(#[case] text: &str, #[case] expected: &str) {
    let began = tokio::time::Instant::now();
    let (result, heard) = upgrade(text).await;
    let error = result.unwrap_err();
    let limit = if expected == "timeout" { 30 } else { 2 };
    assert!(began.elapsed() <= std::time::Duration::from_secs(limit), "{:?}", began.elapsed());
    assert_eq!(kind(&error), expected, "{error}");
    assert!(!format!("{error:?}").contains("EVIL"), "{error:?}");
    assert!(heard.is_empty() || heard.ends_with(" STARTTLS\r\n") && heard.len() < 30, "{heard}");
}

/// PS01: a server without STARTTLS is told to be one, whether its greeting says so or its answer.
#[rstest]
#[case("S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\nHANG")]
#[case("S: * OK [CAPABILITY IMAP4] hi\nHANG")]
#[case("S: * OK hi\nC: STARTTLS\nS: $ BAD what?\nHANG")]
#[case("S: * OK hi\nC: STARTTLS\nS: * CAPABILITY IMAP4\nS: $ NO no\nHANG")]
#[tokio::test]
async fn missing_starttls_is_named(#[case] text: &str) {
    let (result, heard) = upgrade(text).await;
    let error = result.unwrap_err();
    assert!(error.to_string().contains("does not offer STARTTLS"), "{error}");
    assert!(!heard.contains("LOGIN") && !heard.contains("AUTHENTICATE") && !heard.contains("ID"), "{heard}");
}

/// PS07: data that belongs behind TLS ends it, after the greeting, before the OK and with it, and none of it is kept.
#[tokio::test]
async fn untagged_data_ends_it() {
    for data in [
        "LIST () \"/\" EVIL",
        "LSUB () \"/\" EVIL",
        "STATUS EVIL (MESSAGES 1)",
        "SEARCH 1 2",
        "FLAGS (EVIL)",
        "3 EXISTS",
        "1 RECENT",
        "1 EXPUNGE",
        "1 FETCH (UID 1 ENVELOPE (EVIL))",
        "VANISHED 1:9",
        "ENABLED EVIL",
        "ESEARCH ALL 1",
    ] {
        for text in [
            format!("S! * OK hi\\r\\n* {data}\\r\\n\nC: STARTTLS\nS: $ OK begin\nHANG"),
            format!("S: * OK hi\nC: STARTTLS\nS: * {data}\nS: $ OK begin\nHANG"),
            format!("S: * OK hi\nC: STARTTLS\nS! $ OK begin\\r\\n* {data}\\r\\n\nHANG"),
        ] {
            let (result, _) = upgrade(&text).await;
            let error = result.expect_err(&text);
            assert_eq!(kind(&error), "tls", "{text}: {error}");
            assert!(!format!("{error:?}").contains("EVIL"), "{error:?}");
        }
    }
}

/// PS08: behind TLS the capabilities are asked for, whatever was said before it.
#[tokio::test]
async fn asks_again_behind_tls() {
    let (stream, _server) = script(
        "C: CAPABILITY
         S: * CAPABILITY IMAP4rev1 AUTH=PLAIN
         S: $ OK done",
    );
    let greeted = after_starttls(stream, "mail.example.org", &Trace::default()).await.unwrap();
    assert!(greeted.capabilities().has("AUTH=PLAIN"));
}
