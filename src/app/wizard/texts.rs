//! The lines of the wizard that are typed.

use super::Field;
use super::text::Text;
use crate::app::sign_in::Hidden;

/// The lines that are typed.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    /// The address.
    pub address: Text,
    /// The user's name.
    pub display: Text,
    /// Host and port.
    pub receive: Text,
    /// Host and port of the server that mail is sent to, or a command that sends.
    pub send: Text,
    /// The command in place of a socket.
    pub tunnel: Text,
    /// The name to sign in with.
    pub user: Text,
    /// The account's name in the config.
    pub account: Text,
    /// The command that prints the password.
    pub command: Text,
    /// The id of the user's own OAuth client.
    pub client: Text,
    /// Its secret.
    pub client_secret: Hidden,
    /// The password.
    pub password: Hidden,
    /// The address that a browser on another computer ended at: the provider's word is in it.
    pub redirect: Hidden,
}

impl Texts {
    /// The line of a field, where it is one that is shown.
    pub const fn shown(&self, field: Field) -> Option<&Text> {
        match field {
            Field::Address => Some(&self.address),
            Field::Display => Some(&self.display),
            Field::Receive => Some(&self.receive),
            Field::Send => Some(&self.send),
            Field::Tunnel => Some(&self.tunnel),
            Field::User => Some(&self.user),
            Field::Account => Some(&self.account),
            Field::Command => Some(&self.command),
            Field::Client => Some(&self.client),
            Field::Found(_)
            | Field::Onward
            | Field::Demo
            | Field::Offer
            | Field::Confirm
            | Field::Security
            | Field::SendSecurity
            | Field::Pin
            | Field::Method
            | Field::Keep
            | Field::Password
            | Field::ClientSecret
            | Field::Device
            | Field::Redirect
            | Field::OtherWay
            | Field::ByHand
            | Field::Another => None,
        }
    }

    /// As [`Texts::shown`], to be changed.
    pub(crate) const fn shown_mut(&mut self, field: Field) -> Option<&mut Text> {
        match field {
            Field::Address => Some(&mut self.address),
            Field::Display => Some(&mut self.display),
            Field::Receive => Some(&mut self.receive),
            Field::Send => Some(&mut self.send),
            Field::Tunnel => Some(&mut self.tunnel),
            Field::User => Some(&mut self.user),
            Field::Account => Some(&mut self.account),
            Field::Command => Some(&mut self.command),
            Field::Client => Some(&mut self.client),
            Field::Found(_)
            | Field::Onward
            | Field::Demo
            | Field::Offer
            | Field::Confirm
            | Field::Security
            | Field::SendSecurity
            | Field::Pin
            | Field::Method
            | Field::Keep
            | Field::Password
            | Field::ClientSecret
            | Field::Device
            | Field::Redirect
            | Field::OtherWay
            | Field::ByHand
            | Field::Another => None,
        }
    }
}
