//! The standard streams, together or one by one.

use crate::policy::{Access, Policy, StdioMode};

/// What happens to the standard streams.
#[derive(Clone, Copy, Debug)]
pub struct VirtStdio {
    stdin: StdioMode,
    stdout: StdioMode,
    stderr: StdioMode,
}

impl VirtStdio {
    pub(super) fn new(access: Access) -> Self {
        let mode = match access {
            Access::Allow => StdioMode::Allow,
            Access::Deny => StdioMode::Deny,
        };
        VirtStdio {
            stdin: mode,
            stdout: mode,
            stderr: mode,
        }
    }

    pub(super) fn apply(&self, policy: &mut Policy) {
        (policy.stdin, policy.stdout, policy.stderr) = (self.stdin, self.stdout, self.stderr);
    }

    fn all(&mut self, mode: StdioMode) -> &mut Self {
        (self.stdin, self.stdout, self.stderr) = (mode, mode, mode);
        self
    }

    /// Leaves all three to the host.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.deny_all().stdio().allow();
    /// virt.compose("../examples/hello.wasm");
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// let mut imports = report.imports_after.iter();
    /// assert!(imports.all(|name| name.starts_with("wasi:cli/") || name.starts_with("wasi:io/")));
    /// ```
    pub fn allow(&mut self) -> &mut Self {
        self.all(StdioMode::Allow)
    }

    /// Makes input empty and discards output.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.deny_all().stdio().ignore();
    /// virt.compose("../examples/hello.wasm");
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// assert!(report.imports_after.is_empty());
    /// ```
    pub fn ignore(&mut self) -> &mut Self {
        self.all(StdioMode::Ignore)
    }

    /// Makes every operation fail.
    pub fn deny(&mut self) -> &mut Self {
        self.all(StdioMode::Deny)
    }

    /// Sets standard input alone.
    ///
    /// ```
    /// use wasi_virt::{StdioMode, WasiVirt};
    ///
    /// let mut virt = WasiVirt::new();
    /// virt.stdio().allow().stdin(StdioMode::Ignore);
    /// virt.compose("../examples/hello.wasm");
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// let has = |path: &str| report.imports_after.iter().any(|name| name.starts_with(path));
    /// assert!(has("wasi:cli/stdout@") && !has("wasi:cli/stdin@"));
    /// ```
    pub fn stdin(&mut self, mode: StdioMode) -> &mut Self {
        self.stdin = mode;
        self
    }

    /// Sets standard output alone.
    ///
    /// ```
    /// use wasi_virt::{StdioMode, WasiVirt};
    ///
    /// let mut virt = WasiVirt::new();
    /// virt.stdio().deny().stdout(StdioMode::Allow);
    /// virt.compose("../examples/hello.wasm");
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// let has = |path: &str| report.imports_after.iter().any(|name| name.starts_with(path));
    /// assert!(has("wasi:cli/stdout@") && !has("wasi:cli/stderr@"));
    /// ```
    pub fn stdout(&mut self, mode: StdioMode) -> &mut Self {
        self.stdout = mode;
        self
    }

    /// Sets standard error alone.
    ///
    /// ```
    /// use wasi_virt::{StdioMode, WasiVirt};
    ///
    /// let mut virt = WasiVirt::new();
    /// virt.stdio().deny().stderr(StdioMode::Allow);
    /// virt.compose("../examples/hello.wasm");
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// let has = |path: &str| report.imports_after.iter().any(|name| name.starts_with(path));
    /// assert!(has("wasi:cli/stderr@") && !has("wasi:cli/stdout@"));
    /// ```
    pub fn stderr(&mut self, mode: StdioMode) -> &mut Self {
        self.stderr = mode;
        self
    }
}
