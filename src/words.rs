//! The words of a text, as search knows them: folded for case and accents, one of each letter where a script has no gaps.
//!
//! A leaf. The index, the query, the marks on the screen and the tests all split texts by this one function, so that what
//! is found is what is marked.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Letters of a word that count; a longer one is its first forty letters.
pub const LONGEST: usize = 40;

/// Calls `each` with every word of the text: where it stands in the text, in bytes, and how it is looked for.
///
/// A word is a run of letters and digits, in lower case, without accents and ligatures (NFKD, Unicode annex 15). Han,
/// kana, hangul and the scripts of South-East Asia are written without gaps: there every letter is a word, and a longer
/// term is a phrase.
pub fn scan(text: &str, mut each: impl FnMut(Range<usize>, &str)) {
    let mut word = Word::default();
    for (at, letter) in text.char_indices() {
        let end = at + letter.len_utf8();
        if letter.is_ascii() {
            if letter.is_ascii_alphanumeric() {
                word.push(at..end, letter.to_ascii_lowercase());
            } else {
                word.end(&mut each);
            }
        } else if is_mark(letter) {
            // An accent of its own, or a joiner inside a word: of no weight, but no gap.
            word.stretch(end);
        } else if letter.is_alphanumeric() {
            fold(letter, &mut |folded| {
                // One alone, even of a letter that stands for two.
                let alone = is_gapless(folded);
                if alone {
                    word.end(&mut each);
                }
                word.push(at..end, folded);
                if alone {
                    word.end(&mut each);
                }
            });
        } else {
            word.end(&mut each);
        }
    }
    word.end(&mut each);
}

/// The words of a text.
pub fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    scan(text, |_, word| words.push(word.to_owned()));
    words
}

/// Appends the words of a text, each with a blank before it, and one behind the last, so that a phrase of whole words
/// stands in it between blanks.
pub fn fold_into(text: &str, folded: &mut String) {
    let before = folded.len();
    scan(text, |_, word| {
        folded.push(' ');
        folded.push_str(word);
    });
    if folded.len() > before {
        folded.push(' ');
    }
}

/// Whether this is the word of a script without gaps: one letter that needs no gap before the next.
pub fn stands_alone(word: &str) -> bool {
    word.chars().next().is_some_and(is_gapless)
}

/// The word that is being read.
#[derive(Default)]
struct Word {
    folded: String,
    letters: usize,
    place: Range<usize>,
}

impl Word {
    fn push(&mut self, place: Range<usize>, letter: char) {
        if self.letters == 0 {
            self.place = place;
        } else {
            self.place.end = place.end;
        }
        if self.letters < LONGEST {
            self.folded.push(letter);
        }
        self.letters += 1;
    }

    fn stretch(&mut self, end: usize) {
        if self.letters > 0 {
            self.place.end = end;
        }
    }

    fn end(&mut self, each: &mut impl FnMut(Range<usize>, &str)) {
        if self.letters > 0 {
            each(self.place.clone(), &self.folded);
            self.folded.clear();
            self.letters = 0;
        }
    }
}

/// One letter without its accents, in lower case.
fn fold(letter: char, each: &mut impl FnMut(char)) {
    for part in std::iter::once(letter).nfkd() {
        for lower in part.to_lowercase() {
            match lower {
                'ß' => "ss".chars().for_each(&mut *each),
                'æ' => "ae".chars().for_each(&mut *each),
                'œ' => "oe".chars().for_each(&mut *each),
                'þ' => "th".chars().for_each(&mut *each),
                'ø' => each('o'),
                'đ' | 'ð' => each('d'),
                'ł' => each('l'),
                'ħ' => each('h'),
                'ı' => each('i'),
                'ς' => each('σ'),
                other if other.is_alphanumeric() && !is_mark(other) => each(other),
                _ => {}
            }
        }
    }
}

/// Marks that belong to the letter before them, and joiners.
fn is_mark(letter: char) -> bool {
    let combines = is_combining_mark(letter) && !letter.is_alphanumeric();
    combines
        || matches!(letter,
        '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{20d0}'..='\u{20ff}'
        | '\u{3099}'..='\u{309a}' | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{feff}')
}

/// Letters of scripts that are written without gaps between words.
fn is_gapless(letter: char) -> bool {
    matches!(letter,
        '\u{0e01}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}'
        | '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3041}'..='\u{3098}'
        | '\u{309d}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests;
