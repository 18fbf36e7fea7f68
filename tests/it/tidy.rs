//! The repository's own rules: who may import whom, where libraries may be used, how files look (DESIGN.md, section 2).
//!
//! Each rule is a function from a file's path and text to complaints, and is shown to fail on a bad sample.

#![expect(clippy::unwrap_used, clippy::string_slice, reason = "a test that cannot read the sources is to fail")]

use std::path::{Path, PathBuf};

use posthaste::app::action::Context;
use posthaste::app::key::parse_sequence;
use posthaste::app::keymap::{Keymap, Meaning};

/// Files of a room may import these rooms of ours, besides themselves and the leaves.
const ROOMS: [(&str, &[&str]); 31] = [
    ("mail", &[]),
    ("letter", &[]),
    ("protocol", &[]),
    ("query", &[]),
    ("reach", &[]),
    ("safe_text", &[]),
    ("sasl", &[]),
    ("deflate", &[]),
    ("dir_lock", &[]),
    ("header_repair", &[]),
    ("priority", &[]),
    ("step", &[]),
    ("theme", &[]),
    ("words", &[]),
    ("config", &[]),
    ("render", &[]),
    ("crypto", &["render"]),
    // What is answered goes through the limits of the reader, and its text is what the reader shows.
    ("compose", &["render"]),
    ("store", &[]),
    ("journal", &[]),
    ("imap", &[]),
    ("letters", &[]),
    ("send", &["imap"]),
    ("auth", &["config"]),
    ("sync", &["store", "journal", "imap", "send", "config", "auth", "compose", "letters"]),
    // Whoever makes mails is given to the engine.
    ("seal", &["config", "crypto", "compose", "letters", "render", "sync"]),
    ("setup", &["config", "imap", "send", "sync"]),
    // Of setup its plan alone: a rule of its own says so.
    ("app", &["config", "render", "setup", "compose"]),
    ("ui", &["app", "render"]),
    ("demo", &["config"]),
    ("runtime", EVERY_ROOM),
];

/// For rooms that tie the others together.
const EVERY_ROOM: &[&str] = &[
    "app", "auth", "cli", "compose", "config", "crypto", "demo", "imap", "journal", "letters", "render", "runtime",
    "seal", "send", "setup", "store", "sync", "ui",
];

/// Imported by everybody, import each other alone.
const LEAVES: [&str; 14] = [
    "mail",
    "letter",
    "protocol",
    "query",
    "reach",
    "safe_text",
    "sasl",
    "deflate",
    "dir_lock",
    "header_repair",
    "priority",
    "step",
    "theme",
    "words",
];

/// Libraries, and the only paths under src that may use them.
const LIBRARIES: [(&str, &[&str]); 10] = [
    ("flate2", &["deflate"]),
    ("sha2", &["imap", "sasl", "auth"]),
    ("keyring", &["auth"]),
    ("rusqlite", &["store", "journal"]),
    ("async_imap", &["imap"]),
    ("imap_proto", &["imap"]),
    ("mail_parser", &["render", "compose", "imap/convert"]),
    ("mail_builder", &["render", "compose"]),
    ("ratatui", &["ui", "runtime"]),
    ("crossterm", &["ui", "runtime"]),
];

/// What may lie at the top of the repository; dotfiles may as well.
const TOP: [&str; 12] = [
    "Cargo.toml",
    "Cargo.lock",
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "assets",
    "config.example.toml",
    "src",
    "tests",
    "target",
    // Where a failing property test leaves its seed; ignored by git: a seed worth keeping becomes a named test.
    "proptest-regressions",
];

/// A file with this many lines is too long to be read in one go.
const LINES: usize = 600;

/// The path below src without its ending, parts joined by `/`; `None` outside of src.
fn module(path: &str) -> Option<&str> {
    path.strip_prefix("src/").and_then(|path| path.strip_suffix(".rs"))
}

/// The room of a module: its first part.
fn room(module: &str) -> &str {
    module.split('/').next().unwrap_or(module)
}

/// Whether a module is the file `prefix.rs` or lies below `prefix/`.
fn within(module: &str, prefix: &str) -> bool {
    module.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The code of a line: what is before a `//`.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or(line)
}

/// The rooms of ours that a text names: `crate::room…`, and `crate::{room, room::…}` over several lines.
fn named_rooms(text: &str) -> Vec<String> {
    let text: String = text.lines().flat_map(|line| [code(line), "\n"]).collect();
    let mut rooms = Vec::new();
    for (at, found) in text.match_indices("crate::") {
        if text[..at].chars().next_back().is_some_and(is_word) {
            continue;
        }
        let rest = &text[at + found.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            rooms.extend(group_heads(group));
        } else {
            rooms.push(rest.chars().take_while(|c| is_word(*c)).collect());
        }
    }
    rooms
}

/// The first words of a `{…}` group's entries at its top level; `group` begins behind the brace.
fn group_heads(group: &str) -> Vec<String> {
    let (mut heads, mut head, mut depth, mut open) = (Vec::new(), String::new(), 0_usize, true);
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                heads.push(std::mem::take(&mut head));
                open = true;
            }
            c if depth == 0 && open && is_word(c) => head.push(c),
            c if c.is_whitespace() => {}
            _ => open = false,
        }
    }
    heads.push(head);
    heads.retain(|head| !head.is_empty());
    heads
}

/// Rule: a room imports only what the map allows.
fn imports(path: &str, text: &str) -> Vec<String> {
    let Some(module) = module(path).filter(|module| !["lib", "main"].contains(module)) else { return Vec::new() };
    let own = room(module);
    if own == "cli" {
        return Vec::new();
    }
    let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == own) else {
        return vec![format!("{path}: no such room is on the map: {own}")];
    };
    let fine = |named: &str| named == own || LEAVES.contains(&named) || allowed.contains(&named);
    let known = |named: &str| ROOMS.iter().any(|(name, _)| *name == named) || named == "cli";
    named_rooms(text)
        .into_iter()
        .filter(|named| known(named) && !fine(named))
        .map(|named| format!("{path}: {own} may not import {named}"))
        .collect()
}

/// Rule: the screen's mind knows the plan of a set-up, which is pure, and nothing else of that room.
fn plan_alone(path: &str, text: &str) -> Vec<String> {
    let of_app = module(path).is_some_and(|module| room(module) == "app");
    let text: String = text.lines().flat_map(|line| [code(line), "\n"]).collect();
    let pieces = text.split("setup").skip(1).filter(|_| of_app && text.contains("crate::setup"));
    pieces
        .filter(|rest| rest.starts_with("::") && !rest.starts_with("::plan"))
        .map(|_| format!("{path}: app may import setup::plan, and nothing else of setup"))
        .collect()
}

/// Rule: a library is used in its rooms alone.
fn libraries(path: &str, text: &str) -> Vec<String> {
    let Some(module) = module(path) else { return Vec::new() };
    let uses = |name: &str| {
        text.lines().map(code).any(|line| {
            line.match_indices(name).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                let after = &line[at + name.len()..];
                !before.is_some_and(|c| is_word(c) || c == '"') && (after.starts_with("::") || after.starts_with(';'))
            })
        })
    };
    LIBRARIES
        .iter()
        .filter(|(name, rooms)| !rooms.iter().any(|room| within(module, room)) && uses(name))
        .map(|(name, rooms)| format!("{path}: {name} belongs in {} alone", rooms.join(", ")))
        .collect()
}

/// Rule: what every file looks like.
fn looks(path: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut complain = |what: &str| complaints.push(format!("{path}: {what}"));
    if !text.starts_with("//! ") {
        complain("the first line is not //! and what the file is for");
    }
    if text.lines().count() >= LINES {
        complain("600 lines or more: split it");
    }
    if path.ends_with("/mod.rs") {
        complain("foo.rs and foo/, not foo/mod.rs");
    }
    for line in text.lines() {
        // Written in pieces, or this file would complain of itself.
        for word in [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("HA", "CK")] {
            if line.split(|c: char| !is_word(c)).any(|found| found == word) {
                complain(&format!("undone work: {}", line.trim()));
            }
        }
        let code = code(line).trim();
        if code.starts_with("use ") && code.contains("::*") || code.starts_with("pub use ") && code.contains("::*") {
            let own_tests = code == "use super::*;" && path.ends_with("tests.rs");
            if !own_tests {
                complain(&format!("a glob import: {code}"));
            }
        }
        if code.starts_with("pub use ") && path != "src/lib.rs" {
            complain(&format!("pub use outside lib.rs: {code}"));
        }
    }
    complaints
}

/// Rule: what lies at the top of the repository.
fn top(names: &[String]) -> Vec<String> {
    names
        .iter()
        .filter(|name| !name.starts_with('.') && !TOP.contains(&name.as_str()))
        .map(|name| format!("{name} does not belong at the top of the repository"))
        .collect()
}

/// Rule: the manifest keeps panics unwinding (a task's panic must not end the program) and says which rustc it needs.
fn manifest(text: &str) -> Vec<String> {
    let table: toml::Table = text.parse().unwrap();
    let at = |keys: &[&str]| keys.iter().try_fold(&toml::Value::Table(table.clone()), |v, k| v.get(k)).cloned();
    let mut complaints = Vec::new();
    for profile in ["dev", "release"] {
        if at(&["profile", profile, "panic"]) != Some("unwind".into()) {
            complaints.push(format!("profile.{profile}.panic is not \"unwind\""));
        }
    }
    if at(&["package", "rust-version"]).is_none() {
        complaints.push("package.rust-version is missing".to_owned());
    }
    complaints
}

/// The directory of the repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every .rs file of src and tests: path from the root, and text.
pub fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut dirs = vec![root().join("src"), root().join("tests")];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                found.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 30, "the walk finds the sources");
    found
}

fn hold(rule: impl Fn(&str, &str) -> Vec<String>) {
    let complaints: Vec<String> = sources().iter().flat_map(|(path, text)| rule(path, text)).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// The map of DESIGN.md, section 2, is what the imports say.
#[test]
fn rooms_import_what_the_map_allows() {
    hold(imports);
    hold(plan_alone);
}

/// SQL stays in store and journal, the terminal in ui and runtime, and so on: a library is replaced in one room.
#[test]
fn libraries_stay_in_their_rooms() {
    hold(libraries);
}

/// Every file says what it is for, fits a reader's head, and leaves nothing undone.
#[test]
fn files_look_alike() {
    hold(looks);
}

/// The top level holds what DESIGN.md, section 1, fixes, and nothing else.
#[test]
fn the_top_level_is_fixed() {
    let names = std::fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let complaints = top(&names.collect::<Vec<_>>());
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Panics unwind, in every profile; the needed rustc is named.
#[test]
fn the_manifest_keeps_its_word() {
    let text = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert_eq!(manifest(&text), Vec::<String>::new());
}

/// The example that we hand out is one that we accept.
#[test]
fn the_example_config_parses() {
    let path = root().join("config.example.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let config = posthaste::config::Config::parse(&text, Path::new("config.toml")).unwrap();
    assert_eq!(config.accounts.len(), 2);
}

/// The rules can fail: each on a sample that breaks it, and on none that keeps it.
#[test]
fn the_rules_bite() {
    for (path, text) in [
        ("src/app/update.rs", "use crate::store::Reader;"),
        ("src/app/update.rs", "fn f() { crate::imap::connect() }"),
        ("src/mail.rs", "use crate::{\n    protocol::{Event, store},\n    config::Config,\n};"),
        ("src/store/find.rs", "use crate::{safe_text, journal};"),
        ("src/ui/list.rs", "use crate::config::Ui;"),
        ("src/render/plain.rs", "let x = crate::app::Model;"),
        ("src/attic.rs", ""),
    ] {
        assert_eq!(imports(path, text).len(), 1, "{path}: {text}");
    }
    for (path, text) in [
        ("src/app/update.rs", "use crate::mail::{Uid, store};\nuse crate::app::model;\nuse crate::config::Ui;"),
        ("src/store/find.rs", "// not crate::app::Model\nuse super::Reader;"),
        ("src/sync.rs", "use crate::{imap, journal::Journal, store};\nuse mycrate::app;"),
        ("src/main.rs", "use crate::runtime;"),
        ("tests/it/cli.rs", "use crate::store;"),
    ] {
        assert_eq!(imports(path, text), Vec::<String>::new());
    }
}

/// The rule on the plan can fail.
#[test]
fn the_rule_on_the_plan_bites() {
    assert_eq!(plan_alone("src/app/wizard.rs", "use crate::setup::discover::discover;").len(), 1);
    assert_eq!(plan_alone("src/app/wizard.rs", "use crate::setup::plan::Plan; // setup::net").len(), 0);
    assert_eq!(plan_alone("src/runtime.rs", "use crate::setup::discover::discover;").len(), 0);
}

/// The rule on libraries can fail.
#[test]
fn the_rule_on_libraries_bites() {
    for (path, text) in [
        ("src/sync/outbox.rs", "use rusqlite::Connection;"),
        ("src/sync.rs", "fn f(x: async_imap::Session) {}"),
        ("src/imap/session.rs", "use mail_parser::Message;"),
        ("src/storehouse.rs", "use rusqlite;"),
        ("src/app.rs", "use ratatui::style::Color;"),
        ("src/cli.rs", "crossterm::terminal::size()"),
    ] {
        assert_eq!(libraries(path, text).len(), 1, "{path}: {text}");
    }
    for (path, text) in [
        ("src/store/find.rs", "use rusqlite::Connection;"),
        ("src/imap/convert/tests.rs", "use mail_parser::Message;"),
        ("src/cli/logging.rs", "[\"async_imap::x\", \"imap_proto\"]; // rusqlite::x"),
        ("src/runtime.rs", "use crossterm::event;"),
    ] {
        assert_eq!(libraries(path, text), Vec::<String>::new());
    }
}

/// The rules on a file's looks can fail.
#[test]
fn the_rules_on_looks_bite() {
    let bad = |path: &str, body: &str| looks(path, &format!("//! A file.\n{body}\n")).len();
    assert_eq!(looks("src/a.rs", "// A file.\n").len(), 1);
    assert_eq!(bad("src/a.rs", &"\n".repeat(LINES)), 1);
    assert_eq!(bad("src/a/mod.rs", ""), 1);
    assert_eq!(bad("src/a.rs", concat!("// TO", "DO: later")), 1);
    assert_eq!(bad("src/a.rs", concat!("fix(); // FIX", "ME")), 1);
    assert_eq!(bad("src/a.rs", "use crate::mail::*;"), 1);
    assert_eq!(bad("src/a.rs", "use super::*;"), 1);
    assert_eq!(bad("src/a.rs", "    pub use crate::mail::Uid;"), 1);
    assert_eq!(bad("src/a/tests.rs", "use super::*;"), 0);
    assert_eq!(bad("src/lib.rs", "pub use mail::Uid;"), 0);
    assert_eq!(bad("src/a.rs", "let x = a::*b; // see methodology"), 0);
}

/// The rules on top level and manifest can fail.
#[test]
fn the_rules_on_the_package_bite() {
    assert_eq!(top(&["notes.txt".to_owned(), ".ci".to_owned(), "src".to_owned()]).len(), 1);
    let good = "[package]\nrust-version = \"1.95\"\n[profile.dev]\npanic = \"unwind\"\n[profile.release]\npanic = \"unwind\"\n";
    assert_eq!(manifest(good), Vec::<String>::new());
    assert_eq!(manifest(&good.replace("rust-version", "edition")).len(), 1);
    assert_eq!(manifest(&good.replacen("unwind", "abort", 1)).len(), 1);
}

/// Every key that the README names is one: a sequence of the default keys, or the beginning of some.
#[test]
fn keys_of_the_readme_exist() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let keys = readme.split("\n## Keys\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let keymap = Keymap::defaults();
    let mut named = 0;
    for row in keys.lines().filter(|line| line.starts_with('|')) {
        for keys in row.split('`').skip(1).step_by(2) {
            let keys = keys.replace("\\|", "|").replace('…', "").replace('↑', "up").replace('↓', "down");
            let keys = keys.strip_suffix(" ").unwrap_or(&keys);
            let sequence = parse_sequence(keys).unwrap_or_else(|| panic!("{keys:?} is no key"));
            let means = |context: Context| keymap.meaning(context, &sequence) != Meaning::Nothing;
            assert!(Context::ALL.into_iter().any(means), "the README names {keys:?}, which does nothing");
            named += 1;
        }
    }
    assert!(named > 60, "the table is found");
}
