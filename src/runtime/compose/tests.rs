//! What is ordered of letters is done on the disk, and told; what is not here is waited for; and no word is lost.

mod elsewhere;
mod rescued;
mod sealed;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::clerk::{Clerk, Job};
use super::{Bureau, Materials, Wish};
use crate::app::compose::order::{Begun, How, News, Order, Stand};
use crate::app::model::Ticket;
use crate::app::msg::Msg;
use crate::compose::Answer;
use crate::config::Config;
use crate::config::env::Env;
use crate::journal::{Journal, NewOp, NewStep, Outgoing, Verb};
use crate::letter::{DraftCopy, Letter, LetterId, Mailbox};
use crate::letters::Letters;
use crate::letters::copies::Copies;
use crate::mail::flags::Flags;
use crate::mail::folder::{Namespace, Role, ServerFolder};
use crate::mail::message::{Address, Envelope, NewMessage};
use crate::mail::{AccountId, FolderId, MessageId, Uid, UidValidity, UnixTime};
use crate::protocol::{Command, Event, OpId, Origin};
use crate::runtime::Request;
use crate::runtime::shelf::Shelf;
use crate::safe_text::SafeText;
use crate::store::{Access, Cache, SyncState, Writer};

const CONFIG: &str = "[accounts.work]\nemail = \"dana@acme.example\"\nname = \"Dana\"\nsignature = \"Dana\"\n\
                      [accounts.work.imap]\nhost = \"h\"\npassword_command = \"p\"\n";
const WITH_FILE: &str = "From: Ada <ada@x.example>\r\nTo: dana@acme.example\r\nSubject: Plan\r\nMessage-ID: <m1@x.example>\r\n\
                         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
                         Content-Type: text/plain\r\n\r\nSee the plan.\r\n--b\r\nContent-Type: application/pdf; name=plan.pdf\r\n\
                         Content-Disposition: attachment; filename=plan.pdf\r\n\r\n%PDF-1.4\r\n--b--\r\n";

/// A clerk, what is on the disk, and what was said and wished for.
pub(super) struct Scene {
    pub(super) dir: tempfile::TempDir,
    pub(super) writer: Writer,
    pub(super) materials: Materials,
    account: AccountId,
    clerk: Clerk,
    replies: UnboundedReceiver<Msg>,
    wishes: UnboundedReceiver<Wish>,
    journal: Journal,
    _cache: Cache,
}

impl Scene {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(&dir.path().join("cache"), Access::Owner).unwrap();
        let mut writer = cache.writer().unwrap();
        let account = writer.account("work").unwrap();
        let folder = |raw: &str, role| ServerFolder {
            raw: raw.into(),
            name: raw.into(),
            delimiter: Some('/'),
            role: Some(role),
            selectable: true,
            subscribed: true,
            namespace: Namespace::Personal,
        };
        let folders = [("INBOX", Role::Inbox), ("Sent", Role::Sent), ("Drafts", Role::Drafts), ("Junk", Role::Junk)];
        writer.put_folders(account, &folders.map(|(raw, role)| folder(raw, role))).unwrap();
        let data = dir.path().join("data");
        let journal = Journal::open(&data, Access::Owner).unwrap();
        let ((reply, replies), (wish, wishes)) = (unbounded_channel(), unbounded_channel());
        let env = Env::from(&[("HOME", dir.path().to_str().unwrap()), ("EDITOR", "ed")][..]);
        let config = Config::parse_with(CONFIG, &dir.path().join("config.toml"), &env).unwrap();
        let materials = Materials {
            letters: Letters::of(&data),
            data,
            readers: cache.reader().unwrap().readers(),
            opened: Shelf::default(),
            env,
            config: Arc::new(config),
            reply,
            wish,
            waiting: Arc::default(),
            parked: Arc::default(),
        };
        let clerk = Clerk::new(materials.clone(), None);
        let mut scene = Self { dir, writer, materials, account, clerk, replies, wishes, journal, _cache: cache };
        for raw in folders.map(|(raw, _)| raw) {
            let state = SyncState { uid_validity: Some(UidValidity(7)), complete: true, ..SyncState::default() };
            let id = scene.folder(raw);
            scene.writer.put_sync_state(id, &state).unwrap();
        }
        scene
    }

    fn folder(&self, raw: &str) -> FolderId {
        self.writer.folder_by_raw(self.account, raw).unwrap().unwrap()
    }

    /// Puts a mail's header into a folder.
    pub(super) fn put(&mut self, raw: &str, uid: u32, from: (&str, &str), to: (&str, &str)) -> MessageId {
        let people = |(name, address): (&str, &str)| vec![Address { name: name.into(), address: address.into() }];
        let message = NewMessage {
            uid: Uid(uid),
            flags: Flags::default(),
            received: UnixTime(crate::sync::account::now().0 - 1000 + i64::from(uid)),
            size: 1000,
            envelope: Envelope {
                message_id: format!("m{uid}@x.example"),
                subject: "Plan: a/b".into(),
                from: people(from),
                to: people(to),
                ..Envelope::default()
            },
            modseq: None,
        };
        self.writer.put_messages(self.folder(raw), &[message]).unwrap().ids[0]
    }

    fn mail(&mut self) -> MessageId {
        self.put("INBOX", 1, ("Ada", "ada@x.example"), ("", "dana@acme.example"))
    }

    pub(super) fn body(&mut self, message: MessageId, bytes: &str, whole: bool) {
        self.writer.put_body(message, bytes.as_bytes(), whole, None, None).unwrap();
    }

    fn order(&mut self, order: Order) -> Vec<News> {
        self.work(Job::Order(order))
    }

    pub(super) fn work(&mut self, job: Job) -> Vec<News> {
        self.clerk.work(job);
        self.said()
    }

    pub(super) fn said(&mut self) -> Vec<News> {
        let mut said = Vec::new();
        while let Ok(msg) = self.replies.try_recv() {
            if let Msg::Letters(news) = msg {
                said.push(news);
            } else if let Msg::Sync(Event::OpFailed { reason, .. }) = msg {
                said.push(News::NotBegun(Ticket(999), reason));
            } else {
                panic!("{msg:?}");
            }
        }
        said
    }

    fn wished(&mut self) -> Vec<Wish> {
        std::iter::from_fn(|| self.wishes.try_recv().ok()).collect()
    }

    fn begin(&mut self, how: How) -> Vec<News> {
        self.order(Order::Begin { ticket: Ticket(5), how, account: "work".into() })
    }

    #[track_caller]
    pub(super) fn begun(&mut self, how: How) -> Begun {
        begun(self.begin(how))
    }
}

#[track_caller]
fn begun(said: Vec<News>) -> Begun {
    match <[News; 1]>::try_from(said) {
        Ok([News::Begun(Ticket(5), begun)]) => *begun,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn refused(said: &[News], words: &str) {
    let why = match said {
        [News::NotBegun(_, why) | News::NotAttached(_, why)] => why,
        other => panic!("{other:?}"),
    };
    assert!(why.as_str().contains(words), "{why}");
}

/// A letter is on the disk when it is seen for the first time, and a link is refused that hides something.
#[test]
fn a_letter_is_kept_when_it_is_begun() {
    let mut scene = Scene::new();
    let first = scene.begun(How::New);
    assert_eq!(scene.materials.letters.load(first.letter.id).unwrap(), Some(first.letter.clone()));
    assert_eq!((first.letter.text.as_str(), first.cursor), ("\n\n-- \nDana", 0));
    let linked = scene.begun(How::Link("mailto:ada@x.example?subject=Hi&body=Text".into()));
    assert_eq!((linked.letter.to[0].address.as_str(), linked.letter.subject.as_str()), ("ada@x.example", "Hi"));
    assert!(linked.letter.id > first.letter.id && linked.letter.message_id != first.letter.message_id);
    refused(&scene.begin(How::Link("mailto:ada@x.example?subject=a%0ABcc:x@y.example".into())), "hides");
    scene.work(Job::Config(Arc::new(Config::default())));
    refused(&scene.begin(How::New), "no account");
}

/// An answer to a mail whose text is not here waits for it, asks for it once, and is begun when it comes; its beginning is
/// enough. What cannot be had is told.
#[test]
fn an_answer_waits_for_its_mail() {
    let mut scene = Scene::new();
    let message = scene.mail();
    let other = scene.put("INBOX", 2, ("Bob", "bob@x.example"), ("", "dana@acme.example"));
    let answer = |message| How::Answer(message, Answer::All);
    assert!(scene.begin(answer(message)).is_empty());
    let account = scene.account;
    let wished = scene.wished();
    assert!(
        matches!(wished[..], [Wish::Body { message: m, account: a, whole: false }] if m == message && a == account),
        "{wished:?}"
    );
    assert!(scene.work(Job::Arrived(other)).is_empty());
    scene.body(message, WITH_FILE, false);
    let begun = begun(scene.work(Job::Arrived(message)));
    assert!(begun.letter.text.contains("> See the plan."), "{}", begun.letter.text);
    assert_eq!(begun.letter.subject, "Re: Plan");
    assert_eq!(begun.letter.kin.of.len(), 1);
    assert_eq!((begun.facts.came_to.as_deref(), begun.facts.to_all), (Some("dana@acme.example"), true));
    assert!(scene.clerk.waits_for().is_empty() && scene.wished().is_empty());

    assert!(scene.begin(answer(other)).is_empty());
    refused(&scene.work(Job::Failed(other, SafeText::new("the server refused"))), "the server refused");
    assert!(scene.begin(answer(other)).is_empty());
    refused(&scene.work(Job::Offline(account, SafeText::new("no network"))), "no network");
    assert!(scene.clerk.waits_for().is_empty());
    assert!(scene.order(Order::AttachMessage(LetterId(1), other)).is_empty());
    assert!(scene.work(Job::Accounts(vec![account])).is_empty());
    refused(&scene.work(Job::Accounts(Vec::new())), "account is gone");
    refused(&scene.begin(answer(MessageId(999))), "gone");
}

/// What hands a mail on needs all of it, and comes with its files; several are waited for together.
#[test]
fn what_is_handed_on_is_whole() {
    let mut scene = Scene::new();
    let message = scene.mail();
    scene.body(message, WITH_FILE.get(..300).unwrap(), false);
    assert!(scene.begin(How::Forward(message)).is_empty());
    assert!(matches!(scene.wished()[..], [Wish::Body { whole: true, .. }]));
    assert!(scene.work(Job::Arrived(message)).is_empty(), "half of it is not enough");
    assert!(scene.wished().is_empty(), "asked once");
    scene.body(message, WITH_FILE, true);
    let forwarded = begun(scene.work(Job::Arrived(message)));
    let [file] = &forwarded.letter.attachments[..] else { panic!("{:?}", forwarded.letter.attachments) };
    assert_eq!((file.name.as_str(), file.media_type.as_str()), ("plan.pdf", "application/pdf"));
    let parts = scene.materials.letters.parts(forwarded.letter.id);
    assert_eq!(parts.read(&file.stored).unwrap(), b"%PDF-1.4");

    let second = scene.put("INBOX", 2, ("Bob", "bob@x.example"), ("", "dana@acme.example"));
    assert!(scene.begin(How::ForwardAttached(vec![message, second])).is_empty());
    scene.body(second, "Subject: b\r\n\r\nB\r\n", true);
    let both = begun(scene.work(Job::Arrived(second)));
    let names: Vec<&str> = both.letter.attachments.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["Plan.eml", "b.eml"]);

    let bounced = scene.begun(How::Bounce(message));
    let mail = bounced.letter.resend.unwrap();
    assert_eq!(scene.materials.letters.parts(bounced.letter.id).read(&mail).unwrap(), WITH_FILE.as_bytes());
    assert!(bounced.letter.attachments.is_empty());
}

/// First the disk, then the engine: what cannot be kept is not sent.
#[test]
fn a_letter_is_kept_before_it_is_sent() {
    let mut scene = Scene::new();
    let mut letter = scene.begun(How::New).letter;
    letter.text = "Yes.".into();
    let send = |letter: &Letter| Order::Send { op: OpId(9), letter: Box::new(letter.clone()), at: Some(UnixTime(7)) };
    let said = scene.order(send(&letter));
    assert!(matches!(said[..], [News::Kept(id, _)] if id == letter.id), "{said:?}");
    assert_eq!(scene.materials.letters.load(letter.id).unwrap().unwrap().text, "Yes.");
    let wished = scene.wished();
    let [Wish::Command(Command::Send { op: OpId(9), letter: id, at: Some(UnixTime(7)) })] = wished[..] else {
        panic!("{wished:?}")
    };
    assert_eq!(id, letter.id);

    // Where its directory should be there is a file.
    letter.id = LetterId(3);
    fs::write(scene.materials.letters.place(letter.id), "x").unwrap();
    let said = scene.order(send(&letter));
    assert!(matches!(&said[..], [News::NotKept(LetterId(3), _), News::NotBegun(Ticket(999), _)]), "{said:?}");
    assert!(scene.wished().is_empty());
    let said = scene.order(Order::Keep(Box::new(letter)));
    assert!(matches!(&said[..], [News::NotKept(LetterId(3), _)]), "{said:?}");
}

/// A draft becomes one letter, however often it is opened, which takes the place of that draft; what it answers is found.
#[test]
fn a_draft_is_one_letter() {
    let mut scene = Scene::new();
    let answered = scene.mail();
    let draft = scene.put("Drafts", 4, ("Dana", "dana@acme.example"), ("Ada", "ada@x.example"));
    let bytes = "From: Dana <dana@acme.example>\r\nTo: ada@x.example\r\nSubject: Re: Plan\r\nMessage-ID: <d4@acme.example>\r\n\
                 In-Reply-To: <m1@x.example>\r\n\r\nHalf a thou\r\n";
    scene.body(draft, bytes, true);
    let found = scene.begun(How::Draft(draft)).letter;
    assert_eq!(found.draft, Some(DraftCopy { folder: "Drafts".into(), validity: 7, uid: 4 }));
    assert_eq!(found.kin.of, [(answered.0, crate::letter::Relation::Answer)]);
    assert_eq!((found.text.trim(), found.message_id.as_str()), ("Half a thou", "d4@acme.example"));

    assert!(scene.begin(How::Draft(draft)).is_empty());
    let wished = scene.wished();
    let [Wish::Order(Order::Begin { ticket: Ticket(5), how: How::Kept(id), .. })] = &wished[..] else {
        panic!("{wished:?}")
    };
    assert_eq!(*id, found.id);
    assert_eq!(scene.begun(How::Kept(*id)).letter, found);

    // The engine has put a newer copy there; the old one is still in the cache.
    let newest = DraftCopy { uid: 8, ..found.draft.clone().unwrap() };
    let old = vec![("work".to_owned(), found.draft.clone().unwrap())];
    let copies = Copies { newest: Some(newest), old, ..Copies::default() };
    scene.materials.letters.note_copies(found.id, &copies).unwrap();
    assert!(scene.begin(How::Draft(draft)).is_empty());
    assert!(matches!(&scene.wished()[..], [Wish::Order(_)]));

    // Another device wrote it: both stay, and neither counts as the other when it is sent.
    let other = scene.put("Drafts", 9, ("Dana", "dana@acme.example"), ("Ada", "ada@x.example"));
    scene.body(other, &bytes.replace("Half a thou", "Another thought"), true);
    let second = scene.begun(How::Draft(other));
    assert!(second.letter.id != found.id && second.letter.message_id != found.message_id);
    assert!(second.hints[0].as_str().contains("another version"), "{:?}", second.hints);
}

/// A letter that is on its way is nobody's to change, and the shelf says how it stands.
#[test]
fn the_shelf_tells_what_is_on_its_way() {
    let mut scene = Scene::new();
    let mut sent = scene.begun(How::New).letter;
    sent.to = vec![Mailbox { name: "Ada".into(), address: "ada@x.example".into() }];
    sent.subject = "Contract".into();
    scene.order(Order::Keep(Box::new(sent.clone())));
    let unsent = scene.begun(How::New).letter;
    fs::create_dir_all(scene.materials.data.join("outbox")).unwrap();
    fs::write(scene.materials.data.join("outbox/1.eml"), b"Bcc: x\r\n12345678").unwrap();
    let mail = Outgoing {
        letter: sent.id,
        message_id: sent.message_id.clone(),
        from: "dana@acme.example".into(),
        to: vec!["ada@x.example".into()],
        file: "outbox/1.eml".into(),
        skip: 8,
        at: 1234,
        unreached: false,
        resent: false,
        kin: Vec::new(),
    };
    let step = NewStep {
        account: "work".into(),
        verb: Verb::Send(Box::new(mail)),
        local: None,
        generation: 1,
        place: None,
        prior: Flags::default(),
    };
    let op = NewOp {
        op: OpId(1),
        created: UnixTime(0),
        summary: "Send".into(),
        undo_of: None,
        redo_of: None,
        undoable: true,
        origin: Origin::User,
        steps: vec![step],
    };
    scene.journal.append(&op).unwrap();
    let said = scene.order(Order::Shelf);
    let [News::Shelf { outbox, letters }] = &said[..] else { panic!("{said:?}") };
    let [waiting] = &outbox[..] else { panic!("{outbox:?}") };
    assert_eq!((waiting.op, waiting.letter, waiting.size), (OpId(1), sent.id, 8));
    assert_eq!((waiting.subject.as_str(), waiting.to.as_str()), ("Contract", "Ada"));
    assert_eq!(waiting.stand, Stand::Waits { at: UnixTime(1234), why: None });
    assert_eq!(letters.iter().map(|one| one.letter).collect::<Vec<_>>(), [unsent.id]);
    refused(&scene.begin(How::Kept(sent.id)), "on its way");
}

/// What is attached is copied under a name that is no path; what is no file, and a letter that is gone, are refused.
#[test]
fn files_are_attached() {
    let mut scene = Scene::new();
    let id = scene.begun(How::New).letter.id;
    fs::write(scene.dir.path().join("Grüße.txt"), "Grüße").unwrap();
    let said = scene.order(Order::AttachFile(id, "\"$HOME/Grüße.txt\"".into()));
    let [News::Attached(to, file)] = &said[..] else { panic!("{said:?}") };
    assert_eq!((*to, file.name.as_str(), file.size), (id, "Grüße.txt", 7));
    assert_eq!(file.media_type, "text/plain; charset=utf-8");
    assert_eq!(file.origin, scene.dir.path().join("Grüße.txt").display().to_string());
    assert_eq!(scene.materials.letters.parts(id).read(&file.stored).unwrap(), "Grüße".as_bytes());
    let fifo = scene.dir.path().join("fifo");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, rustix::fs::Mode::from_raw_mode(0o600), 0)
        .unwrap();
    refused(&scene.order(Order::AttachFile(id, fifo.display().to_string())), "is no file");
    refused(&scene.order(Order::AttachFile(id, "~".into())), "is no file");
    refused(&scene.order(Order::AttachFile(id, "~/gone".into())), "gone");

    let message = scene.mail();
    assert!(scene.order(Order::AttachPart(id, message, 0)).is_empty());
    scene.body(message, WITH_FILE, true);
    let said = scene.work(Job::Arrived(message));
    let [News::Attached(_, part)] = &said[..] else { panic!("{said:?}") };
    assert_eq!((part.name.as_str(), part.media_type.as_str()), ("plan.pdf", "application/pdf"));
    let said = scene.order(Order::AttachMessage(id, message));
    let [News::Attached(_, mail)] = &said[..] else { panic!("{said:?}") };
    assert_eq!((mail.name.as_str(), mail.media_type.as_str()), ("Plan_ a-b.eml", "message/rfc822"));
    assert_eq!(mail.origin, "Plan: a/b");
    refused(&scene.order(Order::AttachPart(id, message, 7)), "no such attachment");

    scene.materials.letters.discard(id).unwrap();
    refused(&scene.order(Order::AttachFile(id, "~/Grüße.txt".into())), "not on the disk");
    assert!(!scene.materials.letters.place(id).exists());
}

/// Where an editor was told to put the text.
fn given_to(wished: &[Wish]) -> &Path {
    let [Wish::Request(Request::Edit { program, arguments, .. })] = wished else { panic!("{wished:?}") };
    assert_eq!(program, "ed");
    Path::new(&arguments[0])
}

/// What an editor saved is the letter's text and on the disk, however the editor ended; what is no text is kept aside.
#[test]
fn an_edited_text_comes_back() {
    let mut scene = Scene::new();
    let mut letter = scene.begun(How::New).letter;
    letter.text = "One".into();
    let edit = |letter: &Letter| Order::Edit { letter: Box::new(letter.clone()), cursor: 0 };
    let said = scene.order(edit(&letter));
    assert!(matches!(said[..], [News::Kept(..)]), "{said:?}");
    let wished = scene.wished();
    let path = given_to(&wished).to_owned();
    assert_eq!(fs::read_to_string(&path).unwrap(), "One\n");
    assert_eq!(fs::metadata(&path).map(|meta| std::os::unix::fs::MetadataExt::mode(&meta) & 0o777).unwrap(), 0o600);
    fs::write(&path, "One\nTwo\n").unwrap();
    let said = scene.work(Job::Edited { letter: letter.id, trouble: Some("it ended badly".into()) });
    let [News::Kept(..), News::Edited { text: Some(text), trouble: Some(trouble), .. }] = &said[..] else {
        panic!("{said:?}")
    };
    assert_eq!((text.as_str(), trouble.as_str()), ("One\nTwo", "it ended badly"));
    assert_eq!(scene.materials.letters.load(letter.id).unwrap().unwrap().text, "One\nTwo");
    assert!(!path.exists());

    letter.text = "One\nTwo".into();
    scene.order(edit(&letter));
    scene.wished();
    let said = scene.work(Job::Edited { letter: letter.id, trouble: None });
    assert!(matches!(&said[..], [News::Edited { text: None, trouble: None, .. }]), "{said:?}");

    scene.order(edit(&letter));
    fs::write(&path, b"Gr\xfc\xdfe").unwrap();
    let said = scene.work(Job::Edited { letter: letter.id, trouble: None });
    let [News::Edited { text: None, trouble: Some(trouble), .. }] = &said[..] else { panic!("{said:?}") };
    assert!(trouble.as_str().contains("editor-1.txt"), "{trouble}");
    assert_eq!(fs::read(path.with_file_name("editor-1.txt")).unwrap(), b"Gr\xfc\xdfe");
    assert_eq!(scene.materials.letters.load(letter.id).unwrap().unwrap().text, "One\nTwo");
}

/// SN05: a program that was killed while an editor had a text finds what that saved, when the letter is opened the next time;
/// what was typed here since is not overwritten by it.
#[test]
fn a_text_is_taken_over_from_an_editor_that_went_on_alone() {
    let mut scene = Scene::new();
    let letter = scene.begun(How::New).letter;
    scene.order(Order::Edit { letter: Box::new(letter.clone()), cursor: 0 });
    let wished = scene.wished();
    let path = given_to(&wished).to_owned();
    fs::write(&path, "Saved after the end\n").unwrap();
    // Another run.
    scene.clerk = Clerk::new(scene.materials.clone(), None);
    let again = scene.begun(How::Kept(letter.id));
    assert_eq!((again.letter.text.as_str(), again.cursor), ("Saved after the end", 19));
    assert!(again.hints[0].as_str().contains("editor"), "{:?}", again.hints);
    assert_eq!(scene.materials.letters.load(letter.id).unwrap().unwrap().text, "Saved after the end");
    assert!(!path.exists());

    fs::write(&path, "Older\n").unwrap();
    let old = std::time::SystemTime::now() - std::time::Duration::from_hours(1);
    fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
    let again = scene.begun(How::Kept(letter.id));
    assert_eq!(again.letter.text, "Saved after the end");
    assert_eq!(fs::read_to_string(path.with_file_name("editor-1.txt")).unwrap(), "Older\n");
}

/// A cache that was made anew gives other numbers: a letter is about the message that it names, not about its number.
#[test]
fn kin_is_found_by_its_name() {
    let mut scene = Scene::new();
    let message = scene.mail();
    scene.body(message, WITH_FILE, true);
    let mut letter = scene.begun(How::Answer(message, Answer::Sender)).letter;
    let other = scene.put("INBOX", 2, ("Bob", "bob@x.example"), ("", "dana@acme.example"));
    letter.kin.of[0].0 = other.0;
    scene.order(Order::Keep(Box::new(letter.clone())));
    let again = scene.begun(How::Kept(letter.id));
    assert_eq!(again.letter.kin.of, [(message.0, crate::letter::Relation::Answer)]);
    assert_eq!(again.facts.came_to.as_deref(), Some("dana@acme.example"));
}

/// A letter is copied to the server half a minute after it was changed, however much is typed meanwhile, and when it is
/// closed; not when it is sent or discarded.
#[test]
fn the_copy_on_the_server_is_due() {
    let mut scene = Scene::new();
    let letter = scene.begun(How::New).letter;
    let keep = || Order::Keep(Box::new(letter.clone()));
    let copies = |scene: &mut Scene| scene.wished().iter().filter(|wish| matches!(wish, Wish::Copy(_))).count();
    let soon = |seconds| std::time::Instant::now() + std::time::Duration::from_secs(seconds);
    scene.order(keep());
    scene.order(keep());
    scene.clerk.copy_what_is_due(soon(25));
    assert_eq!(copies(&mut scene), 0);
    scene.clerk.copy_what_is_due(soon(31));
    scene.clerk.copy_what_is_due(soon(100));
    assert_eq!(copies(&mut scene), 1);
    scene.order(Order::Closed(letter.id));
    assert_eq!(copies(&mut scene), 0, "nothing changed since");
    scene.order(keep());
    scene.order(Order::Closed(letter.id));
    assert_eq!(copies(&mut scene), 1);
    scene.order(keep());
    scene.order(Order::Send { op: OpId(1), letter: Box::new(letter.clone()), at: None });
    scene.order(keep());
    scene.order(Order::Discard(letter.id));
    scene.clerk.copy_what_is_due(soon(100));
    assert_eq!(copies(&mut scene), 0);
}

/// A letter that the engine brought back is opened when it is there.
#[test]
fn a_letter_is_brought_back() {
    let mut scene = Scene::new();
    let letter = scene.begun(How::New).letter;
    scene.order(Order::Discard(letter.id));
    scene.order(Order::Restore(Ticket(5), letter.id));
    let wished = scene.wished();
    assert!(
        matches!(&wished[..], [Wish::Command(Command::DiscardLetter(_)), Wish::Command(Command::RestoreLetter(_))]),
        "{wished:?}"
    );
    scene.materials.letters.discard(letter.id).unwrap();
    assert!(scene.work(Job::Touched).is_empty());
    scene.materials.letters.restore(letter.id).unwrap();
    assert_eq!(begun(scene.work(Job::Touched)).letter, letter);
}

/// The threads themselves: who writes is told at the start and when the config changes, and orders are answered in their order.
#[tokio::test]
async fn the_bureau_tells_who_writes() {
    let scene = Scene::new();
    let (reply, mut replies) = unbounded_channel();
    let Materials { data, readers, opened, env, config, .. } = scene.materials.clone();
    fs::create_dir(scene.dir.path().join("templates")).unwrap();
    fs::write(scene.dir.path().join("templates/yes.txt"), "Yes {name}").unwrap();
    let mut bureau = Bureau::new(&data, readers, opened, (&env, &config), reply);
    let Some(Msg::Letters(News::Desk(habits))) = replies.recv().await else { panic!("habits come first") };
    assert_eq!(habits.writers[0].identities[0].mailbox.address, "dana@acme.example");
    assert_eq!(habits.undo.get("work"), Some(&10));
    assert_eq!(habits.templates.get("yes").map(String::as_str), Some("Yes {name}"));
    bureau.take(Order::Begin { ticket: Ticket(1), how: How::New, account: "work".into() });
    let Some(Msg::Letters(News::Begun(Ticket(1), mut begun))) = replies.recv().await else { panic!("begun") };
    for text in ["a", "ab", "abc"] {
        begun.letter.text = text.into();
        bureau.take(Order::Keep(Box::new(begun.letter.clone())));
    }
    for _ in 0..3 {
        assert!(matches!(replies.recv().await, Some(Msg::Letters(News::Kept(..)))));
    }
    assert_eq!(scene.materials.letters.load(begun.letter.id).unwrap().unwrap().text, "abc");
    let sealing = bureau.sealing.clone();
    let mut other = Config::default();
    other.compose.sealing.sign = true;
    assert!(!sealing.get().sealing.sign);
    bureau.adopt(&Arc::new(other));
    let Some(Msg::Letters(News::Desk(habits))) = replies.recv().await else { panic!("habits again") };
    assert!(habits.writers.is_empty() && habits.seals);
    assert!(sealing.get().sealing.sign, "what the screen says of a seal is what the engine does");
}
