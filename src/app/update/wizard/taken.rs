//! Accounts of other programs that are taken over.

use super::{go, name};
use crate::app::model::Model;
use crate::app::wizard::order::Offered;
use crate::app::wizard::settings::{Keep, Kept, Method, SecretFrom};
use crate::app::wizard::text::Text;
use crate::app::wizard::{Field, Step};
use crate::safe_text::SafeText;
use crate::setup::plan::{Address, End, Plan};

/// An account of another program: its fields are filled in, and can be changed.
pub(super) fn take(model: &mut Model, place: usize) {
    let Some(wizard) = model.wizard.as_deref_mut() else { return };
    let Some(offered) = wizard.offered.get(place).cloned() else { return };
    let Offered { settings, .. } = &offered;
    let texts = &mut wizard.texts;
    if !settings.email.is_empty() {
        texts.address = Text::of(&settings.email);
    }
    texts.display = Text::of(settings.display_name.as_deref().unwrap_or_default());
    texts.user = Text::of(settings.user.as_deref().unwrap_or(&settings.email));
    texts.tunnel = Text::of(settings.command.as_deref().unwrap_or_default());
    if let Some(server) = &settings.receive {
        texts.receive = Text::of(&format!("{}:{}", server.host, server.port));
        wizard.security = server.security;
    }
    // What is known of the server counts where the other program brings no secret along.
    let brings = !matches!(settings.from, SecretFrom::Typed(_) | SecretFrom::Nowhere);
    wizard.methods = super::methods(wizard.oauth, if brings { &[] } else { &offered.ways });
    if let SecretFrom::Command(command) | SecretFrom::TokenCommand(command) = &settings.from {
        texts.command = Text::of(command);
    }
    if matches!(settings.from, SecretFrom::TokenCommand(_)) {
        wizard.methods.insert(0, Method::Token);
    }
    if let SecretFrom::OAuth { provider, client, .. } = &settings.from {
        wizard.methods.insert(0, Method::OAuth(provider.clone()));
        texts.client = Text::of(client.as_deref().unwrap_or_default());
    }
    let tunnel = wizard.methods.iter().position(|method| *method == Method::Tunnel);
    wizard.method = tunnel.filter(|_| settings.command.is_some()).unwrap_or(0);
    let wanted = match settings.from {
        SecretFrom::Command(_) => Some(Keep::Command),
        SecretFrom::Typed(Kept::Nowhere) => Some(Keep::Ask),
        SecretFrom::Typed(Kept::Keyring | Kept::File)
        | SecretFrom::TokenCommand(_)
        | SecretFrom::OAuth { .. }
        | SecretFrom::Nowhere => None,
    };
    wizard.keep = wizard.keeps.iter().position(|keep| Some(*keep) == wanted).unwrap_or(0);
    wizard.plan = Address::parse(&texts.address.text).ok().map(without_asking);
    texts.account = Text::of(&settings.name);
    if wizard.names.iter().any(|name| name.eq_ignore_ascii_case(&settings.name)) {
        name(wizard);
    }
    (wizard.taken, wizard.touched, wizard.checks) = (Some(offered), true, None);
    wizard.send_touched = false;
    wizard.guess_sending();
    if wizard.plan.is_none() {
        // The other program's file does not say the address: it is typed, and the rest is kept.
        go(wizard, Step::Address, Field::Address);
        wizard.trouble = Some(SafeText::from_static("this account's file does not say its address: type it here"));
        return;
    }
    go(wizard, Step::Servers, Field::Onward);
}

/// A plan where everything is known.
pub(super) fn without_asking(address: Address) -> Plan {
    Plan { ended: Some(End::Enough), lookups: Vec::new(), ..Plan::new(address) }
}
