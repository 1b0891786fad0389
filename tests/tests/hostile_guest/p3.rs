//! The guest of WASI 0.3.

use anyhow::{Context, Result, bail, ensure};
use wasi_virt_tests::hostile_guest::attacks::{
    Attack, Strike, compare, handles, places, reallocs, values,
};
use wasi_virt_tests::hostile_guest::ground::Grounds;
use wasi_virt_tests::hostile_guest::p3::ground::Ground;
use wasi_virt_tests::hostile_guest::p3::held::{self, Holds};
use wasi_virt_tests::hostile_guest::p3::{buffers, params, sets, tasks, twice};
use wasi_virt_tests::hostile_guest::random;
use wasi_virt_tests::hostile_guest::ways::{self, Way};

/// Sequences of calls made at random, unless `WASI_VIRT_SEQUENCES` says another number.
const SEQUENCES: u64 = 1_500;

/// Sequences of calls that the host answers, each in several ways.
const PLAYED_TWICE: u64 = 600;

/// Everywhere, with the rest denied in either mode.
fn everywhere() -> Result<Vec<Way>> {
    let mut ways = ways::virtualized::<Ground>()?;
    ways.push(ways::trapping::<Ground>()?);
    Ok(ways)
}

/// Fails unless attacks end as on the host: those that are many are not tried everywhere.
fn tried_in(ways: &[Way], attacks: &[Attack<Ground>]) -> Result<()> {
    compare(&ways::bare::<Ground>()?, ways, attacks)
}

/// Fails unless attacks end everywhere as on the host.
fn tried(attacks: &[Attack<Ground>]) -> Result<()> {
    tried_in(&everywhere()?, attacks)
}

#[test]
fn it_finds_its_way() -> Result<()> {
    for way in [&ways::bare::<Ground>()?]
        .into_iter()
        .chain(&ways::virtualized::<Ground>()?)
    {
        let mut guest = way.program.start()?;
        <Ground>::find(&mut guest).context(way.name)?;
        <Ground>::probe(&mut guest).context(way.name)?;
    }
    Ok(())
}

#[test]
fn handles_that_it_does_not_have() -> Result<()> {
    let ways = [
        ways::read_only::<Ground>()?,
        ways::hidden_twice::<Ground>()?,
    ];
    tried_in(&ways, &handles::all::<Ground>()?)?;
    tried(&handles::second::<Ground>())
}

#[test]
fn lists_strings_and_results() -> Result<()> {
    let ways = [
        ways::host_read_only::<Ground>()?,
        ways::inner::<Ground>()?,
        ways::trapping::<Ground>()?,
    ];
    tried_in(&ways, &places::around::<Ground>()?)?;
    tried_in(&ways, &places::not_text::<Ground>()?)?;
    tried_in(&ways, &places::results::<Ground>()?)
}

#[test]
fn paths_that_lead_nowhere() -> Result<()> {
    tried(&places::paths::<Ground>()?)
}

#[test]
fn values_that_are_none() -> Result<()> {
    tried(&values::cases::<Ground>())
}

#[test]
fn parameters_in_memory() -> Result<()> {
    tried(&params::places()?)?;
    tried(&params::contents()?)
}

#[test]
fn buffers_of_streams_and_futures() -> Result<()> {
    tried(&buffers::of_streams())?;
    tried(&buffers::of_futures())
}

#[test]
fn ends_used_twice() -> Result<()> {
    tried(&twice::while_reading())?;
    tried(&twice::while_writing())?;
    tried(&twice::without_use())?;
    tried(&twice::of_both_ends())?;
    tried(&twice::of_files())?;
    tried(&twice::of_values())
}

#[test]
fn sets_of_waitables() -> Result<()> {
    tried(&sets::forged())?;
    tried(&sets::with_ends())?;
    tried(&sets::of_tasks())?;
    tried(&sets::handed_over())?;
    tried(&sets::events())
}

#[test]
fn tasks_and_their_results() -> Result<()> {
    tried(&tasks::codes())?;
    tried(&tasks::results())?;
    tried(&tasks::subtasks())?;
    tried(&tasks::contexts())?;
    tried(&tasks::callbacks())?;
    tried(&tasks::unfinished())?;
    tried(&tasks::blocking())
}

#[test]
fn reallocs_that_lie() -> Result<()> {
    tried(&reallocs::lies::<Ground>())?;
    let bare = ways::bare::<Ground>()?;
    let ours = [ways::read_only::<Ground>()?, ways::writable::<Ground>()?];
    compare(&bare, &ours, &reallocs::calls_back::<Ground>(false)?)?;
    // Entries of the host's directory are written by the host, which nobody notes.
    let others = [
        ways::host_read_only::<Ground>()?,
        ways::mixed::<Ground>()?,
        ways::inner::<Ground>()?,
    ];
    compare(&bare, &others, &reallocs::calls_back::<Ground>(true)?)
}

fn all_trap(way: &Way, strikes: &[Strike<Ground>]) -> Result<()> {
    let before = way.listing()?;
    for strike in strikes {
        let mut guest = way.program.start()?;
        let ground = <Ground>::find(&mut guest)?;
        strike(&mut guest, &ground).context(way.name)?;
    }
    ensure!(
        way.listing()? == before,
        "{}: {:?}",
        way.name,
        way.listing()?
    );
    <Ground>::probe(&mut way.program.start()?).context(way.name)
}

#[test]
fn descriptors_that_the_adapter_keeps() -> Result<()> {
    for way in [
        ways::host_read_only::<Ground>()?,
        ways::hidden_twice::<Ground>()?,
    ] {
        all_trap(&way, &handles::hidden::<Ground>()?)?;
    }
    Ok(())
}

#[test]
fn ends_that_the_adapter_holds() -> Result<()> {
    let read_only = ways::read_only::<Ground>()?;
    all_trap(&read_only, &held::all::<Ground>(Holds::Drain)?)?;
    all_trap(&read_only, &held::all::<Ground>(Holds::Capture)?)?;
    let strikes = held::all::<Ground>(Holds::Source)?;
    all_trap(&ways::open_output::<Ground>()?, &strikes)?;
    // Where the adapter takes no stream.
    let strikes = held::all::<Ground<true>>(Holds::Source)?;
    all_trap(&ways::open_output::<Ground<true>>()?, &strikes)
}

#[test]
fn calls_made_at_random_return_or_trap() -> Result<()> {
    super::at_random(SEQUENCES, &everywhere, &random::sequence::<Ground>)
}

#[test]
fn calls_of_the_hosts_own_do_as_on_the_host() -> Result<()> {
    let ways = || -> Result<Vec<Way>> {
        Ok(vec![
            ways::bare::<Ground>()?,
            ways::writable::<Ground>()?,
            ways::mixed::<Ground>()?,
        ])
    };
    let ways = ways()?;
    let Some((bare, ways)) = ways.split_first() else {
        bail!("there are no ways");
    };
    let mut traps = 0;
    for seed in 0..PLAYED_TWICE {
        let (_, is_trap) = random::compare(bare, ways, seed)?;
        traps += usize::from(is_trap);
    }
    ensure!(traps > 100, "{traps} traps");
    Ok(())
}
