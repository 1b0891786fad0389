//! A value as a trace tells it, written anew from docs/debug.md: what `--debug` gives is compared
//! with this.

use crate::random_types::Type;
use wasmtime::component::Val;

/// Writes a value; a resource is `<>`.
pub fn write(ty: &Type, value: &Val, out: &mut String) {
    match (ty, value) {
        (_, Val::Bool(value)) => *out += &value.to_string(),
        (_, Val::U8(value)) => *out += &value.to_string(),
        (_, Val::S8(value)) => *out += &value.to_string(),
        (_, Val::U16(value)) => *out += &value.to_string(),
        (_, Val::S16(value)) => *out += &value.to_string(),
        (_, Val::U32(value)) => *out += &value.to_string(),
        (_, Val::S32(value)) => *out += &value.to_string(),
        (_, Val::U64(value)) => *out += &value.to_string(),
        (_, Val::S64(value)) => *out += &value.to_string(),
        (_, Val::Float32(value)) => *out += &decimal(&format!("{value:e}"), 13, -6),
        (_, Val::Float64(value)) => *out += &decimal(&format!("{value:e}"), 16, -5),
        (_, Val::Char(value)) => quoted('\'', [*value], out),
        (_, Val::String(value)) => quoted('"', value.chars(), out),
        (_, Val::Resource(_)) => *out += "<>",
        (_, Val::Enum(name)) => *out += name,
        (_, Val::Flags(names)) => *out += &format!("{{{}}}", names.join(", ")),
        (Type::List(ty), Val::List(values)) if matches!(**ty, Type::Primitive("u8")) => {
            let bytes: Vec<u8> = values
                .iter()
                .map(|value| match value {
                    Val::U8(byte) => *byte,
                    other => panic!("{other:?} is no byte"),
                })
                .collect();
            *out += "b\"";
            for chunk in bytes.utf8_chunks() {
                escape('"', chunk.valid().chars(), out);
                for byte in chunk.invalid() {
                    *out += &format!("\\x{byte:02x}");
                }
            }
            out.push('"');
        }
        (Type::List(ty), Val::List(values)) => {
            out.push('[');
            sequence(values.iter().map(|value| (None, &**ty, value)), out);
            out.push(']');
        }
        (Type::Tuple(types), Val::Tuple(values)) => {
            out.push('(');
            let both = types.iter().zip(values);
            sequence(both.map(|(ty, value)| (None, ty, value)), out);
            out.push(')');
        }
        (Type::Record(types), Val::Record(fields)) => {
            out.push('{');
            let both = types.iter().zip(fields);
            sequence(
                both.map(|(ty, (name, value))| (Some(name.as_str()), ty, value)),
                out,
            );
            out.push('}');
        }
        (Type::Variant(cases), Val::Variant(name, value)) => {
            let case = cases.iter().find(|case| case.0 == *name);
            let (_, ty) = case.expect("a case of the type");
            one_case(name, ty.as_ref(), value.as_deref(), out);
        }
        (_, Val::Option(None)) => *out += "none",
        (Type::Option(ty), Val::Option(value)) => one_case("some", Some(ty), value.as_deref(), out),
        (Type::Result(ty, _), Val::Result(Ok(value))) => {
            one_case("ok", ty.as_deref(), value.as_deref(), out);
        }
        (Type::Result(_, ty), Val::Result(Err(value))) => {
            one_case("err", ty.as_deref(), value.as_deref(), out);
        }
        (ty, value) => panic!("{value:?} is no {ty:?}"),
    }
}

/// Values with commas between them, each behind its name if it has one.
pub fn sequence<'v>(
    values: impl Iterator<Item = (Option<&'v str>, &'v Type, &'v Val)>,
    out: &mut String,
) {
    for (position, (name, ty, value)) in values.enumerate() {
        if position > 0 {
            *out += ", ";
        }
        if let Some(name) = name {
            *out += &format!("{name}: ");
        }
        write(ty, value, out);
    }
}

fn one_case(name: &str, ty: Option<&Type>, value: Option<&Val>, out: &mut String) {
    *out += name;
    if let (Some(ty), Some(value)) = (ty, value) {
        out.push('(');
        write(ty, value, out);
        out.push(')');
    }
}

fn quoted(quote: char, chars: impl IntoIterator<Item = char>, out: &mut String) {
    out.push(quote);
    escape(quote, chars, out);
    out.push(quote);
}

fn escape(quote: char, chars: impl IntoIterator<Item = char>, out: &mut String) {
    for c in chars {
        let reorders = "\u{61c}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{feff}".contains(c)
            || ('\u{2028}'..='\u{202e}').contains(&c)
            || ('\u{2060}'..='\u{206f}').contains(&c);
        match c {
            '\t' => *out += "\\t",
            '\n' => *out += "\\n",
            '\r' => *out += "\\r",
            c if c == quote || c == '\\' => out.extend(['\\', c]),
            c if c.is_control() || reorders => *out += &c.escape_unicode().to_string(),
            c => out.push(c),
        }
    }
}

/// A number in scientific notation the way that reads best: so many digits before the point, so
/// many zeros behind it.
fn decimal(scientific: &str, before: i32, behind: i32) -> String {
    if scientific == "NaN" {
        return "nan".to_string();
    }
    let (sign, number) = match scientific.strip_prefix('-') {
        Some(number) => ("-", number),
        None => ("", scientific),
    };
    let Some((mantissa, exponent)) = number.split_once('e') else {
        return scientific.to_string();
    };
    let point = exponent.parse::<i32>().expect("a number") + 1;
    let digits = mantissa.replace('.', "");
    let count = digits.len() as i32;
    let text = if mantissa == "0" {
        "0.0".to_string()
    } else if count <= point && point <= before {
        format!("{digits}{}.0", "0".repeat((point - count) as usize))
    } else if 0 < point && point <= before {
        format!(
            "{}.{}",
            &digits[..point as usize],
            &digits[point as usize..]
        )
    } else if behind < point && point <= 0 {
        format!("0.{}{digits}", "0".repeat(-point as usize))
    } else {
        number.to_string()
    };
    format!("{sign}{text}")
}

/// A logged text with resources as `<>`, outside of what is quoted.
pub fn without_numbers(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    let mut quote = None;
    while let Some(c) = chars.next() {
        out.push(c);
        match (quote, c) {
            (Some(_), '\\') => out.extend(chars.next()),
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '<') => {
                chars.by_ref().find(|c| *c == '>');
                out.push('>');
            }
            _ => {}
        }
    }
    out
}
