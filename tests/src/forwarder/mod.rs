//! The parts of `tests/forwarder.rs`: functions of random types, a component that passes their
//! values on, its host, and the answers of denied calls.

pub mod code;
pub mod denial;
pub mod host;
mod places;
mod text;

use crate::random_types::{Names, Type};
use fastrand::Rng;
pub use places::Place;

/// The resources that values hold: one of the test's own, and four that can be virtual.
pub const RESOURCES: [&str; 5] = [
    "token",
    "input-stream",
    "output-stream",
    "pollable",
    "descriptor",
];

/// A function that the host answers: it returns what it is given, as a tuple.
#[derive(Clone)]
pub struct Passed {
    pub params: Vec<Type>,
    /// What another function takes that only looks at the values: every handle is lent.
    pub lent: Vec<Type>,
    /// Whether that one returns an option.
    pub has_option: bool,
}

/// A function that the policy denies.
#[derive(Clone)]
pub struct Refused {
    pub params: Vec<Type>,
    pub result: Answer,
}

/// What a denied function returns.
#[derive(Clone, Debug)]
pub enum Answer {
    Nothing,
    /// The denied interface's own resource.
    Gate,
    Value(Type),
}

impl Answer {
    /// Whether it may carry a handle of this resource.
    pub fn mentions(&self, resource: &str) -> bool {
        match self {
            Answer::Nothing | Answer::Gate => false,
            Answer::Value(ty) => ty.mentions(resource),
        }
    }
}

/// Functions of random types, all of one component.
pub struct Subject {
    pub passed: Vec<Passed>,
    pub refused: Vec<Refused>,
    /// Methods of the denied interface's resource.
    pub methods: Vec<Refused>,
}

impl Subject {
    /// So many functions that the host answers, and as many that nothing answers.
    pub fn random(rng: &mut Rng, functions: usize) -> Subject {
        let names = Names {
            own: RESOURCES.map(str::to_string).to_vec(),
            ..Names::default()
        };
        let passed = (0..functions).map(|_| {
            let params = params(rng, &names);
            Passed {
                lent: params.iter().map(Type::lent).collect(),
                params,
                has_option: rng.u32(0..4) == 0,
            }
        });
        let passed = passed.collect();
        let mut refused: Vec<Refused> = (0..functions).map(|_| refused(rng, &names)).collect();
        // The methods need a resource to be called on.
        refused[0].result = Answer::Gate;
        let methods = (0..functions / 8).map(|_| self::refused(rng, &names));
        Subject {
            passed,
            refused,
            methods: methods.collect(),
        }
    }
}

fn params(rng: &mut Rng, names: &Names) -> Vec<Type> {
    let count = rng.usize(1..4);
    (0..count).map(|_| Type::random(rng, names)).collect()
}

fn refused(rng: &mut Rng, names: &Names) -> Refused {
    let params = params(rng, names);
    let value = |rng: &mut Rng| Type::of_depth(rng, names, 2);
    let result = match rng.u32(0..8) {
        0 => Answer::Nothing,
        1 => Answer::Gate,
        2..=4 => {
            let ok = rng.bool().then(|| Box::new(value(rng)));
            let error = (rng.u32(0..4) > 0).then(|| Box::new(value(rng)));
            Answer::Value(Type::Result(ok, error))
        }
        _ => Answer::Value(value(rng)),
    };
    Refused { params, result }
}
