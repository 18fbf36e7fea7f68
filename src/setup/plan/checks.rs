//! The steps of trying an account before it is saved, and how far they are: a line a step.

use crate::mail::folder::Role;
use crate::safe_text::SafeText;

/// A step. Each needs the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// The host's name has an address.
    Name,
    /// Somebody listens there.
    Tcp,
    /// The connection is safe.
    Tls,
    /// It is an IMAP server.
    Greeting,
    /// The user's own command, in place of all that comes before the sign-in, greets as a server does.
    Command,
    /// It lets the user in.
    SignIn,
    /// It lists the folders.
    Folders,
    /// Folders for archive, sent mail, drafts, trash and junk are known.
    SpecialFolders,
    /// The way out lets the user in; no mail is sent.
    Sending,
}

impl Step {
    /// Every step of an account that is reached by a socket, in order.
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::Tcp,
        Self::Tls,
        Self::Greeting,
        Self::SignIn,
        Self::Folders,
        Self::SpecialFolders,
        Self::Sending,
    ];

    /// Every step of an account that is reached by a command.
    pub const BEHIND_A_COMMAND: [Self; 5] =
        [Self::Command, Self::SignIn, Self::Folders, Self::SpecialFolders, Self::Sending];

    /// The word for JSON, and what `doctor` calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "dns",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Greeting => "greeting",
            Self::Command => "command",
            Self::SignIn => "sign-in",
            Self::Folders => "folders",
            Self::SpecialFolders => "special-folders",
            Self::Sending => "smtp",
        }
    }

    /// What happens in it, for a line of the screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Name => "Find the server",
            Self::Tcp => "Connect",
            Self::Tls => "Make it safe",
            Self::Greeting => "Speak IMAP",
            Self::Command => "Run the command",
            Self::SignIn => "Sign in",
            Self::Folders => "List folders",
            Self::SpecialFolders => "Know archive, trash, sent",
            Self::Sending => "Sign in to send",
        }
    }
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It worked, and what was found.
    Good(SafeText),
    /// It worked, and something is to be seen to.
    Fair {
        /// What was found.
        words: SafeText,
        /// What to do.
        next: SafeText,
    },
    /// It did not work; the steps after it are not tried.
    Bad {
        /// What is wrong.
        words: SafeText,
        /// What to do.
        next: SafeText,
        /// Whether the server was not reached at all, which may be over soon.
        unreachable: bool,
    },
}

/// What the check tells while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// A step begins.
    Begins(Step),
    /// A step ended.
    Ends(Step, Outcome),
    /// How the server lets itself be signed in to: the names of its SASL mechanisms and `LOGIN`, before the sign-in.
    Ways(Vec<String>),
    /// The folders by what they are for, their names as the user sees them; and how many there are in all.
    Folders {
        /// Those that have a role.
        roles: Vec<(Role, SafeText)>,
        /// All that can be opened.
        count: usize,
    },
    /// A server on this computer has a certificate that nobody vouches for: it, as `imap.pin` takes it.
    Certificate(String),
    /// The end, always the last.
    Ended,
}

/// How far a step is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stand {
    /// Not begun.
    Waiting,
    /// At it.
    Doing,
    /// Over.
    Over(Outcome),
}

/// All steps and what they found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checks {
    /// A line a step, in order.
    pub steps: Vec<(Step, Stand)>,
    /// How the server lets itself be signed in to.
    pub ways: Vec<String>,
    /// Folders with a role.
    pub roles: Vec<(Role, SafeText)>,
    /// Folders that can be opened.
    pub folders: usize,
    /// The certificate of a server on this computer that nobody vouches for.
    pub certificate: Option<String>,
    /// Whether no more is to come.
    pub ended: bool,
}

impl Default for Checks {
    fn default() -> Self {
        let steps = Step::ALL.map(|step| (step, Stand::Waiting)).to_vec();
        Self { steps, ways: Vec::new(), roles: Vec::new(), folders: 0, certificate: None, ended: false }
    }
}

impl Checks {
    /// Takes one more piece of news.
    pub fn take(&mut self, told: Told) {
        match told {
            Told::Begins(Step::Command) => {
                self.steps = Step::BEHIND_A_COMMAND.map(|step| (step, Stand::Waiting)).to_vec();
                self.set(Step::Command, Stand::Doing);
            }
            Told::Begins(step) => self.set(step, Stand::Doing),
            Told::Ends(step, outcome) => self.set(step, Stand::Over(outcome)),
            Told::Ways(ways) => self.ways = ways,
            Told::Folders { roles, count } => (self.roles, self.folders) = (roles, count),
            Told::Certificate(certificate) => self.certificate = Some(certificate),
            Told::Ended => self.ended = true,
        }
    }

    /// Whether everything that reading mail needs works: the account can be saved. Neither missing special folders nor a way
    /// out that is shut stand in the way.
    pub fn passed(&self) -> bool {
        let fine = |stand: &Stand| matches!(stand, Stand::Over(Outcome::Good(_) | Outcome::Fair { .. }));
        self.steps.iter().all(|(step, stand)| *step == Step::Sending || fine(stand))
    }

    /// What was found of the way out, once it was tried.
    pub fn sending(&self) -> Option<&Outcome> {
        self.steps.iter().find_map(|(step, stand)| match stand {
            Stand::Over(outcome) if *step == Step::Sending => Some(outcome),
            Stand::Waiting | Stand::Doing | Stand::Over(_) => None,
        })
    }

    /// The step that failed, what is wrong and what to do.
    pub fn failure(&self) -> Option<(Step, &SafeText, &SafeText)> {
        self.steps.iter().filter(|(step, _)| *step != Step::Sending).find_map(|(step, stand)| match stand {
            Stand::Over(Outcome::Bad { words, next, .. }) => Some((*step, words, next)),
            Stand::Waiting | Stand::Doing | Stand::Over(Outcome::Good(_) | Outcome::Fair { .. }) => None,
        })
    }

    fn set(&mut self, step: Step, stand: Stand) {
        if let Some((_, known)) = self.steps.iter_mut().find(|(known, _)| *known == step) {
            *known = stand;
        }
    }
}
