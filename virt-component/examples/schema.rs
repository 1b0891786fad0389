//! Prints the JSON Schema of the policy: `cargo xtask schema` keeps what this prints.

fn main() {
    println!("{:#}", virt_component::policy_schema());
}
