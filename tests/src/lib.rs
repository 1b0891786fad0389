//! The parts of the tests: cases as data, generation in every tested host, and runs of artifacts
//! under a host that has much to give away.

pub mod artifact;
pub mod bless;
pub mod case;
pub mod custom;
pub mod differential;
pub mod engine;
pub mod expect;
pub mod folders;
pub mod forwarder;
pub mod generate;
pub mod host;
pub mod hostile_guest;
pub mod hosts;
pub mod in_node;
pub mod js;
pub mod network;
pub mod pages;
pub mod paths;
pub mod random_types;
pub mod report_schema;
pub mod runs;
pub mod servers;
pub mod shapes;
pub mod suite;
pub mod texts;
pub mod wasi;
pub mod wave;
pub mod workdir;
pub mod worlds;
