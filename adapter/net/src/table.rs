//! Lists of rules as tables, in which a decision reads the rules for its host alone. All rules of a
//! *group* share equally much with their hosts: so many bits at the end of a name, or so many first
//! bits of an address. Those bits are the *key* of a rule. So a host has at most one key in a
//! group. The hash of the key says in which *bucket* it lies, with its rules behind it.
//!
//! This module must never panic, whatever the bytes, and never look at what a rule says.

use crate::address::Address;
use crate::hash::hash;
use crate::host::{Host, Name, is_dotted_and_public};
use crate::read::{Reader, Stored, tag};

/// Whom rules are looked for, as bytes that end in what rules share with it: a name, or an address
/// with its first byte at the end.
pub(crate) enum To<'h> {
    Name(&'h [u8]),
    V4([u8; 4]),
    V6([u8; 16]),
}

impl<'h> From<&'h Name> for To<'h> {
    fn from(name: &'h Name) -> Self {
        To::Name(name.as_str().as_bytes())
    }
}

impl From<Address> for To<'_> {
    fn from(address: Address) -> Self {
        match address {
            Address::V4(bits) => To::V4(bits.to_le_bytes()),
            Address::V6(bits) => To::V6(bits.to_le_bytes()),
        }
    }
}

impl<'h> From<&'h Host> for To<'h> {
    fn from(host: &'h Host) -> Self {
        match host {
            Host::Name(name) => name.into(),
            Host::Address(address) => (*address).into(),
        }
    }
}

impl To<'_> {
    /// Its key in a group; none where the group has no rule for it.
    fn key(&self, group: &Group<'_>) -> Option<Key<'_>> {
        let bytes = match self {
            To::Name(name) => name,
            To::V4(address) => &address[..],
            To::V6(address) => address,
        };
        let (above, key) = Key::split(bytes, group.bits)?;
        let is_there = match (self, group.tag) {
            (To::Name(_), tag::EXACT) => above.is_empty(),
            (To::Name(_), tag::BELOW) => above.ends_with(b"."),
            (To::Name(_), tag::ANY) => is_dotted_and_public(above),
            (To::V4(_), tag::V4) | (To::V6(_), tag::V6) => true,
            _ => false,
        };
        is_there.then_some(key)
    }
}

/// What the rules of a group are found by.
#[derive(Clone, Copy)]
pub(crate) struct Key<'t> {
    bytes: &'t [u8],
    /// Which bits of the first byte count. The others are 0 where keys are stored.
    mask: u8,
}

impl<'t> Key<'t> {
    /// The bytes before the last bits, and those bits.
    pub(crate) fn split(bytes: &'t [u8], bits: usize) -> Option<(&'t [u8], Key<'t>)> {
        let above = bytes.len().checked_sub(bits.div_ceil(8))?;
        let (above, bytes) = bytes.split_at_checked(above)?;
        let mask = match bits % 8 {
            0 => 0xff,
            bits => !(0xff >> bits),
        };
        Some((above, Key { bytes, mask }))
    }

    pub(crate) fn bytes(self) -> impl Iterator<Item = u8> {
        let Key { bytes, mut mask } = self;
        bytes.iter().map(move |byte| {
            let counts = byte & mask;
            mask = 0xff;
            counts
        })
    }
}

/// In which of so many buckets, a power of two, a key lies.
pub(crate) fn bucket(key: impl Iterator<Item = u8>, buckets: usize) -> usize {
    let hash = hash(key);
    // The lowest bits of the hash come from the lowest bits of the bytes alone.
    (hash ^ hash >> 32) as u32 as usize & (buckets - 1)
}

/// Rules that share equally much with their hosts.
struct Group<'r> {
    /// With which hosts: one of [`tag`].
    tag: u8,
    /// How much.
    bits: usize,
    /// How many buckets there are.
    buckets: usize,
    /// Where each bucket but the first begins.
    starts: &'r [u8],
    entries: &'r [u8],
}

impl<'r> Reader<'r> {
    fn group(&mut self) -> Option<Group<'r>> {
        let (tag, bits) = (self.byte()?, self.short()?);
        let most = match tag {
            tag::EXACT | tag::BELOW | tag::ANY => u16::MAX,
            tag::V4 => 32,
            tag::V6 => 128,
            _ => return None,
        };
        let buckets = 1_usize.checked_shl(self.byte()?.into())?;
        let mut inner = Reader(self.list()?);
        (bits <= most).then_some(Group {
            tag,
            bits: bits.into(),
            buckets,
            starts: inner.bytes((buckets - 1).checked_mul(4)?)?,
            entries: inner.0,
        })
    }
}

impl<'r> Group<'r> {
    /// What is stored for a key; none in it where that is nothing.
    fn find(&self, key: Key<'_>) -> Option<Option<Entry<'r>>> {
        let at = bucket(key.bytes(), self.buckets);
        let start = |at: usize| {
            let start = Reader(self.starts.get(at * 4..)?).long()?;
            usize::try_from(start).ok()
        };
        let from = match at {
            0 => 0,
            _ => start(at - 1)?,
        };
        let to = start(at).unwrap_or(self.entries.len());
        let mut bucket = Reader(self.entries.get(from..to)?);
        while !bucket.0.is_empty() {
            let entry = Entry {
                key: bucket.bytes(key.bytes.len())?,
                rules: bucket.list()?,
            };
            #[cfg(test)]
            crate::tests::looked_at();
            if key.bytes().eq(entry.key.iter().copied()) {
                return Some(Some(entry));
            }
        }
        Some(None)
    }
}

/// The rules with one key.
pub(crate) struct Entry<'r> {
    pub(crate) key: &'r [u8],
    pub(crate) rules: &'r [u8],
}

/// A list of rules; none where its bytes are not there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List<'r>(pub(crate) Option<&'r [u8]>);

impl<'r> List<'r> {
    /// Whether it has a rule.
    pub(crate) fn has_some(self) -> bool {
        let mut reader = Reader(self.0.unwrap_or_default());
        reader.group().is_some()
    }

    /// Whether it has a rule for a host.
    pub(crate) fn has(self, to: &To<'_>) -> bool {
        self.entries(to).next().is_some_and(|entry| entry.is_some())
    }

    /// What is stored for the keys of a host, beginning with those that share most. None stands for
    /// what cannot be read, and is the last.
    pub(crate) fn entries<'t>(self, to: &'t To<'_>) -> Entries<'r, 't> {
        let groups = self.0.map(Reader);
        Entries { groups, to }
    }

    /// The rules for a host. None stands for what cannot be read, and is the last.
    pub(crate) fn all<T: Stored<'r>>(self, to: &To<'_>) -> impl Iterator<Item = Option<T>> {
        let mut entries = self.entries(to);
        let mut rules = Reader(&[]);
        core::iter::from_fn(move || {
            while rules.0.is_empty() {
                match entries.next()? {
                    Some(entry) => rules = Reader(entry.rules),
                    None => return Some(None),
                }
            }
            #[cfg(test)]
            crate::tests::looked_at();
            let rule = T::read(&mut rules);
            if rule.is_none() {
                rules = Reader(&[]);
                entries.end();
            }
            Some(rule)
        })
    }

    /// The rules for a host, up to what cannot be read.
    pub(crate) fn readable<T: Stored<'r>>(self, to: &To<'_>) -> impl Iterator<Item = T> {
        self.all(to).map_while(|rule| rule)
    }
}

/// See [`List::entries`].
pub(crate) struct Entries<'r, 't> {
    /// The groups that were not looked at; none if they cannot be read.
    groups: Option<Reader<'r>>,
    to: &'t To<'t>,
}

impl<'r> Entries<'r, '_> {
    /// The next entry; none in it at the end.
    fn read(&mut self) -> Option<Option<Entry<'r>>> {
        let groups = self.groups.as_mut()?;
        while !groups.0.is_empty() {
            let group = groups.group()?;
            if let Some(key) = self.to.key(&group) {
                let entry = group.find(key)?;
                if entry.is_some() {
                    return Some(entry);
                }
            }
        }
        Some(None)
    }

    /// Looks at nothing more.
    fn end(&mut self) {
        self.groups = Some(Reader(&[]));
    }
}

impl<'r> Iterator for Entries<'r, '_> {
    type Item = Option<Entry<'r>>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.read();
        if entry.is_none() {
            self.end();
        }
        entry.map_or(Some(None), |entry| entry.map(Some))
    }
}
