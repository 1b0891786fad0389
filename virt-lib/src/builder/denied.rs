//! Settings that are of no subsystem: what is denied besides, how denied functions answer, the log,
//! and the adapter's memory.

use super::WasiVirt;
use crate::policy::{DebugLog, DenyMode, Size};

impl WasiVirt {
    /// Sets how denied functions answer. The default is a trap.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.deny_all().deny_mode(wasi_virt::DenyMode::Error);
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// assert!(report.imports_after.is_empty());
    /// ```
    pub fn deny_mode(&mut self, mode: DenyMode) -> &mut Self {
        self.deny = mode;
        self
    }

    /// Closes imports outside WASI, except those that match a pattern (`*` and `?`).
    ///
    /// ```
    /// let acme = r#"(component (import "acme:log/log" (instance (export "f" (func)))))"#;
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.deny_other(&[]).compose_bytes(wat::parse_str(acme).unwrap());
    /// assert!(virt.finish_to(std::io::sink()).unwrap().imports_after.is_empty());
    /// virt.deny_other(&["acme:log/*"]);
    /// assert_eq!(virt.finish_to(std::io::sink()).unwrap().imports_after, ["acme:log/log"]);
    /// ```
    pub fn deny_other(&mut self, except: &[&str]) -> &mut Self {
        self.deny_other = true;
        self.allow_import(except)
    }

    /// After [`deny_all`](Self::deny_all), opens interfaces of WASI that have no method here, by
    /// patterns such as `wasi:keyvalue/*`.
    ///
    /// ```
    /// let store = r#"(component (import "wasi:keyvalue/store" (instance (export "f" (func)))))"#;
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.deny_all().compose_bytes(wat::parse_str(store).unwrap());
    /// assert!(virt.finish_to(std::io::sink()).unwrap().imports_after.is_empty());
    /// virt.allow_import(&["wasi:keyvalue/*"]);
    /// assert_eq!(virt.finish_to(std::io::sink()).unwrap().imports_after, ["wasi:keyvalue/store"]);
    /// ```
    pub fn allow_import(&mut self, patterns: &[&str]) -> &mut Self {
        let patterns = patterns.iter().map(|glob| (*glob).to_string());
        self.allow_import.extend(patterns);
        self
    }

    /// Logs every call of an imported function to the host's standard error, as `--debug` does.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.debug().deny_all();
    /// virt.compose("../examples/hello.wasm");
    /// // All that is left is the stream to which the log goes.
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// assert!(report.imports_after.iter().any(|name| name.starts_with("wasi:cli/stderr@")));
    /// assert!(!report.imports_after.iter().any(|name| name.starts_with("wasi:filesystem/")));
    /// ```
    pub fn debug(&mut self) -> &mut Self {
        self.debug = DebugLog::All;
        self
    }

    /// Logs only calls that are denied, and host directories that are missing, as
    /// `--debug=denied` does.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.debug_denied().deny_all();
    /// virt.compose("../examples/hello.wasm");
    /// let denied = virt.finish_to(std::io::sink()).unwrap();
    /// let all = virt.debug().finish_to(std::io::sink()).unwrap();
    /// assert_eq!(denied.imports_after, all.imports_after);
    /// // Nothing is denied, so that nothing could be logged.
    /// virt.debug_denied().allow_all();
    /// assert!(virt.finish_to(std::io::sink()).is_err());
    /// ```
    pub fn debug_denied(&mut self) -> &mut Self {
        self.debug = DebugLog::Denied;
        self
    }

    /// Limits the memory of the adapter, as `--adapter-memory` does.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.adapter_memory(wasi_virt::Size(1 << 16)).fs().tmpfs("/tmp", None);
    /// virt.compose("../examples/hello.wasm");
    /// // The adapter needs more than a page.
    /// assert!(virt.finish().is_err());
    /// virt.adapter_memory(wasi_virt::Size(16 << 20)).finish().unwrap();
    /// ```
    pub fn adapter_memory(&mut self, size: Size) -> &mut Self {
        self.adapter_memory = Some(size);
        self
    }
}
