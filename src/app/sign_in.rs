//! Signing in on the screen: a password that is typed and not shown, or an address for a browser. Plain data.

use secrecy::{ExposeSecret, SecretString};

use crate::mail::AccountId;
use crate::protocol::SignInWay;
use crate::safe_text::SafeText;

/// The longest password that can be typed, in bytes.
const LONGEST: usize = 1024;

/// What the user signs in to, and how far that is.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// Which account.
    pub account: AccountId,
    /// How far.
    pub stage: Stage,
}

/// How far a sign-in is.
#[derive(Debug, Clone)]
pub enum Stage {
    /// The password is typed.
    Password(Hidden),
    /// The provider is asked.
    Starting(SignInWay),
    /// The browser has to open this address.
    Browser(SafeText),
    /// The user has to open this address anywhere and type the code there.
    Device {
        /// The address.
        url: SafeText,
        /// The code.
        code: SafeText,
    },
    /// It did not work; why.
    Failed(SafeText),
}

/// A line that is typed and not shown. Each text that it ever held is wiped; it is in no `Debug` text.
#[derive(Debug, Clone, Default)]
pub struct Hidden(SecretString);

impl Hidden {
    /// Adds a character at the end; controls are none of a password, and a line has its end.
    pub fn push(&mut self, c: char) {
        let old = self.0.expose_secret();
        if c.is_control() || old.len() + c.len_utf8() > LONGEST {
            return;
        }
        // Just as large as it has to be: a text that grows leaves its beginning behind in memory.
        let mut text = String::with_capacity(old.len() + c.len_utf8());
        text.push_str(old);
        text.push(c);
        self.0 = SecretString::from(text);
    }

    /// Takes the last character away.
    pub fn pop(&mut self) {
        let mut rest = self.0.expose_secret().chars();
        rest.next_back();
        self.0 = SecretString::from(rest.as_str().to_owned());
    }

    /// Takes all away.
    pub fn clear(&mut self) {
        self.0 = SecretString::default();
    }

    /// How many characters it has.
    pub fn count(&self) -> usize {
        self.0.expose_secret().chars().count()
    }

    /// What was typed; it stays, for another try.
    pub fn secret(&self) -> SecretString {
        self.0.clone()
    }

    /// Gives away what was typed; nothing of it stays.
    pub fn take(&mut self) -> SecretString {
        std::mem::take(&mut self.0)
    }
}
