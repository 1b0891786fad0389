//! Types of WIT, declared once: the layout and how values are written and read follow from that.

/// Declares records, in the order of WIT's fields.
#[macro_export]
macro_rules! records {
    ($(
        $(#[$attribute:meta])*
        $name:ident {
            $($(#[$of_field:meta])* $field:ident: $ty:ty,)+
        }
    )+) => {$(
        $(#[$attribute])*
        #[derive(Debug)]
        pub struct $name {
            $($(#[$of_field])* pub $field: $ty,)+
        }

        impl $crate::abi::Abi for $name {
            const SIZE: u32 = {
                let end = 0;
                $(
                    let end = $crate::abi::align(end, <$ty as $crate::abi::Abi>::ALIGN)
                        + <$ty as $crate::abi::Abi>::SIZE;
                )+
                $crate::abi::align(end, Self::ALIGN)
            };
            const ALIGN: u32 = {
                let most = 1;
                $(let most = $crate::abi::max(most, <$ty as $crate::abi::Abi>::ALIGN);)+
                most
            };
        }

        impl $crate::abi::Lower for $name {
            fn lower(self, app: $crate::App, at: u32) {
                let end = 0;
                $(
                    let start = $crate::abi::align(end, <$ty as $crate::abi::Abi>::ALIGN);
                    $crate::abi::Lower::lower(self.$field, app, at.wrapping_add(start));
                    let end = start + <$ty as $crate::abi::Abi>::SIZE;
                )+
                let _ = end;
            }
        }

        impl $crate::abi::Lift for $name {
            unsafe fn lift(at: *const u8) -> Self {
                let end = 0;
                $(
                    let start = $crate::abi::align(end, <$ty as $crate::abi::Abi>::ALIGN);
                    // SAFETY: as the caller says.
                    let $field = unsafe { $crate::abi::Lift::lift(at.add(start as usize)) };
                    let end = start + <$ty as $crate::abi::Abi>::SIZE;
                )+
                let _ = end;
                $name { $($field),+ }
            }
        }

        impl $crate::abi::Describe for $name {
            const SHAPE: $crate::abi::Shape =
                $crate::abi::Shape::Record(&[$(stringify!($field)),+]);
        }
    )+};
}

/// Declares enumerations, in the order of WIT's cases.
#[macro_export]
macro_rules! enums {
    ($(
        $(#[$attribute:meta])*
        $name:ident { $($case:ident)+ }
    )+) => {$(
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        #[allow(missing_docs, dead_code, reason = "the cases are those of WIT, all of them")]
        pub enum $name { $($case,)+ }

        impl $name {
            const COUNT: u32 = [$($name::$case),+].len() as u32;
        }

        impl $crate::abi::Abi for $name {
            const SIZE: u32 = 1;
            const ALIGN: u32 = 1;
        }

        impl $crate::abi::Lower for $name {
            fn lower(self, app: $crate::App, at: u32) {
                app.store_8(at, self as u8);
            }
        }

        impl $crate::abi::Lift for $name {
            unsafe fn lift(at: *const u8) -> Self {
                // SAFETY: as the caller says.
                let number = unsafe { at.read() };
                $crate::abi::Flat::lift(number.into())
            }
        }

        impl $crate::abi::Flat for $name {
            type Core = u32;

            fn lift(number: u32) -> Self {
                let case = $crate::abi::case(number, Self::COUNT);
                // SAFETY: the cases are numbered from zero, and this is one of them.
                unsafe { core::mem::transmute::<u8, $name>(case) }
            }
        }

        impl $crate::abi::Describe for $name {
            const SHAPE: $crate::abi::Shape =
                $crate::abi::Shape::Enum(&[$(stringify!($case)),+]);
        }
    )+};
}

/// Declares variants, in the order of WIT's cases; a case without a payload has `()`.
#[macro_export]
macro_rules! variants {
    ($(
        $(#[$attribute:meta])*
        $name:ident {
            $($(#[$of_case:meta])* $case:ident($ty:ty),)+
        }
    )+) => {$(
        $(#[$attribute])*
        #[derive(Debug)]
        pub enum $name {
            $($(#[$of_case])* $case($ty),)+
        }

        impl $crate::abi::Abi for $name {
            const SIZE: u32 = {
                let most = 0;
                $(let most = $crate::abi::max(most, <$ty as $crate::abi::Abi>::SIZE);)+
                $crate::abi::align(Self::ALIGN + most, Self::ALIGN)
            };
            const ALIGN: u32 = {
                let most = 1;
                $(let most = $crate::abi::max(most, <$ty as $crate::abi::Abi>::ALIGN);)+
                most
            };
        }

        const _: () = {
            #[repr(u8)]
            enum Number { $($case,)+ }

            impl $crate::abi::Lower for $name {
                fn lower(self, app: $crate::App, at: u32) {
                    let payload = at.wrapping_add(<Self as $crate::abi::Abi>::ALIGN);
                    match self {
                        $($name::$case(value) => {
                            app.store_8(at, Number::$case as u8);
                            $crate::abi::Lower::lower(value, app, payload);
                        })+
                    }
                }
            }

            impl $crate::abi::Lift for $name {
                unsafe fn lift(at: *const u8) -> Self {
                    // SAFETY: as the caller says.
                    unsafe {
                        let payload = at.add(<Self as $crate::abi::Abi>::ALIGN as usize);
                        let number = at.read();
                        $(
                            if number == Number::$case as u8 {
                                return $name::$case($crate::abi::Lift::lift(payload));
                            }
                        )+
                    }
                    $crate::trap()
                }
            }
        };

        impl $crate::abi::Describe for $name {
            const SHAPE: $crate::abi::Shape =
                $crate::abi::Shape::Variant(&[$(stringify!($case)),+]);
        }
    )+};
}

/// Declares sets of up to eight flags, in the order of WIT's.
#[macro_export]
macro_rules! flags {
    ($(
        $(#[$attribute:meta])*
        $name:ident { $($flag:ident)+ }
    )+) => {$(
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(u8);

        const _: () = {
            #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
            enum Bit { $($flag,)+ }

            #[allow(missing_docs, dead_code, reason = "the flags are those of WIT, all of them")]
            impl $name {
                $(pub const $flag: $name = $name(1 << Bit::$flag as u8);)+
                const ALL: u8 = 0 $(| $name::$flag.0)+;

                /// None of them.
                pub const fn none() -> Self {
                    $name(0)
                }

                /// These and others.
                pub const fn and(self, others: $name) -> Self {
                    $name(self.0 | others.0)
                }

                /// These without others.
                pub const fn without(self, others: $name) -> Self {
                    $name(self.0 & !others.0)
                }

                /// Those that others are as well.
                pub const fn only(self, others: $name) -> Self {
                    $name(self.0 & others.0)
                }

                /// Whether one of others is among them.
                pub const fn has_any(self, others: $name) -> bool {
                    self.0 & others.0 != 0
                }

                /// Whether all of others are among them.
                pub const fn has_all(self, others: $name) -> bool {
                    self.0 & others.0 == others.0
                }

                /// The number that stands for them.
                pub const fn bits(self) -> u32 {
                    self.0 as u32
                }
            }
        };

        impl $crate::abi::Abi for $name {
            const SIZE: u32 = 1;
            const ALIGN: u32 = 1;
        }

        impl $crate::abi::Lower for $name {
            fn lower(self, app: $crate::App, at: u32) {
                app.store_8(at, self.0);
            }
        }

        impl $crate::abi::Lift for $name {
            unsafe fn lift(at: *const u8) -> Self {
                // SAFETY: as the caller says.
                let number = unsafe { at.read() };
                $crate::abi::Flat::lift(number.into())
            }
        }

        impl $crate::abi::Flat for $name {
            type Core = u32;

            /// Bits without a flag mean nothing.
            fn lift(number: u32) -> Self {
                $name(number as u8 & Self::ALL)
            }
        }

        impl $crate::abi::Describe for $name {
            const SHAPE: $crate::abi::Shape = $crate::abi::Shape::Flags(
                &[$((stringify!($flag), $name::$flag.0 as u32)),+],
            );
        }
    )+};
}
