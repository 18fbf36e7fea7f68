//! Who an answer goes to, whom it is from, and what stands in it.

use rstest::rstest;

use super::super::original::Original;
use super::super::{
    Answer, Begun, Problem, begin_from, bounce, edit_as_new, filled, forward, forward_attached, goes_on_at, mailto,
    reply, signed_anew,
};
use super::{desk, letter, mailbox, writers};
use crate::letter::style::{Quote, Style};
use crate::letter::{Letter, Mailbox, Relation};
use crate::mail::{MessageId, UnixTime};

fn original(fields: &str) -> Original {
    let mail = format!(
        "Message-ID: <m@x>\r\nReferences: <r@x>\r\nDate: Tue, 07 Apr 2026 14:02:00 +0000\r\n{fields}\r\n\r\n\
         Two small edits\r\n\r\n> older\r\n\r\n-- \r\nPriya\r\n"
    );
    Original::read(mail.as_bytes(), Some(MessageId(3)))
}

fn answered(fields: &str, answer: Answer) -> Begun {
    let (writers, style) = (writers(), Style::default());
    reply(&original(fields), answer, &desk(&writers, &style)).unwrap()
}

fn plain(mailboxes: &[Mailbox]) -> String {
    mailboxes.iter().map(|one| one.address.as_str()).collect::<Vec<_>>().join(" ")
}

/// RFC 5322, section 3.6.3, and what lists and people make of it.
#[rstest]
#[case::sender("From: p@x.example\r\nTo: dana@acme.example, n@x.example", Answer::Sender, "p@x.example", "")]
#[case::all(
    "From: p@x.example\r\nTo: Dana+a@acme.example, n@x.example\r\nCc: support@acme.example, P@X.example, c@x.example",
    Answer::All,
    "p@x.example n@x.example",
    "c@x.example"
)]
#[case::reply_to(
    "From: p@x.example\r\nReply-To: q@x.example\r\nTo: dana@acme.example",
    Answer::Sender,
    "q@x.example",
    ""
)]
#[case::own("From: dana@acme.example\r\nTo: n@x.example\r\nCc: c@x.example", Answer::Sender, "n@x.example", "")]
#[case::own_to_all(
    "From: dana@acme.example\r\nTo: n@x.example\r\nCc: c@x.example",
    Answer::All,
    "n@x.example",
    "c@x.example"
)]
#[case::to_oneself("From: dana@acme.example\r\nTo: dana@acme.example", Answer::All, "dana@acme.example", "")]
#[case::list(
    "From: p@x.example\r\nTo: l@l.example\r\nList-Post: <mailto:l@l.example?subject=x>",
    Answer::List,
    "l@l.example",
    ""
)]
#[case::munged(
    "From: p@x.example\r\nReply-To: l@l.example\r\nTo: l@l.example\r\nList-Post: <mailto:l@l.example>",
    Answer::Sender,
    "l@l.example",
    ""
)]
#[case::munged_to_all(
    "From: p@x.example\r\nReply-To: L@l.example\r\nTo: l@l.example\r\nList-Post: <mailto:l@l.example>",
    Answer::All,
    "L@l.example p@x.example",
    ""
)]
#[case::munged_without_a_name(
    "From: p@x.example\r\nReply-To: l@l.example\r\nTo: l@l.example, dana@acme.example",
    Answer::All,
    "l@l.example p@x.example",
    ""
)]
#[case::followup(
    "From: p@x.example\r\nTo: l@l.example\r\nMail-Followup-To: l@l.example, dana@acme.example",
    Answer::All,
    "l@l.example",
    ""
)]
#[case::mail_reply_to(
    "From: p@x.example\r\nReply-To: l@l.example\r\nMail-Reply-To: P <pp@x.example>",
    Answer::Sender,
    "pp@x.example",
    ""
)]
#[case::only_cc("From: dana@acme.example\r\nCc: c@x.example", Answer::All, "c@x.example", "")]
fn answers_go_where_they_should(#[case] fields: &str, #[case] answer: Answer, #[case] to: &str, #[case] cc: &str) {
    let begun = answered(fields, answer);
    assert_eq!((plain(&begun.letter.to).as_str(), plain(&begun.letter.cc).as_str()), (to, cc));
}

/// A list that nobody may write to is none; where answers are sent elsewhere the user is told.
#[test]
fn odd_ways_are_told() {
    let (writers, style) = (writers(), Style::default());
    let closed = original("From: p@x.example\r\nList-Post: NO (posting not allowed)");
    assert_eq!(reply(&closed, Answer::List, &desk(&writers, &style)), Err(Problem::NoList));
    let hints = |fields| {
        let hints = answered(fields, Answer::Sender).hints;
        hints.iter().map(|hint| hint.as_str().to_owned()).collect::<Vec<_>>()
    };
    let stolen = hints("From: p@acme.example\r\nReply-To: p@evil.example\r\nTo: dana@acme.example");
    assert_eq!(stolen, ["The sender has answers sent elsewhere: p@evil.example"]);
    let munged = "From: p@x.example\r\nReply-To: l@l.example\r\nList-Post: <mailto:l@l.example>";
    assert_eq!(hints(munged).len(), 1);
    assert_eq!(hints("From: p@x.example\r\nReply-To: q@x.example").len(), 0);
}

/// The identity that a mail came to answers it: in its account first, an alias before what servers noted, and with the tag that
/// its address had.
#[rstest]
#[case("To: n@x.example", "work", "dana@acme.example")]
#[case("To: Support@acme.example\r\nDelivered-To: dana@acme.example", "work", "support@acme.example")]
#[case("To: support+shop@acme.example", "work", "support+shop@acme.example")]
#[case("To: l@l.example\r\nDelivered-To: Dana+l@Acme.example", "work", "Dana+l@Acme.example")]
#[case(
    "To: l@l.example\r\nDelivered-To: dana@acme.example\r\nX-Original-To: dana+l@acme.example",
    "work",
    "dana+l@acme.example"
)]
#[case("To: dana@acme.example\r\nX-Original-To: dana+l@acme.example", "work", "dana@acme.example")]
#[case("To: dana+a@acme.example\r\nCc: dana@acme.example", "work", "dana@acme.example")]
#[case("To: list@x.example\r\nX-Original-To: support@acme.example", "work", "support@acme.example")]
#[case("To: dana@home.example", "home", "Dana@home.example")]
#[case("To: dana@home.example, support@acme.example", "work", "support@acme.example")]
fn the_identity_follows_the_recipient(#[case] fields: &str, #[case] account: &str, #[case] address: &str) {
    let begun = answered(&format!("From: p@x.example\r\n{fields}"), Answer::Sender);
    assert!(begun.letter.from.name.starts_with("Dana") || begun.letter.from.name == "Support", "{begun:?}");
    assert_eq!((begun.letter.account.as_str(), begun.letter.from.address.as_str()), (account, address));
}

/// Protects conversations of strangers: an address among the words of In-Reply-To is not handed on as an id.
#[test]
fn an_address_is_no_reference() {
    let references = |fields: &str| Original::read(format!("{fields}\r\n\r\ntext\r\n").as_bytes(), None).references;
    assert_eq!(references("In-Reply-To: Message from Bob <bob@x.example> of \"Mon\" <i@x.example>"), ["i@x.example"]);
    assert_eq!(references("To: bob@x.example\r\nIn-Reply-To: mail of <Bob@x.example>"), [""; 0]);
    assert_eq!(references("References: <yes> <i@x.example>"), ["i@x.example"]);
}

/// An answer hangs together with what it answers, and quotes it without its signature.
#[test]
fn an_answer_is_tied_and_quotes() {
    let fields = "From: Priya Raman <p@x.example>\r\nTo: dana@acme.example\r\nSubject: AW: [l] Re: Contract";
    let begun = answered(fields, Answer::Sender);
    let letter = begun.letter;
    assert_eq!(letter.subject, "Re: [l] Contract");
    assert_eq!(letter.kin.in_reply_to.as_deref(), Some("m@x"));
    assert_eq!(letter.kin.references, ["r@x", "m@x"]);
    assert_eq!(letter.kin.of, [(3, Relation::Answer)]);
    assert_eq!(letter.message_id, "00000000000000000000000000000abc@acme.example");
    let quote = "On Tue, 7 Apr 2026 at 14:02, Priya Raman wrote:\n> Two small edits\n>\n>> older";
    assert_eq!((letter.text.as_str(), begun.cursor), (format!("\n\nDana\nAcme\n\n{quote}").as_str(), 0));

    let writers = writers();
    let fields = "From: \"Raman, {me}\" <p@x.example>\r\nTo: dana@acme.example";
    let attribution = "{first} ({day}) {nothing} {".into();
    let style = Style { quote: Quote::Above, attribution, ..Style::default() };
    let above = reply(&original(fields), Answer::Sender, &desk(&writers, &style)).unwrap();
    let quote = "{me} (2026-04-07) {nothing} {\n> Two small edits\n>\n>> older\n\n";
    assert_eq!(above.letter.text, format!("{quote}\n\n-- \nDana\nAcme"));
    assert_eq!(above.cursor, quote.len());
    let style = Style { quote: Quote::None, ..Style::default() };
    let bare = reply(&original(fields), Answer::Sender, &desk(&writers, &style)).unwrap();
    assert_eq!(bare.letter.text, "\n\n-- \nDana\nAcme");
}

/// A page is quoted as its text, flowed text as its paragraphs, and of a huge text a bounded piece.
#[test]
fn what_is_quoted_is_what_is_read() {
    let read = |mail: &str| Original::read(mail.replace('\n', "\r\n").as_bytes(), None).text;
    let page = "<p>One <a href=\"https://x.example\">link</a></p><blockquote>old</blockquote>";
    assert_eq!(read(&format!("Content-Type: text/html\n\n{page}")), "One link <https://x.example>\n\n> old");
    let flowed = "A long \nline\n> and a \n> quoted\n";
    let flowed = read(&format!("Content-Type: text/plain; format=flowed\n\n{flowed}"));
    assert_eq!(flowed, "A long line\n> and a quoted");
    let lines = "line\r\n\r\n".repeat(50_000);
    let huge = Original::read(format!("From: p@x.example\r\nTo: dana@acme.example\r\n\r\n{lines}").as_bytes(), None);
    let (writers, style) = (writers(), Style::default());
    let text = reply(&huge, Answer::Sender, &desk(&writers, &style)).unwrap().letter.text;
    assert!(text.ends_with("> […]") && text.len() < 100_000, "{}", text.len());
}

/// Text that is not flowed keeps its author's lines, also where a line ended only because it was full, or has no blanks.
#[test]
fn lines_are_quoted_as_they_were_broken() {
    let text = "A line of prose that was filled up to its very end by a program that wraps\nwhat is typed at seventy-two \
                columns, and goes on here until it ends.\n\n\u{30ed}\u{30b0}\u{304b}\u{3089}\u{306f}\u{3001}\u{8a2d}\
                \u{5b9a}\u{304c}\u{6b63}\u{3057}\u{304f}\u{8aad}\u{307f}\u{8fbc}\u{307e}\u{308c}\u{3066}\u{3044}\
                \u{308b}\n\u{73fe}\u{5728}\u{306e}\u{72b6}\u{614b}\u{304c}\u{5206}\u{304b}\u{308a}\u{307e}\u{3059}";
    let mail = format!("Content-Type: text/plain; charset=utf-8\n\n{text}\n").replace('\n', "\r\n");
    let original = Original::read(mail.as_bytes(), None);
    assert_eq!(original.text, text);
    let (writers, style) = (writers(), Style::default());
    let handed_on = forward(&original, mail.as_bytes(), &desk(&writers, &style)).letter.text;
    assert!(handed_on.ends_with(text), "{handed_on}");
    let quote = reply(&original, Answer::Sender, &desk(&writers, &style)).unwrap().letter.text;
    assert!(quote.ends_with(&format!("> {}", text.replace('\n', "\n> ").replace("> \n", ">\n"))), "{quote}");
}

/// The links of a page are written out where their texts do not say them: without trackers, each once beside its text, and of
/// one that nobody could read whom it leads to.
#[rstest]
#[case("and <a href='https://x.example/a?utm_source=n&b=1'>a link</a>.", "and a link <https://x.example/a?b=1>.")]
#[case(
    "<a href='https://x.example/'>https://x.example</a>, <a href='http://x.example'>x.example</a>",
    "https://x.example, x.example"
)]
#[case(
    "<a href='https://x.example/?utm_source=n'>https://x.example/?utm_source=n</a>",
    "https://x.example/?utm_source=n"
)]
#[case(
    "<a href='mailto:a@x.example'>a@x.example</a> <a href='mailto:a@x.example'>Ada</a>",
    "a@x.example Ada <mailto:a@x.example>"
)]
#[case("<a href='https://evil.example/'>https://bank.example/</a>", "https://bank.example/ <https://evil.example/>")]
#[case("<a href='https://x.example/a'><p>Title</p><p>More</p></a><p>x</p>", "Title <https://x.example/a>\n\nMore\n\nx")]
#[case("<a href='#top'>up</a> <a href='javascript:x()'>go</a>", "up go")]
fn links_are_written_out(#[case] page: &str, #[case] text: &str) {
    let mail = format!("Subject: x\r\nContent-Type: text/html\r\n\r\n{page}");
    assert_eq!(Original::read(mail.as_bytes(), None).text, text);
    let (writers, style) = (writers(), Style::default());
    let desk = desk(&writers, &style);
    let handed_on = forward(&Original::default(), mail.as_bytes(), &desk).letter.text;
    assert!(handed_on.ends_with(text), "{handed_on}");
    assert_eq!(edit_as_new(mail.as_bytes(), &desk).letter.text, text);
    let long = format!("<a href='https://x.example/{}'>a</a>", "x".repeat(3_000));
    let long = Original::read(format!("Content-Type: text/html\r\n\r\n{long}").as_bytes(), None);
    assert_eq!(long.text, "a <https://x.example/[\u{2026}]>");
}

/// Of an invitation its own text is quoted; where it has none what it says, by the sender's clock and with gaps behind the
/// labels, and not how the reader tells of it.
#[test]
fn an_invitation_is_quoted_in_its_own_words() {
    let calendar = "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:1@x\nSEQUENCE:2\nSTATUS:TENTATIVE\n\
                    SUMMARY:Treffen\nDTSTART:20260404T120000Z\nDTEND:20260404T130000Z\n\
                    ATTENDEE;CN=Alice;PARTSTAT=ACCEPTED:mailto:a@x.example\nEND:VEVENT\nEND:VCALENDAR\n";
    let alone = format!("Content-Type: text/calendar; method=REQUEST\n\n{calendar}").replace('\n', "\r\n");
    assert_eq!(
        Original::read(alone.as_bytes(), None).text,
        "What: Treffen\nWhen: Saturday 4 April 2026, 12:00 to 13:00 in UTC\nWho comes: \u{2713} Alice"
    );
    let mail = format!(
        "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nLet us meet.\n--b\n\
         Content-Type: text/calendar; method=REQUEST\n\n{calendar}\n--b--\n"
    );
    assert_eq!(Original::read(mail.replace('\n', "\r\n").as_bytes(), None).text, "Let us meet.");
}

/// A text with a file name is handed on as a file, and is shown where it is answered.
#[test]
fn a_text_with_a_name_is_a_file() {
    let (writers, style) = (writers(), Style::default());
    let desk = desk(&writers, &style);
    let mail =
        b"From: p@x.example\r\nTo: dana@acme.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n\
                 Look at this.\r\n--b\r\nContent-Type: text/x-patch; charset=utf-8\r\n\
                 Content-Disposition: inline; filename=\"foo&.patch\"\r\n\r\n--- a\r\n+++ b \r\n--b\r\n\
                 Content-Type: text/plain\r\nContent-Disposition: inline; filename=\"b.txt\"\r\n\r\nmore\r\n--b--\r\n";
    let original = Original::read(mail, None);
    for begun in [forward(&original, mail, &desk), edit_as_new(mail, &desk)] {
        assert!(begun.letter.text.ends_with("Look at this."), "{}", begun.letter.text);
        let files: Vec<(&str, &[u8])> =
            begun.carried.iter().map(|file| (file.name.as_str(), file.bytes.as_slice())).collect();
        assert_eq!(files, [("foo_.patch", b"--- a\r\n+++ b ".as_slice()), ("b.txt", b"more")]);
    }
    let text = reply(&original, Answer::Sender, &desk).unwrap().letter.text;
    assert!(text.contains("> Look at this.") && text.contains("> more"), "{text}");
}

/// SN02: encoded line ends in a name and a subject stay on their line (H08): no recipient, no field and no line comes from them.
#[test]
fn encoded_line_ends_are_blanks() {
    let fields = "From: =?utf-8?Q?Al=0D=0ABcc:_v=40e.test=0D=0A?= <eve@x.example>\r\nTo: dana@acme.example\r\n\
                  Subject: =?utf-8?Q?Re:_hi=0D=0ABcc:_v=40e.test=0D=0A=0D=0Abody?=";
    let begun = answered(fields, Answer::All);
    assert_eq!(begun.letter.to, [mailbox("Al Bcc: v@e.test", "eve@x.example")]);
    assert_eq!(begun.letter.subject, "Re: hi Bcc: v@e.test body");
    assert!(!begun.letter.text.contains("\nBcc"), "{}", begun.letter.text);
}

/// What is handed on has its header above it, and its files; or it is a file itself.
#[test]
fn messages_are_handed_on() {
    let (writers, style) = (writers(), Style::default());
    let desk = desk(&writers, &style);
    let mail = b"From: Priya <p@x.example>\r\nTo: dana@acme.example, n@x.example\r\nSubject: Fwd: Plan / 2\r\n\
                 Message-ID: <m@x>\r\nDate: Tue, 07 Apr 2026 14:02:00 +0000\r\n\
                 Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nText\r\n--b\r\n\
                 Content-Type: text/csv; charset=iso-8859-1\r\n\
                 Content-Disposition: attachment; filename=\"a.csv\"\r\n\r\n\xe4\r\n--b--\r\n";
    let original = Original::read(mail, Some(MessageId(3)));
    let within = forward(&original, mail, &desk);
    assert_eq!(
        within.letter.text,
        "\n\nDana\nAcme\n\n---------- Forwarded message ----------\nFrom: Priya <p@x.example>\n\
         Date: Tue, 7 Apr 2026 14:02\nSubject: Fwd: Plan / 2\nTo: dana@acme.example, n@x.example\n\nText"
    );
    assert_eq!(within.letter.subject, "Fwd: Plan / 2");
    assert_eq!((&within.letter.kin.in_reply_to, &within.letter.kin.references), (&None, &vec!["m@x".to_owned()]));
    let file = &within.carried[0];
    assert_eq!((file.name.as_str(), file.media_type.as_str()), ("a.csv", "text/csv; charset=iso-8859-1"));
    assert_eq!(file.bytes, b"\xe4");
    let attached = forward_attached(&[(&original, mail), (&original, mail)], &desk);
    let file = &attached.carried[1];
    assert_eq!((file.name.as_str(), file.media_type.as_str()), ("Fwd Plan 2.eml", "message/rfc822"));
    assert_eq!(attached.letter.kin.of.len(), 2);
    let again = bounce(&original, mail, &desk);
    assert_eq!((again.letter.resend, again.carried[0].bytes.as_slice()), (Some(String::new()), mail.as_slice()));
}

/// A link fills in fields, and the user is told of what is odd; a template knows the letter.
#[test]
fn letters_begin_with_what_was_asked() {
    let (writers, style) = (writers(), Style::default());
    let link = "mailto:a@x.example?subject=Hi&body=one%0D%0Atwo&attach=/etc/passwd&bcc=b@x.example";
    let begun = begin_from(&mailto::parse(link).unwrap(), &desk(&writers, &style));
    assert_eq!(begun.letter.text, "one\ntwo\n\n-- \nDana\nAcme");
    assert_eq!((begun.cursor, begun.hints.len()), (7, 2));
    let template = "Dear {first},\n\n{cursor}\n\n{me} {day}";
    let (text, cursor) = filled(template, &letter(), UnixTime(1_775_570_520), &jiff::tz::TimeZone::UTC);
    assert_eq!((text.as_str(), cursor), ("Dear Priya,\n\n\n\nDana Voss 2026-04-07", 13));
}

/// Another identity's signature stands where the first one's stood, in whatever a letter is begun with; back again the text is
/// what it was.
#[rstest]
#[case::below(Quote::Below, "Dana, private", "At work\nAcme")]
#[case::above(Quote::Above, "Dana, private", "At work\nAcme")]
#[case::none(Quote::None, "Dana, private", "At work\nAcme")]
#[case::two_paragraphs(Quote::Below, "Dana\n\nprivate", "At work\n\nAcme")]
#[case::from_nothing(Quote::Below, "", "At work")]
#[case::to_nothing(Quote::Below, "Dana", "")]
#[case::above_from_nothing(Quote::Above, "", "At work")]
fn signatures_follow(#[case] quote: Quote, #[case] before: &str, #[case] after: &str) {
    let style = Style { quote, ..Style::default() };
    let begun = |signature: &str| {
        let mut writers = writers();
        for writer in &mut writers {
            for identity in &mut writer.identities {
                identity.signature = signature.into();
            }
        }
        let (original, desk) = (original("From: Priya <p@x.example>\r\nTo: dana@acme.example"), desk(&writers, &style));
        let new = begin_from(&mailto::Mailto::default(), &desk).letter.text;
        let answer = reply(&original, Answer::Sender, &desk).unwrap().letter.text;
        [new, answer, forward(&original, b"Subject: s\r\n\r\nText\r\n", &desk).letter.text]
    };
    for (was, wanted) in begun(before).into_iter().zip(begun(after)) {
        assert_eq!(signed_anew(&was, before, after, &style).as_deref(), Some(wanted.as_str()), "{was}");
        assert_eq!(signed_anew(&wanted, after, before, &style).as_deref(), Some(was.as_str()), "{wanted}");
    }
}

/// A letter is gone on with behind what the user wrote last (here at `|`), wherever quote and signature stand.
#[rstest]
#[case::new("Hi\nthere|\n\n-- \nDana", Quote::Below)]
#[case::blank("|\n\n-- \nDana", Quote::Below)]
#[case::unsigned("Hi|", Quote::Below)]
#[case::answer("Yes.\n\nOne more|\n\nDana\n\nOn Mon, Ada wrote:\n> a\n> b", Quote::Below)]
#[case::begun("|\n\nDana\n\nOn Mon, Ada wrote:\n> a", Quote::Below)]
#[case::own_name("Yours,\nDana|\n\nDana\n\nOn Mon, Ada wrote:\n> a", Quote::Below)]
#[case::between("Yes.\n\nDana\n\nOn Mon, Ada wrote:\n> a\n\nAnd here|\n\n> b", Quote::Below)]
#[case::above("On Mon, Ada wrote:\n> a\n\nNo.|\n\n-- \nDana", Quote::Above)]
#[case::above_begun("On Mon, Ada wrote:\n> a\n\n|\n\n-- \nDana", Quote::Above)]
#[case::handed_on("For you.|\n\n-- \nDana\n\n---------- Forwarded message ----------\nFrom: A\n\nText", Quote::Below)]
#[case::handed_on_unsigned("|\n\n---------- Forwarded message ----------\nFrom: A\n\nText", Quote::Below)]
fn a_draft_is_gone_on_with_at_its_end(#[case] marked: &str, #[case] quote: Quote) {
    let mut writers = writers();
    for identity in writers.iter_mut().flat_map(|writer| &mut writer.identities) {
        identity.signature = "Dana".into();
    }
    let style = Style { quote, ..Style::default() };
    let from = writers[0].identities[0].mailbox.clone();
    let letter = Letter { account: writers[0].account.clone(), from, text: marked.replacen('|', "", 1), ..letter() };
    let at = goes_on_at(&letter, &desk(&writers, &style));
    assert_eq!(Some(at), marked.find('|'), "{:?}", letter.text.split_at(at));
}

/// What the user wrote stays, be it right above what is quoted, the same words as the signature, or another signature.
#[test]
fn own_words_are_no_signature() {
    let signed = |text: &str, before, after| signed_anew(text, before, after, &Style::default());
    let text = "Hi\n\nDana\n\nDana\n\nOn Mon, Ada wrote:\n> Dana\n>\n> Dana";
    let wanted = "Hi\n\nDana\n\nAt work\n\nOn Mon, Ada wrote:\n> Dana\n>\n> Dana";
    assert_eq!(signed(text, "Dana", "At work").as_deref(), Some(wanted));
    let close = "Hi\nOn Mon, Ada wrote:\n> a";
    assert_eq!(signed(close, "", "At work").as_deref(), Some("Hi\n\nAt work\n\nOn Mon, Ada wrote:\n> a"));
    assert_eq!(signed("Hi\n\n> a\nNo.", "", "D").as_deref(), Some("Hi\n\nD\n\n> a\nNo."));
    let own = "\n\n---------- Forwarded message ----------\nFrom: Dana\n\nHi\n\n-- \nDana";
    assert_eq!(signed(own, "Dana", "At work"), None, "what is handed on stays");
    assert_eq!(signed("Hi\n-- \nDana\n", "Dana", "At work").as_deref(), Some("Hi\n-- \nAt work\n"));
    assert_eq!(signed("Yours, Dana\n\n> Dana", "Dana", "At work"), None);
    assert_eq!(signed("Dana", "Dana", "Dana"), None);
}
