//! Rendering over real and hostile mail: every message of the corpora is read and laid out, and the fields that other
//! libraries' tests agree on come out the same here.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail and speak as tests do")]

mod charsets;
mod expected;
mod fixtures;
mod hostile;
#[path = "../score/score.rs"]
mod score;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use posthaste::render::{Context, Laid, View, has_attachments, lay, parse, snippet};

use score::Total;

use crate::fuzz::targets::check;
use crate::support::shared;

/// All files below a folder whose name ends as given, in a stable order.
pub(crate) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Runs `job` over all files on as many threads as there are cores, each with the stack that parsing needs.
pub(crate) fn for_all(paths: &[PathBuf], job: impl Fn(usize, &Path) + Sync) {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let work = || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(path) = paths.get(number) else { break };
                    job(number, path);
                }
            };
            std::thread::Builder::new().stack_size(64 << 20).spawn_scoped(scope, work).unwrap();
        }
    });
}

/// The texts of a laid document, line by line.
fn lines(laid: &Laid) -> Vec<String> {
    laid.lines.iter().map(|line| line.spans.iter().map(|span| span.text.as_str()).collect()).collect()
}

fn with_line_ends(bytes: &[u8], end: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 30);
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        match line.strip_suffix(b"\r\n").or_else(|| line.strip_suffix(b"\n")) {
            Some(text) => {
                out.extend_from_slice(text);
                out.extend_from_slice(end);
            }
            None => out.extend_from_slice(line),
        }
    }
    out
}

/// Protects every reader of real mail (O6, P7): 7,400 messages are read, laid out and cut without a panic, in width,
/// with safe text alone; a sample also in all views, at odd widths, truncated, and with both line ends.
#[test]
fn every_message_is_shown() {
    let Some(folder) = shared("corpora/mail") else { return };
    let paths = files(&folder, ".eml");
    assert!(paths.len() > 7_000, "{}", paths.len());
    for_all(&paths, |number, path| {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).unwrap();
        let context = Context::default();
        check(&lay(parse(&bytes, View::Best, &context), 80), 80, &name);
        if number % 24 == 0 {
            let unix = lines(&lay(parse(&with_line_ends(&bytes, b"\n"), View::Best, &context), 72));
            let network = lines(&lay(parse(&with_line_ends(&bytes, b"\r\n"), View::Best, &context), 72));
            assert_eq!(unix, network, "{name}: the line ends change the text");
            for (view, width) in [(View::Plain, 10), (View::Html, 33), (View::Headers, 41), (View::Source, 60)] {
                check(&lay(parse(&bytes, view, &context), width), width, &name);
            }
            let half = bytes.get(..bytes.len() * 2 / 3).unwrap();
            check(&lay(parse(half, View::Best, &context), 80), 80, &name);
            assert!(snippet(&bytes).chars().count() <= 160, "{name}");
            has_attachments(&bytes);
        }
    });
}

/// The reader and w3m over all pages, and what is wrong with pages that are torn.
struct Compared {
    ours: Total,
    /// Empty without w3m.
    theirs: Total,
    torn: Vec<String>,
}

/// Reads all pages, on as many threads as there are cores.
fn compare(paths: &[PathBuf]) -> Compared {
    let (ours, theirs) = (Total::of("posthaste"), Total::of("w3m -dump"));
    let all = Mutex::new(Compared { ours, theirs, torn: Vec::new() });
    for_all(paths, |_, path| {
        let html = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
        let reference = score::reference::of(&html);
        let judged = |shown| score::judge::score(&reference, &shown);
        let shown = score::shown::ours(&html);
        let ours = score::judge::score(&reference, &shown);
        let theirs = score::shown::w3m(&html).map(judged);
        let mut all = all.lock().unwrap();
        if ours.is_torn() {
            let wrong = score::judge::differences(&reference, &shown).join("\n");
            all.torn.push(format!("{}\n{wrong}", path.display()));
        }
        all.ours.pages.push(ours);
        all.theirs.pages.extend(theirs);
    });
    all.into_inner().unwrap()
}

/// Protects readers of HTML mail: of a thousand pages the words that are to be seen are shown, in order and nearly alone,
/// links keep their targets, prose keeps to the measure and no markup leaks; in each better than w3m, where that is here.
#[test]
fn pages_are_read_better_than_by_w3m() {
    let Some(folder) = shared("corpora/html") else { return };
    let paths = files(&folder, ".html");
    let Compared { ours, theirs, torn } = compare(&paths);
    if std::env::var_os("SHOW_DIFFERENCES").is_some() {
        println!("{}", torn.join("\n"));
    }
    println!("{}", score::table(&[ours.clone(), theirs.clone()]));
    assert!(ours.kept() > 0.998, "{}", ours.kept());
    assert!(ours.added() < 0.002, "{}", ours.added());
    assert!(ours.links() > 0.989, "{}", ours.links());
    assert!(ours.torn() <= 20, "{}", ours.torn());
    assert_eq!((ours.over(), ours.leaking()), (0, 0));
    if theirs.pages.is_empty() {
        println!("skipped in part: no w3m to compare with");
        return;
    }
    assert_eq!(theirs.pages.len(), paths.len());
    assert!(ours.kept() > theirs.kept() && ours.added() < theirs.added() && ours.links() > theirs.links());
    assert!(ours.torn() < theirs.torn() && ours.over() < theirs.over() && ours.leaking() <= theirs.leaking());
}

/// Protects readers of HTML mail: a thousand templates and newsletters come out in width and not empty.
#[test]
fn every_page_is_shown() {
    let Some(folder) = shared("corpora/html") else { return };
    let paths = files(&folder, ".html");
    assert!(paths.len() > 900, "{}", paths.len());
    for_all(&paths, |number, path| {
        let name = path.display().to_string();
        let mut bytes = b"Content-Type: text/html; charset=utf-8\r\n\r\n".to_vec();
        bytes.extend(std::fs::read(path).unwrap());
        let laid = lay(parse(&bytes, View::Best, &Context::default()), 80);
        check(&laid, 80, &name);
        assert!(!laid.lines.is_empty(), "{name}");
        let doubled = lines(&laid).windows(2).any(|pair| pair.iter().all(|line| line.trim().is_empty()));
        assert!(!doubled, "{name}: two empty lines in a row");
        if number % 4 == 0 {
            check(&lay(laid.document, 24), 24, &name);
        }
    });
}
