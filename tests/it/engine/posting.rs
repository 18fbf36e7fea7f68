//! Mails on their way out: sent once or visibly unknown, with one copy in Sent, and no letter lost on the way.

mod ends;

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::server::Options;
use posthaste::journal::Posting;
use posthaste::letter::{Kin, Letter, LetterId, Mailbox, Parcel, Relation, Seal};
use posthaste::letters::handed::Handed;
use posthaste::letters::{Letters, Source};
use posthaste::mail::UnixTime;
use posthaste::mail::flags::Flags;
use posthaste::protocol::{Command, OpId};
use posthaste::send::error::{Answer, Error, Stage};
use posthaste::send::gate::Gate;
use posthaste::sync::account::Account;
use posthaste::sync::post::{Carrier, Post};
use rstest::rstest;

use crate::support::engine::{Driver, Embedded, End, Home, mail};

/// What comes of handing a mail over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// It is taken.
    Taken,
    /// The line is cut before the end of the mail.
    CutBefore,
    /// The line is cut after it; the mail was taken.
    CutTaken,
    /// The line is cut after it; the mail was not taken.
    CutLost,
    /// The server asks to come back later.
    Later,
    /// The server refuses it for good.
    Refused,
    /// Nothing more is heard, before the end.
    HangBefore,
    /// Nothing more is heard, after the end; the mail was taken.
    HangAfter,
    /// It is taken, and that is said after this time.
    Slow(Duration),
}

/// A carrier that does as it is told, and everything that was taken by whoever it carries to.
#[derive(Default)]
struct Line {
    ways: Mutex<VecDeque<Way>>,
    sink: Mutex<Vec<Parcel>>,
    tries: Mutex<u32>,
}

impl Line {
    fn take(&self, parcel: &Parcel) {
        self.sink.lock().unwrap().push(parcel.clone());
    }

    fn sink(&self) -> Vec<Parcel> {
        self.sink.lock().unwrap().clone()
    }

    fn tries(&self) -> u32 {
        *self.tries.lock().unwrap()
    }
}

async fn go(line: &Line, way: Way, parcel: &Parcel, gate: &dyn Gate) -> Result<String, Error> {
    let lost = || Error::Unknown { what: "the connection was cut".to_owned() };
    match way {
        Way::CutBefore => return Err(Error::Closed { what: "cut".to_owned() }),
        Way::Later => {
            let answer = Answer { code: 451, status: None, text: "greylisted".to_owned() };
            return Err(Error::Later { stage: Stage::Mail, answer });
        }
        Way::Refused => return Err(Error::Unsendable("550 no such user".to_owned())),
        Way::HangBefore => std::future::pending::<()>().await,
        Way::Taken | Way::CutTaken | Way::CutLost | Way::HangAfter | Way::Slow(_) => {}
    }
    gate.pass().await.map_err(|what| Error::Closed { what })?;
    if way == Way::CutLost {
        return Err(lost());
    }
    line.take(parcel);
    match way {
        Way::CutTaken => Err(lost()),
        Way::HangAfter => std::future::pending().await,
        Way::Slow(time) => {
            tokio::time::sleep(time).await;
            Ok("2.0.0 Ok: queued as 7".to_owned())
        }
        Way::Taken | Way::CutBefore | Way::CutLost | Way::Later | Way::Refused | Way::HangBefore => {
            Ok("2.0.0 Ok: queued as 7".to_owned())
        }
    }
}

struct Carries(Arc<Line>);

impl Carrier for Carries {
    fn carry<'a>(
        &'a self,
        _: &'a Account,
        parcel: &'a Parcel,
        gate: &'a dyn Gate,
    ) -> Pin<Box<dyn Future<Output = Result<String, Error>> + Send + 'a>> {
        *self.0.tries.lock().unwrap() += 1;
        let way = self.0.ways.lock().unwrap().pop_front().unwrap_or(Way::Taken);
        Box::pin(go(&self.0, way, parcel, gate))
    }
}

/// A post whose mails are all taken.
pub fn taken() -> Post {
    Post { carrier: Arc::new(Carries(Arc::default())), ..Post::default() }
}

/// A server, files whose mails go this way, and the number of the letter `m9`.
fn begin(options: Options, ways: &[Way]) -> (Embedded, Home, Arc<Line>, LetterId) {
    let server = Embedded::start(options, &["m1", "m2"]);
    server.world.add_folder("dana", "Sent", Some("\\Sent"));
    let line = Arc::new(Line { ways: Mutex::new(ways.iter().copied().collect()), ..Line::default() });
    let post = Post { carrier: Arc::new(Carries(Arc::clone(&line))), ..Post::default() };
    let mut home = server.home();
    home.post = post;
    let id = Letters::of(&home.data()).next(UnixTime(1_764_000_000)).unwrap();
    (server, home, line, id)
}

/// A running engine, and then the letter on the disk: one that is there at the start is copied into Drafts.
fn start(home: &Home, id: LetterId) -> Driver {
    let mut driver = home.start();
    driver.online();
    Letters::of(&home.data()).keep(&letter(id, "m9")).unwrap();
    driver
}

/// Puts a letter on the disk.
pub fn write(home: &Home, name: &str) -> LetterId {
    let letters = Letters::of(&home.data());
    let id = letters.next(UnixTime(1_764_000_000)).unwrap();
    letters.keep(&letter(id, name)).unwrap();
    id
}

/// The letter of this name.
pub fn letter(id: LetterId, name: &str) -> Letter {
    let mailbox = |name: &str, address: &str| Mailbox { name: name.to_owned(), address: address.to_owned() };
    Letter {
        id,
        account: "work".to_owned(),
        from: mailbox("Dana", "dana@example.org"),
        to: vec![mailbox("Ada", "ada@example.org")],
        cc: Vec::new(),
        bcc: vec![mailbox("", "boss@example.org")],
        reply_to: Vec::new(),
        subject: "Contract".to_owned(),
        text: "Here it is.\n".to_owned(),
        markdown: false,
        seal: Seal::default(),
        attachments: Vec::new(),
        kin: Kin::default(),
        message_id: format!("{name}@x"),
        draft: None,
        resend: None,
        begun: 1_764_000_000,
    }
}

/// One copy in Sent, read; the letter is discarded; no file is left; nothing waits.
#[track_caller]
fn sent_well(server: &Embedded, home: &Home, driver: &mut Driver, letter: LetterId) {
    driver.settle();
    let copies: Vec<_> = server.all().into_iter().filter(|found| found.message_id == "m9@x").collect();
    let [copy] = &copies[..] else { panic!("{copies:?}\n{}", driver.tail()) };
    assert_eq!((copy.folder.as_str(), &copy.flags), ("Sent", &vec!["\\Seen".to_owned()]));
    let letters = Letters::of(&home.data());
    driver.until("the letter is done with", |_| !letters.place(letter).exists());
    let outbox = home.data().join("outbox");
    driver.until("no mail is left", |_| std::fs::read_dir(&outbox).unwrap().next().is_none());
    assert_eq!(driver.waiting(), (0, 0));
}

#[track_caller]
fn failed(driver: &mut Driver, op: OpId) -> String {
    let (reason, kept) = driver.refused(op);
    assert!(kept, "{reason}");
    reason
}

/// P16, SN05: a letter is sent once, to everybody, Bcc unseen; its copy is in Sent with Bcc, what it answers is marked, and
/// only then the letter goes.
#[test]
fn a_letter_is_sent_and_kept() {
    let (server, home, line, id) = begin(Options::default(), &[]);
    let mut driver = start(&home, id);
    let answered = driver.message("m1");
    let letters = Letters::of(&home.data());
    let kin = Kin { of: vec![(answered.0, Relation::Answer)], ..Kin::default() };
    letters.keep(&Letter { kin, ..letter(id, "m9") }).unwrap();
    let op = driver.post(id, None);
    driver.done(op);
    sent_well(&server, &home, &mut driver, id);
    let [parcel] = &line.sink()[..] else { panic!() };
    assert_eq!(
        (parcel.from.as_str(), &parcel.to[..]),
        ("dana@example.org", &["ada@example.org".to_owned(), "boss@example.org".to_owned()][..])
    );
    let text = String::from_utf8(parcel.bytes.clone()).unwrap();
    assert!(text.contains("Subject: Contract\r\n") && !text.contains("boss@"), "{text}");
    let uid = server.world.list("dana", "Sent")[0].uid;
    let copy = server.world.bytes("dana", "Sent", uid).unwrap();
    let copy = String::from_utf8_lossy(&copy).into_owned();
    assert!(copy.lines().any(|line| line.starts_with("Bcc:") && line.contains("boss@example.org")), "{copy}");
    driver.until("the message is marked", |_| {
        server.all().iter().any(|found| {
            found.message_id == "m1@x"
                && ["\\Answered", "\\Seen"].iter().all(|flag| found.flags.iter().any(|one| one == flag))
        })
    });
    assert_eq!(driver.posting(op), Posting::Sent { said: "2.0.0 Ok: queued as 7".to_owned() });
    assert!(letters.restore(id).unwrap(), "it can still be had");
    driver.each_ended_once();
}

/// Undo send: until its time has come a mail can be called back, and its letter is as it was.
#[test]
fn a_mail_is_called_back() {
    let (server, home, line, id) = begin(Options::default(), &[]);
    let mut driver = start(&home, id);
    let op = driver.post(id, Some(UnixTime(i64::MAX / 2)));
    driver.until("it is queued", |driver| driver.waiting().0 == 1);
    // It is nobody's to discard or to send twice while it waits.
    driver.send(Command::DiscardLetter(id));
    let twice = driver.post(id, None);
    assert!(!driver.refused(twice).1);
    driver.undo_here(op);
    assert_eq!(Letters::of(&home.data()).load(id).unwrap(), Some(letter(id, "m9")));
    assert_eq!((line.tries(), driver.waiting()), (0, (0, 0)));
    assert_eq!(driver.posting(op), Posting::CalledBack);
    // And is sent the second time.
    let again = driver.post(id, None);
    driver.done(again);
    sent_well(&server, &home, &mut driver, id);
    assert_eq!(line.sink().len(), 1);
    driver.send(Command::Undo(again));
    driver.refused(again);
}

/// Send later outlives a restart, and the user may change their mind.
#[test]
fn a_mail_waits_for_its_time() {
    let (server, home, line, id) = begin(Options::default(), &[]);
    let mut driver = start(&home, id);
    let op = driver.post(id, Some(UnixTime(i64::MAX / 2)));
    driver.until("it is queued", |driver| driver.waiting().0 == 1);
    driver.kill();
    let mut driver = home.start();
    driver.online();
    assert_eq!((driver.posting(op), line.tries()), (Posting::Waits { why: None }, 0));
    driver.send(Command::SendNow(op));
    driver.done(op);
    sent_well(&server, &home, &mut driver, id);
    assert_eq!(line.sink().len(), 1);
}

/// SN03: a line that is cut before the end of the mail leaves it in the outbox, and it is sent once.
#[test]
fn a_cut_before_the_end_is_tried_again() {
    let (server, home, line, id) = begin(Options::default(), &[Way::CutBefore, Way::CutBefore]);
    let mut driver = start(&home, id);
    let op = driver.post(id, None);
    for tries in 1..=2 {
        driver.until("it waits again", |driver| {
            line.tries() == tries && matches!(driver.posting(op), Posting::Waits { why: Some(_) })
        });
        driver.send(Command::Refresh(None));
    }
    driver.done(op);
    sent_well(&server, &home, &mut driver, id);
    assert_eq!((line.sink().len(), line.tries()), (1, 3));
}

/// SN03: what did not reach the server goes when the server has taken another mail, and at the next start; what the server
/// asked to wait is left alone.
#[rstest]
#[case::another_is_taken(Way::CutBefore, false)]
#[case::a_new_start(Way::CutBefore, true)]
#[case::asked_to_wait(Way::Later, false)]
#[case::asked_to_wait_at_a_new_start(Way::Later, true)]
fn what_did_not_reach_the_server_goes_when_it_is_there(#[case] way: Way, #[case] restarts: bool) {
    let (_server, home, line, id) = begin(Options::default(), &[way]);
    let mut driver = start(&home, id);
    let op = driver.post(id, None);
    let waits = |driver: &Driver| line.tries() > 0 && matches!(driver.posting(op), Posting::Waits { why: Some(_) });
    driver.until("it waits", |driver| waits(driver));
    if restarts {
        driver.kill();
        driver = home.start();
    } else {
        let other = write(&home, "m8");
        let other = driver.post(other, None);
        driver.done(other);
    }
    driver.online();
    let taken = u32::from(!restarts);
    if way == Way::Later {
        // One more, behind which it would have gone.
        let last = write(&home, "m7");
        let last = driver.post(last, None);
        driver.done(last);
        assert!(waits(&driver));
        assert_eq!(line.tries(), 2 + taken);
    } else {
        // Long before the minute is over that it waits by itself.
        let begun = std::time::Instant::now();
        driver.until("it is sent", |driver| matches!(driver.posting(op), Posting::Sent { .. }));
        assert!(begun.elapsed() < Duration::from_secs(30), "it waited");
        assert_eq!(line.tries(), 2 + taken);
    }
}

/// SN04: a line that is cut after the end of the mail leaves it unknown. Nothing sends it again but the user, neither time
/// nor a restart; or the user knows that it was sent.
#[rstest]
#[case::it_was_sent(Way::CutTaken, true)]
#[case::send_it_again(Way::CutLost, false)]
fn a_cut_after_the_end_is_unknown(#[case] way: Way, #[case] was_sent: bool) {
    let (server, home, line, id) = begin(Options::default(), &[way]);
    let mut driver = start(&home, id);
    let op = driver.post(id, None);
    let reason = failed(&mut driver, op);
    assert!(reason.contains("not known whether"), "{reason}");
    driver.until("it was looked for", |driver| matches!(driver.posting(op), Posting::Unknown { looked: true, .. }));
    driver.send(Command::Refresh(None));
    driver.online();
    drop(driver);
    let mut driver = home.start();
    driver.online();
    assert!(matches!(driver.posting(op), Posting::Unknown { looked: true, .. }));
    assert_eq!(line.tries(), 1);
    assert_eq!(Letters::of(&home.data()).load(id).unwrap(), Some(letter(id, "m9")));
    driver.send(if was_sent { Command::WasSent(op) } else { Command::Retry(op) });
    driver.done(op);
    sent_well(&server, &home, &mut driver, id);
    assert_eq!(line.sink().len(), 1);
}

/// SN04: a copy among what was sent shows that it was.
#[test]
fn a_copy_shows_that_it_was_sent() {
    let (server, home, line, id) = begin(Options::default(), &[Way::CutTaken]);
    let seen = Flags::parse(["\\Seen"]);
    server.world.deliver("dana", "Sent", &mail("m9"), seen, UnixTime(1_700_000_000));
    let mut driver = start(&home, id);
    let op = driver.post(id, None);
    driver.until("it was found", |driver| driver.ends(op).last() == Some(&End::Done));
    sent_well(&server, &home, &mut driver, id);
    assert_eq!((line.sink().len(), line.tries()), (1, 1));
}

/// SN04: where all mail lies in one folder, the draft of a mail does too: it does not show that the mail was sent.
#[test]
fn a_draft_does_not_show_that_it_was_sent() {
    let (server, home, line, id) = begin(Options::default(), &[Way::CutLost]);
    server.world.add_folder("dana", "All Mail", Some("\\All"));
    let (bare, marked) = (mail("m9"), [b"X-Posthaste-Draft: 00ff.1\r\n".as_slice(), &mail("m9")].concat());
    for (bytes, flags) in [(bare, "\\Draft"), (marked, "\\Seen")] {
        server.world.deliver("dana", "All Mail", &bytes, Flags::parse([flags]), UnixTime(1_700_000_000));
    }
    let mut driver = start(&home, id);
    let op = driver.post(id, None);
    failed(&mut driver, op);
    driver.until("it was looked for", |driver| matches!(driver.posting(op), Posting::Unknown { looked: true, .. }));
    assert_eq!((line.tries(), driver.waiting()), (1, (0, 1)));
}

/// SN05: a kill while a mail is handed over. Before its end it is sent by the next run; after it, it is unknown.
#[rstest]
#[case::before(Way::HangBefore)]
#[case::after(Way::HangAfter)]
fn a_kill_on_the_way_is_survived(#[case] way: Way) {
    let (server, home, line, id) = begin(Options::default(), &[way]);
    let mut driver = start(&home, id);
    let op = driver.post(id, None);
    let there = if way == Way::HangAfter { Posting::Ending } else { Posting::Begun };
    driver.until("it is on its way", |driver| line.tries() == 1 && driver.posting(op) == there);
    driver.send(Command::Undo(op));
    driver.kill();
    let mut driver = home.start();
    driver.online();
    if way == Way::HangAfter {
        failed(&mut driver, op);
        assert_eq!((line.sink().len(), line.tries()), (1, 1));
        driver.send(Command::WasSent(op));
    }
    driver.until("it is sent", |driver| driver.ends(op).last() == Some(&End::Done));
    sent_well(&server, &home, &mut driver, id);
    assert_eq!(line.sink().len(), 1);
}

/// SN06: what is refused for good stays with the server's words; its letter comes back, or it is tried once more.
#[test]
fn a_refused_mail_waits_for_the_user() {
    let (server, home, line, id) = begin(Options::default(), &[Way::Refused, Way::Refused]);
    let mut driver = start(&home, id);
    let op = driver.post(id, None);
    assert!(failed(&mut driver, op).contains("550 no such user"));
    driver.send(Command::Discard(op));
    driver.until("it is given up", |driver| driver.ends(op).contains(&End::Undone));
    assert_eq!(Letters::of(&home.data()).load(id).unwrap(), Some(letter(id, "m9")));
    let op = driver.post(id, None);
    failed(&mut driver, op);
    driver.retry(op);
    driver.until("it is sent", |driver| driver.ends(op).last() == Some(&End::Done));
    sent_well(&server, &home, &mut driver, id);
    assert_eq!((line.sink().len(), line.tries()), (1, 3));
}

/// SN07: whatever goes wrong with APPEND, there is one copy in Sent in the end.
#[rstest]
#[case::told_first(Then::Say(b"* 3 EXISTS\r\n".to_vec()), false)]
#[case::no_folder(Then::No("[TRYCREATE] no such folder".to_owned()), true)]
#[case::full(Then::No("[OVERQUOTA] full".to_owned()), true)]
#[case::cut(Then::Close, false)]
#[case::cut_behind(Then::DoThenClose, false)]
fn there_is_one_copy(#[case] then: Then, #[case] refused: bool) {
    let (server, home, line, id) = begin(Options::default(), &[]);
    let mut driver = start(&home, id);
    server.world.arm(Fault::once(When::Verb("APPEND"), then));
    let op = driver.post(id, None);
    driver.done(op);
    if refused {
        driver.until("the copy is refused", |driver| driver.waiting() == (0, 1));
        // The letter and the mail are kept for it.
        assert!(Letters::of(&home.data()).load(id).unwrap().is_some());
        let own = driver.failed_op();
        driver.send(Command::Retry(own));
        driver.until("it is tried again", |driver| driver.waiting().1 == 0);
    }
    sent_well(&server, &home, &mut driver, id);
    assert_eq!(line.sink().len(), 1);
}

/// SN08: what was attached when the mail was queued is what is sent, whatever becomes of the file and of the letter.
#[test]
fn what_was_queued_is_sent() {
    let (server, home, line, id) = begin(Options::default(), &[]);
    let letters = Letters::of(&home.data());
    let mut driver = start(&home, id);
    let attached = letters.attach(id, "plan.txt", "text/plain", &Source::Bytes(b"the first plan")).unwrap();
    let stored = letters.place(id).join(&attached.stored);
    letters.keep(&Letter { attachments: vec![attached], ..letter(id, "m9") }).unwrap();
    let op = driver.post(id, Some(UnixTime(i64::MAX / 2)));
    driver.until("it is queued", |driver| driver.waiting().0 == 1);
    std::fs::remove_file(stored).unwrap();
    driver.send(Command::SendNow(op));
    driver.done(op);
    sent_well(&server, &home, &mut driver, id);
    let text = String::from_utf8(line.sink()[0].bytes.clone()).unwrap();
    assert!(text.contains("the first plan") || text.contains("dGhlIGZpcnN0IHBsYW4"), "{text}");
}

/// A mail is not kept from being sent by what cannot be: each has its own try, and its own end.
#[test]
fn a_letter_that_is_no_mail_is_told() {
    let (server, home, _line, id) = begin(Options::default(), &[]);
    let letters = Letters::of(&home.data());
    let mut driver = start(&home, id);
    letters.keep(&Letter { to: Vec::new(), bcc: Vec::new(), ..letter(id, "m9") }).unwrap();
    let op = driver.post(id, None);
    let (reason, kept) = driver.refused(op);
    assert!(!kept && reason.contains("nobody"), "{reason}");
    assert!(letters.load(id).unwrap().is_some());
    assert!(server.places("m9").is_empty());
}

/// How the letter `m9` is handed over by another process.
fn handed(letter: LetterId) -> Handed {
    Handed {
        letter,
        at: None,
        from: "dana@example.org".to_owned(),
        to: vec!["ada@example.org".to_owned()],
        message_id: "m9@x".to_owned(),
        skip: 13,
    }
}

/// Its mail.
const HANDED: &[u8] = b"Bcc: boss@x\r\nSubject: Contract\r\nMessage-ID: <m9@x>\r\n\r\nHi\r\n";

/// SN05: a mail that another process handed over is sent once, found by the next run where the owner was gone, and not again
/// where its note stayed behind.
#[test]
fn a_mail_is_handed_over_once() {
    let (server, home, line, id) = begin(Options::default(), &[]);
    let letters = Letters::of(&home.data());
    letters.keep(&letter(id, "m9")).unwrap();
    let handed = handed(id);
    letters.hand(&handed, HANDED).unwrap();
    let mut driver = home.start();
    driver.online();
    driver.until("it was sent", |_| line.sink().len() == 1);
    sent_well(&server, &home, &mut driver, id);
    assert!(line.sink()[0].bytes.starts_with(b"Subject: Contract") && letters.handed().is_empty());
    // Killed before the note was taken away: it is found by the journal, sent or not.
    letters.hand(&handed, HANDED).unwrap();
    driver.until("the note is gone", |_| letters.handed().is_empty());
    drop(driver);
    letters.hand(&handed, HANDED).unwrap();
    let mut driver = home.start();
    driver.online();
    driver.until("the note is gone", |_| letters.handed().is_empty());
    assert_eq!((line.sink().len(), driver.waiting()), (1, (0, 0)));
}
