//! Calls of the host: its functions, lowered a second time with the adapter's memory. What they
//! return is read from an area of the adapter. This module must never let anything else be there.

use core::marker::PhantomData;
use core::mem::MaybeUninit;

use crate::abi::Lift;

/// Room for the largest result, which is that of `stat`.
type Area = MaybeUninit<[u64; 14]>;

/// A list of bytes as it lies in memory.
#[derive(Debug)]
#[repr(C)]
pub struct List<'a> {
    start: *const u8,
    len: usize,
    bytes: PhantomData<&'a [u8]>,
}

impl<'a> List<'a> {
    /// The list of these.
    pub const fn new(bytes: &'a [u8]) -> Self {
        List {
            start: bytes.as_ptr(),
            len: bytes.len(),
            bytes: PhantomData,
        }
    }
}

/// Calls a function that writes its result to an address.
///
/// # Safety
///
/// `act` passes the address to a function of the host's with a result of this type.
pub unsafe fn call<T: Lift>(act: impl FnOnce(*mut u8)) -> T {
    const {
        assert!(T::SIZE as usize <= size_of::<Area>());
        assert!(T::ALIGN as usize <= align_of::<Area>());
    }
    let mut area = Area::uninit();
    let at = area.as_mut_ptr().cast();
    act(at);
    // SAFETY: the host wrote a result there.
    unsafe { T::lift(at) }
}

/// Declares functions of the host: `=>` before a result that is written to memory, `->` before a
/// number. An argument `[u8]` is a string or a list of bytes, `[time]` a `new-timestamp`,
/// `[datagrams]` a list of `outgoing-datagram`, `[lists]` a list of lists of bytes, `[optional
/// address]` the core values of an option of `ip-socket-address`. With `impl` in front, they are
/// functions of a trait, with the parts of their names in brackets.
#[macro_export]
macro_rules! host_functions {
    (impl $(
        [$($part:literal)+] fn $name:ident($($args:tt)*) $arrow:tt $result:ty;
    )+) => {$(
        $crate::host_function! { [fn] [$($part)+] $name [] [] [] ($($args)*) $arrow $result }
    )+};
    ($(
        $(#[$attribute:meta])*
        $link:literal fn $name:ident($($args:tt)*) $arrow:tt $result:ty;
    )+) => {$(
        $crate::host_function! {
            [$(#[$attribute])* pub fn] $link $name [] [] [] ($($args)*) $arrow $result
        }
    )+};
}

/// Takes the arguments apart for [`host_functions`].
#[doc(hidden)]
#[macro_export]
macro_rules! host_function {
    (
        [$($start:tt)*] $link:tt $name:ident
        [$($outer:tt)*] [$($core:tt)*] [$($pass:tt)*]
        ($arg:ident: [u8] $(, $($rest:tt)*)?) $arrow:tt $result:ty
    ) => {
        $crate::host_function! {
            [$($start)*] $link $name
            [$($outer)* $arg: &[u8],]
            [$($core)* _: *const u8, _: usize,]
            [$($pass)* $arg.as_ptr(), $arg.len(),]
            ($($($rest)*)?) $arrow $result
        }
    };
    (
        [$($start:tt)*] $link:tt $name:ident
        [$($outer:tt)*] [$($core:tt)*] [$($pass:tt)*]
        ($arg:ident: [time] $(, $($rest:tt)*)?) $arrow:tt $result:ty
    ) => {
        $crate::host_function! {
            [$($start)*] $link $name
            [$($outer)* $arg: $crate::files::NewTime,]
            [$($core)* _: u32, _: u64, _: u32,]
            [$($pass)* $arg.flat().0, $arg.flat().1, $arg.flat().2,]
            ($($($rest)*)?) $arrow $result
        }
    };
    (
        [$($start:tt)*] $link:tt $name:ident
        [$($outer:tt)*] [$($core:tt)*] [$($pass:tt)*]
        ($arg:ident: [datagrams] $(, $($rest:tt)*)?) $arrow:tt $result:ty
    ) => {
        $crate::host_function! {
            [$($start)*] $link $name
            [$($outer)* $arg: &[[u32; $crate::network::WORDS_OF_DATAGRAM]],]
            [$($core)* _: *const u32, _: usize,]
            [$($pass)* $arg.as_ptr().cast(), $arg.len(),]
            ($($($rest)*)?) $arrow $result
        }
    };
    (
        [$($start:tt)*] $link:tt $name:ident
        [$($outer:tt)*] [$($core:tt)*] [$($pass:tt)*]
        ($arg:ident: [lists] $(, $($rest:tt)*)?) $arrow:tt $result:ty
    ) => {
        $crate::host_function! {
            [$($start)*] $link $name
            [$($outer)* $arg: &[$crate::host::List],]
            [$($core)* _: *const $crate::host::List, _: usize,]
            [$($pass)* $arg.as_ptr(), $arg.len(),]
            ($($($rest)*)?) $arrow $result
        }
    };
    (
        [$($start:tt)*] $link:tt $name:ident
        [$($outer:tt)*] [$($core:tt)*] [$($pass:tt)*]
        ($arg:ident: [optional address] $(, $($rest:tt)*)?) $arrow:tt $result:ty
    ) => {
        $crate::host_function! {
            [$($start)*] $link $name
            [$($outer)* $arg: [u32; 13],]
            [
                $($core)* _: u32, _: u32, _: u32, _: u32, _: u32, _: u32, _: u32, _: u32, _: u32,
                _: u32, _: u32, _: u32, _: u32,
            ]
            [
                $($pass)* $arg[0], $arg[1], $arg[2], $arg[3], $arg[4], $arg[5], $arg[6], $arg[7],
                $arg[8], $arg[9], $arg[10], $arg[11], $arg[12],
            ]
            ($($($rest)*)?) $arrow $result
        }
    };
    (
        [$($start:tt)*] $link:tt $name:ident
        [$($outer:tt)*] [$($core:tt)*] [$($pass:tt)*]
        ($arg:ident: $ty:ty $(, $($rest:tt)*)?) $arrow:tt $result:ty
    ) => {
        $crate::host_function! {
            [$($start)*] $link $name
            [$($outer)* $arg: $ty,] [$($core)* _: $ty,] [$($pass)* $arg,]
            ($($($rest)*)?) $arrow $result
        }
    };
    (
        [$($start:tt)*] $link:tt $name:ident
        [$($outer:tt)*] [$($core:tt)*] [$($pass:tt)*] () -> $result:ty
    ) => {
        $($start)* $name($($outer)*) -> $result {
            #[link(wasm_import_module = "host")]
            unsafe extern "C" {
                #[link_name = $crate::name!($link)]
                fn import($($core)*) -> $result;
            }
            // SAFETY: the arguments are those of the canonical ABI, and outlive the call.
            unsafe { import($($pass)*) }
        }
    };
    (
        [$($start:tt)*] $link:tt $name:ident
        [$($outer:tt)*] [$($core:tt)*] [$($pass:tt)*] () => $result:ty
    ) => {
        $($start)* $name($($outer)*) -> $result {
            #[link(wasm_import_module = "host")]
            unsafe extern "C" {
                #[link_name = $crate::name!($link)]
                fn import($($core)* _: *mut u8);
            }
            // SAFETY: the arguments are those of the canonical ABI, and outlive the call. The
            // result is of this type.
            unsafe { $crate::host::call(|at| import($($pass)* at)) }
        }
    };
}
