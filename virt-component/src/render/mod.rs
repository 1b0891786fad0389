//! Results as text, for people and as JSON. Every shell prints what these functions return. They
//! must never know where it is printed.

mod claims;
mod details;
mod inspection;
mod json;
mod network;
mod notes;
mod places;
mod report;
mod schema;
mod warnings;
mod words;

pub use inspection::render_inspection;
pub use report::{Context, render_report, render_warnings};
pub use schema::report_schema;
