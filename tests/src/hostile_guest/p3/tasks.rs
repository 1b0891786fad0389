//! Tasks: codes that are none, results that are given twice or by nobody, subtasks that are forged,
//! contexts, backpressure, and callbacks that call what is replaced.

use super::super::attacks::Attack;
use super::super::ground::{Seen, method};
use super::super::guest::{Guest, RESULT, TEXT};
use super::super::task::{EXIT, Step, YIELD};
use super::end::{calls, came};
use super::ground::{Ground, JOIN, STDOUT};
use super::sets::task;
use anyhow::ensure;

/// Codes of callbacks.
pub fn codes() -> Vec<Attack<Ground>> {
    let mut attacks = Vec::new();
    for code in [3, 4, 5, 15, 0x10, 0x11, 0x13, 0xffff_fff0, 0xffff_ffff] {
        let step = Step::Code(code);
        let first = step.clone();
        attacks.push(task(&format!("a task returns {code:#x}"), move |_| {
            vec![Step::give(1), first.clone(), EXIT]
        }));
        attacks.push(task(&format!("a callback returns {code:#x}"), move |_| {
            vec![YIELD, Step::give(1), step.clone(), EXIT]
        }));
    }
    attacks
}

/// Results. A task without one fails an assertion of wasmtime's in builds for debugging, as does
/// `task.return` in a task that returns its result by itself.
pub fn results() -> Vec<Attack<Ground>> {
    let cancel = || Step::call("canon#task.cancel", &[]);
    vec![
        task("a result twice", |_| {
            vec![Step::give(1), Step::give(2), EXIT]
        }),
        task("a result twice, with a pause", |_| {
            vec![Step::give(1), YIELD, Step::give(2), EXIT]
        }),
        task("a cancellation that nobody asked for", move |_| {
            vec![cancel(), EXIT]
        }),
        task("a cancellation after the result", move |_| {
            vec![Step::give(1), cancel(), EXIT]
        }),
        calls("a cancellation of a task that has no callback", |_| {
            vec![("canon#task.cancel", vec![])]
        }),
    ]
}

/// Subtasks, of which the guest has none: all return at once.
pub fn subtasks() -> Vec<Attack<Ground>> {
    let mut attacks = Vec::new();
    for function in ["canon#subtask.drop", "canon#subtask.cancel"] {
        for number in [
            0,
            1,
            77,
            0x0fff_ffff,
            1 << 28,
            (1 << 28) | (1 << 26),
            0xffff_ffff,
        ] {
            attacks.push(Attack::new(
                format!("{function}({number:#x})"),
                move |guest: &mut Guest, ground: &Ground| {
                    use super::super::ground::Grounds;
                    match ground.has("subtask", number) {
                        true => Ok(Seen::Trap),
                        false => came(&guest.call(function, &[number])?),
                    }
                },
            ));
        }
    }
    attacks
}

/// Contexts and backpressure.
pub fn contexts() -> Vec<Attack<Ground>> {
    vec![
        calls("the context of another task", |_| {
            vec![
                ("canon#context.set", vec![0xdead_beef]),
                ("canon#context.get", vec![]),
            ]
        }),
        Attack::new(
            "a context over calls",
            |guest: &mut Guest, ground: &Ground| {
                let set = |number| Step::call("canon#context.set", &[number]);
                let get = || Step::call("canon#context.get", &[]);
                let read = Step::call("bytes#read", &[ground.bytes, TEXT, 9]);
                let print = Step::call(STDOUT, &[ground.reader]);
                let steps = [
                    set(0x1234_5678),
                    read,
                    print,
                    get(),
                    YIELD,
                    get(),
                    Step::give(1),
                    EXIT,
                ];
                let (called, steps) = guest.task(&steps)?;
                match came(&called)? {
                    Seen::Gave(_) => {
                        let got = [3, 5].map(|step| guest.result(steps, step));
                        Ok(Seen::Gave(got.map(u64::to_le_bytes).concat()))
                    }
                    ended => Ok(ended),
                }
            },
        ),
        calls("backpressure taken back that was not there", |_| {
            vec![("canon#backpressure.dec", vec![])]
        }),
        task("backpressure, taken back", |_| {
            vec![
                Step::call("canon#backpressure.inc", &[]),
                Step::call("canon#backpressure.dec", &[]),
                Step::give(1),
                EXIT,
            ]
        }),
        task("backpressure, taken back twice", |_| {
            vec![
                Step::call("canon#backpressure.inc", &[]),
                Step::call("canon#backpressure.dec", &[]),
                Step::call("canon#backpressure.dec", &[]),
                Step::give(1),
                EXIT,
            ]
        }),
    ]
}

/// A callback that calls what is replaced, between pauses, and has the answers that a call has.
pub fn callbacks() -> Vec<Attack<Ground>> {
    let attack = Attack::new(
        "a callback at work",
        |guest: &mut Guest, ground: &Ground| {
            guest.put(TEXT, b"hello.txt");
            let get_type = Step::call(&method("get-type"), &[ground.file, RESULT]);
            let open = [ground.directory, 0, TEXT, 9, 0, 1, RESULT + 64];
            let open = Step::call(&method("open-at"), &open);
            let read = |len| Step::call("bytes#read", &[ground.bytes, RESULT + 128, len]);
            let first = Step::call("bytes#read", &[ground.reader, RESULT + 256, 9]);
            let write = Step::call("bytes#write", &[ground.writer, TEXT, 5]);
            let join = |end| Step::call(JOIN, &[end, ground.set]);
            let steps = [
                read(5),
                YIELD,
                get_type,
                open,
                YIELD,
                first,
                join(ground.reader),
                join(ground.stdio),
                write,
                Step::wait(ground.set),
                read(7),
                Step::call(STDOUT, &[ground.bytes]),
                YIELD,
                Step::give(1),
                EXIT,
            ];
            let (called, at) = guest.task(&steps)?;
            let seen = came(&called)?;
            if let Seen::Gave(_) = seen {
                let read = [0, 10].map(|step| guest.result(at, step));
                ensure!(read == [5 << 4, 7 << 4], "{read:x?}");
                let events = guest.events();
                ensure!(events[2] == [2, ground.reader, 5 << 4], "{events:x?}");
                ensure!(guest.read(RESULT + 64, 1) == [0], "the file did not open");
            }
            Ok(seen)
        },
    );
    let traps = Attack::new(
        "a callback that traps",
        |guest: &mut Guest, ground: &Ground| {
            let read = Step::call("bytes#read", &[ground.files, RESULT, 1]);
            let (called, _) = guest.task(&[YIELD, read, Step::give(1), EXIT])?;
            came(&called)
        },
    );
    vec![attack, traps]
}

/// A task that ends without a look at what it began.
pub fn unfinished() -> Vec<Attack<Ground>> {
    let write = |end| Step::call("bytes#write", &[end, TEXT, 20]);
    vec![
        task("a task exits while a write is pending", move |g| {
            vec![write(g.writer), Step::give(1), EXIT]
        }),
        task("a task exits while output is read", move |g| {
            vec![
                write(g.writer),
                Step::call(STDOUT, &[g.reader]),
                Step::give(1),
                EXIT,
            ]
        }),
        task("a task exits while its future is read", move |g| {
            vec![
                Step::call("stdio#read", &[g.stdio, RESULT]),
                Step::call(JOIN, &[g.stdio, g.set]),
                Step::give(1),
                EXIT,
            ]
        }),
        task(
            "a task waits while output is read, and nobody feeds it",
            move |g| {
                vec![
                    write(g.writer),
                    Step::call(STDOUT, &[g.reader]),
                    Step::give(1),
                    Step::wait(g.set),
                    EXIT,
                ]
            },
        ),
    ]
}

/// What a call that blocks returns while the adapter has work.
pub fn blocking() -> Vec<Attack<Ground>> {
    vec![
        calls("a read that blocks, of what a file is written to", |g| {
            vec![
                ("bytes#write", vec![g.writer, TEXT, 20]),
                (STDOUT, vec![g.reader]),
                ("bytes#write, blocking", vec![g.writer, TEXT, 20]),
            ]
        }),
        calls("a read that blocks, of nobody's stream", |g| {
            vec![("bytes#read, blocking", vec![g.reader, RESULT, 1])]
        }),
        calls("a write that blocks, to nobody", |g| {
            vec![("bytes#write, blocking", vec![g.writer, RESULT, 1])]
        }),
    ]
}
