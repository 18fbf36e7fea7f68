//! A busy mailing list, generated: something to scroll through, with threads.

use std::fmt::Write as _;

use jiff::tz::TimeZone;

use crate::demo::sample::when::date_field;
use crate::mail::UnixTime;
use crate::mail::flags::Flags;

const PEOPLE: [(&str, &str); 9] = [
    ("Ines Morais", "ines@tty.example"),
    ("Rasmus Dahl", "rasmus@dahl.example"),
    ("Wanda Kowalska", "wanda@kowalska.example"),
    ("K. Oyelaran", "ko@glyphs.example"),
    ("Matteo Ricci", "matteo@ricci.example"),
    ("Sunniva", "sunniva@fjord.example"),
    ("Old Greybeard", "vt100@basement.example"),
    ("Harriet Penn", "harriet@penn.example"),
    ("Bo Lindqvist", "bo@lindqvist.example"),
];

const TOPICS: [&str; 14] = [
    "Should the cursor blink?",
    "[RFC] One event loop to rule them all",
    "Width of a family emoji, again",
    "Mouse reporting over a serial line",
    "Bug: resize during resize",
    "Terminals that lie about their colours",
    "[PATCH] Draw the rule under the header once",
    "What do you use for undo?",
    "Kitty keyboard protocol in 2 pages",
    "Benchmark: 100,000 rows, one frame",
    "Right-to-left in a left-to-right grid",
    "Does anybody still test on a VT220?",
    "[ANN] scrollview 0.9, now with less scrolling",
    "Screen readers and alternate screens",
];

const OPENINGS: [&str; 6] = [
    "I measured this on three machines over the weekend, and the answer is: it depends on the font.",
    "Before we bikeshed this any further, could somebody write down what the expected behaviour is?",
    "This has bitten us twice now. A minimal example is below; it needs no library at all.",
    "I would rather keep this out of the core. It can live in its own crate and still feel native.",
    "Nice find. The relevant line is older than this mailing list.",
    "I tried it over a slow connection (300 baud, do not ask). It holds up better than expected.",
];

const CLOSINGS: [&str; 6] = [
    "Happy to send a patch if nobody objects by Friday.",
    "In short: +1, with tests.",
    "I will be offline next week; please do not merge it while I cannot complain.",
    "(My terminal is older than some of the maintainers.)",
    "Thanks for looking into it!",
    "I withdraw the proposal and propose its opposite.",
];

fn pick<T>(from: &[T], number: u32) -> Option<&T> {
    from.get(number as usize % from.len().max(1))
}

/// The list's mails, oldest first: bytes, flags, date. Always the same but for the dates.
pub fn mails(count: u32, now: UnixTime, zone: &TimeZone) -> Vec<(Vec<u8>, Flags, UnixTime)> {
    (0..count).filter_map(|number| mail(number, count, now, zone)).collect()
}

fn mail(number: u32, count: u32, now: UnixTime, zone: &TimeZone) -> Option<(Vec<u8>, Flags, UnixTime)> {
    // Ten mails a topic: a question, then answers, each to one of the mails before it.
    let (thread, place) = (number / 10, number % 10);
    let (name, address) = pick(&PEOPLE, number * 5 + thread)?;
    let topic = pick(&TOPICS, thread)?;
    let id = |place: u32| format!("tui-dev-{thread}-{place}@lists.example");
    let date = UnixTime(now.0 - 5_400 - i64::from(count - 1 - number) * 7_300 - i64::from(number * 37 % 900));
    let mut text = format!(
        "From: {name} <{address}>\r\nTo: tui-dev@lists.example\r\nSubject: [tui-dev] {}{topic}\r\n\
         Message-ID: <{}>\r\nList-Id: Text interfaces <tui-dev.lists.example>\r\n\
         List-Unsubscribe: <mailto:tui-dev-leave@lists.example>\r\n",
        if place == 0 { "" } else { "Re: " },
        id(place)
    );
    // Writing to a String cannot fail, here and below.
    let opening = pick(&OPENINGS, number * 7 + thread)?;
    if place > 0 {
        let parent = (number * 3 + thread) % place;
        let references = if parent == 0 { format!("<{}>", id(0)) } else { format!("<{}> <{}>", id(0), id(parent)) };
        write!(text, "In-Reply-To: <{}>\r\nReferences: {references}\r\n", id(parent)).ok();
        let (other, _) = pick(&PEOPLE, (thread * 10 + parent) * 5 + thread)?;
        let said = pick(&OPENINGS, (thread * 10 + parent) * 7 + thread)?;
        write!(text, "Date: {}\r\n\r\n{other} wrote:\r\n> {said}\r\n\r\n", date_field(date, zone)).ok();
    } else {
        write!(text, "Date: {}\r\n\r\nHi all,\r\n\r\n", date_field(date, zone)).ok();
    }
    let closing = pick(&CLOSINGS, number * 11 + thread * 3)?;
    write!(text, "{opening}\r\n\r\n{closing}\r\n\r\n-- \r\n{name}\r\n").ok();
    let unread = number + 12 >= count;
    let flags = if unread { Flags::default() } else { Flags::parse(["\\Seen"]) };
    Some((text.into_bytes(), flags, date))
}
