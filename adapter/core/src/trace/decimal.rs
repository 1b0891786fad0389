//! Floating-point numbers in the fewest digits that mean them, by Steele and White's algorithm on
//! whole numbers. The crates that do it keep tables, which would be in every artifact. This module
//! must never allocate.

use core::cmp::Ordering;

use super::Line;

/// How a number is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `f32`.
    Single,
    /// `f64`.
    Double,
}

impl Format {
    /// Bits of the fraction, and of the exponent.
    fn bits(self) -> (u32, u32) {
        match self {
            Format::Single => (23, 8),
            Format::Double => (52, 11),
        }
    }

    /// The powers of ten between which a number is written without an exponent.
    fn plain(self) -> (i32, i32) {
        match self {
            Format::Single => (-6, 13),
            Format::Double => (-5, 16),
        }
    }
}

/// How many digits to base 2³² a whole number has: the largest `f64` takes 33, the smallest 35.
const DIGITS: usize = 36;

/// A whole number, the lowest digit first.
#[derive(Clone, Copy)]
struct Whole([u32; DIGITS]);

impl Whole {
    fn new(value: u64, shift: u32) -> Whole {
        let mut digits = [0; DIGITS];
        let wide = u128::from(value) << (shift % 32);
        let places = digits.iter_mut().skip((shift / 32) as usize);
        for (place, part) in places.zip([0, 32, 64]) {
            *place = (wide >> part) as u32;
        }
        Whole(digits)
    }

    fn times_ten(&mut self) {
        let mut carry = 0;
        for digit in &mut self.0 {
            carry += u64::from(*digit) * 10;
            *digit = carry as u32;
            carry >>= 32;
        }
    }

    fn plus(mut self, other: &Whole) -> Whole {
        let mut carry = 0;
        for (digit, more) in self.0.iter_mut().zip(other.0) {
            carry += u64::from(*digit) + u64::from(more);
            *digit = carry as u32;
            carry >>= 32;
        }
        self
    }

    /// Takes away what is not larger.
    fn minus(&mut self, other: &Whole) {
        let mut borrow = 0;
        for (digit, less) in self.0.iter_mut().zip(other.0) {
            let taken = u64::from(less) + borrow;
            borrow = u64::from(u64::from(*digit) < taken);
            *digit = digit.wrapping_sub(taken as u32);
        }
    }

    fn compare(&self, other: &Whole) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }
}

/// The digits of a number. No `f64` needs more than 17.
#[derive(Default)]
struct Digits {
    digits: [u8; 20],
    count: usize,
}

impl Digits {
    fn push(&mut self, digit: u8) {
        if let Some(place) = self.digits.get_mut(self.count) {
            *place = digit;
            self.count += 1;
        }
    }

    fn all(&self) -> &[u8] {
        self.digits.get(..self.count).unwrap_or_default()
    }
}

/// Writes a number by its bits.
pub fn write(line: &mut Line, bits: u64, format: Format) {
    let (fraction, exponent) = format.bits();
    let biased = (bits >> fraction) as i32 & ((1 << exponent) - 1);
    let low = bits & ((1 << fraction) - 1);
    let special = (1 << exponent) - 1;
    if biased == special && low != 0 {
        return line.text(const { super::word("nan") });
    }
    if bits >> (fraction + exponent) & 1 == 1 {
        line.push(b'-');
    }
    if biased == special {
        return line.text(const { super::word("inf") });
    }
    if biased == 0 && low == 0 {
        return line.text(const { super::word("0.0") });
    }
    let bias = (1 << (exponent - 1)) - 1 + fraction as i32;
    let (mantissa, power) = match biased {
        0 => (low, 1 - bias),
        _ => (low | 1 << fraction, biased - bias),
    };
    // At a power of two the next number below is half as far away as the next above.
    let (digits, point) = shortest(mantissa, power, low == 0 && biased > 1);
    layout(line, digits.all(), point, format);
}

/// The digits of `mantissa` times 2 to `power`, and how many stand before the point.
fn shortest(mantissa: u64, power: i32, uneven: bool) -> (Digits, i32) {
    let up = power.max(0) as u32;
    let down = (-power).max(0) as u32;
    let more = 1 + u32::from(uneven);
    let mut rest = Whole::new(mantissa, up + more);
    let mut unit = Whole::new(1, down + more);
    let mut above = Whole::new(1, up + more - 1);
    let mut below = Whole::new(1, up);
    // An even mantissa is what is read of a number half way to its neighbours.
    let reaches = |order: Ordering| match order {
        Ordering::Equal => mantissa.is_multiple_of(2),
        order => order == Ordering::Greater,
    };
    let mut point = 0;
    while reaches(rest.plus(&above).compare(&unit)) {
        unit.times_ten();
        point += 1;
    }
    let mut digits = Digits::default();
    loop {
        rest.times_ten();
        above.times_ten();
        below.times_ten();
        if digits.count == 0 && !reaches(rest.plus(&above).compare(&unit)) {
            point -= 1;
            continue;
        }
        let mut digit = b'0';
        while rest.compare(&unit) != Ordering::Less {
            rest.minus(&unit);
            digit += 1;
        }
        let low = reaches(below.compare(&rest));
        let high = reaches(rest.plus(&above).compare(&unit));
        if low || high {
            let half = rest.plus(&rest).compare(&unit) != Ordering::Less;
            digits.push(digit + u8::from(high && (!low || half)));
            return (digits, point);
        }
        digits.push(digit);
    }
}

fn layout(line: &mut Line, digits: &[u8], point: i32, format: Format) {
    let (least, most) = format.plain();
    let count = digits.len() as i32;
    let zeros = |line: &mut Line, count: i32| (0..count).for_each(|_| line.push(b'0'));
    if 0 < point && point <= most {
        let (whole, part) = digits
            .split_at_checked(point as usize)
            .unwrap_or((digits, &[]));
        line.add(whole);
        zeros(line, point - count);
        line.push(b'.');
        line.add(part);
        zeros(line, i32::from(part.is_empty()));
    } else if least < point && point <= 0 {
        line.text(const { super::word("0.") });
        zeros(line, -point);
        line.add(digits);
    } else {
        for (position, digit) in digits.iter().enumerate() {
            if position == 1 {
                line.push(b'.');
            }
            line.push(*digit);
        }
        line.push(b'e');
        if point <= 0 {
            line.push(b'-');
        }
        line.whole(u64::from((point - 1).unsigned_abs()));
    }
}
