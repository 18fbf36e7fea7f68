//! What a message answers, as In-Reply-To and References say it: ids, and what stands there that is none.

/// Of what stands between the angle brackets of a field (or of all of it, where there are none) the ids of messages.
///
/// An id has an `@` in it: `git send-email` takes a `yes` typed at its question for one, and all that name it would be one
/// conversation. In old mail words stand around the id, and among them the address of whoever is answered:
/// `Message from Ada <ada@x.example> of "Mon, 5 Aug 2002" <id@x.example>` (RFC 5322, section 3.6.4, `obs-in-reply-to`). An
/// address that the field calls one, or that is among the people of the message, is no id.
pub fn ids<'a>(value: &str, found: Vec<&'a str>, is_person: impl Fn(&str) -> bool) -> Vec<&'a str> {
    let named = addresses(value);
    let bracketed = value.contains('<');
    let is_id = |id: &&str| {
        // Without brackets the whole field is told as one text.
        let whole = bracketed || !id.contains(char::is_whitespace);
        whole && id.contains('@') && !named.contains(id) && !is_person(id)
    };
    found.into_iter().filter(is_id).collect()
}

/// What stands in brackets after the word "from", but for what stands behind an "of": `from ada@x.example of … <id>`.
fn addresses(value: &str) -> Vec<&str> {
    let mut named = Vec::new();
    let mut rest = value;
    while let Some((words, behind)) = rest.split_once('<') {
        let Some((inside, behind)) = behind.split_once('>') else { break };
        // What is quoted is a name or a date.
        let plain = words.split('"').step_by(2).flat_map(str::split_whitespace);
        let last = plain.filter(|word| ["from", "of"].iter().any(|one| word.eq_ignore_ascii_case(one))).last();
        if last.is_some_and(|word| word.eq_ignore_ascii_case("from")) {
            named.push(inside.trim());
        }
        rest = behind;
    }
    named
}

#[cfg(test)]
mod tests {
    use super::ids;

    /// What the field says between its brackets, without those of Ada, who is among the message's people.
    fn read(value: &str) -> Vec<&str> {
        let inside = value.split('<').skip(1).filter_map(|rest| rest.split('>').next()).map(str::trim);
        let mut found: Vec<&str> = inside.collect();
        if found.is_empty() {
            found.push(value);
        }
        ids(value, found, |id| id.eq_ignore_ascii_case("ada@x.example"))
    }

    /// Protects conversations of strangers: what old programs and typing errors write into In-Reply-To joins nothing.
    #[test]
    fn only_ids_are_ids() {
        assert_eq!(read("<a@x> <b@x>"), ["a@x", "b@x"]);
        assert_eq!(read("a@x"), ["a@x"]);
        assert_eq!(read("<yes>\t<a@x>"), ["a@x"]);
        assert_eq!(read("Message from Bob <bob@x.example> of \"Mon, 5 Aug 2002 21:39:59 EDT.\" <i@x>"), ["i@x"]);
        assert_eq!(read("Message from \"Bob\r\n of B\" <bob@x.example>\r\n of \"Mon.\""), [""; 0]);
        assert_eq!(read("Message from bob@x.example of \"Re: note from me\" <i@x>"), ["i@x"]);
        assert_eq!(read("<i@x>; from bob@x.example on Thu, Sep 05, 2002"), ["i@x"]);
        assert_eq!(read("<i@x> (message from Bob on Tue, 23 Jul 2002 09:37:33 -0500)"), ["i@x"]);
        assert_eq!(read("Your message of \"Mon, 26 Aug 2002\" <i@x>"), ["i@x"]);
        assert_eq!(read("Mail of Ada <Ada@x.example>, <i@x>"), ["i@x"]);
        assert_eq!(read("bob@x.example's message of \"Tue, 17 Sep 2002\""), [""; 0]);
        assert_eq!(read("Message from <bob"), [""; 0]);
    }
}
