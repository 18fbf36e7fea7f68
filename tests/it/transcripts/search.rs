//! SEARCH for what a user looks for: what is sent, what is believed, what is tried once more, what is refused.

use posthaste::imap::error::Error;
use posthaste::imap::session::{Place, Search};
use posthaste::mail::UnixTime;
use posthaste::mail::flags::Flag;
use rstest::rstest;

use super::{kind, opened, uids};

fn text(place: Place, text: &str) -> Search {
    Search::Text(place, text.to_owned())
}

fn fuzzy(key: Search) -> Search {
    Search::Fuzzy(Box::new(key))
}

fn not(key: Search) -> Search {
    Search::Not(Box::new(key))
}

/// Every criterion as it is written (RFC 9051, section 6.4.4).
#[rstest]
#[case(text(Place::From, "ada"), "FROM \"ada\"")]
#[case(text(Place::To, "ada"), "TO \"ada\"")]
#[case(text(Place::Cc, "ada"), "CC \"ada\"")]
#[case(text(Place::Subject, "two words"), "SUBJECT \"two words\"")]
#[case(text(Place::List, "rust"), "HEADER LIST-ID \"rust\"")]
#[case(text(Place::Body, "ada"), "BODY \"ada\"")]
#[case(fuzzy(text(Place::Anywhere, "ada")), "TEXT \"ada\"")]
#[case(Search::Gmail("from:ada".to_owned()), "X-GM-RAW \"from:ada\"")]
#[case(Search::Keyword(Flag::parse("$Work").unwrap()), "KEYWORD $Work")]
#[case(Search::And(vec![Search::Unseen, Search::Flagged, Search::Answered, Search::Draft]), "UNSEEN FLAGGED ANSWERED DRAFT")]
#[case(Search::And(vec![Search::Larger(9), Search::Smaller(99)]), "LARGER 9 SMALLER 99")]
#[case(Search::Since(UnixTime(1_709_251_199)), "SINCE 29-Feb-2024")]
#[case(Search::Before(UnixTime(1_709_251_200)), "BEFORE 1-Mar-2024")]
#[case(Search::Since(UnixTime(i64::MIN)), "SINCE 1-Jan-0001")]
#[case(Search::Before(UnixTime(i64::MAX)), "BEFORE 30-Dec-9999")]
#[case(Search::Or(vec![Search::Unseen, Search::Draft, Search::Flagged]), "OR UNSEEN OR DRAFT FLAGGED")]
#[case(Search::Or(vec![Search::Unseen]), "UNSEEN")]
#[case(Search::Or(vec![]), "NOT ALL")]
#[case(not(Search::And(vec![Search::Unseen, Search::Draft])), "NOT (UNSEEN DRAFT)")]
#[case(
    Search::Or(vec![Search::And(vec![Search::Unseen, not(Search::Draft)]), Search::And(vec![])]),
    "OR (UNSEEN NOT DRAFT) ALL"
)]
#[tokio::test]
async fn every_criterion_is_written(#[case] key: Search, #[case] expected: &str) {
    let transcript = format!("C: UID SEARCH {expected}\nS: * SEARCH 3 7\nS: $ OK done");
    let (mut session, _server) = opened("", &transcript).await;
    assert_eq!(session.find(&key).await.unwrap(), uids("3,7"));
}

/// ESEARCH's answer, in pieces and with what else a server says meanwhile; FUZZY only before what may be loose.
#[tokio::test]
async fn esearch_and_fuzzy_are_used_where_offered() {
    let (mut session, _server) = opened(
        "ESEARCH SEARCH=FUZZY",
        "C: UID SEARCH RETURN (ALL) FUZZY TEXT \"ada\" FROM \"ada\" OR FUZZY BODY \"x\" UNSEEN
         S: * 4 EXISTS
         S: * ESEARCH (TAG \"$\") UID ALL 2,10:12
         S: $ OK done
         C: UID SEARCH RETURN (ALL) UNSEEN
         S: * ESEARCH (TAG \"$\") UID
         S: $ OK none",
    )
    .await;
    let key = Search::And(vec![
        fuzzy(text(Place::Anywhere, "ada")),
        text(Place::From, "ada"),
        Search::Or(vec![fuzzy(text(Place::Body, "x")), Search::Unseen]),
    ]);
    assert_eq!(session.find(&key).await.unwrap(), uids("2,10:12"));
    assert!(session.find(&Search::Unseen).await.unwrap().is_empty());
}

/// Other letters than ASCII go out as a literal with CHARSET, and come back found.
#[tokio::test]
async fn other_letters_are_sent_as_what_they_are() {
    let (mut session, server) = opened(
        "LITERAL+",
        "C: UID SEARCH CHARSET UTF-8 FROM \"ada\" TEXT {7+}
         C* straße
         S: * SEARCH 9
         S: $1 OK done",
    )
    .await;
    let key = Search::And(vec![text(Place::From, "ada"), text(Place::Anywhere, "straße")]);
    assert_eq!(session.find(&key).await.unwrap(), uids("9"));
    drop(session);
    assert!(server.await.unwrap().ends_with("straße\r\n"));
}

/// A server that knows no such letters is asked once more without them, and only if a text is left to look for.
#[rstest]
#[case("S: $1 NO [BADCHARSET (US-ASCII)] no", true)]
#[case("S: $1 BAD what is CHARSET?", true)]
#[case("S: $1 NO cannot", true)]
#[case("S: $1 NO [SERVERBUG] not today", false)]
#[tokio::test]
async fn letters_that_a_server_does_not_know_are_left_out(#[case] refusal: &str, #[case] again: bool) {
    let with = |rest: &str| format!("C: UID SEARCH CHARSET UTF-8 {rest}\n{refusal}\n--\n");
    let literal = |text: &str| format!("{{{}}}\n", text.len());
    let refused_at_once = with(&format!("TEXT \"ada\" TEXT {}", literal("東京").trim_end()));
    let transcript = format!("{refused_at_once}C: UID SEARCH TEXT \"ada\"\nS: * SEARCH 4\nS: $ OK done");
    let (mut session, _server) = opened("", &transcript).await;
    let key = Search::And(vec![text(Place::Anywhere, "ada"), text(Place::Anywhere, "東京")]);
    let found = session.find(&key).await;
    if again {
        assert_eq!(found.unwrap(), uids("4"));
    } else {
        assert_eq!(kind(&found.unwrap_err()), "rejected");
    }
}

/// Nothing is asked in the place of a text that cannot be asked for: unread mail is no answer to it.
#[rstest]
#[case(Search::And(vec![Search::Unseen, text(Place::Anywhere, "東京")]))]
#[case(Search::Or(vec![text(Place::Anywhere, "ada"), text(Place::Anywhere, "東京")]))]
#[case(text(Place::Anywhere, "東京"))]
#[case(not(text(Place::Anywhere, "東京")))]
#[tokio::test]
async fn what_is_left_must_be_worth_asking(#[case] key: Search) {
    let (mut session, server) =
        opened("", "C* a search up to its literal\nS: $ NO [BADCHARSET] no\nC: NOOP\nS: $ OK still here").await;
    assert_eq!(kind(&session.find(&key).await.unwrap_err()), "rejected");
    session.noop().await.unwrap();
    drop(session);
    assert_eq!(server.await.unwrap().matches("SEARCH").count(), 1);
}

/// RL04: what is no tagged OK is no answer: NO and BAD leave the session alone, and nothing else does.
#[rstest]
#[case("S: * SEARCH 1 2\nS: $ NO cannot\nC: NOOP\nS: $ OK", "rejected", true)]
#[case("S: * SEARCH 1 2\nS: $ BAD what?\nC: NOOP\nS: $ OK", "rejected", true)]
#[case("S: * SEARCH 1 2\nEOF", "closed", false)]
#[case("S: * SEARCH 1 2\nS: * BYE enough\nEOF", "closed", false)]
#[case("S: * SEARCH 1 2\nS: other OK done\nEOF", "protocol", false)]
#[case("S: $ NO [LIMIT] later\nEOF", "throttled", false)]
#[tokio::test]
async fn only_ok_is_an_answer(#[case] answer: &str, #[case] expected: &str, #[case] goes_on: bool) {
    let (mut session, _server) = opened("", &format!("C: UID SEARCH TEXT \"ada\"\n{answer}")).await;
    assert_eq!(kind(&session.find(&text(Place::Anywhere, "ada")).await.unwrap_err()), expected);
    assert_eq!(session.noop().await.is_ok(), goes_on);
}

/// PS24: whatever stands in a text, it stays a text.
#[rstest]
#[case("x\" OR ALL \"", "TEXT \"x\\\\\" OR ALL \\\\\"\"")]
#[case("back\\slash", "TEXT \"back\\\\\\\\slash\"")]
#[tokio::test]
async fn a_text_cannot_become_a_command(#[case] hostile: &str, #[case] sent: &str) {
    // In a script a backslash is written twice.
    let sent = sent.replace("\\\\", "\\");
    let (mut session, _server) = opened("", &format!("C: UID SEARCH {sent}\nS: * SEARCH\nS: $ OK done")).await;
    assert!(session.find(&text(Place::Anywhere, hostile)).await.unwrap().is_empty());
}

/// PS24: line breaks go out inside of a literal, never as the end of a line; a NUL not at all.
#[tokio::test]
async fn a_line_break_cannot_end_a_command() {
    let hostile = "x\r\np1.9 UID STORE 1:* +FLAGS (\\Deleted)";
    let (mut session, server) = opened(
        "",
        &format!(
            "C: UID SEARCH X-GM-RAW {{{}}}\nS: + go on\nC* x\nC* UID STORE\nS: * SEARCH\nS: $1 OK done",
            hostile.len()
        ),
    )
    .await;
    assert!(session.find(&Search::Gmail(hostile.to_owned())).await.unwrap().is_empty());
    assert_eq!(kind(&session.find(&text(Place::Body, "\0")).await.unwrap_err()), "rejected");
    drop(session);
    let heard = server.await.unwrap();
    assert!(heard.contains(&format!("{{{}}}\r\n{hostile}\r\n", hostile.len())), "{heard}");
}

/// An answer that was not waited for leaves a session that refuses to go on: half of it may still come.
#[tokio::test(start_paused = true)]
async fn a_question_that_was_dropped_ends_the_session() {
    let (mut session, _server) = opened("", "C: UID SEARCH TEXT \"ada\"\nS: * SEARCH 1\nHANG").await;
    let key = text(Place::Anywhere, "ada");
    let waited = tokio::time::timeout(std::time::Duration::from_secs(5), session.find(&key)).await;
    assert!(waited.is_err());
    assert!(matches!(session.find(&key).await, Err(Error::Closed { .. })));
}
