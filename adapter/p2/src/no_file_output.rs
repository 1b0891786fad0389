//! Output to files in an adapter whose files nothing may change: what `file_output.rs` has, over a
//! type without values, so that the compiler leaves out whatever handles them.

use wasi_virt_adapter_core::app::Bytes;
use wasi_virt_adapter_core::files::End;

/// A stream that writes to a file: there is none.
#[derive(Clone, Copy)]
pub enum FileOutput {}

macro_rules! never {
    ($($name:ident($($arg:ident: $ty:ty),*) -> $result:ty;)+) => {
        impl FileOutput {
            pub fn close(self) {
                match self {}
            }

            $(
                pub fn $name(&mut self, $($arg: $ty),*) -> Result<$result, End> {
                    let _ = ($($arg,)*);
                    match *self {}
                }
            )+
        }
    };
}

never! {
    check_write() -> u64;
    flush() -> ();
    write_app(contents: Bytes) -> ();
    blocking_write(contents: Bytes) -> ();
    write_zeroes(len: u64) -> ();
    blocking_write_zeroes(len: u64) -> ();
}
