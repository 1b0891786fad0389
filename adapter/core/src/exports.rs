//! How the functions that serve WASI are declared, once in Rust's words, and exported with those of
//! the canonical ABI. This module must leave no argument unchecked.

/// Declares exports: `=>` before a result that goes to the application's memory, `->` before a
/// number, `?` before the result that a check writes where it refuses; else it returns the handle
/// with which the host is called. `app` is the context.
///
/// An argument `[text]` is a string, which is copied; `[passed]` one of a case that may have none;
/// `[bytes]` a list of bytes, which stays where
/// it is; `[numbers]` a list of handles; `[time]` a `new-timestamp`; `[address]` an
/// `ip-socket-address`; `[optional address]` an option of one; `[datagrams]` a list of
/// `outgoing-datagram`. All else is one number, by
/// [`Flat`](crate::abi::Flat). The name is a literal, or the literals in brackets that it consists
/// of.
#[macro_export]
macro_rules! exports {
    ($(
        $(#[$attribute:meta])*
        $link:literal fn $name:ident($app:ident $(, $($args:tt)*)?) $arrow:tt $result:ty $body:block
    )+) => {$(
        $crate::export! {
            [$(#[$attribute])*] $link $name $app [] [] []
            ($($($args)*)?) [$arrow $result] $body
        }
    )+};
    ($(
        [$($part:literal)+]
        fn $name:ident($app:ident $(, $($args:tt)*)?) $arrow:tt $result:ty $body:block
    )+) => {$(
        $crate::export! {
            [] [$($part)+] $name $app [] [] []
            ($($($args)*)?) [$arrow $result] $body
        }
    )+};
}

/// Takes the arguments apart for [`exports`].
#[doc(hidden)]
#[macro_export]
macro_rules! export {
    (
        $attributes:tt $link:tt $name:ident $app:ident
        [$($outer:tt)*] [$($core:tt)*] [$($pass:tt)*]
        ($arg:ident: [text] $(, $($rest:tt)*)?) $result:tt $body:block
    ) => {
        $crate::export! {
            $attributes $link $name $app
            [$($outer)* $arg: alloc::vec::Vec<u8>,]
            [$($core)* start: u32, len: u32,]
            [$($pass)* $app.text(start, len),]
            ($($($rest)*)?) $result $body
        }
    };
    (
        $attributes:tt $link:tt $name:ident $app:ident
        [$($outer:tt)*] [$($core:tt)*] [$($pass:tt)*]
        ($arg:ident: [bytes] $(, $($rest:tt)*)?) $result:tt $body:block
    ) => {
        $crate::export! {
            $attributes $link $name $app
            [$($outer)* $arg: $crate::app::Bytes,]
            [$($core)* start: u32, len: u32,]
            [$($pass)* $app.bytes(start, len),]
            ($($($rest)*)?) $result $body
        }
    };
    (
        $attributes:tt $link:tt $name:ident $app:ident
        [$($outer:tt)*] [$($core:tt)*] [$($pass:tt)*]
        ($arg:ident: [passed] $(, $($rest:tt)*)?) $result:tt $body:block
    ) => {
        $crate::export! {
            $attributes $link $name $app
            [$($outer)* $arg: $crate::app::Passed,]
            [$($core)* start: u32, len: u32,]
            [$($pass)* $crate::app::Passed::new($app, start, len),]
            ($($($rest)*)?) $result $body
        }
    };
    (
        $attributes:tt $link:tt $name:ident $app:ident
        [$($outer:tt)*] [$($core:tt)*] [$($pass:tt)*]
        ($arg:ident: [numbers] $(, $($rest:tt)*)?) $result:tt $body:block
    ) => {
        $crate::export! {
            $attributes $link $name $app
            [$($outer)* $arg: alloc::vec::Vec<u32>,]
            [$($core)* start: u32, len: u32,]
            [$($pass)* $app.numbers(start, len),]
            ($($($rest)*)?) $result $body
        }
    };
    (
        $attributes:tt $link:tt $name:ident $app:ident
        [$($outer:tt)*] [$($core:tt)*] [$($pass:tt)*]
        ($arg:ident: [time] $(, $($rest:tt)*)?) $result:tt $body:block
    ) => {
        $crate::export! {
            $attributes $link $name $app
            [$($outer)* $arg: $crate::files::NewTime,]
            [$($core)* case: u32, seconds: u64, nanoseconds: u32,]
            [$($pass)* $crate::files::NewTime::lift(case, seconds, nanoseconds),]
            ($($($rest)*)?) $result $body
        }
    };
    (
        $attributes:tt $link:tt $name:ident $app:ident
        [$($outer:tt)*] [$($core:tt)*] [$($pass:tt)*]
        ($arg:ident: [datagrams] $(, $($rest:tt)*)?) $result:tt $body:block
    ) => {
        $crate::export! {
            $attributes $link $name $app
            [$($outer)* $arg: $crate::network::Datagrams,]
            [$($core)* start: u32, count: u32,]
            [$($pass)* $crate::network::Datagrams::new($app, start, count),]
            ($($($rest)*)?) $result $body
        }
    };
    (
        $attributes:tt $link:tt $name:ident $app:ident
        [$($outer:tt)*] [$($core:tt)*] [$($pass:tt)*]
        ($arg:ident: [address] $(, $($rest:tt)*)?) $result:tt $body:block
    ) => {
        $crate::export! {
            $attributes $link $name $app
            [$($outer)* $arg: $crate::network::IpSocketAddress,]
            [$($core)* case: u32, a: u32, b: u32, c: u32, d: u32, e: u32, f: u32, g: u32, h: u32,
                i: u32, j: u32, k: u32,]
            [$($pass)* $crate::network::IpSocketAddress::lift([
                case, a, b, c, d, e, f, g, h, i, j, k,
            ]),]
            ($($($rest)*)?) $result $body
        }
    };
    (
        $attributes:tt $link:tt $name:ident $app:ident
        [$($outer:tt)*] [$($core:tt)*] [$($pass:tt)*]
        ($arg:ident: [optional address] $(, $($rest:tt)*)?) $result:tt $body:block
    ) => {
        $crate::export! {
            $attributes $link $name $app
            [$($outer)* $arg: Option<$crate::network::IpSocketAddress>,]
            [$($core)* is_some: u32, case: u32, a: u32, b: u32, c: u32, d: u32, e: u32, f: u32,
                g: u32, h: u32, i: u32, j: u32, k: u32,]
            [$($pass)* $crate::network::IpSocketAddress::lift_optional(is_some, [
                case, a, b, c, d, e, f, g, h, i, j, k,
            ]),]
            ($($($rest)*)?) $result $body
        }
    };
    (
        $attributes:tt $link:tt $name:ident $app:ident
        [$($outer:tt)*] [$($core:tt)*] [$($pass:tt)*]
        ($arg:ident: $ty:ty $(, $($rest:tt)*)?) $result:tt $body:block
    ) => {
        $crate::export! {
            $attributes $link $name $app
            [$($outer)* $arg: $ty,]
            [$($core)* $arg: <$ty as $crate::abi::Flat>::Core,]
            [$($pass)* <$ty as $crate::abi::Flat>::lift($arg),]
            ($($($rest)*)?) $result $body
        }
    };
    (
        [$($attribute:tt)*] $link:tt $name:ident $app:ident
        [$($outer:tt)*] [$($core:tt)*] [$($pass:tt)*] () [=> $result:ty] $body:block
    ) => {
        $($attribute)*
        fn $name($($outer)*) -> $result $body

        const _: () = {
            // SAFETY: the name is unlike any other symbol's.
            #[unsafe(export_name = $crate::name!($link))]
            extern "C" fn export(context: u32, $($core)* result: u32) {
                let $app = $crate::App::new(context);
                $app.give(result, $name($($pass)*));
            }
        };
    };
    (
        [$($attribute:tt)*] $link:tt $name:ident $app:ident
        [$($outer:tt)*] [$($core:tt)*] [$($pass:tt)*] () [-> $result:ty] $body:block
    ) => {
        $($attribute)*
        fn $name($($outer)*) -> $result $body

        const _: () = {
            // SAFETY: the name is unlike any other symbol's.
            #[unsafe(export_name = $crate::name!($link))]
            extern "C" fn export(context: u32, $($core)*) -> $result {
                let $app = $crate::App::new(context);
                let _ = $app;
                $name($($pass)*)
            }
        };
    };
    (
        [$($attribute:tt)*] $link:tt $name:ident $app:ident
        [$($outer:tt)*] [$($core:tt)*] [$($pass:tt)*] () [? $result:ty] $body:block
    ) => {
        $($attribute)*
        fn $name($($outer)*) -> Result<u32, $result> $body

        const _: () = {
            // SAFETY: the name is unlike any other symbol's.
            #[unsafe(export_name = $crate::name!($link))]
            extern "C" fn export(context: u32, $($core)* result: u32) -> u32 {
                let $app = $crate::App::new(context);
                match $name($($pass)*) {
                    // No handle is 0: the host would trap.
                    Ok(0) => $crate::trap(),
                    Ok(handle) => handle,
                    Err(refused) => {
                        $app.give(result, refused);
                        0
                    }
                }
            }
        };
    };
}

/// The name that a literal or its parts make.
#[doc(hidden)]
#[macro_export]
macro_rules! name {
    ([$($part:literal)+]) => {
        concat!($($part),+)
    };
    ($name:literal) => {
        $name
    };
}
