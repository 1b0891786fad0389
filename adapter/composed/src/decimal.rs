//! Floating-point numbers in the fewest digits that mean them, for the trace alone. By Steele and White's algorithm on
//! whole numbers: the crates that do it keep tables, which would be in every artifact, traced or not.

use alloc::vec::Vec;
use core::cmp::Ordering;

/// A whole number: its digits to base 2³², the lowest first, without zeros at the end.
struct Whole(Vec<u32>);

impl Whole {
    fn new(value: u64, shift: u32) -> Whole {
        let mut digits = alloc::vec![0; (shift / 32) as usize];
        let wide = u128::from(value) << (shift % 32);
        digits.extend([wide as u32, (wide >> 32) as u32, (wide >> 64) as u32]);
        let mut whole = Whole(digits);
        whole.trim();
        whole
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    fn times(&mut self, factor: u32) {
        let mut carry = 0;
        for digit in &mut self.0 {
            carry += u64::from(*digit) * u64::from(factor);
            *digit = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    fn plus(&self, other: &Whole) -> Whole {
        let (mut sum, mut carry) = (Vec::new(), 0);
        for at in 0..self.0.len().max(other.0.len()) {
            let digit = |whole: &Whole| u64::from(whole.0.get(at).copied().unwrap_or(0));
            carry += digit(self) + digit(other);
            sum.push(carry as u32);
            carry >>= 32;
        }
        if carry > 0 {
            sum.push(carry as u32);
        }
        Whole(sum)
    }

    /// Takes away what is not larger.
    fn minus(&mut self, other: &Whole) {
        let mut borrow = 0;
        for (at, digit) in self.0.iter_mut().enumerate() {
            let taken = u64::from(other.0.get(at).copied().unwrap_or(0)) + borrow;
            borrow = u64::from(u64::from(*digit) < taken);
            *digit = digit.wrapping_sub(taken as u32);
        }
        self.trim();
    }

    fn compare(&self, other: &Whole) -> Ordering {
        let digits = |whole: &Whole| whole.0.len();
        digits(self)
            .cmp(&digits(other))
            .then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

/// A number of the format that has so many bits of fraction and of exponent, by its bits. Numbers from 10^`behind` up to 10^`before`
/// are written without an exponent.
pub fn write(
    line: &mut Vec<u8>,
    bits: u64,
    fraction: u32,
    exponent: u32,
    before: i32,
    behind: i32,
) {
    let biased = (bits >> fraction) as i32 & ((1 << exponent) - 1);
    let low = bits & ((1 << fraction) - 1);
    let special = (1 << exponent) - 1;
    if biased == special && low != 0 {
        return line.extend(*b"nan");
    }
    if bits >> (fraction + exponent) & 1 == 1 {
        line.push(b'-');
    }
    if biased == special {
        return line.extend(*b"inf");
    }
    if biased == 0 && low == 0 {
        return line.extend(*b"0.0");
    }
    let bias = (1 << (exponent - 1)) - 1 + fraction as i32;
    let (mantissa, power) = match biased {
        0 => (low, 1 - bias),
        _ => (low | 1 << fraction, biased - bias),
    };
    // At a power of two the next number below is half as far away as the next above.
    let (digits, point) = shortest(mantissa, power, low == 0 && biased > 1);
    layout(line, &digits, point, before, behind);
}

/// The digits of `mantissa` times 2 to `power`, and how many stand before the point.
fn shortest(mantissa: u64, power: i32, uneven: bool) -> (Vec<u8>, i32) {
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
        unit.times(10);
        point += 1;
    }
    let mut digits = Vec::new();
    loop {
        for whole in [&mut rest, &mut above, &mut below] {
            whole.times(10);
        }
        if digits.is_empty() && !reaches(rest.plus(&above).compare(&unit)) {
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

fn layout(line: &mut Vec<u8>, digits: &[u8], point: i32, before: i32, behind: i32) {
    let count = digits.len() as i32;
    let zeros = |line: &mut Vec<u8>, count: i32| (0..count).for_each(|_| line.push(b'0'));
    if 0 < point && point <= before {
        let (whole, part) = digits
            .split_at_checked(point as usize)
            .unwrap_or((digits, &[]));
        line.extend(whole);
        zeros(line, point - count);
        line.push(b'.');
        line.extend(part);
        zeros(line, i32::from(part.is_empty()));
    } else if behind < point && point <= 0 {
        line.extend(*b"0.");
        zeros(line, -point);
        line.extend(digits);
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
        whole(line, u64::from((point - 1).unsigned_abs()));
    }
}

/// A whole number.
pub fn whole(line: &mut Vec<u8>, value: u64) {
    let start = line.len();
    let mut rest = value;
    loop {
        line.push(b'0' + (rest % 10) as u8);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if let Some(digits) = line.get_mut(start..) {
        digits.reverse();
    }
}
