//! Tests of the parsers, each on a config of its program with what people have in them.

use std::fmt::Write as _;

use proptest::prelude::any;
use proptest::proptest;
use rstest::rstest;
use secrecy::ExposeSecret as _;

use super::*;
use crate::config::edit::{Edit, apply};

const AERC: &str = include_str!("../../../tests/data/import/aerc.conf");
const MBSYNC: &str = include_str!("../../../tests/data/import/mbsyncrc");
const MUTT: &str = include_str!("../../../tests/data/import/muttrc");
const CLUB: &str = include_str!("../../../tests/data/import/mutt-club");
const FIRST: &str = include_str!("../../../tests/data/import/himalaya-0.toml");
const SECOND: &str = include_str!("../../../tests/data/import/himalaya-1.toml");
const THIRD: &str = include_str!("../../../tests/data/import/himalaya-2.toml");

fn env() -> Env {
    Env::of([("HOME", "/home/ada")])
}

fn read(program: Program, text: &str) -> Found {
    let mut files = |path: &Path| match path.to_str() {
        Some("/home/ada/.mutt/club") => Ok(CLUB.to_owned()),
        Some("/home/ada/.mutt/colors") => Ok("color normal white black".to_owned()),
        _ => Err("not there".to_owned()),
    };
    parse(program, text, Path::new("/home/ada/.rc"), &env(), &mut files)
}

/// What was found, a line a fact, without passwords.
fn told(found: &Found) -> String {
    let mut out = String::new();
    for Imported { account, line, notes, password, file, .. } in &found.accounts {
        let NewAccount { name, email, display_name, imap, smtp: _, folders } = account;
        let own = display_name.as_deref().unwrap_or("-");
        writeln!(out, "{name}: {own} <{email}> {}:{line}", file.file_name().unwrap().to_str().unwrap()).unwrap();
        let (host, user) = (imap.host.as_deref().unwrap_or("-"), imap.user.as_deref().unwrap_or("-"));
        let port = imap.port.map(|port| format!(":{port}")).unwrap_or_default();
        let security = imap.security.map(|security| format!(" {security:?}")).unwrap_or_default();
        writeln!(out, "  {user} at {host}{port}{security}").unwrap();
        let secret = match &imap.secret {
            NewSecret::None => "nothing".to_owned(),
            NewSecret::Command(command) => format!("password by {command}"),
            NewSecret::TokenCommand(command) => format!("token by {command}"),
            other @ (NewSecret::Plain(_) | NewSecret::Keyring | NewSecret::Prompt | NewSecret::OAuth(_)) => {
                panic!("{other:?}")
            }
        };
        writeln!(out, "  {secret}{}", if password.is_some() { ", password in the file" } else { "" }).unwrap();
        for text in [&imap.command, &imap.ca_file].into_iter().flatten() {
            writeln!(out, "  {text}").unwrap();
        }
        for (role, folder) in [
            ("archive", &folders.archive),
            ("sent", &folders.sent),
            ("drafts", &folders.drafts),
            ("trash", &folders.trash),
        ] {
            if let Some(folder) = folder {
                writeln!(out, "  {role} is {folder}").unwrap();
            }
        }
        for note in notes {
            writeln!(out, "  ! {note}").unwrap();
        }
    }
    for note in &found.notes {
        writeln!(out, "! {note}").unwrap();
    }
    out
}

/// Protects people who come from aerc.
#[test]
fn aerc() {
    insta::assert_snapshot!(told(&read(Program::Aerc, AERC)), @r#"
    Work- day: Ada Lovelace <ada@example.org> .rc:2
      - at imap.example.org
      password by pass show mail/work
      archive is Archive/All
      sent is Sent
      ! other addresses of yours (aliases) are not taken over
    google: - <ada.l@gmail.com> .rc:12
      - at imap.gmail.com
      token by oauth2 token ada
    refresh: - <a@live.example> .rc:17
      a at outlook.office365.com
      nothing
      ! aerc has a refresh token there: sign in once with OAuth here
    plain: Bob <bob@example.net> .rc:20
      bob at mail.example.net StartTls
      nothing, password in the file
      ! folders have other names there (folder-map): see to the folders' names
      ! it goes without TLS there; here STARTTLS takes its place
      ! the password stands in the file: it is not taken over unless you say so
    bridge: - <bob@proton.example> .rc:25
      bob at 127.0.0.1:1143 None
      nothing, password in the file
      ! the password stands in the file: it is not taken over unless you say so
    ! /home/ada/.rc: local is maildir, not IMAP: left out
    "#);
}

/// Protects people who come from mbsync.
#[test]
fn mbsync() {
    insta::assert_snapshot!(told(&read(Program::Mbsync, MBSYNC)), @r#"
    work: - <ada@example.org> .rc:5
      - at imap.example.org
      password by pass show "mail/work" | head -1
    direct: - <> .rc:25
      bob at mail.example.net
      nothing, password in the file
      ~/certs/own.pem
      ! the address is not in the file
      ! the password stands in the file: it is not taken over unless you say so
    token: - <a@live.example> .rc:31
      - at outlook.office365.com
      token by oauth token
    tunnel: - <carol@example.com> .rc:39
      - at -
      nothing
      ssh -q host /usr/lib/dovecot/imap
    "#);
}

/// Protects people who come from mutt and neomutt: settings, hooks, macros and files that name files.
#[test]
fn mutt() {
    insta::assert_snapshot!(told(&read(Program::Mutt, MUTT)), @r#"
    example: Ada Lovelace <ada@example.org> .rc:7
      - at imap.example.org
      password by pass show mail/work
      sent is Sent Items
      drafts is Drafts
      trash is Trash
    club: Ada Lovelace <carol@club.example> .rc:1
      - at imap.club.example
      token by mutt_oauth2.py ~/.mutt/club.tokens
      ssh -q club imapd
      sent is INBOX/Sent
    example2: Ada Lovelace <bob@example.net> .rc:16
      bob at mail.example.net StartTls
      nothing, password in the file
      sent is Out
      ! the password stands in the file: it is not taken over unless you say so
    ! /home/ada/.rc: line 12: what the program behind "source" prints is not read
    "#);
}

/// Protects people who come from himalaya, of whichever version.
#[test]
fn himalaya() {
    insta::assert_snapshot!(told(&read(Program::Himalaya, FIRST)), @r#"
    gmail: Ada <ada@gmail.com> .rc:4
      - at imap.gmail.com
      password by pass show gmail
    posteo: Ada <ada@posteo.example> .rc:13
      ada at posteo.example StartTls
      nothing
      ! the password is himalaya's own entry "posteo-imap" of the keyring: type it once here
    ! /home/ada/.rc: local has no IMAP server: left out
    "#);
    insta::assert_snapshot!(told(&read(Program::Himalaya, SECOND)), @r#"
    work: Ada Lovelace <ada@example.org> .rc:3
      ada at imap.example.org StartTls
      password by pass show work
      sent is Sent Items
    google one: Ada <ada@gmail.com> .rc:18
      - at imap.gmail.com
      nothing
      ! himalaya signs in with OAuth and keeps its tokens to itself: sign in once here
    raw: Ada <bob@example.net> .rc:28
      bob at localhost:1143 None
      nothing, password in the file
      ! the password stands in the file: it is not taken over unless you say so
    ! /home/ada/.rc: files has no IMAP server: left out
    "#);
    insta::assert_snapshot!(told(&read(Program::Himalaya, THIRD)), @r#"
    work: - <ada@example.org> .rc:1
      - at imap.example.org
      password by pass show 'my mail'
      archive is Archive
    token: - <a@live.example> .rc:8
      - at outlook.office365.com StartTls
      token by ortie token show
    "#);
}

/// Protects secrets: a password in a file is kept apart, decoded, and in no `{:?}`.
#[test]
fn passwords_are_kept_apart() {
    let found = read(Program::Aerc, AERC);
    let plain = found.accounts.iter().find(|found| found.account.name == "plain").unwrap();
    assert_eq!(plain.password.as_ref().unwrap().expose_secret(), "h#nter2");
    for (program, text) in
        [(Program::Aerc, AERC), (Program::Mbsync, MBSYNC), (Program::Mutt, MUTT), (Program::Himalaya, SECOND)]
    {
        let found = read(program, text);
        let shown = format!("{found:?}");
        assert!(!shown.contains("nter2") && !shown.contains("reftok"), "{shown}");
    }
}

/// Protects the config: whatever is found can be written, but for what only a later part knows.
#[test]
fn what_is_found_can_be_written() {
    for (program, text) in
        [(Program::Aerc, AERC), (Program::Mbsync, MBSYNC), (Program::Mutt, MUTT), (Program::Himalaya, SECOND)]
    {
        let mut config = String::new();
        for found in read(program, text).accounts {
            config = apply(&config, Path::new("c"), &Edit::Add(Box::new(found.account))).unwrap();
        }
        assert!(config.parse::<toml::Table>().is_ok());
    }
}

/// Protects against files that never end: those that name each other, variables that grow, lines without an end.
#[rstest]
#[case("source ~/.mutt/loop")]
#[case(
    "set a=xxxxxxxxxx\nset a=$a$a$a$a$a$a$a$a\nset a=$a$a$a$a$a$a$a$a\nset a=$a$a$a$a$a$a$a$a\nset a=$a$a$a$a$a$a$a$a\nset a=$a$a$a$a$a$a$a$a\nset a=$a$a$a$a$a$a$a$a\nset a=$a$a$a$a$a$a$a$a\nset a=$a$a$a$a$a$a$a$a"
)]
#[case("account-hook imaps://a 'account-hook imaps://b \"source ~/.mutt/loop\"'")]
fn hostile_muttrcs(#[case] text: &str) {
    let mut reads = 0;
    let mut files = |_: &Path| {
        reads += 1;
        Ok(format!("{text}\nsource ~/.mutt/loop\n").repeat(5))
    };
    let _found = parse(Program::Mutt, text, Path::new("/rc"), &env(), &mut files);
    assert!(reads <= 50, "{reads}");
}

/// Protects the finder: usual places, each file once, none that is too long or no file.
#[test]
fn files_are_found() {
    let home = tempfile::tempdir().unwrap();
    let place = |name: &str, text: &str| {
        let path = home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    place(".config/aerc/accounts.conf", AERC);
    place(".mbsyncrc", MBSYNC);
    place(".config/himalaya/config.toml", SECOND);
    place(".config/neomutt/neomuttrc", "source ../../.mutt/big\nsource /dev/zero\n");
    place(".mutt/big", &"# long\n".repeat(200_000));
    std::os::unix::fs::symlink(home.path().join(".mbsyncrc"), home.path().join(".config/isyncrc")).unwrap();
    let env = Env::from([("HOME", home.path().to_str().unwrap())].as_slice());
    let found = find(None, None, &env);
    let named: Vec<String> =
        found.accounts.iter().map(|found| format!("{} {}", found.program.as_str(), found.account.name)).collect();
    assert_eq!(
        named,
        [
            "aerc Work- day",
            "aerc google",
            "aerc refresh",
            "aerc plain",
            "aerc bridge",
            "himalaya work",
            "himalaya google one",
            "himalaya raw",
            "mbsync token",
            "mbsync tunnel"
        ],
        "who has an account at one server under one name has it once"
    );
    assert!(found.notes.iter().any(|note| note.contains("too long")), "{:?}", found.notes);
    assert!(found.notes.iter().any(|note| note.contains("no file")), "{:?}", found.notes);
    let found = find(Some(Program::Mbsync), None, &env);
    assert_eq!(found.accounts.len(), 4);
    let found = find(Some(Program::Aerc), Some(&home.path().join("nothing")), &env);
    assert!(found.notes[0].contains("No such file"), "{:?}", found.notes);
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 300, failure_persistence: None, ..Default::default() })]

    /// Protects against any file at all: no parser panics, and what it finds is bounded.
    #[test]
    fn any_text_is_survived(text in "(\\PC|[\\n`'\"$\\\\=;#|\\[\\]{}@:/%]|imaps?://|set |source |account-hook |Host |IMAPAccount |backend\\.){0,60}", at in any::<usize>()) {
        let _found = read(Program::ALL[at % 4], &text);
    }
}
