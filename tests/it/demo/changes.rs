//! The embedded server's quick resynchronisation (RFC 7162), NOTIFY (RFC 5465) and COMPRESS (RFC 4978).

use posthaste::deflate::Deflated;
use posthaste::demo::mailbox::Change;
use posthaste::demo::server::Options;
use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{bench, lines, mail, seen};
use posthaste::mail::UnixTime;
use posthaste::mail::flags::Flags;

/// HIGHESTMODSEQ goes up with each change, and comes with SELECT, STATUS and LIST; FETCH tells and compares MODSEQ.
#[test]
fn changes_are_counted() {
    let bench = bench(Options::default());
    let mut client = bench.client();
    let answer = client.command("SELECT INBOX (CONDSTORE)").ok();
    answer.line("* OK [HIGHESTMODSEQ 4]");
    client.command("STATUS Archive (HIGHESTMODSEQ)").ok().line("* STATUS \"Archive\" (HIGHESTMODSEQ 1)");
    client.command("LIST \"\" INBOX RETURN (STATUS (HIGHESTMODSEQ))").ok().line("(HIGHESTMODSEQ 4)");
    client.command("UID STORE 2 +FLAGS.SILENT (\\Seen)").ok().line("* 2 FETCH (UID 2 MODSEQ (5))");
    let told = client.command("UID FETCH 1:* (FLAGS) (CHANGEDSINCE 4)").ok();
    assert_eq!(lines(&told), ["* 2 FETCH (UID 2 FLAGS (\\Seen) MODSEQ (5))"]);
    client.command("UID STORE 2 +FLAGS.SILENT (\\Seen)").ok().line("MODSEQ (5)");
    assert!(client.command("UID STORE 2 (UNCHANGEDSINCE 4) +FLAGS (\\Flagged)").status.starts_with("BAD"));
    assert_eq!(lines(&client.command("UID SEARCH MODSEQ 5").ok()), ["* SEARCH 2"]);
    bench.world.count_changes("dana", "INBOX", false);
    client.command("SELECT INBOX").ok().line("* OK [NOMODSEQ]");
}

/// After ENABLE QRESYNC what is gone is told by UID, the selected mailbox is closed with a word, and SELECT tells what
/// changed since then: not to a client that knew other UIDs.
#[test]
fn select_tells_what_changed() {
    let bench = bench(Options::default());
    let mut client = bench.client();
    assert!(client.command("SELECT INBOX (QRESYNC (1 1))").status.starts_with("BAD"));
    client.command("ENABLE QRESYNC CONDSTORE X-NONE").ok().line("* ENABLED QRESYNC CONDSTORE");
    client.command("SELECT INBOX").ok();
    bench.world.store("dana", "INBOX", 3, Change::Add, &seen());
    bench.world.remove("dana", "INBOX", &[1]);
    let told = client.command("NOOP").ok();
    assert_eq!(lines(&told), ["* VANISHED 1", "* 2 FETCH (UID 3 FLAGS (\\Seen) MODSEQ (5))"]);
    let validity = bench.world.uid_validity("dana", "INBOX").unwrap();
    let told = client.command(&format!("SELECT INBOX (QRESYNC ({validity} 4))")).ok();
    told.line("* OK [CLOSED]");
    told.line("* VANISHED (EARLIER) 1");
    told.line("* 2 FETCH (UID 3 FLAGS (\\Seen) MODSEQ (5))");
    let told = client.command(&format!("SELECT INBOX (QRESYNC ({validity} 5 2:3))")).ok();
    assert!(!told.lines.iter().any(|line| line.contains("VANISHED") || line.contains("FETCH")), "{told:?}");
    let told = client.command(&format!("SELECT INBOX (QRESYNC ({} 1))", validity + 1)).ok();
    assert!(!told.lines.iter().any(|line| line.contains("VANISHED") || line.contains("FETCH")), "{told:?}");
    client.command("STORE 1 +FLAGS (\\Deleted)").ok();
    let done = client.command("EXPUNGE").ok();
    done.line("* VANISHED 2");
    assert!(done.status.starts_with("OK [HIGHESTMODSEQ 8]"), "{}", done.status);
}

/// Without CONDSTORE and QRESYNC nothing of it is there.
#[rstest]
#[case("SELECT INBOX (CONDSTORE)")]
#[case("STATUS INBOX (HIGHESTMODSEQ)")]
#[case("UID FETCH 1:* (FLAGS MODSEQ)")]
#[case("UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1)")]
#[case("NOTIFY NONE")]
#[case("COMPRESS DEFLATE")]
fn what_is_not_offered_is_not_there(#[case] command: &str) {
    let missing = ["CONDSTORE", "QRESYNC", "NOTIFY", "COMPRESS=DEFLATE"];
    let bench = bench(missing.iter().fold(Options::default(), |options, name| options.without(name)));
    let mut client = bench.client();
    assert_eq!(lines(&client.command("ENABLE QRESYNC CONDSTORE").ok()), ["* ENABLED"]);
    let told = client.command("SELECT INBOX").ok();
    assert!(!told.lines.iter().any(|line| line.contains("MODSEQ")), "{told:?}");
    assert!(client.command(command).status.starts_with("BAD"));
}

/// NOTIFY: the counts of every other mailbox at once, and later of those that change; names too.
#[test]
fn other_mailboxes_are_told_of() {
    let bench = bench(Options::default());
    let mut client = bench.client();
    client.command("SELECT INBOX").ok();
    let events = "(MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange)";
    let set = format!("NOTIFY SET STATUS (selected-delayed (MessageNew MessageExpunge)) (personal {events})");
    let told = client.command(&set).ok();
    assert_eq!(told.lines.len(), 1, "{told:?}");
    told.line("* STATUS \"Archive\" (MESSAGES 0 UIDNEXT 1 ");
    bench.world.deliver("dana", "Archive", &mail("late"), Flags::default(), UnixTime(1_700_000_000));
    bench.world.deliver("dana", "INBOX", &mail("here"), Flags::default(), UnixTime(1_700_000_000));
    bench.world.add_folder("dana", "Fresh", None);
    let told = client.command("NOOP").ok();
    told.line("* STATUS \"Archive\" (MESSAGES 1 UIDNEXT 2 ");
    told.line("* LIST (\\Subscribed) \"/\" \"Fresh\"");
    told.line("* 4 EXISTS");
    assert!(!told.lines.iter().any(|line| line.starts_with("* STATUS \"INBOX\"")), "{told:?}");
    bench.world.delete("dana", "Fresh").unwrap();
    client.command("NOOP").ok().line("* LIST (\\NonExistent) \"/\" \"Fresh\"");
    let wrong = client.command("NOTIFY SET (personal (MessageNew AnnotationChange))");
    assert!(wrong.status.starts_with("NO [BADEVENT"), "{}", wrong.status);
    client.command("NOTIFY NONE").ok();
    bench.world.deliver("dana", "Archive", &mail("later"), Flags::default(), UnixTime(1_700_000_000));
    assert!(client.command("NOOP").ok().lines.is_empty());
}

/// COMPRESS: all that follows the OK is deflated, in both directions; a second one is refused.
#[test]
fn what_follows_compress_is_deflated() {
    async fn answer(stream: &mut (impl AsyncReadExt + AsyncWriteExt + Unpin), command: &str) -> String {
        stream.write_all(format!("a {command}\r\n").as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        let mut heard = Vec::new();
        while !heard.ends_with(b"\r\n") || !String::from_utf8_lossy(&heard).lines().any(|line| line.starts_with("a ")) {
            heard.push(stream.read_u8().await.unwrap());
        }
        String::from_utf8(heard).unwrap()
    }
    let bench = bench(Options::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut plain = tokio::net::TcpStream::connect(bench.server.addr).await.unwrap();
        assert!(answer(&mut plain, "LOGIN dana secret").await.contains("COMPRESS=DEFLATE"));
        assert!(answer(&mut plain, "COMPRESS DEFLATE").await.starts_with("a OK"));
        let mut stream = Deflated::new(plain, Vec::new());
        assert!(answer(&mut stream, "SELECT INBOX").await.contains("* 3 EXISTS"));
        assert!(answer(&mut stream, "COMPRESS DEFLATE").await.contains("a NO [COMPRESSIONACTIVE]"));
        assert!(answer(&mut stream, "UID FETCH 1:3 (BODY.PEEK[])").await.contains("body of three"));
    });
}
