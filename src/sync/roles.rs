//! What each folder is for: the config's word, else SPECIAL-USE (RFC 6154), else a well-known name. Pure.

use std::collections::BTreeMap;

use crate::config::FolderNames;
use crate::imap::session::Listed;
use crate::mail::folder::{Namespace, Role};

/// Names that providers and clients use for a role, in lower case, the commonest first.
const WELL_KNOWN: [(Role, &[&str]); 6] = [
    (Role::Drafts, &["drafts", "draft", "entwürfe", "brouillons", "borradores", "bozze"]),
    (Role::Sent, &["sent", "sent items", "sent mail", "sent messages", "gesendet", "gesendete objekte", "envoyés"]),
    (Role::Archive, &["archive", "archives", "archiv", "all mail"]),
    (Role::Junk, &["junk", "spam", "junk e-mail", "junk email", "bulk mail"]),
    (Role::Snoozed, &["snoozed"]),
    (Role::Trash, &["trash", "deleted items", "deleted messages", "papierkorb", "corbeille", "bin"]),
];

/// The role of each folder that has one, by raw name; no role twice.
pub fn assign(listed: &[Listed], names: &FolderNames) -> BTreeMap<String, Role> {
    let own = || listed.iter().filter(|one| one.namespace == Namespace::Personal && one.selectable);
    let mut roles: BTreeMap<String, Role> = BTreeMap::new();
    let mut taken: Vec<Role> = Vec::new();
    let mut give = |raw: &str, role: Role| {
        if !taken.contains(&role) && !roles.contains_key(raw) {
            roles.insert(raw.to_owned(), role);
            taken.push(role);
        }
    };
    if let Some(inbox) = own().find(|one| one.raw.eq_ignore_ascii_case("INBOX")) {
        give(&inbox.raw, Role::Inbox);
    }
    let configured = [
        (Role::Archive, &names.archive),
        (Role::Drafts, &names.drafts),
        (Role::Sent, &names.sent),
        (Role::Junk, &names.junk),
        (Role::Trash, &names.trash),
        (Role::Snoozed, &names.snoozed),
    ];
    for (role, name) in configured {
        let Some(name) = name else { continue };
        if let Some(one) = own().find(|one| one.name == *name || one.raw == *name || slashed(one) == *name) {
            give(&one.raw, role);
        }
    }
    for one in own() {
        if let Some(role) = one.special.filter(|role| *role != Role::Inbox) {
            give(&one.raw, role);
        }
    }
    for (role, words) in WELL_KNOWN {
        for word in words {
            if let Some(one) = own().find(|one| bare(&one.name, one.delimiter).to_lowercase() == *word) {
                give(&one.raw, role);
            }
        }
    }
    roles
}

/// The role that a folder of this name, decoded, has where nothing else is said.
pub fn by_name(name: &str, delimiter: Option<char>) -> Option<Role> {
    let name = bare(name, delimiter).to_lowercase();
    WELL_KNOWN.iter().find(|(_, words)| words.contains(&name.as_str())).map(|(role, _)| *role)
}

/// The name with `/` between its parts.
fn slashed(one: &Listed) -> String {
    one.delimiter.map_or_else(|| one.name.clone(), |delimiter| one.name.replace(delimiter, "/"))
}

/// The name without an `INBOX.` prefix: some servers keep every folder below the inbox.
fn bare(name: &str, delimiter: Option<char>) -> &str {
    match delimiter.and_then(|delimiter| name.split_once(delimiter)) {
        Some((root, rest)) if root.eq_ignore_ascii_case("INBOX") => rest,
        Some(_) | None => name,
    }
}
