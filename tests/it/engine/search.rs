//! Searching on the server: what the cache does not know is found there, and every account comes to one end.

use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::server::Options;
use posthaste::mail::flags::Flags;
use posthaste::mail::{AccountId, UnixTime};
use posthaste::protocol::{Action, Command, Connection, Event, Priority, ServerSearch};
use posthaste::query::{Field, Node, State, Term, Thing};
use rstest::rstest;

use crate::support::engine::{Driver, Embedded, Home, account};
use crate::support::searches::{ends, hits, look_for, look_within, saying, told, words_in};

pub fn deliver(server: &Embedded, folder: &str, id: &str, text: &str) {
    server.world.deliver("dana", folder, &saying(id, text), Flags::default(), UnixTime(1_700_000_000));
}

/// Waits for the end of a search on the only account.
#[track_caller]
fn ended(driver: &mut Driver, search: u64) -> ServerSearch {
    driver.until("a search ends", |driver| !ends(told(driver.events.iter(), search, None)).is_empty());
    let mut ends = ends(told(driver.events.iter(), search, None));
    assert_eq!(ends.len(), 1, "{}", driver.tail());
    ends.remove(0)
}

/// Words in texts that are not here are found in every folder, those of attachments' neighbours and encoded ones too.
#[rstest]
#[case(Options::default())]
#[case(Options::default().without("ESEARCH"))]
#[case(Options::default().without("LITERAL+").without("IDLE"))]
fn texts_that_are_not_here_are_found(#[case] options: Options) {
    let server = Embedded::start(options, &["m1"]);
    deliver(&server, "INBOX", "m2", "a needle");
    deliver(&server, "Projects", "m3", "another needle");
    deliver(&server, "Trash", "m4", "a needle that was put away");
    let coded = [
        saying("m5", "").as_slice().strip_suffix(b"\r\n\r\nbody of m5\r\n\r\n").unwrap(),
        b"\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
          Eine N=E4hna=\r\ndel\r\n",
    ]
    .concat();
    server.world.deliver("dana", "INBOX", &coded, Flags::default(), UnixTime(1_700_000_000));
    let mut driver = server.home().start();
    driver.online();
    driver.send(look_for(1, words_in(Field::Any, "needle")));
    assert_eq!(ended(&mut driver, 1), ServerSearch::Done { folders: 2 });
    let (m2, m3) = (driver.message("m2"), driver.message("m3"));
    assert_eq!(hits(driver.events.iter(), 1), [m2, m3]);
    let running = told(driver.events.iter(), 1, None);
    assert!(running.len() > 1 && running[0] != running[running.len() - 1], "{running:?}");
    driver.send(look_for(2, words_in(Field::Body, "nähnadel")));
    ended(&mut driver, 2);
    assert_eq!(hits(driver.events.iter(), 2), [driver.message("m5")]);
    let anywhere = Node::Term(Term::In("anywhere".to_owned()));
    driver.send(look_for(3, Node::And(vec![words_in(Field::Body, "needle"), anywhere])));
    ended(&mut driver, 3);
    assert_eq!(hits(driver.events.iter(), 3), [m2, m3, driver.message("m4")]);
    driver.send(look_within(4, words_in(Field::Body, "needle"), Some(driver.folder("Trash"))));
    assert_eq!(ended(&mut driver, 4), ServerSearch::Done { folders: 1 });
    assert_eq!(hits(driver.events.iter(), 4), [driver.message("m4")]);
}

/// The server is not asked for what the cache knows, nor for what no server knows.
#[test]
fn the_server_is_asked_only_for_what_it_alone_knows() {
    let server = Embedded::start(Options::default(), &["m1"]);
    let mut driver = server.home().start();
    driver.online();
    server.world.clear_commands();
    for (search, root, expected) in [
        (1, words_in(Field::From, "ada"), ServerSearch::Needless),
        (2, Node::Term(Term::Is(State::Unread)), ServerSearch::Needless),
        (3, Node::Term(Term::Account("home".to_owned())), ServerSearch::Needless),
        (4, Node::Term(Term::Has(Thing::Link)), ServerSearch::Needless),
        (5, Node::Not(Box::new(words_in(Field::Body, "m1"))), ServerSearch::Impossible),
    ] {
        driver.send(look_for(search, root));
        assert_eq!(ended(&mut driver, search), expected, "{search}");
    }
    let message = driver.message("m1");
    driver.send(Command::WantBody { message, priority: Priority::Open, whole: true });
    driver.until("the body is here", |driver| driver.reader().body(message).unwrap().is_some());
    driver.send(look_for(6, words_in(Field::Body, "m1")));
    assert_eq!(ended(&mut driver, 6), ServerSearch::Needless, "every text is here");
    assert_eq!(server.count("UID SEARCH"), 0);
}

/// RL04: a refusal, an answer that is none and a lost connection end a search and remove nothing; the next one is asked.
#[rstest]
#[case::no(Then::No("[CANNOT] not in this folder".to_owned()), Some("not in this folder"))]
#[case::bad(Then::Bad("what?".to_owned()), Some("what?"))]
#[case::closed(Then::Close, None)]
#[case::lost(Then::DoThenClose, None)]
#[case::garbage(Then::Say(b"* SEARCH 1 2 3\r\nwhat is this\r\n".to_vec()), None)]
fn a_search_that_fails_costs_nothing(#[case] then: Then, #[case] reason: Option<&str>) {
    let server = Embedded::start(Options::default(), &["m1"]);
    deliver(&server, "INBOX", "m2", "a needle");
    deliver(&server, "Projects", "m3", "a needle");
    let mut driver = server.home().start();
    driver.online();
    let before = driver.all();
    server.world.arm(Fault::once(When::Verb("UID SEARCH"), then));
    driver.send(look_for(1, words_in(Field::Body, "needle")));
    let end = ended(&mut driver, 1);
    let ServerSearch::Failed { reason: told, left } = end else { panic!("{end:?}") };
    match reason {
        // Only one folder was refused.
        Some(reason) => {
            assert!(told.as_str().contains(reason) && left == 1, "{told:?} {left}");
            assert_eq!(hits(driver.events.iter(), 1), [driver.message("m3")]);
        }
        None => assert_eq!(left, 2, "{told:?}"),
    }
    assert_eq!(driver.all(), before);
    driver.online();
    driver.send(look_for(2, words_in(Field::Body, "needle")));
    assert_eq!(ended(&mut driver, 2), ServerSearch::Done { folders: 2 });
    driver.in_step(&|| server.all());
}

/// The newest search is the one that is done, and one that nobody looks at comes to no end.
#[test]
fn the_newest_search_counts() {
    let server = Embedded::start(Options::default(), &["m1"]);
    deliver(&server, "INBOX", "m2", "a needle");
    let mut driver = server.home().start();
    driver.online();
    for search in 1..=20 {
        driver.send(look_for(search, words_in(Field::Body, "needle")));
    }
    ended(&mut driver, 20);
    assert_eq!(hits(driver.events.iter(), 20), [driver.message("m2")]);
    driver.send(Command::EndSearch);
    driver.send(look_for(21, words_in(Field::Body, "needle")));
    driver.send(Command::EndSearch);
    driver.send(look_for(22, words_in(Field::Body, "needle")));
    ended(&mut driver, 22);
    assert!(ends(told(driver.events.iter(), 21, None)).len() <= 1);
}

/// The command line waits for this: in a run that ends by itself, every account tells of one end, whatever becomes of it.
#[test]
fn every_account_comes_to_one_end() {
    let (one, two) = (Embedded::start(Options::default(), &["m1"]), Embedded::start(Options::default(), &[]));
    deliver(&one, "INBOX", "m2", "a needle");
    deliver(&two, "INBOX", "m3", "a needle");
    two.world.arm(Fault::always(When::Verb("UID SEARCH"), Then::No("[CANNOT] no".to_owned())));
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let named = |name: &str, server: &Embedded| account(name, server.server.addr, "dana", "secret");
    let refused = account("refused", one.server.addr, "dana", "wrong");
    let home = Home::new(vec![
        named("done", &one),
        named("failed", &two),
        account("away", nobody, "dana", "secret"),
        refused,
        named("left out", &one),
    ]);
    let mut driver = home.run_once();
    let left_out = Node::Not(Box::new(Node::Term(Term::Account("left out".to_owned()))));
    driver.send(look_for(1, Node::And(vec![words_in(Field::Body, "needle"), left_out])));
    driver.until("the run ends", |driver| driver.events.contains(&Event::Stopped));
    let of = |at: i64| ends(told(driver.events.iter(), 1, Some(AccountId(at))));
    assert!(matches!(of(1)[..], [ServerSearch::Done { folders: 3 }]), "{:?}", of(1));
    assert!(matches!(of(2)[..], [ServerSearch::Failed { left: 3, .. }]), "{:?}", of(2));
    assert!(matches!(of(3)[..], [ServerSearch::Offline]), "{:?}", of(3));
    assert!(matches!(of(4)[..], [ServerSearch::Offline]), "{:?}", of(4));
    assert!(matches!(of(5)[..], [ServerSearch::Needless]), "{:?}", of(5));
    assert_eq!(hits(driver.events.iter(), 1), [driver.message("m2")]);
}

/// A search that comes when an account has ended its run already is answered all the same, once.
#[test]
fn an_account_that_has_ended_says_so() {
    let (quick, slow) = (Embedded::start(Options::default(), &["m1"]), Embedded::start(Options::default(), &[]));
    deliver(&slow, "INBOX", "m2", "a needle");
    slow.world.arm(Fault::once(When::Verb("SELECT"), Then::Hang));
    let named = |name: &str, server: &Embedded| account(name, server.server.addr, "dana", "secret");
    let mut driver = Home::new(vec![named("quick", &quick), named("slow", &slow)]).run_once();
    let (first, second) = (AccountId(1), AccountId(2));
    driver.until("one is done", |driver| matches!(driver.states.get(&first), Some(Connection::Online { .. })));
    driver.send(look_for(1, words_in(Field::Body, "needle")));
    let of = |driver: &Driver, account| ends(told(driver.events.iter(), 1, Some(account)));
    driver.until("it is answered", |driver| !of(driver, first).is_empty());
    let hangs = || slow.world.commands().iter().any(|line| line.contains("SELECT"));
    driver.until("the slow one hangs", |_| hangs());
    slow.world.kick();
    driver.until("the run ends", |driver| driver.events.contains(&Event::Stopped));
    assert_eq!(of(&driver, first), [ServerSearch::Offline]);
    // The lost connection was told of, and what came after it too.
    assert_eq!(of(&driver, second).last(), Some(&ServerSearch::Done { folders: 3 }), "{}", driver.tail());
    assert_eq!(hits(driver.events.iter(), 1), [driver.message("m2")]);
}

/// Gmail is asked once, in the folder that holds all, in its own words; that this server does not know them costs no
/// connection.
#[test]
fn gmail_is_asked_in_one_folder() {
    let server = Embedded::start(Options::default().with("X-GM-EXT-1"), &["m1"]);
    server.world.add_folder("dana", "All", Some("\\All"));
    deliver(&server, "All", "m2", "a needle");
    let mut driver = server.home().start();
    driver.online();
    let wanted = Node::And(vec![words_in(Field::Body, "two needles"), Node::Term(Term::Is(State::Unread))]);
    driver.send(look_for(1, wanted));
    assert!(matches!(ended(&mut driver, 1), ServerSearch::Failed { left: 1, .. }));
    let commands = server.world.commands();
    let asked: Vec<&String> = commands.iter().filter(|line| line.contains("UID SEARCH")).collect();
    assert_eq!(asked, ["dana: UID SEARCH RETURN (ALL) X-GM-RAW \"two needles\" UNSEEN"]);
    driver.act(Action::Archive, &[driver.message("m1")]);
    let lost = |event: &Event| matches!(event, Event::Connection { state: Connection::Offline { .. }, .. });
    assert!(!driver.events.iter().any(lost), "{}", driver.tail());
}
