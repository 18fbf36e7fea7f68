//! STARTTLS to send: nothing in clear but EHLO and the command, nothing believed that was said in clear (P9).

use posthaste::imap::error::Error;
use posthaste::imap::trace::Trace;
use posthaste::send::session::after_starttls;
use posthaste::send::starttls::starttls;
use rstest::rstest;

use crate::support::script::script;

async fn upgrade(text: &str) -> (Result<(), Error>, String) {
    let (mut stream, server) = script(text);
    let result = starttls(&mut stream, "smtp.example.org", &Trace::default()).await;
    drop(stream);
    (result, server.await.unwrap())
}

/// A proper server gets two lines in clear.
#[tokio::test(start_paused = true)]
async fn says_two_things_in_clear() {
    let text = "S: 220-mx\nS: 220 hi\nC: EHLO [127.0.0.1]\nS: 250-mx\nS: 250-SIZE 1\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\nHANG";
    let (result, heard) = upgrade(text).await;
    result.unwrap();
    assert_eq!(heard, "EHLO [127.0.0.1]\r\nSTARTTLS\r\n");
}

/// PS01, PS02, PS04, PS09, PS12: every trick ends it before TLS, with no word of ours but these two, and none of the text
/// that came in clear is in the error.
#[rstest]
#[case("S: 220 hi\nC* EHLO\nS: 250 EVIL\nHANG", "tls")]
#[case("S: 220 hi\nC* EHLO\nS: 250-mx\nS: 250 AUTH PLAIN EVIL\nHANG", "tls")]
#[case("S: 220 hi\nC* EHLO\nS: 250-mx\nS: 250 XSTARTTLS\nHANG", "tls")]
#[case("S: 220 hi\nC* EHLO\nS: 502 EVIL\nHANG", "tls")]
#[case("S: 220 hi\nC* EHLO\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS: 454 EVIL\nHANG", "tls")]
#[case("S: 220 hi\nC* EHLO\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS: 250 EVIL\nHANG", "tls")]
#[case("S: 220 hi\nC* EHLO\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS: EVIL\nHANG", "protocol")]
#[case("S: 220 hi\nC* EHLO\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nHANG", "timeout")]
#[case("S: 220 hi\nC* EHLO\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nEOF", "closed")]
#[case(
    "S: 220 hi\nC* EHLO\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS! 220 go\\r\\n250-EVIL\\r\\n250 AUTH PLAIN\\r\\n250 ok\\r\\n\nHANG",
    "tls"
)]
#[case("S: 220 hi\nC* EHLO\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS! 220 go\\r\\nx\nHANG", "tls")]
#[case("S: 220 hi\nC* EHLO\nS! 250-mx\\r\\n250 STARTTLS\\r\\n220 EVIL\\r\\n\nHANG", "tls")]
#[case("S! 220 hi\\r\\n250-EVIL\\r\\n250 STARTTLS\\r\\n\nHANG", "tls")]
#[case("S: 554 EVIL\nHANG", "closed")]
#[case("S: * OK EVIL\nHANG", "protocol")]
#[case("S: HTTP/1.1 EVIL\nHANG", "protocol")]
#[case("S!\\x15\\x03\\x01\nHANG", "protocol")]
#[case("HANG", "timeout")]
#[case("EOF", "closed")]
#[tokio::test(start_paused = true)]
async fn tricks_end_it(#[case] text: &str, #[case] expected: &str) {
    let began = tokio::time::Instant::now();
    let (result, heard) = upgrade(text).await;
    let error = result.unwrap_err();
    let limit = if expected == "timeout" { 60 } else { 2 };
    assert!(began.elapsed().as_secs() <= limit, "{:?}", began.elapsed());
    let kind = match &error {
        Error::Tls { .. } => "tls",
        Error::Protocol(_) => "protocol",
        Error::Timeout { .. } => "timeout",
        Error::Closed { .. } => "closed",
        Error::Auth { .. }
        | Error::Unreachable { .. }
        | Error::Rejected { .. }
        | Error::Bad { .. }
        | Error::Throttled { .. } => "other",
    };
    assert_eq!(kind, expected, "{error}");
    assert!(!format!("{error:?}").contains("EVIL"), "{error:?}");
    let clear = ["", "EHLO [127.0.0.1]\r\n", "EHLO [127.0.0.1]\r\nSTARTTLS\r\n"];
    assert!(clear.contains(&heard.as_str()), "{heard}");
}

/// PS08: behind TLS the server is asked again, and there is no second greeting.
#[tokio::test(start_paused = true)]
async fn asks_again_behind_tls() {
    let (stream, _server) = script("C: EHLO [127.0.0.1]\nS: 250-mx\nS: 250 SIZE 77");
    let session = after_starttls(stream, "smtp.example.org", &Trace::default()).await.unwrap();
    assert_eq!(session.found().size, Some(77));
}
