//! `folders` and `list`: what the cache holds, a line each.

use std::sync::Arc;

use serde::Serialize;

use super::Failure;
use super::args::{InAccount, List};
use super::context::{Context, chosen};
use super::exit::Code;
use super::files::{self, Files};
use super::output::Format;
use super::search;
use crate::mail::list::Source;
use crate::mail::message::{Address, MessageRow};
use crate::mail::{FolderId, UnixTime};
use crate::store::Detail;

/// A folder, as JSON.
#[derive(Serialize)]
struct FolderJson<'f> {
    account: &'f str,
    name: &'f str,
    role: Option<&'static str>,
    messages: u64,
    unread: u64,
}

/// Prints the folders.
pub(super) fn folders(context: &mut Context<'_>, wanted: &InAccount) -> Result<Code, Failure> {
    let config = context.config()?;
    let accounts = chosen(&config, wanted.account.as_deref())?;
    let files = Files::open(context, &config)?;
    files::note_cached(context);
    let mut rows = Vec::new();
    for account in accounts {
        let Some(id) = files.account(&account.name) else { continue };
        let of_account = files.folders.iter().filter(|row| row.account == id && row.selectable);
        rows.extend(of_account.map(|row| FolderJson {
            account: &account.name,
            name: row.path.as_str(),
            role: row.role.map(crate::mail::folder::Role::as_str),
            messages: row.messages,
            unread: row.unread,
        }));
    }
    match context.out.format() {
        Format::Json => context.out.json(&rows)?,
        Format::Text => {
            for row in &rows {
                let counts = format!("{} unread of {}", row.unread, row.messages);
                context.out.fields([row.account, row.name, row.role.unwrap_or("-"), counts.as_str()])?;
            }
        }
    }
    Ok(Code::Done)
}

/// An address, as JSON.
#[derive(Serialize)]
struct AddressJson<'m> {
    name: &'m str,
    address: &'m str,
}

/// A message, as JSON.
#[derive(Serialize)]
struct MessageJson<'m> {
    id: i64,
    account: &'m str,
    folder: &'m str,
    uid: Option<u32>,
    message_id: Option<&'m str>,
    date: String,
    from: Vec<AddressJson<'m>>,
    to: Vec<AddressJson<'m>>,
    subject: &'m str,
    flags: Vec<String>,
    size: u64,
    pending: bool,
}

/// Prints messages, newest first.
pub(super) fn messages(context: &mut Context<'_>, wanted: &List) -> Result<Code, Failure> {
    let config = context.config()?;
    let files = Files::open(context, &config)?;
    let sources = sources(&files, &config, wanted)?;
    files::note_cached(context);
    let query = wanted.query.as_deref().map(search::read).transpose()?.map(Arc::new);
    let mut found = Vec::new();
    for source in sources {
        found.extend(match &query {
            Some(query) => search::list_found(&files, query, Some(source), wanted.limit, Default::default())?,
            None => files.reader.list(source, wanted.limit)?,
        });
    }
    found.retain(|detail| files.account_name(detail.row.account).is_some());
    found.sort_by_key(|detail| std::cmp::Reverse(detail.row.key()));
    found.truncate(usize::try_from(wanted.limit).unwrap_or(usize::MAX));
    print(context, &files, &found)?;
    Ok(Code::Done)
}

/// Prints messages in this order.
pub(super) fn print(context: &mut Context<'_>, files: &Files, found: &[Detail]) -> Result<(), Failure> {
    match context.out.format() {
        Format::Json => {
            let json: Vec<MessageJson<'_>> = found.iter().map(|detail| json(files, detail)).collect();
            context.out.json(&json)?;
        }
        Format::Text => {
            for detail in found {
                let row = &detail.row;
                context.out.fields([
                    row.id.0.to_string().as_str(),
                    local_time(row.received).as_str(),
                    &format!("{}/{}", files.account_name(row.account).unwrap_or("-"), files.path(row.folder)),
                    &marks(row),
                    row.from.as_str(),
                    row.subject.as_str(),
                ])?;
            }
        }
    }
    Ok(())
}

/// The folders that `-a` and `-f` name.
fn sources(files: &Files, config: &crate::config::Config, wanted: &List) -> Result<Vec<Source>, Failure> {
    let accounts = chosen(config, wanted.account.as_deref())?;
    if wanted.folder.eq_ignore_ascii_case("starred") && wanted.account.is_none() {
        return Ok(vec![Source::Starred]);
    }
    let ids = accounts.iter().filter_map(|account| files.account(&account.name));
    let found: Vec<FolderId> = ids.filter_map(|id| files.folder_named(id, &wanted.folder)).collect();
    if found.is_empty() && !wanted.folder.eq_ignore_ascii_case("inbox") {
        let known = files.folders.iter().map(|row| row.path.as_str());
        return Err(Failure::Usage(files::no_folder(&wanted.folder, known)));
    }
    Ok(found.into_iter().map(Source::Folder).collect())
}

/// Flags in words, for people and screen readers.
fn marks(row: &MessageRow) -> String {
    let mut marks: Vec<String> = Vec::new();
    if !row.flags.seen() {
        marks.push("unread".to_owned());
    }
    if row.flags.flagged() {
        marks.push("starred".to_owned());
    }
    if row.flags.system & crate::mail::flags::ANSWERED != 0 {
        marks.push("answered".to_owned());
    }
    marks.extend(row.flags.keywords.iter().map(|keyword| keyword.as_str().to_owned()));
    if row.attachments {
        marks.push("attachment".to_owned());
    }
    if row.pending {
        marks.push("pending".to_owned());
    }
    if marks.is_empty() { "-".to_owned() } else { marks.join(",") }
}

fn json<'m>(files: &'m Files, detail: &'m Detail) -> MessageJson<'m> {
    let row = &detail.row;
    // A UID means something in the server's folder alone: not while a move waits.
    let uid = detail.uid.filter(|_| detail.folder == row.folder).map(|uid| uid.0);
    MessageJson {
        id: row.id.0,
        account: files.account_name(row.account).unwrap_or_default(),
        folder: files.path(row.folder),
        uid,
        message_id: Some(detail.envelope.message_id.as_str()).filter(|id| !id.is_empty()),
        date: rfc3339(row.received),
        from: addresses(&detail.envelope.from),
        to: addresses(&detail.envelope.to),
        subject: &detail.envelope.subject,
        flags: row.flags.iter().map(|flag| flag.to_string()).collect(),
        size: row.size,
        pending: row.pending,
    }
}

fn addresses(list: &[Address]) -> Vec<AddressJson<'_>> {
    list.iter().map(|address| AddressJson { name: &address.name, address: &address.address }).collect()
}

/// RFC 3339 in UTC.
pub(super) fn rfc3339(time: UnixTime) -> String {
    jiff::Timestamp::from_second(time.0).unwrap_or_default().to_string()
}

/// Day and minute here.
pub(super) fn local_time(time: UnixTime) -> String {
    let zoned = jiff::Timestamp::from_second(time.0).unwrap_or_default().to_zoned(jiff::tz::TimeZone::system());
    zoned.strftime("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests;
