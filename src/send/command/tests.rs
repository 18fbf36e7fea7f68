//! A command that takes the mail: what it gets, and what its end means.

use super::{addresses, is_safe, reads_again, reads_recipients, with_bcc};
use crate::imap::trace::Trace;
use crate::letter::Parcel;
use crate::sasl::Credential;
use crate::send::error::{Error, Next};
use crate::send::wire::Mail;
use crate::send::{Outlet, Report, check, submit};

fn parcel(to: &[&str], header: &str) -> Parcel {
    Parcel {
        from: "ada@example.org".to_owned(),
        to: to.iter().map(|&one| one.to_owned()).collect(),
        bytes: format!("{header}\r\n\r\n.dot\r\n").into_bytes(),
        message_id: "1@example.org".to_owned(),
    }
}

async fn run(command: String, parcel: &Parcel) -> Result<Report, Error> {
    submit(&Outlet::Command(command), &Credential::None, parcel, None, &Trace::default()).await
}

/// The recipients are arguments, also one that looks like an option; lines end as they do on this side, dots stay single.
#[tokio::test]
async fn recipients_are_arguments() {
    let dir = tempfile::tempdir().unwrap();
    let (args, mail) = (dir.path().join("args"), dir.path().join("mail"));
    let script = dir.path().join("sendmail");
    std::fs::write(
        &script,
        format!("printf '%s|' \"$POSTHASTE_FROM\" \"$@\" > {}; cat > {}", args.display(), mail.display()),
    )
    .unwrap();
    let parcel =
        parcel(&["-f@example.org", "bob@example.org", "bob@example.org"], "Bcc: eve@example.org\r\nSubject: x");
    let report = run(format!("sh {} -oi", script.display()), &parcel).await.unwrap();
    assert_eq!(report.accepted.len(), 2);
    assert_eq!(std::fs::read_to_string(args).unwrap(), "ada@example.org|-oi|--|-f@example.org|bob@example.org|");
    assert_eq!(std::fs::read_to_string(mail).unwrap(), "Subject: x\n\n.dot\n");
}

/// What ssh hands on is read by a shell once more: an address that means something to that is not handed to it, and any other
/// is. Without such a program, or where the mail names them, it is an address like others.
#[tokio::test]
async fn a_shell_far_away_gets_no_commands() {
    let dir = tempfile::tempdir().unwrap();
    let (ssh, ran) = (dir.path().join("ssh"), dir.path().join("ran"));
    std::fs::write(&ssh, "shift\nexec sh -c \"$*\"\n").unwrap();
    let command = format!("sh {} host cat", ssh.display());
    let evil = format!("a|touch${{IFS}}{}|@evil.example", ran.display());
    for address in [evil.as_str(), "o'brien@example.org", "`id`@example.org", "a&b@example.org"] {
        let error = run(command.clone(), &parcel(&["bob@example.org", address], "Subject: x")).await.unwrap_err();
        assert!(matches!(&error, Error::Unsendable(text) if text.contains(address) && text.contains("-t")), "{error}");
        assert!(run("sh -c 'cat >/dev/null' sh".to_owned(), &parcel(&[address], "Subject: x")).await.is_ok());
        assert!(
            run(format!("{command} -t"), &parcel(&["bob@example.org", address], "To: bob@example.org")).await.is_ok()
        );
    }
    assert!(!ran.exists());
    for (command, again) in [
        ("ssh -o BatchMode=yes host sendmail -oi", true),
        ("sh -c 'ssh host sendmail \"$@\"' sh", true),
        ("/usr/bin/ssh host msmtp", true),
        ("msmtp --file ~/.ssh/msmtprc", false),
        ("ssh-agent msmtp", false),
    ] {
        assert_eq!(reads_again(command), again, "{command}");
    }
    assert!(is_safe("ada+x%y_z@sub-1.example.org") && is_safe("b\u{f6}b@example.org") && !is_safe("~ada@example.org"));
}

/// With -t whoever stands in no field is added as Bcc, and nobody gets the mail who is not meant to.
#[test]
fn a_command_that_reads_the_recipients_sends_to_nobody_else() {
    let made = |to: &[&str], header: &str| {
        let mail = with_bcc(&Mail::of(&parcel(to, header)).unwrap());
        mail.map(|mail| String::from_utf8(mail).unwrap()).map_err(|error| error.to_string())
    };
    let header = "To: \"bob@work\" <Bob@Example.org>,\r\n Carol (c@x) <carol@bücher.example>\r\nSubject: x";
    let two = ["bob@example.org", "carol@xn--bcher-kva.example"];
    assert!(made(&two, header).unwrap().starts_with("To: \"bob"));
    let three = made(&[two[0], two[1], "eve@example.org"], header).unwrap();
    assert!(three.starts_with("Bcc: eve@example.org\r\nTo: \"bob"), "{three}");
    assert!(made(&two[..1], header).unwrap_err().contains("to carol@xn--bcher-kva.example as well"));
    assert!(made(&two, &format!("Resent-To: x@example.org\r\n{header}")).unwrap_err().contains("bounce"));
    assert_eq!(
        addresses("Cc: a@b.example, group: c@d.example, <e@f.example>;"),
        ["a@b.example", "c@d.example", "e@f.example"]
    );
    assert!(reads_recipients("msmtp -a work -t") && reads_recipients("sendmail -oi -t"));
    assert!(!reads_recipients("msmtp --tls=on") && !reads_recipients("sendmail -oi"));
}

/// Its end: sent, not sent with its words, later, and unknown.
#[tokio::test]
async fn its_end_is_the_answer() {
    let parcel = parcel(&["bob@example.org"], "To: bob@example.org");
    assert!(run("cat >/dev/null; :".to_owned(), &parcel).await.is_ok());
    for (script, next, words) in [
        ("cat >/dev/null; echo no such user >&2; exit 67; :", Next::Edit, "exit code 67 and said: no such user"),
        ("cat >/dev/null; exit 75; :", Next::Later, "exit code 75"),
        ("echo cannot locate host >&2; exit 68; :", Next::Later, "exit code 68 and said: cannot locate host"),
        ("cat >/dev/null; exit 69; :", Next::Later, "exit code 69"),
        ("cat >/dev/null; exit 71; :", Next::Later, "exit code 71"),
        ("cat >/dev/null; exit 74; :", Next::Later, "exit code 74"),
        ("cat >/dev/null; exit 65; :", Next::Edit, "exit code 65"),
        ("cat >/dev/null; exit 77; :", Next::Edit, "exit code 77"),
        ("cat >/dev/null; exit 78; :", Next::Edit, "exit code 78"),
        ("posthaste-no-such-program", Next::Edit, "could not be run"),
        ("kill -9 $$; :", Next::Ask, "by a signal"),
    ] {
        let error = run(script.to_owned(), &parcel).await.unwrap_err();
        assert_eq!(error.next(), next, "{script}");
        assert!(error.to_string().contains(words), "{error}");
    }
    // It says that all is well, and cannot have read a mail this large.
    let large = Parcel { bytes: "x\r\n".repeat(200_000).into_bytes(), ..parcel };
    assert!(matches!(run("exit 0; :".to_owned(), &large).await, Err(Error::Unknown { .. })));
}

/// A look at a command runs nothing.
#[tokio::test]
async fn a_look_runs_nothing() {
    let look = |command: &str| {
        let outlet = Outlet::Command(command.to_owned());
        async move { check(&outlet, &Credential::None, &Trace::default()).await }
    };
    assert!(look("cat -t").await.unwrap().words().contains("cat -t"));
    assert!(look("posthaste-no-such-program -t").await.unwrap_err().to_string().contains("no program"));
    assert!(look("  ").await.is_err());
}
