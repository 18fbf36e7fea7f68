//! The desk: the one thread that writes, with the cache's writer and the journal on it.
//!
//! Everything that changes a file on disk is a job for this thread, so that a row in the cache and a row in the journal
//! change in one order. Jobs of the user go before jobs of the background. Nothing here knows the network.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::journal::Journal;
use crate::priority;
use crate::store::Writer;
use crate::sync::account::Mode;

/// What lies on the desk.
pub struct Files {
    /// The cache.
    pub cache: Writer,
    /// The queue of what the user did.
    pub journal: Journal,
}

/// Which jobs go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// A person waits for it.
    Now,
    /// It can wait for those.
    Background,
}

type Job = Box<dyn FnOnce(&mut Files) + Send>;

#[derive(Default)]
struct Queue {
    now: VecDeque<Job>,
    background: VecDeque<Job>,
    closed: bool,
}

struct Tray {
    queue: Mutex<Queue>,
    filled: Condvar,
}

impl Tray {
    fn lock(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next job; `None` when the desk is closed and empty.
    fn take(&self) -> Option<Job> {
        let mut queue = self.lock();
        loop {
            if let Some(job) = queue.now.pop_front().or_else(|| queue.background.pop_front()) {
                return Some(job);
            }
            if queue.closed {
                return None;
            }
            queue = self.filled.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// A handle to the desk's thread. The thread ends, with every job done, when the last handle is dropped.
#[derive(Clone)]
pub struct Desk {
    place: Place,
}

/// Where the jobs are done.
#[derive(Clone)]
enum Place {
    /// On a thread of their own.
    Thread(Arc<Closer>),
    /// Where they are asked for.
    Inline(Arc<Mutex<Files>>),
}

struct Closer {
    tray: Arc<Tray>,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
}

impl Closer {
    fn put(&self, urgency: Urgency, job: Job) {
        let mut queue = self.tray.lock();
        match urgency {
            Urgency::Now => queue.now.push_back(job),
            Urgency::Background => queue.background.push_back(job),
        }
        drop(queue);
        self.tray.filled.notify_one();
    }
}

/// Does a job. One bad row must not end all writing: the files roll back what a panic left half done.
fn attempt(files: &mut Files, job: Job) {
    if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(files))).is_err() {
        tracing::error!("a job of the thread that writes panicked");
    }
}

impl Drop for Closer {
    fn drop(&mut self) {
        self.tray.lock().closed = true;
        self.tray.filled.notify_all();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.thread().id() != std::thread::current().id()
            && thread.join().is_err()
        {
            tracing::error!("the thread that writes ended in a panic");
        }
    }
}

/// The desk's thread is gone: the program is ending, or a job panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the thread that writes to disk has ended")]
pub struct Gone;

impl Desk {
    /// Puts the files on a desk of their own, which steps back behind the screen where there is one.
    pub fn open(mut files: Files, mode: Mode) -> std::io::Result<Self> {
        let tray = Arc::new(Tray { queue: Mutex::default(), filled: Condvar::new() });
        let mine = Arc::clone(&tray);
        let thread = std::thread::Builder::new().name("desk".into()).spawn(move || {
            if mode == Mode::Live {
                priority::step_back();
            }
            while let Some(job) = mine.take() {
                attempt(&mut files, job);
            }
        })?;
        Ok(Self { place: Place::Thread(Arc::new(Closer { tray, thread: Mutex::new(Some(thread)) })) })
    }

    /// A desk without a thread: each job is done by the task that asks for it. For tests in simulated time, whose clock
    /// would run on while a thread works.
    pub fn inline(files: Files) -> Self {
        Self { place: Place::Inline(Arc::new(Mutex::new(files))) }
    }

    /// Does this job on the desk and waits for what it gives.
    pub async fn run<R, F>(&self, urgency: Urgency, job: F) -> Result<R, Gone>
    where
        R: Send + 'static,
        F: FnOnce(&mut Files) -> R + Send + 'static,
    {
        // Other tasks have their turn before and after, as they would with a thread.
        self.step_back().await;
        let answer = self.begin(urgency, job);
        self.step_back().await;
        answer.await.map_err(|_| Gone)
    }

    async fn step_back(&self) {
        match self.place {
            Place::Thread(_) => {}
            Place::Inline(_) => tokio::task::yield_now().await,
        }
    }

    /// Starts this job; its answer comes through the receiver, so that the next chunk can be fetched meanwhile.
    pub fn begin<R, F>(&self, urgency: Urgency, job: F) -> oneshot::Receiver<R>
    where
        R: Send + 'static,
        F: FnOnce(&mut Files) -> R + Send + 'static,
    {
        let (answer, receiver) = oneshot::channel();
        let job: Job = Box::new(move |files| {
            // Nobody waiting for the answer any more is no reason not to do the job.
            let _unheard = answer.send(job(files));
        });
        match &self.place {
            Place::Thread(closer) => closer.put(urgency, job),
            Place::Inline(files) => {
                let mut files = files.lock().unwrap_or_else(PoisonError::into_inner);
                attempt(&mut files, job);
            }
        }
        receiver
    }
}
