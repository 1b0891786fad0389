//! The terms of the builder: the call that each policy key is spelled by. This module must never
//! decide what is a problem.

use super::WasiVirt;
use crate::error::{Error, Problem, Setting, SettingValue};

impl WasiVirt {
    /// An error in the builder's terms.
    pub(super) fn spelled(error: Error) -> Error {
        match error {
            Error::Invalid { problems } => Error::Invalid {
                problems: problems.into_iter().map(problem).collect(),
            },
            error => error,
        }
    }

    /// The warnings about what was configured, in the builder's terms.
    pub(super) fn warnings(&self, warnings: Vec<Problem>) -> Vec<Problem> {
        let is_configured = |problem: &Problem| {
            problem.keys().any(|key| match key {
                "host-env" | "host-args" => self.env.is_some(),
                "host-config" => self.config.is_some(),
                "stdin" | "stdout" | "stderr" => self.stdio.is_some(),
                "host-preopens" => self.fs.is_some(),
                "clocks" => self.clocks.is_some(),
                "random" => self.random.is_some(),
                "exit" => self.exit.is_some(),
                "http" => self.http.is_some(),
                "sockets" => self.sockets.is_some(),
                _ => false,
            })
        };
        let configured = warnings.into_iter().filter(is_configured);
        configured.map(problem).collect()
    }
}

fn problem(problem: Problem) -> Problem {
    problem.spelled(|setting, _| spell(setting))
}

/// What stands for the word of a rule in a list of its key.
const RULES: &str = "rules";

/// The call for each key, with the word of the value that it is for; an empty word stands for all.
const CALLS: [(&str, &str, &str); 34] = [
    ("env", "", "env().overrides()"),
    ("host-env", "", "env().allow_all()"),
    ("args", "", "env().args()"),
    ("host-args", "", "env().host_args()"),
    ("cwd", "", "env().cwd()"),
    ("stdin", "", "stdio().stdin()"),
    ("stdout", "", "stdio().stdout()"),
    ("stderr", "", "stdio().stderr()"),
    ("host-preopens", "", "fs().allow_host_preopens()"),
    ("mounts", "rw", "fs().preopen_with_mode()"),
    ("mounts", "", "fs().preopen()"),
    ("tmpfs", "", "fs().tmpfs()"),
    ("write-size", "", "fs().write_size()"),
    ("write-inodes", "", "fs().write_inodes()"),
    ("preopens", "", "fs().host_preopen()"),
    ("clocks", "allow", "clocks().allow()"),
    ("clocks", "", "clocks()"),
    ("random", "allow", "random().allow()"),
    ("random", "", "random().seed()"),
    ("exit", "", "exit().allow()"),
    ("sockets", "allow", "sockets().allow()"),
    ("sockets", RULES, "sockets().rules()"),
    ("sockets", "", "sockets()"),
    ("http", "allow", "http().allow()"),
    ("http", RULES, "http().rules()"),
    ("http", "", "http()"),
    ("host-config", "", "config().allow_all()"),
    ("config", "", "config().overrides()"),
    ("deny-mode", "", "deny_mode()"),
    ("deny-other", "", "deny_other()"),
    ("allow-import", "", "allow_import()"),
    ("adapter-memory", "", "adapter_memory()"),
    ("debug", "denied", "debug_denied()"),
    ("debug", "", "debug()"),
];

fn spell(setting: &Setting) -> String {
    let word = match &setting.value {
        Some(SettingValue::Word(word)) => &**word,
        Some(SettingValue::Entry { .. }) => RULES,
        _ => "",
    };
    let mut calls = CALLS.iter();
    let Some((_, _, call)) =
        calls.find(|(key, of, _)| *key == setting.key && (of.is_empty() || *of == word))
    else {
        // The builder has no call for it.
        return setting.to_string();
    };
    match &setting.value {
        Some(SettingValue::Item(item) | SettingValue::Entry { item, .. }) => {
            format!("`{}` in `{call}`", item.escape_debug())
        }
        _ => format!("`{call}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;
    use crate::testing::test;

    #[test]
    fn every_call_is_for_a_key_of_the_policy() {
        for (key, ..) in CALLS {
            assert!(Policy::KEYS.iter().any(|row| row.name == key), "{key}");
        }
        assert_eq!(
            spell(&Setting::key("write-inodes")),
            "`fs().write_inodes()`"
        );
        assert_eq!(
            spell(&Setting::word("mounts", "rw")),
            "`fs().preopen_with_mode()`"
        );
        assert_eq!(spell(&Setting::key("mounts")), "`fs().preopen()`");
        assert_eq!(
            spell(&Setting::entry("sockets", "deny", "a")),
            "`a` in `sockets().rules()`"
        );
    }

    #[test]
    fn a_warning_about_host_files_is_kept_where_files_are_configured() {
        let mut virt = WasiVirt::new();
        let warned = |virt: &WasiVirt| {
            let about = Problem::new(crate::error::ProblemKind::NoEffect)
                .asked(Setting::key("host-preopens"))
                .then(" has no effect");
            let kept = virt.warnings(vec![about]);
            kept.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(warned(&virt), [""; 0]);
        virt.fs().allow_host_preopens();
        assert_eq!(
            warned(&virt),
            ["`fs().allow_host_preopens()` has no effect"]
        );
    }
}
