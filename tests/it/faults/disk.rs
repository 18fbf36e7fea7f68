//! A disk that is full, or fails, at a write of the real program (RL35).

use posthaste::demo::server::Options;
use posthaste::dir_lock::Access;
use posthaste::journal::Journal;
use rstest::rstest;

use super::steps::{IDS, as_asked, configure, prepare, program, sync_well};
use crate::support::counted;
use crate::support::engine::{Embedded, Home};
use crate::support::oracle::{census, conserved, converged};

/// How many transactions in a row fail.
const AT_ONCE: usize = 3;
/// The last transaction that fails first: a sync of this queue makes about this many.
const LAST: usize = 60;

/// Operations that wait, and operations that were refused.
fn counts(home: &Home) -> (u32, u32) {
    Journal::open(&home.data(), Access::Owner).unwrap().counts().unwrap()
}

/// RL35: some writes of a sync fail, wherever in it: it ends by itself, and when there is space again all is done, once.
/// Every ninth write, begun at another one for each kind of failure; `POSTHASTE_EVERY_STEP=1` takes them all.
#[rstest]
#[case("full", 1)]
#[case("io", 5)]
fn a_sync_outlives_a_full_disk(#[case] kind: &str, #[case] first: usize) {
    let every = std::env::var("POSTHASTE_EVERY_STEP").is_ok_and(|value| value == "1");
    let (first, stride) = if every { (1, 1) } else { (first, 9) };
    let mut failed = 0;
    for write in (first..=LAST).step_by(stride) {
        let server = Embedded::start(Options::default(), &IDS);
        let home = server.home();
        configure(&home);
        prepare(&home);
        let before = census(&server.all());
        let range = format!("{write}..{}", write + AT_ONCE);
        let output = program(&home, &["sync"])
            .env("POSTHASTE_FAIL_WRITES", &range)
            .env("POSTHASTE_FAIL_AS", kind)
            .output()
            .unwrap();
        let what = format!("writes {range} fail as {kind}: {output:?}");
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 1 | 75)), "it ends by itself: {what}");
        failed += usize::from(code != Some(0));
        sync_well(&home, &what);
        let all = server.all();
        conserved(&before, &all, &[("m2", 1), ("m3", -1)], &what);
        as_asked(&all, &what);
        converged(&home.cache(), &home.data(), all, &what);
    }
    counted("disk", (first..=LAST).step_by(stride).count());
    assert!(failed > 0, "no failure was told");
}

/// RL35, P3: an action that cannot be written down is refused, aloud, and is not done later; once it can be, it is done.
#[rstest]
#[case("full")]
#[case("io")]
fn an_action_that_cannot_be_written_is_refused(#[case] kind: &str) {
    let server = Embedded::start(Options::default(), &IDS);
    let home = server.home();
    configure(&home);
    let mut driver = home.start();
    driver.online();
    let id = driver.message("m0").0.to_string();
    drop(driver);
    let refused = program(&home, &["archive", "--offline", &id])
        .env("POSTHASTE_FAIL_WRITES", "1..100")
        .env("POSTHASTE_FAIL_AS", kind)
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(!refused.stderr.is_empty(), "it says so");
    assert_eq!(counts(&home), (0, 0));
    let queued = program(&home, &["archive", "--offline", &id]).output().unwrap();
    assert!(queued.status.success(), "{queued:?}");
    assert_eq!(counts(&home), (1, 0));
}
