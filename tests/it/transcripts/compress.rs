//! COMPRESS=DEFLATE (RFC 4978): when it is asked for, where it begins, and what a server can do with it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use posthaste::deflate::Deflated;
use posthaste::imap::connect::greet;
use posthaste::imap::session::{Mode, Session};
use posthaste::imap::trace::Trace;
use posthaste::sasl::Wanted;
use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::task::JoinHandle;

use super::{kind, uids};
use crate::support::script::script;

const OFFERED: &str = "IMAP4rev1 LIST-EXTENDED COMPRESS=DEFLATE";
const LIST: &str = "C: LIST \"\" \"*\" RETURN (SUBSCRIBED)";

/// A session that wants to compress, on a server that says this.
async fn wanting(transcript: &str) -> (Session, JoinHandle<String>) {
    let text =
        format!("S: * OK [CAPABILITY IMAP4rev1] hello\nC* LOGIN\nS: $ OK [CAPABILITY {OFFERED}] in\n--\n{transcript}");
    let (stream, server) = script(&text);
    let greeted = greet(stream, "mail.example.org", &Trace::default()).await.unwrap().compressed(true);
    (greeted.login("ada", &"secret".into(), Wanted::Automatic).await.unwrap(), server)
}

/// COMPRESS goes out with LIST, before either is answered, so that it costs no turn; a NO or a BAD changes nothing, and
/// it is not asked for again.
#[rstest]
#[case("NO not now")]
#[case("NO [COMPRESSIONACTIVE] it is")]
#[case("BAD what?")]
#[tokio::test]
async fn may_be_refused(#[case] answer: &str) {
    let (mut session, _server) = wanting(&format!(
        "{LIST}\nC: COMPRESS DEFLATE\nS: * LIST () \"/\" a\nS: $1 OK listed\nS: $2 {answer}\n\
         {LIST}\nS: * LIST () \"/\" b\nS: $ OK listed\nC: NOOP\nS: $ OK done"
    ))
    .await;
    for name in ["a", "b"] {
        assert_eq!(session.list().await.unwrap()[0].name, name);
    }
    session.compress().await.unwrap();
    session.noop().await.unwrap();
    assert_eq!(session.counters(), session.plain_counters());
}

/// A connection that lists nothing asks by itself, once; nothing is sent where it is not offered or not wanted.
#[tokio::test]
async fn is_asked_for_once_and_where_it_is_wanted() {
    let (mut session, _server) = wanting("C: COMPRESS DEFLATE\nS: $ BAD no\nC: NOOP\nS: $ OK done").await;
    session.compress().await.unwrap();
    session.compress().await.unwrap();
    session.noop().await.unwrap();
    for (capabilities, wanted) in [(OFFERED, false), ("IMAP4rev1 LIST-EXTENDED", true)] {
        let (stream, _server) = script(&format!(
            "S: * OK [CAPABILITY IMAP4rev1] hello\nC* LOGIN\nS: $ OK [CAPABILITY {capabilities}] in\n--\n\
             {LIST}\nS: $ OK listed\nC: NOOP\nS: $ OK done"
        ));
        let greeted = greet(stream, "mail.example.org", &Trace::default()).await.unwrap().compressed(wanted);
        let mut session = greeted.login("ada", &"secret".into(), Wanted::Automatic).await.unwrap();
        assert!(session.list().await.unwrap().is_empty());
        session.compress().await.unwrap();
        session.noop().await.unwrap();
    }
}

/// A server by hand: the stream, and what was read of it and not used.
struct Peer<S>(S);

impl<S: AsyncReadExt + AsyncWriteExt + Unpin> Peer<S> {
    /// The tag of the next command, which must be this one.
    async fn hear(&mut self, command: &str) -> String {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            line.push(self.0.read_u8().await.unwrap());
        }
        let line = String::from_utf8(line).unwrap();
        let (tag, rest) = line.trim_end().split_once(' ').unwrap();
        assert!(rest.starts_with(command), "{rest}");
        tag.to_owned()
    }

    async fn say(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
        self.0.flush().await.unwrap();
    }
}

/// The next line of what the client deflates, and the stream beneath: what is said goes on without a new stream.
async fn deflated_line(peer: Peer<DuplexStream>) -> (String, DuplexStream) {
    let mut heard = Deflated::new(peer.0, Vec::new());
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        line.push(heard.read_u8().await.unwrap());
    }
    (String::from_utf8(line).unwrap(), heard.into_inner())
}

/// These bytes, deflated as a stream of their own.
async fn deflated(pieces: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut stream = Deflated::new(std::io::Cursor::new(&mut bytes), Vec::new());
    for piece in pieces {
        stream.write_all(piece).await.unwrap();
        stream.flush().await.unwrap();
    }
    drop(stream);
    bytes
}

/// Signs in, and asks for compression; the server says OK, and these bytes in the same packet.
async fn compressing(trace: &Trace, after: Vec<u8>) -> (Session, JoinHandle<Peer<DuplexStream>>) {
    let (client, server) = tokio::io::duplex(8 << 20);
    let peer = tokio::spawn(async move {
        let mut peer = Peer(server);
        peer.say("* OK [CAPABILITY IMAP4rev1] hello\r\n").await;
        let tag = peer.hear("LOGIN").await;
        peer.say(&format!("{tag} OK [CAPABILITY {OFFERED}] in\r\n")).await;
        let tag = peer.hear("COMPRESS DEFLATE").await;
        peer.0.write_all(&[format!("{tag} OK active\r\n").into_bytes(), after].concat()).await.unwrap();
        peer
    });
    let greeted = greet(client, "mail.example.org", trace).await.unwrap().compressed(true);
    let mut session = greeted.login("ada", &"secret".into(), Wanted::Automatic).await.unwrap();
    session.compress().await.unwrap();
    (session, peer)
}

/// What follows the OK in the same packet is the beginning of the compressed stream, split wherever it likes; the trace
/// shows text, and the counters tell both sizes.
#[tokio::test]
async fn begins_with_the_byte_after_the_ok() {
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let sink = Arc::clone(&lines);
    let trace = Trace::to(Arc::new(move |line| sink.lock().unwrap().push(line.to_owned())), "w".to_owned());
    let news = "* 4 EXISTS\r\n".repeat(500);
    let after = deflated(&[news.as_bytes(), b"* OK [UIDVALI"]).await;
    let whole = deflated(&[news.as_bytes(), b"* OK [UIDVALI", b"DITY 7] x\r\n"]).await;
    let rest = whole[after.len()..].to_vec();
    let (mut session, peer) = compressing(&trace, after).await;
    let answering = async {
        let (line, mut stream) = deflated_line(peer.await.unwrap()).await;
        assert!(line.ends_with(" EXAMINE \"INBOX\"\r\n"), "{line}");
        stream.write_all(&rest).await.unwrap();
        // The tag is known only now: a block of its own that needs nothing of those before it.
        let tail = format!("{} OK [READ-ONLY] open\r\n", line.split(' ').next().unwrap());
        stream.write_all(&stored(tail.as_bytes())).await.unwrap();
        stream
    };
    let (selected, _stream) = tokio::join!(session.select("INBOX", Mode::ReadOnly), answering);
    let selected = selected.unwrap();
    assert_eq!((selected.exists, selected.uid_validity.0), (4, 7));
    let (sent, received) = session.counters();
    let (plain_sent, plain_received) = session.plain_counters();
    assert!(received * 4 < plain_received && sent > 0 && plain_sent > 0, "{received} of {plain_received}");
    let lines = lines.lock().unwrap();
    let said = |text: &str| lines.iter().any(|line| line.ends_with(text));
    assert!(said("S: * 4 EXISTS") && said("EXAMINE \"INBOX\"") && said("-: compressed from here on"), "{lines:?}");
}

/// A block of deflate that is not compressed (RFC 1951, section 3.2.4).
fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    [&[0][..], &length.to_le_bytes(), &(!length).to_le_bytes(), bytes].concat()
}

/// A text, and then so many MiB of one byte, deflated; made of two blocks, the second again and again.
async fn bomb(head: &str, byte: &[u8], mebibytes: usize) -> Vec<u8> {
    let block = byte.repeat((1 << 20) / byte.len());
    let two = deflated(&[head.as_bytes(), &block, &block]).await;
    let mut bytes = deflated(&[head.as_bytes(), &block, &block, &block]).await;
    let again = bytes.split_off(two.len());
    for _ in 2..mebibytes {
        bytes.extend_from_slice(&again);
    }
    bytes
}

/// The most memory that this process ever held, in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

/// PS30: 1 GiB that comes in as one MiB meets the same limits as if it had come in plain: a line without an end, a
/// literal over the cap, a line of brackets. Memory stays where it was.
#[rstest]
#[case("* OK ", "x")]
#[case("* 1 FETCH (UID 1 BODY[] {1073741824}\r\n", "\0")]
#[case("* LIST () \"/\" {1073741824}\r\n", "x")]
#[case("* 1 FETCH (BODYSTRUCTURE ", "(")]
#[tokio::test]
async fn a_bomb_meets_the_limits(#[case] head: &str, #[case] byte: &str) {
    let bytes = bomb(head, byte.as_bytes(), 1024).await;
    assert!(bytes.len() < 2 << 20, "{}", bytes.len());
    let before = peak();
    let (mut session, _peer) = compressing(&Trace::default(), bytes).await;
    assert_eq!(kind(&session.noop().await.unwrap_err()), "protocol");
    assert!(peak() - before < 64, "{} MiB", peak() - before);
    assert!(session.plain_counters().1 < 4 << 20, "it is not even inflated: {:?}", session.plain_counters());
}

/// PS30: 1 GiB of blank lines is no answer and ends nothing, but whoever waits for one can be called off at any time.
#[tokio::test]
async fn a_bomb_can_be_called_off() {
    let (mut session, _peer) = compressing(&Trace::default(), bomb("", b"\r\n", 1024).await).await;
    let before = peak();
    let waited = tokio::time::timeout(Duration::from_millis(100), session.noop()).await;
    assert!(waited.is_err(), "called off, not at the end of it");
    assert!(peak() - before < 64, "{} MiB", peak() - before);
}

/// PS25, PS30: a header that swells to 60 MiB becomes a placeholder, and the next one is there.
#[tokio::test]
async fn a_swollen_header_costs_a_placeholder() {
    let size = 60 << 20;
    let mut bytes = bomb(&format!("* 1 FETCH (UID 1 BODY[HEADER.FIELDS (DATE)] {{{size}}}\r\n"), b"x", 60).await;
    let next = ")\r\n* 2 FETCH (UID 2 RFC822.SIZE 9 BODY[HEADER.FIELDS (DATE)] {2}\r\n\r\n)\r\n";
    bytes.extend(stored(next.as_bytes()));
    let before = peak();
    let (mut session, peer) = compressing(&Trace::default(), bytes).await;
    let answering = tokio::spawn(async move {
        let (line, mut stream) = deflated_line(peer.await.unwrap()).await;
        let tail = format!("{} OK done\r\n", line.split(' ').next().unwrap());
        stream.write_all(&stored(tail.as_bytes())).await.unwrap();
        stream
    });
    let mut got = Vec::new();
    let unreadable = session.fetch_headers(&uids("1:2"), &mut |message| got.push(message.uid.0)).await.unwrap();
    assert_eq!((got, unreadable.to_string()), (vec![2], "1".to_owned()));
    assert!(peak() - before < 64, "{} MiB", peak() - before);
    drop(answering.await.unwrap());
}

/// What is no deflate ends the session with an error, and no loop.
#[tokio::test]
async fn garbage_ends_the_session() {
    let (mut session, _peer) = compressing(&Trace::default(), b"\x07 begins no block of deflate".to_vec()).await;
    assert_eq!(kind(&session.noop().await.unwrap_err()), "protocol");
}
