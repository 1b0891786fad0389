//! The answer of a denied call under `--deny=error`, written anew from docs/security.md. This
//! module must never ask the engine.

use super::{Answer, RESOURCES};
use crate::random_types::{REFUSALS, Type};
use wasmtime::component::Val;

/// The outcome of a denied call.
pub enum Expected {
    /// A trap that says what was denied.
    Trap,
    /// A resource with nothing behind it.
    Hollow,
    Value(Val),
}

/// The interface's own error, a hollow resource, none or no elements; else a trap.
pub fn expected(answer: &Answer) -> Expected {
    match answer {
        Answer::Nothing => Expected::Trap,
        Answer::Gate => Expected::Hollow,
        Answer::Value(ty) => refusal(ty).map_or(Expected::Trap, Expected::Value),
    }
}

/// Whether a function takes handles of the host's in a list. Those of `hollow` are not the host's.
pub fn takes_in_lists(params: &[Type], hollow: Option<&str>) -> bool {
    let of_host = |ty: &Type| {
        let mut all = RESOURCES.into_iter().filter(|name| Some(*name) != hollow);
        all.any(|resource| ty.mentions(resource))
    };
    params.iter().any(|ty| match ty {
        Type::List(ty) => of_host(ty),
        Type::Option(ty) => takes_in_lists(std::slice::from_ref(ty), hollow),
        Type::Result(ok, error) => {
            let types = [ok, error].into_iter().flatten();
            takes_in_lists(&types.map(|ty| (**ty).clone()).collect::<Vec<_>>(), hollow)
        }
        Type::Tuple(types) | Type::Record(types) => takes_in_lists(types, hollow),
        Type::Variant(cases) => {
            let types = cases.iter().filter_map(|(_, ty)| ty.clone());
            takes_in_lists(&types.collect::<Vec<_>>(), hollow)
        }
        _ => false,
    })
}

fn refusal(ty: &Type) -> Option<Val> {
    match ty {
        Type::Option(_) | Type::List(_) | Type::Primitive("string") => zero(ty),
        Type::Result(_, None) => Some(Val::Result(Err(None))),
        Type::Result(_, Some(ty)) => Some(Val::Result(Err(Some(Box::new(error(ty)?))))),
        _ => None,
    }
}

/// The case that means *denied* best, else the first that can be made without a resource.
fn error(ty: &Type) -> Option<Val> {
    let cases: Vec<(&String, Option<&Type>)> = match ty {
        Type::Enum(names) => names.iter().map(|name| (name, None)).collect(),
        Type::Variant(cases) => {
            let cases = cases.iter();
            cases.map(|(name, ty)| (name, ty.as_ref())).collect()
        }
        other => return zero(other),
    };
    let best = REFUSALS.iter().filter_map(|refusal| {
        let mut cases = cases.iter();
        cases.find(|(name, _)| name == refusal)
    });
    best.chain(&cases).find_map(|(name, payload)| {
        let payload = match payload {
            Some(ty) => Some(Box::new(zero(ty)?)),
            None => None,
        };
        Some(match ty {
            Type::Enum(_) => Val::Enum(name.to_string()),
            _ => Val::Variant(name.to_string(), payload),
        })
    })
}

/// Zero, empty, the first case; none where that holds a handle.
fn zero(ty: &Type) -> Option<Val> {
    Some(match ty {
        Type::Primitive(name) => match *name {
            "bool" => Val::Bool(false),
            "s8" => Val::S8(0),
            "u8" => Val::U8(0),
            "s16" => Val::S16(0),
            "u16" => Val::U16(0),
            "s32" => Val::S32(0),
            "u32" => Val::U32(0),
            "s64" => Val::S64(0),
            "u64" => Val::U64(0),
            "f32" => Val::Float32(0.0),
            "f64" => Val::Float64(0.0),
            "char" => Val::Char('\0'),
            _ => Val::String(String::new()),
        },
        Type::List(_) => Val::List(Vec::new()),
        Type::Option(_) => Val::Option(None),
        Type::Result(ok, _) => Val::Result(Ok(match ok {
            Some(ty) => Some(Box::new(zero(ty)?)),
            None => None,
        })),
        Type::Tuple(types) => Val::Tuple(types.iter().map(zero).collect::<Option<_>>()?),
        Type::Record(types) => {
            let fields = (0..).zip(types);
            let fields = fields.map(|(n, ty): (u32, _)| Some((format!("f{n}"), zero(ty)?)));
            Val::Record(fields.collect::<Option<_>>()?)
        }
        Type::Variant(cases) => {
            let (name, ty) = cases.first()?;
            let payload = match ty {
                Some(ty) => Some(Box::new(zero(ty)?)),
                None => None,
            };
            Val::Variant(name.clone(), payload)
        }
        Type::Enum(names) => Val::Enum(names.first()?.clone()),
        Type::Flags(_) => Val::Flags(Vec::new()),
        Type::Own(_) | Type::Borrow(_) | Type::Used(_) => return None,
    })
}
