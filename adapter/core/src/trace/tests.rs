//! Lines, compared with what the standard library writes.

use std::format;
use std::string::String;
use std::vec::Vec;

use super::*;

fn written(write: impl FnOnce(&mut Line)) -> String {
    let mut line = Line::new();
    write(&mut line);
    line.end();
    let mut text = String::from_utf8(line.unwritten().to_vec()).unwrap();
    assert_eq!(text.pop(), Some('\n'));
    text
}

fn quoted(bytes: &[u8]) -> String {
    written(|line| {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            line.take(u64::from_le_bytes(word), chunk.len() as u32);
        }
        line.quoted(bytes.len() as u32);
    })
}

fn scalar(kind: Scalar, bits: u64) -> String {
    written(|line| line.scalar(kind as u32, bits))
}

#[test]
fn texts_are_words() {
    let text = |line: &mut Line| {
        line.text(word("read:"));
        line.text(word("12345678"));
        line.text(word("…"));
    };
    assert_eq!(written(text), "read:12345678…");
}

#[test]
fn elements_are_separated() {
    let list = |line: &mut Line| {
        line.text(word("["));
        for name in ["a", "b", "c"] {
            line.next();
            line.text(word(name));
        }
    };
    assert_eq!(written(list), "[a, b, c");
}

#[test]
fn scalars_are_their_lowest_bits() {
    for (kind, bits, expected) in [
        (Scalar::Bool, 0xfe, "false"),
        (Scalar::Bool, 1, "true"),
        (Scalar::U8, 0x1ff, "255"),
        (Scalar::S8, 0x180, "-128"),
        (Scalar::U16, 0xf_ffff, "65535"),
        (Scalar::S16, 0x8000, "-32768"),
        (Scalar::U32, u64::MAX, "4294967295"),
        (Scalar::S32, 0x8000_0000, "-2147483648"),
        (Scalar::U64, u64::MAX, "18446744073709551615"),
        (Scalar::S64, 1 << 63, "-9223372036854775808"),
        (Scalar::U64, 0, "0"),
        (Scalar::U64, 10, "10"),
        (Scalar::Char, 'é' as u64, "'é'"),
        (Scalar::Char, '\'' as u64, "'\\''"),
        (Scalar::Char, '"' as u64, "'\"'"),
        (Scalar::Char, 0xd800, "'?'"),
        (Scalar::Char, u64::MAX, "'?'"),
    ] {
        assert_eq!(scalar(kind, bits), expected, "{kind:?} {bits:x}");
    }
}

#[test]
fn strings_are_escaped_where_a_terminal_would_obey() {
    for (text, expected) in [
        ("", r#""""#),
        ("plain é 日 🦀", r#""plain é 日 🦀""#),
        ("\t\n\r\\\"'", r#""\t\n\r\\\"'""#),
        ("\u{1b}[31m\u{7f}\0", r#""\u{1b}[31m\u{7f}\u{0}""#),
        ("\u{9b}\u{202e}\u{feff}", r#""\u{9b}\u{202e}\u{feff}""#),
    ] {
        assert_eq!(quoted(text.as_bytes()), expected);
    }
}

#[test]
fn what_is_no_text_is_hexadecimal() {
    for bytes in [
        &b"a\xff\xc3"[..],
        b"\xc0\x80 \xed\xa0\x80 \xf4\x90\x80\x80",
        b"\xe2\x28\xa1\xf0\x9f\xa6",
    ] {
        let mut expected = String::from("\"");
        for chunk in bytes.utf8_chunks() {
            expected += chunk.valid();
            for byte in chunk.invalid() {
                expected += &format!("\\x{byte:02x}");
            }
        }
        assert_eq!(quoted(bytes), expected + "\"");
    }
}

/// Every sequence of two bytes means the same character as in the standard library, whatever is
/// behind it.
#[test]
fn characters_are_those_of_utf_8() {
    for number in 0..=0xffff_u16 {
        let [a, b] = number.to_be_bytes();
        for c in [0x7f, 0x80, 0xbf] {
            let bytes = [a, b, c, 0x80];
            let first = bytes.utf8_chunks().next().unwrap();
            assert_eq!(character(&bytes), first.valid().chars().next());
        }
    }
}

#[test]
fn long_strings_are_cut_to_whole_characters() {
    let ends = |text: &str, shown: usize| {
        let expected = format!("\"{}\"… ({} bytes)", &text[..shown], text.len());
        assert_eq!(quoted(text.as_bytes()), expected);
    };
    assert_eq!(quoted(&[b'a'; 256]), format!("\"{}\"", "a".repeat(256)));
    ends(&"a".repeat(257), 256);
    ends(&"é".repeat(200), 256);
    ends(&"日".repeat(100), 255);
    ends(&format!("a{}", "🦀".repeat(100)), 253);
    // The length is what is said, not what was taken.
    let cut = written(|line| {
        line.take(u64::from_le_bytes(*b"abcdefgh"), 3);
        line.quoted(u32::MAX);
    });
    assert_eq!(cut, "\"abc\"… (4294967295 bytes)");
}

#[test]
fn a_string_begins_anew() {
    let text = written(|line| {
        line.take(u64::from_le_bytes(*b"abcdefgh"), 8);
        line.quoted(8);
        line.quoted(0);
    });
    assert_eq!(text, r#""abcdefgh""""#);
}

/// Whoever writes a line where it is full loses nothing of it.
#[test]
fn what_is_added_has_room() {
    let mut line = Line::new();
    let (mut written, mut expected) = (Vec::new(), String::new());
    for round in 0..100 {
        line.text(word("12345678"));
        expected += "12345678";
        for c in ['\u{1b}', '\u{202e}', 'a'] {
            let mut text = String::new();
            text.extend([c; 300]);
            for word in text.as_bytes().chunks(8) {
                let mut bytes = [0; 8];
                bytes[..word.len()].copy_from_slice(word);
                line.take(u64::from_le_bytes(bytes), word.len() as u32);
            }
            line.quoted(text.len() as u32);
            expected += &quoted(text.as_bytes());
            if line.is_full() {
                written.extend_from_slice(line.unwritten());
                line.written();
            }
        }
        if round % 2 == 0 {
            line.next();
            expected += ", ";
        }
    }
    written.extend_from_slice(line.unwritten());
    assert_eq!(String::from_utf8(written).unwrap(), expected);
}

#[test]
fn what_was_written_still_counts() {
    let mut line = Line::new();
    line.text(word("["));
    line.written();
    line.next();
    line.text(word("a"));
    line.written();
    line.next();
    assert_eq!(line.unwritten(), b", ");
}

/// The digits are those that the standard library finds, the fewest that mean the number.
#[test]
fn floats_have_the_fewest_digits() {
    let digits = |text: &str| -> Vec<u8> {
        let mantissa = text.split('e').next().unwrap_or_default();
        let digits = mantissa.bytes().filter(u8::is_ascii_digit);
        let digits: Vec<u8> = digits.skip_while(|digit| *digit == b'0').collect();
        let end = digits.iter().rposition(|digit| *digit != b'0');
        digits[..end.map_or(0, |end| end + 1)].to_vec()
    };
    let mut state = 1_u64;
    for round in 0..2_000 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let bits = match round {
            0 => 1,
            1 => f64::MAX.to_bits(),
            2 => f64::MIN_POSITIVE.to_bits(),
            _ => state ^ state >> 29,
        };
        let (double, single) = (f64::from_bits(bits), f32::from_bits(bits as u32));
        if double.is_finite() {
            let text = scalar(Scalar::F64, bits);
            assert_eq!(text.parse::<f64>().unwrap().to_bits(), bits, "{text}");
            assert_eq!(digits(&text), digits(&format!("{double:e}")), "{text}");
        }
        if single.is_finite() {
            let text = scalar(Scalar::F32, bits);
            assert_eq!(
                text.parse::<f32>().unwrap().to_bits(),
                bits as u32,
                "{text}"
            );
            assert_eq!(digits(&text), digits(&format!("{single:e}")), "{text}");
        }
    }
}

#[test]
fn floats_read_well() {
    for (value, expected) in [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (-12.5, "-12.5"),
        (0.001, "0.001"),
        (1e-5, "0.00001"),
        (1e-7, "1e-7"),
        (1e15, "1000000000000000.0"),
        (1e16, "1e16"),
        (6.022e23, "6.022e23"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
        (f64::NAN, "nan"),
    ] {
        assert_eq!(scalar(Scalar::F64, value.to_bits()), expected);
    }
}
