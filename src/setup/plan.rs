//! What set-up has found so far, and how far each way of looking is: plain data and pure rules. Nothing here waits.
//!
//! A [`Plan`] begins with an address, takes each [`Progress`] that discovery tells, and always knows the best [`Offer`].

use crate::config::Security;
use crate::safe_text::SafeText;

pub mod checks;
pub mod name;

/// An address, split where it matters: the domain is all that anybody is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// As it was typed, without the space around it.
    pub whole: String,
    /// What is before the last `@`.
    pub local: String,
    /// The domain in lower case, letters beyond ASCII as A-labels (RFC 5890, section 2.3.2.1).
    pub domain: String,
}

impl Address {
    /// Splits an address.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence for the user.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const SHAPE: &str = "this is no address: it should look like ada@example.org";
        let whole = text.trim();
        let (local, domain) = whole.rsplit_once('@').ok_or(SHAPE)?;
        let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | '@');
        if local.is_empty() || local.chars().any(odd) {
            return Err(SHAPE);
        }
        let domain = name::ascii(domain).ok_or("what stands behind the @ is no domain")?;
        Ok(Self { whole: whole.to_owned(), local: local.to_owned(), domain })
    }
}

/// A way of looking for servers. The order is the rank: who comes first is believed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// The table that comes with the program.
    Table,
    /// The provider's own file on `autoconfig.DOMAIN`, over https.
    Autoconfig,
    /// The same on `DOMAIN/.well-known/autoconfig`.
    WellKnown,
    /// The database that Thunderbird's makers keep.
    Ispdb,
    /// Who takes the domain's mail (MX): a provider of the table or of the database.
    Mx,
    /// What the domain says in the DNS (RFC 6186, RFC 8314 section 5.1).
    Srv,
    /// Names that servers often have, tried.
    Guess,
}

impl Source {
    /// Every source, by rank.
    pub const ALL: [Self; 7] =
        [Self::Table, Self::Autoconfig, Self::WellKnown, Self::Ispdb, Self::Mx, Self::Srv, Self::Guess];

    /// The word for JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Autoconfig => "autoconfig",
            Self::WellKnown => "well-known",
            Self::Ispdb => "ispdb",
            Self::Mx => "mx",
            Self::Srv => "srv",
            Self::Guess => "guess",
        }
    }

    /// What is asked for this domain, in words for a line of the screen.
    pub fn asks(self, domain: &str) -> String {
        match self {
            Self::Table => "built-in list of providers".to_owned(),
            Self::Autoconfig => format!("autoconfig.{domain}"),
            Self::WellKnown => format!("{domain}/.well-known"),
            Self::Ispdb => "Thunderbird ISP database".to_owned(),
            Self::Mx => "DNS MX, who takes the mail".to_owned(),
            Self::Srv => "DNS SRV _imaps._tcp".to_owned(),
            Self::Guess => "guess imap., mail.".to_owned(),
        }
    }
}

/// How far a way of looking is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Not begun.
    Waiting,
    /// Asked, no answer yet.
    Asking,
    /// Found something, and what, in few words.
    Found(SafeText),
    /// Nothing is there.
    Nothing,
    /// No answer that could be used, and why.
    Failed(SafeText),
    /// A better answer came first, or the user does not want it to be asked.
    Unneeded,
}

impl State {
    /// Whether no more is to be expected.
    pub const fn settled(&self) -> bool {
        match self {
            Self::Waiting | Self::Asking => false,
            Self::Found(_) | Self::Nothing | Self::Failed(_) | Self::Unneeded => true,
        }
    }

    /// What the line says behind what is asked.
    pub fn words(&self) -> SafeText {
        match self {
            Self::Waiting => SafeText::from_static("waiting"),
            Self::Asking => SafeText::from_static("asking"),
            Self::Found(words) | Self::Failed(words) => words.clone(),
            Self::Nothing => SafeText::from_static("nothing there"),
            Self::Unneeded => SafeText::from_static("not needed"),
        }
    }
}

/// A way of looking and how far it is: a line of the live view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// The way.
    pub source: Source,
    /// What is asked, for people.
    pub asks: SafeText,
    /// How far it is.
    pub state: State,
}

/// Where a server is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Server {
    /// Its name in ASCII, or a loopback address.
    pub host: String,
    /// Its TCP port, never 0.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
}

impl Server {
    /// A server that somebody on the net named: a public-looking name, a port, and TLS. `None` for anything else, above
    /// all for clear text, addresses in digits and this computer.
    pub fn named(host: &str, port: u16, security: Security) -> Option<Self> {
        let host = name::ascii(host).filter(|host| name::is_public(host))?;
        (port != 0 && security != Security::None).then_some(Self { host, port, security })
    }

    /// `imap.example.org:993  TLS`.
    pub fn words(&self) -> SafeText {
        let how = match self.security {
            Security::Tls => "TLS",
            Security::StartTls => "STARTTLS",
            Security::None => "clear text",
        };
        SafeText::new(&format!("{}:{}  {how}", self.host, self.port))
    }
}

/// The server that most likely takes the mail of those who receive theirs from this one: its neighbour, over TLS. On this
/// computer anything may be anywhere.
pub fn guessed_sending(receive: &Server) -> Option<Server> {
    let host = &receive.host;
    if !host.contains('.') || host.parse::<std::net::IpAddr>().is_ok() {
        return None;
    }
    let host = host.strip_prefix("imap.").map_or_else(|| host.clone(), |rest| format!("smtp.{rest}"));
    Some(Server { host, port: 465, security: Security::Tls })
}

/// What the server calls its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum UserForm {
    /// The whole address.
    #[default]
    Address,
    /// What is before the `@`.
    LocalPart,
    /// Something else, which only the user knows.
    Own,
}

impl UserForm {
    /// The name to sign in with; empty where only the user knows it.
    pub fn of(self, address: &Address) -> String {
        match self {
            Self::Address => address.whole.clone(),
            Self::LocalPart => address.local.clone(),
            Self::Own => String::new(),
        }
    }
}

/// A way to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Way {
    /// The mailbox's own password.
    Password,
    /// A password made for this program in the provider's settings; the mailbox's own is refused.
    AppPassword,
    /// OAuth 2 in the browser.
    OAuth {
        /// The provider's key in the table of OAuth endpoints: `google`, `microsoft`.
        provider: String,
    },
}

impl Way {
    /// For a line of the screen.
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::AppPassword => "app password",
            Self::OAuth { .. } => "OAuth 2 in your browser",
        }
    }
}

/// Servers that somebody offers for the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Who offers them: the best of those that do.
    pub source: Source,
    /// What the provider calls itself, where that is known.
    pub provider: Option<SafeText>,
    /// Where mail is received (IMAP).
    pub receive: Server,
    /// Where mail is sent (SMTP submission).
    pub send: Option<Server>,
    /// What the server calls its user.
    pub user: UserForm,
    /// Ways to sign in, the one to try first at the front; never empty.
    pub ways: Vec<Way>,
    /// What this provider needs, in a sentence: an app password, a switch in its settings.
    pub note: Option<SafeText>,
    /// Where that is explained, an https URL of the program's own table.
    pub help: Option<String>,
    /// Whether the user has to say that he knows the host: it lies in another domain, and only the unsigned DNS names it
    /// (RFC 6186, section 6).
    pub confirm: bool,
}

impl Offer {
    /// An offer of two servers and nothing more.
    pub fn plain(source: Source, receive: Server, send: Option<Server>) -> Self {
        Self {
            source,
            provider: None,
            receive,
            send,
            user: UserForm::Address,
            ways: vec![Way::Password],
            note: None,
            help: None,
            confirm: false,
        }
    }

    /// What to ask the user before anything is sent to the host.
    pub fn question(&self, address: &Address) -> Option<SafeText> {
        self.confirm.then(|| {
            SafeText::new(&format!(
                "{} is not in {}, and only the DNS says so, which is not signed: is it your provider's?",
                self.receive.host, address.domain
            ))
        })
    }

    /// Takes what another offer of the same server knows more. The better source keeps the word.
    fn join(&mut self, other: Self) {
        let (mut better, worse) =
            if other.source < self.source { (other, self.clone()) } else { (self.clone(), other) };
        better.provider = better.provider.or(worse.provider);
        better.send = better.send.or(worse.send);
        better.help = if better.note.is_none() { worse.help } else { better.help };
        better.note = better.note.or(worse.note);
        // One who can be believed is enough.
        better.confirm &= worse.confirm;
        *self = better;
    }

    /// Lower is better: who says it, and then TLS from the first byte before STARTTLS (RFC 8314, section 3).
    fn rank(&self) -> (Source, u8) {
        let security = match self.receive.security {
            Security::Tls => 0,
            Security::StartTls => 1,
            Security::None => 2,
        };
        (self.source, security)
    }
}

/// A provider that offers no IMAP at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// What it calls itself.
    pub provider: SafeText,
    /// Why, in a sentence.
    pub note: SafeText,
    /// Where that is explained.
    pub help: Option<String>,
}

/// What discovery tells while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// A source is asked.
    Asking(Source),
    /// A source answered.
    Found {
        /// Which.
        source: Source,
        /// What it offers, in its own order; each with its own source, which for MX may be a better one's.
        offers: Vec<Offer>,
    },
    /// A source knows nothing.
    Nothing(Source),
    /// A source gave no answer that could be used.
    Failed {
        /// Which.
        source: Source,
        /// Why.
        words: SafeText,
    },
    /// The provider has no IMAP: there is nothing to look for.
    Closed(Closed),
    /// A source is not asked, because the user wants it so.
    Left(Source),
    /// The end, always the last.
    Ended(End),
}

/// Why discovery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The best answer that could come is there.
    Enough,
    /// Everybody has answered.
    All,
    /// The time is over.
    Deadline,
}

/// All that is known of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The address.
    pub address: Address,
    /// A line a source, by rank.
    pub lookups: Vec<Lookup>,
    /// What was found, the best first, no server twice.
    pub offers: Vec<Offer>,
    /// Set when the provider has no IMAP.
    pub closed: Option<Closed>,
    /// Set at the end.
    pub ended: Option<End>,
}

impl Plan {
    /// A plan where nothing was asked yet.
    pub fn new(address: Address) -> Self {
        let lookup = |source: Source| Lookup {
            source,
            asks: SafeText::new(&source.asks(&address.domain)),
            state: State::Waiting,
        };
        let lookups = Source::ALL.map(lookup).to_vec();
        Self { address, lookups, offers: Vec::new(), closed: None, ended: None }
    }

    /// Takes one more answer. What comes after the end changes nothing.
    pub fn take(&mut self, progress: Progress) {
        if self.ended.is_some() {
            return;
        }
        match progress {
            Progress::Asking(source) => self.set(source, State::Asking),
            Progress::Nothing(source) => self.set(source, State::Nothing),
            Progress::Failed { source, words } => self.set(source, State::Failed(words)),
            Progress::Left(source) => self.set(source, State::Unneeded),
            Progress::Found { source, offers } => self.found(source, offers),
            Progress::Closed(closed) => {
                // The table says so, of the domain or of the servers that take its mail.
                let known = self.lookups.iter().any(|lookup| lookup.source == Source::Table && lookup.state.settled());
                let source = if known { Source::Mx } else { Source::Table };
                self.set(source, State::Found(closed.provider.clone()));
                self.closed = Some(closed);
            }
            Progress::Ended(end) => {
                self.ended = Some(end);
                let rest = match end {
                    End::Enough | End::All => State::Unneeded,
                    End::Deadline => State::Failed(SafeText::from_static("no answer in time")),
                };
                for lookup in self.lookups.iter_mut().filter(|lookup| !lookup.state.settled()) {
                    lookup.state = rest.clone();
                }
            }
        }
    }

    /// The best that was found.
    pub fn best(&self) -> Option<&Offer> {
        self.offers.first()
    }

    /// Whether nothing better can come: something was found, and every source of a higher rank is settled; or there is no
    /// IMAP to be found.
    pub fn enough(&self) -> bool {
        let settled = |rank: Source| self.lookups.iter().filter(|l| l.source < rank).all(|l| l.state.settled());
        self.closed.is_some() || self.best().is_some_and(|best| settled(best.source))
    }

    /// The account as it would be saved from this offer; every field is the user's to change.
    pub fn draft(&self, offer: &Offer, taken: &[&str]) -> Draft {
        Draft {
            name: name::for_account(&self.address.domain, offer.provider.as_ref(), taken),
            email: self.address.whole.clone(),
            display_name: None,
            receive: offer.receive.clone(),
            send: offer.send.clone(),
            user: offer.user.of(&self.address),
            way: offer.ways.first().cloned().unwrap_or(Way::Password),
        }
    }

    fn set(&mut self, source: Source, state: State) {
        if let Some(lookup) = self.lookups.iter_mut().find(|lookup| lookup.source == source) {
            lookup.state = state;
        }
    }

    fn found(&mut self, source: Source, offers: Vec<Offer>) {
        let words = self.words_for(&offers);
        for offer in offers.into_iter().take(OFFERS) {
            match self.offers.iter_mut().find(|known| known.receive == offer.receive) {
                Some(known) => known.join(offer),
                None => self.offers.push(offer),
            }
        }
        // A stable sort: within a rank the source's own order stays.
        self.offers.sort_by_key(Offer::rank);
        self.set(source, words.map_or(State::Nothing, State::Found));
    }

    /// What a line says of an answer; `None` when there is nothing in it.
    fn words_for(&self, offers: &[Offer]) -> Option<SafeText> {
        let first = offers.first()?;
        let known = self.offers.iter().any(|offer| offer.receive.host == first.receive.host);
        Some(match &first.provider {
            _ if known => SafeText::from_static("same host"),
            Some(provider) => provider.clone(),
            None => SafeText::new(&first.receive.host),
        })
    }
}

/// Offers taken of one source: nobody has more servers that are worth a line.
const OFFERS: usize = 8;

/// An account as it would be saved. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its name in the config.
    pub name: String,
    /// The address.
    pub email: String,
    /// The user's name beside the address.
    pub display_name: Option<String>,
    /// Where mail is received.
    pub receive: Server,
    /// Where mail is sent.
    pub send: Option<Server>,
    /// The name to sign in with; empty where only the user knows it.
    pub user: String,
    /// How to sign in.
    pub way: Way,
}

#[cfg(test)]
mod tests;
