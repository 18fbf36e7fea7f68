//! Politeness in numbers (P13): how often an account signs in. Pure: the caller has the clock.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Sign-ins that the engine begins by itself within [`WINDOW`], over all connections of an account, of those that came to
/// nothing or are not known to have come to more (RL44).
pub const SIGN_INS: usize = 10;
/// The same, with those after which the server worked for us: a bad line cuts what no server minds, and mail is to be there
/// when the line is back (P12). This many can only be a loop.
pub const ALL: usize = 60;
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

/// The place of one sign-in among those that are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place(u64);

/// A sign-in that counts.
#[derive(Debug, Clone, Copy)]
struct Taken {
    place: Place,
    at: Instant,
    /// Whether the server worked for us after it.
    worked: bool,
}

/// The sign-ins of an account, over all of its connections.
#[derive(Debug, Clone, Default)]
pub struct SignIns {
    /// The ones that count, the oldest first; no more than [`ALL`].
    begun: VecDeque<Taken>,
    /// How many there ever were.
    count: u64,
}

impl SignIns {
    /// Takes a place for a sign-in that begins now.
    ///
    /// # Errors
    /// How long to wait and then ask again: ten that came to nothing began within ten minutes already, or very many that
    /// did not.
    pub fn take(&mut self, now: Instant, asker: Asker) -> Result<Place, Duration> {
        self.begun.retain(|taken| now.saturating_duration_since(taken.at) < WINDOW);
        let vain = self.begun.iter().filter(|taken| !taken.worked).count();
        let first_vain = self.begun.iter().position(|taken| !taken.worked).filter(|_| vain >= SIGN_INS);
        let first = (self.begun.len() >= ALL).then_some(0);
        for full in [first_vain, first].into_iter().flatten() {
            match (asker, self.begun.get(full)) {
                (Asker::Engine, Some(taken)) => {
                    return Err(WINDOW.saturating_sub(now.saturating_duration_since(taken.at)));
                }
                (Asker::Engine | Asker::User, _) => self.begun.remove(full),
            };
        }
        self.count += 1;
        let place = Place(self.count);
        self.begun.push_back(Taken { place, at: now, worked: false });
        Ok(place)
    }

    /// So much time passed that the caller's clock did not count, because the computer slept.
    pub fn pass(&mut self, uncounted: Duration) {
        // A clock that began later than that: the sign-in is older than it can tell.
        let older = |taken: &Taken| Some(Taken { at: taken.at.checked_sub(uncounted)?, ..*taken });
        self.begun = self.begun.iter().filter_map(older).collect();
    }

    /// Gives a place back: the server was not reached, so it was not bothered. Without this, ten tries without a network
    /// would keep the account away from the server for minutes after the network is back (P12).
    pub fn give_back(&mut self, place: Place) {
        self.begun.retain(|taken| taken.place != place);
    }

    /// The server worked for us after this sign-in: it was none in vain.
    pub fn worked(&mut self, place: Place) {
        for taken in self.begun.iter_mut().filter(|taken| taken.place == place) {
            taken.worked = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::{Strategy, any, proptest};
    use tokio::time::Instant;

    use super::{ALL, Asker, SIGN_INS, SignIns, WINDOW};

    /// Takes a place; which one does not matter.
    fn take(sign_ins: &mut SignIns, now: Instant, asker: Asker) -> Result<(), Duration> {
        sign_ins.take(now, asker).map(drop)
    }

    /// RL44, P13: ten at once, and not one more until the first is ten minutes old.
    #[test]
    fn ten_in_ten_minutes() {
        let start = Instant::now();
        let mut sign_ins = SignIns::default();
        for second in 0..10 {
            assert_eq!(take(&mut sign_ins, start + Duration::from_secs(second), Asker::Engine), Ok(()));
        }
        let later = start + Duration::from_secs(100);
        assert_eq!(take(&mut sign_ins, later, Asker::Engine), Err(Duration::from_secs(500)));
        assert_eq!(take(&mut sign_ins, start + WINDOW, Asker::Engine), Ok(()));
        assert_eq!(take(&mut sign_ins, start + WINDOW, Asker::Engine), Err(Duration::from_secs(1)));
    }

    /// P11, P12: the user is never kept waiting, and takes a place; a server that was not reached counts nothing.
    #[test]
    fn the_user_goes_first_and_no_network_costs_nothing() {
        let start = Instant::now();
        let mut sign_ins = SignIns::default();
        for _ in 0..40 {
            assert_eq!(take(&mut sign_ins, start, Asker::User), Ok(()));
        }
        assert_eq!(take(&mut sign_ins, start, Asker::Engine), Err(WINDOW));
        let mut offline = SignIns::default();
        for _ in 0..100 {
            let place = offline.take(start, Asker::Engine).unwrap();
            offline.give_back(place);
        }
    }

    /// P12, RL44: sign-ins after which the server worked are no reason to stay away, unless there is no end of them; those in
    /// vain count as ever beside them.
    #[test]
    fn what_worked_keeps_nobody_waiting() {
        let start = Instant::now();
        let mut sign_ins = SignIns::default();
        for second in 0..50 {
            let place = sign_ins.take(start + Duration::from_secs(second), Asker::Engine).unwrap();
            sign_ins.worked(place);
        }
        let later = start + Duration::from_secs(100);
        for _ in 0..SIGN_INS {
            assert_eq!(take(&mut sign_ins, later, Asker::Engine), Ok(()));
        }
        assert_eq!(take(&mut sign_ins, later, Asker::Engine), Err(WINDOW));
        let mut looping = SignIns::default();
        for _ in 0..ALL {
            let place = looping.take(start, Asker::Engine).unwrap();
            looping.worked(place);
        }
        assert_eq!(take(&mut looping, later, Asker::Engine), Err(Duration::from_secs(500)));
        assert_eq!(take(&mut looping, later, Asker::User), Ok(()));
    }

    /// RL11, RL44: ten minutes of sleep are ten minutes.
    #[test]
    fn sleep_counts() {
        let start = Instant::now() + WINDOW;
        let mut sign_ins = SignIns::default();
        for _ in 0..SIGN_INS {
            assert_eq!(take(&mut sign_ins, start, Asker::Engine), Ok(()));
        }
        sign_ins.pass(Duration::from_mins(9));
        assert_eq!(take(&mut sign_ins, start, Asker::Engine), Err(Duration::from_mins(1)));
        sign_ins.pass(Duration::from_mins(1));
        assert_eq!(take(&mut sign_ins, start, Asker::Engine), Ok(()));
    }

    proptest! {
        /// RL44: whenever the engine asks, no ten minutes ever hold more than ten of its sign-ins, and whoever waits as
        /// long as it was told gets in.
        #[test]
        fn no_window_holds_more(waits in proptest::collection::vec((0_u64..200).prop_map(Duration::from_secs), 1..200), early in any::<bool>()) {
            let (mut now, mut sign_ins, mut begun) = (Instant::now(), SignIns::default(), Vec::new());
            for wait in waits {
                now += wait;
                match take(&mut sign_ins, now, Asker::Engine) {
                    Ok(()) => begun.push(now),
                    Err(_) if early => {}
                    Err(rest) => {
                        now += rest;
                        assert_eq!(take(&mut sign_ins, now, Asker::Engine), Ok(()));
                        begun.push(now);
                    }
                }
            }
            let crowd = begun.windows(SIGN_INS + 1).all(|some| some[SIGN_INS] - some[0] >= WINDOW);
            assert!(crowd);
        }
    }
}
