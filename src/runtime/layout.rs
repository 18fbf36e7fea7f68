//! The layout thread: parses and wraps messages off the loop, on a stack that hostile mail cannot exhaust.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::UnboundedSender;

use crate::app::model::Ticket;
use crate::app::msg::{Msg, Sheet};
use crate::mail::MessageId;
use crate::render::{self, Context, Extent, Laid};
use crate::runtime::files;
use crate::safe_text::SafeText;
use crate::store::{Error, Reader};

/// How many laid documents are kept: a few steps back and forth cost nothing.
const KEPT: usize = 24;
/// The stack of the thread (STACK.md: nested messages abort a parser on 2 MiB).
const STACK: usize = 64 * 1024 * 1024;

/// What the thread is asked for.
pub enum Job {
    /// Lay a message out.
    Lay {
        /// Ties the answer to this request.
        ticket: Ticket,
        /// Which message.
        message: MessageId,
        /// How.
        sheet: Sheet,
        /// Whether it is done even when another is asked for meanwhile.
        aside: bool,
    },
    /// Find a text in a message.
    Find {
        /// Ties the answer to this request.
        ticket: Ticket,
        /// Which message.
        message: MessageId,
        /// How it is laid out.
        sheet: Sheet,
        /// What to find.
        text: SafeText,
    },
    /// Save an attachment.
    Save {
        /// Of which message.
        message: MessageId,
        /// Its place among the document's parts.
        part: usize,
    },
}

/// A handle to the layout thread; it ends when the handle is dropped.
pub struct Layout {
    jobs: Sender<Job>,
    waiting: Arc<AtomicUsize>,
    newest: Arc<Mutex<Option<Ticket>>>,
}

/// What the thread works with.
pub struct Materials {
    /// The cache.
    pub cache: Reader,
    /// The user's own addresses.
    pub own: Vec<String>,
    /// Where attachments go.
    pub downloads: PathBuf,
}

impl Layout {
    /// Starts the thread.
    pub fn start(materials: Materials, replies: UnboundedSender<Msg>) -> std::io::Result<Self> {
        let (jobs, inbox) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let newest = Arc::new(Mutex::new(None));
        let mut bench = Bench {
            materials,
            replies,
            kept: VecDeque::new(),
            waiting: Arc::clone(&waiting),
            newest: Arc::clone(&newest),
        };
        std::thread::Builder::new().name("layout".into()).stack_size(STACK).spawn(move || bench.serve(&inbox))?;
        Ok(Self { jobs, waiting, newest })
    }

    /// Gives the thread something to do. A layout that waits is skipped when a newer one is asked for.
    pub fn ask(&self, job: Job) {
        if let Job::Lay { ticket, aside: false, .. } = &job {
            *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(*ticket);
        }
        self.waiting.fetch_add(1, Ordering::SeqCst);
        if self.jobs.send(job).is_err() {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// How many jobs are not done yet.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }
}

/// A laid document and what it was made from.
struct Kept {
    message: MessageId,
    sheet: Sheet,
    bytes: usize,
    whole: bool,
    laid: Arc<Laid>,
}

struct Bench {
    materials: Materials,
    replies: UnboundedSender<Msg>,
    kept: VecDeque<Kept>,
    waiting: Arc<AtomicUsize>,
    newest: Arc<Mutex<Option<Ticket>>>,
}

impl Bench {
    fn serve(&mut self, inbox: &Receiver<Job>) {
        for job in inbox {
            let msg = match job {
                Job::Lay { ticket, message, sheet, aside } => {
                    let newest = *self.newest.lock().unwrap_or_else(PoisonError::into_inner);
                    if aside || newest == Some(ticket) { Some(self.lay((ticket, message), sheet)) } else { None }
                }
                Job::Find { ticket, message, sheet, text } => Some(self.find((ticket, message), sheet, &text)),
                Job::Save { message, part } => Some(self.save(message, part)),
            };
            let heard = msg.is_none_or(|msg| self.replies.send(msg).is_ok());
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            if !heard {
                return;
            }
        }
    }

    fn lay(&mut self, (ticket, message): (Ticket, MessageId), sheet: Sheet) -> Msg {
        let body = match self.materials.cache.body(message) {
            Ok(Some(body)) => body,
            Ok(None) => return Msg::Laid { ticket, message, laid: None, whole: false },
            Err(error) => return failed(ticket, &error),
        };
        let (whole, bytes) = (body.whole, body.bytes.len());
        let same = |kept: &Kept| {
            (kept.message, kept.sheet, kept.bytes, kept.whole) == (message, sheet, bytes, whole)
        };
        if let Some(kept) = self.kept.iter().find(|kept| same(kept)) {
            return Msg::Laid { ticket, message, laid: Some(Arc::clone(&kept.laid)), whole };
        }
        let extent = if whole { Extent::Whole } else { Extent::Prefix };
        let context = Context { own_addresses: self.materials.own.clone(), extent };
        // A mail that no limit foresaw costs its own picture, not the thread.
        let laid = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            render::lay_with(render::parse(&body.bytes, sheet.view, &context), sheet.width, sheet.quotes)
        }));
        let Ok(laid) = laid else {
            let reason = SafeText::new("this message could not be laid out; U shows its source");
            return Msg::LoadFailed { ticket, reason };
        };
        let laid = Arc::new(laid);
        self.kept.push_front(Kept { message, sheet, bytes, whole, laid: Arc::clone(&laid) });
        self.kept.truncate(KEPT);
        Msg::Laid { ticket, message, laid: Some(laid), whole }
    }

    /// The places of a text in a message that is, or now gets, laid out.
    fn find(&mut self, (ticket, message): (Ticket, MessageId), sheet: Sheet, text: &SafeText) -> Msg {
        let kept = |bench: &Self| {
            let found = bench.kept.iter().find(|kept| (kept.message, kept.sheet) == (message, sheet));
            found.map(|kept| Arc::clone(&kept.laid))
        };
        let laid = kept(self).or_else(|| {
            self.lay((ticket, message), sheet);
            kept(self)
        });
        Msg::Found { ticket, hits: laid.map(|laid| render::find(&laid, text.as_str())).unwrap_or_default() }
    }

    fn save(&self, message: MessageId, part: usize) -> Msg {
        let body = match self.materials.cache.body(message) {
            Ok(Some(body)) if body.whole => body,
            Ok(_) => {
                return Msg::EffectFailed(SafeText::new("fetching the whole message; save again when it is here"));
            }
            Err(error) => return Msg::EffectFailed(SafeText::new(&error.to_string())),
        };
        let Some((name, bytes)) = render::part_bytes(&body.bytes, part) else {
            return Msg::EffectFailed(SafeText::new("this message has no such attachment"));
        };
        match files::save_new(&self.materials.downloads, &name, &bytes) {
            Ok(path) => Msg::EffectDone(SafeText::new(&format!("Saved as {}", path.display()))),
            Err(error) => Msg::EffectFailed(SafeText::new(&format!("{name} could not be saved: {error}"))),
        }
    }
}

fn failed(ticket: Ticket, error: &Error) -> Msg {
    Msg::LoadFailed { ticket, reason: SafeText::new(&format!("the cache could not be read: {error}")) }
}
