//! The computer was asleep, or this program was stopped: what was open may be gone without a word, and nobody will tell.
//!
//! One task compares the clocks and tells every account. A connection that is there makes sure of its server at once and
//! is dropped when it hears nothing; one that is being made is made anew; a wait for the next try is over.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::imap::error::Error;
use crate::imap::trace::Counters;
use crate::sync::account::{Account, Mode, Trouble};
use crate::sync::clock::Clock;
use crate::sync::plan::away::{Finding, Moment, TICK, compare};

/// How long a server may be silent after the computer came back before its connection is dropped.
const ANSWER: Duration = Duration::from_secs(5);

/// The task that compares the clocks; it ends with this.
#[derive(Debug)]
pub struct Guard(Option<JoinHandle<()>>);

impl Guard {
    /// Compares the clocks for these accounts, if any of them lasts.
    pub fn begin(accounts: Vec<Arc<Account>>, clock: Clock) -> Self {
        let lasting = accounts.iter().any(|account| account.mode == Mode::Live);
        Self(lasting.then(|| tokio::spawn(compare_on(accounts, clock))))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(task) = self.0.take() {
            task.abort();
        }
    }
}

async fn compare_on(accounts: Vec<Arc<Account>>, clock: Clock) {
    let began = Instant::now();
    let look = || {
        let reading = clock.read();
        let steady = began.elapsed();
        Moment { steady, awake_or_asleep: reading.since_boot.unwrap_or(steady), wall: reading.wall.0 }
    };
    let mut before = look();
    loop {
        sleep(TICK).await;
        let now = look();
        let finding = compare(before, now);
        before = now;
        for account in &accounts {
            match finding {
                Finding::Nothing => {}
                Finding::Away { whole, uncounted } => came_back(account, whole, uncounted),
                Finding::Ahead => doubt(account),
            }
        }
    }
}

/// The computer was away for so long; of `uncounted` the clock by which we wait knows nothing.
fn came_back(account: &Account, whole: Duration, uncounted: Duration) {
    account.activity(&format!("the computer was away for {} s", whole.as_secs()));
    account.links.came_back();
    account.keeper.slept();
    account.want(|desires| {
        desires.sign_ins.pass(uncounted);
        desires.returned = true;
        desires.stood = false;
        desires.probe = true;
        desires.refresh = true;
    });
}

/// Has the connections of an account make sure that their server is still there.
pub(super) fn doubt(account: &Account) {
    account.links.doubt();
    // The clock may have been set.
    account.alarm.notify_one();
    account.want(|desires| desires.probe = true);
}

/// Makes a connection; one that was begun before the computer slept is not waited for.
pub(super) async fn dialled<T>(account: &Account, dial: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let mut back = account.links.returns();
    tokio::select! {
        biased;
        made = dial => made,
        () = back.next() => Err(gone()),
    }
}

/// Works on a connection. When the computer comes back, it has to hear something within [`ANSWER`], or the work ends: what
/// waits for a change makes the server speak by itself.
pub(super) async fn heard<T>(
    account: &Account,
    counters: Arc<Counters>,
    work: impl Future<Output = Result<T, Trouble>>,
) -> Result<T, Trouble> {
    let mut back = account.links.returns();
    let silence = async {
        loop {
            back.next().await;
            let before = counters.received.load(Ordering::Relaxed);
            sleep(ANSWER).await;
            if counters.received.load(Ordering::Relaxed) == before {
                return gone();
            }
        }
    };
    tokio::select! {
        biased;
        done = work => done,
        error = silence => Err(error.into()),
    }
}

fn gone() -> Error {
    Error::Closed { what: "it did not outlast the time in which the computer was away".to_owned() }
}
