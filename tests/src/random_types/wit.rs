//! Random types in WIT. This module must never make a value.

use super::Type;
use std::fmt::Write;

/// The types of an interface, each defined where it is first mentioned.
pub struct Definitions {
    /// The definitions, to be written into the interface in any place.
    pub text: String,
    pub names: Vec<String>,
    prefix: &'static str,
}

impl Definitions {
    /// None so far; their names will be the prefix and a number.
    pub fn new(prefix: &'static str) -> Self {
        Definitions {
            text: String::new(),
            names: Vec::new(),
            prefix,
        }
    }

    /// The type as it is mentioned.
    pub fn mention(&mut self, ty: &Type) -> String {
        let kind = match ty {
            Type::Primitive(name) => return name.to_string(),
            Type::Own(name) => return format!("own<%{name}>"),
            Type::Borrow(name) => return format!("borrow<%{name}>"),
            Type::Used(name) => return format!("%{name}"),
            Type::List(ty) => return format!("list<{}>", self.mention(ty)),
            Type::Option(ty) => return format!("option<{}>", self.mention(ty)),
            Type::Tuple(types) => return format!("tuple<{}>", self.all(types).join(", ")),
            Type::Result(ok, error) => {
                let ok = ok.as_ref().map(|ty| self.mention(ty));
                let error = error.as_ref().map(|ty| self.mention(ty));
                return match (ok, error) {
                    (None, None) => "result".to_string(),
                    (Some(ok), None) => format!("result<{ok}>"),
                    (ok, Some(error)) => {
                        format!("result<{}, {error}>", ok.as_deref().unwrap_or("_"))
                    }
                };
            }
            Type::Record(types) => {
                let fields = (0..).zip(types);
                let fields: String = fields
                    .map(|(n, ty): (u32, _)| format!("f{n}: {}, ", self.mention(ty)))
                    .collect();
                return self.define("record", &fields);
            }
            Type::Variant(cases) => {
                let mut parts = String::new();
                for (name, ty) in cases {
                    let ty = ty.as_ref().map(|ty| format!("({})", self.mention(ty)));
                    let _ = write!(parts, "%{name}{}, ", ty.unwrap_or_default());
                }
                return self.define("variant", &parts);
            }
            Type::Enum(names) => ("enum", names.clone()),
            Type::Flags(count) => ("flags", (0..*count).map(|n| format!("b{n}")).collect()),
        };
        let names: String = kind.1.iter().map(|name| format!("%{name}, ")).collect();
        self.define(kind.0, &names)
    }

    /// All of them as they are mentioned.
    pub fn all(&mut self, types: &[Type]) -> Vec<String> {
        types.iter().map(|ty| self.mention(ty)).collect()
    }

    /// Parameters of these types.
    pub fn params(&mut self, types: &[Type]) -> String {
        params(&self.all(types))
    }

    fn define(&mut self, kind: &str, parts: &str) -> String {
        let name = format!("{}{}", self.prefix, self.names.len());
        let _ = writeln!(self.text, "  {kind} {name} {{ {parts}}}");
        self.names.push(name.clone());
        name
    }
}

/// Parameters of types that are mentioned, `p0` and so on.
pub fn params(types: &[String]) -> String {
    let params = (0..).zip(types);
    let params: Vec<String> = params
        .map(|(n, ty): (u32, _)| format!("p{n}: {ty}"))
        .collect();
    params.join(", ")
}
