//! `open-at`.

use super::{path_of, root, site, tree};
use crate::{Error, Follow, Open};

const READ: Open = Open {
    create: false,
    directory: false,
    exclusive: false,
    truncate: false,
    write: false,
    sync: false,
};
const CREATE: Open = Open {
    create: true,
    ..READ
};
const CREATE_NEW: Open = Open {
    create: true,
    exclusive: true,
    ..READ
};
const DIRECTORY: Open = Open {
    directory: true,
    ..READ
};
const TRUNCATE: Open = Open {
    truncate: true,
    ..READ
};
const WRITE: Open = Open {
    write: true,
    ..READ
};
/// `std::fs::File::create`.
const RECREATE: Open = Open {
    create: true,
    truncate: true,
    write: true,
    ..READ
};

#[track_caller]
fn opens(path: &str, open: Open, expected: &str) {
    let blob = site();
    let tree = tree(&blob);
    let node = tree.open(root(tree), path.as_bytes(), Follow::Yes, open);
    assert_eq!(
        node.map(|node| path_of(tree, node)).as_deref(),
        Ok(expected),
        "{path} {open:?}"
    );
}

#[track_caller]
fn fails(path: &str, open: Open, expected: Error) {
    fails_with(path, Follow::Yes, open, expected);
}

#[track_caller]
fn fails_with(path: &str, follow: Follow, open: Open, expected: Error) {
    let blob = site();
    let tree = tree(&blob);
    let node = tree.open(root(tree), path.as_bytes(), follow, open);
    assert_eq!(node, Err(expected), "{path} {open:?}");
}

#[test]
fn to_read() {
    opens("index.html", READ, "index.html");
    opens("to-file", READ, "index.html");
    opens("css", READ, "css");
    opens(".", READ, "");
    fails("missing", READ, Error::NoEntry);
    fails("index.html/", READ, Error::NotDirectory);
    fails("", READ, Error::NoEntry);
    fails("/index.html", READ, Error::NotPermitted);
}

#[test]
fn a_directory() {
    opens("css", DIRECTORY, "css");
    opens("to-dir", DIRECTORY, "css");
    fails("index.html", DIRECTORY, Error::NotDirectory);
    fails("to-file", DIRECTORY, Error::NotDirectory);
    fails("missing", DIRECTORY, Error::NoEntry);
    for other in [CREATE, CREATE_NEW, TRUNCATE] {
        fails(
            "css",
            Open {
                directory: true,
                ..other
            },
            Error::Invalid,
        );
    }
}

#[test]
fn links_not_followed() {
    fails_with("to-file", Follow::No, READ, Error::Loop);
    fails_with("to-dir", Follow::No, DIRECTORY, Error::Loop);
    fails_with("dangling", Follow::No, READ, Error::Loop);
    fails_with("to-file/", Follow::No, READ, Error::NotDirectory);
}

#[test]
fn create() {
    opens("index.html", CREATE, "index.html");
    opens("to-file", CREATE, "index.html");
    fails("new", CREATE, Error::ReadOnly);
    fails("css/new", CREATE, Error::ReadOnly);
    fails("dangling", CREATE, Error::ReadOnly);
    fails("missing/new", CREATE, Error::NoEntry);
    fails("index.html/new", CREATE, Error::NotDirectory);
    fails("../new", CREATE, Error::NotPermitted);
    fails("new/", CREATE, Error::IsDirectory);
    fails("css", CREATE, Error::IsDirectory);
    fails("new", RECREATE, Error::ReadOnly);
    fails("index.html", RECREATE, Error::ReadOnly);
    fails("css", RECREATE, Error::IsDirectory);
}

#[test]
fn create_new() {
    for existing in ["index.html", "css", "to-file", "dangling", "."] {
        fails(existing, CREATE_NEW, Error::Exist);
    }
    fails("new", CREATE_NEW, Error::ReadOnly);
    fails("missing/new", CREATE_NEW, Error::NoEntry);
    opens(
        "index.html",
        Open {
            exclusive: true,
            ..READ
        },
        "index.html",
    );
}

#[test]
fn to_write() {
    for open in [
        WRITE,
        TRUNCATE,
        Open {
            truncate: true,
            ..WRITE
        },
    ] {
        fails("index.html", open, Error::ReadOnly);
        fails("to-file", open, Error::ReadOnly);
        fails("css", open, Error::IsDirectory);
        fails("missing", open, Error::NoEntry);
    }
    fails(
        "index.html",
        Open {
            directory: true,
            ..WRITE
        },
        Error::NotDirectory,
    );
}

#[test]
fn synchronized() {
    fails(
        "index.html",
        Open { sync: true, ..READ },
        Error::Unsupported,
    );
}
