//! When a connection beside the working one is tried again. Pure.

use std::time::Duration;

use super::back_off;

/// After a first refusal; each further one makes it four times as long.
pub const REFUSED: Duration = Duration::from_mins(15);
/// The longest rest after refusals.
const LONGEST: Duration = Duration::from_hours(4);
/// The shortest rest after a loss: the working connection needs the line more.
const LOST: Duration = Duration::from_secs(5);

/// So many in a row that were not even signed in are no accident of the line.
const UNMADE: u32 = 3;

/// How a connection beside the working one ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It had nothing left to do.
    Done,
    /// The line broke, or an answer could not be read.
    Lost,
    /// It was to watch, and the server never began to IDLE: the line, or a server that does not push.
    Mute,
    /// It ended without a word before it was signed in: the line, or a server that allows too few.
    Unmade,
    /// The server does not want it: it allows too few connections, or does not push.
    Refused,
}

/// How often it ended badly in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tries {
    refused: u32,
    lost: u32,
    mute: u32,
    unmade: u32,
}

impl Tries {
    /// How long to rest after this end; `jitter` from 0 to 1. `lasted` is how long it worked: one that did for a while
    /// starts the counting anew.
    pub fn rest(&mut self, end: End, lasted: Duration, jitter: f64) -> Duration {
        if lasted > Duration::from_mins(1) {
            *self = Self::default();
        }
        match end {
            End::Done => {
                *self = Self::default();
                Duration::ZERO
            }
            End::Mute if self.mute == 0 => {
                self.mute = 1;
                self.rest(End::Lost, Duration::ZERO, jitter)
            }
            End::Unmade if self.unmade + 1 < UNMADE => {
                self.unmade += 1;
                self.lose(jitter)
            }
            End::Lost => {
                self.unmade = 0;
                self.lose(jitter)
            }
            End::Refused | End::Mute | End::Unmade => {
                self.refused += 1;
                REFUSED.saturating_mul(4_u32.saturating_pow(self.refused - 1)).min(LONGEST)
            }
        }
    }

    fn lose(&mut self, jitter: f64) -> Duration {
        self.lost += 1;
        back_off(self.lost, None, jitter).max(LOST)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{End, Tries};

    /// P13: a server that refuses a second connection is not asked again each minute.
    #[test]
    fn a_refusal_is_heeded_for_long() {
        let mut tries = Tries::default();
        let rests: Vec<u64> = (0..4).map(|_| tries.rest(End::Refused, Duration::ZERO, 0.5).as_secs() / 60).collect();
        assert_eq!(rests, [15, 60, 240, 240]);
        assert_eq!(tries.rest(End::Refused, Duration::from_mins(2), 0.5), Duration::from_mins(15));
    }

    /// RL47: a server that never begins to IDLE is tried once more, and then seldom.
    #[test]
    fn a_mute_server_is_tried_twice() {
        let mut tries = Tries::default();
        let rests: Vec<u64> = (0..3).map(|_| tries.rest(End::Mute, Duration::ZERO, 0.5).as_secs()).collect();
        assert_eq!(rests, [5, 15 * 60, 60 * 60]);
        assert_eq!(tries.rest(End::Mute, Duration::from_mins(2), 0.5), Duration::from_secs(5));
    }

    /// A connection that is cut before it is signed in may be so by the line; three in a row are a refusal.
    #[test]
    fn what_is_cut_early_is_tried_thrice() {
        let mut tries = Tries::default();
        let mut rests = |end| tries.rest(end, Duration::ZERO, 0.5).as_secs();
        assert_eq!([rests(End::Unmade), rests(End::Unmade), rests(End::Lost)], [5, 5, 5]);
        assert_eq!([rests(End::Unmade), rests(End::Unmade), rests(End::Unmade)], [8, 16, 15 * 60]);
    }

    /// A line that breaks is tried again soon, then later; one that had nothing to do is there when it is needed.
    #[test]
    fn a_loss_is_no_refusal() {
        let mut tries = Tries::default();
        let rests: Vec<u64> = (0..5).map(|_| tries.rest(End::Lost, Duration::ZERO, 0.5).as_secs()).collect();
        assert_eq!(rests, [5, 5, 5, 8, 16]);
        assert_eq!(tries.rest(End::Done, Duration::ZERO, 0.5), Duration::ZERO);
        assert_eq!(tries.rest(End::Lost, Duration::ZERO, 0.5), Duration::from_secs(5));
    }
}
