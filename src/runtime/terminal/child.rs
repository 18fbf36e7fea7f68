//! A program in the foreground of our terminal, which can be suspended with us in the middle of it.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

/// Runs a program until it ends. While it is stopped (ctrl-z) so are we, as the shell wants it of a job; when the shell
/// brings us back it goes on.
///
/// # Errors
/// It cannot be started.
pub(super) fn run(command: &mut Command) -> io::Result<ExitStatus> {
    // It is waited for below, in the way that tells of stops as well.
    let child = command.spawn()?;
    let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else {
        return Err(io::Error::other("it has no number"));
    };
    loop {
        match waitpid(Some(pid), WaitOptions::UNTRACED) {
            Ok(Some((_, status))) if status.stopped() => stop_with(pid)?,
            Ok(Some((_, status))) => return Ok(ExitStatus::from_raw(status.as_raw())),
            Ok(None) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Stops until the shell goes on with us, and has the child go on then. Where no shell could (a terminal of our own) the
/// system does not stop us, and the child goes on at once.
fn stop_with(child: Pid) -> io::Result<()> {
    // A stop that went to all of the job stopped us as well; it may be over already.
    let again = waitpid(Some(child), WaitOptions::NOHANG | WaitOptions::CONTINUED);
    if again.is_ok_and(|again| again.is_some_and(|(_, status)| status.continued())) {
        return Ok(());
    }
    stop()?;
    // It may have ended.
    kill_process(child, Signal::CONT).ok();
    Ok(())
}

/// Stops this process, all of its threads, until the shell goes on with it.
///
/// # Errors
/// The signal could not be raised.
pub(super) fn stop() -> io::Result<()> {
    // One that goes to the process may be taken by another thread, and this one would go on for a while before it is stopped:
    // it would take the terminal under the shell's hands. One that a thread raises stops it before the next line.
    signal_hook::low_level::raise(Signal::TSTP.as_raw())
}
