//! Large and hostile mails: how long until their first screen can be drawn, and what they cost in memory.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use posthaste::render::{Context, Extent, Reach, Shape, View, lay_with, parse};

/// Bytes of a large message that are fetched before its text is shown, and more than that.
const PREFIX: usize = 128 << 10;

/// A mail and what it is called.
struct Case {
    name: String,
    bytes: Vec<u8>,
    extent: Extent,
}

fn case(name: &str, bytes: Vec<u8>) -> Case {
    Case { name: name.to_owned(), bytes, extent: Extent::Whole }
}

/// A newsletter of this many bytes: paragraphs, links, a table and images, over and over.
fn newsletter(bytes: usize) -> Vec<u8> {
    let mut out = b"Subject: news\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body>".to_vec();
    let mut number = 0;
    while out.len() < bytes {
        number += 1;
        let block = format!(
            "<h2>Story {number}</h2><p>Once upon a time there was a <b>mail</b> so long that nobody read to its end, but for \
             <a href=\"https://news.example/{number}?utm_source=mail\">one</a>.</p><table><tr><td>Item</td><td>{number}</td></tr>\
             <tr><td>Price</td><td>{number}.00</td></tr></table><img src=\"https://img.example/{number}.png\" alt=\"picture\">"
        );
        out.extend_from_slice(block.as_bytes());
    }
    out
}

/// A text and a large attachment.
fn with_attachment(bytes: usize) -> Vec<u8> {
    let head = "Subject: the film\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
                Content-Type: text/plain\r\n\r\nHere is the film.\r\n--b\r\nContent-Type: video/mp4; name=film.mp4\r\n\
                Content-Transfer-Encoding: base64\r\n\r\n";
    let mut out = head.as_bytes().to_vec();
    while out.len() < bytes {
        out.extend_from_slice(b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5eg==\r\n");
    }
    out
}

/// The mails at their full size that the hostile cases describe.
fn bombs() -> Vec<Case> {
    let html = |body: String| format!("Subject: x\r\nContent-Type: text/html\r\n\r\n{body}").into_bytes();
    let plain = |body: String| format!("Subject: x\r\nContent-Type: text/plain\r\n\r\n{body}").into_bytes();
    let mut multipart = String::from("Subject: x\r\n");
    for level in 0..50_000 {
        write!(multipart, "Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n").unwrap();
    }
    let parts =
        "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n".to_owned() + &"--b\n\n".repeat(1_000_000);
    vec![
        case("200,000 nested div", html(format!("start{}", "<div>".repeat(200_000)))),
        case("100,000 cells of a table", html(format!("<table><tr>{}", "<td>x".repeat(100_000)))),
        case("a line of 20 MB", plain("x".repeat(20 << 20))),
        case("2,000 lines, 900 quote levels each", plain(format!("{} x\r\n", ">".repeat(900)).repeat(2_000))),
        case("a header line of 20 MB", format!("Subject: {}\r\n\r\nx", "A".repeat(20 << 20)).into_bytes()),
        case("100,000 header fields", ("X-A: b\r\n".repeat(100_000) + "\r\nx").into_bytes()),
        case(
            "40,000 nested messages",
            ("Content-Type:message/rfc822\n\n".repeat(40_000) + "Subject: leaf\n\nx\n").into_bytes(),
        ),
        case("50,000 nested multiparts", multipart.into_bytes()),
        case("1,000,000 parts", parts.into_bytes()),
    ]
}

fn hostile(folder: &Path) -> Vec<Case> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let files =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "eml"));
    files.map(|path| case(&path.file_stem().unwrap().to_string_lossy(), std::fs::read(&path).unwrap())).collect()
}

/// The most memory that this process ever had, in bytes; it is set back to what it has now.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        line.split_ascii_whitespace().nth(1)?.parse::<u64>().ok()
    };
    // 5 sets the peak back (proc_pid_clear_refs(5)).
    drop(std::fs::write("/proc/self/clear_refs", "5"));
    field("VmHWM:").unwrap_or_default() * 1024
}

/// Time and memory to the first screen; the best of three, since a machine does other things too.
fn first_screen(case: &Case) -> (Duration, Duration, u64) {
    let context = Context { extent: case.extent, ..Context::default() };
    let (mut best, mut whole) = (Duration::MAX, Duration::MAX);
    peak();
    let before = peak();
    let mut most = 0;
    for _ in 0..3 {
        let began = Instant::now();
        let lay = |reach| {
            let document = parse(&case.bytes, View::Best, &Context { reach, ..context.clone() });
            lay_with(document, Shape { width: 80, ..Shape::default() })
        };
        let laid = lay(Reach::FirstScreens);
        best = best.min(began.elapsed());
        let all = if laid.document.reach == Reach::All { laid.clone() } else { lay(Reach::All) };
        whole = whole.min(began.elapsed());
        assert!(all.lines.len() >= laid.lines.len(), "{}", case.name);
        assert!(!laid.lines.is_empty(), "{}", case.name);
        most = most.max(peak().saturating_sub(before));
    }
    (best, whole, most)
}

/// A table of them; `shared` is where the hostile mails are.
pub fn table(shared: &Path) -> String {
    let mut prefix = with_attachment(25 << 20);
    prefix.truncate(PREFIX);
    let mut cases = vec![
        case("a page of 5 MB", newsletter(5 << 20)),
        Case { extent: Extent::Prefix, ..case("25 MB with an attachment, its first 128 KB", prefix) },
        case("25 MB with an attachment, all of it", with_attachment(25 << 20)),
    ];
    cases.extend(bombs());
    let mut out = "| mail | to its first screen | all of it | memory |\n|---|---|---|---|\n".to_owned();
    let row = |out: &mut String, name: &str, (took, whole, memory): (Duration, Duration, u64)| {
        let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
        let (ms, all, mb) = (ms(took), ms(whole), memory.div_ceil(1_000_000));
        writeln!(out, "| {name} | {ms:.1} ms | {all:.1} ms | {mb} MB |").unwrap();
    };
    for case in &cases {
        row(&mut out, &case.name, first_screen(case));
    }
    let measured: Vec<_> =
        hostile(&shared.join("hostile")).iter().map(|case| (case.name.clone(), first_screen(case))).collect();
    if let Some((name, cost)) = measured.iter().max_by_key(|(_, (_, whole, _))| *whole) {
        row(&mut out, &format!("the slowest of {} hostile mails ({name})", measured.len()), *cost);
    }
    if let Some((name, cost)) = measured.iter().max_by_key(|(_, (_, _, memory))| *memory) {
        row(&mut out, &format!("the one that takes most memory ({name})"), *cost);
    }
    out
}
