//! How well HTML is read: what the reader shows of each page of the corpora beside what its DOM says is to be seen, and
//! beside what w3m shows of it.
//!
//! - words kept: of the words that are to be seen, those that are shown, in their order (the longest common subsequence);
//! - words added: of the words that are shown, those that are not to be seen there: hidden text, markup, sizes;
//! - links kept: of the links that can be seen, those whose target is told;
//! - lines over the measure, but those of code and tables;
//! - markup that leaks: tags, entities or rules of style sheets in the text that are not text of the page;
//! - time to show the page, the start of w3m included: that is what its users wait for.

pub mod judge;
pub mod reference;
pub mod shown;

use std::fmt::Write as _;
use std::time::Duration;

/// What one page came to.
#[derive(Debug, Clone, Default)]
pub struct Score {
    /// Words to be seen, those of them that are shown in order, and all that are shown.
    pub wanted: usize,
    pub kept: usize,
    pub shown: usize,
    /// Links to be seen, and those of them that are told.
    pub links: usize,
    pub links_kept: usize,
    /// Lines wider than the measure.
    pub over: usize,
    /// Pieces of markup in the text.
    pub leaks: usize,
    pub took: Duration,
}

impl Score {
    /// Whether more than one word in fifty is missing.
    pub fn is_torn(&self) -> bool {
        self.kept * 50 < self.wanted * 49
    }
}

/// All pages of one reader.
#[derive(Debug, Clone, Default)]
pub struct Total {
    pub name: String,
    pub pages: Vec<Score>,
}

fn share(part: usize, all: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of words")]
    let share = part as f64 / all.max(1) as f64;
    share
}

impl Total {
    /// Of nothing yet.
    pub fn of(name: &str) -> Self {
        Self { name: name.to_owned(), pages: Vec::new() }
    }

    fn sum(&self, of: impl Fn(&Score) -> usize) -> usize {
        self.pages.iter().map(of).sum()
    }

    /// Of the words to be seen.
    pub fn kept(&self) -> f64 {
        share(self.sum(|page| page.kept), self.sum(|page| page.wanted))
    }

    /// Pages that are torn.
    pub fn torn(&self) -> usize {
        self.pages.iter().filter(|page| page.is_torn()).count()
    }

    /// Of the words that are shown.
    pub fn added(&self) -> f64 {
        share(self.sum(|page| page.shown - page.kept), self.sum(|page| page.shown))
    }

    pub fn links(&self) -> f64 {
        share(self.sum(|page| page.links_kept), self.sum(|page| page.links))
    }

    pub fn over(&self) -> usize {
        self.sum(|page| page.over)
    }

    pub fn leaking(&self) -> usize {
        self.pages.iter().filter(|page| page.leaks > 0).count()
    }

    /// The median and the longest time.
    pub fn times(&self) -> (Duration, Duration) {
        let mut times: Vec<Duration> = self.pages.iter().map(|page| page.took).collect();
        times.sort_unstable();
        let at = |at: usize| times.get(at).copied().unwrap_or_default();
        (at(times.len() / 2), at(times.len().saturating_sub(1)))
    }
}

/// What a row tells, and its value for a reader.
type Row<'a> = (&'a str, &'a dyn Fn(&Total) -> String);

/// The table of some readers over the same pages.
pub fn table(totals: &[Total]) -> String {
    let mut out = String::from("| |");
    for total in totals {
        let _ = write!(out, " {} |", total.name);
    }
    out.push_str("\n|---|");
    out.push_str(&"---|".repeat(totals.len()));
    let percent = |value: f64| format!("{:.2} %", value * 100.0);
    let millis = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
    let rows: [Row<'_>; 9] = [
        ("pages", &|total| total.pages.len().to_string()),
        ("words kept, in order", &|total| percent(total.kept())),
        ("pages that miss more than one word in fifty", &|total| total.torn().to_string()),
        ("words added that are not to be seen", &|total| percent(total.added())),
        ("links kept", &|total| percent(total.links())),
        ("lines over the measure, but code and tables", &|total| total.over().to_string()),
        ("pages with markup in their text", &|total| total.leaking().to_string()),
        ("time to show a page: median", &|total| millis(total.times().0)),
        ("time to show a page: longest", &|total| millis(total.times().1)),
    ];
    for (what, value) in rows {
        let _ = write!(out, "\n| {what} |");
        for total in totals {
            let _ = write!(out, " {} |", value(total));
        }
    }
    out
}
