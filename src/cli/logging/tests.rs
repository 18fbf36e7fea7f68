//! Tests of the log's file and filter.

use std::os::unix::fs::PermissionsExt;

use super::*;

/// FL07 and the bound: private, and never more than two files of the limit's size.
#[test]
fn the_file_is_private_and_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.log");
    let mut log = Rotating::open(&path, 100).unwrap();
    for _ in 0..50 {
        log.write_all(b"a line of twenty by\n").unwrap();
    }
    drop(log);
    let mut again = Rotating::open(&path, 100).unwrap();
    again.write_all(b"x\n").unwrap();
    let files: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap()).collect();
    assert_eq!(files.len(), 2);
    for file in files {
        let meta = file.metadata().unwrap();
        assert!(meta.len() <= 100 && meta.permissions().mode() & 0o777 == 0o600, "{file:?} {meta:?}");
    }
}

/// Whatever the user asks for, the parser's targets do not get to write below info.
#[test]
fn the_parser_is_capped() {
    assert!(!allowed("async_imap::imap_stream", Level::TRACE));
    assert!(!allowed("imap_proto", Level::DEBUG));
    assert!(allowed("async_imap", Level::WARN));
    assert!(allowed("posthaste::sync", Level::TRACE));
}

/// A level that makes no sense is told in the log and does not stop the program.
#[test]
fn a_wrong_level_is_told() {
    assert!(filter(Some("posthaste=loud")).1.is_some());
    assert!(filter(Some("debug")).1.is_none());
    assert!(filter(None).1.is_none());
}

/// What a command said, over however many lines, is in no log: it may be a password, or say whose it is.
#[test]
fn what_a_command_said_is_not_logged() {
    let mut log = Discreet(Vec::new());
    log.write_all(b"WARN the token_command ended with exit code 2 and said: hvs.CAES\nof Ann account=\"work\"\n")
        .unwrap();
    log.write_all(b"INFO next\n").unwrap();
    let text = String::from_utf8(log.0).unwrap();
    assert_eq!(text, "WARN the token_command ended with exit code 2 and said: …\nINFO next\n");
}

/// A trace line is one line, whatever the server sent.
#[test]
fn a_trace_line_is_one_line() {
    let dir = tempfile::tempdir().unwrap();
    let paths = Paths::under(dir.path());
    paths.create().unwrap();
    let sink = trace_sink(&paths).unwrap();
    sink("S: * OK \u{1b}[2J\r\nS: forged");
    let text = std::fs::read_to_string(paths.trace()).unwrap();
    assert_eq!(text.lines().count(), 1);
    assert!(!text.contains('\u{1b}'));
    assert!(
        wants_trace(&Env::of([("POSTHASTE_LOG", "Trace")])) && !wants_trace(&Env::of([("POSTHASTE_LOG", "debug")]))
    );
}
