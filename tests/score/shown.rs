//! A page as readers show it.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use posthaste::render::{Context, Link, SpanRole, View, lay, parse};

/// Columns of the pane that the page is laid out for: more than the measure.
const PANE: u16 = 100;

/// What a reader shows.
#[derive(Debug, Default)]
pub struct Shown {
    /// The text, without what the reader adds beside links and quotes.
    pub text: String,
    /// Its lines, and whether each is of code or of a table.
    pub lines: Vec<(String, bool)>,
    /// Targets that it tells.
    pub links: BTreeSet<String>,
    pub took: Duration,
}

/// The page as our reader shows it. On a thread with a large stack.
pub fn ours(html: &str) -> Shown {
    let mut bytes = b"Content-Type: text/html; charset=utf-8\r\n\r\n".to_vec();
    bytes.extend_from_slice(html.as_bytes());
    let began = Instant::now();
    let laid = lay(parse(&bytes, View::Html, &Context::default()), PANE);
    let took = began.elapsed();
    let mut shown = Shown { took, ..Shown::default() };
    for line in &laid.lines {
        let whole: String = line.spans.iter().map(|span| span.text.as_str()).collect();
        let fixed = line.spans.iter().any(|span| span.role == SpanRole::Code) || whole.contains("  ");
        shown.lines.push((whole, fixed));
        for span in line
            .spans
            .iter()
            .filter(|span| !matches!(span.role, SpanRole::LinkNote | SpanRole::Rule | SpanRole::Bar(_)))
        {
            shown.text.push_str(span.text.as_str());
        }
        shown.text.push('\n');
    }
    // What a tracker was taken out of leads where it led.
    let sent = |link: &Link| if link.sent.is_empty() { link.target.to_string() } else { link.sent.to_string() };
    shown.links = laid.document.links.iter().map(sent).collect();
    shown
}

/// The page as w3m shows it; `None` where it is not installed.
pub fn w3m(html: &str) -> Option<Shown> {
    let began = Instant::now();
    let text = dump(html, &[])?;
    let took = began.elapsed();
    let linked = dump(html, &["-o", "display_link_number=1"])?;
    let links = linked.rsplit_once("References:").map_or("", |(_, list)| list);
    let target = |line: &str| line.trim().split_once("] ").map(|(_, target)| target.to_owned());
    Some(Shown {
        lines: text.lines().map(|line| (line.to_owned(), line.contains("  "))).collect(),
        links: links.lines().filter_map(target).collect(),
        text,
        took,
    })
}

fn dump(html: &str, more: &[&str]) -> Option<String> {
    let mut child = Command::new("w3m")
        .args(["-dump", "-T", "text/html", "-I", "UTF-8", "-O", "UTF-8", "-cols", "84"])
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut input = child.stdin.take()?;
    let html = html.to_owned();
    let writing = std::thread::spawn(move || input.write_all(html.as_bytes()));
    let output = child.wait_with_output().ok()?;
    // It may have read enough.
    drop(writing.join().ok()?);
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}
