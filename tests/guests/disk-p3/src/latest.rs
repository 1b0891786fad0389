//! What a script does with files through WASI 0.3. Descriptors and streams stay open under names
//! from line to line.

use crate::flow::{self, Flow};
use crate::operation::settle;
use crate::program::CLOSED;
use crate::script::Command;
use crate::{blocking, entries, waiting};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use wasip3::filesystem::preopens;
use wasip3::filesystem::types::Descriptor;

/// How a call is lowered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Lowering {
    Async,
    Blocking,
}

/// What tasks beside the script report when they end.
pub type Reports = Rc<RefCell<Vec<String>>>;

/// What is open.
pub struct Program {
    descriptors: BTreeMap<String, Descriptor>,
    flows: BTreeMap<String, Flow>,
    reports: Reports,
}

impl Program {
    /// With the preopened directories open, each under its path.
    pub fn new() -> Self {
        let directories = preopens::get_directories().into_iter();
        Program {
            descriptors: directories
                .map(|(directory, path)| (path, directory))
                .collect(),
            flows: BTreeMap::new(),
            reports: Reports::default(),
        }
    }

    pub async fn perform(&mut self, line: &Command, lowering: Lowering) -> String {
        let name = line.word(0).to_string();
        match line.verb.as_str() {
            "open" => return self.open(name, line, lowering).await,
            "close" => {
                return match self.descriptors.remove(&name) {
                    Some(_) => "ok".into(),
                    None => CLOSED.into(),
                };
            }
            _ => {}
        }
        let flows = (&mut self.flows, &self.descriptors, &self.reports);
        if let Some(said) = flow::perform(line, flows).await {
            settle().await;
            return said;
        }
        let Some(at) = self.descriptors.get(&name) else {
            return CLOSED.into();
        };
        if let Some(said) = entries::perform(at, line).await {
            return said;
        }
        let other = match line.verb.as_str() {
            "same" => Some(1),
            "rename" => Some(2),
            "link" => Some(3),
            _ => None,
        };
        let other = match other.map(|word| self.descriptors.get(line.word(word))) {
            Some(None) => return CLOSED.into(),
            other => other.flatten(),
        };
        let said = match (lowering, other) {
            (Lowering::Async, Some(other)) => Some(waiting::on_two(at, other, line).await),
            (Lowering::Async, None) => match waiting::on_descriptor(at, line).await {
                None => waiting::on_path(at, line).await,
                said => said,
            },
            (Lowering::Blocking, Some(other)) => {
                let (at, other) = (blocking::lent(at), blocking::lent(other));
                Some(blocking::on_two(&at, &other, line).await)
            }
            (Lowering::Blocking, None) => {
                let at = blocking::lent(at);
                match blocking::on_descriptor(&at, line).await {
                    None => blocking::on_path(&at, line).await,
                    said => said,
                }
            }
        };
        said.unwrap_or_else(|| panic!("there is no {:?}", line.verb))
    }

    async fn open(&mut self, name: String, line: &Command, lowering: Lowering) -> String {
        let Some(at) = self.descriptors.get(line.word(1)) else {
            return CLOSED.into();
        };
        let opened = match lowering {
            Lowering::Async => waiting::open(at, line).await,
            Lowering::Blocking => {
                let opened = blocking::open(&blocking::lent(at), line).await;
                opened.map(|(opened, said)| (blocking::kept(opened), said))
            }
        };
        match opened {
            Ok((opened, said)) => {
                self.descriptors.insert(name, opened);
                said
            }
            Err(said) => said,
        }
    }

    /// Drops every stream, and says what the tasks beside the script reported.
    pub async fn finish(mut self) -> String {
        self.flows.clear();
        settle().await;
        let mut reports = self.reports.take();
        reports.sort();
        reports.concat()
    }
}

/// The flags that letters stand for.
pub fn flags<F: Copy + FromIterator<F>>(letters: &str, known: &[(char, F)]) -> F {
    known
        .iter()
        .filter(|(letter, _)| letters.contains(*letter))
        .map(|(_, flag)| *flag)
        .collect()
}
