//! The reading half, for the adapter: small, and total. Whatever the bytes, it must answer and
//! never panic; strings come as bytes, because checking them again would cost code.

use zerocopy::FromBytes;

use crate::records::{Extension, Footer, Header, Layer, Pair, Record, Span, Stdio};

/// A node's position in the tree's table.
pub type NodeId = u32;

/// Which of the host's environment variables, or configuration properties, are visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostEnv {
    /// None.
    None,
    /// All.
    All,
    /// Those for which [`View::is_named_in_host_env`] holds, or [`View::is_named_in_host_config`].
    Only,
    /// Those for which it does not.
    Except,
}

impl HostEnv {
    fn from_byte(byte: u8) -> Self {
        match byte {
            Header::HOST_ENV_ALL => HostEnv::All,
            Header::HOST_ENV_ONLY => HostEnv::Only,
            Header::HOST_ENV_EXCEPT => HostEnv::Except,
            _ => HostEnv::None,
        }
    }
}

/// A virtual clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Where it starts: seconds since 1970.
    pub seconds: u64,
    /// Where it starts: nanoseconds into the second.
    pub nanoseconds: u32,
    /// Whether it stays there.
    pub stands: bool,
}

/// Where the time of a change comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Now {
    /// There is no clock: every change happens when the files are from.
    #[default]
    Fixed,
    /// The virtual clock.
    Virtual,
    /// The host's.
    Host,
}

/// A mount that is a layer of its own: what is below its root, down to the roots of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The node it is mounted at.
    pub root: NodeId,
    /// Whether it may be changed.
    pub writable: bool,
    /// The most bytes that may be stored in it.
    pub bytes: u64,
    /// The most nodes that may be made in it.
    pub nodes: u64,
}

/// The answer to `initial-cwd`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cwd<'a> {
    /// There is none.
    None,
    /// The host's.
    Host,
    /// This path.
    Fixed(&'a [u8]),
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node<'a> {
    /// A directory, whose children are the nodes from `first` on.
    Directory {
        /// The first child.
        first: NodeId,
        /// How many children there are.
        count: u32,
    },
    /// A regular file.
    File {
        /// Where its contents start in the payload.
        offset: u64,
        /// Its size in bytes.
        size: u64,
    },
    /// A symbolic link.
    Symlink {
        /// Its text.
        target: &'a [u8],
    },
    /// Something of the host, found there when it is used.
    Host {
        /// Its path, as the host's preopens name it.
        path: &'a [u8],
        /// Whether it is a directory; otherwise it is a file.
        directory: bool,
        /// Whether it must not be changed.
        read_only: bool,
    },
}

/// A configuration blob, read in place.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    blob: &'a [u8],
}

impl<'a> View<'a> {
    /// Reads `blob` as the writing half makes it.
    pub fn new(blob: &'a [u8]) -> Self {
        View { blob }
    }

    fn header(self) -> &'a Header {
        Header::ref_from_prefix(self.blob).map_or(&Header::EMPTY, |(header, _)| header)
    }

    fn extension(self) -> &'a Extension {
        if self.header().extended == 0 {
            return &Extension::EMPTY;
        }
        self.blob
            .get(size_of::<Header>()..)
            .and_then(|rest| Extension::ref_from_prefix(rest).ok())
            .map_or(&Extension::EMPTY, |(extension, _)| extension)
    }

    fn bytes(self, offset: usize, len: usize) -> &'a [u8] {
        self.blob
            .get(offset..)
            .and_then(|rest| rest.get(..len))
            .unwrap_or(&[])
    }

    fn text(self, span: Span) -> &'a [u8] {
        self.bytes(span.offset.get() as usize, span.count.get() as usize)
    }

    fn pairs(self, span: Span) -> &'a [Pair] {
        let len = (span.count.get() as usize).saturating_mul(size_of::<Pair>());
        <[Pair]>::ref_from_bytes(self.bytes(span.offset.get() as usize, len)).unwrap_or(&[])
    }

    fn texts(self, span: Span) -> impl ExactSizeIterator<Item = &'a [u8]> {
        let len = (span.count.get() as usize).saturating_mul(size_of::<Span>());
        let spans = <[Span]>::ref_from_bytes(self.bytes(span.offset.get() as usize, len));
        spans
            .unwrap_or(&[])
            .iter()
            .map(move |span| self.text(*span))
    }

    /// The environment variables with fixed values, each name once.
    pub fn env(self) -> impl ExactSizeIterator<Item = (&'a [u8], &'a [u8])> {
        let pairs = self.pairs(self.header().env);
        pairs
            .iter()
            .map(move |pair| (self.text(pair.name), self.text(pair.value)))
    }

    /// Which of the host's variables are visible.
    pub fn host_env(self) -> HostEnv {
        HostEnv::from_byte(self.header().host_env)
    }

    /// The rules for the network, encoded; empty without any.
    pub fn rules(self) -> &'a [u8] {
        self.text(self.extension().rules)
    }

    /// Whether [`View::host_env`] names this variable.
    pub fn is_named_in_host_env(self, name: &[u8]) -> bool {
        self.texts(self.header().host_env_names)
            .any(|named| named == name)
    }

    /// The fixed arguments; none means the host's where [`View::host_args`] says so.
    pub fn args(self) -> impl ExactSizeIterator<Item = &'a [u8]> {
        self.texts(self.header().args)
    }

    /// Whether the host's arguments are visible.
    pub fn host_args(self) -> bool {
        self.header().host_args != 0
    }

    /// The current directory.
    pub fn cwd(self) -> Cwd<'a> {
        let header = self.header();
        match header.cwd_kind {
            Header::CWD_HOST => Cwd::Host,
            Header::CWD_FIXED => Cwd::Fixed(self.text(header.cwd)),
            _ => Cwd::None,
        }
    }

    /// What standard input does.
    pub fn stdin(self) -> Stdio {
        Stdio::from_byte(self.header().stdin)
    }

    /// What standard output does.
    pub fn stdout(self) -> Stdio {
        Stdio::from_byte(self.header().stdout)
    }

    /// What standard error does.
    pub fn stderr(self) -> Stdio {
        Stdio::from_byte(self.header().stderr)
    }

    /// The timestamp of every node, in seconds since 1970.
    pub fn mtime_seconds(self) -> u64 {
        self.header().mtime_seconds.get()
    }

    /// The preopened directories: guest path and root.
    pub fn preopens(self) -> impl ExactSizeIterator<Item = (&'a [u8], NodeId)> {
        let pairs = self.pairs(self.header().preopens);
        pairs
            .iter()
            .map(move |pair| (self.text(pair.name), pair.value.offset.get()))
    }

    /// Whether the host's own preopened directories are visible besides.
    pub fn host_preopens(self) -> bool {
        self.header().host_preopens != 0
    }

    /// The virtual clock. Whether there is one, the plan says; 1970 where nothing was written.
    pub fn clock(self) -> Clock {
        let extension = self.extension();
        Clock {
            seconds: extension.clock_seconds.get(),
            nanoseconds: extension.clock_nanoseconds.get(),
            stands: extension.clock_stands != 0,
        }
    }

    /// What the virtual random numbers come from. Whether there are any, the plan says.
    pub fn seed(self) -> u64 {
        self.extension().seed.get()
    }

    /// The configuration properties with fixed values, each name once.
    pub fn config(self) -> impl ExactSizeIterator<Item = (&'a [u8], &'a [u8])> {
        let pairs = self.pairs(self.extension().config);
        pairs
            .iter()
            .map(move |pair| (self.text(pair.name), self.text(pair.value)))
    }

    /// Which of the host's properties are visible.
    pub fn host_config(self) -> HostEnv {
        HostEnv::from_byte(self.extension().host_config)
    }

    /// Whether [`View::host_config`] names this property.
    pub fn is_named_in_host_config(self, name: &[u8]) -> bool {
        self.texts(self.extension().host_config_names)
            .any(|named| named == name)
    }

    fn footer(self) -> Footer {
        Footer::read_from_suffix(self.blob).map_or(Footer::default(), |(_, footer)| footer)
    }

    /// The mounts that are layers of their own. Only of a configuration written with any.
    pub fn mounts(self) -> impl ExactSizeIterator<Item = Mount> {
        let span = self.footer().layers;
        let len = (span.count.get() as usize).saturating_mul(size_of::<Layer>());
        let layers = <[Layer]>::ref_from_bytes(self.bytes(span.offset.get() as usize, len));
        layers.unwrap_or(&[]).iter().map(|layer| Mount {
            root: layer.root.get(),
            writable: layer.writable.get() != 0,
            bytes: layer.bytes.get(),
            nodes: layer.nodes.get(),
        })
    }

    /// The most bytes that may be stored in all mounts together, and the most nodes that may be
    /// made. Only of a configuration written with layers.
    pub fn limits(self) -> (u64, u64) {
        let footer = self.footer();
        (footer.bytes.get(), footer.nodes.get())
    }

    /// Whether anything in the tree is the host's. Only of a configuration written with layers.
    pub fn has_host_nodes(self) -> bool {
        self.footer().host_nodes != 0
    }

    /// Where the time of a change comes from. Only of a configuration written with layers.
    pub fn now(self) -> Now {
        match self.footer().now {
            Footer::NOW_VIRTUAL => Now::Virtual,
            Footer::NOW_HOST => Now::Host,
            _ => Now::Fixed,
        }
    }

    /// How many nodes there are.
    pub fn node_count(self) -> u32 {
        self.header().nodes.count.get()
    }

    fn record(self, node: NodeId) -> &'a Record {
        let nodes = self.header().nodes;
        let offset = (node as usize).saturating_mul(size_of::<Record>());
        let offset = offset.saturating_add(nodes.offset.get() as usize);
        match self.blob.get(offset..) {
            Some(rest) if node < nodes.count.get() => {
                Record::ref_from_prefix(rest).map_or(&Record::EMPTY, |(record, _)| record)
            }
            _ => &Record::EMPTY,
        }
    }

    /// What `node` is; an empty directory when there is no such node.
    pub fn node(self, node: NodeId) -> Node<'a> {
        let record = self.record(node);
        let (start, size) = (record.start.get(), record.size.get());
        match record.kind.get() {
            Record::FILE => Node::File {
                offset: start,
                size,
            },
            Record::SYMLINK => Node::Symlink {
                target: self.bytes(start as usize, size as usize),
            },
            kind if matches!(
                kind & !Record::READ_ONLY,
                Record::HOST_FILE | Record::HOST_DIRECTORY
            ) =>
            {
                Node::Host {
                    path: self.bytes(start as usize, size as usize),
                    directory: kind & !Record::READ_ONLY == Record::HOST_DIRECTORY,
                    read_only: kind & Record::READ_ONLY != 0,
                }
            }
            _ => Node::Directory {
                first: start as u32,
                count: size as u32,
            },
        }
    }

    /// The last component of a node's path; empty for a root.
    pub fn name(self, node: NodeId) -> &'a [u8] {
        self.text(self.record(node).name)
    }

    /// The directory a node is in; a root is in itself.
    pub fn parent(self, node: NodeId) -> NodeId {
        self.record(node).parent.get()
    }

    /// Finds a child of a directory by its name.
    pub fn child(self, directory: NodeId, name: &[u8]) -> Option<NodeId> {
        let Node::Directory { first, count } = self.node(directory) else {
            return None;
        };
        let (mut low, mut high) = (first, first.saturating_add(count));
        while low < high {
            let middle = low + (high - low) / 2;
            match self.name(middle).cmp(name) {
                core::cmp::Ordering::Less => low = middle + 1,
                core::cmp::Ordering::Equal => return Some(middle),
                core::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }
}
