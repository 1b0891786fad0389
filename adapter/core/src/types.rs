//! The types that are the same in all versions of WASI, and what they mean for a tree of files. A
//! test compares each with WIT (`adapter/prebuilt/tests/types.rs`).

#![allow(missing_docs, reason = "the names are those of WIT")]

use wasi_virt_vfs::{Follow, Open};

use crate::files::Access;
use crate::{enums, flags, records};

enums! {
    /// `advice` of `wasi:filesystem/types`.
    Advice { Normal Sequential Random WillNeed DontNeed NoReuse }
}

flags! {
    /// `descriptor-flags` of `wasi:filesystem/types`.
    DescriptorFlags {
        READ WRITE FILE_INTEGRITY_SYNC DATA_INTEGRITY_SYNC REQUESTED_WRITE_SYNC MUTATE_DIRECTORY
    }
    /// `path-flags` of `wasi:filesystem/types`.
    PathFlags { SYMLINK_FOLLOW }
    /// `open-flags` of `wasi:filesystem/types`.
    OpenFlags { CREATE DIRECTORY EXCLUSIVE TRUNCATE }
}

records! {
    /// `metadata-hash-value` of `wasi:filesystem/types`.
    MetadataHashValue {
        /// The lower half.
        lower: u64,
        /// The upper half.
        upper: u64,
    }
}

impl DescriptorFlags {
    /// The flags of a descriptor that is open for this.
    pub fn of(access: Access) -> DescriptorFlags {
        let flag = |is_set, flag| {
            if is_set {
                flag
            } else {
                DescriptorFlags::none()
            }
        };
        flag(access.read, DescriptorFlags::READ)
            .and(flag(access.write, DescriptorFlags::WRITE))
            .and(flag(access.mutate, DescriptorFlags::MUTATE_DIRECTORY))
    }

    /// What a descriptor with these is to be open for.
    pub fn access(self) -> Access {
        Access {
            read: self.has_any(DescriptorFlags::READ),
            write: self.has_any(DescriptorFlags::WRITE),
            mutate: self.has_any(DescriptorFlags::MUTATE_DIRECTORY),
        }
    }
}

impl PathFlags {
    /// Whether a link at the end of the path is followed.
    pub fn follow(self) -> Follow {
        if self.has_any(PathFlags::SYMLINK_FOLLOW) {
            Follow::Yes
        } else {
            Follow::No
        }
    }
}

impl OpenFlags {
    /// What `open-at` is asked for with these.
    pub fn open(self, flags: DescriptorFlags) -> Open {
        let sync = DescriptorFlags::FILE_INTEGRITY_SYNC
            .and(DescriptorFlags::DATA_INTEGRITY_SYNC)
            .and(DescriptorFlags::REQUESTED_WRITE_SYNC);
        Open {
            create: self.has_any(OpenFlags::CREATE),
            directory: self.has_any(OpenFlags::DIRECTORY),
            exclusive: self.has_any(OpenFlags::EXCLUSIVE),
            truncate: self.has_any(OpenFlags::TRUNCATE),
            write: flags.has_any(DescriptorFlags::WRITE),
            sync: flags.has_any(sync),
        }
    }
}
