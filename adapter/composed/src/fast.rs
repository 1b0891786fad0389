//! The reads that programs make most, exported by hand: what a file has is lent to the component's copy
//! instead of put into a list that is freed afterwards. All else goes the way of the generated exports.
//! The engine gives these functions the names behind `virt_fast:`, in place of the generated ones.

use core::cell::UnsafeCell;

use crate::bindings::exports::wasi::filesystem::types;
use crate::bindings::exports::wasi::io::streams;
use crate::descriptor::Descriptor;
use crate::files::{self, handle};
use crate::input::InputStream;

/// Where a result lies that needs no freeing: discriminant, pointer, length, flag.
struct Area(UnsafeCell<[usize; 4]>);

// SAFETY: a component instance has one thread.
unsafe impl Sync for Area {}

static AREA: Area = Area(UnsafeCell::new([0; 4]));

/// `ok` with a list, and the flag behind it.
fn ok(bytes: &[u8], flag: bool) -> *mut u8 {
    let area = AREA.0.get();
    // SAFETY: one thread, and the result before was read.
    unsafe { *area = [0, bytes.as_ptr() as usize, bytes.len(), usize::from(flag)] };
    area.cast()
}

fn is_ours(result: *mut u8) -> bool {
    result == AREA.0.get().cast()
}

/// What a read of a stream of a file gives, if it is one and not at its end.
///
/// # Safety
///
/// `rep` is the representation of an input stream; the result is read before the next call.
unsafe fn read_stream(rep: *mut u8, len: i64) -> Option<*mut u8> {
    // SAFETY: as the caller says.
    let stream = unsafe { streams::InputStreamBorrow::lift(rep) };
    let InputStream::File { file, position } = stream.get() else {
        return None;
    };
    // SAFETY: as the caller says.
    let bytes = unsafe { files::lend_next(handle(file), position, len as u64) }?;
    Some(ok(bytes, false))
}

macro_rules! stream_read {
    ($name:ident $post:ident $export:literal $generated:ident $generated_post:ident) => {
        // SAFETY: the name is unlike any other symbol's.
        #[unsafe(export_name = concat!("virt_fast:wasi:io/streams@0.2.12#[method]input-stream.", $export))]
        unsafe extern "C" fn $name(rep: *mut u8, len: i64) -> *mut u8 {
            // SAFETY: the arguments are those of the canonical ABI.
            unsafe {
                read_stream(rep, len)
                    .unwrap_or_else(|| streams::$generated::<InputStream>(rep, len))
            }
        }

        // SAFETY: the name is unlike any other symbol's.
        #[unsafe(export_name = concat!("virt_fast:cabi_post_wasi:io/streams@0.2.12#[method]input-stream.", $export))]
        unsafe extern "C" fn $post(result: *mut u8) {
            if !is_ours(result) {
                // SAFETY: the generated function gave this result.
                unsafe { streams::$generated_post::<InputStream>(result) }
            }
        }
    };
}

stream_read!(read read_done "read"
    _export_method_input_stream_read_cabi __post_return_method_input_stream_read);
stream_read!(blocking_read blocking_read_done "blocking-read"
    _export_method_input_stream_blocking_read_cabi __post_return_method_input_stream_blocking_read);

// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "virt_fast:wasi:filesystem/types@0.2.12#[method]descriptor.read")]
unsafe extern "C" fn read_at(rep: *mut u8, len: i64, offset: i64) -> *mut u8 {
    // SAFETY: the arguments are those of the canonical ABI.
    let descriptor = unsafe { types::DescriptorBorrow::lift(rep) };
    if let Descriptor::Node(file) = descriptor.get()
        && let Ok(offset) = u64::try_from(offset)
        // SAFETY: the result is read before the next call.
        && let Some(bytes) = unsafe { files::lend(handle(file), len as u64, offset) }
    {
        return ok(bytes, bytes.is_empty());
    }
    // SAFETY: as above.
    unsafe { types::_export_method_descriptor_read_cabi::<Descriptor>(rep, len, offset) }
}

// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "virt_fast:cabi_post_wasi:filesystem/types@0.2.12#[method]descriptor.read")]
unsafe extern "C" fn read_at_done(result: *mut u8) {
    if !is_ours(result) {
        // SAFETY: the generated function gave this result.
        unsafe { types::__post_return_method_descriptor_read::<Descriptor>(result) }
    }
}
