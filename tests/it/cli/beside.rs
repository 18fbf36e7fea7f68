//! Commands beside a posthaste that is open, and beside accounts that are none of their business.

use posthaste::demo::server::Options;
use posthaste::dir_lock::Access;
use posthaste::journal::Journal;
use serde_json::Value;

use crate::support::engine::{Embedded, Home};
use crate::support::program::{Ran, configure, program, run};

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap()
}

/// A home beside whose account there is one whose server cannot be reached, and one that would ask for its password.
fn beside_others(server: &Embedded) -> Home {
    let home = server.home();
    configure(&home);
    assert_eq!(run(&home, "sync").code, 0);
    let path = home.path().join("config.toml");
    let more = format!(
        "\n[accounts.away]\nemail = \"a@away.example\"\n[accounts.away.imap]\nhost = \"127.0.0.1\"\nport = 1\n\
         security = \"none\"\npassword = \"x\"\n[accounts.typed]\nemail = \"a@typed.example\"\n[accounts.typed.imap]\n\
         host = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\nprompt = true\n",
        server.server.addr.port()
    );
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(path, text + &more).unwrap();
    home
}

/// A command about one account neither waits for another one's server nor asks for its password.
#[test]
fn a_command_is_about_its_account_alone() {
    let server = Embedded::start(Options::default(), &["m1"]);
    let home = beside_others(&server);
    let read = run(&home, "read 1");
    assert!(read.code == 0 && read.out.contains("body of m1"), "{read:?}");
    let done = run(&home, "archive 1 --json");
    assert_eq!((done.code, &json(&done)[0]["state"]), (0, &"done".into()), "{done:?}");
    assert_eq!(server.places("m1"), ["Archive"]);
    assert_eq!(run(&home, "undo").code, 0);
    assert_eq!(server.places("m1"), ["INBOX"]);
}

/// Of a sync each account has its line, though one of them fails.
#[test]
fn each_account_has_its_line() {
    let server = Embedded::start(Options::default(), &["m1"]);
    let home = beside_others(&server);
    let path = home.path().join("config.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.split("[accounts.typed]").next().unwrap()).unwrap();
    let ran = run(&home, "sync");
    assert_eq!((ran.code, ran.out.lines().count()), (75, 2), "{ran:?}");
    assert!(ran.out.contains("work: synced") && ran.out.contains("away: cannot be reached"), "{ran:?}");
}

/// What is so already is no failure: a script that asks twice goes on.
#[test]
fn what_is_so_already_is_no_failure() {
    let server = Embedded::start(Options::default(), &["m1"]);
    let home = server.home();
    configure(&home);
    assert_eq!(run(&home, "sync").code, 0);
    for line in ["flag 1 +flagged", "archive 1"] {
        assert_eq!(run(&home, line).code, 0);
        let again = run(&home, &format!("{line} --json"));
        assert_eq!((again.code, again.err.as_str()), (0, ""), "{again:?}");
        assert_eq!((&json(&again)[0]["state"], &json(&again)[0]["change"]), (&"unchanged".into(), &Value::Null));
    }
    assert_eq!(run(&home, "flag 1 +flagged").out, "unchanged: there is nothing to do\n");
    assert_eq!(server.count("UID STORE"), 1, "nobody was asked again");
}

/// Where nobody looks at what is asked for, nothing is done, and a script may try again.
#[test]
fn a_busy_owner_is_named() {
    let server = Embedded::start(Options::default(), &["m1"]);
    let home = server.home();
    configure(&home);
    assert_eq!(run(&home, "sync").code, 0);
    let owner = Journal::open(&home.data(), Access::Owner).unwrap();
    let refused = run(&home, "outbox discard 1");
    assert_eq!(refused.code, 75, "{refused:?}");
    drop(owner);
}

/// An account behind a command is listed with it, and not with a server that it has not.
#[test]
fn a_tunnel_is_listed_as_one() {
    let server = Embedded::start(Options::default(), &[]);
    let home = server.home();
    let config = "[accounts.work]\nemail = \"ada@example.org\"\n[accounts.work.imap]\ncommand = \"ssh mail imapd\"\n";
    std::fs::write(home.path().join("config.toml"), config).unwrap();
    let listed = run(&home, "account list");
    assert!(listed.out.starts_with("work\tada@example.org\tssh mail imapd\tcommand\t"), "{listed:?}");
    let row = json(&run(&home, "account list --json"));
    assert_eq!((&row[0]["command"], &row[0]["host"]), (&"ssh mail imapd".into(), &"".into()));
}

/// What is advised can be pasted, whatever the account is called.
#[test]
fn advice_can_be_pasted() {
    let server = Embedded::start(Options::default(), &["m1"]);
    let home = server.home();
    configure(&home);
    let path = home.path().join("config.toml");
    let text = std::fs::read_to_string(&path).unwrap().replace("[accounts.work", "[accounts.\"my work\"");
    std::fs::write(&path, text).unwrap();
    assert_eq!(run(&home, "sync").code, 0);
    assert_eq!(run(&home, "archive 1 --offline").code, 0);
    let words = ["account", "remove", "my work", "--yes"];
    let output = program(&home, &words).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("\"posthaste sync -a 'my work'\" sends them"), "{text}");
}

/// What says --json gets JSON, and what people try first is there.
#[test]
fn json_and_help_where_they_are_looked_for() {
    let server = Embedded::start(Options::default(), &[]);
    let home = server.home();
    configure(&home);
    assert!(json(&run(&home, "config path --json"))["path"].as_str().unwrap().ends_with("config.toml"));
    assert!(json(&run(&home, "log --json"))["lines"].is_array());
    assert_eq!(run(&home, "log --json --follow").code, 2);
    assert_eq!(json(&run(&home, "--version --json"))["version"], env!("CARGO_PKG_VERSION"));
    assert!(run(&home, "help flag").out.contains("posthaste flag"));
    assert_eq!(json(&run(&home, "outbox list --json")), serde_json::json!([]));
}
