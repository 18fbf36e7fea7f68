//! A made-up mailbox: the one of the design's pictures.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use posthaste::app::keymap::Keymap;
use posthaste::app::look::{Look, rows as rows_of_themes};
use posthaste::app::model::{
    AccountView, AfterTriage, Body, Clock, FolderPane, Glyphs, Layout, ListOf, ListPane, Model, Motion, Options, Pane,
    ReaderPane, Tasks,
};
use posthaste::app::search::Searches;
use posthaste::app::work::Work;
use posthaste::mail::flags::{ANSWERED, FLAGGED, Flags, SEEN};
use posthaste::mail::folder::{FolderRow, Namespace, Role};
use posthaste::mail::list::{Arrangement, Source};
use posthaste::mail::message::MessageRow;
use posthaste::mail::rights::Rights;
use posthaste::mail::{AccountId, FolderId, MessageId, UnixTime};
use posthaste::protocol::{Connection, OpId};
use posthaste::render::facts::{Remote, Trust};
use posthaste::render::{Document, Head, Laid, Line, Link, Part, Person, Span, SpanRole, View};
use posthaste::safe_text::SafeText;
use posthaste::theme::library::Library;

/// Wednesday, 1 April 2026, 14:02:11 two hours east.
pub const NOW: i64 = 1_775_044_931;
pub const DAY: i64 = 86_400;

pub fn safe(text: &str) -> SafeText {
    SafeText::new(text)
}

/// This many days ago at this time of day.
pub fn at(days: i64, hour: i64, minute: i64) -> UnixTime {
    UnixTime(NOW - 14 * 3600 - 2 * 60 - 11 - days * DAY + hour * 3600 + minute * 60)
}

fn account(id: i64, name: &str) -> AccountView {
    AccountView {
        id: AccountId(id),
        name: safe(name),
        email: safe(&format!("dana@{name}.example")),
        others: Vec::new(),
        ink: None,
        state: Connection::Online { synced: at(0, 14, 2) },
        progress: BTreeMap::new(),
    }
}

pub fn folder(id: i64, account: i64, path: &str, role: Option<Role>, unread: u64) -> FolderRow {
    FolderRow {
        id: FolderId(id),
        account: AccountId(account),
        path: safe(path),
        label: safe(path.rsplit('/').next().unwrap()),
        depth: u16::try_from(path.matches('/').count()).unwrap(),
        role,
        selectable: true,
        namespace: Namespace::Personal,
        rights: Rights::ALL,
        messages: unread.max(1),
        unread,
        pending: false,
    }
}

fn folders() -> Vec<FolderRow> {
    vec![
        folder(1, 1, "Inbox", Some(Role::Inbox), 12),
        folder(2, 1, "Drafts", Some(Role::Drafts), 0),
        folder(3, 1, "Sent", Some(Role::Sent), 0),
        folder(4, 1, "Archive", Some(Role::Archive), 0),
        folder(5, 1, "Junk", Some(Role::Junk), 23),
        folder(6, 1, "Trash", Some(Role::Trash), 0),
        folder(7, 1, "Projects", None, 0),
        folder(8, 1, "Projects/atlas", None, 5),
        folder(9, 1, "Projects/borealis", None, 0),
        folder(10, 2, "Inbox", Some(Role::Inbox), 3),
        folder(11, 2, "Family", None, 0),
        folder(12, 2, "Receipts", None, 0),
        folder(13, 3, "rust-dev", None, 64),
        folder(14, 3, "ratatui", None, 7),
    ]
}

/// A row of the list.
pub fn row(id: i64, from: &str, subject: &str, snippet: &str, received: UnixTime) -> MessageRow {
    MessageRow {
        id: MessageId(id),
        account: AccountId(1),
        folder: FolderId(1),
        from: safe(from),
        address: safe("someone@acme.example"),
        subject: safe(subject),
        snippet: safe(snippet),
        received,
        place: received.0,
        size: 12_000,
        flags: Flags { system: SEEN, ..Flags::default() },
        attachments: false,
        thread: 1,
        pending: false,
        cached: true,
        parent: None,
        bundle: None,
    }
}

pub fn rows() -> Vec<MessageRow> {
    let mut rows = vec![
        row(
            20,
            "Dana Whitfield",
            "Q3 numbers — can you check slide 4?",
            "The churn figure on slide 4 looks off",
            at(0, 13, 58),
        ),
        row(19, "Build bot", "release-2.14: 3 of 412 checks failed", "linux-arm64 timed out twice", at(0, 13, 41)),
        row(18, "Lena Ortiz, you", "Re: Lunch on Thursday?", "Thursday works, the ramen place?", at(0, 12, 10)),
        row(17, "Facilities", "Lift B out of service until 16:00", "Please use the stairs", at(0, 11, 32)),
        row(16, "Acme Billing", "Your March statement", "Total due is € 1 204.50 by 30 March", at(0, 9, 5)),
        row(15, "Rust Weekly", "This week: async drop, cargo 1.99, tiny TUIs", "", at(1, 18, 0)),
        row(14, "Priya Raman", "Contract draft v3 (final-ish)", "Two small edits in §4 and we are done", at(1, 16, 47)),
        row(13, "Tom Becker", "Re: Can I borrow the projector?", "Sure, it is in the cupboard", at(1, 15, 20)),
        row(12, "GitHub", "[tui/mail] Panic on zero-width window (#118)", "", at(1, 14, 2)),
        row(11, "Travel desk", "Itinerary: BER → LIS, 14 Apr", "Booking reference X7K2P9", at(1, 10, 15)),
        row(10, "Mum", "photos from the garden", "the tulips are finally out", at(3, 17, 0)),
        row(9, "Noor Haddad", "Fwd: venue options", "see below, I like the second one", at(4, 12, 0)),
        row(8, "Security team", "Phishing test results: nobody clicked", "Well done everybody", at(5, 9, 0)),
        row(7, "Jules", "notes from the reading group", "chapter 7 was the hard one", at(6, 20, 0)),
        row(6, "Dr. Klein", "Appointment confirmed: 3 April 08:40", "Please bring your card", at(16, 9, 0)),
        row(5, "Payroll", "Your February payslip", "The payslip is available", at(30, 9, 0)),
    ];
    for place in [0, 1, 2, 5] {
        rows[place].flags.system = 0;
    }
    for place in [1, 6] {
        rows[place].flags.system |= FLAGGED;
    }
    for place in [3, 7] {
        rows[place].flags.system |= ANSWERED;
    }
    rows[11].flags = Flags::parse(["\\Seen", "$Forwarded"]);
    for place in [0, 4, 6, 9, 10, 15] {
        rows[place].attachments = true;
    }
    for (place, thread) in [(0, 4), (2, 6), (6, 9), (7, 3), (8, 2), (11, 2)] {
        rows[place].thread = thread;
    }
    rows
}

/// The list with its first message selected, on a screen of this size.
pub fn inbox(width: u16, height: u16) -> Model {
    let rows = rows();
    Model {
        wizard: None,
        letters: posthaste::app::compose::Letters::default(),
        shelved: posthaste::app::accounts::Shelved::default(),
        size: (width, height),
        cell: None,
        image_senders: BTreeSet::new(),
        clock: Clock { now: UnixTime(NOW), offset: 7200 },
        look: Look { themes: rows_of_themes(&Library::default()), chosen: "dusk".to_owned(), config: None },
        zone: jiff::tz::TimeZone::fixed(jiff::tz::offset(2)),
        options: Options {
            glyphs: Glyphs::Unicode,
            utf8: true,
            after_triage: AfterTriage::Next,
            list: ListOf::Conversations,
            layout: Layout::Auto,
            read_only: None,
            demo: false,
            motion: Motion::Full,
            hours: posthaste::config::Hours::default(),
            face: posthaste::app::model::Face::Panes,
        },
        accounts: vec![account(1, "work"), account(2, "home"), account(3, "lists")],
        folders: FolderPane {
            rows: folders(),
            cursor: Some(Source::Folder(FolderId(1))),
            all_unread: 15,
            starred: 4,
            ..FolderPane::default()
        },
        list: ListPane {
            arrangement: Arrangement { conversations: true, ..Arrangement::default() },
            source: Some(Source::Folder(FolderId(1))),
            cursor: Some(rows[0].key()),
            rows,
            total: 4821,
            messages: 4821,
            unread: 12,
            ..ListPane::default()
        },
        reader: ReaderPane::default(),
        focus: Pane::List,
        overlay: None,
        prefix: None,
        count: None,
        toast: None,
        banner: None,
        tasks: Tasks {
            ops: Vec::new(),
            last_undone: None,
            recent: VecDeque::new(),
            queued: 0,
            failed: 0,
            index: Some(SafeText::from_static("index of 4 821 of 4 821 messages and 1 204 texts, 8.4 MB")),
        },
        undo: Vec::new(),
        redo: Vec::new(),
        next_op: OpId(1),
        last_action: None,
        next_ticket: 1,
        quitting: false,
        handled: 0,
        spinner: 1,
        keymap: Arc::new(Keymap::defaults()),
        arrangements: BTreeMap::new(),
        dividers: posthaste::app::dividers::Dividers::default(),
        notices: posthaste::config::notices::Notices::default(),
        search: Searches::default(),
        work: Work::default(),
    }
}

fn span(text: &str, role: SpanRole) -> Span {
    Span { text: safe(text), role, ..Span::default() }
}

fn strong(text: &str) -> Span {
    Span { strong: true, ..span(text, SpanRole::Text) }
}

fn text(text: &str) -> Span {
    span(text, SpanRole::Text)
}

fn document() -> Document {
    let person = |name: &str, address: &str| Person { name: safe(name), address: safe(address) };
    let link = |target: &str, host: &str| Link { target: safe(target), host: safe(host), ..Link::default() };
    Document {
        head: Head {
            subject: safe("Your March statement"),
            from: vec![person("Acme Billing", "billing@acme.example")],
            to: vec![person("Dana Whitfield", "dana@work.example")],
            sent: Some(at(0, 9, 5)),
            ..Head::default()
        },
        parts: vec![Part {
            media_type: safe("application/pdf"),
            name: safe("statement-03.pdf"),
            size: Some(84_200),
            inline: false,
        }],
        links: vec![
            link("https://pay.acme.example/i/8842", "pay.acme.example"),
            link("https://acme.example/autopay", "acme.example"),
            link("https://acme.example/unsub", "acme.example"),
        ],
        remote: Remote {
            count: 3,
            hosts: vec![safe("img.acme.example")],
            trackers: vec![safe("Mailchimp")],
            ..Remote::default()
        },
        trust: Trust::Proved(safe("acme.example")),
        view: View::Html,
        ..Document::default()
    }
}

/// The bill of the pictures, laid out.
pub fn bill() -> Laid {
    let line = |spans: Vec<Span>| Line { spans, picture: None };
    let blank = || Line::default();
    let mut lines = vec![
        line(vec![span("Your March statement", SpanRole::Heading)]),
        blank(),
        line(vec![text("Hello "), strong("Dana"), text(", your invoice is ready. Total due")]),
        line(vec![text("is "), strong("€ 1 204.50"), text(" by 30 March.")]),
        blank(),
        line(vec![span("Item                    Qty       Price", SpanRole::Muted)]),
        line(vec![span("───────────────────────────────────────", SpanRole::Rule)]),
        line(vec![text("Hosting, annual plan      1   € 960.00")]),
        line(vec![text("Extra storage 200 GB      2   € 244.50")]),
        blank(),
        line(vec![
            span("Pay now", SpanRole::Link),
            span("¹", SpanRole::LinkNote),
            span(" pay.acme.example", SpanRole::LinkNote),
        ]),
        blank(),
        line(vec![
            text("• No action is needed if you "),
            span("use autopay", SpanRole::Link),
            span("²", SpanRole::LinkNote),
        ]),
        line(vec![text("• Questions? Reply to this mail")]),
        blank(),
        line(vec![span("▏", SpanRole::Bar(1)), span(" On Mon, you wrote:", SpanRole::Quote(1))]),
        line(vec![
            span("▏", SpanRole::Bar(1)),
            span("▏", SpanRole::Bar(2)),
            span(" please send the bill", SpanRole::Quote(2)),
        ]),
        blank(),
        line(vec![span("Acme GmbH, Berlin", SpanRole::Muted)]),
    ];
    lines.extend((1..=30).map(|number| line(vec![text(&format!("Terms and conditions, paragraph {number}"))])));
    Laid { width: 50, lines, folded: 0, document: document() }
}

/// The bill open in the reader, which has the keys.
pub fn reading(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    model.list.cursor = Some(model.list.rows[4].key());
    model.reader.message = Some(model.list.rows[4].clone());
    model.reader.body = Body::Ready(Arc::new(bill()));
    model.focus = Pane::Reader;
    model
}

/// The bill beside the list, which has the keys.
pub fn three_panes(width: u16, height: u16) -> Model {
    Model { focus: Pane::List, ..reading(width, height) }
}

/// An empty inbox.
pub fn empty(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    model.list = ListPane {
        source: Some(Source::Folder(FolderId(1))),
        arrangement: model.list.arrangement,
        ..ListPane::default()
    };
    model.folders.rows[0].unread = 0;
    model.handled = 31;
    model.undo = vec![OpId(1)];
    model
}

pub fn marks(ids: &[i64]) -> BTreeSet<MessageId> {
    ids.iter().copied().map(MessageId).collect()
}
