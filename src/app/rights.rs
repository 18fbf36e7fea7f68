//! Which actions the rights in a folder do not allow, and why (RFC 4314). Pure.

#![expect(clippy::wildcard_enum_match_arm, reason = "of all actions a few change messages")]

use crate::app::action::Id;
use crate::app::cursor::{current_folder, folder, scope};
use crate::app::model::Model;
use crate::mail::flags::{FLAGGED, Flag, FlagChange, SEEN};
use crate::mail::list::Source;
use crate::mail::rights::{self, Need};
use crate::mail::{FolderId, UnixTime};
use crate::protocol::Action;
use crate::safe_text::SafeText;

/// Why there is nothing to do but look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadOnly {
    /// Another instance has the files.
    Another,
    /// Another instance had them when this one began, and has ended.
    Left,
    /// The disk is full.
    Full,
    /// The disk is mounted to be read only.
    Disk,
}

impl ReadOnly {
    /// In a sentence, for what cannot be done.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Another => "Read only: another posthaste is running with the same files",
            Self::Left => "Read only: the other posthaste has ended; quit and start again to change mail here",
            Self::Full => "Read only: the disk is full; free some room and start again",
            Self::Disk => "Read only: the disk that the mail lies on takes no changes",
        }
    }

    /// Why a letter cannot be kept.
    pub const fn refusal(self) -> &'static str {
        match self {
            Self::Another => "nothing can be written here: another posthaste holds your mail",
            Self::Left => "nothing can be written here: the other posthaste has ended; quit and start again",
            Self::Full => "nothing can be written here: the disk is full",
            Self::Disk => "nothing can be written here: the disk takes no changes",
        }
    }

    /// In a few words, for the top of the screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Another => "read only: another posthaste is open",
            Self::Left => "read only: the other posthaste has ended",
            Self::Full => "read only: the disk is full",
            Self::Disk => "read only: so is the disk",
        }
    }
}

/// What an action on messages needs of the folder that they lie in.
fn needs(model: &Model, id: Id) -> Vec<Need> {
    let flag = |bit: u8| Action::Flag(FlagChange { add: vec![Flag::System(bit)], remove: Vec::new() });
    let action = match id {
        Id::Archive | Id::ArchiveNext | Id::ArchivePrevious => Action::Archive,
        Id::Trash => Action::Trash,
        Id::Junk => Action::Junk,
        Id::DeleteForever => Action::DeleteForever,
        // Where to is asked afterwards, and only folders that take messages are offered.
        Id::Move => Action::Move(FolderId(0)),
        Id::Star | Id::Tag | Id::Mute | Id::ReplyLater | Id::Pin => flag(FLAGGED),
        Id::Snooze => Action::BringBack(UnixTime(0)),
        Id::Unread => flag(SEEN),
        Id::Repeat => match &model.last_action {
            Some(action) => action.clone(),
            None => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    rights::needs(&action)
}

fn verdict(refusal: Option<String>) -> Result<(), SafeText> {
    refusal.map_or(Ok(()), |words| Err(SafeText::new(&words)))
}

/// Whether the messages that the action would touch may be touched by it; else why not, in a sentence.
pub(crate) fn of_targets(model: &Model, id: Id) -> Result<(), SafeText> {
    let needs = needs(model, id);
    if needs.is_empty() {
        return Ok(());
    }
    let folders = scope(model).iter().flat_map(|place| std::iter::repeat_n(place.folder, place.count));
    verdict(rights::refusal_of_many(folders, &needs, |id| folder(model, id)))?;
    match (id, &model.last_action) {
        (Id::Repeat, Some(Action::Move(to) | Action::Copy(to))) => {
            verdict(folder(model, *to).and_then(|folder| rights::refusal(folder, &[rights::PUT_IN])))
        }
        _ => Ok(()),
    }
}

/// Whether the folder may be renamed or deleted; else why not, in a sentence.
pub(crate) fn of_folder(model: &Model, id: Id) -> Result<(), SafeText> {
    let need = if id == Id::RenameFolder { rights::RENAME } else { rights::REMOVE };
    verdict(current_folder(model).and_then(|folder| rights::refusal(folder, &[need])))
}

/// Whether the rights in the folder that the list shows, or in that under the cursor of the pane, rule this action out: the
/// footer leaves it out then.
pub fn rule_out(model: &Model, id: Id) -> bool {
    if matches!(id, Id::RenameFolder | Id::DeleteFolder) {
        return of_folder(model, id).is_err();
    }
    let Some(Source::Folder(shown)) = model.list.source else { return false };
    folder(model, shown).is_some_and(|folder| rights::refusal(folder, &needs(model, id)).is_some())
}

/// Whether no message in the folder that the list shows can be changed.
pub fn shows_read_only(model: &Model) -> bool {
    let Some(Source::Folder(shown)) = model.list.source else { return false };
    folder(model, shown).is_some_and(|folder| folder.rights.read_only())
}
