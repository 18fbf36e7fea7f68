//! The program against Dovecot: what others share, and what is full, as a script and as `doctor` see it.

use serde_json::Value;

use super::{oauth, sharing};
use crate::support::dovecot::{Dovecot, Options, PASSWORD, available};
use crate::support::engine::{Home, account, mail};
use crate::support::program::{Ran, configure, run};
use crate::support::provider::{CLIENT, CLIENT_SECRET, Provider};

fn home(server: &Dovecot) -> Home {
    let home = Home::new(vec![account("work", server.addr(), "ada", PASSWORD)]);
    configure(&home);
    home
}

#[track_caller]
fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:#?}"))
}

/// The number of the message with this id, in this folder.
#[track_caller]
fn number(home: &Home, folder: &str, id: &str) -> String {
    let listed = json(&run(home, &format!("list -f {folder} --json --offline")));
    let found = listed.as_array().unwrap().iter().find(|row| row["message_id"] == format!("{id}@x"));
    found.unwrap_or_else(|| panic!("no {id} in {listed:#}"))["id"].to_string()
}

/// An action that the rights do not allow ends with 1 and says which folder and what may not be done, online and offline;
/// nothing of it reaches the queue or the server. One that they allow is done.
#[test]
fn commands_say_what_rights_forbid() {
    if !available() {
        return;
    }
    let server = sharing::start(&[]);
    let home = home(&server);
    assert_eq!(run(&home, "sync").code, 0);
    let (board, tray) = (number(&home, sharing::BOARD, "board1"), number(&home, sharing::TRAY, "tray1"));
    let own = number(&home, "inbox", "own1");
    let read_only = "Board is read-only for you: you may not";
    for (line, words) in [
        (format!("flag {board} +flagged"), format!("{read_only} star or tag messages")),
        (format!("flag {board} +seen"), format!("{read_only} mark messages as read or unread")),
        (format!("archive {board}"), format!("{read_only} archive here")),
        (format!("trash {board}"), format!("{read_only} delete here")),
        (format!("move {board} inbox"), format!("{read_only} move messages out of it")),
        (format!("move {own} {}", sharing::BOARD), format!("{read_only} put messages into it")),
        (format!("archive {tray}"), "Tray does not give you that right: you may not archive here".to_owned()),
    ] {
        for line in [line.clone(), format!("{line} --offline")] {
            let ran = run(&home, &line);
            assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{line}: {ran:#?}");
            assert!(ran.err.ends_with(&format!("posthaste: {words}\n")), "{line}: {}", ran.err);
        }
    }
    let ran = run(&home, &format!("flag {tray} +flagged"));
    assert!(ran.code == 0 && ran.out.starts_with("done: "), "{ran:#?}");
    assert_eq!(sharing::changes(&server), ["UID STORE 1 +FLAGS.SILENT (\\Flagged)"]);
}

/// `doctor` and `account check` name the folders of others with the rights in them, for people and as JSON.
#[test]
fn doctor_tells_of_shared_folders() {
    if !available() {
        return;
    }
    let server = sharing::start(&[]);
    let home = home(&server);
    let found = "3 folders of others: shared/bob/Board (read-only: lr), shared/bob/Desk (lrswipkxte), \
                 shared/bob/Tray (lrswi)";
    let ran = run(&home, "doctor");
    assert_eq!(ran.code, 0, "{ran:#?}");
    let told: Vec<&str> = ran.out.lines().filter(|line| line.contains("shared: ")).collect();
    let mut words: Vec<&str> =
        told[0].trim_start_matches("ok    work: shared: 3 folders of others: ").split(", ").collect();
    words.sort_unstable();
    assert_eq!((told.len(), format!("3 folders of others: {}", words.join(", "))), (1, found.to_owned()));
    let checked = json(&run(&home, "account check work --json"));
    let shared: Vec<&Value> = checked.as_array().unwrap().iter().filter(|one| one["check"] == "shared").collect();
    assert_eq!((shared.len(), &shared[0]["state"], &shared[0]["account"]), (1, &"ok".into(), &"work".into()));
}

/// `doctor` says how full the account is, warns when it is nearly full, and the cache has what the pane shows.
#[test]
fn a_nearly_full_account_is_told() {
    if !available() {
        return;
    }
    let users = vec!["ada".to_owned()];
    let server = Dovecot::start(&Options { users, quota: Some((1000, 200)), ..Options::default() });
    let home = home(&server);
    let quota = |checked: &Value| checked.as_array().unwrap().iter().find(|one| one["check"] == "quota").cloned();
    let well = quota(&json(&run(&home, "account check work --json"))).unwrap();
    assert_eq!((&well["state"], &well["found"]), (&"ok".into(), &"0 of 1 MB (0%), 0 of 200 messages (0%)".into()));
    let mut large = mail("large");
    large.resize(942_080, b'x');
    server.client("ada").append("INBOX", "", &large).ok();
    let full = quota(&json(&run(&home, "account check work --json"))).unwrap();
    assert_eq!((&full["state"], &full["found"]), (&"warn".into(), &"1 of 1 MB (92%), 1 of 200 messages (0%)".into()));
    let ran = run(&home, "doctor");
    let line = "warn  work: quota: 1 of 1 MB (92%), 1 of 200 messages (0%) -- delete mail or empty the trash";
    assert!(ran.code == 0 && ran.out.contains(line), "{ran:#?}");

    let mut driver = home.start();
    driver.online();
    let told: Vec<_> = driver.reader().quotas().unwrap().into_iter().map(|(_, quota)| quota).collect();
    assert_eq!((told.len(), posthaste::mail::quota::warning(&told)), (2, Some(92)));
    // What is over the limit is refused by the server, and said in its words.
    let more = Home::new(home.accounts.clone());
    drop(driver);
    let mut driver = more.start();
    driver.online();
    let op = driver.press(posthaste::protocol::Action::Copy(driver.folder("Archive")), &[driver.message("large")]);
    let (reason, kept) = driver.refused(op);
    assert!(kept && reason.to_lowercase().contains("quota"), "{reason}");
}

/// The first mail in a minute: an account is added by one line, tried on the way, and its mail is there with the next; a
/// wrong password is not saved.
#[test]
fn an_account_is_added_tried_and_synced() {
    if !available() {
        return;
    }
    let server = Dovecot::start(&Options::default());
    server.deliver(
        "alice",
        "INBOX",
        b"From: Mum <mum@x.example>\r\nSubject: photos\r\nMessage-ID: <1@x>\r\n\r\nhi\r\n",
        "",
    );
    let home = Home::new(Vec::new());
    let config = home.path().join("config.toml");
    std::fs::write(&config, "# mine\n[ui]\ntheme = \"dusk\"\n").unwrap();
    let (port, ca) = (server.tls_port.to_string(), server.ca_pem.display().to_string());
    let run = |words: &[&str]| {
        let output = crate::support::program::program(&home, words).env("SSL_CERT_FILE", &ca).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    };
    let add = |command: &str| {
        let server = ["account", "add", "alice@x.example", "--host", "localhost", "--port", &port, "--user", "alice"];
        run(&[&server[..], &["--password-command", command]].concat())
    };
    let ran = add("echo wrong");
    assert_eq!(ran.code, 1, "{ran:#?}");
    assert!(ran.out.contains("fail  x: sign-in") && ran.err.contains("nothing was saved"), "{ran:#?}");
    let ran = add(&format!("echo {PASSWORD}"));
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(ran.out.contains("ok    x: sign-in: as alice") && ran.out.contains("saved: account x in"), "{ran:#?}");
    let text = std::fs::read_to_string(&config).unwrap();
    assert!(text.starts_with("# mine\n[ui]\ntheme = \"dusk\"\n\n[accounts.x]\n"), "{text}");
    assert_eq!(run(&["account", "check", "x"]).code, 0);
    assert_eq!(run(&["sync"]).code, 0);
    assert!(run(&["list", "--offline"]).out.contains("photos"));
    let ran = run(&["account", "remove", "x", "--yes"]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert_eq!(std::fs::read_to_string(&config).unwrap(), "# mine\n[ui]\ntheme = \"dusk\"\n");
}

/// OAuth 2 by the command line: a server that is not there costs nobody a way through a browser; an account is changed to it,
/// and one is added with it, and what was granted is kept once it works, where the options say.
#[test]
fn an_account_is_changed_to_oauth() {
    if !oauth::ready() {
        return;
    }
    let provider = Provider::start();
    let (server, _dir) = oauth::start(&provider, "xoauth2");
    let home = Home::new(vec![account("work", server.addr(), "alice", PASSWORD)]);
    configure(&home);
    let file = home.path().join("oauth.toml");
    let (auth, tokens, device) = (provider.url("/authorize"), provider.url("/token"), provider.url("/device"));
    let text = format!(
        "[[provider]]\nname = \"company\"\nhosts = []\nauth_url = \"{auth}\"\ntoken_url = \"{tokens}\"\n\
         device_url = \"{device}\"\nscopes = [\"mail\"]\n"
    );
    std::fs::write(&file, text).unwrap();
    let secret = home.path().join("client-secret");
    std::fs::write(&secret, CLIENT_SECRET).unwrap();
    let command = format!("cat '{}'", secret.display());
    let run = |words: &[&str], more: &[&str]| {
        let by = [
            "--oauth",
            "company",
            "--client-id",
            CLIENT,
            "--client-secret-command",
            &command,
            "--token-file",
            "--device",
        ];
        let words = [words, more, &by[..]].concat();
        let output = crate::support::program::program(&home, &words).env("POSTHASTE_OAUTH_PROVIDERS", &file).output();
        let (output, text) = (output.unwrap(), |bytes: Vec<u8>| String::from_utf8(bytes).unwrap());
        Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    };
    let data = posthaste::config::paths::Paths::under(home.path()).data;
    let (port, token) =
        (server.addr().port().to_string(), |name: &str| data.join("tokens").join(format!("{name}.token")));
    let add =
        ["account", "add", "a@new.example", "--host", "127.0.0.1", "--security", "none", "--user", "alice", "--port"];
    let ran = run(&add, &["1"]);
    assert_eq!((ran.code, provider.state().heard.len()), (75, 0), "{ran:#?}");
    let ran = run(&["account", "change", "work", "--host", "127.0.0.1"], &[]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(ran.err.contains("WDJB-MJHT") && token("work").exists(), "{ran:#?}");
    provider.state().instead.push_back((400, "{\"error\": \"access_denied\"}".to_owned()));
    let ran = run(&add, &[&port]);
    assert_eq!(ran.code, 1, "{ran:#?}");
    assert!(!token("new").exists(), "nothing is kept of an account that was not saved");
    let ran = run(&add, &[&port]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(token("new").exists());
}
