//! What the pickers offer: folders, links and attachments, themes.

use super::super::{parts, reader, triage};
use crate::app::model::{Body, FolderPurpose, Model, Picker};
use crate::app::pick::hits;
use crate::app::reading::link_words;
use crate::app::work::LinkUse;
use crate::mail::rights::Rights;
use crate::mail::{AccountId, FolderId};

/// The folders that can be picked for this, by their places, and those that were picked lately.
pub(in crate::app) fn folder_entries(model: &Model, purpose: &FolderPurpose) -> (Vec<(usize, String)>, Vec<usize>) {
    let (account, from) = match purpose {
        FolderPurpose::Go => (None, None),
        FolderPurpose::Move(messages) | FolderPurpose::Copy(messages) => {
            let rows = triage::rows_of(model, messages);
            let first = rows.first().map(|row| row.folder);
            let same = rows.iter().all(|row| Some(row.folder) == first);
            (rows.first().map(|row| row.account), first.filter(|_| same))
        }
    };
    let several = account.is_none() && model.accounts.len() > 1;
    let offered = |id: FolderId, owner: AccountId| account.is_none_or(|account| account == owner) && from != Some(id);
    let rows = model.folders.rows.iter().enumerate();
    let entries: Vec<_> = rows
        .filter(|(_, row)| row.selectable && offered(row.id, row.account))
        .filter(|(_, row)| account.is_none() || row.rights.holds(Rights::INSERT))
        .map(|(index, row)| {
            let label = if row.depth == 0 { &row.label } else { &row.path };
            let name = crate::app::cursor::account_name(model, row.account);
            (index, if several { format!("{name} {label}") } else { label.to_string() })
        })
        .collect();
    let place = |id: &FolderId| model.folders.rows.iter().position(|row| row.id == *id);
    (entries, model.work.recent_folders.iter().filter_map(place).collect())
}

/// Why the folder that was meant cannot be picked; `None` where nothing is called like that.
pub fn why_no_folder(model: &Model, purpose: &FolderPurpose, picker: &Picker) -> Option<String> {
    let (FolderPurpose::Move(messages) | FolderPurpose::Copy(messages)) = purpose else { return None };
    let paths = model.folders.rows.iter().map(|row| row.path.to_string()).enumerate();
    let best = hits(&picker.text, paths).into_iter().next()?;
    let folder = model.folders.rows.get(best).filter(|_| !picker.text.trim().is_empty())?;
    let rows = triage::rows_of(model, messages);
    let name = &folder.path;
    Some(if rows.iter().any(|row| row.account != folder.account) {
        format!("{name} is a folder of another account")
    } else if !folder.selectable {
        format!("{name} takes no messages")
    } else if !folder.rights.holds(Rights::INSERT) {
        format!("{name} is read only")
    } else if messages.len() == 1 {
        format!("It is in {name} already")
    } else {
        format!("They are in {name} already")
    })
}

pub(super) fn link_entries(model: &Model) -> Vec<(usize, String)> {
    let Body::Ready(laid) = &model.reader.body else { return Vec::new() };
    let document = &laid.document;
    let offered = parts::offered(document, model.work.link_use).into_iter();
    let words = link_words(laid);
    offered.map(|index| (index, parts::link_entry(document, &words, index))).collect()
}

/// The numbers that the text shows are exact: who types one means that link.
pub(super) fn numbered_first(model: &Model, typed: &str, hits: &mut Vec<usize>) {
    let Some(document) = reader::document(model) else { return };
    let links = matches!(model.work.link_use, LinkUse::Open | LinkUse::Copy);
    let mut first = if links { parts::numbered(document, typed) } else { Vec::new() };
    hits.retain(|hit| !first.contains(hit));
    first.append(hits);
    *hits = first;
}

pub(super) fn theme_entries(model: &Model) -> Vec<(usize, String)> {
    model.look.themes.iter().enumerate().map(|(index, row)| (index, row.label.to_string())).collect()
}
