//! What is wrong with a rule, and whether the rule shows all the same what was meant. This module
//! must never know what a rule means.

/// Everything that is wrong with one rule.
#[derive(Debug, Default)]
pub(super) struct Faults {
    found: Vec<String>,
}

impl Faults {
    /// Adds a fault that the reader mended: what it returns is what was meant.
    pub(super) fn mended(&mut self, why: impl Into<String>) {
        let why = why.into();
        if !self.found.contains(&why) {
            self.found.push(why);
        }
    }

    /// Adds a fault that cannot be mended.
    pub(super) fn lost<T>(&mut self, why: impl Into<String>) -> Option<T> {
        self.mended(why);
        None
    }

    /// The rule, or a message with its faults. A rule that could be mended is spelled by `print`.
    pub(super) fn judged<T>(
        self,
        rule: Option<T>,
        print: impl FnOnce(&T) -> String,
    ) -> Result<T, String> {
        match (rule, self.found.is_empty()) {
            (Some(rule), true) => Ok(rule),
            (Some(rule), false) => {
                let instead = print(&rule);
                let why = self.found.join(", and ");
                Err(format!("{why}; write `{}`", instead.escape_debug()))
            }
            (None, _) => Err(self.found.join(", and ")),
        }
    }
}
