//! What of a module can be reached from its exports. Data and the memory always are.

use super::FunctionId;
use super::GlobalId;
use super::Item;
use super::Module;
use super::Op;
use super::Source;
use super::body::{Mention, Site};
use crate::error::Result;

/// The functions and globals that stay.
pub(super) struct Live {
    /// By function; `None` for those that go. Functions of the prebuilt module have their mentions
    /// in it.
    pub functions: Vec<Option<Vec<Site>>>,
    pub globals: Vec<bool>,
}

impl Live {
    pub(super) fn new(module: &Module) -> Result<Self> {
        let mut live = Live {
            functions: module.functions.iter().map(|_| None).collect(),
            globals: vec![false; module.globals.len()],
        };
        let mut todo = Vec::new();
        for item in module.exports.values() {
            match item {
                Item::Function(id) => todo.push(*id),
                Item::Global(GlobalId(id)) => live.globals[*id as usize] = true,
                Item::Memory => {}
            }
        }
        while let Some(FunctionId(id)) = todo.pop() {
            let id = id as usize;
            if live.functions[id].is_some() {
                continue;
            }
            let mut sites = Vec::new();
            match &module.functions[id].source {
                Source::Import { .. } | Source::Nothing => {}
                Source::Added(ops) => todo.extend(ops.iter().filter_map(|op| match op {
                    Op::Call(id) => Some(*id),
                    _ => None,
                })),
                Source::Prebuilt(body) => {
                    sites = body.sites()?;
                    for site in &sites {
                        match site.what {
                            Mention::Call(id) => todo.push(id),
                            Mention::Get(GlobalId(id)) | Mention::Set(GlobalId(id)) => {
                                live.globals[id as usize] = true;
                            }
                        }
                    }
                }
            }
            live.functions[id] = Some(sites);
        }
        Ok(live)
    }
}
