//! Drafts of any program are letters again.

use std::collections::BTreeMap;

use super::super::{draft, edit_as_new, recall};
use super::{attachment, desk, letter, mailbox, stamp, writers};
use crate::letter::style::Style;
use crate::letter::{Letter, Relation};

/// What a draft says comes back, with what no mail can say.
#[test]
fn a_draft_comes_back() {
    let (long, deep) = ("word ".repeat(60), "quoted ".repeat(30));
    let mut written = Letter {
        to: vec![mailbox("Priya Raman", "priya@acme.example"), mailbox("", "half typed")],
        cc: vec![mailbox("Jö", "jo@bücher.example")],
        bcc: vec![mailbox("", "boss@acme.example")],
        reply_to: vec![mailbox("", "other@acme.example")],
        subject: "Größe ".into(),
        text: format!("Hi,\n\n{}\n\n> {}\n>> deep\n-- \nDana", long.trim_end(), deep.trim_end()),
        markdown: true,
        attachments: vec![attachment("Bericht ä.pdf", "application/pdf", 3)],
        ..letter()
    };
    written.seal.encrypt = true;
    written.kin.references = vec!["a@x".into(), "b@x".into()];
    written.kin.of = vec![(5, Relation::Forward)];
    let parts = BTreeMap::from([("1".to_owned(), b"%PD".to_vec())]);
    let bytes = draft(&written, &parts, &stamp()).unwrap();
    let (writers, style) = (writers(), Style::default());
    let back = recall(&bytes, &desk(&writers, &style));
    assert_eq!(back.about, Some(("b@x".into(), Relation::Forward)));
    assert!(!back.formatted, "its HTML is made of its text");
    let files: Vec<(&str, &[u8])> = back.carried.iter().map(|one| (one.name.as_str(), one.bytes.as_slice())).collect();
    assert_eq!(files, [("Bericht ä.pdf", b"%PD".as_slice())]);
    written.attachments.clear();
    written.kin.of.clear();
    (written.id, written.begun) = (back.letter.id, stamp().now.0);
    assert_eq!(back.letter, written);
}

/// Drafts of other programs: HTML alone, hard lines, a text beside its page.
#[test]
fn drafts_of_others_are_read() {
    let (writers, style) = (writers(), Style::default());
    let read = |mail: &str| recall(mail.replace('\n', "\r\n").as_bytes(), &desk(&writers, &style));
    let thunderbird = read(
        "From: Dana Voss <dana@acme.example>\nTo: a@x.example\nSubject: Hi\nMessage-ID: <t@acme.example>\n\
         X-Mozilla-Draft-Info: internal/draft; vcard=0\nContent-Type: text/html; charset=UTF-8\n\n\
         <html><body><p>Hello <b>you</b></p><blockquote type=\"cite\"><p>old</p></blockquote>\
         <div>-- <br>Dana</div></body></html>\n",
    );
    assert_eq!(thunderbird.letter.text, "Hello you\n\n> old\n\n-- \nDana");
    assert!(thunderbird.formatted);
    assert_eq!(thunderbird.letter.message_id, "t@acme.example");
    let mutt = read("From: dana@acme.example\nTo: \nSubject: \nIn-Reply-To: <o@x>\n\nline one\nline two \n> q\n");
    assert_eq!((mutt.letter.text.as_str(), mutt.formatted), ("line one\nline two\n> q", false));
    assert_eq!((mutt.letter.to, mutt.about), (Vec::new(), Some(("o@x".into(), Relation::Answer))));
    let gmail = read(
        "From: dana@acme.example\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=\"b\"\n\n--b\n\
         Content-Type: text/plain; charset=\"UTF-8\"\n\ntext\n--b\nContent-Type: text/html\n\n<div>text</div>\n--b--\n",
    );
    assert_eq!((gmail.letter.text.as_str(), gmail.carried.len(), gmail.formatted), ("text", 0, true));
}

/// A mail that is written anew has its words, and no ties to what it was.
#[test]
fn a_mail_is_written_anew() {
    let (writers, style) = (writers(), Style::default());
    let mail = b"From: Dana <dana@home.example>\r\nTo: a@x.example\r\nSubject: Re: x\r\nMessage-ID: <old@x>\r\n\
                 In-Reply-To: <o@x>\r\n\r\nhello\r\n";
    let begun = edit_as_new(mail, &desk(&writers, &style));
    assert_eq!((begun.letter.account.as_str(), begun.letter.text.as_str()), ("home", "hello"));
    assert_ne!(begun.letter.message_id, "old@x");
    assert_eq!(begun.letter.kin.in_reply_to, None);
}
