//! What is opened and what never is.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use rstest::rstest;

use super::{Opener, Workroom, openable};
use crate::config::env::Env;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01";

/// FL06: programs and scripts are never opened, whatever they are called; what a file is decides its bytes.
#[test]
fn programs_are_not_opened() {
    let elf = [b"\x7fELF\x02\x01\x01".as_slice(), &[0; 64]].concat();
    let windows = [b"MZ\x90\0".as_slice(), &[0; 200]].concat();
    for (name, bytes) in [
        ("invoice.pdf", elf.as_slice()),
        ("setup.exe", windows.as_slice()),
        ("run.sh", b"#!/bin/sh\nrm -rf ~\n"),
        ("notes.txt", b"#!/usr/bin/env python\n"),
        ("link.desktop", b"[Desktop Entry]\nExec=sh -c pwned\n"),
        ("x.svg", b"<?xml version=\"1.0\"?><svg onload=\"x\"/>"),
        ("data.bin", b"\xff\xfe\xfd\x00\x01"),
        ("zero.txt", b"a\0b"),
    ] {
        assert!(openable(name, bytes).is_err(), "{name}");
    }
}

/// FL06: a wrong name is put right and said; a right one stays; text is text.
#[test]
fn a_file_is_called_what_it_is() {
    let picture = openable("invoice.pdf", PNG).unwrap();
    assert_eq!((picture.name.as_str(), picture.really), ("invoice.png", Some("image/png")));
    assert_eq!(openable("a.png", PNG).unwrap().name, "a.png");
    assert_eq!(openable("a.csv", b"a,b\n").unwrap().name, "a.csv");
    assert_eq!(openable("config.conf", b"x=1\n").unwrap().name, "config.txt");
}

/// FL06: a page is opened as a copy without anything that acts or fetches.
#[test]
fn pages_are_opened_clean() {
    let html =
        b"<html><script>x()</script><img src=http://t/x><p onclick=y()>Hello <a href=http://e>you</a></p></html>";
    let page = openable("page.html", html).unwrap();
    let text = String::from_utf8(page.bytes.into_owned()).unwrap();
    assert!(text.contains("Hello") && text.contains("you"));
    assert!(!text.contains("script>") && !text.contains("onclick") && !text.contains("http://"), "{text}");
}

/// FL05: opened files are private, and what a killed program left is swept away, nothing else.
#[test]
fn opened_files_are_private_and_swept() {
    let home = tempfile::tempdir().unwrap();
    let env = Env::of([("XDG_RUNTIME_DIR", home.path().to_str().unwrap())]);
    // No process has a number this high.
    let left = home.path().join("posthaste-open-2147483646-x");
    std::fs::create_dir(&left).unwrap();
    let other = home.path().join("other");
    std::fs::create_dir(&other).unwrap();
    let room = Workroom::new(&env).unwrap();
    assert!(!left.exists() && other.exists());
    let file = room.file("a.txt", b"x").unwrap();
    assert_eq!(file.file_name().unwrap(), "a.txt");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(room.dir.path().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    let again = Workroom::new(&env).unwrap();
    assert!(file.exists(), "the directory of a process that lives stays");
    drop((room, again));
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
}

/// FL02: the file's name is one argument, whatever is in it; no shell reads it.
#[test]
fn a_name_is_one_argument() {
    let home = tempfile::tempdir().unwrap();
    let (out, file) = (home.path().join("out"), home.path().join("a b; touch pwned #"));
    std::fs::write(&file, "text").unwrap();
    let script = home.path().join("last");
    std::fs::write(&script, format!("#!/bin/sh\ncp \"$1\" '{}'\n", out.display())).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
    let open_with = |command: &str| Opener::read(command)?.start(&file);
    open_with(script.to_str().unwrap()).unwrap();
    let until = Instant::now() + Duration::from_secs(10);
    while !out.exists() && Instant::now() < until {
        std::thread::yield_now();
    }
    assert!(out.exists() && !home.path().join("pwned").exists());
    assert!(open_with("'unclosed").is_err() && open_with("no-such-program-anywhere").is_err());
    let command = Opener::read("less -R").unwrap().command(&file);
    assert_eq!(command.get_args().collect::<Vec<_>>(), ["-R".as_ref(), file.as_os_str()]);
}

/// A program of the terminal has the terminal; one with a window runs beside, and so does what the user says.
#[rstest]
#[case("less", false)]
#[case("vim -R", false)]
#[case("less &", true)]
#[case("xdg-open", true)]
#[case("/usr/bin/xdg-open", true)]
#[case("gimp", true)]
#[case("paint --new", true)]
#[case("no-such-program", false)]
fn the_terminal_is_lent_to_its_programs(#[case] command: &str, #[case] beside: bool) {
    let home = tempfile::tempdir().unwrap();
    let entries = home.path().join("applications");
    std::fs::create_dir(&entries).unwrap();
    let entry = |name: &str, exec: &str, terminal: &str| {
        let text = format!("[Desktop Entry]\nName=x\nExec={exec} %U\nTerminal={terminal}\n");
        std::fs::write(entries.join(name), text).unwrap();
    };
    entry("gimp.desktop", "/usr/bin/gimp-2.10", "false");
    entry("org.example.Paint.desktop", "/opt/paint", "false");
    entry("vim.desktop", "vim", "true");
    let place = home.path().to_str().unwrap();
    let opener = Opener::read(command).unwrap();
    let at_desktop = [("XDG_DATA_HOME", place), ("XDG_DATA_DIRS", place), ("DISPLAY", ":0")];
    assert_eq!(opener.is_beside(&Env::of(at_desktop)), beside);
    // Without a desktop there are no windows.
    let said = command.contains("xdg-open") || command.ends_with('&');
    assert_eq!(opener.is_beside(&Env::of([("XDG_DATA_HOME", place), ("XDG_DATA_DIRS", place)])), said);
    assert!(Opener::read(" &").is_err());
}
