//! The benchmark of the reader: how much of each page of the corpora it shows, and how fast, beside w3m in the same run.
//! It prints a table and fails for no time; what it shows is held by a test (`render_corpus`).
//!
//! `cargo bench --bench reader`. After `--`: `--worst` also names the pages that lose or add most, `--page NAME` what a
//! page loses and adds, and `--large` measures large and hostile mails alone.

#![cfg(test)]

#[path = "../score/score.rs"]
mod score;

use std::path::{Path, PathBuf};

mod large;

use score::{Score, Total, judge, reference, shown};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| words.iter().any(|word| word == name);
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = std::env::var_os("POSTHASTE_SHARED").map_or_else(beside, PathBuf::from).join("corpora/html");
    if !has("--bench") || !folder.is_dir() {
        println!("the benchmark runs by: cargo bench --bench reader, where {} is", folder.display());
        return;
    }
    let worst = has("--worst");
    let has_large_alone = has("--large");
    let page = words.iter().skip_while(|word| *word != "--page").nth(1).cloned();
    let shared = folder.parent().and_then(Path::parent).map(Path::to_path_buf).unwrap_or_default();
    let large = has("--large") || !worst && page.is_none();
    let run = move || {
        let pages = if has_large_alone { String::new() } else { measure(&pages(&folder), worst, page.as_deref()) };
        let large = if large { large::table(&shared) } else { String::new() };
        format!("{pages}\n{large}")
    };
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(run);
    println!("{}", thread.unwrap().join().unwrap());
}

/// All pages below a folder.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "html") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn measure(pages: &[PathBuf], worst: bool, page: Option<&str>) -> String {
    let mut ours = Total::of("posthaste");
    let mut theirs = Total::of("w3m -dump");
    let mut named: Vec<(&Path, Score)> = Vec::new();
    for path in pages {
        let html = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
        let reference = reference::of(&html);
        let shown = shown::ours(&html);
        let score = judge::score(&reference, &shown);
        if page.is_some_and(|page| path.to_string_lossy().contains(page)) {
            eprintln!("{}", judge::differences(&reference, &shown).join("\n"));
        }
        named.push((path, score.clone()));
        ours.pages.push(score);
        if let Some(shown) = shown::w3m(&html) {
            theirs.pages.push(judge::score(&reference, &shown));
        }
    }
    if worst {
        tell_worst(&mut named);
    }
    if theirs.pages.is_empty() {
        eprintln!("w3m is not installed: nothing to compare with");
        return score::table(&[ours]);
    }
    score::table(&[ours, theirs])
}

/// A fault, and how much of it a page has.
type Fault = (&'static str, fn(&Score) -> usize);

/// Names the pages that lose most words, add most, and lose links.
fn tell_worst(named: &mut [(&Path, Score)]) {
    let what: [Fault; 5] = [
        ("words lost", |score| score.wanted - score.kept),
        ("words added", |score| score.shown - score.kept),
        ("links lost", |score| score.links - score.links_kept),
        ("lines over", |score| score.over),
        ("leaks", |score| score.leaks),
    ];
    for (what, of) in what {
        named.sort_by_key(|(_, score)| std::cmp::Reverse(of(score)));
        for (path, score) in named.iter().take(12).filter(|(_, score)| of(score) > 0) {
            eprintln!("{what}: {} of {} words: {}", of(score), score.wanted, path.display());
        }
    }
}
