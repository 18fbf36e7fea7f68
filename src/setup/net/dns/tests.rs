//! Questions and answers, with a name server of the tests' own.

use proptest::prelude::any;
use proptest::{collection, proptest};
use rstest::rstest;
use tokio::net::TcpListener;

use super::message::{question, read};
use super::*;

const NAME: &str = "_imaps._tcp.example.org";

/// A record that points to the question's name, with this data.
fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap();
    let words = [0xc00c, kind, 1, 0, 60, length].map(u16::to_be_bytes).concat();
    [&words, data].concat()
}

fn service(port: u16, target: &[u8]) -> Vec<u8> {
    record(33, &[&[10_u16, 20, port].map(u16::to_be_bytes).concat()[..], target].concat())
}

/// The answer to a question: it echoes it, and has these flags and records.
fn answer(question: &[u8], flags: u16, records: &[Vec<u8>]) -> Vec<u8> {
    let asked = &question[12..question.len() - 11];
    let count = u16::try_from(records.len()).unwrap();
    let header = [0x8180 | flags, 1, count, 0, 0].map(u16::to_be_bytes).concat();
    [&question[..2], &header, asked, &records.concat()].concat()
}

fn asked() -> Vec<u8> {
    question(7, NAME, Kind::Srv).unwrap()
}

fn data(records: &[Vec<u8>]) -> Result<Vec<Data>, Wrong> {
    match read(&answer(&asked(), 0, records), &asked(), 7, Kind::Srv)? {
        Reply::All(data) => Ok(data),
        Reply::Truncated => panic!("truncated"),
    }
}

/// Names in full and compressed; "." is empty; other records are passed over.
#[test]
fn records_are_read() {
    // 0xc0 0x18 points to "example.org" within the question: 12 + 1 + 6 + 1 + 4.
    let records =
        [record(5, b"\x01x\x00"), service(993, b"\x04IMAP\xc0\x18"), service(0, b"\x00"), service(1, b"\x02a b\x00")];
    let service = |port, target: &str| Data::Srv(Service { priority: 10, weight: 20, port, target: target.to_owned() });
    let found = data(&records[..3]).unwrap();
    assert_eq!(found, [service(993, "imap.example.org"), service(0, "")]);
    // A length that does not fit the name: its record is left out.
    assert_eq!(data(&records[3..]).unwrap(), []);
    assert_eq!(data(&[]).unwrap(), []);
}

/// Names that point forwards, to themselves or nowhere, and records longer than the message.
#[rstest]
#[case(service(993, b"\x01a"))]
#[case(vec![0xc0, 0xff, 0, 33])]
#[case(vec![0xff; 40])]
#[case([0xc00c_u16, 33, 1, 0, 60, 400].map(u16::to_be_bytes).concat())]
#[case(vec![0x40, 1, 2, 3])]
fn nonsense_is_refused_or_left_out(#[case] bytes: Vec<u8>) {
    assert!(data(&[bytes]).map_or(true, |data| data.is_empty()));
}

/// A pointer to itself, and a ring of two: reading ends.
#[test]
fn pointers_in_a_ring_end() {
    let start = asked().len() - 11 + 12;
    let own = u16::try_from(0xc000 + start + 6).unwrap().to_be_bytes();
    assert_eq!(data(&[service(993, &own)]).unwrap(), []);
}

/// An answer to somebody else's question is not an answer: number, name and kind must be those that were asked.
#[test]
fn a_foreign_answer_is_told() {
    let fine = answer(&asked(), 0, &[service(993, b"\x00")]);
    let foreign = |bytes: &[u8], id| matches!(read(bytes, &asked(), id, Kind::Srv), Err(Wrong::Foreign));
    assert!(!foreign(&fine, 7));
    assert!(foreign(&fine, 8));
    assert!(foreign(&asked(), 7), "the question itself");
    let other = question(7, "_imaps._tcp.example.net", Kind::Srv).unwrap();
    assert!(foreign(&answer(&other, 0, &[]), 7));
    assert!(foreign(&fine[..9], 7));
}

#[rstest]
#[case(3, "no such name")]
#[case(2, "the name server refuses to answer")]
#[case(5, "the name server refuses to answer")]
fn refusals_have_words(#[case] code: u16, #[case] words: &str) {
    let wrong = read(&answer(&asked(), code, &[]), &asked(), 7, Kind::Srv).unwrap_err();
    assert_eq!(wrong.to_string(), words);
}

#[test]
fn a_name_that_no_question_holds_is_not_asked() {
    for name in ["", "a..b", &"a".repeat(64), &["abcdefgh"; 40].join(".")] {
        assert_eq!(question(1, name, Kind::Mx), None, "{name}");
    }
}

proptest! {
    /// Whatever comes, it is read to its end without a panic.
    #[test]
    fn any_bytes_are_read(bytes in collection::vec(any::<u8>(), 0..200), count in 0_u16..80) {
        let mut whole = answer(&asked(), 0, &[bytes]);
        whole[6..8].copy_from_slice(&count.to_be_bytes());
        drop(read(&whole, &asked(), 7, Kind::Srv));
    }
}

#[test]
fn the_system_s_name_servers_are_read() {
    let text = "# nameserver 10.0.0.9\nsearch example.org\nnameserver 10.0.0.1\nnameserver\tfd00::1\nnameserver x\n";
    let found: Vec<String> = servers(text).iter().map(ToString::to_string).collect();
    assert_eq!(found, ["10.0.0.1:53", "[fd00::1]:53"]);
    assert_eq!(servers("").len(), 1);
}

/// A name server that answers each datagram so; gives back its address and its socket for TCP.
async fn name_server(reply: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> (SocketAddr, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let socket = UdpSocket::bind(address).await.unwrap();
    tokio::spawn(async move {
        let mut bytes = [0; 600];
        while let Ok((count, from)) = socket.recv_from(&mut bytes).await {
            for answer in reply(&bytes[..count]) {
                socket.send_to(&answer, from).await.unwrap();
            }
        }
    });
    (address, listener)
}

/// A forged answer before the true one does no harm; the preferred mail server comes first.
#[tokio::test]
async fn a_forged_answer_is_passed_over() {
    let mx = |preference: u8, host: &[u8]| record(15, &[&[0, preference][..], host].concat());
    let (server, _listener) = name_server(move |question| {
        let mut forged = answer(question, 0, &[mx(1, b"\x04evil\x00")]);
        forged[0] ^= 1;
        vec![forged, answer(question, 0, &[mx(20, b"\x03two\x00"), mx(10, b"\x03one\x00")])]
    })
    .await;
    let found = Resolver::of(vec![server]).mail_servers("example.org").await.unwrap();
    assert_eq!(found, ["one", "two"]);
}

/// RFC 7505: a null MX is an empty host. A name that is not there is nothing; a server that refuses is not the last one.
#[tokio::test]
async fn nothing_and_refusal_differ() {
    let (refuses, _one) = name_server(|question| vec![answer(question, 5, &[])]).await;
    let (knows, _two) = name_server(|question| vec![answer(question, 0, &[record(15, b"\x00\x00\x00")])]).await;
    let (no_name, _three) = name_server(|question| vec![answer(question, 3, &[])]).await;
    let ask = |servers: Vec<SocketAddr>| async { Resolver::of(servers).mail_servers("example.org").await };
    assert_eq!(ask(vec![refuses, knows]).await, Ok(vec![String::new()]));
    assert_eq!(ask(vec![no_name, knows]).await, Err(Miss::Nothing));
    assert_eq!(ask(vec![refuses]).await, Err(Miss::Failed("the name server refuses to answer".to_owned())));
}

/// What does not fit a datagram comes over TCP.
#[tokio::test]
async fn a_long_answer_comes_over_tcp() {
    let (server, listener) = name_server(|question| vec![answer(question, 0x0200, &[])]).await;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut question = vec![0; usize::from(stream.read_u16().await.unwrap())];
        stream.read_exact(&mut question).await.unwrap();
        let answer = answer(&question, 0, &[service(993, b"\x04imap\x07example\x03org\x00")]);
        stream.write_u16(u16::try_from(answer.len()).unwrap()).await.unwrap();
        stream.write_all(&answer).await.unwrap();
    });
    let found = Resolver::of(vec![server]).services(NAME).await.unwrap();
    assert_eq!(found[0].target, "imap.example.org");
}
