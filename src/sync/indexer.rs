//! Fills the index of words behind the sync's back: a batch at a time, when nothing else is to be written.
//!
//! Nothing waits for it. Messages that are not indexed yet are found all the same, only slower; so a first sync comes first,
//! unless so many wait that a search would be felt. Once the words are there, replies that do not say what they reply to
//! find their conversations by them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use crate::mail::MessageId;
use crate::protocol::Event;
use crate::store::index::{Indexed, Text};
use crate::store::strays::Adopted;
use crate::store::{Body, Error};
use crate::sync::account::{TextReader, Trouble};
use crate::sync::desk::{Desk, Gone, Urgency};
use crate::sync::outlet::Outlet;

/// For how long nothing must have been stored before what was stored is indexed.
const QUIET: Duration = Duration::from_secs(1);
/// Messages that wait at most, quiet or not: reading as many headers takes a search a fifth of a second.
const MANY: u64 = 100_000;
/// Headers of a batch: what the user does waits for one at most.
const HEADERS: u32 = 250;
/// Messages of which conversations are looked for by subject at a time.
const LOOKED_AT: u32 = 500;
/// Texts of a batch.
const TEXTS: u32 = 100;
/// Texts that are taken out of the index at a time, when it is too large.
const TRIMMED: u32 = 50;

/// What the indexer needs.
#[derive(Clone)]
pub struct Indexer {
    /// The way to disk.
    pub desk: Desk,
    /// Reads the texts of bodies.
    pub text_reader: TextReader,
    /// Where it tells that conversations were joined.
    pub outlet: Outlet,
    /// Wakes it: something was stored.
    pub stored: Arc<Notify>,
    /// Bytes that the words of texts may take in the index.
    pub max_bytes: u64,
}

/// The texts of these bodies, each with whether it is of all of the message; none of those that are not here any more.
fn read(text_reader: &TextReader, bodies: &[(MessageId, Option<Body>)]) -> Vec<(MessageId, Option<(Text, bool)>)> {
    let mails: Vec<&[u8]> = bodies.iter().filter_map(|(_, body)| Some(body.as_ref()?.bytes.as_slice())).collect();
    let mut texts = text_reader(&mails).into_iter();
    // What cannot be read here, a server may still search.
    let mut next = || texts.next().unwrap_or_else(|| Text { cut: true, ..Text::default() });
    bodies.iter().map(|(id, body)| (*id, body.as_ref().map(|body| (next(), body.whole)))).collect()
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
        // Their headers come with them.
        self.index_texts().await?;
        loop {
            let Indexed { more, .. } = self.on_desk(|cache| cache.index_headers(HEADERS)).await?;
            if !more {
                break;
            }
        }
        loop {
            let Adopted { folders, more, .. } = self.on_desk(|cache| cache.adopt_strays(LOOKED_AT)).await?;
            for folder in folders {
                self.outlet.send(Event::FolderChanged(folder));
            }
            if !more {
                break;
            }
        }
        let most = self.max_bytes;
        while self.on_desk(move |cache| cache.trim_index(most, TRIMMED)).await? {}
        Ok(())
    }

    /// Indexes the texts of bodies that are here: some are read while the ones before are written down.
    async fn index_texts(&self) -> Result<(), Trouble> {
        let mut bodies = self.bodies(None).await?;
        let mut writing: Option<oneshot::Receiver<Result<(), Error>>> = None;
        while let Some(last) = bodies.last().map(|(id, _)| *id) {
            let text_reader = Arc::clone(&self.text_reader);
            let texts = tokio::task::spawn_blocking(move || read(&text_reader, &bodies)).await.map_err(|_| Gone)?;
            if let Some(written) = writing.take() {
                written.await.map_err(|_| Gone)??;
            }
            // Before the desk is busy again.
            bodies = self.bodies(Some(last)).await?;
            writing = Some(self.desk.begin(Urgency::Background, move |files| files.cache.put_texts(&texts)));
        }
        if let Some(written) = writing {
            written.await.map_err(|_| Gone)??;
        }
        Ok(())
    }

    /// The next bodies whose texts are to be indexed, of messages with lower numbers than this.
    async fn bodies(&self, below: Option<MessageId>) -> Result<Vec<(MessageId, Option<Body>)>, Trouble> {
        self.on_desk(move |cache| {
            let reader = cache.reader();
            let ids = reader.unread_texts(below, TEXTS)?;
            ids.into_iter().map(|id| Ok((id, reader.body(id)?))).collect()
        })
        .await
    }

    async fn on_desk<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut crate::store::Writer) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, Trouble> {
        Ok(self.desk.run(Urgency::Background, move |files| job(&mut files.cache)).await??)
    }
}
