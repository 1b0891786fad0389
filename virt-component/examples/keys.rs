//! Prints the JSON Schema of the policy, or with `table` the reference of its keys: `cargo xtask
//! schema` keeps what this prints.

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("table") => print!("{}", virt_component::policy_reference()),
        _ => println!("{:#}", virt_component::policy_schema()),
    }
}
