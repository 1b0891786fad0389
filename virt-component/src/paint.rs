//! Colours: when there are any, and those of errors and reports. Text is made without them and painted
//! last, so that nothing that is escaped can bring a colour along.

use crate::flags::Color;
use crate::job::{Exit, Invocation};
use anstyle::{AnsiColor, Style};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const NOTE: Style = AnsiColor::Cyan.on_default().bold();
const CLOSED: Style = AnsiColor::Red.on_default();
const SERVED: Style = AnsiColor::Green.on_default();
const LEFT: Style = AnsiColor::Yellow.on_default();

/// The words that start a line, or its first column in a report.
const STARTS: [(&str, Style); 4] = [
    ("error:", ERROR),
    ("note:", NOTE),
    ("internal error", ERROR),
    ("warning:", WARNING),
];
const LABELS: [(&str, Style); 3] = [
    ("  virtual ", SERVED),
    ("  denied ", CLOSED),
    ("  host ", LEFT),
];

/// Which of the standard streams are coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Painted {
    pub stdout: bool,
    pub stderr: bool,
}

/// What `choice` means for how the command was started.
pub(crate) fn painted(invocation: &Invocation, choice: Option<Color>) -> Painted {
    let no_color = invocation
        .env
        .iter()
        .any(|(name, value)| name == "NO_COLOR" && !value.is_empty());
    let on = |terminal: bool| match choice {
        Some(Color::Always) => true,
        Some(Color::Never) => false,
        Some(Color::Auto) | None => terminal && !no_color,
    };
    Painted {
        stdout: on(invocation.terminal.is_terminal),
        stderr: on(invocation.terminal.stderr_is_terminal),
    }
}

/// The choice in arguments that may be wrong elsewhere.
pub(crate) fn choice(args: &[String]) -> Option<Color> {
    let words = args.iter().filter_map(|arg| arg.strip_prefix("--color="));
    words
        .filter_map(|word| match word {
            "auto" => Some(Color::Auto),
            "always" => Some(Color::Always),
            "never" => Some(Color::Never),
            _ => None,
        })
        .next_back()
}

/// Standard error of `exit` in colours, when it is to have them.
pub fn paint_exit(exit: Exit, color: bool) -> Exit {
    if !color || exit.stderr.contains('\u{1b}') {
        return exit;
    }
    Exit {
        stderr: exit.stderr.split_inclusive('\n').map(paint_line).collect(),
        ..exit
    }
}

/// A report or a message, in colours.
pub(crate) fn paint_text(text: &str) -> String {
    text.split_inclusive('\n').map(paint_line).collect()
}

fn paint_line(line: &str) -> String {
    for (word, style) in STARTS {
        if let Some(rest) = line.strip_prefix(word) {
            return format!("{style}{word}{style:#}{rest}");
        }
    }
    for (label, style) in LABELS {
        if let Some(rest) = line.strip_prefix(label) {
            let word = label.trim();
            return format!("  {style}{word}{style:#} {rest}");
        }
    }
    line.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::Terminal;

    #[test]
    fn colours_follow_the_flag_then_no_color_then_the_terminal() {
        let invocation = |terminal: bool, no_color: Option<&str>| Invocation {
            terminal: Terminal {
                is_terminal: false,
                columns: None,
                stderr_is_terminal: terminal,
            },
            env: no_color
                .map(|value| ("NO_COLOR".into(), value.into()))
                .into_iter()
                .collect(),
            ..Invocation::default()
        };
        for (terminal, no_color, choice, stderr) in [
            (false, None, None, false),
            (true, None, None, true),
            (true, Some(""), None, true),
            (true, Some("1"), None, false),
            (true, Some("1"), Some(Color::Auto), false),
            (true, Some("1"), Some(Color::Always), true),
            (false, None, Some(Color::Always), true),
            (true, None, Some(Color::Never), false),
        ] {
            let painted = painted(&invocation(terminal, no_color), choice);
            assert_eq!(painted.stderr, stderr, "{terminal} {no_color:?} {choice:?}");
            assert_eq!(painted.stdout, choice == Some(Color::Always));
        }
    }

    #[test]
    fn only_the_first_word_of_a_line_is_painted() {
        let text = "error: a warning: b\nplain error:\n  denied     fs\n";
        let painted = paint_text(text);
        assert_eq!(
            painted,
            "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m a warning: b\nplain error:\n  \u{1b}[31mdenied\u{1b}[0m     fs\n"
        );
        let exit = |stderr: &str| Exit {
            stdout: String::new(),
            stderr: stderr.into(),
            code: 1,
        };
        assert_eq!(paint_exit(exit(text), true).stderr, painted);
        assert_eq!(paint_exit(exit(text), false).stderr, text);
        assert_eq!(paint_exit(exit(&painted), true).stderr, painted, "once");
    }
}
