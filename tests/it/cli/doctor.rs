//! `doctor`: what is wrong on this machine, and a report of it that says nothing about whose it is.

use std::os::unix::fs::PermissionsExt;

use posthaste::dir_lock::Access;
use posthaste::mail::folder::Role;
use posthaste::store::Cache;

use super::{CONFIG, Home, folder, message, put_folders};
use crate::support::secrets::assert_hidden;

/// Everything that somebody may have to hide, in all the places where it can stand.
const PRIVATE: &str = r#"
[accounts.kestrel]
email = "dana.whitfield@kestrel-labs.example"
name = "Dana Whitfield"
identities = [{ email = "press@kestrel-press.example" }]
[accounts.kestrel.imap]
host = "mx7.kestrel-labs.example"
port = 1
user = "dwhit77"
password = "correct-horse-9"
[accounts.kestrel.folders]
archive = "Ablage"

[accounts.nightjar]
email = "n.osei@gmail.com"
[accounts.nightjar.imap]
host = "imap.gmail.com"
password_command = "pass show nightjar/osei"

[accounts.gone]
enabled = false
email = "old@heron.example"
[accounts.gone.imap]
host = "imap.heron.example"
prompt = true

[notices]
vip = ["mum@family.example"]
"#;

/// None of these may be in the report, in whatever case.
const HIDDEN: [&str; 25] = [
    "kestrel",
    "whitfield",
    "dana",
    "dwhit77",
    "press@",
    "mx7",
    "correct-horse-9",
    "ablage",
    "nightjar",
    "osei",
    "heron",
    "old@",
    "mum@",
    "family.example",
    "pass show",
    "acquisition",
    "/clients",
    "siskin",
    "203.0.113.9",
    "2001:db8",
    "12345",
    "subject of a mail",
    "eyjhbgcioijiuzi1nij9abc",
    "other-host.example",
    "/srv/private",
];

const LOGGED: &str = "\
2026-11-20T08:00:00.000000Z  INFO posthaste::sync: kestrel: signed in as dwhit77 at mx7.kestrel-labs.example (203.0.113.9)
2026-11-20T08:00:01.000000Z  WARN posthaste::sync: Clients/Acquisition: NO [ALERT] \"Subject of a mail\" mum@family.example
2026-11-20T08:00:02.000000Z ERROR posthaste::auth: eyJhbGciOiJIUzI1NiJ9abc refused by other-host.example:993 over 2001:db8::9
2026-11-20T08:00:03.000000Z  WARN posthaste::store: cannot write /srv/private/x.db: 12345 messages wait ``` correct-horse-9
";

/// A report for others: the version, a line a check, the end of the log, and nothing that says whose it is.
#[test]
fn a_report_says_nothing_about_whose_it_is() {
    let home = Home::new(PRIVATE);
    let paths = home.paths();
    paths.create().unwrap();
    std::fs::write(paths.log(), LOGGED).unwrap();
    let mut writer = Cache::open(&paths.cache, Access::Owner).unwrap().writer().unwrap();
    let folders = [
        folder("INBOX", Some(Role::Inbox)),
        folder("Ablage", Some(Role::Archive)),
        folder("Clients/Acquisition", None),
    ];
    let inbox = put_folders(&mut writer, "kestrel", &folders);
    let mail: Vec<_> = (1..=23).map(|uid| message(uid, "Mum", "subject of a mail")).collect();
    writer.put_messages(inbox, &mail).unwrap();
    let left = put_folders(&mut writer, "siskin", &folders[..1]);
    writer.put_messages(left, &[message(1, "Mum", "photos")]).unwrap();
    drop(writer);
    let ran = home.run("doctor --report --offline").ends(0);
    let report = ran.out.to_lowercase();
    for hidden in HIDDEN {
        assert!(!report.contains(hidden), "{hidden} is in {}", ran.out);
    }
    assert!(!report.contains(&home.dir.path().to_string_lossy().to_lowercase()), "{}", ran.out);
    assert_hidden(&["correct-horse-9".to_owned()], "the report", ran.out.as_bytes());
    for shown in [
        "### posthaste doctor\n\n```text\nposthaste 0",
        "\nok    config: <config>, 2 accounts and 1 disabled\n",
        "\nok    cache: <cache>/cache.db, 1 MB, ~20 messages of 2 accounts, schema ",
        "\nwarn  left behind: in no config any more, and still here: <account-4>: 1 message",
        "INFO posthaste::sync: <account-1>: signed in as <user> at <host-1> (<ip>)\n",
        "ERROR posthaste::auth: <token> refused by <host>:993 over <ip>\n",
    ] {
        assert!(ran.out.contains(shown), "{shown} in {}", ran.out);
    }
    assert!(ran.out.ends_with("\n```\n") && ran.out.matches("```").count() == 2, "{}", ran.out);
    assert!(ran.err.contains("nothing was sent anywhere"), "{}", ran.err);
    assert!(home.run("doctor --report --json").ends(2).err.contains("leave --json out"));
}

/// Of a config that cannot be read the place of the mistake is told, and nothing that stands in it.
#[test]
fn a_report_of_a_broken_config() {
    let ran = Home::new("[accounts.kestrel]\nemail = dana@kestrel.example\n").run("doctor --report").ends(1);
    assert!(ran.out.contains("fail  config: <config>:2:"), "{}", ran.out);
    assert!(!ran.out.contains("kestrel") && !ran.out.contains("dana"), "{}", ran.out);
}

/// Room on the disk, the state of cache and journal, the keyring and the notices have lines, and what is wrong has advice.
#[test]
fn doctor_looks_at_the_machine() {
    let home = Home::filled();
    let ran = home.run("doctor --offline").ends(0);
    for start in ["ok    disk: ", "ok    cache: ", "ok    keyring: no account uses one", "ok    notices: "] {
        assert!(ran.out.lines().any(|line| line.starts_with(start)), "{start} in {ran:#?}");
    }
    assert!(ran.out.contains(", sound\n") && !ran.out.contains("left behind"), "{}", ran.out);
    let config = CONFIG
        .replacen("password_command = \"echo secret\"", "keyring = true", 1)
        .replace("[accounts.home", "[accounts.other");
    std::fs::write(home.config(), config).unwrap();
    std::fs::set_permissions(home.config(), std::fs::Permissions::from_mode(0o666)).unwrap();
    let cache = home.paths().cache.join("cache.db");
    std::fs::set_permissions(&cache, std::fs::Permissions::from_mode(0o644)).unwrap();
    let late = std::time::SystemTime::now() + std::time::Duration::from_mins(150);
    std::fs::File::options().append(true).open(&cache).unwrap().set_modified(late).unwrap();
    let ran = home.run("doctor --offline").ends(1);
    for line in [
        "fail  keyring: ",
        "; work cannot sign in without it -- ",
        "warn  left behind: in no config any more, and still here: home: 1 message (0 MB) -- \"posthaste account remove home\"",
        "(mode 0666), and with it the commands that are run -- run chmod go-w ",
        "(mode 0644) -- run chmod 600 ",
        "warn  clock: it stands 2 hours before the last change of the files here -- ",
    ] {
        assert!(ran.out.contains(line), "{line} in {}", ran.out);
    }
}

/// A cache with damage in the middle is found by reading through it.
#[test]
fn doctor_finds_damage() {
    use std::os::unix::fs::FileExt;
    let home = Home::filled();
    let path = home.paths().cache.join("cache.db");
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    let length = file.metadata().unwrap().len();
    for page in 4..length / 4096 {
        file.write_all_at(&[0xff; 64], page * 4096).unwrap();
    }
    let ran = home.run("doctor --offline").ends(1);
    let line = ran.out.lines().find(|line| line.starts_with("fail  cache: ")).unwrap_or_default();
    assert!(line.contains("it can be deleted"), "{}", ran.out);
}

/// An account that is disabled is known: commands say so, and what is left behind of others can be removed.
#[test]
fn accounts_that_are_not_there() {
    let home = Home::filled();
    let config =
        CONFIG.replacen("email = ", "enabled = false\nemail = ", 1).replace("[accounts.home", "[accounts.other");
    std::fs::write(home.config(), config).unwrap();
    for line in ["list -a work", "sync -a work", "account check work", "folders -a work", "doctor -a work --offline"] {
        let ran = home.run(line).ends(2);
        assert_eq!(
            ran.err,
            "posthaste: the account \"work\" is disabled; \"posthaste account enable work\" lets it sync again\n",
            "{line}"
        );
    }
    let json = home.run("account list --json").ends(0).json();
    let states: Vec<_> =
        json.as_array().unwrap().iter().map(|row| (row["name"].as_str(), row["state"].as_str())).collect();
    let state = |name, word| (Some(name), Some(word));
    assert_eq!(states, [state("other", "enabled"), state("work", "disabled"), state("home", "left behind")]);
    assert_eq!(home.run("account remove home --yes").ends(0).out, "removed: account home\n");
    assert_eq!(home.run("account list --json").ends(0).json().as_array().unwrap().len(), 2);
    assert!(home.run("account remove home --yes").ends(2).err.contains("home"));
}

/// A beginner is sent to where accounts are added, not to a file to write.
#[test]
fn a_beginner_is_sent_to_the_wizard() {
    let home = Home::new("");
    let told = home.run("doctor").out;
    assert!(told.contains("has no account") && told.contains("posthaste account add ADDRESS"), "{told}");
    std::fs::remove_file(home.config()).unwrap();
    let told = home.run("doctor").out;
    assert!(told.contains("fail  config: ") && told.contains("run \"posthaste\": it asks for your address"), "{told}");
}
