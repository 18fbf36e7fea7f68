//! Tests of reading a config: what is accepted, and the exact words for what is not.

use secrecy::ExposeSecret;

use super::*;

const MINIMAL: &str = "[accounts.work]\nemail = \"ada@example.org\"\n[accounts.work.imap]\nhost = \"imap.example.org\"\npassword_command = \"pass mail\"\n";

fn parse(text: &str) -> Result<Config, String> {
    let env = Env::of([("HOME", "/home/ada")]);
    Config::parse_with(text, Path::new("/etc/ph/config.toml"), &env).map_err(|e| e.to_string())
}

/// The error for `MINIMAL` with one line put in place of another, or added where `old` is empty.
fn refused(old: &str, new: &str) -> String {
    assert!(MINIMAL.contains(old), "{old}");
    let text = if old.is_empty() { format!("{MINIMAL}{new}") } else { MINIMAL.replace(old, new) };
    parse(&text).expect_err(&text)
}

/// A minimal account works, and every default is the one that the documentation names.
#[test]
fn fills_in_the_defaults() {
    let config = parse(MINIMAL).unwrap();
    let account = config.account("work").unwrap();
    assert_eq!((account.imap.port, account.imap.security), (993, Security::Tls));
    assert_eq!(account.imap.user, "ada@example.org");
    assert_eq!(account.cache, CachePolicy { max_mb: 500, prefetch: Prefetch::Recent });
    assert_eq!((&config.ui, config.warnings.len()), (&Ui::default(), 0));
    assert!(matches!(&account.imap.secret, Secret::Command(command) if command == "pass mail"));
    let starttls = parse(&MINIMAL.replace("host", "security = \"starttls\"\nhost")).unwrap();
    assert_eq!(starttls.accounts[0].imap.port, 143);
}

/// A host is named as people write it, and asked for as the net knows it.
#[test]
fn hosts_are_written_in_any_script() {
    let host = |name: &str| {
        let config = parse(&MINIMAL.replace("imap.example.org", name));
        config.map(|config| config.accounts[0].imap.host.clone())
    };
    assert_eq!(host("imap.b\u{fc}cher.example").as_deref(), Ok("imap.xn--bcher-kva.example"));
    assert_eq!(host("[2001:db8::1]").as_deref(), Ok("2001:db8::1"));
    assert!(host("imap.\u{2028}.example").unwrap_err().contains("this is no host name"));
}

/// Accounts keep the file's order: the screen's tabs and alt-1…9 follow it.
#[test]
fn keeps_the_order_of_the_accounts() {
    let text = ["zoo", "home", "alpha", "m"].map(|name| MINIMAL.replace("work", name)).concat();
    let names: Vec<String> = parse(&text).unwrap().accounts.into_iter().map(|account| account.name).collect();
    assert_eq!(names, ["zoo", "home", "alpha", "m"]);
}

/// The example is the documentation: it must work, also with every commented key switched on.
#[test]
fn the_example_is_a_config() {
    let config = parse(EXAMPLE).unwrap();
    assert_eq!(config.accounts.len(), 2);
    assert!(config.warnings.is_empty());
    let keys =
        ["downloads", "port", "security", "user", "ca_file", "drafts", "sent", "junk", "trash", "snoozed", "max_mb"];
    let more = ["prefetch", "theme", "background", "glyphs", "after_triage", "layout", "[keys.list]", "\"d\"", "\"D\""];
    let keys_too = ["[keys]", "preset", "\"g w\"", "\"ctrl-k\""];
    let more = [
        more.as_slice(),
        &["index_mb", "pictures", "clean_links", "copy_command", "authserv_ids", "morning", "evening"],
    ]
    .concat();
    let more =
        [more.as_slice(), &["theme_dark", "theme_light", "reduced_motion", "[ui.roles]", "accent", "unread"]].concat();
    let more = [more.as_slice(), &["[[searches]]", "name", "query", "key"]].concat();
    let more = [more.as_slice(), &keys_too].concat();
    let more =
        [more.as_slice(), &["[compose]", "quote", "attribution", "markdown", "utc_dates", "user_agent"]].concat();
    let mut switched = 0;
    let all_on: String = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if keys.iter().chain(&more).any(|key| rest.starts_with(&format!("{key} =")) || rest == *key) => {
                switched += 1;
                format!("{rest}\n")
            }
            _ => format!("{line}\n"),
        })
        .collect();
    // Port, security and user stand in both tables of servers.
    assert_eq!(switched, keys.len() + more.len() + 3);
    let mut all_on = parse(&all_on).unwrap();
    assert_eq!(std::mem::take(&mut all_on.ui.roles).len(), 2);
    let defaults = Ui { copy_command: Some("wl-copy".into()), ..Ui::default() };
    assert_eq!(all_on.ui, defaults, "the example shows the defaults");
    assert_eq!(all_on.compose, Config::default().compose);
    assert_eq!(all_on.accounts[0].cache, CachePolicy::default());
    let off = all_on.keys.lines.iter().find(|line| (line.place.as_str(), line.keys.as_str()) == ("list", "d"));
    assert_eq!(off.map(|line| &line.to), Some(&keys::Binding::Off));
    assert_eq!(all_on.index_mb, Config::default().index_mb);
    assert_eq!((all_on.searches[0].name.as_str(), all_on.searches[0].key), ("Invoices", Some(1)));
    assert_eq!(all_on.downloads, Some(PathBuf::from("/home/ada/Downloads")));
}

/// Paths are expanded; a relative one starts at the config file.
#[test]
fn expands_paths() {
    let with = |path: &str| {
        let text = format!("{MINIMAL}ca_file = \"{path}\"\n");
        parse(&text).map(|config| config.accounts[0].imap.ca_file.clone().unwrap())
    };
    assert_eq!(with("~/ca.pem").unwrap(), Path::new("/home/ada/ca.pem"));
    assert_eq!(with("ca.pem").unwrap(), Path::new("/etc/ph/ca.pem"));
    assert_eq!(
        with("$NOPE/ca.pem").unwrap_err(),
        "/etc/ph/config.toml:6:11: accounts.work.imap.ca_file: the environment variable NOPE is not set"
    );
}

/// An unknown key names its place and the key that was probably meant (check 9 of UX.md).
#[test]
fn unknown_keys_name_the_nearest() {
    assert_eq!(
        refused("host", "hots"),
        "/etc/ph/config.toml:4:1: accounts.work.imap.hots: there is no such key here; did you mean \"host\"?"
    );
    assert_eq!(
        refused("", "[ui]\nlayuot = \"auto\"\n"),
        "/etc/ph/config.toml:7:1: ui.layuot: there is no such key here; did you mean \"layout\"?"
    );
    assert_eq!(
        refused("", "[acounts.x]\n"),
        "/etc/ph/config.toml:6:2: acounts: there is no such key here; did you mean \"accounts\"?"
    );
    assert_eq!(
        refused("", "[ui]\nxyz = 1\n"),
        "/etc/ph/config.toml:7:1: ui.xyz: there is no such key here; known are theme, theme_dark, theme_light, \
         roles, background, glyphs, after_triage, layout, list, pictures, clean_links, copy_command, \
         reduced_motion, morning, evening, linear, mouse"
    );
}

/// Compression is switched by true, false and "auto", and nothing else.
#[test]
fn compression_is_switched_in_three_ways() {
    let compress = |line: &str| parse(&format!("{MINIMAL}{line}\n")).map(|config| config.accounts[0].imap.compress);
    assert_eq!(compress(""), Ok(Compress::Auto));
    assert_eq!(compress("compress = \"auto\""), Ok(Compress::Auto));
    assert_eq!(compress("compress = true"), Ok(Compress::Always));
    assert_eq!(compress("compress = false"), Ok(Compress::Never));
    let wrong = "/etc/ph/config.toml:6:12: accounts.work.imap.compress: true, false or \"auto\"";
    assert_eq!(compress("compress = \"yes\"").unwrap_err(), wrong);
}

/// A word that is none of the known ones names them.
#[test]
fn unknown_words_name_the_known() {
    assert_eq!(
        refused("host", "security = \"start-tls\"\nhost"),
        "/etc/ph/config.toml:4:12: accounts.work.imap.security: \"start-tls\" is none of \"tls\", \"starttls\", \
         \"none\"; did you mean \"starttls\"?"
    );
    assert_eq!(
        refused("", "[accounts.work.cache]\nprefetch = \"9\"\n"),
        "/etc/ph/config.toml:7:12: accounts.work.cache.prefetch: \"9\" is none of \"none\", \"visible\", \"recent\", \
         \"all\""
    );
}

/// A missing key is named in full.
#[test]
fn missing_keys_are_named() {
    assert_eq!(
        refused("host = \"imap.example.org\"\n", ""),
        "/etc/ph/config.toml:3:1: accounts.work.imap.host: this key is missing"
    );
    assert_eq!(
        refused("email = \"ada@example.org\"\n", ""),
        "/etc/ph/config.toml:1:1: accounts.work.email: this key is missing"
    );
}

/// Text that is no TOML names the place.
#[test]
fn broken_toml_names_the_place() {
    let error = refused("host = \"imap.example.org\"", "host = \"imap.example.org");
    assert!(error.starts_with("/etc/ph/config.toml:4:"), "{error}");
    assert!(refused("", "[ui]\n[ui]\n").starts_with("/etc/ph/config.toml:7:"));
}

/// The wrong type names the key; a password of the wrong type is not quoted.
#[test]
fn wrong_types_name_the_key() {
    assert_eq!(
        refused("host", "port = \"993\"\nhost"),
        "/etc/ph/config.toml:4:8: accounts.work.imap.port: invalid type: string \"993\", expected u16"
    );
    assert_eq!(
        refused("password_command = \"pass mail\"", "password = 4711"),
        "/etc/ph/config.toml:5:12: accounts.work.imap.password: the password must be a string in quotes"
    );
    assert_eq!(
        refused("", "[keys.list]\nd = 3\n"),
        "/etc/ph/config.toml:7:5: keys.list.d: the name of an action in quotes, a list of them, or false"
    );
    assert_eq!(
        refused("", "[keys.list]\nd = true\n"),
        "/etc/ph/config.toml:7:5: keys.list.d: true means nothing here: write the name of an action, or false to take \
         the key away"
    );
}

/// Clear text is for this machine alone: a password never leaves it unprotected.
#[test]
fn clear_text_is_for_loopback_alone() {
    for host in ["localhost", "127.0.0.1", "127.8.9.10", "::1", "[::1]", "LOCALHOST"] {
        let text = MINIMAL.replace("imap.example.org", host).replace("host =", "security = \"none\"\nhost =");
        let config = parse(&text).unwrap();
        assert_eq!(config.accounts[0].imap.security, Security::None, "{host}");
    }
    for host in ["imap.example.org", "localhost.example.org", "10.0.0.1", "0.0.0.0", "::", "127.1.example"] {
        let text = MINIMAL.replace("imap.example.org", host).replace("host =", "security = \"none\"\nhost =");
        let error = parse(&text).unwrap_err();
        assert_eq!(
            error,
            format!(
                "/etc/ph/config.toml:4:12: accounts.work.imap.security: \"none\" would send your password in clear to \
                 {host}: it is accepted for localhost, 127.0.0.0/8 and ::1 alone; use \"tls\" or \"starttls\""
            )
        );
    }
}

/// PS19: a pin is for a server on this computer, unless the user says that another is meant; a broken one is refused.
#[test]
fn pins_are_for_loopback() {
    let hex = "0123456789abcdef".repeat(4);
    let with = |host: &str, more: &str| {
        parse(&MINIMAL.replace("imap.example.org", host).replace("host =", &format!("{more}\nhost =")))
    };
    let pin = format!("pin = \"sha256:{hex}\"");
    let expected = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef].repeat(4);
    for host in ["localhost", "127.0.0.1", "[::1]"] {
        assert_eq!(with(host, &pin).unwrap().accounts[0].imap.pin.unwrap().to_vec(), expected, "{host}");
    }
    let colons = expected.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":");
    let config = with("127.0.0.1", &format!("pin = \"SHA256:{colons}\"")).unwrap();
    assert_eq!(config.accounts[0].imap.pin.unwrap().to_vec(), expected);
    assert!(with("imap.example.org", &format!("{pin}\npin_remote = true")).unwrap().accounts[0].imap.pin.is_some());
    for (host, more, why) in [
        ("imap.example.org", pin.as_str(), "say pin_remote = true as well"),
        ("localhost.example.org", &format!("{pin}\npin_remote = false"), "say pin_remote = true as well"),
        ("127.0.0.1", "pin = \"sha256:12\"", "64 hex digits"),
        ("127.0.0.1", &pin.replace('f', "g"), "64 hex digits"),
        ("127.0.0.1", &pin.replace("sha256", "sha1"), "64 hex digits"),
        ("127.0.0.1", &format!("{pin}\nca_file = \"x\""), "pin and ca_file exclude each other"),
        ("127.0.0.1", &format!("{pin}\nsecurity = \"none\""), "no certificate without TLS"),
    ] {
        let error = with(host, more).unwrap_err();
        assert!(error.contains("accounts.work.imap.pin: ") && error.contains(why), "{error}");
    }
}

/// Every rule about passwords has its sentence.
#[test]
fn password_rules() {
    let command = "password_command = \"pass mail\"";
    assert_eq!(
        refused(command, ""),
        "/etc/ph/config.toml:3:1: accounts.work.imap: no password is configured: add password_command, for example \
         password_command = \"pass show mail/work\", or keyring = true, or prompt = true, or [accounts.….oauth]"
    );
    assert_eq!(
        refused(command, "password_command = \"x\"\npassword = \"y\""),
        "/etc/ph/config.toml:6:12: accounts.work.imap.password: password and password_command (line 5) exclude each \
         other: keep one of them"
    );
    assert_eq!(
        refused(command, "password = \"\""),
        "/etc/ph/config.toml:5:12: accounts.work.imap.password: the password is empty"
    );
    assert_eq!(
        refused(command, "password_command = \" \""),
        "/etc/ph/config.toml:5:20: accounts.work.imap.password_command: the command is empty"
    );
    let config = parse(&MINIMAL.replace(command, "password = \"hunter2\"")).unwrap();
    let Secret::Plain(password) = &config.accounts[0].imap.secret else { panic!() };
    assert_eq!(password.expose_secret(), "hunter2");
    assert_eq!(
        config.warnings,
        ["accounts.work.imap.password: the password stands in the config file; keyring = true or password_command \
          keeps it out"]
    );
    assert!(!format!("{config:?}").contains("hunter2"), "a config in a log shows no password");
}

/// The ways in: a mechanism by its name, a certificate in one file or two, a command, and what excludes what.
#[test]
fn ways_in() {
    let imap = |new: &str| {
        let text = MINIMAL.replace("host = ", &format!("{new}\nhost = "));
        parse(&text).unwrap_or_else(|error| panic!("{error}")).accounts.remove(0).imap
    };
    assert_eq!(imap("").sign_in, SignIn::default());
    for mechanism in Mechanism::ALL {
        let name = mechanism.name().to_ascii_lowercase();
        let with = imap(&format!("auth = \"{name}\"\nclient_cert = \"c.pem\""));
        assert_eq!(with.sign_in.auth, Wanted::Only(mechanism));
    }
    let files = |certificate: &str, key: &str| ClientFiles { certificate: certificate.into(), key: key.into() };
    let two = imap("client_cert = \"~/c.pem\"\nclient_key = \"k.pem\"");
    assert_eq!(two.sign_in.client, Some(files("/home/ada/c.pem", "/etc/ph/k.pem")));
    assert_eq!(two.user, "ada@example.org");
    let bare = "[accounts.work]\nemail = \"ada@example.org\"\n[accounts.work.imap]\n";
    for (text, user) in [
        ("host = \"x.example\"\nclient_cert = \"c.pem\"", ""),
        ("host = \"x.example\"\nclient_cert = \"c.pem\"\nauth = \"external\"\nuser = \"ada\"", "ada"),
        ("command = \"ssh host doveadm exec imap\"", "ada@example.org"),
    ] {
        let imap = parse(&format!("{bare}{text}")).unwrap().accounts.remove(0).imap;
        assert!(matches!(imap.secret, Secret::None), "{text}");
        assert_eq!(imap.user, user, "{text}");
    }
    for (text, words) in [
        ("host = \"x.example\"\nauth = \"external\"", "imap.auth: \"external\" signs in by a certificate"),
        ("host = \"x.example\"\nclient_key = \"k\"", "imap.client_key: a key needs its certificate"),
        ("host = \"localhost\"\nsecurity = \"none\"\nclient_cert = \"c\"", "imap.client_cert: there is no certificate"),
        ("command = \" \"", "imap.command: the command is empty"),
        ("command = \"x\"\nport = 1", "imap.port: a command makes the connection"),
        ("command = \"x\"\nclient_cert = \"c\"", "imap.client_cert: a command makes the connection"),
        ("password = \"x\"", "imap.host: this key is missing"),
        ("host = \"x.example\"\nauth = \"cram-md5\"", "auth"),
    ] {
        let error = parse(&format!("{bare}{text}")).unwrap_err();
        assert!(error.contains(words), "{text}: {error}");
    }
}

/// FL07: the key of a client certificate that others may read is warned of, once.
#[test]
fn warns_of_loose_keys() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let (path, key) = (dir.path().join("config.toml"), dir.path().join("key"));
    std::fs::write(&path, MINIMAL.replace("host", "client_cert = \"cert\"\nclient_key = \"key\"\nhost")).unwrap();
    std::fs::write(&key, "").unwrap();
    let warnings = |mode: u32| {
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(mode)).unwrap();
        Config::load(Some(&path), &Env::default()).unwrap().warnings
    };
    assert_eq!(warnings(0o600).len(), 0);
    let shown = key.display();
    let words = format!("{shown} holds a private key and others may read it (mode 0644): run chmod 600 {shown}");
    assert_eq!(warnings(0o644), [words]);
}

/// Values that no server could make sense of are refused where they stand.
#[test]
fn values_are_checked() {
    for (old, new, text) in [
        ("ada@example.org", "ada", "2:9: accounts.work.email: this is no address: it should look like ada@example.org"),
        (
            "imap.example.org",
            "imap example",
            "4:8: accounts.work.imap.host: this is no host name: it should look like imap.example.org",
        ),
        ("host", "port = 0\nhost", "4:8: accounts.work.imap.port: a port is a number from 1 to 65535"),
        ("host", "user = \"\"\nhost", "4:8: accounts.work.imap.user: the name to sign in with is empty"),
        (
            "",
            "[accounts.work.cache]\nmax_mb = 0\n",
            "7:10: accounts.work.cache.max_mb: must be at least 1: with 0 a message could not even be shown",
        ),
        (
            "",
            "[accounts.work.folders]\ntrash = \"\"\n",
            "7:9: accounts.work.folders.trash: this is no name of a folder",
        ),
        (
            "",
            "[accounts.work.folders]\ntrash = \"Inbox\"\n",
            "7:9: accounts.work.folders.trash: the inbox cannot have a second role",
        ),
        (
            "",
            "[accounts.work.folders]\narchive = \"A\"\ntrash = \"A\"\n",
            "8:9: accounts.work.folders.trash: \"A\" is already the folder for archive",
        ),
    ] {
        assert_eq!(refused(old, new), format!("/etc/ph/config.toml:{text}"));
    }
    let error = parse(&MINIMAL.replace("accounts.work", "accounts.\"a/b\"")).unwrap_err();
    assert!(
        error.ends_with("accounts.a/b: an account's name is made of letters, digits, spaces and - _ . @ +"),
        "{error}"
    );
}

/// A saved search is refused where it cannot work: its query, its digit, its name.
#[test]
fn saved_searches_are_checked() {
    let searches = |second: &str| format!("[[searches]]\nname = \"A\"\nquery = \"invoice\"\nkey = 1\n{second}");
    let second = |name: &str, query: &str, key: u8| {
        refused("", &searches(&format!("[[searches]]\nname = \"{name}\"\nquery = \"{query}\"\nkey = {key}\n")))
    };
    assert_eq!(second("B", "x", 1), "/etc/ph/config.toml:13:7: searches.key: \"A\" has this digit already");
    assert_eq!(second("a", "x", 2), "/etc/ph/config.toml:11:8: searches.name: there is a search \"a\" already");
    assert_eq!(second("B", "x", 0), "/etc/ph/config.toml:13:7: searches.key: a key is a digit from 1 to 9");
    assert_eq!(second("B", " ", 2), "/etc/ph/config.toml:12:9: searches.query: there is nothing to search for");
    let wrong = second("B", "x larger:lots", 2);
    assert!(wrong.starts_with("/etc/ph/config.toml:12:9: searches.query: column 10 of the query: "), "{wrong}");
}

/// Check 9 of UX.md, for the roles in the config: they name the nearest role, the nearest colour, and where that stands.
#[test]
fn roles_are_checked() {
    let roles = |text: &str| parse(&format!("{MINIMAL}[ui.roles]\n{text}")).unwrap().ui.roles;
    assert_eq!(roles("accent = \"#ff8800\"\nstar = { modifiers = [\"bold\"] }\n").len(), 2);
    assert_eq!(
        refused("", "[ui.roles]\nacent = \"#ff8800\"\n"),
        "/etc/ph/config.toml:7:1: ui.roles.acent: there is no such role; did you mean \"accent\"?"
    );
    assert_eq!(
        refused("", "[ui.roles]\nstar = \"yelow\"\n"),
        "/etc/ph/config.toml:7:8: ui.roles.star: \"yelow\" is no colour: write \"#rrggbb\", or one of the sixteen of a \
         terminal; did you mean \"yellow\"?"
    );
    assert!(refused("", "[ui]\nroles = 3\n").contains("ui.roles"));
    assert!(refused("", "[ui]\ntheme_dark = \"auto\"\n").contains("ui.theme_dark"));
}

/// A missing file says how to begin.
#[test]
fn a_missing_file_says_how_to_begin() {
    let error = Config::load(Some(Path::new("/nowhere/config.toml")), &Env::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no config at /nowhere/config.toml. \"posthaste config default\" prints a commented one to start \
         from; \"posthaste demo\" needs none"
    );
    let error = Config::load(Some(Path::new("/")), &Env::default()).unwrap_err();
    assert!(error.to_string().starts_with("cannot read /: "), "{error}");
}

/// FL07: a password that others may read is warned of; without a password in it the file may be as it is.
#[test]
fn warns_of_loose_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    let warnings = |text: &str, mode: u32| {
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        Config::load(Some(&path), &Env::default()).unwrap().warnings
    };
    let with_password = MINIMAL.replace("password_command", "password");
    assert_eq!(warnings(MINIMAL, 0o644).len(), 0);
    assert_eq!(warnings(&with_password, 0o600).len(), 1);
    let shown = path.display();
    assert_eq!(
        warnings(&with_password, 0o640).last().unwrap(),
        &format!("{shown} holds a password and others may read it (mode 0640): run chmod 600 {shown}")
    );
}

/// Check 9 of UX.md: the schema in the repository, which editors are pointed to, is the program's own.
#[test]
fn the_schema_file_is_current() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/config.schema.json");
    let stored = std::fs::read_to_string(file).unwrap_or_default();
    assert!(stored == schema::text(), "run: posthaste config schema > assets/config.schema.json");
}

/// The schema knows every key of the example and requires what the reader requires.
#[test]
fn the_schema_is_current() {
    let schema: serde_json::Value = serde_json::from_str(&schema::text()).unwrap();
    let example: toml::Table = EXAMPLE.parse().unwrap();
    let account = &schema["$defs"]["Account"];
    assert_eq!(account["additionalProperties"], false);
    assert_eq!(account["required"], serde_json::json!(["email", "imap"]));
    // A host or a command, which the schema does not say.
    assert_eq!(schema["$defs"]["Imap"]["required"], serde_json::Value::Null);
    for key in example.keys() {
        assert!(schema["properties"].get(key).is_some(), "{key}");
    }
    for key in example["accounts"]["work"].as_table().unwrap().keys() {
        assert!(account["properties"].get(key).is_some(), "{key}");
    }
}

/// Every way to a password or a token, and no two of them at once.
#[test]
fn ways_to_a_secret() {
    let command = "password_command = \"pass mail\"";
    let with = |line: &str| parse(&MINIMAL.replace(command, line)).unwrap().accounts[0].imap.secret.clone();
    assert!(matches!(with("keyring = true"), Secret::Keyring));
    assert!(matches!(with("prompt = true"), Secret::Prompt));
    assert!(matches!(with("token_command = \"oama\""), Secret::TokenCommand(command) if command == "oama"));
    assert!(matches!(with("keyring = false\nprompt = true"), Secret::Prompt));
    let ways =
        ["password_command = \"a\"", "password = \"b\"", "token_command = \"c\"", "keyring = true", "prompt = true"];
    for (at, one) in ways.iter().enumerate() {
        for other in &ways[at + 1..] {
            let error = refused(command, &format!("{one}\n{other}"));
            let key = |line: &str| line.split(' ').next().unwrap().to_owned();
            let told = format!("{} and {} (line 5) exclude each other: keep one of them", key(other), key(one));
            assert!(error.starts_with("/etc/ph/config.toml:6:") && error.ends_with(&told), "{error}");
        }
        let error = refused(command, &format!("{one}\n[accounts.work.oauth]\nclient_id = \"x\""));
        assert!(error.contains("accounts.work.oauth: oauth and ") && error.contains("(line 5)"), "{error}");
    }
}

/// OAuth 2: endpoints by the server, by the provider's name or as written; secrets only to safe addresses; no secret in an
/// error or a debug text.
#[test]
fn oauth_is_checked() {
    let command = "password_command = \"pass mail\"";
    let text = |host: &str, lines: &str| {
        let text = MINIMAL.replace(command, "").replace("imap.example.org", host);
        format!("{text}\n[accounts.work.oauth]\n{lines}\n")
    };
    let read = |host: &str, lines: &str| parse(&text(host, lines));
    let oauth = |host: &str, lines: &str| {
        let Secret::OAuth(oauth) = read(host, lines).unwrap().accounts.remove(0).imap.secret else { panic!() };
        *oauth
    };
    let google = oauth("imap.gmail.com", "client_id = \"mine\"");
    assert_eq!((google.client_id.as_str(), google.store), ("mine", oauth::Store::Keyring));
    assert_eq!(google.endpoints.token_url, "https://oauth2.googleapis.com/token");
    assert!(google.endpoints.device_url.is_none() && google.endpoints.no_device.is_some());
    let named = oauth("mx.example.org", "client_id = \"mine\"\nprovider = \"microsoft\"\nstore = \"file\"");
    assert!(named.endpoints.device_url.is_some() && named.endpoints.redirect_host == "localhost");
    assert_eq!(named.store, oauth::Store::File);
    let own = "client_id = \"mine\"\nclient_secret = \"hunter2\"\nauth_url = \"https://a.example/\"\n\
               token_url = \"http://127.0.0.1:8080/t\"\nscopes = [\"mail\"]";
    let config = read("mx.example.org", own).unwrap();
    assert!(config.holds_password() && !format!("{config:?}").contains("hunter2"));
    for (host, lines, told) in [
        ("mx.example.org", "client_id = \"mine\"", "oauth: where to sign in for mx.example.org is not known"),
        ("imap.gmail.com", "client_id = \" \"", "oauth.client_id: the client id is empty"),
        ("imap.gmail.com", "client_id = \"m\"\nprovider = \"gogle\"", "did you mean \"google\"?"),
        (
            "imap.gmail.com",
            "client_id = \"m\"\ntoken_url = \"http://evil.example/\"",
            "oauth.token_url: this must be an https",
        ),
        ("imap.gmail.com", "client_id = \"m\"\nclient_secret = 4711", "the secret must be a string in quotes"),
        (
            "imap.gmail.com",
            "client_id = \"m\"\nclient_secret = \"hunter2\"\nclient_secret_keyring = true",
            "exclude each other: keep one of them",
        ),
    ] {
        let error = read(host, lines).unwrap_err();
        assert!(error.contains(told) && !error.contains("4711") && !error.contains("hunter2"), "{error}");
    }
}
