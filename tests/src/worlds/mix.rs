//! The text of a world that mixes WASI with interfaces of its own: these use types of WASI's, and
//! of each other, in random places. This module must never parse what it writes.

use crate::random_types::{Definitions, Names, Type};
use crate::wasi::{self, Interface, RELEASES};
use fastrand::Rng;
use std::collections::BTreeSet;
use std::fmt::Write;

/// What the world is called.
pub const WORLD: &str = "mix";

/// Interfaces that policies do most with: they are in many worlds.
const FREQUENT: [&str; 8] = [
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:clocks/wall-clock",
    "wasi:clocks/monotonic-clock",
    "wasi:random/random",
    "wasi:cli/stdin",
    "wasi:cli/environment",
    "wasi:io/poll",
];

/// The package, whose world includes another where one is named.
pub fn text(rng: &mut Rng, included: Option<&str>) -> String {
    let mut release = || RELEASES[rng.usize(0..RELEASES.len())];
    let (first, second) = (release(), release());
    let mut wasi = wasi::interfaces(first);
    if rng.u32(0..4) == 0 && first != second {
        wasi.extend(wasi::interfaces(second));
    }
    let mut mix = Mix {
        rng,
        wasi,
        own: Vec::new(),
        text: "package random:mix;\n\n".to_string(),
    };
    for _ in 0..mix.rng.usize(0..4) {
        mix.interface();
    }
    mix.world(included);
    mix.text
}

struct Mix<'r> {
    rng: &'r mut Rng,
    wasi: Vec<Interface>,
    /// The interfaces written so far.
    own: Vec<Interface>,
    text: String,
}

impl Mix<'_> {
    /// An interface that uses types of others.
    fn interface(&mut self) {
        let number = self.own.len();
        let mut lines = String::new();
        let mut names = Names::default();
        for _ in 0..self.rng.usize(0..4) {
            self.uses(&mut lines, &mut names, "u");
        }
        let mut resources = Vec::new();
        for n in 0..self.rng.usize(0..3) {
            resources.push(format!("r{n}"));
        }
        names.own.extend(resources.iter().cloned());
        let giving = names.clone();
        names.borrow.clone_from(&names.own);
        let mut types = Definitions::new("t");
        for _ in 0..3 {
            let ty = Type::random(self.rng, &giving);
            types.mention(&ty);
        }
        // These hold no borrow, so that others may have them in results.
        let values = types.names.clone();
        let mut functions = String::new();
        for n in 0..self.rng.usize(1..5) {
            let signature = self.signature(&mut types, &names, &giving);
            let _ = writeln!(functions, "  f{n}: func{signature};");
        }
        for resource in &resources {
            let _ = writeln!(functions, "  resource {resource} {{");
            if self.rng.bool() {
                let params = self.params(&mut types, &names);
                let _ = writeln!(functions, "    constructor({params});");
            }
            for n in 0..self.rng.usize(0..3) {
                let kind = if self.rng.bool() { "" } else { "static " };
                let signature = self.signature(&mut types, &names, &giving);
                let _ = writeln!(functions, "    m{n}: {kind}func{signature};");
            }
            functions += "  }\n";
        }
        let _ = writeln!(
            self.text,
            "interface i{number} {{\n{lines}{}{functions}}}\n",
            types.text
        );
        self.own.push(Interface {
            name: format!("i{number}"),
            resources,
            values,
        });
    }

    /// Writes a `use` of one type of another interface, under a new name.
    fn uses(&mut self, lines: &mut String, names: &mut Names, prefix: &str) {
        let count = self.wasi.len() + 2 * self.own.len();
        let at = self.rng.usize(0..count);
        let from = match at.checked_sub(self.wasi.len()) {
            None => &self.wasi[at],
            Some(own) => &self.own[own / 2],
        };
        let resources = from.resources.iter().map(|name| (name, true));
        let all = resources.chain(from.values.iter().map(|name| (name, false)));
        let Some((name, is_resource)) = self.rng.choice(all.collect::<Vec<_>>()) else {
            return;
        };
        let number = names.own.len() + names.used.len();
        let new = format!("{prefix}{number}");
        let _ = writeln!(lines, "  use {}.{{%{name} as {new}}};", from.name);
        match is_resource {
            true => names.own.push(new),
            false => names.used.push(new),
        }
    }

    fn params(&mut self, types: &mut Definitions, names: &Names) -> String {
        let params: Vec<Type> = (0..self.rng.usize(0..4))
            .map(|_| Type::random(self.rng, names))
            .collect();
        types.params(&params)
    }

    fn signature(&mut self, types: &mut Definitions, names: &Names, giving: &Names) -> String {
        let params = self.params(types, names);
        match self.rng.bool() {
            true => format!("({params})"),
            false => {
                let result = Type::random(self.rng, giving);
                format!("({params}) -> {}", types.mention(&result))
            }
        }
    }

    fn world(&mut self, included: Option<&str>) {
        let mut items = BTreeSet::new();
        for at in 0..self.wasi.len() {
            let name = &self.wasi[at].name;
            let path = name.split('@').next().unwrap_or_default();
            let often = if FREQUENT.contains(&path) { 2 } else { 10 };
            if self.rng.u32(0..often) == 0 {
                items.insert(format!("import {name};"));
            }
            // A server, a program, or what stands between others.
            if self.rng.u32(0..40) == 0 {
                items.insert(format!("export {name};"));
            }
        }
        for interface in &self.own {
            if self.rng.u32(0..4) > 0 {
                items.insert(format!("import {};", interface.name));
            }
            if self.rng.u32(0..4) == 0 {
                items.insert(format!("export {};", interface.name));
            }
        }
        let mut lines = String::new();
        if let Some(included) = included {
            // Its names may be words of WIT.
            let included = included.replace(':', ":%").replace('/', "/%");
            let _ = writeln!(lines, "  include %{included};");
        }
        for item in items {
            let _ = writeln!(lines, "  {item}");
        }
        self.functions(&mut lines);
        let _ = writeln!(self.text, "world {WORLD} {{\n{lines}}}");
    }

    /// Functions of the world's own.
    fn functions(&mut self, lines: &mut String) {
        let mut names = Names::default();
        for _ in 0..self.rng.usize(0..3) {
            self.uses(lines, &mut names, "w");
        }
        let giving = names.clone();
        names.borrow.clone_from(&names.own);
        let mut types = Definitions::new("t");
        let mut functions = String::new();
        for n in 0..self.rng.usize(0..4) {
            let way = if self.rng.bool() { "import" } else { "export" };
            let signature = self.signature(&mut types, &names, &giving);
            let _ = writeln!(functions, "  {way} {way}ed{n}: func{signature};");
        }
        *lines += &types.text;
        *lines += &functions;
    }
}
