//! A working session: it takes the next task from the plan and does it, until something ends the connection.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::config::Prefetch;
use crate::imap::error::{Error, UNBEGUN};
use crate::imap::session::{Counts, Mode as SelectMode, Selected, Session, Status, Unsolicited};
use crate::journal::Step;
use crate::mail::folder::{Namespace, Role};
use crate::mail::{FolderId, MessageId};
use crate::protocol::{Connection, Event, Priority};
use crate::store::SyncState;
use crate::sync::account::{Account, Desires, MAX_DEATHS, Mode, Trouble};
use crate::sync::backfill::Writing;
use crate::sync::bodies::Wish;
use crate::sync::desk::Urgency;
use crate::sync::folder::Head;
use crate::sync::outbox::End;
use crate::sync::plan::folder::CHUNK;
use crate::sync::plan::{self, FolderView, Situation, Task};

/// How often the folders that nobody watches are counted.
const POLL: Duration = Duration::from_mins(3);
/// How often they are counted all the same where the server tells of each: it may forget to.
const NOTIFIED_POLL: Duration = Duration::from_mins(20);
/// How long the connection is silent before it makes sure that the server is still there.
const KEEP_ALIVE: Duration = Duration::from_mins(1);
/// How long the server may take to answer that.
const KEEP_ALIVE_ANSWER: Duration = Duration::from_secs(25);
/// How long a connection stays that has nothing to do.
const LINGER: Duration = Duration::from_mins(1);
/// So many missing headers need no connection of their own.
const FEW: u64 = 2_000;
/// How often a folder may be refused before it is left alone for this session, and a body before it is given up.
pub(super) const MAX_FAILURES: u32 = 3;

/// A folder as this session knows it.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    pub raw: String,
    pub name: String,
    pub role: Option<Role>,
    pub namespace: Namespace,
    pub dirty: bool,
    /// UID ranges whose headers were never asked for.
    pub gaps: Vec<(u32, u32)>,
    /// Messages for each UID in the last chunk.
    pub density: f64,
    /// Whether the screen was told of progress that has not ended yet.
    pub progressing: bool,
    pub failures: u32,
    /// What STATUS said the last time.
    pub status: Option<Status>,
    /// How many messages the server has, for progress.
    pub exists: u32,
    /// What SELECT said the last time of what may be changed.
    pub terms: Option<Terms>,
}

/// What SELECT says of what may be changed in a folder: READ-ONLY and PERMANENTFLAGS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Terms {
    pub read_only: bool,
    pub permanent_flags: Option<Vec<String>>,
}

/// A body on its way, a slice at a time.
#[derive(Debug)]
pub(super) struct Download {
    pub message: MessageId,
    pub bytes: Vec<u8>,
}

/// What a connection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// What the user looks at and did; the rest too, while it is alone.
    Work,
    /// What nobody waits for.
    Backfill,
}

/// Whether it is known that there is much to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Much {
    /// It is.
    Known,
    /// It is to be found out.
    Unknown,
}

/// A session and what it knows.
pub(super) struct Worker {
    pub account: Arc<Account>,
    pub lane: Lane,
    pub session: Session,
    pub folders: BTreeMap<FolderId, Folder>,
    pub download: Option<Download>,
    /// Headers that are being written down while the next ones are fetched.
    pub writing: Option<Writing>,
    /// What a batch came to that is not written down yet.
    pub(super) owed: Vec<(Step, End)>,
    /// The chunk of headers that was asked for before its turn.
    pub ahead: Option<(FolderId, (u32, u32))>,
    /// The folder that was left half in step.
    pub(super) unfinished: Option<Box<Head>>,
    /// The number of the cache that local ids belong to.
    pub generation: i64,
    /// When the folders were listed last.
    pub listed: Option<Instant>,
    /// Whether that told their counts: the first time of all it does not, so that the first rows come sooner.
    pub counts: Counts,
    /// Whether the policy wants no more bodies for now.
    pub prefetched: bool,
    /// How often the server refused something because the user may not do it (NOPERM), since it was asked what he may.
    pub denied: u32,
    /// Why mail that arrived was not filed, as it was told.
    pub(super) unfiled: Vec<String>,
    quiet: bool,
    /// Another connection changes how far the folders are synced: what is known of it here is not to be relied on.
    handed: bool,
    /// The asking for a backfill that the last look at the cache answers.
    looked_for: u64,
    /// How many headers the next chunk is to bring.
    pub chunk: u32,
}

impl Worker {
    /// A worker that knows what the cache knows.
    pub async fn new(account: Arc<Account>, session: Session, lane: Lane) -> Result<Self, Trouble> {
        let generation = account.desk.run(Urgency::Now, |files| files.cache.generation()).await?;
        let mut worker = Self {
            account,
            lane,
            session,
            folders: BTreeMap::new(),
            download: None,
            writing: None,
            owed: Vec::new(),
            ahead: None,
            unfinished: None,
            generation,
            listed: None,
            counts: Counts::Told,
            prefetched: false,
            denied: 0,
            unfiled: Vec::new(),
            quiet: false,
            handed: false,
            looked_for: 0,
            chunk: CHUNK,
        };
        if lane == Lane::Work {
            worker.account.desires().outbox = true;
        }
        worker.looked_for = worker.account.links.asking();
        worker.read_folders(if lane == Lane::Work { Urgency::Now } else { Urgency::Background }).await?;
        Ok(worker)
    }

    /// Does one task. `None`: the engine ends, or nothing is left to do in a run that ends.
    pub async fn step(mut self) -> Result<Option<Self>, Trouble> {
        self.look_again().await?;
        let task = self.choose();
        let goes_on =
            matches!(&task, Some(Task::Backfill(id)) if self.writing.as_ref().is_some_and(|one| one.is_of(*id)));
        if !goes_on {
            self.written().await?;
        }
        let Some(task) = task else {
            self.session.logout().await;
            return Ok(None);
        };
        if task != Task::Idle && self.quiet {
            self.quiet = false;
            if self.lane == Lane::Work && !matches!(task, Task::Body(_) | Task::Prefetch) {
                self.account.state(Connection::Syncing);
            }
        }
        tracing::debug!(account = self.account.name(), "task {task:?}");
        match task {
            Task::Idle if self.lane == Lane::Backfill => return self.linger().await,
            Task::Idle => return self.idle().await,
            Task::Body(wish) => self.guarded_body(wish).await?,
            Task::Outbox => self.outbox().await?,
            Task::Search => self.search().await?,
            Task::ListFolders => self.list_folders().await?,
            Task::Head(id) => self.guarded(id, Work::Head).await?,
            Task::Backfill(id) => self.guarded(id, Work::Backfill).await?,
            Task::Sweep(id) => self.guarded(id, Work::Sweep).await?,
            Task::Prefetch => {
                self.account.desires().deadly_prefetch += 1;
                self.prefetched = self.prefetch().await?;
                self.account.desires().deadly_prefetch = 0;
                if !self.prefetched {
                    self.ask_for_help(Much::Known);
                }
            }
        }
        self.unsolicited().await?;
        Ok(Some(self))
    }

    /// The next task, from what is wanted now; `None`: the engine ends.
    fn choose(&mut self) -> Option<Task> {
        let account = Arc::clone(&self.account);
        let mut desires = account.desires();
        if desires.stop {
            return None;
        }
        if self.lane == Lane::Work {
            self.hear(&mut desires);
        }
        let views = self.views(&desires);
        let situation = Situation {
            open: desires.open,
            wish: desires.wants.next(),
            outbox: desires.may_send(),
            search: desires.search.is_some(),
            list_due: self.list_due(),
            count_due: self.counts == Counts::Later,
            folders: &views,
            prefetch: !self.prefetched
                && desires.deadly_prefetch < MAX_FAILURES
                && account.config.cache.prefetch != Prefetch::None,
            outbox_only: account.mode == Mode::Outbox,
            far: !account.links.is_backfilling(),
        };
        Some(match self.lane {
            Lane::Work => plan::next_task(&situation),
            Lane::Backfill => plan::far_task(&situation),
        })
    }

    /// Takes what the user and the watching connection told.
    fn hear(&mut self, desires: &mut Desires) {
        if std::mem::take(&mut desires.reconnect) {
            // The user asks for it: what was refused is tried once more.
            for folder in self.folders.values_mut().filter(|folder| folder.failures > 0) {
                (folder.failures, folder.dirty) = (0, true);
            }
        }
        for id in std::mem::take(&mut desires.dirty) {
            self.soil(id);
        }
        if std::mem::take(&mut desires.refresh) {
            self.listed = None;
        }
    }

    /// When the connection that did what nobody waits for is gone, looks how far it came.
    async fn look_again(&mut self) -> Result<(), Trouble> {
        if self.lane == Lane::Backfill {
            return Ok(());
        }
        if self.account.links.is_backfilling() {
            self.handed = true;
        } else if std::mem::take(&mut self.handed) {
            self.prefetched = false;
            // After what that connection has still put on the desk.
            self.read_folders(Urgency::Background).await?;
        }
        Ok(())
    }

    /// Asks for a connection that does what nobody waits for, where there is so much of it that the user might notice;
    /// one that is there is always told.
    pub(super) fn ask_for_help(&self, much: Much) {
        if self.lane == Lane::Backfill {
            return;
        }
        let missing: u64 =
            self.folders.values().flat_map(|f| &f.gaps).map(|(low, high)| u64::from(high - low) + 1).sum();
        let sweeps: usize = self.account.desires().sweeps.values().map(Vec::len).sum();
        if self.account.links.is_backfilling() || missing > FEW || sweeps > 2 || much == Much::Known {
            self.account.links.ask();
        }
    }

    /// Whether the user waits for a body: a longer task gives way at its next seam and is begun again afterwards.
    pub(super) fn gives_way(&self) -> bool {
        let wish = self.account.desires().wants.next();
        self.lane == Lane::Work && wish.is_some_and(|wish| wish.priority == Priority::Open)
    }

    /// Nothing to do for a connection that does what nobody waits for: it stays for a while, then says goodbye.
    async fn linger(mut self) -> Result<Option<Self>, Trouble> {
        let account = Arc::clone(&self.account);
        // What was asked for before the last look is done; what came since is looked at now.
        if account.links.answer(self.looked_for) {
            account.wake.notify_one();
            if tokio::time::timeout(LINGER, account.links.asked()).await.is_err() {
                self.session.logout().await;
                return Ok(None);
            }
        }
        self.looked_for = account.links.asking();
        self.prefetched = false;
        self.read_folders(Urgency::Background).await?;
        Ok(Some(self))
    }

    /// How often all folders are counted: seldom where the server tells of each.
    fn poll(&self) -> Duration {
        let told =
            self.account.links.is_notified() && self.folders.values().all(|f| f.namespace == Namespace::Personal);
        if told { NOTIFIED_POLL } else { POLL }
    }

    fn list_due(&self) -> bool {
        self.listed.is_none_or(|at| self.account.mode == Mode::Live && at.elapsed() >= self.poll())
    }

    fn views(&self, desires: &Desires) -> Vec<FolderView> {
        self.folders
            .iter()
            .map(|(id, folder)| FolderView {
                id: *id,
                role: folder.role,
                dirty: folder.dirty,
                gaps: !folder.gaps.is_empty(),
                sweep: desires.sweeps.get(id).is_some_and(|ranges| !ranges.is_empty()),
                barred: folder.failures >= MAX_FAILURES || desires.is_deadly(*id),
            })
            .collect()
    }

    /// Works in a folder so that one that is refused, or that kills the connection, does not stop the others.
    pub(super) async fn guarded(&mut self, id: FolderId, work: Work) -> Result<(), Trouble> {
        let times = self.account.desires().suspect(id);
        let result = match work {
            Work::Head => self.head(id).await,
            Work::Backfill => self.backfill(id).await,
            Work::Sweep => self.sweep(id).await,
        };
        match result {
            Ok(()) => {
                self.account.desires().deadly.remove(&id);
                Ok(())
            }
            Err(Trouble::Imap(error)) if !error.fatal() => {
                self.account.desires().deadly.remove(&id);
                if let Some(folder) = self.folders.get_mut(&id) {
                    folder.failures += 1;
                    folder.dirty = folder.failures < MAX_FAILURES;
                    let text = format!("{}: the server refused: {error}", folder.name);
                    if folder.failures == 1 {
                        self.account.activity(&text);
                    }
                }
                Ok(())
            }
            Err(Trouble::Imap(error)) => {
                if times == MAX_DEATHS
                    && let Some(folder) = self.folders.get(&id)
                {
                    let text = format!("{} ended the connection {times} times and is left alone", folder.name);
                    self.account.activity(&text);
                }
                Err(error.into())
            }
            Err(trouble) => {
                self.account.desires().deadly.remove(&id);
                Err(trouble)
            }
        }
    }

    /// Fetches a piece of a body so that one that ends the connection each time is given up (invariant 8).
    async fn guarded_body(&mut self, wish: Wish) -> Result<(), Trouble> {
        let message = wish.message;
        let times = {
            let mut desires = self.account.desires();
            let times = desires.deadly_bodies.entry(message).or_default();
            *times += 1;
            *times
        };
        let result = if times > MAX_FAILURES {
            let reason = "the connection ended each time this message was fetched";
            self.give_up(wish, reason);
            let now = self.account.now();
            self.account
                .on_desk(Urgency::Background, move |files| files.cache.note_body_failure(message, reason, now))
                .await
        } else {
            self.body(wish).await
        };
        if !matches!(result, Err(Trouble::Imap(_))) {
            self.account.desires().deadly_bodies.remove(&message);
        }
        result
    }

    /// SELECT or EXAMINE; what the server said of the folder before is taken first, so that it is not taken for news of
    /// this one.
    pub(super) async fn switch(&mut self, raw: &str, mode: SelectMode) -> Result<Result<Selected, Error>, Trouble> {
        self.unsolicited().await?;
        let selected = self.session.select(raw, mode).await;
        if let Ok(selected) = &selected
            && mode == SelectMode::ReadWrite
        {
            self.note_select(raw, selected).await?;
        }
        Ok(selected)
    }

    /// Takes what the server said unasked: it marks folders, and changes flags where a UID was named.
    pub async fn unsolicited(&mut self) -> Result<(), Trouble> {
        let told = self.session.take_unsolicited();
        let Some(id) = self.selected() else { return Ok(()) };
        let mut flags = Vec::new();
        let mut dirty = false;
        for one in told {
            match one {
                // Without the labels that belong to them.
                Unsolicited::Flags { .. } if self.session.labels_apart() => dirty = true,
                Unsolicited::Flags { uid: Some(uid), flags: now, modseq, .. } => flags.push((uid, now, modseq)),
                Unsolicited::Exists(count) => {
                    dirty |= self.folders.get(&id).is_none_or(|folder| folder.exists != count);
                }
                Unsolicited::Flags { uid: None, .. }
                | Unsolicited::Expunge(_)
                | Unsolicited::Vanished { .. }
                | Unsolicited::Overflow => dirty = true,
                Unsolicited::Alert(text) => self.account.activity(&format!("the server says: {text}")),
                Unsolicited::Recent(_)
                | Unsolicited::Bye(_)
                | Unsolicited::Capability
                | Unsolicited::Status { .. }
                | Unsolicited::List { .. }
                | Unsolicited::NotifyOverflow
                | Unsolicited::Other(_) => {}
            }
        }
        if !flags.is_empty() {
            let changed =
                self.account.on_desk(Urgency::Background, move |files| files.cache.put_flags(id, &flags)).await?;
            if changed > 0 {
                self.account.folder_changed(id);
            }
        }
        if dirty && self.lane == Lane::Backfill {
            self.account.want(|desires| {
                desires.dirty.insert(id);
            });
        } else if dirty {
            self.soil(id);
        }
        Ok(())
    }

    /// Something changed in a folder since it was opened last: it is to be looked at anew.
    pub(super) fn soil(&mut self, id: FolderId) {
        self.unfinished = self.unfinished.take().filter(|head| !head.is_of(id));
        if let Some(folder) = self.folders.get_mut(&id) {
            folder.dirty = true;
        }
    }

    /// The folder that is selected.
    pub fn selected(&self) -> Option<FolderId> {
        let raw = self.session.selected()?;
        self.folders.iter().find(|(_, folder)| folder.raw == raw).map(|(id, _)| *id)
    }

    /// Nothing to do: says so, and waits for something in the way that finds changes soonest.
    async fn idle(mut self) -> Result<Option<Self>, Trouble> {
        if !self.quiet && !self.account.links.is_busy() {
            self.quiet = true;
            self.account.state(Connection::Online { synced: self.account.now() });
        }
        if self.account.mode != Mode::Live {
            // What was written down since this was chosen may have filed what is to be sent.
            if self.account.desires().may_send() {
                return Ok(Some(self));
            }
            self.session.logout().await;
            return Ok(None);
        }
        match self.watched_folder() {
            Some((id, raw)) if self.can_idle() => {
                if self.session.selected() != Some(raw.as_str()) && self.has_news(id, &raw).await? {
                    return Ok(Some(self));
                }
                self.push().await?;
            }
            watched => self.wait(watched.map(|(id, _)| id)).await?,
        }
        self.unsolicited().await?;
        Ok(Some(self))
    }

    /// The folder that this connection watches: the open one, else the inbox unless the other connection does.
    fn watched_folder(&self) -> Option<(FolderId, String)> {
        let open = self.account.desires().open;
        let inbox = self.folders.iter().find(|(_, folder)| folder.role == Some(Role::Inbox)).map(|(id, _)| *id);
        let id = open.or(inbox).filter(|id| Some(*id) != inbox || !self.account.links.is_watching())?;
        let barred = self.account.desires().is_deadly(id);
        let folder = self.folders.get(&id).filter(|folder| !barred && folder.failures < MAX_FAILURES)?;
        Some((id, folder.raw.clone()))
    }

    fn can_idle(&self) -> bool {
        self.session.capabilities().has("IDLE") && !self.account.desires().idle_refused
    }

    /// Opens a folder to watch it. True: it is not as it was at its last sync, or cannot be opened; then it is marked.
    async fn has_news(&mut self, id: FolderId, raw: &str) -> Result<bool, Trouble> {
        let news = match self.switch(raw, SelectMode::ReadWrite).await? {
            Ok(selected) => {
                let state = self.account.on_desk(Urgency::Background, move |files| files.cache.sync_state(id)).await?;
                changed_since(&state, &selected)
            }
            Err(error) if !error.fatal() => true,
            Err(error) => return Err(error.into()),
        };
        if news {
            self.soil(id);
        }
        Ok(news)
    }

    /// IDLE, until the server pushes something or somebody wants something.
    async fn push(&mut self) -> Result<(), Trouble> {
        let account = Arc::clone(&self.account);
        match self.session.idle(account.wake.notified(), KEEP_ALIVE).await {
            Ok(_) => {
                account.desires().idle_unbegun = 0;
                Ok(())
            }
            Err(error @ Error::Timeout { what: UNBEGUN }) => {
                // Once it may have been the line; not on the next connection, which had just answered.
                let mut desires = account.desires();
                desires.idle_unbegun += 1;
                desires.idle_refused |= desires.idle_unbegun > 1;
                Err(error.into())
            }
            Err(error @ (Error::Rejected { .. } | Error::Bad { .. })) => {
                account.desires().idle_refused = true;
                account.activity(&format!("the server does not push news and is asked for it: {error}"));
                if error.fatal() { Err(error.into()) } else { Ok(()) }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Waits without IDLE; a server that never pushes is asked (RL49).
    async fn wait(&mut self, watched: Option<FolderId>) -> Result<(), Trouble> {
        let woken = tokio::time::timeout(KEEP_ALIVE, self.account.wake.notified()).await.is_ok();
        let doubted = std::mem::take(&mut self.account.desires().probe);
        if woken && !doubted {
            return Ok(());
        }
        tokio::time::timeout(KEEP_ALIVE_ANSWER, self.session.noop())
            .await
            .map_err(|_| Error::Timeout { what: "NOOP" })??;
        if let Some(id) = watched.filter(|_| !self.can_idle()) {
            self.soil(id);
        }
        Ok(())
    }

    /// Forgets a wish, and tells why it cannot be fulfilled.
    pub fn give_up(&self, wish: Wish, reason: &str) {
        self.account.desires().wants.done(wish.message);
        self.account
            .outlet
            .send(Event::BodyFailed { message: wish.message, reason: crate::safe_text::SafeText::new(reason) });
    }

    /// Folders that are not to be fetched ahead of being opened.
    pub fn unwanted(&self) -> BTreeSet<FolderId> {
        let apart = |role: Option<Role>| matches!(role, Some(Role::Junk | Role::Trash | Role::All | Role::Flagged));
        let not_ours = |folder: &Folder| folder.namespace != Namespace::Personal;
        self.folders.iter().filter(|(_, folder)| apart(folder.role) || not_ours(folder)).map(|(id, _)| *id).collect()
    }
}

/// Work in one folder.
pub(super) enum Work {
    Head,
    Backfill,
    Sweep,
}

/// Whether SELECT says that the folder changed since its last sync.
fn changed_since(state: &SyncState, selected: &Selected) -> bool {
    state.uid_validity != Some(selected.uid_validity)
        || selected.uid_next.is_some_and(|next| state.uid_next != Some(next))
        || state.exists != Some(selected.exists)
        || (state.highest_modseq.is_some() && state.highest_modseq != selected.highest_modseq)
}
