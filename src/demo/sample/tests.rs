//! Dates, encodings and attachments of the sample mails are what they should be.

use jiff::tz::{Offset, TimeZone};

use super::{ARRIVING, OWNERS, attachment, encode, script, when};
use crate::mail::UnixTime;

/// 2026-03-18 14:02 in a zone one hour east of UTC.
const NOW: i64 = 1_773_838_920;

fn zone() -> TimeZone {
    TimeZone::fixed(Offset::constant(1))
}

fn at(text: &str, now: i64) -> String {
    when::date_field(when::resolve(text, UnixTime(now), &zone()), &zone())
}

/// Today, yesterday and last week come out as written, in local time.
#[test]
fn dates_are_relative_to_now() {
    assert_eq!(at("now-2h15m", NOW), "Wed, 18 Mar 2026 11:47:00 +0100");
    assert_eq!(at("today-4m", NOW), "Wed, 18 Mar 2026 13:58:00 +0100");
    assert_eq!(at("day-1@18:00", NOW), "Tue, 17 Mar 2026 18:00:00 +0100");
    assert_eq!(at("day-7@06:00", NOW), "Wed, 11 Mar 2026 06:00:00 +0100");
    assert_eq!(at("what?", NOW), "Wed, 18 Mar 2026 14:02:00 +0100");
}

/// A demo started soon after midnight still has mails of today: they draw together instead of falling into yesterday.
#[test]
fn today_stays_today_after_midnight() {
    let early = NOW - 13 * 3600 - 32 * 60;
    assert_eq!(at("now-0s", early), "Wed, 18 Mar 2026 00:30:00 +0100");
    assert_eq!(at("today-4h57m", early), "Wed, 18 Mar 2026 00:05:15 +0100");
}

/// Every mail in the files is read whole: no block, flag or attachment of it is dropped in silence.
#[test]
fn every_sample_is_read() {
    let files: Vec<&str> = OWNERS.iter().map(|owner| owner.mails).chain([ARRIVING]).collect();
    for file in files {
        let written = file.lines().filter(|line| line.starts_with("%% ")).count();
        let mails: Vec<script::Mail<'_>> = script::read(file).collect();
        assert_eq!(mails.len(), written);
        assert_eq!(
            file.lines().filter(|l| l.starts_with("%attach ")).count(),
            mails.iter().map(|m| m.attachments.len()).sum::<usize>()
        );
        for mail in mails {
            let known =
                |word: &&str| word.starts_with(['\\', '$']) || word.starts_with("charset=") || *word == "flowed";
            assert!(mail.words.iter().all(known), "{:?}", mail.words);
            assert!(mail.header.iter().any(|(name, _)| *name == "Subject"), "{:?}", mail.header);
            assert!(mail.when == "now" || when::resolve(mail.when, UnixTime(NOW), &zone()).0 < NOW, "{}", mail.when);
            for (words, content) in &mail.attachments {
                assert!(attachment::make(words, content).is_some(), "{words:?}");
            }
        }
    }
}

/// Quoted-printable keeps every byte and no line is longer than 76.
#[test]
fn quoted_printable_is_well_formed() {
    assert_eq!(encode::quoted_printable("a=b \r\né\r\n".as_bytes()), b"a=3Db=20\r\n=C3=A9\r\n");
    let long = encode::quoted_printable("é".repeat(100).as_bytes());
    assert!(long.split(|byte| *byte == b'\n').all(|line| line.len() <= 77));
}

/// No encoded word is longer than RFC 2047 allows; addresses are left alone, and a comma in a subject is only a comma.
#[test]
fn encoded_words_are_short_enough() {
    let value =
        encode::header_value("To", "来週の打ち合わせと会議室について <a@b.example>, c@d.example", "iso-2022-jp");
    assert!(value.ends_with(" <a@b.example>, c@d.example") && value.is_ascii());
    assert!(value.split(' ').filter(|word| word.starts_with("=?")).all(|word| word.trim().len() <= 75), "{value}");
    let subject = encode::header_value("Subject", "2 × Ethiopia, whole beans", "utf-8");
    assert!(subject.starts_with("=?") && subject.ends_with("?=") && subject.matches("?==?").count() == 0, "{subject}");
}

/// The picture is a PNG: right chunks, right checksums (that of IEND is the same in every PNG).
#[test]
fn pictures_are_pictures() {
    let png = attachment::png(20, 10, 3);
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x14\0\0\0\x0a\x08\x02"));
    assert!(png.ends_with(b"IEND\xae\x42\x60\x82"));
    assert!(attachment::pdf("hello (world)").ends_with(b"%%EOF\n"));
}
