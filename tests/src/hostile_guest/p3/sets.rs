//! Sets of waitables: forged, dropped, with ends in them, and waited for by several.

use super::super::attacks::Attack;
use super::super::ground::Seen;
use super::super::guest::{Guest, RESULT, TEXT};
use super::super::task::{EXIT, Step};
use super::end::{Call, EVENT, Which, all, calls, came};
use super::ground::{Ground, JOIN, SET_DROP, SET_NEW, STDOUT};

const WAIT: &str = "canon#waitable-set.wait";
const POLL: &str = "canon#waitable-set.poll";

/// Numbers that are no sets.
const FORGED: [u64; 8] = [
    77,
    0x0fff_ffff,
    1 << 28,
    (1 << 28) | (1 << 27),
    (1 << 28) | (1 << 26),
    2 << 28,
    15 << 28,
    0xffff_ffff,
];

/// Ends of the host's that join.
const ENDS: [(&str, Which); 4] = [
    ("a reader", |g| g.reader),
    ("a writer", |g| g.writer),
    ("a writer that is fed", |g| g.fed),
    ("a future of output", |g| g.stdio),
];

/// Sets that are none.
pub fn forged() -> Vec<Attack<Ground>> {
    let mut attacks = Vec::new();
    for number in FORGED {
        for (name, end) in ENDS {
            attacks.push(calls(&format!("{name} joins {number:#x}"), move |g| {
                vec![(JOIN, vec![end(g), number])]
            }));
        }
        attacks.push(calls(&format!("a wait on {number:#x}"), move |_| {
            vec![(WAIT, vec![number, EVENT])]
        }));
        attacks.push(calls(&format!("a poll of {number:#x}"), move |_| {
            vec![(POLL, vec![number, EVENT])]
        }));
        attacks.push(calls(&format!("a drop of {number:#x}"), move |_| {
            vec![(SET_DROP, vec![number])]
        }));
        attacks.push(task(&format!("a task waits on {number:#x}"), move |_| {
            vec![Step::give(1), Step::wait(number & 0x0fff_ffff), EXIT]
        }));
    }
    for (name, end) in ENDS {
        for function in [WAIT, POLL] {
            attacks.push(calls(&format!("{name} as a set: {function}"), move |g| {
                vec![(function, vec![end(g), EVENT])]
            }));
        }
        attacks.push(calls(&format!("{name} joins a reader"), move |g| {
            vec![(JOIN, vec![end(g), g.reader])]
        }));
        attacks.push(calls(&format!("{name} is dropped as a set"), move |g| {
            vec![(SET_DROP, vec![end(g)])]
        }));
        attacks.push(task(&format!("a task waits on {name}"), move |g| {
            vec![Step::give(1), Step::wait(end(g)), EXIT]
        }));
    }
    attacks.push(calls("a set joins itself", |g| {
        vec![(JOIN, vec![g.set, g.set])]
    }));
    attacks.push(task("a task waits on none", |_| {
        vec![Step::give(1), Step::wait(0), EXIT]
    }));
    attacks
}

/// Sets with ends in them.
pub fn with_ends() -> Vec<Attack<Ground>> {
    let ends = ENDS.into_iter().chain([
        ("a file's stream", (|g| g.bytes) as Which),
        ("entries", |g| g.entries),
        ("a file's future", |g| g.files),
    ]);
    let mut attacks = Vec::new();
    for (name, end) in ends.clone() {
        attacks.push(calls(&format!("{name} leaves a set"), move |g| {
            vec![
                (JOIN, vec![end(g), g.set]),
                (JOIN, vec![end(g), 0]),
                (SET_DROP, vec![g.set]),
            ]
        }));
        attacks.push(calls(&format!("{name} joins twice"), move |g| {
            vec![(JOIN, vec![end(g), g.set]); 2]
        }));
        attacks.push(calls(&format!("{name} joins, and is polled"), move |g| {
            vec![(JOIN, vec![end(g), g.set]), (POLL, vec![g.set, EVENT])]
        }));
    }
    for (name, end) in ends {
        attacks.push(calls(&format!("a set is dropped with {name}"), move |g| {
            vec![(JOIN, vec![end(g), g.set]), (SET_DROP, vec![g.set])]
        }));
    }
    for (name, drop, end) in [
        (
            "a file's stream",
            "bytes#drop-readable",
            (|g| g.bytes) as Which,
        ),
        ("entries", "entries#drop-readable", |g| g.entries),
        ("a file's future", "files#drop-readable", |g| g.files),
    ] {
        attacks.push(calls(&format!("{name} is dropped in a set"), move |g| {
            vec![
                (JOIN, vec![end(g), g.set]),
                (drop, vec![end(g)]),
                (SET_DROP, vec![g.set]),
            ]
        }));
    }
    for (name, end) in ENDS {
        attacks.push(calls(
            &format!("{name} joins a set that was dropped"),
            move |g| vec![(SET_DROP, vec![g.set]), (JOIN, vec![end(g), g.set])],
        ));
        attacks.push(Attack::new(
            format!("{name} is in two sets"),
            move |guest: &mut Guest, ground: &Ground| {
                let second = guest.must(SET_NEW, &[])?;
                let end = end(ground);
                all(
                    guest,
                    vec![
                        (JOIN, vec![end, ground.set]),
                        (JOIN, vec![end, second]),
                        (SET_DROP, vec![ground.set]),
                        (POLL, vec![second, EVENT]),
                        (JOIN, vec![end, 0]),
                        (SET_DROP, vec![second]),
                    ],
                )
            },
        ));
    }
    for place in [EVENT + 1, EVENT + 2, 131_064, 131_068, 131_072, 0xffff_fffc] {
        attacks.push(calls(&format!("a poll to {place:#x}"), move |g| {
            vec![(POLL, vec![g.set, place])]
        }));
        attacks.push(calls(
            &format!("a poll with an event to {place:#x}"),
            move |g| [ready(g), vec![(POLL, vec![g.set, place])]].concat(),
        ));
        attacks.push(calls(
            &format!("a wait for an event to {place:#x}"),
            move |g| [ready(g), vec![(WAIT, vec![g.set, place])]].concat(),
        ));
    }
    attacks.push(calls("a wait for what never comes", |g| {
        vec![(WAIT, vec![g.set, EVENT])]
    }));
    attacks.push(calls("a dropped reader in a set", |g| {
        let drop = ("bytes#drop-readable", vec![g.reader]);
        vec![
            (JOIN, vec![g.reader, g.set]),
            drop,
            (POLL, vec![g.set, EVENT]),
            (SET_DROP, vec![g.set]),
        ]
    }));
    attacks.push(calls("two drops of a set", |g| {
        vec![(SET_DROP, vec![g.set]); 2]
    }));
    attacks
}

/// Ends that are handed over in a set, or once they have left it.
pub fn handed_over() -> Vec<Attack<Ground>> {
    let ends = [
        ("a reader", (|g| g.reader) as Which),
        ("a file's stream", |g| g.bytes),
    ];
    let attack = |name: &str, end: Which, leaves: bool| {
        calls(name, move |g| {
            let joins = vec![(JOIN, vec![end(g), g.set])];
            let leaves = leaves.then_some((JOIN, vec![end(g), 0]));
            let print = (STDOUT, vec![end(g)]);
            joins.into_iter().chain(leaves).chain([print]).collect()
        })
    };
    let mut attacks = Vec::new();
    for (name, end) in ends {
        attacks.push(attack(&format!("{name} in a set is printed"), end, false));
        let left = format!("{name} that has left a set is printed");
        attacks.push(attack(&left, end, true));
    }
    // The adapter takes no part in a stream that the component has read itself.
    for leaves in [false, true] {
        let name = format!("a reader in a set is printed after an event; it leaves: {leaves}");
        attacks.push(calls(&name, move |g| {
            let poll = (POLL, vec![g.set, EVENT]);
            let leaves = leaves.then_some((JOIN, vec![g.reader, 0]));
            let print = (STDOUT, vec![g.reader]);
            let rest = [poll].into_iter().chain(leaves).chain([print]);
            ready(g).into_iter().chain(rest).collect()
        }));
    }
    attacks
}

/// Calls after which a set has an event.
fn ready(g: &Ground) -> Vec<Call> {
    vec![
        ("bytes#read", vec![g.reader, RESULT, 10]),
        (JOIN, vec![g.reader, g.set]),
        ("bytes#write", vec![g.writer, TEXT, 5]),
    ]
}

/// An attack by a task: what it returned, and which events it had.
pub fn task(name: &str, steps: impl Fn(&Ground) -> Vec<Step> + 'static) -> Attack<Ground> {
    Attack::new(name, move |guest: &mut Guest, ground: &Ground| {
        let (called, _) = guest.task(&steps(ground))?;
        match came(&called)? {
            // What comes of the rest is seen while the next calls let it run.
            Seen::Gave(number) => match all(guest, vec![("canon#thread.yield", vec![]); 3])? {
                Seen::Gave(_) => Ok(Seen::Gave(number)),
                ended => Ok(ended),
            },
            ended => Ok(ended),
        }
    })
}

/// Several tasks with one set.
pub fn of_tasks() -> Vec<Attack<Ground>> {
    let attack = |name: &str, then: fn(&Ground) -> Vec<Call>| {
        Attack::new(name, move |guest: &mut Guest, ground: &Ground| {
            let read = Step::call("bytes#read", &[ground.reader, RESULT, 10]);
            let join = Step::call(JOIN, &[ground.reader, ground.set]);
            let steps = [read, join, Step::give(1), Step::wait(ground.set), EXIT];
            match came(&guest.task(&steps)?.0)? {
                Seen::Gave(_) => all(guest, then(ground)),
                ended => Ok(ended),
            }
        })
    };
    vec![
        attack("a set that a task waits on is dropped", |g| {
            vec![(SET_DROP, vec![g.set])]
        }),
        attack("a set that a task waits on is polled", |g| {
            vec![(POLL, vec![g.set, EVENT])]
        }),
        attack("a set that a task waits on is waited on", |g| {
            vec![
                ("bytes#write", vec![g.writer, TEXT, 5]),
                (WAIT, vec![g.set, EVENT]),
            ]
        }),
        attack("what a task waits for is dropped", |g| {
            vec![
                ("bytes#cancel-read", vec![g.reader]),
                ("bytes#drop-readable", vec![g.reader]),
            ]
        }),
        attack("what a task waits for leaves its set", |g| {
            vec![
                (JOIN, vec![g.reader, 0]),
                ("bytes#write", vec![g.writer, TEXT, 5]),
            ]
        }),
        attack("what a task waits for comes", |g| {
            vec![
                ("bytes#write", vec![g.writer, TEXT, 5]),
                ("canon#thread.yield", vec![]),
                (SET_DROP, vec![g.set]),
            ]
        }),
    ]
}

/// Which events tasks have, in the order in which they have them.
pub fn events() -> Vec<Attack<Ground>> {
    let waits = Attack::new(
        "two tasks wait on one set",
        |guest: &mut Guest, ground: &Ground| {
            let read = Step::call("bytes#read", &[ground.reader, RESULT, 10]);
            let join = Step::call(JOIN, &[ground.reader, ground.set]);
            let wait = Step::wait(ground.set);
            let first = [read, join, Step::give(1), wait.clone(), EXIT];
            let second = [Step::give(2), wait, EXIT];
            for steps in [&first[..], &second[..]] {
                match came(&guest.task(steps)?.0)? {
                    Seen::Gave(_) => {}
                    ended => return Ok(ended),
                }
            }
            let write = ("bytes#write", vec![ground.writer, TEXT, 5]);
            match all(guest, vec![write, ("canon#thread.yield", vec![])])? {
                Seen::Gave(_) => Ok(Seen::Gave(vec![guest.events().len() as u8])),
                ended => Ok(ended),
            }
        },
    );
    vec![waits]
}
