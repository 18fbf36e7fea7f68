//! Which letters of a name match what was typed: for showing why it is a hit.

/// The places of the letters: each word typed as it stands in the name (at the start of a word first), else its letters
/// one after the other.
pub fn letters(name: &str, typed: &str) -> Vec<usize> {
    let name: Vec<char> = name.chars().map(single_lowercase).collect();
    let mut places = Vec::new();
    for word in typed.split_whitespace() {
        let word: Vec<char> = word.chars().map(single_lowercase).collect();
        match run_of(&name, &word) {
            Some(start) => places.extend(start..start + word.len()),
            None => places.extend(scattered(&name, &word)),
        }
    }
    places
}

/// The letter in lower case when that is one letter, so that places stay places.
fn single_lowercase(letter: char) -> char {
    let mut lower = letter.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(only), None) => only,
        _ => letter,
    }
}

fn run_of(name: &[char], word: &[char]) -> Option<usize> {
    let found = |at: &usize| name.get(*at..*at + word.len()) == Some(word);
    let begins =
        |at: &usize| at.checked_sub(1).and_then(|before| name.get(before)).is_none_or(|c| !c.is_alphanumeric());
    let starts = 0..(name.len() + 1).saturating_sub(word.len());
    starts.clone().filter(begins).find(found).or_else(|| starts.into_iter().find(found))
}

fn scattered(name: &[char], word: &[char]) -> Vec<usize> {
    let mut places = Vec::with_capacity(word.len());
    let mut from = 0;
    for letter in word {
        let Some(at) = name.iter().skip(from).position(|c| c == letter) else { return Vec::new() };
        places.push(from + at);
        from += at + 1;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Protects the palette: the letters that are set off are the ones typed.
    #[test]
    fn letters_that_match() {
        assert_eq!(letters("Move to folder…", "mov"), [0, 1, 2]);
        assert_eq!(letters("Remove tag…", "mov"), [2, 3, 4]);
        assert_eq!(letters("Move to folder…", "fol mo"), [8, 9, 10, 0, 1]);
        assert_eq!(letters("Archive", "ahv"), [0, 3, 5]);
        assert!(letters("Archive", "xyz").is_empty());
        assert!(letters("", "a").is_empty() && letters("a", "").is_empty());
        assert_eq!(letters("İstanbul x", "x"), [9]);
    }
}
