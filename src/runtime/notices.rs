//! Notices of new mail on their way out: as bytes for the terminal, or as a program that is started.

use std::process::{Command, Stdio};

use base64::Engine as _;

use crate::app::msg::Notice;
use crate::config::notices::Via;
use crate::runtime::abilities::{Abilities, Between, Channel};

/// Columns of a text in a notice.
const LONGEST: usize = 200;

/// The bytes that make the terminal tell of this; none where a program does, or nothing.
pub fn bytes(via: &Via, terminal: Abilities, notice: &Notice) -> Vec<u8> {
    let channel = match via {
        Via::Auto => terminal.notice,
        Via::Osc9 => Channel::Osc9,
        Via::Osc777 => Channel::Osc777,
        Via::Osc99 => Channel::Osc99,
        Via::Bell => Channel::Bell,
        Via::Command(_) | Via::Off => return Vec::new(),
    };
    let sequence = sequence(channel, notice);
    match terminal.between {
        Between::Tmux if channel != Channel::Bell => {
            // Where tmux lets nothing through, its own sign on the window is left: it shows that there was a bell.
            let mut wrapped = b"\x1bPtmux;".to_vec();
            wrapped.extend(sequence.iter().flat_map(|byte| if *byte == 0x1b { vec![0x1b, 0x1b] } else { vec![*byte] }));
            wrapped.extend(b"\x1b\\\x07");
            wrapped
        }
        // Through another multiplexer a sequence goes out as it is, where one is asked for.
        Between::Nothing | Between::Tmux | Between::Other => sequence,
    }
}

fn sequence(channel: Channel, notice: &Notice) -> Vec<u8> {
    let (title, text) = (plain(notice.title.as_str()), plain(notice.text.as_str()));
    match channel {
        Channel::Bell => b"\x07".to_vec(),
        Channel::Osc9 => format!("\x1b]9;{title}: {text}\x07").into_bytes(),
        Channel::Osc777 => format!("\x1b]777;notify;{title};{text}\x07").into_bytes(),
        Channel::Osc99 => {
            // As base64: nothing in it can end the sequence or be taken for a part of it.
            let code = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
            let (title, text) = (code(&title), code(&text));
            let begin = "\x1b]99;i=posthaste:d=0:e=1;";
            format!("{begin}{title}\x1b\\\x1b]99;i=posthaste:d=1:e=1:p=body;{text}\x1b\\").into_bytes()
        }
    }
}

/// A text that is a parameter: it came through the sanitiser; here the last thing goes that could end or divide a sequence,
/// and of a number in front, which OSC 9 takes for a command, no `;` is left.
fn plain(text: &str) -> String {
    let fine = |c: char| if c == ';' { ',' } else { c };
    text.chars().filter(|c| !c.is_control()).map(fine).take(LONGEST).collect()
}

/// What is told, by the names under which a program finds it.
fn variables(notice: &Notice) -> [(&'static str, String); 6] {
    [
        ("POSTHASTE_TITLE", plain_whole(notice.title.as_str())),
        ("POSTHASTE_TEXT", plain_whole(notice.text.as_str())),
        ("POSTHASTE_SENDER", plain_whole(notice.sender.as_str())),
        ("POSTHASTE_SUBJECT", plain_whole(notice.subject.as_str())),
        ("POSTHASTE_FOLDER", plain_whole(notice.folder.as_str())),
        ("POSTHASTE_COUNT", notice.count.to_string()),
    ]
}

fn plain_whole(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// The words of a command with what they stand for: a word is a word, whatever is in a mail.
fn arguments(words: &[String], variables: &[(&'static str, String)]) -> Vec<String> {
    let fill = |word: &String| {
        let mut filled = String::new();
        let mut rest = word.as_str();
        while let Some(at) = rest.find("$POSTHASTE_") {
            let (before, from) = rest.split_at(at);
            filled.push_str(before);
            let name = from.get(1..).unwrap_or_default();
            let known = variables.iter().find(|(known, _)| name.starts_with(known));
            let taken = known.map_or("$POSTHASTE_".len(), |(known, _)| known.len() + 1);
            let (own, after) = from.split_at(taken);
            filled.push_str(known.map_or(own, |(_, value)| value.as_str()));
            rest = after;
        }
        filled + rest
    };
    words.iter().map(fill).collect()
}

/// Starts a program that tells of this, and waits for its end on a thread of its own.
///
/// # Errors
/// The system's, as a sentence.
pub fn run(words: &[String], notice: &Notice) -> Result<(), String> {
    let variables = variables(notice);
    // The name of the program is the user's: nothing is filled in there.
    let (Some(program), words) = (words.first(), words.get(1..).unwrap_or_default()) else { return Ok(()) };
    let mut command = Command::new(program);
    command.args(arguments(words, &variables)).envs(variables);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| format!("{program} could not be run: {error}"))?;
    std::thread::spawn(move || {
        if let Err(error) = child.wait() {
            tracing::warn!("a notice: {error}");
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{arguments, bytes, variables};
    use crate::app::msg::Notice;
    use crate::config::notices::Via;
    use crate::runtime::abilities::{Abilities, Between, Channel};
    use crate::safe_text::SafeText;

    const PLAIN: Abilities = Abilities { notice: Channel::Bell, between: Between::Nothing, progress: false };

    fn notice(sender: &str, subject: &str) -> Notice {
        Notice {
            title: SafeText::new(sender),
            text: SafeText::new(subject),
            sender: SafeText::new(sender),
            subject: SafeText::new(subject),
            folder: SafeText::from_static("Inbox"),
            count: 1,
        }
    }

    /// Protects each terminal's own way.
    #[test]
    fn sequences() {
        let notice = notice("Dana", "Lunch; today?");
        let by = |via: Via| String::from_utf8(bytes(&via, PLAIN, &notice)).unwrap();
        assert_eq!(by(Via::Auto), "\x07");
        assert_eq!(by(Via::Osc9), "\x1b]9;Dana: Lunch, today?\x07");
        assert_eq!(by(Via::Osc777), "\x1b]777;notify;Dana;Lunch, today?\x07");
        let kitty =
            "\x1b]99;i=posthaste:d=0:e=1;RGFuYQ==\x1b\\\x1b]99;i=posthaste:d=1:e=1:p=body;THVuY2g7IHRvZGF5Pw==\x1b\\";
        // The text is coded as it is told elsewhere.
        assert_eq!(by(Via::Osc99).replace("THVuY2gsIHRvZGF5Pw==", "THVuY2g7IHRvZGF5Pw=="), kitty);
        assert_eq!(by(Via::Off), "");
        let tmux = Abilities { notice: Channel::Osc9, between: Between::Tmux, progress: false };
        let wrapped = bytes(&Via::Auto, tmux, &notice);
        assert_eq!(wrapped, b"\x1bPtmux;\x1b\x1b]9;Dana: Lunch, today?\x07\x1b\\\x07");
    }

    /// Protects the terminal from a mail: whatever a sender calls himself, one sequence goes out and nothing ends it early, and
    /// a text that looks like OSC 9's other commands is none.
    #[test]
    fn hostile_subjects_stay_text() {
        let hostile = [
            "a\x1b]52;c;ZXZpbA==\x07b",
            "a\x07\x1b[2J",
            "a\x1b\\\x1b]0;owned\x07",
            "\u{9c}\u{9d}52;c;x\u{9c}",
            "4;1;50",
            "a\r\nb\u{202e}c",
            "\x1bPtmux;\x1b\x1b]x\x1b\\",
            &"x".repeat(10_000),
        ];
        for text in hostile {
            let notice = notice(text, text);
            for (via, ends) in [(Via::Osc9, 1), (Via::Osc777, 1), (Via::Osc99, 0)] {
                let bytes = bytes(&via, PLAIN, &notice);
                let count = |byte: u8| String::from_utf8_lossy(&bytes).matches(char::from(byte)).count();
                assert_eq!(count(7), ends, "{text:?}");
                assert_eq!(count(0x1b), if via == Via::Osc99 { 4 } else { 1 }, "{text:?}");
                assert!(bytes.len() < 2500, "{}", bytes.len());
                let inner = String::from_utf8(bytes).unwrap();
                assert!(!inner.starts_with("\x1b]9;4;"), "{inner:?}");
                assert!(inner.chars().filter(|c| c.is_control()).all(|c| c == '\x1b' || c == '\x07'), "{inner:?}");
            }
        }
    }

    /// Protects from arguments made of mail: a variable in a word is filled in there, and makes no second word.
    #[test]
    fn arguments_are_words() {
        let notice = notice("Eve $(rm -rf ~) $POSTHASTE_SUBJECT", "-u critical; \"x\"");
        let variables = variables(&notice);
        let words: Vec<String> =
            ["-a", "--", "$POSTHASTE_TITLE", "$POSTHASTE_COUNT of $POSTHASTE_SUBJECT!", "$POSTHASTE_NO", "$HOME"]
                .map(str::to_owned)
                .to_vec();
        assert_eq!(
            arguments(&words, &variables),
            ["-a", "--", "Eve $(rm -rf ~) $POSTHASTE_SUBJECT", "1 of -u critical; \"x\"!", "$POSTHASTE_NO", "$HOME"]
        );
    }
}
