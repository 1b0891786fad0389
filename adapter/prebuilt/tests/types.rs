//! The adapter's types are WIT's: the names inside, their order, size and alignment. So are the
//! results that its functions write to memory.

mod wit;

#[path = "../../p2/src/types.rs"]
mod types;

use types::*;
use wasi_virt_adapter_core::abi::{Abi, Describe, Own, Shape, Text};
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
    fn read() -> Wit {
        let resolve = wit::read();
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
        assert!(theirs.into_iter().eq(&ours), "{name}: {ours:?}");
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
fn names_and_layouts() {
    let wit = Wit::read();
    let files = "wasi:filesystem/types";
    wit.names::<ErrorCode>(files, "error-code");
    wit.names::<DescriptorType>(files, "descriptor-type");
    wit.names::<Advice>(files, "advice");
    wit.names::<DescriptorFlags>(files, "descriptor-flags");
    wit.names::<PathFlags>(files, "path-flags");
    wit.names::<OpenFlags>(files, "open-flags");
    wit.names::<DescriptorStat>(files, "descriptor-stat");
    wit.names::<DirectoryEntry>(files, "directory-entry");
    wit.names::<MetadataHashValue>(files, "metadata-hash-value");
    wit.names::<Datetime>("wasi:clocks/wall-clock", "datetime");
    wit.names::<StreamError>("wasi:io/streams", "stream-error");
    wit.names::<ConfigError>("wasi:config/store", "error");
    wit.names::<ConfigError>("wasi:config/runtime", "config-error");
}

#[test]
fn results_in_memory() {
    let wit = Wit::read();
    let interface = "wasi:filesystem/types";
    let file = |method: &str| format!("[method]descriptor.{method}");
    macro_rules! files {
        ($($ty:ty: $($method:literal)+;)+) => {$(
            for method in [$($method),+] {
                wit.result::<FileResult<$ty>>(interface, &[&file(method)]);
            }
        )+};
    }
    files! {
        (): "advise" "sync-data" "set-size" "set-times" "sync" "create-directory-at" "set-times-at"
            "link-at" "remove-directory-at" "rename-at" "symlink-at" "unlink-file-at";
        Own: "read-via-stream" "write-via-stream" "append-via-stream" "read-directory" "open-at";
        DescriptorFlags: "get-flags";
        DescriptorType: "get-type";
        (Text, bool): "read";
        u64: "write";
        DescriptorStat: "stat" "stat-at";
        Text: "readlink-at";
        MetadataHashValue: "metadata-hash" "metadata-hash-at";
    }
    let entry = "[method]directory-entry-stream.read-directory-entry";
    wit.result::<FileResult<Option<DirectoryEntry>>>(interface, &[entry]);
    wit.result::<Option<ErrorCode>>(interface, &["filesystem-error-code"]);
    wit.result::<Vec<(Own, Text)>>("wasi:filesystem/preopens", &["get-directories"]);

    let interface = "wasi:io/streams";
    let [input, output] = ["input", "output"]
        .map(|which| move |method: &str| format!("[method]{which}-stream.{method}"));
    for method in ["read", "blocking-read"] {
        wit.result::<StreamResult<Text>>(interface, &[&input(method)]);
    }
    for method in ["skip", "blocking-skip"] {
        wit.result::<StreamResult<u64>>(interface, &[&input(method)]);
    }
    for method in ["check-write", "splice", "blocking-splice"] {
        wit.result::<StreamResult<u64>>(interface, &[&output(method)]);
    }
    for method in [
        "write",
        "blocking-write-and-flush",
        "flush",
        "blocking-flush",
        "write-zeroes",
        "blocking-write-zeroes-and-flush",
    ] {
        wit.result::<StreamResult<()>>(interface, &[&output(method)]);
    }
    wit.result::<Text>("wasi:io/error", &["[method]error.to-debug-string"]);
    wit.result::<Vec<u32>>("wasi:io/poll", &["poll"]);

    wit.result::<Vec<(Text, Text)>>("wasi:cli/environment", &["get-environment"]);
    wit.result::<Vec<Text>>("wasi:cli/environment", &["get-arguments"]);
    wit.result::<Option<Text>>("wasi:cli/environment", &["initial-cwd"]);
    wit.result::<Datetime>("wasi:clocks/wall-clock", &["now", "resolution"]);
    wit.result::<Text>("wasi:random/random", &["get-random-bytes"]);
    wit.result::<Text>("wasi:random/insecure", &["get-insecure-random-bytes"]);
    wit.result::<(u64, u64)>("wasi:random/insecure-seed", &["insecure-seed"]);
    for interface in ["wasi:config/store", "wasi:config/runtime"] {
        wit.result::<Result<Option<Text>, ConfigError>>(interface, &["get"]);
        wit.result::<Result<Vec<(Text, Text)>, ConfigError>>(interface, &["get-all"]);
    }
}
