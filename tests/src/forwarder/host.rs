//! The host's side: it checks every value that arrives, and gives it back.

use super::{Passed, Subject};
use crate::host::{self, Outputs, State};
use crate::random_types::{Token, Type, describe};
use anyhow::{Result, anyhow};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use wasmtime::component::{Component, Instance, InstancePre, Linker, Resource, ResourceType, Val};
use wasmtime::{AsContextMut, Config, Engine, Store, StoreContextMut, Strategy};

/// An artifact and its host.
pub struct Host {
    ready: InstancePre<State>,
    preopen: PathBuf,
    /// What the next call has to bring, as [`described`] says it.
    pub sent: Arc<Mutex<String>>,
}

/// An instance of it.
pub struct Running {
    pub store: Store<State>,
    pub outputs: Outputs,
    instance: Instance,
}

impl Host {
    /// Compiles an artifact. Its host preopens this directory.
    pub fn new(artifact: &[u8], subject: &Subject, preopen: &Path) -> Result<Host> {
        let component = Component::new(engine(), artifact).map_err(fault)?;
        let sent = Arc::new(Mutex::new(String::new()));
        let mut linker = host::generous_in(engine())?;
        let ready =
            add(&mut linker, subject, &sent).and_then(|()| linker.instantiate_pre(&component));
        Ok(Host {
            ready: ready.map_err(fault)?,
            preopen: preopen.to_path_buf(),
            sent,
        })
    }

    /// A fresh instance.
    pub fn start(&self) -> Result<Running> {
        let (mut store, outputs) =
            host::planted_in(engine(), "", "", &[("/".to_string(), self.preopen.clone())])?;
        let instance = self.ready.instantiate(&mut store).map_err(fault)?;
        Ok(Running {
            store,
            outputs,
            instance,
        })
    }
}

impl Running {
    /// Calls a function of `taken` or `refused`.
    pub fn call(&mut self, interface: &str, name: &str, values: &[Val]) -> Result<Option<Val>> {
        let store = &mut self.store;
        let interface = format!("test:property/{interface}");
        let of = self
            .instance
            .get_export_index(&mut *store, None, &interface);
        let of = of.ok_or_else(|| anyhow!("no export {interface}"))?;
        let index = self.instance.get_export_index(&mut *store, Some(&of), name);
        let index = index.ok_or_else(|| anyhow!("no function {name}"))?;
        let function = self.instance.get_func(&mut *store, index);
        let function = function.ok_or_else(|| anyhow!("{name} is no function"))?;
        let count = function.ty(&mut *store).results().len();
        let mut results = vec![Val::Bool(false); count];
        function
            .call(&mut *store, values, &mut results)
            .map_err(fault)?;
        Ok(results.pop())
    }

    /// How many resources the host has.
    pub fn resources(&mut self) -> usize {
        self.store.data_mut().table.iter_mut().count()
    }
}

/// Adds what the component imports outside of WASI and what the policy leaves open.
fn add(
    linker: &mut Linker<State>,
    subject: &Subject,
    sent: &Arc<Mutex<String>>,
) -> wasmtime::Result<()> {
    let mut tokens = linker.instance("test:property/tokens")?;
    tokens.resource("token", ResourceType::host::<Token>(), |mut store, rep| {
        let token = Resource::<Token>::new_own(rep);
        store.data_mut().table.delete(token)?;
        Ok(())
    })?;
    // What the policy closes may stay for its types.
    let mut closed = linker.instance("test:property/closed")?;
    closed.resource("gate", ResourceType::host::<()>(), |_, _| Ok(()))?;
    let refused = (0..subject.refused.len()).map(|n| format!("r{n}"));
    let methods = (0..subject.methods.len()).map(|n| format!("[method]gate.m{n}"));
    for name in refused.chain(methods) {
        closed.func_new(&name, |_, _, _, _| {
            Err(wasmtime::format_err!("the host was called"))
        })?;
    }
    let mut given = linker.instance("test:property/given")?;
    for (n, function) in subject.passed.iter().enumerate() {
        let Passed {
            params,
            lent,
            has_option,
        } = function.clone();
        let expected = sent.clone();
        given.func_new(&format!("f{n}"), move |mut store, _, args, results| {
            let values = arrived(&mut store, &params, args, &expected)?;
            results[0] = Val::Tuple(values);
            Ok(())
        })?;
        let expected = sent.clone();
        given.func_new(&format!("lent{n}"), move |mut store, _, args, results| {
            arrived(&mut store, &lent, args, &expected)?;
            if has_option {
                results[0] = Val::Option(Some(Box::new(Val::String("seen".to_string()))));
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// The values of a call, if they are those that were sent.
fn arrived(
    store: &mut StoreContextMut<'_, State>,
    types: &[Type],
    args: &[Val],
    expected: &Mutex<String>,
) -> wasmtime::Result<Vec<Val>> {
    let mut values = args.to_vec();
    let seen = described(types, &mut values, true, store).map_err(other)?;
    let expected = expected.lock().expect("one thread").clone();
    if seen != expected {
        wasmtime::bail!("the host was given {seen}, not {expected}");
    }
    Ok(values)
}

/// Values in words; see [`describe`].
pub fn described(
    types: &[Type],
    values: &mut [Val],
    kept: bool,
    store: &mut StoreContextMut<'_, State>,
) -> Result<String> {
    let mut text = String::new();
    for (ty, value) in types.iter().zip(values) {
        text += &describe(ty, value, kept, store)?;
    }
    Ok(text)
}

/// Values of these types, and what they are in words.
pub fn values(
    types: &[Type],
    rng: &mut fastrand::Rng,
    store: &mut Store<State>,
) -> Result<(Vec<Val>, String)> {
    let values = types.iter().map(|ty| ty.value(rng, store));
    let mut values = values.collect::<Result<Vec<_>>>()?;
    let text = described(types, &mut values, true, &mut store.as_context_mut())?;
    Ok((values, text))
}

fn fault(error: wasmtime::Error) -> anyhow::Error {
    anyhow!("{error:?}")
}

fn other(error: anyhow::Error) -> wasmtime::Error {
    wasmtime::format_err!("{error:#}")
}

/// How many resources of the host a denied call leaves where they are: all of `denied`, whose
/// interface the policy denies.
pub fn left(types: &[Type], values: &[Val], denied: Option<&str>) -> usize {
    let pairs = types.iter().zip(values);
    pairs.map(|(ty, value)| left_of(ty, value, denied)).sum()
}

fn left_of(ty: &Type, value: &Val, denied: Option<&str>) -> usize {
    let mut each: Vec<(&Type, &Val)> = Vec::new();
    match (ty, value) {
        (Type::Own(name), _) => {
            let stays = denied == Some(name.as_str());
            // What is behind a pollable is a resource as well.
            let resources = match name.as_str() {
                "pollable" => 2,
                _ => 1,
            };
            return usize::from(stays) * resources;
        }
        (Type::List(ty), Val::List(values)) => {
            each.extend(values.iter().map(|value| (&**ty, value)));
        }
        (Type::Record(types), Val::Record(values)) => {
            each.extend(types.iter().zip(values.iter().map(|(_, value)| value)));
        }
        (Type::Tuple(types), Val::Tuple(values)) => each.extend(types.iter().zip(values)),
        (Type::Option(ty), Val::Option(Some(value))) => each.push((ty, value)),
        (Type::Result(Some(ty), _), Val::Result(Ok(Some(value))))
        | (Type::Result(_, Some(ty)), Val::Result(Err(Some(value)))) => each.push((ty, value)),
        (Type::Variant(cases), Val::Variant(name, Some(value))) => {
            let case = cases.iter().find(|(case, _)| case == name);
            each.extend(
                case.and_then(|(_, ty)| ty.as_ref())
                    .map(|ty| (ty, &**value)),
            );
        }
        _ => {}
    }
    let inner = each.into_iter();
    inner.map(|(ty, value)| left_of(ty, value, denied)).sum()
}

/// Its hosts' functions are made at run time and are lent several handles, for which wasmtime 50
/// with support for concurrent calls reports a bug of its own.
fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let mut config = Config::new();
        config.strategy(Strategy::Winch);
        config.concurrency_support(false);
        host::ticking(config)
    })
}
