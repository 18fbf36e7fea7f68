//! What is fuzzed: a function for each place where a stranger's bytes come in, with what must hold for all of them.
//!
//! The tests run them over a corpus and over random inputs; the crate under tests/fuzz runs them under libFuzzer. So they
//! use the public interface alone.

use std::path::Path;
use std::time::{Duration, Instant};

use posthaste::app::key::{Key, parse_sequence, write_sequence};
use posthaste::config::env::Env;
use posthaste::config::{self, Config};
use posthaste::imap::connect::greet;
use posthaste::imap::convert::envelope;
use posthaste::imap::error::Error;
use posthaste::imap::session::{Mode, Session};
use posthaste::imap::trace::Trace;
use posthaste::imap::uid_set::UidSet;
use posthaste::mail::Uid;
use posthaste::mail::message::Envelope;
use posthaste::render::{Context, Laid, View, has_attachments, lay, parse, run, snippet};
use posthaste::safe_text::{MAX_MARKS, SafeText, is_safe_char, is_safe_symbol};
use posthaste::sasl::Wanted;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream};

/// Takes any input; panics where something does not hold.
pub type Target = fn(&[u8]);

/// All targets, by the name of their folder under tests/data/fuzz.
pub const TARGETS: [(&str, Target); 6] =
    [("guard", guard), ("driver", driver), ("decode", decode), ("render", render), ("config", config), ("keys", keys)];

/// No input may take longer than this in a test build on a busy machine: what grows faster than the input does not come
/// through with a few thousand bytes more.
const PATIENCE: Duration = Duration::from_secs(20);
/// Ends one turn of the server in an input.
pub const TURN: u8 = 0x1e;
/// Stands in an input for the tag of the client's last command.
pub const TAG: &[u8] = b"$$";

/// A server that says what it says whatever it hears: a turn at the start, then one for each line of the client.
///
/// Gives what it said and the last tag that it heard.
async fn serve(stream: DuplexStream, turns: Vec<Vec<u8>>, piece: usize) -> (Vec<u8>, Vec<u8>) {
    let (read, mut write) = tokio::io::split(stream);
    let mut read = BufReader::new(read);
    let (mut tag, mut said) = (Vec::new(), Vec::new());
    for (number, turn) in turns.iter().enumerate() {
        if number > 0 {
            let mut line = Vec::new();
            if read.read_until(b'\n', &mut line).await.is_err() || line.is_empty() {
                return (said, tag);
            }
            tag = line.split(|byte| *byte == b' ').next().unwrap_or_default().to_vec();
        }
        let turn = with_tag(turn, &tag);
        for bytes in turn.chunks(piece.max(1)) {
            if write.write_all(bytes).await.is_err() {
                return (said, tag);
            }
        }
        said.extend(turn);
    }
    drop(write.shutdown().await);
    drop(read.read_to_end(&mut Vec::new()).await);
    (said, tag)
}

fn with_tag(turn: &[u8], tag: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(turn.len());
    let mut rest = turn;
    while let Some((first, after)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(TAG) {
            out.extend_from_slice(tag);
            rest = after;
        } else {
            out.push(*first);
            rest = after;
        }
    }
    out
}

/// Runs a client against such a server, in simulated time, since both may wait for each other; gives what the client made of it, all that the server said, and the
/// tag of the last command.
fn talk<T>(turns: Vec<Vec<u8>>, piece: usize, client: impl AsyncFnOnce(DuplexStream) -> T) -> (T, Vec<u8>, String) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime");
    runtime.block_on(async {
        let (here, there) = tokio::io::duplex(64 * 1024);
        let (outcome, (said, tag)) = tokio::join!(client(here), serve(there, turns, piece));
        (outcome, said, String::from_utf8_lossy(&tag).into_owned())
    })
}

async fn sign_in(stream: DuplexStream) -> Result<Session, Error> {
    greet(stream, "fuzz", &Trace::default()).await?.login("dana", &"secret".to_owned().into(), Wanted::Automatic).await
}

/// The whole of a session, as words: what it came to, and what the client learned by it.
async fn session(stream: DuplexStream) -> Vec<String> {
    let mut session = match sign_in(stream).await {
        Ok(session) => session,
        Err(error) => return vec![format!("{error:?}")],
    };
    let mut told = vec![format!("{:?}", session.capabilities())];
    let selected = session.select("INBOX", Mode::ReadWrite).await;
    told.push(format!("{selected:?}"));
    if selected.is_ok() {
        let mut rows = Vec::new();
        let fetched = session.fetch_headers(&asked(), &mut |row| rows.push(row)).await;
        told.push(format!("{fetched:?} {rows:?}"));
    }
    told.push(format!("{:?}", session.take_unsolicited()));
    told
}

/// Guard and all above it: what the client makes of a stream does not depend on how it is cut (RL51), and a line longer
/// than a MiB ends the session (PS25).
pub fn guard(input: &[u8]) {
    let turns = || input.split(|byte| *byte == TURN).map(<[u8]>::to_vec).collect::<Vec<_>>();
    // The server may have repeated a tag, which is another one in each session.
    let words = |(told, _, tag): (Vec<String>, Vec<u8>, String)| {
        let session = tag.split('.').next().unwrap_or_default().to_owned();
        let upper = session.to_ascii_uppercase();
        let without = |text: String| match session.as_str() {
            "" => text,
            session => text.replace(session, "p").replace(&upper, "P"),
        };
        told.into_iter().map(without).collect::<Vec<_>>()
    };
    let whole = words(talk(turns(), usize::MAX, session));
    for piece in [1, 2 + input.len() % 61] {
        assert_eq!(words(talk(turns(), piece, session)), whole, "in pieces of {piece}");
    }
    let size: usize = whole.iter().map(String::len).sum();
    assert!(size <= 40_000 + 200 * input.len(), "{size} bytes were made of {}", input.len());
}

fn asked() -> UidSet {
    UidSet::from_ranges(vec![(5, 5), (7, 7), (9, 9)])
}

/// The driver and its verbs: nothing comes in for a UID that was not asked for, nothing twice, and no command is done
/// before the server has said so with our own tag (invariant 5, PS14).
pub fn driver(input: &[u8]) {
    let (kind, answer) = input.split_first().unwrap_or((&0, &[]));
    let (honest, bodies) = (kind % 2 == 1, kind / 2 % 2 == 1);
    let mut last = answer.to_vec();
    if honest {
        last.extend_from_slice(b"\r\n$$ OK done\r\n");
    }
    let turns = [
        &b"* OK [CAPABILITY IMAP4rev1 UIDPLUS] hi\r\n"[..],
        b"$$ OK [CAPABILITY IMAP4rev1 UIDPLUS] in\r\n",
        b"* 3 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 10] x\r\n$$ OK [READ-WRITE] x\r\n",
        &last,
    ];
    let client = async |stream| {
        let mut session = sign_in(stream).await.expect("the server is honest until here");
        session.select("INBOX", Mode::ReadWrite).await.expect("and here");
        let (mut uids, mut largest) = (Vec::new(), 0);
        let outcome = if bodies {
            let mut take = |uid: Uid, body: Vec<u8>| {
                largest = largest.max(body.len());
                uids.push(uid);
            };
            session.fetch_bodies(&asked(), 1000, &mut take).await
        } else {
            let fetched = session.fetch_headers(&asked(), &mut |row| uids.push(row.uid)).await;
            fetched.map(|unreadable| uids.extend(unreadable.iter()))
        };
        (outcome, uids, largest)
    };
    let ((outcome, mut uids, largest), said, tag) = talk(turns.map(<[u8]>::to_vec).to_vec(), usize::MAX, client);
    assert!(uids.iter().all(|uid| asked().contains(*uid)), "not asked for: {uids:?}");
    let count = uids.len();
    uids.sort_unstable();
    uids.dedup();
    assert_eq!(uids.len(), count, "a message came twice");
    assert!(largest <= 1000, "a body of {largest} bytes");
    let (said, done) = (String::from_utf8_lossy(&said).to_ascii_lowercase(), format!("{tag} ok"));
    let told = said.lines().any(|line| line.starts_with(&done));
    assert!(outcome.is_err() || told, "done without our tag: {outcome:?}");
}

/// Header decoding: bounded, the same each time, safe on a screen, and a cut header is no other mail.
pub fn decode(input: &[u8]) {
    let began = Instant::now();
    let found = envelope(input);
    assert!(began.elapsed() < PATIENCE, "{:?} for {} bytes", began.elapsed(), input.len());
    assert_eq!(envelope(input), found);
    let Envelope { message_id, references, subject, from, reply_to, to, cc, sent: _, list_id, attachments: _ } = &found;
    let lists = [from, reply_to, to, cc];
    assert!(lists.iter().all(|list| list.len() <= 100) && references.len() <= 100, "a list is too long");
    let mut texts: Vec<&str> = vec![message_id, subject, list_id];
    texts.extend(references.iter().map(String::as_str));
    // A mail may name a charset in which a byte becomes three or four.
    let size: usize = texts.iter().map(|text| text.len()).sum();
    assert!(size <= 1000 + 8 * input.len(), "{size} bytes were made of {}", input.len());
    for address in lists.into_iter().flatten() {
        for text in [SafeText::new(&format!("{address:?}")), SafeText::squeezed(&format!("{address:?}"))] {
            assert!(is_safe(&text), "{text:?}");
        }
    }
    for text in texts {
        let safe = SafeText::new(text);
        assert!(is_safe(&safe), "{safe:?}");
        assert_eq!(SafeText::new(safe.as_str()), safe, "what is safe stays as it is");
        for width in [0, 1, 7, 80] {
            assert!(safe.cut(width).width() <= width && safe.cut_start(width).width() <= width, "{safe:?}");
        }
    }
}

/// Reading and laying out a mail in every view: in width, safe, in bounded time.
pub fn render(input: &[u8]) {
    let width = 10 + u16::from(input.first().copied().unwrap_or_default()) % 100;
    let began = Instant::now();
    let work = || {
        for view in [View::Best, View::Plain, View::Html, View::Headers, View::Source] {
            let laid = lay(parse(input, view, &Context::default()), width);
            check(&laid, width, "fuzz");
        }
        let snippet = snippet(input);
        assert!(snippet.chars().count() <= 160 && snippet.chars().all(is_safe_char), "{snippet:?}");
        has_attachments(input);
    };
    run(work).expect("a thread");
    assert!(began.elapsed() < PATIENCE, "{:?} for {} bytes", began.elapsed(), input.len());
}

/// What must hold for every document: no line over the width, nothing unsafe anywhere, links in ASCII.
pub fn check(laid: &Laid, width: u16, name: &str) {
    for line in &laid.lines {
        let total: usize = line.spans.iter().map(|span| span.text.width()).sum();
        assert!(total <= usize::from(width), "{name}: {total} columns in {line:?}");
        assert!(line.spans.iter().all(|span| is_safe(&span.text)), "{name}: {line:?}");
    }
    let document = &laid.document;
    let head = &document.head;
    let people = [&head.from, &head.to, &head.cc, &head.reply_to].into_iter().flatten();
    let mut texts: Vec<&SafeText> = people.flat_map(|person| [&person.name, &person.address]).collect();
    texts.extend([&head.subject, &head.message_id]);
    texts.extend(document.notes.iter());
    texts.extend(document.parts.iter().flat_map(|part| [&part.name, &part.media_type]));
    texts.extend(document.links.iter().flat_map(|link| [&link.target, &link.host]));
    assert!(texts.into_iter().all(is_safe), "{name}: head, parts or links");
    assert!(
        document.links.iter().all(|link| link.target.as_str().bytes().all(|b| (0x21..=0x7e).contains(&b))),
        "{name}"
    );
}

fn is_safe(text: &SafeText) -> bool {
    let mut marks = 0;
    let stacked = text.as_str().chars().any(|c| {
        marks = if ('\u{300}'..='\u{36f}').contains(&c) { marks + 1 } else { 0 };
        marks > MAX_MARKS
    });
    let ascii = text.as_str().is_ascii() && !text.as_str().contains(|c: char| c.is_control());
    !stacked && (ascii || text.graphemes().all(is_safe_symbol))
}

/// The config: a fault is found at a place that is in the file; what is right says the same when TOML writes it anew.
pub fn config(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let read = |text: &str| Config::parse_with(text, Path::new("c.toml"), &Env::of([("HOME", "/home/dana")]));
    match read(&text) {
        Err(config::error::Error::Invalid(problem)) => {
            let lines: Vec<&str> = text.split('\n').collect();
            assert!((1..=lines.len()).contains(&problem.line), "{problem} of {} lines", lines.len());
            let columns = lines.get(problem.line - 1).map_or(0, |line| line.chars().count());
            assert!((1..=columns + 1).contains(&problem.column), "{problem} of {columns} columns");
            assert!(!problem.text.is_empty() && problem.to_string().starts_with("c.toml:"), "{problem}");
        }
        Err(other) => panic!("no place is named: {other}"),
        Ok(found) => {
            let table: toml::Table = toml::from_str(&text).expect("what we read is TOML");
            let again = read(&toml::to_string(&table).expect("and can be written")).expect("and read again");
            // Warnings and keys name lines.
            let words = |mut config: Config| {
                config.keys.lines.iter_mut().for_each(|line| line.at = None);
                config.keys.lines.sort_by(|a, b| (&a.place, &a.keys).cmp(&(&b.place, &b.keys)));
                format!("{:?}", Config { warnings: Vec::new(), ..config })
            };
            assert_eq!(words(again), words(found));
        }
    }
}

/// Keys: what is written is what was read.
pub fn keys(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Some(key) = Key::parse(&text) {
        assert_eq!(Key::parse(&key.to_string()), Some(key), "{text:?} is written {key}");
    }
    if let Some(keys) = parse_sequence(&text) {
        assert!(!keys.is_empty() && keys.len() <= text.len());
        assert_eq!(parse_sequence(&write_sequence(&keys)), Some(keys), "{text:?}");
    }
}
