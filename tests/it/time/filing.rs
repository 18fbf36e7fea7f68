//! What is done to mail that arrives, where two machines at one moment would do it twice.

use std::time::Duration;

use posthaste::demo::server::Options;
use posthaste::mail::UnixTime;
use posthaste::mail::flags::Flags;
use posthaste::protocol::Action;
use rstest::rstest;

use crate::engine::filing::answer;
use crate::support::inside::Inside;
use crate::support::oracle::places;

/// It is shown at once and sent at once, or, without MOVE, within half a minute.
#[rstest]
#[case(Options::default(), 1)]
#[case(Options::default().without("MOVE"), 31)]
fn what_is_filed_is_sent(#[case] options: Options, #[case] most: u64) {
    let mut inside = Inside::start(options, &["m1"]);
    let op = inside.press(Action::Mute, &[inside.message("m1")]);
    inside.within("it is muted", Duration::from_secs(10), |inside| inside.is_done(op) && inside.in_step());
    for id in ["m2", "m3", "m4"] {
        inside.world.deliver("dana", "INBOX", &answer(id, "m1"), Flags::default(), UnixTime(1_700_000_000));
        inside.within("it is archived here", Duration::from_secs(2), |inside| inside.shows(id, "Archive"));
        inside.within("it is on the server", Duration::from_secs(most), Inside::in_step);
        assert_eq!(places(&inside.there(), id), ["Archive"], "once");
    }
}
