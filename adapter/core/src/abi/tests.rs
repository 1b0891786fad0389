//! Layouts that no type of WASI has, and values on their way to the application. Those of WASI are
//! compared with WIT in `adapter/prebuilt/tests/types.rs`.

use std::vec::Vec;

use super::*;
use crate::simulated;

enums! {
    /// Three cases.
    Case { One Two Three }
}

flags! {
    /// Three flags.
    Flags { A B C }
}

records! {
    /// With holes.
    Record {
        /// A byte.
        case: Case,
        /// Eight bytes.
        long: u64,
        /// A byte.
        flags: Flags,
        /// Four bytes.
        word: u32,
        /// A byte.
        last: bool,
    }
}

variants! {
    /// With payloads of different sizes.
    Variant {
        /// None.
        Nothing(()),
        /// A word.
        Word(u32),
        /// A list.
        Text(Text),
    }
}

fn layout<T: Abi>() -> (u32, u32) {
    (T::SIZE, T::ALIGN)
}

#[test]
fn layouts() {
    assert_eq!(layout::<Record>(), (32, 8));
    assert_eq!(layout::<Variant>(), (12, 4));
    assert_eq!(layout::<Option<Case>>(), (2, 1));
    assert_eq!(layout::<Result<(), Case>>(), (2, 1));
    assert_eq!(layout::<Result<(), ()>>(), (1, 1));
    assert_eq!(layout::<Result<Record, Case>>(), (40, 8));
    assert_eq!(layout::<Result<(Text, bool), Case>>(), (16, 4));
    assert_eq!(layout::<(bool, u64)>(), (16, 8));
    assert_eq!(layout::<Vec<Record>>(), (8, 4));
}

fn lower<T: Lower>(value: T) -> Vec<u8> {
    simulated::reset(1);
    App::new(0).give(0, value);
    simulated::peek(0, T::SIZE as usize)
}

fn record() -> Record {
    Record {
        case: Case::Three,
        long: 0x0102_0304_0506_0708,
        flags: Flags::A.and(Flags::C),
        word: 9,
        last: true,
    }
}

#[test]
fn values() {
    let mut expected = [0; 40];
    expected[8] = 2;
    expected[16..24].copy_from_slice(&[8, 7, 6, 5, 4, 3, 2, 1]);
    expected[24] = 5;
    expected[28] = 9;
    expected[32] = 1;
    assert_eq!(lower(Ok::<_, Case>(record())), expected);
    assert_eq!(lower(Err::<(), _>(Case::Two)), [1, 1]);
    assert_eq!(lower(Variant::Nothing(()))[0], 0);
    assert_eq!(
        lower(Variant::Word(258)),
        [1, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0]
    );
    let text = || Variant::Text(b"text"[..].into());
    assert_eq!(lower(text()), [2, 0, 0, 0, 0, 4, 0, 0, 4, 0, 0, 0]);
    assert_eq!(simulated::peek(1024, 4), b"text");
}

#[test]
fn lists_of_lists() {
    let text = |text: &'static str| Text::from(text.as_bytes());
    let list = lower(Vec::from([(text("a"), text("")), (text("bc"), text("d"))]));
    assert_eq!(list, [0, 4, 0, 0, 2, 0, 0, 0]);
    let words: Vec<u32> = simulated::peek(1024, 32)
        .chunks(4)
        .map(|word| u32::from_le_bytes(word.try_into().expect("four bytes")))
        .collect();
    assert_eq!(words, [1056, 1, 1, 0, 1057, 2, 1059, 1]);
    assert_eq!(simulated::peek(1056, 4), b"abcd");
}

#[test]
fn values_of_the_host_are_read() {
    let mut area = [0_u64; 5];
    let bytes = [1_u8, 0, 0, 0, 0, 0, 0, 0, 7];
    // SAFETY: the area has room for them.
    unsafe {
        area.as_mut_ptr()
            .cast::<u8>()
            .copy_from(bytes.as_ptr(), bytes.len())
    };
    // SAFETY: the area has such values.
    unsafe {
        let at = area.as_ptr().cast::<u8>();
        assert_eq!(<Option<u64> as Lift>::lift(at), Some(7));
        assert_eq!(<Result<(), u64> as Lift>::lift(at), Err(7));
        assert_eq!(<Case as Lift>::lift(at), Case::Two);
        assert_eq!(<(bool, u64) as Lift>::lift(at), (true, 7));
        assert!(matches!(Variant::lift(at), Variant::Word(0)));
    }
}

#[test]
fn a_case_that_is_not_one_traps() {
    assert_eq!(<Case as Flat>::lift(2), Case::Three);
    for number in [3, 256, u32::MAX] {
        assert!(std::panic::catch_unwind(|| <Case as Flat>::lift(number)).is_err());
    }
}

#[test]
fn bits_without_a_flag_mean_nothing() {
    assert_eq!(<Flags as Flat>::lift(0xffff_ff09), Flags::A);
}
