//! Types of the component model made at random, of every kind that crosses a component's border,
//! values of them, and their text.

mod value;
mod wit;

use fastrand::Rng;
pub use value::{Token, describe};
pub use wit::{Definitions, params};

/// How deep types are nested.
const DEPTH: u32 = 3;

/// What types may mention.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Resources, for handles that are given away.
    pub own: Vec<String>,
    /// Resources, for handles that are lent.
    pub borrow: Vec<String>,
    /// Value types of other interfaces; no values are made of them.
    pub used: Vec<String>,
}

/// A type.
#[derive(Clone, Debug)]
pub enum Type {
    Primitive(&'static str),
    List(Box<Type>),
    Option(Box<Type>),
    Result(Option<Box<Type>>, Option<Box<Type>>),
    Tuple(Vec<Type>),
    Record(Vec<Type>),
    Variant(Vec<(String, Option<Type>)>),
    Enum(Vec<String>),
    Flags(usize),
    Own(String),
    Borrow(String),
    Used(String),
}

const PRIMITIVES: [&str; 13] = [
    "bool", "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "f32", "f64", "char", "string",
];

/// Names of cases that mean *denied*, the best first, as docs/security.md lets them be preferred.
pub const REFUSALS: [&str; 10] = [
    "access-denied",
    "HTTP-request-denied",
    "access",
    "not-permitted",
    "permission-denied",
    "denied",
    "forbidden",
    "not-supported",
    "unsupported",
    "other",
];

impl Type {
    /// Whether a value may have a handle of this resource in it.
    pub fn mentions(&self, resource: &str) -> bool {
        let any = |types: &[Type]| types.iter().any(|ty| ty.mentions(resource));
        match self {
            Type::Own(name) | Type::Borrow(name) => name == resource,
            Type::List(ty) | Type::Option(ty) => ty.mentions(resource),
            Type::Result(ok, error) => [ok, error]
                .into_iter()
                .flatten()
                .any(|ty| ty.mentions(resource)),
            Type::Tuple(types) | Type::Record(types) => any(types),
            Type::Variant(cases) => {
                let mut types = cases.iter().filter_map(|(_, ty)| ty.as_ref());
                types.any(|ty| ty.mentions(resource))
            }
            Type::Primitive(_) | Type::Enum(_) | Type::Flags(_) | Type::Used(_) => false,
        }
    }

    /// A type of some depth.
    pub fn random(rng: &mut Rng, names: &Names) -> Type {
        Self::of_depth(rng, names, DEPTH)
    }

    /// A type of at most this depth.
    pub fn of_depth(rng: &mut Rng, names: &Names, depth: u32) -> Type {
        let kinds = if depth == 0 { 4 } else { 12 };
        let inner = |rng: &mut Rng| Box::new(Self::of_depth(rng, names, depth - 1));
        let some = |rng: &mut Rng, most| {
            let count = rng.usize(1..=most);
            (0..count)
                .map(|_| Self::of_depth(rng, names, depth - 1))
                .collect::<Vec<_>>()
        };
        match rng.u32(0..kinds) {
            2 => Self::mentioned(rng, names).unwrap_or(Type::Primitive("u8")),
            0 | 1 => Type::Primitive(PRIMITIVES[rng.usize(0..PRIMITIVES.len())]),
            3 if rng.bool() => {
                let count = rng.usize(1..300);
                Type::Enum(cases(rng, count, "e"))
            }
            3 => Type::Flags(rng.usize(1..=32)),
            4 | 5 => Type::List(inner(rng)),
            6 => Type::Option(inner(rng)),
            7 => {
                let ok = rng.bool().then(|| inner(rng));
                Type::Result(ok, rng.bool().then(|| inner(rng)))
            }
            8 => Type::Tuple(some(rng, 4)),
            9 | 10 => Type::Record(some(rng, 6)),
            _ => {
                let types = some(rng, 5).into_iter();
                let mut types: Vec<_> = types.map(|ty| rng.bool().then_some(ty)).collect();
                types.push(None);
                Type::Variant(
                    cases(rng, types.len(), "c")
                        .into_iter()
                        .zip(types)
                        .collect(),
                )
            }
        }
    }

    /// A handle, or a type of another interface.
    fn mentioned(rng: &mut Rng, names: &Names) -> Option<Type> {
        let own = names.own.iter().cloned().map(Type::Own);
        let borrow = names.borrow.iter().cloned().map(Type::Borrow);
        let used = names.used.iter().cloned().map(Type::Used);
        rng.choice(own.chain(borrow).chain(used).collect::<Vec<_>>())
    }

    /// The same type with every handle lent instead of given away.
    pub fn lent(&self) -> Type {
        let one = |ty: &Option<Box<Type>>| ty.as_ref().map(|ty| Box::new(ty.lent()));
        match self {
            Type::Own(name) => Type::Borrow(name.clone()),
            Type::List(ty) => Type::List(Box::new(ty.lent())),
            Type::Option(ty) => Type::Option(Box::new(ty.lent())),
            Type::Result(ok, error) => Type::Result(one(ok), one(error)),
            Type::Tuple(types) => Type::Tuple(types.iter().map(Type::lent).collect()),
            Type::Record(types) => Type::Record(types.iter().map(Type::lent).collect()),
            Type::Variant(cases) => {
                let lent = |ty: &Option<Type>| ty.as_ref().map(Type::lent);
                let cases = cases.iter().map(|(name, ty)| (name.clone(), lent(ty)));
                Type::Variant(cases.collect())
            }
            other => other.clone(),
        }
    }
}

/// Names of so many cases, of which one may mean *denied*.
fn cases(rng: &mut Rng, count: usize, prefix: &str) -> Vec<String> {
    let mut names: Vec<String> = (0..count).map(|n| format!("{prefix}{n}")).collect();
    if rng.u32(0..4) == 0 {
        names[rng.usize(0..count)] = REFUSALS[rng.usize(0..REFUSALS.len())].to_string();
    }
    names
}
