//! A connection that is cut at every byte: what was not sent is sent once more, and what may have been is not.

use posthaste::send::error::Next;
use rstest::rstest;

use super::{kind, send};
use crate::support::smtp::{Habits, MAIL, QUEUED, Sink, parcel};

/// SN03: cut at every byte before the last dot it is known that nothing was sent, and the next try sends it, once.
#[rstest]
#[case::pipelining(Habits::default())]
#[case::one_by_one(Habits { offers: vec!["AUTH PLAIN"], ..Habits::default() })]
#[tokio::test(start_paused = true)]
async fn cut_before_the_dot_it_is_sent_once(#[case] habits: Habits) {
    let mail = parcel(&["bob@example.org", "carol@example.org"], MAIL);
    let whole = Sink::new(habits.clone());
    send(&whole, &mail).await.unwrap();
    let heard = whole.heard();
    let dot = heard.find("end\r\n.\r\n").unwrap() + "end\r\n".len();
    for cut in 0..=dot {
        let sink = Sink::new(Habits { deaf_after: Some(cut), ..habits.clone() });
        let error = send(&sink, &mail).await.unwrap_err();
        assert_eq!((kind(&error), error.next()), ("closed", Next::Soon), "{cut}: {error}");
        assert!(sink.seen().mails.is_empty(), "{cut}");
        sink.change(|habits| habits.deaf_after = None);
        send(&sink, &mail).await.unwrap();
        assert_eq!(sink.seen().mails.len(), 1, "{cut}");
        assert_eq!(sink.seen().mails[0].bytes, MAIL);
    }
}

/// SN04: from the dot on, and within the answer to it, nobody knows, and it is said.
#[tokio::test(start_paused = true)]
async fn cut_after_the_dot_it_is_unknown() {
    let mail = parcel(&["bob@example.org"], MAIL);
    for said in 0..QUEUED.len() {
        let sink = Sink::new(Habits { mute_after: Some(said), ..Habits::default() });
        let error = send(&sink, &mail).await.unwrap_err();
        assert_eq!((kind(&error), error.next()), ("unknown", Next::Ask), "{said}: {error}");
        let words = error.to_string();
        assert!(
            words.contains("ended before the server answered") && !words.contains("before the mail was"),
            "{words}"
        );
        assert_eq!(sink.seen().mails.len(), 1);
    }
    let whole = Sink::default();
    send(&whole, &mail).await.unwrap();
    let dot = whole.heard().find("end\r\n.\r\n").unwrap() + "end\r\n".len();
    for cut in dot + 1..dot + 3 {
        let sink = Sink::new(Habits { deaf_after: Some(cut), ..Habits::default() });
        assert_eq!(kind(&send(&sink, &mail).await.unwrap_err()), "unknown", "{cut}");
    }
}

/// SN04: an answer to the dot that never comes, or that is none, is not taken for a no.
#[rstest]
#[case("")]
#[case("354 go on")]
#[case("* OK done")]
#[tokio::test(start_paused = true)]
async fn silence_after_the_dot_is_unknown(#[case] answer: &'static str) {
    let sink = Sink::new(Habits { answers: vec![(".", answer)], ..Habits::default() });
    let began = tokio::time::Instant::now();
    let error = send(&sink, &parcel(&["bob@example.org"], MAIL)).await.unwrap_err();
    assert_eq!(error.next(), Next::Ask, "{error}");
    assert_eq!(began.elapsed().as_secs() / 60, if answer.is_empty() { 10 } else { 0 });
}
