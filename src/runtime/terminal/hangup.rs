//! Whether the terminal is still there. Its closing sends SIGHUP, but who is reading keys at that moment may never look up
//! again: crossterm reads on for as long as nothing says that there is nothing now, and the end of a file does not say so.

use std::fs::File;
use std::io::{self, IsTerminal as _, PipeWriter};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::io::Errno;
use rustix::stdio::{dup2_stdin, stdin};
use tokio::sync::watch as cell;

/// How long to rest where a system tells of keys too when it is asked for the closing alone.
const REST: Duration = Duration::from_secs(1);

/// What tells that the terminal was closed.
pub struct Hangup(cell::Receiver<bool>);

impl Hangup {
    /// Watches the terminal until the program ends: a thread that sleeps until the terminal is closed. Where the keys do not
    /// come from stdin, they do from now on.
    pub fn watch() -> Self {
        let (tell, closed) = cell::channel(false);
        let begun = to_stdin().and_then(|()| {
            thread::Builder::new().name("terminal".to_owned()).spawn(move || {
                if !is_closing() {
                    return;
                }
                let silent = silence();
                tell.send_replace(true);
                match silent {
                    // Without somebody who could write, reading would find an end again.
                    Ok(_writer) => loop {
                        thread::park();
                    },
                    Err(error) => tracing::warn!("the closed terminal is read on: {error}"),
                }
            })
        });
        if let Err(error) = begun {
            tracing::warn!("nobody watches whether the terminal is closed: {error}");
        }
        Self(closed)
    }

    /// Waits until the terminal was closed.
    pub async fn closed(&self) {
        if self.0.clone().wait_for(|closed| *closed).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Has the keys come from stdin, where they can be cut off.
fn to_stdin() -> io::Result<()> {
    if !io::stdin().is_terminal() {
        dup2_stdin(File::options().read(true).write(true).open("/dev/tty")?)?;
    }
    Ok(())
}

/// Waits until the terminal is closed; false where that cannot be told.
fn is_closing() -> bool {
    loop {
        // Linux tells of it unasked; others only who asks.
        let mut terminal = [PollFd::from_borrowed_fd(stdin(), PollFlags::HUP)];
        match poll(&mut terminal, None) {
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(_) => return false,
        }
        let [terminal] = terminal;
        if terminal.revents().contains(PollFlags::HUP) {
            return true;
        }
        if terminal.revents().contains(PollFlags::NVAL) {
            return false;
        }
        thread::sleep(REST);
    }
}

/// Puts something in the terminal's place that has nothing to read now, and never says that it ended.
fn silence() -> io::Result<PipeWriter> {
    let (reader, writer) = io::pipe()?;
    fcntl_setfl(&reader, OFlags::NONBLOCK)?;
    dup2_stdin(reader)?;
    Ok(writer)
}
