//! The exports that are the same in all versions of WASI.

/// Exports what is asked of a descriptor, but for its contents: the name of the interface, the
/// version, and its types.
#[macro_export]
macro_rules! descriptor_exports {
    ($types:literal, $version:ident, $error:ident, $stat:ident, $type_:ident) => {
        use $crate::version::Version as _;

        $crate::exports! {
            [$types "#[method]descriptor.advise"]
            fn advise(
                app,
                this: u32,
                offset: u64,
                len: u64,
                advice: $crate::types::Advice
            ) => Result<(), $error> {
                $version::descriptor(this).advise(offset, len, advice)
            }
            [$types "#[method]descriptor.sync-data"]
            fn sync_data(app, this: u32) => Result<(), $error> {
                $version::descriptor(this).sync_data()
            }
            [$types "#[method]descriptor.get-flags"]
            fn get_flags(app, this: u32) => Result<$crate::types::DescriptorFlags, $error> {
                $version::descriptor(this).get_flags()
            }
            [$types "#[method]descriptor.get-type"]
            fn get_type(app, this: u32) => Result<$type_, $error> {
                $version::descriptor(this).get_type()
            }
            [$types "#[method]descriptor.set-size"]
            fn set_size(app, this: u32, size: u64) => Result<(), $error> {
                $version::descriptor(this).set_size(size)
            }
            [$types "#[method]descriptor.set-times"]
            fn set_times(
                app,
                this: u32,
                access: [time],
                modify: [time]
            ) => Result<(), $error> {
                $version::descriptor(this).set_times(access, modify)
            }
            [$types "#[method]descriptor.sync"]
            fn sync(app, this: u32) => Result<(), $error> {
                $version::descriptor(this).sync()
            }
            [$types "#[method]descriptor.create-directory-at"]
            fn create_directory_at(app, this: u32, path: [text]) => Result<(), $error> {
                $version::descriptor(this).create_directory_at(path)
            }
            [$types "#[method]descriptor.stat"]
            fn stat(app, this: u32) => Result<$stat, $error> {
                $version::descriptor(this).stat()
            }
            [$types "#[method]descriptor.stat-at"]
            fn stat_at(
                app,
                this: u32,
                flags: $crate::types::PathFlags,
                path: [text]
            ) => Result<$stat, $error> {
                $version::descriptor(this).stat_at(flags, path)
            }
            [$types "#[method]descriptor.set-times-at"]
            fn set_times_at(
                app,
                this: u32,
                flags: $crate::types::PathFlags,
                path: [text],
                access: [time],
                modify: [time]
            ) => Result<(), $error> {
                $version::descriptor(this).set_times_at(flags, path, access, modify)
            }
            [$types "#[method]descriptor.link-at"]
            fn link_at(
                app,
                this: u32,
                flags: $crate::types::PathFlags,
                path: [text],
                new: u32,
                new_path: [text]
            ) => Result<(), $error> {
                $crate::descriptor::Descriptor::<$version>::any(this)?.link_at(flags, path, new, new_path)
            }
            [$types "#[method]descriptor.open-at"]
            fn open_at(
                app,
                this: u32,
                at: $crate::types::PathFlags,
                path: [text],
                open: $crate::types::OpenFlags,
                flags: $crate::types::DescriptorFlags
            ) => Result<$crate::abi::Own, $error> {
                $version::descriptor(this).open_at(at, path, open, flags)
            }
            [$types "#[method]descriptor.readlink-at"]
            fn readlink_at(app, this: u32, path: [text]) => Result<$crate::abi::Text, $error> {
                $version::descriptor(this).readlink_at(path)
            }
            [$types "#[method]descriptor.remove-directory-at"]
            fn remove_directory_at(app, this: u32, path: [text]) => Result<(), $error> {
                $version::descriptor(this).remove_directory_at(path)
            }
            [$types "#[method]descriptor.rename-at"]
            fn rename_at(
                app,
                this: u32,
                path: [text],
                new: u32,
                new_path: [text]
            ) => Result<(), $error> {
                $crate::descriptor::Descriptor::<$version>::any(this)?.rename_at(path, new, new_path)
            }
            [$types "#[method]descriptor.symlink-at"]
            fn symlink_at(
                app,
                this: u32,
                target: [text],
                path: [text]
            ) => Result<(), $error> {
                $version::descriptor(this).symlink_at(target, path)
            }
            [$types "#[method]descriptor.unlink-file-at"]
            fn unlink_file_at(app, this: u32, path: [text]) => Result<(), $error> {
                $version::descriptor(this).unlink_file_at(path)
            }
            [$types "#[method]descriptor.metadata-hash"]
            fn metadata_hash(
                app,
                this: u32
            ) => Result<$crate::types::MetadataHashValue, $error> {
                $version::descriptor(this).metadata_hash()
            }
            [$types "#[method]descriptor.metadata-hash-at"]
            fn metadata_hash_at(
                app,
                this: u32,
                flags: $crate::types::PathFlags,
                path: [text]
            ) => Result<$crate::types::MetadataHashValue, $error> {
                $version::descriptor(this).metadata_hash_at(flags, path)
            }
        }

        $crate::exports! {
            [$types "#[method]descriptor.is-same-object"]
            fn is_same_object(app, this: u32, other: u32) -> u32 {
                match $crate::descriptor::Descriptor::<$version>::any(this) {
                    Ok(this) => this.is_same_object(other).into(),
                    Err(_) => 0,
                }
            }
        }
    };
}
