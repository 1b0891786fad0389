//! `wasi:cli/environment`.

use alloc::vec::Vec;

use wasi_virt_adapter_core::abi::Text;
use wasi_virt_adapter_core::{environment, exports};

use crate::imports;

exports! {
    "wasi:cli/environment#get-environment" fn variables(app) => Vec<(Text, Text)> {
        environment::variables(imports::get_environment)
    }
    "wasi:cli/environment#get-arguments" fn arguments(app) => Vec<Text> {
        environment::arguments(imports::get_arguments)
    }
    "wasi:cli/environment#initial-cwd" fn initial_cwd(app) => Option<Text> {
        environment::cwd(imports::initial_cwd)
    }
}
