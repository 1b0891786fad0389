//! Worlds made at random: packages of wit-smith's, and interfaces that mix them with WASI. Each is
//! a component whose code does nothing.

mod judge;
mod mix;
mod policies;
mod run;
mod shrink;
mod smith;

use crate::wasi;
use anyhow::{Context, Result};
use fastrand::Rng;
pub use judge::{Verdict, judge};
pub use policies::{Given, policies};
pub use run::instantiate;
pub use shrink::shrink;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve, WorldId, WorldItem};

/// A world, and what its component is built for.
#[derive(Clone)]
pub struct World {
    resolve: Resolve,
    id: WorldId,
    abi: ManglingAndAbi,
    encoding: StringEncoding,
}

impl World {
    /// A world that can be a component, and that component: the first that this seed gives.
    pub fn random(seed: u64) -> (World, Vec<u8>) {
        let mut rng = Rng::with_seed(seed);
        loop {
            // What wit-smith and wit-component refuse was no world.
            if let Ok(world) = World::attempt(&mut rng)
                && let Ok(component) = world.component()
            {
                return (world, component);
            }
        }
    }

    fn attempt(rng: &mut Rng) -> Result<World> {
        let mut resolve = wasi::resolve().clone();
        let included = match rng.u32(0..4) {
            0 => None,
            _ => smith::merge(rng, &mut resolve)?,
        };
        let text = mix::text(rng, included.as_deref());
        let package = resolve
            .push_source("mix.wit", &text)
            .with_context(|| text.clone())?;
        let id = resolve.select_world(&[package], Some(mix::WORLD))?;
        let (abi, encoding) = build(rng);
        let mut world = World {
            resolve,
            id,
            abi,
            encoding,
        };
        world.thin(rng);
        Ok(world)
    }

    /// Leaves out functions of WASI: programs import few of an interface's.
    fn thin(&mut self, rng: &mut Rng) {
        for item in self.resolve.worlds[self.id].imports.values() {
            let WorldItem::Interface { id, .. } = item else {
                continue;
            };
            let interface = &mut self.resolve.interfaces[*id];
            let package = interface.package.map(|id| &self.resolve.packages[id]);
            if package.is_some_and(|package| package.name.namespace == "wasi") && rng.bool() {
                let kept = rng.f64();
                interface.functions.retain(|_, _| rng.f64() < kept);
            }
        }
    }

    /// A component of this world.
    pub fn component(&self) -> Result<Vec<u8>> {
        let mut module = wit_component::dummy_module(&self.resolve, self.id, self.abi);
        embed_component_metadata(&mut module, &self.resolve, self.id, self.encoding, false)?;
        ComponentEncoder::default()
            .module(&module)?
            .validate(true)
            .encode()
    }

    /// What a report shows of it: the world in WIT, as far as the component has it.
    pub fn text(&self) -> String {
        let printed = self.component().and_then(|component| {
            let decoded = wit_component::decode(&component)?;
            let main = decoded.package();
            let resolve = decoded.resolve();
            let others = resolve.packages.iter().map(|(id, _)| id);
            let others: Vec<_> = others.filter(|id| *id != main).collect();
            let mut printer = wit_component::WitPrinter::default();
            printer.print(resolve, main, &others)?;
            Ok(printer.output.to_string())
        });
        let text = printed.unwrap_or_else(|error| format!("{error:#}\n"));
        format!("// {:?}, {:?}\n{text}", self.abi, self.encoding)
    }
}

/// How the component is built: most are plain, some are `async`, some have other strings.
fn build(rng: &mut Rng) -> (ManglingAndAbi, StringEncoding) {
    let abi = match rng.u32(0..8) {
        0 => ManglingAndAbi::Legacy(LiftLowerAbi::AsyncCallback),
        1 => ManglingAndAbi::Legacy(LiftLowerAbi::AsyncStackful),
        2 => ManglingAndAbi::Standard32,
        _ => ManglingAndAbi::Legacy(LiftLowerAbi::Sync),
    };
    let encoding = match rng.u32(0..16) {
        0 => StringEncoding::UTF16,
        1 => StringEncoding::CompactUTF16,
        _ => StringEncoding::UTF8,
    };
    (abi, encoding)
}
