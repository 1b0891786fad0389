//! Path lookup.

use super::{blob, lookup, lookup_from, root, site, tree};
use crate::{Error, Follow};

#[track_caller]
fn finds(path: &str, expected: &str) {
    assert_eq!(lookup(path, Follow::Yes).as_deref(), Ok(expected), "{path}");
}

#[track_caller]
fn fails(path: &str, expected: Error) {
    assert_eq!(lookup(path, Follow::Yes), Err(expected), "{path}");
}

#[track_caller]
fn finds_link(path: &str, expected: &str) {
    assert_eq!(lookup(path, Follow::No).as_deref(), Ok(expected), "{path}");
}

#[test]
fn plain_paths() {
    finds("index.html", "index.html");
    finds("css", "css");
    finds("css/main.css", "css/main.css");
    finds("css/deep/er/a.css", "css/deep/er/a.css");
    fails("missing", Error::NoEntry);
    fails("css/missing", Error::NoEntry);
    fails("missing/main.css", Error::NoEntry);
}

#[test]
fn names_match_whole() {
    for near in [
        "inde",
        "index.htm",
        "index.html2",
        "INDEX.HTML",
        "cs",
        "csss",
    ] {
        fails(near, Error::NoEntry);
    }
}

#[test]
fn dots() {
    finds(".", "");
    finds("./", "");
    finds("./.", "");
    finds("./index.html", "index.html");
    finds("css/.", "css");
    finds("css/..", "");
    finds("css/../index.html", "index.html");
    finds("css/deep/../../css/main.css", "css/main.css");
    fails("missing/.", Error::NoEntry);
    fails("missing/..", Error::NoEntry);
    fails("index.html/.", Error::NotDirectory);
    fails("index.html/..", Error::NotDirectory);
    fails("index.html/../css", Error::NotDirectory);
}

#[test]
fn repeated_slashes() {
    finds("css//main.css", "css/main.css");
    finds("css///deep//er/a.css", "css/deep/er/a.css");
    finds(".//css", "css");
}

#[test]
fn trailing_slash_requires_a_directory() {
    finds("css/", "css");
    finds("css//", "css");
    finds("empty/", "empty");
    fails("index.html/", Error::NotDirectory);
    fails("missing/", Error::NoEntry);
}

#[test]
fn empty_path() {
    fails("", Error::NoEntry);
}

#[test]
fn absolute_paths_and_escapes() {
    for path in [
        "/",
        "//",
        "/index.html",
        "..",
        "../",
        "../index.html",
        "css/../..",
        "./../css",
    ] {
        fails(path, Error::NotPermitted);
    }
}

#[test]
fn the_root_is_the_directory_the_path_is_relative_to() {
    let from_css = |path| lookup_from("css", path, Follow::Yes);
    assert_eq!(from_css("main.css").as_deref(), Ok("css/main.css"));
    assert_eq!(from_css("deep/../main.css").as_deref(), Ok("css/main.css"));
    assert_eq!(from_css(".."), Err(Error::NotPermitted));
    assert_eq!(from_css("../index.html"), Err(Error::NotPermitted));
    assert_eq!(from_css("back"), Err(Error::NotPermitted));
    assert_eq!(
        lookup_from("css/deep", "root/index.html", Follow::Yes),
        Err(Error::NotPermitted)
    );
}

#[test]
fn files_are_no_directories() {
    fails("index.html/x", Error::NotDirectory);
    fails("css/main.css/x/y", Error::NotDirectory);
    assert_eq!(
        lookup_from("index.html", "x", Follow::Yes),
        Err(Error::NotDirectory)
    );
    assert_eq!(
        lookup_from("index.html", "", Follow::Yes),
        Err(Error::NotDirectory)
    );
}

#[test]
fn links_are_followed_on_the_way() {
    finds("to-dir/main.css", "css/main.css");
    finds("to-dir-slash/main.css", "css/main.css");
    finds("to-link/main.css", "css/main.css");
    finds("to-dir/../index.html", "index.html");
    finds("to-dir/deep/..", "css");
    fails("to-file/x", Error::NotDirectory);
    fails("dangling/x", Error::NoEntry);
    finds_link("to-link/deep/er", "css/deep/er");
}

#[test]
fn links_at_the_end() {
    finds("to-file", "index.html");
    finds("to-dir", "css");
    finds("to-link", "css");
    finds("to-dir-slash", "css");
    finds("css/back", "index.html");
    finds("css/deep/root", "");
    finds("css/deep/root/css/back", "index.html");
    finds("dots", "css/main.css");
    fails("dangling", Error::NoEntry);
    fails("to-file-slash", Error::NotDirectory);
    for link in [
        "to-file", "to-dir", "to-link", "dangling", "self", "absolute", "up", "css/out",
    ] {
        finds_link(link, link);
    }
}

#[test]
fn a_slash_after_a_link_follows_it() {
    finds_link("to-dir/", "css");
    finds_link("to-link//", "css");
    finds_link("to-dir/.", "css");
    assert_eq!(lookup("to-file/", Follow::No), Err(Error::NotDirectory));
    assert_eq!(lookup("dangling/", Follow::No), Err(Error::NoEntry));
}

#[test]
fn links_never_leave() {
    fails("up", Error::NotPermitted);
    fails("up/anything", Error::NotPermitted);
    fails("absolute", Error::NotPermitted);
    fails("absolute/x", Error::NotPermitted);
    fails("css/out", Error::NotPermitted);
}

#[test]
fn loops_end() {
    fails("self", Error::Loop);
    fails("self/x", Error::Loop);
    fails("ping", Error::Loop);
}

#[test]
fn forty_links_are_followed_and_no_more() {
    let mut entries = alloc::vec![alloc::string::String::from("l0 -> .")];
    for n in 1..=40 {
        entries.push(alloc::format!("l{n} -> l{}", n - 1));
    }
    let entries: alloc::vec::Vec<&str> = entries.iter().map(|entry| &**entry).collect();
    let blob = blob(&[("/", &entries)]);
    let tree = tree(&blob);
    assert_eq!(tree.lookup(root(tree), b"l39", Follow::Yes), Ok(root(tree)));
    assert_eq!(
        tree.lookup(root(tree), b"l40", Follow::Yes),
        Err(Error::Loop)
    );
    assert_eq!(
        tree.lookup(root(tree), b"l19/l19/x", Follow::Yes),
        Err(Error::NoEntry)
    );
    assert_eq!(
        tree.lookup(root(tree), b"l20/l19/x", Follow::Yes),
        Err(Error::Loop)
    );
}

#[test]
fn read_link() {
    let blob = site();
    let tree = tree(&blob);
    let read_link = |path: &str| tree.read_link(root(tree), path.as_bytes());
    assert_eq!(read_link("to-file"), Ok(&b"index.html"[..]));
    assert_eq!(read_link("to-dir-slash"), Ok(&b"css/"[..]));
    assert_eq!(read_link("to-dir/back"), Ok(&b"../index.html"[..]));
    assert_eq!(read_link("css/out"), Ok(&b"../../secret"[..]));
    assert_eq!(read_link("self"), Ok(&b"self"[..]));
    assert_eq!(read_link("absolute"), Err(Error::NotPermitted));
    assert_eq!(read_link("index.html"), Err(Error::Invalid));
    assert_eq!(read_link("css"), Err(Error::Invalid));
    assert_eq!(read_link("to-dir/"), Err(Error::Invalid));
    assert_eq!(read_link("missing"), Err(Error::NoEntry));
    assert_eq!(read_link(""), Err(Error::NoEntry));
    assert_eq!(read_link("../x"), Err(Error::NotPermitted));
}
