//! Muting conversations: `$Muted` on each of their messages, kept by the server, so that every device knows of it.

use super::{Plan, Planner, Refusal};
use crate::mail::MessageId;
use crate::mail::flags::{Flag, FlagChange, Keyword, MUTED};
use crate::mail::folder::Role;
use crate::store::Placed;
use crate::sync::desk::Files;

/// `$Muted` set, or cleared.
pub(super) fn muted(on: bool) -> FlagChange {
    let flags: Vec<Flag> = Keyword::new(MUTED).map(Flag::Keyword).into_iter().collect();
    if on { FlagChange { add: flags, remove: Vec::new() } } else { FlagChange { add: Vec::new(), remove: flags } }
}

fn conversations(count: usize) -> String {
    if count == 1 { "1 conversation".to_owned() } else { format!("{count} conversations") }
}

impl Planner {
    /// Mutes the conversations of these messages.
    pub(super) fn mute(&self, files: &Files, messages: &[MessageId]) -> Result<Plan, Refusal> {
        let (members, count) = files.cache.reader().conversations_of(messages)?;
        let items = files.cache.reader().places(&members)?;
        let mut plan = Plan {
            steps: Vec::new(),
            summary: format!("Muted {}", conversations(count)),
            undoable: true,
            created: Vec::new(),
        };
        self.set_muted(&mut plan, &items, true);
        let here: Vec<Placed> = items.into_iter().filter(|item| self.is_in_inbox(item)).collect();
        self.to_role(&mut plan, &here, Role::Archive, "Archive")?;
        Ok(plan)
    }

    /// Ends it. What was archived stays there.
    pub(super) fn unmute(&self, files: &Files, messages: &[MessageId]) -> Result<Plan, Refusal> {
        let (members, count) = files.cache.reader().conversations_of(messages)?;
        let items = files.cache.reader().places(&members)?;
        let summary = format!("Unmuted {}", conversations(count));
        let mut plan = Plan { steps: Vec::new(), summary, undoable: true, created: Vec::new() };
        self.set_muted(&mut plan, &items, false);
        Ok(plan)
    }

    fn set_muted(&self, plan: &mut Plan, items: &[Placed], on: bool) {
        let change = muted(on);
        for item in items.iter().filter(|item| self.may_flag(item)) {
            self.flag(plan, item, &change);
        }
    }

    /// Whether a message is shown in an inbox.
    pub(super) fn is_in_inbox(&self, item: &Placed) -> bool {
        self.folders.get(&item.folder).and_then(|folder| folder.role) == Some(Role::Inbox)
    }
}
