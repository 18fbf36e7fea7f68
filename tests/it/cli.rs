//! The program as a script runs it: exit codes, messages, JSON shapes, on a cache that was filled beforehand.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot set up or find a value is to fail"
)]

mod accounts;
mod beside;
mod discover;
mod doctor;
mod letter;
mod looks;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use posthaste::config::paths::Paths;
use posthaste::demo::server::Options;
use posthaste::dir_lock::Access;
use posthaste::mail::flags::{FLAGGED, Flags, SEEN};
use posthaste::mail::folder::{Namespace, Role, ServerFolder};
use posthaste::mail::message::{Address, Envelope, NewMessage};
use posthaste::mail::rights::Rights;
use posthaste::mail::{FolderId, Uid, UidValidity, UnixTime};
use posthaste::store::{Cache, SyncState, Writer};
use serde_json::Value;

use crate::engine::search::deliver;
use crate::support::engine::Embedded;
use crate::support::program::{configure, run};

const CONFIG: &str = r#"
[accounts.work]
email = "ada@example.org"
[accounts.work.imap]
host = "127.0.0.1"
port = 1
security = "none"
password_command = "echo secret"

[accounts.home]
email = "ada@home.example"
[accounts.home.imap]
host = "127.0.0.1"
port = 1
security = "none"
password_command = "echo secret"
"#;

const BODY: &str = "From: Dana Whitfield <dana@acme.example>\r\nTo: ada@example.org\r\nSubject: Q3 numbers\r\n\
    Date: Tue, 14 Nov 2023 22:13:20 +0000\r\nMessage-ID: <q3@acme.example>\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nCan you check slide 4?\x1b[2J\r\n\
    --b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"../q3.pdf\"\r\n\r\nPDF\r\n--b--\r\n";

/// A home for the program, with a config.
struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    fn new(config: &str) -> Self {
        let home = Self { dir: tempfile::tempdir().unwrap() };
        std::fs::write(home.config(), config).unwrap();
        home
    }

    /// With a cache: work has two messages in its inbox, an archive and a project; home has one message.
    fn filled() -> Self {
        let home = Self::new(CONFIG);
        let paths = home.paths();
        paths.create().unwrap();
        let mut writer = Cache::open(&paths.cache, Access::Owner).unwrap().writer().unwrap();
        let folders = [
            folder("INBOX", Some(Role::Inbox)),
            folder("Archive", Some(Role::Archive)),
            folder("Trash", Some(Role::Trash)),
            folder("Projects/atlas", None),
        ];
        let work = put_folders(&mut writer, "work", &folders);
        let mut numbers = message(1, "Dana Whitfield", "Q3 numbers");
        "q3@acme.example".clone_into(&mut numbers.envelope.message_id);
        let mut old = message(2, "Build\u{9b}bot\tx", "release \u{202e}failed");
        old.flags = Flags { system: SEEN | FLAGGED, ..Flags::default() };
        let ids = writer.put_messages(work, &[numbers, old]).unwrap().ids;
        writer.put_body(ids[0], BODY.as_bytes(), true, None, Some(true)).unwrap();
        let inbox = put_folders(&mut writer, "home", &folders[..1]);
        writer.put_messages(inbox, &[message(3, "Mum", "photos")]).unwrap();
        home
    }

    fn config(&self) -> PathBuf {
        self.dir.path().join("config.toml")
    }

    fn paths(&self) -> Paths {
        Paths::under(self.dir.path())
    }

    fn run(&self, line: &str) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_posthaste"))
            .args(line.split(' ').filter(|word| !word.is_empty()))
            .env_clear()
            .env("HOME", self.dir.path())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("POSTHASTE_HOME", self.dir.path())
            .env("POSTHASTE_CONFIG", self.config())
            .env("TZ", "UTC")
            .output()
            .unwrap();
        Ran::new(output)
    }
}

/// What a run came to.
#[derive(Debug)]
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn new(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let code = output.status.code().unwrap();
        Self { code, out: text(output.stdout), err: text(output.stderr) }
    }

    #[track_caller]
    fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    #[track_caller]
    fn json(&self) -> Value {
        let value = serde_json::from_str(&self.out);
        assert!(value.is_ok(), "{self:#?}");
        value.unwrap()
    }

    /// Nothing in what was printed can steer a terminal.
    #[track_caller]
    fn is_safe(&self) -> &Self {
        let steers = |c: char| c.is_control() && !"\n\t".contains(c) || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!self.out.contains(steers) && !self.err.contains(steers), "{self:?}");
        self
    }
}

fn folder(raw: &str, role: Option<Role>) -> ServerFolder {
    ServerFolder {
        raw: raw.to_owned(),
        name: raw.to_owned(),
        delimiter: Some('/'),
        role,
        selectable: true,
        subscribed: true,
        namespace: Namespace::Personal,
    }
}

/// Makes an account with these folders; gives its inbox, opened.
fn put_folders(writer: &mut Writer, name: &str, folders: &[ServerFolder]) -> FolderId {
    let account = writer.account(name).unwrap();
    writer.put_folders(account, folders).unwrap();
    let inbox = writer.reader().folder_by_role(account, Role::Inbox).unwrap().unwrap();
    let state = SyncState { uid_validity: Some(UidValidity(7)), complete: true, ..SyncState::default() };
    writer.put_sync_state(inbox, &state).unwrap();
    inbox
}

fn message(uid: u32, from: &str, subject: &str) -> NewMessage {
    let address = |name: &str| Address { name: name.to_owned(), address: "x@acme.example".to_owned() };
    NewMessage {
        uid: Uid(uid),
        flags: Flags::default(),
        received: UnixTime(1_700_000_000 - i64::from(uid)),
        size: 1000,
        envelope: Envelope {
            message_id: format!("m{uid}@x"),
            subject: subject.to_owned(),
            from: vec![address(from)],
            to: vec![address("Ada")],
            ..Envelope::default()
        },
        modseq: None,
    }
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// DESIGN.md, section 6: `folders --json` has exactly these keys.
#[test]
fn folders_as_json() {
    let home = Home::filled();
    let ran = home.run("folders --json").ends(0);
    let json = ran.json();
    assert_eq!(json.as_array().unwrap().len(), 5);
    assert_eq!(
        json[0],
        serde_json::json!({"account": "work", "name": "INBOX", "role": "inbox", "messages": 2, "unread": 1})
    );
    assert_eq!(json[3]["role"], Value::Null);
    assert!(ran.err.contains("this is what the cache holds"), "{}", ran.err);
    assert_eq!(home.run("folders -a home --json").ends(0).json().as_array().unwrap().len(), 1);
    assert_eq!(
        home.run("folders -a hone").ends(2).err,
        "posthaste: there is no account \"hone\"; did you mean \"home\"?\n"
    );
    assert!(home.run("folders").ends(0).out.starts_with("work\tINBOX\tinbox\t1 unread of 2\n"));
}

/// DESIGN.md, section 6: `list --json` has exactly these keys; values are the message's own, the terminal is safe.
#[test]
fn list_as_json() {
    let home = Home::filled();
    let ran = home.run("list --json --offline").ends(0);
    ran.is_safe();
    let json = ran.json();
    let wanted =
        ["account", "date", "flags", "folder", "from", "id", "message_id", "pending", "size", "subject", "to", "uid"];
    let mut found = keys(&json[0]);
    found.sort_unstable();
    assert_eq!(found, wanted);
    assert_eq!(json.as_array().unwrap().len(), 3, "the inboxes of all accounts");
    assert_eq!(json[0]["date"], "2023-11-14T22:13:19Z");
    assert_eq!(json[0]["message_id"], "q3@acme.example");
    assert_eq!(json[0]["from"], serde_json::json!([{"name": "Dana Whitfield", "address": "x@acme.example"}]));
    assert_eq!(json[1]["subject"], "release \u{202e}failed", "JSON keeps the value");
    assert_eq!(json[1]["flags"], serde_json::json!(["\\Seen", "\\Flagged"]));
    assert_eq!(ran.err, "offline: this is what the cache holds\n");
}

/// Lines for people: one a message, fields with tabs between them, state in words; nothing a sender wrote breaks that.
#[test]
fn list_for_people() {
    let home = Home::filled();
    let ran = home.run("list -a work").ends(0);
    ran.is_safe();
    let lines: Vec<Vec<&str>> = ran.out.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0][1..3], ["2023-11-14 22:13", "work/INBOX"]);
    assert_eq!(lines[0][3..], ["unread,attachment", "Dana Whitfield", "Q3 numbers"]);
    assert_eq!(lines[1].len(), 6);
    assert_eq!(lines[1][3], "starred");
    assert_eq!(home.run("list -q DANA").ends(0).out.lines().count(), 1);
    assert_eq!(home.run("list -n 1").ends(0).out.lines().count(), 1);
    assert_eq!(home.run("list -f projects/ATLAS").ends(0).out, "");
    let wrong = home.run("list -f Projects/atls").ends(2);
    assert_eq!(wrong.err, "posthaste: there is no folder \"Projects/atls\"; did you mean \"Projects/atlas\"?\n");
}

/// `search` speaks the language of queries, prints as `list` does, and points at a mistake.
#[test]
fn search_what_is_cached() {
    let home = Home::filled();
    let ids = |line: &str| {
        let ran = home.run(&format!("search --offline --json {line}")).ends(0);
        ran.is_safe();
        assert_eq!(ran.err, "offline: this is what the cache holds\n");
        ran.json().as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(ids("from:dana"), [1]);
    assert_eq!(ids("q3 or release"), [1, 2]);
    assert_eq!(ids("is:starred -dana"), [2]);
    assert_eq!(ids("account:home"), [3]);
    assert_eq!(ids("-account:home --limit 1"), [1]);
    assert_eq!(ids("nowhere"), Vec::<i64>::new());
    let wrong = home.run("search --offline q3 frm:dana").ends(2);
    let lines: Vec<&str> = wrong.err.lines().collect();
    assert!(lines[0].contains("from:"), "{}", wrong.err);
    assert_eq!(lines[1..], ["  q3 frm:dana", "     ^^^"]);
    assert!(home.run("search --help").ends(0).out.contains("has:attachment"));
}

/// What the cache does not know is asked of the server, and what it found is in the list; with the server away the cache
/// answers, and the exit code says so.
#[test]
fn search_what_the_server_has() {
    let server = Embedded::start(Options::default(), &["m1"]);
    deliver(&server, "INBOX", "m2", "a needle");
    let home = server.home();
    configure(&home);
    assert_eq!(run(&home, "sync").code, 0);
    let cached = run(&home, "search --offline needle");
    assert_eq!((cached.code, cached.out.as_str()), (0, ""));
    let found = run(&home, "search needle");
    assert_eq!(found.out.lines().count(), 1, "{found:?}");
    assert!(found.out.contains("m2") && found.err.contains("work: the server searched"), "{found:?}");
    let all = run(&home, "search subject:m1");
    assert_eq!((all.code, all.err.as_str()), (0, ""), "nothing to ask: {all:?}");
    drop(server);
    let away = run(&home, "search m1 or needle");
    assert_eq!((away.code, away.out.lines().count()), (75, 1), "{away:?}");
    assert!(away.err.contains("there is no connection"), "{away:?}");
}

/// `read` prints the cached text with no control byte and no path in a file's name; without the body it says so, 75.
#[test]
fn read_a_message() {
    let home = Home::filled();
    let ran = home.run("read 1").ends(0);
    ran.is_safe();
    assert!(ran.out.starts_with("Subject: Q3 numbers\nFrom: Dana Whitfield <dana@acme.example>\n"), "{}", ran.out);
    assert!(ran.out.contains("Can you check slide 4?"), "{}", ran.out);
    let json = home.run("read 1 --json").ends(0).json();
    assert_eq!(json["id"], 1);
    assert_eq!(json["headers"]["date"], "2023-11-14T22:13:20Z");
    assert!(json["text"].as_str().unwrap().starts_with("Can you check slide 4?"));
    assert_eq!(json["parts"].as_array().unwrap().len(), 1);
    assert_eq!((&json["parts"][0]["type"], &json["parts"][0]["size"]), (&"application/pdf".into(), &3.into()));
    assert!(!json["parts"][0]["name"].as_str().unwrap().contains('/'));
    let missing = home.run("read 2 --offline").ends(75);
    assert!(missing.err.ends_with("the text of message 2 is not in the cache; without --offline it is fetched\n"));
    assert_eq!(home.run("read 99").ends(1).err, "posthaste: there is no message 99 in the cache\n");
}

/// A change made offline is queued, shows at once, and can be taken back: also by another run of the program.
#[test]
fn change_offline_and_take_it_back() {
    let home = Home::filled();
    let ran = home.run("flag 1 +seen +$Work --offline").ends(0);
    assert_eq!(ran.out, "queued: Flagged 1 message: +\\Seen +$Work (change 1)\n");
    let both = home.run("archive 1 3 --offline").ends(0);
    assert_eq!(both.out, "queued: Archived 1 message (change 2)\nqueued: Archived 1 message (change 3)\n");
    let folders = home.run("folders --json").ends(0).json();
    let made = |folder: &&Value| folder["account"] == "home" && folder["name"] == "Archive";
    assert!(folders.as_array().unwrap().iter().any(|f| made(&f)), "home had no archive: one is made");
    home.run("undo 3 --offline").ends(0);
    home.run("undo 2 --offline").ends(0);
    let json = home.run("move 1 2 Projects/atlas --offline --json").ends(0).json();
    assert_eq!((&json[0]["state"], &json[0]["summary"]), (&"queued".into(), &"Moved 2 messages to atlas".into()));
    let listed = home.run("list -f Projects/atlas --json").ends(0).json();
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert_eq!((&listed[0]["pending"], &listed[0]["uid"]), (&true.into(), &Value::Null));
    assert_eq!(listed[0]["flags"], serde_json::json!(["\\Seen", "$Work"]));
    assert_eq!(home.run("list -a work").ends(0).out, "");

    let undone = home.run("undo --offline").ends(0);
    assert!(undone.out.starts_with("done: Undone: Moved 2 messages to atlas"), "{}", undone.out);
    assert_eq!(home.run("list -a work").ends(0).out.lines().count(), 2);
    assert!(home.run("list -a work").ends(0).out.contains("$Work,attachment,pending"));
}

/// DESIGN.md, section 6: rules from the command line, with exactly these keys; a mistake adds none.
#[test]
fn rules_are_listed_added_and_removed() {
    let home = Home::new(CONFIG);
    assert_eq!(home.run("rule list").out, "");
    assert_eq!(
        home.run("rule add --from News@Shop.example archive").out,
        "added: mail from news@shop.example is archived\n"
    );
    let added = home.run("rule add --list <rust.example> -a work move Lists/rust");
    assert_eq!(added.out, "added: mail of the list rust.example goes to Lists/rust (work)\n");
    for wrong in [
        "archive",
        "--from a@x move",
        "--from a@x read Folder",
        "--from a@x -a nobody read",
        "--from a@x --list b read",
    ] {
        assert_eq!(home.run(&format!("rule add {wrong}")).code, 2, "{wrong}");
    }
    assert_eq!(home.run("rule add --from news@shop.example archive").code, 1, "it is there already");
    assert_eq!(home.run("rule add --from nobody read").code, 1);
    let listed: Value = serde_json::from_str(&home.run("rule list --json").out).unwrap();
    assert_eq!(keys(&listed[0]), ["account", "do", "folder", "from", "list", "number"]);
    assert_eq!((&listed[1]["do"], &listed[1]["folder"]), (&Value::from("move"), &Value::from("Lists/rust")));
    assert_eq!(home.run("rule remove 3").code, 2);
    assert_eq!(home.run("rule remove 1").code, 0);
    assert_eq!(home.run("rule list").out, "1: mail of the list rust.example goes to Lists/rust (work)\n");
}

/// Nothing is changed when half of what was asked for makes no sense.
#[test]
fn wrong_changes_change_nothing() {
    let home = Home::filled();
    let gone = home.run("trash 1 99 --offline").ends(1);
    assert_eq!(gone.err, "posthaste: there is no message 99 in the cache; nothing was changed\n");
    assert!(home.run("move 1 Nowhere --offline").ends(2).err.contains("there is no folder \"Nowhere\""));
    assert!(home.run("flag 1 seen --offline").ends(2).err.contains("neither a message's number nor +FLAG nor -FLAG"));
    assert_eq!(home.run("undo --offline").ends(1).err, "posthaste: there is no change to take back\n");
    assert!(!home.run("list").ends(0).out.contains("pending"));
}

/// Wrong use is 2, with clap's usage; help and version are 0.
#[test]
fn wrong_use() {
    let home = Home::new(CONFIG);
    assert!(home.run("lst").ends(2).err.contains("list"), "the nearest command is named");
    assert!(home.run("read").ends(2).err.contains("Usage: posthaste read"));
    assert!(home.run("sync --offline").ends(2).err.contains("sync needs the network"));
    assert!(home.run("--help").ends(0).out.contains("Exit codes: 0 done"));
    assert!(home.run("--version").ends(0).out.starts_with("posthaste "));
    assert_eq!(home.run("list").ends(1).err, "posthaste: nothing is cached yet: \"posthaste sync\" fetches the mail\n");
}

/// A wrong config is 2 for every command that needs it, and names the place; the ones that help to repair it work.
#[test]
fn wrong_config() {
    let home = Home::new("[accounts.work]\nemial = \"ada@example.org\"\n");
    let place = home.config().display().to_string();
    let text = format!("{place}:2:1: accounts.work.emial: there is no such key here; did you mean \"email\"?");
    for line in ["list", "sync", "account list", "account check", "config check", "undo"] {
        assert_eq!(home.run(line).ends(2).err, format!("posthaste: {text}\n"), "{line}");
    }
    let json = home.run("config check --json").ends(2).json();
    assert_eq!(
        (&json["ok"], &json["error"]["line"], &json["error"]["nearest"]),
        (&false.into(), &2.into(), &"email".into())
    );
    assert_eq!(home.run("config path").ends(0).out, format!("{place}\n"));
    let example = home.run("config default").ends(0).out;
    std::fs::write(home.config(), example).unwrap();
    assert!(home.run("config check").ends(0).out.ends_with("is right, 2 accounts: work, home\n"));
    let schema = home.run("config schema").ends(0).json();
    assert_eq!(schema["title"], "posthaste config");
    std::fs::remove_file(home.config()).unwrap();
    assert!(home.run("list").ends(2).err.contains("there is no config at"));
}

/// Accounts in the order of the file; never a password.
#[test]
fn accounts() {
    let home = Home::new(&CONFIG.replace("password_command = \"echo secret\"", "password = \"hunter2\""));
    let ran = home.run("account list --json").ends(0);
    assert_eq!((&ran.json()[0]["name"], &ran.json()[1]["name"]), (&"work".into(), &"home".into()));
    assert!(!ran.out.contains("hunter2") && !ran.err.contains("hunter2"));
    assert!(ran.err.contains("warning: accounts.work.imap.password: the password stands in the config file"));
    assert!(ran.err.contains("others may read it") || !is_loose(&home.config()));
}

fn is_loose(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o077 != 0
}

/// Completions for each shell, and the man page, from the same table as the commands.
#[test]
fn completions_and_man() {
    let home = Home::new(CONFIG);
    for shell in ["bash", "zsh", "fish"] {
        assert!(home.run(&format!("completions {shell}")).ends(0).out.contains("archive"), "{shell}");
    }
    let page = home.run("man").ends(0).out;
    assert!(page.contains(".SH KEYS") && page.contains("posthaste archive"));
}

/// `log` says where the log is, also before there is one.
#[test]
fn log_says_where_it_is() {
    let home = Home::new(CONFIG);
    let ran = home.run("log --trace").ends(0);
    assert_eq!(ran.out, "");
    assert!(ran.err.contains("trace.log") && ran.err.contains("POSTHASTE_LOG=trace"), "{}", ran.err);
    home.paths().create().unwrap();
    std::fs::write(home.paths().log(), "one\ntwo \u{1b}[2J\nthree\n").unwrap();
    let ran = home.run("log -n 2").ends(0);
    ran.is_safe();
    assert_eq!(ran.out.lines().count(), 2);
    assert!(ran.out.ends_with("three\n"));
}

/// `doctor` has a line a check, goes on behind what fails, and says what to do; a server that is away ends with 75.
#[test]
fn doctor_and_account_check() {
    let home = Home::filled();
    let ran = home.run("doctor").ends(75);
    for start in [
        "ok    config: ",
        "ok    permissions: ",
        "ok    cache: ",
        "ok    journal: ",
        "ok    work: dns: 127.0.0.1 is ",
        "fail  work: tcp: ",
        "fail  home: tcp: ",
        "warn  terminal: ",
    ] {
        assert!(ran.out.lines().any(|line| line.starts_with(start)), "{start} in {ran:#?}");
    }
    let json = home.run("doctor --json --offline").ends(0).json();
    let mut found = keys(&json[0]);
    found.sort_unstable();
    assert_eq!(found, ["account", "advice", "check", "found", "state"]);
    let json = home.run("account check home --json").ends(75).json();
    assert!(json.as_array().unwrap().iter().all(|finding| finding["account"] == "home"));
    assert_eq!(json[1]["state"], "fail");
    assert!(home.run("account check hom").ends(2).err.contains("did you mean \"home\"?"));
}

/// `doctor` works where the config does not, and FL07: it names directories that others may look into.
#[test]
fn doctor_finds_what_is_wrong() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new("nonsense");
    home.paths().create().unwrap();
    let data = home.paths().data;
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o755)).unwrap();
    let ran = home.run("doctor").ends(1);
    assert!(ran.out.starts_with("fail  config: "), "{}", ran.out);
    let shown = data.display();
    let line = format!("warn  permissions: others may look into {shown} (mode 0755) -- run chmod 700 {shown}");
    assert!(ran.out.lines().any(|found| found == line), "{}", ran.out);
}

/// What rights do not allow ends with 1 and the reason, before anything is queued; messages beside it stay as they are.
#[test]
fn rights_forbid_a_change() {
    let home = Home::filled();
    let mut writer = Cache::open(&home.paths().cache, Access::Owner).unwrap().writer().unwrap();
    let account = writer.account("work").unwrap();
    let team = ServerFolder { namespace: Namespace::Other, ..folder("shared/bob/Team", None) };
    let names = [("INBOX", Some(Role::Inbox)), ("Archive", Some(Role::Archive)), ("Trash", Some(Role::Trash))];
    let mut folders: Vec<ServerFolder> = names.into_iter().map(|(raw, role)| folder(raw, role)).collect();
    folders.push(team);
    writer.put_folders(account, &folders).unwrap();
    let team = writer.reader().folder_by_raw(account, "shared/bob/Team").unwrap().unwrap();
    let state = SyncState { uid_validity: Some(UidValidity(7)), complete: true, ..SyncState::default() };
    writer.put_sync_state(team, &state).unwrap();
    let id = writer.put_messages(team, &[message(9, "Bob", "plan")]).unwrap().ids[0].0;
    writer.put_rights(&[(team, Rights::parse("lrs"))]).unwrap();
    drop(writer);
    let why = "does not give you that right: you may not";
    for (line, word, more) in [
        (format!("archive {id}"), "archive here", ""),
        (format!("archive 1 {id} 2"), "archive here", " (1 of 3 messages; all stay as they are)"),
        (format!("trash {id}"), "delete here", ""),
        (format!("move {id} Archive"), "move messages out of it", ""),
        ("move 1 shared/bob/Team".to_owned(), "put messages into it", ""),
        (format!("flag {id} +flagged"), "star or tag messages", ""),
    ] {
        let ran = home.run(&format!("{line} --offline")).ends(1);
        assert!(ran.err.ends_with(&format!("Team {why} {word}{more}\n")), "{line}: {}", ran.err);
    }
    home.run(&format!("flag {id} +seen --offline")).ends(0);
    let waiting = home.run("undo --offline").ends(0);
    assert!(waiting.out.contains("Marked 1 message") || waiting.out.contains("Flagged 1 message"), "{}", waiting.out);
    assert_eq!(home.run("undo --offline").ends(1).err, "posthaste: there is no change to take back\n");
}
