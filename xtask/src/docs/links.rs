//! Links: those from page to page lead to a file that exists, and to a heading that it has. It
//! never asks the network for the others.

use super::{Page, Problem, markdown};
use std::collections::{HashMap, HashSet};

/// Links that lead nowhere. `exists` says whether there is a file or folder at a path.
pub fn check(pages: &[Page], exists: impl Fn(&str) -> bool) -> Vec<Problem> {
    let mut anchors: HashMap<&str, HashSet<String>> = HashMap::new();
    let mut links = Vec::new();
    for page in pages {
        let read = markdown::read(&page.text);
        anchors.insert(&page.path, read.anchors);
        links.extend(
            read.links
                .into_iter()
                .map(|(line, link)| (page, line, link)),
        );
    }
    let mut found = Vec::new();
    for (page, line, link) in links {
        if link.contains("://") || link.starts_with("mailto:") {
            continue;
        }
        let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
        let target = match path {
            "" => Some(page.path.clone()),
            path => resolve(&page.path, path),
        };
        let Some(target) = target.filter(|target| exists(target)) else {
            found.push(Problem::new(page, line, format!("no file at `{path}`")));
            continue;
        };
        let there = anchors.get(target.as_str());
        if !anchor.is_empty() && !there.is_some_and(|there| there.contains(anchor)) {
            found.push(Problem::new(
                page,
                line,
                format!("no heading `#{anchor}` in {target}"),
            ));
        }
    }
    found
}

/// A path beside a page, from the root; none where it leads out of the repository.
fn resolve(page: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::docs::page;

    #[test]
    fn links_that_lead_nowhere_are_found() {
        let pages = [
            page(
                "docs/a.md",
                "# What it *does*, and `how`\n\n## Twice\n\n## Twice\n\n\
                 [1](b.md) [2](../README.md#top) [3](#what-it-does-and-how) [4](#twice-1)\n\
                 [5](none.md)\n[6](b.md#none)\n[7](#twice-2)\n[8](../../out.md)\n\
                 [9](https://example.org/none)\n![10](none.png)\n",
            ),
            page("docs/b.md", "# B\n"),
            page("README.md", "# Top\n"),
        ];
        let known = ["docs/a.md", "docs/b.md", "README.md"];
        let found = check(&pages, |path| known.contains(&path));
        let found: Vec<(usize, &str)> = found.iter().map(|it| (it.line, &*it.what)).collect();
        let expected = [
            (8, "no file at `none.md`"),
            (9, "no heading `#none` in docs/b.md"),
            (10, "no heading `#twice-2` in docs/a.md"),
            (11, "no file at `../../out.md`"),
            (13, "no file at `none.png`"),
        ];
        assert_eq!(found, expected);
    }
}
