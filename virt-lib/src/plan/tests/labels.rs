//! What the log calls the calls of each function, under several policies.

use super::super::label::{Label, Word};
use super::*;
use crate::plan::layout::Operand;
use crate::policy::{Access, Clocks, StdioMode};
use std::collections::BTreeMap;

/// The label of each function of WASI, by interface without version and name.
fn labels(policy: Policy, files: Files) -> BTreeMap<String, Option<Label>> {
    let policy = Policy {
        debug: crate::policy::DebugLog::All,
        ..policy
    };
    planned(&everything("0.2.12"), &policy, files, |_, plan| {
        let replaced = plan.unwrap().replaced;
        let labels = replaced.into_iter().map(|one| (one.site.key(), one.label));
        labels.collect()
    })
}

fn by_handle(handles: &[u32], ours: Word, theirs: Word) -> Option<Label> {
    Some(Label::Handles {
        handles: handles.iter().copied().map(Operand::param).collect(),
        ours,
        theirs,
    })
}

fn always(word: Word) -> Option<Label> {
    Some(Label::Always(word))
}

const READ: &str = "wasi:io/streams#[method]input-stream.read";
const SPLICE: &str = "wasi:io/streams#[method]output-stream.splice";

#[test]
fn streams_that_are_denied_are_not_called_virtual() {
    let policy = Policy {
        stdin: StdioMode::Ignore,
        clocks: Clocks::Allow,
        ..Policy::default()
    };
    let labels = labels(policy, Files::default());
    assert_eq!(labels["wasi:cli/stdin#get-stdin"], always(Word::Virtual));
    assert_eq!(labels["wasi:cli/stdout#get-stdout"], always(Word::Denied));
    assert_eq!(labels["wasi:clocks/wall-clock#now"], always(Word::Host));
    assert_eq!(
        labels["wasi:random/random#get-random-u64"],
        always(Word::Denied)
    );
    // Whether the stream is denied is known when it is called.
    assert_eq!(labels[READ], by_handle(&[0], Word::Virtual, Word::Virtual));
    let both = by_handle(&[0, 1], Word::Virtual, Word::Virtual);
    assert_eq!(labels[SPLICE], both);
    // There are host timers, and streams that are virtual.
    assert_eq!(labels["wasi:io/poll#poll"], Some(Label::Poll));
    assert!(!labels.contains_key("wasi:random/random#[resource-drop]x"));
    let drops = labels
        .iter()
        .filter(|(key, _)| key.contains("[resource-drop]"));
    assert!(drops.into_iter().all(|(_, label)| label.is_none()));
}

#[test]
fn handles_of_both_kinds_say_who_answers() {
    let policy = Policy {
        host_preopens: Access::Allow,
        http: Access::Allow.into(),
        ..Policy::allow_all()
    };
    let files = Files {
        mounted: true,
        served: true,
        host: true,
        ..Files::default()
    };
    let labels = labels(policy, files);
    let stat = &labels["wasi:filesystem/types#[method]descriptor.stat"];
    assert_eq!(*stat, by_handle(&[0], Word::Virtual, Word::Host));
    assert_eq!(labels[READ], by_handle(&[0], Word::Virtual, Word::Host));
    // A virtual error is answered without the host.
    let error = &labels["wasi:http/types#http-error-code"];
    assert_eq!(*error, by_handle(&[0], Word::Denied, Word::Host));
}
