//! The guest of WASI 0.2.

use anyhow::{Context, Result, ensure};
use wasi_virt::{Policy, Random};
use wasi_virt_tests::engine;
use wasi_virt_tests::hostile_guest::attacks::{
    children, compare, exhaustion, handles, places, reallocs, values,
};
use wasi_virt_tests::hostile_guest::ground::{Ground, Grounds, Seen, probe};
use wasi_virt_tests::hostile_guest::guest::Called;
use wasi_virt_tests::hostile_guest::parts::{self, KEY, LARGE, Part, SMALL};
use wasi_virt_tests::hostile_guest::random;
use wasi_virt_tests::hostile_guest::ways::{self, Way};
use wasmtime::component::Val;

/// Sequences of calls made at random, unless `WASI_VIRT_SEQUENCES` says another number.
const SEQUENCES: u64 = 1_500;

fn everywhere() -> Result<(Way, Vec<Way>)> {
    Ok((ways::bare::<Ground>()?, ways::virtualized::<Ground>()?))
}

#[test]
fn handles_that_it_does_not_have() -> Result<()> {
    let (bare, ways) = everywhere()?;
    compare(&bare, &ways, &handles::all::<Ground>()?)
}

#[test]
fn handles_beside_others() -> Result<()> {
    let (bare, ways) = everywhere()?;
    compare(&bare, &ways, &handles::second::<Ground>())?;
    compare(&bare, &ways, &handles::beside())?;
    compare(&bare, &ways, &handles::to_host())?;
    compare(&bare, &ways, &handles::stale())
}

#[test]
fn children_and_their_parents() -> Result<()> {
    let (bare, ways) = everywhere()?;
    compare(&bare, &ways, &children::all())
}

#[test]
fn lists_around_the_end_of_the_memory() -> Result<()> {
    let (bare, ways) = everywhere()?;
    compare(&bare, &ways, &places::around::<Ground>()?)?;
    compare(&bare, &ways, &places::unaligned())
}

#[test]
fn strings_that_are_no_text() -> Result<()> {
    let (bare, ways) = everywhere()?;
    compare(&bare, &ways, &places::not_text::<Ground>()?)
}

#[test]
fn paths_that_lead_nowhere() -> Result<()> {
    let (bare, ways) = everywhere()?;
    compare(&bare, &ways, &places::paths::<Ground>()?)
}

#[test]
fn results_that_have_no_place() -> Result<()> {
    let (bare, ways) = everywhere()?;
    compare(&bare, &ways, &places::results::<Ground>()?)
}

#[test]
fn values_that_are_none() -> Result<()> {
    let (bare, ways) = everywhere()?;
    compare(&bare, &ways, &values::cases::<Ground>())?;
    compare(&bare, &ways, &values::lengths()?)
}

#[test]
fn reallocs_that_lie() -> Result<()> {
    let (bare, ways) = everywhere()?;
    compare(&bare, &ways, &reallocs::lies::<Ground>())?;
    let one = [
        ways::read_only::<Ground>()?,
        ways::writable::<Ground>()?,
        ways::host_read_only::<Ground>()?,
    ];
    compare(&bare, &one, &reallocs::calls_back::<Ground>(false)?)?;
    let others = [
        ways::mixed::<Ground>()?,
        ways::inner::<Ground>()?,
        ways::hidden_twice::<Ground>()?,
    ];
    compare(&bare, &others, &reallocs::calls_back::<Ground>(true)?)
}

#[test]
fn reallocs_are_asked_as_the_host_asks() -> Result<()> {
    for way in [
        &ways::bare::<Ground>()?,
        &ways::read_only::<Ground>()?,
        &ways::host_read_only::<Ground>()?,
    ] {
        let mut guest = way.program.start()?;
        let ground = Ground::find(&mut guest)?;
        reallocs::asked(&mut guest, &ground).context(way.name)?;
    }
    Ok(())
}

/// What a `realloc` calls that stays the host's is called, and disturbs nothing.
#[test]
fn a_realloc_that_calls_the_host() -> Result<()> {
    for way in [
        ways::writable::<Ground>()?,
        ways::host_read_only::<Ground>()?,
        ways::hidden_twice::<Ground>()?,
    ] {
        let mut guest = way.program.start()?;
        let ground = Ground::find(&mut guest)?;
        reallocs::calls_host(&mut guest, &ground).context(way.name)?;
        probe(&mut guest).context(way.name)?;
    }
    Ok(())
}

#[test]
fn handles_that_the_adapter_keeps() -> Result<()> {
    for way in [
        ways::host_read_only::<Ground>()?,
        ways::hidden_twice::<Ground>()?,
    ] {
        let before = way.listing()?;
        for strike in handles::hidden::<Ground>()? {
            let mut guest = way.program.start()?;
            let ground = Ground::find(&mut guest)?;
            strike(&mut guest, &ground).context(way.name)?;
        }
        ensure!(
            way.listing()? == before,
            "{}: {:?}",
            way.name,
            way.listing()?
        );
        probe(&mut way.program.start()?).context(way.name)?;
    }
    Ok(())
}

#[test]
fn more_than_there_is_memory_for() -> Result<()> {
    let way = ways::writable::<Ground>()?;
    for (name, strike) in exhaustion::all() {
        let mut guest = way.program.start()?;
        let ground = Ground::find(&mut guest)?;
        if strike(&mut guest, &ground).context(name)? != Seen::Trap {
            probe(&mut guest).context(name)?;
        }
    }
    Ok(())
}

fn seeded() -> Policy {
    Policy::default().with(|changed| {
        changed.random = Random::Seed(7);
        changed.config = vec![
            (KEY.to_string(), "sixty-four".to_string()),
            ("f".into(), "one".into()),
        ];
    })
}

fn is_trap(called: Result<Called>) -> Result<bool> {
    Ok(called?.is_trap())
}

#[test]
fn two_memories_against_each_other() -> Result<()> {
    let artifact = engine::virtualize(&parts::two_memories()?, &seeded(), &[])?;
    let end = |(first, _): (u64, u64)| (first << 16) as u32;
    let (small, large, crossed) = (0, 1, 2);
    // Which function, where its result goes, which `realloc`, what that gives, whether it calls the
    // functions of the other, and whether that is fine.
    let cases = [
        (small, 256, 0, 1024, false, true),
        (large, 256, 1, 1024, false, true),
        (crossed, 256, 1, 1024, false, true),
        (small, end(SMALL) - 8, 0, end(SMALL) - 100, false, true),
        (small, end(SMALL), 0, 1024, false, false),
        (small, 256, 0, end(SMALL), false, false),
        (large, end(LARGE) - 8, 1, end(LARGE) - 100, false, true),
        (large, end(SMALL), 1, end(SMALL), false, true),
        (crossed, end(SMALL), 1, 1024, false, false),
        (crossed, 256, 1, end(SMALL), false, false),
        (crossed, 256, 1, end(SMALL) - 99, false, false),
        (small, 256, 0, 1024, true, false),
        (large, 256, 1, 1024, true, false),
        (crossed, 256, 1, 1024, true, false),
    ];
    for case in cases {
        let (which, place, realloc, gives, calls, is_fine) = case;
        let mut part = Part::start(&artifact)?;
        let memories = [part.memory(SMALL)?, part.memory(LARGE)?];
        let before = [memories[0].words(), memories[1].words()];
        let set = [realloc, gives, u32::from(calls)].map(Val::U32);
        ensure!(!is_trap(part.call("set", &set, &mut []))?);
        let call = [Val::U32(which), Val::U64(100), Val::U32(place)];
        let trapped = is_trap(part.call("call", &call, &mut []))?;
        ensure!(trapped != is_fine, "{case:?} trapped: {trapped}");
        let changes = [
            memories[0].changes(&before[0]),
            memories[1].changes(&before[1]),
        ];
        let into = usize::from(which == large);
        ensure!(changes[1 - into].is_empty(), "{case:?}: {changes:?}");
        let given = [place..place + 8, gives..gives.saturating_add(100)];
        let is_given = |at: usize| given.iter().any(|range| range.contains(&(at as u32)));
        ensure!(
            changes[into].iter().cloned().flatten().all(is_given),
            "{case:?}: {changes:?}"
        );
        ensure!(
            trapped || !changes[into].is_empty(),
            "{case:?} wrote nothing"
        );
    }
    Ok(())
}

/// What ends where the memory of 4 GiB ends has an end of zero, in 32 bits.
#[test]
fn the_end_of_a_memory_that_is_full() -> Result<()> {
    let artifact = engine::virtualize(&parts::whole_memory()?, &seeded(), &[])?;
    let mut part = Part::start(&artifact)?;
    let number = |results: [Val; 1]| match results {
        [Val::U64(number)] => number,
        other => panic!("{other:?}"),
    };
    for (length, value) in [(64, "sixty-four"), (1, "one")] {
        let mut results = [Val::U64(0)];
        ensure!(!is_trap(part.call(
            "get",
            &[Val::U32(length)],
            &mut results
        ))?);
        let mut first = [0; 4];
        first[..3].copy_from_slice(&value.as_bytes()[..3]);
        let seen = number(results);
        ensure!(seen >> 32 == value.len() as u64, "{length}: {seen:#x}");
        ensure!(
            seen as u32 & 0xff_ffff == u32::from_le_bytes(first),
            "{length}: {seen:#x}"
        );
    }
    let mut drawn = [0, 0];
    for drawn in &mut drawn {
        let mut results = [Val::U64(0)];
        let arguments = [Val::U64(128), Val::U32(0xffff_ff80)];
        ensure!(!is_trap(part.call("bytes", &arguments, &mut results))?);
        *drawn = number(results);
    }
    ensure!(drawn[0] != drawn[1] && !drawn.contains(&0), "{drawn:x?}");
    for length in [127, 129, 1 << 31, u64::from(u32::MAX)] {
        let fits = length <= 128;
        let arguments = [Val::U64(length), Val::U32(0xffff_ff80)];
        let trapped =
            is_trap(Part::start(&artifact)?.call("bytes", &arguments, &mut [Val::U64(0)]))?;
        ensure!(trapped != fits, "{length} trapped: {trapped}");
    }
    Ok(())
}

#[test]
fn calls_made_at_random_return_or_trap() -> Result<()> {
    super::at_random(
        SEQUENCES,
        &|| ways::virtualized::<Ground>(),
        &random::sequence::<Ground>,
    )
}
