//! A property of forwarding and of bridges, which `--debug` composes: whatever the type, values arrive unchanged in both
//! directions, and no handle is left behind. Interfaces are made at random. The component under test imports one and exports
//! the same, so that a value goes through the bridge, the adapter's forwarder, the host, which checks and returns it, and all
//! the way back. Each call is traced, which must tell what is passed and change nothing of it.

use anyhow::{Context, Result, anyhow};
use fastrand::Rng;
use std::fmt::Write;
use std::sync::{Arc, Mutex};
use wasi_virt::{Policy, StdioMode};
use wasi_virt_tests::host::{self, State};
use wasi_virt_tests::random_types::{Token, Type, describe};
use wasi_virt_tests::{artifact, engine, wave};
use wasmtime::component::{Linker, ResourceType, Val};
use wasmtime::{AsContextMut, Store};

/// Functions in one interface, and interfaces in one run.
const FUNCTIONS: usize = 25;
const INTERFACES: usize = 40;

/// What a function takes and, as a tuple, returns.
type Params = Vec<Type>;

/// These functions and their types in the text format, each type defined before it is mentioned.
struct Interface {
    text: String,
    /// What types and functions are declared with: `import` or `export`.
    declare: &'static str,
    types: usize,
}

/// The resources that values have in them.
const RESOURCES: [&str; 3] = ["token", "input-stream", "pollable"];

impl Interface {
    fn of(functions: &[Params], declare: &'static str) -> Result<Self> {
        let mut made = Interface {
            text: String::new(),
            declare,
            types: 0,
        };
        for (n, params) in functions.iter().enumerate() {
            let params = made.all(params)?;
            let mut signature = String::new();
            for (n, ty) in params.iter().enumerate() {
                write!(signature, "(param \"p{n}\" {ty}) ")?;
            }
            let result = params.join(" ");
            let id = match declare {
                "import" => format!("$f{n}"),
                _ => String::new(),
            };
            writeln!(
                made.text,
                "({declare} \"f{n}\" (func {id} {signature}(result (tuple {result}))))"
            )?;
        }
        Ok(made)
    }

    /// The type as it is mentioned, defined before.
    fn mention(&mut self, ty: &Type) -> Result<String> {
        let named = |parts: Vec<String>, with: &str| -> String {
            let fields = (0..).zip(parts);
            fields
                .map(|(n, ty): (u32, _)| format!("({with} \"{}{n}\" {ty})", &with[..1]))
                .collect::<Vec<_>>()
                .join(" ")
        };
        let definition = match ty {
            Type::Primitive(name) => return Ok(name.to_string()),
            Type::Own(name) => return Ok(format!("(own ${name})")),
            Type::List(ty) => return Ok(format!("(list {})", self.mention(ty)?)),
            Type::Option(ty) => return Ok(format!("(option {})", self.mention(ty)?)),
            Type::Result(ok, error) => {
                let ok = ok.as_ref().map(|ty| self.mention(ty)).transpose()?;
                let error = error.as_ref().map(|ty| self.mention(ty)).transpose()?;
                let error = error.map(|ty| format!("(error {ty})")).unwrap_or_default();
                return Ok(format!("(result {} {error})", ok.unwrap_or_default()));
            }
            Type::Tuple(types) => return Ok(format!("(tuple {})", self.all(types)?.join(" "))),
            Type::Record(types) => format!("(record {})", named(self.all(types)?, "field")),
            Type::Variant(cases) => {
                let cases = cases
                    .iter()
                    .map(|case| case.as_ref().map(|ty| self.mention(ty)).transpose())
                    .collect::<Result<Vec<Option<String>>>>()?;
                let cases = cases.into_iter().map(Option::unwrap_or_default).collect();
                format!("(variant {})", named(cases, "case"))
            }
            Type::Enum(count) => format!("(enum {})", labels("e", *count)),
            Type::Flags(count) => format!("(flags {})", labels("b", *count)),
        };
        self.types += 1;
        let n = self.types;
        writeln!(
            self.text,
            "(type $d{n} {definition}) ({} \"t{n}\" (type $t{n} (eq $d{n})))",
            self.declare
        )?;
        Ok(format!("$t{n}"))
    }

    fn all(&mut self, types: &[Type]) -> Result<Vec<String>> {
        types.iter().map(|ty| self.mention(ty)).collect()
    }
}

fn labels(prefix: &str, count: usize) -> String {
    (0..count).map(|n| format!("\"{prefix}{n}\" ")).collect()
}

/// A component that hands on what it imports, and has a stream that can be virtual.
fn component(functions: &[Params]) -> Result<Vec<u8>> {
    let used: String = RESOURCES
        .iter()
        .map(|name| {
            format!(
                "(alias outer 1 ${name} (type $o-{name})) (export \"{name}\" (type ${name} (eq $o-{name})))\n"
            )
        })
        .collect();
    let given = Interface::of(functions, "export")?.text;
    let Interface { text, types, .. } = Interface::of(functions, "import")?;
    // A component between, because an imported instance cannot be exported as it is.
    let (mut again, mut arguments) = (String::new(), String::new());
    for name in RESOURCES {
        writeln!(again, "(import \"{name}\" (type ${name} (sub resource)))")?;
        writeln!(arguments, "(with \"{name}\" (type ${name}))")?;
    }
    again += &text;
    let named = RESOURCES.map(str::to_string).into_iter();
    for name in named.chain((1..=types).map(|n| format!("t{n}"))) {
        writeln!(again, "(export \"{name}\" (type ${name}))")?;
    }
    for n in 1..=types {
        writeln!(arguments, "(with \"t{n}\" (type $given \"t{n}\"))")?;
    }
    for n in 0..functions.len() {
        writeln!(again, "(export \"f{n}\" (func $f{n}))")?;
        writeln!(arguments, "(with \"f{n}\" (func $given \"f{n}\"))")?;
    }
    let text = format!(
        r#"(component
        (import "wasi:io/poll@0.2.6" (instance $poll (export "pollable" (type (sub resource)))))
        (alias export $poll "pollable" (type $pollable))
        (import "wasi:io/streams@0.2.6" (instance $streams
            (export "input-stream" (type (sub resource)))))
        (alias export $streams "input-stream" (type $input-stream))
        (import "wasi:cli/stdin@0.2.6" (instance
            (alias outer 1 $input-stream (type $o)) (export "input-stream" (type $s (eq $o)))
            (export "get-stdin" (func (result (own $s))))))
        (import "test:property/tokens" (instance $tokens
            (export "token" (type $t (sub resource)))
            (alias outer 1 $input-stream (type $o)) (export "input-stream" (type $s (eq $o)))
            (export "of" (func (param "stream" (own $s)) (result (own $t))))))
        (alias export $tokens "token" (type $token))
        (import "test:property/given" (instance $given
            {used}{given}))
        (component $again
            {again})
        (instance $taken (instantiate $again
            {arguments}))
        (export "test:property/taken" (instance $taken)))"#
    );
    wat::parse_str(&text).with_context(|| text.clone())
}

/// Adds the host's side: every function returns what it is given, once it is found to be what was sent.
fn add(
    linker: &mut Linker<State>,
    functions: &[Params],
    sent: &Arc<Mutex<String>>,
) -> wasmtime::Result<()> {
    let mut tokens = linker.instance("test:property/tokens")?;
    tokens.resource("token", ResourceType::host::<Token>(), |mut store, rep| {
        let token = wasmtime::component::Resource::<Token>::new_own(rep);
        store.data_mut().table.delete(token)?;
        Ok(())
    })?;
    tokens.func_new("of", |_, _, _, _| wasmtime::bail!("nobody calls this"))?;
    let mut given = linker.instance("test:property/given")?;
    for (n, types) in functions.iter().enumerate() {
        let (types, sent) = (types.clone(), sent.clone());
        given.func_new(&format!("f{n}"), move |mut store, _, args, results| {
            let mut values = args.to_vec();
            let seen = described(&types, &mut values, true, &mut store)
                .map_err(|error| wasmtime::format_err!("{error:#}"))?;
            let expected = sent.lock().expect("one thread").clone();
            if seen != expected {
                wasmtime::bail!("the host was given {seen}, not {expected}");
            }
            results[0] = Val::Tuple(values);
            Ok(())
        })?;
    }
    Ok(())
}

fn described(
    types: &[Type],
    values: &mut [Val],
    kept: bool,
    store: &mut wasmtime::StoreContextMut<'_, State>,
) -> Result<String> {
    let mut text = String::new();
    for (ty, value) in types.iter().zip(values) {
        text += &describe(ty, value, kept, store)?;
    }
    Ok(text)
}

/// What the trace has to say of a call whose result is its arguments.
fn told(n: usize, types: &[Type], values: &[Val]) -> String {
    let (mut args, mut result) = (String::new(), String::new());
    let names: Vec<String> = (0..types.len()).map(|n| format!("p{n}")).collect();
    let named = names.iter().zip(types).zip(values);
    wave::sequence(
        named.map(|((name, ty), value)| (Some(name.as_str()), ty, value)),
        &mut args,
    );
    wave::sequence(
        types
            .iter()
            .zip(values)
            .map(|(ty, value)| (None, ty, value)),
        &mut result,
    );
    format!("wasi-virt: forwarded test:property/given#f{n}({args})\nwasi-virt:   -> ({result})\n")
}

fn round(seed: u64) -> Result<()> {
    let mut rng = Rng::with_seed(seed);
    let functions: Vec<Params> = (0..FUNCTIONS)
        .map(|_| {
            (0..rng.usize(1..4))
                .map(|_| Type::random(&mut rng))
                .collect()
        })
        .collect();
    let policy = Policy {
        stdin: StdioMode::Ignore,
        debug: true,
        ..Policy::default()
    };
    let made = engine::virtualize(&component(&functions)?, &policy, &[])?;
    let imports = artifact::imports(&made)?;
    anyhow::ensure!(
        imports.iter().all(
            |import| !import.starts_with("wasi:cli/") || import.starts_with("wasi:cli/stderr@")
        ),
        "{imports:?}"
    );

    let sent = Arc::new(Mutex::new(String::new()));
    let fault = |error: wasmtime::Error| anyhow!("{error:?}");
    let mut linker = host::generous()?;
    add(&mut linker, &functions, &sent).map_err(fault)?;
    let (mut store, outputs) = host::planted("", "", &[])?;
    let instance = linker
        .instantiate(&mut store, &host::compile(&made)?)
        .map_err(fault)?;
    let taken = instance
        .get_export_index(&mut store, None, "test:property/taken")
        .context("the export")?;
    for (n, types) in functions.iter().enumerate() {
        let index = instance.get_export_index(&mut store, Some(&taken), &format!("f{n}"));
        let function = instance
            .get_func(&mut store, index.context("a function")?)
            .context("a function")?;
        for _ in 0..2 {
            let before = outputs.stderr().len();
            let values = call(&mut store, &function, types, &mut rng, &sent)
                .with_context(|| format!("function {n}: {types:?}"))?;
            let expected = told(n, types, &values);
            let said = wave::without_numbers(&outputs.stderr()[before..]);
            anyhow::ensure!(said == expected, "told:\n{said}instead of:\n{expected}");
        }
    }
    Ok(())
}

fn call(
    store: &mut Store<State>,
    function: &wasmtime::component::Func,
    types: &[Type],
    rng: &mut Rng,
    sent: &Mutex<String>,
) -> Result<Vec<Val>> {
    let mut values: Vec<Val> = types
        .iter()
        .map(|ty| ty.value(rng, store))
        .collect::<Result<_>>()?;
    let expected = described(types, &mut values, true, &mut store.as_context_mut())?;
    *sent.lock().expect("one thread") = expected.clone();
    let mut results = [Val::Bool(false)];
    function
        .call(&mut *store, &values, &mut results)
        .map_err(|error| anyhow!("{error:?}"))?;
    let [Val::Tuple(back)] = &mut results else {
        anyhow::bail!("{results:?}");
    };
    let back = described(types, back, false, &mut store.as_context_mut())?;
    anyhow::ensure!(back == expected, "{back} came back, {expected} was sent");
    anyhow::ensure!(store.data().table.is_empty(), "a resource was left behind");
    Ok(values)
}

/// `WASI_VIRT_SEED` repeats one interface.
#[test]
fn values_of_every_type_arrive_unchanged() -> Result<()> {
    if let Ok(seed) = std::env::var("WASI_VIRT_SEED") {
        return round(seed.parse()?);
    }
    let mut seeds = Rng::new();
    for _ in 0..INTERFACES {
        let seed = seeds.u64(..);
        println!("seed {seed}");
        round(seed).with_context(|| format!("WASI_VIRT_SEED={seed} repeats this"))?;
    }
    Ok(())
}
