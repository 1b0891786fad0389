//! Hints for command lines that clap refuses, or that mean something other than they seem to. This
//! module looks at the arguments and the known flags, and must never decide what a flag means.

use crate::escape::quote;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

/// Names of flags that other tools have, without their dashes, and what to write instead.
const ELSEWHERE: [(&[&str], &str); 6] = [
    (
        &["dir", "mapdir", "map-dir", "volume"],
        "`--mount GUEST=SOURCE` embeds a folder, and `--preopen GUEST=HOST` shows one of the host",
    ),
    (
        &["allow-net", "allow-network", "inherit-network", "net"],
        "`--allow-sockets` opens TCP, UDP and name lookup, and `--allow-http` HTTP requests",
    ),
    (
        &["allow-read", "allow-write", "allow-files"],
        "`--preopen GUEST=HOST:ro` shows a folder of the host, and `--allow-fs` all that it preopens",
    ),
    (&["inherit-env"], "write `--allow-env`"),
    (&["inherit-stdio"], "write `--stdio`"),
    (
        &["deny-all"],
        "everything is denied that no flag allows; leave it out",
    ),
];

/// How alike a word and a subcommand must be, as for clap's own suggestions.
const ALIKE: f64 = 0.8;

/// What is probably meant where clap refuses these arguments: one line, not escaped.
pub(crate) fn refused(error: &clap::Error, args: &[String], command: &Command) -> Option<String> {
    if let Some(ContextValue::String(second)) = error.get(ContextKind::InvalidSubcommand) {
        let words = words(args, command);
        let known = detached(&words, Some(second)).or_else(|| no_subcommand(&words, command));
        // clap takes any second component for a subcommand that it does not know.
        return known.or_else(|| {
            let second = quote(second);
            Some(format!(
                "unexpected argument {second}: one component at a time"
            ))
        });
    }
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) else {
                return None;
            };
            unknown_flag(flag, command)
        }
        ErrorKind::InvalidValue => {
            let (Some(ContextValue::String(flag)), Some(ContextValue::String(value))) = (
                error.get(ContextKind::InvalidArg),
                error.get(ContextKind::InvalidValue),
            ) else {
                return None;
            };
            value
                .is_empty()
                .then(|| denies_all(flag, command))
                .flatten()
        }
        ErrorKind::MissingRequiredArgument => {
            let words = words(args, command);
            detached(&words, None).or_else(|| no_subcommand(&words, command))
        }
        _ => None,
    }
}

/// What is probably meant where these arguments are accepted, but name a value as the component.
pub(crate) fn accepted(args: &[String], command: &Command) -> Option<String> {
    detached(&words(args, command), None)
}

/// A flag of another tool, or one that only exists with another beginning.
fn unknown_flag(flag: &str, command: &Command) -> Option<String> {
    let name = flag.strip_prefix("--")?;
    let instead = ELSEWHERE.iter().find(|(names, _)| names.contains(&name));
    if let Some((_, instead)) = instead {
        return Some(format!("there is no {}; {instead}", quote(flag)));
    }
    let allow = opposite(flag, command)?;
    let flag = quote(flag);
    Some(format!("there is no {flag}; write `{allow}=false`"))
}

/// A flag that denies some of a thing, without a value.
fn denies_all(flag: &str, command: &Command) -> Option<String> {
    // clap names the value as well.
    let flag = flag.split(' ').next()?;
    let allow = opposite(flag, command)?;
    let flag = quote(flag);
    Some(format!(
        "{flag} needs a value; `{allow}=false` denies everything"
    ))
}

/// The flag that allows what this one would deny.
fn opposite(flag: &str, command: &Command) -> Option<String> {
    let allow = format!("allow-{}", flag.strip_prefix("--deny-")?);
    let mut flags = command.get_arguments();
    let exists = flags.any(|arg| arg.get_long() == Some(&allow));
    exists.then(|| format!("--{allow}"))
}

/// An argument that belongs to no flag.
struct Word<'a> {
    text: &'a str,
    /// The flag right before it that takes a value after `=` alone, and its name as typed.
    flag: Option<(&'a str, &'a Arg)>,
}

/// A value that follows a flag without the `=` that it needs. `unexpected` is an argument that
/// cannot be the component.
fn detached(words: &[Word<'_>], unexpected: Option<&str>) -> Option<String> {
    words.iter().find_map(|word| {
        let (flag, arg) = word.flag?;
        let values = arg.get_possible_values();
        let is_value = match values.is_empty() {
            // Names of variables: they are no paths.
            true => !word.text.contains(['.', '/']) && unexpected.is_some(),
            false => values.iter().any(|value| value.matches(word.text, false)),
        };
        let is_value = is_value || unexpected == Some(word.text);
        is_value.then(|| {
            let together = quote(&format!("{flag} {}", word.text));
            let right = quote(&format!("{flag}={}", word.text));
            format!("{together}: a value of {flag} follows `=`; write {right}")
        })
    })
}

/// A first word that looks like a subcommand that there is not.
fn no_subcommand(words: &[Word<'_>], command: &Command) -> Option<String> {
    let first = words.first()?.text;
    let instead = if first == "help" {
        "`wasi-virt --help`".to_string()
    } else if command
        .get_arguments()
        .any(|arg| arg.get_long() == Some(first))
    {
        format!("the flag `--{first}`")
    } else {
        let mut known = command.get_subcommands().map(Command::get_name);
        let alike = known.find(|name| strsim::jaro(name, first) > ALIKE)?;
        format!("`wasi-virt {alike}`")
    };
    let path = quote(&format!("./{first}"));
    Some(format!(
        "there is no subcommand {}; did you mean {instead}? A component of that name is written {path}",
        quote(first)
    ))
}

/// The arguments that belong to no flag.
fn words<'a>(args: &'a [String], command: &'a Command) -> Vec<Word<'a>> {
    let (mut words, mut rest, mut is_flag) = (Vec::new(), args.iter(), true);
    let mut before = None;
    while let Some(text) = rest.next() {
        if !is_flag || text == "-" || !text.starts_with('-') {
            let flag = before.take();
            words.push(Word { text, flag });
            continue;
        }
        is_flag = text != "--";
        let arg = flag(text, command).filter(|arg| arg.get_action().takes_values());
        before = match arg {
            Some(arg) if arg.is_require_equals_set() => Some((text.as_str(), arg)),
            Some(_) => {
                rest.next();
                None
            }
            None => None,
        };
    }
    words
}

/// The flag of this name, if nothing is attached to it.
fn flag<'a>(text: &str, command: &'a Command) -> Option<&'a Arg> {
    let mut all = command.get_arguments();
    match text.strip_prefix("--") {
        Some(name) => all.find(|arg| arg.get_long() == Some(name)),
        None => {
            let mut letters = text.chars().skip(1);
            let (letter, attached) = (letters.next()?, letters.next());
            all.find(|arg| attached.is_none() && arg.get_short() == Some(letter))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::cli;
    use crate::job::{Invocation, Step};

    fn problem(line: &str) -> String {
        let args = line.split(' ').map(str::to_string).collect();
        let invocation = Invocation {
            args,
            ..Invocation::default()
        };
        match cli(&invocation) {
            Step::Exit(exit) => exit.stderr,
            step => format!("{step:?}"),
        }
    }

    #[test]
    fn a_detached_value_is_named() {
        for (line, part) in [
            ("a.wasm --stdout allow -o o", "write `--stdout=allow`"),
            ("--stdout allow a.wasm -o o", "write `--stdout=allow`"),
            ("--stdio ignore -o o", "write `--stdio=ignore`"),
            ("--stdio ignore", "write `--stdio=ignore`"),
            (
                "a.wasm --allow-sockets false -o o",
                "write `--allow-sockets=false`",
            ),
            ("a.wasm --allow-env HOME -o o", "write `--allow-env=HOME`"),
            (
                "--allow-env HOME,LANG a.wasm -o o",
                "write `--allow-env=HOME,LANG`",
            ),
            (
                "--allow-env a.wasm -e A=b b.wasm -o o",
                "one component at a time",
            ),
            ("-o o -- --stdout allow", "one component at a time"),
        ] {
            let problem = problem(line);
            assert!(
                problem.starts_with("error: ") && problem.contains(part),
                "{line}: {problem}"
            );
        }
        let step = problem("--stdout a.wasm -o o");
        assert!(step.starts_with("Virtualize"), "{step}");
    }

    #[test]
    fn flags_of_other_tools_and_words_that_are_no_subcommand() {
        for (line, part) in [
            ("a.wasm --dir . -o o", "`--dir`; `--mount GUEST=SOURCE`"),
            ("a.wasm --dir=. -o o", "`--dir`; `--mount GUEST=SOURCE`"),
            ("a.wasm --allow-net -o o", "`--allow-sockets`"),
            ("a.wasm --deny-clocks -o o", "write `--allow-clocks=false`"),
            (
                "a.wasm --deny-sockets -o o",
                "`--deny-sockets` needs a value; `--allow-sockets=false` denies everything",
            ),
            (
                "a.wasm --allow-sockets a.example:1 -o o",
                "write `--allow-sockets=a.example:1`",
            ),
            ("help", "did you mean `wasi-virt --help`?"),
            ("insepct a.wasm", "did you mean `wasi-virt inspect`?"),
            ("insepct", "written `./insepct`"),
            ("suggest a.wasm", "did you mean the flag `--suggest`?"),
            ("a.wasm --alow-env -o o", "--allow-env"),
            ("a.wasm", "--output <OUT>"),
        ] {
            let problem = problem(line);
            assert!(
                problem.starts_with("error: ") && problem.contains(part),
                "{line}: {problem}"
            );
        }
    }
}
