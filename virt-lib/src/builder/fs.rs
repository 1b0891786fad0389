//! The filesystem: which host files stay, and what is put beside them or in their place.

use super::files::FsEntry;
use crate::policy::{Access, FileMode, Mount, Policy, Preopen, Size, Tmpfs};
use std::path::PathBuf;

/// What a component sees of `wasi:filesystem`.
#[derive(Clone, Debug)]
pub struct VirtFs {
    host: Access,
    preopens: Vec<Preopen>,
    /// Guest path and what is there, in the order given.
    files: Vec<(String, FsEntry)>,
    /// What may be done with each of these.
    rules: Vec<Rules>,
    tmpfs: Vec<Tmpfs>,
    write_size: Option<Size>,
    write_inodes: Option<u64>,
}

/// What may be done with files that are put somewhere.
#[derive(Clone, Copy, Debug)]
struct Rules {
    mode: FileMode,
    size: Option<Size>,
    inodes: Option<u64>,
}

impl VirtFs {
    pub(super) fn new(access: Access) -> Self {
        VirtFs {
            host: access,
            preopens: Vec::new(),
            files: Vec::new(),
            rules: Vec::new(),
            tmpfs: Vec::new(),
            write_size: None,
            write_inodes: None,
        }
    }

    pub(super) fn apply(&self, policy: &mut Policy) {
        policy.host_preopens = self.host;
        policy.preopens.clone_from(&self.preopens);
        policy.tmpfs.clone_from(&self.tmpfs);
        policy.write_size = self.write_size;
        policy.write_inodes = self.write_inodes;
        policy.mounts = self
            .files
            .iter()
            .zip(&self.rules)
            .map(|((guest, entry), rules)| {
                Mount::new(guest.clone(), entry.source(guest))
                    .mode(rules.mode)
                    .size(rules.size)
                    .inodes(rules.inodes)
            })
            .collect();
    }

    pub(super) fn drop_files(&mut self) {
        self.files.clear();
        self.rules.clear();
        self.tmpfs.clear();
        (self.write_size, self.write_inodes) = (None, None);
        self.preopens.clear();
    }

    pub(super) fn files(&self) -> &[(String, FsEntry)] {
        &self.files
    }

    /// Shows the host's own preopens.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.deny_all().fs().allow_host_preopens();
    /// virt.compose("../examples/hello.wasm");
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// let mut imports = report.imports_after.iter();
    /// assert!(imports.any(|name| name.starts_with("wasi:filesystem/")));
    /// ```
    pub fn allow_host_preopens(&mut self) -> &mut Self {
        self.host = Access::Allow;
        self
    }

    /// Hides the host's own preopens.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.allow_all().fs().deny_host_preopens();
    /// virt.compose("../examples/hello.wasm");
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// let mut imports = report.imports_after.iter();
    /// assert!(!imports.any(|name| name.starts_with("wasi:filesystem/")));
    /// ```
    pub fn deny_host_preopens(&mut self) -> &mut Self {
        self.host = Access::Deny;
        self
    }

    /// Shows a host directory under another name. The artifact opens it when it runs. `host` is a
    /// path that the host preopens, or a path inside one.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.fs().host_preopen("/data", "/restricted/path");
    /// virt.compose("../examples/hello.wasm");
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// let mut imports = report.imports_after.iter();
    /// assert!(imports.any(|name| name.starts_with("wasi:filesystem/")));
    /// ```
    pub fn host_preopen(&mut self, guest: impl Into<String>, host: impl Into<String>) -> &mut Self {
        self.host_preopen_with_mode(guest, host, FileMode::Rw)
    }

    /// Like [`host_preopen`](Self::host_preopen), read-only or writable.
    pub fn host_preopen_with_mode(
        &mut self,
        guest: impl Into<String>,
        host: impl Into<String>,
        mode: FileMode,
    ) -> &mut Self {
        self.preopens.push(Preopen::new(guest, host).mode(mode));
        self
    }

    /// Embeds a local directory with everything below it; symbolic links stay links.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.fs().virtual_preopen("/site", "../examples/site");
    /// virt.compose("../examples/hello.wasm");
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// assert_eq!(report.files.files, 2);
    /// ```
    pub fn virtual_preopen(
        &mut self,
        guest: impl Into<String>,
        local: impl Into<PathBuf>,
    ) -> &mut Self {
        self.preopen(guest, FsEntry::Virtualize(local))
    }

    /// Embeds files and directories at a guest path.
    ///
    /// ```
    /// use wasi_virt::FsEntry;
    ///
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.fs().preopen("/etc/app.toml", FsEntry::Source("debug = true"));
    /// virt.compose("../examples/hello.wasm");
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// assert_eq!(report.files.bytes, 12);
    /// ```
    pub fn preopen(&mut self, guest: impl Into<String>, entry: FsEntry) -> &mut Self {
        self.preopen_with_mode(guest, entry, FileMode::Ro)
    }

    /// Like [`preopen`](Self::preopen), read-only or writable in memory.
    pub fn preopen_with_mode(
        &mut self,
        guest: impl Into<String>,
        entry: FsEntry,
        mode: FileMode,
    ) -> &mut Self {
        let rules = Rules {
            mode,
            size: None,
            inodes: None,
        };
        self.put(guest.into(), entry, rules)
    }

    /// Like [`preopen`](Self::preopen), writable in memory, with limits. They limit the bytes that
    /// may be written, and the files, directories and links that may be created.
    pub fn preopen_with_limits(
        &mut self,
        guest: impl Into<String>,
        entry: FsEntry,
        size: Option<Size>,
        inodes: Option<u64>,
    ) -> &mut Self {
        let rules = Rules {
            mode: FileMode::Rw,
            size,
            inodes,
        };
        self.put(guest.into(), entry, rules)
    }

    fn put(&mut self, guest: String, entry: FsEntry, rules: Rules) -> &mut Self {
        self.files.push((guest, entry));
        self.rules.push(rules);
        self
    }

    /// Limits the bytes that all writable places together may hold.
    pub fn write_size(&mut self, size: Size) -> &mut Self {
        self.write_size = Some(size);
        self
    }

    /// Limits the files, directories and links that may be created in memory, in all places
    /// together.
    pub fn write_inodes(&mut self, inodes: u64) -> &mut Self {
        self.write_inodes = Some(inodes);
        self
    }

    /// Adds an empty directory in memory at a guest path. `size` limits the bytes that may be
    /// written.
    pub fn tmpfs(&mut self, guest: impl Into<String>, size: Option<Size>) -> &mut Self {
        self.tmpfs.push(Tmpfs::new(guest).size(size));
        self
    }
}
