//! What a function's type is, in full: the check that the component means by a name what the
//! adapter was compiled for. Two types of one core signature can differ; only the whole type says
//! what is in memory. This module must never decide who serves a function.

use crate::error::{Problem, ProblemKind};
use crate::wasi::name::{key, path};
use wit_parser::{Function, Handle, Resolve, Type, TypeDefKind, TypeId, TypeOwner};

/// `interface#function = type` of every function in the adapter's own code, made by
/// `cargo xtask wit`.
const ADAPTER: &str = include_str!("adapter_types.txt");

/// Parts a type may have, counted where they stand: WASI's have fewer.
const PARTS: usize = 1_000;

/// Whether the adapter's code serves this function.
///
/// # Errors
///
/// The component gives it another type.
pub(crate) fn is_adapters(
    resolve: &Resolve,
    interface: &str,
    function: &Function,
) -> Result<bool, Problem> {
    let name = key(interface, &function.name);
    let Some(expected) = ADAPTER
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .find_map(|(known, ty)| (known == name).then_some(ty))
    else {
        return Ok(false);
    };
    if describe(resolve, function).as_deref() == Ok(expected) {
        return Ok(true);
    }
    Err(Problem::text(
        ProblemKind::Unsupported,
        format!(
            "import `{interface}`: the type of its function `{}` differs from WASI; build the \
             component for the interface that WASI has under this name",
            function.name
        ),
    ))
}

/// The type of a function without aliases and versions. What is not supported, or too much, is an
/// error.
pub(super) fn describe(resolve: &Resolve, function: &Function) -> Result<String, &'static str> {
    let mut writer = Writer {
        resolve,
        text: String::new(),
        parts: 0,
    };
    if function.kind.is_async() {
        writer.text.push_str("async ");
    }
    writer.text.push('(');
    for param in &function.params {
        writer.ty(&param.ty)?;
        writer.text.push(',');
    }
    writer.text.push(')');
    if let Some(result) = &function.result {
        writer.ty(result)?;
    }
    Ok(writer.text)
}

struct Writer<'a> {
    resolve: &'a Resolve,
    text: String,
    parts: usize,
}

impl Writer<'_> {
    fn ty(&mut self, ty: &Type) -> Result<(), &'static str> {
        self.parts += 1;
        if self.parts > PARTS {
            return Err("more than 1,000 parts");
        }
        match ty {
            Type::Id(id) => self.id(*id),
            Type::ErrorContext => Err("an error-context"),
            primitive => {
                self.text.push_str(&format!("{primitive:?}").to_lowercase());
                Ok(())
            }
        }
    }

    fn optional(&mut self, ty: Option<&Type>) -> Result<(), &'static str> {
        ty.map_or(Ok(()), |ty| self.ty(ty))
    }

    fn id(&mut self, id: TypeId) -> Result<(), &'static str> {
        let resolve = self.resolve;
        match &resolve.types[id].kind {
            TypeDefKind::Type(ty) => return self.ty(ty),
            TypeDefKind::Handle(Handle::Own(id)) => self.resource("own", *id),
            TypeDefKind::Handle(Handle::Borrow(id)) => self.resource("borrow", *id),
            TypeDefKind::Record(record) => {
                self.text.push_str("record{");
                for field in &record.fields {
                    self.text.push_str(&format!("{}:", field.name));
                    self.ty(&field.ty)?;
                    self.text.push(',');
                }
                self.text.push('}');
            }
            TypeDefKind::Tuple(tuple) => {
                self.text.push_str("tuple<");
                for ty in &tuple.types {
                    self.ty(ty)?;
                    self.text.push(',');
                }
                self.text.push('>');
            }
            TypeDefKind::Variant(variant) => {
                self.text.push_str("variant{");
                for case in &variant.cases {
                    self.text.push_str(&format!("{}:", case.name));
                    self.optional(case.ty.as_ref())?;
                    self.text.push(',');
                }
                self.text.push('}');
            }
            TypeDefKind::Enum(cases) => {
                self.names("enum", cases.cases.iter().map(|case| &case.name))
            }
            TypeDefKind::Flags(flags) => {
                self.names("flags", flags.flags.iter().map(|flag| &flag.name))
            }
            TypeDefKind::Option(ty) => {
                self.text.push_str("option<");
                self.ty(ty)?;
                self.text.push('>');
            }
            TypeDefKind::List(ty) => {
                self.text.push_str("list<");
                self.ty(ty)?;
                self.text.push('>');
            }
            TypeDefKind::Result(result) => {
                self.text.push_str("result<");
                self.optional(result.ok.as_ref())?;
                self.text.push(',');
                self.optional(result.err.as_ref())?;
                self.text.push('>');
            }
            TypeDefKind::Future(ty) => {
                self.text.push_str("future<");
                self.optional(ty.as_ref())?;
                self.text.push('>');
            }
            TypeDefKind::Stream(ty) => {
                self.text.push_str("stream<");
                self.optional(ty.as_ref())?;
                self.text.push('>');
            }
            TypeDefKind::Map(..) => return Err("a map"),
            TypeDefKind::FixedLengthList(..) => return Err("a fixed-length list"),
            TypeDefKind::Resource | TypeDefKind::Unknown => {
                return Err("a resource without a handle");
            }
        }
        Ok(())
    }

    fn names<'n>(&mut self, kind: &str, names: impl Iterator<Item = &'n String>) {
        self.text.push_str(kind);
        self.text.push('{');
        for name in names {
            self.text.push_str(name);
            self.text.push(',');
        }
        self.text.push('}');
    }

    fn resource(&mut self, handle: &str, id: TypeId) {
        let definition = &self.resolve.types[crate::wasi::types::root(self.resolve, id)];
        let owner = match definition.owner {
            TypeOwner::Interface(id) => self.resolve.id_of(id).unwrap_or_default(),
            _ => String::new(),
        };
        let path = path(&owner);
        let name = definition.name.as_deref().unwrap_or_default();
        self.text.push_str(&format!("{handle}<{path}.{name}>"));
    }
}
