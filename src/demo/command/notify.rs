//! NOTIFY (RFC 5465), read by hand as far as this server knows it: the selected mailbox as without it, and the personal
//! mailboxes.

/// What a client asks to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotifyRequest {
    /// `NONE`: nothing but of the selected mailbox.
    Nothing,
    /// `SET`.
    Set {
        /// `STATUS`: how the mailboxes stand now.
        status: bool,
        /// Whether messages of the personal mailboxes are asked for.
        messages: bool,
        /// Whether names of mailboxes are.
        names: bool,
        /// Events that this server does not know.
        unknown: Vec<String>,
    },
}

/// Words and brackets.
fn tokens(text: &str) -> Vec<String> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    spaced.split_whitespace().map(str::to_ascii_uppercase).collect()
}

impl NotifyRequest {
    /// Reads the arguments of NOTIFY; `None` when they make no sense, or name mailboxes that this server cannot tell of.
    pub fn parse(text: &str) -> Option<Self> {
        let tokens = tokens(text);
        let mut words = tokens.iter().map(String::as_str).peekable();
        match words.next()? {
            "NONE" => return words.next().is_none().then_some(Self::Nothing),
            "SET" => {}
            _ => return None,
        }
        let status = words.next_if_eq(&"STATUS").is_some();
        let (mut messages, mut names, mut unknown) = (false, false, Vec::new());
        let mut groups = 0;
        while let Some(open) = words.next() {
            let (filter, events) = (words.next()?, words.next()?);
            let personal = match filter {
                "PERSONAL" => true,
                "SELECTED" | "SELECTED-DELAYED" => false,
                _ => return None,
            };
            if open != "(" || events != "(" {
                return None;
            }
            loop {
                match words.next()? {
                    ")" => break,
                    "MESSAGENEW" | "MESSAGEEXPUNGE" | "FLAGCHANGE" => messages |= personal,
                    "MAILBOXNAME" | "SUBSCRIPTIONCHANGE" => names |= personal,
                    "(" => return None,
                    other => unknown.push(other.to_owned()),
                }
            }
            if words.next()? != ")" {
                return None;
            }
            groups += 1;
        }
        (groups > 0).then_some(Self::Set { status, messages, names, unknown })
    }
}

#[cfg(test)]
mod tests {
    use super::NotifyRequest;

    /// What this project's client sends is understood; brackets that do not match, and other mailboxes, are not.
    #[test]
    fn reads_what_it_knows() {
        let text = " SET STATUS (selected-delayed (MessageNew MessageExpunge FlagChange)) (personal (MessageNew \
            MessageExpunge FlagChange MailboxName SubscriptionChange Nonsense))";
        let unknown = vec!["NONSENSE".to_owned()];
        let set = NotifyRequest::Set { status: true, messages: true, names: true, unknown };
        assert_eq!(NotifyRequest::parse(text), Some(set));
        assert_eq!(NotifyRequest::parse(" NONE"), Some(NotifyRequest::Nothing));
        for wrong in ["", " SET", " SET (personal (MessageNew)", " SET (inboxes (MessageNew))", " SET personal"] {
            assert_eq!(NotifyRequest::parse(wrong), None, "{wrong}");
        }
    }
}
