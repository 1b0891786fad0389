//! That tests/cases/README.md documents the format as the parser knows it: every key and no other,
//! every verb that a script uses and no other. And that a case that is wrong is refused.

use anyhow::{Context, Result, bail, ensure};
use serde::de::value::Error;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use wasi_virt_tests::case::{
    Case, Difference, File, Folder, Generate, Link, Run, Special, SpecialKind,
};
use wasi_virt_tests::paths::root;
use wasi_virt_tests::suite::{self, OF_FILES, OF_VARIANTS};
use wasi_virt_tests::workdir::counted;

/// The tests by name.
pub const TESTS: [crate::Test; 5] = [
    ("the guide names every key and no other", keys),
    ("the guide names every verb and no other", verbs),
    ("a variant replaces the keys of its file", variants),
    ("a variant that is wrong is refused", wrong_variants),
    ("a file that repeats is counted", repeated),
];

/// Takes the names that a type asks for, and no value.
struct Names(&'static [&'static str]);

impl<'de> Deserializer<'de> for &mut Names {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(de::Error::custom("not a struct and not an enum"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0 = fields;
        self.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0 = variants;
        self.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}

/// The names in a type as serde reads it.
fn names<T: for<'de> Deserialize<'de>>() -> BTreeSet<String> {
    let mut names = Names(&[]);
    T::deserialize(&mut names).err();
    names.0.iter().map(ToString::to_string).collect()
}

/// The guide's tables: the names between backquotes in the first column, without the words that
/// follow a verb, by heading.
fn guide() -> Result<BTreeMap<String, BTreeSet<String>>> {
    let text = fs::read_to_string(root().join("tests/cases/README.md"))?;
    let mut sections: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut heading = String::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix('#') {
            heading = title.trim_start_matches('#').trim().to_string();
        } else if let Some(row) = line.strip_prefix("| `") {
            let cell = row.split(" | ").next().unwrap_or_default();
            let cell = format!("`{cell}");
            let quoted = cell.split('`').skip(1).step_by(2);
            for name in quoted.filter_map(|text| text.split_whitespace().next()) {
                let is_new = sections
                    .entry(heading.clone())
                    .or_default()
                    .insert(name.to_string());
                ensure!(is_new, "`{name}` stands twice under {heading:?}");
            }
        }
    }
    Ok(sections)
}

fn same(heading: &str, guide: Option<&BTreeSet<String>>, known: &BTreeSet<String>) -> Result<()> {
    let guide = guide.with_context(|| format!("the guide has no table under {heading:?}"))?;
    let missing: Vec<_> = known.difference(guide).collect();
    let extra: Vec<_> = guide.difference(known).collect();
    ensure!(
        missing.is_empty() && extra.is_empty(),
        "under {heading:?} the guide lacks {missing:?}, and has {extra:?}, which do not exist"
    );
    Ok(())
}

fn keys() -> Result<()> {
    let guide = guide()?;
    let mut case = names::<Case>();
    case.insert(OF_FILES.to_string());
    let variant = BTreeSet::from([OF_VARIANTS.to_string()]);
    for (heading, known) in [
        ("Keys of a case", case),
        ("`[[file]]`", names::<File>()),
        ("`[[folder]]`", names::<Folder>()),
        ("`[[link]]`", names::<Link>()),
        ("`[[special]]`", names::<Special>()),
        ("Kinds of `[[special]]`", names::<SpecialKind>()),
        ("`[generate]`", names::<Generate>()),
        ("`[[run]]`", names::<Run>()),
        ("`[run.in-node]`", names::<Difference>()),
        ("`[[variant]]`", variant),
    ] {
        ensure!(!known.is_empty(), "{heading} has no keys");
        same(heading, guide.get(heading), &known)?;
    }
    Ok(())
}

/// The guest that a fixture is made of: there are probes of several releases.
fn family(guest: &str) -> &str {
    if guest.starts_with("probe-p3") {
        return "probe-p3";
    }
    match guest.split_once('-') {
        Some((name @ ("probe" | "library" | "net"), _)) => name,
        _ => guest,
    }
}

fn verbs() -> Result<()> {
    let guide = guide()?;
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in suite::all()? {
        let Some(guest) = &entry.case.guest else {
            continue;
        };
        let scripts = entry.case.runs.iter().filter_map(|run| run.script.as_ref());
        let words = scripts.flat_map(|script| script.lines());
        let words = words.filter_map(|line| line.split_whitespace().next());
        let verbs = used.entry(family(guest).to_string()).or_default();
        verbs.extend(words.map(str::to_string));
    }
    used.retain(|_, verbs| !verbs.is_empty());
    ensure!(used.contains_key("probe"), "no script is the probe's");
    for (guest, verbs) in &used {
        let heading = format!("Verbs of `{guest}`");
        same(&heading, guide.get(&heading), verbs)?;
    }
    let documented = guide
        .keys()
        .filter_map(|heading| heading.strip_prefix("Verbs of "));
    for guest in documented {
        ensure!(
            used.contains_key(guest.trim_matches('`')),
            "no script is of {guest}"
        );
    }
    Ok(())
}

/// A case of two variants.
const TWO: &str = r#"
description = "shared"
guest = "probe"
args = ["--clock=1970"]
generate = { exit = 1, stderr = "shared" }
[[run]]
script = "now"
[[variant]]
name = "as-it-is"
[[variant]]
name = "changed"
args = []
generate = { stderr = "own" }
[[variant.run]]
result = "own"
[[variant.run]]
script = "further"
"#;

/// All that the second changes.
const CHANGES: &str = r#"args = []
generate = { stderr = "own" }
[[variant.run]]
result = "own"
[[variant.run]]
script = "further"
"#;

fn variants() -> Result<()> {
    let cases = suite::cases(TWO)?;
    let names: Vec<_> = cases.iter().map(|(name, ..)| name.as_deref()).collect();
    ensure!(names == [Some("as-it-is"), Some("changed")], "{names:?}");
    let (shared, changed) = (&cases[0].2, &cases[1].2);
    ensure!(shared.args == ["--clock=1970"] && changed.args.is_empty());
    let stderr = |case: &Case| case.generate.stderr.clone();
    ensure!(stderr(shared).as_deref() == Some("shared"));
    ensure!(stderr(changed).as_deref() == Some("own"));
    for case in [shared, changed] {
        let script = case.runs[0].script.as_deref();
        ensure!(
            case.generate.exit == 1 && script == Some("now"),
            "shared keys are lost"
        );
    }
    ensure!(shared.runs.len() == 1 && shared.runs[0].result.is_none());
    ensure!(changed.runs.len() == 2 && changed.runs[0].result.as_deref() == Some("own"));
    Ok(())
}

fn wrong_variants() -> Result<()> {
    for (from, to, says) in [
        ("args = []", "arg = []", "unknown field `arg`"),
        (
            "\"changed\"",
            "\"as-it-is\"",
            "two variants are named `as-it-is`",
        ),
        ("\"changed\"", "\"Ch/anged\"", "needs a `name`"),
        ("name = \"changed\"\n", "", "needs a `name`"),
        (CHANGES, "", "repeats another"),
        ("[[variant]]\nname = \"as-it-is\"\n", "", "varies nothing"),
        ("description", "explanation", "unknown field `explanation`"),
    ] {
        ensure!(TWO.contains(from), "{from:?} is not in the sample");
        match suite::cases(&TWO.replacen(from, to, 1)) {
            Ok(_) => bail!("{to:?} for {from:?} is accepted"),
            Err(error) => ensure!(format!("{error:?}").contains(says), "{error:?}"),
        }
    }
    Ok(())
}

fn repeated() -> Result<()> {
    let text = counted("d{n/10}/f{n}, {tcp}", 123)?;
    ensure!(text == "d12/f123, {tcp}", "{text}");
    for wrong in ["{n", "{n/0}", "{n*2}", "{name}"] {
        ensure!(counted(wrong, 1).is_err(), "{wrong} is accepted");
    }
    Ok(())
}
