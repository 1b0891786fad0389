//! The exports that are the same in all versions of WASI.

/// Exports what is asked of a descriptor, but for its contents: the name of the interface, the
/// version, and its types.
#[macro_export]
macro_rules! descriptor_exports {
    ($types:literal, $version:ident, $error:ident, $stat:ident, $type_:ident) => {
        $crate::exports! {
            [$types "#[method]descriptor.advise"]
            fn advise(
                app,
                this: u32,
                offset: u64,
                len: u64,
                advice: $crate::types::Advice
            ) => Result<(), $error> {
                $crate::descriptor::Descriptor::<$version>::advise(this, offset, len, advice)
            }
            [$types "#[method]descriptor.sync-data"]
            fn sync_data(app, this: u32) => Result<(), $error> {
                $crate::descriptor::Descriptor::<$version>::sync_data(this)
            }
            [$types "#[method]descriptor.get-flags"]
            fn get_flags(app, this: u32) => Result<$crate::types::DescriptorFlags, $error> {
                $crate::descriptor::Descriptor::<$version>::get_flags(this)
            }
            [$types "#[method]descriptor.get-type"]
            fn get_type(app, this: u32) => Result<$type_, $error> {
                $crate::descriptor::Descriptor::<$version>::get_type(this)
            }
            [$types "#[method]descriptor.set-size"]
            fn set_size(app, this: u32, size: u64) => Result<(), $error> {
                $crate::descriptor::Descriptor::<$version>::set_size(this, size)
            }
            [$types "#[method]descriptor.set-times"]
            fn set_times(
                app,
                this: u32,
                access: [time],
                modify: [time]
            ) => Result<(), $error> {
                $crate::descriptor::Descriptor::<$version>::set_times(this, access, modify)
            }
            [$types "#[method]descriptor.sync"]
            fn sync(app, this: u32) => Result<(), $error> {
                $crate::descriptor::Descriptor::<$version>::sync(this)
            }
            [$types "#[method]descriptor.create-directory-at"]
            fn create_directory_at(app, this: u32, path: [text]) => Result<(), $error> {
                $crate::descriptor::Descriptor::<$version>::create_directory_at(this, path)
            }
            [$types "#[method]descriptor.stat"]
            fn stat(app, this: u32) => Result<$stat, $error> {
                $crate::descriptor::Descriptor::<$version>::stat(this)
            }
            [$types "#[method]descriptor.stat-at"]
            fn stat_at(
                app,
                this: u32,
                flags: $crate::types::PathFlags,
                path: [text]
            ) => Result<$stat, $error> {
                $crate::descriptor::Descriptor::<$version>::stat_at(this, flags, path)
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
                $crate::descriptor::Descriptor::<$version>::set_times_at(this, flags, path, access, modify)
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
                $crate::descriptor::Descriptor::<$version>::link_at(this, flags, path, new, new_path)
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
                $crate::descriptor::Descriptor::<$version>::open_at(this, at, path, open, flags)
            }
            [$types "#[method]descriptor.readlink-at"]
            fn readlink_at(app, this: u32, path: [text]) => Result<$crate::abi::Text, $error> {
                $crate::descriptor::Descriptor::<$version>::readlink_at(this, path)
            }
            [$types "#[method]descriptor.remove-directory-at"]
            fn remove_directory_at(app, this: u32, path: [text]) => Result<(), $error> {
                $crate::descriptor::Descriptor::<$version>::remove_directory_at(this, path)
            }
            [$types "#[method]descriptor.rename-at"]
            fn rename_at(
                app,
                this: u32,
                path: [text],
                new: u32,
                new_path: [text]
            ) => Result<(), $error> {
                $crate::descriptor::Descriptor::<$version>::rename_at(this, path, new, new_path)
            }
            [$types "#[method]descriptor.symlink-at"]
            fn symlink_at(
                app,
                this: u32,
                target: [text],
                path: [text]
            ) => Result<(), $error> {
                $crate::descriptor::Descriptor::<$version>::symlink_at(this, target, path)
            }
            [$types "#[method]descriptor.unlink-file-at"]
            fn unlink_file_at(app, this: u32, path: [text]) => Result<(), $error> {
                $crate::descriptor::Descriptor::<$version>::unlink_file_at(this, path)
            }
            [$types "#[method]descriptor.metadata-hash"]
            fn metadata_hash(
                app,
                this: u32
            ) => Result<$crate::types::MetadataHashValue, $error> {
                $crate::descriptor::Descriptor::<$version>::metadata_hash(this)
            }
            [$types "#[method]descriptor.metadata-hash-at"]
            fn metadata_hash_at(
                app,
                this: u32,
                flags: $crate::types::PathFlags,
                path: [text]
            ) => Result<$crate::types::MetadataHashValue, $error> {
                $crate::descriptor::Descriptor::<$version>::metadata_hash_at(this, flags, path)
            }
        }

        $crate::exports! {
            [$types "#[method]descriptor.is-same-object"]
            fn is_same_object(app, this: u32, other: u32) -> u32 {
                $crate::descriptor::Descriptor::<$version>::is_same_object(this, other).into()
            }
        }
    };
}
