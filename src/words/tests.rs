//! Words, by example and for any text.

use proptest::prelude::{prop_assert_eq, proptest};

use super::{LONGEST, scan, split};

#[test]
fn case_and_accents_are_folded() {
    assert_eq!(split("Łukasz MÜLLER, résumé; Straße æon"), ["lukasz", "muller", "resume", "strasse", "aeon"]);
    assert_eq!(split("re\u{301}sume\u{301} ｆｕｌｌ ﬁne ΣΊΣΥΦΟΣ"), ["resume", "full", "fine", "σισυφοσ"]);
    assert_eq!(split("हिन्दी भाषा").len(), 2, "a joined consonant is no gap");
    assert_eq!(split("Анна Иванова Й"), ["анна", "иванова", "и"]);
}

#[test]
fn an_address_is_its_parts() {
    assert_eq!(split("Dana <dana.w+x@acme-corp.example>"), ["dana", "dana", "w", "x", "acme", "corp", "example"]);
    assert_eq!(split("q3_report-FINAL.pdf"), ["q3", "report", "final", "pdf"]);
}

#[test]
fn scripts_without_gaps_are_single_letters() {
    assert_eq!(split("東京タワーへ"), ["東", "京", "タ", "ワ", "ー", "へ"]);
    assert_eq!(split("ｱ日本abc語"), ["ア", "日", "本", "abc", "語"]);
    // Two halves of one syllable, composed or not.
    assert_eq!(split("한글").concat(), split("한글").concat());
}

#[test]
fn a_long_word_is_its_beginning() {
    let long = "x".repeat(LONGEST * 3);
    assert_eq!(split(&long), ["x".repeat(LONGEST)]);
    scan(&long, |place, _| assert_eq!(place, 0..LONGEST * 3));
}

#[test]
fn signs_are_no_words() {
    assert_eq!(split("… — !? \u{202e} 👍 _"), Vec::<String>::new());
}

proptest! {
    #[test]
    fn folding_again_changes_nothing(text in "\\PC{0,60}") {
        let words = split(&text);
        prop_assert_eq!(split(&words.join(" ")), words);
    }

    #[test]
    fn places_are_in_the_text_and_in_order(text in "\\PC{0,60}") {
        let mut start = 0;
        scan(&text, |place, word| {
            assert!(place.start >= start && place.start < place.end && !word.is_empty());
            assert!(text.get(place.clone()).is_some());
            start = place.start;
        });
    }
}
