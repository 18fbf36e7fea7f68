//! The clocks: the time of day, which anybody may set, and the time since the computer was started, sleep included.
//! What waits, waits by a third one, [`tokio::time::Instant`], which nobody sets.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::mail::UnixTime;

/// What the clocks say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The time of day.
    pub wall: UnixTime,
    /// The time since the computer was started, sleep included; `None` where the system does not tell it.
    pub since_boot: Option<Duration>,
}

/// Where the time comes from.
#[derive(Clone, Default)]
pub enum Clock {
    /// The system.
    #[default]
    System,
    /// A test.
    Told(Arc<dyn Fn() -> Reading + Send + Sync>),
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "System",
            Self::Told(_) => "Told",
        })
    }
}

impl Clock {
    /// The time of day.
    pub fn now(&self) -> UnixTime {
        match self {
            Self::System => time_of_day(),
            Self::Told(tell) => tell().wall,
        }
    }

    /// All clocks at once.
    pub fn read(&self) -> Reading {
        match self {
            Self::System => Reading { wall: time_of_day(), since_boot: since_boot() },
            Self::Told(tell) => tell(),
        }
    }
}

/// The system's time of day; 1970 where it is set to a time before that.
pub fn time_of_day() -> UnixTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixTime(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn since_boot() -> Option<Duration> {
    Duration::try_from(rustix::time::clock_gettime(rustix::time::ClockId::Boottime)).ok()
}

/// On macOS the clock of this name runs on while the computer sleeps, unlike the one that the standard library takes.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn since_boot() -> Option<Duration> {
    Duration::try_from(rustix::time::clock_gettime(rustix::time::ClockId::Monotonic)).ok()
}

#[cfg(test)]
mod tests {
    use super::Clock;

    /// RL11: this system tells how long it has been up, and that goes forward.
    #[test]
    fn the_system_tells_the_time() {
        let first = Clock::System.read();
        let second = Clock::System.read();
        assert!(first.since_boot.unwrap() <= second.since_boot.unwrap());
        assert!(first.wall.0 > 1_700_000_000);
    }
}
