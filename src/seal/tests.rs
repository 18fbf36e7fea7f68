//! With the real programs and keyrings that are thrown away: what is sealed here is read back by our own reader, by gpg and
//! by openssl.

use tempfile::TempDir;

use super::*;
use crate::config::compose::Sealing;
use crate::crypto::State;
use crate::crypto::tests::smime::Dana;
use crate::crypto::tests::{DANA, Home, script};
use crate::letter::style::{Identity, Style, Writer};
use crate::letter::{Kin, LetterId, Mailbox};
use crate::letters::Letters;
use crate::render::protected::Covers;

const DANA_ID: &str = "Dana Whitfield <dana@example.org>";
const NOW: UnixTime = UnixTime(1_790_000_000);
/// What a server on the way may spoil: blanks at ends of lines, a line that begins a mail in an mbox, letters of eight bits.
const TEXT: &str = "Hello,\nthis is the secret pl\u{e4}n. \n\nFrom here on all is well.\n-- \nDana\n";

fn person(address: &str) -> Mailbox {
    Mailbox { name: String::new(), address: address.to_owned() }
}

fn letter(to: &[&str], bcc: &[&str], seal: Seal) -> Letter {
    let people = |all: &[&str]| all.iter().map(|one| person(one)).collect();
    Letter {
        id: LetterId(1),
        account: "work".to_owned(),
        from: Mailbox { name: "Dana".to_owned(), address: DANA.to_owned() },
        to: people(to),
        cc: Vec::new(),
        bcc: people(bcc),
        reply_to: Vec::new(),
        subject: "Plan".to_owned(),
        text: TEXT.to_owned(),
        markdown: false,
        seal,
        attachments: Vec::new(),
        kin: Kin::default(),
        message_id: "1@example.org".to_owned(),
        draft: None,
        resend: None,
        begun: 0,
    }
}

fn pgp(sign: bool, encrypt: bool) -> Seal {
    Seal { sign, encrypt, smime: false, plain: false }
}

fn sealer(home: &Home, sealing: Sealing) -> Sealer {
    Sealer { programs: home.programs(), habits: Compose { sealing, ..Compose::default() } }
}

/// As this one, with a gpg that fails before it has looked at any key.
fn failing(sealer: &Sealer, home: &Home) -> Sealer {
    let gpg = home.dir.path().join("failing-gpg");
    script(&gpg, "#!/bin/sh\necho '[GNUPG:] FAILURE option-parser 33554433' >&0\nexit 2\n");
    Sealer { programs: Programs { gpg, ..sealer.programs.clone() }, habits: sealer.habits.clone() }
}

/// The mail as it goes over the wire, and the user's own copy.
fn sealed(sealer: &Sealer, letter: &Letter) -> Result<(Vec<u8>, Vec<u8>), String> {
    let dir = TempDir::new().unwrap();
    let built = sealer.mail(letter, &Letters::of(dir.path()).parts(letter.id), NOW)?;
    Ok((built.parcel.bytes.clone(), built.kept()))
}

fn no() -> AtomicBool {
    AtomicBool::new(false)
}

fn text_of(mail: &[u8]) -> String {
    String::from_utf8(mail.to_vec()).unwrap()
}

/// What a server that means well does to a mail on its way.
fn travelled(mail: &[u8]) -> Vec<u8> {
    let lines = text_of(mail);
    let line = |line: &str| {
        let line = line.trim_end();
        if line.starts_with("From ") { format!(">{line}\n") } else { format!("{line}\n") }
    };
    lines.lines().map(line).collect::<String>().into_bytes()
}

/// One letter is left unsealed where the config would sign it, or encrypt it if it could; what is always encrypted is.
#[test]
fn one_letter_is_left_plain() {
    let plain = Seal { plain: true, ..Seal::default() };
    let wanted = |encrypt, seal| {
        let habits = Compose { sealing: Sealing { sign: true, encrypt, smime: false }, ..Compose::default() };
        let sealer = Sealer { programs: Programs::default(), habits };
        let (seal, if_possible) = sealer.wanted(&letter(&["bob@example.org"], &[], seal));
        (seal.sign, seal.encrypt, if_possible)
    };
    assert_eq!(wanted(Encrypt::WhenPossible, Seal::default()), (true, false, true));
    assert_eq!(wanted(Encrypt::WhenPossible, plain), (false, false, false));
    assert_eq!(wanted(Encrypt::Always, plain), (false, true, false));
}

/// A mail is made as the config says when it is made, not as it said at the start.
#[test]
fn the_config_counts_as_it_is() {
    let programs = Programs { gpg: "/nonexistent/gpg".into(), ..Programs::default() };
    let habits = Current::new(&Compose::default());
    let scribe = post(habits.clone(), programs, Arc::new(crate::sync::post::NoClick)).scribe;
    let dir = TempDir::new().unwrap();
    let letter = letter(&["bob@example.org"], &[], Seal::default());
    let made = || scribe.mail(&letter, &Letters::of(dir.path()).parts(letter.id), NOW).map(drop);
    assert_eq!(made(), Ok(()));
    habits.set(&Compose { sealing: Sealing { sign: true, ..Sealing::default() }, ..Compose::default() });
    assert_eq!(made(), Err("gpg is not installed".to_owned()));
}

/// PGP/MIME: what was signed survives the way, is all of the mail, and names its hash; Bcc stands in it nowhere.
#[test]
fn a_signature_survives_the_way() {
    let Some(dana) = Home::with_key(DANA_ID) else { return };
    let letter = letter(&["bob@example.org"], &["carol@example.org"], pgp(true, false));
    let (mail, kept) = sealed(&sealer(&dana, Sealing::default()), &letter).unwrap();
    let text = text_of(&mail);
    assert!(text.is_ascii() && text.contains("micalg=pgp-sha") && !text.contains("carol"), "{text}");
    assert!(text_of(&kept).starts_with("Bcc: ") && text_of(&kept).contains("carol@example.org"), "{text}");
    for mail in [mail.clone(), travelled(&mail)] {
        let outcome = dana.read(&mail, DANA);
        assert!(matches!(&outcome.signature, Some(State::Good { signer, .. }) if signer == DANA_ID), "{outcome:?}");
        assert_eq!((outcome.covers, outcome.encrypted), (Covers::All, false));
    }
    let spoiled = text.replace("secret", "public").into_bytes();
    assert_eq!(dana.read(&spoiled, DANA).signature, Some(State::Bad));
    // An answer from the box with a tag is signed with the key of the box; a key of another's box is none for a tag there.
    let tagged = Letter { from: person("dana+list@example.org"), ..letter };
    assert!(sealed(&sealer(&dana, Sealing::default()), &tagged).is_ok());
    let eve = Letter { from: person("eve+list@example.org"), ..tagged };
    assert!(sealed(&sealer(&dana, Sealing::default()), &eve).unwrap_err().contains("eve+list@example.org"));
}

/// PGP/MIME: encrypted and signed in one; only who gets it and the sender can read it, those in Bcc are hidden, and nothing
/// of the text leaves in clear.
#[test]
fn an_encryption_is_for_those_who_get_it() {
    let Some(dana) = Home::with_key(DANA_ID) else { return };
    let others: Vec<Home> = ["bob", "carol", "eve"]
        .iter()
        .filter_map(|name| Home::with_key(&format!("{name} <{name}@example.org>")))
        .collect();
    let [bob, carol, eve] = others.as_slice() else { return };
    for other in [bob, carol, eve] {
        dana.import_from(other);
        other.import_from(&dana);
    }
    let letter = letter(&["Bob@example.org"], &["carol@example.org"], pgp(true, true));
    let (mail, _) = sealed(&sealer(&dana, Sealing::default()), &letter).unwrap();
    let text = text_of(&mail);
    assert!(text.contains("Subject: Plan\r\n") && !text.contains("carol") && !text.contains("secret"), "{text}");
    for home in [bob, carol, &dana] {
        let outcome = home.read(&mail, DANA);
        let inside = text_of(outcome.decrypted.as_deref().unwrap_or_default());
        assert!(inside.contains("this is the secret pl=C3=A4n.") && inside.contains("\r\n--=20\r\n"), "{outcome:?}");
        assert!(matches!(outcome.signature, Some(State::Good { .. })), "{outcome:?}");
        // Two are named: Bob, and the sender.
        assert_eq!((outcome.encrypted_to.len(), outcome.authenticated), (2, true), "{outcome:?}");
    }
    let outcome = eve.read(&mail, DANA);
    assert_eq!((outcome.decrypted, outcome.encrypted), (None, true));
    let outlook = sealer(&dana, Sealing::default()).outlook(&letter, &no());
    assert_eq!((outlook.blocking, outlook.unlock), (false, None));
    let words = outlook.words.as_str();
    assert!(
        words
            .starts_with("Signed as Dana Whitfield <dana@example.org>, encrypted to 2 people and to you; those in Bcc"),
        "{words}"
    );
    assert!(
        words.contains("not certified the keys of 2 people") && words.ends_with("the subject can be read by anybody"),
        "{words}"
    );
}

/// A key that is missing, has expired, or was revoked is named, and nothing is made.
#[test]
fn a_key_that_cannot_be_used_is_named() {
    let Some(dana) = Home::with_key(DANA_ID) else { return };
    let Some(old) = Home::new() else { return };
    let line = ["--faked-system-time", "20200101T000000", "--passphrase", "", "--quick-gen-key", "old@example.org"];
    old.gpg(&[line.as_slice(), &["future-default", "default", "1d"]].concat(), b"");
    dana.import_from(&old);
    let to = |to: &str| letter(&[to], &[], pgp(false, true));
    let sealer = sealer(&dana, Sealing::default());
    for (letter, words) in [
        (to("bob@example.org"), "There is no key of bob@example.org in your keyring"),
        (to("old@example.org"), "The key of old@example.org has expired on 2 Jan 2020"),
        (Letter { from: person("d@home.example"), ..to(DANA) }, "You have no secret key for d@home.example"),
        (
            Letter { from: person("old@example.org"), seal: pgp(true, false), ..to(DANA) },
            "You have no secret key for old@",
        ),
    ] {
        let outlook = sealer.outlook(&letter, &no());
        assert!(outlook.blocking && outlook.words.as_str().starts_with(words), "{outlook:?}");
        assert!(sealed(&sealer, &letter).unwrap_err().starts_with(words));
    }
    let nobody = Programs { gpg: "/nonexistent/gpg".into(), ..dana.programs() };
    let gone = Sealer { programs: nobody, habits: Compose::default() };
    assert!(gone.outlook(&to(DANA), &no()).words.as_str().starts_with("gpg is not installed"));
}

/// What the config says holds for letters whose writer says nothing: encrypted when everybody has a key, never by half.
#[test]
fn the_config_seals_what_it_can() {
    let Some(dana) = Home::with_key(DANA_ID) else { return };
    let Some(bob) = Home::with_key("bob <bob@example.org>") else { return };
    dana.import_from(&bob);
    let when_possible = Sealing { sign: true, encrypt: Encrypt::WhenPossible, smime: false };
    let possible = sealer(&dana, when_possible);
    let plain = Seal::default();
    let (mail, _) = sealed(&possible, &letter(&["bob@example.org"], &[], plain)).unwrap();
    assert!(text_of(&mail).contains("multipart/encrypted"));
    let (mail, _) = sealed(&possible, &letter(&["bob@example.org", "carol@example.org"], &[], plain)).unwrap();
    assert!(text_of(&mail).contains("multipart/signed"));
    let always = sealer(&dana, Sealing { encrypt: Encrypt::Always, ..Sealing::default() });
    let refused = sealed(&always, &letter(&["carol@example.org"], &[], plain)).unwrap_err();
    assert!(refused.contains("no key of carol@example.org"), "{refused}");
    let never = sealer(&dana, Sealing::default());
    let (mail, _) = sealed(&never, &letter(&["carol@example.org"], &[], plain)).unwrap();
    assert!(
        text_of(&mail).contains("Content-Type: text/plain")
            && never.outlook(&letter(&[DANA], &[], plain), &no()) == Outlook::default()
    );
}

/// What was said to be encrypted is, or is not made: not where somebody without a key came in since, and not where the keys
/// cannot be looked at. Where nobody can tell whether it is possible, it counts as possible.
#[test]
fn what_is_said_holds() {
    let Some(dana) = Home::with_key(DANA_ID) else { return };
    let Some(bob) = Home::with_key("bob <bob@example.org>") else { return };
    dana.import_from(&bob);
    let possible = sealer(&dana, Sealing { encrypt: Encrypt::WhenPossible, ..Sealing::default() });
    let to_bob = letter(&["bob@example.org"], &[], Seal::default());
    let said = possible.outlook(&to_bob, &no());
    assert_eq!((said.seal, said.words.as_str().starts_with("Encrypted to 1 person")), (pgp(false, true), true));
    let both = letter(&["bob@example.org", "carol@example.org"], &[], said.seal);
    let refused = sealed(&possible, &both).unwrap_err();
    assert_eq!(refused, "There is no key of carol@example.org in your keyring");
    // Of which nothing was said goes, and it is said that somebody could have read it encrypted.
    let both = Letter { seal: Seal::default(), ..both };
    let outlook = possible.outlook(&both, &no());
    assert_eq!((outlook.blocking, outlook.seal), (false, Seal::default()));
    assert!(outlook.words.as_str().starts_with("Not encrypted: There is no key of carol@"), "{outlook:?}");
    let stranger = letter(&["carol@example.org"], &[], Seal::default());
    assert_eq!(possible.outlook(&stranger, &no()), Outlook::default());
    let failing = failing(&possible, &dana);
    for letter in [&to_bob, &Letter { seal: said.seal, ..to_bob.clone() }] {
        let refused = sealed(&failing, letter).unwrap_err();
        assert!(refused.starts_with("gpg could not look for keys"), "{refused}");
    }
    assert!(failing.outlook(&to_bob, &no()).blocking);
    let gone = Programs { gpg: "/nonexistent/gpg".into(), ..dana.programs() };
    let gone = Sealer { programs: gone, ..possible };
    let (mail, _) = sealed(&gone, &to_bob).unwrap();
    assert!(text_of(&mail).contains("Content-Type: text/plain"), "who has no gpg has no keys");
}

/// A draft of what may be encrypted in the end is encrypted to its writer, whoever stands in it by now, where its writer has
/// a key; else the mail will not be encrypted either.
#[test]
fn a_draft_of_what_may_be_encrypted_is() {
    let Some(dana) = Home::with_key(DANA_ID) else { return };
    let dir = TempDir::new().unwrap();
    let parts = Letters::of(dir.path()).parts(LetterId(1));
    let possible = sealer(&dana, Sealing { encrypt: Encrypt::WhenPossible, ..Sealing::default() });
    for to in [&[] as &[&str], &["half typ"], &["carol@example.org"]] {
        let text = text_of(&possible.draft(&letter(to, &[], Seal::default()), &parts, NOW).unwrap());
        assert!(text.contains("multipart/encrypted") && !text.contains("secret"), "{to:?}: {text}");
    }
    let other = Letter { from: person("d@home.example"), ..letter(&[], &[], Seal::default()) };
    let text = text_of(&possible.draft(&other, &parts, NOW).unwrap());
    assert!(text.contains("Content-Type: text/plain") && text.contains("secret"), "{text}");
    let refused = failing(&possible, &dana).draft(&letter(&[], &[], Seal::default()), &parts, NOW).unwrap_err();
    assert!(refused.starts_with("gpg could not look for keys"), "{refused}");
}

/// A draft of a letter that is to be encrypted is encrypted to its writer, and opened it is the letter again.
#[test]
fn a_draft_is_encrypted_to_its_writer() {
    let Some(dana) = Home::with_key(DANA_ID) else { return };
    let sealer = sealer(&dana, Sealing::default());
    let dir = TempDir::new().unwrap();
    let letters = Letters::of(dir.path());
    let written = Letter {
        subject: "Plan".to_owned(),
        ..letter(&["bob@example.org", "half typ"], &["c@example.org"], pgp(true, true))
    };
    let draft = sealer.draft(&written, &letters.parts(written.id), NOW).unwrap();
    let text = text_of(&draft);
    assert!(
        text.contains("multipart/encrypted") && !text.contains("secret") && text.contains("c@example.org"),
        "{text}"
    );
    let identities = vec![Identity { mailbox: person(DANA), signature: String::new() }];
    let writers = [Writer { account: "work".to_owned(), identities }];
    let style = Style::default();
    let start = compose::Start { id: LetterId(1), now: NOW, chance: 1 };
    let desk = Desk { writers: &writers, account: "work", style: &style, zone: TimeZone::UTC, start };
    let recalled = sealer.recall(&draft, &desk, &no()).unwrap().letter;
    assert_eq!((recalled.text.trim_end(), recalled.seal), (TEXT.replace(". \n", ".\n").trim_end(), written.seal));
    assert_eq!((&recalled.to, &recalled.bcc, &recalled.message_id), (&written.to, &written.bcc, &written.message_id));
    let Some(eve) = Home::with_key("eve <eve@example.org>") else { return };
    let other = Sealer { programs: eve.programs(), ..sealer.clone() };
    assert!(other.recall(&draft, &desk, &no()).is_err());
    // One that is not to be encrypted is as it was.
    let plain = Letter { seal: pgp(true, false), ..written };
    let draft = sealer.draft(&plain, &letters.parts(plain.id), NOW).unwrap();
    assert!(text_of(&draft).contains("Content-Type: text/plain"));
}

/// A passphrase that gpg-agent does not remember is told of beforehand, with the command that has it typed; without one
/// nothing is signed.
#[test]
fn a_passphrase_is_told_of() {
    let Some(dana) = Home::new() else { return };
    let options = ["--pinentry-mode", "loopback", "--passphrase", "open sesame", "--quick-gen-key", DANA_ID];
    dana.gpg(&[options.as_slice(), &["future-default", "default", "0"]].concat(), b"");
    dana.run("gpgconf", &["--kill", "gpg-agent"], b"");
    let agent = dana.dir.path().join("gpg-agent.conf");
    std::fs::write(agent, "pinentry-program /nonexistent/pinentry\n").unwrap();
    let letter = letter(&["bob@example.org"], &[], pgp(true, false));
    let sealer = sealer(&dana, Sealing::default());
    let outlook = sealer.outlook(&letter, &no());
    assert!(
        !outlook.blocking && outlook.words.as_str().ends_with("; your passphrase will be asked for"),
        "{outlook:?}"
    );
    let command = outlook.unlock.unwrap();
    assert!(command.contains("exec gpg ") && command.contains("--local-user 0x"), "{command}");
    let refused = sealed(&sealer, &letter).unwrap_err();
    assert!(refused.starts_with("It could not be signed: there is no way to ask for the passphrase"), "{refused}");
}

/// S/MIME: what is signed is verified by openssl and by our reader; encrypted it is opened by openssl; Bcc, which it cannot
/// hide, is refused.
#[test]
fn smime_is_read_by_others() {
    let Some(dana) = Dana::new(true) else { return };
    dana.trust();
    let seal = |sign, encrypt| Seal { sign, encrypt, smime: true, plain: false };
    let sealer = sealer(&dana.home, Sealing::default());
    let (mail, _) = sealed(&sealer, &letter(&["bob@example.org"], &[], seal(true, false))).unwrap();
    assert!(text_of(&mail).contains("micalg=sha-256"), "{}", text_of(&mail));
    let verified = dana.openssl(&["cms", "-verify", "-CAfile", "cert.pem", "-purpose", "any"], &mail);
    assert!(text_of(&verified).contains("this is the secret pl=C3=A4n."));
    for mail in [mail.clone(), travelled(&mail)] {
        let outcome = dana.home.read(&mail, DANA);
        assert!(matches!(outcome.signature, Some(State::Good { .. })) && outcome.covers == Covers::All, "{outcome:?}");
    }
    let (mail, _) = sealed(&sealer, &letter(&[DANA], &[], seal(true, true))).unwrap();
    assert!(!text_of(&mail).contains("secret"));
    let opened = dana.openssl(&["cms", "-decrypt", "-recip", "cert.pem", "-inkey", "key.pem"], &mail);
    assert!(text_of(&opened).contains("multipart/signed") && text_of(&opened).contains("this is the secret"));
    let outcome = dana.home.read(&mail, DANA);
    assert!(outcome.encrypted && matches!(outcome.signature, Some(State::Good { .. })), "{outcome:?}");
    let hidden = sealer.outlook(&letter(&[DANA], &["c@example.org"], seal(false, true)), &no());
    assert!(hidden.blocking && hidden.words.as_str().contains("S/MIME cannot hide"), "{hidden:?}");
}
