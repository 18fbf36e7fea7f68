//! The workshop: what takes long and is not a layout. Pictures are decoded on one thread; images from the net and seals have
//! a thread each, since a server or a passphrase may take its time.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::UnboundedSender;

use crate::app::lend::{Lend, Purpose, Unlock};
use crate::app::msg::Msg;
use crate::crypto::{self, Locked, Outcome, Programs, terminal};
use crate::mail::MessageId;
use crate::render::facts::PictureSource;
use crate::render::{self, PictureRow};
use crate::runtime::outside::Room;
use crate::runtime::pictures;
use crate::runtime::pictures::protocol::Graphics;
use crate::runtime::remote::{Fetcher, Wanted};
use crate::runtime::shelf::{Key, Loaded, Opened, Shelf};
use crate::safe_text::SafeText;
use crate::store::Reader;

/// Pictures of one message that are drawn.
const MAX_PICTURES: usize = 30;
/// The stack of a thread that parses (STACK.md: nested messages abort a parser on 2 MiB).
const STACK: usize = 64 * 1024 * 1024;

/// What the pictures' thread is asked for: pictures of one message.
type Job = (MessageId, Vec<(PictureSource, (u16, u16))>);

/// A handle to the workshop; its threads end when it is dropped.
pub struct Workshop {
    shelf: Shelf,
    replies: UnboundedSender<Msg>,
    jobs: Option<Sender<Job>>,
    waiting: Arc<AtomicUsize>,
    /// What stops the images, and the seal, that are on their way.
    cancel: [Mutex<Arc<AtomicBool>>; 2],
    fetcher: Fetcher,
    programs: Programs,
    room: Room,
}

impl Workshop {
    /// Starts it. Without graphics no picture is drawn.
    ///
    /// # Errors
    /// The system gave no thread.
    pub fn start(
        cache: Reader,
        shelf: Shelf,
        graphics: Option<Graphics>,
        (programs, room): (Programs, Room),
        replies: UnboundedSender<Msg>,
    ) -> std::io::Result<Self> {
        let waiting = Arc::new(AtomicUsize::new(0));
        let jobs = match graphics {
            None => None,
            Some(graphics) => {
                let (jobs, inbox) = channel();
                let painter = Painter { cache, shelf: shelf.clone(), graphics };
                let (replies, waiting) = (replies.clone(), Arc::clone(&waiting));
                std::thread::Builder::new().name("pictures".into()).stack_size(STACK).spawn(move || {
                    painter.serve(&inbox, &replies, &waiting);
                })?;
                Some(jobs)
            }
        };
        let cancel = [Mutex::default(), Mutex::default()];
        let fetcher = Fetcher::default();
        Ok(Self { shelf, replies, jobs, waiting, cancel, fetcher, programs, room })
    }

    /// Where files lie that other programs are given.
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// Draws the pictures of a message that are not drawn yet.
    pub fn draw(&self, message: MessageId, rows: impl Iterator<Item = (PictureRow, PictureSource)>) {
        let Some(jobs) = &self.jobs else { return };
        let mut wanted: Vec<(PictureSource, (u16, u16))> = Vec::new();
        for (row, source) in rows.filter(|(row, _)| row.row == 0) {
            let key: Key = (message, source, row.cells);
            if wanted.len() < MAX_PICTURES && self.shelf.drawn(&key).is_none() {
                wanted.push((key.1, key.2));
            }
        }
        if !wanted.is_empty() {
            self.waiting.fetch_add(1, Ordering::SeqCst);
            if jobs.send((message, wanted)).is_err() {
                self.waiting.fetch_sub(1, Ordering::SeqCst);
            }
        }
    }

    /// How many jobs of the pictures' thread are not done yet.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// A new flag that stops what comes now; what ran before is stopped.
    fn begin(cancel: &Mutex<Arc<AtomicBool>>) -> Arc<AtomicBool> {
        let mut cancel = cancel.lock().unwrap_or_else(PoisonError::into_inner);
        cancel.store(true, Ordering::SeqCst);
        *cancel = Arc::new(AtomicBool::new(false));
        Arc::clone(&cancel)
    }

    /// Loads images from the net. The answer is `Msg::Changed`.
    pub fn load_images(&self, message: MessageId, urls: &[SafeText]) {
        let [images, _] = &self.cancel;
        let cancel = Self::begin(images);
        let (things, replies, fetcher) = (self.shelf.clone(), self.replies.clone(), self.fetcher.clone());
        let urls: Vec<String> = urls.iter().map(ToString::to_string).collect();
        self.spawn("images", message, move || {
            let wanted: Vec<Wanted> = urls.iter().map(|url| Wanted { url: url.clone() }).collect();
            let results = fetcher.fetch(&wanted, &cancel);
            let failed = keep_images(&things, message, urls.into_iter().zip(results));
            // Nobody hears it after the end.
            let _unheard = replies.send(Msg::Changed { message, failed });
        });
    }

    /// Checks a signature, or opens what is encrypted; `asked`: its passphrase was asked for at the terminal already. The
    /// answer is `Msg::Changed`, or what has it typed there, as `Msg::Ready`.
    pub fn unseal(&self, message: MessageId, bytes: Vec<u8>, (from, asked): (String, bool)) {
        let [_, seal] = &self.cancel;
        let cancel = Self::begin(seal);
        let (things, replies, programs) = (self.shelf.clone(), self.replies.clone(), self.programs.clone());
        let room = self.room.clone();
        self.spawn("seal", message, move || {
            let failed = match crypto::read(&programs, &bytes, &from, &cancel) {
                Some(_) if cancel.load(Ordering::SeqCst) => None,
                Some(Outcome { locked: Some(locked), .. }) if !asked => match lend(&room, message, &locked) {
                    Ok(lend) => {
                        let _unheard = replies.send(Msg::Ready(lend));
                        return;
                    }
                    Err(why) => Some(SafeText::new(&why)),
                },
                Some(outcome) => {
                    let charset = outcome.text_charset.as_deref();
                    let inside =
                        outcome.decrypted.as_ref().map(|inside| render::opened_message(inside, charset).into());
                    let (words, encrypted) = (SafeText::squeezed(&outcome.words), outcome.encrypted);
                    things.put_opened(message, Opened { words, inside, encrypted });
                    None
                }
                None => {
                    Some(SafeText::from_static("nothing in this message is signed or encrypted in a way that is known"))
                }
            };
            let _unheard = replies.send(Msg::Changed { message, failed });
        });
    }

    fn spawn(&self, name: &str, message: MessageId, job: impl FnOnce() + Send + 'static) {
        let replies = self.replies.clone();
        let guarded = move || {
            // A message that no limit foresaw costs its own answer.
            if std::panic::catch_unwind(std::panic::AssertUnwindSafe(job)).is_err() {
                let failed = Some(SafeText::from_static("this message is too odd for that"));
                let _unheard = replies.send(Msg::Changed { message, failed });
            }
        };
        let spawned = std::thread::Builder::new().name(name.into()).stack_size(STACK).spawn(guarded);
        if let Err(error) = spawned {
            let failed = Some(SafeText::new(&format!("the system gave no thread: {error}")));
            let _unheard = self.replies.send(Msg::Changed { message, failed });
        }
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        for cancel in &self.cancel {
            cancel.lock().unwrap_or_else(PoisonError::into_inner).store(true, Ordering::SeqCst);
        }
    }
}

/// What has the passphrase of a message typed at the terminal.
fn lend(room: &Room, message: MessageId, locked: &Locked) -> Result<Lend, String> {
    let purpose = Purpose::Unlock(Unlock::Message(message));
    Ok(Lend { command: terminal::to_read(locked.kind), input: room.file("encrypted", &locked.data)?, purpose })
}

/// Keeps the images that came; says how many did not, and why the first did not.
fn keep_images(
    shelf: &Shelf,
    message: MessageId,
    results: impl Iterator<Item = (String, Result<Vec<u8>, String>)>,
) -> Option<SafeText> {
    let (mut images, mut failures) = (shelf.loaded(message), Vec::new());
    for (url, result) in results {
        match result.and_then(|bytes| Ok((render::pixels(&bytes).ok_or("no picture that is known")?, bytes))) {
            Ok((size, bytes)) => {
                images.retain(|image| image.url != url);
                images.push(Loaded { url, bytes: bytes.into(), size });
            }
            Err(reason) => failures.push(reason),
        }
    }
    shelf.put_loaded(message, images);
    let first = failures.first()?;
    let text = match failures.len() {
        1 => format!("1 image could not be loaded: {first}"),
        count => format!("{count} images could not be loaded; the first: {first}"),
    };
    Some(SafeText::squeezed(&text).cut(200))
}

/// Decodes pictures and makes them into what the terminal draws.
struct Painter {
    cache: Reader,
    shelf: Shelf,
    graphics: Graphics,
}

impl Painter {
    fn serve(&self, inbox: &Receiver<Job>, replies: &UnboundedSender<Msg>, waiting: &AtomicUsize) {
        for (message, wanted) in inbox {
            // A picture that no limit foresaw costs itself, not the thread.
            let painted = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.paint(message, &wanted)));
            if painted.is_err() {
                for (source, cells) in wanted {
                    self.shelf.put_drawn((message, source, cells), None);
                }
            }
            let heard = replies.send(Msg::PictureReady).is_ok();
            waiting.fetch_sub(1, Ordering::SeqCst);
            if !heard {
                return;
            }
        }
    }

    fn paint(&self, message: MessageId, wanted: &[(PictureSource, (u16, u16))]) {
        let places: Vec<usize> = wanted
            .iter()
            .filter_map(|(source, _)| match source {
                PictureSource::Part(place) => Some(*place),
                PictureSource::Remote(_) => None,
            })
            .collect();
        let parts = if places.is_empty() { Vec::new() } else { self.parts(message, &places) };
        let loaded = self.shelf.loaded(message);
        for (source, cells) in wanted {
            let bytes = match source {
                PictureSource::Part(place) => {
                    parts.iter().find(|(other, _)| other == place).map(|(_, bytes)| bytes.as_slice())
                }
                PictureSource::Remote(url) => {
                    loaded.iter().find(|image| image.url == url.as_str()).map(|image| &*image.bytes)
                }
            };
            let picture = bytes.and_then(|bytes| pictures::prepare(bytes, &self.graphics, *cells).ok());
            self.shelf.put_drawn((message, source.clone(), *cells), picture.map(Arc::new));
        }
    }

    fn parts(&self, message: MessageId, places: &[usize]) -> Vec<(usize, Vec<u8>)> {
        if let Some(inside) = self.shelf.opened(message).and_then(|opened| opened.inside) {
            return render::parts_bytes(&inside, places);
        }
        match self.cache.body(message) {
            Ok(Some(body)) => render::parts_bytes(&body.bytes, places),
            Ok(None) | Err(_) => Vec::new(),
        }
    }
}
