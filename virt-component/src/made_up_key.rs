//! Tests that a key is declared in one place: a table with two made-up keys, found in every face of
//! a policy. It must never test what a key does.

use crate::command_line::flags_of;
use crate::flags::{Given, command_with, over};
use crate::policy_file::{PolicyFile, json, print::print, read::read, reference, schema, suggest};
use serde_json::{Value, json};
use wasi_virt::keys::{Flag, Key, Kind, heading};
use wasi_virt::{Access, Import, Subsystem};

wasi_virt::keys! {
    /// A policy with keys that do not exist.
    pub struct Sample {
        /// The most readings of all sensors.
        #[serde(skip_serializing_if = "Option::is_none")]
        sensor_readings: Option<u64> = None,
            Key::new(Kind::Count).label("Most readings").asks_for(Subsystem::Http),
            [Flag::one(heading::FILES, "sensor-readings", "COUNT").help(
                "Limit the readings of sensors",
                "All sensors count together.",
            )];

        /// Sensors of the host.
        sensors: Access = Access::Deny,
            Key::new(Kind::Access).label("Sensors").asks_for(Subsystem::Http),
            [Flag::on_off(heading::ACCESS, "allow-sensors").help("Allow sensors", "")];
    }
}

const KEYS: &[Key] = Sample::KEYS;

fn sample() -> Sample {
    Sample {
        sensor_readings: Some(7),
        sensors: Access::Allow,
    }
}

#[test]
fn a_made_up_key_is_a_flag_with_help() {
    let mut command = command_with(KEYS);
    let help = command.render_long_help().to_string();
    for part in [
        "--sensor-readings <COUNT>",
        "All sensors count together.",
        "--allow-sensors",
    ] {
        assert!(help.contains(part), "{part}: {help}");
    }
    let line = [
        "wasi-virt",
        "a",
        "-o",
        "b",
        "--sensor-readings=7",
        "--allow-sensors",
    ];
    let matches = command.try_get_matches_from(line).unwrap();
    let given = Given(&matches);
    let base = json::object(&Sample::default());
    let mut problems = Vec::new();
    let values = over(given, KEYS, &base, &PolicyFile::default(), &mut problems);
    assert_eq!(problems, [""; 0]);
    assert_eq!(values, json::object(&sample()));
    assert_eq!(
        given.configured(KEYS),
        [
            ("sensor-readings", "sensor-readings"),
            ("allow-sensors", "sensors")
        ]
    );
}

#[test]
fn a_made_up_key_is_read_and_printed() {
    let values = json::object(&sample());
    let text = print(&values);
    assert_eq!(text, "sensor-readings = 7\nsensors = \"allow\"\n");
    assert_eq!(read(&text, None, KEYS, &[]), Ok(values.clone()));
    let read_back: Sample = serde_json::from_value(values.clone().into()).unwrap();
    assert_eq!(read_back, sample());
    let problems = read(
        "sensor-reading = 1\nallow-sensors = 1\nsensors = 1",
        Some("p"),
        KEYS,
        &[],
    );
    assert_eq!(
        problems.unwrap_err(),
        [
            "p:1: unknown key `sensor-reading`; did you mean `sensor-readings`?",
            "p:2: unknown key `allow-sensors`; did you mean `sensors`?",
            "p:3: `sensors`: expected `deny` or `allow`, not a number",
        ]
    );
    let defaults = json::object(&Sample::default());
    assert_eq!(
        flags_of(KEYS, &values, &defaults),
        ["--sensor-readings=7", "--allow-sensors"]
    );
    assert_eq!(flags_of(KEYS, &defaults, &defaults), [""; 0]);
}

#[test]
fn a_made_up_key_is_in_the_schema_and_the_reference() {
    let defaults = json::object(&Sample::default());
    let schema = schema::schema(KEYS, &defaults);
    assert_eq!(
        schema["properties"]["sensor-readings"],
        json!({
            "description": "The most readings of all sensors.",
            "x-label": "Most readings",
            "x-subsystem": "http",
            "x-flags": ["--sensor-readings"],
            "type": "integer",
            "minimum": 0,
            "maximum": i64::MAX,
        })
    );
    assert_eq!(
        schema["properties"]["sensors"]["default"],
        Value::from("deny")
    );
    let table = reference::table(KEYS, &defaults);
    assert!(
        table.contains("| `sensor-readings` | number | none | `--sensor-readings COUNT` |\n"),
        "{table}"
    );
}

#[test]
fn a_made_up_key_is_suggested() {
    let mut inspection = wasi_virt::inspect(include_bytes!("../../examples/hello.wasm")).unwrap();
    inspection.imports = vec![Import {
        name: "wasi:http/types@0.2.6".into(),
        subsystem: Subsystem::Http,
        functions: vec![],
    }];
    let text = suggest::suggestion(&inspection, "app.wasm", KEYS);
    assert!(
        text.ends_with("# wasi:http/types@0.2.6\nsensors = \"allow\"\n"),
        "{text}"
    );
}
