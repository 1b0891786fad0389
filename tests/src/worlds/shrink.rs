//! Makes a world smaller, as long as the same goes wrong with it.

use super::World;
use wit_parser::{WorldItem, WorldKey};

/// The smallest world that is found for which `fails` holds.
pub fn shrink(world: World, fails: impl Fn(&World) -> bool) -> World {
    let mut best = world;
    loop {
        let Some(smaller) = candidates(&best).into_iter().find(|smaller| fails(smaller)) else {
            return best;
        };
        best = smaller;
    }
}

/// Every world with one thing less, the largest things first.
fn candidates(world: &World) -> Vec<World> {
    let of = &world.resolve.worlds[world.id];
    let mut all = Vec::new();
    let mut without = |change: &dyn Fn(&mut World)| {
        let mut smaller = world.clone();
        change(&mut smaller);
        all.push(smaller);
    };
    let exports: Vec<WorldKey> = of.exports.keys().cloned().collect();
    for key in &exports {
        without(&|world| {
            world.resolve.worlds[world.id].exports.shift_remove(key);
        });
    }
    let imports: Vec<WorldKey> = of.imports.keys().cloned().collect();
    for key in imports.iter().rev() {
        without(&|world| {
            world.resolve.worlds[world.id].imports.shift_remove(key);
        });
    }
    for item in of.imports.values().chain(of.exports.values()) {
        let WorldItem::Interface { id, .. } = item else {
            continue;
        };
        for name in world.resolve.interfaces[*id].functions.keys() {
            without(&|world| {
                let functions = &mut world.resolve.interfaces[*id].functions;
                functions.shift_remove(name);
            });
        }
        for name in world.resolve.interfaces[*id].types.keys() {
            without(&|world| {
                world.resolve.interfaces[*id].types.shift_remove(name);
            });
        }
    }
    all
}
