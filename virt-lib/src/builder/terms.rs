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
                "fs" => self.fs.is_some(),
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

fn spell(setting: &Setting) -> String {
    let word = match &setting.value {
        Some(SettingValue::Word(word)) => word,
        _ => "",
    };
    let call = match (&*setting.key, word) {
        ("env", _) => "env().overrides()",
        ("host-env", _) => "env().allow_all()",
        ("args", _) => "env().args()",
        ("host-args", _) => "env().host_args()",
        ("cwd", _) => "env().cwd()",
        ("stdin", _) => "stdio().stdin()",
        ("stdout", _) => "stdio().stdout()",
        ("stderr", _) => "stdio().stderr()",
        ("fs", _) => "fs().allow_host_preopens()",
        ("mounts", "rw") => "fs().preopen_with_mode()",
        ("mounts", _) => "fs().preopen()",
        ("tmpfs", _) => "fs().tmpfs()",
        ("write-size", _) => "fs().write_size()",
        ("write-nodes", _) => "fs().write_nodes()",
        ("preopens", _) => "fs().host_preopen()",
        ("clocks", "allow") => "clocks().allow()",
        ("clocks", _) => "clocks()",
        ("random", "allow") => "random().allow()",
        ("random", _) => "random().seed()",
        ("exit", _) => "exit().allow()",
        ("sockets", _) => "sockets().allow()",
        ("http", _) => "http().allow()",
        ("host-config", _) => "config().allow_all()",
        ("config", _) => "config().overrides()",
        ("deny", _) => "deny_mode()",
        ("deny-other", _) => "deny_other()",
        ("allow-import", _) => "allow_import()",
        ("adapter-memory", _) => "adapter_memory()",
        ("debug", _) => "debug()",
        // The builder has no call for it.
        _ => return setting.to_string(),
    };
    match &setting.value {
        Some(SettingValue::Item(item)) => format!("`{}` in `{call}`", item.escape_debug()),
        _ => format!("`{call}`"),
    }
}
