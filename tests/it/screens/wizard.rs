//! The way to an account, step by step: what is asked, what was found, what went wrong.

use posthaste::app::key::{Key, parse_sequence};
use posthaste::app::model::Model;
use posthaste::app::msg::Msg;
use posthaste::app::update::update;
use posthaste::app::wizard::order::{News, Offered};
use posthaste::app::wizard::settings::{Keep, SecretFrom, Settings};
use posthaste::config::Security;
use posthaste::mail::folder::Role;
use posthaste::protocol::SignInStep;
use posthaste::setup::plan::checks::{Outcome, Step, Told};
use posthaste::setup::plan::{End, Offer, Progress, Server, Source, Way};

use super::sample::{empty, safe};

fn open(width: u16, height: u16) -> Model {
    let mut model = empty(width, height);
    model.accounts.clear();
    model.folders = posthaste::app::model::FolderPane::default();
    update(&mut model, Msg::AddAccount);
    let keeps = vec![Keep::Keyring, Keep::Ask, Keep::Command, Keep::File];
    news(&mut model, News::Keeps { keeps, oauth: true, path: safe("~/.config/posthaste/config.toml") });
    model
}

fn news(model: &mut Model, news: News) {
    update(model, Msg::Wizard(news));
}

fn press(model: &mut Model, keys: &str) {
    for key in parse_sequence(keys).unwrap() {
        update(model, Msg::Key(key));
    }
}

fn typed(model: &mut Model, text: &str) {
    for c in text.chars() {
        update(model, Msg::Key(Key::char(c)));
    }
}

fn found(model: &mut Model, progress: Progress) {
    let turn = model.wizard.as_ref().unwrap().turn;
    news(model, News::Found(turn, progress));
}

fn told(model: &mut Model, told: Told) {
    let turn = model.wizard.as_ref().unwrap().turn;
    news(model, News::Told(turn, told));
}

fn offer(source: Source, host: &str) -> Offer {
    let send = Server::named(&host.replace("imap", "smtp"), 465, Security::Tls);
    Offer::plain(source, Server::named(host, 993, Security::Tls).unwrap(), send)
}

/// The first step, with what another program has.
pub fn address(width: u16, height: u16) -> Model {
    let mut model = open(width, height);
    let settings = Settings {
        email: "ada@example.org".into(),
        from: SecretFrom::Command("pass show ada".into()),
        ..Settings::default()
    };
    news(
        &mut model,
        News::Offered(vec![Offered { program: safe("aerc"), settings, ways: Vec::new(), notes: Vec::new() }]),
    );
    typed(&mut model, "dana@acme");
    model
}

/// Half of those that were asked have answered.
pub fn live(width: u16, height: u16) -> Model {
    let mut model = open(width, height);
    typed(&mut model, "dana@acme.example");
    press(&mut model, "enter");
    for source in Source::ALL.into_iter().skip(1) {
        found(&mut model, Progress::Asking(source));
    }
    found(&mut model, Progress::Nothing(Source::Table));
    found(&mut model, Progress::Nothing(Source::Autoconfig));
    let words = safe("the certificate is for another name");
    found(&mut model, Progress::Failed { source: Source::WellKnown, words });
    let offers = vec![offer(Source::Srv, "imap.acme.example")];
    found(&mut model, Progress::Found { source: Source::Srv, offers });
    model
}

/// Servers were found.
pub fn servers(width: u16, height: u16) -> Model {
    let mut model = live(width, height);
    let offers = vec![offer(Source::Ispdb, "imap.acme.example")];
    found(&mut model, Progress::Found { source: Source::Ispdb, offers });
    found(&mut model, Progress::Nothing(Source::Mx));
    found(&mut model, Progress::Ended(End::Enough));
    model
}

/// A provider that needs something.
pub fn note(width: u16, height: u16) -> Model {
    let mut model = open(width, height);
    typed(&mut model, "dana@gmail.com");
    press(&mut model, "enter");
    let gmail = Offer {
        provider: Some(safe("Gmail")),
        ways: vec![Way::AppPassword, Way::OAuth { provider: "google".into() }],
        note: Some(safe(
            "Gmail refuses the normal password: switch on 2-Step Verification and make an app password, or sign in with OAuth 2",
        )),
        help: Some("https://support.google.com/accounts/answer/185833".into()),
        ..offer(Source::Table, "imap.gmail.com")
    };
    found(&mut model, Progress::Found { source: Source::Table, offers: vec![gmail] });
    found(&mut model, Progress::Ended(End::Enough));
    model
}

/// Nobody knows anything.
pub fn nothing(width: u16, height: u16) -> Model {
    let mut model = open(width, height);
    typed(&mut model, "dana@acme.example");
    press(&mut model, "enter");
    for source in Source::ALL {
        found(&mut model, Progress::Nothing(source));
    }
    found(&mut model, Progress::Ended(End::All));
    model
}

fn checking(width: u16, height: u16) -> Model {
    let mut model = servers(width, height);
    press(&mut model, "enter");
    typed(&mut model, "not this one");
    press(&mut model, "enter");
    let good = |words: &str| Outcome::Good(safe(words));
    told(&mut model, Told::Ends(Step::Name, good("imap.acme.example is 192.0.2.7")));
    told(&mut model, Told::Ends(Step::Tcp, good("imap.acme.example port 993")));
    told(&mut model, Told::Ends(Step::Tls, good("the certificate is good")));
    told(&mut model, Told::Ends(Step::Greeting, good("an IMAP server")));
    model
}

/// The password was refused.
pub fn refused(width: u16, height: u16) -> Model {
    let mut model = checking(width, height);
    let bad = Outcome::Bad {
        words: safe("the server refused the sign-in: [AUTHENTICATIONFAILED] Authentication failed."),
        next: safe("check user name and password; many providers want a password made for this program"),
        unreachable: false,
    };
    told(&mut model, Told::Ends(Step::SignIn, bad));
    told(&mut model, Told::Ended);
    model
}

/// A computer without a network.
pub fn offline(width: u16, height: u16) -> Model {
    let mut model = open(width, height);
    typed(&mut model, "dana@acme.example");
    press(&mut model, "enter");
    found(&mut model, Progress::Nothing(Source::Table));
    for source in Source::ALL.into_iter().skip(1) {
        let words = safe("the DNS does not answer");
        found(&mut model, Progress::Failed { source, words });
    }
    found(&mut model, Progress::Ended(End::All));
    model
}

/// OAuth 2 of a provider that wants programs to be registered.
pub fn client(width: u16, height: u16) -> Model {
    let mut model = open(width, height);
    typed(&mut model, "dana@company.example");
    press(&mut model, "enter");
    let ways = vec![Way::OAuth { provider: "google".into() }, Way::AppPassword];
    let company = Offer { ways, ..offer(Source::Mx, "imap.gmail.com") };
    found(&mut model, Progress::Found { source: Source::Mx, offers: vec![company] });
    found(&mut model, Progress::Ended(End::Enough));
    press(&mut model, "enter");
    model
}

fn signing_in(width: u16, height: u16, step: SignInStep) -> Model {
    let mut model = client(width, height);
    typed(&mut model, "1234-abcd.apps.googleusercontent.com");
    press(&mut model, "tab");
    typed(&mut model, "not this one");
    press(&mut model, "enter");
    let turn = model.wizard.as_ref().unwrap().turn;
    news(&mut model, News::SignIn(turn, step));
    model
}

/// The browser has the word.
pub fn browser(width: u16, height: u16) -> Model {
    let url = "https://accounts.google.com/o/oauth2/v2/auth?response_type=code&client_id=1234-abcd.apps.googleusercontent\
               .com&redirect_uri=http%3A%2F%2F127.0.0.1%3A41739%2F&scope=https%3A%2F%2Fmail.google.com%2F&state=kq0c9Zt&\
               code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    signing_in(width, height, SignInStep::Browser { url: safe(url) })
}

/// A bridge on this computer with a certificate of its own.
pub fn bridge(width: u16, height: u16) -> Model {
    let mut model = open(width, height);
    typed(&mut model, "dana@proton.me");
    press(&mut model, "enter");
    let receive = Server { host: "127.0.0.1".to_owned(), port: 1143, security: Security::StartTls };
    let note =
        Some(safe("Install Proton Mail Bridge (for paid plans), and use the password and the ports that it shows"));
    let proton = Offer { note, ways: vec![Way::AppPassword], ..Offer::plain(Source::Table, receive, None) };
    found(&mut model, Progress::Found { source: Source::Table, offers: vec![proton] });
    found(&mut model, Progress::Ended(End::Enough));
    press(&mut model, "enter");
    typed(&mut model, "not this one");
    press(&mut model, "enter");
    let certificate = format!("sha256:{}", "3f7a09c1d2e84b56".repeat(4));
    told(&mut model, Told::Certificate(certificate));
    let (words, next) = (safe("nobody vouches for it"), safe("pin it"));
    told(&mut model, Told::Ends(Step::Tls, Outcome::Bad { words, next, unreachable: false }));
    told(&mut model, Told::Ended);
    model
}

/// A host that the DNS alone names, in fields that were changed by hand.
pub fn strange(width: u16, height: u16) -> Model {
    let mut model = open(width, height);
    typed(&mut model, "dana@acme.example");
    press(&mut model, "enter");
    let strange = Offer { confirm: true, ..offer(Source::Srv, "imap.hoster.example") };
    found(&mut model, Progress::Found { source: Source::Srv, offers: vec![strange] });
    found(&mut model, Progress::Ended(End::All));
    model.wizard.as_mut().unwrap().touched = true;
    press(&mut model, "enter");
    model
}

/// An account that is saved while another posthaste does the syncing.
pub fn done_beside(width: u16, height: u16) -> Model {
    let mut model = done(width, height);
    model.options.read_only = Some(posthaste::app::rights::ReadOnly::Another);
    model
}

/// A code is to be typed elsewhere.
pub fn code(width: u16, height: u16) -> Model {
    let (url, code) = (safe("https://microsoft.com/devicelogin"), safe("WDJB-MJHT"));
    signing_in(width, height, SignInStep::Device { url, code })
}

/// It works, and it is saved.
pub fn done(width: u16, height: u16) -> Model {
    saved(width, height, Outcome::Good(safe("fine")))
}

/// It is saved, and nothing gets out.
pub fn done_shut(width: u16, height: u16) -> Model {
    let words = safe("smtp.acme.example does not answer in 10 seconds");
    let next = safe("check smtp.host, smtp.port and smtp.security; a firewall may stand between");
    saved(width, height, Outcome::Fair { words, next })
}

fn saved(width: u16, height: u16, sending: Outcome) -> Model {
    let mut model = checking(width, height);
    for step in [Step::SignIn, Step::Folders, Step::SpecialFolders] {
        told(&mut model, Told::Ends(step, Outcome::Good(safe("fine"))));
    }
    told(&mut model, Told::Ends(Step::Sending, sending));
    let roles = [Role::Archive, Role::Sent, Role::Drafts, Role::Trash, Role::Junk];
    let roles = roles.into_iter().map(|role| (role, safe("x"))).collect();
    told(&mut model, Told::Folders { roles, count: 14 });
    told(&mut model, Told::Ended);
    let turn = model.wizard.as_ref().unwrap().turn;
    news(&mut model, News::Saved(turn, Ok(())));
    model
}

/// Servers without characters beyond ASCII.
pub fn ascii(width: u16, height: u16) -> Model {
    let mut model = live(width, height);
    (model.options.glyphs, model.options.utf8) = (posthaste::app::model::Glyphs::Ascii, false);
    model
}

/// Servers on the linear screen.
pub fn linear(width: u16, height: u16) -> Model {
    let mut model = servers(width, height);
    model.options.face = posthaste::app::model::Face::Linear;
    model
}
