//! Writing the WAL back into the cache's file on a thread of its own, while the writer goes on.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::{Connection, OpenFlags};

use super::cache::WRITER_CACHE_KIB;
use super::{Writer, schema};

/// Pages of the WAL that are not in the file yet when the thread is woken: 12 MB. Each time costs two syncs of the disk.
const LAG: i64 = 3_000;
/// The part of the file that the writer's page cache has room for (one in so many), and the most.
const SHARE: i64 = 32;
const WIDEST_KIB: u32 = 32 * 1024;

/// The thread. It is begun when there is much to write back for the first time, and ends when this is dropped.
#[derive(Debug)]
pub(super) struct Checkpointer {
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpointer {
    fn begin(path: PathBuf) -> std::io::Result<Self> {
        // One waiting word is enough: the thread writes back all there is.
        let (wake, woken) = sync_channel(1);
        let thread = std::thread::Builder::new().name("checkpoint".into()).spawn(move || write_back(path, &woken))?;
        Ok(Self { wake: Some(wake), thread: Some(thread) })
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        drop(self.wake.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that writes the WAL back ended in a panic");
        }
    }
}

/// Writes back what was committed, each time it is woken. What fails is left to the writer, which does the same when the
/// WAL has grown too long and has a user to tell.
fn write_back(path: PathBuf, woken: &Receiver<()>) {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).and_then(|connection| {
        schema::configure(&connection, 64)?;
        connection.execute_batch("PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0;")?;
        Ok(connection)
    });
    let connection = match connection {
        Ok(connection) => connection,
        Err(error) => {
            tracing::warn!(%error, "the WAL is written back by the writer alone");
            return;
        }
    };
    while woken.recv().is_ok() {
        if let Err(error) = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
            tracing::debug!(%error, "the WAL was not written back");
        }
    }
}

impl Writer {
    /// Has the WAL written back if it has grown. Nobody waits for it.
    pub(super) fn relieve(&mut self) {
        let lag = self
            .reader
            .connection
            .query_row("PRAGMA wal_checkpoint(NOOP)", [], |row| Ok(row.get::<_, i64>(1)? - row.get::<_, i64>(2)?));
        if lag.is_ok_and(|lag| lag < LAG) {
            return;
        }
        if let Err(error) = self.widen() {
            tracing::debug!(%error, "the page cache stays as it is");
        }
        if self.checkpointer.is_none()
            && let Some(path) = self.reader.connection.path()
        {
            // Without a thread the writer does it at a commit.
            self.checkpointer = Checkpointer::begin(PathBuf::from(path)).ok();
        }
        if let Some(wake) = self.checkpointer.as_ref().and_then(|thread| thread.wake.as_ref()) {
            // One that is full is woken already.
            let _full = wake.try_send(());
        }
    }
    /// Gives the page cache room in proportion to the file: in a large one the index of Message-IDs, of which every
    /// message needs another page, would else be read from the disk again and again.
    fn widen(&self) -> rusqlite::Result<()> {
        let connection = &self.reader.connection;
        let pages: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        let wanted = u32::try_from(pages * 4 / SHARE).unwrap_or(u32::MAX);
        let kib = wanted.clamp(WRITER_CACHE_KIB, WIDEST_KIB);
        connection.execute_batch(&format!("PRAGMA cache_size = -{kib}"))
    }
}
