//! Lists of rules as tables: groups, their buckets, and what is stored for each key. This module
//! must never know what a rule says.

use super::TargetRule;
use crate::address::{Address, Block};
use crate::read::tag;
use crate::table::{Key, bucket};
use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;

/// What the keys of a group have in common: a tag, and how many bits they have. Groups come in this
/// order.
type Shared = (u8, Reverse<usize>);

/// What is stored for the keys of a list.
#[derive(Default)]
pub(super) struct Table {
    groups: BTreeMap<Shared, BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl Table {
    /// What is stored for a key. It is there from now on, even if it stays empty.
    pub(super) fn entry(&mut self, (shared, key): (Shared, Vec<u8>)) -> &mut Vec<u8> {
        let group = self.groups.entry(shared).or_default();
        group.entry(key).or_default()
    }

    /// Adds a rule behind those with the same target.
    pub(super) fn add(&mut self, target: &TargetRule, rule: &[u8]) {
        for key in keys(target) {
            self.entry(key).extend(rule);
        }
    }

    /// Writes it with its length.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let mut list = Vec::new();
        for ((tag, bits), entries) in &self.groups {
            let bits = u16::try_from(bits.0).expect("names are short");
            let buckets = (entries.len() / 2).next_power_of_two();
            list.push(*tag);
            list.extend(bits.to_le_bytes());
            list.push(buckets.trailing_zeros() as u8);
            sized(&mut list, &group(entries, buckets));
        }
        sized(out, &list);
    }
}

/// Where the buckets but the first begin, and the buckets.
fn group(entries: &BTreeMap<Vec<u8>, Vec<u8>>, count: usize) -> Vec<u8> {
    let mut buckets = vec![Vec::new(); count];
    for (key, rules) in entries {
        let bucket = &mut buckets[bucket(key.iter().copied(), count)];
        bucket.extend(key);
        sized(bucket, rules);
    }
    let mut starts = Vec::new();
    let mut start = 0;
    for bucket in &buckets[..count - 1] {
        start += bucket.len();
        long(&mut starts, start);
    }
    [starts, buckets.concat()].concat()
}

/// The keys under which a rule is found.
fn keys(target: &TargetRule) -> Vec<(Shared, Vec<u8>)> {
    match target {
        TargetRule::Exact(name, ..) => vec![of_name(tag::EXACT, name)],
        TargetRule::Below(name, ..) => vec![of_name(tag::BELOW, name)],
        TargetRule::Any(_) => vec![of_name(tag::ANY, "")],
        TargetRule::Block(block) => vec![of_block(*block)],
        TargetRule::Local => [Address::V4(0), Address::V6(0)]
            .into_iter()
            .filter_map(|first| Block::new(first, 0).map(of_block))
            .collect(),
    }
}

/// The key of a name.
pub(super) fn of_name(tag: u8, name: &str) -> (Shared, Vec<u8>) {
    of_bits(tag, name.as_bytes(), name.len() * 8)
}

/// The key of a block.
fn of_block(block: Block) -> (Shared, Vec<u8>) {
    let bits = block.bits().into();
    match block.first() {
        Address::V4(first) => of_bits(tag::V4, &first.to_le_bytes(), bits),
        Address::V6(first) => of_bits(tag::V6, &first.to_le_bytes(), bits),
    }
}

fn of_bits(tag: u8, bytes: &[u8], bits: usize) -> (Shared, Vec<u8>) {
    let (_, key) = Key::split(bytes, bits).expect("a key is a part of its host");
    ((tag, Reverse(bits)), key.bytes().collect())
}

/// Writes a number in four bytes.
pub(super) fn long(out: &mut Vec<u8>, number: usize) {
    let number = u32::try_from(number).expect("rules have less than 4 GiB");
    out.extend(number.to_le_bytes());
}

/// Writes bytes with their length in four bytes.
pub(super) fn sized(out: &mut Vec<u8>, bytes: &[u8]) {
    long(out, bytes.len());
    out.extend(bytes);
}
