//! Every way to sign in that Dovecot knows, and a Dovecot that is started by a command.

use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};

use posthaste::config::{Account, SignIn};
use posthaste::imap::connect::tls::client::ClientCertificate;
use posthaste::imap::connect::{Endpoint, Security, connect};
use posthaste::imap::error::Error;
use posthaste::imap::trace::Trace;
use posthaste::protocol::{Action, Connection};
use posthaste::sasl::{Credential, Mechanism, Wanted};
use rstest::rstest;

use crate::support::dovecot::{Dovecot, Options, PASSWORD, available};
use crate::support::engine::{Home, account, mail, set};
use crate::support::program::{configure, run};

/// Signs alice in and names the mechanism that was taken.
async fn taken(endpoint: &Endpoint, credential: Credential, want: Wanted) -> Result<String, Error> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    let trace = Trace::to(Arc::new(move |line: &str| sink.lock().unwrap().push(line.to_owned())), "work".to_owned());
    let user = if want == Wanted::Only(Mechanism::External) { "" } else { "alice" };
    let session = connect(endpoint, &trace).await?.login(user, &credential, want).await?;
    session.logout().await;
    let lines = lines.lock().unwrap();
    let said = lines.iter().filter_map(|line| line.split_once(" C: ")).map(|(_, said)| said);
    let command = said.filter_map(|said| said.split_once(' ')).find(|(_, rest)| !rest.starts_with("CAPABILITY"));
    let words: Vec<&str> = command.unwrap().1.split(' ').collect();
    Ok(if words[0] == "AUTHENTICATE" { words[1].to_owned() } else { words[0].to_owned() })
}

/// Each mechanism by itself, the best of them unasked, and a wrong password by each.
#[tokio::test]
async fn every_mechanism() {
    if !available() {
        return;
    }
    let extra = "auth_mechanisms = plain login scram-sha-256\nauth_failure_delay = 0\n".to_owned();
    let server = Dovecot::start(&Options { extra, ..Options::default() });
    let endpoint =
        Endpoint { ca_file: Some(server.ca_pem.clone()), ..Endpoint::new("localhost", server.tls_port, Security::Tls) };
    for mechanism in [Mechanism::Plain, Mechanism::Login, Mechanism::ScramSha256] {
        let want = Wanted::Only(mechanism);
        assert_eq!(taken(&endpoint, PASSWORD.into(), want).await.unwrap(), mechanism.name());
        let error = taken(&endpoint, "wrong".into(), want).await.unwrap_err();
        assert!(matches!(error, Error::Auth { .. }), "{error}");
    }
    assert_eq!(taken(&endpoint, PASSWORD.into(), Wanted::Automatic).await.unwrap(), "SCRAM-SHA-256");
    let error = taken(&endpoint, "wrong".into(), Wanted::Automatic).await.unwrap_err();
    assert!(error.to_string().contains("by SCRAM-SHA-256"), "{error}");
}

/// PS23: passwords of every kind sign in, by each mechanism.
#[rstest]
#[case("a \"b\\%")]
#[case("pass word ")]
#[case("caf\u{e9}")]
#[case("{5}")]
#[case("\u{1f600}")]
#[case(&"long".repeat(50))]
#[tokio::test]
async fn passwords_of_every_kind(#[case] password: &str) {
    if !available() {
        return;
    }
    // base64, because the file has its own signs.
    let coded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, password);
    let dir = tempfile::Builder::new().permissions(std::fs::Permissions::from_mode(0o755)).tempdir().unwrap();
    let more = dir.path().join("more");
    std::fs::write(&more, format!("carol:{{PLAIN.b64}}{coded}::::\n")).unwrap();
    std::fs::set_permissions(&more, std::fs::Permissions::from_mode(0o644)).unwrap();
    let extra = format!(
        "auth_mechanisms = plain login scram-sha-256\npassdb {{\n driver = passwd-file\n args = {}\n}}\n",
        more.display()
    );
    let server = Dovecot::start(&Options { extra, ..Options::default() });
    let endpoint = Endpoint::new("127.0.0.1", server.port, Security::None);
    for mechanism in [Mechanism::Plain, Mechanism::Login, Mechanism::ScramSha256] {
        let greeted = connect(&endpoint, &Trace::default()).await.unwrap();
        let session = greeted.login("carol", &password.into(), Wanted::Only(mechanism)).await;
        assert!(session.is_ok(), "{mechanism}: {:?}\n{}", session.err(), server.log());
    }
}

/// A client certificate signs in by EXTERNAL, and nobody without one.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_certificate_signs_in() {
    use crate::support::tls::{GOOD, Issued, Leaf};
    if !available() {
        return;
    }
    let (authority, dir) = (Issued::authority(), tempfile::tempdir().unwrap());
    let ca = authority.write(dir.path());
    let issued = authority.sign(&Leaf { common: "alice", names: &[], addresses: &[], ..GOOD });
    let client = ClientCertificate { certificate: dir.path().join("cert"), key: dir.path().join("key") };
    std::fs::write(&client.certificate, issued.certificate.to_pem().unwrap()).unwrap();
    std::fs::write(&client.key, issued.key.private_key_to_pem_pkcs8().unwrap()).unwrap();
    // The password is the certificate's affair: whoever has it need not know one.
    let extra = format!(
        "auth_mechanisms = plain external\nssl_ca = <{}\nssl_verify_client_cert = yes\nssl_require_crl = no\n\
         auth_ssl_username_from_cert = yes\nssl_cert_username_field = commonName\nauth_failure_delay = 0\n\
         passdb {{\n driver = static\n mechanisms = external\n args = nopassword=y\n}}\n",
        ca.display()
    );
    let server = Dovecot::start(&Options { extra, ..Options::default() });
    let plain =
        Endpoint { ca_file: Some(server.ca_pem.clone()), ..Endpoint::new("localhost", server.tls_port, Security::Tls) };
    let endpoint = Endpoint { client: Some(client), ..plain.clone() };
    let external = Wanted::Only(Mechanism::External);
    let signed_in = taken(&endpoint, Credential::None, external).await;
    assert_eq!(signed_in.unwrap_or_else(|error| panic!("{error}\n{}", server.log())), "EXTERNAL");
    let error = taken(&plain, Credential::None, external).await.unwrap_err();
    assert!(matches!(error, Error::Auth { .. }), "{error}");
}

/// An account whose server is this command.
fn behind(command: String) -> Account {
    let mut account = account("work", "127.0.0.1:1".parse().unwrap(), "alice", PASSWORD);
    account.imap.secret = posthaste::config::secret::Secret::None;
    account.imap.sign_in = SignIn { command: Some(command), ..SignIn::default() };
    account
}

/// A command in place of a socket: no password, PREAUTH, all the way from headers to a flag on the server, and on another
/// connection when one is lost.
#[test]
fn a_command_is_a_server() {
    if !available() {
        return;
    }
    let server = Dovecot::start(&Options::default());
    server.deliver("alice", "INBOX", &mail("m1"), "");
    let home = Home::new(vec![behind(server.mail_command("alice"))]);
    let mut driver = home.start();
    driver.shows("m1", "INBOX");
    driver.act(set(&["\\Flagged"]), &[driver.message("m1")]);
    driver.act(Action::Archive, &[driver.message("m1")]);
    driver.until("the server has it", |_| {
        let all = server.client("alice").list_all();
        all.iter().any(|one| one.folder == "Archive" && one.flags.contains(&"\\Flagged".to_owned()))
    });
    assert!(driver.states.values().all(|state| !matches!(state, Connection::Offline { .. })), "{:?}", driver.states);
}

/// `doctor` and `sync` with a command: what was found, and what a command that fails said.
#[test]
fn the_program_runs_the_command() {
    if !available() {
        return;
    }
    let server = Dovecot::start(&Options::default());
    server.deliver("alice", "INBOX", &mail("m1"), "");
    let home = Home::new(vec![account("work", server.addr(), "alice", PASSWORD)]);
    configure(&home);
    let config = home.path().join("config.toml");
    let write = |command: &str| {
        let text = format!("[accounts.work]\nemail = \"alice@example.org\"\nimap.command = '''{command}'''\n");
        std::fs::write(&config, text).unwrap();
    };
    write(&server.mail_command("alice"));
    let ran = run(&home, "account check work");
    assert_eq!(ran.code, 0, "{ran:#?}");
    for words in ["command: it greets, and you are signed in", "sign-in: by the command"] {
        assert!(ran.out.contains(words), "{ran:#?}");
    }
    let ran = run(&home, "sync");
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(run(&home, "list --offline").out.contains("about m1"));
    write("echo 'ssh: no route to host' >&2; exit 255");
    let ran = run(&home, "account check work");
    let words = "imap.command ended with exit code 255 and said: ssh: no route to host";
    assert!(ran.code != 0 && format!("{}{}", ran.out, ran.err).contains(words), "{ran:#?}");
}
