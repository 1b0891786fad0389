//! `wasi:filesystem/preopens`.

use alloc::vec::Vec;

use wasi_virt_adapter_core::abi::{Own, Text};
use wasi_virt_adapter_core::{descriptor, exports};

use crate::version::P3;

exports! {
    "wasi:filesystem/preopens@0.3#get-directories" fn directories(app) => Vec<(Own, Text)> {
        descriptor::directories::<P3>()
    }
}
