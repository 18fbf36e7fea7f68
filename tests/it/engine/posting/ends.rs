//! How mails end that do not simply arrive: unknown and called back, waited for at the end of the program, written down on a
//! disk that fails, refused by a server that wants another password than the one for reading, forgotten with their account.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use posthaste::compose::Built;
use posthaste::config::outgoing::{Outgoing, Smtp, Way as Out};
use posthaste::config::secret::Secret;
use posthaste::config::{Account, Security};
use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::server::Options;
use posthaste::dir_lock::Access;
use posthaste::journal::{Journal, Posting};
use posthaste::letter::Letter;
use posthaste::letters::{Letters, Parts};
use posthaste::mail::UnixTime;
use posthaste::protocol::{Command, Connection, Event, Typed};
use posthaste::sasl::Wanted;
use posthaste::store::Cache;
use posthaste::sync::apply;
use posthaste::sync::desk::Files;
use posthaste::sync::post::{Plain, Post, Scribe};
use rstest::rstest;

use super::{HANDED, Way, begin, failed, handed, letter, sent_well, start, write};
use crate::engine::drafts::{drafts_in, keep};
use crate::support::engine::{Embedded, End, Home, account};
use crate::support::smtp::{Habits, Sink};

/// SN04, P16: a mail of which nobody knows is still called that when it is called back, and what is sent then is another mail:
/// the first one is not taken for it, and its draft goes with it.
#[test]
fn an_unknown_mail_is_called_back_as_one() {
    let (server, home, line, id) = begin(Options::default(), &[Way::CutTaken]);
    let letters = Letters::of(&home.data());
    let mut driver = start(&home, id);
    keep(&mut driver, id, "Here it is.", &|| drafts_in(&server, "dana", "Drafts"));
    let op = driver.post(id, None);
    failed(&mut driver, op);
    driver.until("it was looked for", |driver| matches!(driver.posting(op), Posting::Unknown { looked: true, .. }));
    drop(driver);
    let (cache, journal) =
        (Cache::open(&home.cache(), Access::Owner).unwrap(), Journal::open(&home.data(), Access::Owner).unwrap());
    let generation = cache.generation();
    let mut files = Files { cache: cache.writer().unwrap(), journal };
    let applied = apply::discard(&mut files, generation, op).unwrap();
    assert_eq!(applied.summary, "It may have been sent: Send \"Contract\" to Ada and 1 more");
    drop((files, cache));
    let called_back = letters.load(id).unwrap().unwrap();
    let other = called_back.message_id.clone();
    assert!(other != "m9@x" && other.ends_with("@example.org"), "{other}");
    assert_eq!(Letter { message_id: "m9@x".to_owned(), draft: None, ..called_back }, letter(id, "m9"));
    // The first one did arrive.
    server.deliver("Sent", "m9");
    let mut driver = home.start();
    driver.online();
    let again = driver.post(id, None);
    driver.done(again);
    driver.settle();
    let name = |found: &crate::support::raw_client::Found| (found.folder.clone(), found.message_id.clone());
    let mut sent: Vec<_> = server.all().iter().map(name).filter(|(folder, _)| folder != "INBOX").collect();
    sent.sort();
    let mut expected = vec![("Sent".to_owned(), "m9@x".to_owned()), ("Sent".to_owned(), other)];
    expected.sort();
    assert_eq!(sent, expected, "{}", driver.tail());
    assert_eq!(line.sink().len(), 2);
}

/// A mail that has gone out, and whose server takes its time, is not unknown because the user quits.
#[test]
fn the_end_waits_for_an_answer() {
    let (_server, home, line, id) = begin(Options::default(), &[Way::Slow(Duration::from_secs(3))]);
    let mut driver = start(&home, id);
    let op = driver.post(id, None);
    driver.until("it has gone out", |_| line.sink().len() == 1);
    assert_eq!(driver.posting(op), Posting::Ending);
    driver.stop();
    let journal = Journal::open(&home.data(), Access::ReadOnly).unwrap();
    assert!(matches!(journal.post(op).unwrap().unwrap().posting, Posting::Sent { .. }));
}

/// What was waited for and came soon is not waited for again: the engine comes to its end, and says so.
#[test]
fn a_quick_answer_ends_it_well() {
    let (_server, home, line, id) = begin(Options::default(), &[Way::Slow(Duration::from_millis(100))]);
    let mut driver = start(&home, id);
    let op = driver.post(id, None);
    driver.until("it has gone out", |_| line.sink().len() == 1);
    driver.send(Command::Shutdown);
    driver.until("it stopped", |driver| driver.events.contains(&Event::Stopped));
    assert!(matches!(driver.posting(op), Posting::Sent { .. }));
}

/// Makes mails after this time, as where a passphrase is looked for.
struct Slow(Duration);

impl Scribe for Slow {
    fn mail(&self, letter: &Letter, parts: &Parts, now: UnixTime) -> Result<Built, String> {
        std::thread::sleep(self.0);
        Plain.mail(letter, parts, now)
    }
}

/// A mail that is being made when the user quits is queued before the end.
#[test]
fn the_end_waits_for_what_is_made() {
    let (_server, mut home, line, id) = begin(Options::default(), &[]);
    home.post = Post { scribe: Arc::new(Slow(Duration::from_secs(4))), ..home.post };
    let mut driver = start(&home, id);
    let op = driver.post(id, Some(UnixTime(i64::MAX / 2)));
    driver.stop();
    let journal = Journal::open(&home.data(), Access::ReadOnly).unwrap();
    assert_eq!(journal.post(op).unwrap().unwrap().posting, Posting::Waits { why: None });
    assert!(line.sink().is_empty());
}

/// RL35: what became of a try is written down when the disk lets it be, and nobody has to start anew for it.
#[rstest]
#[case::refused(Way::Refused)]
#[case::unknown(Way::CutLost)]
#[case::later(Way::CutBefore)]
fn an_end_is_written_down_later(#[case] way: Way) {
    let (_server, home, _line, id) = begin(Options::default(), &[way]);
    let mut driver = start(&home, id);
    let disk = rusqlite::Connection::open(home.data().join("journal.db")).unwrap();
    let full = "CREATE TRIGGER full BEFORE UPDATE ON steps WHEN OLD.state = 1 AND NEW.state <> 1
                BEGIN SELECT RAISE(FAIL, 'the disk is full'); END";
    disk.execute_batch(full).unwrap();
    let op = driver.post(id, None);
    driver.until("it cannot be written down", |driver| driver.told("could not be written down yet"));
    assert!(matches!(driver.posting(op), Posting::Begun | Posting::Ending));
    disk.execute_batch("DROP TRIGGER full").unwrap();
    driver.until("it is written down", |driver| match (way, driver.posting(op)) {
        (Way::Refused, Posting::Refused { .. }) | (Way::CutLost, Posting::Unknown { .. }) => true,
        (_, posting) => {
            posting == Posting::Waits { why: Some("Connection closed before the mail was sent: cut".to_owned()) }
        }
    });
    driver.stop();
}

/// RL35: what another process handed over waits where the disk does not let it in, and is sent when it does.
#[test]
fn what_is_handed_over_waits_for_the_disk() {
    let (server, home, line, id) = begin(Options::default(), &[]);
    let letters = Letters::of(&home.data());
    letters.keep(&letter(id, "m9")).unwrap();
    letters.hand(&handed(id), HANDED).unwrap();
    // Nothing can be written into what is no directory.
    let outbox = home.data().join("outbox");
    std::fs::write(&outbox, b"").unwrap();
    let mut driver = home.start();
    driver.online();
    assert_eq!((letters.handed(), driver.waiting().0), (vec![handed(id)], 0));
    std::fs::remove_file(&outbox).unwrap();
    // Somebody else hands something over.
    std::fs::write(letters.tray().unwrap().join("x"), b"").unwrap();
    driver.until("it was sent", |_| line.sink().len() == 1);
    driver.until("the note is gone", |_| letters.handed().is_empty());
    sent_well(&server, &home, &mut driver, id);
}

/// An account that signs in with a typed password, and sends through this server.
fn typed(server: &Embedded, smtp: SocketAddr) -> Account {
    let mut account = server.account();
    account.imap.secret = Secret::Prompt;
    let way = Smtp {
        host: smtp.ip().to_string(),
        port: smtp.port(),
        security: Security::None,
        user: "dana".to_owned(),
        auth: Some(Wanted::Automatic),
        secret: None,
        ca_file: None,
        pin: None,
        client: None,
    };
    account.outgoing = Outgoing { way: Some(Out::Smtp(Box::new(way))), ..Outgoing::default() };
    account
}

/// A submission server that refuses the sign-in, as where sending is switched off, takes nothing from reading.
#[test]
fn a_refusal_to_send_does_not_sign_out() {
    let server = Embedded::start(Options::default(), &["m1"]);
    let sink =
        Sink::new(Habits { answers: vec![("AUTH", "535 5.7.139 sending is switched off")], ..Habits::default() });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let smtp = listener.local_addr().unwrap();
    let other = sink.clone();
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(other.clone().serve(stream));
        }
    });
    let home = Home::new(vec![typed(&server, smtp)]);
    let mut driver = home.start();
    driver.until("the password is asked for", |driver| {
        driver.states.values().any(|state| matches!(state, Connection::SignInNeeded { .. }))
    });
    driver.send(Command::Secret { account: driver.id(), secret: Typed("secret".into()) });
    driver.online();
    let id = write(&home, "m9");
    let op = driver.post(id, None);
    assert!(failed(&mut driver, op).contains("5.7.139"));
    assert!(sink.seen().connections > 0 && sink.seen().mails.is_empty());
    let sign_ins = |server: &Embedded| server.count("AUTHENTICATE") + server.count("LOGIN");
    let before = sign_ins(&server);
    server.world.kick();
    driver.until("it connects anew", |driver| {
        let needed = driver.states.values().any(|state| matches!(state, Connection::SignInNeeded { .. }));
        assert!(!needed, "{}", driver.tail());
        sign_ins(&server) > before
    });
    driver.online();
}

/// An account that is removed takes the letters of what was sent with it; one that may have been sent is still a letter, and
/// would be another mail.
#[rstest]
#[case::sent(Way::Taken)]
#[case::unknown(Way::CutLost)]
fn a_removed_account_does_not_unsend(#[case] way: Way) {
    let (server, mut home, line, id) = begin(Options::default(), &[way]);
    server.world.add_user("ella", "secret");
    let rest = account("home", server.server.addr, "ella", "secret");
    home.accounts.push(rest.clone());
    let letters = Letters::of(&home.data());
    let mut driver = start(&home, id);
    server.world.arm(Fault::always(When::Verb("APPEND"), Then::No("[OVERQUOTA] full".to_owned())));
    let op = driver.post(id, None);
    driver.until("it has ended", |driver| driver.ends(op).iter().any(|end| *end != End::Undone));
    driver.until("one thing waits for the user", |driver| driver.waiting() == (0, 1));
    assert!(letters.load(id).unwrap().is_some());
    driver.set_accounts(vec![rest]);
    assert!(driver.remove("work", false).is_err());
    assert!(letters.load(id).unwrap().is_some());
    driver.remove("work", true).unwrap();
    let left = letters.load(id).unwrap();
    if way == Way::Taken {
        assert_eq!((left, line.sink().len()), (None, 1));
        assert!(letters.restore(id).unwrap(), "it can still be had");
    } else {
        assert_ne!(left.unwrap().message_id, "m9@x");
        driver.until("it is said", |driver| driver.told("\"Contract\" may have been sent"));
    }
}
