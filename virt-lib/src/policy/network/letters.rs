//! Names of hosts in letters of ASCII and in those of people: the mapping of UTS 46, without its
//! rules about the direction of letters. Registries check those, and their tables would be larger
//! than this crate's code for all rules. This module must never know a host.

use icu_normalizer::uts46::Uts46MapperBorrowed;
use idna::punycode;

/// What an A-label begins with.
const ACE: &str = "xn--";

/// Joiners, which are right between some letters only.
const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// The name with other letters than those of ASCII in A-labels, and with A-labels in letters.
pub(super) fn both(text: &str) -> Option<(String, String)> {
    let lower = text.to_ascii_lowercase();
    if lower.is_ascii() && !lower.split('.').any(|label| label.starts_with(ACE)) {
        return Some((lower.clone(), lower));
    }
    let mapped = mapped(text)?;
    let (mut ascii, mut letters) = (Vec::new(), Vec::new());
    for label in mapped.split('.') {
        let (a_label, u_label) = match label.strip_prefix(ACE) {
            Some(code) => (label.to_string(), decoded(code)?),
            None if label.is_ascii() => (label.into(), label.into()),
            None => (
                format!("{ACE}{}", punycode::encode_str(label)?),
                label.into(),
            ),
        };
        ascii.push(a_label);
        letters.push(u_label);
    }
    Some((ascii.join("."), letters.join(".")))
}

/// The text in lower case and NFC, if all of it can be in a name.
fn mapped(text: &str) -> Option<String> {
    let mapped: String = Uts46MapperBorrowed::new()
        .map_normalize(text.chars())
        .collect();
    let is_possible = !mapped.contains(char::REPLACEMENT_CHARACTER) && !mapped.contains(JOINERS);
    is_possible.then_some(mapped)
}

/// The letters of an A-label without its beginning, if it is the one of these letters.
fn decoded(code: &str) -> Option<String> {
    let label = punycode::decode_to_string(code)?;
    let again = punycode::encode_str(&label)?;
    let is_canonical = !label.is_ascii() && !label.contains('.') && again == code;
    (is_canonical && mapped(&label)? == label).then_some(label)
}

#[cfg(test)]
mod tests {
    use super::both;
    use crate::testing::test;

    #[test]
    fn names_have_one_spelling_in_each_kind_of_letters() {
        for (text, ascii, letters) in [
            ("A.Example", "a.example", "a.example"),
            (
                "b\u{fc}cher.example",
                "xn--bcher-kva.example",
                "b\u{fc}cher.example",
            ),
            (
                "B\u{55}\u{308}CHER.example",
                "xn--bcher-kva.example",
                "b\u{fc}cher.example",
            ),
            (
                "XN--BCHER-KVA.example",
                "xn--bcher-kva.example",
                "b\u{fc}cher.example",
            ),
            ("stra\u{df}e", "xn--strae-oqa", "stra\u{df}e"),
            ("\u{ff41}\u{3002}b", "a.b", "a.b"),
            ("\u{4f8b}\u{3048}", "xn--r8jz45g", "\u{4f8b}\u{3048}"),
        ] {
            assert_eq!(both(text), Some((ascii.into(), letters.into())), "{text}");
        }
        for text in [
            "xn--a",
            "xn--",
            "xn--a-",
            "xn--abc-",
            "a\u{200d}b",
            "a\u{fffd}",
            "\u{e000}",
            "xn--bcher-kva\u{fc}",
        ] {
            assert_eq!(both(text), None, "{text}");
        }
    }

    /// What the whole of UTS 46 allows is the same here, and what it refuses besides is refused
    /// because of directions and marks.
    #[cfg(not(target_family = "wasm"))]
    #[test]
    fn idna_reads_the_same() {
        let mut random = fastrand::Rng::with_seed(5);
        let mut same = 0;
        for number in 0..400_000 {
            let letters = match number {
                // Every character once, then some in a row.
                0..0x11_0000 => char::from_u32(number).map_or(String::new(), String::from),
                _ => String::new(),
            };
            let count = random.usize(0..4);
            let letter = |_| {
                let range = random.choice([
                    0x61..0x7b,
                    0xc0..0x250,
                    0x370..0x600,
                    0x900..0xa00,
                    0x3040..0x3100,
                    0x300..0x370,
                ]);
                let range: std::ops::Range<u32> = range.expect("there are ranges");
                char::from_u32(random.u32(range)).expect("no surrogates there")
            };
            let rest: String = (0..count).map(letter).collect();
            let text = format!("{letters}{rest}");
            let Ok(ascii) = idna::domain_to_ascii(&text) else {
                continue;
            };
            let is_possible =
                |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
            if ascii.is_empty() || !ascii.chars().all(is_possible) {
                continue;
            }
            let (unicode, valid) = idna::domain_to_unicode(&ascii);
            let theirs = valid.is_ok().then_some((ascii, unicode));
            assert_eq!(both(&text), theirs, "{text:?}");
            same += 1;
        }
        assert!(same > 100_000, "{same}");
    }
}
