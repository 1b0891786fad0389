//! The builder collects a policy, subsystem by subsystem, and files. [`finish`] writes the
//! artifact. It is a shell over the engine, for programs with a disk. Only what was configured is
//! virtualized: the rest stays as the component has it. It must never decide what a policy means.
//!
//! [`finish`]: WasiVirt::finish

mod config;
mod denied;
mod env;
mod files;
mod filter;
mod finish;
mod fs;
mod listing;
mod network;
mod simulated;
mod stdio;
mod switch;
mod terms;

pub use config::VirtConfig;
pub use env::VirtEnv;
pub use files::FsEntry;
pub use fs::VirtFs;
pub use network::{VirtHttp, VirtSockets};
pub use simulated::{VirtClocks, VirtRandom};
pub use stdio::VirtStdio;
pub use switch::VirtSwitch;

use crate::policy::{Access, DebugLog, DenyMode, Size};
use std::path::PathBuf;

/// Builds a virtualized component.
///
/// A new builder passes everything through. Calling a subsystem's method ([`env`](Self::env),
/// [`fs`](Self::fs) …) virtualizes the subsystem. It then gets nothing from the host until a method
/// allows it, unless [`allow_all`](Self::allow_all) came first. [`finish`](Self::finish) reports
/// all problems at once.
///
/// ```
/// use wasi_virt::WasiVirt;
///
/// # fn main() -> wasi_virt::Result<()> {
/// let mut virt = WasiVirt::new();
/// virt.deny_all();
/// virt.env().overrides(&[("GREETING", "hello")]);
/// virt.compose("../examples/hello.wasm");
/// let artifact = virt.finish()?;
/// assert!(wasi_virt::inspect(&artifact)?.imports.is_empty());
/// # Ok(())
/// # }
/// ```
///
/// Everything at once: allow all, then take away:
///
/// ```no_run
/// use std::collections::BTreeMap;
/// use std::fs;
/// use wasi_virt::{WasiVirt, FsEntry};
///
/// fn main() {
///     let mut virt = WasiVirt::new();
///
///     // allow all subsystems initially
///     virt.allow_all();
///
///     // ignore stdio
///     virt.stdio().ignore();
///
///     virt.env()
///       // provide an allow list of host env vars
///       .allow(&["PUBLIC_ENV_VAR"])
///       // provide custom env overrides
///       .overrides(&[("SOME", "ENV"), ("VAR", "OVERRIDES")]);
///
///     virt.fs()
///         // deny arbitrary host preopens
///         .deny_host_preopens()
///         // mount and virtualize a local directory recursively
///         .virtual_preopen("/dir", "/local/dir")
///         // create a virtual directory containing some virtual files
///         .preopen("/another-dir", FsEntry::Dir(BTreeMap::from([
///           // create a virtual file from the given UTF8 source
///           ("file.txt", FsEntry::Source("Hello world")),
///           // create a virtual file read from a local file at
///           // virtualization time
///           ("another.wasm", FsEntry::Virtualize("/local/another.wasm")),
///           // create a virtual file which reads from a given file
///           // path at runtime using the runtime host filesystem API
///           ("host.txt", FsEntry::RuntimeFile("/runtime/host/path.txt"))
///         ])));
///
///     // compose the virtualization with a component
///     virt.compose("path/to/component.wasm");
///     // filter enabled subsystems by imports on the composed component
///     virt.filter_imports().unwrap();
///
///     let virt_component_bytes = virt.finish().unwrap();
///     fs::write("virt.component.wasm", virt_component_bytes).unwrap();
/// }
/// ```
#[derive(Clone, Debug, Default)]
pub struct WasiVirt {
    env: Option<VirtEnv>,
    config: Option<VirtConfig>,
    stdio: Option<VirtStdio>,
    fs: Option<VirtFs>,
    clocks: Option<VirtClocks>,
    random: Option<VirtRandom>,
    exit: Option<VirtSwitch>,
    http: Option<VirtHttp>,
    sockets: Option<VirtSockets>,
    deny: DenyMode,
    deny_other: bool,
    /// Whether WASI is closed that has no method here.
    deny_unknown: bool,
    debug: DebugLog,
    adapter_memory: Option<Size>,
    allow_import: Vec<String>,
    component: Option<Source>,
    wasi_version: Option<String>,
}

/// Where the component comes from.
#[derive(Clone, Debug)]
enum Source {
    Path(PathBuf),
    Bytes(Vec<u8>),
}

impl WasiVirt {
    /// A builder that passes everything through.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.compose("../examples/hello.wasm");
    /// let same = virt.finish().unwrap();
    /// assert_eq!(same, std::fs::read("../examples/hello.wasm").unwrap());
    /// ```
    pub fn new() -> Self {
        WasiVirt::default()
    }

    /// Leaves every subsystem to the host. Later methods start from there.
    ///
    /// ```
    /// use wasi_virt::{StdioMode, WasiVirt};
    ///
    /// let mut virt = WasiVirt::new();
    /// virt.allow_all();
    /// virt.stdio().stdout(StdioMode::Ignore); // input and errors stay the host's
    /// virt.compose("../examples/hello.wasm");
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// let has = |path: &str| report.imports_after.iter().any(|name| name.starts_with(path));
    /// assert!(has("wasi:cli/stderr@") && !has("wasi:cli/stdout@"));
    /// ```
    pub fn allow_all(&mut self) -> &mut Self {
        self.all(Access::Allow)
    }

    /// Closes every subsystem. Later methods start from there.
    ///
    /// ```
    /// use wasi_virt::WasiVirt;
    ///
    /// let mut virt = WasiVirt::new();
    /// virt.deny_all().clocks().allow();
    /// virt.compose("../examples/hello.wasm");
    /// let artifact = virt.finish().unwrap();
    /// for import in wasi_virt::inspect(&artifact).unwrap().imports {
    ///     assert!(import.name.starts_with("wasi:clocks/") || import.name.starts_with("wasi:io/"));
    /// }
    /// ```
    pub fn deny_all(&mut self) -> &mut Self {
        self.all(Access::Deny)
    }

    fn all(&mut self, access: Access) -> &mut Self {
        self.env = Some(VirtEnv::new(access));
        self.config = Some(VirtConfig::new(access));
        self.stdio = Some(VirtStdio::new(access));
        self.fs = Some(VirtFs::new(access));
        self.clocks = Some(VirtClocks::new(access));
        self.random = Some(VirtRandom::new(access));
        self.exit = Some(VirtSwitch::new(access));
        self.http = Some(VirtHttp::new(access));
        self.sockets = Some(VirtSockets::new(access));
        self.deny_unknown = access == Access::Deny;
        self
    }

    /// Configures environment variables, arguments and working directory (`wasi:cli/environment`).
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.deny_all().env().overrides(&[("MODE", "test")]).args(&["app", "--verbose"]);
    /// virt.compose("../examples/hello.wasm");
    /// assert!(virt.finish_to(std::io::sink()).unwrap().imports_after.is_empty());
    /// virt.env().allow(&["PATH", "LANG"]);
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// assert_eq!(report.imports_after, ["wasi:cli/environment@0.2.12"]);
    /// ```
    pub fn env(&mut self) -> &mut VirtEnv {
        self.env.get_or_insert_with(|| VirtEnv::new(Access::Deny))
    }

    /// Configures configuration properties (`wasi:config`).
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.config().overrides(&[("colour", "green")]);
    /// virt.compose("../examples/hello.wasm");
    /// // This component never asks for a property.
    /// assert!(virt.finish().unwrap_err().to_string().contains("`config().overrides()`"));
    /// ```
    pub fn config(&mut self) -> &mut VirtConfig {
        self.config
            .get_or_insert_with(|| VirtConfig::new(Access::Deny))
    }

    /// Configures standard input, output and error.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.stdio().ignore();
    /// virt.compose("../examples/hello.wasm");
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// assert!(!report.imports_after.iter().any(|name| name.starts_with("wasi:cli/stdout@")));
    /// ```
    pub fn stdio(&mut self) -> &mut VirtStdio {
        self.stdio
            .get_or_insert_with(|| VirtStdio::new(Access::Deny))
    }

    /// Configures files and directories (`wasi:filesystem`).
    ///
    /// ```
    /// use wasi_virt::FsEntry;
    ///
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.fs().preopen("/", FsEntry::Dir([("a.txt", FsEntry::Source("text"))]));
    /// virt.compose("../examples/hello.wasm");
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// assert_eq!(report.files.bytes, 4);
    /// ```
    pub fn fs(&mut self) -> &mut VirtFs {
        self.fs.get_or_insert_with(|| VirtFs::new(Access::Deny))
    }

    /// Configures clocks and timers (`wasi:clocks`).
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.clocks().deny();
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// let mut interfaces = report.interfaces.iter();
    /// let found = interfaces.find(|it| it.name.starts_with("wasi:clocks/wall-clock@")).unwrap();
    /// assert_eq!(found.action, wasi_virt::Action::Denied);
    /// ```
    pub fn clocks(&mut self) -> &mut VirtClocks {
        self.clocks
            .get_or_insert_with(|| VirtClocks::new(Access::Deny))
    }

    /// Configures random numbers (`wasi:random`).
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.deny_all().random().allow();
    /// // An adapter exports only what does not stay with the host.
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// assert!(!report.interfaces.iter().any(|it| it.name.starts_with("wasi:random/")));
    /// assert!(report.interfaces.iter().any(|it| it.name.starts_with("wasi:clocks/")));
    /// ```
    pub fn random(&mut self) -> &mut VirtRandom {
        self.random
            .get_or_insert_with(|| VirtRandom::new(Access::Deny))
    }

    /// Configures whether the component may exit (`wasi:cli/exit`).
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.deny_all().exit().allow();
    /// virt.compose("../examples/hello.wasm");
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// assert_eq!(report.imports_after, ["wasi:cli/exit@0.2.12"]);
    /// ```
    pub fn exit(&mut self) -> &mut VirtSwitch {
        self.exit.get_or_insert_default()
    }

    /// Configures HTTP (`wasi:http`).
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.http().deny();
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// let mut interfaces = report.interfaces.iter();
    /// let found = interfaces.find(|it| it.name.starts_with("wasi:http/outgoing-")).unwrap();
    /// assert_eq!(found.action, wasi_virt::Action::Denied);
    /// ```
    pub fn http(&mut self) -> &mut VirtHttp {
        self.http.get_or_insert_with(|| VirtHttp::new(Access::Deny))
    }

    /// Configures TCP, UDP and name lookup (`wasi:sockets`).
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.sockets().deny();
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// let mut interfaces = report.interfaces.iter();
    /// let found = interfaces.find(|it| it.name.starts_with("wasi:sockets/tcp@")).unwrap();
    /// assert_eq!(found.action, wasi_virt::Action::Denied);
    /// ```
    pub fn sockets(&mut self) -> &mut VirtSockets {
        self.sockets
            .get_or_insert_with(|| VirtSockets::new(Access::Deny))
    }

    /// Names the file of the component, which [`finish`](Self::finish) reads.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.compose("no/such.wasm");
    /// assert!(virt.finish().unwrap_err().to_string().contains("no/such.wasm"));
    /// ```
    pub fn compose(&mut self, path: impl Into<PathBuf>) -> &mut Self {
        self.component = Some(Source::Path(path.into()));
        self
    }

    /// Gives the component as bytes.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.deny_all().compose_bytes(std::fs::read("../examples/hello.wasm").unwrap());
    /// assert!(virt.finish_to(std::io::sink()).unwrap().imports_after.is_empty());
    /// ```
    pub fn compose_bytes(&mut self, component: impl Into<Vec<u8>>) -> &mut Self {
        self.component = Some(Source::Bytes(component.into()));
        self
    }

    /// Sets the WASI release of an adapter alone (0.2.z, 0.3.z); the default is the newest known.
    /// Without a component, [`finish`](Self::finish) makes such an adapter. It exports what was
    /// configured, and what shares types with it, to be composed with components of that release.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.env().overrides(&[("MODE", "test")]);
    /// virt.wasi_version("0.2.6");
    /// let adapter = wasi_virt::inspect(&virt.finish().unwrap()).unwrap();
    /// assert_eq!(adapter.exports, ["wasi:cli/environment@0.2.6"]);
    /// ```
    pub fn wasi_version(&mut self, version: impl Into<String>) -> &mut Self {
        self.wasi_version = Some(version.into());
        self
    }
}
