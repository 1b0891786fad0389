//! The adapter alone, composed with a component as `wac plug` does it: every case whose program is
//! of one release of WASI runs as the artifact does that was made of the program itself.

use anyhow::{Context, Result, anyhow, bail, ensure};
use libtest_mimic::{Arguments, Failed, Trial};
use std::fs;
use std::sync::Arc;
use wasi_virt::{Clocks, Policy, Size};
use wasi_virt_tests::case::{Case, File};
use wasi_virt_tests::generate::patient;
use wasi_virt_tests::paths::{Commands, fixture};
use wasi_virt_tests::servers::Setting;
use wasi_virt_tests::suite::{self, Entry};
use wasi_virt_tests::texts::Text;
use wasi_virt_tests::workdir::{COMPONENT, Workdir};
use wasi_virt_tests::{artifact, engine, host, runs};
use wasmtime::component::Instance;
use wasmtime::{Store, Trap};

#[path = "alone/lent.rs"]
mod lent;
#[path = "alone/newer.rs"]
mod newer;

use newer::{EVERY_RELEASE, RELEASES_0_3, retargeted};

/// What an adapter alone cannot be asked for, or has no effect there.
const OF_COMPONENTS: [&str; 4] = ["--deny-other", "--allow-import", "--config", "-c"];

fn main() -> Result<()> {
    let options = Arguments::from_args();
    let commands = Commands::beside(env!("CARGO_BIN_EXE_wasmtime"))?;
    let mut trials = Vec::new();
    for Entry { name, case, .. } in suite::all()? {
        let Some(release) = release(&case)? else {
            continue;
        };
        let case = Arc::new(case);
        let is_of_all = EVERY_RELEASE.iter().any(|every| name.starts_with(every));
        let others = RELEASES_0_3
            .into_iter()
            .filter(|other| is_of_all && *other != release);
        let others = others.map(|other| (format!("{name} at {other}"), other.to_string()));
        for (name, to) in others.chain([(name.clone(), release.clone())]) {
            let (case, commands, of) = (case.clone(), commands.clone(), release.clone());
            let test = move || as_the_artifact(&case, (&of, &to), &commands);
            trials.push(trial(&name, test));
        }
    }
    ensure!(trials.len() > 100, "only {} cases apply", trials.len());
    for release in RELEASES_0_3 {
        let name = format!("nothing of WASI {release} is open");
        trials.push(trial(&name, move || newer::nothing_is_open(release)));
    }
    trials.push(trial("no memory of WASI 0.3 stays", || {
        newer::no_memory_stays(&small(Clocks::Deny))
    }));
    trials.push(trial("no handle stays", no_handle_stays));
    trials.push(trial("no file stays open", no_file_stays_open));
    trials.push(trial("handles are checked", handles_are_checked));
    trials.push(trial("memory is limited", memory_is_limited));
    trials.push(trial(
        "what is lent is given back",
        lent::what_is_lent_is_given_back,
    ));
    libtest_mimic::run(&options, trials).exit()
}

fn trial(name: &str, test: impl FnOnce() -> Result<()> + Send + 'static) -> Trial {
    Trial::test(name, move || {
        test().map_err(|error| {
            let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
            Failed::from(causes.join("\n"))
        })
    })
}

/// What a trap says where a component uses an end of the adapter's in a wrong way. Outside of the
/// adapter alone all ends are the host's.
const OF_GLUE: &str = "wasi-virt: this end";

/// Components with imports outside WASI that carry the host's streams, for which the adapter has
/// types of its own.
const CARRYING: [&str; 2] = ["shapes", "blob"];

/// The release of WASI that the component of a case is of, where the case can be asked of an
/// adapter alone.
fn release(case: &Case) -> Result<Option<String>> {
    let asks = |arg: &String| {
        let flag = arg.split_once('=').map_or(arg.as_str(), |(flag, _)| flag);
        OF_COMPONENTS.contains(&flag)
    };
    // What is written in a case is of odd shapes: compositions, and calls of no WASI.
    let Some(guest) = case.guest.as_deref() else {
        return Ok(None);
    };
    if case.runs.is_empty()
        || case.generate.exit != 0
        || case.needs().is_some()
        || CARRYING.contains(&guest)
        || case.command_line.is_some()
        || case.args.iter().any(asks)
    {
        return Ok(None);
    }
    let component = fs::read(fixture(guest)?)?;
    if wasmparser::Parser::is_core_wasm(&component) {
        return Ok(None);
    }
    let imports = artifact::imports(&component)?;
    let mut releases: Vec<&str> = imports
        .iter()
        .filter(|name| name.starts_with("wasi:"))
        .filter_map(|name| Some(name.split_once('@')?.1))
        .collect();
    releases.dedup();
    Ok(match releases[..] {
        // Only what is forwarded can be checked, and nothing of WASI 0.3 is.
        [one] if one.starts_with("0.3.") && has_rules(case) => None,
        [one] if one.starts_with("0.2.") || one.starts_with("0.3.") => Some(one.to_string()),
        _ => None,
    })
}

/// Whether the policy of a case has rules for the network.
fn has_rules(case: &Case) -> bool {
    let flags = [
        "--allow-sockets=",
        "--allow-listen=",
        "--allow-resolve=",
        "--allow-http=",
    ];
    let is_flag = |arg: &String| flags.iter().any(|flag| arg.starts_with(flag));
    let has_table = |file: &File| {
        ["[sockets]", "[http]"]
            .iter()
            .any(|table| file.text.contains(table))
    };
    case.args.iter().any(is_flag) || case.files.iter().any(has_table)
}

/// Makes the adapter as the case says, puts it to the component, and runs what comes of it. The
/// component is of the first of these releases, and all that runs of the second.
fn as_the_artifact(case: &Case, (of, release): (&str, &str), commands: &Commands) -> Result<()> {
    let setting = Setting::new(case.names.clone())?;
    let case = &case.filled(&setting.servers);
    let dir = Workdir::make(case)?;
    let made = patient(&commands.wasi_virt)
        .args(&case.args)
        .args(["--wasi-version", release, "-o", "virt.wasm"])
        .current_dir(dir.path())
        .output()?;
    let said = String::from_utf8_lossy(&made.stderr);
    ensure!(made.status.success(), "{said}");
    let input = fs::read(dir.path().join(COMPONENT))?;
    let input = retargeted(input, of, release);
    let adapter = fs::read(dir.path().join("virt.wasm"))?;
    artifact::validate(&adapter)?;
    // What an adapter of WASI 0.3 leaves to the host, the component imports from there itself.
    let exports = artifact::exports(&adapter)?;
    let is_served = |name: &String| exports.contains(name);
    let composed = match artifact::imports(&input)?.iter().any(is_served) {
        true => engine::plug(&input, &adapter)?,
        false => input.clone(),
    };
    let composed = host::compile(&composed)?;
    let compared = case.runs.iter().any(|run| run.as_on_host.is_some());
    let bare = match compared {
        true => Some(host::compile(&input)?),
        false => None,
    };
    for (position, run) in case.runs.iter().enumerate() {
        let mut run = run.clone();
        if run.trap_has.iter().any(|part| part.contains(OF_GLUE)) {
            run.trap_has = vec!["error while executing".to_string()];
        }
        let judged = runs::judge(&run, &composed, bare.as_ref(), dir.path(), &setting);
        judged
            .and_then(|judged| judged.texts.iter().try_for_each(Text::check))
            .with_context(|| format!("run {}", position + 1))?;
    }
    Ok(())
}

/// A component that does with pollables and lists whatever its caller says.
const HANDLES: &str = r#"(component $root
    (import "wasi:io/poll@0.2.6" (instance $poll
        (export "pollable" (type $p (sub resource)))
        (export "[method]pollable.ready" (func (param "self" (borrow $p)) (result bool)))
        (export "poll" (func (param "in" (list (borrow $p))) (result (list u32))))))
    (alias export $poll "pollable" (type $pollable))
    (import "wasi:clocks/monotonic-clock@0.2.6" (instance $clock
        (alias outer $root $pollable (type $outer))
        (export "pollable" (type $p (eq $outer)))
        (export "subscribe-duration" (func (param "when" u64) (result (own $p))))))
    (import "wasi:random/random@0.2.6" (instance $random
        (export "get-random-bytes" (func (param "len" u64) (result (list u8))))))
    (core module $memory
        (memory (export "m") 64)
        (func (export "r") (param i32 i32 i32 i32) (result i32) i32.const 64))
    (core instance $own (instantiate $memory))
    (core func $ready (canon lower (func $poll "[method]pollable.ready")))
    (core func $poll (canon lower (func $poll "poll")
        (memory (core memory $own "m")) (realloc (core func $own "r"))))
    (core func $subscribe (canon lower (func $clock "subscribe-duration")))
    (core func $bytes (canon lower (func $random "get-random-bytes")
        (memory (core memory $own "m")) (realloc (core func $own "r"))))
    (core func $drop (canon resource.drop $pollable))
    (core module $main
        (import "" "m" (memory 1))
        (import "" "ready" (func $ready (param i32) (result i32)))
        (import "" "poll" (func $poll (param i32 i32 i32)))
        (import "" "subscribe" (func $subscribe (param i64) (result i32)))
        (import "" "bytes" (func $bytes (param i64 i32)))
        (import "" "drop" (func $drop (param i32)))
        (func (export "make") (param i32) (result i32) (call $subscribe (i64.const 0)))
        (func (export "ready") (param i32) (result i32) (call $ready (local.get 0)))
        (func (export "bytes") (param i32) (result i32)
            (call $bytes (i64.extend_i32_u (local.get 0)) (i32.const 16))
            (i32.load (i32.const 20)))
        (func (export "many") (param $left i32) (result i32)
            (local $a i32) (local $b i32) (local $ready i32)
            (loop $again
                (local.set $a (call $subscribe (i64.const 0)))
                (local.set $b (call $subscribe (i64.const 0)))
                (i32.store (i32.const 0) (local.get $a))
                (i32.store (i32.const 4) (local.get $b))
                (call $poll (i32.const 0) (i32.const 2) (i32.const 16))
                (local.set $ready (i32.add (local.get $ready) (i32.load (i32.const 20))))
                (local.set $ready (i32.add (local.get $ready) (call $ready (local.get $b))))
                (call $drop (local.get $a))
                (call $drop (local.get $b))
                (local.set $left (i32.sub (local.get $left) (i32.const 1)))
                (br_if $again (local.get $left)))
            (local.get $ready)))
    (core instance $main (instantiate $main (with "" (instance
        (export "m" (memory $own "m")) (export "ready" (func $ready))
        (export "poll" (func $poll)) (export "subscribe" (func $subscribe))
        (export "bytes" (func $bytes)) (export "drop" (func $drop))))))
    (func (export "make") (param "n" u32) (result u32) (canon lift (core func $main "make")))
    (func (export "ready") (param "n" u32) (result u32) (canon lift (core func $main "ready")))
    (func (export "bytes") (param "n" u32) (result u32) (canon lift (core func $main "bytes")))
    (func (export "many") (param "n" u32) (result u32) (canon lift (core func $main "many"))))"#;

/// An instance of it with an adapter, in a host that has everything.
struct Plugged {
    store: Store<host::State>,
    instance: Instance,
}

impl Plugged {
    fn new(component: &[u8], adapter: &[u8]) -> Result<Self> {
        let composed = host::compile(&engine::plug(component, adapter)?)?;
        let (mut store, _) = host::planted("", "", &[])?;
        let instance = host::generous()?
            .instantiate(&mut store, &composed)
            .map_err(|error| anyhow!("{error:?}"))?;
        Ok(Plugged { store, instance })
    }

    fn handles(policy: &Policy) -> Result<Self> {
        let adapter = engine::adapter(policy, &[], "0.2.6")?;
        Self::new(&wat::parse_str(HANDLES)?, &adapter)
    }

    fn call(&mut self, name: &str, number: u32) -> Result<u32> {
        let function = self
            .instance
            .get_typed_func::<(u32,), (u32,)>(&mut self.store, name);
        let function = function.map_err(|error| anyhow!("{error:?}"))?;
        let answer = function.call(&mut self.store, (number,));
        answer
            .map(|(answer,)| answer)
            .map_err(|error| match error.downcast_ref::<Trap>() {
                Some(trap) => anyhow!("trap: {trap}"),
                None => anyhow!("{error:?}"),
            })
    }

    /// Whether the host holds nothing for the components.
    fn is_clean(&self) -> bool {
        self.store.data().table.is_empty()
    }
}

/// The clocks of a policy under which the adapter has little memory.
fn small(clocks: Clocks) -> Policy {
    Policy::default().with(|changed| {
        changed.clocks = clocks;
        changed.adapter_memory = Some(Size(512 << 10));
    })
}

fn no_handle_stays() -> Result<()> {
    for clocks in [Clocks::Allow, Clocks::Start("0".parse().unwrap())] {
        let mut plugged = Plugged::handles(&small(clocks))?;
        let ready = plugged.call("many", 100_000)?;
        ensure!(ready == 300_000, "{ready} were ready");
        ensure!(plugged.is_clean(), "the host still holds something");
    }
    Ok(())
}

fn no_file_stays_open() -> Result<()> {
    let probe = fs::read(fixture("probe-0.2.6")?)?;
    let policy = small(Clocks::Deny);
    let adapter = engine::adapter(&policy, &[("/d/a.txt", b"text")], "0.2.6")?;
    let mut plugged = Plugged::new(&probe, &adapter)?;
    let script = "std-read /d/a.txt\nstd-list /d\nstd-read /d/none\n".repeat(100);
    let answer = "std-read /d/a.txt: ok \"text\"\nstd-list /d: ok [\"a.txt file\"]\n\
                  std-read /d/none: error ENOENT\n";
    for _ in 0..350 {
        let Plugged { store, instance } = &mut plugged;
        let said = runs::call_probe(store, instance, &script)?;
        let said = said.map_err(|error| anyhow!("{error:?}"))?;
        ensure!(said == answer.repeat(100), "{said}");
    }
    ensure!(plugged.is_clean(), "the host still holds something");
    Ok(())
}

fn handles_are_checked() -> Result<()> {
    for clocks in [Clocks::Allow, Clocks::Start("0".parse().unwrap())] {
        let policy = small(clocks);
        let own = Plugged::handles(&policy)?.call("make", 0)?;
        for (forged, is_own) in [
            (own, true),
            (own + 1, false),
            (0, false),
            // The first handle of a layer.
            (1 << 28, false),
            ((1 << 28) + 1, false),
            (u32::MAX, false),
        ] {
            let mut plugged = Plugged::handles(&policy)?;
            ensure!(plugged.call("make", 0)? == own, "not the same handle");
            match plugged.call("ready", forged) {
                Ok(_) => ensure!(is_own, "{forged:#x} was taken"),
                Err(error) if is_own => return Err(error),
                Err(error) => {
                    let error = error.to_string();
                    ensure!(error.contains("unknown handle index"), "{error}");
                }
            }
        }
    }
    Ok(())
}

fn memory_is_limited() -> Result<()> {
    const BYTES: u32 = 2 << 20;
    let policy = |limit| {
        Policy::default().with(|changed| {
            changed.random = wasi_virt::Random::Allow;
            changed.adapter_memory = Some(Size(limit));
        })
    };
    let given = Plugged::handles(&policy(8 << 20))?.call("bytes", BYTES)?;
    ensure!(given == BYTES, "{given} bytes");
    match Plugged::handles(&policy(1 << 20))?.call("bytes", BYTES) {
        Ok(given) => bail!("{given} bytes in 1 MiB"),
        Err(error) => ensure!(error.to_string().contains("unreachable"), "{error}"),
    }
    Ok(())
}
