//! Rules for requests, from text and back:
//! `[METHODS " "] ["https://"|"http://"|"*://"] host [":" ports] [path]`. This module must never
//! know which keys hold rules.

use super::faults::Faults;
use super::ports::{self, Zero};
use super::target::{self, Target};
use super::{address, header, path};
use wasi_virt_net::Ports;
use wasi_virt_net::write::{AdmitsRule, HeaderRule, HttpRule};

/// The methods of RFC 9110 and RFC 5789.
const STANDARD: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
];

/// Words for everything or nothing, which are no hosts.
const WORDS: [&str; 8] = ["allow", "deny", "all", "none", "on", "off", "true", "false"];

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    /// None stands for all but CONNECT and TRACE.
    pub(super) methods: Vec<String>,
    pub(super) http: bool,
    pub(super) https: bool,
    pub(super) target: Target,
    /// Without ports, it is that of the scheme.
    pub(super) ports: Option<Ports>,
    /// Canonical; empty for every path.
    pub(super) path: String,
    /// What the requests get besides.
    pub(super) headers: Vec<HeaderRule>,
}

/// Reads a rule.
///
/// # Errors
///
/// What is wrong with it, with the spelling that was meant.
pub(super) fn read(text: &str) -> Result<Request, String> {
    let mut faults = Faults::default();
    let rule = parse(text, &mut faults);
    faults.judged(rule, print)
}

impl Request {
    /// What the adapter has for it.
    pub(super) fn rule(&self) -> HttpRule {
        HttpRule {
            methods: self.methods.clone(),
            http: self.http,
            https: self.https,
            // Requests are not compared with the answers of lookups.
            target: self.target.clone().rule(AdmitsRule::Public),
            ports: self.ports,
            path: self.path.clone(),
            headers: self.headers.clone(),
        }
    }
}

/// Reads a rule, and collects what is wrong with it.
pub(super) fn parse(text: &str, faults: &mut Faults) -> Option<Request> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return faults.lost("the rule is empty");
    }
    if trimmed != text {
        faults.mended("there are spaces around it");
    }
    let (before, url) = match trimmed.rsplit_once(char::is_whitespace) {
        Some((before, url)) => (Some(before), url),
        None => (None, trimmed),
    };
    if before.is_none() && STANDARD.contains(&url) {
        return faults.lost("the host is missing after the method");
    }
    if before.is_none() && WORDS.contains(&url) {
        return faults.lost("it is a word, and no rule; give a host such as `https://a.example`");
    }
    let methods = before.map_or(Some(Vec::new()), |before| methods(before, faults));
    let (http, https, rest) = scheme(url, faults)?;
    let (authority, path) = without_query(rest, faults);
    let authority = match authority.rsplit_once('@') {
        Some((_, host)) => {
            faults.mended("a rule names no user");
            host
        }
        None => authority,
    };
    let (authority, path) = in_brackets(authority, path, faults);
    let (host, ports) = target::split(&authority, faults);
    let target = match target::read(&host, faults)? {
        Target::Nobody => return faults.lost("the host is missing"),
        target => target,
    };
    let ports = match ports.as_deref() {
        None => None,
        Some("") => {
            faults.mended("the port is missing after the colon");
            None
        }
        Some(text) => Some(ports::read(text, Zero::Never, faults)?),
    };
    // One spelling for one meaning.
    let ports = match (ports, http, https) {
        (Some(ports), true, false) if ports == Ports::one(80) => None,
        (Some(ports), false, true) if ports == Ports::one(443) => None,
        (ports, ..) => ports,
    };
    let path = path::read(&path, faults)?;
    Some(Request {
        methods: methods?,
        http,
        https,
        target,
        ports,
        path,
        headers: Vec::new(),
    })
}

/// The methods before a URL.
fn methods(text: &str, faults: &mut Faults) -> Option<Vec<String>> {
    let list = text.trim_end();
    let mut methods: Vec<String> = Vec::new();
    if list.contains(char::is_whitespace) || list.len() < text.len() {
        faults.mended("methods are separated by commas, and one space follows them");
    }
    if list == "*" {
        faults.mended("a rule without methods is for all but CONNECT and TRACE");
        return Some(methods);
    }
    let parts = list.split(|c: char| c == ',' || c.is_whitespace());
    for part in parts.filter(|part| !part.is_empty()) {
        let known = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if !part.chars().all(known) || part == "*" {
            let part = part.escape_debug();
            return faults.lost(format!(
                "`{part}` is no method; write methods as in `GET,HEAD`"
            ));
        }
        let upper = part.to_ascii_uppercase();
        if upper != part {
            faults.mended("methods are written in capital letters");
        }
        if !methods.contains(&upper) {
            methods.push(upper);
        }
    }
    match methods.is_empty() {
        true => faults.lost("the methods are missing before the space"),
        false => Some(methods),
    }
}

/// For which schemes it is, and what follows them.
fn scheme<'t>(url: &'t str, faults: &mut Faults) -> Option<(bool, bool, &'t str)> {
    let Some((word, rest)) = url.split_once("://") else {
        return Some((false, true, url));
    };
    let meant = match word.to_ascii_lowercase().as_str() {
        "https" => return Some((false, true, rest)),
        "http" => return Some((true, false, rest)),
        "*" => return Some((true, true, rest)),
        "wss" => (false, true, rest),
        "ws" => (true, false, rest),
        _ => {
            return faults.lost(format!(
                "`{}://` is no scheme of requests; there are `https://`, `http://` and `*://`",
                word.escape_debug()
            ));
        }
    };
    faults.mended("the schemes of requests are `https://`, `http://` and `*://`");
    Some(meant)
}

/// The authority and the path, without query and fragment.
fn without_query<'t>(rest: &'t str, faults: &mut Faults) -> (&'t str, &'t str) {
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    if end < rest.len() {
        faults.mended("a rule looks at neither query nor fragment");
    }
    let rest = &rest[..end];
    let host = match rest.starts_with('[') {
        true => rest.find(']').unwrap_or(0),
        false => 0,
    };
    let path = rest[host..]
        .find(['/', '\\'])
        .map_or(rest.len(), |at| host + at);
    rest.split_at(path)
}

/// A block of IPv4 stands in brackets, because its slash would begin a path.
fn in_brackets(authority: &str, path: &str, faults: &mut Faults) -> (String, String) {
    let prefix = path.strip_prefix('/').unwrap_or_default();
    let (bits, ports) = match prefix.split_once(':') {
        Some((bits, ports)) => (bits, format!(":{ports}")),
        None => (prefix, String::new()),
    };
    let is_prefix = bits.parse::<u8>().is_ok_and(|bits| bits <= 32);
    let Some(address) = address::number(authority).filter(|_| is_prefix) else {
        return (authority.into(), path.into());
    };
    let address = address::print(address);
    faults.mended("a block of addresses stands in brackets here");
    (format!("[{address}/{bits}]{ports}"), String::new())
}

/// The rule in its canonical spelling: as a table where a text cannot say it.
pub(super) fn print(rule: &Request) -> String {
    let methods = match rule.methods.is_empty() {
        true => String::new(),
        false => format!("{} ", rule.methods.join(",")),
    };
    let scheme = match (rule.http, rule.https) {
        (true, true) => "*",
        (true, false) => "http",
        _ => "https",
    };
    let ports = rule.ports.map(|of| format!(":{}", ports::print(of)));
    let (host, ports) = (target::print(&rule.target, true), ports.unwrap_or_default());
    let text = format!("{methods}{scheme}://{host}{ports}{}", rule.path);
    match rule.headers.is_empty() {
        true => text,
        false => header::long(text, &rule.headers),
    }
}
