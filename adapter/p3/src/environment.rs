//! `wasi:cli/environment`.

use alloc::vec::Vec;

use wasi_virt_adapter_core::abi::Text;
use wasi_virt_adapter_core::{environment, exports};

use crate::imports;

exports! {
    "wasi:cli/environment@0.3#get-environment" fn variables(app) => Vec<(Text, Text)> {
        environment::variables(imports::get_environment)
    }
    "wasi:cli/environment@0.3#get-arguments" fn arguments(app) => Vec<Text> {
        environment::arguments(imports::get_arguments)
    }
    "wasi:cli/environment@0.3#get-initial-cwd" fn initial_cwd(app) => Option<Text> {
        environment::cwd(imports::get_initial_cwd)
    }
}
