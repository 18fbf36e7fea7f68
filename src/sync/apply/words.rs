//! Actions in words, for the toast and the tasks screen.

use crate::mail::flags::{FLAGGED, Flag, FlagChange, SEEN};
use crate::mail::labels;
use crate::mail::marks::Mark;
use crate::protocol::Action;

/// What an action did, in a few words: "Archived 3 messages".
pub fn summary(action: &Action, count: usize, target: Option<&str>) -> String {
    let messages = match count {
        1 => "1 message".to_owned(),
        n => format!("{n} messages"),
    };
    let target = target.unwrap_or("a folder");
    match action {
        Action::Flag(change) => flagged(change, &messages),
        Action::Move(_) => format!("Moved {messages} to {target}"),
        Action::Copy(_) => format!("Copied {messages} to {target}"),
        Action::Archive => format!("Archived {messages}"),
        Action::Trash => format!("Moved {messages} to Trash"),
        Action::Junk => format!("Moved {messages} to Junk"),
        Action::NotJunk => format!("Moved {messages} back to the inbox"),
        Action::Mute => format!("Muted {messages}"),
        Action::Unmute => format!("Unmuted {messages}"),
        Action::Snooze { words, .. } => format!("Snoozed {messages} until {words}"),
        Action::BringBack(_) => format!("Brought {messages} back"),
        Action::DeleteForever => format!("Deleted {messages} for ever"),
        Action::CreateFolder { path, .. } => format!("Created folder {path}"),
        Action::RenameFolder { path, .. } => format!("Renamed folder to {path}"),
        Action::DeleteFolder { .. } => "Deleted folder".to_owned(),
    }
}

fn flagged(change: &FlagChange, messages: &str) -> String {
    match (change.add.as_slice(), change.remove.as_slice()) {
        ([Flag::System(SEEN)], []) => format!("Marked {messages} as read"),
        ([], [Flag::System(SEEN)]) => format!("Marked {messages} as unread"),
        ([Flag::System(FLAGGED)], []) => format!("Starred {messages}"),
        ([], [Flag::System(FLAGGED)]) => format!("Unstarred {messages}"),
        ([flag], []) if Mark::ReplyLater.flag().as_ref() == Some(flag) => {
            format!("Put {messages} on the reply-later list")
        }
        ([], [flag]) if Mark::ReplyLater.flag().as_ref() == Some(flag) => {
            format!("Took {messages} off the reply-later list")
        }
        ([flag], []) if Mark::Pinned.flag().as_ref() == Some(flag) => format!("Pinned {messages}"),
        ([], [flag]) if Mark::Pinned.flag().as_ref() == Some(flag) => format!("Unpinned {messages}"),
        ([Flag::Keyword(word)], []) => format!("Labelled {messages} {}", labels::decode(word.as_str())),
        ([], [Flag::Keyword(word)]) => format!("Removed {} from {messages}", labels::decode(word.as_str())),
        (add, remove) => {
            let keyword = |flag: &Flag| matches!(flag, Flag::Keyword(_));
            let what = if add.iter().chain(remove).all(keyword) { "Labelled" } else { "Flagged" };
            let set = add.iter().map(|flag| format!("+{}", labels::decode(&flag.to_string())));
            let cleared = remove.iter().map(|flag| format!("-{}", labels::decode(&flag.to_string())));
            format!("{what} {messages}: {}", set.chain(cleared).collect::<Vec<_>>().join(" "))
        }
    }
}
