//! Environment variables, arguments and the working directory.

use crate::error::{Problem, ProblemKind, Setting};
use crate::plan::notice::Notice;
use crate::policy::{Access, HostNames, Policy};

/// What a component sees of `wasi:cli/environment`.
#[derive(Clone, Debug)]
pub struct VirtEnv {
    host: HostNames,
    host_args: Access,
    overrides: Vec<(String, String)>,
    args: Vec<String>,
    cwd: Option<String>,
}

impl VirtEnv {
    pub(super) fn new(access: Access) -> Self {
        VirtEnv {
            host: match access {
                Access::Allow => HostNames::All,
                Access::Deny => HostNames::None,
            },
            host_args: access,
            overrides: Vec::new(),
            args: Vec::new(),
            cwd: None,
        }
    }

    pub(super) fn apply(&self, policy: &mut Policy, problems: &mut Vec<Problem>) {
        policy.host_env = self.host.clone();
        policy.host_args = match self.args.as_slice() {
            [] => self.host_args,
            _ => Access::Deny,
        };
        policy.env.clone_from(&self.overrides);
        policy.args.clone_from(&self.args);
        policy.cwd.clone_from(&self.cwd);
        if let HostNames::Only(names) | HostNames::Except(names) = &self.host {
            names
                .iter()
                .for_each(|name| check_name("host-env", name, problems));
        }
        for (position, (name, value)) in self.overrides.iter().enumerate() {
            check_name("env", name, problems);
            check_text("env", value, problems);
            if self.overrides[..position]
                .iter()
                .any(|(other, _)| other == name)
            {
                problems.push(wrong("env", name, "is set twice; set it once"));
            }
        }
        for text in &self.args {
            check_text("args", text, problems);
        }
        if let Some(text) = &self.cwd {
            check_text("cwd", text, problems);
        }
    }

    /// Drops the values of what `reaches` does not say yes to.
    pub(super) fn drop_values(&mut self, reaches: impl Fn(Notice) -> bool) {
        if !reaches(Notice::Env) {
            self.overrides.clear();
        }
        if !reaches(Notice::Args) {
            self.args.clear();
        }
        if !reaches(Notice::Cwd) {
            self.cwd = None;
        }
    }

    /// Shows only these variables of the host.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.deny_all().env().allow(&["PATH", "LANG"]);
    /// virt.compose("../examples/hello.wasm");
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// assert_eq!(report.imports_after, ["wasi:cli/environment@0.2.12"]);
    /// ```
    pub fn allow<S: AsRef<str>>(&mut self, names: &[S]) -> &mut Self {
        self.host = HostNames::Only(strings(names));
        self
    }

    /// Shows all variables of the host except these.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.deny_all().env().deny(&["AWS_SECRET_ACCESS_KEY"]);
    /// virt.compose("../examples/hello.wasm");
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// assert_eq!(report.imports_after, ["wasi:cli/environment@0.2.12"]);
    /// ```
    pub fn deny<S: AsRef<str>>(&mut self, names: &[S]) -> &mut Self {
        self.host = HostNames::Except(strings(names));
        self
    }

    /// Shows all variables and the arguments of the host.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.deny_all().env().allow_all().overrides(&[("MODE", "test")]);
    /// virt.compose("../examples/hello.wasm");
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// assert_eq!(report.imports_after, ["wasi:cli/environment@0.2.12"]);
    /// ```
    pub fn allow_all(&mut self) -> &mut Self {
        (self.host, self.host_args) = (HostNames::All, Access::Allow);
        self
    }

    /// Hides all variables and the arguments of the host.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.deny_all().env().allow_all().deny_all();
    /// virt.compose("../examples/hello.wasm");
    /// assert!(virt.finish_to(std::io::sink()).unwrap().imports_after.is_empty());
    /// ```
    pub fn deny_all(&mut self) -> &mut Self {
        (self.host, self.host_args) = (HostNames::None, Access::Deny);
        self
    }

    /// Adds variables with fixed values. They win over the host's.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.deny_all().env().overrides(&[("SOME", "ENV"), ("VAR", "OVERRIDES")]);
    /// virt.compose("../examples/hello.wasm");
    /// assert!(virt.finish_to(std::io::sink()).unwrap().imports_after.is_empty());
    /// ```
    pub fn overrides<K: AsRef<str>, V: AsRef<str>>(&mut self, values: &[(K, V)]) -> &mut Self {
        let owned = |(name, value): &(K, V)| (name.as_ref().to_owned(), value.as_ref().to_owned());
        self.overrides.extend(values.iter().map(owned));
        self
    }

    /// Shows or hides the host's arguments, if [`args`](Self::args) sets none.
    ///
    /// ```
    /// use wasi_virt::{Access, WasiVirt};
    ///
    /// let mut virt = WasiVirt::new();
    /// virt.deny_all().env().host_args(Access::Allow);
    /// virt.compose("../examples/hello.wasm");
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// assert_eq!(report.imports_after, ["wasi:cli/environment@0.2.12"]);
    /// ```
    pub fn host_args(&mut self, access: Access) -> &mut Self {
        self.host_args = access;
        self
    }

    /// Sets the exact arguments; the first is the program's name by convention.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.deny_all().env().args(&["app", "--verbose"]);
    /// virt.compose("../examples/hello.wasm");
    /// assert!(virt.finish_to(std::io::sink()).unwrap().imports_after.is_empty());
    /// ```
    pub fn args<S: AsRef<str>>(&mut self, args: &[S]) -> &mut Self {
        self.args = strings(args);
        self
    }

    /// Sets the initial working directory.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.env().cwd("/data");
    /// virt.compose("../examples/hello.wasm");
    /// // This component never asks for its working directory.
    /// assert!(virt.finish().unwrap_err().to_string().contains("`env().cwd()`"));
    /// ```
    pub fn cwd(&mut self, path: impl Into<String>) -> &mut Self {
        self.cwd = Some(path.into());
        self
    }
}

fn strings<S: AsRef<str>>(texts: &[S]) -> Vec<String> {
    texts.iter().map(|text| text.as_ref().to_owned()).collect()
}

fn check_name(key: &'static str, name: &str, problems: &mut Vec<Problem>) {
    if name.is_empty() {
        problems.push(wrong(key, name, "is empty; name a variable"));
    }
    if name.contains('=') {
        problems.push(wrong(key, name, "contains `=`; remove it from the name"));
    }
    check_text(key, name, problems);
}

fn check_text(key: &'static str, text: &str, problems: &mut Vec<Problem>) {
    if text.contains('\0') {
        problems.push(wrong(key, text, "contains a NUL character; remove it"));
    }
}

fn wrong(key: &'static str, text: &str, why: &str) -> Problem {
    Problem::new(ProblemKind::Value)
        .asked(Setting::item(key, text))
        .then(format!(" {why}"))
}
