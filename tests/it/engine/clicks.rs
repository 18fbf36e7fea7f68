//! Mailings that are left by a click (RFC 8058): queued, made once there is a way, taken back before, told when refused.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use posthaste::demo::server::Options;
use posthaste::journal::{Access, Click, Journal, NewOp, NewStep, Verb};
use posthaste::mail::UnixTime;
use posthaste::mail::flags::Flags;
use posthaste::protocol::{Command, Event, OpId, Origin};
use posthaste::sync::post::{Clicker, Missed, Post};
use rstest::rstest;

use crate::support::engine::{Driver, Embedded, End, Home};

const LINK: &str = "https://shop.example/u?id=1";

/// What becomes of the clicks, in order; then they are taken.
#[derive(Default)]
struct Web {
    outcomes: Mutex<VecDeque<Missed>>,
    clicked: Mutex<Vec<String>>,
}

impl Web {
    fn clicks(&self) -> usize {
        self.clicked.lock().unwrap().len()
    }
}

impl Clicker for Web {
    fn click(&self, url: &str) -> Result<(), Missed> {
        self.clicked.lock().unwrap().push(url.to_owned());
        self.outcomes.lock().unwrap().pop_front().map_or(Ok(()), Err)
    }
}

/// A server, files whose clicks end so, and the web; a click waits for so many seconds.
fn begin(seconds: u16, outcomes: &[Missed]) -> (Embedded, Home, Arc<Web>) {
    let server = Embedded::start(Options::default(), &["m1"]);
    let web = Arc::new(Web { outcomes: Mutex::new(outcomes.iter().cloned().collect()), ..Web::default() });
    let mut home = server.home();
    home.post = Post { clicker: Arc::<Web>::clone(&web), ..Post::default() };
    home.accounts[0].outgoing.undo_seconds = seconds;
    (server, home, web)
}

fn click(driver: &mut Driver) -> OpId {
    let account = driver.id();
    driver.ask(|op| Command::Click { op, account, url: LINK.to_owned(), host: "shop.example".to_owned() })
}

fn unreached() -> Missed {
    Missed::Unreached("the server's name is not known".to_owned())
}

/// A click is made once, and is over; a restart does not make it again, and what was done cannot be taken back.
#[test]
fn a_click_is_made_once() {
    let (_server, home, web) = begin(0, &[]);
    let mut driver = home.start();
    driver.online();
    let op = click(&mut driver);
    driver.done(op);
    driver.send(Command::Undo(op));
    driver.refused(op);
    drop(driver);
    let mut driver = home.start();
    driver.online();
    driver.settle();
    assert_eq!(*web.clicked.lock().unwrap(), [LINK]);
    assert_eq!(driver.waiting(), (0, 0));
}

/// On a train: it waits, outlives a restart, and goes with the next connection, without anybody pressing a key again.
#[test]
fn a_click_waits_for_the_network() {
    let (_server, home, web) = begin(0, &[unreached(), unreached()]);
    let mut driver = home.start();
    driver.online();
    let op = click(&mut driver);
    driver.until("it waits again", |driver| web.clicks() == 1 && driver.told("it is tried again"));
    assert_eq!(driver.waiting(), (1, 0));
    driver.kill();
    let mut driver = home.start();
    driver.online();
    driver.send(Command::Refresh(None));
    driver.until("it is tried", |_| web.clicks() == 2);
    driver.until("it waits again", |driver| driver.told("it is tried again"));
    driver.send(Command::Refresh(None));
    driver.until("it is made", |driver| driver.ends(op).contains(&End::Done));
    assert_eq!((web.clicks(), driver.waiting()), (3, (0, 0)));
}

/// A kill while a click is on its way: nobody knows whether it was taken, it does no harm twice, and so it is made again; by
/// a run without a screen, too.
#[test]
fn a_kill_on_the_way_is_survived() {
    let (_server, home, web) = begin(0, &[]);
    // So that the account is known.
    home.start().online();
    let mut journal = Journal::open(&home.data(), Access::Owner).unwrap();
    let (op, account) = (journal.next_op().unwrap(), home.accounts[0].name.clone());
    let step = NewStep {
        account: account.clone(),
        verb: Verb::Click(Click { url: LINK.to_owned(), at: 0 }),
        local: None,
        generation: 0,
        place: None,
        prior: Flags::default(),
    };
    let (created, summary, origin) = (UnixTime(0), "Unsubscribe".to_owned(), Origin::User);
    let steps = vec![step];
    journal
        .append(&NewOp { op, created, summary, undo_of: None, redo_of: None, undoable: true, origin, steps })
        .unwrap();
    let waiting = journal.clicks(&account).unwrap();
    assert!(journal.begin_try(waiting[0].step).unwrap().is_some());
    assert_eq!(journal.clicks(&account).unwrap(), []);
    drop(journal);
    let mut driver = home.run_once();
    driver.until("it ends", |driver| driver.events.contains(&Event::Stopped));
    assert_eq!(web.clicks(), 1);
    drop(driver);
    assert_eq!(Journal::open(&home.data(), Access::Owner).unwrap().counts().unwrap(), (0, 0));
}

/// Until its time has come nothing leaves the machine, and undo takes it back for good.
#[test]
fn a_click_is_taken_back() {
    let (_server, home, web) = begin(600, &[]);
    let mut driver = home.start();
    driver.online();
    let op = click(&mut driver);
    driver.until("it is queued", |driver| driver.waiting() == (1, 0));
    driver.undo_here(op);
    driver.send(Command::Refresh(None));
    driver.settle();
    assert_eq!((web.clicks(), driver.waiting()), (0, (0, 0)));
}

/// What its server refuses stays for the user, with the server's words: to try again, or to give up.
#[rstest]
#[case::again(true)]
#[case::given_up(false)]
fn a_refused_click_waits_for_the_user(#[case] again: bool) {
    let (_server, home, web) = begin(0, &[Missed::Refused("the server answered 410".to_owned())]);
    let mut driver = home.start();
    driver.online();
    let op = click(&mut driver);
    let (reason, kept) = driver.refused(op);
    assert!(kept && reason == "Not unsubscribed: the server answered 410", "{reason}");
    assert_eq!(driver.waiting(), (0, 1));
    if again {
        driver.retry(op);
        driver.until("it is made", |driver| driver.ends(op).contains(&End::Done));
    } else {
        driver.send(Command::Discard(op));
        driver.until("it is given up", |driver| driver.ends(op).contains(&End::Undone));
    }
    assert_eq!((web.clicks(), driver.waiting()), (1 + usize::from(again), (0, 0)));
}

/// Triage does not wait for a click, nor a click for triage.
#[test]
fn nothing_waits_for_a_click() {
    let (_server, home, _web) = begin(600, &[]);
    let mut driver = home.start();
    driver.online();
    click(&mut driver);
    driver.until("it is queued", |driver| driver.waiting() == (1, 0));
    let message = driver.message("m1");
    let op = driver.act(crate::support::engine::set(&["\\Flagged"]), &[message]);
    assert!(driver.events.contains(&Event::OpDone(op)));
    assert_eq!(driver.waiting(), (1, 0));
}
