//! The record: a custom section of the artifact that says what was done to it, for auditors. It
//! holds names, counts and modes, never a value, a path of the build machine or a time. Anybody can
//! write such a section: what is read here is a claim, and nothing may be decided by it.

use crate::error::{Error, Result, Stage};
use crate::policy::{
    Access, Clocks, DebugLog, DenyMode, FileMode, HostNames, NetworkRules, Policy, Random,
    StdioMode,
};
use crate::report::Action;
use crate::wasm::sections::{COMPONENT_SECTION, CUSTOM_SECTION, sections};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wasm_encoder::{CustomSection, Section};
use wasmparser::{BinaryReader, CustomSectionReader, Encoding, Parser, Payload};

/// The name of the custom section.
const SECTION: &str = "wasi-virt";

/// A larger section is not read.
const LIMIT: usize = 1 << 20;

/// What an artifact says was done to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Record {
    /// The version of wasi-virt.
    pub wasi_virt: String,
    /// What was done to each import, by name.
    pub imports: BTreeMap<String, Action>,
    /// Names of the variables with fixed values.
    pub env: Vec<String>,
    /// Which of the host's variables stay visible.
    pub host_env: HostNames,
    /// The number of fixed arguments.
    pub args: u64,
    /// Whether the host's arguments stay visible.
    pub host_args: Access,
    /// Whether the working directory is fixed.
    pub cwd: bool,
    /// Standard input.
    pub stdin: StdioMode,
    /// Standard output.
    pub stdout: StdioMode,
    /// Standard error.
    pub stderr: StdioMode,
    /// What is embedded.
    pub mounts: Vec<RecordedMount>,
    /// Directories that are empty when the artifact starts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tmpfs: Vec<RecordedTmpfs>,
    /// Directories of the host that are seen under other names.
    pub preopens: Vec<RecordedPreopen>,
    /// The virtual clock, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<RecordedClock>,
    /// Whether random numbers come from a seed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub seed: bool,
    /// Names of the configuration properties with fixed values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub config: Vec<String>,
    /// Which of the host's properties stay visible.
    #[serde(skip_serializing_if = "is_none")]
    pub host_config: HostNames,
    /// The rules for the network.
    #[serde(skip_serializing_if = "NetworkRules::is_empty")]
    pub network: NetworkRules,
    /// How a denied function answers.
    pub deny: DenyMode,
    /// Whether imports outside WASI were closed.
    pub deny_other: bool,
    /// Whether calls are logged to the host's standard error.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub debug: bool,
    /// The layer of the artifact's virtual handles: 1, and one more each time that an artifact is
    /// virtualized again. 0 where there are none.
    #[serde(skip_serializing_if = "is_zero")]
    pub layer: u32,
}

/// A virtual clock in a [`Record`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordedClock {
    /// One that stands still.
    Fixed,
    /// One that goes on.
    Start,
}

/// One mount in a [`Record`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct RecordedMount {
    /// The guest path.
    pub guest: String,
    /// Embedded files.
    pub files: u64,
    /// Directories.
    pub directories: u64,
    /// Symbolic links.
    pub symlinks: u64,
    /// Host files and directories, opened when the artifact runs.
    pub host: u64,
    /// Bytes of the embedded files.
    pub bytes: u64,
    /// Whether the component may change it, in memory.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub writable: bool,
}

/// One tmpfs in a [`Record`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct RecordedTmpfs {
    /// The guest path.
    pub guest: String,
}

/// One preopen in a [`Record`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct RecordedPreopen {
    /// The guest path.
    pub guest: String,
    /// Whether the component may change it.
    pub mode: FileMode,
}

/// A record that was found in a component. It may be forged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Claim {
    /// How many components surround the one it was found in.
    pub depth: u32,
    /// What it says.
    #[serde(flatten)]
    pub content: ClaimContent,
}

/// What a [`Claim`] says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimContent {
    /// A record.
    Record(Box<Record>),
    /// Something else, and why it is not a record.
    Unreadable(String),
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn is_none(host: &HostNames) -> bool {
    *host == HostNames::None
}

impl Record {
    /// The record of a run.
    pub(crate) fn new(
        policy: &Policy,
        mounts: Vec<RecordedMount>,
        actions: &[(String, Action)],
        layer: u32,
    ) -> Self {
        Record {
            wasi_virt: env!("CARGO_PKG_VERSION").to_string(),
            imports: actions.iter().cloned().collect(),
            env: policy.env.iter().map(|(name, _)| name.clone()).collect(),
            host_env: policy.host_env.clone(),
            args: policy.args.len() as u64,
            host_args: policy.host_args,
            cwd: policy.cwd.is_some(),
            stdin: policy.stdin,
            stdout: policy.stdout,
            stderr: policy.stderr,
            mounts,
            tmpfs: policy
                .tmpfs
                .iter()
                .map(|tmpfs| RecordedTmpfs {
                    guest: tmpfs.guest.clone(),
                })
                .collect(),
            preopens: policy
                .preopens
                .iter()
                .map(|preopen| RecordedPreopen {
                    guest: preopen.guest.clone(),
                    mode: preopen.mode,
                })
                .collect(),
            clock: match policy.clocks {
                Clocks::Deny | Clocks::Allow => None,
                Clocks::Fixed(_) => Some(RecordedClock::Fixed),
                Clocks::Start(_) => Some(RecordedClock::Start),
            },
            seed: matches!(policy.random, Random::Seed(_)),
            config: policy.config.iter().map(|(name, _)| name.clone()).collect(),
            host_config: policy.host_config.clone(),
            network: policy.network_rules(),
            deny: policy.deny_mode,
            deny_other: policy.deny_other,
            debug: policy.debug != DebugLog::Off,
            layer,
        }
    }

    /// The custom section, to be appended to the artifact.
    pub(crate) fn section(&self) -> Vec<u8> {
        let json = serde_json::to_vec(self).expect("a record holds only texts, numbers and lists");
        let custom = CustomSection {
            name: SECTION.into(),
            data: json.into(),
        };
        let mut section = Vec::new();
        custom.append_to(&mut section);
        section
    }
}

/// The highest layer that the records of a validated component and of those nested in it name.
/// Anybody can write one: with a wrong layer, a program takes handles of two adapters for each
/// other's, and harms only itself.
pub(crate) fn layer(component: &[u8]) -> Result<u32> {
    let mut layer = 0;
    for section in sections(component)? {
        if section.id == COMPONENT_SECTION {
            layer = layer.max(self::layer(&component[section.contents.clone()])?);
        }
        if section.id != CUSTOM_SECTION {
            continue;
        }
        let contents = BinaryReader::new(&component[section.contents], 0);
        let custom = CustomSectionReader::new(contents)
            .map_err(|error| Error::internal(Stage::Inspect, error))?;
        if custom.name() != SECTION {
            continue;
        }
        if let ClaimContent::Record(record) = content(custom.data()) {
            layer = layer.max(record.layer);
        }
    }
    Ok(layer)
}

/// Every record in a validated component and the components inside of it, the outermost last.
pub(crate) fn claims(component: &[u8]) -> Vec<Claim> {
    let mut around: Vec<Encoding> = Vec::new();
    let mut claims = Vec::new();
    for payload in Parser::new(0)
        .parse_all(component)
        .map_while(std::result::Result::ok)
    {
        match payload {
            Payload::Version { encoding, .. } => around.push(encoding),
            Payload::End(_) => {
                around.pop();
            }
            Payload::CustomSection(section)
                if section.name() == SECTION && around.last() == Some(&Encoding::Component) =>
            {
                claims.push(Claim {
                    depth: around.len() as u32 - 1,
                    content: content(section.data()),
                });
            }
            _ => {}
        }
    }
    claims
}

fn content(data: &[u8]) -> ClaimContent {
    if data.len() > LIMIT {
        return ClaimContent::Unreadable(format!(
            "{} bytes, more than the {LIMIT} that are read",
            data.len()
        ));
    }
    // serde would take a list for the object's values.
    if !data.trim_ascii_start().starts_with(b"{") {
        return ClaimContent::Unreadable(format!("{} bytes that are no JSON object", data.len()));
    }
    match serde_json::from_slice(data) {
        Ok(record) => ClaimContent::Record(Box::new(record)),
        // The error's own text would repeat what was found.
        Err(error) => ClaimContent::Unreadable(format!(
            "{} bytes that are not a record this release can read (at byte {})",
            data.len(),
            error.column()
        )),
    }
}

#[cfg(test)]
mod tests;
