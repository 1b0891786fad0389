//! The writing half, for the engine: [`Config`] to bytes. The same configuration must always give
//! the same bytes.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use zerocopy::{Immutable, IntoBytes};

use crate::read::{Clock, NodeId, Now};
use crate::records::{Extension, Footer, Header, Layer, Pair, Record, Span, Stdio};

/// Everything that the engine gives the adapter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Variables with fixed values; of several with one name the last holds, in the first's place.
    pub env: Vec<(String, String)>,
    /// Which of the host's variables are visible besides.
    pub host_env: HostEnv,
    /// Whether the host's arguments are visible when `args` is empty.
    pub host_args: bool,
    /// The fixed arguments.
    pub args: Vec<String>,
    /// The current directory.
    pub cwd: Cwd,
    /// Standard input.
    pub stdin: Stdio,
    /// Standard output.
    pub stdout: Stdio,
    /// Standard error.
    pub stderr: Stdio,
    /// The timestamp of every node, in seconds since 1970.
    pub mtime_seconds: u64,
    /// The preopened directories, in order: guest path and what is there, a directory or one of
    /// the host's.
    pub preopens: Vec<(String, Node)>,
    /// Whether the host's own preopened directories are visible besides.
    pub host_preopens: bool,
    /// The virtual clock, if there is one.
    pub clock: Option<Clock>,
    /// What the virtual random numbers come from, if they are virtual.
    pub seed: Option<u64>,
    /// Configuration properties with fixed values; of several with one name the last holds.
    pub config: Vec<(String, String)>,
    /// Which of the host's properties are visible besides.
    pub host_config: HostEnv,
    /// The rules for the network, encoded; empty without any.
    pub rules: Vec<u8>,
    /// The mounts, where any may be changed; else none.
    pub mounts: Vec<Mount>,
    /// With `mounts`: the most bytes that may be stored in all of them together.
    pub bytes: u64,
    /// With `mounts`: the most nodes that may be made in all of them together.
    pub nodes: u64,
    /// With `mounts`: where the time of a change comes from.
    pub now: Now,
}

/// A mount: what is below its path, down to the paths of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Position of the preopened directory that it is in.
    pub preopen: usize,
    /// The names that lead to it from there.
    pub names: Vec<String>,
    /// Whether it may be changed.
    pub writable: bool,
    /// The most bytes that may be stored in it.
    pub bytes: u64,
    /// The most nodes that may be made in it.
    pub nodes: u64,
}

/// Which of the host's environment variables, or configuration properties, are visible.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum HostEnv {
    /// None.
    #[default]
    None,
    /// All.
    All,
    /// Those named.
    Only(Vec<String>),
    /// Those not named.
    Except(Vec<String>),
}

/// The answer to `initial-cwd`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cwd {
    /// There is none.
    #[default]
    None,
    /// The host's.
    Host,
    /// This path.
    Fixed(String),
}

/// A directory: its children by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dir(pub BTreeMap<String, Node>);

/// A node of the file tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A directory.
    Dir(Dir),
    /// A regular file.
    File {
        /// Where its contents start in the payload.
        offset: u64,
        /// Its size in bytes.
        size: u64,
    },
    /// A symbolic link and its text.
    Symlink(String),
    /// Something of the host.
    Host {
        /// Its path, as the host's preopens name it.
        path: String,
        /// Whether it is a directory.
        directory: bool,
        /// Whether it must not be changed.
        read_only: bool,
    },
}

/// Writes a configuration as a blob.
///
/// # Panics
///
/// When the blob would pass 4 GiB, the limit of the memory it is for, or a mount is at no node.
pub fn encode(config: &Config) -> Vec<u8> {
    let extended = config.clock.is_some()
        || config.seed.is_some()
        || !config.config.is_empty()
        || !config.rules.is_empty()
        || config.host_config != HostEnv::None;
    let mut blob = Blob::new(extended);

    let (nodes, roots) = flatten(&config.preopens, &mut blob);
    let preopens: Vec<Pair> = config
        .preopens
        .iter()
        .zip(roots)
        .map(|((path, _), root)| Pair {
            name: blob.text(path),
            value: Span {
                offset: root.into(),
                count: 0.into(),
            },
        })
        .collect();
    let env = blob.pairs(&config.env);
    let properties = blob.pairs(&config.config);
    let args: Vec<Span> = config.args.iter().map(|arg| blob.text(arg)).collect();
    let (host_env, host_env_names) = blob.visible(&config.host_env);
    let (host_config, host_config_names) = blob.visible(&config.host_config);
    let (cwd_kind, cwd) = match &config.cwd {
        Cwd::None => (Header::CWD_NONE, Span::default()),
        Cwd::Host => (Header::CWD_HOST, Span::default()),
        Cwd::Fixed(path) => (Header::CWD_FIXED, blob.text(path)),
    };

    blob.align();
    let header = Header {
        nodes: blob.table(&nodes),
        preopens: blob.table(&preopens),
        env: blob.table(&env),
        args: blob.table(&args),
        host_env_names: blob.table(&host_env_names),
        cwd,
        mtime_seconds: config.mtime_seconds.into(),
        host_env,
        host_args: config.host_args.into(),
        cwd_kind,
        stdin: config.stdin as u8,
        stdout: config.stdout as u8,
        stderr: config.stderr as u8,
        host_preopens: config.host_preopens.into(),
        extended: extended.into(),
    };
    let clock = config.clock.unwrap_or(Clock {
        seconds: 0,
        nanoseconds: 0,
        stands: false,
    });
    let extension = Extension {
        config: blob.table(&properties),
        host_config_names: blob.table(&host_config_names),
        rules: blob.table(&config.rules),
        clock_seconds: clock.seconds.into(),
        seed: config.seed.unwrap_or_default().into(),
        clock_nanoseconds: clock.nanoseconds.into(),
        host_config,
        clock_stands: clock.stands.into(),
        reserved: [0; 2],
    };
    // The module that has rules for the network is the one that looks for layers.
    if !config.mounts.is_empty() || !config.rules.is_empty() {
        let layers = layers(config, &nodes);
        let footer = Footer {
            layers: blob.table(&layers),
            bytes: config.bytes.into(),
            nodes: config.nodes.into(),
            host_nodes: nodes.iter().any(is_host).into(),
            now: match config.now {
                Now::Fixed => Footer::NOW_FIXED,
                Now::Virtual => Footer::NOW_VIRTUAL,
                Now::Host => Footer::NOW_HOST,
            },
            reserved: [0; 2],
        };
        blob.bytes.extend_from_slice(footer.as_bytes());
    }
    blob.finish(&header, extended.then_some(&extension))
}

fn is_host(record: &Record) -> bool {
    matches!(
        record.kind.get() & !Record::READ_ONLY,
        Record::HOST_FILE | Record::HOST_DIRECTORY
    )
}

/// The mounts with the nodes that they are at.
fn layers(config: &Config, nodes: &[Record]) -> Vec<Layer> {
    let layer = |mount: &Mount| {
        let mut node = mount.preopen;
        let mut at = &config.preopens[node].1;
        for name in &mount.names {
            let Node::Dir(Dir(children)) = at else {
                panic!("a mount below a directory")
            };
            let position = children.keys().position(|known| known == name);
            node = nodes[node].start.get() as usize + position.expect("a mount at a node");
            at = &children[name];
        }
        Layer {
            root: small(node).into(),
            writable: u32::from(mount.writable).into(),
            bytes: mount.bytes.into(),
            nodes: mount.nodes.into(),
        }
    };
    config.mounts.iter().map(layer).collect()
}

/// The blob being written: the places of the header and its extension, then strings, then tables.
struct Blob<'a> {
    bytes: Vec<u8>,
    texts: BTreeMap<&'a str, Span>,
}

impl<'a> Blob<'a> {
    fn new(extended: bool) -> Self {
        let extension = if extended { size_of::<Extension>() } else { 0 };
        Blob {
            bytes: vec![0; size_of::<Header>() + extension],
            texts: BTreeMap::new(),
        }
    }

    /// Adds a string, or finds it among those already added.
    fn text(&mut self, text: &'a str) -> Span {
        let bytes = &mut self.bytes;
        *self
            .texts
            .entry(text)
            .or_insert_with(|| append(bytes, text.as_bytes(), text.len()))
    }

    /// Names and values, each name once.
    fn pairs(&mut self, pairs: &'a [(String, String)]) -> Vec<Pair> {
        last_of_each_name(pairs)
            .into_iter()
            .map(|(name, value)| Pair {
                name: self.text(name),
                value: self.text(value),
            })
            .collect()
    }

    /// What is visible of the host, and the names that it is about.
    fn visible(&mut self, host: &'a HostEnv) -> (u8, Vec<Span>) {
        let (kind, names) = match host {
            HostEnv::None => (Header::HOST_ENV_NONE, &[][..]),
            HostEnv::All => (Header::HOST_ENV_ALL, &[][..]),
            HostEnv::Only(names) => (Header::HOST_ENV_ONLY, &names[..]),
            HostEnv::Except(names) => (Header::HOST_ENV_EXCEPT, &names[..]),
        };
        (kind, names.iter().map(|name| self.text(name)).collect())
    }

    fn table<T: IntoBytes + Immutable>(&mut self, rows: &[T]) -> Span {
        append(&mut self.bytes, rows.as_bytes(), rows.len())
    }

    /// Records need no alignment, but are read faster with it.
    fn align(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
    }

    fn finish(mut self, header: &Header, extension: Option<&Extension>) -> Vec<u8> {
        let (start, rest) = self.bytes.split_at_mut(size_of::<Header>());
        start.copy_from_slice(header.as_bytes());
        if let Some(extension) = extension {
            rest[..size_of::<Extension>()].copy_from_slice(extension.as_bytes());
        }
        self.bytes
    }
}

fn append(blob: &mut Vec<u8>, bytes: &[u8], count: usize) -> Span {
    let span = Span {
        offset: small(blob.len()).into(),
        count: small(count).into(),
    };
    blob.extend_from_slice(bytes);
    span
}

fn small(number: usize) -> u32 {
    u32::try_from(number).expect("a configuration below 4 GiB")
}

/// Each name with its last value, in the place of its first.
fn last_of_each_name(env: &[(String, String)]) -> Vec<(&str, &str)> {
    let mut kept: Vec<(&str, &str)> = Vec::new();
    let mut places = BTreeMap::new();
    for (name, value) in env {
        match places.get(name.as_str()) {
            Some(&place) => {
                let (_, kept_value): &mut (&str, &str) = &mut kept[place];
                *kept_value = value;
            }
            None => {
                places.insert(name.as_str(), kept.len());
                kept.push((name, value));
            }
        }
    }
    kept
}

/// Lays the trees out level by level, which makes the children of each directory contiguous; the
/// map keeps them sorted by their UTF-8 bytes. Returns the nodes and the root of each tree.
fn flatten<'a>(
    trees: &'a [(String, Node)],
    blob: &mut Blob<'a>,
) -> (Vec<Record>, core::ops::Range<NodeId>) {
    let mut nodes = Vec::new();
    let mut pending = VecDeque::new();
    for (root, (_, tree)) in (0..).zip(trees) {
        nodes.push(record(tree, blob, Span::default(), root));
        pending.push_back((root, tree));
    }
    while let Some((id, node)) = pending.pop_front() {
        let Node::Dir(Dir(children)) = node else {
            continue;
        };
        nodes[id as usize].start = u64::from(small(nodes.len())).into();
        nodes[id as usize].size = u64::from(small(children.len())).into();
        for (name, child) in children {
            pending.push_back((small(nodes.len()), child));
            let name = blob.text(name);
            nodes.push(record(child, blob, name, id));
        }
    }
    (nodes, 0..small(trees.len()))
}

/// The record of a node; a directory's children are filled in when they are laid out.
fn record<'a>(node: &'a Node, blob: &mut Blob<'a>, name: Span, parent: NodeId) -> Record {
    let text = |span: Span| (u64::from(span.offset), u64::from(span.count));
    let (kind, (start, size)) = match node {
        Node::Dir(_) => (Record::DIRECTORY, (0, 0)),
        Node::File { offset, size } => (Record::FILE, (*offset, *size)),
        Node::Symlink(target) => (Record::SYMLINK, text(blob.text(target))),
        Node::Host {
            path,
            directory,
            read_only,
        } => {
            let kind = if *directory {
                Record::HOST_DIRECTORY
            } else {
                Record::HOST_FILE
            };
            let mode = if *read_only { Record::READ_ONLY } else { 0 };
            (kind | mode, text(blob.text(path)))
        }
    };
    Record {
        name,
        parent: parent.into(),
        kind: kind.into(),
        start: start.into(),
        size: size.into(),
    }
}
