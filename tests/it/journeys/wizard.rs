//! From nothing to the first mail.

use std::os::unix::fs::PermissionsExt as _;

use posthaste::app::wizard::Field;
use posthaste::setup::plan::Way;
use tempfile::TempDir;

use super::app::{App, inbox};
use crate::dovecot::oauth;
use crate::support::dovecot::Dovecot;
use crate::support::provider::{CLIENT, CLIENT_SECRET, Provider, browse};

/// Without an account the wizard is there; address, server, password, and the mail is read without a new start. What is on
/// the disk then is the user's alone, and before that there was nothing.
#[test]
fn from_nothing_to_the_first_mail() {
    let mut app = App::start_empty(inbox(&["alpha", "beta"]), (80, 24));
    app.until("Let us add your first account");
    let (directory, file) = (app.home().join("config"), app.home().join("config").join("config.toml"));
    // An address, three lines to agree with, a password, and the mail is opened: enter six times.
    app.press("ada@example.org<enter>").until("127.0.0.1:");
    app.press("<enter>").until("Nothing is saved before it works");
    app.press("secret");
    assert!(!directory.exists(), "nothing is made before it works");
    app.press("<enter>").until("is saved in");
    app.press("<enter>").until("alpha");
    app.press("<enter>").until("The body of alpha");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&directory), mode(&file)), (0o700, 0o600));
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("prompt = true") && !text.contains("secret") && text.contains("[accounts.example"), "{text}");
}

/// A wrong password is told in the server's words, saves nothing, and the right one goes on from there; a second account
/// is added while the first one is at work.
#[test]
fn a_wrong_password_and_a_second_account() {
    let mut app = App::start_empty(inbox(&["alpha"]), (120, 40));
    app.press("ada@example.org<enter>").until("127.0.0.1:");
    app.press("<enter>wrong<enter>").until("Try again");
    assert!(!app.home().join("config").exists());
    app.press("secret<enter>").until("is saved in");
    app.press("a").until("Let us add an account");
    app.press("bob@example.org<enter>").until("127.0.0.1:");
    app.press("<enter>secret<enter>").until("is saved in").press("<enter>");
    app.until("Example2").until("Inbox all read").press("gu").until("alpha");
}

/// An organisation with an authorization server of its own: a file that names it, and the Dovecot that asks it. Their
/// directories go when they are dropped.
struct Company {
    provider: Provider,
    server: Dovecot,
    _dir: TempDir,
    file: tempfile::NamedTempFile,
}

impl Company {
    fn start() -> Self {
        let provider = Provider::start();
        let (server, dir) = oauth::start(&provider, "xoauth2");
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = format!(
            "[[provider]]\nname = \"company\"\nhosts = [\"imap.company.example\"]\nauth_url = \"{}\"\ntoken_url = \"{}\"\n\
             device_url = \"{}\"\nscopes = [\"mail\", \"offline\"]\nextra = {{ access_type = \"offline\" }}\n",
            provider.url("/authorize?prompt=consent"),
            provider.url("/token"),
            provider.url("/device"),
        );
        std::fs::write(file.path(), text).unwrap();
        Self { provider, server, _dir: dir, file }
    }

    fn app(&self, size: (u16, u16)) -> App {
        let ways = vec![Way::OAuth { provider: "company".to_owned() }, Way::Password];
        let variables = [("POSTHASTE_OAUTH_PROVIDERS", self.file.path().to_str().unwrap())];
        App::start_empty_before(self.server.addr(), ways, &variables, size)
    }
}

/// OAuth 2 from an address to the first mail: the user's own client, the browser, the token kept apart from the config. A
/// no in the browser, and a client that the provider does not know, save nothing, and the right answer goes on from there.
#[test]
fn from_a_browser_to_the_first_mail() {
    if !oauth::ready() {
        return;
    }
    let company = Company::start();
    let mut app = company.app((80, 24));
    app.press("alice@example.org<enter>").until("127.0.0.1:").until("OAuth 2 in your browser");
    app.press("<enter>").until("the id of your own client");
    app.press("<enter>").until("the id of your own client is missing");
    app.press(CLIENT).press("<tab>").press(CLIENT_SECRET).press("<enter>");
    let no = app.browser().split_once("redirect_uri=").map(|(_, rest)| rest.to_owned()).unwrap();
    let redirect =
        url::form_urlencoded::parse(format!("redirect_uri={no}").as_bytes()).into_owned().collect::<Vec<_>>();
    let of = |name: &str| redirect.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap();
    let back = url::Url::parse_with_params(&of("redirect_uri"), [("error", "access_denied"), ("state", &of("state"))]);
    browse(&back.unwrap());
    app.until("the provider says: access_denied").until_gone("Your browser asks you now");
    assert!(!app.home().join("config").exists(), "nothing is saved before it works");
    let token = posthaste::config::paths::Paths::under(app.home()).data.join("tokens").join("example.token");
    assert!(!token.exists(), "neither is a token");

    app.press("<enter>");
    let yes = company.provider.yes(&app.browser());
    browse(&yes);
    app.until("is saved in").press("<enter>").until("m2");
    assert!(token.exists());
    let config = std::fs::read_to_string(app.home().join("config").join("config.toml")).unwrap();
    assert!(config.contains("provider = \"company\"") && config.contains(CLIENT), "{config}");
    for secret in company.provider.secrets() {
        assert!(!config.contains(&secret), "a token in the config");
    }
}

/// By ssh there is no browser: a code is typed elsewhere.
#[test]
fn from_a_code_to_the_first_mail() {
    if !oauth::ready() {
        return;
    }
    let company = Company::start();
    company.provider.state().device.extend(["authorization_pending"]);
    let mut app = company.app((80, 24));
    app.press("alice@example.org<enter>").until("OAuth 2 in your browser").press("<enter>").until("your own client");
    app.press(CLIENT).press("<tab>").press(CLIENT_SECRET);
    for _ in 0..12 {
        if app.at_field(Field::Device) {
            break;
        }
        app.press("<tab>");
    }
    app.press("<enter>").until("type the code").until("is saved in").press("<enter>").until("m2");
}
