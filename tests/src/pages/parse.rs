//! From the text of a page to its examples. An unknown comment is an error, so that nothing that a
//! page expects goes unread. It never runs anything.

use anyhow::{Context, Result, bail, ensure};
use std::ops::Range;

/// The examples under one heading, which share a folder.
#[derive(Debug, Default)]
pub struct Section {
    pub title: String,
    pub examples: Vec<Example>,
}

/// A block that is run.
#[derive(Debug, Default)]
pub struct Example {
    /// Where it begins, from 1.
    pub line: usize,
    pub script: String,
    /// Paths and names of components to put there first.
    pub components: Vec<(String, String)>,
    /// Paths and contents of files to put there first.
    pub texts: Vec<(String, String)>,
    /// The exit code; 0 if the page gives none.
    pub exit: i32,
    /// Globs of the imports that are left.
    pub left: Option<String>,
    /// A script for the artifact's export, and its answers.
    pub run: Option<String>,
    pub answers: String,
    /// Paths to ask of a server, and what the answer has.
    pub get: Vec<(String, String)>,
    pub printed: Option<Printed>,
}

/// What an example prints, and the lines of the page that say so.
#[derive(Debug)]
pub struct Printed {
    pub lines: Range<usize>,
    pub text: String,
}

impl Example {
    /// The script without a server that ends it, and the component of that server.
    pub fn server(&self) -> (&str, Option<&str>) {
        let (before, last) = match self.script.trim_end().rsplit_once('\n') {
            Some((before, last)) => (before, last),
            None => ("", self.script.trim_end()),
        };
        match last.strip_prefix("wasmtime serve ") {
            Some(component) => (before, Some(component)),
            None => (&self.script, None),
        }
    }

    fn comment(&mut self, key: &str, value: &str) -> Result<()> {
        let pair = || {
            let (path, value) = value.split_once(" = ").context("no ` = `")?;
            Ok::<_, anyhow::Error>((path.to_string(), value.to_string()))
        };
        match key {
            "component" => self.components.push(match value.contains(" = ") {
                true => pair()?,
                false => ("component.wasm".to_string(), value.to_string()),
            }),
            "text" => {
                let (path, text) = pair()?;
                self.texts.push((path, text.replace("\\n", "\n")));
            }
            "exit" => self.exit = value.parse().context("an exit code")?,
            "left" => self.left = Some(value.to_string()),
            "run" => self.run = Some(value.to_string()),
            "answers" => self.answers = format!("{value}\n"),
            "get" => self.get.push(pair()?),
            other => bail!("no comment is called `{other}`"),
        }
        Ok(())
    }
}

/// The examples of a page, by section. What the first comments put somewhere, before any example,
/// is there in each section.
pub fn sections(page: &str) -> Result<Vec<Section>> {
    let mut sections = vec![Section::default()];
    let mut everywhere = Example::default();
    // The last block, for a comment that says where it is to be written.
    let mut block = String::new();
    let mut written = Vec::new();
    let mut lines = (1..).zip(page.lines());
    while let Some((number, line)) = lines.next() {
        let section = sections.last_mut().context("there is one")?;
        if let Some(title) = line.strip_prefix("## ") {
            written.clear();
            sections.push(Section {
                title: title.to_string(),
                examples: Vec::new(),
            });
        } else if let Some(language) = line.strip_prefix("```") {
            block.clear();
            let mut end = number;
            for (number, line) in lines.by_ref() {
                end = number;
                if line == "```" {
                    break;
                }
                block += line;
                block.push('\n');
            }
            let script = match language {
                "sh" => Some(block.clone()),
                "yaml" => steps(&block),
                _ => None,
            };
            if let Some(script) = script {
                section.examples.push(Example {
                    line: number,
                    script,
                    components: everywhere.components.clone(),
                    texts: [everywhere.texts.clone(), std::mem::take(&mut written)].concat(),
                    ..Example::default()
                });
            } else if let ("text", Some(example)) = (language, section.examples.last_mut()) {
                ensure!(example.printed.is_none(), "line {number}: a second output");
                example.printed = Some(Printed {
                    lines: number..end - 1,
                    text: block.clone(),
                });
            }
        } else if let Some(comment) = line.strip_prefix("<!-- ") {
            let at = || format!("line {number}: {line}");
            let comment = comment.strip_suffix("-->").with_context(at)?;
            let (key, value) = comment.split_once(':').with_context(at)?;
            let value = value.trim();
            if key == "write" {
                written.push((value.to_string(), block.clone()));
            } else {
                let example = section.examples.last_mut().unwrap_or(&mut everywhere);
                example.comment(key, value).with_context(at)?;
            }
        }
    }
    sections.retain(|section| !section.examples.is_empty());
    Ok(sections)
}

/// The steps of a workflow that call `wasi-virt`.
fn steps(workflow: &str) -> Option<String> {
    let commands: String = workflow
        .lines()
        .filter_map(|line| {
            line.trim_start()
                .trim_start_matches("- ")
                .strip_prefix("run: ")
        })
        .filter(|command| command.starts_with("wasi-virt "))
        .map(|command| format!("{command}\n"))
        .collect();
    (!commands.is_empty()).then_some(commands)
}
