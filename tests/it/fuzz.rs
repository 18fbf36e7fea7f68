//! The fuzz targets over their corpus and over random inputs: alive without a nightly compiler and libFuzzer.
//!
//! `POSTHASTE_FUZZ=20000` says how many random inputs each gets; tests/fuzz runs them for as long as one likes.
#![cfg(test)]

pub mod targets;

use std::path::{Path, PathBuf};

use rstest::rstest;

use self::targets::TARGETS;
use crate::support::proxy::random;
use crate::support::{counted, shared};

/// Words that a target's language is made of; random inputs are made of them, of bytes, and of pieces of the corpus.
fn words(name: &str) -> &'static [&'static str] {
    match name {
        "guard" | "driver" => &[
            "* ",
            "$$ OK ",
            "$$ NO ",
            "\r\n",
            "\n",
            "1 FETCH (",
            "UID 5 ",
            "UID 6 ",
            "FLAGS (\\Seen)",
            ")",
            "(",
            "\"",
            "{3}\r\n",
            "{99999999}\r\n",
            "RFC822.SIZE 9 ",
            "BODY[HEADER] ",
            "BODY[] ",
            "NIL",
            "[CAPABILITY IMAP4rev1]",
            "\u{1e}",
            "BYE ",
            "BAD ",
            "PREAUTH ",
            "3 EXISTS",
            "5 EXPUNGE",
            "VANISHED 5:9",
            "[UIDVALIDITY 1]",
            "SEARCH 1 2",
            "+ ",
            "LIST () \"/\" x",
            "\0",
            "\u{e9}",
            "INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" ",
            "p1.3 OK x\r\n",
        ],
        "decode" => &[
            "Subject: ",
            "From: ",
            "To: ",
            "Date: ",
            "Message-ID: ",
            "References: ",
            "Content-Type: ",
            "List-Id: ",
            "\r\n",
            "\r\n ",
            "\n",
            "=?utf-8?b?",
            "=?utf-8?q?",
            "=?iso-2022-jp?b?",
            "?=",
            "=1B",
            "<",
            ">",
            "@",
            "\"",
            "(",
            ")",
            ",",
            ";",
            ":",
            "a",
            "\u{202e}",
            "\u{200d}",
            "\u{301}",
            "\u{1b}",
            "\u{0}",
            "multipart/mixed",
            "1 Jan 2020 99:99:99 +9999",
        ],
        "render" => &[
            "Content-Type: text/html; charset=utf-8\r\n\r\n",
            "Content-Type: text/plain; format=flowed\r\n\r\n",
            "\r\n\r\n",
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n",
            "--b\r\n",
            "--b--\r\n",
            "\r\n",
            "<table>",
            "<tr>",
            "<td>",
            "</td>",
            "</table>",
            "<div>",
            "</div>",
            "<a href=\"https://x.example/",
            "\">",
            "</a>",
            "<blockquote>",
            "<pre>",
            "<ul><li>",
            "<style>",
            "</style>",
            "&#27;",
            "&#8238;",
            "&nbsp;",
            "> ",
            "-- \r\n",
            "https://a.example/b",
            "Content-Transfer-Encoding: base64\r\n",
            "message/rfc822",
            "\u{202e}",
            "\u{301}",
            "\u{1f469}\u{200d}",
            "\u{ff21}",
            "\u{1b}[2J",
            "\t",
            " ",
            "word",
            "<img src=x alt=\"y\">",
            "colspan=9",
            "<!--",
            "-->",
            "<![CDATA[",
        ],
        "config" => &[
            "[accounts.a]\n",
            "[accounts.a.imap]\n",
            "email = ",
            "\"a@x.example\"\n",
            "host = ",
            "\"h\"\n",
            "port = ",
            "993\n",
            "security = ",
            "\"tls\"\n",
            "user = ",
            "password_command = ",
            "\"\"\"",
            "[ui]\n",
            "[keys.list]\n",
            "\"g i\" = ",
            "\"archive\"\n",
            "theme = ",
            "true\n",
            "{",
            "}",
            "[",
            "]",
            "\n",
            "#",
            "=",
            ".",
            "\u{e9}",
            "\u{0}",
            "downloads = ",
            "\"~/x\"\n",
            "\"$HOME\"\n",
            "'",
            "\\u0000",
        ],
        _ => &[
            "ctrl-", "alt-", "shift-", "CTRL-", "space", "enter", "esc", "tab", "pgdn", "-", " ", "a", "G", "\u{df}",
            "\u{130}", "\u{3a3}", "\u{0}", "\u{a0}", "\u{200b}", "\u{301}", "+", "f1", "\t",
        ],
    }
}

/// Bytes of the largest input.
const LARGE: usize = 8 << 10;

fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fuzz").join(name);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(own).unwrap().map(|entry| entry.unwrap().path()).collect();
    if let ("decode" | "render", Some(hostile)) = (name, shared("hostile")) {
        paths.extend(std::fs::read_dir(hostile).unwrap().map(|entry| entry.unwrap().path()));
    }
    paths.sort();
    let files = paths.into_iter().filter(|path| path.is_file());
    let mut all: Vec<_> = files.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect();
    // The large ones are shown by the tests of rendering.
    all.retain(|(_, bytes)| bytes.len() <= LARGE);
    assert!(all.len() >= 3, "{name}: {}", all.len());
    all
}

/// A short input: words and bytes at random, or a piece of the corpus with some of it changed.
fn input(name: &str, corpus: &[(PathBuf, Vec<u8>)], seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut dice = |below: usize| usize::try_from(random(&mut state) % (below.max(1) as u64)).unwrap();
    let words = words(name);
    let mut bytes = Vec::new();
    if dice(3) > 0 {
        let (_, seed) = &corpus[dice(corpus.len())];
        bytes.extend_from_slice(&seed[..seed.len().min(4096)]);
    }
    for _ in 0..=dice(24) {
        let at = dice(bytes.len() + 1);
        match dice(5) {
            0 if at < bytes.len() => bytes[at] ^= u8::try_from(1 + dice(255)).unwrap(),
            1 => drop(bytes.drain(at..(at + dice(9)).min(bytes.len()))),
            2 => bytes.insert(at, u8::try_from(dice(256)).unwrap()),
            _ => drop(bytes.splice(at..at, words[dice(words.len())].bytes())),
        }
    }
    bytes
}

fn number() -> u64 {
    std::env::var("POSTHASTE_FUZZ").ok().and_then(|number| number.parse().ok()).unwrap_or(300)
}

/// P10, RS15: every input of the corpus, whole and cut, and a fixed number of random ones; a failure names file or seed.
#[rstest]
fn a_target_holds(#[values("guard", "driver", "decode", "render", "config", "keys")] name: &str) {
    let (_, target) = TARGETS.into_iter().find(|(known, _)| *known == name).unwrap();
    let corpus = corpus(name);
    let attempt = |what: &str, bytes: &[u8]| {
        let outcome = std::panic::catch_unwind(|| target(bytes));
        assert!(outcome.is_ok(), "{name}: {what}: {}", bytes.escape_ascii());
    };
    for (path, bytes) in &corpus {
        attempt(&path.display().to_string(), bytes);
        for part in 1..4 {
            attempt(&format!("{part}/4 of {}", path.display()), &bytes[..bytes.len() * part / 4]);
        }
    }
    for seed in 0..number() {
        attempt(&format!("seed {seed}"), &input(name, &corpus, seed));
    }
    counted("input", 4 * corpus.len() + usize::try_from(number()).unwrap());
}

/// The crate under tests/fuzz has a target for each.
#[test]
fn each_target_is_fuzzed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    for (name, _) in TARGETS {
        let text = std::fs::read_to_string(root.join(format!("targets/{name}.rs"))).unwrap();
        assert!(text.contains(&format!("targets::{name}(")), "{name}");
        assert!(manifest.contains(&format!("path = \"targets/{name}.rs\"")), "{name}");
    }
}
