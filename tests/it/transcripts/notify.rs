//! NOTIFY (RFC 5465).

use std::future::pending;
use std::time::Duration;

use posthaste::imap::session::{IdleEnd, Unsolicited};
use rstest::rstest;

use super::{kind, opened, signed_in};

const LONGEST: Duration = Duration::from_mins(25);
const FULL: &str = "C: NOTIFY SET STATUS (selected-delayed (MessageNew MessageExpunge FlagChange)) \
    (personal (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange))";
const LESS: &str = "C: NOTIFY SET STATUS (selected-delayed (MessageNew MessageExpunge FlagChange)) \
    (personal (MessageNew MessageExpunge FlagChange))";

/// What happens in other folders ends IDLE and is told with the folder's raw name; so is a folder that came, and the
/// end of all telling.
#[rstest]
#[case("* STATUS \"Entw&APw-rfe\" (MESSAGES 4 UIDNEXT 9 UNSEEN 2)")]
#[case("* LIST () \"/\" \"Entw&APw-rfe\"")]
#[case("* OK [NOTIFICATIONOVERFLOW] too much")]
#[tokio::test(start_paused = true)]
async fn other_folders_end_idle(#[case] line: &str) {
    let transcript = format!("{FULL}\nS: $ OK done\nC: IDLE\nS: + idling\nS: {line}\nC* DONE\nS: $2 OK done");
    let (mut session, _server) = opened("NOTIFY IDLE", &transcript).await;
    assert!(session.notify_all().await.unwrap());
    session.take_unsolicited();
    assert_eq!(session.idle(pending(), LONGEST).await.unwrap(), IdleEnd::Changed);
    let told = session.take_unsolicited();
    match told.as_slice() {
        [Unsolicited::Status { raw, status }] => {
            assert_eq!((raw.as_str(), status.messages, status.unseen), ("Entw&APw-rfe", Some(4), Some(2)));
        }
        [Unsolicited::List { raw }] => assert_eq!(raw, "Entw&APw-rfe"),
        [Unsolicited::NotifyOverflow] => assert!(line.contains("OVERFLOW")),
        other => panic!("{other:?}"),
    }
}

/// The counts that come with the registration are kept: what changed since the list was asked for is in them.
#[tokio::test]
async fn the_first_counts_are_kept() {
    let transcript = format!("{FULL}\nS: * STATUS Archive (MESSAGES 1 UIDVALIDITY 5)\nS: $ OK done");
    let (mut session, _server) = signed_in("NOTIFY", &transcript).await;
    assert!(session.notify_all().await.unwrap());
    assert!(matches!(session.take_unsolicited().as_slice(), [Unsolicited::Status { raw, .. }] if raw == "Archive"));
}

/// A refusal, BAD included, leaves a session that works; an event that the server does not know is left out.
#[rstest]
#[case(&format!("{FULL}\nS: $ NO [BADEVENT (MessageNew FlagChange)] no\n{LESS}\nS: $ OK done"), true)]
#[case(&format!("{FULL}\nS: $ NO [BADEVENT (MessageNew FlagChange)] no\n{LESS}\nS: $ NO [BADEVENT (FlagChange)] no"), false)]
#[case(&format!("{FULL}\nS: $ NO [NOTIFICATIONOVERFLOW] no"), false)]
#[case(&format!("{FULL}\nS: $ BAD what?"), false)]
#[tokio::test]
async fn may_be_refused(#[case] transcript: &str, #[case] expected: bool) {
    let (mut session, _server) = signed_in("NOTIFY", &format!("{transcript}\nC: NOOP\nS: $ OK done")).await;
    assert_eq!(session.notify_all().await.unwrap(), expected);
    session.noop().await.unwrap();
}

/// Nothing is sent where it is not offered; an end of the connection is one.
#[tokio::test]
async fn is_not_sent_unoffered_and_its_loss_is_told() {
    let (mut session, _server) = signed_in("", "C: NOOP\nS: $ OK done").await;
    assert!(!session.notify_all().await.unwrap());
    session.noop().await.unwrap();
    let (mut session, _server) = signed_in("NOTIFY", &format!("{FULL}\nEOF")).await;
    assert_eq!(kind(&session.notify_all().await.unwrap_err()), "closed");
}
