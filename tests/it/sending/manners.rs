//! What is said to a server, what it may refuse, and what is made of it.

use std::time::Duration;

use posthaste::imap::trace::Trace;
use posthaste::sasl::Credential;
use posthaste::send::error::{Error, Next};
use posthaste::send::session::greet;
use posthaste::send::{Dsn, Outlet, SignIn, check, submit};
use rstest::rstest;

use super::{kind, send};
use crate::support::script::script;
use crate::support::smtp::{Habits, MAIL, Sink, parcel};

/// A whole sending: no name of this computer, one mail, dots doubled on the way and single at its end, the server's words.
#[tokio::test(start_paused = true)]
async fn a_mail_is_handed_over() {
    let sink = Sink::default();
    let report = send(&sink, &parcel(&["bob@example.org", "carol@bücher.example"], MAIL)).await.unwrap();
    assert_eq!(report.said, "Ok: queued as 4F1");
    assert_eq!(report.accepted[1].address, "carol@bücher.example");
    let heard = sink.heard();
    let size = MAIL.len();
    let expected = format!(
        "EHLO [127.0.0.1]\r\nAUTH PLAIN AGFkYQBzZWNyZXQ=\r\nMAIL FROM:<ada@example.org> SIZE={size}\r\n\
         RCPT TO:<bob@example.org>\r\nRCPT TO:<carol@xn--bcher-kva.example>\r\nDATA\r\n"
    );
    assert!(heard.starts_with(&expected), "{heard}");
    assert!(heard.contains("\r\n\r\n..\r\n...two\r\nend\r\n.\r\n"), "{heard}");
    assert_eq!(sink.seen().mails[0].bytes, MAIL);
}

/// SN01: what could end the mail early, or begin another, arrives as text of one mail.
#[tokio::test(start_paused = true)]
async fn nothing_in_a_mail_is_a_command() {
    for text in
        ["\n.\nMAIL FROM:<eve@example.org>\n", "\r.\r\nRCPT TO:<eve@example.org>\r\n", "\r\n.\r\nQUIT\r\n", ".\n.\r."]
    {
        let sink = Sink::default();
        let bytes = format!("Subject: x\r\n\r\n{text}");
        send(&sink, &parcel(&["bob@example.org"], bytes.as_bytes())).await.unwrap();
        let seen = sink.seen();
        assert_eq!((seen.mails.len(), seen.mails[0].to.len()), (1, 1), "{text:?}");
        let got = String::from_utf8(seen.mails[0].bytes.clone()).unwrap();
        assert!(!got.replace("\r\n", "").contains(['\r', '\n']) && got.ends_with("\r\n"), "{got:?}");
    }
}

/// SN06: whoever is refused is named, and the others get nothing either; "later" is later.
#[rstest]
#[case(&[("RCPT TO:<bob", "550 5.1.1 Who?")], "recipients", Next::Edit, "There is no such address (550 5.1.1: Who?)")]
#[case(&[("RCPT TO:<bob", "451 4.7.1 Greylisted")], "recipients", Next::Later, "Greylisted")]
#[case(&[("RCPT TO:<bob", "452 4.5.3 Too many")], "recipients", Next::Edit, "more recipients than the server takes")]
#[case(&[("RCPT TO:<bob", "421 4.3.2 closing")], "later", Next::Later, "takes no mail at the moment")]
#[case(&[("MAIL", "550 5.7.1 Not yours")], "refused", Next::Edit, "Not yours")]
#[case(&[("MAIL", "451 4.3.0 busy")], "later", Next::Later, "busy")]
#[case(&[("MAIL", "552 5.3.4 Too big")], "too large", Next::Edit, "0.1 MB")]
#[case(&[("MAIL", "530 5.7.0 Authenticate first")], "auth", Next::SignIn, "Authenticate first")]
#[case(&[("DATA", "554 5.7.1 No")], "refused", Next::Edit, "does not allow it")]
#[case(&[(".", "552 5.3.4 Too big")], "too large", Next::Edit, "too large")]
#[case(&[(".", "552 too big")], "too large", Next::Edit, "too large")]
#[case(&[(".", "554 5.7.26 DMARC")], "refused", Next::Edit, "SPF, DKIM or DMARC")]
#[case(&[(".", "451 4.7.1 Try again")], "later", Next::Later, "second try")]
#[case(&[("AUTH", "535 5.7.8 Bad credentials")], "auth", Next::SignIn, "User name or password is not right")]
#[case(&[("AUTH", "454 4.7.0 Temporary")], "later", Next::Later, "does not take it now")]
#[case(&[("EHLO", "550 5.7.1 Go away")], "refused", Next::Edit, "Go away")]
#[case(&[("GREETING", "554 5.3.2 No service")], "refused", Next::Edit, "takes no mail")]
#[case(&[("GREETING", "421 4.3.2 Full")], "later", Next::Later, "takes no mail at the moment")]
#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_and_nothing_is_half_sent(
    #[case] answers: &[(&'static str, &'static str)],
    #[case] expected: &str,
    #[case] next: Next,
    #[case] words: &str,
) {
    for offers in [Habits::default().offers, vec!["AUTH PLAIN"]] {
        let sink = Sink::new(Habits { offers, answers: answers.to_vec(), ..Habits::default() });
        let to = ["ann@example.org", "bob@example.org", "carol@example.org"];
        let error = send(&sink, &parcel(&to, MAIL)).await.unwrap_err();
        assert_eq!((kind(&error), error.next()), (expected, next), "{error}");
        assert!(error.to_string().contains(words), "{error}");
        assert!(sink.seen().mails.is_empty());
        assert!(answers[0].0 == "." || !sink.heard().contains("Subject"), "{}", sink.heard());
        if let Error::Recipients { refused } = &error {
            assert_eq!((refused.len(), refused[0].address.as_str()), (1, "bob@example.org"));
        }
    }
}

/// A mail that the server cannot carry is not offered to it.
#[tokio::test(start_paused = true)]
async fn what_a_server_cannot_carry_is_not_offered() {
    let sink = Sink::new(Habits { offers: vec!["AUTH PLAIN", "SIZE 50"], ..Habits::default() });
    let tried = async |to: &str, bytes: &[u8]| send(&sink, &parcel(&[to], bytes)).await.unwrap_err();
    assert_eq!(kind(&tried("bob@example.org", MAIL).await), "too large");
    assert_eq!(kind(&tried("böb@example.org", b"x").await), "unable");
    assert_eq!(kind(&tried("bob@example.org", "Subject: x\r\n\r\nü\r\n".as_bytes()).await), "unable");
    assert!(!sink.heard().contains("MAIL"), "{}", sink.heard());
    let able = Sink::new(Habits { offers: vec!["AUTH PLAIN", "8BITMIME", "SMTPUTF8"], ..Habits::default() });
    send(&able, &parcel(&["böb@example.org"], "Subject: ü\r\n\r\nü\r\n".as_bytes())).await.unwrap();
    let seen = able.seen();
    assert_eq!(seen.mails[0].from, "MAIL FROM:<ada@example.org> BODY=8BITMIME SMTPUTF8");
    assert_eq!(seen.mails[0].to, ["RCPT TO:<böb@example.org>"]);
}

/// Notices of delivery are asked for where the server knows what that is.
#[tokio::test(start_paused = true)]
async fn notices_are_a_wish() {
    let wish = Some(Dsn { success: true, whole: false });
    let mail = parcel(&["bob+x@example.org"], MAIL);
    for (offers, notices) in [(Habits::default().offers, true), (vec!["AUTH PLAIN"], false)] {
        let sink = Sink::new(Habits { offers, ..Habits::default() });
        let report = submit(&sink.outlet(), &"secret".into(), &mail, wish, &Trace::default()).await.unwrap();
        assert_eq!(report.notices, notices);
        let heard = sink.heard();
        let told = "NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;bob+2Bx@example.org\r\n";
        assert_eq!(heard.contains(told) && heard.contains(" RET=HDRS ENVID=1.x@example.org\r\n"), notices, "{heard}");
    }
}

/// A relay that wants no sign-in gets none, and a look says what is there and sends nothing.
#[tokio::test(start_paused = true)]
async fn a_look_sends_nothing() {
    let sink = Sink::default();
    let Outlet::Smtp(mut smtp) = sink.outlet() else { panic!() };
    smtp.sign_in = SignIn::Not;
    let found = check(&Outlet::Smtp(smtp), &Credential::None, &Trace::default()).await.unwrap();
    assert_eq!((found.size, found.notices, found.utf8, found.signed_in), (Some(1_000_000), true, false, None));
    let heard = sink.heard();
    assert!(!heard.contains("AUTH") && !heard.contains("MAIL"), "{heard}");
}

/// A server that objects while the mail is on its way, or before its end, is heard, and the mail was not sent.
#[tokio::test(start_paused = true)]
async fn an_early_no_is_a_no() {
    let text = "S: 220 hi\nC: EHLO [127.0.0.1]\nS: 250 mx\nC* MAIL\nS: 250 ok\nC* RCPT\nS: 250 ok\nC: DATA\n\
                S! 354 go\\r\\n\nC: Subject: x\nS: 552 5.3.4 too much\nHANG";
    let (stream, server) = script(text);
    let mut session = greet(stream, "mx", &Trace::default()).await.unwrap();
    let mail = posthaste::send::wire::Mail::of(&parcel(&["bob@example.org"], b"Subject: x\r\n\r\nhi\r\n")).unwrap();
    let error = session.deliver(&mail, None).await.unwrap_err();
    assert_eq!(kind(&error), "too large", "{error}");
    drop(session);
    assert!(!server.await.unwrap().contains("\r\n.\r\n"));
}

/// PS12: what is no SMTP server is left at once, and floods and endless answers end by themselves.
#[rstest]
#[case("S: * OK IMAP4rev1\nHANG", "protocol", 2)]
#[case("S: HTTP/1.1 200 OK\nHANG", "protocol", 2)]
#[case("S!\\x15\\x03\\x01\nHANG", "protocol", 2)]
#[case("S:\nHANG", "protocol", 2)]
#[case("S: 354 go\nHANG", "protocol", 2)]
#[case("S~ 100000 2\nHANG", "protocol", 2)]
#[case("S! 220 \nS~ 100000 x\nHANG", "protocol", 2)]
#[case("S: 220 hi\nC* EHLO\nS~ 9000 250-x\\r\\n\nHANG", "protocol", 2)]
#[case("S: 220 hi\nC* EHLO\nS: 250-a\nS: 550 b\nHANG", "protocol", 2)]
#[case("S! 220 hi\\r\\n250 mx\\r\\n\nHANG", "protocol", 2)]
#[case("EOF", "closed", 2)]
#[case("HANG", "timeout", 300)]
#[case("S: 220 hi\nC* EHLO\nHANG", "timeout", 300)]
#[tokio::test(start_paused = true)]
async fn odd_servers_end_it(#[case] text: &str, #[case] expected: &str, #[case] seconds: u64) {
    let began = tokio::time::Instant::now();
    let (stream, server) = script(text);
    let error = greet(stream, "mx", &Trace::default()).await.unwrap_err();
    assert_eq!(kind(&error), expected, "{error}");
    assert!(began.elapsed() <= Duration::from_secs(seconds), "{:?}", began.elapsed());
    let heard = server.await.unwrap();
    assert!(heard.is_empty() || heard == "EHLO [127.0.0.1]\r\n", "{heard}");
}

/// PS11: an answer that is there before its question is nobody's yes.
#[tokio::test(start_paused = true)]
async fn an_answer_before_its_question_is_none() {
    let text = "S: 220 hi\nC* EHLO\nS: 250 mx\nC* MAIL\nS! 250 ok\\r\\n250 ok\\r\\n354 go\\r\\n250 queued\\r\\n\nHANG";
    let (stream, server) = script(text);
    let mut session = greet(stream, "mx", &Trace::default()).await.unwrap();
    let mail = posthaste::send::wire::Mail::of(&parcel(&["bob@example.org"], b"x")).unwrap();
    assert_eq!(kind(&session.deliver(&mail, None).await.unwrap_err()), "protocol");
    drop(session);
    assert!(!server.await.unwrap().contains("DATA"));
}
