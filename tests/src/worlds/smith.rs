//! Packages of wit-smith's. This module must never know WASI.

use anyhow::{Context, Result};
use arbitrary::Unstructured;
use fastrand::Rng;
use wit_parser::{Resolve, decoding};
use wit_smith::Config;

/// Adds a random package to `resolve`; one of its worlds, as `include` names it, where it has any.
pub fn merge(rng: &mut Rng, resolve: &mut Resolve) -> Result<Option<String>> {
    let bytes: Vec<u8> = (0..rng.usize(100..3_000)).map(|_| rng.u8(..)).collect();
    let newer = rng.u32(0..4) == 0;
    let config = Config {
        max_packages: rng.usize(1..4),
        max_type_size: rng.usize(1..100),
        max_type_parts: rng.usize(1..8),
        async_: newer && rng.bool(),
        futures: newer && rng.bool(),
        streams: newer && rng.bool(),
        error_context: newer && rng.bool(),
        fixed_length_lists: rng.u32(0..4) == 0,
        implements: rng.u32(0..4) == 0,
        canonical_names: rng.u32(0..4) == 0,
        world_include: rng.bool(),
        ..Config::default()
    };
    let package = wit_smith::smith(&config, &mut Unstructured::new(&bytes))?;
    let decoding::DecodedWasm::WitPackage(made, _) = decoding::decode(&package)? else {
        anyhow::bail!("wit-smith made no package");
    };
    let worlds = made.worlds.iter().map(|(_, world)| {
        let package = world.package.context("a world has a package")?;
        Ok(made.id_of_name(package, &world.name))
    });
    let worlds = worlds.collect::<Result<Vec<_>>>()?;
    resolve.merge(made)?;
    Ok(rng.choice(worlds))
}
