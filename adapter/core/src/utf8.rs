//! Whether bytes are UTF-8. The standard library keeps a table of 256 bytes for that, which would
//! be in every artifact. This module must agree with it.

/// Whether `bytes` are UTF-8.
pub fn is_valid(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        // How many bytes follow, and between what the next one lies.
        let (more, least, most) = match first {
            0x00..=0x7f => (0, 0, 0),
            0xc2..=0xdf => (1, 0x80, 0xbf),
            0xe0 => (2, 0xa0, 0xbf),
            0xed => (2, 0x80, 0x9f),
            0xe1..=0xef => (2, 0x80, 0xbf),
            0xf0 => (3, 0x90, 0xbf),
            0xf1..=0xf3 => (3, 0x80, 0xbf),
            0xf4 => (3, 0x80, 0x8f),
            _ => return false,
        };
        let Some((tail, after)) = after.split_at_checked(more) else {
            return false;
        };
        let in_range = tail
            .first()
            .is_none_or(|next| (least..=most).contains(next));
        if !in_range || tail.iter().any(|byte| byte & 0xc0 != 0x80) {
            return false;
        }
        rest = after;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::is_valid;

    /// Every sequence of up to three bytes, and those of four that begin like a character.
    #[test]
    fn agrees_with_the_standard_library() {
        let agree = |bytes: &[u8]| {
            assert_eq!(
                is_valid(bytes),
                core::str::from_utf8(bytes).is_ok(),
                "{bytes:x?}"
            );
        };
        agree(&[]);
        for number in 0..=0xff_ffff_u32 {
            let [_, bytes @ ..] = number.to_be_bytes();
            agree(&bytes);
            if number <= 0xffff {
                agree(&bytes[1..]);
            }
            if number <= 0xff {
                agree(&bytes[2..]);
            }
        }
        for first in 0xef..=0xff_u8 {
            for second in 0..=0xff {
                for third in [0, 0x7f, 0x80, 0xbf, 0xc0, 0xff] {
                    for fourth in [0, 0x7f, 0x80, 0xbf, 0xc0, 0xff] {
                        agree(&[first, second, third, fourth]);
                        agree(&[first, second, third, fourth, b'a']);
                    }
                }
            }
        }
    }
}
