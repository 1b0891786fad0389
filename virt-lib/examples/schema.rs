//! Prints the JSON Schema of the policy: `cargo xtask schema` keeps what this prints.

fn main() {
    let schema = schemars::schema_for!(wasi_virt::Policy);
    let text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    println!("{text}");
}
