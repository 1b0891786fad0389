//! Types of the component model made at random, of every kind that crosses the adapter: their text, values of
//! them, and what a value is in words, resources by what they stand for.

use crate::host::State;
use anyhow::{Context, Result, anyhow, ensure};
use fastrand::Rng;
use std::fmt::Write;
use wasmtime::component::{Resource, ResourceTable, Val};
use wasmtime::{AsContextMut, StoreContextMut};
use wasmtime_wasi::p2::bindings::sync::io::poll::HostPollable;
use wasmtime_wasi::p2::pipe::MemoryInputPipe;
use wasmtime_wasi::p2::{DynInputStream, Pollable, subscribe};

/// The resource of the interface itself.
pub struct Token;

/// How deep types are nested.
const DEPTH: u32 = 3;

/// A type.
#[derive(Clone, Debug)]
pub enum Type {
    Primitive(&'static str),
    List(Box<Type>),
    Option(Box<Type>),
    Result(Option<Box<Type>>, Option<Box<Type>>),
    Tuple(Vec<Type>),
    Record(Vec<Type>),
    Variant(Vec<Option<Type>>),
    Enum(usize),
    Flags(usize),
    /// An own handle: `token`, `input-stream` or `pollable`.
    Own(&'static str),
}

const PRIMITIVES: [&str; 13] = [
    "bool", "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "f32", "f64", "char", "string",
];
const RESOURCES: [&str; 3] = ["token", "input-stream", "pollable"];

impl Type {
    /// A type of some depth.
    pub fn random(rng: &mut Rng) -> Type {
        Self::of_depth(rng, DEPTH)
    }

    fn of_depth(rng: &mut Rng, depth: u32) -> Type {
        let kinds = if depth == 0 { 4 } else { 12 };
        let inner = |rng: &mut Rng| Box::new(Self::of_depth(rng, depth - 1));
        let some = |rng: &mut Rng, most| {
            let count = rng.usize(1..=most);
            (0..count)
                .map(|_| Self::of_depth(rng, depth - 1))
                .collect::<Vec<_>>()
        };
        match rng.u32(0..kinds) {
            0 | 1 => Type::Primitive(PRIMITIVES[rng.usize(0..PRIMITIVES.len())]),
            2 => Type::Own(RESOURCES[rng.usize(0..RESOURCES.len())]),
            3 if rng.bool() => Type::Enum(rng.usize(1..300)),
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
                let cases = some(rng, 5).into_iter();
                let mut cases: Vec<_> = cases.map(|ty| rng.bool().then_some(ty)).collect();
                cases.push(None);
                Type::Variant(cases)
            }
        }
    }

    /// A value of this type, with new resources in it.
    pub fn value(&self, rng: &mut Rng, store: &mut impl AsContextMut<Data = State>) -> Result<Val> {
        let case = |rng: &mut Rng, ty: &Option<Box<Type>>, store: &mut _| {
            ty.as_ref()
                .map(|ty| ty.value(rng, store).map(Box::new))
                .transpose()
        };
        Ok(match self {
            Type::Primitive(name) => primitive(name, rng),
            Type::Own(name) => Val::Resource(resource(name, store).context(*name)?),
            Type::List(ty) => {
                let count = rng.usize(0..4);
                Val::List(
                    (0..count)
                        .map(|_| ty.value(rng, store))
                        .collect::<Result<_>>()?,
                )
            }
            Type::Option(ty) => {
                let some = rng.bool().then(|| ty.value(rng, store)).transpose()?;
                Val::Option(some.map(Box::new))
            }
            Type::Result(ok, _) if rng.bool() => Val::Result(Ok(case(rng, ok, store)?)),
            Type::Result(_, error) => Val::Result(Err(case(rng, error, store)?)),
            Type::Tuple(types) => Val::Tuple(
                types
                    .iter()
                    .map(|ty| ty.value(rng, store))
                    .collect::<Result<_>>()?,
            ),
            Type::Record(types) => Val::Record(
                (0..)
                    .zip(types)
                    .map(|(n, ty): (u32, _)| Ok((format!("f{n}"), ty.value(rng, store)?)))
                    .collect::<Result<_>>()?,
            ),
            Type::Variant(cases) => {
                let n = rng.usize(0..cases.len());
                let value = cases[n]
                    .as_ref()
                    .map(|ty| ty.value(rng, store))
                    .transpose()?;
                Val::Variant(format!("c{n}"), value.map(Box::new))
            }
            Type::Enum(count) => Val::Enum(format!("e{}", rng.usize(0..*count))),
            Type::Flags(count) => Val::Flags(
                (0..*count)
                    .filter(|_| rng.bool())
                    .map(|n| format!("b{n}"))
                    .collect(),
            ),
        })
    }
}

fn primitive(name: &str, rng: &mut Rng) -> Val {
    match name {
        "bool" => Val::Bool(rng.bool()),
        "s8" => Val::S8(rng.i8(..)),
        "u8" => Val::U8(rng.u8(..)),
        "s16" => Val::S16(rng.i16(..)),
        "u16" => Val::U16(rng.u16(..)),
        "s32" => Val::S32(rng.i32(..)),
        "u32" => Val::U32(rng.u32(..)),
        "s64" => Val::S64(rng.i64(..)),
        "u64" => Val::U64(rng.u64(..)),
        "f32" if rng.bool() => Val::Float32(rng.f32() - 0.5),
        "f64" if rng.bool() => Val::Float64((rng.u32(0..2000) as f64 - 1000.0) / 8.0),
        "f32" => Val::Float32(f32::from_bits(rng.u32(..))),
        "f64" => Val::Float64(f64::from_bits(rng.u64(..))),
        "char" => Val::Char(rng.char(..)),
        _ => Val::String((0..rng.usize(0..20)).map(|_| rng.char(..)).collect()),
    }
}

struct Ready;

#[wasmtime_wasi::async_trait]
impl Pollable for Ready {
    async fn ready(&mut self) {}
}

fn resource(
    name: &str,
    store: &mut impl AsContextMut<Data = State>,
) -> Result<wasmtime::component::ResourceAny> {
    let mut store = store.as_context_mut();
    let table = &mut store.data_mut().table;
    let made = match name {
        "token" => table.push(Token)?.try_into_resource_any(&mut store),
        "pollable" => {
            let ready = table.push(Ready)?;
            let pollable = subscribe(table, ready).map_err(|error| anyhow!("{error:?}"))?;
            pollable.try_into_resource_any(&mut store)
        }
        _ => {
            let stream: DynInputStream = Box::new(MemoryInputPipe::new(""));
            table.push(stream)?.try_into_resource_any(&mut store)
        }
    };
    made.map_err(|error| anyhow!("{error:?}"))
}

/// A value in words, with the resources in it taken out of the store and, where it is `kept`, put back.
pub fn describe(
    ty: &Type,
    value: &mut Val,
    kept: bool,
    store: &mut StoreContextMut<'_, State>,
) -> Result<String> {
    let mut text = String::new();
    Walk { kept, store }.write(ty, value, &mut text)?;
    Ok(text)
}

struct Walk<'a, 's> {
    kept: bool,
    store: &'a mut StoreContextMut<'s, State>,
}

impl Walk<'_, '_> {
    fn write(&mut self, ty: &Type, value: &mut Val, out: &mut String) -> Result<()> {
        match (ty, value) {
            (Type::Own(name), value @ Val::Resource(_)) => return self.handle(name, value, out),
            (Type::List(ty), Val::List(values)) => {
                write!(out, "list {} ", values.len())?;
                values
                    .iter_mut()
                    .try_for_each(|value| self.write(ty, value, out))?;
            }
            (Type::Option(ty), Val::Option(Some(value))) => self.write(ty, value, out)?,
            (Type::Result(Some(ty), _), Val::Result(Ok(Some(value)))) => {
                *out += "ok ";
                self.write(ty, value, out)?;
            }
            (Type::Result(_, Some(ty)), Val::Result(Err(Some(value)))) => {
                *out += "error ";
                self.write(ty, value, out)?;
            }
            (Type::Tuple(types), Val::Tuple(values)) => {
                ensure!(types.len() == values.len());
                for (ty, value) in types.iter().zip(values) {
                    self.write(ty, value, out)?;
                }
            }
            (Type::Record(types), Val::Record(fields)) => {
                ensure!(types.len() == fields.len());
                for (ty, (_, value)) in types.iter().zip(fields) {
                    self.write(ty, value, out)?;
                }
            }
            (Type::Variant(cases), Val::Variant(name, Some(value))) => {
                let case: usize = name[1..].parse()?;
                write!(out, "{name} ")?;
                let ty = cases[case].as_ref().context("a payload")?;
                self.write(ty, value, out)?;
            }
            (_, plain) => write!(out, "{plain:?} ")?,
        }
        Ok(())
    }

    fn handle(&mut self, name: &str, value: &mut Val, out: &mut String) -> Result<()> {
        let Val::Resource(any) = value else {
            return Ok(());
        };
        let any = *any;
        let back = match name {
            "token" => self.same::<Token>(any, out, delete)?,
            // What it waits for goes with it.
            "pollable" => self.same(any, out, HostPollable::drop)?,
            _ => self.same::<DynInputStream>(any, out, delete)?,
        };
        if let Some(back) = back {
            *value = Val::Resource(back);
        }
        Ok(())
    }

    fn same<T: 'static>(
        &mut self,
        any: wasmtime::component::ResourceAny,
        out: &mut String,
        delete: fn(&mut ResourceTable, Resource<T>) -> wasmtime::Result<()>,
    ) -> Result<Option<wasmtime::component::ResourceAny>> {
        let fault = |error: wasmtime::Error| anyhow!("{error:?}");
        let resource =
            Resource::<T>::try_from_resource_any(any, &mut *self.store).map_err(fault)?;
        write!(out, "resource {} ", resource.rep())?;
        if self.kept {
            let back = resource.try_into_resource_any(&mut *self.store);
            return Ok(Some(back.map_err(fault)?));
        }
        delete(&mut self.store.data_mut().table, resource).map_err(fault)?;
        Ok(None)
    }
}

fn delete<T: 'static>(table: &mut ResourceTable, resource: Resource<T>) -> wasmtime::Result<()> {
    table.delete(resource)?;
    Ok(())
}
