//! `send`, `compose` and `outbox` as scripts run them: against a submission server of this process and an IMAP server.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::Stdio;

use posthaste::config::outgoing::Way;
use posthaste::demo::server::Options;
use posthaste::journal::Posting;
use posthaste::letter::LetterId;
use posthaste::letters::Letters;
use posthaste::protocol::OpId;
use serde_json::Value;

use crate::support::engine::{Embedded, Home};
use crate::support::program::{Ran, configure, program};
use crate::support::smtp::{Habits, Sink, Taken};

/// As a script writes it: bare line feeds, no date, no number, people unseen.
const MAIL: &str = "From: Dana <dana@example.org>\nTo: Ada <ada@example.org>\nBcc: boss@example.org\nSubject: Gr\u{fc}\u{df}e\n\n\
    Gr\u{fc}\u{df}e\n.\nend\n";

/// An IMAP server, a submission server, and a home that is configured for both.
struct Pair {
    server: Embedded,
    sink: Sink,
    home: Home,
    _runtime: tokio::runtime::Runtime,
}

impl Pair {
    fn start() -> Self {
        let server = Embedded::start(Options::default(), &["m1"]);
        server.world.add_folder("dana", "Sent", Some("\\Sent"));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let sink = Sink::new(Habits::default());
        let address = runtime.block_on(listen(&sink));
        let home = server.home();
        let pair = Self { server, sink, home, _runtime: runtime };
        pair.configure(address.port());
        pair
    }

    /// Sends by this port.
    fn configure(&self, port: u16) {
        configure(&self.home);
        let path = self.home.path().join("config.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        let smtp = format!(
            "[accounts.work.smtp]\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"none\"\nauth = \"none\"\n\
             [compose]\nutc_dates = true\n"
        );
        std::fs::write(path, format!("{text}{smtp}")).unwrap();
    }

    fn run(&self, words: &[&str], input: &str) -> Ran {
        run(&self.home, words, input)
    }

    fn mails(&self) -> Vec<Taken> {
        self.sink.seen().mails.clone()
    }

    /// The texts of mails in Sent.
    fn copies(&self) -> Vec<String> {
        let list = self.server.world.list("dana", "Sent");
        let bytes = |uid| self.server.world.bytes("dana", "Sent", uid).unwrap();
        list.iter().map(|one| String::from_utf8_lossy(&bytes(one.uid)).into_owned()).collect()
    }
}

async fn listen(sink: &Sink) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let sink = sink.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(sink.clone().serve(stream));
        }
    });
    address
}

fn run(home: &Home, words: &[&str], input: &str) -> Ran {
    let mut command = program(home, words);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).env("TZ", "UTC");
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

#[track_caller]
fn ends(ran: &Ran, code: i32) -> Value {
    assert_eq!(ran.code, code, "{ran:#?}");
    serde_json::from_str(&ran.out).unwrap_or(Value::Null)
}

/// SN01: a mail of a script is sent once, mended and without Bcc, and its copy with Bcc is in Sent before the command ends.
#[test]
fn a_written_mail_is_sent() {
    let pair = Pair::start();
    let json = ends(&pair.run(&["send", "-", "--json"], MAIL), 0);
    assert_eq!((&json["state"], &json["reason"]), (&"sent".into(), &Value::Null));
    let mails = pair.mails();
    let [taken] = mails.as_slice() else { panic!("{mails:?}") };
    assert_eq!(taken.to.len(), 2, "{taken:?}");
    let text = String::from_utf8(taken.bytes.clone()).unwrap();
    assert!(!text.replace("\r\n", "").contains(['\r', '\n']) && !text.contains("boss@"), "{text}");
    let id = json["message_id"].as_str().unwrap();
    assert!(
        text.contains(&format!("Message-ID: <{id}>\r\n")) && text.contains("\r\nTo: Ada <ada@example.org>\r\n"),
        "{text}"
    );
    assert!(text.starts_with("Date: ") && text.contains(" +0000\r\n"), "{text}");
    assert!(
        text.contains("Subject: =?utf-8?") && text.contains("\r\nContent-Type: text/plain; charset=utf-8\r\n"),
        "{text}"
    );
    assert!(text.ends_with("\r\n\r\nGr\u{fc}\u{df}e\r\n.\r\nend\r\n"), "{text}");
    let copies = pair.copies();
    assert!(
        matches!(copies.as_slice(), [copy] if copy.starts_with("Bcc: ") && copy.contains("boss@example.org")),
        "{copies:?}"
    );
    assert_eq!(ends(&pair.run(&["outbox", "--json"], ""), 0), serde_json::json!([]));
}

/// SN03, SN05: what cannot be sent now is in the journal, told as 75, and goes out with the next sync, once.
#[test]
fn an_unreachable_server_is_waited_for() {
    let pair = Pair::start();
    let there = std::fs::read_to_string(pair.home.path().join("config.toml")).unwrap();
    pair.configure(1);
    let json = ends(&pair.run(&["send", "-", "--json"], MAIL), 75);
    assert_eq!(json["state"], "queued");
    let offline = pair.run(&["send", "-", "--offline"], &MAIL.replace("end", "later"));
    ends(&offline, 75);
    assert!(offline.out.starts_with("queued: Send \"Gr\u{fc}\u{df}e\" to Ada and 1 more (change "), "{offline:?}");
    let rows = ends(&pair.run(&["outbox", "--json"], ""), 0);
    assert_eq!((rows[0]["state"].as_str(), rows[1]["state"].as_str()), (Some("tried again later"), Some("waits")));
    assert_eq!(pair.mails(), []);
    std::fs::write(pair.home.path().join("config.toml"), there).unwrap();
    // Who asks for a sync does not wait for the next try of what failed.
    ends(&pair.run(&["sync"], ""), 0);
    assert_eq!(pair.mails().len(), 2);
    assert_eq!(ends(&pair.run(&["outbox", "--json"], ""), 0), serde_json::json!([]));
}

/// SN06: a refused mail says why, stays, and is tried again or given up; its letter is never lost.
#[test]
fn a_refused_mail_is_kept() {
    let pair = Pair::start();
    pair.sink.change(|habits| habits.answers.push(("RCPT TO:<ada", "550 5.1.1 no such user")));
    let refused = pair.run(&["send", "-", "--json"], MAIL);
    let json = ends(&refused, 1);
    assert!(json["reason"].as_str().unwrap().contains("no such user"), "{json}");
    assert!(refused.err.contains("\"posthaste outbox\" lists it"), "{refused:?}");
    let change = json["change"].to_string();
    let rows = ends(&pair.run(&["outbox", "--json"], ""), 0);
    assert_eq!((&rows[0]["state"], &rows[0]["subject"]), (&"refused".into(), &"Gr\u{fc}\u{df}e".into()));
    ends(&pair.run(&["outbox", "retry", &change], ""), 1);
    pair.sink.change(|habits| habits.answers.clear());
    ends(&pair.run(&["outbox", "retry", &change], ""), 0);
    assert_eq!((pair.mails().len(), pair.copies().len()), (1, 1));
    let wrong = pair.run(&["outbox", "retry", "9999"], "");
    ends(&wrong, 2);
    pair.sink.change(|habits| habits.answers.push(("MAIL", "550 5.7.1 not by you")));
    let json = ends(&pair.run(&["send", "-", "--json"], MAIL), 1);
    let given_up = pair.run(&["outbox", "discard", &json["change"].to_string()], "");
    ends(&given_up, 0);
    let letter = LetterId(json["letter"].as_i64().unwrap());
    assert!(Letters::of(&pair.home.data()).load(letter).unwrap().is_some());
    assert_eq!((pair.mails().len(), ends(&pair.run(&["outbox", "--json"], ""), 0)), (1, serde_json::json!([])));
}

/// Who looked, and found that it did not arrive, sends it once more.
#[test]
fn a_lost_mail_is_sent_anyway() {
    let pair = Pair::start();
    pair.sink.change(|habits| habits.mute_after = Some(0));
    let json = ends(&pair.run(&["send", "-", "--json"], MAIL), 1);
    assert_eq!(json["state"], "unknown");
    pair.sink.change(|habits| habits.mute_after = None);
    ends(&pair.run(&["outbox", "retry", "--anyway", &json["change"].to_string()], ""), 0);
    assert_eq!((pair.mails().len(), pair.copies().len()), (2, 1));
}

/// SN04: a mail whose answer was lost is not sent again but by the user's word, who may know better.
#[test]
fn a_lost_answer_is_the_users_to_judge() {
    let pair = Pair::start();
    pair.sink.change(|habits| habits.mute_after = Some(0));
    let sent = pair.run(&["send", "-", "--json"], MAIL);
    let json = ends(&sent, 1);
    assert_eq!(json["state"], "unknown", "a script that sends what was refused once more would send it twice");
    assert!(sent.err.contains("may have been sent") && sent.err.contains("was-sent"), "{sent:?}");
    let rows = ends(&pair.run(&["outbox", "--json"], ""), 0);
    assert_eq!(rows[0]["state"], "unknown", "{rows}");
    pair.sink.change(|habits| habits.mute_after = None);
    ends(&pair.run(&["sync"], ""), 1);
    let again = pair.run(&["outbox", "retry", &json["change"].to_string()], "");
    ends(&again, 1);
    assert!(again.err.contains("retry --anyway"), "{again:?}");
    assert_eq!(pair.mails().len(), 1);
    ends(&pair.run(&["outbox", "was-sent", &json["change"].to_string()], ""), 0);
    assert_eq!((pair.mails().len(), pair.copies().len()), (1, 1));
}

/// A time that is to come: the mail waits, whatever syncs meanwhile, until it is told not to.
#[test]
fn a_mail_is_sent_later() {
    let pair = Pair::start();
    let json = ends(&pair.run(&["send", "-", "--json", "--at", "3h"], MAIL), 75);
    ends(&pair.run(&["sync"], ""), 0);
    assert_eq!(pair.mails(), []);
    let change = json["change"].to_string();
    let listed = pair.run(&["outbox"], "");
    assert!(listed.out.starts_with(&format!("{change}\t")) && listed.out.ends_with("\twaits\n"), "{listed:?}");
    ends(&pair.run(&["outbox", "send-now", &change], ""), 0);
    assert_eq!(pair.mails().len(), 1);
    ends(&pair.run(&["send", "-", "--at", "yesterday-ish"], MAIL), 2);
}

/// Whoever it is from decides by which account it goes; a stranger's mail needs the user's word, and what is no mail, or for
/// nobody, is wrong use.
#[test]
fn the_sender_is_an_identity() {
    let pair = Pair::start();
    let stranger = MAIL.replace("dana@example.org", "eve@example.org");
    let refused = pair.run(&["send", "-"], &stranger);
    ends(&refused, 2);
    assert!(refused.err.contains("eve@example.org, which is no identity of yours"), "{refused:?}");
    ends(&pair.run(&["send", "-", "-a", "work"], &stranger), 0);
    ends(&pair.run(&["send", "-", "-a", "play"], &stranger), 2);
    let bare = "Subject: hi\n\nhi\n";
    let nobody = pair.run(&["send", "-"], bare);
    ends(&nobody, 2);
    assert!(nobody.err.contains("--to does"), "{nobody:?}");
    ends(&pair.run(&["send", "-", "--to", "bob@example.org, cy@example.org"], bare), 0);
    let mails = pair.mails();
    assert!(mails[0].from.contains("<eve@example.org>") && mails[1].from.contains("<dana@example.org>"), "{mails:?}");
    assert_eq!(mails[1].to.len(), 2);
    assert!(String::from_utf8_lossy(&mails[1].bytes).contains("From: <dana@example.org>\r\n"), "{mails:?}");
    ends(&pair.run(&["send", "-", "--to", "bob"], bare), 2);
    ends(&pair.run(&["send", "-", "--to", "bob@example.org"], "no header here\n"), 2);
    ends(&pair.run(&["send", "/nonexistent"], ""), 1);
    assert_eq!(pair.mails().len(), 2);
}

/// A server that takes seven bits alone gets the same in seven bits; but what is signed is not changed, and says what helps.
#[test]
fn a_server_of_seven_bits_gets_no_more() {
    let pair = Pair::start();
    pair.sink.change(|habits| habits.offers.retain(|offer| *offer != "8BITMIME"));
    ends(&pair.run(&["send", "-"], MAIL), 0);
    let mails = pair.mails();
    let [taken] = mails.as_slice() else { panic!("{mails:?}") };
    let text = String::from_utf8(taken.bytes.clone()).unwrap();
    assert!(text.is_ascii() && text.contains("\r\nContent-Transfer-Encoding: quoted-printable\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\nGr=C3=BC=C3=9Fe\r\n.\r\nend\r\n"), "{text}");
    let signed = "From: dana@example.org\nTo: ada@example.org\nMIME-Version: 1.0\nContent-Type: multipart/signed; boundary=b\n\n--b\n\
                  Content-Type: text/plain; charset=utf-8\n\n\u{fc}\n--b\nContent-Type: application/pgp-signature\n\nx\n--b--\n";
    let refused = pair.run(&["send", "-"], signed);
    ends(&refused, 1);
    assert!(refused.err.contains("as an attachment"), "{refused:?}");
    assert_eq!(pair.mails().len(), 1);
}

/// Where the config encrypts all mails, one in clear does not go out by mistake: only by the user's word, or encrypted already.
#[test]
fn what_is_always_encrypted_is_not_sent_in_clear() {
    let pair = Pair::start();
    let path = pair.home.path().join("config.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}encrypt = \"always\"\n")).unwrap();
    let refused = pair.run(&["send", "-"], MAIL);
    ends(&refused, 2);
    assert!(refused.err.contains("encrypts all mails") && refused.err.contains("--clear"), "{refused:?}");
    let signed = "From: dana@example.org\nTo: ada@example.org\nMIME-Version: 1.0\nContent-Type: multipart/signed; boundary=b;\n \
                  protocol=\"application/pgp-signature\"\n\n--b\nContent-Type: text/plain\n\nhi\n--b\n\
                  Content-Type: application/pgp-signature\n\nx\n--b--\n";
    ends(&pair.run(&["send", "-"], signed), 2);
    assert_eq!((pair.mails(), Letters::of(&pair.home.data()).list().unwrap().letters.len()), (Vec::new(), 0));
    let sealed = "From: dana@example.org\nTo: ada@example.org\nMIME-Version: 1.0\nContent-Type: multipart/encrypted; boundary=b;\n \
                  protocol=\"application/pgp-encrypted\"\n\n--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b\n\
                  Content-Type: application/octet-stream\n\n-----BEGIN PGP MESSAGE-----\n\nx\n-----END PGP MESSAGE-----\n--b--\n";
    ends(&pair.run(&["send", "-"], sealed), 0);
    ends(&pair.run(&["send", "-", "--clear"], MAIL), 0);
    assert_eq!(pair.mails().len(), 2);
}

/// Where a screen owns the journal, the mail is laid into its tray; it sends it, once, and the command says so.
#[test]
fn a_running_screen_sends_it() {
    let pair = Pair::start();
    let sent = pair.home.path().join("sent");
    let mut home = pair.server.home();
    home.accounts[0].outgoing.way = Some(Way::Command(format!("cat >> '{}' && true", sent.display())));
    configure(&home);
    let mut driver = home.start();
    driver.online();
    let json = ends(&run(&home, &["send", "-", "--json"], MAIL), 0);
    let text = std::fs::read_to_string(&sent).unwrap();
    assert_eq!(text.matches("Subject: ").count(), 1, "{text}");
    let op = OpId(json["change"].as_i64().unwrap());
    assert!(matches!(driver.posting(op), Posting::Sent { .. }));
    driver.until("nothing is left in the tray", |_| {
        std::fs::read_dir(home.data().join("letters/handed")).unwrap().next().is_none()
    });
    let later = ends(&run(&home, &["send", "-", "--json", "--at", "3h"], MAIL), 75);
    let op = OpId(later["change"].as_i64().unwrap());
    assert!(matches!(driver.posting(op), Posting::Waits { why: None }));
    let decided = run(&home, &["outbox", "discard", &op.0.to_string()], "");
    assert!(decided.code == 75 && decided.err.contains("posthaste is open"), "{decided:?}");
    driver.undo_here(op);
    assert_eq!(std::fs::read_to_string(&sent).unwrap(), text);
}

/// SN04: what the screen that sends it does not know, the command does not either.
#[test]
fn a_running_screen_may_not_know() {
    let pair = Pair::start();
    let mut home = pair.server.home();
    home.accounts[0].outgoing.way = Some(Way::Command("cat >/dev/null; kill -9 $$; :".to_owned()));
    configure(&home);
    let mut driver = home.start();
    driver.online();
    let sent = run(&home, &["send", "-", "--json"], MAIL);
    let json = ends(&sent, 1);
    assert_eq!(json["state"], "unknown", "{sent:?}");
    assert!(matches!(driver.posting(OpId(json["change"].as_i64().unwrap())), Posting::Unknown { .. }));
}

/// `compose --send`: a letter as the composer makes one, with what is attached; a file that is not there leaves nothing.
#[test]
fn a_letter_is_composed_and_sent() {
    let pair = Pair::start();
    let file = pair.home.path().join("Pl\u{e4}ne.pdf");
    std::fs::write(&file, b"%PDF-1.4 \xff").unwrap();
    let words = ["compose", "mailto:ada@example.org?subject=Plans&cc=cy@example.org", "-b", "-", "--attach"];
    let words: Vec<&str> =
        words.into_iter().chain([file.to_str().unwrap(), "--bcc", "boss@example.org", "--send"]).collect();
    let ran = pair.run(&words, "Here they are.\n");
    ends(&ran, 0);
    // No link hid anybody: the user did.
    assert!(!ran.err.contains("Bcc"), "{ran:?}");
    let mails = pair.mails();
    assert_eq!(mails[0].to.len(), 3);
    let text = String::from_utf8(mails[0].bytes.clone()).unwrap();
    assert!(
        text.contains("Subject: Plans\r\n") && text.contains("Here they are.") && text.contains("application/pdf"),
        "{text}"
    );
    assert!(!text.contains("boss@"), "{text}");
    let before = Letters::of(&pair.home.data()).list().unwrap().letters.len();
    ends(&pair.run(&["compose", "--to", "ada@example.org", "--attach", "/nonexistent", "--send"], ""), 1);
    ends(&pair.run(&["compose", "--send", "-s", "nobody"], ""), 1);
    ends(&pair.run(&["compose", "--to", "ada", "--send"], ""), 2);
    assert_eq!(Letters::of(&pair.home.data()).list().unwrap().letters.len(), before + 1, "the one for nobody is kept");
    assert_eq!(pair.mails().len(), 1);
}

/// Without a terminal a letter that is not sent is kept; a link alone is enough to begin one.
#[test]
fn a_letter_is_kept_for_later() {
    let pair = Pair::start();
    let json = ends(&pair.run(&["MAILTO:ada@example.org?body=hi", "--json"], ""), 0);
    let letter = Letters::of(&pair.home.data()).load(LetterId(json["letter"].as_i64().unwrap())).unwrap().unwrap();
    assert_eq!((letter.to[0].address.as_str(), letter.text.trim_end()), ("ada@example.org", "hi"));
    let hidden = pair.run(&["mailto:ada@example.org?bcc=eve@example.org"], "");
    assert!(hidden.err.contains("The link put somebody into Bcc"), "{hidden:?}");
    let kept = pair.run(&["compose", "--to", "bob@example.org", "-s", "-- hi"], "");
    ends(&kept, 0);
    assert!(kept.out.starts_with("kept as letter "), "{kept:?}");
    assert_eq!(pair.mails(), []);
    ends(&pair.run(&["compose", "mailto:ada@example.org?to=x%0d%0aBcc:y@example.org"], ""), 2);
    ends(&pair.run(&["compose", "--from", "eve@example.org"], ""), 2);
}
