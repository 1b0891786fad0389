//! Requests of WASI 0.3.

use crate::script::Command;
use crate::words::{Said, code, optional, other, text, url};
use wasip3::cli::environment;
use wasip3::http::client;
use wasip3::http::types::{
    ErrorCode, Fields, Method, Request, RequestOptions, Response, Scheme, Trailers,
};
use wasip3::wit_bindgen::FutureReader;
use wasip3::{wit_future, wit_stream};

pub async fn perform(command: &Command) -> Option<Said> {
    let word = |at| command.word(at);
    Some(match command.verb.as_str() {
        "request" => {
            let headers: Vec<&str> = (4..).map_while(|at| command.optional(at)).collect();
            let (authority, path) = (optional(word(2)), optional(word(3)));
            let parts = (authority.as_deref(), path.as_deref());
            request(word(0), word(1), parts, &headers).await
        }
        "upload" => {
            let headers: Vec<&str> = (2..).map_while(|at| command.optional(at)).collect();
            upload(word(0), word(1), &headers).await
        }
        "follow" => follow(word(0)).await,
        "env" => Ok(format!("{:?}", environment::get_environment())),
        "twice" => twice(word(0), word(1)).await,
        _ => return None,
    })
}

fn method(word: &str) -> Method {
    match word {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "CONNECT" => Method::Connect,
        "OPTIONS" => Method::Options,
        "TRACE" => Method::Trace,
        "PATCH" => Method::Patch,
        word => Method::Other(other(word).expect("a method").into()),
    }
}

fn scheme(word: &str) -> Option<Scheme> {
    Some(match word {
        "-" => return None,
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        word => Scheme::Other(other(word).expect("a scheme").into()),
    })
}

/// No trailers.
fn nothing() -> FutureReader<Result<Option<Trailers>, ErrorCode>> {
    let (writer, reader) = wit_future::new(|| Ok(None));
    drop(writer);
    reader
}

/// A request without a body, and what came. Setters that refuse say so instead.
async fn request(
    method: &str,
    scheme: &str,
    (authority, path): (Option<&str>, Option<&str>),
    headers: &[&str],
) -> Said {
    let response = send(method, scheme, (authority, path), headers).await?;
    Ok(shown(response).await)
}

async fn send(
    method: &str,
    scheme: &str,
    (authority, path): (Option<&str>, Option<&str>),
    headers: &[&str],
) -> Result<Response, String> {
    let fields = Fields::new();
    for header in headers {
        let (name, value) = header.split_once('=').expect("a header");
        let set = fields.append(name, text(value).as_bytes());
        set.map_err(|error| format!("setting a header: {}", code(error)))?;
    }
    let (request, _) = Request::new(fields, None, nothing(), None);
    set(&request, method, scheme, authority, path)?;
    client::send(request).await.map_err(code)
}

fn set(
    request: &Request,
    method: &str,
    scheme: &str,
    authority: Option<&str>,
    path: Option<&str>,
) -> Result<(), &'static str> {
    let set = request.set_method(&self::method(method));
    set.map_err(|()| "setting the method")?;
    let set = request.set_scheme(self::scheme(scheme).as_ref());
    set.map_err(|()| "setting the scheme")?;
    let set = request.set_authority(authority);
    set.map_err(|()| "setting the authority")?;
    let set = request.set_path_with_query(path);
    set.map_err(|()| "setting the path")
}

async fn shown(response: Response) -> String {
    let status = response.get_status_code();
    let (done, received) = wit_future::new(|| Ok(()));
    let (stream, _trailers) = Response::consume_body(response, received);
    drop(done);
    let bytes = stream.collect().await;
    format!("{status} {}", String::from_utf8_lossy(&bytes).trim_end())
}

/// Sends a text as the body, with trailers and options, and says what came, how much of the body
/// was not taken, what the request shows of its headers, and what is said of its transmission.
async fn upload(to: &str, text: &str, headers: &[&str]) -> Said {
    let (scheme, authority, path) = url(to).expect("a URL");
    let fields = Fields::new();
    for header in headers {
        let (name, value) = header.split_once('=').expect("a header");
        fields.append(name, value.as_bytes()).expect("a header");
    }
    let (mut writer, reader) = wit_stream::new();
    let (trailer, trailers) = wit_future::new(|| Ok(None));
    let options = RequestOptions::new();
    options
        .set_connect_timeout(Some(10_000_000_000))
        .expect("a time");
    let (request, sent) = Request::new(fields, Some(reader), trailers, Some(options));
    set(&request, "POST", scheme, Some(authority), Some(path))?;
    let shown: Vec<String> = request
        .get_headers()
        .copy_all()
        .into_iter()
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(&value)))
        .collect();
    let write = async {
        let left = writer.write_all(text.as_bytes().to_vec()).await;
        drop(writer);
        let fields = Fields::new();
        fields.append("x-end", b"there").expect("a trailer");
        drop(trailer.write(Ok(Some(fields))).await);
        left.len()
    };
    let (answer, left) = futures::join!(client::send(request), write);
    let (answer, said) = match answer {
        Ok(response) => (Ok(self::shown(response).await), sent.await.map_err(code)),
        Err(error) => (Err(code(error)), Ok(())),
    };
    let left = format!("{left} bytes left, headers {shown:?}, {said:?}");
    match answer {
        Ok(answer) => Ok(format!("{answer}, {left}")),
        Err(error) => Err(format!("{error}, {left}")),
    }
}

/// Sends two requests at once.
async fn twice(one: &str, other: &str) -> Said {
    let get = async |to: &str| {
        let (scheme, authority, path) = url(to).expect("a URL");
        let response = send("GET", scheme, (Some(authority), Some(path)), &[]).await?;
        Ok::<_, String>(shown(response).await)
    };
    let (one, other) = futures::join!(get(one), get(other));
    Ok(format!("{one:?} and {other:?}"))
}

/// Follows redirections as a library does: every hop is a request of its own.
async fn follow(from: &str) -> Said {
    let mut at = from.to_string();
    let mut hops = 0;
    loop {
        let (scheme, authority, path) = url(&at).expect("a URL");
        let path = if path.is_empty() { "/" } else { path };
        let response = send("GET", scheme, (Some(authority), Some(path)), &[])
            .await
            .map_err(|error| format!("{error} after {hops}"))?;
        let location = response.get_headers().get("location").pop();
        let Some(location) = location else {
            return Ok(shown(response).await);
        };
        at = String::from_utf8(location).expect("a URL");
        hops += 1;
    }
}
