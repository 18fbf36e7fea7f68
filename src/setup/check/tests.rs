//! What is said of steps that failed, and of folders.

use super::*;
use crate::imap::error::Denied;

fn parts(outcome: Outcome) -> (String, String, bool) {
    match outcome {
        Outcome::Bad { words, next, unreachable } => (words.to_string(), next.to_string(), unreachable),
        Outcome::Good(_) | Outcome::Fair { .. } => panic!("{outcome:?}"),
    }
}

fn at(host: &str) -> Account {
    let text = format!("[accounts.a]\nemail = \"ada@example.org\"\nimap = {{ host = \"{host}\", prompt = true }}\n");
    crate::config::Config::parse(&text, std::path::Path::new("c")).unwrap().accounts.remove(0)
}

/// Each class of failure has its advice, a provider of the table its own, and what may be over soon is told apart.
#[test]
fn failures_say_what_to_do() {
    let auth = Error::Auth { text: "bad credentials".to_owned(), denied: Denied::Password };
    let (words, next, unreachable) = parts(failure(Step::SignIn, &at("imap.example.org"), &auth));
    assert_eq!((words.as_str(), unreachable), ("Sign-in refused: bad credentials", false));
    assert!(next.contains("app password"));
    let (_, next, _) = parts(failure(Step::SignIn, &at("127.0.0.1"), &auth));
    assert!(next.contains("a bridge on this computer") && !next.contains("Proton"), "{next}");
    let (_, next, _) = parts(failure(Step::SignIn, &at("imap.gmail.com"), &auth));
    assert!(next.starts_with("Gmail refuses the normal password") && next.contains("https://"), "{next}");
    let gone =
        Error::Unreachable { host: "imap.example.org".to_owned(), reason: "no such name".to_owned(), answered: false };
    let (_, next, unreachable) = parts(failure(Step::Name, &at("imap.example.org"), &gone));
    assert!(next.contains("online") && unreachable);
    assert!(parts(failure(Step::Tcp, &at("imap.example.org"), &gone)).1.contains("firewall"));
}

/// A server that connects and says nothing fails at its greeting, not at the connection.
#[test]
fn an_error_belongs_to_a_step() {
    let timeout = |what| step_of(&Error::Timeout { what });
    assert_eq!((timeout(error::GREETING), timeout("TLS")), (Step::Greeting, Step::Tcp));
    assert_eq!(step_of(&Error::Protocol("x".to_owned())), Step::Greeting);
}

/// What is missing is named; Gmail's All Mail is an archive.
#[test]
fn special_folders_are_told() {
    let folder = |role, name: &str| (role, SafeText::new(name));
    let all = [
        folder(Role::All, "[Gmail]/All Mail"),
        folder(Role::Sent, "Sent"),
        folder(Role::Drafts, "Drafts"),
        folder(Role::Trash, "Trash"),
        folder(Role::Junk, "Spam"),
    ];
    let told = "archive is [Gmail]/All Mail, sent is Sent, drafts is Drafts, trash is Trash, junk is Spam";
    assert_eq!(special(&all, "work"), good(told));
    let Outcome::Fair { words, next } = special(&all[1..2], "work") else { panic!() };
    assert_eq!(words.as_str(), "sent is Sent; none for archive, drafts, trash, junk");
    assert!(next.as_str().contains("[accounts.work.folders]"));
}
