//! Headers that requests get, and the rules as tables that have them, from and to text. This module
//! must never hold the value of a header: the artifact asks its host for it.

use super::faults::Faults;
use super::request::{self, Request};
use super::target::Target;
use super::{HeaderValue, HttpEntry, HttpTarget};
use std::collections::BTreeMap;
use std::fmt::{self, Write};
use wasi_virt_net::write::HeaderRule;

/// Headers that say where a request goes or how it is carried. Hosts set them, and refuse them from
/// others.
const CARRYING: [&str; 14] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "trailers",
    "transfer-encoding",
    "upgrade",
];

/// Schemes of `authorization`, behind which a space stands.
const SCHEMES: [&str; 4] = ["basic", "bearer", "digest", "token"];

/// Reads the name of a header: the name in lower case.
///
/// # Errors
///
/// What is wrong with it, with the spelling that was meant.
pub(super) fn name(text: &str) -> Result<String, String> {
    let mut faults = Faults::default();
    let trimmed = text.trim();
    if trimmed != text {
        faults.mended("there are spaces around it");
    }
    let name = match trimmed.strip_suffix(':') {
        Some(name) => {
            faults.mended("the name has no colon");
            name
        }
        None => trimmed,
    };
    let name = name.to_ascii_lowercase();
    let known = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let name = match &*name {
        "" => faults.lost("the name of the header is empty"),
        _ if !name.chars().all(known) => faults.lost("it is no name of a header"),
        _ if CARRYING.contains(&&*name) => faults.lost(
            "the header says where a request goes or how it is carried, so that only the host \
             sets it",
        ),
        _ => Some(name),
    };
    faults.judged(name, Clone::clone)
}

/// Reads what stands before the value of a variable.
///
/// # Errors
///
/// What is wrong with it, with the spelling that was meant.
pub(super) fn prefix(text: &str) -> Result<String, String> {
    let mut faults = Faults::default();
    let trimmed = text.trim_start();
    if trimmed != text {
        faults.mended("the value of a header begins with no space");
    }
    let known = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
    let prefix = match trimmed {
        "" => faults.lost("the prefix is empty; leave it out"),
        _ if !trimmed.bytes().all(known) => {
            faults.lost("a header has only visible letters of ASCII, and spaces between them")
        }
        _ => Some(trimmed.to_string()),
    };
    faults.judged(prefix, Clone::clone)
}

/// Reads the name of a variable.
fn variable(text: &str, faults: &mut Faults) -> Option<String> {
    let bare = text.strip_prefix('$').map(|rest| {
        let inner = rest.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
        inner.unwrap_or(rest)
    });
    if bare.is_some() {
        faults.mended("`env` is the name of the variable, without `$`");
    }
    match bare.unwrap_or(text) {
        "" => faults.lost("the name of the variable is empty"),
        name if name.contains(['=', '\0']) => {
            let name = name.escape_debug();
            faults.lost(format!("`{name}` is no name of a variable"))
        }
        name => Some(name.into()),
    }
}

/// Reads a header.
fn header(name: &str, value: &HeaderValue, faults: &mut Faults) -> Option<HeaderRule> {
    let named = match self::name(name) {
        Ok(name) => Some(name),
        Err(why) => faults.lost(format!("header `{}`: {why}", name.escape_debug())),
    };
    let prefix = match &*value.prefix {
        "" => Some(String::new()),
        prefix => match self::prefix(prefix) {
            Ok(prefix) => Some(prefix),
            Err(why) => faults.lost(format!("prefix `{}`: {why}", prefix.escape_debug())),
        },
    };
    let variable = variable(&value.env, faults);
    let mut rule = HeaderRule {
        name: named?,
        variable: variable?,
        prefix: prefix?,
    };
    let scheme = rule.prefix.to_ascii_lowercase();
    if rule.name == "authorization" && SCHEMES.contains(&&*scheme) {
        faults.mended("a space stands between `Bearer` or its like and the value");
        rule.prefix.push(' ');
    }
    Some(rule)
}

impl HttpTarget {
    /// The requests that this rule is for, without headers.
    pub fn new(url: impl Into<String>) -> Self {
        HttpTarget {
            url: url.into(),
            headers: BTreeMap::new(),
        }
    }

    /// Adds a header.
    pub fn header(mut self, name: impl Into<String>, value: HeaderValue) -> Self {
        self.headers.insert(name.into(), value);
        self
    }

    fn read(&self) -> Result<Request, String> {
        let mut faults = Faults::default();
        let rule = request::parse(&self.url, &mut faults);
        let mut headers: Option<Vec<HeaderRule>> = Some(Vec::new());
        for (name, value) in &self.headers {
            let read = header(name, value, &mut faults);
            headers = headers.zip(read).map(|(headers, read)| {
                let mut all = headers;
                all.push(read);
                all
            });
        }
        let rule = rule.zip(headers).and_then(|(rule, headers)| {
            let rule = Request { headers, ..rule };
            match rule.headers.is_empty() {
                true => Some(rule),
                false => guarded(rule, &mut faults),
            }
        });
        faults.judged(rule, request::print)
    }
}

/// The rule, as far as its headers are safe with it.
fn guarded(mut rule: Request, faults: &mut Faults) -> Option<Request> {
    let mut names: Vec<&str> = rule.headers.iter().map(|of| &*of.name).collect();
    names.sort_unstable();
    if let Some([name, _]) = names.array_windows().find(|[one, other]| one == other) {
        return faults.lost(format!("the header `{name}` is given twice"));
    }
    if rule.target == Target::Any {
        return faults.lost(
            "`*` would give the headers to any server that the component names; name the hosts",
        );
    }
    if rule.http {
        faults.mended("requests get headers from the environment over `https://` alone");
        (rule.http, rule.https) = (false, true);
    }
    if rule.methods.iter().any(|method| method == "TRACE") {
        rule.methods.retain(|method| method != "TRACE");
        if rule.methods.is_empty() {
            return faults.lost("servers answer TRACE with the headers that they got");
        }
        faults.mended("servers answer TRACE with the headers that they got");
    }
    Some(rule)
}

/// A rule with its headers, as the command line spells it.
pub(super) fn long(url: String, headers: &[HeaderRule]) -> String {
    let headers = headers.iter().map(|header| {
        let value = HeaderValue::new(&*header.variable).prefix(&*header.prefix);
        (header.name.clone(), value)
    });
    let headers = headers.collect();
    HttpTarget { url, headers }.to_string()
}

impl HeaderValue {
    /// The value of a variable of the host.
    pub fn new(env: impl Into<String>) -> Self {
        HeaderValue {
            env: env.into(),
            prefix: String::new(),
        }
    }

    /// Sets [`HeaderValue::prefix`].
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        HeaderValue {
            prefix: prefix.into(),
            ..self
        }
    }
}

impl HttpEntry {
    /// Reads the rule.
    ///
    /// # Errors
    ///
    /// What is wrong with it, with the spelling that was meant.
    pub(super) fn read(&self) -> Result<Request, String> {
        match self {
            HttpEntry::Text(text) => request::read(text),
            HttpEntry::Table(table) => table.read(),
        }
    }
}

impl From<&str> for HttpEntry {
    fn from(text: &str) -> Self {
        HttpEntry::Text(text.into())
    }
}

impl From<String> for HttpEntry {
    fn from(text: String) -> Self {
        HttpEntry::Text(text)
    }
}

impl From<HttpTarget> for HttpEntry {
    fn from(table: HttpTarget) -> Self {
        HttpEntry::Table(table)
    }
}

/// The text, or the table as the command line spells it.
impl fmt::Display for HttpEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HttpEntry::Text(text) => text.fmt(f),
            HttpEntry::Table(table) => table.fmt(f),
        }
    }
}

/// As the command line spells it: `url=https://a.example,headers.x-key.env=KEY`.
impl fmt::Display for HttpTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A comma of the value's own is written twice.
        let own = |text: &str| text.replace(',', ",,");
        let mut text = format!("url={}", own(&self.url));
        for (name, value) in &self.headers {
            write!(text, ",headers.{}.env={}", own(name), own(&value.env))?;
            if !value.prefix.is_empty() {
                write!(text, ",headers.{}.prefix={}", own(name), own(&value.prefix))?;
            }
        }
        f.write_str(&text)
    }
}
