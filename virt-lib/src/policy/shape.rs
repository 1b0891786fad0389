//! What values of a policy look like, as data: the reader, the schema, the reference and messages
//! are made from it. This module must never name a key.

use super::network::Grammar;

/// What a value looks like in TOML and JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// `true` or `false`.
    Switch,
    /// A number from 0 to this one.
    Number(u64),
    /// The text of a [`Size`](crate::Size).
    Size,
    /// The text of a [`Time`](crate::Time).
    Time,
    /// A text.
    Text(Text),
    /// A list of such values.
    List(&'static Shape),
    /// A table of names and texts.
    Variables,
    /// A table of names with this grammar and such values.
    Named(Grammar, &'static Shape),
    /// One of several words, some of which hold a value.
    Choice(&'static Choice),
    /// A table with these fields.
    Table(&'static Table),
    /// A text with a grammar of its own.
    Rule(Grammar),
    /// One of these, which are told apart by their types in TOML and JSON.
    Either(&'static [Shape]),
}

impl Shape {
    /// A number of things: up to the largest that TOML can hold.
    pub const COUNT: Shape = Shape::Number(i64::MAX as u64);
}

/// What a text may hold. None may hold NUL, which cannot stand in a path, a variable or an
/// argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Text {
    /// Anything.
    Any,
    /// Anything but nothing.
    Filled,
    /// The name of a variable: not empty, without `=`.
    Name,
}

impl Text {
    /// The texts that it allows, as a regular expression of JSON Schema.
    pub const fn pattern(self) -> &'static str {
        match self {
            Text::Any => r"^[^\u0000]*$",
            Text::Filled => r"^[^\u0000]+$",
            Text::Name => r"^[^=\u0000]+$",
        }
    }

    /// Everything that is wrong with a text.
    pub fn problems(self, text: &str) -> impl Iterator<Item = &'static str> {
        let equals = self == Text::Name && text.contains('=');
        let empty = self != Text::Any && text.is_empty();
        [
            equals.then_some("a name cannot hold `=`"),
            empty.then_some("the text is empty"),
            text.contains('\0')
                .then_some("a NUL character is not possible here"),
        ]
        .into_iter()
        .flatten()
    }
}

/// One of several words.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Choice {
    /// The name of the type.
    pub name: &'static str,
    /// What is chosen.
    pub about: &'static str,
    /// The words.
    pub words: &'static [Word],
    /// The words that `false` and `true` stand for, if they stand for any.
    pub switch: Option<[&'static str; 2]>,
}

/// One word of a [`Choice`].
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Word {
    /// The word.
    pub word: &'static str,
    /// What it means.
    pub about: &'static str,
    /// The value it holds, as in `{ fixed = TIME }`.
    pub value: Option<Shape>,
}

/// A table with known fields.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Table {
    /// The name of the type.
    pub name: &'static str,
    /// What it describes.
    pub about: &'static str,
    /// The fields.
    pub fields: &'static [Field],
}

/// One field of a [`Table`].
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Field {
    /// Its key.
    pub name: &'static str,
    /// What it means.
    pub about: &'static str,
    /// What its value looks like.
    pub shape: Shape,
    /// What happens where it is left out.
    pub absent: Absent,
}

/// What happens where a field of a table is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Absent {
    /// It is an error.
    Refused,
    /// Nothing is said.
    Nothing,
    /// This word is meant.
    Word(&'static str),
}

/// Declares an enum of the policy and its [`Choice`]: each variant with its word, and the shape of
/// what it holds.
macro_rules! choices {
    (
        $(#[doc = $about:literal])+
        $(#[derive($($derive:ident),+)])?
        pub enum $name:ident = $default:ident {
            $(
                $(#[doc = $meaning:literal])+
                $variant:ident $(($type:ty, $shape:expr))? = $word:literal,
            )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        $(#[derive($($derive),+)])?
        pub enum $name {
            $(
                $(#[doc = $meaning])+
                #[serde(rename = $word)]
                $variant $(($type))?,
            )+
        }

        impl Default for $name {
            fn default() -> Self {
                $name::$default
            }
        }

        impl $name {
            /// Its words.
            pub const CHOICE: $crate::keys::Choice = $crate::keys::Choice {
                name: stringify!($name),
                about: concat!($($about),+).trim_ascii(),
                words: &[$($crate::keys::Word {
                    word: $word,
                    about: concat!($($meaning),+).trim_ascii(),
                    value: $crate::policy::shape::choices!(@value $($shape)?),
                }),+],
                switch: None,
            };
        }
    };
    (@value) => { None };
    (@value $shape:expr) => { Some($shape) };
}

/// Declares a struct of the policy and its [`Table`]: each field with the shape of its value, and
/// what happens where it is left out.
macro_rules! table {
    (
        $(#[doc = $about:literal])+
        pub struct $name:ident {
            $(
                $(#[doc = $meaning:literal])+
                $(#[serde($($serde:tt)*)])*
                $field:ident: $type:ty = $shape:expr, $absent:expr;
            )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        #[non_exhaustive]
        pub struct $name {
            $(
                $(#[doc = $meaning])+
                $(#[serde($($serde)*)])*
                pub $field: $type,
            )+
        }

        impl $name {
            /// Its fields.
            pub const TABLE: $crate::keys::Table = $crate::keys::Table {
                name: stringify!($name),
                about: concat!($($about),+).trim_ascii(),
                fields: &[$($crate::keys::Field {
                    name: stringify!($field),
                    about: concat!($($meaning),+).trim_ascii(),
                    shape: $shape,
                    absent: $absent,
                }),+],
            };
        }
    };
}

pub(crate) use {choices, table};
