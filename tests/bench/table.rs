//! What was measured, as one table in Markdown.
#![cfg(test)]

use std::fmt::Write as _;
use std::time::Duration;

/// A line of the table.
#[derive(Debug, Clone)]
pub struct Row {
    /// `S1` and what is measured.
    pub what: String,
    /// What it is to be.
    pub bar: String,
    /// What it is.
    pub measured: String,
    /// Measured by bar: up to 1 is well. `None`: there is nothing to compare, or it could not be measured.
    pub ratio: Option<f64>,
}

/// Several measures of one thing, sorted.
#[derive(Debug, Clone)]
pub struct Sample(Vec<Duration>);

impl Sample {
    /// A sample of these.
    pub fn new(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        Self(all)
    }

    /// The middle one; zero for none.
    pub fn median(&self) -> Duration {
        self.0.get(self.0.len() / 2).copied().unwrap_or_default()
    }

    /// The longest.
    pub fn worst(&self) -> Duration {
        self.0.last().copied().unwrap_or_default()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Median, and from where to where.
    pub fn text(&self) -> String {
        let first = self.0.first().copied().unwrap_or_default();
        format!("{} ({} to {})", time(self.median()), time(first), time(self.worst()))
    }
}

/// A time for people.
pub fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds >= 1.0 { format!("{seconds:.2} s") } else { format!("{:.1} ms", seconds * 1e3) }
}

/// A short time for people.
pub fn micros(time: Duration) -> String {
    format!("{:.1} µs", time.as_secs_f64() * 1e6)
}

/// Bytes for people.
pub fn size(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    let bytes = bytes as f64;
    if bytes >= 1e6 { format!("{:.1} MB", bytes / 1e6) } else { format!("{:.1} kB", bytes / 1e3) }
}

/// Messages for people: 100,000.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or_default()).collect();
    groups.join(",")
}

/// A time by its bar.
pub fn by(measured: Duration, bar: Duration) -> f64 {
    measured.as_secs_f64() / bar.as_secs_f64()
}

/// The table.
pub fn markdown(rows: &[Row]) -> String {
    let mut text =
        String::from("| measure | bar | measured: median (from to) | measured / bar | |\n|---|---|---|---|---|\n");
    for row in rows {
        let (ratio, verdict) = match row.ratio {
            Some(ratio) => (format!("{ratio:.2}"), if ratio <= 1.0 { "met" } else { "missed" }),
            None => (String::new(), "not judged"),
        };
        writeln!(text, "| {} | {} | {} | {ratio} | {verdict} |", row.what, row.bar, row.measured).unwrap();
    }
    text
}
