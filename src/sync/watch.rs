//! The connection that watches: IDLE on the inbox, with NOTIFY (RFC 5465) on every folder of one's own. It takes the
//! flags that are told, marks what else changed for the working connection and fetches nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::imap::session::{Mode as SelectMode, Session, Status, Unsolicited};
use crate::mail::flags::Flags;
use crate::mail::folder::Role;
use crate::mail::{Uid, UidValidity};
use crate::store::Heard;
use crate::sync::account::{Account, Trouble};
use crate::sync::desk::Urgency;
use crate::sync::listing::stale;

/// How long it stays in IDLE before it says a word (RFC 2177 allows 29 minutes; NATs do not).
const LONGEST: Duration = Duration::from_mins(4);

/// What was told between two words.
#[derive(Debug, Default)]
struct News {
    /// Something in the open folder, the inbox, that is to be asked for.
    inbox: bool,
    /// Flags of messages in the inbox, told with all that is needed to take them as they are.
    flags: Vec<(Uid, Flags, Option<u64>)>,
    /// Folders came or went, or it is not known what changed: all are to be listed and counted.
    list: bool,
    /// The server told more than it keeps, and tells nothing more until it is asked again.
    deaf: bool,
    /// Counts, by raw name.
    counts: Vec<(String, Status)>,
}

/// Watches until something fails.
pub(super) async fn run(account: &Account, mut session: Session) -> Result<(), Trouble> {
    let uid_validity = session.select("INBOX", SelectMode::ReadOnly).await?.uid_validity;
    let mut doubts = account.links.doubts();
    let notified = session.notify_all().await?;
    account.links.watch_begins(notified);
    // Whatever came between the last sync and now would be missed.
    tell(account, uid_validity, News { inbox: true, ..news(session.take_unsolicited()) }).await?;
    loop {
        account.links.calm().await;
        session.idle(doubts.next(), LONGEST).await?;
        let mut news = news(session.take_unsolicited());
        if session.labels_apart() && !news.flags.is_empty() {
            // Without the labels that belong to them.
            news.flags.clear();
            news.inbox = true;
        }
        if news.deaf {
            account.links.watch_begins(session.notify_all().await?);
        }
        tell(account, uid_validity, news).await?;
    }
}

fn news(told: Vec<Unsolicited>) -> News {
    let mut news = News::default();
    for one in told {
        match one {
            Unsolicited::Flags { uid: Some(uid), flags, modseq: Some(modseq), .. } => {
                news.flags.push((uid, flags, Some(modseq)));
            }
            Unsolicited::Exists(_)
            | Unsolicited::Expunge(_)
            | Unsolicited::Vanished { .. }
            | Unsolicited::Flags { .. }
            | Unsolicited::Overflow => news.inbox = true,
            Unsolicited::Status { raw, status } => news.counts.push((raw, status)),
            Unsolicited::List { .. } => news.list = true,
            Unsolicited::NotifyOverflow => (news.deaf, news.list) = (true, true),
            Unsolicited::Recent(_)
            | Unsolicited::Alert(_)
            | Unsolicited::Bye(_)
            | Unsolicited::Capability
            | Unsolicited::Other(_) => {}
        }
    }
    news
}

/// Writes the counts down and marks what the working connection is to look at.
async fn tell(account: &Account, uid_validity: UidValidity, news: News) -> Result<(), Trouble> {
    let News { inbox, flags, list, deaf: _, counts } = news;
    if !inbox && flags.is_empty() && !list && counts.is_empty() {
        return Ok(());
    }
    let id = account.id;
    let (dirty, unknown, shown) = account
        .on_desk(Urgency::Background, move |files| {
            let mut dirty = BTreeSet::new();
            let here = files.cache.reader().folder_by_role(id, Role::Inbox)?;
            let mut known = Vec::new();
            let mut unknown = inbox && here.is_none();
            let mut shown = None;
            if let Some(here) = here {
                let heard = if flags.is_empty() {
                    Heard { altered: 0, all: true }
                } else {
                    files.cache.hear_flags(here, uid_validity, &flags)?
                };
                shown = Some(here).filter(|_| heard.altered > 0);
                // What is asked for brings the flags too.
                dirty.extend(Some(here).filter(|_| inbox || !heard.all));
            }
            let reader = files.cache.reader();
            for (raw, status) in counts {
                match reader.folder_by_raw(id, &raw)? {
                    Some(folder) => known.push((folder, status)),
                    None => unknown = true,
                }
            }
            for (folder, status) in known {
                if let (Some(messages), Some(unread)) = (status.messages, status.unseen) {
                    files.cache.put_counts(folder, messages.into(), unread.into())?;
                }
                if stale(&files.cache.sync_state(folder)?, &status) {
                    dirty.insert(folder);
                }
            }
            Ok::<_, crate::store::Error>((dirty, unknown, shown))
        })
        .await?;
    if let Some(inbox) = shown {
        account.folder_changed(inbox);
    }
    if !dirty.is_empty() || list || unknown {
        account.want(|desires| {
            desires.dirty.extend(dirty);
            desires.refresh |= list || unknown;
        });
    }
    Ok(())
}
