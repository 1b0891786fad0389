//! What the keys `sockets` and `http` hold: a word for everything or nothing, or lists of rules.
//! This module must never read a rule.

use super::kinds::Grammar;
use crate::policy::shape::{Absent, Shape, Text, choices, table};
use crate::policy::values::Access;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which connections a component may make, where it may listen, and which names it may look up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Sockets {
    /// All of them or none.
    All(Access),
    /// Those that rules allow.
    Rules(SocketRules),
}

/// Which HTTP requests a component may make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Http {
    /// All of them or none. With all of them, the component may also be called with requests.
    All(Access),
    /// Those that rules allow.
    Rules(HttpRules),
}

table! {
    /// Rules for sockets. What no rule allows is refused.
    pub struct SocketRules {
        /// Whom the component may connect to: `[tcp://|udp://]HOST:PORTS`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        allow: Vec<SocketEntry> = Shape::List(&SOCKET_ENTRY), Absent::Nothing;
        /// Addresses that are refused although a rule allows them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        deny: Vec<String> = Shape::List(&Shape::Rule(Grammar::Refuse)), Absent::Nothing;
        /// Addresses of the machine where the component may listen: `[tcp://|udp://][ADDRESS]:PORTS`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        listen: Vec<String> = Shape::List(&Shape::Rule(Grammar::Listen)), Absent::Nothing;
        /// Names that the component may look up besides those of `allow`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        resolve: Vec<String> = Shape::List(&Shape::Rule(Grammar::Resolve)), Absent::Nothing;
    }
}

/// A rule of `allow`: a text, or a table.
const SOCKET_ENTRY: Shape = Shape::Either(&[
    Shape::Rule(Grammar::Connect),
    Shape::Table(&SocketTarget::TABLE),
]);

/// A rule that allows connections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SocketEntry {
    /// `api.example.com:443`.
    Text(String),
    /// The same as a table, which can say more.
    Table(SocketTarget),
}

table! {
    /// Whom a component may connect to, and which answers to the lookup of the name it may use.
    pub struct SocketTarget {
        /// A name, `*.` and a name, `*`, or addresses.
        host: String = Shape::Text(Text::Filled), Absent::Refused;
        /// A port, a range such as `8000-8099`, or `*`.
        port: Port = Shape::Either(&[Shape::Number(u16::MAX as u64), Shape::Rule(Grammar::Ports)]),
            Absent::Refused;
        /// What carries the connection.
        #[serde(default, skip_serializing_if = "is_tcp")]
        protocol: Protocol = Shape::Choice(&Protocol::CHOICE), Absent::Word("tcp");
        /// The addresses that the name may have: one of the words, or blocks such as
        /// `10.1.0.0/16`.
        #[serde(default, skip_serializing_if = "is_public")]
        addresses: Addresses = Shape::Either(&[
            Shape::Choice(&AddressKind::CHOICE),
            Shape::List(&Shape::Rule(Grammar::Block)),
        ]), Absent::Word("public");
    }
}

/// Ports of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Port {
    /// One.
    Number(u16),
    /// One, a range such as `8000-8099`, or `*`.
    Text(String),
}

choices! {
    /// What carries a connection.
    #[derive(Copy)]
    pub enum Protocol = Tcp {
        /// TCP.
        Tcp = "tcp",
        /// UDP.
        Udp = "udp",
    }
}

/// The addresses that a name may have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Addresses {
    /// All of a kind.
    Kind(AddressKind),
    /// Those in these blocks.
    Blocks(Vec<String>),
}

choices! {
    /// A kind of addresses.
    #[derive(Copy)]
    pub enum AddressKind = Public {
        /// Those that are reachable from everywhere.
        Public = "public",
        /// Those of private networks.
        Private = "private",
        /// Both.
        Any = "any",
    }
}

table! {
    /// Rules for HTTP requests. What no rule allows is refused.
    pub struct HttpRules {
        /// Requests that the component may make: `[METHODS ][https://|http://|*://]HOST[:PORTS][PATH]`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        allow: Vec<HttpEntry> = Shape::List(&HTTP_ENTRY), Absent::Nothing;
        /// Requests that are refused although a rule allows them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        deny: Vec<String> = Shape::List(&Shape::Rule(Grammar::Request)), Absent::Nothing;
    }
}

/// A rule of `allow`: a text, or a table.
const HTTP_ENTRY: Shape = Shape::Either(&[
    Shape::Rule(Grammar::Request),
    Shape::Table(&HttpTarget::TABLE),
]);

/// A rule that allows requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum HttpEntry {
    /// `https://api.example.com/v1`.
    Text(String),
    /// The same as a table, which can say more.
    Table(HttpTarget),
}

table! {
    /// Which requests a component may make, and which headers they get.
    pub struct HttpTarget {
        /// A rule, as a text is one. With headers it is for `https` alone.
        url: String = Shape::Rule(Grammar::Request), Absent::Refused;
        /// Headers that these requests get when they are sent. The component sees none of their
        /// values.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        headers: BTreeMap<String, HeaderValue> =
            Shape::Named(Grammar::Header, &Shape::Table(&HeaderValue::TABLE)), Absent::Nothing;
    }
}

table! {
    /// The value of a header, which a variable of the host has at run time.
    pub struct HeaderValue {
        /// The variable. Without it, or if it is empty, the request is refused.
        env: String = Shape::Text(Text::Name), Absent::Refused;
        /// What stands before the value of the variable, such as `Bearer `.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        prefix: String = Shape::Rule(Grammar::Prefix), Absent::Nothing;
    }
}

fn is_tcp(protocol: &Protocol) -> bool {
    *protocol == Protocol::Tcp
}

fn is_public(addresses: &Addresses) -> bool {
    *addresses == Addresses::default()
}

impl Default for Addresses {
    fn default() -> Self {
        Addresses::Kind(AddressKind::default())
    }
}

impl Default for Sockets {
    fn default() -> Self {
        Sockets::All(Access::Deny)
    }
}

impl Default for Http {
    fn default() -> Self {
        Http::All(Access::Deny)
    }
}

impl From<Access> for Sockets {
    fn from(access: Access) -> Self {
        Sockets::All(access)
    }
}

impl From<Access> for Http {
    fn from(access: Access) -> Self {
        Http::All(access)
    }
}

impl From<&str> for SocketEntry {
    fn from(text: &str) -> Self {
        SocketEntry::Text(text.into())
    }
}

impl Sockets {
    /// What `sockets` may be.
    pub(crate) const SHAPE: Shape = Shape::Either(&[
        Shape::Choice(&Access::CHOICE),
        Shape::Table(&SocketRules::TABLE),
    ]);

    /// Whether everything is left to the host.
    pub fn is_allowed(&self) -> bool {
        *self == Sockets::All(Access::Allow)
    }

    /// The rules, if there are any.
    pub(crate) fn rules(&self) -> Option<&SocketRules> {
        match self {
            Sockets::All(_) => None,
            Sockets::Rules(rules) => Some(rules),
        }
    }
}

impl Http {
    /// What `http` may be.
    pub(crate) const SHAPE: Shape = Shape::Either(&[
        Shape::Choice(&Access::CHOICE),
        Shape::Table(&HttpRules::TABLE),
    ]);

    /// Whether everything is left to the host.
    pub fn is_allowed(&self) -> bool {
        *self == Http::All(Access::Allow)
    }

    /// The rules, if there are any.
    pub(crate) fn rules(&self) -> Option<&HttpRules> {
        match self {
            Http::All(_) => None,
            Http::Rules(rules) => Some(rules),
        }
    }
}

impl SocketRules {
    /// No rule yet.
    pub fn new() -> Self {
        SocketRules {
            allow: Vec::new(),
            deny: Vec::new(),
            listen: Vec::new(),
            resolve: Vec::new(),
        }
    }
}

impl HttpRules {
    /// No rule yet.
    pub fn new() -> Self {
        HttpRules {
            allow: Vec::new(),
            deny: Vec::new(),
        }
    }
}

impl Default for SocketRules {
    fn default() -> Self {
        Self::new()
    }
}

impl Default for HttpRules {
    fn default() -> Self {
        Self::new()
    }
}
