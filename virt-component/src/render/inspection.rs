//! Prints the imports and exports of a component, for people or as JSON.

use super::{claims, json, words};
use crate::escape::escape;
use std::fmt::Write;
use wasi_virt::{Inspection, Subsystem};

/// The inspection of the component called `name` as text of several lines, or as JSON.
pub fn render_inspection(inspection: &Inspection, name: &str, json: bool) -> String {
    if json {
        return json::print(inspection);
    }
    let functions = inspection
        .imports
        .iter()
        .map(|import| import.functions.len() as u64)
        .sum();
    let mut out = format!(
        "{}: {} with {}, {}\n",
        escape(name),
        words::count(inspection.imports.len() as u64, "import", "imports"),
        words::count(functions, "function", "functions"),
        words::count(inspection.exports.len() as u64, "export", "exports"),
    );
    if inspection.core_module {
        let with = inspection.preview1_adapter.as_deref();
        let with = with.map_or(String::new(), |adapter| {
            format!(" with {}", escape(adapter))
        });
        writeln!(out, "  a core module, made a component{with}").expect("a String takes any text");
    }
    let width = inspection
        .imports
        .iter()
        .map(|import| escape(&import.name).chars().count())
        .max()
        .unwrap_or(0);
    for subsystem in Subsystem::ALL {
        let mut heading = Some(subsystem.about());
        for import in inspection
            .imports
            .iter()
            .filter(|import| import.subsystem == *subsystem)
        {
            if let Some(about) = heading.take() {
                writeln!(out, "  {subsystem:<8} {about}").expect("a String takes any text");
            }
            let functions = match import.functions.len() as u64 {
                0 => "types only".to_string(),
                number => words::count(number, "function", "functions"),
            };
            writeln!(
                out,
                "           {:<width$}  {functions}",
                escape(&import.name)
            )
            .expect("a String takes any text");
        }
    }
    for (position, export) in inspection.exports.iter().enumerate() {
        let label = if position == 0 { "exports" } else { "" };
        writeln!(out, "  {label:<8} {}", escape(export)).expect("a String takes any text");
    }
    if let Some(names) = words::few(&inspection.lost_exports) {
        writeln!(
            out,
            "  {:<8} {}  (exports of the module that no world has)",
            "lost",
            escape(&names)
        )
        .expect("a String takes any text");
    }
    claims::tell(&mut out, &inspection.claimed);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasi_virt::{Claim, ClaimContent, Import};

    #[test]
    fn imports_are_told_by_capability() {
        let import = |name: &str, subsystem: Subsystem, functions: &[&str]| Import {
            name: name.into(),
            subsystem,
            functions: functions.iter().map(|f| (*f).into()).collect(),
        };
        let inspection = Inspection {
            imports: vec![
                import("acme:x/y\n", Subsystem::Other, &[]),
                import(
                    "wasi:clocks/monotonic-clock@0.2.6",
                    Subsystem::Clocks,
                    &["now", "subscribe-duration"],
                ),
                import(
                    "wasi:cli/environment@0.2.6",
                    Subsystem::Env,
                    &["get-arguments"],
                ),
            ],
            exports: vec!["wasi:cli/run@0.2.6".into(), "z".into()],
            claimed: vec![Claim {
                depth: 0,
                content: ClaimContent::Unreadable("odd".into()),
            }],
            core_module: false,
            preview1_adapter: None,
            lost_exports: Vec::new(),
        };
        assert_eq!(
            render_inspection(&inspection, "app.wasm", false),
            "\
app.wasm: 3 imports with 3 functions, 2 exports
  env      environment variables, arguments, working directory
           wasi:cli/environment@0.2.6         1 function
  clocks   time and timers
           wasi:clocks/monotonic-clock@0.2.6  2 functions
  other    not WASI: interfaces of its own
           acme:x/y\\n                         types only
  exports  wasi:cli/run@0.2.6
           z
  claimed  of this component: unreadable, odd
"
        );
        let json: serde_json::Value =
            serde_json::from_str(&render_inspection(&inspection, "", true)).unwrap();
        assert_eq!(json["imports"][1]["subsystem"], "clocks");
        assert_eq!(json["claimed"][0]["unreadable"], "odd");
        assert_eq!(json["core-module"], false);
    }

    #[test]
    fn a_core_module_is_said_to_be_one() {
        let mut inspection = Inspection {
            imports: Vec::new(),
            exports: Vec::new(),
            claimed: Vec::new(),
            core_module: true,
            preview1_adapter: Some("some.command 1.2.3".into()),
            lost_exports: vec!["render".into()],
        };
        assert_eq!(
            render_inspection(&inspection, "app.wasm", false),
            "app.wasm: 0 imports with 0 functions, 0 exports\n  a core module, made a component with some.command 1.2.3\n  lost     render  (exports of the module that no world has)\n"
        );
        inspection.preview1_adapter = None;
        inspection.lost_exports.clear();
        assert!(
            render_inspection(&inspection, "app.wasm", false)
                .ends_with("  a core module, made a component\n")
        );
    }
}
