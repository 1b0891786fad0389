//! Patterns as in `.gitignore`: a list of them, of which the last that matches a path decides. Matching one
//! glob is the `glob` crate's; here is what `.gitignore` adds to globs. It must never look at a disk.

use glob::MatchOptions;

/// No wildcard matches `/`; names that begin with a dot are names like others.
const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// What a list of patterns says of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// No pattern matches it.
    None,
    /// The last pattern that matches it is an ordinary one.
    Chosen,
    /// The last pattern that matches it is an exception: it begins with `!`.
    Excepted,
}

/// A list of patterns.
#[derive(Clone, Debug, Default)]
pub(super) struct Patterns(Vec<Pattern>);

#[derive(Clone, Debug)]
struct Pattern {
    glob: glob::Pattern,
    exception: bool,
    directories_only: bool,
}

impl Patterns {
    /// Adds a line of a `.gitignore` file; empty ones and comments add nothing.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in a few words that do not repeat it.
    pub(super) fn add(&mut self, line: &str) -> Result<(), String> {
        self.0.extend(parse(line)?);
        Ok(())
    }

    /// Adds these after those that are there.
    pub(super) fn extend(&mut self, others: Patterns) {
        self.0.extend(others.0);
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What they say of this path, by itself: the directories above it are not looked at.
    pub(super) fn matched(&self, path: &str, directory: bool) -> Match {
        let last = self.0.iter().rev().find(|pattern| {
            (directory || !pattern.directories_only) && pattern.glob.matches_with(path, OPTIONS)
        });
        match last {
            None => Match::None,
            Some(pattern) if pattern.exception => Match::Excepted,
            Some(_) => Match::Chosen,
        }
    }
}

fn parse(line: &str) -> Result<Option<Pattern>, String> {
    let line = if line.ends_with("\\ ") {
        line
    } else {
        line.trim_end()
    };
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let (exception, line) = match line.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    // As for git, nothing is an exception to itself: the line is no pattern.
    if line.is_empty() {
        return Ok(None);
    }
    let (from_top, line) = match line.strip_prefix('/') {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    let (directories_only, line) = match line.strip_suffix('/') {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    let mut text = to_glob(line)?;
    // Without a slash it is meant of a name at any depth.
    if !from_top && !line.contains('/') {
        text.insert_str(0, "**/");
    }
    Ok(Some(Pattern {
        glob: glob::Pattern::new(&text).map_err(|error| error.msg.to_string())?,
        exception,
        directories_only,
    }))
}

/// The same pattern as the `glob` crate writes it: characters stand for themselves in brackets instead of following
/// a backslash, `!` negates a class, and `**` is a whole component.
fn to_glob(pattern: &str) -> Result<String, String> {
    let mut glob = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => {
                let c = rest.next().ok_or("a `\\` at its end")?;
                glob.push_str(&glob::Pattern::escape(c.encode_utf8(&mut [0; 4])));
            }
            '[' => class(&mut rest, &mut glob)?,
            '*' => {
                let begins = glob.is_empty() || glob.ends_with('/');
                let more = rest.as_str().len() - rest.as_str().trim_start_matches('*').len();
                rest.by_ref().take(more).for_each(drop);
                let ends = rest.as_str().is_empty() || rest.as_str().starts_with('/');
                let deep = more == 1 && begins && ends;
                glob.push_str(if deep { "**" } else { "*" });
            }
            c => glob.push(c),
        }
    }
    // What is below a directory, not the directory itself.
    if glob.ends_with("/**") {
        glob.push_str("/*");
    }
    Ok(glob)
}

/// Moves one class of characters, whose `[` was read. It ends at a `]` that is not its first character.
fn class(rest: &mut std::str::Chars<'_>, glob: &mut String) -> Result<(), String> {
    let unclosed = "unclosed character class; missing ']'";
    let negated = rest.as_str().starts_with(['!', '^']);
    let from = usize::from(negated);
    let first = rest.as_str()[from..].chars().next().ok_or(unclosed)?;
    let second = from + first.len_utf8();
    let end = second + rest.as_str()[second..].find(']').ok_or(unclosed)?;
    let members = &rest.as_str()[from..end];
    if let Some((from, to)) = backwards(members) {
        return Err(format!("invalid range; '{from}' > '{to}'"));
    }
    glob.push('[');
    glob.extend(negated.then_some('!'));
    glob.push_str(members);
    glob.push(']');
    *rest = rest.as_str()[end + 1..].chars();
    Ok(())
}

/// The first range of a class that ends before it begins.
fn backwards(members: &str) -> Option<(char, char)> {
    let chars: Vec<char> = members.chars().collect();
    let mut at = 0;
    while let Some(window) = chars.get(at..at + 3) {
        if window[1] == '-' {
            if window[0] > window[2] {
                return Some((window[0], window[2]));
            }
            at += 3;
        } else {
            at += 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    #[cfg(not(target_family = "wasm"))]
    #[test]
    fn agrees_with_the_ignore_crate() {
        use ignore::gitignore::GitignoreBuilder;

        /// What the `ignore` crate says. Not asked about names beyond ASCII, of which its `?` takes a byte, nor about
        /// negated classes, which match `/` there.
        fn oracle(line: &str, path: &str, directory: bool) -> Option<Match> {
            let mut builder = GitignoreBuilder::new("");
            builder.allow_unclosed_class(false);
            builder.add_line(None, line).ok()?;
            Some(match builder.build().ok()?.matched(path, directory) {
                ignore::Match::None => Match::None,
                ignore::Match::Ignore(_) => Match::Chosen,
                ignore::Match::Whitelist(_) => Match::Excepted,
            })
        }

        let seed = fastrand::u64(..);
        println!("seed {seed}");
        let mut random = fastrand::Rng::with_seed(seed);
        const PARTS: [&str; 16] = [
            "a", "b", "-", "/", "/", "*", "**", "?", "[ab]", "[a-b]", "[b!]", "[]a]", "\\*", "!",
            "#", " ",
        ];
        const NAMES: [&str; 9] = ["a", "b", "ab", "-", "*", "!", "#a", "]", "ba"];
        let mut matches = 0;
        for _ in 0..15_000 {
            let line: String = (0..random.usize(1..7))
                .map(|_| PARTS[random.usize(..PARTS.len())])
                .collect::<String>()
                .replace("//", "/");
            let path = (0..random.usize(1..4))
                .map(|_| NAMES[random.usize(..NAMES.len())])
                .collect::<Vec<_>>()
                .join("/");
            let directory = random.bool();
            let mut patterns = Patterns::default();
            let ours = patterns
                .add(&line)
                .ok()
                .map(|()| patterns.matched(&path, directory));
            assert_eq!(
                ours,
                oracle(&line, &path, directory),
                "`{line}` on `{path}`, directory: {directory}"
            );
            matches += usize::from(ours.is_some_and(|ours| ours != Match::None));
        }
        assert!(matches > 500, "{matches}");
    }

    #[test]
    fn nothing_is_no_exception() {
        let mut patterns = Patterns::default();
        patterns.add("!").unwrap();
        assert!(patterns.is_empty());
        patterns.add("!/").unwrap();
        assert_eq!(patterns.matched("a", true), Match::None);
    }

    #[test]
    fn wildcards_stand_for_characters() {
        let matched = |line, path| {
            let mut patterns = Patterns::default();
            patterns.add(line).unwrap();
            patterns.matched(path, false)
        };
        for (line, path) in [
            ("?", "é"),
            ("[!a]b", "日b"),
            ("[^é-ö]", "a"),
            ("[é-ö]", "ö"),
        ] {
            assert_eq!(matched(line, path), Match::Chosen, "{line}");
        }
        for (line, path) in [("/[!a]b", "/b"), ("a[^b]c", "a/c"), ("[!ab]", "x/a")] {
            assert_eq!(matched(line, path), Match::None, "{line}");
        }
    }
}
