//! Which threads step back for the screen where processors are few.

/// How far: for each millisecond that this thread gets, one that did not step back gets three.
#[cfg(target_os = "linux")]
const NICE: i32 = 5;

/// Lets the calling thread step back behind the one that paints, for as long as it lives, and with it the threads that it
/// starts. A first sync keeps two processors busy; a key pressed meanwhile would wait for their turns to end (S5). Where
/// priorities belong to whole processes nothing is done.
pub fn step_back() {
    // On Linux `setpriority(PRIO_PROCESS, 0, …)` is about the calling thread alone (setpriority(2), BUGS).
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::debug!(%error, "this thread keeps its priority");
    }
}
