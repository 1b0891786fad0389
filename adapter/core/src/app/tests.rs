//! The application's memory, with the imports simulated.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::vec::Vec;

use super::*;
use crate::simulated;

const PAGE: u32 = 1 << 16;

fn traps<T>(act: impl FnOnce() -> T) -> bool {
    catch_unwind(AssertUnwindSafe(act)).is_err()
}

fn numbered(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 7 + at / 251) as u8).collect()
}

#[test]
fn bytes_of_every_length_are_written_and_read() {
    let app = App::new(0);
    for len in (0..300).chain([1024, 4097]) {
        for start in [8, 13, PAGE - len as u32] {
            simulated::reset(1);
            let bytes = numbered(len);
            app.write(start, &bytes);
            assert_eq!(simulated::peek(start, len), bytes);
            let around = simulated::peek(0, PAGE as usize);
            assert_eq!(around.iter().filter(|byte| **byte != 0).count(), {
                bytes.iter().filter(|byte| **byte != 0).count()
            });
            assert_eq!(app.bytes(start, len as u32).to_vec(), bytes);
        }
    }
}

#[test]
fn a_list_is_split() {
    simulated::reset(1);
    let app = App::new(0);
    app.write(100, &numbered(200));
    let (first, rest) = app.bytes(100, 200).split(150);
    assert_eq!(first.to_vec(), numbered(200)[..150]);
    assert_eq!(rest.to_vec(), numbered(200)[150..]);
    let (all, none) = rest.split(1000);
    assert_eq!((all.len(), none.is_empty()), (50, true));
}

/// Before anything is allocated: a list of 4 GiB is refused at once.
#[test]
fn what_is_not_there_traps() {
    simulated::reset(1);
    let app = App::new(0);
    assert!(!traps(|| app.bytes(PAGE, 0)));
    assert!(!traps(|| app.bytes(0, PAGE).to_vec()));
    assert!(traps(|| app.bytes(PAGE + 1, 0)));
    assert!(traps(|| app.bytes(1, PAGE)));
    assert!(traps(|| app.bytes(u32::MAX, u32::MAX)));
    assert!(traps(|| app.numbers(0, u32::MAX)));
    assert!(traps(|| app.numbers(2, 1)));
    assert_eq!(app.numbers(8, 2), [0, 0]);
}

#[test]
fn strings_are_utf_8() {
    simulated::reset(1);
    let app = App::new(0);
    simulated::poke(10, "aé\u{10ffff}\u{0}".as_bytes());
    assert_eq!(app.text(10, 8), "aé\u{10ffff}\u{0}".as_bytes());
    assert!(traps(|| app.text(10, 2)));
}

#[test]
fn results_go_where_there_is_room_for_them() {
    simulated::reset(1);
    let app = App::new(0);
    app.give(8, Some(5_u64));
    assert_eq!(
        simulated::peek(8, 16),
        [1, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]
    );
    assert!(traps(|| app.give(12, Some(5_u64))));
    app.give(PAGE - 16, None::<u64>);
    assert!(traps(|| app.give(PAGE - 8, None::<u64>)));
    assert!(traps(|| app.give(u32::MAX - 7, None::<u64>)));
}

#[test]
fn what_realloc_gives_is_checked() {
    simulated::reset(1);
    let app = App::new(0);
    let list = || app.list(0, 2, 16, 8, |place| app.store_64(place, 7));
    list();
    let place = simulated::peek(0, 8);
    assert_eq!(
        (&place[..4], &place[4..]),
        (&1024_u32.to_le_bytes()[..], &[2, 0, 0, 0][..])
    );
    for place in [4, PAGE - 8, PAGE, u32::MAX - 7] {
        simulated::answer(place);
        assert!(traps(list), "{place}");
    }
    simulated::answer(PAGE - 16);
    list();
}

#[test]
fn an_empty_list_takes_no_place() {
    simulated::reset(1);
    let app = App::new(0);
    simulated::answer(u32::MAX);
    app.list(16, 0, 0, 4, |_| panic!("nothing to fill"));
    assert_eq!(simulated::peek(16, 8), [4, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn the_payload_is_copied_in_pieces_where_addresses_disagree() {
    simulated::reset(1);
    simulated::mount(&numbered(20_000));
    let app = App::new(0);
    app.payload(64, 32, 10_000);
    assert_eq!(simulated::copies(), [(64, 32, 10_000)]);
    app.payload(65, 32, 4096);
    assert_eq!(simulated::copies(), [(65, 32, 4096)]);
    app.payload(65, 32, 4097);
    assert_eq!(
        simulated::copies(),
        [(65, 32, 2048), (2113, 2080, 2048), (4161, 4128, 1)]
    );
    assert_eq!(simulated::peek(65, 4097), numbered(20_000)[32..][..4097]);
    let mut own = std::vec![0; 9_001];
    crate::payload::copy(7, &mut own);
    assert_eq!(own, numbered(20_000)[7..][..9_001]);
}
