//! Signing in: what waits for the user, a password that is typed, a browser here and on another computer.

use posthaste::app::action::Id;
use posthaste::app::model::{Banner, Model, Overlay};
use posthaste::app::sign_in::{Hidden, SignIn, Stage};
use posthaste::mail::AccountId;
use posthaste::protocol::{Connection, Need};

use super::sample::{inbox, safe};

const WORK: AccountId = AccountId(1);

/// An account waits: the banner says so, with its key.
pub fn sign_in_needed(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    let reason = safe("the token was revoked");
    for view in model.accounts.iter_mut().filter(|view| view.id == WORK) {
        view.state = Connection::SignInNeeded { need: Need::SignIn, reason: reason.clone() };
    }
    model.banner = Some(Banner {
        account: Some(WORK),
        title: safe("Work waits for you to sign in: the token was revoked"),
        detail: safe("Mail in the cache stays readable; 3 changes wait."),
        keys: vec![(Id::SignIn, safe("sign in")), (Id::CopyError, safe("copy details")), (Id::Back, safe("later"))],
    });
    model
}

fn panel(width: u16, height: u16, stage: Stage) -> Model {
    let mut model = sign_in_needed(width, height);
    model.overlay = Some(Overlay::SignIn(Box::new(SignIn { account: WORK, stage })));
    model
}

/// A password, half typed.
pub fn sign_in_password(width: u16, height: u16) -> Model {
    let mut hidden = Hidden::default();
    "half of it".chars().for_each(|c| hidden.push(c));
    panel(width, height, Stage::Password(hidden))
}

/// An address for the browser: long, and without a place to break it.
pub fn sign_in_browser(width: u16, height: u16) -> Model {
    let url = "https://accounts.example.org/o/oauth2/v2/auth?response_type=code&client_id=0123456789-abcdefghijklmnop&\
               redirect_uri=http%3A%2F%2F127.0.0.1%3A41234%2F&scope=https%3A%2F%2Fmail.example.org%2F&state=Zk3hq0\
               &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    panel(width, height, Stage::Browser(safe(url)))
}

/// A code that is typed on any computer.
pub fn sign_in_device(width: u16, height: u16) -> Model {
    panel(width, height, Stage::Device { url: safe("https://example.org/device"), code: safe("WDJB-MJHT") })
}

/// It did not work.
pub fn sign_in_failed(width: u16, height: u16) -> Model {
    panel(width, height, Stage::Failed(safe("The provider says that access was denied.")))
}
