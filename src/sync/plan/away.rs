//! Whether the computer was away: asleep, or this program stopped. Pure: the caller has the clocks.

use std::time::Duration;

/// How often the clocks are compared: the return is noticed within five seconds (RL11).
pub const TICK: Duration = Duration::from_secs(4);
/// A difference that a busy computer makes by itself.
const SLACK: Duration = Duration::from_secs(4);

/// What the clocks say at one moment, each counted from an epoch of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The clock by which everything here waits. It stands still while the computer sleeps.
    pub steady: Duration,
    /// The time since the computer was started, sleep included; where the system does not tell it, the same again.
    pub awake_or_asleep: Duration,
    /// The time of day in seconds. Anybody may set it.
    pub wall: i64,
}

/// What two moments a tick apart tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// Nothing.
    Nothing,
    /// The computer slept, or this program was stopped.
    Away {
        /// For how long.
        whole: Duration,
        /// How much of that the steady clock did not count.
        uncounted: Duration,
    },
    /// The time of day went ahead of the other clocks. Somebody set it, or the computer slept and does not know it, as a
    /// virtual one that was frozen: no reason to connect anew, but to ask whether the server is still there.
    Ahead,
}

/// Compares two moments that lie a tick apart if all is well.
pub fn compare(before: Moment, now: Moment) -> Finding {
    let steady = now.steady.saturating_sub(before.steady);
    let uncounted = now.awake_or_asleep.saturating_sub(before.awake_or_asleep).saturating_sub(steady);
    let late = steady.saturating_sub(TICK);
    let whole = late.saturating_add(uncounted);
    if whole > SLACK {
        return Finding::Away { whole, uncounted };
    }
    let wall = u64::try_from(now.wall.saturating_sub(before.wall)).map_or(Duration::ZERO, Duration::from_secs);
    let ahead = wall.saturating_sub(steady).saturating_sub(uncounted);
    if ahead > SLACK { Finding::Ahead } else { Finding::Nothing }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::{any, proptest};
    use rstest::rstest;

    use super::{Finding, Moment, SLACK, TICK, compare};

    const HOUR: i64 = 3_600;
    const YEARS: i64 = 10 * 365 * 86_400;

    fn moment(steady: u64, boot: u64, wall: i64) -> Moment {
        let wall = 1_700_000_000 + wall;
        Moment { steady: Duration::from_secs(steady), awake_or_asleep: Duration::from_secs(9_000 + boot), wall }
    }

    fn away(whole: u64, uncounted: u64) -> Finding {
        Finding::Away { whole: Duration::from_secs(whole), uncounted: Duration::from_secs(uncounted) }
    }

    /// RL11, RL12: ten minutes of sleep and ten minutes stopped are told from a busy computer and from a clock that
    /// somebody set; one that is set back tells nothing, and neither does summer time, which the clock does not know.
    #[rstest]
    #[case::all_is_well(moment(4, 4, 4), Finding::Nothing)]
    #[case::a_busy_computer(moment(7, 7, 7), Finding::Nothing)]
    #[case::asleep(moment(4, 604, 604), away(600, 600))]
    #[case::asleep_and_the_clock_set_back(moment(4, 604, -HOUR), away(600, 600))]
    #[case::asleep_and_then_busy(moment(6, 606, 606), away(602, 600))]
    #[case::stopped(moment(604, 604, 604), away(600, 0))]
    #[case::frozen_without_knowing(moment(4, 4, 604), Finding::Ahead)]
    #[case::an_hour_ahead(moment(4, 4, HOUR), Finding::Ahead)]
    #[case::an_hour_back(moment(4, 4, -HOUR), Finding::Nothing)]
    #[case::ten_years_ahead(moment(4, 4, YEARS), Finding::Ahead)]
    #[case::ten_years_back(moment(4, 4, -YEARS), Finding::Nothing)]
    #[case::no_clock_but_this_one(moment(4, 0, 4), Finding::Nothing)]
    fn the_clocks_tell(#[case] now: Moment, #[case] finding: Finding) {
        assert_eq!(compare(moment(0, 0, 0), now), finding);
    }

    proptest! {
        /// RL12: whatever the time of day is set to, it alone never says that the computer was away.
        #[test]
        fn the_time_of_day_alone_is_not_believed(before in any::<i64>(), now in any::<i64>(), late in 0_u64..4) {
            let at = |steady: Duration, wall| Moment { steady, awake_or_asleep: steady, wall };
            let steady = TICK + Duration::from_secs(late);
            let finding = compare(at(Duration::ZERO, before), at(steady, now));
            assert!(matches!(finding, Finding::Nothing | Finding::Ahead), "{finding:?}");
            assert!(late <= SLACK.as_secs());
        }
    }
}
