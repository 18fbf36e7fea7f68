//! Submission through a real Postfix, which asks the tests' Dovecot who may send and delivers into its Maildirs.

use std::io::Write as _;
use std::process::Stdio;

use posthaste::imap::connect::dialer::Dialer;
use posthaste::imap::connect::{Endpoint, Security};
use posthaste::imap::trace::Trace;
use posthaste::sasl::{Mechanism, Wanted};
use posthaste::send::error::Error;
use posthaste::send::{Outlet, Report, SignIn, Smtp, check, submit};

use crate::support::dovecot::{Dovecot, Options, PASSWORD, available};
use crate::support::engine::Home;
use crate::support::postfix::{self, AUTH, MOST, Postfix};
use crate::support::program::program;
use crate::support::smtp::parcel;

struct Pair {
    dovecot: Dovecot,
    postfix: Postfix,
}

impl Pair {
    fn start() -> Option<Self> {
        if !available() || !postfix::available() {
            return None;
        }
        let extra = format!("auth_mechanisms = plain login scram-sha-256\nauth_failure_delay = 0\n{AUTH}");
        let dovecot = Dovecot::start(&Options { extra, ..Options::default() });
        // His Maildir is made when he is there for the first time.
        drop(dovecot.client("bob"));
        let postfix = Postfix::start(&dovecot, &["alice", "bob"]);
        Some(Self { dovecot, postfix })
    }

    fn outlet(&self, security: Security, want: Wanted) -> Outlet {
        let port = if security == Security::Tls { self.postfix.tls_port } else { self.postfix.port };
        let ca_file = Some(self.dovecot.ca_pem.clone());
        Outlet::Smtp(Box::new(Smtp {
            endpoint: Endpoint { ca_file, ..Endpoint::new("localhost", port, security) },
            user: "alice".to_owned(),
            sign_in: SignIn::Auth(want),
            dialer: Dialer::Network,
        }))
    }

    async fn send(&self, security: Security, to: &[&str], bytes: &[u8]) -> Result<Report, Error> {
        let outlet = self.outlet(security, Wanted::Automatic);
        submit(&outlet, &PASSWORD.into(), &parcel(to, bytes), None, &Trace::default()).await
    }

    /// Bob's mails, once there are so many.
    fn delivered(&self, count: usize) -> Vec<String> {
        self.postfix.delivered(&self.dovecot.dir.join("mail/bob/Maildir/new"), count)
    }
}

/// Over TLS and by STARTTLS, by the best mechanism unasked: what arrives is what was sent, and nothing tells of this computer
/// but the address that everybody has.
#[tokio::test]
async fn a_real_server_delivers() {
    let Some(pair) = Pair::start() else { return };
    let text = "From: alice@example.org\r\nTo: bob@example.org\r\nBcc: eve@example.org\r\nSubject: dots\r\n\r\n\
                .\r\n..two\r\nMAIL FROM:<x>\n.\nend\r\n";
    for security in [Security::Tls, Security::StartTls] {
        let report = pair.send(security, &["bob@example.org"], text.as_bytes()).await.unwrap();
        assert!(report.said.contains("queued as"), "{report:?}");
    }
    for mail in pair.delivered(2) {
        assert!(
            mail.contains("\nSubject: dots\n") && mail.ends_with("\n\n.\n..two\nMAIL FROM:<x>\n.\nend\n"),
            "{mail}"
        );
        assert!(mail.contains("from [127.0.0.1] (") && !mail.contains("eve@"), "{mail}");
        assert!(mail.contains("ESMTPSA"), "{mail}");
    }
    assert_eq!(pair.dovecot.client("bob").list_all().len(), 2);
    for mechanism in [Mechanism::ScramSha256, Mechanism::Plain, Mechanism::Login] {
        let outlet = pair.outlet(Security::Tls, Wanted::Only(mechanism));
        let found = check(&outlet, &PASSWORD.into(), &Trace::default()).await.unwrap();
        assert_eq!((found.signed_in, found.size, found.utf8), (Some(mechanism), Some(MOST), true));
        let error = check(&outlet, &"wrong".into(), &Trace::default()).await.unwrap_err();
        assert!(matches!(error, Error::Auth { .. }), "{error}");
    }
    let best = check(&pair.outlet(Security::Tls, Wanted::Automatic), &PASSWORD.into(), &Trace::default()).await;
    assert_eq!(best.unwrap().signed_in, Some(Mechanism::ScramSha256));
}

/// SN06: a recipient whom a real server does not know keeps the others from getting it; too large is said before it is sent.
#[tokio::test]
async fn a_real_server_refuses() {
    let Some(pair) = Pair::start() else { return };
    let text = b"Subject: x\r\n\r\nhi\r\n";
    let to = ["bob@example.org", "nobody@example.org", "carol@example.org"];
    let error = pair.send(Security::Tls, &to, text).await.unwrap_err();
    let Error::Recipients { refused } = error else { panic!("{error}") };
    let who: Vec<&str> = refused.iter().map(|turned| turned.address.as_str()).collect();
    assert_eq!(who, ["nobody@example.org", "carol@example.org"]);
    assert!(refused[0].answer.to_string().starts_with("There is no such address (550 5.1.1"), "{refused:?}");
    let large = format!("Subject: x\r\n\r\n{}", "text text\r\n".repeat(20_000));
    let error = pair.send(Security::Tls, &["bob@example.org"], large.as_bytes()).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { limit: Some(MOST), .. }), "{error}");
    pair.send(Security::Tls, &["bob@example.org"], text).await.unwrap();
    assert_eq!(pair.delivered(1).len(), 1, "what was refused was not sent to anybody");
}

/// The program itself: `posthaste send` hands a mail to a real server, which delivers it; the copy is in the real Sent when the
/// command ends, with Bcc.
#[test]
fn the_program_sends_by_a_real_server() {
    let Some(pair) = Pair::start() else { return };
    let home = Home::new(Vec::new());
    let config = format!(
        "[accounts.work]\nemail = \"alice@example.org\"\n[accounts.work.imap]\nhost = \"localhost\"\nport = {}\n\
         user = \"alice\"\npassword_command = \"echo {PASSWORD}\"\nca_file = \"{}\"\n[accounts.work.smtp]\n\
         host = \"localhost\"\nport = {}\n",
        pair.dovecot.tls_port,
        pair.dovecot.ca_pem.display(),
        pair.postfix.tls_port
    );
    std::fs::write(home.path().join("config.toml"), config).unwrap();
    let mut command = program(&home, &["send", "-", "--json"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mail = "From: alice@example.org\nTo: bob@example.org\nBcc: alice@example.org\nSubject: by a script\n\n.\nhi\n";
    child.stdin.take().unwrap().write_all(mail.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}\n{}", pair.postfix.log());
    let mails = pair.delivered(1);
    assert!(mails[0].contains("\nSubject: by a script\n") && mails[0].ends_with("\n\n.\nhi\n"), "{mails:?}");
    assert!(!mails[0].contains("Bcc"), "{mails:?}");
    let all = pair.dovecot.client("alice").list_all();
    assert_eq!(all.iter().filter(|found| found.folder == "Sent").count(), 1, "{all:?}");
}
