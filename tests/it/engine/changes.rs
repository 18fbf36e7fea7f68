//! What changed meanwhile is told with SELECT (RFC 7162), asked for by mod-sequence, or found by looking at every flag:
//! the same rows in each way. And servers whose mod-sequences are worth nothing (RL21).

use posthaste::config::Compress;
use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::mailbox::Change;
use posthaste::demo::server::Options;
use posthaste::dir_lock::Access;
use posthaste::mail::MessageId;
use posthaste::mail::flags::Flags;
use posthaste::mail::list::Source;
use posthaste::protocol::Action;
use posthaste::store::Cache;
use rstest::rstest;

use crate::support::engine::{Driver, Embedded, Home, set};
use crate::support::oracle::sorted;
use crate::support::proxy::{Direction, Proxy};

/// A server with thirty mails, and files that are in step with it.
fn in_step(options: Options) -> (Embedded, Home) {
    let ids: Vec<String> = (1..=30).map(|number| format!("m{number}")).collect();
    let server = Embedded::start(options, &ids.iter().map(String::as_str).collect::<Vec<_>>());
    let home = server.home();
    let mut driver = home.start();
    driver.in_step(&|| server.all());
    driver.online();
    driver.kill();
    server.world.clear_commands();
    (server, home)
}

fn seen() -> Flags {
    Flags::parse(["\\Seen"])
}

/// The commands that came and have this in them.
fn with(server: &Embedded, part: &str) -> Vec<String> {
    server.world.commands().into_iter().filter(|line| line.contains(part)).collect()
}

/// The commands that grow with a folder: none may be asked of one that did not change.
fn questions(server: &Embedded) -> Vec<String> {
    server.world.commands().into_iter().filter(|line| line.contains("UID FETCH") || line.contains("SEARCH")).collect()
}

/// S4: a folder that did not change is opened to be watched, and nothing more is asked.
#[rstest]
#[case(Options::default())]
#[case(Options::default().without("QRESYNC"))]
fn an_unchanged_folder_costs_nothing(#[case] options: Options) {
    let (server, home) = in_step(options);
    let mut driver = home.start();
    driver.online();
    assert_eq!(questions(&server), [""; 0]);
    assert_eq!(driver.all().len(), 30);
}

/// Flags, removals and new mail of the time when we were away: with QRESYNC they come with the SELECT and no search is
/// needed; with CONDSTORE flags are asked for by mod-sequence; else range by range.
#[rstest]
#[case::qresync(Options::default(), "SELECT \"INBOX\" (QRESYNC (")]
#[case::condstore(Options::default().without("QRESYNC"), "(UID FLAGS) (CHANGEDSINCE ")]
#[case::neither(Options::default().without("QRESYNC").without("CONDSTORE"), "(UID FLAGS)")]
fn what_changed_is_found(#[case] options: Options, #[case] way: &str) {
    let told = options.has("QRESYNC");
    let (server, home) = in_step(options);
    server.world.store("dana", "INBOX", 3, Change::Add, &Flags::parse(["\\Flagged", "$Later"]));
    server.world.store("dana", "INBOX", 30, Change::Add, &seen());
    server.world.remove("dana", "INBOX", &[7, 20]);
    server.deliver("INBOX", "new");
    let mut driver = home.start();
    driver.in_step(&|| server.all());
    assert!(!with(&server, way).is_empty(), "{way}: {:?}", server.world.commands());
    let found_out = with(&server, "(UID FLAGS)").len() + with(&server, "SEARCH").len();
    assert_eq!(found_out == 0, told, "{:?}", server.world.commands());
}

/// What happens while we look: with QRESYNC the server says which UIDs went, without it by number; both are shown.
#[rstest]
#[case(Options::default())]
#[case(Options::default().without("QRESYNC").without("NOTIFY"))]
fn what_changes_is_shown(#[case] options: Options) {
    let (server, home) = in_step(options);
    let mut driver = home.start();
    driver.online();
    server.world.store("dana", "INBOX", 3, Change::Add, &seen());
    server.world.remove("dana", "INBOX", &[7, 20]);
    driver.in_step(&|| server.all());
    driver.act(Action::Archive, &[driver.message("m9")]);
    driver.act(set(&["\\Seen"]), &[driver.message("m10")]);
    driver.in_step(&|| server.all());
}

/// RL21: a server that says that all is gone, or what never was, is not believed where its own count says otherwise, and
/// four thousand million UIDs are no more questions than one.
#[rstest]
#[case("* VANISHED (EARLIER) 1:4294967295\r\n")]
#[case("* VANISHED (EARLIER) 5,6\r\n")]
#[case("* VANISHED (EARLIER) 31:4294967295\r\n")]
#[case("* VANISHED (EARLIER) 900,1000:4000000\r\n")]
fn vanished_beyond_belief_costs_nothing(#[case] line: &str) {
    let (server, home) = in_step(Options::default());
    server.world.store("dana", "INBOX", 3, Change::Add, &seen());
    server.world.arm(Fault::once(When::Verb("SELECT"), Then::Say(line.as_bytes().to_vec())));
    let before = ids(&home);
    let mut driver = home.start();
    driver.in_step(&|| server.all());
    assert_eq!(questions(&server), [""; 0]);
    driver.kill();
    assert_eq!(ids(&home), before, "no row went and came back");
}

/// RL21: the same in the middle of a session: the folder is looked at once more, and nothing is lost.
#[rstest]
#[case("* VANISHED 1:4294967295\r\n")]
#[case("* VANISHED 900:950\r\n")]
fn vanished_in_a_session_is_looked_at(#[case] line: &str) {
    let (server, home) = in_step(Options::default());
    let mut driver = home.start();
    driver.online();
    server.world.arm(Fault::once(When::Verb("UID STORE"), Then::Say(line.as_bytes().to_vec())));
    driver.act(set(&["\\Flagged"]), &[driver.message("m5")]);
    driver.in_step(&|| server.all());
    driver.online();
    assert_eq!(driver.all().len(), 30);
    assert!(questions(&server).len() <= 3, "{:?}", server.world.commands());
}

/// The local ids of all that the cache holds.
fn ids(home: &Home) -> Vec<MessageId> {
    let cache = Cache::open(&home.cache(), Access::ReadOnly).unwrap();
    let reader = cache.reader().unwrap();
    let folders = reader.folders().unwrap();
    folders
        .iter()
        .flat_map(|row| reader.list(Source::Folder(row.id), 1_000).unwrap())
        .map(|detail| detail.row.id)
        .collect()
}

/// How mod-sequences stop to mean anything.
fn lose(server: &Embedded, how: &str) {
    match how {
        "lower" => server.world.set_modseq("dana", "INBOX", 2),
        "0" => server.world.set_modseq("dana", "INBOX", 0),
        "NOMODSEQ" => server.world.count_changes("dana", "INBOX", false),
        "jump" => server.world.set_modseq("dana", "INBOX", 1 << 62),
        "too high" => server.world.set_modseq("dana", "INBOX", u64::MAX),
        other => panic!("{other}"),
    }
}

/// RL21: a HIGHESTMODSEQ that goes down, 0, or none: whatever the server then says of changes is not relied on, and all
/// flags are looked at, range by range. One that jumps is a change like any other. The time after it is in step too.
#[rstest]
#[case("lower", true)]
#[case("0", true)]
#[case("NOMODSEQ", true)]
#[case("jump", false)]
#[case("too high", false)]
fn lost_modseqs_are_not_relied_on(#[case] how: &str, #[case] all_flags: bool, #[values(true, false)] qresync: bool) {
    let options = if qresync { Options::default() } else { Options::default().without("QRESYNC") };
    let (server, home) = in_step(options);
    // Two changes: one that mod-sequences would tell, and one that they would not.
    server.world.store("dana", "INBOX", 3, Change::Add, &seen());
    server.world.remove("dana", "INBOX", &[7]);
    lose(&server, how);
    let mut driver = home.start();
    if all_flags {
        driver.in_step(&|| server.all());
        assert!(!with(&server, "UID FETCH 1:30 (UID FLAGS)").is_empty(), "{:?}", server.world.commands());
        assert_eq!(with(&server, "CHANGEDSINCE"), [""; 0]);
    }
    driver.in_step(&|| server.all());
    driver.kill();
    server.world.store("dana", "INBOX", 4, Change::Add, &seen());
    let mut driver = home.start();
    if how != "too high" {
        driver.in_step(&|| server.all());
    }
    driver.online();
    // A look takes a few questions, however wide the numbers are.
    assert!(server.world.commands().len() < 60, "{:?}", server.world.commands());
}

/// ESEARCH (RFC 4731) where it is offered, and SEARCH where it is not, with the same result.
#[rstest]
#[case(Options::default().without("QRESYNC"), "UID SEARCH RETURN (ALL) ALL")]
#[case(Options::default().without("QRESYNC").without("ESEARCH"), "UID SEARCH ALL")]
fn what_is_gone_is_searched_for(#[case] options: Options, #[case] way: &str) {
    let (server, home) = in_step(options);
    server.world.remove("dana", "INBOX", &[7, 20]);
    let mut driver = home.start();
    driver.in_step(&|| server.all());
    let asked = with(&server, "SEARCH");
    assert!(!asked.is_empty() && asked.iter().all(|line| line.ends_with(way)), "{asked:?}");
}

/// Reads everything through a proxy; bytes down, and what COMPRESS was sent behind, for each connection.
fn drained(options: Options, compress: Compress) -> (u64, Vec<String>) {
    let ids: Vec<String> = (0..600).map(|number| format!("m{number}")).collect();
    let server = Embedded::start(options, &ids.iter().map(String::as_str).collect::<Vec<_>>());
    let proxy = Proxy::start(server.server.addr, 1);
    let mut home = Embedded::home_through(&proxy);
    home.accounts[0].imap.compress = compress;
    let mut driver: Driver = home.start();
    driver.in_step(&|| server.all());
    driver.act(Action::Archive, &[driver.message("m7")]);
    driver.in_step(&|| server.all());
    let commands = server.world.commands();
    let before = |pair: &[String]| (pair[1].contains("COMPRESS")).then(|| pair[0].clone());
    (proxy.passed(Direction::Down), commands.windows(2).filter_map(before).collect())
}

/// COMPRESS=DEFLATE: the same rows and a fraction of the bytes; asked for behind the list of folders; not asked for on
/// this computer unless the config says so; a server that offers it and refuses is spoken to in plain.
#[test]
fn compressed_is_the_same_and_less() {
    let (plain, asked) = drained(Options::default(), Compress::Auto);
    assert_eq!(asked, [""; 0]);
    let (less, asked) = drained(Options::default(), Compress::Always);
    assert!(asked.first().is_some_and(|line| line.contains("LIST")), "{asked:?}");
    assert!(less * 4 < plain, "{less} of {plain}");
    let (same, asked) = drained(Options::default().without("COMPRESS=DEFLATE"), Compress::Always);
    assert_eq!(asked, [""; 0]);
    assert!(same * 10 > plain * 9, "{same} of {plain}");
}

/// A COMPRESS that is refused, and one whose connection ends with it: the next connection works.
#[rstest]
#[case(Then::No("not now".to_owned()))]
#[case(Then::Bad("what?".to_owned()))]
#[case(Then::Close)]
#[case(Then::DoThenClose)]
fn a_refused_compress_costs_nothing(#[case] then: Then) {
    let server = Embedded::start(Options::default(), &["m1", "m2"]);
    server.world.arm(Fault::once(When::Verb("COMPRESS"), then));
    let mut home = server.home();
    home.accounts[0].imap.compress = Compress::Always;
    let mut driver = home.start();
    driver.in_step(&|| server.all());
    driver.act(Action::Archive, &[driver.message("m1")]);
    driver.in_step(&|| server.all());
}

/// NOTIFY (RFC 5465): a folder that nobody looks at is live, and so are folders that come, go and get other names.
#[test]
fn every_folder_is_live() {
    let (server, home) = in_step(Options::default());
    let mut driver = home.start();
    driver.online();
    driver.until("the other connection watches", |_| !with(&server, "NOTIFY SET").is_empty());
    driver.online();
    let lists = || with(&server, "LIST \"\"").len();
    let before = lists();
    server.deliver("Projects", "elsewhere");
    driver.shows("elsewhere", "Projects");
    server.world.store("dana", "Projects", 1, Change::Add, &seen());
    server.world.relocate("dana", "INBOX", &[4], "Archive").unwrap();
    driver.until("flags and the move are shown", |driver| driver.all() == sorted(server.all()));
    assert_eq!(lists(), before, "nobody counted the folders");
    server.world.rename("dana", "Projects", "Works").unwrap();
    driver.until("the new name is shown", |driver| driver.folders().contains(&"Works".to_owned()));
}
