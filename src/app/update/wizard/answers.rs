//! What the wizard is told: what was found, how the check goes, whether the account was saved.

use super::{fill, go};
use crate::app::model::Model;
use crate::app::msg::Effect;
use crate::app::update::Effects;
use crate::app::wizard::order::{News, Offered, Order};
use crate::app::wizard::settings::{Keep, Kept, Method, SecretFrom};
use crate::app::wizard::{Field, Step, Wizard};
use crate::protocol::SignInStep;
use crate::safe_text::SafeText;
use crate::setup::plan::Progress;
use crate::setup::plan::checks::{Step as CheckStep, Told};

/// Something came for the wizard.
pub(crate) fn heard(model: &mut Model, fx: &mut Effects, news: News) {
    let next = model.next_ticket;
    let known: Vec<String> = model.accounts.iter().map(|view| view.email.to_string()).collect();
    let Some(wizard) = model.wizard.as_deref_mut() else { return };
    match news {
        News::Offered(offered) => {
            // The place of the focus among them may be another now.
            if !matches!(wizard.focus, Field::Found(_)) {
                let new = |one: &Offered| !known.iter().any(|known| known.eq_ignore_ascii_case(&one.settings.email));
                wizard.offered = offered.into_iter().filter(new).collect();
            }
        }
        News::Keeps { keeps, oauth, path } => {
            (wizard.oauth, wizard.path) = (oauth, path);
            // Where the password is kept does not change under the user who has seen it.
            if matches!(wizard.step, Step::SignIn | Step::Done) {
                return;
            }
            // Who chose a place keeps it.
            let chosen = (wizard.keep > 0).then(|| wizard.keep());
            wizard.keeps = keeps;
            wizard.keep = wizard.keeps().iter().position(|keep| Some(*keep) == chosen).unwrap_or(0);
        }
        News::Found(turn, progress) if turn == wizard.turn => found(wizard, progress),
        News::SignIn(turn, step) if turn == wizard.turn => {
            // The user asked for a browser just now.
            if let SignInStep::Browser { url } = &step {
                fx.push(Effect::OpenLink(url.clone()));
            }
            wizard.sign_in = Some(step);
            if wizard.awaits_browser() {
                wizard.texts.redirect.clear();
                go(wizard, Step::SignIn, Field::Redirect);
            } else if wizard.focus == Field::Redirect {
                go(wizard, Step::SignIn, Field::Onward);
            }
        }
        News::Told(turn, told) if turn == wizard.turn => {
            if self::told(wizard, told) {
                wizard.turn = next;
                wizard.saving = true;
                let tried = wizard.tried.clone();
                let order = |(settings, secret)| Order::Save { turn: next, settings: Box::new(settings), secret };
                fx.extend(tried.map(order).map(Effect::Wizard));
                let _taken = model.ticket();
            }
        }
        // The account starts as every account does that comes into the config while the program runs.
        News::Saved(turn, outcome) if turn == wizard.turn => {
            let tried = wizard.tried.take();
            if saved(wizard, outcome) {
                // What is asked for at each start was typed just now.
                let asked = tried.filter(|(settings, _)| settings.from == SecretFrom::Typed(Kept::Nowhere));
                model.work.typed = asked.and_then(|(settings, typed)| Some((settings.name, typed?)));
                fx.push(Effect::ReadConfig { asked: false });
            }
        }
        News::Found(..) | News::SignIn(..) | News::Told(..) | News::Saved(..) => {}
    }
}

fn found(wizard: &mut Wizard, progress: Progress) {
    let here = wizard.step == Step::Servers && !wizard.is_typing();
    // Who chose an offer, or made something else of it, keeps it; else a better answer takes its place.
    let keeps = wizard.offer > 0 || wizard.touched || !here;
    let chosen = wizard.filled.clone().filter(|_| keeps);
    let Some(plan) = &mut wizard.plan else { return };
    plan.take(progress);
    let (ended, nothing) = (plan.ended.is_some(), plan.offers.is_empty());
    let kept = chosen.and_then(|server| wizard.offers().iter().position(|offer| offer.receive == server));
    wizard.offer = kept.unwrap_or(0);
    if here && !wizard.touched && kept.is_none() {
        fill(wizard);
    }
    if wizard.step == Step::Servers && wizard.closed().is_some() && !wizard.touched {
        return go(wizard, Step::Servers, Field::ByHand);
    }
    if !here {
        return;
    }
    if ended && nothing && !wizard.touched {
        wizard.focus = Field::Receive;
        super::begin(wizard);
    }
}

/// True once the account works and can be saved.
fn told(wizard: &mut Wizard, told: Told) -> bool {
    let ends = told == Told::Ended;
    let Some(checks) = &mut wizard.checks else { return false };
    checks.take(told);
    if !ends {
        return false;
    }
    if checks.passed() {
        return true;
    }
    (wizard.tried, wizard.sign_in) = (None, None);
    let certificate = checks.certificate.take();
    let failed = checks.failure().map(|(step, words, next)| (step, SafeText::new(&format!("{words}: {next}"))));
    let password = wizard.method().takes_password();
    match failed {
        Some((CheckStep::Tls, _)) if certificate.is_some() => {
            wizard.seen = wizard.receive().ok().zip(certificate);
            wizard.pinned = false;
            go(wizard, Step::Servers, Field::Pin);
            let text = "nobody vouches for the certificate of this server on your computer: a bridge makes its own. If it is \
                        yours, trust just this one; nothing was sent yet";
            wizard.trouble = Some(SafeText::from_static(text));
        }
        Some((CheckStep::Command | CheckStep::Name | CheckStep::Tcp | CheckStep::Tls | CheckStep::Greeting, words)) => {
            let field =
                if wizard.fields_of(Step::Servers).contains(&Field::Tunnel) { Field::Tunnel } else { Field::Receive };
            go(wizard, Step::Servers, field);
            super::begin(wizard);
            wizard.trouble = Some(words);
        }
        Some((CheckStep::SignIn, _)) if password || *wizard.method() == Method::Token => {
            let command = !password || wizard.keep() == Keep::Command;
            let field = if command { Field::Command } else { Field::Password };
            wizard.refused = true;
            go(wizard, Step::SignIn, field);
        }
        Some((CheckStep::SignIn | CheckStep::Folders | CheckStep::SpecialFolders | CheckStep::Sending, _)) | None => {
            go(wizard, Step::SignIn, Field::Onward);
        }
    }
    false
}

/// True when it was.
fn saved(wizard: &mut Wizard, outcome: Result<(), SafeText>) -> bool {
    wizard.saving = false;
    match outcome {
        Ok(()) => {
            wizard.texts.password.clear();
            wizard.texts.client_secret.clear();
            go(wizard, Step::Done, Field::Onward);
            return true;
        }
        Err(reason) => {
            go(wizard, Step::SignIn, Field::Onward);
            wizard.trouble = Some(reason);
        }
    }
    false
}
