//! That docs/policy.schema.json and the reader of policy files accept the same: an editor that
//! follows the schema must not call wrong what is right, nor let pass what is refused. Where the
//! reader must refuse more than a schema can say, each sample is listed with its reason.

use anyhow::{Context, Result, anyhow, ensure};
use boon::{Compiler, Schemas};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fs;
use toml::de::{DeTable, DeValue};
use virt_component::{parse_policy, print_policy};
use wasi_virt_tests::paths::root;
use wasi_virt_tests::suite::{self, Entry};

/// JSON has no dates: an editor takes one for a text.
const DATE: &str = "JSON has no dates";
/// For a schema a number without a fraction is an integer.
const FLOAT: &str = "JSON does not tell 1.0 from 1";
/// One key of a schema knows nothing of the others.
const TWO_KEYS: &str = "a rule of two keys";
/// A validator that counts in floats takes 2 to the 64th for one less, the greatest there is.
const ROUNDED: &str = "JSON's numbers are rounded";

/// A schema only knows that a rule is a text.
const GRAMMAR: &str = "rules have a grammar";

/// What the schema accepts and the reader refuses: all of it.
const STRICTER: [(&str, &str); 36] = [
    ("sockets = { allow = [\"a\"] }", GRAMMAR),
    ("sockets = { deny = [\"a.example:1\"] }", GRAMMAR),
    ("sockets = { listen = [\"a.example:1\"] }", GRAMMAR),
    ("sockets = { resolve = [\"10.0.0.1\"] }", GRAMMAR),
    (
        "sockets = { allow = [{ host = \"a\", port = \"x\" }] }",
        GRAMMAR,
    ),
    (
        "sockets = { allow = [{ host = \"a\", port = 1, addresses = [\"x\"] }] }",
        GRAMMAR,
    ),
    ("sockets = { deny = [1979-05-27] }", DATE),
    ("http = { allow = [\"ftp://a\"] }", GRAMMAR),
    ("http = { deny = [\"a b c\"] }", GRAMMAR),
    ("args = [\"a\"]\nhost-args = \"allow\"", TWO_KEYS),
    ("mtime = 1.0", FLOAT),
    ("mtime = -0.0", FLOAT),
    ("mtime = 18446744073709551616", ROUNDED),
    ("write-inodes = 1.0", FLOAT),
    ("write-inodes = -0.0", FLOAT),
    ("write-inodes = 9223372036854775808", ROUNDED),
    ("write-size = 1.0", FLOAT),
    ("write-size = -0.0", FLOAT),
    ("write-size = 18446744073709551616", ROUNDED),
    ("adapter-memory = 1.0", FLOAT),
    ("adapter-memory = -0.0", FLOAT),
    ("adapter-memory = 18446744073709551616", ROUNDED),
    ("cwd = 1979-05-27", DATE),
    ("args = [1979-05-27]", DATE),
    ("include = [1979-05-27]", DATE),
    ("exclude = [1979-05-27]", DATE),
    ("ignore = [1979-05-27]", DATE),
    ("allow-import = [1979-05-27]", DATE),
    ("env = { A = 1979-05-27 }", DATE),
    ("config = { A = 1979-05-27 }", DATE),
    ("host-env = { only = [1979-05-27] }", DATE),
    ("host-env = { except = [1979-05-27] }", DATE),
    ("[[mounts]]\nguest = \"/\"\nsource = 1979-05-27", DATE),
    ("[[mounts]]\nguest = 1979-05-27\nsource = \"a\"", DATE),
    ("[[preopens]]\nguest = 1979-05-27\nhost = \"a\"", DATE),
    ("[[preopens]]\nguest = \"/\"\nhost = 1979-05-27", DATE),
];

/// Values of every kind, right for one key or another and wrong for the rest.
const VALUES: [&str; 70] = [
    "\"allow\"",
    "\"deny\"",
    "\"ignore\"",
    "\"none\"",
    "\"all\"",
    "\"only\"",
    "\"trap\"",
    "\"error\"",
    "\"keep\"",
    "\"skip\"",
    "\"rw\"",
    "\"ro\"",
    "\"Allow\"",
    "\"alow\"",
    "\"\"",
    "\" \"",
    "\"a\"",
    "\"a=b\"",
    "\"/a\"",
    "\"//\"",
    "\"a\\u0000b\"",
    "\"/a\\u0000\"",
    "\"/a\\nb\"",
    "\"\\n\"",
    "\"é\"",
    "\"/🦀\"",
    "'''\n/a'''",
    "0",
    "1",
    "-1",
    "0x10",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "36893488147419103232",
    "-9223372036854775808",
    "1.0",
    "1.5",
    "-0.0",
    "1e30",
    "inf",
    "nan",
    "true",
    "false",
    "1979-05-27",
    "[]",
    "[[]]",
    "[{}]",
    "[\"a\"]",
    "[\"a\", \"a\"]",
    "[\"a\", 1]",
    "[\"\"]",
    "[\"a=b\"]",
    "[\"a\\u0000\"]",
    "[\"a\", [\"b\"]]",
    "[true]",
    "[1979-05-27]",
    "{}",
    "{ A = \"1\" }",
    "{ A = \"\", \"B C\" = \"a=b\" }",
    "{ A = 1 }",
    "{ A = \"a\\u0000\" }",
    "{ \"\" = \"1\" }",
    "{ \"A=B\" = \"1\" }",
    "{ \"A\\u0000\" = \"1\" }",
    "{ A = 1979-05-27 }",
    "{ allow = {} }",
    "{ allow = [] }",
    "{ none = {} }",
];

/// What `host-env` alone has.
const HOST_ENV: [&str; 14] = [
    "{ only = [] }",
    "{ only = [\"A\"] }",
    "{ only = [\"A\", \"A\"] }",
    "{ only = [\"\"] }",
    "{ only = [\"A=B\"] }",
    "{ only = [\"A\\u0000\"] }",
    "{ only = [1] }",
    "{ only = [1979-05-27] }",
    "{ only = \"A\" }",
    "{ only = {} }",
    "{ except = [\"A\", \"B\"] }",
    "{ except = [\"A=\"] }",
    "{ except = [1979-05-27] }",
    "{ only = [\"A\"], except = [\"B\"] }",
];

/// What `sockets` and `http` alone have.
const NETWORK: [&str; 41] = [
    "sockets = { allow = [\"a:1\"] }",
    "sockets = { allow = [\"a\"] }",
    "sockets = { allow = [\"\"] }",
    "sockets = { allow = [1] }",
    "sockets = { allow = \"a:1\" }",
    "sockets = { allow = [[\"a:1\"]] }",
    "sockets = { allow = [{ host = \"a\", port = 1 }] }",
    "sockets = { allow = [{ host = \"a\", port = \"1-2\" }] }",
    "sockets = { allow = [{ host = \"a\", port = \"x\" }] }",
    "sockets = { allow = [{ host = \"a\", port = 65535, protocol = \"udp\" }] }",
    "sockets = { allow = [{ host = \"a\", port = 65536 }] }",
    "sockets = { allow = [{ host = \"a\", port = 1, protocol = \"sctp\" }] }",
    "sockets = { allow = [{ host = \"a\", port = 1, addresses = \"any\" }] }",
    "sockets = { allow = [{ host = \"a\", port = 1, addresses = \"x\" }] }",
    "sockets = { allow = [{ host = \"a\", port = 1, addresses = [\"10.0.0.0/8\"] }] }",
    "sockets = { allow = [{ host = \"a\", port = 1, addresses = [\"x\"] }] }",
    "sockets = { allow = [{ host = \"a\", port = 1, addresses = 1 }] }",
    "http = { allow = [{ url = \"https://a.example\" }] }",
    "http = { allow = [{ url = \"https://a.example\", headers = {} }] }",
    "http = { allow = [{ url = \"https://a.example\", headers = { x-a = { env = \"A\" } } }] }",
    "http = { allow = [{ url = \"https://a.example\", headers = { x-a = { env = \"A\", prefix = \"B \" } } }] }",
    "http = { allow = [{ url = \"https://a.example\", headers = { x-a = { prefix = \"B\" } } }] }",
    "http = { allow = [{ url = \"https://a.example\", headers = { x-a = { env = 1 } } }] }",
    "http = { allow = [{ url = \"https://a.example\", headers = { x-a = \"A\" } }] }",
    "http = { allow = [{ url = \"https://a.example\", headers = [] }] }",
    "http = { allow = [{ url = \"https://a.example\", header = {} }] }",
    "http = { allow = [{ headers = { x-a = { env = \"A\" } } }] }",
    "http = { deny = [{ url = \"https://a.example\" }] }",
    "sockets = { allow = [{ host = \"a\" }] }",
    "sockets = { allow = [{ port = 1 }] }",
    "sockets = { allow = [{ host = \"a\", port = 1, extra = 1 }] }",
    "sockets = { deny = [\"10.0.0.1:1\"], listen = [\":0\"], resolve = [\"a\"] }",
    "sockets = { deny = [\"a.example:1\"] }",
    "sockets = { deny = [1979-05-27] }",
    "sockets = { listen = [\"a.example:1\"] }",
    "sockets = { resolve = [\"10.0.0.1\"] }",
    "sockets = { extra = [] }",
    "http = { allow = [\"GET https://a/b\"], deny = [] }",
    "http = { allow = [\"ftp://a\"] }",
    "http = { deny = [\"a b c\"] }",
    "http = { listen = [\":0\"] }",
];

/// Samples of two tables and more.
const WHOLE: [&str; 17] = [
    "",
    "# nothing\n",
    "env.A = \"1\"\nenv.B = \"2\"",
    "write-size = \"64M\"\nadapter-memory = \"1000\"",
    "tmpfs = [{ guest = \"/t\", size = \"1K\", inodes = 9223372036854775807 }]",
    "mounts = [{ guest = \"/t\", source = \"s\", mode = \"rw\", size = \"1 K\", inodes = 18446744073709551615 }]",
    "[env]\nB = \"1\"\nA = \"2\"",
    "args = []\nhost-args = \"allow\"",
    "args = [\"a\"]\nhost-args = \"deny\"",
    "args = [\"a\"]\nhost-args = \"allow\"",
    "[[mounts]]",
    "[mounts]\nguest = \"/\"\nsource = \"a\"",
    "mounts = [{ guest = \"/\", source = \"a\" }, { guest = \"/\", source = \"a\" }]",
    "mounts = [{ guest = \"/\", source = \"a\" }, 1]",
    "mounts = [[\"/\", \"a\"]]",
    "preopens = [[\"/\", \"a\", \"rw\"]]",
    "clocks = \"allow\"\nclock = \"allow\"",
];

/// The tables in lists: their name, the keys that they must have, and the one that they may have.
const LISTS: [(&str, [&str; 2], Option<&str>); 2] = [
    ("mounts", ["guest", "source"], None),
    ("preopens", ["guest", "host"], Some("mode")),
];

/// The keys of the policy, as the schema has them, and two that do not exist.
fn keys(schema: &Value) -> Result<Vec<String>> {
    let keys = schema["properties"].as_object().context("properties")?;
    let unknown = ["clock", "\"\""].map(String::from);
    Ok(keys.keys().cloned().chain(unknown).collect())
}

/// Every key with every value, and what of that can be in the tables of lists.
fn crossed(schema: &Value) -> Result<Vec<String>> {
    let mut samples = Vec::new();
    for key in keys(schema)? {
        samples.extend(VALUES.iter().map(|value| format!("{key} = {value}")));
    }
    samples.extend(HOST_ENV.iter().map(|value| format!("host-env = {value}")));
    for (list, required, optional) in LISTS {
        let whole = |key: &str| match key {
            "guest" => "guest = \"/\"".to_string(),
            key => format!("{key} = \"a\""),
        };
        for (position, key) in required.into_iter().enumerate() {
            let other = whole(required[1 - position]);
            samples.push(format!("[[{list}]]\n{other}"));
            for value in VALUES {
                let both = match position {
                    0 => format!("{key} = {value}\n{other}"),
                    _ => format!("{other}\n{key} = {value}"),
                };
                samples.push(format!("[[{list}]]\n{both}"));
            }
        }
        let both = required.map(whole).join("\n");
        for key in optional.into_iter().chain(["extra"]) {
            for value in VALUES {
                samples.push(format!("[[{list}]]\n{both}\n{key} = {value}"));
            }
        }
    }
    Ok(samples)
}

/// The examples of docs/policy.md and README.md.
fn documented() -> Result<Vec<String>> {
    let mut samples = Vec::new();
    for name in ["docs/policy.md", "README.md"] {
        let text = fs::read_to_string(root().join(name))?;
        let blocks = text.split("```toml\n").skip(1);
        samples.extend(blocks.filter_map(|block| Some(block.split_once("```")?.0.to_string())));
    }
    Ok(samples)
}

/// A policy file of a case, with a port in place of each that is only known when it runs.
fn with_ports(text: &str) -> String {
    ["{tcp-port}", "{udp-port}", "{http-port}", "{free-port}"]
        .iter()
        .fold(text.to_string(), |text, port| text.replace(port, "8000"))
}

/// The policy files of the cases.
fn of_cases() -> Result<Vec<String>> {
    let mut samples = Vec::new();
    for Entry { case, .. } in suite::all()? {
        let args = case.command_line.as_ref().unwrap_or(&case.args);
        let named = args.windows(2).filter(|pair| pair[0] == "--policy");
        for pair in named {
            let file = case.files.iter().find(|file| file.path == pair[1]);
            samples.extend(file.map(|file| with_ports(&file.text)));
        }
    }
    Ok(samples)
}

/// Every text in the unit tests of the reader: samples, and messages, which are no policies.
fn of_unit_tests() -> Result<Vec<String>> {
    let tests = root().join("virt-component/src/policy_file/tests.rs");
    let text = fs::read_to_string(tests)?;
    let mut samples = Vec::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find('"') {
        let (raw, from) = (rest[..at].ends_with("r#"), &rest[at + 1..]);
        let len = if raw { from.find("\"#") } else { end(from) };
        let len = len.context("a text without an end")?;
        match raw {
            true => samples.push(from[..len].to_string()),
            // Rust's escapes are JSON's, but for a few that no sample needs.
            false => samples.extend(serde_json::from_str(&format!("\"{}\"", &from[..len]))),
        }
        rest = &from[len + 1..];
    }
    Ok(samples)
}

/// Where a text of Rust's ends whose beginning is cut off.
fn end(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.find(|c| {
        let is_end = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        is_end
    })
}

/// What an editor has of a TOML file: JSON with dates as texts, and nothing where JSON has no
/// number.
fn json(value: &DeValue<'_>) -> Result<Value> {
    Ok(match value {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Integer(number) => integer(&number.to_string())?,
        DeValue::Float(number) => number.as_str().parse::<f64>()?.into(),
        DeValue::Boolean(is) => (*is).into(),
        DeValue::Datetime(date) => date.to_string().into(),
        DeValue::Array(items) => items
            .iter()
            .map(|item| json(item.get_ref()))
            .collect::<Result<_>>()?,
        DeValue::Table(table) => object(table)?,
    })
}

fn integer(text: &str) -> Result<Value> {
    let number: i128 = match text.strip_prefix("0x") {
        Some(digits) => i128::from_str_radix(digits, 16)?,
        None => text.parse()?,
    };
    Ok(match (i64::try_from(number), u64::try_from(number)) {
        (Ok(number), _) => number.into(),
        (_, Ok(number)) => number.into(),
        _ => serde_json::from_str(text)?,
    })
}

fn object(table: &DeTable<'_>) -> Result<Value> {
    let mut object = Map::new();
    for (key, value) in table {
        object.insert(key.get_ref().to_string(), json(value.get_ref())?);
    }
    Ok(object.into())
}

#[test]
fn the_schema_and_the_reader_accept_the_same() -> Result<()> {
    let schema: Value = serde_json::from_slice(&fs::read(root().join("docs/policy.schema.json"))?)?;
    let mut samples = crossed(&schema)?;
    let written = [documented()?, of_cases()?, of_unit_tests()?];
    for (source, least) in written.iter().zip([3, 3, 40]) {
        ensure!(source.len() >= least, "samples are missing: {source:?}");
    }
    samples.extend(written.into_iter().flatten());
    samples.extend(WHOLE.map(String::from));
    samples.extend(NETWORK.map(String::from));
    samples.push(print_policy(&wasi_virt::Policy::default()));
    samples.push(print_policy(&wasi_virt::Policy::allow_all()));

    let mut schemas = Schemas::new();
    let mut compiler = Compiler::new();
    compiler
        .add_resource("policy.schema.json", schema)
        .map_err(|error| anyhow!("{error}"))?;
    let index = compiler
        .compile("policy.schema.json", &mut schemas)
        .map_err(|error| anyhow!("{error:#}"))?;

    let (mut accepted, mut refused) = (0, 0);
    let (mut stricter, mut looser) = (BTreeSet::new(), Vec::new());
    for sample in &samples {
        let by_reader = parse_policy(sample, "policy.toml");
        let Ok(document) = DeTable::parse(sample) else {
            ensure!(by_reader.is_err(), "accepted, and no TOML: {sample}");
            continue;
        };
        let value = object(document.get_ref())?;
        let by_schema = schemas.validate(&value, index).map_err(|e| e.to_string());
        match (by_schema, by_reader) {
            (Ok(()), Ok(_)) => accepted += 1,
            (Err(_), Err(_)) => refused += 1,
            (Ok(()), Err(_)) => {
                stricter.insert(sample.as_str());
            }
            (Err(problem), Ok(_)) => looser.push(format!("{sample}: {problem}")),
        }
    }
    ensure!(
        looser.is_empty(),
        "the reader accepts what the schema refuses:\n{}",
        looser.join("\n")
    );
    let listed: BTreeSet<&str> = STRICTER.iter().map(|(sample, _)| *sample).collect();
    let unlisted: Vec<_> = stricter.difference(&listed).collect();
    ensure!(
        unlisted.is_empty(),
        "the reader refuses what the schema accepts, without a reason: {unlisted:#?}"
    );
    let gone: Vec<_> = listed.difference(&stricter).collect();
    ensure!(
        gone.is_empty(),
        "listed as refused by the reader alone, and is not: {gone:#?}"
    );
    ensure!(
        accepted > 100 && refused > 1000,
        "{accepted} samples were accepted and {refused} refused by both"
    );
    Ok(())
}
