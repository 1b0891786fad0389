//! What a type cannot say of the values of a policy file: the rules that flags keep, too. Two keys are
//! compared only where no flag could settle it; the rest is the flags' to check.

use wasi_virt::{Access, HostEnv, Policy, Random};

/// A step from the root of the file to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// To the value of this key.
    Key(String),
    /// To the item at this position.
    Item(usize),
}

/// The way to a value, and what is wrong with it.
type Problem = (Vec<Step>, String);

/// Everything that is wrong with a policy that was read.
pub(super) fn check(policy: &Policy) -> Vec<Problem> {
    let mut found = Vec::new();
    for (name, value) in &policy.env {
        let path = [key("env"), key(name)];
        variable(&path, name, &mut found);
        no_nul(&path, value, &mut found);
    }
    for (name, value) in &policy.config {
        let path = [key("config"), key(name)];
        variable(&path, name, &mut found);
        no_nul(&path, value, &mut found);
    }
    let hosts = [
        ("host-env", &policy.host_env),
        ("host-config", &policy.host_config),
    ];
    for (name, host) in hosts {
        let (word, names) = match host {
            HostEnv::Only(names) => ("only", names),
            HostEnv::Except(names) => ("except", names),
            HostEnv::None | HostEnv::All => continue,
        };
        for (position, listed) in names.iter().enumerate() {
            let path = [key(name), key(word), Step::Item(position)];
            variable(&path, listed, &mut found);
        }
    }
    if matches!(policy.random, Random::Seed(seed) if seed > Random::LAST_SEED) {
        found.push((
            vec![key("random"), key("seed")],
            format!("the largest seed is {}", Random::LAST_SEED),
        ));
    }
    for (position, arg) in policy.args.iter().enumerate() {
        no_nul(&[key("args"), Step::Item(position)], arg, &mut found);
    }
    if !policy.args.is_empty() && policy.host_args == Access::Allow {
        found.push((
            vec![key("host-args")],
            "`args` gives the exact arguments, and this leaves them to the host; give one of them"
                .into(),
        ));
    }
    if let Some(cwd) = &policy.cwd {
        non_empty(&[key("cwd")], cwd, &mut found);
    }
    for (position, mount) in policy.mounts.iter().enumerate() {
        let at = |name| [key("mounts"), Step::Item(position), key(name)];
        non_empty(&at("guest"), &mount.guest, &mut found);
        non_empty(&at("source"), &mount.source, &mut found);
        count(&at("nodes"), mount.nodes, &mut found);
    }
    for (position, tmpfs) in policy.tmpfs.iter().enumerate() {
        let at = |name| [key("tmpfs"), Step::Item(position), key(name)];
        non_empty(&at("guest"), &tmpfs.guest, &mut found);
        count(&at("nodes"), tmpfs.nodes, &mut found);
    }
    count(&[key("write-nodes")], policy.write_nodes, &mut found);
    for (position, preopen) in policy.preopens.iter().enumerate() {
        let at = |name| [key("preopens"), Step::Item(position), key(name)];
        non_empty(&at("guest"), &preopen.guest, &mut found);
        non_empty(&at("host"), &preopen.host, &mut found);
    }
    let patterns = [
        ("include", &policy.include),
        ("exclude", &policy.exclude),
        ("allow-import", &policy.allow_import),
    ];
    for (name, list) in patterns {
        for (position, pattern) in list.iter().enumerate() {
            non_empty(&[key(name), Step::Item(position)], pattern, &mut found);
        }
    }
    found
}

fn key(name: &str) -> Step {
    Step::Key(name.into())
}

fn variable(path: &[Step], name: &str, found: &mut Vec<Problem>) {
    if name.contains('=') {
        found.push((path.to_vec(), "a name cannot hold `=`".into()));
    }
    non_empty(path, name, found);
}

/// Numbers end where those of a policy file do.
fn count(path: &[Step], number: Option<u64>, found: &mut Vec<Problem>) {
    if number.is_some_and(|number| i64::try_from(number).is_err()) {
        found.push((path.to_vec(), format!("the largest number is {}", i64::MAX)));
    }
}

fn non_empty(path: &[Step], text: &str, found: &mut Vec<Problem>) {
    if text.is_empty() {
        found.push((path.to_vec(), "the text is empty".into()));
    }
    no_nul(path, text, found);
}

fn no_nul(path: &[Step], text: &str, found: &mut Vec<Problem>) {
    if text.contains('\0') {
        let message = "a NUL character is not possible here";
        found.push((path.to_vec(), message.into()));
    }
}
