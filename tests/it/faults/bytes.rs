//! A cut after each byte of what is said for a move, its undo and a flag, in either direction (RL01, RL23, RL24).

use std::net::SocketAddr;
use std::path::PathBuf;

use posthaste::config::Security;
use posthaste::demo::server::Options;
use posthaste::protocol::Action;
use rstest::rstest;

use crate::support::counted;
use crate::support::dovecot::{self, Dovecot, PASSWORD, available};
use crate::support::engine::{Driver, Embedded, Home, account, mail, set};
use crate::support::oracle::{census, conserved, places};
use crate::support::proxy::{Direction, Ending, Proxy};
use crate::support::raw_client::Found;

/// What is done while the line is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    /// To the archive, and back by undo.
    MoveAndUndo,
    /// A star set, and cleared by undo.
    Flag,
}

/// Cuts after byte 0, `stride`, 2 · `stride` … until neither the action nor its undo says so much; FIN and RST in turn.
/// Gives how many cuts struck.
fn cut_everywhere(
    driver: &mut Driver,
    proxy: &Proxy,
    server: &dyn Fn() -> Vec<Found>,
    way: (Direction, Work),
    stride: usize,
) -> u64 {
    let (direction, work) = way;
    driver.online();
    let before = census(&server());
    for byte in (0..).step_by(stride) {
        let what = format!("{work:?}, {direction:?}, byte {byte}");
        proxy.end_by(if byte % 2 == 0 { Ending::Fin } else { Ending::Reset });
        let action = match work {
            Work::MoveAndUndo => Action::Archive,
            Work::Flag => set(&["\\Flagged"]),
        };
        let place = if work == Work::Flag { "INBOX" } else { "Archive" };
        proxy.cut_after(direction, byte);
        let op = driver.act(action, &[driver.message("m")]);
        let first_unstruck = proxy.no_cut();
        let all = server();
        conserved(&before, &all, &[], &what);
        assert_eq!(places(&all, "m"), [place], "{what}");
        assert!(work != Work::Flag || all[0].flags == ["\\Flagged"], "{what}");
        driver.shows("m", place);
        proxy.cut_after(direction, byte);
        driver.undo(op);
        let second_unstruck = proxy.no_cut();
        let all = server();
        conserved(&before, &all, &[], &what);
        assert_eq!((places(&all, "m"), all[0].flags.len()), (vec!["INBOX".to_owned()], 0), "{what}");
        driver.shows("m", "INBOX");
        if first_unstruck && second_unstruck {
            break;
        }
    }
    driver.in_step(server);
    driver.each_ended_once();
    counted("cut", usize::try_from(proxy.cuts()).unwrap());
    proxy.cuts()
}

fn no_move() -> Options {
    Options::default().without("MOVE")
}

fn poorest() -> Options {
    no_move().without("UIDPLUS")
}

/// Whether every byte is asked for, however long that takes.
fn every_byte() -> bool {
    std::env::var("POSTHASTE_EVERY_BYTE").is_ok_and(|value| value == "1")
}

/// RL01, RL23, RL24: every single byte on the embedded server; where a move is made of many commands every third, or each
/// one with `POSTHASTE_EVERY_BYTE=1`.
#[rstest]
fn a_cut_after_each_byte_neither_loses_nor_doubles(
    #[values(Options::default(), no_move(), poorest())] options: Options,
    #[values(Direction::Up, Direction::Down)] direction: Direction,
    #[values(Work::MoveAndUndo, Work::Flag)] work: Work,
) {
    let stride = if every_byte() || options == Options::default() { 1 } else { 3 };
    let server = Embedded::start(options, &["m"]);
    let proxy = Proxy::start(server.server.addr, 1);
    let home = Embedded::home_through(&proxy);
    let cuts = cut_everywhere(&mut home.start(), &proxy, &|| server.all(), (direction, work), stride);
    println!("{cuts} cuts");
    assert!(cuts as usize > 40 / stride, "{cuts} cuts");
}

/// The same on Dovecot over TLS, where a cut is one without a goodbye; every 47th byte, or each one with
/// `POSTHASTE_EVERY_BYTE=1`.
#[rstest]
fn dovecot_over_tls_is_cut_as_well(
    #[values("MOVE UIDPLUS", "UIDPLUS", "")] offered: &str,
    #[values(Direction::Up, Direction::Down)] direction: Direction,
    #[values(Work::MoveAndUndo, Work::Flag)] work: Work,
) {
    if !available() {
        return;
    }
    let capability = Some(format!("IMAP4rev1 LITERAL+ IDLE NAMESPACE UNSELECT SPECIAL-USE LIST-STATUS {offered}"));
    let server = Dovecot::start(&dovecot::Options { capability, ..dovecot::Options::default() });
    server.deliver("alice", "INBOX", &mail("m"), "");
    let proxy = Proxy::start(SocketAddr::from(([127, 0, 0, 1], server.tls_port)), 1);
    let mut account = account("work", proxy.addr, "alice", PASSWORD);
    account.imap.security = Security::Tls;
    account.imap.host = "localhost".to_owned();
    account.imap.ca_file = Some(PathBuf::from(&server.ca_pem));
    let home = Home::new(vec![account]);
    let all = || server.client("alice").list_all();
    let stride = if every_byte() { 1 } else { 47 };
    let cuts = cut_everywhere(&mut home.start(), &proxy, &all, (direction, work), stride);
    println!("{cuts} cuts");
    assert!(cuts > 2, "{cuts} cuts");
}
