//! Politeness in numbers (P13): how often an account signs in, and how many connections it holds. Pure: the caller has
//! the clock.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Sign-ins that the engine begins by itself within [`WINDOW`], over all connections of an account (RL44).
pub const SIGN_INS: usize = 10;
/// The time over which they are counted.
pub const WINDOW: Duration = Duration::from_mins(10);
/// The most connections that an account holds at a time (RL44).
pub const CONNECTIONS: u8 = 3;
/// For how long a server that refused one more connection is not asked for it again; doubled by each refusal in a row.
const REFUSED: Duration = Duration::from_mins(15);
/// The longest of these pauses.
const LONGEST: Duration = Duration::from_hours(4);

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

    /// Gives the last place back: the server was not reached, so it was not bothered. Without this, ten tries without a
    /// network would keep the account away from the server for minutes after the network is back (P12).
    pub fn give_back(&mut self) {
        self.begun.pop_back();
    }
}

/// The connections of an account: how many are open, and how many its server grants.
#[derive(Debug, Clone)]
pub struct Connections {
    open: u8,
    granted: u8,
    refusals: u32,
    again: Option<Instant>,
}

impl Default for Connections {
    fn default() -> Self {
        Self { open: 0, granted: CONNECTIONS, refusals: 0, again: None }
    }
}

impl Connections {
    /// Takes a place for one more connection; false: there is none now. The first is always granted.
    pub fn take(&mut self, now: Instant) -> bool {
        if self.again.is_some_and(|again| now >= again) {
            self.again = None;
            self.granted = (self.granted + 1).min(CONNECTIONS);
        }
        let free = self.open == 0 || self.open < self.granted;
        self.open += u8::from(free);
        free
    }

    /// A connection ended, whyever.
    pub fn leave(&mut self) {
        self.open = self.open.saturating_sub(1);
    }

    /// The server refused this one beside others: fewer are asked for from now on, and one more not before a quarter of an
    /// hour has passed, then half an hour, then an hour. The caller still calls [`Connections::leave`].
    pub fn refused(&mut self, now: Instant) {
        self.granted = self.open.saturating_sub(1).max(1);
        let pause = REFUSED.saturating_mul(2_u32.saturating_pow(self.refusals.min(8))).min(LONGEST);
        self.refusals += 1;
        self.again = Some(now + pause);
    }

    /// A connection beside others is signed in: the server grants that many.
    pub fn welcome(&mut self) {
        if self.open >= self.granted {
            self.refusals = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::{Strategy, any, proptest};
    use tokio::time::Instant;

    use super::{Asker, CONNECTIONS, Connections, SIGN_INS, SignIns, WINDOW};

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

    /// RL44: at most three, and fewer where the server refuses: no fourth try a minute later.
    #[test]
    fn a_refused_connection_is_not_asked_for_each_minute() {
        let start = Instant::now();
        let at = |minutes: u64| start + Duration::from_mins(minutes);
        let mut connections = Connections::default();
        assert!((0..CONNECTIONS).all(|_| connections.take(start)));
        assert!(!connections.take(start), "no fourth");
        connections.refused(start);
        connections.leave();
        assert!((1..15).all(|minute| !connections.take(at(minute))));
        assert!(connections.take(at(15)));
        connections.refused(at(15));
        connections.leave();
        assert!(!connections.take(at(44)) && connections.take(at(45)), "twice as long");
        connections.welcome();
        connections.refused(at(46));
        connections.leave();
        assert!(connections.take(at(61)), "a granted one ends the doubling");
        // Down to one: the last is always granted.
        let mut alone = Connections::default();
        assert!(alone.take(start) && alone.take(start));
        alone.refused(start);
        alone.leave();
        assert!(!alone.take(start));
        alone.leave();
        assert!(alone.take(start));
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
