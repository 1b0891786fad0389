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
    /// wasi_virt::WasiVirt::new().deny_all().stdio().allow();
    /// ```
    pub fn allow(&mut self) -> &mut Self {
        self.all(StdioMode::Allow)
    }

    /// Makes input empty and discards output.
    ///
    /// ```
    /// wasi_virt::WasiVirt::new().stdio().ignore();
    /// ```
    pub fn ignore(&mut self) -> &mut Self {
        self.all(StdioMode::Ignore)
    }

    /// Makes every operation fail.
    ///
    /// ```
    /// wasi_virt::WasiVirt::new().stdio().deny();
    /// ```
    pub fn deny(&mut self) -> &mut Self {
        self.all(StdioMode::Deny)
    }

    /// Sets standard input alone.
    ///
    /// ```
    /// use wasi_virt::{StdioMode, WasiVirt};
    ///
    /// WasiVirt::new().stdio().allow().stdin(StdioMode::Ignore);
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
    /// WasiVirt::new().stdio().deny().stdout(StdioMode::Allow);
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
    /// WasiVirt::new().stdio().deny().stderr(StdioMode::Allow);
    /// ```
    pub fn stderr(&mut self, mode: StdioMode) -> &mut Self {
        self.stderr = mode;
        self
    }
}
