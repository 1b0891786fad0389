//! A key of the policy as data: its names, its flags, its kind and its words for people. Every face
//! of the policy (flags, TOML, JSON, schema, reference, forms) reads these rows. This module must
//! never name a key.

use super::shape::{Choice, Shape, Text};
use super::{Access, Clocks, HostNames, Http, Mount, Preopen, Random, Sockets, StdioMode, Tmpfs};
use crate::wasi::subsystem::Subsystem;

/// One key of the policy.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Key {
    /// The word in TOML, JSON and the schema: `write-size`.
    pub name: &'static str,
    /// What the key means, for the schema and the reference.
    pub about: &'static str,
    /// A short name for people who do not know the key: the label in a form.
    pub label: &'static str,
    /// What values it takes, and how flags give them.
    pub kind: Kind,
    /// The flags that set it; the first is the one to recommend.
    pub flags: &'static [Flag],
    /// The subsystem it belongs to, if it belongs to one.
    pub subsystem: Option<Subsystem>,
    /// Whether a value other than the default asks for something of [`Key::subsystem`], so that it
    /// has no effect on a component that imports nothing of it. A key that only narrows what
    /// another key gives does not.
    pub asks: bool,
    /// Other words that people write for the key. The error about such a word names the key.
    pub also: &'static [&'static str],
}

impl Key {
    /// A key of this kind, named by the row.
    pub const fn new(kind: Kind) -> Self {
        Key {
            name: "",
            about: "",
            label: "",
            kind,
            flags: &[],
            subsystem: None,
            asks: false,
            also: &[],
        }
    }

    /// Sets the label.
    pub const fn label(self, label: &'static str) -> Self {
        Key { label, ..self }
    }

    /// Makes it a key that asks for something of this subsystem.
    pub const fn asks_for(self, subsystem: Subsystem) -> Self {
        Key {
            subsystem: Some(subsystem),
            asks: true,
            ..self
        }
    }

    /// Makes it a key that narrows or changes what other keys of this subsystem give.
    pub const fn narrows(self, subsystem: Subsystem) -> Self {
        Key {
            subsystem: Some(subsystem),
            asks: false,
            ..self
        }
    }

    /// Adds words that people write for it.
    pub const fn also(self, also: &'static [&'static str]) -> Self {
        Key { also, ..self }
    }

    /// Completes a row with what its field says. For the macro `keys!` alone.
    #[doc(hidden)]
    pub const fn row(
        self,
        name: &'static str,
        about: &'static str,
        flags: &'static [Flag],
    ) -> Self {
        Key {
            name,
            about: about.trim_ascii(),
            flags,
            ..self
        }
    }
}

/// What values a key takes, and how flags give them. A kind is added only for a key that needs code
/// of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// `true` or `false`; the flag takes no value.
    Switch,
    /// A number of bytes, or none.
    Size,
    /// A number, or none.
    Count,
    /// A text that is not empty, or none.
    Text,
    /// A list of any texts; flags replace it.
    Texts,
    /// A list of patterns of `.gitignore`; flags add to it.
    Patterns,
    /// A list of patterns with `*` and `?`; flags add to it.
    Globs,
    /// One word of several.
    Word(&'static Choice),
    /// Names with fixed values; flags join them by name.
    Variables,
    /// Whether calls reach the host: a bare flag allows them.
    Access,
    /// A standard stream.
    Stream,
    /// Which of the host's names stay visible.
    HostNames,
    /// Files and directories to embed.
    Mounts,
    /// Directories in memory.
    Tmpfs,
    /// Directories of the host under other names.
    Preopens,
    /// A timestamp in seconds since 1970.
    Seconds,
    /// Clocks: the host's or virtual.
    Clocks,
    /// Random numbers: the host's or virtual.
    Random,
    /// Connections: all, none, or those that rules allow. Each flag has a list of rules.
    Sockets,
    /// HTTP requests in the same way.
    Http,
}

impl Kind {
    /// What a value looks like in TOML and JSON.
    pub const fn shape(self) -> Shape {
        match self {
            Kind::Switch => Shape::Switch,
            Kind::Size => Shape::Size,
            Kind::Count => Shape::COUNT,
            Kind::Seconds => Shape::Number(u64::MAX),
            Kind::Text => Shape::Text(Text::Filled),
            Kind::Texts => Shape::List(&Shape::Text(Text::Any)),
            Kind::Patterns | Kind::Globs => Shape::List(&Shape::Text(Text::Filled)),
            Kind::Variables => Shape::Variables,
            Kind::Word(choice) => Shape::Choice(choice),
            Kind::Access => Shape::Choice(&Access::CHOICE),
            Kind::Stream => Shape::Choice(&StdioMode::CHOICE),
            Kind::HostNames => Shape::Choice(&HostNames::CHOICE),
            Kind::Clocks => Shape::Choice(&Clocks::CHOICE),
            Kind::Random => Shape::Choice(&Random::CHOICE),
            Kind::Mounts => Shape::List(&Shape::Table(&Mount::TABLE)),
            Kind::Tmpfs => Shape::List(&Shape::Table(&Tmpfs::TABLE)),
            Kind::Preopens => Shape::List(&Shape::Table(&Preopen::TABLE)),
            Kind::Sockets => Sockets::SHAPE,
            Kind::Http => Http::SHAPE,
        }
    }

    /// The word that leaves all of it to the host, if the kind has one.
    pub const fn open(self) -> Option<&'static str> {
        match self {
            Kind::Access | Kind::Stream | Kind::Clocks | Kind::Random => Some("allow"),
            Kind::Sockets | Kind::Http => Some("allow"),
            Kind::HostNames => Some("all"),
            _ => None,
        }
    }

    /// The word that closes all of it, if [`Kind::open`] is one.
    pub const fn closed(self) -> Option<&'static str> {
        match self {
            Kind::HostNames => Some("none"),
            _ if self.open().is_some() => Some("deny"),
            _ => None,
        }
    }
}

/// A flag of the command line that sets a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Flag {
    /// The name, without its dashes: `write-size`.
    pub name: &'static str,
    /// The letter, if it has one.
    pub short: Option<char>,
    /// What stands for the value in the help: `SIZE`. Empty for a flag without a value.
    pub value: &'static str,
    /// How values are given.
    pub takes: Takes,
    /// The list of the key's table that it adds to; empty for a key without such lists.
    pub list: &'static str,
    /// The section of the help.
    pub heading: &'static str,
    /// The help on one line.
    pub help: &'static str,
    /// What the long help says besides. May be empty.
    pub more: &'static str,
}

/// How a flag takes values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Takes {
    /// It takes none: given, it is on.
    Nothing,
    /// One value.
    One,
    /// One value, and the flag may be repeated.
    Many,
    /// After `=`, `true` or `false`; bare, it means `true`.
    OnOff,
    /// After `=`, a word; bare, it means `allow`.
    Word,
    /// After `=`, names separated by commas, or `true` or `false`; bare, it means `true`. The flag
    /// may be repeated.
    Names,
    /// After `=`, rules, or `true` or `false`; bare, it means `true`. The flag may be repeated.
    Rules,
}

impl Flag {
    const fn new(
        heading: &'static str,
        name: &'static str,
        value: &'static str,
        takes: Takes,
    ) -> Self {
        Flag {
            name,
            short: None,
            value,
            takes,
            list: "",
            heading,
            help: "",
            more: "",
        }
    }

    /// A flag without a value.
    pub const fn switch(heading: &'static str, name: &'static str) -> Self {
        Self::new(heading, name, "", Takes::Nothing)
    }

    /// A flag with one value.
    pub const fn one(heading: &'static str, name: &'static str, value: &'static str) -> Self {
        Self::new(heading, name, value, Takes::One)
    }

    /// A flag with a value that may be repeated.
    pub const fn many(heading: &'static str, name: &'static str, value: &'static str) -> Self {
        Self::new(heading, name, value, Takes::Many)
    }

    /// A flag that allows bare, and takes `true` or `false`.
    pub const fn on_off(heading: &'static str, name: &'static str) -> Self {
        Self::new(heading, name, "BOOL", Takes::OnOff)
    }

    /// A flag that allows bare, and takes a word.
    pub const fn word(heading: &'static str, name: &'static str) -> Self {
        Self::new(heading, name, "MODE", Takes::Word)
    }

    /// A flag that allows bare, and takes names.
    pub const fn names(heading: &'static str, name: &'static str) -> Self {
        Self::new(heading, name, "A,B", Takes::Names)
    }

    /// A flag that allows bare, and takes rules.
    pub const fn rules(heading: &'static str, name: &'static str, value: &'static str) -> Self {
        Self::new(heading, name, value, Takes::Rules)
    }

    /// Names the list that it adds to.
    pub const fn list(self, list: &'static str) -> Self {
        Flag { list, ..self }
    }

    /// Adds a letter.
    pub const fn short(self, letter: char) -> Self {
        Flag {
            short: Some(letter),
            ..self
        }
    }

    /// Sets both helps: one line, and what the long help says besides.
    pub const fn help(self, help: &'static str, more: &'static str) -> Self {
        Flag { help, more, ..self }
    }
}

/// Declares a struct whose fields are the keys of a policy, its default, and the row of each key.
/// The docs of a field are the key's description.
#[doc(hidden)]
#[macro_export]
macro_rules! keys {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $(
                $(#[doc = $about:literal])+
                $(#[serde($($serde:tt)*)])*
                $field:ident: $type:ty = $default:expr,
                $row:expr,
                [$($flag:expr),* $(,)?];
            )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
        #[non_exhaustive]
        pub struct $name {
            $(
                $(#[doc = $about])+
                $(#[serde($($serde)*)])*
                pub $field: $type,
            )+
        }

        impl Default for $name {
            fn default() -> Self {
                $name { $($field: $default,)+ }
            }
        }

        impl $name {
            /// Every key, in the order in which a policy is printed.
            pub const KEYS: &'static [$crate::keys::Key] = &[$({
                const NAME: &[u8] = &$crate::keys::kebab::<{ stringify!($field).len() }>(stringify!($field));
                const FLAGS: &[$crate::keys::Flag] = &[$($flag),*];
                let name = match std::str::from_utf8(NAME) {
                    Ok(name) => name,
                    Err(_) => panic!("a field's name is UTF-8"),
                };
                $row.row(name, concat!($($about),+), FLAGS)
            }),+];
        }
    };
}

/// The name of a field with dashes, as serde's `kebab-case` writes it. For the macro `keys!` alone.
#[doc(hidden)]
pub const fn kebab<const N: usize>(name: &str) -> [u8; N] {
    let (mut out, mut at) = ([0; N], 0);
    while at < N {
        let byte = name.as_bytes()[at];
        out[at] = if byte == b'_' { b'-' } else { byte };
        at += 1;
    }
    out
}
