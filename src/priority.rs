//! Which threads step back for the screen where processors are few.

use std::cell::Cell;

/// How far: for each millisecond that this thread gets, one that did not step back gets three.
#[cfg(target_os = "linux")]
const NICE: i32 = 5;

thread_local! {
    static STEPPED_BACK: Cell<bool> = const { Cell::new(false) };
}

/// Lets the calling thread step back behind the one that paints, for as long as it lives, and with it the threads that it
/// starts. A first sync keeps two processors busy; a key pressed meanwhile would wait for their turns to end (S5). Where
/// priorities belong to whole processes the thread still lets others [`pass`](let_pass).
pub fn step_back() {
    STEPPED_BACK.set(true);
    // On Linux `setpriority(PRIO_PROCESS, 0, …)` is about the calling thread alone (setpriority(2), BUGS).
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::debug!(%error, "this thread keeps its priority");
    }
}

/// Lets whoever waits for this processor have it now, if the calling thread has stepped back: a priority says who comes
/// next, and not before a turn of some milliseconds is over. Costs a microsecond at most: for loops that run for longer.
pub fn let_pass() {
    if STEPPED_BACK.get() {
        std::thread::yield_now();
    }
}
