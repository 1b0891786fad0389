//! Components that are called with host resources: an HTTP server with a mounted site
//! under `wasmtime serve`, and an interface of our own with streams in records, variants and lists.

use anyhow::{Context, Result, ensure};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Frame};
use hyper::client::conn::http1;
use hyper::{HeaderMap, Request, Response, StatusCode, body::Incoming};
use std::convert::Infallible;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::net::TcpStream;
use wasi_virt::{Access, Policy, StdioMode};
use wasi_virt_tests::host::{self, PLANTED, State};
use wasi_virt_tests::paths::fixture;
use wasi_virt_tests::servers::Servers;
use wasi_virt_tests::{artifact, engine};
use wasmtime::Store;
use wasmtime::component::{Instance, Resource, ResourceAny, Val};
use wasmtime_wasi::p2::pipe::MemoryInputPipe;
use wasmtime_wasi::p2::{DynInputStream, DynPollable, Pollable, subscribe};
use wasmtime_wasi::runtime::in_tokio;

const PAGE: &[u8] = b"<h1>mounted</h1>";

/// Everything denied, and output ignored, so that streams are virtual.
fn closed() -> Policy {
    Policy::default().with(|changed| {
        changed.env = vec![("NAME".into(), "virtual".into())];
        changed.stdin = StdioMode::Ignore;
        changed.stdout = StdioMode::Ignore;
        changed.stderr = StdioMode::Ignore;
        changed.deny_mode = wasi_virt::DenyMode::Error;
    })
}

fn server(policy: &Policy) -> Result<Vec<u8>> {
    with_site("server", policy)
}

/// A guest with a mounted site.
fn with_site(guest: &str, policy: &Policy) -> Result<Vec<u8>> {
    let large: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    let files: [(&str, &[u8]); 2] = [("/site/index.html", PAGE), ("/site/large.bin", &large)];
    engine::virtualize(&fs::read(fixture(guest)?)?, policy, &files)
}

/// `wasmtime serve` as it is by default, and as those run it who have many instances.
const MODES: [&[&str]; 2] = [&[], &["-O", "pooling-allocator"]];

/// `wasmtime serve`.
struct Serving {
    process: Child,
    address: String,
}

impl Serving {
    fn start(component: &Path, mode: &[&str]) -> Result<Serving> {
        let mut process = Command::new(env!("CARGO_BIN_EXE_wasmtime"))
            .args(["serve", "--addr", "127.0.0.1:0"])
            .args(mode)
            .arg(component)
            .env("HOST_SECRET", PLANTED)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut said = String::new();
        let mut lines = BufReader::new(process.stderr.take().context("it was piped")?).lines();
        for line in &mut lines {
            let line = line?;
            said.push_str(&line);
            if let Some(address) = line.strip_prefix("Serving HTTP on http://") {
                let address = address.trim_end_matches('/').to_string();
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(Serving { process, address });
            }
        }
        anyhow::bail!("wasmtime does not serve: {said}")
    }

    async fn ask<B>(&self, request: Request<B>) -> Result<Response<Incoming>>
    where
        B: hyper::body::Body<Data = Bytes, Error = Infallible> + Send + 'static,
    {
        let stream = TcpStream::connect(&self.address).await?;
        let io = wasmtime_wasi_http::io::TokioIo::new(stream);
        let (mut sender, connection) = http1::handshake(io).await?;
        tokio::spawn(connection);
        Ok(sender.send_request(request).await?)
    }

    async fn get(&self, path: &str) -> Result<(StatusCode, Bytes)> {
        let request = Request::get(path)
            .header("host", &self.address)
            .body(Full::default())?;
        let response = self.ask(request).await?;
        let status = response.status();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_answers_from_what_is_mounted_and_reaches_no_host() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("server.wasm");
    let made = server(&closed())?;
    for import in artifact::imports(&made)? {
        ensure!(
            import.starts_with("wasi:io/") || import.starts_with("wasi:http/types@"),
            "{import} is left"
        );
    }
    fs::write(&path, made)?;
    for mode in MODES {
        let answers = answers(&Serving::start(&path, mode)?).await;
        answers.with_context(|| format!("{mode:?}"))?;
    }
    Ok(())
}

async fn answers(serving: &Serving) -> Result<()> {
    let (status, body) = serving.get("/file/index.html").await?;
    assert_eq!((status.as_u16(), &body[..]), (200, PAGE));
    let (status, body) = serving.get("/file/large.bin").await?;
    assert_eq!((status.as_u16(), body.len()), (200, 3_000_000));
    assert!(
        body.iter()
            .enumerate()
            .all(|(n, byte)| *byte == (n % 251) as u8)
    );
    let (status, body) = serving.get("/file/none.html").await?;
    assert_eq!(
        (status.as_u16(), &body[..]),
        (404, &b"none.html: NotFound"[..])
    );
    let (_, body) = serving.get("/env").await?;
    assert_eq!(&body[..], b"NAME=virtual\n");

    let others = Servers::start()?;
    let (_, body) = serving.get(&format!("/fetch/{}", others.http)).await?;
    assert_eq!(&body[..], b"ErrorCode::HttpRequestDenied");
    assert_eq!(others.reached(), 0);
    Ok(())
}

/// A request whose body is sent in pieces, with trailers behind it.
fn upload(
    address: &str,
    pieces: usize,
) -> Result<Request<impl hyper::body::Body<Data = Bytes, Error = Infallible> + use<>>> {
    let data = (0..pieces).map(|n| Ok(Frame::data(Bytes::from(vec![n as u8; 50_000]))));
    let mut trailers = HeaderMap::new();
    trailers.insert("x-end", pieces.to_string().parse()?);
    let frames = data.chain([Ok(Frame::trailers(trailers))]);
    Ok(Request::post("/echo")
        .header("host", address)
        .header("trailer", "x-end")
        .header("te", "trailers")
        .body(Frames(frames.collect::<Vec<_>>().into_iter()))?)
}

/// Frames that are all there already.
struct Frames<I>(I);

impl<I: Iterator<Item = Result<Frame<Bytes>, Infallible>> + Unpin> hyper::body::Body for Frames<I> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        std::task::Poll::Ready(self.0.next())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_at_once_with_large_bodies_and_trailers() -> Result<()> {
    echoes(&server(&closed())?).await
}

/// A handler of WASI 0.3, whose bodies are the streams of files and of requests as they are.
#[tokio::test(flavor = "multi_thread")]
async fn a_handler_of_wasi_0_3_does_the_same() -> Result<()> {
    let made = with_site("server-p3", &closed())?;
    for import in artifact::imports(&made)? {
        ensure!(
            import.starts_with("wasi:http/types@") || import.starts_with("wasi:clocks/types@"),
            "{import} is left"
        );
    }
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("server.wasm");
    fs::write(&path, &made)?;
    for mode in MODES {
        let answers = answers(&Serving::start(&path, mode)?).await;
        answers.with_context(|| format!("{mode:?}"))?;
    }
    echoes(&made).await
}

/// Sends large bodies with trailers at once, which come back.
async fn echoes(made: &[u8]) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("server.wasm");
    fs::write(&path, made)?;
    for mode in MODES {
        let serving = std::sync::Arc::new(Serving::start(&path, mode)?);
        let echo = |pieces: usize| {
            let serving = serving.clone();
            tokio::spawn(async move {
                let request = upload(&serving.address, pieces)?;
                let body = serving.ask(request).await?.into_body().collect().await?;
                let end = body
                    .trailers()
                    .and_then(|fields| fields.get("x-end"))
                    .cloned();
                Ok::<_, anyhow::Error>((end, body.to_bytes()))
            })
        };
        let asked: Vec<_> = (20..36).map(|pieces| (pieces, echo(pieces))).collect();
        for (pieces, answer) in asked {
            let (end, body) = tokio::time::timeout(Duration::from_secs(120), answer).await???;
            assert_eq!(end.context("trailers")?, pieces.to_string().as_str());
            assert_eq!(body.len(), pieces * 50_000);
            let right = |(n, byte): (usize, &u8)| *byte == (n / 50_000) as u8;
            assert!(body.iter().enumerate().all(right));
        }
    }
    Ok(())
}

/// The interface of our own, called with streams and host pollables.
struct Desk {
    store: Store<State>,
    instance: Instance,
}

struct Ready;

#[wasmtime_wasi::async_trait]
impl Pollable for Ready {
    async fn ready(&mut self) {}
}

impl Desk {
    fn open(policy: &Policy) -> Result<Desk> {
        let component = host::compile(&server(policy)?)?;
        let (mut store, _) = host::planted("", "", &[])?;
        let instance = host::generous()?
            .instantiate(&mut store, &component)
            .map_err(|error| anyhow::anyhow!("{error:?}"))?;
        Ok(Desk { store, instance })
    }

    fn stream(&mut self, text: &'static str) -> Result<Val> {
        let stream: DynInputStream = Box::new(MemoryInputPipe::new(text.as_bytes()));
        let stream = self.store.data_mut().table.push(stream)?;
        Ok(Val::Resource(
            stream
                .try_into_resource_any(&mut self.store)
                .map_err(|e| anyhow::anyhow!("{e:?}"))?,
        ))
    }

    fn pollable(&mut self) -> Result<Val> {
        let table = &mut self.store.data_mut().table;
        let ready = table.push(Ready)?;
        let pollable: Resource<DynPollable> =
            subscribe(table, ready).map_err(|e| anyhow::anyhow!("{e:?}"))?;
        Ok(Val::Resource(
            pollable
                .try_into_resource_any(&mut self.store)
                .map_err(|e| anyhow::anyhow!("{e:?}"))?,
        ))
    }

    fn call(&mut self, function: &str, args: &[Val]) -> Result<Val> {
        let desk = self
            .instance
            .get_export_index(&mut self.store, None, "test:server/desk");
        let function = self
            .instance
            .get_export_index(&mut self.store, desk.as_ref(), function)
            .context("the function")?;
        let function = self
            .instance
            .get_func(&mut self.store, function)
            .context("a function")?;
        let mut results = [Val::Bool(false)];
        function
            .call(&mut self.store, args, &mut results)
            .map_err(|error| anyhow::anyhow!("{error:?}"))?;
        let [result] = results;
        Ok(result)
    }

    /// Calls `handle` with a stream that has this text in it.
    fn handle(&mut self, body: Option<&'static str>, names: &[&str], kind: &str) -> Result<Val> {
        let body = body
            .map(|text| self.stream(text))
            .transpose()?
            .map(Box::new);
        let wait = vec![self.pollable()?, self.pollable()?];
        let names = names
            .iter()
            .map(|name| Val::String(name.to_string()))
            .collect();
        let request = Val::Record(vec![
            ("body".into(), Val::Option(body)),
            ("wait".into(), Val::List(wait)),
            ("names".into(), Val::List(names)),
        ]);
        self.call("handle", &[request, Val::String(kind.into())])
    }

    /// Drops a resource of the component.
    fn put_away(&mut self, resource: &Val) -> Result<()> {
        let Val::Resource(resource) = resource else {
            anyhow::bail!("{resource:?} is no resource");
        };
        resource
            .resource_drop(&mut self.store)
            .map_err(|error| anyhow::anyhow!("{error:?}"))
    }

    /// No host resource is left with the component.
    fn is_clear(&self) -> Result<()> {
        ensure!(
            self.store.data().table.is_empty(),
            "a host resource was left behind"
        );
        Ok(())
    }

    /// What is left in a host stream.
    fn rest(&mut self, stream: ResourceAny) -> Result<String> {
        let stream = Resource::<DynInputStream>::try_from_resource_any(stream, &mut self.store)
            .map_err(|error| anyhow::anyhow!("{error:?}"))?;
        let mut stream = self.store.data_mut().table.delete(stream)?;
        let bytes = in_tokio(stream.blocking_read(1000))?;
        Ok(String::from_utf8(bytes.to_vec())?)
    }
}

fn text(result: &Val) -> Option<&str> {
    match result {
        Val::Result(Ok(Some(answer))) => match &**answer {
            Val::Variant(case, Some(value)) if case == "text" => match &**value {
                Val::String(text) => Some(text),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// The one stream in an answer, wherever it is.
fn stream(value: &Val) -> Option<ResourceAny> {
    match value {
        Val::Resource(resource) => Some(*resource),
        Val::Result(Ok(Some(value))) | Val::Variant(_, Some(value)) => stream(value),
        Val::Tuple(values) | Val::List(values) => values.last().and_then(stream),
        _ => None,
    }
}

#[test]
fn streams_of_the_hosts_cross_in_every_place_of_a_value() -> Result<()> {
    let mut desk = Desk::open(&closed())?;
    let said = desk.handle(Some("hello"), &["a", "b"], "text")?;
    assert_eq!(text(&said), Some("ab:hello"));
    let said = desk.handle(None, &["index", ".html"], "file")?;
    assert_eq!(text(&said).map(str::as_bytes), Some(PAGE));
    let said = desk.handle(None, &[], "other")?;
    let error = Val::Result(Err(Some(Box::new(Val::String("other, false".into())))));
    assert_eq!(said, error);
    for kind in ["back", "both", "many"] {
        let answer = desk.handle(Some("to and fro"), &["n"], kind)?;
        let stream = stream(&answer).with_context(|| format!("{kind}: {answer:?}"))?;
        assert_eq!(desk.rest(stream)?, "to and fro", "{kind}");
        if let Val::Result(Ok(Some(answer))) = answer
            && let Val::Variant(_, Some(value)) = *answer
            && let Val::Tuple(values) = *value
        {
            desk.put_away(&values[0])?;
        }
    }
    desk.is_clear()
}

#[test]
fn resources_of_the_components_own_pass_through() -> Result<()> {
    let mut desk = Desk::open(&closed())?;
    let mut reader = |text: &'static str, name: &str| -> Result<Val> {
        let source = desk.stream(text)?;
        desk.call("[constructor]reader", &[source, Val::String(name.into())])
    };
    let (one, two, last) = (
        reader("first ", "1")?,
        reader("second", "2")?,
        reader("", "3")?,
    );
    let joined = desk.call(
        "[static]reader.join",
        &[Val::List(vec![one, two]), last.clone()],
    )?;
    let name = desk.call("[method]reader.name", std::slice::from_ref(&joined))?;
    assert_eq!(name, Val::String("123".into()));
    let bytes = desk.call("[method]reader.read", std::slice::from_ref(&joined))?;
    let expected = b"first second".iter().map(|byte| Val::U8(*byte)).collect();
    assert_eq!(bytes, Val::List(expected));
    desk.put_away(&joined)?;
    desk.put_away(&last)?;
    desk.is_clear()
}

/// The host has nothing that a virtual stream could be: it knows no handle of that number.
#[test]
fn a_virtual_stream_does_not_leave() -> Result<()> {
    let mut desk = Desk::open(&closed())?;
    let error = desk.handle(None, &[], "virtual").unwrap_err();
    let says = format!("{error:?}");
    assert!(says.contains("unknown handle index"), "{says}");
    Ok(())
}

/// Where HTTP is allowed, a server reaches others as before.
#[test]
fn what_is_allowed_stays_open() -> Result<()> {
    let policy = closed().with(|changed| {
        changed.http = Access::Allow.into();
    });
    let imports = artifact::imports(&server(&policy)?)?;
    assert!(
        imports.contains(&"wasi:http/outgoing-handler@0.2.12".to_string()),
        "{imports:?}"
    );
    Ok(())
}
