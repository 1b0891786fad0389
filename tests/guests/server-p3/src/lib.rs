//! A handler of WASI 0.3: bodies are the streams of files, or of the request, handed over as they
//! are. It never reads a body itself.

use wasip3::cli::environment;
use wasip3::filesystem::preopens;
use wasip3::filesystem::types::{self, DescriptorFlags, OpenFlags, PathFlags};
use wasip3::http::client;
use wasip3::http::types::{ErrorCode, Fields, Method, Request, Response, Scheme, Trailers};
use wasip3::wit_bindgen::{FutureReader, StreamReader, spawn_local};
use wasip3::{wit_future, wit_stream};

struct Server;

wasip3::http::service::export!(Server);

impl wasip3::exports::http::handler::Guest for Server {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let path = request.get_path_with_query().unwrap_or_default();
        let parts = path.trim_start_matches('/').split_once('/');
        Ok(match (parts, request.get_method()) {
            (Some(("file", name)), _) => file(name).await,
            (Some(("fetch", authority)), _) => match fetch(authority).await {
                Ok(status) => text(200, format!("answered {status}")),
                Err(error) => text(200, format!("{error:?}")),
            },
            (None, Method::Post) if path == "/echo" => echo(request),
            (None, _) if path == "/env" => {
                let variables = environment::get_environment().into_iter();
                let lines = variables.map(|(name, value)| format!("{name}={value}\n"));
                text(200, lines.collect())
            }
            _ => text(404, "nothing here".into()),
        })
    }
}

/// A file of the folder `/site`: its stream is the body.
async fn file(name: &str) -> Response {
    let site = preopens::get_directories()
        .into_iter()
        .find(|(_, path)| path == "/site");
    let Some((site, _)) = site else {
        return text(404, "no site".into());
    };
    let opened = site.open_at(
        PathFlags::empty(),
        name.into(),
        OpenFlags::empty(),
        DescriptorFlags::READ,
    );
    match opened.await {
        Ok(file) => {
            let (stream, _) = file.read_via_stream(0);
            respond(200, stream, nothing())
        }
        Err(types::ErrorCode::NoEntry) => text(404, format!("{name}: NotFound")),
        Err(error) => text(500, format!("{name}: {error:?}")),
    }
}

/// The body comes back as it is, and its trailers behind it.
fn echo(request: Request) -> Response {
    let (done, received) = wit_future::new(|| Ok(()));
    let (stream, trailers) = Request::consume_body(request, received);
    drop(done);
    respond(200, stream, trailers)
}

fn text(status: u16, text: String) -> Response {
    let (mut writer, reader) = wit_stream::new();
    spawn_local(async move {
        writer.write_all(text.into_bytes()).await;
    });
    respond(status, reader, nothing())
}

/// No trailers.
fn nothing() -> FutureReader<Result<Option<Trailers>, ErrorCode>> {
    let (writer, reader) = wit_future::new(|| Ok(None));
    drop(writer);
    reader
}

fn respond(
    status: u16,
    body: StreamReader<u8>,
    trailers: FutureReader<Result<Option<Trailers>, ErrorCode>>,
) -> Response {
    let (response, _) = Response::new(Fields::new(), Some(body), trailers);
    response.set_status_code(status).expect("a status");
    response
}

/// Asks somebody else.
async fn fetch(authority: &str) -> Result<u16, ErrorCode> {
    let (request, _) = Request::new(Fields::new(), None, nothing(), None);
    let _ = request.set_scheme(Some(&Scheme::Http));
    let _ = request.set_authority(Some(authority));
    let _ = request.set_path_with_query(Some("/"));
    Ok(client::send(request).await?.get_status_code())
}
