//! Values of random types, and what a value is in words, resources by what they stand for.

use super::Type;
use crate::host::State;
use anyhow::{Context, Result, anyhow, bail, ensure};
use fastrand::Rng;
use std::fmt::Write;
use wasmtime::component::{Resource, ResourceAny, ResourceTable, Val};
use wasmtime::{AsContextMut, StoreContextMut};
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::sync::filesystem::preopens::Host as _;
use wasmtime_wasi::p2::bindings::sync::io::poll::HostPollable;
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, Pollable, subscribe};

/// The resource of the test's own interface.
pub struct Token;

impl Type {
    /// A value of this type, with new resources in it.
    pub fn value(&self, rng: &mut Rng, store: &mut impl AsContextMut<Data = State>) -> Result<Val> {
        let case = |rng: &mut Rng, ty: &Option<Box<Type>>, store: &mut _| {
            ty.as_ref()
                .map(|ty| ty.value(rng, store).map(Box::new))
                .transpose()
        };
        Ok(match self {
            Type::Primitive(name) => primitive(name, rng),
            Type::Own(name) => Val::Resource(resource(name, store).with_context(|| name.clone())?),
            Type::Borrow(name) | Type::Used(name) => bail!("{name} has no values of its own"),
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
                let (name, ty) = &cases[rng.usize(0..cases.len())];
                let value = ty.as_ref().map(|ty| ty.value(rng, store)).transpose()?;
                Val::Variant(name.clone(), value.map(Box::new))
            }
            Type::Enum(names) => Val::Enum(names[rng.usize(0..names.len())].clone()),
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

fn resource(name: &str, store: &mut impl AsContextMut<Data = State>) -> Result<ResourceAny> {
    let mut store = store.as_context_mut();
    let table = &mut store.data_mut().table;
    let made = match name {
        "token" => table.push(Token)?.try_into_resource_any(&mut store),
        "pollable" => {
            let ready = table.push(Ready)?;
            let pollable = subscribe(table, ready).map_err(fault)?;
            pollable.try_into_resource_any(&mut store)
        }
        "descriptor" => {
            let opened = store.data_mut().filesystem().get_directories();
            let (opened, _) = opened.map_err(fault)?.pop().context("a preopen")?;
            opened.try_into_resource_any(&mut store)
        }
        "output-stream" => {
            let stream: DynOutputStream = Box::new(MemoryOutputPipe::new(0));
            table.push(stream)?.try_into_resource_any(&mut store)
        }
        _ => {
            let stream: DynInputStream = Box::new(MemoryInputPipe::new(""));
            table.push(stream)?.try_into_resource_any(&mut store)
        }
    };
    made.map_err(fault)
}

fn fault(error: wasmtime::Error) -> anyhow::Error {
    anyhow!("{error:?}")
}

/// A value in words, with the resources that it gives away taken out of the store and, where it is
/// `kept`, put back.
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
            (Type::Own(name) | Type::Borrow(name), value @ Val::Resource(_)) => {
                return self.handle(name, value, out);
            }
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
                write!(out, "{name} ")?;
                let mut cases = cases.iter();
                let case = cases.find(|case| case.0 == *name).context("a case")?;
                self.write(case.1.as_ref().context("a payload")?, value, out)?;
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
            "descriptor" => self.same::<Descriptor>(any, out, delete)?,
            "output-stream" => self.same::<DynOutputStream>(any, out, delete)?,
            _ => self.same::<DynInputStream>(any, out, delete)?,
        };
        if let Some(back) = back {
            *value = Val::Resource(back);
        }
        Ok(())
    }

    fn same<T: 'static>(
        &mut self,
        any: ResourceAny,
        out: &mut String,
        delete: fn(&mut ResourceTable, Resource<T>) -> wasmtime::Result<()>,
    ) -> Result<Option<ResourceAny>> {
        let resource =
            Resource::<T>::try_from_resource_any(any, &mut *self.store).map_err(fault)?;
        write!(out, "resource {} ", resource.rep())?;
        if !any.owned() {
            return Ok(None);
        }
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
