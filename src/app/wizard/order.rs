//! What the wizard asks of the runtime, and what it is told. Each answer carries the number of its request: what answers an
//! older one is dropped.

use crate::app::wizard::settings::{Keep, Settings};
use crate::protocol::{SignInStep, SignInWay, Typed};
use crate::safe_text::SafeText;
use crate::setup::plan::checks::Told;
use crate::setup::plan::{Address, Progress, Way};

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Order {
    /// Look whether other programs have accounts, and where passwords can be kept: answered by `Offered` and `Keeps`.
    Look,
    /// Find the servers of this address: answered by `Found`.
    Discover {
        /// Which request this is.
        turn: u64,
        /// The address, of which the domain alone is sent.
        address: Address,
    },
    /// Try the account: answered by `Told`. Nothing is saved.
    Check {
        /// Which request this is.
        turn: u64,
        /// The account.
        settings: Box<Settings>,
        /// The password, or the secret of the OAuth client, where one was typed.
        secret: Option<Typed>,
        /// With OAuth 2: how the user signs in.
        way: SignInWay,
    },
    /// The browser of the sign-in that runs is on another computer, and ended at this address.
    Redirected(Typed),
    /// Save the account: its password first, where that is kept, then the config. Answered by `Saved`.
    Save {
        /// Which request this is.
        turn: u64,
        /// The account.
        settings: Box<Settings>,
        /// The password, or the secret of the OAuth client, where one was typed.
        secret: Option<Typed>,
    },
    /// End what runs: nobody wants its answer any more.
    Stop,
    /// Give the terminal to the demo until it ends.
    Demo,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// Accounts that other programs have.
    Offered(Vec<Offered>),
    /// What there is here.
    Keeps {
        /// Where passwords can be kept, the best first.
        keeps: Vec<Keep>,
        /// Whether OAuth 2 can be used.
        oauth: bool,
        /// The config that is written, as people write its path.
        path: SafeText,
    },
    /// A word of the discovery.
    Found(u64, Progress),
    /// How far the sign-in with OAuth 2 is that the check waits for.
    SignIn(u64, SignInStep),
    /// A word of the check.
    Told(u64, Told),
    /// The account was saved, or why not.
    Saved(u64, Result<(), SafeText>),
}

/// An account that another program has.
#[derive(Debug, Clone, PartialEq)]
pub struct Offered {
    /// The program.
    pub program: SafeText,
    /// The account as it would be saved; a password that stands in the other program's file is not in it.
    pub settings: Settings,
    /// The ways to sign in that are known of its server, the one that it has there first.
    pub ways: Vec<Way>,
    /// What was not taken over, and what is to be seen to, a sentence each.
    pub notes: Vec<SafeText>,
}
