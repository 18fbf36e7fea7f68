//! Tells when another process has handed a mail over ([`crate::letters::handed`]): the system wakes us, nothing is polled.

use std::sync::Arc;

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

use crate::letters::Letters;
use crate::sync::desk::{Desk, Urgency};

/// Watches the tray where mails are laid.
pub struct Door {
    /// It ends with this. `None`: the system cannot tell; what is handed over is found at the next start.
    watcher: Option<RecommendedWatcher>,
    rung: Arc<Notify>,
}

impl Door {
    /// None that ever rings.
    pub fn shut() -> Self {
        Self { watcher: None, rung: Arc::default() }
    }

    /// Watches the tray of this desk's data directory.
    pub async fn open(desk: &Desk) -> Self {
        let rung = Arc::new(Notify::new());
        let bell = Arc::clone(&rung);
        let watch = move |tray: &std::path::Path| {
            let heard = move |event: notify::Result<notify::Event>| {
                if event.is_ok_and(|event| !event.kind.is_access()) {
                    bell.notify_one();
                }
            };
            let mut watcher = notify::recommended_watcher(heard)?;
            watcher.watch(tray, RecursiveMode::NonRecursive)?;
            Ok::<_, notify::Error>(watcher)
        };
        let tray = desk.run(Urgency::Now, |files| Letters::of(files.journal.dir()).tray()).await;
        let watcher = match tray {
            Ok(Ok(tray)) => watch(&tray).inspect_err(|error| tracing::warn!("mails of others wait: {error}")).ok(),
            Ok(Err(error)) => {
                tracing::warn!("mails of others wait: {error}");
                None
            }
            Err(_) => None,
        };
        // What came before it was watched.
        rung.notify_one();
        Self { watcher, rung }
    }

    /// Something was laid there, or taken away.
    pub async fn rung(&self) {
        if self.watcher.is_none() {
            return std::future::pending().await;
        }
        self.rung.notified().await;
    }
}
