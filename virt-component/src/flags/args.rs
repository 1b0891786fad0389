//! The flags of the keys as clap arguments, and the values that were given. It must never know a
//! key: the rows say everything.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command};
use wasi_virt::keys::{Flag, HEADINGS, Key, Kind, Shape, Takes, heading};

/// A flag that sets several keys, or a key by a file.
struct Shorthand {
    flag: Flag,
    kind: Kind,
}

/// The flags that stand before those of the keys in their sections of the help.
const BEFORE: [Shorthand; 3] = [
    Shorthand {
        flag: Flag::word(heading::STDIO, "stdio").help(
            "All three standard streams; a flag for one of them wins [bare: allow]",
            "`allow` leaves them to the host. With `ignore`, input is at its end and output is \
             discarded. With `deny`, operations fail.",
        ),
        kind: Kind::Stream,
    },
    Shorthand {
        flag: Flag::on_off(heading::ACCESS, "allow-all").help(
            "Allow everything in this section; more specific flags win",
            "",
        ),
        kind: Kind::Access,
    },
    Shorthand {
        flag: Flag::on_off(heading::ACCESS, "allow-stdio").help(
            "Allow the host's standard streams, as `--stdio=allow` does",
            "",
        ),
        kind: Kind::Access,
    },
];

/// The flag that stands after them.
const AFTER: [Shorthand; 1] = [Shorthand {
    flag: Flag::many(heading::FILES, "ignore-file", "FILE").help(
        "Leave out files and directories that match the patterns in this file",
        "The file is written like a `.gitignore`. Its patterns count after those of --exclude, \
         relative to the mount's source, wherever the file is. May be repeated.",
    ),
    kind: Kind::Text,
}];

/// Adds the flags of `keys` to a command, section by section.
pub(super) fn add(command: Command, keys: &[Key]) -> Command {
    let of_keys = || {
        keys.iter()
            .flat_map(|key| key.flags.iter().map(|flag| (flag, key.kind)))
    };
    let short = |list: &'static [Shorthand]| list.iter().map(|s| (&s.flag, s.kind));
    HEADINGS.iter().fold(command, |command, heading| {
        let flags = short(&BEFORE).chain(of_keys()).chain(short(&AFTER));
        let flags = flags.filter(|(flag, _)| flag.heading == *heading);
        command.args(flags.map(|(flag, kind)| arg(flag, kind)))
    })
}

/// Whether `word` is a flag that sets this key, or another word for it.
pub(crate) fn sets(word: &str, key: &Key) -> bool {
    let stdio = ["stdio", "allow-stdio"].contains(&word) && key.kind == Kind::Stream;
    stdio
        || (word == "ignore-file" && key.name == "ignore")
        || key.flags.iter().any(|f| f.name == word)
        || key.also.contains(&word)
}

fn arg(flag: &Flag, kind: Kind) -> Arg {
    let mut arg = Arg::new(flag.name)
        .long(flag.name)
        .help(flag.help)
        .help_heading(flag.heading);
    if !flag.more.is_empty() {
        arg = arg.long_help(format!("{}\n\n{}", flag.help, flag.more));
    }
    if let Some(letter) = flag.short {
        arg = arg.short(letter);
    }
    if flag.takes == Takes::Nothing {
        return arg.action(ArgAction::SetTrue);
    }
    if matches!(kind, Kind::Patterns | Kind::Texts | Kind::Seconds) {
        arg = arg.allow_hyphen_values(true);
    }
    let words = match (flag.takes, kind.shape()) {
        (Takes::OnOff, _) => vec!["true", "false"],
        (Takes::Word, Shape::Choice(choice)) => choice.words.iter().map(|word| word.word).collect(),
        (Takes::One, Shape::Choice(choice)) if matches!(kind, Kind::Word(_)) => {
            choice.words.iter().map(|word| word.word).collect()
        }
        _ => Vec::new(),
    };
    if !words.is_empty() {
        arg = arg.value_parser(PossibleValuesParser::new(words));
    }
    let arg = arg
        .value_name(flag.value)
        .hide_possible_values(true)
        .action(match flag.takes {
            Takes::Many | Takes::Names | Takes::Rules => ArgAction::Append,
            _ => ArgAction::Set,
        });
    let bare = match (flag.takes, kind) {
        (Takes::OnOff | Takes::Names | Takes::Rules, _) => "true",
        (Takes::Word, Kind::Word(choice)) => choice.switch.map_or("", |[_, on]| on),
        (Takes::Word, _) => "allow",
        _ => return arg,
    };
    arg.num_args(0..=1)
        .require_equals(true)
        .default_missing_value(bare)
}

/// What was given on a command line.
#[derive(Clone, Copy)]
pub(crate) struct Given<'m>(pub &'m ArgMatches);

impl<'m> Given<'m> {
    /// Every value of a flag.
    pub fn all(self, flag: &str) -> Vec<&'m str> {
        let values = self.0.get_many::<String>(flag).into_iter().flatten();
        values.map(String::as_str).collect()
    }

    /// The value of a flag.
    pub fn one(self, flag: &str) -> Option<&'m str> {
        self.0.get_one::<String>(flag).map(String::as_str)
    }

    /// Whether a flag says `true` or `false`.
    pub fn on_off(self, flag: &str) -> Option<bool> {
        self.one(flag).map(|value| value == "true")
    }

    /// Whether a flag without a value was given.
    pub fn has(self, flag: &str) -> bool {
        self.0.get_flag(flag)
    }

    /// The flags given that set keys, each with the name of the key, in the order of the keys.
    pub fn configured<'k>(self, keys: &'k [Key]) -> Vec<(&'static str, &'k str)> {
        let short = |list: &'static [Shorthand]| list.iter().map(|short| &short.flag);
        let of_key = |key: &'k Key| {
            let flags = short(&BEFORE).chain(key.flags).chain(short(&AFTER));
            let given = flags.filter(|flag| sets(flag.name, key) && self.is_given(flag));
            given.map(|flag| (flag.name, key.name))
        };
        keys.iter().flat_map(of_key).collect()
    }

    fn is_given(self, flag: &Flag) -> bool {
        match flag.takes {
            Takes::Nothing => self.has(flag.name),
            _ => !self.all(flag.name).is_empty(),
        }
    }
}
