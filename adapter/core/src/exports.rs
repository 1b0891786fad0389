//! How the functions that serve WASI are declared, once in Rust's words, and exported with those of
//! the canonical ABI. This module must leave no argument unchecked.

/// Declares exports: `=>` before a result that goes to the application's memory, `->` before a
/// number. `app` is the context.
///
/// An argument `[text]` is a string, which is copied; `[bytes]` a list of bytes, which stays where
/// it is; `[numbers]` a list of handles; `[time]` a `new-timestamp`. All else is one number, by
/// [`Flat`](crate::abi::Flat). The name is a literal, or the literals in
/// brackets that it consists of.
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
