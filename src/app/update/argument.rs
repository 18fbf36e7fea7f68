//! Actions that are told something: the folder of `move Work/Done`, the words of `search ada`.
//!
//! What can be told is declared in the table of actions; here it is looked up and done.

use super::{Effects, accounts, act, compose, count, list, overlay, palette, search, snooze, tag, toast, triage};
use crate::app::accounts::Change;
use crate::app::action::Id;
use crate::app::action::argument::Argument;
use crate::app::action::available::available;
use crate::app::compose::Tool;
use crate::app::cursor::{current_account, ids, role_folder, targets};
use crate::app::model::{FolderPurpose, Layout, Model};
use crate::app::msg::Effect;
use crate::app::pick::hits;
use crate::mail::FolderId;
use crate::mail::flags::{FLAGGED, SEEN};
use crate::mail::folder::Role;
use crate::mail::list::Source;
use crate::protocol::Action;
use crate::safe_text::SafeText;

/// What there is to choose from, as it is written: folders, accounts, names. Empty where any text is taken.
pub(crate) fn offers(model: &Model, id: Id) -> Vec<String> {
    match id.entry().argument {
        Argument::Folder => folders(model, id).into_iter().map(|(_, name)| name).collect(),
        Argument::Account => model.accounts.iter().map(|account| account.name.to_string()).collect(),
        Argument::AnyAccount => accounts::removable(model),
        Argument::Disabled => model.shelved.disabled.clone(),
        Argument::Saved => model.search.saved.iter().map(|saved| saved.name.clone()).collect(),
        Argument::Template => model.letters.habits.templates.keys().cloned().collect(),
        Argument::Words(_, words) => words.iter().map(ToString::to_string).collect(),
        Argument::None | Argument::Keywords | Argument::Query | Argument::Time | Argument::Text(_) => Vec::new(),
    }
}

/// The folders that the action can be told, as the folder picker offers them.
#[expect(clippy::wildcard_enum_match_arm, reason = "of all actions a few are about folders")]
fn folders(model: &Model, id: Id) -> Vec<(FolderId, String)> {
    let purpose = match id {
        Id::Move => FolderPurpose::Move(ids(targets(model))),
        Id::Copy => FolderPurpose::Copy(ids(targets(model))),
        _ => FolderPurpose::Go,
    };
    let (mut entries, recent) = overlay::entries::folder_entries(model, &purpose);
    // The latest first, as in the picker.
    entries.sort_by_key(|(at, _)| recent.iter().position(|other| other == at).unwrap_or(usize::MAX));
    entries.into_iter().filter_map(|(at, name)| Some((model.folders.rows.get(at)?.id, name))).collect()
}

/// The place of what is meant among the offers: the whole name, else the end of one, else the only one that the text hits.
fn meant(offers: &[String], text: &str, what: &str) -> Result<usize, SafeText> {
    let same = |offer: &String| offer.eq_ignore_ascii_case(text);
    let ends = |offer: &String| offer.rsplit(['/', ' ']).next().is_some_and(|last| last.eq_ignore_ascii_case(text));
    let mut likely = offers.iter().enumerate().filter(|(_, offer)| ends(offer)).map(|(place, _)| place);
    if let Some(place) = offers.iter().position(same) {
        return Ok(place);
    }
    if let (Some(place), None) = (likely.next(), likely.next()) {
        return Ok(place);
    }
    let found = hits(text, offers.iter().cloned().enumerate());
    let name = |place: &usize| offers.get(*place).map_or("", String::as_str);
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(SafeText::new(&format!("There is no {what} \"{text}\" here"))),
        [first, second, ..] => Err(SafeText::new(&format!(
            "\"{text}\" could be {}, {} or another of {}: say more",
            name(first),
            name(second),
            found.len()
        ))),
    }
}

fn folder(model: &Model, id: Id, text: &str) -> Result<FolderId, SafeText> {
    let folders = folders(model, id);
    // A name that several accounts have is that of the account where one is.
    let here = current_account(model);
    let own = |(folder, name): &(FolderId, String)| {
        let row = model.folders.rows.iter().find(|row| row.id == *folder);
        row.is_some_and(|row| Some(row.account) == here && row.path.as_str().eq_ignore_ascii_case(text))
            || name.eq_ignore_ascii_case(text)
    };
    if let Some((folder, _)) = folders.iter().find(|entry| own(entry)) {
        return Ok(*folder);
    }
    let names: Vec<String> = folders.iter().map(|(_, name)| name.clone()).collect();
    let place = meant(&names, text, "folder")?;
    folders.get(place).map(|(id, _)| *id).ok_or_else(|| SafeText::new("The folder is gone"))
}

/// Whether the action can be told this; no text is enough only where any is taken.
///
/// # Errors
/// Why not, in a sentence.
pub(crate) fn fits(model: &Model, id: Id, text: &str) -> Result<(), SafeText> {
    let argument = id.entry().argument;
    if text.is_empty() {
        return Err(SafeText::new(&format!("Type {}", argument.placeholder())));
    }
    match argument {
        Argument::Folder => folder(model, id, text).map(|_| ()),
        Argument::Account | Argument::Disabled | Argument::AnyAccount => {
            meant(&offers(model, id), text, "account").map(|_| ())
        }
        Argument::Saved => meant(&offers(model, id), text, "saved search").map(|_| ()),
        Argument::Template => meant(&offers(model, id), text, "template").map(|_| ()),
        Argument::Keywords => tag::change(model, &[], text).map(|_| ()),
        Argument::Query => search::check(model, text),
        Argument::Time => snooze::means(model, text).map(|_| ()),
        Argument::None | Argument::Words(..) | Argument::Text(_) => {
            argument.check(text).map_err(|reason| SafeText::new(&reason))
        }
    }
}

/// Runs the action with what it is told; says why it cannot be run. True when it was.
pub(crate) fn run(model: &mut Model, fx: &mut Effects, id: Id, text: &str) -> bool {
    let allowed = available(model, id).and_then(|()| count::enough(model));
    match allowed.and_then(|()| told(model, fx, id, text.trim())) {
        Ok(()) => true,
        Err(reason) => {
            toast::warn(model, fx, reason);
            false
        }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "of all actions a few are told something")]
fn told(model: &mut Model, fx: &mut Effects, id: Id, text: &str) -> Result<(), SafeText> {
    match id {
        Id::Move => triage::on_targets(model, fx, Action::Move(folder(model, id, text)?)),
        Id::Copy => triage::on_targets(model, fx, Action::Copy(folder(model, id, text)?)),
        Id::GoFolder => list::open_source(model, fx, Source::Folder(folder(model, id, text)?)),
        Id::Tag => triage::on_targets(model, fx, Action::Flag(tag::change(model, &ids(targets(model)), text)?)),
        Id::Snooze => snooze::until(model, fx, text)?,
        Id::Star => triage::switch(model, fx, FLAGGED, switch(text)?),
        Id::Unread => triage::switch(model, fx, SEEN, !switch(text)?),
        Id::Search | Id::Filter => search::run(model, fx, id == Id::Filter, text)?,
        Id::GoAccount => {
            let place = meant(&offers(model, id), text, "account")?;
            let account = model.accounts.get(place).map(|view| view.id);
            let inbox = account.and_then(|id| role_folder(model, id, Role::Inbox)).map(|row| row.id);
            let inbox = inbox.ok_or_else(|| SafeText::new("The inbox of this account is not known yet"))?;
            list::open_source(model, fx, Source::Folder(inbox));
        }
        Id::RemoveAccount => {
            let offers = offers(model, id);
            let place = meant(&offers, text, "account")?;
            accounts::ask_removal(model, offers.get(place).map_or("", String::as_str));
        }
        Id::DisableAccount | Id::EnableAccount => {
            let offers = offers(model, id);
            let name = offers.get(meant(&offers, text, "account")?).cloned().unwrap_or_default();
            let change = if id == Id::EnableAccount { Change::Enable(name) } else { Change::Disable(name) };
            fx.push(Effect::EditAccounts(change));
        }
        Id::GoSaved => {
            let place = meant(&offers(model, id), text, "saved search")?;
            if let Some(search) = model.search.saved.get(place).map(|saved| saved.id) {
                list::open_source(model, fx, Source::Search(search));
            }
        }
        Id::Tool(Tool::Template) => {
            let offers = offers(model, id);
            let name = offers.get(meant(&offers, text, "template")?).cloned().unwrap_or_default();
            compose::send::template(model, fx, &name);
        }
        Id::Layout => act::show_layout(model, fx, layout(text)?),
        _ => return Err(SafeText::new(&format!("{} takes nothing behind its name", id.entry().slug))),
    }
    Ok(())
}

fn switch(text: &str) -> Result<bool, SafeText> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(SafeText::new("Say on or off")),
    }
}

fn layout(text: &str) -> Result<Layout, SafeText> {
    match text {
        "auto" => Ok(Layout::Auto),
        "three" => Ok(Layout::ThreePanes),
        "stacked" => Ok(Layout::Stacked),
        "list" => Ok(Layout::ListOnly),
        "reader" => Ok(Layout::ReaderOnly),
        _ => Err(SafeText::new("A layout is auto, three, stacked, list or reader")),
    }
}

/// Asks for what the action must be told.
pub(crate) fn ask(model: &mut Model, id: Id) {
    palette::open_at(model, id);
}
