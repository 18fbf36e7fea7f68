//! Politeness in numbers (P13): how often an account signs in. Pure: the caller has the clock.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Sign-ins that the engine begins by itself within [`WINDOW`], over all connections of an account (RL44).
pub const SIGN_INS: usize = 10;
/// The time over which they are counted.
pub const WINDOW: Duration = Duration::from_mins(10);

/// Who wants to connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// The engine: after a failure, to watch, to fetch older mail.
    Engine,
    /// The user asked for it: never kept waiting, but counted.
    User,
}

/// The sign-ins of an account, over all of its connections.
#[derive(Debug, Clone, Default)]
pub struct SignIns {
    /// When the ones that count began, the oldest first; no more than [`SIGN_INS`].
    begun: VecDeque<Instant>,
}

impl SignIns {
    /// Takes a place for a sign-in that begins now.
    ///
    /// # Errors
    /// How long to wait and then ask again: ten began within ten minutes already.
    pub fn take(&mut self, now: Instant, asker: Asker) -> Result<(), Duration> {
        while self.begun.front().is_some_and(|at| now.saturating_duration_since(*at) >= WINDOW) {
            self.begun.pop_front();
        }
        if self.begun.len() >= SIGN_INS {
            match (asker, self.begun.front()) {
                (Asker::Engine, Some(first)) => {
                    return Err(WINDOW.saturating_sub(now.saturating_duration_since(*first)));
                }
                (Asker::Engine | Asker::User, _) => self.begun.pop_front(),
            };
        }
        self.begun.push_back(now);
        Ok(())
    }

    /// So much time passed that the caller's clock did not count, because the computer slept.
    pub fn pass(&mut self, uncounted: Duration) {
        // A clock that began later than that: the sign-in is older than it can tell.
        self.begun = self.begun.iter().filter_map(|at| at.checked_sub(uncounted)).collect();
    }

    /// Gives the last place back: the server was not reached, so it was not bothered. Without this, ten tries without a
    /// network would keep the account away from the server for minutes after the network is back (P12).
    pub fn give_back(&mut self) {
        self.begun.pop_back();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::{Strategy, any, proptest};
    use tokio::time::Instant;

    use super::{Asker, SIGN_INS, SignIns, WINDOW};

    /// RL44, P13: ten at once, and not one more until the first is ten minutes old.
    #[test]
    fn ten_in_ten_minutes() {
        let start = Instant::now();
        let mut sign_ins = SignIns::default();
        for second in 0..10 {
            assert_eq!(sign_ins.take(start + Duration::from_secs(second), Asker::Engine), Ok(()));
        }
        let later = start + Duration::from_secs(100);
        assert_eq!(sign_ins.take(later, Asker::Engine), Err(Duration::from_secs(500)));
        assert_eq!(sign_ins.take(start + WINDOW, Asker::Engine), Ok(()));
        assert_eq!(sign_ins.take(start + WINDOW, Asker::Engine), Err(Duration::from_secs(1)));
    }

    /// P11, P12: the user is never kept waiting, and takes a place; a server that was not reached counts nothing.
    #[test]
    fn the_user_goes_first_and_no_network_costs_nothing() {
        let start = Instant::now();
        let mut sign_ins = SignIns::default();
        for _ in 0..40 {
            assert_eq!(sign_ins.take(start, Asker::User), Ok(()));
        }
        assert_eq!(sign_ins.take(start, Asker::Engine), Err(WINDOW));
        let mut offline = SignIns::default();
        for _ in 0..100 {
            assert_eq!(offline.take(start, Asker::Engine), Ok(()));
            offline.give_back();
        }
    }

    /// RL11, RL44: ten minutes of sleep are ten minutes.
    #[test]
    fn sleep_counts() {
        let start = Instant::now() + WINDOW;
        let mut sign_ins = SignIns::default();
        for _ in 0..SIGN_INS {
            assert_eq!(sign_ins.take(start, Asker::Engine), Ok(()));
        }
        sign_ins.pass(Duration::from_mins(9));
        assert_eq!(sign_ins.take(start, Asker::Engine), Err(Duration::from_mins(1)));
        sign_ins.pass(Duration::from_mins(1));
        assert_eq!(sign_ins.take(start, Asker::Engine), Ok(()));
    }

    proptest! {
        /// RL44: whenever the engine asks, no ten minutes ever hold more than ten of its sign-ins, and whoever waits as
        /// long as it was told gets in.
        #[test]
        fn no_window_holds_more(waits in proptest::collection::vec((0_u64..200).prop_map(Duration::from_secs), 1..200), early in any::<bool>()) {
            let (mut now, mut sign_ins, mut begun) = (Instant::now(), SignIns::default(), Vec::new());
            for wait in waits {
                now += wait;
                match sign_ins.take(now, Asker::Engine) {
                    Ok(()) => begun.push(now),
                    Err(_) if early => {}
                    Err(rest) => {
                        now += rest;
                        assert_eq!(sign_ins.take(now, Asker::Engine), Ok(()));
                        begun.push(now);
                    }
                }
            }
            let crowd = begun.windows(SIGN_INS + 1).all(|some| some[SIGN_INS] - some[0] >= WINDOW);
            assert!(crowd);
        }
    }
}
