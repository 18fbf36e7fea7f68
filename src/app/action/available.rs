//! Whether an action can run now, and if not, why not: for the palette, and for the toast after its key.

use super::{Context, Id, Needs};
use crate::app::compose::order::Stand;
use crate::app::compose::{Tool, shown};
use crate::app::cursor::{
    Place, account_name, context_below, current, current_account, current_folder, folder, reader_is_current,
    role_folder, scope,
};
use crate::app::help::keyed;
use crate::app::model::{Body, Model, Overlay, Pane};
use crate::app::rights::{self, ReadOnly};
use crate::app::search::Kept;
use crate::app::tasks::{self, Entry};
use crate::app::update::{accounts, compose, dividers, reader, saved, search, sign_in, tag, undo, wizard};
use crate::mail::AccountId;
use crate::mail::folder::Role;
use crate::protocol::{Action, OpState};
use crate::render::facts::Seal;
use crate::render::{Quotes, View};
use crate::safe_text::SafeText;

type Verdict = Result<(), SafeText>;

fn no(reason: &str) -> Verdict {
    Err(SafeText::new(reason))
}

fn require(condition: bool, reason: &str) -> Verdict {
    if condition { Ok(()) } else { no(reason) }
}

/// Whether the action can run now; else why not, in a sentence.
pub fn available(model: &Model, id: Id) -> Verdict {
    verdict(model, id).map_err(|reason| SafeText::new(&keyed(model, reason.as_str())))
}

fn verdict(model: &Model, id: Id) -> Verdict {
    beside_a_letter(model, id)?;
    match id.entry().needs {
        Needs::Nothing => {}
        Needs::Message => require(current(model).is_some(), "There is no message here")?,
        Needs::Messages => {
            writing(model)?;
            require(!scope(model).is_empty(), "There is no message here")?;
        }
        Needs::Text => require(
            reader_is_current(model) && reader::document(model).is_some(),
            "The text of the message is not on the screen",
        )?,
        Needs::Folder => require(current_folder(model).is_some(), "There is no folder under the cursor")?,
        Needs::Writing => writing(model)?,
        Needs::Refused => {
            writing(model)?;
            let refused = match tasks::selected(model) {
                Some(Entry::Mail(mail)) => match &mail.stand {
                    Stand::Refused(_) | Stand::Unknown { .. } | Stand::Waits { why: Some(_), .. } => true,
                    // What waits for its own time has not been tried.
                    Stand::Waits { why: None, .. } => id == Id::Discard,
                    Stand::Sending => false,
                },
                Some(Entry::Letter(_)) => id == Id::Discard,
                Some(Entry::Op(row)) => row.state == OpState::Failed,
                None => false,
            };
            require(
                refused,
                "Only what did not work can be tried again, and only that or what waits be discarded: {tasks} lists it",
            )?;
        }
        Needs::Overlay => {
            require(matches!(model.overlay, Some(Overlay::Confirm { .. })), "Nothing was asked")?;
        }
    }
    own_conditions(model, id)
}

fn own_conditions(model: &Model, id: Id) -> Verdict {
    match id {
        Id::Archive | Id::ArchiveNext | Id::ArchivePrevious => {
            movable(model, Role::Archive).and_then(|()| rights::of_targets(model, id))
        }
        Id::Trash => movable(model, Role::Trash).and_then(|()| rights::of_targets(model, id)),
        Id::Junk => junk(model).and_then(|()| rights::of_targets(model, id)),
        Id::Move | Id::Copy => {
            one_account(scope(model))?;
            rights::of_targets(model, id)
        }
        Id::Star | Id::Unread | Id::Tag | Id::Mute | Id::Snooze | Id::ReplyLater | Id::Pin => {
            rights::of_targets(model, id)
        }
        Id::DeleteForever => {
            in_trash_or_junk(model, scope(model))?;
            rights::of_targets(model, id)
        }
        Id::Repeat => repeatable(model).and_then(|()| rights::of_targets(model, id)),
        Id::AddAccount => {
            // What was typed would be gone.
            let done = model.wizard.as_ref().is_none_or(|wizard| wizard.step == crate::app::wizard::Step::Done);
            require(!model.options.demo, "The demo keeps no accounts: run posthaste to add yours")?;
            require(done, "An account is being added already: {back} leads out")
        }
        Id::EditField | Id::OtherWay | Id::Demo => {
            require(model.wizard.is_some(), "Only while an account is added: {add-account} begins that")
        }
        Id::Write(_) => writing(model),
        Id::Tool(tool) => letter(model, tool),
        Id::Edit(_) => require(shown(model).is_some(), NO_LETTER),
        Id::SendNow => {
            let waits =
                |entry: Entry<'_>| matches!(entry, Entry::Mail(mail) if matches!(mail.stand, Stand::Waits { .. }));
            require(
                tasks::selected(model).is_some_and(waits),
                "No mail that waits is under the cursor: {tasks} lists them",
            )
        }
        Id::WasSent => {
            let unknown =
                |entry: Entry<'_>| matches!(entry, Entry::Mail(mail) if matches!(mail.stand, Stand::Unknown { .. }));
            require(
                tasks::selected(model).is_some_and(unknown),
                "This is for a mail of which nobody knows whether it was sent: {tasks} lists them",
            )
        }
        Id::Guide => require(wizard::guide_of(model).is_some(), "Nobody said where this provider explains itself"),
        Id::Undo => {
            writing(model)?;
            let letter = compose::restorable(model, undo::next(model)).is_some();
            require(letter || undo::next(model).is_some(), undo::nothing_back(model))
        }
        Id::Redo => {
            writing(model)?;
            require(undo::next_again(model).is_some(), undo::nothing_again(model))
        }
        Id::Links => require(
            reader::document(model).is_some_and(|document| !document.links.is_empty() || !document.parts.is_empty()),
            "This message has no links and no attachments",
        ),
        Id::CopyLink => require(
            model.reader.selection.is_some()
                || reader::document(model).is_some_and(|document| !document.links.is_empty()),
            "This message has no links",
        ),
        Id::Images | Id::ImagesAlways => require(
            reader::document(model).is_some_and(|document| document.remote.count > 0)
                || id == Id::ImagesAlways && reader::document(model).is_some_and(|document| document.remote.loaded > 0),
            "This message has no images that are blocked",
        ),
        Id::Unseal => require(
            reader::document(model).is_some_and(|document| document.seal != Seal::None || document.opened.is_some()),
            "This message is neither signed nor encrypted",
        ),
        Id::AnswerInvitation => require(
            reader::document(model).is_some_and(|document| document.invitation),
            "There is no invitation here that asks for an answer",
        ),
        Id::Alternative => require(
            reader::document(model)
                .is_some_and(|document| [View::Plain, View::Html].iter().all(|view| document.offers.contains(view))),
            "This message has one form only",
        ),
        Id::LoadWhole => require(
            reader::document(model).is_some_and(|document| document.partial),
            "All of this message is here already",
        ),
        Id::Quotes => require(
            matches!(&model.reader.body, Body::Ready(laid) if laid.folded > 0) || model.reader.quotes == Quotes::Open,
            "No quote of this message is folded",
        ),
        Id::FindNext | Id::FindPrevious if model.focus == Pane::Reader => require(
            model.reader.find.as_ref().is_some_and(|find| !find.hits.is_empty()),
            "Nothing was found here; {find} finds words in the message",
        ),
        Id::FindNext | Id::FindPrevious => require(
            model.search.of(model.list.source).is_some(),
            "{find-next} and {find-previous} go through what a search found; {search} begins one",
        ),
        Id::Complete if tag::is_typing(model) => Ok(()),
        Id::SearchHere | Id::Complete | Id::CompleteBack => {
            require(search::is_typing(model), "This is for the search line; {search} opens it")
        }
        Id::Fold if model.focus == Pane::Folders => {
            require(current_folder(model).is_some(), "There is no folder under the cursor")
        }
        Id::SaveSearch => require(
            model.search.is_passing(model.list.source),
            "There is no search here that has no name yet; {search} begins one",
        ),
        Id::ForgetSearch => match saved::current(model) {
            None => no("This is no saved search"),
            Some(saved) if saved.place == Kept::Config => no("This search is in the config: take it out there"),
            Some(_) => Ok(()),
        },
        Id::Saved(number) => require(
            model.search.saved.iter().any(|saved| saved.key == Some(number)),
            "No search was saved for this digit",
        ),
        Id::CopyError => require(model.banner.is_some(), "There is no error"),
        Id::GoInbox => role(model, Role::Inbox),
        Id::GoSent => role(model, Role::Sent),
        Id::GoDrafts => role(model, Role::Drafts),
        Id::GoArchive => role(model, Role::Archive),
        Id::GoTrash => role(model, Role::Trash),
        Id::GoJunk => role(model, Role::Junk),
        Id::Account(number) => account(model, number),
        Id::GoSaved => require(
            !model.search.saved.is_empty(),
            "No search was saved yet; {search} begins one, and {save-search} saves it",
        ),
        Id::DisableAccount => editing(model, !model.accounts.is_empty(), "There is no account to disable"),
        Id::EnableAccount => editing(model, !model.shelved.disabled.is_empty(), "No account is disabled"),
        Id::RemoveAccount => editing(model, !accounts::removable(model).is_empty(), "There is no account to remove"),
        Id::Rebind | Id::Unbind => require(
            matches!(model.overlay, Some(Overlay::Help(_))),
            "Keys are changed among the keys: {help} shows them",
        ),
        Id::RenameFolder | Id::DeleteFolder => own_folder(model).and_then(|()| rights::of_folder(model, id)),
        Id::DividerBack | Id::DividerOn => dividers::can(model),
        Id::Reload => require(!model.options.demo, "The demo has no config"),
        Id::RebuildIndex => others(model, "Another posthaste is running and keeps the index"),
        Id::Sweep => require(
            current(model).is_some_and(|row| row.address.as_str().contains('@')),
            "This message names no sender",
        ),
        Id::SignIn => {
            others(model, "Another posthaste is running and does the signing in")?;
            require(sign_in::waiting(model).is_some(), "No account waits for you to sign in")
        }
        Id::SyncNow => others(model, "Another posthaste is running and does the syncing"),
        Id::ReadAll | Id::Fold | Id::GroupResults | Id::Sort(_) | Id::NextUnread | Id::PreviousUnread | Id::Filter => {
            require(model.list.source.is_some(), "No list is open")
        }
        Id::Down
        | Id::Up
        | Id::HalfDown
        | Id::HalfUp
        | Id::PageDown
        | Id::PageUp
        | Id::Top
        | Id::Bottom
        | Id::Left
        | Id::Right
        | Id::NextPane
        | Id::PreviousPane
        | Id::Open
        | Id::ReadOn
        | Id::Back
        | Id::Close
        | Id::Mark
        | Id::Range
        | Id::MarkAll
        | Id::NextMessage
        | Id::PreviousMessage
        | Id::Headers
        | Id::Rules
        | Id::Source
        | Id::Conversation
        | Id::Find
        | Id::Select
        | Id::CopyText
        | Id::Save
        | Id::SaveMessage
        | Id::OpenWith
        | Id::Pipe
        | Id::CopyAddress
        | Id::CopySubject
        | Id::CopyMessageId
        | Id::Search
        | Id::GoAllInboxes
        | Id::GoStarred
        | Id::GoSnoozed
        | Id::GoReplyLater
        | Id::GoPinned
        | Id::GoFolder
        | Id::GoAccount
        | Id::EditArgument
        | Id::CreateFolder
        | Id::Retry
        | Id::Discard
        | Id::Yes
        | Id::Palette
        | Id::Help
        | Id::Tasks
        | Id::Theme
        | Id::Layout
        | Id::DividersReset
        | Id::Linear
        | Id::Suspend
        | Id::Redraw
        | Id::Quit => Ok(()),
    }
}

/// Why something of a letter cannot be done where there is none.
const NO_LETTER: &str = "Only while a mail is written: {compose} begins one";

/// What can be done with a letter; with a mail that is sent again as it is, little.
fn letter(model: &Model, tool: Tool) -> Verdict {
    let Some(open) = shown(model) else { return no(NO_LETTER) };
    let as_it_is = open.letter.resend.is_some();
    match tool {
        Tool::Editor | Tool::Attach | Tool::Seal | Tool::Markdown | Tool::Template | Tool::Quotes => {
            require(!as_it_is, "This mail goes out as it came: say to whom")?;
            let none = tool == Tool::Template && model.letters.habits.templates.is_empty();
            require(!none, "The config names no templates")
        }
        Tool::Next => require(model.letters.open.len() > 1, "No other letter is open"),
        Tool::Send | Tool::Later | Tool::Cc | Tool::Bcc | Tool::Discard => Ok(()),
    }
}

/// While a letter is written, what is about the list behind it has to wait.
fn beside_a_letter(model: &Model, id: Id) -> Verdict {
    if context_below(model) != Context::Compose {
        return Ok(());
    }
    let there = |context: &Context| match context {
        Context::Compose | Context::Picker | Context::Input | Context::Confirm | Context::Search => true,
        Context::List | Context::Reader | Context::Folders | Context::Tasks | Context::Wizard => false,
    };
    require(id.entry().contexts.iter().any(there), "A letter is open: esc keeps it as a draft, and leads back")
}

fn writing(model: &Model) -> Verdict {
    model.options.read_only.map_or(Ok(()), |why| no(why.sentence()))
}

/// What another instance does where that is why only looking is possible.
fn others(model: &Model, does: &str) -> Verdict {
    match model.options.read_only {
        Some(ReadOnly::Another) => no(does),
        Some(ReadOnly::Left | ReadOnly::Full | ReadOnly::Disk) | None => writing(model),
    }
}

/// The accounts in the config can be changed, and there is one to change.
fn editing(model: &Model, some: bool, none: &str) -> Verdict {
    writing(model)?;
    require(!model.options.demo, "The demo has no config")?;
    require(some, none)
}

/// Each message's account has the folder, and not all of them are in it.
fn movable(model: &Model, role: Role) -> Verdict {
    let places = scope(model);
    if all_in(model, places, role) {
        let in_trash = role == Role::Trash;
        return no(if in_trash {
            "This is in Trash already; {delete-for-ever} deletes it for ever"
        } else {
            "This is in the archive already"
        });
    }
    places.iter().try_for_each(|place| has_role(model, place.account, role))
}

fn all_in(model: &Model, places: &[Place], role: Role) -> bool {
    !places.is_empty() && places.iter().all(|place| place_role(model, place) == Some(role))
}

fn place_role(model: &Model, place: &Place) -> Option<Role> {
    folder(model, place.folder).and_then(|folder| folder.role)
}

fn junk(model: &Model) -> Verdict {
    let places = scope(model);
    let wanted = if all_in(model, places, Role::Junk) { Role::Inbox } else { Role::Junk };
    places.iter().try_for_each(|place| has_role(model, place.account, wanted))
}

fn has_role(model: &Model, account: AccountId, role: Role) -> Verdict {
    // Before the folders are known the engine decides.
    if model.folders.rows.is_empty() || role_folder(model, account, role).is_some() {
        return Ok(());
    }
    let (name, role) = (account_name(model, account), role.as_str());
    no(&format!("{name} has no folder for {role}: name one in the config under accounts.{name}.folders"))
}

fn one_account(places: &[Place]) -> Verdict {
    let first = places.first().map(|place| place.account);
    let same = places.iter().all(|place| Some(place.account) == first);
    require(same, "These messages are in several accounts, and a folder is in one")
}

fn in_trash_or_junk(model: &Model, places: &[Place]) -> Verdict {
    let fine = places.iter().all(|place| matches!(place_role(model, place), Some(Role::Trash | Role::Junk)));
    require(fine, "Only what is in Trash or Junk is deleted for ever; {delete} moves to Trash")
}

fn repeatable(model: &Model) -> Verdict {
    match &model.last_action {
        None => no("There is no action to repeat"),
        Some(Action::Move(to) | Action::Copy(to)) => {
            let places = scope(model);
            let Some(target) = folder(model, *to) else { return no("That folder is gone") };
            require(places.iter().all(|place| place.account == target.account), "That folder is in another account")
        }
        Some(Action::Archive) => movable(model, Role::Archive),
        Some(Action::Trash) => movable(model, Role::Trash),
        Some(Action::DeleteForever) => no("Deleting for ever is not repeated: {delete-for-ever} asks again"),
        Some(
            Action::Flag(_)
            | Action::Junk
            | Action::NotJunk
            | Action::Mute
            | Action::Unmute
            | Action::Snooze { .. }
            | Action::BringBack(_)
            | Action::CreateFolder { .. }
            | Action::RenameFolder { .. }
            | Action::DeleteFolder { .. },
        ) => Ok(()),
    }
}

fn role(model: &Model, role: Role) -> Verdict {
    match current_account(model) {
        Some(account) if role_folder(model, account, role).is_some() => Ok(()),
        Some(account) => no(&format!("{} has no {} folder", account_name(model, account), role.as_str())),
        None => no("There is no account"),
    }
}

fn account(model: &Model, number: u8) -> Verdict {
    let Some(view) = model.accounts.get(usize::from(number).wrapping_sub(1)) else {
        return no(&format!("There is no account {number}"));
    };
    require(role_folder(model, view.id, Role::Inbox).is_some(), "The inbox of this account is not known yet")
}

fn own_folder(model: &Model) -> Verdict {
    writing(model)?;
    require(
        current_folder(model).is_some_and(|row| row.role.is_none()),
        "A folder that the account needs stays as it is",
    )
}
