//! Discovery with a net of the tests' own: who is asked, what is believed, when it ends.

use std::collections::BTreeMap;
use std::sync::Mutex;

use rstest::rstest;
use tokio::time::sleep;

use super::*;
use crate::setup::plan::{State, Way};
use crate::setup::services::Service;

/// How long a source takes, in milliseconds; where none is named, its answer comes at once.
type Delays = BTreeMap<&'static str, u64>;

/// A net whose answers are given beforehand. What is not given is not there.
#[derive(Default)]
struct Local {
    files: BTreeMap<String, Result<String, Miss>>,
    services: BTreeMap<String, Vec<Service>>,
    mail_servers: Option<Vec<String>>,
    greets: Vec<(String, u16)>,
    delays: Delays,
    asked: Mutex<Vec<String>>,
}

impl Local {
    async fn wait(&self, what: &str, name: &str) {
        self.asked.lock().unwrap().push(name.to_owned());
        let delay = self.delays.iter().find(|(part, _)| what == **part || name.contains(*part));
        if let Some((_, delay)) = delay {
            sleep(Duration::from_millis(*delay)).await;
        }
    }

    fn file(mut self, url: &str, host: &str) -> Self {
        self.files.insert(url.to_owned(), Ok(config(host)));
        self
    }

    fn service(mut self, name: &str, port: u16, target: &str) -> Self {
        let service = Service { priority: 0, weight: 0, port, target: target.to_owned() };
        self.services.insert(name.to_owned(), vec![service]);
        self
    }
}

impl Net for Local {
    async fn get(&self, url: String) -> Result<Vec<u8>, Miss> {
        self.wait("get", &url).await;
        self.files.get(&url).cloned().unwrap_or(Err(Miss::Nothing)).map(String::into_bytes)
    }

    async fn services(&self, name: String) -> Result<Vec<Service>, Miss> {
        self.wait("srv", &name).await;
        self.services.get(&name).cloned().ok_or(Miss::Nothing)
    }

    async fn mail_servers(&self, domain: String) -> Result<Vec<String>, Miss> {
        self.wait("mx", &domain).await;
        self.mail_servers.clone().ok_or(Miss::Nothing)
    }

    async fn greets(&self, server: Server, _: Speech) -> Result<(), Miss> {
        self.wait("greets", &server.host).await;
        let there = self.greets.iter().any(|(host, port)| *host == server.host && *port == server.port);
        if there { Ok(()) } else { Err(Miss::Nothing) }
    }
}

fn config(host: &str) -> String {
    format!(
        "<clientConfig><emailProvider><incomingServer type=\"imap\"><hostname>{host}</hostname><port>993</port>\
         <socketType>SSL</socketType></incomingServer></emailProvider></clientConfig>"
    )
}

const AUTOCONFIG: &str = "https://autoconfig.example.org/mail/config-v1.1.xml";
const WELL_KNOWN: &str = "https://example.org/.well-known/autoconfig/mail/config-v1.1.xml";
const DATABASE: &str = "https://autoconfig.thunderbird.net/v1.1/example.org";

struct Found {
    plan: Plan,
    told: Vec<Progress>,
    asked: Vec<String>,
}

async fn found_by(net: Local, address: &str, asked: Asked) -> Found {
    let (tell, mut told) = mpsc::channel(100);
    let net = Arc::new(net);
    let plan = discover(Arc::clone(&net), Address::parse(address).unwrap(), asked, tell).await;
    let mut all = Vec::new();
    while let Some(progress) = told.recv().await {
        all.push(progress);
    }
    let mut asked = net.asked.lock().unwrap().clone();
    asked.sort();
    Found { plan, told: all, asked }
}

async fn found(net: Local) -> Found {
    found_by(net, "ada@example.org", Asked::Everybody).await
}

fn best(found: &Found) -> (Source, &str) {
    let best = found.plan.best().unwrap();
    (best.source, best.receive.host.as_str())
}

/// PV07: of the address the domain alone leaves this computer, whatever is asked.
#[tokio::test(start_paused = true)]
async fn the_domain_alone_is_sent() {
    let found = found_by(Local::default(), "ada.secret+tag@example.org", Asked::Everybody).await;
    assert!(found.asked.len() > 12, "{:?}", found.asked);
    for name in &found.asked {
        assert!(name.contains("example.org") && !name.contains("ada") && !name.contains("secret"), "{name}");
        assert!(!name.starts_with("http:"), "{name}");
    }
    assert_eq!(found.told.last(), Some(&Progress::Ended(End::All)));
    assert!(advice(&found.plan).unwrap().contains("example.org"));
    // What was told makes the same plan.
    let mut plan = Plan::new(found.plan.address.clone());
    found.told.into_iter().for_each(|progress| plan.take(progress));
    assert_eq!(plan, found.plan);
}

/// PV07: no third party hears of the domain where the user does not want it, also not by way of its mail servers.
#[tokio::test(start_paused = true)]
async fn a_third_party_is_left_out() {
    let net = Local { mail_servers: Some(vec!["mx.host.example.net".to_owned()]), ..Local::default() };
    let found = found_by(net, "ada@example.org", Asked::DomainAlone).await;
    assert!(found.asked.iter().all(|name| !name.contains("thunderbird")), "{:?}", found.asked);
    assert!(found.told.contains(&Progress::Left(Source::Ispdb)));
    let nobody = found_by(Local::default(), "ada@example.org", Asked::Nobody).await;
    assert_eq!(nobody.asked, Vec::<String>::new());
    assert!(nobody.plan.lookups.iter().all(|lookup| lookup.state.settled()));
}

/// A provider of the table needs no net at all, and one without IMAP is told at once.
#[tokio::test(start_paused = true)]
async fn the_table_asks_nobody() {
    let gmail = found_by(Local::default(), "ada@gmail.com", Asked::Everybody).await;
    assert_eq!((best(&gmail), gmail.asked.len()), ((Source::Table, "imap.gmail.com"), 0));
    assert_eq!(gmail.plan.ended, Some(End::Enough));
    let tuta = found_by(Local::default(), "ada@tutanota.com", Asked::Everybody).await;
    assert!(tuta.plan.closed.is_some() && tuta.asked.is_empty() && tuta.plan.offers.is_empty());
}

/// Who is believed: the provider's own file, then the database, then the mail servers, then the DNS, then guesses.
#[rstest]
#[case(0, Source::Autoconfig, "a.example.org")]
#[case(1, Source::WellKnown, "b.example.org")]
#[case(2, Source::Ispdb, "c.example.org")]
#[case(3, Source::Mx, "imap.gmail.com")]
#[case(4, Source::Srv, "e.example.org")]
#[case(5, Source::Guess, "mail.example.org")]
#[tokio::test(start_paused = true)]
async fn sources_have_a_rank(#[case] gone: usize, #[case] source: Source, #[case] host: &str) {
    let mut net = Local { greets: vec![("mail.example.org".to_owned(), 993)], ..Local::default() };
    if gone < 1 {
        net = net.file(AUTOCONFIG, "a.example.org");
    }
    if gone < 2 {
        net = net.file(WELL_KNOWN, "b.example.org");
    }
    if gone < 3 {
        net = net.file(DATABASE, "c.example.org");
    }
    if gone < 4 {
        net.mail_servers = Some(vec!["alt1.aspmx.l.google.com".to_owned()]);
    }
    if gone < 5 {
        net = net.service("_imaps._tcp.example.org", 993, "e.example.org");
    }
    // All that is worse answers at once, and is not taken for the end.
    net.delays = BTreeMap::from([("get", 900), ("mx", 900), ("srv", 500)]);
    assert_eq!(best(&found(net).await), (source, host));
}

/// A good answer of the highest rank ends it: the rest is not waited for.
#[tokio::test(start_paused = true)]
async fn a_good_answer_ends_it() {
    let began = Instant::now();
    let delays = BTreeMap::from([("well-known", 4_000), ("thunderbird", 4_000), ("srv", 4_000), ("greets", 4_000)]);
    let found = found(Local { delays, ..Local::default() }.file(AUTOCONFIG, "imap.example.org")).await;
    assert_eq!((best(&found).0, found.plan.ended), (Source::Autoconfig, Some(End::Enough)));
    assert!(began.elapsed() < Duration::from_millis(100), "{:?}", began.elapsed());
}

/// The deadline: five seconds, and what is there by then is kept.
#[tokio::test(start_paused = true)]
async fn five_seconds_and_no_more() {
    let began = Instant::now();
    let delays = BTreeMap::from([("autoconfig.example.org", 60_000), ("thunderbird", 4_900), ("srv", 60_000)]);
    let found = found(Local { delays, ..Local::default() }.file(DATABASE, "imap.example.org")).await;
    assert_eq!(began.elapsed(), LIMIT);
    assert_eq!((best(&found).0, found.plan.ended), (Source::Ispdb, Some(End::Deadline)));
    let words = |source: Source| found.plan.lookups.iter().find(|l| l.source == source).unwrap().state.words();
    assert_eq!(words(Source::Srv).as_str(), "no answer in time");
    assert_eq!(words(Source::WellKnown).as_str(), "nothing there");
}

/// All are asked at once: the slowest decides how long it takes, not their sum.
#[tokio::test(start_paused = true)]
async fn all_are_asked_at_once() {
    let began = Instant::now();
    let delays = BTreeMap::from([("get", 800), ("mx", 800), ("srv", 800), ("greets", 800)]);
    let found = found(Local { delays, ..Local::default() }).await;
    assert_eq!((began.elapsed(), found.plan.ended), (Duration::from_millis(800), Some(End::All)));
}

/// A custom domain at a provider of the table has that provider's servers, ways and sentence.
#[tokio::test(start_paused = true)]
async fn a_custom_domain_is_known_by_its_mail_server() {
    let net = Local { mail_servers: Some(vec!["in1-smtp.messagingengine.com".to_owned()]), ..Local::default() };
    let found = found(net.service("_imaps._tcp.example.org", 993, "imap.fastmail.com")).await;
    let best = found.plan.best().unwrap();
    assert_eq!((best.receive.host.as_str(), &best.ways[..]), ("imap.fastmail.com", &[Way::AppPassword][..]));
    assert!(best.note.is_some() && !best.confirm);
}

/// A hoster that the table does not have is looked for in the database by its mail server.
#[tokio::test(start_paused = true)]
async fn a_hoster_is_found_in_the_database() {
    let net = Local { mail_servers: Some(vec!["mx01.hoster.co.uk".to_owned()]), ..Local::default() };
    let found = found(net.file("https://autoconfig.thunderbird.net/v1.1/hoster.co.uk", "imap.hoster.co.uk")).await;
    assert_eq!(best(&found), (Source::Mx, "imap.hoster.co.uk"));
}

/// RFC 6186, section 6: a host elsewhere that the DNS alone names is to be confirmed; one of the domain is not.
#[rstest]
#[case("imap.example.org", false)]
#[case("imap.evil.example.net", true)]
#[tokio::test(start_paused = true)]
async fn the_dns_alone_is_not_believed(#[case] target: &str, #[case] confirm: bool) {
    let found = found(Local::default().service("_imaps._tcp.example.org", 993, target)).await;
    assert_eq!(found.plan.best().unwrap().confirm, confirm);
}

/// A domain that says it has no IMAP, or takes no mail, is told so.
#[tokio::test(start_paused = true)]
async fn what_a_domain_denies_is_told() {
    let net = Local { mail_servers: Some(vec![String::new()]), ..Local::default() };
    let found = found(net.service("_imaps._tcp.example.org", 0, "")).await;
    let state = |source: Source| &found.plan.lookups.iter().find(|l| l.source == source).unwrap().state;
    assert!(matches!(state(Source::Srv), State::Failed(words) if words.as_str().contains("no IMAP")));
    assert!(matches!(state(Source::Mx), State::Failed(words) if words.as_str().contains("no mail")));
}

/// Guesses: the port with TLS from the first byte before STARTTLS, whichever name it is; and a way to send beside it.
#[tokio::test(start_paused = true)]
async fn guesses_have_an_order() {
    let greets = [("imap.example.org", 143), ("mail.example.org", 993), ("smtp.example.org", 587)];
    let greets = greets.map(|(host, port)| (host.to_owned(), port)).to_vec();
    let found = found(Local { greets, ..Local::default() }).await;
    let best = found.plan.best().unwrap();
    assert_eq!(best.receive, Server::named("mail.example.org", 993, Security::Tls).unwrap());
    assert_eq!(best.send, Server::named("smtp.example.org", 587, Security::StartTls));
}

/// A file that makes no sense costs its source, and its words are cut and safe.
#[tokio::test(start_paused = true)]
async fn a_hostile_file_costs_its_source() {
    let mut net = Local::default().file(WELL_KNOWN, "imap.example.org");
    net.files.insert(AUTOCONFIG.to_owned(), Err(Miss::Failed(format!("\u{1b}[2J{}", "x".repeat(9_000)))));
    net.files.insert(DATABASE.to_owned(), Ok("<clientConfig>".repeat(1_000)));
    let found = found(net).await;
    assert_eq!(best(&found), (Source::WellKnown, "imap.example.org"));
    let words = found.plan.lookups[1].state.words();
    assert!(words.as_str().len() < 200 && !words.as_str().contains('\u{1b}'), "{words}");
}

/// An address with other letters is asked for by its A-labels.
#[tokio::test(start_paused = true)]
async fn other_letters_are_asked_for_as_a_labels() {
    let found = found_by(Local::default(), "ada@bücher.example", Asked::Everybody).await;
    assert!(found.asked.iter().any(|name| name.contains("//autoconfig.xn--bcher-kva.example/")), "{:?}", found.asked);
    assert!(found.asked.iter().all(|name| name.is_ascii()));
}

/// Nobody listens any more: the wizard was left. It ends, and nothing goes on.
#[tokio::test(start_paused = true)]
async fn it_ends_when_nobody_hears_it() {
    let (tell, told) = mpsc::channel(100);
    drop(told);
    let began = Instant::now();
    let net = Arc::new(Local { delays: BTreeMap::from([("get", 4_000)]), ..Local::default() });
    discover(net, Address::parse("ada@example.org").unwrap(), Asked::Everybody, tell).await;
    assert!(began.elapsed() < Duration::from_millis(100));
}
