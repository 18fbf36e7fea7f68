//! Trust at a glance: whether a mail comes from whom it says, by the word of the reader's own server, and what about
//! its sender is odd.
//!
//! Pure functions over header fields. Nothing here asks the network or checks a signature: the server that took the
//! mail in did (RFC 8601), and only its word counts (`server`). Everything that comes back is a plain `String` that may
//! hold bytes of an attacker: the caller makes a `SafeText` of it.

pub mod cover;
pub mod domain;
mod field;
pub mod sender;
pub mod server;

use field::Statement;
use server::Expected;

/// What a method found (RFC 8601, section 2.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Outcome {
    /// The server says nothing of the method.
    #[default]
    Absent,
    /// `pass`.
    Pass,
    /// `fail` or `hardfail`.
    Fail,
    /// Neither: `none`, `neutral`, `softfail`, `policy` and whatever else there is.
    Inconclusive,
    /// `temperror` or `permerror`: the check could not be made.
    Error,
}

/// Whether the From domain is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum State {
    /// The From domain sent this mail.
    Proved,
    /// The From domain asks that such mail be refused: DMARC failed.
    Failed,
    /// Nothing to say.
    #[default]
    Unknown,
}

/// What the own server says of a mail's sender.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// SPF of the envelope sender (RFC 7208).
    pub spf: Outcome,
    /// The best of the signatures (RFC 6376).
    pub dkim: Outcome,
    /// DMARC (RFC 7489).
    pub dmarc: Outcome,
    /// The From domain in ASCII, when it is proved or failed; else empty.
    pub domain: String,
    /// The sum of it.
    pub state: State,
}

/// Sums up what the own server says of a mail.
///
/// `fields` are the header's names and values from top to bottom, folded or not; `from` holds the address of each
/// mailbox of every From field. More or fewer than one address prove nothing.
///
/// A DMARC pass for the From domain proves it, and so does, where the server states no DMARC result, a signature or an
/// envelope sender of the same organisation (RFC 7489, section 3.1: relaxed alignment). Statements that contradict
/// each other prove nothing.
pub fn verdict(fields: &[(&str, &str)], from: &[&str], expected: &Expected) -> Verdict {
    let statements = server::statements(fields, expected);
    let mut verdict = Verdict {
        spf: worst(of(&statements, "spf").filter(|s| s.property("smtp.helo").is_none() || mail_from(s).is_some())),
        dkim: best(of(&statements, "dkim")),
        dmarc: worst(of(&statements, "dmarc")),
        ..Verdict::default()
    };
    if let [address] = from
        && let Some(domain) = domain::of_address(address)
    {
        verdict.state = state(&statements, &verdict, &domain);
        if verdict.state != State::Unknown {
            verdict.domain = domain;
        }
    }
    verdict
}

fn state(statements: &[Statement], verdict: &Verdict, from: &str) -> State {
    let about = |s: &Statement| s.property("header.from").and_then(header_from);
    let foreign = of(statements, "dmarc").any(|s| about(s).is_some_and(|domain| !covers(&domain, from)));
    let named = of(statements, "dmarc").all(|s| about(s).is_some());
    match verdict.dmarc {
        // The server checked another From than the one that is shown.
        _ if foreign => State::Unknown,
        // Lists break signatures: a domain that asks for nothing is not worth a warning on each of their mails.
        Outcome::Fail if of(statements, "dmarc").any(is_monitoring) => State::Unknown,
        Outcome::Fail => State::Failed,
        Outcome::Pass if named => State::Proved,
        Outcome::Pass | Outcome::Absent | Outcome::Inconclusive | Outcome::Error => {
            if is_signed(statements, from) || is_sent(statements, verdict, from) {
                State::Proved
            } else {
                State::Unknown
            }
        }
    }
}

/// Whether a good signature is of the From domain's organisation.
fn is_signed(statements: &[Statement], from: &str) -> bool {
    let signer = |s: &Statement| match s.property("header.d") {
        Some(domain) => domain::ascii(domain),
        None => s.property("header.i").and_then(|identity| domain::ascii(identity.rsplit('@').next()?)),
    };
    of(statements, "dkim")
        .filter(|s| outcome(&s.result) == Outcome::Pass)
        .any(|s| signer(s).is_some_and(|domain| domain::related(&domain, from)))
}

/// Whether the envelope sender is good and of the From domain's organisation.
fn is_sent(statements: &[Statement], verdict: &Verdict, from: &str) -> bool {
    // Gmail guesses a record for domains that publish none: that is nobody's word.
    let guessed = of(statements, "spf").any(|s| s.comments.contains("best guess"));
    let mut envelopes = of(statements, "spf").filter_map(mail_from);
    let sender = envelopes.next().and_then(|text| domain::ascii(text.rsplit('@').next()?));
    let only = envelopes.next().is_none();
    only && !guessed && verdict.spf == Outcome::Pass && sender.is_some_and(|domain| domain::related(&domain, from))
}

fn mail_from(statement: &Statement) -> Option<&str> {
    statement.property("smtp.mailfrom").or_else(|| statement.property("smtp.mail"))
}

/// The domain in a `header.from`; some servers give the whole address.
fn header_from(value: &str) -> Option<String> {
    // What is no domain must not pass for a missing one.
    Some(domain::ascii(value.rsplit('@').next()?).unwrap_or_default())
}

/// Whether a proof for one domain holds for another: the same, or a parent of it within the organisation.
fn covers(proved: &str, from: &str) -> bool {
    let below = from.strip_suffix(proved).is_some_and(|head| head.ends_with('.'));
    proved == from || (below && domain::related(proved, from))
}

/// Whether the domain's policy is `none`, as servers put it into a comment or a property.
fn is_monitoring(statement: &Statement) -> bool {
    let mut words = statement.comments.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
    let property = |name| statement.property(name).is_some_and(|policy| policy.eq_ignore_ascii_case("none"));
    words.any(|word| matches!(word, "p=none" | "policy=none"))
        || property("policy.published-domain-policy")
        || property("policy.dmarc")
}

fn of<'a>(statements: &'a [Statement], method: &'a str) -> impl Iterator<Item = &'a Statement> {
    statements.iter().filter(move |statement| statement.method == method)
}

fn outcome(result: &str) -> Outcome {
    match result {
        "pass" => Outcome::Pass,
        "fail" | "hardfail" => Outcome::Fail,
        "temperror" | "permerror" => Outcome::Error,
        _ => Outcome::Inconclusive,
    }
}

/// The first of a list of outcomes that is among those of the statements.
fn first_of<'a>(order: [Outcome; 4], statements: impl Iterator<Item = &'a Statement>) -> Outcome {
    let found: Vec<Outcome> = statements.map(|statement| outcome(&statement.result)).collect();
    order.into_iter().find(|outcome| found.contains(outcome)).unwrap_or_default()
}

fn worst<'a>(statements: impl Iterator<Item = &'a Statement>) -> Outcome {
    first_of([Outcome::Fail, Outcome::Error, Outcome::Inconclusive, Outcome::Pass], statements)
}

fn best<'a>(statements: impl Iterator<Item = &'a Statement>) -> Outcome {
    first_of([Outcome::Pass, Outcome::Fail, Outcome::Error, Outcome::Inconclusive], statements)
}

#[cfg(test)]
mod tests;
