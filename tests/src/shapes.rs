//! The host's side of `test:shapes/shapes`, the interface outside WASI that the guest `shapes`
//! imports.

use crate::host::State;
use wasmtime::component::{ComponentType, Lift, Linker, Lower, Resource, ResourceType};
use wasmtime::{Result, StoreContextMut};
use wasmtime_wasi::WasiView;
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystemView};
use wasmtime_wasi::p2::DynInputStream;
use wasmtime_wasi::p2::bindings::sync::filesystem::preopens::Host as _;
use wasmtime_wasi::p2::bindings::sync::filesystem::types::{
    DescriptorFlags, HostDescriptor, OpenFlags, PathFlags,
};
use wasmtime_wasi::p2::pipe::MemoryInputPipe;

/// The resource.
struct Token(String);

#[derive(ComponentType, Lift, Lower)]
#[component(record)]
struct Pair {
    label: String,
    first: Resource<Token>,
    second: Option<Resource<Token>>,
}

#[derive(ComponentType, Lift, Lower)]
#[component(variant)]
enum Shape {
    #[component(name = "none")]
    None,
    #[component(name = "one")]
    One(Resource<Token>),
    #[component(name = "text")]
    Text(String),
    #[component(name = "pair")]
    Pair(Pair),
    #[component(name = "many")]
    Many(Vec<Resource<Token>>),
    #[component(name = "body")]
    Body(Resource<DynInputStream>),
    #[component(name = "number")]
    Number(u64),
    #[component(name = "ratio")]
    Ratio(f64),
}

/// What the functions do with tokens.
trait Tokens {
    fn make(&mut self, name: String) -> Result<Resource<Token>>;
    fn name(&mut self, token: &Resource<Token>) -> Result<String>;
    fn take(&mut self, token: Resource<Token>) -> Result<String>;
    fn take_pair(&mut self, pair: Pair) -> Result<String>;
    fn body(&mut self, text: String) -> Result<Resource<DynInputStream>>;
}

impl Tokens for State {
    fn make(&mut self, name: String) -> Result<Resource<Token>> {
        self.tokens += 1;
        Ok(self.table.push(Token(name))?)
    }

    fn name(&mut self, token: &Resource<Token>) -> Result<String> {
        Ok(self.table.get(token)?.0.clone())
    }

    fn take(&mut self, token: Resource<Token>) -> Result<String> {
        self.tokens -= 1;
        Ok(self.table.delete(token)?.0)
    }

    fn take_pair(&mut self, pair: Pair) -> Result<String> {
        let mut text = format!("{} {}", pair.label, self.take(pair.first)?);
        if let Some(second) = pair.second {
            text += &format!(" {}", self.take(second)?);
        }
        Ok(text)
    }

    fn body(&mut self, text: String) -> Result<Resource<DynInputStream>> {
        let stream: DynInputStream = Box::new(MemoryInputPipe::new(text));
        Ok(self.table.push(stream)?)
    }
}

type Store<'a> = StoreContextMut<'a, State>;
type Stream = Resource<DynInputStream>;

/// Adds `test:shapes/shapes`.
pub fn add_to_linker(linker: &mut Linker<State>) -> Result<()> {
    let mut shapes = linker.instance("test:shapes/shapes@0.1.0")?;
    shapes.resource("token", ResourceType::host::<Token>(), |mut store, rep| {
        store.data_mut().take(Resource::new_own(rep)).map(drop)
    })?;
    shapes.func_wrap("[constructor]token", |mut s: Store, (name,): (String,)| {
        Ok((s.data_mut().make(name)?,))
    })?;
    shapes.func_wrap(
        "[method]token.name",
        |mut s: Store, (this,): (Resource<Token>,)| Ok((s.data_mut().name(&this)?,)),
    )?;
    shapes.func_wrap(
        "[method]token.join",
        |mut s: Store,
         (this, other, rest): (Resource<Token>, Resource<Token>, Vec<Resource<Token>>)| {
            let mut names = Vec::new();
            for token in [&this, &other].into_iter().chain(&rest) {
                names.push(s.data_mut().name(token)?);
            }
            Ok((s.data_mut().make(names.join("+"))?,))
        },
    )?;
    shapes.func_wrap(
        "[static]token.merge",
        |mut s: Store, (tokens,): (Vec<Resource<Token>>,)| {
            let mut names = Vec::new();
            for token in tokens {
                names.push(s.data_mut().take(token)?);
            }
            Ok((match &names[..] {
                [] => Err("nothing".to_string()),
                names => Ok(s.data_mut().make(names.join("&"))?),
            },))
        },
    )?;
    shapes.func_wrap(
        "[method]token.body",
        |mut s: Store, (this,): (Resource<Token>,)| {
            let text = s.data_mut().name(&this)?;
            Ok((s.data_mut().body(format!("body of {text}"))?,))
        },
    )?;
    shapes.func_wrap("turn", |_: Store, (pair,): (Pair,)| {
        let (first, second) = match pair.second {
            Some(second) => (second, Some(pair.first)),
            None => (pair.first, None),
        };
        let label = pair.label.chars().rev().collect();
        Ok((Pair {
            label,
            first,
            second,
        },))
    })?;
    shapes.func_wrap("echo", |_: Store, (shape,): (Shape,)| Ok((shape,)))?;
    shapes.func_wrap(
        "split",
        |_: Store, ((token, number, body),): ((Resource<Token>, u8, Stream),)| {
            Ok((if number % 2 == 0 {
                Ok((token, body))
            } else {
                Err((body, token))
            },))
        },
    )?;
    shapes.func_wrap("find", |mut s: Store, (names,): (Vec<String>,)| {
        let mut found = Vec::new();
        for name in names {
            found.push(match name.as_str() {
                "" => None,
                _ => Some(s.data_mut().make(name)?),
            });
        }
        Ok((found,))
    })?;
    shapes.func_wrap("check", check)?;
    shapes.func_wrap("spread", spread)?;
    shapes.func_wrap("alive", |s: Store, (): ()| Ok((s.data().tokens,)))?;
    add_files(&mut shapes)
}

type Either = std::result::Result<Resource<Token>, Stream>;
type Named = Vec<(String, Resource<Token>)>;

fn check(
    mut s: Store<'_>,
    (named, maybe, either): (Named, Option<Resource<Token>>, Either),
) -> Result<(Vec<String>,)> {
    let state = s.data_mut();
    let mut found = Vec::new();
    for (name, token) in &named {
        found.push(format!("{name}={}", state.name(token)?));
    }
    if let Some(token) = &maybe {
        found.push(state.name(token)?);
    }
    found.push(match &either {
        Ok(token) => state.name(token)?,
        Err(body) => {
            let read = state.table.get_mut(body)?.read(4)?;
            String::from_utf8_lossy(&read).into_owned()
        }
    });
    Ok((found,))
}

/// The parameters of `spread`.
type Spread = (
    Resource<Token>,
    String,
    Option<Resource<Token>>,
    Vec<Resource<Token>>,
    Pair,
    Shape,
    Resource<Token>,
    Vec<Vec<u8>>,
);

fn spread(mut s: Store<'_>, (a, b, c, d, e, f, g, h): Spread) -> Result<(String,)> {
    let state = s.data_mut();
    let mut parts = vec![state.take(a)?, b];
    if let Some(c) = c {
        parts.push(state.take(c)?);
    }
    for token in d {
        parts.push(state.take(token)?);
    }
    parts.push(state.take_pair(e)?);
    if let Shape::Pair(pair) = f {
        parts.push(state.take_pair(pair)?);
    }
    parts.push(state.name(&g)?);
    parts.push(format!("{h:?}"));
    Ok((parts.join(" "),))
}

/// The functions that carry files.
fn add_files(shapes: &mut wasmtime::component::LinkerInstance<'_, State>) -> Result<()> {
    shapes.func_wrap("open", |mut s: Store, (name,): (String,)| {
        let mut files = s.data_mut().filesystem();
        let mut directories = files.get_directories()?;
        let (directory, _) = directories.remove(0);
        let opened = files.open_at(
            directory,
            PathFlags::empty(),
            name,
            OpenFlags::empty(),
            DescriptorFlags::READ,
        );
        Ok((opened.map_err(|error| error.to_string()),))
    })?;
    shapes.func_wrap("size", |mut s: Store, (file,): (Resource<Descriptor>,)| {
        let stat = s.data_mut().filesystem().stat(file);
        Ok((stat.ok().map(|stat| stat.size),))
    })?;
    shapes.func_wrap("keep", |mut s: Store, (file,): (Resource<Descriptor>,)| {
        let rep = file.rep();
        let size = s
            .data_mut()
            .filesystem()
            .stat(Resource::new_borrow(rep))?
            .size;
        s.data_mut().ctx().table.delete(file)?;
        Ok((size,))
    })
}
