//! The wizard: steps forward and back, what is typed and chosen. What is found and tried comes in by `answers`.

use super::{Effects, act, list};
use crate::app::action::Id;
use crate::app::cursor::role_folder;
use crate::app::key::{Code, Key};
use crate::app::model::{Model, Pane};
use crate::app::msg::Effect;
use crate::app::sign_in::Hidden;
use crate::app::wizard::order::Order;
use crate::app::wizard::sending::is_here;
use crate::app::wizard::settings::{Keep, Method, SecretFrom, Sending};
use crate::app::wizard::text::{Text, hidden_key, hidden_paste};
use crate::app::wizard::{Field, Step, Wizard};
use crate::config::Security;
use crate::config::outgoing::Smtp;
use crate::mail::folder::Role;
use crate::mail::list::Source;
use crate::protocol::{Command, SignInWay, Typed};
use crate::safe_text::SafeText;
use crate::setup::plan::{Address, End, Offer, Plan, Progress, Server, Way};

pub(crate) mod answers;
mod taken;

use taken::{take, without_asking};

/// Opens the wizard, over whatever is shown.
pub(crate) fn open(model: &mut Model, fx: &mut Effects) {
    let mut names: Vec<String> = model.accounts.iter().map(|view| view.name.to_string()).collect();
    // What is kept of an account is found by its name: mail, a queue, secrets.
    names.extend(model.shelved.disabled.iter().cloned());
    names.extend(model.shelved.stock.iter().map(|stock| stock.name.clone()));
    (model.overlay, model.focus, model.prefix, model.count) = (None, Pane::List, None, None);
    let before = model.wizard.take();
    // The one that was saved just now may not be there yet.
    let saved = before.as_ref().filter(|wizard| wizard.step == Step::Done);
    let first = model.accounts.is_empty() && saved.is_none();
    names.extend(saved.map(|wizard| wizard.texts.account.trimmed().to_owned()));
    let path = before.map(|wizard| wizard.path).unwrap_or_default();
    model.wizard = Some(Box::new(Wizard { first, path, ..Wizard::new(names) }));
    fx.push(Effect::Wizard(Order::Look));
}

/// Whether a key is for the line that is typed, before it is looked up: text, and steps in the line.
pub(crate) fn takes(model: &Model, key: Key) -> bool {
    let Some(wizard) = shown(model).filter(|wizard| wizard.is_typing()) else { return false };
    let in_line =
        matches!(key.code, Code::Backspace | Code::Delete | Code::Left | Code::Right | Code::Home | Code::End);
    let control = key.ctrl && matches!(key.code, Code::Char('u' | 'w' | 'h'));
    // Nobody's address begins so, and who asks for help gets it.
    let asks = key == Key::char('?') && wizard.texts.shown(wizard.focus).is_some_and(|text| text.text.is_empty());
    (key.text().is_some() && !asks) || in_line || control
}

/// The wizard, where it has the keys.
pub(crate) fn shown(model: &Model) -> Option<&Wizard> {
    model.wizard.as_deref().filter(|_| model.overlay.is_none())
}

/// A key for the line that is typed.
pub(crate) fn typed(model: &mut Model, key: Key) {
    edit(model, |text| text.key(key), |hidden| hidden_key(hidden, key));
}

/// Text was pasted.
pub(crate) fn paste(model: &mut Model, pasted: &str) {
    edit(model, |text| text.paste(pasted), |hidden| hidden_paste(hidden, pasted));
}

fn edit(model: &mut Model, shown: impl FnOnce(&mut Text), hidden: impl FnOnce(&mut Hidden)) {
    let Some(wizard) = model.wizard.as_deref_mut().filter(|wizard| wizard.is_typing()) else { return };
    if (wizard.is_checking() && wizard.focus != Field::Redirect) || wizard.saving {
        return;
    }
    if wizard.focus == Field::Redirect {
        hidden(&mut wizard.texts.redirect);
    } else if wizard.focus == Field::Password {
        // Nobody mends a word that he cannot see: the next one is typed from its beginning.
        if std::mem::take(&mut wizard.refused) {
            wizard.texts.password.clear();
        }
        hidden(&mut wizard.texts.password);
    } else if wizard.focus == Field::ClientSecret {
        hidden(&mut wizard.texts.client_secret);
    } else if let Some(text) = wizard.texts.shown_mut(wizard.focus) {
        let before = text.text.clone();
        shown(text);
        let changed = text.text != before;
        wizard.touched |= changed && wizard.step == Step::Servers;
        wizard.send_touched |= changed && wizard.focus == Field::Send;
        if changed && wizard.focus == Field::Receive {
            wizard.guess_sending();
        }
    }
    wizard.trouble = None;
}

/// One step back: what is typed, what runs, the step, the wizard. It always leads out of something.
pub(crate) fn back(model: &mut Model, fx: &mut Effects) {
    let Some(wizard) = model.wizard.as_deref_mut() else { return };
    if wizard.is_checking() || wizard.is_looking() {
        fx.push(Effect::Wizard(Order::Stop));
    }
    match wizard.step {
        // What is being written is written.
        _ if wizard.saving => {}
        Step::Servers if wizard.is_typing() => {
            if let (Some(before), Some(text)) = (wizard.editing.take(), wizard.texts.shown_mut(wizard.focus)) {
                *text = before;
            }
            wizard.guess_sending();
            // On a line letters would be text again; here they are keys.
            wizard.focus = Field::Onward;
            catch_up(wizard);
        }
        Step::SignIn if wizard.is_checking() => {
            (wizard.checks, wizard.tried, wizard.sign_in) = (None, None, None);
            if wizard.focus == Field::Redirect {
                go(wizard, Step::SignIn, Field::Onward);
            }
        }
        Step::SignIn => {
            wizard.checks = None;
            go(wizard, Step::Servers, Field::Onward);
        }
        Step::Servers => {
            let plan = wizard.plan.take();
            // What was typed is there again when the address is the same.
            wizard.left = plan.filter(|_| wizard.touched).map(|plan| (plan, wizard.taken.take()));
            wizard.taken = None;
            if wizard.left.is_none() {
                (wizard.touched, wizard.send_touched) = (false, false);
            }
            go(wizard, Step::Address, Field::Address);
        }
        Step::Done => leave(model, fx),
        Step::Address if wizard.first => act::run(model, fx, Id::Quit),
        Step::Address => model.wizard = None,
    }
}

/// Fills in what was found while a line was typed in which nothing was changed.
fn catch_up(wizard: &mut Wizard) {
    if wizard.step == Step::Servers && !wizard.touched && wizard.filled.is_none() {
        fill(wizard);
    }
}

/// To this field of this step. A line is typed at once.
pub(super) fn go(wizard: &mut Wizard, step: Step, field: Field) {
    if wizard.step != step {
        wizard.trouble = None;
    }
    (wizard.step, wizard.focus) = (step, field);
    wizard.editing = None;
    catch_up(wizard);
    if field.is_text() {
        begin(wizard);
    }
}

/// Letters are text from now on.
fn begin(wizard: &mut Wizard) {
    wizard.editing = Some(wizard.texts.shown(wizard.focus).cloned().unwrap_or_default());
}

/// To the next field, or to the one before.
pub(crate) fn step(model: &mut Model, by: isize) {
    let Some(wizard) = model.wizard.as_deref_mut() else { return };
    let fields = wizard.fields();
    let Ok(count) = isize::try_from(fields.len()) else { return };
    let at = fields.iter().position(|field| *field == wizard.focus).and_then(|at| isize::try_from(at).ok());
    let next = at.map_or(0, |at| (at + by).rem_euclid(count.max(1)));
    let Some(field) = usize::try_from(next).ok().and_then(|next| fields.get(next)) else { return };
    let (step, field) = (wizard.step, *field);
    go(wizard, step, field);
}

/// The focused line is typed; from a field that is none, the first one that is.
pub(crate) fn edit_field(model: &mut Model) {
    let Some(wizard) = model.wizard.as_deref_mut() else { return };
    let line = if wizard.focus.is_text() { Some(wizard.focus) } else { None };
    wizard.touched |= wizard.closed().is_some();
    let Some(field) = line.or_else(|| wizard.fields().into_iter().find(|field| field.is_text())) else { return };
    wizard.focus = field;
    begin(wizard);
}

/// The next value of the focused field, or the one before.
pub(crate) fn turn(model: &mut Model, by: isize) {
    let Some(wizard) = model.wizard.as_deref_mut().filter(|wizard| !wizard.is_checking() && !wizard.saving) else {
        return;
    };
    let of = |at: usize, count: usize| {
        let (at, count) = (isize::try_from(at).unwrap_or(0), isize::try_from(count).unwrap_or(1).max(1));
        usize::try_from((at + by).rem_euclid(count)).unwrap_or(0)
    };
    wizard.trouble = None;
    match wizard.focus {
        Field::Offer => {
            wizard.offer = of(wizard.offer, wizard.offers().len());
            fill(wizard);
        }
        Field::Confirm => {
            let host = wizard.receive().ok().map(|receive| receive.host);
            wizard.confirmed = host.filter(|_| !wizard.is_confirmed());
        }
        Field::Security => turn_security(wizard, by),
        Field::SendSecurity => turn_send_security(wizard, by),
        Field::Pin => wizard.pinned = !wizard.pinned,
        Field::Method | Field::OtherWay => {
            wizard.method = of(wizard.method, wizard.methods.len());
            wizard.guess_sending();
        }
        Field::Keep => wizard.keep = of(wizard.keep, wizard.keeps().len()),
        Field::Address
        | Field::Display
        | Field::Found(_)
        | Field::Onward
        | Field::Demo
        | Field::Receive
        | Field::Send
        | Field::Tunnel
        | Field::User
        | Field::Account
        | Field::Password
        | Field::Command
        | Field::Client
        | Field::ClientSecret
        | Field::Device
        | Field::Redirect
        | Field::ByHand
        | Field::Another => {}
    }
}

/// Another protection, with its own port where the port was the other's own.
fn turn_security(wizard: &mut Wizard, by: isize) {
    use crate::app::wizard::settings::default_port;
    let receive = wizard.receive().ok();
    let before = default_port(wizard.security);
    wizard.security = next_security(wizard.security, receive.as_ref(), by);
    wizard.touched = true;
    if let Some(server) = receive.filter(|server| server.port == before) {
        wizard.texts.receive = Text::of(&format!("{}:{}", server.host, default_port(wizard.security)));
    }
}

/// The same for sending.
fn turn_send_security(wizard: &mut Wizard, by: isize) {
    let send = match wizard.sending() {
        Ok(Some(Sending::Server(submission))) => Some(submission.server),
        Ok(Some(Sending::Command(_)) | None) | Err(_) => None,
    };
    let before = Smtp::default_port(wizard.send_security);
    wizard.send_security = next_security(wizard.send_security, send.as_ref(), by);
    (wizard.touched, wizard.send_touched) = (true, true);
    if let Some(server) = send.filter(|server| server.port == before) {
        wizard.texts.send = Text::of(&format!("{}:{}", server.host, Smtp::default_port(wizard.send_security)));
    }
}

/// The protection after this one. Clear text is for this computer alone.
fn next_security(now: Security, server: Option<&Server>, by: isize) -> Security {
    let here = server.is_some_and(|server| is_here(&server.host));
    let all: &[Security] =
        if here { &[Security::Tls, Security::StartTls, Security::None] } else { &[Security::Tls, Security::StartTls] };
    let at = all.iter().position(|security| *security == now).and_then(|at| isize::try_from(at).ok());
    let count = isize::try_from(all.len()).unwrap_or(1);
    let next = usize::try_from((at.unwrap_or(-by) + by).rem_euclid(count)).unwrap_or(0);
    all.get(next).copied().unwrap_or_default()
}

/// Another way to sign in.
pub(crate) fn other_way(model: &mut Model) {
    let Some(wizard) = model.wizard.as_deref_mut().filter(|wizard| !wizard.is_checking() && !wizard.saving) else {
        return;
    };
    wizard.method = (wizard.method + 1).checked_rem(wizard.methods.len()).unwrap_or(0);
    wizard.guess_sending();
    wizard.checks = None;
    wizard.trouble = None;
    let first = wizard.fields().into_iter().find(|field| field.is_text());
    // A command in place of a server is a matter of the step before.
    let (step, field) = match (wizard.step, wizard.method()) {
        (Step::SignIn, Method::Tunnel) => (Step::Servers, Field::Tunnel),
        (Step::SignIn, _) => (Step::SignIn, first.unwrap_or(Field::Onward)),
        (step, _) => (step, if wizard.fields().contains(&wizard.focus) { wizard.focus } else { Field::Method }),
    };
    go(wizard, step, field);
}

/// Opens the page that explains what the provider needs.
pub(crate) fn guide(model: &Model, fx: &mut Effects) {
    fx.extend(guide_of(model).map(|url| Effect::OpenLink(SafeText::new(url))));
}

/// The page that explains what the provider needs.
pub(crate) fn guide_of(model: &Model) -> Option<&str> {
    let wizard = model.wizard.as_deref()?;
    let offered = wizard.filler().and_then(|offer| offer.help.as_deref());
    wizard.closed().and_then(|closed| closed.help.as_deref()).or(offered)
}

/// Gives the terminal to the demo.
pub(crate) fn demo(fx: &mut Effects) {
    fx.push(Effect::Wizard(Order::Demo));
}

/// A click on a field: it gets the focus; a button does what it says, a choice turns, a line is typed.
pub(crate) fn pressed(model: &mut Model, fx: &mut Effects, field: Field) {
    let Some(wizard) = model.wizard.as_deref_mut() else { return };
    if !wizard.fields().contains(&field) {
        return;
    }
    let step = wizard.step;
    go(wizard, step, field);
    if field.is_choice() {
        turn(model, 1);
    } else if field.is_text() {
        edit_field(model);
    } else {
        accept(model, fx);
    }
}

/// Enter: a line that was changed is taken; a button does what it says; from everything else it goes on.
pub(crate) fn accept(model: &mut Model, fx: &mut Effects) {
    let Some(wizard) = model.wizard.as_deref_mut() else { return };
    if wizard.awaits_browser() && wizard.focus == Field::Redirect && wizard.texts.redirect.count() > 0 {
        fx.push(Effect::Wizard(Order::Redirected(Typed(wizard.texts.redirect.take()))));
    }
    if wizard.is_checking() || wizard.saving {
        return;
    }
    match (wizard.step, wizard.focus) {
        (_, Field::Demo) => demo(fx),
        (_, Field::Another) => open(model, fx),
        (_, Field::OtherWay) => other_way(model),
        (_, Field::ByHand) => edit_field(model),
        (_, Field::Found(place)) => take(model, place),
        (Step::Address, Field::Address | Field::Display) if takes_over(wizard) => match wizard.offered.len() {
            1 => take(model, 0),
            _ => go(wizard, Step::Address, Field::Found(0)),
        },
        (Step::Address, _) => look(model, fx),
        (Step::Servers, _) if wizard.is_typing() => taken(wizard),
        (Step::Servers, _) => connect(wizard),
        (Step::SignIn, Field::Device) => check(model, fx, SignInWay::Device),
        (Step::SignIn, _) => check(model, fx, SignInWay::Browser),
        (Step::Done, _) => leave(model, fx),
    }
}

/// Whether enter is for what other programs have: no address is typed, and none of theirs is being completed.
pub(crate) fn takes_over(wizard: &Wizard) -> bool {
    wizard.texts.address.trimmed().is_empty() && wizard.taken.is_none() && !wizard.offered.is_empty()
}

/// The address is looked up.
fn look(model: &mut Model, fx: &mut Effects) {
    let turn = model.ticket().0;
    let Some(wizard) = model.wizard.as_deref_mut() else { return };
    // As mail programs copy it: "Ada Lovelace <ada@example.org>".
    let typed = wizard.texts.address.trimmed().to_owned();
    if let Some((name, rest)) = typed.split_once('<')
        && let Some((address, _)) = rest.split_once('>')
    {
        wizard.texts.address = Text::of(address.trim());
        let name = name.trim().trim_matches('"');
        if wizard.texts.display.trimmed().is_empty() && !name.is_empty() {
            wizard.texts.display = Text::of(name);
        }
    }
    let address = match Address::parse(&wizard.texts.address.text) {
        Ok(address) => address,
        Err(wrong) => {
            go(wizard, Step::Address, Field::Address);
            wizard.trouble = Some(SafeText::from_static(wrong));
            return;
        }
    };
    wizard.texts.address = Text::of(&address.whole);
    if let Some((mut plan, taken)) = wizard.left.take().filter(|(left, _)| left.address == address) {
        // Whoever was asked still was not heard to the end.
        if plan.ended.is_none() {
            plan.take(Progress::Ended(End::Enough));
        }
        (wizard.taken, wizard.plan, wizard.turn) = (taken, Some(plan), turn);
        return go(wizard, Step::Servers, Field::Onward);
    }
    if wizard.taken.is_some() {
        // Of another program's account the address alone was missing.
        if wizard.texts.user.trimmed().is_empty() {
            wizard.texts.user = Text::of(&address.whole);
        }
        (wizard.plan, wizard.turn) = (Some(without_asking(address)), turn);
        if wizard.names.iter().any(|name| name.eq_ignore_ascii_case(wizard.texts.account.trimmed())) {
            name(wizard);
        }
        return go(wizard, Step::Servers, Field::Onward);
    }
    wizard.plan = Some(Plan::new(address.clone()));
    (wizard.offer, wizard.filled, wizard.confirmed) = (0, None, None);
    (wizard.touched, wizard.taken) = (false, None);
    (wizard.checks, wizard.turn) = (None, turn);
    (wizard.texts.receive, wizard.texts.send) = (Text::default(), Text::default());
    (wizard.send_security, wizard.send_touched) = (Security::Tls, false);
    wizard.texts.user = Text::of(&address.whole);
    wizard.security = Security::Tls;
    offer_ways(wizard, None);
    name(wizard);
    go(wizard, Step::Servers, Field::Onward);
    fx.push(Effect::Wizard(Order::Discover { turn, address }));
}

/// The name that the account would have in the config.
fn name(wizard: &mut Wizard) {
    let Some(plan) = &wizard.plan else { return };
    let taken: Vec<&str> = wizard.names.iter().map(String::as_str).collect();
    let provider = wizard.offer().and_then(|offer| offer.provider.as_ref());
    let name = crate::setup::plan::name::for_account(&plan.address.domain, provider, &taken);
    wizard.texts.account = Text::of(&name);
}

/// The fields say what the offer says.
pub(super) fn fill(wizard: &mut Wizard) {
    let Some(offer) = wizard.offer().cloned() else { return };
    let Some(plan) = &wizard.plan else { return };
    wizard.texts.user = Text::of(&offer.user.of(&plan.address));
    wizard.texts.receive = Text::of(&format!("{}:{}", offer.receive.host, offer.receive.port));
    wizard.security = offer.receive.security;
    wizard.filled = Some(offer.receive.clone());
    offer_ways(wizard, Some(&offer));
    wizard.guess_sending();
    name(wizard);
}

/// The ways to sign in that this offer knows; a command in place of a server is always one.
fn offer_ways(wizard: &mut Wizard, offer: Option<&Offer>) {
    let known = offer.map_or([].as_slice(), |offer| &offer.ways);
    (wizard.methods, wizard.method) = (methods(wizard.oauth, known), 0);
}

fn methods(oauth: bool, known: &[Way]) -> Vec<Method> {
    let mut methods: Vec<Method> = known
        .iter()
        .filter_map(|way| match way {
            Way::Password => Some(Method::Password),
            Way::AppPassword => Some(Method::AppPassword),
            Way::OAuth { provider } => oauth.then(|| Method::OAuth(provider.clone())),
        })
        .collect();
    if methods.is_empty() {
        methods.push(Method::Password);
    }
    methods.push(Method::Tunnel);
    methods
}

/// A line that was changed is taken.
fn taken(wizard: &mut Wizard) {
    wizard.editing = None;
    let receive = (wizard.focus == Field::Receive).then(|| wizard.receive().err()).flatten();
    let send = (wizard.focus == Field::Send).then(|| wizard.sending().err()).flatten();
    let wrong = receive.or(send);
    wizard.trouble = wrong.map(SafeText::from_static);
    if wizard.trouble.is_some() {
        begin(wizard);
    } else {
        wizard.focus = Field::Onward;
    }
}

/// The servers are as they should be: on to signing in.
fn connect(wizard: &mut Wizard) {
    if wizard.is_looking() && wizard.texts.receive.trimmed().is_empty() && *wizard.method() != Method::Tunnel {
        wizard.trouble = Some(SafeText::from_static("servers are still looked for: five seconds at most"));
        return;
    }
    if let Err((field, why)) = wizard.settings() {
        wizard.focus = field;
        begin(wizard);
        wizard.trouble = Some(SafeText::from_static(why));
        return;
    }
    if ask_of_host(wizard) {
        return;
    }
    wizard.keep = wizard.keep.min(wizard.keeps().len().saturating_sub(1));
    let oauth = matches!(wizard.method(), Method::OAuth(_));
    let first = match (wizard.method().takes_password(), wizard.keep()) {
        (false, _) if oauth && wizard.texts.client.text.is_empty() => Field::Client,
        (false, _) if *wizard.method() == Method::Token => Field::Command,
        (false, _) => Field::Onward,
        (true, Keep::Command) => Field::Command,
        (true, Keep::Keyring | Keep::Ask | Keep::File) => Field::Password,
    };
    wizard.checks = None;
    go(wizard, Step::SignIn, first);
}

/// Has the user say that a host is right which only the DNS names; true while he has not.
fn ask_of_host(wizard: &mut Wizard) -> bool {
    let asks = wizard.must_confirm() && !wizard.is_confirmed();
    if asks {
        go(wizard, Step::Servers, Field::Confirm);
        wizard.trouble = Some(SafeText::from_static("say first whether this host is your provider's"));
    }
    asks
}

/// The account is tried.
fn check(model: &mut Model, fx: &mut Effects, way: SignInWay) {
    let turn = model.ticket().0;
    let Some(wizard) = model.wizard.as_deref_mut() else { return };
    let settings = match wizard.settings() {
        Ok(settings) => settings,
        Err((field, why)) => {
            go(wizard, Step::Servers, field);
            wizard.trouble = Some(SafeText::from_static(why));
            return;
        }
    };
    // Who is asked may have come to know more of the host meanwhile.
    if ask_of_host(wizard) {
        return;
    }
    let missing = match &settings.from {
        SecretFrom::Typed(_) if wizard.texts.password.count() == 0 => {
            Some((Field::Password, "type the password first"))
        }
        SecretFrom::Command(command) if command.is_empty() => {
            Some((Field::Command, "type the command that prints the password, for example: pass show mail/work"))
        }
        SecretFrom::TokenCommand(command) if command.is_empty() => {
            Some((Field::Command, "type the command that prints the access token"))
        }
        SecretFrom::OAuth { client: None, .. } => {
            Some((Field::Client, "the id of your own client is missing: register one with the provider"))
        }
        SecretFrom::Typed(_)
        | SecretFrom::Command(_)
        | SecretFrom::TokenCommand(_)
        | SecretFrom::OAuth { .. }
        | SecretFrom::Nowhere => None,
    };
    if let Some((field, why)) = missing {
        go(wizard, Step::SignIn, field);
        wizard.trouble = Some(SafeText::from_static(why));
        return;
    }
    let secret = wizard.secret();
    (wizard.trouble, wizard.turn, wizard.sign_in) = (None, turn, None);
    wizard.tried = Some((settings.clone(), secret.clone()));
    // Nobody hears of servers any more: their answers are of an older request.
    if let Some(plan) = &mut wizard.plan {
        plan.take(Progress::Ended(End::Enough));
    }
    wizard.checks = Some(crate::setup::plan::checks::Checks::default());
    fx.push(Effect::Wizard(Order::Check { turn, settings: Box::new(settings), secret, way }));
}

/// Out, to the new account's mail as soon as it is there.
fn leave(model: &mut Model, fx: &mut Effects) {
    if let Some(wizard) = model.wizard.take() {
        model.work.arriving = Some(wizard.texts.account.trimmed().to_owned());
        arrive(model, fx);
    }
}

/// Opens the inbox of an account that was added, once it is known.
pub(crate) fn arrive(model: &mut Model, fx: &mut Effects) {
    let id =
        |model: &Model, name: &str| model.accounts.iter().find(|view| view.name.as_str() == name).map(|view| view.id);
    let waiting = model.work.typed.as_ref().and_then(|(name, _)| id(model, name));
    if let (Some(account), Some((_, secret))) = (waiting, model.work.typed.take_if(|_| waiting.is_some())) {
        fx.push(Effect::Sync(Command::Secret { account, secret }));
    }
    let Some(name) = model.work.arriving.as_deref().filter(|_| model.wizard.is_none()) else { return };
    let account = id(model, name);
    let inbox = account.and_then(|id| role_folder(model, id, Role::Inbox)).map(|row| row.id);
    if let Some(inbox) = inbox {
        model.work.arriving = None;
        list::open_source(model, fx, Source::Folder(inbox));
    }
}
