//! Generated trees and paths against a model: the same rules, written the slow and obvious way.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{blob, path_of, root, tree};
use crate::{Error, Follow};

/// A small generator of numbers (xorshift), so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn path(&mut self) -> String {
        let mut path = String::new();
        for _ in 0..=self.below(5) {
            path.push_str(self.pick(&["a", "b", "c", "a", "b", "..", "."]));
            path.push_str(self.pick(&["/", "/", "/", "//"]));
        }
        if self.below(4) != 0 {
            path.truncate(path.trim_end_matches('/').len());
        }
        if self.below(30) == 0 {
            path.insert(0, '/');
        }
        path
    }
}

#[derive(Clone, Debug)]
enum Model {
    Directory,
    File,
    Link(String),
}

/// Everything by its path, the root as the empty path.
type Models = BTreeMap<String, Model>;

fn join(directory: &str, name: &str) -> String {
    match directory {
        "" => name.to_string(),
        _ => alloc::format!("{directory}/{name}"),
    }
}

fn parent(path: &str) -> String {
    path.rsplit_once('/')
        .map_or(String::new(), |(parent, _)| parent.to_string())
}

/// Looks up by expanding the path in place.
fn model_lookup(models: &Models, path: &str, follow: Follow) -> Result<String, Error> {
    let mut rest = path.to_string();
    let mut at = String::new();
    let mut links = 0;
    if path.is_empty() {
        return Err(Error::NoEntry);
    }
    loop {
        if rest.starts_with('/') && at.is_empty() && links == 0 && rest == path {
            return Err(Error::NotPermitted);
        }
        let trimmed = rest.trim_start_matches('/').to_string();
        if trimmed.is_empty() {
            return Ok(at);
        }
        let (name, after) = match trimmed.find('/') {
            Some(end) => (trimmed[..end].to_string(), trimmed[end..].to_string()),
            None => (trimmed.clone(), String::new()),
        };
        rest = after;
        match name.as_str() {
            "." => continue,
            ".." if at.is_empty() => return Err(Error::NotPermitted),
            ".." => at = parent(&at),
            _ => {
                let next = join(&at, &name);
                match models.get(&next) {
                    None => return Err(Error::NoEntry),
                    Some(Model::Directory) => at = next,
                    Some(Model::File) if rest.is_empty() => return Ok(next),
                    Some(Model::File) => return Err(Error::NotDirectory),
                    Some(Model::Link(_)) if rest.is_empty() && follow == Follow::No => {
                        return Ok(next);
                    }
                    Some(Model::Link(target)) => {
                        links += 1;
                        if target.starts_with('/') {
                            return Err(Error::NotPermitted);
                        }
                        if links > 40 {
                            return Err(Error::Loop);
                        }
                        rest = alloc::format!("{target}{rest}");
                    }
                }
            }
        }
    }
}

#[test]
fn lookups_agree_with_the_model() {
    for seed in 1..400_u64 {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut models = Models::from([(String::new(), Model::Directory)]);
        for _ in 0..12 {
            let directories: Vec<String> = models
                .iter()
                .filter(|(_, model)| matches!(model, Model::Directory))
                .map(|(path, _)| path.clone())
                .collect();
            let directory = &directories[random.below(directories.len())];
            let model = match random.below(4) {
                0 => Model::File,
                1 => Model::Link(random.path()),
                _ => Model::Directory,
            };
            models
                .entry(join(directory, random.pick(&["a", "b", "c"])))
                .or_insert(model);
        }
        let entries: Vec<String> = models
            .iter()
            .filter(|(path, _)| !path.is_empty())
            .map(|(path, model)| match model {
                Model::Directory => alloc::format!("{path}/"),
                Model::File => path.clone(),
                Model::Link(target) => alloc::format!("{path} -> {target}"),
            })
            .collect();
        let entries: Vec<&str> = entries.iter().map(|entry| &**entry).collect();
        let blob = blob(&[("/", &entries)]);
        let tree = tree(&blob);
        for _ in 0..200 {
            let path = random.path();
            let follow = if random.below(2) == 0 {
                Follow::Yes
            } else {
                Follow::No
            };
            let found = tree.lookup(root(tree), path.as_bytes(), follow);
            assert_eq!(
                found.map(|node| path_of(tree, node)),
                model_lookup(&models, &path, follow),
                "{path} {follow:?} in {entries:?}"
            );
        }
    }
}
