//! Lists the files given to the builder: those that the program made, and local ones by the disk.

use super::files::{FsEntry, Kind};
use crate::disk::{Contents, Listing, join, trim};
use crate::error::escape::quote;
use crate::error::{Problem, ProblemKind, Result, none_of};
use crate::mounts::{Entry, EntryKind, Filter};
use crate::policy::{FileMode, Policy};

/// Lists these entries at their guest paths.
///
/// # Errors
///
/// Names the first path that cannot be read, or every name that cannot be one.
pub(super) fn list(files: &[(String, FsEntry)]) -> Result<Listing<'_>> {
    let mut lister = Lister {
        listing: Listing::default(),
        // A builder embeds everything that it names.
        filter: Filter::new(&Policy::default())?,
        problems: Vec::new(),
    };
    for (position, (guest, entry)) in (0..).zip(files) {
        lister.add(position, trim(guest), entry)?;
    }
    none_of(lister.problems)?;
    Ok(lister.listing.finish()?)
}

struct Lister<'a> {
    listing: Listing<'a>,
    filter: Filter,
    /// Names that cannot be the name of an entry.
    problems: Vec<Problem>,
}

impl<'a> Lister<'a> {
    fn add(&mut self, mount: u32, guest: &str, entry: &'a FsEntry) -> Result<()> {
        let mode = FileMode::Rw;
        let (kind, contents) = match &entry.0 {
            Kind::Local(path) => {
                self.listing.walk(mount, guest, path, &self.filter)?;
                return Ok(());
            }
            Kind::Bytes(bytes) => {
                let size = bytes.len() as u64;
                let kind = EntryKind::File { size, digest: None };
                (kind, Contents::Bytes(bytes))
            }
            Kind::HostFile(path) => {
                let path = path.clone();
                (EntryKind::HostFile { path, mode }, Contents::None)
            }
            Kind::HostDirectory(path) => {
                let path = path.clone();
                (EntryKind::HostDirectory { path, mode }, Contents::None)
            }
            Kind::Symlink(target) => {
                let target = target.clone();
                (EntryKind::Symlink { target }, Contents::None)
            }
            Kind::Dir(_) => (EntryKind::Directory, Contents::None),
        };
        let made = Entry {
            mount,
            guest: guest.to_string(),
            source: guest.to_string(),
            kind,
        };
        self.listing.push(made, contents);
        if let Kind::Dir(children) = &entry.0 {
            for (name, child) in children {
                if name.is_empty() || name == "." || name == ".." || name.contains(['/', '\0']) {
                    self.problems.push(Problem::text(
                        ProblemKind::Mount,
                        format!(
                            "{}: {} cannot be the name of an entry; nest directories with \
                             `FsEntry::Dir`",
                            quote(guest),
                            quote(name)
                        ),
                    ));
                    continue;
                }
                self.add(mount, &join(guest, name), child)?;
            }
        }
        Ok(())
    }
}
