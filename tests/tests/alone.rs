//! The adapter alone, composed with a component as `wac plug` does it: every case whose program is
//! of one release of WASI runs as the artifact does that was made of the program itself.

use anyhow::{Context, Result, anyhow, bail, ensure};
use libtest_mimic::{Arguments, Failed, Trial};
use std::fs;
use wasi_virt::{Clocks, DenyMode, Policy, Size, WasiVirt};
use wasi_virt_tests::case::Case;
use wasi_virt_tests::generate::patient;
use wasi_virt_tests::paths::{Commands, fixture};
use wasi_virt_tests::suite::{self, Entry};
use wasi_virt_tests::workdir::{COMPONENT, Workdir};
use wasi_virt_tests::{artifact, engine, host, runs};
use wasmtime::component::{Instance, Linker, Resource, ResourceType};
use wasmtime::{Store, Trap};

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
        let commands = commands.clone();
        let test = move || as_the_artifact(&case, &release, &commands);
        trials.push(trial(&name, test));
    }
    ensure!(trials.len() > 100, "only {} cases apply", trials.len());
    trials.push(trial("no handle stays", no_handle_stays));
    trials.push(trial("no file stays open", no_file_stays_open));
    trials.push(trial("handles are checked", handles_are_checked));
    trials.push(trial("memory is limited", memory_is_limited));
    trials.push(trial(
        "what is lent is given back",
        what_is_lent_is_given_back,
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
        [one] if one.starts_with("0.2.") => Some(one.to_string()),
        _ => None,
    })
}

/// Makes the adapter as the case says, puts it to the component, and runs what comes of it.
fn as_the_artifact(case: &Case, release: &str, commands: &Commands) -> Result<()> {
    let dir = Workdir::make(case)?;
    let made = patient(&commands.wasi_virt)
        .args(&case.args)
        .args(["--wasi-version", release, "-o", "virt.wasm"])
        .current_dir(dir.path())
        .output()?;
    let said = String::from_utf8_lossy(&made.stderr);
    ensure!(made.status.success(), "{said}");
    let input = fs::read(dir.path().join(COMPONENT))?;
    let adapter = fs::read(dir.path().join("virt.wasm"))?;
    artifact::validate(&adapter)?;
    let composed = engine::plug(&input, &adapter)?;
    let composed = host::compile(&composed)?;
    let compared = case.runs.iter().any(|run| run.as_on_host.is_some());
    let bare = match compared {
        true => Some(host::compile(&input)?),
        false => None,
    };
    for (position, run) in case.runs.iter().enumerate() {
        runs::check(run, &composed, bare.as_ref(), dir.path())
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

/// A component that asks, as often as its caller says, for the code of a host error.
const LENT: &str = r#"(component $root
    (import "wasi:io/error@0.2.6" (instance $io (export "error" (type (sub resource)))))
    (alias export $io "error" (type $error))
    (import "test:lend/errors" (instance $errors
        (alias outer $root $error (type $outer))
        (export "error" (type $e (eq $outer)))
        (export "make" (func (result (own $e))))))
    (import "wasi:filesystem/types@0.2.6" (instance $files
        (alias outer $root $error (type $outer))
        (export "error" (type $e (eq $outer)))
        (type $codes (enum "access" "would-block" "already" "bad-descriptor" "busy" "deadlock"
            "quota" "exist" "file-too-large" "illegal-byte-sequence" "in-progress" "interrupted"
            "invalid" "io" "is-directory" "loop" "too-many-links" "message-size" "name-too-long"
            "no-device" "no-entry" "no-lock" "insufficient-memory" "insufficient-space"
            "not-directory" "not-empty" "not-recoverable" "unsupported" "no-tty"
            "no-such-device" "overflow" "not-permitted" "pipe" "read-only" "invalid-seek"
            "text-file-busy" "cross-device"))
        (export "error-code" (type $code (eq $codes)))
        (export "filesystem-error-code" (func (param "err" (borrow $e)) (result (option $code))))))
    (core module $memory (memory (export "m") 1))
    (core instance $own (instantiate $memory))
    (core func $make (canon lower (func $errors "make")))
    (core func $code (canon lower (func $files "filesystem-error-code")
        (memory (core memory $own "m"))))
    (core func $drop (canon resource.drop $error))
    (core module $main
        (import "" "m" (memory 1))
        (import "" "make" (func $make (result i32)))
        (import "" "code" (func $code (param i32 i32)))
        (import "" "drop" (func $drop (param i32)))
        (func (export "ask") (param $left i32) (result i32) (local $error i32) (local $some i32)
            (loop $again
                (local.set $error (call $make))
                (call $code (local.get $error) (i32.const 0))
                (local.set $some (i32.add (local.get $some) (i32.load8_u (i32.const 0))))
                (call $drop (local.get $error))
                (local.set $left (i32.sub (local.get $left) (i32.const 1)))
                (br_if $again (local.get $left)))
            (local.get $some)))
    (core instance $main (instantiate $main (with "" (instance
        (export "m" (memory $own "m")) (export "make" (func $make))
        (export "code" (func $code)) (export "drop" (func $drop))))))
    (func (export "ask") (param "n" u32) (result u32) (canon lift (core func $main "ask"))))"#;

/// A host error.
struct HostError;

/// Host errors, and what makes them.
fn lending(linker: &mut Linker<host::State>) -> wasmtime::Result<()> {
    let error = ResourceType::host::<HostError>();
    let mut errors = linker.instance("wasi:io/error@0.2.6")?;
    errors.resource("error", error, |mut store, error| {
        let error: Resource<HostError> = Resource::new_own(error);
        store.data_mut().table.delete(error)?;
        Ok(())
    })?;
    let mut made = linker.instance("test:lend/errors")?;
    made.resource("error", error, |_, _| Ok(()))?;
    made.func_wrap("make", |mut store, ()| {
        Ok((store.data_mut().table.push(HostError)?,))
    })
}

/// The builder exports only what it closes, which then takes handles of what stays the host's.
fn what_is_lent_is_given_back() -> Result<()> {
    let mut virt = WasiVirt::new();
    virt.deny_mode(DenyMode::Error).wasi_version("0.2.6").fs();
    let adapter = virt.finish()?;
    let exports = artifact::exports(&adapter)?;
    let exports = |name: &str| exports.iter().any(|export| export == name);
    ensure!(exports("wasi:filesystem/types@0.2.6") && !exports("wasi:io/error@0.2.6"));
    let composed = engine::plug(&wat::parse_str(LENT)?, &adapter)?;
    let composed = host::compile(&composed)?;
    let (mut store, _) = host::planted("", "", &[])?;
    let mut linker = Linker::new(host::engine());
    let instance = lending(&mut linker).and_then(|()| {
        // Types alone, and what is not called.
        linker.define_unknown_imports_as_traps(&composed)?;
        linker.instantiate(&mut store, &composed)
    });
    let instance = instance.map_err(|error| anyhow!("{error:?}"))?;
    let mut plugged = Plugged { store, instance };
    let known = plugged.call("ask", 1000)?;
    ensure!(known == 0, "{known} errors had codes");
    ensure!(plugged.is_clean(), "the host still holds something");
    Ok(())
}
