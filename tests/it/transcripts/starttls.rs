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
    let (result, heard) = upgrade(text).await;
    let error = result.unwrap_err();
    assert_eq!(kind(&error), expected, "{error}");
    assert!(!format!("{error:?}").contains("EVIL"), "{error:?}");
    assert!(heard.is_empty() || heard.ends_with(" STARTTLS\r\n") && heard.len() < 30, "{heard}");
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
