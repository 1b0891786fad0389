//! Where mounts lie beside and inside each other, and which places are impossible. This module must
//! never change a mount.

use super::gather::{Mount, shown};
use super::item::Item;
use crate::error::{Problem, ProblemKind};

/// No two mounts at one place, none below a file, no file at the root.
pub(super) fn check_places(mounts: &[Mount], problems: &mut Vec<Problem>) {
    let wrong = |text: String| Problem::text(ProblemKind::Mount, text);
    let path = |names: &[&str]| shown(names).escape_debug().to_string();
    let shown = |mount: &Mount| path(&mount.at);
    for (position, mount) in mounts.iter().enumerate() {
        if mount.at.len() == 1
            && !matches!(mount.item, Item::Dir(_))
            && !is_host_directory(&mount.item)
        {
            problems.push(wrong(format!(
                "`{}` is not a directory, and only a directory can be mounted at `{}`",
                mount.source.escape_debug(),
                shown(mount)
            )));
        }
        for outer in &mounts[..position] {
            if outer.at == mount.at {
                problems.push(wrong(format!(
                    "`{}` and `{}` are both mounted at `{}`; mount one of them elsewhere",
                    outer.source.escape_debug(),
                    mount.source.escape_debug(),
                    shown(mount)
                )));
            } else if let Some(inside) = mount.at.strip_prefix(outer.at.as_slice())
                && is_host_directory(&outer.item)
            {
                let file = directory_of(mount).len() < mount.at.len();
                if file && inside.len() == 1 {
                    problems.push(wrong(format!(
                        "`{}` cannot be mounted at `{}`, because `{}` is a directory of the host; \
                         mount a directory there instead of a file",
                        mount.source.escape_debug(),
                        shown(mount),
                        shown(outer),
                    )));
                }
            } else if let Some(inside) = mount.at.strip_prefix(outer.at.as_slice())
                && let Some(file) = file_on_the_way(&outer.item, inside)
            {
                problems.push(wrong(format!(
                    "`{}` cannot be mounted at `{}`, because `{}` is a mounted file; mount it \
                     elsewhere",
                    mount.source.escape_debug(),
                    shown(mount),
                    path(&[&outer.at, file].concat()),
                )));
            }
        }
    }
}

/// The part of `path` that leads to something that is not a directory, before its end.
fn file_on_the_way<'p, 's>(item: &Item, path: &'p [&'s str]) -> Option<&'p [&'s str]> {
    let mut item = item;
    for depth in 0..path.len() {
        let Item::Dir(items) = item else {
            return Some(&path[..depth]);
        };
        item = items.get(path[depth])?;
    }
    None
}

/// The directory that a mount is, or is in.
pub(super) fn directory_of<'m, 'a>(mount: &'m Mount<'a>) -> &'m [&'a str] {
    match mount.item {
        Item::Dir(_) => &mount.at,
        _ if is_host_directory(&mount.item) => &mount.at,
        _ => &mount.at[..mount.at.len().saturating_sub(1)],
    }
}

pub(super) fn is_host_directory(item: &Item) -> bool {
    matches!(
        item,
        Item::Host {
            directory: true,
            ..
        }
    )
}
