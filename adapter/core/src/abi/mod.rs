//! Values as the canonical ABI lays them out: written to the application's memory, read from the
//! adapter's own after a call of the host. Sizes and alignments follow from the types, and tests
//! compare them with those of WIT. This module must hold no number that counts bytes of a record.

mod describe;
#[macro_use]
mod macros;

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::app::App;
use crate::trap;

pub use describe::{Describe, Shape};

/// A type with a place in memory.
pub trait Abi {
    /// How many bytes it takes.
    const SIZE: u32;
    /// What its address is a multiple of.
    const ALIGN: u32;
}

/// A value that can be written to the application's memory.
pub trait Lower: Abi {
    /// Writes it at an address where there is room for it.
    fn lower(self, app: App, at: u32);
}

impl App {
    /// Writes a result where the application wants it.
    pub fn give<T: Lower>(self, at: u32, result: T) {
        self.check(at, T::SIZE.into(), T::ALIGN);
        result.lower(self, at);
    }
}

/// A value that can be read from the adapter's own memory.
pub trait Lift: Abi + Sized {
    /// Reads it, and takes what it refers to.
    ///
    /// # Safety
    ///
    /// The host wrote a value of the type there, and its lists came from `cabi_realloc`.
    unsafe fn lift(at: *const u8) -> Self;
}

/// A value that is passed as one number.
pub trait Flat: Sized {
    /// The number's type.
    type Core;

    /// The value that the application passes. Traps where there is none.
    fn lift(number: Self::Core) -> Self;
}

/// The larger of two numbers.
pub const fn max(a: u32, b: u32) -> u32 {
    if a > b { a } else { b }
}

/// Where something of this alignment goes, behind `end`.
pub const fn align(end: u32, align: u32) -> u32 {
    end.next_multiple_of(align)
}

/// Where the payload of a variant goes, whose cases have these alignments at the most.
const fn payload(align: u32) -> u32 {
    // The discriminant is a byte everywhere in WASI.
    align
}

macro_rules! number {
    ($($ty:ty: $len:literal $store:ident)+) => {$(
        impl Abi for $ty {
            const SIZE: u32 = $len;
            const ALIGN: u32 = $len;
        }

        impl Lower for $ty {
            fn lower(self, app: App, at: u32) {
                app.$store(at, self as _);
            }
        }

        impl Lift for $ty {
            unsafe fn lift(at: *const u8) -> Self {
                // SAFETY: as the caller says.
                unsafe { at.cast::<$ty>().read() }
            }
        }

        impl Flat for $ty {
            type Core = $ty;

            fn lift(number: $ty) -> $ty {
                number
            }
        }
    )+};
}

number!(u8: 1 store_8);
number!(u16: 2 store_16);
number!(u32: 4 store_32);
number!(i32: 4 store_32);
number!(u64: 8 store_64);
number!(i64: 8 store_64);

impl Abi for bool {
    const SIZE: u32 = 1;
    const ALIGN: u32 = 1;
}

impl Lower for bool {
    fn lower(self, app: App, at: u32) {
        app.store_8(at, self.into());
    }
}

impl Lift for bool {
    unsafe fn lift(at: *const u8) -> Self {
        // SAFETY: as the caller says.
        unsafe { at.read() != 0 }
    }
}

impl Abi for () {
    const SIZE: u32 = 0;
    const ALIGN: u32 = 1;
}

impl Lower for () {
    fn lower(self, _: App, _: u32) {}
}

impl Lift for () {
    unsafe fn lift(_: *const u8) -> Self {}
}

/// A handle that changes hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Own(pub u32);

impl Abi for Own {
    const SIZE: u32 = u32::SIZE;
    const ALIGN: u32 = u32::ALIGN;
}

impl Lower for Own {
    fn lower(self, app: App, at: u32) {
        self.0.lower(app, at);
    }
}

impl Lift for Own {
    unsafe fn lift(at: *const u8) -> Self {
        // SAFETY: as the caller says.
        Own(unsafe { Lift::lift(at) })
    }
}

impl<A: Abi, B: Abi> Abi for (A, B) {
    const SIZE: u32 = align(align(A::SIZE, B::ALIGN) + B::SIZE, Self::ALIGN);
    const ALIGN: u32 = max(A::ALIGN, B::ALIGN);
}

impl<A: Lower, B: Lower> Lower for (A, B) {
    fn lower(self, app: App, at: u32) {
        self.0.lower(app, at);
        self.1.lower(app, at.wrapping_add(align(A::SIZE, B::ALIGN)));
    }
}

impl<A: Lift, B: Lift> Lift for (A, B) {
    unsafe fn lift(at: *const u8) -> Self {
        // SAFETY: as the caller says.
        unsafe {
            (
                A::lift(at),
                B::lift(at.add(align(A::SIZE, B::ALIGN) as usize)),
            )
        }
    }
}

impl<T: Abi, E: Abi> Abi for Result<T, E> {
    const SIZE: u32 = align(payload(Self::ALIGN) + max(T::SIZE, E::SIZE), Self::ALIGN);
    const ALIGN: u32 = max(T::ALIGN, E::ALIGN);
}

impl<T: Lower, E: Lower> Lower for Result<T, E> {
    fn lower(self, app: App, at: u32) {
        app.store_8(at, self.is_err().into());
        let at = at.wrapping_add(payload(Self::ALIGN));
        match self {
            Ok(value) => value.lower(app, at),
            Err(error) => error.lower(app, at),
        }
    }
}

impl<T: Lift, E: Lift> Lift for Result<T, E> {
    unsafe fn lift(at: *const u8) -> Self {
        // SAFETY: as the caller says.
        unsafe {
            let value = at.add(payload(Self::ALIGN) as usize);
            match at.read() {
                0 => Ok(T::lift(value)),
                _ => Err(E::lift(value)),
            }
        }
    }
}

impl<T: Abi> Abi for Option<T> {
    const SIZE: u32 = align(payload(T::ALIGN) + T::SIZE, T::ALIGN);
    const ALIGN: u32 = T::ALIGN;
}

impl<T: Lower> Lower for Option<T> {
    fn lower(self, app: App, at: u32) {
        app.store_8(at, self.is_some().into());
        if let Some(value) = self {
            value.lower(app, at.wrapping_add(payload(T::ALIGN)));
        }
    }
}

impl<T: Lift> Lift for Option<T> {
    unsafe fn lift(at: *const u8) -> Self {
        // SAFETY: as the caller says.
        unsafe {
            match at.read() {
                0 => None,
                _ => Some(T::lift(at.add(payload(T::ALIGN) as usize))),
            }
        }
    }
}

/// Where a list of the host's is, and how many elements it has.
///
/// # Safety
///
/// The host wrote a list there.
unsafe fn list(at: *const u8) -> (*mut u8, usize) {
    // SAFETY: as the caller says.
    let [start, len] = unsafe { at.cast::<[u32; 2]>().read() };
    (
        core::ptr::with_exposed_provenance_mut(start as usize),
        len as usize,
    )
}

/// A string or a list of bytes: the configuration's, or a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(pub Cow<'static, [u8]>);

impl From<&'static [u8]> for Text {
    fn from(text: &'static [u8]) -> Self {
        Text(Cow::Borrowed(text))
    }
}

impl From<Vec<u8>> for Text {
    fn from(text: Vec<u8>) -> Self {
        Text(Cow::Owned(text))
    }
}

impl Abi for Text {
    const SIZE: u32 = 8;
    const ALIGN: u32 = 4;
}

impl Lower for Text {
    fn lower(self, app: App, at: u32) {
        let len = self.0.len() as u32;
        app.list(at, len, len.into(), 1, |place| app.write(place, &self.0));
    }
}

impl Lift for Text {
    unsafe fn lift(at: *const u8) -> Self {
        // SAFETY: as the caller says; `cabi_realloc` allocates as `Vec` does.
        let bytes = unsafe {
            match list(at) {
                (_, 0) => Vec::new(),
                (start, len) => Vec::from_raw_parts(start, len, len),
            }
        };
        Text(Cow::Owned(bytes))
    }
}

impl<T: Abi> Abi for Vec<T> {
    const SIZE: u32 = Text::SIZE;
    const ALIGN: u32 = Text::ALIGN;
}

impl<T: Lower> Lower for Vec<T> {
    fn lower(self, app: App, at: u32) {
        let len = self.len() as u64 * u64::from(T::SIZE);
        app.list(at, self.len() as u32, len, T::ALIGN, |place| {
            let mut place = place;
            for value in self {
                value.lower(app, place);
                place = place.wrapping_add(T::SIZE);
            }
        });
    }
}

impl<T: Lift> Lift for Vec<T> {
    unsafe fn lift(at: *const u8) -> Self {
        // SAFETY: as the caller says.
        let (start, len) = unsafe { list(at) };
        let mut values = Vec::with_capacity(len);
        for index in 0..len {
            // SAFETY: the list has an element there.
            values.push(unsafe { T::lift(start.add(index * T::SIZE as usize)) });
        }
        if len != 0 {
            // SAFETY: `cabi_realloc` allocated the list with this size and alignment.
            unsafe {
                let layout = core::alloc::Layout::from_size_align_unchecked(
                    len * T::SIZE as usize,
                    T::ALIGN as usize,
                );
                alloc::alloc::dealloc(start, layout);
            }
        }
        values
    }
}

/// The case of this number in an enumeration of so many.
pub fn case(number: u32, count: u32) -> u8 {
    if number >= count {
        trap()
    }
    number as u8
}

#[cfg(test)]
mod tests;
