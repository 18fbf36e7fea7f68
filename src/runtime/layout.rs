//! The layout thread: parses and wraps messages off the loop, on a stack that hostile mail cannot exhaust.

mod letters;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::tz::TimeZone;
use tokio::sync::mpsc::UnboundedSender;

use crate::app::lend::{Lend, Purpose};
use crate::app::model::Ticket;
use crate::app::msg::{Msg, Sheet};
use crate::app::reading::{Errand, Places};
use crate::config::env::Env;
use crate::letter::Mailbox;
use crate::letters::Letters;
use crate::mail::{AccountId, MessageId};
use crate::protocol::OpId;
use crate::query::Query;
use crate::render::facts::{Acquaintance, Answer, LinkStyle, MailServer};
use crate::render::unsubscribe::{Mailto, unsubscribe};
use crate::render::{self, Context, Extent, Hit, Laid, PictureRow, Quotes, Reach, Shape, View};
use crate::runtime::files;
use crate::runtime::outside::{self, Opener};
use crate::runtime::senders::Senders;
use crate::runtime::shelf::Shelf;
use crate::runtime::workshop::Workshop;
use crate::safe_text::SafeText;
use crate::store::{Error, Reader};

/// How many laid documents are kept: a few steps back and forth cost nothing.
const KEPT: usize = 24;
/// Messages of more bytes show their first screens before all of their text is laid out.
const LONG: usize = 128 * 1024;
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
        /// For one of several: it is done though another is asked for meanwhile, until a later number comes.
        aside: Option<u64>,
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
        /// What to find instead: the phrases of a search.
        query: Option<Arc<Query>>,
        /// Where to look, in this order, if it stands nowhere in the message.
        others: Vec<MessageId>,
    },
    /// Do something with an attachment.
    Take {
        /// Of which message.
        message: MessageId,
        /// Its place among the document's parts; `None`: the message itself.
        part: Option<usize>,
        /// What.
        errand: Errand,
    },
    /// Write the answer to an invitation.
    Answer {
        /// The operation that sends it.
        op: OpId,
        /// In which message.
        message: MessageId,
        /// The answer.
        said: Answer,
    },
    /// Write the mail that leaves a mailing.
    Leave {
        /// The operation that sends it.
        op: OpId,
        /// From this account.
        account: AccountId,
        /// A message of the mailing.
        message: MessageId,
        /// The mail.
        mail: Mailto,
    },
    /// Read how one gets off the mailing of a message.
    WaysOut(MessageId),
    /// Check the signature of a message, or open it; whether its passphrase was asked for at the terminal already.
    Unseal(MessageId, bool),
    /// Show links in this way from now on.
    Links(LinkStyle),
    /// These are the accounts from now on.
    Profiles(Vec<Profile>),
}

/// The layout that is wanted now, and the number of those that are wanted aside.
type Newest = (Option<Ticket>, u64);

/// A handle to the layout thread; it ends when the handle is dropped.
pub struct Layout {
    jobs: Sender<Job>,
    waiting: Arc<AtomicUsize>,
    newest: Arc<Mutex<Newest>>,
}

/// An account, as far as reading its mail needs it.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Which.
    pub account: AccountId,
    /// The user's addresses there.
    pub addresses: Vec<String>,
    /// The user's names there.
    pub names: Vec<String>,
    /// Whom the user writes as there, the account's own address first.
    pub identities: Vec<Mailbox>,
    /// Its server.
    pub server: MailServer,
    /// Its name in the config.
    pub name: String,
    /// For how many seconds a mail can be called back before it is sent.
    pub undo_seconds: u16,
    /// Whether mail can be sent from it.
    pub sends: bool,
}

impl Profile {
    /// The user's name beside it.
    fn full_name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }
}

/// What the thread works with.
pub struct Materials {
    /// The cache.
    pub cache: Reader,
    /// The accounts.
    pub profiles: Vec<Profile>,
    /// Where attachments go.
    pub downloads: PathBuf,
    /// Where letters lie.
    pub letters: Letters,
    /// What the reader's threads share.
    pub shelf: Shelf,
    /// Who has written before; learnt once the first message is laid out.
    pub senders: Senders,
    /// What draws, loads and opens.
    pub workshop: Arc<Workshop>,
    /// What becomes of links.
    pub links: LinkStyle,
    /// The reader's time zone.
    pub zone: TimeZone,
    /// The environment.
    pub env: Env,
}

impl Layout {
    /// Starts the thread.
    pub fn start(materials: Materials, replies: UnboundedSender<Msg>) -> std::io::Result<Self> {
        let (jobs, inbox) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let newest = Arc::new(Mutex::new(Newest::default()));
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
        if let Job::Lay { ticket, aside, .. } = &job {
            let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
            match aside {
                None => newest.0 = Some(*ticket),
                Some(number) => newest.1 = newest.1.max(*number),
            }
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
    /// Whether it was known who has written before.
    acquainted: bool,
    /// The shelf's count of what was opened or loaded.
    version: u64,
    laid: Arc<Laid>,
}

struct Bench {
    materials: Materials,
    replies: UnboundedSender<Msg>,
    kept: VecDeque<Kept>,
    /// Where opened files lie, once there is one.
    waiting: Arc<AtomicUsize>,
    newest: Arc<Mutex<Newest>>,
}

impl Bench {
    fn serve(&mut self, inbox: &Receiver<Job>) {
        for job in inbox {
            // A message that no limit foresaw costs its own answer, not the thread.
            let msg = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.answer_to(job)));
            let msg = msg.unwrap_or_else(|_| {
                Some(Msg::EffectFailed(SafeText::from_static("this message is too odd for that; U shows its source")))
            });
            let heard = msg.is_none_or(|msg| self.replies.send(msg).is_ok());
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            if !heard {
                return;
            }
        }
    }

    fn answer_to(&mut self, job: Job) -> Option<Msg> {
        match job {
            Job::Lay { ticket, message, sheet, aside } => {
                let newest = *self.newest.lock().unwrap_or_else(PoisonError::into_inner);
                let wanted = aside.map_or(newest.0 == Some(ticket), |number| number == newest.1);
                if wanted { Some(self.lay((ticket, message), sheet)) } else { None }
            }
            Job::Find { ticket, message, sheet, text, query, others } => {
                Some(self.find((ticket, message), sheet, (&text, query.as_deref()), &others))
            }
            Job::Take { message, part, errand } => Some(self.take(message, part, errand)),
            Job::Answer { op, message, said } => {
                Some(Msg::Written { op, outcome: self.answer(message, said).map_err(|why| SafeText::new(&why)) })
            }
            Job::Leave { op, account, message, mail } => {
                let outcome = self.leave(account, message, &mail).map_err(|why| SafeText::new(&why));
                Some(Msg::Written { op, outcome })
            }
            Job::WaysOut(message) => Some(self.ways_out(message)),
            Job::Unseal(message, asked) => self.unseal(message, asked),
            Job::Links(links) => {
                self.materials.links = links;
                self.kept.clear();
                None
            }
            Job::Profiles(profiles) => {
                self.materials.profiles = profiles;
                self.kept.clear();
                None
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
        let acquainted = self.materials.senders.are_known();
        let version = self.materials.shelf.version(message);
        if self.kept.iter().any(|kept| kept.message == message && kept.bytes != bytes) {
            self.materials.shelf.forget_drawn(message);
        }
        let same = |kept: &Kept| {
            (kept.message, kept.sheet, kept.bytes, kept.whole) == (message, sheet, bytes, whole)
                && (kept.acquainted, kept.version) == (acquainted, version)
        };
        if let Some(laid) = self.kept.iter().find(|kept| same(kept)).map(|kept| Arc::clone(&kept.laid)) {
            self.draw_pictures(message, &laid);
            return Msg::Laid { ticket, message, laid: Some(laid), whole };
        }
        let _running = self.materials.senders.learn();
        let context = self.context(message, whole);
        let opened = self.materials.shelf.opened(message);
        let draw = |reach: Reach| {
            let context = Context { reach, ..context.clone() };
            let mut document = match opened.as_ref().and_then(|opened| opened.inside.as_deref()) {
                Some(inside) => render::parse_opened(&body.bytes, inside, sheet.view, &context),
                None => render::parse(&body.bytes, sheet.view, &context),
            };
            document.opened = opened.as_ref().map(|opened| opened.words.clone());
            render::lay_with(document, sheet.shape)
        };
        // A mail that no limit foresaw costs its own picture, not the thread.
        let laid = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            if body.bytes.len() < LONG {
                return draw(Reach::All);
            }
            let first = draw(Reach::FirstScreens);
            if first.document.reach == Reach::All {
                return first;
            }
            // Nobody hears it after the end.
            let _unheard = self.replies.send(Msg::Glimpse { ticket, laid: Arc::new(first) });
            draw(Reach::All)
        }));
        let Ok(laid) = laid else {
            let reason = SafeText::new("this message could not be laid out; U shows its source");
            return Msg::LoadFailed { ticket, reason };
        };
        let laid = Arc::new(laid);
        self.draw_pictures(message, &laid);
        self.kept.push_front(Kept { message, sheet, bytes, whole, acquainted, version, laid: Arc::clone(&laid) });
        self.kept.truncate(KEPT);
        Msg::Laid { ticket, message, laid: Some(laid), whole }
    }

    /// The places of a text in a message; if there is none, the first of these others that has one.
    fn find(
        &mut self,
        (ticket, message): (Ticket, MessageId),
        sheet: Sheet,
        sought: (&SafeText, Option<&Query>),
        others: &[MessageId],
    ) -> Msg {
        let (hits, folds) = self.hits((ticket, message), sheet, sought);
        let open = Sheet { shape: Shape { quotes: Quotes::Open, ..sheet.shape }, ..sheet };
        let all = if folds { self.hits((ticket, message), open, sought).0.len() } else { 0 };
        let folded = all.saturating_sub(hits.len());
        let elsewhere = if hits.is_empty() && folded == 0 {
            let open = Sheet { view: View::Best, ..open };
            others.iter().copied().find(|other| !self.hits((ticket, *other), open, sought).0.is_empty())
        } else {
            None
        };
        Msg::Found { ticket, places: Places { hits, folded, elsewhere } }
    }

    /// The places of a text in a message that is, or now gets, laid out, and whether quotes of it are folded.
    fn hits(
        &mut self,
        (ticket, message): (Ticket, MessageId),
        sheet: Sheet,
        sought: (&SafeText, Option<&Query>),
    ) -> (Vec<Hit>, bool) {
        let kept = |bench: &Self| {
            // The newest stands first.
            let found = bench.kept.iter().find(|kept| (kept.message, kept.sheet) == (message, sheet));
            found.map(|kept| Arc::clone(&kept.laid))
        };
        let laid = kept(self).or_else(|| {
            self.lay((ticket, message), sheet);
            kept(self)
        });
        let Some(laid) = laid else { return (Vec::new(), false) };
        let hits = match sought {
            (_, Some(query)) => render::find_phrases(&laid, query),
            (text, None) => render::find(&laid, text.as_str()),
        };
        (hits, sheet.shape.quotes == Quotes::Folded && laid.folded > 0)
    }

    /// What parsing must know of this message.
    fn context(&self, message: MessageId, whole: bool) -> Context {
        let Materials { cache, profiles, shelf, senders, links, zone, .. } = &self.materials;
        let detail = cache.detail(message).ok().flatten();
        let account = detail.as_ref().map(|detail| detail.row.account);
        let profile = profiles.iter().find(|profile| Some(profile.account) == account);
        let from = detail.as_ref().and_then(|detail| detail.envelope.from.first());
        let sender = match (&detail, from) {
            (Some(detail), Some(from)) => {
                let from = (from.name.as_str(), from.address.as_str());
                senders.of(cache, from, detail.row.received).unwrap_or_default()
            }
            _ => Acquaintance::default(),
        };
        Context {
            own_addresses: profiles.iter().flat_map(|profile| profile.addresses.iter().cloned()).collect(),
            own_names: profiles.iter().flat_map(|profile| profile.names.iter().cloned()).collect(),
            extent: if whole { Extent::Whole } else { Extent::Prefix },
            zone: Some(zone.clone()),
            server: profile.map(|profile| profile.server.clone()).unwrap_or_default(),
            sender,
            links: *links,
            loaded: shelf.loaded(message).into_iter().map(|image| (image.url, image.size)).collect(),
            reach: Reach::All,
        }
    }

    fn draw_pictures(&self, message: MessageId, laid: &Laid) {
        let rows = laid.lines.iter().filter_map(|line| line.picture);
        let source = |row: PictureRow| Some((row, laid.document.pictures.get(row.picture)?.source.clone()));
        self.materials.workshop.draw(message, rows.filter_map(source));
    }

    /// All bytes of a message: what was inside of it, if it was opened.
    fn bytes(&self, message: MessageId) -> Result<Vec<u8>, SafeText> {
        if let Some(inside) = self.materials.shelf.opened(message).and_then(|opened| opened.inside) {
            return Ok(inside.to_vec());
        }
        match self.materials.cache.body(message) {
            Ok(Some(body)) if body.whole => Ok(body.bytes),
            Ok(_) => Err(not_whole()),
            Err(error) => Err(SafeText::new(&error.to_string())),
        }
    }

    /// A file of a message and its name: a part, or the message as it came.
    fn taken(&self, message: MessageId, part: Option<usize>) -> Result<(String, Vec<u8>), SafeText> {
        if let Some(part) = part {
            let bytes = self.bytes(message)?;
            return render::part_bytes(&bytes, part)
                .ok_or_else(|| SafeText::new("this message has no such attachment"));
        }
        let body = self.materials.cache.body(message).map_err(|error| SafeText::new(&error.to_string()))?;
        let bytes = body.filter(|body| body.whole).ok_or_else(not_whole)?.bytes;
        let row = self.materials.cache.row(message).ok().flatten();
        let subject = row.map(|row| row.subject.cut(80).to_string()).unwrap_or_default();
        Ok((render::safe_name(&format!("{}.eml", subject.replace(['/', '\\'], "-")), "message/rfc822", 1), bytes))
    }

    fn take(&mut self, message: MessageId, part: Option<usize>, errand: Errand) -> Msg {
        let (name, bytes) = match self.taken(message, part) {
            Ok(part) => part,
            Err(reason) => return Msg::EffectFailed(reason),
        };
        let done = match errand {
            Errand::Save => files::save_new(&self.materials.downloads, &name, &bytes)
                .map(|path| format!("Saved as {}", path.display()))
                .map_err(|error| format!("{name} could not be saved: {error}")),
            Errand::Open => self.open(&name, &bytes),
            Errand::OpenWith(command) => match self.open_with(&command, &name, &bytes) {
                Ok(Some(lend)) => return Msg::Ready(lend),
                Ok(None) => Ok(format!("Opening {name} with {command}")),
                Err(reason) => Err(reason),
            },
            Errand::Pipe(command) => match self.materials.workshop.room().file(&name, &bytes) {
                Ok(input) => return Msg::Ready(Lend { command, input, purpose: Purpose::Pipe }),
                Err(reason) => Err(reason),
            },
        };
        match done {
            Ok(words) => Msg::EffectDone(SafeText::new(&words)),
            Err(words) => Msg::EffectFailed(SafeText::new(&words)),
        }
    }

    /// Opens a file with a program of the user's; gives what needs the terminal for that.
    fn open_with(&self, command: &str, name: &str, bytes: &[u8]) -> Result<Option<Lend>, String> {
        let opener = Opener::read(command)?;
        let input = self.materials.workshop.room().file(name, bytes)?;
        if opener.is_beside(&self.materials.env) {
            return opener.start(&input).map(|()| None);
        }
        Ok(Some(Lend { command: command.to_owned(), input, purpose: Purpose::Open }))
    }

    fn open(&mut self, name: &str, bytes: &[u8]) -> Result<String, String> {
        let file = outside::openable(name, bytes)?;
        let path = self.materials.workshop.room().file(&file.name, &file.bytes)?;
        outside::launch(&path, name)?;
        Ok(match file.really {
            Some(kind) => format!("Opening {name}, which really is {kind}"),
            None => format!("Opening {name}"),
        })
    }

    fn ways_out(&self, message: MessageId) -> Msg {
        let account = self.materials.cache.row(message).ok().flatten().map(|row| row.account);
        let profile = self.materials.profiles.iter().find(|profile| Some(profile.account) == account);
        let body = self.materials.cache.body(message).ok().flatten();
        let ways = body.zip(profile).map(|(body, profile)| unsubscribe(&body.bytes, &profile.server));
        Msg::WaysOut { message, ways }
    }

    fn unseal(&self, message: MessageId, asked: bool) -> Option<Msg> {
        let body = match self.materials.cache.body(message) {
            Ok(Some(body)) if body.whole => body.bytes,
            Ok(_) => {
                let failed =
                    Some(SafeText::from_static("All of the message is needed for this: load-whole fetches it"));
                return Some(Msg::Changed { message, failed });
            }
            Err(error) => return Some(Msg::Changed { message, failed: Some(SafeText::new(&error.to_string())) }),
        };
        let detail = self.materials.cache.detail(message).ok().flatten();
        // Where several claim to be the sender, nobody's signature is the sender's.
        let from = match detail.as_ref().map(|detail| detail.envelope.from.as_slice()) {
            Some([one]) => one.address.clone(),
            Some(_) | None => String::new(),
        };
        self.materials.workshop.unseal(message, body, (from, asked));
        None
    }
}

fn not_whole() -> SafeText {
    SafeText::from_static("fetching the whole message; try again when it is here")
}

fn failed(ticket: Ticket, error: &Error) -> Msg {
    Msg::LoadFailed { ticket, reason: SafeText::new(&format!("the cache could not be read: {error}")) }
}
