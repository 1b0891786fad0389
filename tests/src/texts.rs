//! Texts that a case expects, beside the texts that came. A text is a result: a bless may replace
//! it. Everything else that a case says is a judgement and never passes through here.

use crate::host::PLANTED;
use anyhow::{Result, bail, ensure};

/// A text of a case and the one that came.
#[derive(Clone, Debug)]
pub struct Text {
    /// The key in the case.
    pub key: &'static str,
    /// The position in the key's list, where the text only has to be a part of what came.
    pub part: Option<usize>,
    pub expected: String,
    pub came: String,
}

impl Text {
    /// A text that is all of what came.
    pub fn whole(key: &'static str, expected: &str, came: &str) -> Text {
        Text {
            key,
            part: None,
            expected: expected.to_string(),
            came: came.to_string(),
        }
    }

    /// Texts that are parts of what came.
    pub fn parts(key: &'static str, expected: &[String], came: &str) -> Vec<Text> {
        let part = |(position, part): (usize, &String)| Text {
            part: Some(position),
            ..Text::whole(key, part, came)
        };
        expected.iter().enumerate().map(part).collect()
    }

    /// Whether what came is what the case expects.
    pub fn holds(&self) -> bool {
        match self.part {
            Some(_) => self.came.contains(&self.expected),
            None => self.came == self.expected,
        }
    }

    /// Fails where it does not hold, and shows how.
    pub fn check(&self) -> Result<()> {
        if self.holds() {
            return Ok(());
        }
        match self.part {
            Some(_) => bail!("{}: no {:?} in {:?}", self.key, self.expected, self.came),
            None => bail!(
                "`{}` differs:\n{}",
                self.key,
                difference(&self.came, &self.expected)
            ),
        }
    }

    /// The text that a case must expect so that this holds.
    ///
    /// # Errors
    ///
    /// When the new text would show more of what the host has planted, or nothing at all, or when
    /// no lines resemble the part that is missing. A person has to decide these.
    pub fn blessed(&self) -> Result<String> {
        if self.holds() {
            return Ok(self.expected.clone());
        }
        let text = match self.part {
            Some(_) => nearest(&self.came, &self.expected),
            None => Some(self.came.clone()),
        };
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            bail!(
                "`{}` cannot be blessed, no line resembles {:?}: {:?}",
                self.key,
                self.expected,
                self.came
            );
        };
        let planted = |text: &str| text.matches(PLANTED).count();
        ensure!(
            planted(&text) <= planted(&self.expected),
            "`{}` shows what is planted, which is never blessed:\n{}",
            self.key,
            difference(&text, &self.expected)
        );
        Ok(text)
    }
}

/// As many lines of a text as a part has, those that share most words with it, and at least half.
fn nearest(text: &str, part: &str) -> Option<String> {
    let words: Vec<&str> = part.split_whitespace().collect();
    let lines: Vec<&str> = text.lines().collect();
    let height = part.lines().count().max(1);
    let shared = |window: &&[&str]| {
        let there: Vec<&str> = window
            .iter()
            .flat_map(|line| line.split_whitespace())
            .collect();
        words.iter().filter(|word| there.contains(word)).count()
    };
    // The first of those that share the most.
    let best = lines.windows(height).rev().max_by_key(shared)?;
    let mut found = best.join("\n");
    if part.ends_with('\n') {
        found.push('\n');
    }
    (shared(&best) * 2 >= words.len()).then_some(found)
}

/// The lines at which two texts differ.
pub fn difference(came: &str, expected: &str) -> String {
    let (mut came, mut expected) = (came.lines(), expected.lines());
    let mut out = String::new();
    loop {
        match (came.next(), expected.next()) {
            (None, None) => return out,
            (a, b) if a == b => {}
            (a, b) => {
                let shown = |line: Option<&str>| line.unwrap_or("(nothing)").to_string();
                out += &format!("  is         {}\n  and should {}\n", shown(a), shown(b));
            }
        }
    }
}
