//! The screens that are kept as snapshots, by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use posthaste::app::action::{Id, table};
use posthaste::app::key::parse_sequence;
use posthaste::app::model::{
    Activity, Banner, Body, Deed, Face, FolderPurpose, Glyphs, InputPurpose, Model, Motion, Overlay, Pane, Picker,
    Prefix, Toast, Tone,
};
use posthaste::app::msg::Msg;
use posthaste::app::reading::{Conversation, Find, Section, Selection};
use posthaste::app::sweep::{Sweep, Ways};
use posthaste::app::update::update;
use posthaste::mail::flags::SEEN;
use posthaste::mail::folder::{FolderRow, Namespace};
use posthaste::mail::list::Source;
use posthaste::mail::rights::Rights;
use posthaste::mail::rule::{self, Rule, Whom};
use posthaste::mail::sweep::Swept;
use posthaste::mail::{AccountId, FolderId, MessageId, UnixTime};
use posthaste::protocol::{Action, Connection, OpId, OpRow, OpState, Origin, Reversal};
use posthaste::render::unsubscribe::{Mailto, Target, Unsubscribe};
use posthaste::render::{Hit, Laid, Line, Piece, Span};

use super::sample::{DAY, NOW, at, empty, folder, inbox, marks, reading, row, safe, three_panes};
use super::search::{
    results, results_ascii, results_reader, saved, search, search_error, search_nothing, search_offers,
};
use super::sign_in::{sign_in_browser, sign_in_device, sign_in_failed, sign_in_needed, sign_in_password};
use super::states::{conflict, filter_nothing, first_start, tasks_offline};
use super::threads::{sorted, thread, threads};

/// Makes a model for a size.
pub type Make = fn(u16, u16) -> Model;

/// Every kind of screen.
pub const CASES: &[(&str, Make)] = &[
    ("list", inbox),
    ("marks", marked),
    ("panes", three_panes),
    ("reader", reading),
    ("loading", loading),
    ("opening", opening),
    ("empty", empty),
    ("offline", offline),
    ("refused", refused),
    ("running", running),
    ("palette", palette),
    ("palette_reason", palette_reason),
    ("palette_argument", palette_argument),
    ("palette_refusal", palette_refusal),
    ("help", help),
    ("help_changed", help_changed),
    ("rebind", rebind),
    ("count", count),
    ("which_key", which_key),
    ("picker", picker),
    ("links", links),
    ("find", find),
    ("selection", selection),
    ("images", images),
    ("answer", answer),
    ("conversation", conversation),
    ("confirm", confirm),
    ("input", input),
    ("toast", toast),
    ("toast_still", toast_still),
    ("themes", themes),
    ("config_refused", config_refused),
    ("sign_in_needed", sign_in_needed),
    ("sign_in_password", sign_in_password),
    ("sign_in_browser", sign_in_browser),
    ("sign_in_device", sign_in_device),
    ("sign_in_failed", sign_in_failed),
    ("nerd", nerd),
    ("tasks", tasks),
    ("sweep", sweep),
    ("sweep_counting", sweep_counting),
    ("rules", rules),
    ("folders", folders),
    ("shared", shared),
    ("shared_reason", shared_reason),
    ("ascii", ascii),
    ("wide", wide),
    ("search", search),
    ("search_error", search_error),
    ("search_offers", search_offers),
    ("search_nothing", search_nothing),
    ("results", results),
    ("results_ascii", results_ascii),
    ("results_reader", results_reader),
    ("saved", saved),
    ("threads", threads),
    ("sorted", sorted),
    ("thread", thread),
    ("first_start", first_start),
    ("filter_nothing", filter_nothing),
    ("conflict", conflict),
    ("tasks_offline", tasks_offline),
    ("linear", linear),
    ("linear_reader", linear_reader),
    ("linear_folders", linear_folders),
    ("linear_picker", linear_picker),
    ("linear_tasks", linear_tasks),
];

/// The list in lines of words, with a toast.
pub fn linear(width: u16, height: u16) -> Model {
    linear_of(toast(width, height))
}

/// A message in lines of words.
pub fn linear_reader(width: u16, height: u16) -> Model {
    linear_of(reading(width, height))
}

/// The folders as lines.
pub fn linear_folders(width: u16, height: u16) -> Model {
    linear_of(Model { focus: Pane::Folders, overlay: None, ..folders(width, height) })
}

/// A picker in one column.
pub fn linear_picker(width: u16, height: u16) -> Model {
    linear_of(picker(width, height))
}

/// The tasks as lines.
pub fn linear_tasks(width: u16, height: u16) -> Model {
    linear_of(tasks(width, height))
}

fn linear_of(mut model: Model) -> Model {
    model.options.face = Face::Linear;
    model.options.motion = Motion::Reduced;
    model
}

pub fn marked(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    model.list.marks = marks(&[19, 17, 14]);
    model.list.range = None;
    model.list.leaving = marks(&[12]);
    model.list.rows[4].pending = true;
    model
}

pub fn loading(width: u16, height: u16) -> Model {
    let mut model = reading(width, height);
    model.reader.body = Body::Loading { progress: Some((1_200_000, 4_800_000)) };
    model
}

pub fn opening(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    model.list.rows.clear();
    (model.list.total, model.list.unread, model.list.cursor) = (0, 0, None);
    model.list.syncing = true;
    model.accounts[0].state = Connection::Syncing;
    model
}

pub fn offline(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    for view in &mut model.accounts {
        view.state = Connection::Offline {
            since: at(0, 13, 57),
            retry: Some(UnixTime(NOW + 42)),
            reason: safe("no route to host"),
        };
    }
    model.tasks.queued = 3;
    model
}

pub fn refused(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    model.accounts[0].state = Connection::SignInRefused { reason: safe("token expired") };
    model.banner = Some(Banner {
        account: Some(AccountId(1)),
        title: safe("Work cannot sign in: imap.acme.example said \"token expired\""),
        detail: safe("Mail up to 13:57 is on disk and works. 2 changes wait for the server."),
        keys: vec![
            (Id::SyncNow, safe("sign in again")),
            (Id::CopyError, safe("copy details")),
            (Id::Back, safe("later")),
        ],
    });
    model
}

pub fn running(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    model.accounts[1].state = Connection::Syncing;
    model.accounts[1].progress = BTreeMap::from([(safe("Archive: headers"), (1204, 1672))]);
    model
}

pub fn palette(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    let hits: Vec<usize> = ["move", "copy", "mark-all", "archive"]
        .iter()
        .map(|slug| table().iter().position(|entry| entry.slug == *slug).unwrap())
        .collect();
    model.overlay = Some(Overlay::Palette(Picker {
        text: "mo".to_owned(),
        cursor: 0,
        hits,
        of: table().len(),
        ..Picker::default()
    }));
    model
}

/// The palette on an action that cannot run: another instance has the files.
pub fn palette_reason(width: u16, height: u16) -> Model {
    let mut model = palette(width, height);
    model.options.read_only = Some(posthaste::app::rights::ReadOnly::Another);
    model
}

/// Presses keys, as the keymap writes them.
fn press(model: &mut Model, keys: &str) {
    for key in parse_sequence(keys).unwrap() {
        update(model, Msg::Key(key));
    }
}

/// What a command can be told: folders, by a few letters.
pub fn palette_argument(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    press(&mut model, ": m o v e tab a");
    model
}

/// What cannot be told to a command.
pub fn palette_refusal(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    press(&mut model, ": t a g space a \\ b");
    model
}

pub fn help(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    press(&mut model, "? down down down down down down down down down down down down");
    model
}

/// The keys by their words, one of them changed.
pub fn help_changed(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    press(&mut model, "? a r c h ctrl-r Y enter");
    model
}

/// Other keys are pressed for an action: they mean something now.
pub fn rebind(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    press(&mut model, "? a r c h ctrl-r s");
    model
}

/// A count, and the beginning of a sequence.
pub fn count(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    press(&mut model, "1 2 g");
    model
}

pub fn which_key(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    model.prefix = Some(Prefix { keys: "g".to_owned(), shown: true });
    model
}

pub fn picker(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    let purpose = FolderPurpose::Move(vec![MessageId(20), MessageId(19)]);
    let picker = Picker { text: "a".to_owned(), cursor: 1, hits: vec![3, 7, 2, 13], of: 14, ..Picker::default() };
    model.overlay = Some(Overlay::Folders { purpose, picker });
    model
}

pub fn links(width: u16, height: u16) -> Model {
    let mut model = reading(width, height);
    model.overlay = Some(Overlay::Links(Picker {
        text: String::new(),
        cursor: 0,
        hits: vec![0, 1, 2, 3],
        of: 4,
        ..Picker::default()
    }));
    model
}

/// Words are looked for in the open message.
pub fn find(width: u16, height: u16) -> Model {
    let mut model = reading(width, height);
    let hit = |line: usize, from: u16, to: u16| Hit { pieces: vec![Piece { line, from, to }] };
    let hits = vec![hit(2, 13, 17), hit(5, 0, 4), hit(7, 0, 7)];
    model.reader.find = Some(Find { text: safe("your"), hits, at: 1, ..Find::default() });
    model.overlay = Some(Overlay::Input { purpose: InputPurpose::Find, text: "your".to_owned(), cursor: 4 });
    model
}

/// Lines of the open message are selected.
pub fn selection(width: u16, height: u16) -> Model {
    let mut model = reading(width, height);
    model.reader.selection = Some(Selection { anchor: 2, head: 4 });
    model
}

/// The images of a message are asked for by a key, and their hosts do not fit above it.
pub fn images(width: u16, height: u16) -> Model {
    let mut model = reading(width, height);
    let question = safe("Load 3 images? They will be asked for from img.acme.example, cdn.example, pics.example");
    let deed = Deed::Images { message: MessageId(16), urls: Vec::new(), always: false };
    model.overlay = Some(Overlay::Confirm { question, deed });
    model
}

/// An invitation is answered.
pub fn answer(width: u16, height: u16) -> Model {
    let mut model = reading(width, height);
    let picker = Picker { text: String::new(), cursor: 1, hits: vec![0, 1, 2], of: 3, ..Picker::default() };
    let answers = ["Yes", "Maybe", "No"].map(safe).to_vec();
    model.overlay = Some(Overlay::Choose { question: safe("Will you come?"), answers, picker });
    model
}

/// A conversation: a read message, the open one, and an unread one whose text is on its way.
pub fn conversation(width: u16, height: u16) -> Model {
    let mut model = reading(width, height);
    let row = |place: usize, seen: u8| {
        let mut row = model.list.rows[place].clone();
        row.flags.system = seen;
        row
    };
    let section = |row, open, body| Section { row, open, late: false, body };
    let sections = vec![
        section(row(3, SEEN), false, Body::None),
        section(row(4, SEEN), true, Body::None),
        section(row(2, 0), true, Body::Loading { progress: None }),
    ];
    model.reader.conversation = Some(Conversation { sections, focus: 1, seek: false });
    model
}

pub fn confirm(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    model.overlay = Some(Overlay::Confirm {
        question: safe("Delete 2 messages for ever? Nothing brings them back."),
        deed: Deed::Act(Action::DeleteForever, vec![MessageId(20), MessageId(19)]),
    });
    model
}

pub fn input(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    let purpose = InputPurpose::CreateFolder(AccountId(1));
    model.overlay = Some(Overlay::Input { purpose, text: "Projects/größe 日本".to_owned(), cursor: 12 });
    model
}

pub fn toast(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    model.toast = Some(Toast {
        text: safe("Archived 3 messages"),
        undo: Some(OpId(7)),
        until: UnixTime(NOW + 7),
        seconds: 10,
        tone: Tone::Ok,
    });
    model
}

/// With reduced motion: no line that runs down.
pub fn toast_still(width: u16, height: u16) -> Model {
    let mut model = toast(width, height);
    model.options.motion = Motion::Reduced;
    model
}

pub fn themes(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    let count = model.look.themes.len();
    let picker = Picker { text: String::new(), cursor: 1, hits: (0..count).collect(), of: count, ..Picker::default() };
    model.overlay = Some(Overlay::Themes(picker));
    model
}

pub fn config_refused(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    model.banner = Some(Banner {
        account: None,
        title: safe("config.toml:12:1: ui.theem: there is no such key here; did you mean \"theme\"?"),
        detail: safe("What was set before still holds. It is read again when saved."),
        keys: vec![(Id::CopyError, safe("copy details")), (Id::Back, safe("later"))],
    });
    model
}

pub fn nerd(width: u16, height: u16) -> Model {
    let mut model = three_panes(width, height);
    model.options.glyphs = Glyphs::Nerd;
    model
}

pub fn sweep_counting(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    let row = model.list.rows[1].clone();
    model.overlay = Some(Overlay::Sweep(Box::new(Sweep {
        message: row.id,
        account: row.account,
        name: row.from,
        swept: None,
        at: 0,
        ways: Ways::Reading,
        picker: Picker::default(),
        moved: false,
    })));
    model
}

pub fn sweep(width: u16, height: u16) -> Model {
    let mut model = sweep_counting(width, height);
    let folders: Vec<_> = model.folders.rows.iter().take(6).map(|row| row.id).zip([1_204, 310, 42, 7, 3, 1]).collect();
    let swept = |whom| Swept {
        whom,
        folders: folders.clone(),
        unread: 980,
        since: UnixTime(NOW - 86_400 * 800),
        inbox: (1..=1_204).map(MessageId).collect(),
        all: (1..=1_567).map(MessageId).collect(),
        total: 1_567,
    };
    let target = |host: &str| Some(Target { url: format!("https://{host}/u"), host: host.to_owned() });
    let Some(Overlay::Sweep(sweep)) = &mut model.overlay else { unreachable!() };
    sweep.swept = Some(vec![swept(Whom::From("bot@ci.example".into())), swept(Whom::List("builds.ci.example".into()))]);
    sweep.ways = Ways::Known(Unsubscribe {
        one_click: target("ci.example"),
        link: target("lists.ci.example"),
        mail: Some(Mailto { to: "off@ci.example".into(), ..Mailto::default() }),
        unproved: false,
    });
    let of = sweep.choices().len();
    sweep.picker = Picker { text: String::new(), cursor: 1, hits: (0..of).collect(), of, ..Picker::default() };
    model
}

pub fn rules(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    let one = |whom, account: Option<&str>, deed| Rule {
        whom,
        account: account.map(str::to_owned),
        deed,
        since: UnixTime(0),
    };
    let rules = vec![
        (one(Whom::From("news@shop.example".into()), None, rule::Deed::Archive), false),
        (one(Whom::List("rust-dev.example.org".into()), Some("work"), rule::Deed::Move("Lists/rust".into())), false),
        (one(Whom::From("offers@very-long-host-name.marketing.shop.example".into()), None, rule::Deed::Trash), true),
    ];
    model.overlay = Some(Overlay::Rules {
        rules,
        picker: Picker { text: String::new(), cursor: 1, hits: vec![0, 1, 2], of: 3, ..Picker::default() },
    });
    model
}

pub fn tasks(width: u16, height: u16) -> Model {
    let mut model = running(width, height);
    model.accounts[2].state =
        Connection::Offline { since: at(0, 13, 57), retry: Some(UnixTime(NOW + 42)), reason: safe("server busy") };
    let op = |number, summary: &str, state, error: Option<&str>| OpRow {
        op: OpId(number),
        created: at(0, 14, 1),
        summary: safe(summary),
        account: safe("work"),
        state,
        error: error.map(safe),
        origin: Origin::User,
        reversal: match state {
            OpState::Done => Reversal::Undo,
            OpState::Dropped => Reversal::Redo,
            OpState::Queued | OpState::Sending | OpState::Failed => Reversal::None,
        },
    };
    model.tasks.ops = vec![
        op(9, "Archive 3 messages", OpState::Sending, None),
        op(8, "Move 1 message to Projects/atlas", OpState::Queued, None),
        op(7, "Create folder Kühlschrank", OpState::Failed, Some("server said: NO [CANNOT] name not allowed")),
        op(6, "Moved 1 204 messages to Trash", OpState::Done, None),
        op(5, "Starred 1 message", OpState::Dropped, None),
    ];
    model.tasks.queued = 2;
    model.tasks.recent = [(1, "3 new in Inbox, 41 flags changed"), (2, "reconnected after 12 s offline")]
        .into_iter()
        .map(|(id, text)| Activity { at: UnixTime(NOW - id * 47), account: Some(AccountId(id)), text: safe(text) })
        .collect();
    model.overlay = Some(Overlay::Tasks { cursor: 2, top: 0 });
    model
}

pub fn folders(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    model.focus = Pane::Folders;
    model
}

/// Folders of another user and shared ones below one's own, an account that is nearly full, and a folder open that may only
/// be read.
pub fn shared(width: u16, height: u16) -> Model {
    let mut model = folders(width, height);
    let of = |id, path: &str, depth, namespace, letters| FolderRow {
        namespace,
        depth,
        rights: Rights::parse(letters),
        ..folder(id, 1, path, None, if id % 2 == 0 { 3 } else { 0 })
    };
    let bob = FolderRow { selectable: false, ..of(21, "shared/bob", 0, Namespace::Other, "l") };
    let others = [
        bob,
        of(22, "shared/bob/Board", 1, Namespace::Other, "lr"),
        of(23, "shared/bob/Desk", 1, Namespace::Other, "lrswipkxte"),
        of(24, "public/Announcements", 0, Namespace::Shared, "lrs"),
    ];
    let place = model.folders.rows.iter().position(|row| row.account != AccountId(1)).unwrap();
    model.folders.rows.splice(place..place, others);
    model.folders.full = BTreeMap::from([(AccountId(1), 92)]);
    let board = Some(Source::Folder(FolderId(22)));
    (model.list.source, model.folders.cursor) = (board, board);
    for row in &mut model.list.rows {
        row.folder = FolderId(22);
    }
    model
}

/// The palette on an action that the rights in the folder do not allow.
pub fn shared_reason(width: u16, height: u16) -> Model {
    let mut model = shared(width, height);
    model.focus = Pane::List;
    let place = table().iter().position(|entry| entry.slug == "archive").unwrap();
    let picker =
        Picker { text: "archive".to_owned(), cursor: 0, hits: vec![place], of: table().len(), ..Picker::default() };
    model.overlay = Some(Overlay::Palette(picker));
    model
}

pub fn ascii(width: u16, height: u16) -> Model {
    let mut model = three_panes(width, height);
    model.options.glyphs = Glyphs::Ascii;
    model
}

/// Rows whose characters take two columns, none, or run from right to left.
pub fn wide(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    let texts = [
        ("山田太郎", "会議の議事録について、ご確認をお願いいたします", "添付の資料をご覧ください"),
        ("دانا", "مرحبا بالعالم", "نص قصير"),
        ("שרה לוי", "פגישה ביום חמישי", "נתראה"),
        ("👩‍👩‍👧‍👦 Family", "🎉🎉 Birthday 🇩🇪 ❤️ party 🎂", "bring 🍰"),
        ("Jose\u{301} A\u{308}gren", "Cafe\u{301} re\u{301}sume\u{301}", "combining"),
        ("", "", ""),
        ("김철수", "한국어 제목입니다 아주 긴 제목으로 잘려야 합니다 정말로 길어요", ""),
    ];
    model.list.rows = texts
        .iter()
        .zip(0..)
        .map(|((from, subject, snippet), n)| row(20 - n, from, subject, snippet, at(0, 13 - n, 5)))
        .collect();
    model.list.rows.push(row(2, "Old Friend", "Long ago", "", UnixTime(NOW - 900 * DAY)));
    model.list.cursor = Some(model.list.rows[0].key());
    let lines = texts
        .iter()
        .map(|(_, subject, _)| Line { spans: vec![Span { text: safe(subject), ..Span::default() }], picture: None });
    model.reader.message = Some(model.list.rows[0].clone());
    model.reader.body = Body::Ready(Arc::new(Laid { width: 40, lines: lines.collect(), ..Laid::default() }));
    model
}
