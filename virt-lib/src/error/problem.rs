//! A problem as data: its kind, the policy keys that it is about, and a text that each shell spells
//! in its own terms. This module must never know a flag, and decides nothing.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// What kind of problem it is. The words of [`ProblemKind::word`] stay as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ProblemKind {
    /// The policy asks for something that has no effect here.
    NoEffect,
    /// A value is malformed or out of range.
    Value,
    /// Something cannot be mounted where the policy puts it.
    Mount,
    /// This release cannot virtualize the component under this policy.
    Unsupported,
    /// The artifact would be too large.
    TooLarge,
    /// A file cannot be read or written.
    Disk,
    /// The policy allows more than it may seem to. Only a warning.
    Wide,
}

impl ProblemKind {
    /// Every kind.
    pub const ALL: [ProblemKind; 7] = [
        ProblemKind::NoEffect,
        ProblemKind::Value,
        ProblemKind::Mount,
        ProblemKind::Unsupported,
        ProblemKind::TooLarge,
        ProblemKind::Disk,
        ProblemKind::Wide,
    ];

    /// Its name for programs.
    pub fn word(self) -> &'static str {
        match self {
            ProblemKind::NoEffect => "no-effect",
            ProblemKind::Value => "value",
            ProblemKind::Mount => "mount",
            ProblemKind::Unsupported => "unsupported",
            ProblemKind::TooLarge => "too-large",
            ProblemKind::Disk => "disk",
            ProblemKind::Wide => "wide",
        }
    }
}

/// A policy key, with the value that matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Setting {
    /// The name of the key in a policy: `clocks`.
    pub key: Cow<'static, str>,
    /// The value, where the problem is about one value only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<SettingValue>,
    /// How the shell that reports it spells it.
    #[serde(skip)]
    spelling: Option<String>,
}

/// A value of a policy key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SettingValue {
    /// One of the key's own words, such as `allow`; `true` for a key that is on or off.
    Word(Cow<'static, str>),
    /// An item of the key's list, such as a pattern. Not escaped.
    Item(String),
    /// An item of a list in the key's table, such as a rule of `deny`. Not escaped.
    Entry {
        /// The name of the list.
        list: Cow<'static, str>,
        /// The item.
        item: String,
    },
}

impl Setting {
    /// The whole key.
    pub fn key(key: impl Into<Cow<'static, str>>) -> Self {
        Setting {
            key: key.into(),
            value: None,
            spelling: None,
        }
    }

    /// A key with one of its words.
    pub fn word(key: impl Into<Cow<'static, str>>, word: impl Into<Cow<'static, str>>) -> Self {
        Setting {
            key: key.into(),
            value: Some(SettingValue::Word(word.into())),
            spelling: None,
        }
    }

    /// An item of a key's list.
    pub fn item(key: impl Into<Cow<'static, str>>, item: impl Into<String>) -> Self {
        Setting {
            key: key.into(),
            value: Some(SettingValue::Item(item.into())),
            spelling: None,
        }
    }

    /// An item of a list in a key's table.
    pub fn entry(
        key: impl Into<Cow<'static, str>>,
        list: impl Into<Cow<'static, str>>,
        item: impl Into<String>,
    ) -> Self {
        Setting {
            key: key.into(),
            value: Some(SettingValue::Entry {
                list: list.into(),
                item: item.into(),
            }),
            spelling: None,
        }
    }
}

/// As a policy file spells it, unless a shell spelled it otherwise.
impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(spelling) = &self.spelling {
            return f.write_str(spelling);
        }
        let key = &self.key;
        match &self.value {
            None => write!(f, "`{key}`"),
            Some(SettingValue::Word(word)) => match (&**key, &**word) {
                (_, "true") => write!(f, "`{key} = true`"),
                ("mounts", mode) => write!(f, "`{key}` with `mode = \"{mode}\"`"),
                (_, word) => write!(f, "`{key} = \"{word}\"`"),
            },
            Some(SettingValue::Item(item)) => write!(f, "`{}` in `{key}`", item.escape_debug()),
            Some(SettingValue::Entry { list, item }) => {
                write!(f, "`{}` in `{key}.{list}`", item.escape_debug())
            }
        }
    }
}

/// A part of a problem's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ProblemPart {
    /// Words. What comes from outside is escaped.
    Text(String),
    /// What the policy asks for, and the problem is about.
    Asked(Setting),
    /// What would mend it.
    Remedy(Setting),
}

/// A problem with a policy, the entries or the component: one of [`Error::Invalid`], or a warning
/// of a [`Report`].
///
/// [`Display`](fmt::Display) spells it in the keys of a policy. Another face of the policy spells
/// it in its own terms with [`Problem::spelled`].
///
/// ```
/// use wasi_virt::{Error, Policy};
///
/// let component = wat::parse_str("(component)").unwrap();
/// let mut policy = Policy::default();
/// policy.cwd = Some("/w".into());
/// let Err(Error::Invalid { problems }) = wasi_virt::virtualize(&component, &policy, &[]) else {
///     unreachable!();
/// };
/// assert_eq!(problems[0].kind().word(), "no-effect");
/// assert_eq!(problems[0].keys().collect::<Vec<_>>(), ["cwd"]);
/// assert!(problems[0].to_string().starts_with("`cwd` has no effect: "));
/// let flags = problems[0].clone().spelled(|setting, _| format!("`--{}`", setting.key));
/// assert!(flags.to_string().starts_with("`--cwd` has no effect: "));
/// ```
///
/// [`Error::Invalid`]: crate::Error::Invalid
/// [`Report`]: crate::Report
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Problem {
    kind: ProblemKind,
    parts: Vec<ProblemPart>,
}

impl Problem {
    /// A problem without a text yet.
    pub fn new(kind: ProblemKind) -> Self {
        Problem {
            kind,
            parts: Vec::new(),
        }
    }

    /// A problem in words alone.
    pub(crate) fn text(kind: ProblemKind, text: impl Into<String>) -> Self {
        Problem::new(kind).then(text)
    }

    /// Adds words.
    #[must_use]
    pub fn then(self, text: impl Into<String>) -> Self {
        self.part(ProblemPart::Text(text.into()))
    }

    /// Adds what the policy asks for.
    #[must_use]
    pub fn asked(self, setting: Setting) -> Self {
        self.part(ProblemPart::Asked(setting))
    }

    /// Adds what would mend it.
    #[must_use]
    pub fn remedy(self, setting: Setting) -> Self {
        self.part(ProblemPart::Remedy(setting))
    }

    /// Adds a part.
    #[must_use]
    pub fn part(mut self, part: ProblemPart) -> Self {
        self.parts.push(part);
        self
    }

    /// What kind of problem it is.
    pub fn kind(&self) -> ProblemKind {
        self.kind
    }

    /// The text, in parts.
    pub fn parts(&self) -> &[ProblemPart] {
        &self.parts
    }

    /// The policy keys that it is about; none where the policy alone is not at fault.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            ProblemPart::Asked(setting) => Some(&*setting.key),
            _ => None,
        })
    }

    /// The same problem in the terms of another face of the policy. `spell` is given each setting,
    /// and whether the setting would mend the problem.
    #[must_use]
    pub fn spelled(mut self, spell: impl Fn(&Setting, bool) -> String) -> Self {
        for part in &mut self.parts {
            let (setting, mends) = match part {
                ProblemPart::Text(_) => continue,
                ProblemPart::Asked(setting) => (setting, false),
                ProblemPart::Remedy(setting) => (setting, true),
            };
            setting.spelling = Some(spell(setting, mends));
        }
        self
    }
}

impl fmt::Display for ProblemPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProblemPart::Text(text) => f.write_str(text),
            ProblemPart::Asked(setting) | ProblemPart::Remedy(setting) => setting.fmt(f),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| part.fmt(f))
    }
}
