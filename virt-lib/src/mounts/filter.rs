//! Chooses the entries of a mounted directory that are embedded: the policy's `include`, `exclude`
//! and `symlinks`, applied to paths relative to the mount's source. Shells ask it while they list,
//! and never read what it leaves out. The engine applies it again to the entries that it gets. It
//! must never look at a disk.

use super::entry::{Entry, EntryKind};
use super::pattern::{Match, Patterns};
use crate::error::{Problem, ProblemKind, Result, Setting, none_of};
use crate::policy::{Policy, Symlinks};

/// One pattern by itself: its text and what it matches.
type Rule = (String, Patterns);

/// The patterns that match nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unmatched {
    pub includes: Vec<String>,
    pub excludes: Vec<String>,
}

/// Decides what is embedded. Paths given to it are relative to the mount's source and
/// `/`-separated; the source itself, the empty path, is always kept.
#[derive(Clone, Debug)]
pub struct Filter {
    /// `None` where everything is included.
    include: Option<Patterns>,
    /// Every include pattern that is no exception.
    included: Vec<Rule>,
    exclude: Patterns,
    /// Every exclude pattern that is no exception.
    excluded: Vec<Rule>,
    skips_links: bool,
}

impl Filter {
    /// The filter of a policy.
    ///
    /// # Errors
    ///
    /// Names every pattern that is malformed.
    pub fn new(policy: &Policy) -> Result<Filter> {
        let mut problems = Vec::new();
        let filter = Filter::checked(policy, &mut problems);
        none_of(problems)?;
        Ok(filter)
    }

    /// The filter of a policy, without the patterns that are malformed.
    pub(crate) fn checked(policy: &Policy, problems: &mut Vec<Problem>) -> Filter {
        let include = set("include", &policy.include, problems);
        let mut exclude = set("exclude", &policy.exclude, problems);
        exclude.extend(set("ignore", &policy.ignore, problems));
        let included = rules(&policy.include);
        if !include.is_empty() && included.is_empty() {
            problems.push(
                Problem::new(ProblemKind::Value)
                    .asked(Setting::key("include"))
                    .then(
                        ": a pattern with `!` only removes from what other patterns include; add \
                         one of those, or use ",
                    )
                    .remedy(Setting::key("exclude")),
            );
        }
        Filter {
            include: (!include.is_empty()).then_some(include),
            included,
            exclude,
            excluded: rules(&policy.exclude),
            skips_links: policy.symlinks == Symlinks::Skip,
        }
    }

    /// Checks one pattern.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in a few words that do not repeat it.
    pub fn check(pattern: &str) -> std::result::Result<(), String> {
        Patterns::default().add(pattern)
    }

    /// Whether a directory and what is below it may be embedded. Its parents must have been asked
    /// for before.
    pub fn enters(&self, directory: &str) -> bool {
        directory.is_empty() || self.exclude.matched(directory, true) != Match::Chosen
    }

    /// Whether something that is not a directory is embedded, where all directories above it may
    /// be. `link` says whether it is a symbolic link.
    pub fn keeps(&self, path: &str, link: bool) -> bool {
        if path.is_empty() {
            return true;
        }
        let skipped = link && self.skips_links;
        !skipped && self.exclude.matched(path, false) != Match::Chosen && self.includes(path, false)
    }

    /// Whether this or something above it is included, and nothing nearer to it says otherwise.
    pub(crate) fn includes(&self, path: &str, directory: bool) -> bool {
        self.include
            .as_ref()
            .is_none_or(|include| reaches(include, path, directory) == Match::Chosen)
    }

    /// Whether directories that hold nothing included are left out.
    pub(crate) fn prunes(&self) -> bool {
        self.include.is_some()
    }

    /// Whether the policy lets this entry in, with all directories above it.
    pub(crate) fn admits(&self, path: &str, kind: &EntryKind) -> bool {
        let mut above = path.match_indices('/').map(|(at, _)| &path[..at]);
        above.all(|directory| self.enters(directory))
            && match kind {
                EntryKind::LeftOut { .. } => false,
                EntryKind::Directory => self.enters(path),
                kind => self.keeps(path, matches!(kind, EntryKind::Symlink { .. })),
            }
    }

    /// The include patterns that match none of these paths, which are kept; with each, whether it
    /// is a directory.
    pub(crate) fn idle_includes(&self, kept: &[(&str, bool)]) -> Vec<&str> {
        idle(&self.included, |rule| {
            let mut kept = kept.iter();
            kept.any(|(path, directory)| reaches(rule, path, *directory) == Match::Chosen)
        })
    }

    /// The exclude patterns that match none of these paths, which are listed; with each, whether it
    /// is a directory.
    pub(crate) fn idle_excludes(&self, listed: &[(&str, bool)]) -> Vec<&str> {
        idle(&self.excluded, |rule| {
            let mut listed = listed.iter();
            listed.any(|(path, directory)| rule.matched(path, *directory) == Match::Chosen)
        })
    }
}

/// The patterns that are no exceptions, without empty lines and comments.
fn rules(patterns: &[String]) -> Vec<Rule> {
    let chosen = patterns.iter().filter(|pattern| !pattern.starts_with('!'));
    chosen
        .map(|pattern| {
            let alone = std::slice::from_ref(pattern);
            (pattern.clone(), set("", alone, &mut Vec::new()))
        })
        .filter(|(_, rule)| !rule.is_empty())
        .collect()
}

/// The patterns without an effect.
fn idle(rules: &[Rule], has_effect: impl Fn(&Patterns) -> bool) -> Vec<&str> {
    let idle = rules.iter().filter(|(_, rule)| !has_effect(rule));
    idle.map(|(pattern, _)| pattern.as_str()).collect()
}

/// The path of an entry below the root of its mount: what a filter is asked for. `None` for an
/// entry that lies elsewhere.
pub(crate) fn relative<'a>(root: &str, entry: &'a Entry) -> Option<&'a str> {
    let inside = entry.guest.strip_prefix(root.trim_end_matches('/'))?;
    if inside.is_empty() {
        return Some(inside);
    }
    Some(inside.strip_prefix('/')?.trim_start_matches('/'))
}

/// What the nearest match says: of the path itself, or else of a directory above it.
fn reaches(set: &Patterns, path: &str, directory: bool) -> Match {
    let (mut path, mut directory) = (path, directory);
    loop {
        let found = set.matched(path, directory);
        if found != Match::None {
            return found;
        }
        let Some((parent, _)) = path.rsplit_once('/') else {
            return Match::None;
        };
        (path, directory) = (parent, true);
    }
}

fn set(key: &'static str, lines: &[String], problems: &mut Vec<Problem>) -> Patterns {
    let mut patterns = Patterns::default();
    for line in lines {
        if let Err(why) = patterns.add(line) {
            problems.push(
                Problem::new(ProblemKind::Value)
                    .asked(Setting::item(key, line))
                    .then(format!(
                        " is not a pattern: {}; write it as in `.gitignore`",
                        why.escape_debug()
                    )),
            );
        }
    }
    patterns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    fn policy(include: &[&str], exclude: &[&str]) -> Policy {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_string()).collect();
        Policy {
            include: texts(include),
            exclude: texts(exclude),
            ..Policy::default()
        }
    }

    fn filter(include: &[&str], exclude: &[&str]) -> Filter {
        Filter::new(&policy(include, exclude)).unwrap()
    }

    fn admitted<'a>(filter: &Filter, files: &[&'a str]) -> Vec<&'a str> {
        let file = EntryKind::File {
            size: 1,
            digest: None,
        };
        files
            .iter()
            .copied()
            .filter(|path| filter.admits(path, &file))
            .collect()
    }

    const FILES: [&str; 7] = [
        "index.html",
        "notes.md",
        "docs/index.html",
        "docs/private/a.html",
        "docs/private/keep.md",
        "target/x/y.html",
        "src/target",
    ];

    #[test]
    fn patterns_are_those_of_gitignore() {
        let left = |include: &[&str], exclude: &[&str]| admitted(&filter(include, exclude), &FILES);
        assert_eq!(left(&[], &[]), FILES);
        assert_eq!(
            left(&[], &["target/"])[5..],
            ["src/target"],
            "a directory only"
        );
        assert_eq!(
            left(&[], &["/index.html"])[..2],
            ["notes.md", "docs/index.html"]
        );
        assert_eq!(
            left(&[], &["*.html", "!/index.html"]),
            [
                "index.html",
                "notes.md",
                "docs/private/keep.md",
                "src/target"
            ]
        );
        assert_eq!(
            left(&[], &["docs/private", "!docs/private/keep.md"])[3..],
            ["target/x/y.html", "src/target"],
            "nothing comes back into an excluded directory"
        );
        assert_eq!(left(&["*.md"], &[]), ["notes.md", "docs/private/keep.md"]);
        assert_eq!(left(&["docs/", "!docs/private"], &[]), ["docs/index.html"]);
        assert_eq!(left(&["docs"], &["private"]), ["docs/index.html"]);
        assert_eq!(
            left(&[], &["", "# all of docs", "docs  "]).len(),
            4,
            "comments, spaces"
        );
        assert_eq!(left(&["docs/**/a.html"], &[]), ["docs/private/a.html"]);
    }

    #[test]
    fn names_with_characters_of_patterns() {
        let filter = filter(
            &[],
            &["a\\*", "[b-c]", "\\#x", "\\!y", "sp\\ ", "new\nline"],
        );
        let names = [
            "a*",
            "ab",
            "b",
            "[b-c]",
            "#x",
            "!y",
            "sp ",
            "sp",
            "new\nline",
            "日本",
        ];
        assert_eq!(admitted(&filter, &names), ["ab", "[b-c]", "sp", "日本"]);
    }

    #[test]
    fn braces_stand_for_themselves() {
        let filter = filter(&[], &["{a,b}", "x{", "[{]y", "\\{z", "[]{]w", "[!}]v"]);
        let names = ["a", "{a,b}", "x{", "{y", "{z", "{w", "]w", "}v", "uv"];
        assert_eq!(admitted(&filter, &names), ["a", "}v"]);
    }

    #[test]
    fn links_are_skipped_where_the_policy_says_so() {
        let mut policy = policy(&[], &["x/"]);
        let keeps = |policy: &Policy| Filter::new(policy).unwrap().keeps("x", true);
        assert!(keeps(&policy), "a link is no directory");
        policy.symlinks = Symlinks::Skip;
        assert!(!keeps(&policy));
        assert!(Filter::new(&policy).unwrap().keeps("x", false));
        assert!(
            Filter::new(&policy).unwrap().keeps("", true),
            "the mount itself"
        );
    }

    #[test]
    fn malformed_patterns_are_all_named() {
        let message = Filter::new(&policy(&["[a", "ok"], &["a[b\n"]))
            .unwrap_err()
            .to_string();
        assert_eq!(message.lines().count(), 2, "{message}");
        assert!(
            message.contains("`[a` in `include` is not a pattern: unclosed character class"),
            "{message}"
        );
        assert!(message.contains("`a[b\\n` in `exclude`"), "{message}");
        assert_eq!(
            Filter::check("[z-a]").unwrap_err(),
            "invalid range; 'z' > 'a'"
        );
        assert_eq!(Filter::check("!docs/**"), Ok(()));
        let message = Filter::new(&policy(&["!a"], &[])).unwrap_err().to_string();
        assert!(message.contains("only removes"), "{message}");
    }

    #[test]
    fn patterns_without_effect_are_named() {
        let filter = filter(
            &["*.md", "*.txt", "docs/", "!b.md", "#"],
            &["target/", "/.env", "!c", "*.key"],
        );
        let kept = [("a.md", false), ("docs", true), ("docs/x.txt/y", false)];
        assert_eq!(filter.idle_includes(&kept), [""; 0]);
        assert_eq!(filter.idle_includes(&kept[..2]), ["*.txt"]);
        let listed = [("target", true), (".env", false), ("a/b.key", false)];
        assert_eq!(filter.idle_excludes(&listed), [""; 0]);
        let listed = [("target", false), ("a/.env", false), ("c", false)];
        assert_eq!(filter.idle_excludes(&listed), ["target/", "/.env", "*.key"]);
    }
}
