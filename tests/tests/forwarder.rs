//! Properties of what passes an artifact, and of what does not, whatever the type: values arrive
//! unchanged in both directions and no handle is left behind; what is denied is refused as
//! docs/security.md says; a virtual handle does not leave. Functions are made at random. The
//! component under test gives each what it is given itself, byte by byte.

use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use tempfile::TempDir;
use wasi_virt::{DenyMode, Policy, StdioMode, Tmpfs};
use wasi_virt_tests::forwarder::code::{Made, VIRTUAL, component};
use wasi_virt_tests::forwarder::denial::{Expected, expected, takes_in_lists};
use wasi_virt_tests::forwarder::host::{Host, Running, described, left, values};
use wasi_virt_tests::forwarder::{Passed, Place, Refused, Subject};
use wasi_virt_tests::random_types::Type;
use wasi_virt_tests::{artifact, engine, wave};
use wasmtime::AsContextMut;
use wasmtime::component::Val;

/// Functions in one component, and components in one run, of each property.
const FUNCTIONS: usize = 25;
const COMPONENTS: usize = 40;

/// The number of a handle with nothing behind it.
const HOLLOW: u32 = (1 << 28) - 1;

/// A component of random functions, and what is needed to look at it.
struct Round {
    rng: Rng,
    subject: Subject,
    made: Made,
    preopen: TempDir,
}

impl Round {
    fn host(&self, policy: &Policy) -> Result<(Vec<u8>, Host)> {
        let artifact = engine::virtualize(&self.made.bytes, policy, &[])?;
        let host = Host::new(&artifact, &self.subject, self.preopen.path())?;
        Ok((artifact, host))
    }
}

/// `WASI_VIRT_SEED` repeats one component.
fn every_component(check: impl Fn(&mut Round) -> Result<()>) -> Result<()> {
    let round = |seed| {
        let mut rng = Rng::with_seed(seed);
        let subject = Subject::random(&mut rng, FUNCTIONS);
        let made = component(&subject)?;
        check(&mut Round {
            rng,
            subject,
            made,
            preopen: tempfile::tempdir()?,
        })
    };
    if let Ok(seed) = std::env::var("WASI_VIRT_SEED") {
        return round(seed.parse()?);
    }
    let mut seeds = Rng::new();
    for _ in 0..COMPONENTS {
        let seed = seeds.u64(..);
        round(seed).with_context(|| format!("WASI_VIRT_SEED={seed} repeats this"))?;
    }
    Ok(())
}

/// Files, streams and pollables that are virtual; what is not WASI stays open.
fn virtual_files() -> Policy {
    Policy::default().with(|changed| {
        changed.stdin = StdioMode::Ignore;
        changed.stdout = StdioMode::Ignore;
        changed.tmpfs = vec![Tmpfs::new("/data")];
    })
}

/// The policy closes `closed`, and nothing else outside WASI.
fn denying(deny: DenyMode, policy: Policy) -> Policy {
    policy.with(|changed| {
        changed.deny_mode = deny;
        changed.deny_other = true;
        changed.allow_import = ["given", "tokens"]
            .map(|name| format!("test:property/{name}"))
            .to_vec();
    })
}

#[test]
fn values_of_every_type_arrive_unchanged() -> Result<()> {
    every_component(|round| {
        let (artifact, host) = round.host(&virtual_files())?;
        let imports = artifact::imports(&artifact)?;
        ensure!(
            !imports.iter().any(|import| import.starts_with("wasi:cli/")),
            "{imports:?}"
        );
        let mut running = host.start()?;
        for (n, function) in round.subject.passed.iter().enumerate() {
            for _ in 0..2 {
                pass(&host, &mut running, &mut round.rng, n, function)
                    .with_context(|| format!("function {n}: {:?}", function.params))?;
            }
        }
        Ok(())
    })
}

/// Sends values out and back.
fn pass(
    host: &Host,
    running: &mut Running,
    rng: &mut Rng,
    n: usize,
    function: &Passed,
) -> Result<Vec<Val>> {
    let (sent, text) = values(&function.params, rng, &mut running.store)?;
    *host.sent.lock().expect("one thread") = text.clone();
    let back = running.call("taken", &format!("f{n}"), &sent)?;
    let Some(Val::Tuple(mut back)) = back else {
        anyhow::bail!("{back:?}");
    };
    let mut store = running.store.as_context_mut();
    let back = described(&function.params, &mut back, false, &mut store)?;
    ensure!(back == text, "{back} came back, {text} was sent");
    let left = running.resources();
    ensure!(left == 0, "{left} resources were left behind");
    Ok(sent)
}

#[test]
fn a_denied_call_traps_by_name() -> Result<()> {
    every_component(|round| {
        let (_, host) = round.host(&denying(DenyMode::Trap, virtual_files()))?;
        for (n, function) in round.subject.refused.iter().enumerate() {
            let mut running = host.start()?;
            let (sent, _) = values(&function.params, &mut round.rng, &mut running.store)?;
            let name = format!("r{n}");
            let called = running.call("refused", &name, &sent);
            denied(called, &name)?;
        }
        Ok(())
    })
}

/// The trap has to say what was denied.
fn denied(called: Result<Option<Val>>, name: &str) -> Result<()> {
    let said = match called {
        Ok(value) => anyhow::bail!("{name} answered {value:?}"),
        Err(error) => format!("{error:?}"),
    };
    let label = format!(
        "denied by wasi-virt: test:property/closed#{name} (allow with --allow-import \
         test:property/closed)"
    );
    ensure!(said.contains(&label), "instead of `{label}`: {said}");
    Ok(())
}

#[test]
fn a_denied_call_answers_what_its_type_has() -> Result<()> {
    every_component(|round| {
        // With files of its own and with none, so that resources of WASI have a host or not.
        for (policy, without) in [
            (virtual_files(), None),
            (Policy::default(), Some("descriptor")),
        ] {
            let policy = denying(DenyMode::Error, policy);
            let (artifact, host) = round.host(&policy)?;
            // What exports use of its types may stay, and no function.
            let imports = wasi_virt::inspect(&artifact)?.imports;
            let mut closed = imports.iter().filter(|it| it.name.contains("closed"));
            ensure!(
                closed.all(|import| import.functions.is_empty()),
                "{imports:?}"
            );
            let mut running = host.start()?;
            let functions = round.subject.refused.iter().enumerate();
            for (n, function) in functions {
                for _ in 0..2 {
                    answer(
                        &host,
                        &mut running,
                        &mut round.rng,
                        &format!("r{n}"),
                        function,
                        without,
                    )?;
                }
            }
            for (n, function) in round.subject.methods.iter().enumerate() {
                answer(
                    &host,
                    &mut running,
                    &mut round.rng,
                    &format!("m{n}"),
                    function,
                    without,
                )?;
            }
            running.call("refused", "drop-gate", &[Val::U32(HOLLOW)])?;
            let dropped = running.call("refused", "drop-gate", &[Val::U32(1)]);
            denied(dropped, "[resource-drop]gate")?;
        }
        Ok(())
    })
}

/// Calls a denied function, or a method of a resource with nothing behind it.
fn answer(
    host: &Host,
    running: &mut Running,
    rng: &mut Rng,
    name: &str,
    function: &Refused,
    without: Option<&str>,
) -> Result<()> {
    let (sent, _) = values(&function.params, rng, &mut running.store)?;
    let stays = left(&function.params, &sent, without);
    let mut args = sent;
    let label = match name.strip_prefix('m') {
        Some(_) => {
            args.insert(0, Val::U32(HOLLOW));
            format!("[method]gate.{name}")
        }
        None => name.to_string(),
    };
    let called = running.call("refused", name, &args);
    let context = || format!("{name}: {:?} -> {:?}", function.params, function.result);
    if without.is_some_and(|resource| function.result.mentions(resource)) {
        // It may be answered with a handle that has nothing behind it, which does not leave.
        if let Err(error) = called {
            let said = format!("{error:?}");
            let kept =
                said.contains("denied by wasi-virt") || said.contains("unknown handle index");
            ensure!(kept, "{said}: {}", context());
        }
        *running = host.start()?;
        return Ok(());
    }
    let refusal = match takes_in_lists(&function.params, without) {
        true => Expected::Trap,
        false => expected(&function.result),
    };
    let expected = match refusal {
        Expected::Trap => {
            denied(called, &label).with_context(context)?;
            *running = host.start()?;
            return Ok(());
        }
        Expected::Hollow => Val::U32(HOLLOW),
        Expected::Value(value) => value,
    };
    let value = called.with_context(context)?;
    ensure!(
        value.as_ref() == Some(&expected),
        "{value:?}, not {expected:?}: {}",
        context()
    );
    let remaining = running.resources();
    ensure!(
        remaining == stays,
        "{remaining} resources are left, not {stays}: {}",
        context()
    );
    if remaining > 0 {
        *running = host.start()?;
    }
    Ok(())
}

#[test]
fn a_virtual_handle_does_not_leave() -> Result<()> {
    every_component(|round| {
        let (_, host) = round.host(&virtual_files())?;
        *host.sent.lock().expect("one thread") = "nothing".to_string();
        for (n, function) in round.subject.passed.iter().enumerate() {
            for (lent, name) in [(0, format!("f{n}")), (1, format!("lent{n}"))] {
                let places = round.made.places(&name)?;
                let virtuals = places.iter().filter(|place| number(place).is_some());
                for place in virtuals.take(2) {
                    let has_option = lent == 1 && function.has_option;
                    let mut running = host.start()?;
                    let which = number(place).context("a virtual resource")?;
                    let Some(Val::U32(handle)) =
                        running.call("taken", "get", &[Val::U32(which)])?
                    else {
                        anyhow::bail!("no handle");
                    };
                    let args = [handle, place.at, lent].map(Val::U32);
                    let handed = running.call("taken", &format!("hand{n}"), &args);
                    kept(handed, place, &places, &name, has_option)
                        .with_context(|| format!("{name}: {:?}, {place:?}", function.params))?;
                }
            }
        }
        Ok(())
    })
}

/// The number by which the component gives virtual handles of a place's resource.
fn number(place: &Place) -> Option<u32> {
    let at = VIRTUAL.iter().position(|name| *name == place.resource);
    at.map(|at| at as u32)
}

/// The host must not have got the handle.
fn kept(
    handed: Result<Option<Val>>,
    place: &Place,
    places: &[Place],
    name: &str,
    has_option: bool,
) -> Result<()> {
    if place.is_guarded && has_option {
        let value = handed?;
        ensure!(
            value == Some(Val::U32(0)),
            "{value:?} is not the answer *none*"
        );
        return Ok(());
    }
    let said = match handed {
        Ok(value) => anyhow::bail!("it answered {value:?}"),
        Err(error) => format!("{error:?}"),
    };
    let mut guarded = places.iter().filter(|place| place.is_guarded);
    let first = guarded.find(|place| number(place).is_some());
    let label = match first.filter(|_| place.is_guarded) {
        Some(first) => format!(
            "wasi-virt: a virtual {} cannot be handed to the host: test:property/given#{name}",
            first.resource
        ),
        // The host's own trap.
        None => "unknown handle index".to_string(),
    };
    ensure!(said.contains(&label), "instead of `{label}`: {said}");
    Ok(())
}

#[test]
fn what_passes_under_debug_is_logged_and_unchanged() -> Result<()> {
    every_component(|round| {
        let policy = Policy::default().with(|changed| {
            changed.stdin = StdioMode::Ignore;
            changed.debug = wasi_virt::DebugLog::All;
        });
        let (artifact, host) = round.host(&policy)?;
        let imports = artifact::imports(&artifact)?;
        ensure!(
            imports
                .iter()
                .all(|import| !import.starts_with("wasi:cli/")
                    || import.starts_with("wasi:cli/stderr@")),
            "{imports:?}"
        );
        let mut running = host.start()?;
        for (n, function) in round.subject.passed.iter().enumerate() {
            for _ in 0..2 {
                let before = running.outputs.stderr().len();
                let values = pass(&host, &mut running, &mut round.rng, n, function)
                    .with_context(|| format!("function {n}: {:?}", function.params))?;
                let expected = logged(n, function, &values);
                let said = wave::without_numbers(&running.outputs.stderr()[before..]);
                ensure!(said == expected, "logged:\n{said}instead of:\n{expected}");
            }
        }
        Ok(())
    })
}

/// What the log has to say of the two calls that pass these values, as docs/debug.md has it.
fn logged(n: usize, function: &Passed, values: &[Val]) -> String {
    let (mut args, mut result) = (String::new(), String::new());
    let names: Vec<String> = (0..values.len()).map(|n| format!("p{n}")).collect();
    let named = names.iter().zip(&function.params).zip(values);
    let one = |((name, ty), value): ((_, _), _)| -> (Option<&str>, &Type, &Val) {
        (Some(String::as_str(name)), ty, value)
    };
    wave::sequence(named.map(one), &mut args);
    let unnamed = function.params.iter().zip(values);
    wave::sequence(unnamed.map(|(ty, value)| (None, ty, value)), &mut result);
    let seen = match function.has_option {
        true => "wasi-virt:   -> some(\"seen\")\n",
        false => "",
    };
    format!(
        "wasi-virt: host test:property/given#lent{n}({args})\n{seen}\
         wasi-virt: host test:property/given#f{n}({args})\nwasi-virt:   -> ({result})\n"
    )
}
