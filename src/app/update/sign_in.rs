//! Signing in: the panel that asks for a password or shows where to go with a browser.

use super::{Effects, toast, triage};
use crate::app::cursor::{account_name, current_account};
use crate::app::key::{Code, Key};
use crate::app::model::{Model, Overlay};
use crate::app::msg::Effect;
use crate::app::sign_in::{Hidden, SignIn, Stage};
use crate::mail::AccountId;
use crate::protocol::{Command, Connection, Need, SignInStep, SignInWay, Typed};
use crate::safe_text::SafeText;

/// The account that waits for the user, and for what: the banner's, the one that is looked at, or the first.
pub(crate) fn waiting(model: &Model) -> Option<(AccountId, Need)> {
    let need = |id: AccountId| {
        let view = model.accounts.iter().find(|view| view.id == id)?;
        match view.state {
            Connection::SignInNeeded { need, .. } => Some((id, need)),
            Connection::Starting
            | Connection::Connecting
            | Connection::Online { .. }
            | Connection::Syncing
            | Connection::Offline { .. }
            | Connection::SignInRefused { .. }
            | Connection::Blocked { .. } => None,
        }
    };
    let first = model.banner.as_ref().and_then(|banner| banner.account);
    let all = model.accounts.iter().map(|view| view.id);
    first.into_iter().chain(current_account(model)).chain(all).find_map(need)
}

/// Does what the account waits for: opens the panel, has its command run at the terminal, or has it tried again.
pub(crate) fn open(model: &mut Model, fx: &mut Effects) {
    let Some((account, need)) = waiting(model) else { return };
    let stage = match need {
        Need::Password => Stage::Password(Hidden::default()),
        Need::SignIn => begin(fx, account, SignInWay::Browser),
        Need::Command => return fx.push(Effect::RunSecret(account)),
        Need::Unlock => {
            triage::command(fx, Command::Reconnect(account));
            return toast::info(model, fx, &format!("Signing in to {}…", account_name(model, account)));
        }
    };
    if matches!(model.overlay, Some(Overlay::Tasks { .. })) {
        model.work.under = model.overlay.take();
    }
    model.overlay = Some(Overlay::SignIn(Box::new(SignIn { account, stage })));
}

/// Who has chosen to type the password at each start is asked at the start: before a key is pressed that means something else.
pub(crate) fn at_start(model: &mut Model, fx: &mut Effects) {
    let busy =
        model.work.presses > 0 || model.overlay.is_some() || model.wizard.is_some() || super::compose::is_here(model);
    if !busy && waiting(model).is_some_and(|(_, need)| need == Need::Password) {
        open(model, fx);
    }
}

fn begin(fx: &mut Effects, account: AccountId, way: SignInWay) -> Stage {
    triage::command(fx, Command::SignIn { account, way });
    Stage::Starting(way)
}

/// Enter: the password is given away, or the browser opened.
pub(crate) fn accept(model: &mut Model, fx: &mut Effects, mut panel: Box<SignIn>) {
    let account = panel.account;
    match &mut panel.stage {
        Stage::Password(hidden) if hidden.count() > 0 => {
            let secret = Typed(hidden.take());
            triage::command(fx, Command::Secret { account, secret });
            model.overlay = model.work.under.take();
            toast::info(model, fx, &format!("Signing in to {}…", account_name(model, account)));
            return;
        }
        Stage::Browser(url) | Stage::Device { url, .. } => fx.push(Effect::OpenLink(url.clone())),
        Stage::Failed(_) => panel.stage = begin(fx, account, SignInWay::Browser),
        Stage::Password(_) | Stage::Starting(_) => {}
    }
    model.overlay = Some(Overlay::SignIn(panel));
}

/// The account's command had the terminal, and printed what it signs in with, or did not.
pub(crate) fn printed(model: &mut Model, fx: &mut Effects, account: AccountId, said: Option<Typed>) {
    let name = account_name(model, account);
    let Some(secret) = said else {
        let text = format!("Not signed in to {name}: its command gave nothing to sign in with");
        return toast::warn(model, fx, SafeText::new(&text));
    };
    triage::command(fx, Command::Secret { account, secret });
    toast::info(model, fx, &format!("Signing in to {name}…"));
}

/// A key that is no command.
pub(crate) fn pressed(model: &mut Model, fx: &mut Effects, key: Key) {
    let Some(Overlay::SignIn(panel)) = &mut model.overlay else { return };
    let account = panel.account;
    match (&mut panel.stage, key.text(), key.code) {
        (Stage::Password(hidden), Some(c), _) => hidden.push(c),
        (Stage::Password(hidden), None, Code::Backspace) => hidden.pop(),
        (Stage::Password(hidden), None, Code::Char('h')) if key.ctrl => hidden.pop(),
        (Stage::Password(hidden), None, Code::Char('u')) if key.ctrl => hidden.clear(),
        (Stage::Browser(_) | Stage::Failed(_), Some('d'), _) => panel.stage = begin(fx, account, SignInWay::Device),
        (Stage::Device { .. } | Stage::Failed(_), Some('b'), _) => {
            panel.stage = begin(fx, account, SignInWay::Browser);
        }
        (Stage::Browser(url) | Stage::Device { url, .. }, Some('y'), _) => fx.push(Effect::Copy(url.clone())),
        (Stage::Device { code, .. }, Some('c'), _) => fx.push(Effect::Copy(code.clone())),
        (Stage::Failed(reason), Some('y'), _) => fx.push(Effect::Copy(reason.clone())),
        (
            Stage::Password(_) | Stage::Starting(_) | Stage::Browser(_) | Stage::Device { .. } | Stage::Failed(_),
            _,
            _,
        ) => {}
    }
}

/// Pasted text goes into a password, and nowhere else.
pub(crate) fn paste(model: &mut Model, text: &str) {
    if let Some(Overlay::SignIn(panel)) = &mut model.overlay
        && let Stage::Password(hidden) = &mut panel.stage
    {
        text.chars().for_each(|c| hidden.push(c));
    }
}

/// The panel is closed: what is under way ends.
pub(crate) fn cancel(fx: &mut Effects, panel: &SignIn) {
    if !matches!(panel.stage, Stage::Password(_)) {
        triage::command(fx, Command::EndSignIn(panel.account));
    }
}

/// The engine says how far a sign-in is.
pub(crate) fn step(model: &mut Model, fx: &mut Effects, account: AccountId, step: SignInStep) {
    let here = matches!(&model.overlay, Some(Overlay::SignIn(panel)) if panel.account == account);
    let stage = match step {
        SignInStep::Browser { url } => Stage::Browser(url),
        SignInStep::Device { url, code } => Stage::Device { url, code },
        SignInStep::Failed { reason } if here => Stage::Failed(reason),
        SignInStep::Failed { reason } => {
            let text = format!("{} is not signed in: {reason}", account_name(model, account));
            return toast::warn(model, fx, SafeText::new(&text));
        }
        SignInStep::Done => {
            if here {
                model.overlay = model.work.under.take();
            }
            let text = format!("Signed in to {}", account_name(model, account));
            return toast::done(model, fx, SafeText::new(&text));
        }
    };
    // One that was called off meanwhile is not shown again.
    if here && let Some(Overlay::SignIn(panel)) = &mut model.overlay {
        panel.stage = stage;
    }
}
