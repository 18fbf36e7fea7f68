//! Accounts from the command line: added, changed, ordered, removed, taken over from other programs.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use super::{CONFIG, Home, Ran};

impl Home {
    /// Runs a command with words that may have spaces in them, and this on its standard input; no terminal is there.
    fn account(&self, words: &[&str], input: &str) -> Ran {
        let mut child = Command::new(env!("CARGO_BIN_EXE_posthaste"))
            .arg("account")
            .args(words)
            .env_clear()
            .env("HOME", self.dir.path())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("POSTHASTE_HOME", self.dir.path())
            .env("POSTHASTE_CONFIG", self.config())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads nothing has ended already.
        drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
        Ran::new(child.wait_with_output().unwrap())
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.config()).unwrap()
    }
}

/// What is missing is named, and nothing is asked where nobody is (exit code 2).
#[test]
fn without_a_terminal_what_is_missing_is_named() {
    let home = Home::new(CONFIG);
    let told = |words: &[&str], what: &str| {
        let ran = home.account(words, "").ends(2);
        assert!(ran.err.contains(what), "{words:?}: {}", ran.err);
    };
    told(&["add"], "ADDRESS");
    told(&["add", "ada"], "it should look like");
    told(&["add", "ada@example.org", "--no-discover"], "--host");
    told(&["add", "ada@example.org", "--host", "h", "--no-check"], "--password-command, --token-command, --keyring");
    told(&["add", "ada@example.org", "--host", "h", "--prompt"], "--password-stdin");
    told(
        &["add", "ada@example.org", "--host", "h", "--plain", "--password-stdin", "--no-check"],
        "the password is empty",
    );
    told(&["add", "ada@example.org", "--host", "h", "--oauth", "google"], "--client-id");
    told(&["add", "ada@example.org", "--host", "h", "--plain", "--prompt"], "cannot be used with");
    told(&["add", "a@b.example", "--name", "work", "--host", "h", "--prompt"], "account change work");
    told(
        &["add", "a@b.example", "--host", "imap.b.example", "--security", "none", "--prompt", "--no-check"],
        "imap.security",
    );
    told(&["remove", "work"], "--yes");
    told(&["remove", "wrk", "--yes"], "did you mean \"work\"?");
    told(&["change", "work"], "what is to be changed?");
    told(&["move", "work"], "--up");
    assert_eq!(home.text(), CONFIG);
}

/// The whole life of an account in the user's file: every other byte stays; a new file is the owner's alone.
#[test]
fn an_account_is_added_changed_moved_and_removed() {
    let home = Home::new(CONFIG);
    let new = [
        "add",
        "eve@club.example",
        "--host",
        "imap.club.example",
        "--password-command",
        "pass show \"club\"",
        "--no-check",
    ];
    let ran = home.account(&new, "").ends(0);
    assert_eq!(ran.out, format!("saved: account club in {}\n", home.config().display()));
    let block = "\n[accounts.club]\nemail = \"eve@club.example\"\n\n[accounts.club.imap]\nhost = \"imap.club.example\"\n\
                 password_command = 'pass show \"club\"'\n";
    assert_eq!(home.text(), format!("{CONFIG}{block}"));
    assert!(home.account(&new, "").ends(0).out.contains("account club2"), "a name is made that is free");
    home.account(&["remove", "club2", "--yes"], "").ends(0);

    home.account(&["change", "club", "--display-name", "Eve", "--user", "eve", "--port", "1993", "--no-check"], "")
        .ends(0);
    home.account(&["change", "club", "--user", "", "--port", "0", "--no-check"], "").ends(0);
    assert_eq!(home.text(), format!("{CONFIG}{}", block.replace("example\"\n\n", "example\"\nname = \"Eve\"\n\n")));
    home.account(&["change", "club", "--prompt", "--no-check"], "").ends(0);
    assert!(home.text().contains("host = \"imap.club.example\"\nprompt = true\n"), "{}", home.text());

    home.account(&["move", "club", "--first"], "").ends(0);
    home.account(&["move", "home", "--up"], "").ends(0);
    let json = home.account(&["disable", "work", "--json"], "").ends(0).json();
    assert_eq!(json, serde_json::json!({ "name": "work", "done": "disabled" }));
    let json = home.account(&["list", "--json"], "").ends(0).json();
    let names: Vec<&str> = json.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["club", "home", "work"]);
    assert_eq!((&json[2]["enabled"], &json[2]["state"]), (&false.into(), &"disabled".into()));
    home.account(&["enable", "work"], "").ends(0);
    assert!(
        home.run("account list")
            .ends(0)
            .out
            .contains("work\tada@example.org\t127.0.0.1:1\tnone\tada@example.org\tenabled, no mail")
    );
    home.account(&["remove", "club", "--yes"], "").ends(0);
    assert!(!home.text().contains("club"), "{}", home.text());

    std::fs::remove_file(home.config()).unwrap();
    home.account(&new, "").ends(0);
    assert_eq!(std::fs::metadata(home.config()).unwrap().permissions().mode() & 0o777, 0o600);
}

/// A host in letters of any language is written as it is looked up; a bridge's own certificate, and a root, are options.
#[test]
fn hosts_and_certificates_are_options() {
    let home = Home::new(CONFIG);
    let pin = format!("sha256:{}", "ab".repeat(32));
    let add = ["add", "eve@b\u{fc}cher.example", "--prompt", "--no-check", "--host"];
    home.account(&[&add[..], &["imap.b\u{fc}cher.example", "--ca-file", "/etc/mine.pem"]].concat(), "").ends(0);
    assert!(home.text().contains("host = \"imap.xn--bcher-kva.example\"\n"), "{}", home.text());
    assert!(home.text().contains("ca_file = \"/etc/mine.pem\"\n"), "{}", home.text());
    home.account(&[&add[..], &["127.0.0.1", "--name", "bridge", "--pin", &pin]].concat(), "").ends(0);
    assert!(home.text().contains(&format!("pin = \"{pin}\"\n")), "{}", home.text());
    home.account(&["change", "bridge", "--pin", "", "--host", "b\u{fc}cher.example", "--no-check"], "").ends(0);
    assert!(!home.text().contains("pin =") && home.text().contains("\"xn--bcher-kva.example\""), "{}", home.text());
}

/// Protects from accounts that cannot send and do not say so: the way out is an option, the table of providers knows it where
/// the server is named, and an account without one is told of.
#[test]
fn the_way_out_is_an_option() {
    let home = Home::new(CONFIG);
    let add = ["add", "eve@club.example", "--host", "imap.club.example", "--prompt", "--no-check"];
    let ran = home.account(&add, "").ends(0);
    assert!(ran.err.contains("\"posthaste account change club --smtp-host HOST\""), "{}", ran.err);
    home.account(&["change", "club", "--smtp-host", "smtp.club.example", "--smtp-user", "eve", "--no-check"], "")
        .ends(0);
    let smtp = "[accounts.club.smtp]\nhost = \"smtp.club.example\"\nuser = \"eve\"\n";
    assert!(home.text().contains(smtp), "{}", home.text());
    home.account(&["change", "club", "--send-command", "msmtp", "--no-check"], "").ends(0);
    assert!(home.text().contains("command = \"msmtp\"") && !home.text().contains(smtp), "{}", home.text());
    let sends =
        ["--smtp-host", "smtp.b.example", "--smtp-security", "starttls", "--smtp-port", "2587", "--auth", "plain"];
    let ran = home.account(&[&add[..], &["--name", "b"], &sends].concat(), "").ends(0);
    assert!(!ran.err.contains("not set up"), "{}", ran.err);
    let smtp = "[accounts.b.smtp]\nhost = \"smtp.b.example\"\nport = 2587\nsecurity = \"starttls\"\n";
    assert!(home.text().contains(smtp) && home.text().contains("auth = \"plain\"\n"), "{}", home.text());
    let known = ["add", "ada@gmail.com", "--host", "imap.gmail.com", "--prompt", "--no-check"];
    home.account(&known, "").ends(0);
    assert!(home.text().contains("host = \"smtp.gmail.com\"\n"), "{}", home.text());
    let tunnel = ["add", "bob@gmail.com", "--command", "ssh h imap", "--password-command", "pass b", "--no-check"];
    home.account(&tunnel, "").ends(0);
    assert!(home.text().contains("[accounts.gmail2.smtp]\nhost = \"smtp.gmail.com\"\n"), "{}", home.text());
    let ran = home.account(&["add", "a@b.example", "--host", "h", "--smtp-port", "25", "--prompt"], "").ends(2);
    assert!(ran.err.contains("--smtp-host"), "{}", ran.err);
}

/// An account that does not work is not saved, and a server that is not reached has its own code.
#[test]
fn only_what_works_is_saved() {
    let home = Home::new(CONFIG);
    let new = [
        "add",
        "eve@club.example",
        "--host",
        "127.0.0.1",
        "--port",
        "1",
        "--security",
        "none",
        "--password-command",
        "echo x",
    ];
    let ran = home.account(&new, "").ends(75);
    assert!(ran.out.contains("fail  club: tcp"), "{}", ran.out);
    assert!(ran.err.contains("nothing was saved (--no-check saves it all the same)"), "{}", ran.err);
    let json = home.account(&[&new[..], &["--json"]].concat(), "").ends(75).json();
    assert_eq!((&json["saved"], &json["checks"][1]["check"]), (&false.into(), &"tcp".into()));
    let ran = home.account(&["change", "work", "--port", "2"], "").ends(75);
    assert!(ran.err.contains("nothing was saved"), "{}", ran.err);
    assert!(home.account(&[&new[..], &["--offline"]].concat(), "").ends(2).err.contains("--no-check"));
    assert_eq!(home.text(), CONFIG);
}

/// A password goes where it is told to and nowhere else: not to the screen, and the file is then its owner's alone.
#[test]
fn a_password_is_piped_in() {
    let home = Home::new(CONFIG);
    std::fs::set_permissions(home.config(), std::fs::Permissions::from_mode(0o644)).unwrap();
    let new = ["add", "eve@club.example", "--host", "h.example", "--no-check", "--password-stdin"];
    let ran = home.account(&[&new[..], &["--plain"]].concat(), "hunter2 \"x\"\nmore").ends(0);
    assert!(!ran.out.contains("hunter2") && !ran.err.contains("hunter2"), "{ran:?}");
    assert!(ran.err.contains("warning: accounts.club.imap.password"), "{}", ran.err);
    assert!(home.text().contains("password = 'hunter2 \"x\"'\n"), "{}", home.text());
    assert_eq!(std::fs::metadata(home.config()).unwrap().permissions().mode() & 0o777, 0o600);
    home.account(&["change", "club", "--prompt", "--no-check"], "").ends(0);
    assert!(!home.text().contains("hunter2"));
    // There is no keyring in a test: then nothing is saved.
    let before = home.text();
    let ran = home
        .account(&["add", "b@c.example", "--host", "h", "--no-check", "--password-stdin", "--keyring"], "hunter2\n");
    let ran = ran.ends(1);
    assert!(ran.err.contains("keyring") && !ran.err.contains("hunter2"), "{}", ran.err);
    assert_eq!(home.text(), before);
}

/// What waits for a server is never thrown away unasked, and the mail goes with its account unless it is to stay.
#[test]
fn an_account_goes_with_its_mail() {
    let home = Home::filled();
    home.run("archive 1 --offline").ends(0);
    let ran = home.account(&["remove", "work", "--yes"], "").ends(1);
    assert!(ran.err.contains("2 messages (0 MB) and 1 change that waits for the server"), "{}", ran.err);
    assert_eq!(home.text(), CONFIG);
    home.account(&["remove", "work", "--yes", "--discard-queue", "--keep-mail"], "").ends(0);
    let left = home.run("account list").ends(0).out;
    assert!(left.ends_with("work\t\t\t\t\tleft behind, 2 messages (0 MB)\n"), "{left}");
    // A new account does not come to another one's mail by its name.
    let add = ["add", "eve@work.example", "--host", "h.example", "--prompt", "--no-check"];
    let ran = home.account(&[&add[..], &["--name", "Work"]].concat(), "").ends(2);
    assert!(ran.err.contains("still on the disk") && ran.err.contains("account remove work"), "{}", ran.err);
    assert!(home.account(&add, "").ends(0).out.contains("account work2 in"));
    home.account(&["remove", "work2", "--yes"], "").ends(0);
    home.account(&["remove", "work", "--yes"], "").ends(0);
    let json = home.run("account list --json").ends(0).json();
    assert_eq!(json.as_array().unwrap().len(), 1, "{json}");
    assert_eq!((&json[0]["name"], &json[0]["messages"]), (&"home".into(), &1.into()));
    assert!(home.run("list --offline").ends(0).out.contains("photos"), "the other account is as it was");
}

/// What other programs know is listed, and taken over when that is said; nothing in their files is run.
#[test]
fn accounts_of_other_programs() {
    let home = Home::new(CONFIG);
    let place = |name: &str, text: &str| {
        let path = home.dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    assert!(home.account(&["import"], "").ends(1).err.contains("no account was found"));
    let aerc = include_str!("../../data/import/aerc.conf");
    place(".config/aerc/accounts.conf", aerc);
    let hostile =
        format!("set imap_pass=`touch {}/run`\nset folder=imaps://eve@evil.example/\n", home.dir.path().display());
    place(".muttrc", &hostile);
    let ran = home.account(&["import"], "").ends(0);
    assert!(ran.out.contains("google\tada.l@gmail.com\timap.gmail.com\taerc\t"), "{}", ran.out);
    assert!(ran.err.contains("nothing was saved: --all takes them all"), "{}", ran.err);
    assert_eq!(home.text(), CONFIG);
    assert!(!home.dir.path().join("run").exists());

    let ran = home.account(&["import", "aerc", "--all", "--no-check", "--json"], "").ends(2);
    let rows = ran.json();
    let row = |name: &str| rows.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap();
    assert_eq!((&row("google")["saved"], &row("google")["secret"]), (&true.into(), &"token_command".into()));
    assert!(row("plain")["reason"].as_str().unwrap().contains("--keyring or --plain"), "{rows}");
    assert!(!ran.out.contains("h#nter2") && !home.text().contains("h#nter2"));
    let text = home.text();
    assert!(
        text.starts_with(CONFIG) && text.contains("[accounts.google.imap]\nhost = \"imap.gmail.com\"\ntoken_command"),
        "{text}"
    );
    assert!(text.contains("[accounts.\"Work- day\".smtp]\nhost = \"smtp.example.org\"\n"), "{text}");
    assert!(text.contains("[accounts.\"Work- day\".folders]\narchive = \"Archive/All\"\nsent = \"Sent\"\n"), "{text}");
    let ran = home.account(&["import", "aerc", "--all", "--no-check", "--plain"], "");
    assert!(ran.out.contains("it is here already as \"google\""), "{}", ran.out);
    assert!(home.text().contains("password = \"h#nter2\""), "{}", home.text());
    assert!(home.account(&["import", "mbsync", "/nowhere"], "").ends(1).err.contains("No such file"));
}
