//! What a bless writes into a case file, and what it never writes.

use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::Path;
use wasi_virt_tests::bless::Bless;
use wasi_virt_tests::suite::{self, Entry};
use wasi_virt_tests::texts::Text;

/// The tests by name.
pub const TESTS: [crate::Test; 4] = [
    ("a bless writes what differs and keeps the rest", writes),
    ("a bless refuses what a person has to decide", refuses),
    ("a bless of one variant leaves its own keys only", own_keys),
    ("a bless needs all variants that share a text", shared_keys),
];

const SAMPLE: &str = r#"# Comments stay.
guest = "probe"   # And so does the order.
description = "a sample"

[[run]]
closed = true
script = "now"
result = '''
now: 1   # no comment
''' # a comment

[generate]
stderr-has = ["error: the old words of a message", 'second'] # parts
exit = 1
stderr = """
\tall
"""
"#;

fn entries(path: &Path, text: &str) -> Result<Vec<Entry>> {
    fs::write(path, text)?;
    let cases = suite::cases(text)?.into_iter();
    let entry = |(name, variant, case): (Option<String>, _, _)| Entry {
        name: name.unwrap_or_default(),
        path: path.to_owned(),
        variant,
        case,
    };
    Ok(cases.map(entry).collect())
}

/// The texts that a case wants, each with the number of its run.
type Wanted = Vec<(Option<usize>, Text)>;

/// The file after a bless in which each case wants these texts, and the lines that were refused.
fn blessed(
    sample: &str,
    texts: &dyn Fn(&Entry) -> Wanted,
    takes_part: &dyn Fn(&Entry) -> bool,
) -> Result<(String, Vec<String>)> {
    let file = tempfile::NamedTempFile::new()?;
    let entries = entries(file.path(), sample)?;
    let bless = Bless::new(&entries);
    for entry in entries.iter().filter(|entry| takes_part(entry)) {
        bless.note(entry, &texts(entry))?;
    }
    let (_, refused) = bless.write()?;
    Ok((fs::read_to_string(file.path())?, refused))
}

fn writes() -> Result<()> {
    let texts = |entry: &Entry| {
        let stderr = "warning: second\nerror: the new words of a message; help\n";
        let texts = Text::parts("stderr-has", &entry.case.generate.stderr_has, stderr);
        assert!(!texts[0].holds() && texts[1].holds() && texts.len() == 2);
        let result = entry.case.runs[0].result.as_deref().unwrap_or_default();
        let result = Text::whole("result", result, "now: 2\nnow: \"3\"\n");
        let all = Text::whole("stderr", "\tall\n", "it's '''all\n");
        let printed = texts.into_iter().chain([all]).map(|text| (None, text));
        printed.chain([(Some(0), result)]).collect()
    };
    let (text, refused) = blessed(SAMPLE, &texts, &|_| true)?;
    ensure!(refused.is_empty(), "{refused:?}");
    let expected = SAMPLE
        .replace("now: 1   # no comment", "now: 2\nnow: \"3\"")
        .replace("\\tall", "it's '''all")
        .replace(
            "error: the old words of a message",
            "error: the new words of a message; help",
        );
    ensure!(text == expected, "{text}");
    Ok(())
}

fn refuses() -> Result<()> {
    for (text, says) in [
        (Text::whole("result", "a", "PLANTED-ENV"), "never blessed"),
        (
            Text::whole("result", "PLANTED-A", "PLANTED-A PLANTED-B"),
            "never blessed",
        ),
        (Text::whole("result", "a", ""), "cannot be blessed"),
        (
            part("--deny-other", "error: another thing\n"),
            "cannot be blessed",
        ),
        (
            part("the words of a message", "the words PLANTED of a message"),
            "never blessed",
        ),
    ] {
        let error = text
            .blessed()
            .err()
            .with_context(|| format!("{text:?} is blessed"))?;
        ensure!(error.to_string().contains(says), "{error}");
        // Nor is the rest of such a case.
        let texts = |_: &Entry| {
            vec![
                (Some(0), Text::whole("result", "now: 1", "other")),
                (Some(0), text.clone()),
            ]
        };
        ensure!(
            blessed(SAMPLE, &texts, &|_| true).is_err(),
            "the rest of the case is blessed"
        );
    }
    Ok(())
}

fn part(expected: &str, came: &str) -> Text {
    Text::parts("stderr-has", &[expected.to_string()], came).remove(0)
}

/// Variants of which one has runs of its own.
const VARIANTS: &str = r#"description = "a sample"
guest = "probe"
[generate]
stderr = "shared"
[[run]]
script = "now"
result = "shared"
[[variant]]
name = "first"
[[variant]]
name = "second"
[[variant.run]]
result = "own"
"#;

/// The result of each variant's run.
fn results(came: &dyn Fn(&Entry) -> &'static str) -> impl Fn(&Entry) -> Vec<(Option<usize>, Text)> {
    move |entry| {
        let result = entry.case.runs[0].result.as_deref().unwrap_or_default();
        vec![(Some(0), Text::whole("result", result, came(entry)))]
    }
}

fn own_keys() -> Result<()> {
    let came = |entry: &Entry| {
        if entry.name == "first" {
            "shared"
        } else {
            "new"
        }
    };
    let (text, refused) = blessed(VARIANTS, &results(&came), &|_| true)?;
    ensure!(refused.is_empty(), "{refused:?}");
    ensure!(text == VARIANTS.replace("\"own\"", "\"new\""), "{text}");
    Ok(())
}

fn shared_keys() -> Result<()> {
    let stderr = |came: fn(&Entry) -> &'static str| {
        move |entry: &Entry| vec![(None, Text::whole("stderr", "shared", came(entry)))]
    };
    let (text, refused) = blessed(VARIANTS, &stderr(|_| "new"), &|_| true)?;
    ensure!(refused.is_empty(), "{refused:?}");
    ensure!(
        text == VARIANTS.replacen("\"shared\"", "\"new\"", 1),
        "{text}"
    );

    let differ: fn(&Entry) -> &'static str = |entry| {
        if entry.name == "first" {
            "new"
        } else {
            "shared"
        }
    };
    let (text, refused) = blessed(VARIANTS, &stderr(differ), &|_| true)?;
    ensure!(
        refused.len() == 1 && text == VARIANTS,
        "{refused:?}: {text}"
    );

    let first = |entry: &Entry| entry.name == "first";
    let (text, refused) = blessed(VARIANTS, &stderr(|_| "new"), &first)?;
    ensure!(
        refused.len() == 1 && text == VARIANTS,
        "{refused:?}: {text}"
    );
    Ok(())
}
