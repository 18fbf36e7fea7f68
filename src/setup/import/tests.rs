//! Tests of the parsers, each on a config of its program with what people have in them.

use std::fmt::Write as _;

use proptest::prelude::any;
use proptest::proptest;
use rstest::rstest;
use secrecy::ExposeSecret as _;

use super::*;
use crate::config::edit::sending::NewSend;
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

fn way(send: &NewSend) -> String {
    let NewSend::Server(smtp) = send else {
        let NewSend::Command(command) = send else { unreachable!() };
        return format!("the command {command}");
    };
    let mut words = vec![smtp.host.clone()];
    words.extend(smtp.port.map(|port| port.to_string()));
    words.extend(smtp.security.map(|security| format!("{security:?}")));
    words.extend(smtp.user.as_ref().map(|user| format!("as {user}")));
    words.extend(smtp.without_sign_in.then(|| "without sign-in".to_owned()));
    match &smtp.secret {
        NewSecret::Command(command) => words.push(format!("password by {command}")),
        NewSecret::TokenCommand(command) => words.push(format!("token by {command}")),
        NewSecret::None | NewSecret::Plain(_) | NewSecret::Keyring | NewSecret::Prompt | NewSecret::OAuth(_) => {}
    }
    words.join(" ")
}

/// What was found, a line a fact, without passwords.
fn told(found: &Found) -> String {
    let mut out = String::new();
    for Imported { account, line, notes, password, file, .. } in &found.accounts {
        let NewAccount { name, email, display_name, imap, folders, send } = account;
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
        if let Some(send) = send {
            writeln!(out, "  sends by {}", way(send)).unwrap();
        }
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
      sends by smtp.example.org
      archive is Archive/All
      sent is Sent
      ! other addresses of yours (aliases) are not taken over
    google: - <ada.l@gmail.com> .rc:12
      - at imap.gmail.com
      token by oauth2 token ada
      sends by smtp.gmail.com
    refresh: - <a@live.example> .rc:17
      a at outlook.office365.com
      nothing
      sends by smtp.office365.com StartTls
      ! aerc has a refresh token there: sign in once with OAuth here
    plain: Bob <bob@example.net> .rc:20
      bob at mail.example.net StartTls
      nothing, password in the file
      ! folders have other names there (folder-map): see to the folders' names
      ! it goes without TLS there; here STARTTLS takes its place
      ! the password stands in the file: it is not taken over unless you say so
      ! how it sends is not in the file: name its server with --smtp-host
    bridge: - <bob@proton.example> .rc:25
      bob at 127.0.0.1:1143 None
      nothing, password in the file
      ! the password stands in the file: it is not taken over unless you say so
      ! how it sends is not in the file: name its server with --smtp-host
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
      ! how it sends is not in the file: name its server with --smtp-host
    direct: - <> .rc:25
      bob at mail.example.net
      nothing, password in the file
      ~/certs/own.pem
      ! the address is not in the file
      ! the password stands in the file: it is not taken over unless you say so
      ! how it sends is not in the file: name its server with --smtp-host
    token: - <a@live.example> .rc:31
      - at outlook.office365.com
      token by oauth token
      sends by smtp.office365.com StartTls
    tunnel: - <carol@example.com> .rc:39
      - at -
      nothing
      ssh -q host /usr/lib/dovecot/imap
      ! how it sends is not in the file: name its server with --smtp-host
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
      ! how it sends is not in the file: name its server with --smtp-host
    club: Ada Lovelace <carol@club.example> club:1
      - at imap.club.example
      token by mutt_oauth2.py ~/.mutt/club.tokens
      ssh -q club imapd
      sent is INBOX/Sent
      ! how it sends is not in the file: name its server with --smtp-host
    example2: Ada Lovelace <bob@example.net> .rc:16
      bob at mail.example.net StartTls
      nothing, password in the file
      sent is Out
      ! the password stands in the file: it is not taken over unless you say so
      ! how it sends is not in the file: name its server with --smtp-host
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
      sends by smtp.gmail.com
    posteo: Ada <ada@posteo.example> .rc:13
      ada at posteo.example StartTls
      nothing
      ! the password is himalaya's own entry "posteo-imap" of the keyring: type it once here
      ! how it sends is not in the file: name its server with --smtp-host
    ! /home/ada/.rc: local has no IMAP server: left out
    "#);
    insta::assert_snapshot!(told(&read(Program::Himalaya, SECOND)), @r#"
    work: Ada Lovelace <ada@example.org> .rc:3
      ada at imap.example.org StartTls
      password by pass show work
      sends by smtp.example.org
      sent is Sent Items
    google one: Ada <ada@gmail.com> .rc:18
      - at imap.gmail.com
      nothing
      sends by smtp.gmail.com
      ! himalaya signs in with OAuth and keeps its tokens to itself: sign in once here
    raw: Ada <bob@example.net> .rc:28
      bob at localhost:1143 None
      nothing, password in the file
      ! the password stands in the file: it is not taken over unless you say so
      ! how it sends is not in the file: name its server with --smtp-host
    ! /home/ada/.rc: files has no IMAP server: left out
    "#);
    insta::assert_snapshot!(told(&read(Program::Himalaya, THIRD)), @r#"
    work: - <ada@example.org> .rc:1
      - at imap.example.org
      password by pass show 'my mail'
      archive is Archive
      ! how it sends is not in the file: name its server with --smtp-host
    token: - <a@live.example> .rc:8
      - at outlook.office365.com StartTls
      token by ortie token show
      sends by smtp.office365.com StartTls
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

/// Protects people who come with a program that sends: its server or its command comes along, with what it signs in with
/// where that is not what receiving does.
#[test]
fn the_way_out_comes_along() {
    let sends = |program, text: &str| {
        let found = read(program, text);
        let [one] = found.accounts.as_slice() else { panic!("{found:?}") };
        (one.account.send.as_ref().map(way).unwrap_or_default(), one.notes.join("; "))
    };
    let aerc = "[w]\nsource = imaps://ada%40example.org:pw@imap.example.org\nfrom = ada@example.org\n";
    let aerc = |rest: &str| sends(Program::Aerc, &format!("{aerc}{rest}"));
    assert_eq!(aerc("outgoing = smtp://ada%40example.org:pw@smtp.example.org:587").0, "smtp.example.org StartTls");
    assert_eq!(aerc("outgoing = smtps+none://smtp.example.org").0, "smtp.example.org without sign-in");
    let own = "outgoing = smtps+plain://ada2@smtp.example.org\noutgoing-cred-cmd = pass smtp";
    assert_eq!(aerc(own).0, "smtp.example.org as ada2 password by pass smtp");
    assert_eq!(aerc("outgoing = msmtp --account=work").0, "the command msmtp --account=work");
    assert_eq!(aerc("outgoing = smtp+insecure://ada%40example.org@127.0.0.1:1025").0, "127.0.0.1 1025 None");
    assert!(aerc("outgoing = smtps://a:other@smtp.example.org").1.contains("the password for sending is another one"));
    assert!(aerc("").1.contains("--smtp-host"));
    let mutt = |rest: &str| {
        let own = "set from=ada@example.org folder=imaps://imap.example.org imap_pass=\"`pass a`\"\n";
        sends(Program::Mutt, &format!("{own}{rest}"))
    };
    let same = mutt("set smtp_url=smtps://ada@example.org@smtp.example.org/ smtp_pass=$imap_pass");
    assert_eq!(same.0, "smtp.example.org");
    let other = mutt("set smtp_url='smtp://ada@smtp.example.org' smtp_pass=\"`pass b`\"");
    assert_eq!(other.0, "smtp.example.org 25 StartTls as ada password by pass b");
    let in_url = mutt("set smtp_url=\"smtps://ada@example.org:$imap_pass@smtp.example.org\"");
    assert_eq!(in_url, ("smtp.example.org".to_owned(), String::new()), "the same program for both");
    let in_url = mutt("set my_pass=`pass b` smtp_url=smtps://ada:$my_pass@smtp.example.org");
    assert_eq!(in_url.0, "smtp.example.org as ada password by pass b");
    let both = "set my_pass=`pass c` from=ada@example.org folder=imaps://ada:$my_pass@imap.example.org\n\
                set smtp_url=smtps://ada:$my_pass@smtp.example.org";
    assert_eq!(sends(Program::Mutt, both).0, "smtp.example.org");
    assert_eq!(mutt("set smtp_url=smtp://localhost").0, "localhost None without sign-in");
    assert_eq!(mutt("set sendmail='/usr/bin/msmtp -a work'").0, "the command /usr/bin/msmtp -a work");
    let first = "email = \"ada@example.org\"\nimap-host = \"imap.example.org\"\nimap-passwd-cmd = \"pass a\"\n";
    let first = |rest: &str| sends(Program::Himalaya, &format!("[w]\n{first}{rest}"));
    let flat = "smtp-host = \"smtp.example.org\"\nsmtp-port = 587\nsmtp-starttls = true\nsmtp-passwd-cmd = \"pass b\"";
    assert_eq!(first(flat).0, "smtp.example.org StartTls password by pass b");
    assert_eq!(first("sender = \"sendmail\"\nsendmail-cmd = \"msmtp\"").0, "the command msmtp");
    let third = "email = \"ada@example.org\"\nimap.server = \"imap.example.org\"\nsmtp.server = \"smtp.example.org\"\n\
                 smtp.sasl.plain.username = \"ada@example.org\"\nsmtp.sasl.plain.password.command = \"pass b\"";
    let third = sends(Program::Himalaya, &format!("[accounts.w]\n{third}"));
    assert_eq!(third.0, "smtp.example.org password by pass b");
    let mbsync = "IMAPAccount w\nHost imap.gmail.com\nUser ada@gmail.com\nPassCmd x\nTLSType IMAPS\n";
    assert_eq!(sends(Program::Mbsync, mbsync).0, "smtp.gmail.com", "who everybody knows");
}
