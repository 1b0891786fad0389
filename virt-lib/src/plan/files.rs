//! What there is besides what the host has. This module must never know where files are.

use super::network::Network;

/// What there is besides what the host has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Files {
    /// Something is mounted.
    pub mounted: bool,
    /// The adapter serves the filesystem.
    pub served: bool,
    /// Some of what it serves is the host's.
    pub host: bool,
    /// The adapter keeps host descriptors to itself.
    pub hidden: bool,
    /// Some of what it serves may be changed in memory.
    pub writable: bool,
    /// Something is a tmpfs.
    pub tmpfs: bool,
    /// What rules say of the host's network.
    pub network: Network,
}
