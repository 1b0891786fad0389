//! The answers of lookups that a program may connect to. Answers do not expire, because the program
//! could look the name up again: the oldest of many are forgotten. This module must never decide
//! which answers are remembered.

use crate::address::Address;
use crate::hash::hash;
use crate::host::Name;
use crate::rule::{Ports, Protocol};
use alloc::collections::VecDeque;

/// How many answers are remembered in all.
const MOST: usize = 1024;
/// How many of one name.
const MOST_OF_NAME: usize = 64;

/// What an answer admits.
type Admitted = (Protocol, Address, Ports);

/// See the module.
#[derive(Debug, Default)]
pub struct Answers {
    /// With a number for the name, the oldest first.
    entries: VecDeque<(u64, Admitted)>,
}

impl Answers {
    /// No answer.
    pub const fn new() -> Answers {
        Answers {
            entries: VecDeque::new(),
        }
    }

    /// Remembers that the answer to a name admits something. Gives false where there is no memory
    /// for it.
    pub fn add(&mut self, name: &Name, admitted: Admitted) -> bool {
        if self.entries.try_reserve(1).is_err() {
            return false;
        }
        let entry = (number(name), admitted);
        let of_name = |other: &(u64, Admitted)| other.0 == entry.0;
        if let Some(known) = self.entries.iter().position(|other| *other == entry) {
            self.entries.remove(known);
        } else if self.entries.iter().filter(|other| of_name(other)).count() == MOST_OF_NAME {
            if let Some(oldest) = self.entries.iter().position(of_name) {
                self.entries.remove(oldest);
            }
        } else if self.entries.len() == MOST {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
        true
    }

    /// Whether an answer admits this.
    pub fn has(&self, protocol: Protocol, address: Address, port: u16) -> bool {
        self.entries
            .iter()
            .any(|(_, (of, known, ports))| *of == protocol && *known == address && ports.has(port))
    }
}

/// A number for a name. Two names with the same number share their places: less is remembered then,
/// and nothing more is admitted.
fn number(name: &Name) -> u64 {
    hash(name.as_str().bytes())
}
