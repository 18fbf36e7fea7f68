//! Fills the index of words behind the sync's back: a batch at a time, when nothing else is to be written.
//!
//! Nothing waits for it. Messages that are not indexed yet are found all the same, only slower; so a first sync comes first,
//! unless so many wait that a search would be felt.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::store::Error;
use crate::store::index::{Indexed, Text};
use crate::sync::account::{Digester, Trouble};
use crate::sync::desk::{Desk, Gone, Urgency};

/// For how long nothing must have been stored before what was stored is indexed.
const QUIET: Duration = Duration::from_secs(1);
/// Messages that wait at most, quiet or not: reading as many headers takes a search a fifth of a second.
const MANY: u64 = 100_000;
/// Headers of a batch: what the user does waits for one at most.
const HEADERS: u32 = 250;
/// Texts of a batch.
const TEXTS: u32 = 20;
/// Texts that are taken out of the index at a time, when it is too large.
const TRIMMED: u32 = 50;

/// What the indexer needs.
#[derive(Clone)]
pub struct Indexer {
    /// The way to disk.
    pub desk: Desk,
    /// Reads the texts of bodies.
    pub digester: Digester,
    /// Wakes it: something was stored.
    pub stored: Arc<Notify>,
    /// Bytes that the words of texts may take in the index.
    pub max_bytes: u64,
}

/// The indexer's task; it ends with this.
#[derive(Debug)]
pub struct Guard(JoinHandle<()>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Indexer {
    /// Starts the task that lasts as long as the engine.
    pub fn begin(self) -> Guard {
        Guard(tokio::spawn(async move {
            loop {
                if let Err(trouble) = self.catch_up().await {
                    tracing::warn!("the index is not filled for now: {trouble}");
                }
                self.stored.notified().await;
            }
        }))
    }

    /// Waits until it is quiet, and indexes what is there.
    async fn catch_up(&self) -> Result<(), Trouble> {
        while tokio::time::timeout(QUIET, self.stored.notified()).await.is_ok() {
            if self.on_desk(|files| files.reader().unindexed()).await? > MANY {
                break;
            }
        }
        self.index_all().await
    }

    /// Indexes everything that is there.
    ///
    /// # Errors
    /// What the cache says.
    pub async fn index_all(&self) -> Result<(), Trouble> {
        loop {
            let Indexed { more, .. } = self.on_desk(|cache| cache.index_headers(HEADERS)).await?;
            if !more {
                break;
            }
        }
        while self.index_texts().await? {}
        let most = self.max_bytes;
        while self.on_desk(move |cache| cache.trim_index(most, TRIMMED)).await? {}
        Ok(())
    }

    /// Indexes the next texts of bodies that are here. False: there are no more.
    async fn index_texts(&self) -> Result<bool, Trouble> {
        let bodies = self
            .on_desk(|cache| {
                let reader = cache.reader();
                let ids = reader.unread_texts(TEXTS)?;
                let read = |id| Ok((id, reader.body(id)?));
                ids.into_iter().map(read).collect::<Result<Vec<_>, Error>>()
            })
            .await?;
        if bodies.is_empty() {
            return Ok(false);
        }
        let digester = Arc::clone(&self.digester);
        let texts = tokio::task::spawn_blocking(move || {
            let text = |bytes: Vec<u8>| -> Text { digester(&bytes).text };
            let all = bodies.into_iter().map(|(id, body)| (id, body.map(|body| (text(body.bytes), body.whole))));
            all.collect::<Vec<_>>()
        })
        .await
        .map_err(|_| Gone)?;
        self.on_desk(move |cache| cache.put_texts(&texts)).await?;
        Ok(true)
    }

    async fn on_desk<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut crate::store::Writer) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, Trouble> {
        Ok(self.desk.run(Urgency::Background, move |files| job(&mut files.cache)).await??)
    }
}
