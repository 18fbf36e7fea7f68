//! Which parts are shown.

use crate::render::{Context, Document, SpanRole, View, has_attachments, parse, snippet};

fn read(parts: &[(&str, &str)]) -> (Vec<u8>, Document, Vec<String>) {
    let parts: Vec<String> = parts.iter().map(|(head, text)| format!("--b\r\n{head}\r\n\r\n{text}\r\n")).collect();
    let head = "Subject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
    let mail = format!("{head}{}--b--\r\n", parts.concat());
    let document = parse(mail.as_bytes(), View::Best, &Context::default());
    let text = |block: &crate::render::Block| block.spans.iter().map(|span| span.text.as_str()).collect::<String>();
    let blocks = document.blocks.iter().map(text).collect();
    (mail.into_bytes(), document, blocks)
}

const PATCH: &str = "diff --git a/x b/x\r\n--- a/x\r\n+++ b/x\r\n@@ -1 +1 @@\r\n-old\r\n+new";

/// Protects patches that are sent as parts (git format-patch --inline), and texts of programs that name theirs: they are
/// read below their names, a patch in its colours, and are files to be saved as before.
#[test]
fn inline_files_of_text_are_shown() {
    let text = "Content-Type: text/plain; charset=utf-8";
    for kind in ["text/x-patch", "text/x-diff", "text/plain"] {
        let head = format!(
            "Content-Type: {kind}; name=\"0001-fix.patch\"\r\nContent-Disposition: inline; filename=0001-fix.patch"
        );
        let (mail, document, blocks) = read(&[(text, "See the fix."), (&head, PATCH), (text, "-- \r\na list")]);
        assert_eq!(blocks[..2], ["See the fix.", "0001-fix.patch"], "{kind}");
        assert!(blocks[2].starts_with("diff --git") && blocks[3].contains("a list"), "{kind}: {blocks:?}");
        let role = |text: &str| document.blocks[2].spans.iter().find(|span| span.text.as_str() == text).unwrap().role;
        assert_eq!((role("-old"), role("+new")), (SpanRole::Removed, SpanRole::Added));
        assert_eq!(document.parts.iter().map(|part| part.name.as_str()).collect::<Vec<_>>(), ["0001-fix.patch"]);
        assert!(has_attachments(&mail) && snippet(&mail).starts_with("See the fix."), "{}", snippet(&mail));
    }
    let netscape = "Content-Type: text/plain; charset=iso-8859-1; name=\"=?iso-8859-1?Q?f=FCr.txt?=\"\r\n\
        Content-Disposition: inline; filename=\"=?iso-8859-1?Q?f=FCr.txt?=\"";
    let (_, _, blocks) = read(&[(text, "See below."), (netscape, "The words")]);
    assert_eq!(blocks, ["See below.", "für.txt", "The words"]);
}

/// Protects the text from what is no part of it: attachments, pages, calendars; and from a file of a hundred screens.
#[test]
fn other_files_are_only_listed() {
    let text = ("Content-Type: text/plain", "Hello");
    for head in [
        "Content-Type: text/x-patch; name=a.patch\r\nContent-Disposition: attachment; filename=a.patch",
        "Content-Type: text/html; name=a.html\r\nContent-Disposition: inline; filename=a.html",
        "Content-Type: text/vcard; name=a.vcf\r\nContent-Disposition: inline; filename=a.vcf",
        "Content-Type: application/x-patch; name=a.bin\r\nContent-Disposition: inline; filename=a.bin",
    ] {
        let (_, document, blocks) = read(&[text, (head, "inside")]);
        assert_eq!((blocks, document.parts.len()), (vec!["Hello".to_owned()], 1), "{head}");
    }
    let log = (
        "Content-Type: text/x-log\r\nContent-Disposition: inline; filename=a.log",
        "a line of a log\r\n".repeat(20_000),
    );
    let (_, document, blocks) = read(&[text, (log.0, &log.1)]);
    assert!(blocks.concat().len() < 200_000 && document.notes[0].as_str().contains("very long"));
    assert_eq!(document.parts[0].size, Some(340_000));
}

/// Protects delivery reports on addresses beyond ASCII (RFC 6533), which are no attachments.
#[test]
fn international_reports_are_shown() {
    let report = "Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: utf-8; zo\u{eb}@b.example\r\nAction: failed";
    for kind in ["message/delivery-status", "message/global-delivery-status"] {
        let head = format!("Content-Type: {kind}");
        let (mail, document, blocks) = read(&[("Content-Type: text/plain", "It failed."), (&head, report)]);
        assert!(blocks.concat().contains("Final-Recipient: utf-8; zo\u{eb}@b.example"), "{kind}: {blocks:?}");
        assert!(document.parts.is_empty() && !has_attachments(&mail), "{kind}");
    }
}
