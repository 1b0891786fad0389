//! Prints the JSON Schema of the policy, with `table` the reference of its keys, and with
//! `report-schema` the JSON Schema of the report. `cargo xtask schema` keeps what this prints.

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("table") => print!("{}", virt_component::policy_reference()),
        Some("report-schema") => println!("{:#}", virt_component::report_schema()),
        _ => println!("{:#}", virt_component::policy_schema()),
    }
}
