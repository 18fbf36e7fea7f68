//! The first model and the first effects.

use std::sync::Arc;

use crate::app::accounts::Shelved;
use crate::app::keymap::Keymap;
use crate::app::look::{self, Look};
use crate::app::model::{AccountView, Clock, FolderPane, ListPane, Model, Options, Pane, ReaderPane, Tasks, Ticket};
use crate::app::msg::{Effect, Query};
use crate::app::search::Searches;
use crate::app::update;
use crate::app::work::Work;
use crate::mail::list::Source;
use crate::protocol::OpId;

/// What the screen begins with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The accounts, in the order of the config.
    pub accounts: Vec<AccountView>,
    /// Choices of the user.
    pub options: Options,
    /// The first free operation number.
    pub next_op: OpId,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// What the list shows; the first account's inbox, once the folders are known, if not given.
    pub start: Option<Source>,
    /// The keys.
    pub keymap: Keymap,
}

impl Model {
    /// The first model with the default keys, and the effects that fill it: the folders, then the first account's inbox.
    pub fn new(accounts: Vec<AccountView>, options: Options, next_op: OpId, size: (u16, u16)) -> (Self, Vec<Effect>) {
        Self::start(Setup { accounts, options, next_op, size, start: None, keymap: Keymap::defaults() })
    }

    /// The first model, and the effects that fill it.
    pub fn start(setup: Setup) -> (Self, Vec<Effect>) {
        let mut model = Self {
            size: setup.size,
            cell: None,
            image_senders: std::collections::BTreeSet::new(),
            clock: Clock::default(),
            zone: jiff::tz::TimeZone::UTC,
            options: setup.options,
            accounts: setup.accounts,
            shelved: Shelved::default(),
            folders: FolderPane::default(),
            list: ListPane { loading: true, ..ListPane::default() },
            reader: ReaderPane::default(),
            focus: Pane::List,
            overlay: None,
            wizard: None,
            letters: crate::app::compose::Letters::default(),
            prefix: None,
            count: None,
            toast: None,
            banner: None,
            tasks: Tasks::default(),
            undo: Vec::new(),
            redo: Vec::new(),
            next_op: setup.next_op,
            last_action: None,
            next_ticket: 1,
            quitting: false,
            handled: 0,
            spinner: 0,
            keymap: Arc::new(setup.keymap),
            search: Searches::default(),
            arrangements: std::collections::BTreeMap::new(),
            notices: crate::config::notices::Notices::default(),
            dividers: crate::app::dividers::Dividers::default(),
            look: Look { chosen: look::AUTO.to_owned(), ..Look::default() },
            work: Work { start: setup.start, ..Work::default() },
        };
        let mut effects = Vec::new();
        update::folders::load(&mut model, &mut effects);
        if let Some(source) = setup.start {
            update::list::open_source(&mut model, &mut effects, source);
        }
        update::sync::load_ops(&mut model, &mut effects);
        (model, effects)
    }

    /// A ticket that no request had before.
    pub(crate) fn ticket(&mut self) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket = self.next_ticket.wrapping_add(1);
        ticket
    }

    /// A load with a new ticket.
    pub(crate) fn load(&mut self, effects: &mut Vec<Effect>, query: Query) -> Ticket {
        let ticket = self.ticket();
        effects.push(Effect::Load(ticket, query));
        ticket
    }
}
