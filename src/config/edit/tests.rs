//! Tests of changes of the config: in every way of writing an account, and on the disk.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::test_runner::Config as ProptestConfig;
use proptest::{collection, proptest};
use rstest::rstest;

use super::sending::NewSmtp;
use super::*;

/// Two accounts in the usual way, with comments everywhere.
const HEADERS: &str = "\
# My config.

[accounts.work] # the job
email = \"ada@example.org\"   # mine
[accounts.work.imap]
host = 'imap.example.org'
password_command = \"pass show work\"
# port = 993

# Folders of the job.
[accounts.work.folders]
archive = \"Archive\"
# sent = \"Sent\"


# At home.
[accounts.home]
email = \"ada@home.example\"
imap = { host = \"127.0.0.1\", security = \"starttls\", password_command = \"x\" }

# --- Screen ---
[ui]
theme = \"dusk\"
";

/// Without a header.
const KEYS: &str = "\
index_mb = 100
accounts.work.email = \"ada@example.org\"
accounts.work.imap.host = \"a\"
accounts.work.imap.password_command = \"x\" # c
# then
accounts.home.email = \"ada@home.example\"
accounts.home.imap = { host = \"b\", password_command = \"y\" }
[ui]
theme = \"dusk\"
";

/// In one table.
const INLINE: &str = "\
accounts = { work = { email = \"ada@example.org\", imap = { host = \"a\", password_command = \"x\" } }, home = { email = \"ada@home.example\", imap.host = \"b\", imap.password_command = \"y\" } }
ui.theme = \"dusk\"
";

/// Below one header, over several lines.
const TABLE: &str = "\
[accounts]
# the job
work.email = \"ada@example.org\"
  work.\"imap\".host = \"a\"
work.imap.password_command = \"x\"
home = {
  email = \"ada@home.example\", # mine
  imap = { host = \"b\", password_command = \"y\" },
}
[ui]
theme = \"dusk\"";

fn path() -> &'static Path {
    Path::new("config.toml")
}

fn done(text: &str, change: &Edit) -> String {
    apply(text, path(), change).unwrap_or_else(|error| panic!("{change:?}: {error}\n{text}"))
}

fn config(text: &str) -> Config {
    Config::parse_with(text, path(), &Env::default()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn account(name: &str) -> Edit {
    Edit::Add(Box::new(NewAccount {
        name: name.to_owned(),
        email: "new@example.org".to_owned(),
        imap: NewImap {
            host: Some("imap.new.example".to_owned()),
            secret: NewSecret::Command("pass show \"new\"".to_owned()),
            ..NewImap::default()
        },
        ..NewAccount::default()
    }))
}

fn change(name: &str, changes: Changes) -> Edit {
    Edit::Change { name: name.to_owned(), changes: Box::new(changes) }
}

fn host(host: &str) -> Changes {
    Changes { host: Change::Set(host.to_owned()), ..Changes::default() }
}

fn remove(name: &str) -> Edit {
    Edit::Remove { name: name.to_owned() }
}

fn names(text: &str) -> Vec<String> {
    config(text).accounts.into_iter().map(|account| account.name).collect()
}

/// Protects the user's file: a new account stands behind the others, and before what follows with its comments.
#[test]
fn an_account_is_added_behind_the_others() {
    let text = done(HEADERS, &account("new one"));
    let block = "\n[accounts.\"new one\"]\nemail = \"new@example.org\"\n\n[accounts.\"new one\".imap]\n\
                 host = \"imap.new.example\"\npassword_command = 'pass show \"new\"'\n";
    assert_eq!(text, HEADERS.replace("\n# --- Screen", &format!("{block}\n# --- Screen")));
    assert_eq!(names(&text), ["work", "home", "new one"]);
    assert_eq!(done("", &account("a")).lines().next(), Some("[accounts.a]"));
    assert!(matches!(apply(HEADERS, path(), &account("work")), Err(Error::Exists { .. })));
}

/// Protects every way of writing an account: keys are changed where they stand, missing ones are put beside the others.
#[rstest]
#[case(HEADERS)]
#[case(KEYS)]
#[case(INLINE)]
#[case(TABLE)]
fn accounts_are_changed_as_they_are_written(#[case] text: &str) {
    let before = names(text);
    for name in ["work", "home"] {
        let changes = Changes {
            email: Some("other@example.org".to_owned()),
            display_name: Change::Set("Ada \"the\" L.".to_owned()),
            port: Change::Set(1143),
            user: Change::Set("ada".to_owned()),
            secret: Some(NewSecret::Plain("p\"w'".to_owned().into())),
            ..host("imap.other.example")
        };
        let changed = done(text, &change(name, changes));
        let account = config(&changed).account(name).cloned().unwrap();
        assert_eq!(account.email, "other@example.org");
        assert_eq!(account.display_name.as_deref(), Some("Ada \"the\" L."));
        assert_eq!((account.imap.host.as_str(), account.imap.port), ("imap.other.example", 1143), "{changed}");
        assert_eq!(account.imap.user, "ada");
        assert!(matches!(account.imap.secret, crate::config::secret::Secret::Plain(_)));
        let back = Changes { user: Change::Unset, port: Change::Unset, ..Changes::default() };
        let back = done(&changed, &change(name, back));
        assert_eq!(config(&back).account(name).unwrap().imap.user, "other@example.org");
        let off = done(text, &Edit::Enable { name: name.to_owned(), enabled: false });
        assert!(off.contains("enabled = false"), "{off}");
        let gone = done(text, &remove(name));
        assert_eq!(names(&gone), before.iter().filter(|other| *other != name).cloned().collect::<Vec<_>>());
        let oauth = NewSecret::OAuth(NewOAuth {
            provider: "google".to_owned(),
            client_id: Some("me".to_owned()),
            ..NewOAuth::default()
        });
        let oauth = done(text, &change(name, Changes { secret: Some(oauth), ..Changes::default() }));
        let table: toml::Table = oauth.parse().unwrap();
        assert_eq!(table["accounts"][name]["oauth"]["client_id"].as_str(), Some("me"), "{oauth}");
        assert!(table["accounts"][name]["imap"].get("password_command").is_none());
    }
    let moved = done(text, &Edit::Move { name: "home".to_owned(), to: Place::First });
    assert_eq!(names(&moved), ["home", "work"], "{moved}");
    let back = done(&moved, &Edit::Move { name: "home".to_owned(), to: Place::Down });
    assert_eq!(names(&back), ["work", "home"], "{back}");
    assert_eq!(names(&done(text, &account("third"))), ["work", "home", "third"]);
    assert!(
        matches!(apply(text, path(), &remove("wrk")), Err(Error::Unknown { nearest: Some(name), .. }) if name == "work")
    );
}

/// Protects comments: what a removed account had goes with it, the head of the file and what others have stays.
#[test]
fn comments_go_with_their_account() {
    let text = done(HEADERS, &remove("work"));
    let (before_home, home) = HEADERS.split_once("# At home").unwrap();
    assert_eq!(text, format!("# My config.\n\n# At home{home}"));
    let text = done(HEADERS, &remove("home"));
    assert_eq!(text, format!("{before_home}# --- S{}", home.split_once("# --- S").unwrap().1));
    let moved = done(HEADERS, &Edit::Move { name: "home".to_owned(), to: Place::Up });
    assert!(moved.starts_with("# My config.\n\n# At home.\n[accounts.home]"), "{moved}");
    assert!(moved.contains("\n\n[accounts.work] # the job"), "{moved}");
    assert!(moved.contains("# sent = \"Sent\"\n\n\n# --- Screen"), "{moved}");
}

/// Protects the next account's comment: one that leads straight to a header is of what follows, with or without an empty
/// line before it; and lists below an account go with it.
#[test]
fn a_comment_belongs_to_the_header_below() {
    let work = "[accounts.work]\nemail = \"a@example.org\"\nimap = { host = \"a\", password_command = \"x\" }\n";
    let list = "[[accounts.work.identities]]\nemail = \"b@example.org\"\n";
    let home =
        "# At home.\n# Ask Eve.\n[accounts.home]\nemail = \"h@example.org\"\nimap = { host = \"b\", prompt = true }\n";
    let text = format!("# My config.\n\n{work}{list}{home}# --- Screen ---\n[ui]\n");
    assert_eq!(done(&text, &remove("work")), format!("# My config.\n\n{home}# --- Screen ---\n[ui]\n"));
    assert_eq!(done(&text, &remove("home")), format!("# My config.\n\n{work}{list}# --- Screen ---\n[ui]\n"));
    let moved = done(&text, &Edit::Move { name: "home".to_owned(), to: Place::First });
    assert_eq!(moved, format!("# My config.\n\n{home}{work}{list}# --- Screen ---\n[ui]\n"));
    let added = done(&text, &account("new"));
    assert_eq!(names(&added), ["work", "home", "new"], "{added}");
    assert!(added.contains("\n\n# --- Screen ---\n[ui]\n"), "{added}");
}

/// Protects the sign-in from what was said of another provider: its client, its addresses, where its token was kept.
#[test]
fn another_oauth_takes_the_place_of_the_first() {
    let oauth = "[accounts.work.oauth] # mine\nprovider = \"google\"\nclient_id = \"a\"\nclient_secret = \"b\"\nstore = \"file\"\n\
                 scopes = [\"x\"]\ntoken_url = \"https://t.example/\"\n";
    let text = format!("[accounts.work]\nemail = \"a@example.org\"\n[accounts.work.imap]\nhost = \"a\"\n{oauth}");
    let new = NewOAuth {
        provider: "microsoft".to_owned(),
        client_id: Some("c".to_owned()),
        client_secret_command: Some("pass c".to_owned()),
        ..NewOAuth::default()
    };
    let text = done(&text, &change("work", Changes { secret: Some(NewSecret::OAuth(new)), ..Changes::default() }));
    let wanted = "[accounts.work.oauth] # mine\nprovider = \"microsoft\"\nclient_id = \"c\"\nclient_secret_command = \"pass c\"\n";
    assert!(text.ends_with(wanted), "{text}");
    config(&text);
}

/// Protects files from Windows editors: line ends and the mark at the beginning stay.
#[test]
fn line_ends_stay() {
    let text = format!("\u{feff}{}", HEADERS.replace('\n', "\r\n"));
    for edit in [account("x"), remove("work"), change("work", host("h")), change("home", host("h"))] {
        let changed = done(&text, &edit);
        assert!(changed.starts_with('\u{feff}') && !changed.replace("\r\n", "").contains('\n'), "{changed:?}");
        assert_eq!(changed.replace("\r\n", "\n").trim_start_matches('\u{feff}'), done(HEADERS, &edit));
    }
}

/// Protects inline tables: a comma more or less, comments kept.
#[test]
fn inline_tables_stay_whole() {
    let user = Changes { user: Change::Set("u".to_owned()), ..Changes::default() };
    let text = done(TABLE, &change("home", Changes { display_name: Change::Set("A".to_owned()), ..user }));
    let wanted = TABLE.replace("\"y\" },\n", "\"y\", user = \"u\" },\n  name = \"A\",\n");
    assert_eq!(text, wanted);
    let text = done(&wanted, &change("home", Changes { display_name: Change::Unset, ..Changes::default() }));
    assert!(text.contains("email = \"ada@home.example\", # mine\n"), "{text}");
    assert_eq!(config(&text).account("home").unwrap().display_name, None);
}

/// Protects the file on the disk: mode, links, a mistake in it, a change by somebody else, a result that would be wrong.
#[test]
fn the_file_is_replaced_whole_or_not_at_all() {
    let home = tempfile::tempdir().unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let env = Env::default();
    let new = home.path().join("deep/er/config.toml");
    edit(&new, &env, &[account("a")]).unwrap();
    assert_eq!((mode(&new), mode(new.parent().unwrap())), (0o600, 0o700));

    let real = home.path().join("dotfiles.toml");
    std::fs::write(&real, HEADERS).unwrap();
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o644)).unwrap();
    let link = home.path().join("config.toml");
    symlink("dotfiles.toml", &link).unwrap();
    let config = edit(&link, &env, &[account("a"), change("a", host("h"))]).unwrap();
    assert_eq!(config.account("a").unwrap().imap.host, "h");
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!((mode(&real), names(&std::fs::read_to_string(&real).unwrap()).len()), (0o644, 3));
    let plain = Changes { secret: Some(NewSecret::Plain("s".to_owned().into())), ..Changes::default() };
    edit(&link, &env, &[change("a", plain)]).unwrap();
    assert_eq!(mode(&real), 0o600);

    let text = std::fs::read_to_string(&real).unwrap();
    let refused = edit(&link, &env, &[change("a", host("no host"))]).unwrap_err();
    assert!(refused.to_string().contains("accounts.a.imap.host: this is no host name"), "{refused}");
    let meanwhile = || std::fs::write(&real, format!("{text}\n# more\n")).unwrap();
    let late = file::edit_between(&link, &env, &[remove("a")], meanwhile).unwrap_err();
    assert!(matches!(late, Error::Changed { .. }), "{late}");
    assert_eq!(std::fs::read_to_string(&real).unwrap(), format!("{text}\n# more\n"));
    std::fs::write(&real, "[ui]\ntheme = = 3\n").unwrap();
    let wrong = edit(&link, &env, &[account("b")]).unwrap_err();
    assert!(wrong.to_string().contains("config.toml:2:9"), "{wrong}");
    std::fs::write(&real, "[ui]\ntheem = 3\n").unwrap();
    let wrong = edit(&link, &env, &[account("b")]).unwrap_err();
    assert!(wrong.to_string().contains("config.toml:2:1: ui.theem"), "{wrong}");
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 3, "no file is left behind");
}

/// Protects secrets: an account can be printed by `{:?}` without its password.
#[test]
fn a_password_is_not_printed() {
    let secret = NewSecret::Plain("hunter2".to_owned().into());
    let edit = change("a", Changes { secret: Some(secret), ..Changes::default() });
    assert!(!format!("{edit:?}").contains("hunter2"));
}

/// Any change.
fn edits() -> impl Strategy<Value = Edit> {
    let name = || prop_oneof![Just("work"), Just("home"), Just("c"), Just("d e")].prop_map(str::to_owned);
    let to = prop_oneof![Just(Place::Up), Just(Place::Down), Just(Place::First), Just(Place::Last)];
    let words = || prop_oneof![Just("a"), Just("x\"y"), Just("'"), Just("# no"), Just("\\n é")].prop_map(str::to_owned);
    prop_oneof![
        name().prop_map(|name| account(&name)),
        name().prop_map(|name| remove(&name)),
        (name(), to).prop_map(|(name, to)| Edit::Move { name, to }),
        (name(), words(), words()).prop_map(|(name, user, command)| change(
            &name,
            Changes {
                user: Change::Set(user.clone()),
                display_name: Change::Set(user),
                secret: Some(NewSecret::Command(command)),
                ..Changes::default()
            }
        )),
        (name(), words()).prop_map(|(name, id)| change(
            &name,
            Changes {
                display_name: Change::Unset,
                user: Change::Unset,
                port: Change::Set(1),
                secret: Some(NewSecret::OAuth(NewOAuth { provider: id, ..NewOAuth::default() })),
                ..Changes::default()
            }
        )),
    ]
}

/// Lines that are about no account.
const OTHERS: [&str; 6] =
    ["# My config.", "index_mb = 100 # a", "# --- Screen ---", "[ui]", "theme = \"dusk\"", "# the end"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Protects the user's file from any row of changes in any way of writing: what is not about accounts stays byte for
    /// byte, and what was written can be read.
    #[test]
    fn any_changes_keep_the_rest(at in 0usize..4, edits in collection::vec(edits(), 1..12)) {
        let inside = [HEADERS, KEYS, INLINE, TABLE][at];
        let inside = inside.lines().filter(|line| !OTHERS.contains(line) && !line.contains("theme"));
        let inside: Vec<&str> = inside.filter(|line| !line.starts_with("index_mb")).collect();
        let mut text = format!(
            "{}\n\n{}\n{}\n\n{}\n{}\n{}\n{}", OTHERS[0], OTHERS[1], inside.join("\n"), OTHERS[2], OTHERS[3], OTHERS[4], OTHERS[5]
        );
        for edit in edits {
            match apply(&text, path(), &edit) {
                Ok(new) => text = new,
                // Headers and keys mixed have an order that TOML itself lays down.
                Err(Error::Exists { .. } | Error::Unknown { .. }) => {}
                Err(Error::Shape { .. }) if matches!(edit, Edit::Move { .. }) => {}
                Err(error) => panic!("{edit:?}: {error}\n{text}"),
            }
            let kept: Vec<&str> = text.lines().filter(|line| OTHERS.contains(line)).collect();
            assert_eq!(kept, OTHERS, "{edit:?}\n{text}");
            assert!(text.starts_with("# My config.\n\nindex_mb") && text.contains("\n\n# --- Screen ---\n[ui]\n"), "{edit:?}\n{text}");
            assert!(text.parse::<toml::Table>().is_ok(), "{text}");
        }
    }
}

/// Where mail is sent to stands in a table of its own, and is read back.
#[test]
fn the_submission_server_is_written() {
    let Edit::Add(mut new) = account("new") else { panic!() };
    new.send = Some(NewSend::Server(NewSmtp {
        host: "smtp.new.example".to_owned(),
        port: Some(2587),
        security: Some(Security::StartTls),
        ..NewSmtp::default()
    }));
    let text = done(HEADERS, &Edit::Add(new));
    let table = "[accounts.new.smtp]\nhost = \"smtp.new.example\"\nport = 2587\nsecurity = \"starttls\"\n";
    assert!(text.contains(table), "{text}");
    let added = config(&text).account("new").unwrap().outgoing.way.clone();
    let Some(crate::config::outgoing::Way::Smtp(smtp)) = added else { panic!("{added:?}") };
    assert_eq!((smtp.host.as_str(), smtp.port, smtp.user.as_str()), ("smtp.new.example", 2587, "new@example.org"));
}

/// A server takes the place of a command and the other way round: two ways out are refused. One without a host is none.
#[test]
fn the_way_out_is_changed() {
    use sending::SendChanges;
    let send = |send: SendChanges| change("work", Changes { send, ..Changes::default() });
    let set = |text: &str| Change::Set(text.to_owned());
    let server = SendChanges { host: set("smtp.example.org"), port: Change::Set(2465), ..SendChanges::default() };
    let text = done(HEADERS, &send(server));
    assert!(text.contains("host = \"smtp.example.org\"\nport = 2465\n") && config(&text).account("work").is_some());
    let text = done(&text, &send(SendChanges { command: set("msmtp"), ..SendChanges::default() }));
    assert!(text.contains("command = \"msmtp\"") && !text.contains("2465"), "{text}");
    let text = done(&text, &send(SendChanges { host: set("smtp.example.org"), ..SendChanges::default() }));
    assert!(text.contains("smtp.example.org") && !text.contains("msmtp"), "{text}");
    let text = done(&text, &send(SendChanges { host: Change::Unset, ..SendChanges::default() }));
    assert!(!text.contains("smtp.example.org"), "{text}");
    assert_eq!(config(&text).account("work").unwrap().outgoing.way, None);
}

/// A server takes the place of a command and a command that of a server: no key of the other is left.
#[test]
fn there_is_one_way_in() {
    let work =
        |imap: &str| format!("[accounts.work]\nemail = \"a@example.org\"\n[accounts.work.imap]\n{imap}prompt = true\n");
    let server = "host = \"h\" # mine\nport = 143\nsecurity = \"starttls\"\n";
    let changes = Changes { command: Change::Set("ssh h imap".to_owned()), ..Changes::default() };
    let by_command = done(&work(server), &change("work", changes));
    assert_eq!(config(&by_command).accounts[0].imap.sign_in.command.as_deref(), Some("ssh h imap"));
    assert!(!by_command.contains("port") && !by_command.contains("starttls"), "{by_command}");
    let by_socket = done(&by_command, &change("work", host("other.example")));
    let account = &config(&by_socket).accounts[0];
    assert_eq!((account.imap.host.as_str(), &account.imap.sign_in.command), ("other.example", &None));
}
