//! The tables of what leaves an account, as serde and the JSON schema see them.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use super::Security;

/// Where mail is sent to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Smtp {
    /// Host name or address of the submission server.
    pub(in crate::config) host: String,
    /// TCP port. Default: 465 for "tls", 587 for "starttls", 25 for "none".
    pub(in crate::config) port: Option<u16>,
    /// How the connection is protected. "none" is accepted for loopback addresses alone.
    #[serde(default)]
    pub(in crate::config) security: Security,
    /// The name to sign in with. Default: as for imap.
    pub(in crate::config) user: Option<String>,
    /// How to sign in. "auto": the best that the server offers; "none": not at all.
    #[serde(default)]
    pub(in crate::config) auth: Auth,
    /// A command for "sh -c"; the first line that it prints is the password. Default: what imap signs in with.
    pub(in crate::config) password_command: Option<String>,
    /// The password itself. Works, and warns: prefer `password_command`.
    #[schemars(with = "Option<String>")]
    pub(in crate::config) password: Option<SecretString>,
    /// A command for "sh -c"; the first line that it prints is an OAuth 2 access token.
    pub(in crate::config) token_command: Option<String>,
    /// One more trusted root certificate (PEM). Default: as for imap. Certificates are always verified.
    pub(in crate::config) ca_file: Option<String>,
    /// The one certificate that is taken, whoever signed it and for whichever name: "sha256:" and 64 hex digits. For
    /// loopback addresses.
    pub(in crate::config) pin: Option<String>,
    /// true allows a pin for a host that is not this computer.
    pub(in crate::config) pin_remote: Option<bool>,
}

/// How to sign in to send.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::config) enum Auth {
    /// The best that the server offers, as for imap.
    #[default]
    Auto,
    /// Not at all: a relay on this computer.
    None,
    /// User name and password in one message.
    Plain,
    /// User name and password in two.
    Login,
    /// A proof of the password that does not tell it.
    #[serde(rename = "scram-sha-256")]
    ScramSha256,
    /// The same, bound to the server's certificate.
    #[serde(rename = "scram-sha-256-plus")]
    ScramSha256Plus,
    /// imap's client certificate.
    External,
    /// An access token, as Google and Microsoft take it.
    Xoauth2,
    /// An access token, as RFC 7628 has it.
    Oauthbearer,
}

/// How mail is sent.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::config) struct Send {
    /// A command for "sh -c" that takes the mail on its input, in place of a server: "msmtp". It gets the recipients as
    /// arguments; with "-t" among its words it reads them from the mail.
    pub(in crate::config) command: Option<String>,
    /// Seconds for which a mail can be called back after it was sent; 0: not at all. Default: 10.
    #[schemars(range(max = 600))]
    pub(in crate::config) undo_seconds: Option<u16>,
    /// Whether a copy is put into the folder for sent mail. "auto": unless the server makes one of its own.
    pub(in crate::config) sent_copy: SentCopy,
    /// Which notices of delivery are asked for, where the server takes the wish.
    pub(in crate::config) notices: Notices,
}

/// Which notices of delivery are asked for.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::config) enum Notices {
    /// None: the server tells by itself of what could not be delivered.
    #[default]
    Server,
    /// Of what is late and what could not be delivered.
    Failure,
    /// Also of what arrived.
    Always,
}

/// Whether a copy is put into the folder for sent mail.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::config) enum SentCopy {
    /// Unless the server makes one of its own, as Gmail does.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}
