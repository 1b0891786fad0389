//! The JSON Schema of the report. It must allow no field that it does not describe, so that the
//! test of real reports finds one that is missing here.

use crate::policy_file::policy_schema;
use serde_json::{Value, json};
use wasi_virt::NetworkRules;

/// The JSON Schema of what `--json` prints.
pub fn report_schema() -> Value {
    let mut of_policy = policy_schema();
    let policy = |key: &str| of_policy["properties"][key]["items"].clone();
    let (tmpfs, preopen) = (policy("tmpfs"), policy("preopens"));
    let size = of_policy["properties"]["write-size"]["pattern"].clone();
    let size = json!({ "type": "string", "pattern": size });
    let types = of_policy["$defs"].take();
    let types = ["FileMode", "Preopen", "Tmpfs"].map(|name| (name.into(), types[name].clone()));
    let text = || json!({ "type": "string" });
    let texts = |about: &str| json!({ "description": about, "type": "array", "items": text() });
    let count = |about: &str| json!({ "description": about, "type": "integer", "minimum": 0 });
    let or_null = |about: &str| json!({ "description": about, "type": ["string", "null"] });
    let list =
        |about: &str, item: Value| json!({ "description": about, "type": "array", "items": item });
    let limit = |about: &str| {
        let mut limit = size.clone();
        limit["description"] = about.into();
        limit
    };
    let interface = table(
        "What was done to one import.",
        json!({
            "name": { "description": "The import's name, with its version.", "type": "string" },
            "action": action(),
            "functions": texts("The functions that the component imports, as WIT spells them."),
        }),
        &[],
    );
    let mount = table(
        "A mount and what it holds.",
        json!({
            "guest": { "description": "The path that the component sees.", "type": "string" },
            "mode": { "$ref": "#/$defs/FileMode" },
            "size": limit("The most bytes that may be written to it."),
            "inodes": count("The most files, directories and links that may be created in it."),
            "files": count("Embedded files."),
            "directories": count("Directories."),
            "symlinks": count("Symbolic links."),
            "bytes": count("Bytes of the embedded files."),
        }),
        &["size", "inodes"],
    );
    let files = table(
        "What was mounted, all mounts together.",
        json!({
            "files": count("Files."),
            "directories": count("Directories."),
            "symlinks": count("Symbolic links."),
            "bytes": count("Bytes of all files."),
            "stored": count("Bytes in the artifact, which stores equal files once."),
        }),
        &[],
    );
    let network = table(
        "The rules for the network, in their canonical spelling.",
        json!({
            "allow-sockets": texts("Connections that are allowed."),
            "deny-sockets": texts("Addresses that are refused all the same."),
            "allow-listen": texts("Where the component may listen."),
            "allow-resolve": texts("Names that may be looked up besides."),
            "allow-http": texts("Requests that are allowed."),
            "deny-http": texts("Requests that are refused all the same."),
        }),
        &NetworkRules::default().lists().map(|(list, _)| list),
    );
    let sizes = table(
        "Sizes in bytes.",
        json!({
            "input": count("The component or core module given."),
            "adapter": count("What was added to it, without file contents."),
            "output": count("The artifact."),
        }),
        &[],
    );
    let embedded = table(
        "A file, directory or link.",
        json!({
            "guest": { "description": "The path that the component sees.", "type": "string" },
            "kind": { "enum": ["directory", "file", "host", "link", "special"] },
            "bytes": count("The size of a file."),
        }),
        &["bytes"],
    );
    let mut schema = table(
        "What `wasi-virt --json` prints.",
        json!({
            "wasi-virt": { "description": "The version of wasi-virt.", "type": "string" },
            "interfaces": list("Every import of the component, in order. For an adapter alone, every interface it serves.", interface),
            "imports-before": texts("Names of the component's imports. For an adapter alone, those of a component that imports all of WASI."),
            "imports-after": texts("Names of the artifact's imports."),
            "files": files,
            "mounts": list("Each mount.", mount),
            "tmpfs": list("The directories that are empty when the artifact starts.", tmpfs),
            "preopens": list("The directories of the host that the component sees under other names.", preopen),
            "write-size": limit("The most bytes that all mounts and tmpfs together may hold in memory."),
            "write-inodes": count("The most files, directories and links that may be created in all of them together."),
            "adapter-memory": limit("The most memory that the adapter may have."),
            "network": network,
            "sizes": sizes,
            "preview1-adapter": or_null("Name and version of the adapter that translates WASI 0.1, where a core module needs it."),
            "lost-exports": texts("Functions that a core module exports and the component made of it does not."),
            "wasi-version": or_null("The WASI release that an adapter alone is for."),
            "files-embedded": list("With `--verbose`, everything embedded.", embedded),
            "notes": texts("Where a default may surprise."),
            "warnings": texts("What has no effect, what is lost, and what allows more than may be expected."),
        }),
        &[
            "write-size",
            "write-inodes",
            "adapter-memory",
            "network",
            "files-embedded",
        ],
    );
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["title"] = "Report".into();
    schema["$defs"] = Value::Object(types.into_iter().collect());
    schema
}

/// The words for what was done to an import.
fn action() -> Value {
    let words = [
        ("host", "WASI, and left to the host."),
        ("open", "Not WASI, and left to the host."),
        (
            "forwarded",
            "Left to the host in part, by way of the adapter.",
        ),
        ("denied", "Closed."),
        ("virtual", "Served by the adapter."),
    ];
    let words = words.map(|(word, about)| json!({ "description": about, "const": word }));
    json!({ "oneOf": words })
}

/// An object with these fields, all required but the optional ones.
fn table(about: &str, fields: Value, optional: &[&str]) -> Value {
    let names = fields
        .as_object()
        .into_iter()
        .flat_map(|fields| fields.keys());
    let required: Vec<&String> = names
        .filter(|name| !optional.contains(&name.as_str()))
        .collect();
    let required = json!(required);
    json!({
        "description": about,
        "type": "object",
        "properties": fields,
        "additionalProperties": false,
        "required": required,
    })
}
