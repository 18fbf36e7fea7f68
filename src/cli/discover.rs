//! `account discover`: the servers of an address, a line a source as it answers, and then what to write into the config.

use std::sync::Arc;

use serde::Serialize;
use tokio::sync::mpsc;

use super::Failure;
use super::context::Context;
use super::exit::Code;
use super::output::Format;
use crate::config::Security;
use crate::safe_text::SafeText;
use crate::setup::discover::{self, Asked};
use crate::setup::net::real::Real;
use crate::setup::plan::{Address, Lookup, Offer, Plan, Progress, Server, Source, State, UserForm, Way};

/// Finds the servers of an address.
pub(super) fn run(context: &mut Context<'_>, address: &str, domain_alone: bool) -> Result<Code, Failure> {
    let address = Address::parse(address).map_err(|wrong| Failure::Usage(format!("{address}: {wrong}")))?;
    let plan = look(context, address, domain_alone)?;
    report(context, &plan)
}

/// Looks for the servers of an address; for people each answer is printed as it comes.
pub(super) fn look(context: &mut Context<'_>, address: Address, domain_alone: bool) -> Result<Plan, Failure> {
    let asked = match (context.args.offline, domain_alone) {
        (true, _) => Asked::Nobody,
        (false, true) => Asked::DomainAlone,
        (false, false) => Asked::Everybody,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|e| Failure::Failed(format!("cannot start: {e}")))?;
    let (tell, mut told) = mpsc::channel(16);
    let looking = runtime.spawn(discover::discover(Arc::new(Real::new()), address.clone(), asked, tell));
    let mut live = Live { plan: Plan::new(address), told: Vec::new() };
    while let Some(progress) = runtime.block_on(told.recv()) {
        live.take(context, progress)?;
    }
    // What blocks in a thread (a name that is looked up, a file that drips) is not waited for.
    drop(looking);
    runtime.shutdown_background();
    Ok(live.plan)
}

/// The plan so far, and which of its lines were printed.
struct Live {
    plan: Plan,
    told: Vec<Source>,
}

impl Live {
    fn take(&mut self, context: &mut Context<'_>, progress: Progress) -> Result<(), Failure> {
        self.plan.take(progress);
        if context.out.format() == Format::Json {
            return Ok(());
        }
        for lookup in self.plan.lookups.iter().filter(|lookup| lookup.state.settled()) {
            if !self.told.contains(&lookup.source) {
                self.told.push(lookup.source);
                // What was not asked is no news: the built-in table mostly saves all of it.
                if lookup.state != State::Unneeded {
                    context.out.line(&line(lookup))?;
                }
            }
        }
        context.out.flush()?;
        Ok(())
    }
}

/// "found    DNS SRV _imaps._tcp: imap.example.org".
fn line(lookup: &Lookup) -> String {
    format!("{:<8} {}: {}", word(&lookup.state), lookup.asks, lookup.state.words())
}

const fn word(state: &State) -> &'static str {
    match state {
        State::Waiting => "waiting",
        State::Asking => "asking",
        State::Found(_) => "found",
        State::Nothing => "nothing",
        State::Failed(_) => "failed",
        State::Unneeded => "left out",
    }
}

fn report(context: &mut Context<'_>, plan: &Plan) -> Result<Code, Failure> {
    match context.out.format() {
        Format::Json => context.out.json(&Report::of(plan))?,
        Format::Text => {
            if let Some(best) = plan.best() {
                context.out.line("")?;
                for line in offer(best, plan) {
                    context.out.line(&line)?;
                }
            }
        }
    }
    match nothing(plan) {
        Some(failure) => Err(failure),
        None => Ok(Code::Done),
    }
}

/// Why nothing was found; `None`: something was.
pub(super) fn nothing(plan: &Plan) -> Option<Failure> {
    let mut advice = discover::advice(plan)?;
    if plan.closed.is_none() {
        advice.push_str("; --host names it");
    }
    let failed = |lookup: &&Lookup| matches!(lookup.state, State::Failed(_));
    let silent = plan.lookups.iter().filter(failed).count() >= 4;
    Some(if silent && plan.closed.is_none() { Failure::Unreachable(advice) } else { Failure::Failed(advice) })
}

/// What the best offer is, and which others there are.
pub(super) fn offer(offer: &Offer, plan: &Plan) -> Vec<String> {
    let ways: Vec<&str> = offer.ways.iter().map(Way::words).collect();
    let user = match offer.user {
        UserForm::Own => "as your provider told you".to_owned(),
        UserForm::Address | UserForm::LocalPart => offer.user.of(&plan.address),
    };
    let mut lines = vec![format!("receive  {}", offer.receive.words())];
    lines.extend(offer.send.as_ref().map(|send| format!("send     {}", send.words())));
    lines.push(format!("user     {user}"));
    lines.push(format!("sign in  {}", ways.join(", or ")));
    lines.extend(offer.note.as_ref().map(|note| format!("note     {note}")));
    lines.extend(offer.help.as_ref().map(|help| format!("help     {help}")));
    lines.extend(offer.question(&plan.address).map(|question| format!("confirm  {question}")));
    let others = plan.offers.iter().skip(1);
    lines.extend(others.map(|other| format!("other    {}  by {}", other.receive.words(), other.source.as_str())));
    lines
}

/// The plan, as JSON.
#[derive(Serialize)]
struct Report<'p> {
    address: &'p str,
    domain: &'p str,
    lookups: Vec<LookupRow<'p>>,
    offers: Vec<OfferRow<'p>>,
    closed: Option<&'p str>,
}

#[derive(Serialize)]
struct LookupRow<'p> {
    source: &'static str,
    asks: &'p str,
    state: &'static str,
    words: String,
}

#[derive(Serialize)]
struct OfferRow<'p> {
    source: &'static str,
    provider: Option<&'p str>,
    receive: ServerRow<'p>,
    send: Option<ServerRow<'p>>,
    user: Option<String>,
    ways: Vec<String>,
    note: Option<&'p str>,
    help: Option<&'p str>,
    confirm: bool,
}

#[derive(Serialize)]
struct ServerRow<'p> {
    host: &'p str,
    port: u16,
    security: &'static str,
}

impl<'p> Report<'p> {
    fn of(plan: &'p Plan) -> Self {
        let lookup = |lookup: &'p Lookup| LookupRow {
            source: lookup.source.as_str(),
            asks: lookup.asks.as_str(),
            state: word(&lookup.state),
            words: lookup.state.words().to_string(),
        };
        Self {
            address: &plan.address.whole,
            domain: &plan.address.domain,
            lookups: plan.lookups.iter().map(lookup).collect(),
            offers: plan.offers.iter().map(|offer| OfferRow::of(offer, plan)).collect(),
            closed: plan.closed.as_ref().map(|closed| closed.note.as_str()),
        }
    }
}

impl<'p> OfferRow<'p> {
    fn of(offer: &'p Offer, plan: &'p Plan) -> Self {
        let way = |way: &Way| match way {
            Way::Password => "password".to_owned(),
            Way::AppPassword => "app-password".to_owned(),
            Way::OAuth { provider } => format!("oauth:{provider}"),
        };
        Self {
            source: offer.source.as_str(),
            provider: offer.provider.as_ref().map(SafeText::as_str),
            receive: server(&offer.receive),
            send: offer.send.as_ref().map(server),
            user: Some(offer.user.of(&plan.address)).filter(|user| !user.is_empty()),
            ways: offer.ways.iter().map(way).collect(),
            note: offer.note.as_ref().map(SafeText::as_str),
            help: offer.help.as_deref(),
            confirm: offer.confirm,
        }
    }
}

fn server(server: &Server) -> ServerRow<'_> {
    ServerRow {
        host: &server.host,
        port: server.port,
        security: match server.security {
            Security::Tls => "tls",
            Security::StartTls => "starttls",
            Security::None => "none",
        },
    }
}
