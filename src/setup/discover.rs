//! Discovery: every source is asked at once, and told of as it answers; five seconds, and not a moment more.
//!
//! The domain is all that is sent: to its own hosts, to the name server, and (where the user wants it) to the database of
//! Thunderbird's makers. The local part of the address never leaves this computer. What is not asked: autoconfig over http,
//! which anybody on the way can change, and which would need the user to judge every word of it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::autoconfig;
use super::net::{Miss, Net, Speech};
use super::plan::{Address, Closed, End, Offer, Plan, Progress, Server, Source, name};
use super::providers::{self, Known};
use super::services::{self, Services};
use crate::config::Security;
use crate::safe_text::SafeText;

/// Time for all of it.
pub const LIMIT: Duration = Duration::from_secs(5);

/// Where the database of Thunderbird's makers is.
const ISPDB: &str = "https://autoconfig.thunderbird.net/v1.1/";

/// Whom to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Asked {
    /// Everybody who may know.
    #[default]
    Everybody,
    /// The domain's own hosts and the name server, and no third party (PV07).
    DomainAlone,
    /// Nobody: the built-in table alone.
    Nobody,
}

impl Asked {
    const fn wants(self, source: Source) -> bool {
        match self {
            Self::Everybody => true,
            Self::DomainAlone => !matches!(source, Source::Ispdb),
            Self::Nobody => matches!(source, Source::Table),
        }
    }
}

/// Looks for the servers of an address, and tells of it while it goes on; the last word is [`Progress::Ended`]. Ends early
/// when nobody hears it any more. What it comes to is what the told words make of a new [`Plan`].
pub async fn discover<N: Net>(net: Arc<N>, address: Address, asked: Asked, tell: mpsc::Sender<Progress>) -> Plan {
    let deadline = Instant::now() + LIMIT;
    let domain = address.domain.clone();
    let mut teller = Teller { plan: Plan::new(address), tell };
    let answer = match providers::of_domain(&domain) {
        Some(Known::Offer(offer)) => Progress::Found { source: Source::Table, offers: vec![offer] },
        Some(Known::Closed(closed)) => Progress::Closed(closed),
        None => Progress::Nothing(Source::Table),
    };
    let mut heard = teller.say(answer).await;
    let mut tasks = JoinSet::new();
    let mut names = HashMap::new();
    if !teller.plan.enough() {
        for source in Source::ALL.into_iter().filter(|source| *source != Source::Table) {
            if !asked.wants(source) {
                heard &= teller.say(Progress::Left(source)).await;
                continue;
            }
            heard &= teller.say(Progress::Asking(source)).await;
            let task = tasks.spawn(look(Arc::clone(&net), source, domain.clone(), asked));
            names.insert(task.id(), source);
        }
    }
    let end = loop {
        if teller.plan.enough() || !heard {
            break End::Enough;
        }
        let progress = match timeout_at(deadline, tasks.join_next_with_id()).await {
            Err(_) => break End::Deadline,
            Ok(None) => break End::All,
            Ok(Some(Ok((_, progress)))) => progress,
            // A library that panics over what it was sent costs its source.
            Ok(Some(Err(error))) => match names.get(&error.id()) {
                Some(source) => failed(*source, "its answer could not be read"),
                None => continue,
            },
        };
        heard = teller.say(progress).await;
    };
    teller.say(Progress::Ended(end)).await;
    teller.plan
}

/// Keeps the plan and says what goes into it.
struct Teller {
    plan: Plan,
    tell: mpsc::Sender<Progress>,
}

impl Teller {
    /// Whether somebody still hears it.
    async fn say(&mut self, progress: Progress) -> bool {
        self.plan.take(progress.clone());
        self.tell.send(progress).await.is_ok()
    }
}

/// Asks one source.
async fn look<N: Net>(net: Arc<N>, source: Source, domain: String, asked: Asked) -> Progress {
    let found = match source {
        // It was looked at before anybody was asked.
        Source::Table => Err(Miss::Nothing),
        Source::Autoconfig => {
            file(&*net, source, format!("https://autoconfig.{domain}/mail/config-v1.1.xml"), &domain).await
        }
        Source::WellKnown => {
            let url = format!("https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml");
            file(&*net, source, url, &domain).await
        }
        Source::Ispdb => file(&*net, source, format!("{ISPDB}{domain}"), &domain).await,
        Source::Mx => match by_mail_server(&*net, &domain, asked).await {
            Ok(Known::Offer(offer)) => Ok(vec![offer]),
            Ok(Known::Closed(closed)) => return Progress::Closed(closed),
            Err(miss) => Err(miss),
        },
        Source::Srv => by_services(&*net, &domain).await,
        Source::Guess => by_guess(net, &domain).await,
    };
    match found {
        Ok(mut offers) => {
            offers.iter_mut().for_each(providers::complete);
            Progress::Found { source, offers }
        }
        Err(Miss::Nothing) => Progress::Nothing(source),
        Err(Miss::Failed(words)) => failed(source, &words),
    }
}

fn failed(source: Source, words: &str) -> Progress {
    let words: String = words.chars().take(120).collect();
    Progress::Failed { source, words: SafeText::squeezed(&words) }
}

async fn file<N: Net>(net: &N, source: Source, url: String, domain: &str) -> Result<Vec<Offer>, Miss> {
    let bytes = net.get(url).await?;
    autoconfig::read(&bytes, domain, source).map_err(Miss::Failed)
}

/// Who takes the domain's mail is who keeps it: a provider of the table, else one of the database.
async fn by_mail_server<N: Net>(net: &N, domain: &str, asked: Asked) -> Result<Known, Miss> {
    let hosts: Vec<String> = net.mail_servers(domain.to_owned()).await?.into_iter().take(HOSTS).collect();
    if hosts.first().is_some_and(String::is_empty) {
        return Err(Miss::Failed("the domain takes no mail at all".to_owned()));
    }
    if let Some(known) = hosts.iter().find_map(|host| providers::of_mail_server(host)) {
        return Ok(known);
    }
    let host = hosts.iter().find_map(|host| name::ascii(host).filter(|host| name::is_public(host)));
    let host = host.ok_or(Miss::Nothing)?;
    let keeper = name::organisation(&host);
    // The domain's own database entry is looked for already.
    if !asked.wants(Source::Ispdb) || name::related(keeper, domain) {
        return Err(Miss::Nothing);
    }
    let offers = file(net, Source::Mx, format!("{ISPDB}{keeper}"), domain).await?;
    offers.into_iter().next().map(Known::Offer).ok_or(Miss::Nothing)
}

/// Mail servers of a domain that are looked up.
const HOSTS: usize = 8;

async fn by_services<N: Net>(net: &N, domain: &str) -> Result<Vec<Offer>, Miss> {
    let ask = |service: &str| net.services(format!("{service}._tcp.{domain}"));
    let (imaps, imap, submissions, submission) =
        tokio::join!(ask("_imaps"), ask("_imap"), ask("_submissions"), ask("_submission"));
    if let (Err(Miss::Failed(words)), Err(Miss::Failed(_))) = (&imaps, &imap) {
        return Err(Miss::Failed(words.clone()));
    }
    let [imaps, imap, submissions, submission] = [imaps, imap, submissions, submission].map(Result::unwrap_or_default);
    let refused = !imaps.is_empty() && imaps.iter().chain(&imap).all(|service| service.target.is_empty());
    let offers = services::offers(&Services { imaps, imap, submissions, submission }, domain);
    match (offers.is_empty(), refused) {
        (false, _) => Ok(offers),
        (true, true) => Err(Miss::Failed("the domain says that it has no IMAP".to_owned())),
        (true, false) => Err(Miss::Nothing),
    }
}

/// Tries the names that servers often have. One counts when it speaks the protocol over TLS with a certificate that is good
/// for its name.
async fn by_guess<N: Net>(net: Arc<N>, domain: &str) -> Result<Vec<Offer>, Miss> {
    let receive = [format!("imap.{domain}"), format!("mail.{domain}"), domain.to_owned()];
    let send = [format!("smtp.{domain}"), format!("mail.{domain}"), domain.to_owned()];
    let (receive, send) = tokio::join!(
        first(&*net, &receive, Speech::Imap, [(993, Security::Tls), (143, Security::StartTls)]),
        first(&*net, &send, Speech::Submission, [(465, Security::Tls), (587, Security::StartTls)]),
    );
    Ok(vec![Offer::plain(Source::Guess, receive?, send.ok())])
}

/// The first of these hosts that answers: on the port with TLS from the first byte if one does, else by STARTTLS. All are
/// tried at once.
async fn first<N: Net>(net: &N, hosts: &[String], speech: Speech, ports: [(u16, Security); 2]) -> Result<Server, Miss> {
    let places = ports.iter().flat_map(|(port, security)| hosts.iter().map(|host| (host.as_str(), *port, *security)));
    let servers: Vec<Server> =
        places.filter_map(|(host, port, security)| Server::named(host, port, security)).collect();
    let answers = futures::future::join_all(servers.iter().map(|server| net.greets(server.clone(), speech))).await;
    let mut miss = Miss::Nothing;
    for (server, answer) in servers.into_iter().zip(answers) {
        match answer {
            Ok(()) => return Ok(server),
            Err(Miss::Failed(words)) if miss == Miss::Nothing => miss = Miss::Failed(words),
            Err(_) => {}
        }
    }
    Err(miss)
}

/// What to say where nothing at all was found, or where there is nothing to be found.
pub fn advice(plan: &Plan) -> Option<String> {
    if let Some(Closed { note, .. }) = &plan.closed {
        return Some(note.to_string());
    }
    plan.offers.is_empty().then(|| {
        format!(
            "nobody says where the mail of {} is: ask your provider for the name of its IMAP server",
            plan.address.domain
        )
    })
}

#[cfg(test)]
mod tests;
