//! The adapter's types are WIT's: the names inside, their order, size and alignment. So are the
//! results that its functions write to memory.

mod wit;

#[path = "../../p2/src/types.rs"]
mod p2;
#[path = "../../p2/src/network/types.rs"]
mod p2_network;
#[path = "../../p3/src/types.rs"]
mod p3;
#[path = "../../p3/src/network/types.rs"]
mod p3_network;

use wasi_virt_adapter_core::abi::{Abi, Describe, Own, Shape, Text};
use wasi_virt_adapter_core::network::{
    DnsErrorPayload, FieldSizePayload, HttpError, IpAddress, IpSocketAddress, Ipv4Address,
    Ipv4SocketAddress, Ipv6Address, Ipv6SocketAddress, Method, Scheme, TlsAlertReceivedPayload,
};
use wasi_virt_adapter_core::types::{
    Advice, DescriptorFlags, MetadataHashValue, OpenFlags, PathFlags,
};
use wit::Version;
use wit_parser::{Resolve, SizeAlign, Type, TypeDefKind};

/// `case-name` for `CaseName`, `field_name`, `FLAG_NAME` and `type_`.
fn kebab(name: &str) -> String {
    let is_flag = !name.contains(|c: char| c.is_ascii_lowercase());
    let mut kebab = String::new();
    for c in name.trim_end_matches('_').chars() {
        if c == '_' {
            kebab.push('-');
        } else {
            if c.is_ascii_uppercase() && !is_flag && !kebab.is_empty() {
                kebab.push('-');
            }
            kebab.push(c.to_ascii_lowercase());
        }
    }
    kebab
}

fn kebabs(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| kebab(name)).collect()
}

struct Wit {
    resolve: Resolve,
    sizes: SizeAlign,
}

impl Wit {
    fn read(version: Version) -> Wit {
        let resolve = version.read();
        let mut sizes = SizeAlign::default();
        sizes.fill(&resolve).expect("the sizes of WASI are known");
        Wit { resolve, sizes }
    }

    fn layout<T: Abi>(&self, ty: &Type, what: &str) {
        let size = self.sizes.size(ty).size_wasm32();
        let align = self.sizes.align(ty).align_wasm32();
        assert_eq!(
            (T::SIZE as usize, T::ALIGN as usize),
            (size, align),
            "{what}"
        );
    }

    fn names<T: Abi + Describe>(&self, interface: &str, name: &str) {
        let id = wit::interface(&self.resolve, interface);
        let id = self.resolve.interfaces[id].types[name];
        self.layout::<T>(&Type::Id(id), name);
        let (theirs, ours): (Vec<_>, _) = match (&self.resolve.types[id].kind, T::SHAPE) {
            (TypeDefKind::Record(record), Shape::Record(ours)) => (
                record.fields.iter().map(|field| &field.name).collect(),
                kebabs(ours),
            ),
            (TypeDefKind::Variant(variant), Shape::Variant(ours)) => (
                variant.cases.iter().map(|case| &case.name).collect(),
                kebabs(ours),
            ),
            (TypeDefKind::Enum(cases), Shape::Enum(ours)) => (
                cases.cases.iter().map(|case| &case.name).collect(),
                kebabs(ours),
            ),
            (TypeDefKind::Flags(flags), Shape::Flags(ours)) => {
                for (bit, (name, number)) in ours.iter().enumerate() {
                    assert_eq!(*number, 1 << bit, "{name}");
                }
                let ours: Vec<_> = ours.iter().map(|(name, _)| *name).collect();
                (
                    flags.flags.iter().map(|flag| &flag.name).collect(),
                    kebabs(&ours),
                )
            }
            (theirs, ours) => panic!("{name}: {theirs:?} {ours:?}"),
        };
        // HTTP writes some words in capitals.
        let theirs = theirs.into_iter().map(|name| name.to_lowercase());
        assert!(theirs.eq(ours.iter().cloned()), "{name}: {ours:?}");
    }

    fn layout_of<T: Abi>(&self, interface: &str, name: &str) {
        let id = wit::interface(&self.resolve, interface);
        let id = self.resolve.interfaces[id].types[name];
        self.layout::<T>(&Type::Id(id), name);
    }

    fn result<T: Abi>(&self, interface: &str, functions: &[&str]) {
        let id = wit::interface(&self.resolve, interface);
        for name in functions {
            let function = &self.resolve.interfaces[id].functions[*name];
            let result = function.result.as_ref().expect("a result");
            self.layout::<T>(result, name);
        }
    }
}

#[test]
fn names_and_layouts_of_all_versions() {
    for version in Version::ALL {
        let wit = Wit::read(version);
        let files = "wasi:filesystem/types";
        wit.names::<Advice>(files, "advice");
        wit.names::<DescriptorFlags>(files, "descriptor-flags");
        wit.names::<PathFlags>(files, "path-flags");
        wit.names::<OpenFlags>(files, "open-flags");
        wit.names::<MetadataHashValue>(files, "metadata-hash-value");
        let http = "wasi:http/types";
        wit.names::<Method>(http, "method");
        wit.names::<Scheme>(http, "scheme");
        wit.names::<HttpError>(http, "error-code");
        wit.names::<DnsErrorPayload>(http, "DNS-error-payload");
        wit.names::<TlsAlertReceivedPayload>(http, "TLS-alert-received-payload");
        wit.names::<FieldSizePayload>(http, "field-size-payload");
        let addresses = match version {
            Version::P2 => "wasi:sockets/network",
            Version::P3 => "wasi:sockets/types",
        };
        wit.names::<IpSocketAddress>(addresses, "ip-socket-address");
        wit.names::<Ipv4SocketAddress>(addresses, "ipv4-socket-address");
        wit.names::<Ipv6SocketAddress>(addresses, "ipv6-socket-address");
        wit.names::<IpAddress>(addresses, "ip-address");
        wit.layout_of::<Ipv4Address>(addresses, "ipv4-address");
        wit.layout_of::<Ipv6Address>(addresses, "ipv6-address");
    }
}

#[test]
fn names_and_layouts_of_0_2() {
    let wit = Wit::read(Version::P2);
    let files = "wasi:filesystem/types";
    wit.names::<p2::ErrorCode>(files, "error-code");
    wit.names::<p2::DescriptorType>(files, "descriptor-type");
    wit.names::<p2::DescriptorStat>(files, "descriptor-stat");
    wit.names::<p2::DirectoryEntry>(files, "directory-entry");
    wit.names::<p2::Datetime>("wasi:clocks/wall-clock", "datetime");
    wit.names::<p2::TimezoneDisplay>("wasi:clocks/timezone", "timezone-display");
    wit.names::<p2::StreamError>("wasi:io/streams", "stream-error");
    wit.names::<p2::ConfigError>("wasi:config/store", "error");
    wit.names::<p2::ConfigError>("wasi:config/runtime", "config-error");
    wit.names::<p2_network::SocketError>("wasi:sockets/network", "error-code");
    wit.names::<p2_network::HeaderError>("wasi:http/types", "header-error");
    wit.names::<p2_network::IncomingDatagram>("wasi:sockets/udp", "incoming-datagram");
}

#[test]
fn names_and_layouts_of_0_3() {
    let wit = Wit::read(Version::P3);
    let files = "wasi:filesystem/types";
    wit.names::<p3::ErrorCode>(files, "error-code");
    wit.names::<p3::DescriptorType>(files, "descriptor-type");
    wit.names::<p3::DescriptorStat>(files, "descriptor-stat");
    wit.names::<p3::DirectoryEntry>(files, "directory-entry");
    wit.names::<p3::Instant>("wasi:clocks/system-clock", "instant");
    wit.names::<p3::CliErrorCode>("wasi:cli/types", "error-code");
    wit.names::<p3_network::SocketError>("wasi:sockets/types", "error-code");
    wit.names::<p3_network::LookupError>("wasi:sockets/ip-name-lookup", "error-code");
}

/// Compares the results of methods of `descriptor`.
macro_rules! files {
    ($wit:ident, $version:ident: $($ty:ty: $($method:literal)+;)+) => {$(
        for method in [$($method),+] {
            let method = format!("[method]descriptor.{method}");
            $wit.result::<$version::FileResult<$ty>>("wasi:filesystem/types", &[&method]);
        }
    )+};
}

/// Those that are the same in all versions.
macro_rules! shared_results {
    ($wit:ident, $version:ident) => {
        files! {
            $wit, $version:
            (): "advise" "sync-data" "set-size" "set-times" "sync" "create-directory-at"
                "set-times-at" "link-at" "remove-directory-at" "rename-at" "symlink-at"
                "unlink-file-at";
            Own: "open-at";
            DescriptorFlags: "get-flags";
            $version::DescriptorType: "get-type";
            $version::DescriptorStat: "stat" "stat-at";
            Text: "readlink-at";
            MetadataHashValue: "metadata-hash" "metadata-hash-at";
        }
        $wit.result::<Vec<(Own, Text)>>("wasi:filesystem/preopens", &["get-directories"]);
        $wit.result::<Vec<(Text, Text)>>("wasi:cli/environment", &["get-environment"]);
        $wit.result::<Vec<Text>>("wasi:cli/environment", &["get-arguments"]);
        $wit.result::<Text>("wasi:random/random", &["get-random-bytes"]);
        $wit.result::<Text>("wasi:random/insecure", &["get-insecure-random-bytes"]);
    };
}

/// The results of functions that network rules check or answer.
#[test]
fn results_of_the_network_in_memory() {
    let wit = Wit::read(Version::P2);
    let checked = ["start-connect", "start-bind", "start-listen"]
        .map(|method| format!("[method]tcp-socket.{method}"));
    for method in &checked {
        wit.result::<p2_network::SocketResult<()>>("wasi:sockets/tcp", &[method]);
    }
    let udp = "wasi:sockets/udp";
    wit.result::<p2_network::SocketResult<()>>(udp, &["[method]udp-socket.start-bind"]);
    wit.result::<p2_network::SocketResult<(Own, Own)>>(udp, &["[method]udp-socket.stream"]);
    let send = "[method]outgoing-datagram-stream.send";
    wit.result::<p2_network::SocketResult<u64>>(udp, &[send]);
    let receive = "[method]incoming-datagram-stream.receive";
    wit.result::<p2_network::SocketResult<Vec<p2_network::IncomingDatagram>>>(udp, &[receive]);
    let lookup = "wasi:sockets/ip-name-lookup";
    let next = "[method]resolve-address-stream.resolve-next-address";
    wit.result::<p2_network::SocketResult<Own>>(lookup, &["resolve-addresses"]);
    wit.result::<p2_network::SocketResult<Option<IpAddress>>>(lookup, &[next]);
    wit.result::<Result<Own, HttpError>>("wasi:http/outgoing-handler", &["handle"]);

    let wit = Wit::read(Version::P3);
    let sockets = "wasi:sockets/types";
    let checked = [
        "tcp-socket.connect",
        "tcp-socket.bind",
        "udp-socket.connect",
        "udp-socket.send",
    ]
    .map(|method| format!("[method]{method}"));
    for method in &checked {
        wit.result::<p3_network::SocketResult<()>>(sockets, &[method]);
    }
    wit.result::<p3_network::SocketResult<u32>>(sockets, &["[method]tcp-socket.listen"]);
    let receive = "[method]udp-socket.receive";
    wit.result::<p3_network::SocketResult<(Text, IpSocketAddress)>>(sockets, &[receive]);
    wit.result::<Result<Vec<IpAddress>, p3_network::LookupError>>(lookup, &["resolve-addresses"]);
    wit.result::<Result<Own, HttpError>>("wasi:http/client", &["send"]);
}

#[test]
fn results_of_0_3_in_memory() {
    let wit = Wit::read(Version::P3);
    shared_results!(wit, p3);
    let streams = [
        "[method]descriptor.read-via-stream",
        "[method]descriptor.read-directory",
    ];
    wit.result::<(Own, Own)>("wasi:filesystem/types", &streams);
    wit.result::<(Own, Own)>("wasi:cli/stdin", &["read-via-stream"]);
    wit.result::<Option<Text>>("wasi:cli/environment", &["get-initial-cwd"]);
    wit.result::<p3::Instant>("wasi:clocks/system-clock", &["now"]);
    let zone = "wasi:clocks/timezone";
    wit.result::<Option<Text>>(zone, &["iana-id"]);
    wit.result::<Option<i64>>(zone, &["utc-offset"]);
    wit.result::<Text>(zone, &["to-debug-string"]);
    wit.result::<(u64, u64)>("wasi:random/insecure-seed", &["get-insecure-seed"]);
}

#[test]
fn results_of_0_2_in_memory() {
    let wit = Wit::read(Version::P2);
    shared_results!(wit, p2);
    files! {
        wit, p2:
        Own: "read-via-stream" "write-via-stream" "append-via-stream" "read-directory";
        (Text, bool): "read";
        u64: "write";
    }
    let interface = "wasi:filesystem/types";
    let entry = "[method]directory-entry-stream.read-directory-entry";
    wit.result::<p2::FileResult<Option<p2::DirectoryEntry>>>(interface, &[entry]);
    wit.result::<Option<p2::ErrorCode>>(interface, &["filesystem-error-code"]);

    let interface = "wasi:io/streams";
    let [input, output] = ["input", "output"]
        .map(|which| move |method: &str| format!("[method]{which}-stream.{method}"));
    for method in ["read", "blocking-read"] {
        wit.result::<p2::StreamResult<Text>>(interface, &[&input(method)]);
    }
    for method in ["skip", "blocking-skip"] {
        wit.result::<p2::StreamResult<u64>>(interface, &[&input(method)]);
    }
    for method in ["check-write", "splice", "blocking-splice"] {
        wit.result::<p2::StreamResult<u64>>(interface, &[&output(method)]);
    }
    for method in [
        "write",
        "blocking-write-and-flush",
        "flush",
        "blocking-flush",
        "write-zeroes",
        "blocking-write-zeroes-and-flush",
    ] {
        wit.result::<p2::StreamResult<()>>(interface, &[&output(method)]);
    }
    wit.result::<Text>("wasi:io/error", &["[method]error.to-debug-string"]);
    wit.result::<Vec<u32>>("wasi:io/poll", &["poll"]);

    wit.result::<Option<Text>>("wasi:cli/environment", &["initial-cwd"]);
    wit.result::<p2::Datetime>("wasi:clocks/wall-clock", &["now", "resolution"]);
    wit.result::<p2::TimezoneDisplay>("wasi:clocks/timezone", &["display"]);
    wit.result::<(u64, u64)>("wasi:random/insecure-seed", &["insecure-seed"]);
    for interface in ["wasi:config/store", "wasi:config/runtime"] {
        wit.result::<Result<Option<Text>, p2::ConfigError>>(interface, &["get"]);
        wit.result::<Result<Vec<(Text, Text)>, p2::ConfigError>>(interface, &["get-all"]);
    }
}
