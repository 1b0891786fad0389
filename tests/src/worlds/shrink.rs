//! Makes a world smaller, as long as the same goes wrong with it.

use super::World;
use wit_parser::{Function, InterfaceId, TypeDefKind, WorldItem};

/// The smallest world that is found for which `fails` holds.
pub fn shrink(world: World, fails: impl Fn(&World) -> bool) -> World {
    let mut best = world;
    loop {
        let smaller = candidates(&best).into_iter().find(|smaller| fails(smaller));
        let Some(smaller) = smaller else {
            return best;
        };
        best = smaller;
    }
}

/// Every world with something less, the largest things first.
fn candidates(world: &World) -> Vec<World> {
    let mut all = Vec::new();
    let mut without = |change: &dyn Fn(&mut World)| {
        let mut smaller = world.clone();
        change(&mut smaller);
        all.push(smaller);
    };
    let of = &world.resolve.worlds[world.id];
    for key in of.exports.keys() {
        without(&|world| {
            world.resolve.worlds[world.id].exports.shift_remove(key);
        });
    }
    for key in of.imports.keys().rev() {
        without(&|world| {
            world.resolve.worlds[world.id].imports.shift_remove(key);
        });
    }
    let items = of.imports.iter().chain(&of.exports);
    for (key, item) in items {
        match item {
            WorldItem::Interface { id, .. } => interface(world, *id, &mut without),
            WorldItem::Function(function) => signature(function, &mut |change| {
                without(&|world| {
                    let world = &mut world.resolve.worlds[world.id];
                    for items in [&mut world.imports, &mut world.exports] {
                        if let Some(WorldItem::Function(function)) = items.get_mut(key) {
                            change(function);
                        }
                    }
                });
            }),
            WorldItem::Type { .. } => {}
        }
    }
    types(world, &mut without);
    all
}

type Change<'c> = &'c dyn Fn(&mut World);

fn interface(world: &World, id: InterfaceId, without: &mut dyn FnMut(Change<'_>)) {
    let interface = &world.resolve.interfaces[id];
    for (name, function) in &interface.functions {
        without(&|world| {
            world.resolve.interfaces[id].functions.shift_remove(name);
        });
        signature(function, &mut |change| {
            without(&|world| change(&mut world.resolve.interfaces[id].functions[name]));
        });
    }
    for name in interface.types.keys() {
        without(&|world| {
            world.resolve.interfaces[id].types.shift_remove(name);
        });
    }
}

/// What takes something from a function.
type Less<'l> = &'l dyn Fn(&mut Function);

/// A function with a parameter less, or without its result.
fn signature(function: &Function, without: &mut dyn FnMut(Less<'_>)) {
    for at in 0..function.params.len() {
        without(&|function| {
            function.params.remove(at);
        });
    }
    if function.result.is_some() {
        without(&|function| function.result = None);
    }
}

/// Types with a part less.
fn types(world: &World, without: &mut dyn FnMut(Change<'_>)) {
    for (id, ty) in world.resolve.types.iter() {
        let parts = match &ty.kind {
            TypeDefKind::Record(record) => record.fields.len(),
            TypeDefKind::Variant(variant) => variant.cases.len(),
            TypeDefKind::Tuple(tuple) => tuple.types.len(),
            _ => continue,
        };
        let is_wasi = matches!(ty.owner, wit_parser::TypeOwner::Interface(id)
            if world.resolve.id_of(id).is_some_and(|name| name.starts_with("wasi:")));
        if is_wasi || parts < 2 {
            continue;
        }
        for at in 0..parts {
            without(&|world| match &mut world.resolve.types[id].kind {
                TypeDefKind::Record(record) => drop(record.fields.remove(at)),
                TypeDefKind::Variant(variant) => drop(variant.cases.remove(at)),
                TypeDefKind::Tuple(tuple) => drop(tuple.types.remove(at)),
                _ => {}
            });
        }
    }
}
