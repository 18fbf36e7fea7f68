//! The way to an account on the screen, in four steps: address, servers, sign-in, done. Plain data; `update::wizard` changes
//! it, `ui::wizard` draws it, and the runtime does what it orders.

use crate::config::Security;
use crate::mail::folder::Role;
use crate::protocol::{SignInStep, Typed};
use crate::safe_text::SafeText;
use crate::setup::plan::checks::Checks;
use crate::setup::plan::{self, Closed, Offer, Plan, Server};

pub mod order;
pub mod sending;
pub mod settings;
pub mod text;
pub mod texts;

use order::Offered;
use settings::{Keep, Kept, Method, SecretFrom, Settings, default_port};
use text::Text;
use texts::Texts;

/// How a connection is protected, for drawing.
pub type Protection = Security;

/// A way of looking for servers, for drawing.
pub type Lookup = plan::Lookup;

/// How far it is.
pub type State = plan::State;

/// How a step of the check ended.
pub type Outcome = plan::checks::Outcome;

/// How far a step of the check is.
pub type Stand = plan::checks::Stand;

/// A step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Step {
    /// The address is typed.
    #[default]
    Address,
    /// Its servers are found, and can be changed.
    Servers,
    /// The password is typed, or a browser signs in; then the account is tried.
    SignIn,
    /// It is saved.
    Done,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 4] = [Self::Address, Self::Servers, Self::SignIn, Self::Done];

    /// What the line of steps calls it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Address => "Address",
            Self::Servers => "Find servers",
            Self::SignIn => "Sign in",
            Self::Done => "Done",
        }
    }
}

/// What can have the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Field {
    /// The address.
    #[default]
    Address,
    /// The user's name.
    Display,
    /// An account of another program, by its place.
    Found(usize),
    /// To the next step; in the last one, to the mail.
    Onward,
    /// The demo.
    Demo,
    /// Which of several servers that were found.
    Offer,
    /// Whether the host in another domain is the provider's.
    Confirm,
    /// Host and port.
    Receive,
    /// How the connection is protected.
    Security,
    /// Host and port of the server that mail is sent to, or a command that sends.
    Send,
    /// How the connection to that server is protected.
    SendSecurity,
    /// Whether a certificate that nobody vouches for is taken.
    Pin,
    /// The command in place of a socket.
    Tunnel,
    /// The name to sign in with.
    User,
    /// How to sign in.
    Method,
    /// Where the password is kept.
    Keep,
    /// What the account is called in the config.
    Account,
    /// The password.
    Password,
    /// The command that prints it.
    Command,
    /// The id of the user's own OAuth client.
    Client,
    /// Its secret.
    ClientSecret,
    /// OAuth 2 with a browser elsewhere.
    Device,
    /// The address that a browser on another computer ended at.
    Redirect,
    /// The next way to sign in.
    OtherWay,
    /// Fields are filled in by hand.
    ByHand,
    /// One more account.
    Another,
}

impl Field {
    /// Whether it is a line of text.
    pub const fn is_text(self) -> bool {
        match self {
            Self::Address
            | Self::Display
            | Self::Receive
            | Self::Send
            | Self::Tunnel
            | Self::User
            | Self::Account
            | Self::Password
            | Self::Command
            | Self::Client
            | Self::ClientSecret
            | Self::Redirect => true,
            Self::Found(_)
            | Self::Onward
            | Self::Demo
            | Self::Offer
            | Self::Confirm
            | Self::Security
            | Self::SendSecurity
            | Self::Pin
            | Self::Method
            | Self::Keep
            | Self::Device
            | Self::OtherWay
            | Self::ByHand
            | Self::Another => false,
        }
    }

    /// Whether it has a few values to go through.
    pub const fn is_choice(self) -> bool {
        matches!(
            self,
            Self::Offer | Self::Confirm | Self::Security | Self::SendSecurity | Self::Pin | Self::Method | Self::Keep
        )
    }
}

/// The wizard.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and none follows from another")]
#[derive(Debug, Clone, Default)]
pub struct Wizard {
    /// Whether there is no account yet: then there is nothing behind it.
    pub first: bool,
    /// Where it is.
    pub step: Step,
    /// What has the focus.
    pub focus: Field,
    /// What stood in the focused line before it was changed; while it is there, letters are text.
    pub editing: Option<Text>,
    /// The lines.
    pub texts: Texts,
    /// What was found.
    pub plan: Option<Plan>,
    /// Which of the offers is taken.
    pub offer: usize,
    /// The server that the offer had which filled the fields in.
    pub filled: Option<Server>,
    /// The host of which the user said that it is the provider's.
    pub confirmed: Option<String>,
    /// Whether a field was changed by hand: then nothing that is found changes it.
    pub touched: bool,
    /// How the connection is protected.
    pub security: Security,
    /// How the connection to the server for sending is protected.
    pub send_security: Security,
    /// Whether the way out was changed by hand: then no other server for receiving changes it.
    pub send_touched: bool,
    /// A server on this computer, and its certificate that nobody vouches for.
    pub seen: Option<(Server, String)>,
    /// Whether just that certificate is taken.
    pub pinned: bool,
    /// Ways to sign in, and which is taken.
    pub methods: Vec<Method>,
    /// Which of them.
    pub method: usize,
    /// Where passwords can be kept.
    pub keeps: Vec<Keep>,
    /// Which of them.
    pub keep: usize,
    /// Whether OAuth 2 can be used here.
    pub oauth: bool,
    /// Whether a server refused the password that stands there.
    pub refused: bool,
    /// Accounts of other programs.
    pub offered: Vec<Offered>,
    /// The one that is taken over, with what its config says beyond the fields.
    pub taken: Option<Offered>,
    /// What was found for the address whose servers were changed by hand before the user went back, and the account that was
    /// taken over.
    pub left: Option<(Plan, Option<Offered>)>,
    /// How far the check is.
    pub checks: Option<Checks>,
    /// The account that is being tried, and what was typed for it: just this is saved.
    pub tried: Option<(Settings, Option<Typed>)>,
    /// How far the sign-in with OAuth 2 is.
    pub sign_in: Option<SignInStep>,
    /// Whether it is being saved.
    pub saving: bool,
    /// What is wrong, and what to do.
    pub trouble: Option<SafeText>,
    /// The config that is written, as people write its path.
    pub path: SafeText,
    /// Names that an account has already, or had while something of it is still on the disk.
    pub names: Vec<String>,
    /// The request whose answers are wanted.
    pub turn: u64,
}

impl Wizard {
    /// At the first step; `names` are those that no new account may have.
    pub fn new(names: Vec<String>) -> Self {
        Self {
            names,
            editing: Some(Text::default()),
            keeps: vec![Keep::Command, Keep::File],
            methods: vec![Method::Password, Method::Tunnel],
            ..Self::default()
        }
    }

    /// What can have the focus in this step, in the order of the screen.
    pub fn fields(&self) -> Vec<Field> {
        self.fields_of(self.step)
    }

    /// What can have the focus in a step.
    pub fn fields_of(&self, step: Step) -> Vec<Field> {
        match step {
            Step::Address => {
                let mut fields = vec![Field::Address, Field::Display];
                fields.extend((0..self.offered.len()).map(Field::Found));
                fields.extend([Field::Onward, Field::Demo]);
                fields
            }
            Step::Servers => self.server_fields(),
            Step::SignIn => {
                let mut fields = Vec::new();
                fields.extend(self.awaits_browser().then_some(Field::Redirect));
                fields.extend((*self.method() == Method::Token).then_some(Field::Command));
                if self.method().takes_password() {
                    let command = self.keep() == Keep::Command;
                    fields.push(if command { Field::Command } else { Field::Password });
                    fields.push(Field::Keep);
                }
                let oauth = matches!(self.method(), Method::OAuth(_));
                fields.extend(oauth.then_some([Field::Client, Field::ClientSecret, Field::Keep]).into_iter().flatten());
                fields.push(Field::Onward);
                fields.extend(oauth.then_some(Field::Device));
                fields.push(Field::OtherWay);
                fields
            }
            Step::Done => vec![Field::Onward, Field::Another],
        }
    }

    fn server_fields(&self) -> Vec<Field> {
        if self.closed().is_some() && !self.touched {
            return vec![Field::ByHand, Field::Demo];
        }
        let mut fields = Vec::new();
        if *self.method() == Method::Tunnel {
            fields.push(Field::Tunnel);
            fields.extend(self.send_fields());
        } else {
            fields.extend((self.offers().len() > 1 && !self.touched).then_some(Field::Offer));
            fields.extend([Field::Receive, Field::Security]);
            fields.extend(self.unknown_certificate().map(|_| Field::Pin));
            fields.extend(self.send_fields());
            fields.extend(self.must_confirm().then_some(Field::Confirm));
            fields.push(Field::User);
        }
        fields.push(Field::Method);
        fields.extend(self.method().takes_password().then_some(Field::Keep));
        fields.extend([Field::Account, Field::Onward, Field::ByHand, Field::OtherWay]);
        fields
    }

    /// Whether letters are text now.
    pub const fn is_typing(&self) -> bool {
        self.editing.is_some()
    }

    /// What was found, the best first.
    pub fn offers(&self) -> &[Offer] {
        self.plan.as_ref().map_or(&[], |plan| &plan.offers)
    }

    /// The offer that is taken.
    pub fn offer(&self) -> Option<&Offer> {
        self.offers().get(self.offer)
    }

    /// The offer that filled the fields in, while they still name its host: what it says more holds for them.
    pub fn filler(&self) -> Option<&Offer> {
        let filled = self.filled.as_ref().filter(|server| self.is_receive(&server.host))?;
        self.offers().iter().find(|offer| offer.receive == *filled)
    }

    /// The certificate of the server of the fields, where it is on this computer and nobody vouches for it.
    pub fn unknown_certificate(&self) -> Option<&str> {
        let here = |server: &Server| self.receive().is_ok_and(|receive| receive == *server);
        self.seen.as_ref().filter(|(server, _)| here(server)).map(|(_, certificate)| certificate.as_str())
    }

    /// Why there is nothing to be found.
    pub fn closed(&self) -> Option<&Closed> {
        self.plan.as_ref().and_then(|plan| plan.closed.as_ref())
    }

    /// Whether servers are still looked for.
    pub fn is_looking(&self) -> bool {
        self.plan.as_ref().is_some_and(|plan| plan.ended.is_none())
    }

    /// Whether the account is being tried.
    pub fn is_checking(&self) -> bool {
        self.checks.as_ref().is_some_and(|checks| !checks.ended)
    }

    /// Whether a browser has the word.
    pub fn awaits_browser(&self) -> bool {
        self.is_checking() && matches!(self.sign_in, Some(SignInStep::Browser { .. }))
    }

    /// Whether something runs that the screen shows as running.
    pub fn is_busy(&self) -> bool {
        self.is_looking() || self.is_checking() || self.saving
    }

    /// How to sign in.
    pub fn method(&self) -> &Method {
        self.methods.get(self.method).unwrap_or(&Method::Password)
    }

    /// Where passwords can be kept for this way to sign in; tokens are asked of nobody, and no command knows them.
    pub fn keeps(&self) -> Vec<Keep> {
        let oauth = matches!(self.method(), Method::OAuth(_));
        self.keeps.iter().copied().filter(|keep| !oauth || matches!(keep, Keep::Keyring | Keep::File)).collect()
    }

    /// Where the password is kept.
    pub fn keep(&self) -> Keep {
        self.keeps().get(self.keep).copied().unwrap_or(Keep::File)
    }

    /// What was typed for this way to sign in, where it is a secret.
    pub fn secret(&self) -> Option<Typed> {
        let line = match (self.method(), self.keep()) {
            (Method::OAuth(_), _) => &self.texts.client_secret,
            (Method::Password | Method::AppPassword, Keep::Keyring | Keep::Ask | Keep::File) => &self.texts.password,
            (Method::Password | Method::AppPassword, Keep::Command) | (Method::Tunnel | Method::Token, _) => {
                return None;
            }
        };
        (line.count() > 0).then(|| Typed(line.secret()))
    }

    /// Whether the user has to say that the host is the provider's before anything is sent there (RFC 6186, section 6).
    pub fn must_confirm(&self) -> bool {
        self.doubted().is_some()
    }

    /// The offer that names the host of the fields where only the DNS does; wherever the fields have it from.
    pub fn doubted(&self) -> Option<&Offer> {
        let tunnel = *self.method() == Method::Tunnel;
        let named = || self.offers().iter().filter(|offer| !tunnel && self.is_receive(&offer.receive.host));
        if named().all(|offer| offer.confirm) { named().next() } else { None }
    }

    /// Whether the user said it of the host that stands there now.
    pub fn is_confirmed(&self) -> bool {
        self.confirmed.as_deref().is_some_and(|host| self.is_receive(host))
    }

    fn is_receive(&self, host: &str) -> bool {
        self.receive().is_ok_and(|receive| receive.host.eq_ignore_ascii_case(host))
    }

    /// The server as the fields say it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn receive(&self) -> Result<Server, &'static str> {
        let typed = self.texts.receive.trimmed();
        if typed.is_empty() {
            return Err("the name of the server is missing: your provider knows it");
        }
        let shape = "a server looks like imap.example.org:993";
        sending::server(typed, self.security, default_port(self.security)).map_err(|why| why.unwrap_or(shape))
    }

    /// The account as the fields say it.
    ///
    /// # Errors
    /// The field that is wrong, and why.
    pub fn settings(&self) -> Result<Settings, (Field, &'static str)> {
        let filled = |text: &Text| Some(text.trimmed().to_owned()).filter(|text| !text.is_empty());
        let email = self.texts.address.trimmed().to_owned();
        let method = self.method();
        let tunnel = *method == Method::Tunnel;
        let receive = if tunnel { None } else { Some(self.receive().map_err(|why| (Field::Receive, why))?) };
        let command = filled(&self.texts.tunnel).filter(|_| tunnel);
        if tunnel && command.is_none() {
            return Err((Field::Tunnel, "the command is missing, for example: ssh host doveadm exec imap"));
        }
        let user = filled(&self.texts.user);
        if user.is_none() && !tunnel {
            return Err((Field::User, "the name to sign in with is missing: your provider knows it"));
        }
        let name = filled(&self.texts.account).ok_or((Field::Account, "the account needs a name"))?;
        if self.names.iter().any(|other| other.eq_ignore_ascii_case(&name)) {
            return Err((Field::Account, "there is an account of this name already"));
        }
        let taken = self.taken.as_ref().map(|offered| &offered.settings);
        // What signs in behind another program's command came with it.
        let behind = taken.filter(|taken| tunnel && taken.command.is_some());
        let from = match (method, self.keep()) {
            (Method::Tunnel, _) => match behind.map(|taken| &taken.from) {
                Some(from @ (SecretFrom::Command(_) | SecretFrom::TokenCommand(_))) => from.clone(),
                Some(SecretFrom::Nowhere | SecretFrom::Typed(_) | SecretFrom::OAuth { .. }) | None => {
                    SecretFrom::Nowhere
                }
            },
            (Method::Token, _) => SecretFrom::TokenCommand(self.texts.command.trimmed().to_owned()),
            (Method::OAuth(provider), keep) => SecretFrom::OAuth {
                provider: provider.clone(),
                client: filled(&self.texts.client),
                has_secret: self.texts.client_secret.count() > 0,
                kept: if keep == Keep::Keyring { Kept::Keyring } else { Kept::File },
            },
            (Method::Password | Method::AppPassword, Keep::Command) => {
                SecretFrom::Command(self.texts.command.trimmed().to_owned())
            }
            (Method::Password | Method::AppPassword, Keep::Keyring) => SecretFrom::Typed(Kept::Keyring),
            (Method::Password | Method::AppPassword, Keep::Ask) => SecretFrom::Typed(Kept::Nowhere),
            (Method::Password | Method::AppPassword, Keep::File) => SecretFrom::Typed(Kept::File),
        };
        let send = self.sending().map_err(|why| (Field::Send, why))?;
        let pin = self.unknown_certificate().filter(|_| self.pinned && !tunnel).map(str::to_owned);
        let user = if tunnel { behind.and_then(|taken| taken.user.clone()) } else { user };
        Ok(Settings {
            send,
            name,
            user: user.filter(|user| *user != email),
            email,
            display_name: filled(&self.texts.display),
            receive,
            command,
            from,
            ca_file: taken.and_then(|taken| taken.ca_file.clone()).filter(|_| pin.is_none()),
            pin: pin.or_else(|| taken.and_then(|taken| taken.pin.clone())),
            folders: taken.map(|taken| taken.folders.clone()).unwrap_or_default(),
        })
    }

    /// Roles that a folder was found for, in the words of the screen.
    pub fn found_roles(&self) -> String {
        let roles = self.checks.iter().flat_map(|checks| &checks.roles);
        let words = roles.filter_map(|(role, _)| match role {
            Role::Archive => Some("archive"),
            Role::Sent => Some("sent"),
            Role::Drafts => Some("drafts"),
            Role::Trash => Some("trash"),
            Role::Junk => Some("junk"),
            Role::Inbox | Role::Flagged | Role::All | Role::Snoozed => None,
        });
        words.collect::<Vec<_>>().join(", ")
    }
}
