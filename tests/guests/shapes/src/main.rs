//! A program that passes handles in every kind of value to an interface outside WASI, beside files.

#[allow(warnings)]
mod bindings {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}

use bindings::test::shapes::shapes::{self, Pair, Shape, Token};
use bindings::wasi::filesystem::preopens;
use bindings::wasi::filesystem::types::{Descriptor, DescriptorFlags, OpenFlags, PathFlags};
use bindings::wasi::io::streams::{InputStream, StreamError};

struct Shapes;

/// A verb and a word in each line, and an answer for each.
impl bindings::exports::test::probe::api::Guest for Shapes {
    fn probe(script: String) -> String {
        let mut out = String::new();
        for line in script
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            let (verb, word) = line.split_once(' ').unwrap_or((line, ""));
            let answer = perform(verb, word);
            out.push_str(&format!("{line}: {answer}\n"));
        }
        out
    }
}

bindings::export!(Shapes with_types_in bindings);

fn token(name: &str) -> Token {
    Token::new(name)
}

fn perform(verb: &str, word: &str) -> String {
    match verb {
        "token" => token(word).name(),
        "join" => {
            let (a, b, c) = (token("a"), token("b"), token("c"));
            a.join(&b, &[&c, &a, &c]).name()
        }
        "merge" => {
            let tokens = (0..word.parse().expect("a number")).map(|n| token(&format!("t{n}")));
            match Token::merge(tokens.collect()) {
                Ok(token) => token.name(),
                Err(why) => format!("error {why}"),
            }
        }
        "body" => read(token(word).body()),
        "turn" => pair_text(&shapes::turn(Pair {
            label: "label".into(),
            first: token("a"),
            second: (word == "both").then(|| token("b")),
        })),
        "echo" => {
            let shapes = [
                Shape::None,
                Shape::One(token("one")),
                Shape::Text("text".into()),
                Shape::Pair(Pair {
                    label: "x".into(),
                    first: token("p"),
                    second: Some(token("q")),
                }),
                Shape::Many(vec![token("m"), token("n")]),
                Shape::Many(vec![]),
                Shape::Body(token("s").body()),
                Shape::Number(u64::MAX),
                Shape::Ratio(0.1),
            ];
            let echoed = shapes.map(|shape| shape_text(shapes::echo(shape)));
            echoed.join(" | ")
        }
        "split" => {
            let body = token("body").body();
            match shapes::split((token("t"), word.parse().expect("a byte"), body)) {
                Ok((token, body)) => format!("ok {} {}", token.name(), read(body)),
                Err((body, token)) => format!("error {} {}", read(body), token.name()),
            }
        }
        "find" => {
            let names: Vec<String> = word.split(',').map(String::from).collect();
            let found = shapes::find(&names);
            let names: Vec<_> = found.iter().map(|t| t.as_ref().map(Token::name)).collect();
            format!("{names:?}")
        }
        "check" => {
            let (a, b) = (token("a"), token("b"));
            let body = b.body();
            let named = [("x".to_string(), &a), ("y".to_string(), &b)];
            let first = shapes::check(&named, Some(&b), Ok(&a));
            let second = shapes::check(&[], None, Err(&body));
            format!("{first:?} {second:?} {}", read(body))
        }
        "spread" => {
            let borrowed = token("g");
            let text = shapes::spread(
                token("a"),
                "b",
                Some(token("c")),
                vec![token("d0"), token("d1")],
                Pair {
                    label: "e".into(),
                    first: token("e0"),
                    second: None,
                },
                Shape::Pair(Pair {
                    label: "f".into(),
                    first: token("f0"),
                    second: Some(token("f1")),
                }),
                &borrowed,
                &[vec![1, 2], vec![], vec![3]],
            );
            format!("{text} and {}", borrowed.name())
        }
        "alive" => shapes::alive().to_string(),
        "many" => {
            for n in 0..word.parse().expect("a number") {
                drop(shapes::echo(Shape::Many(vec![
                    token("a"),
                    token(&format!("{n}")),
                ])));
                drop(shapes::turn(Pair {
                    label: "x".repeat(1000),
                    first: token("a"),
                    second: Some(token("b")),
                }));
            }
            shapes::alive().to_string()
        }
        "open" => match shapes::open(word) {
            Ok(file) => {
                let body = file.read_via_stream(0).expect("a stream");
                let text = read(body);
                let size = file.stat().expect("its metadata").size;
                format!(
                    "{text} {size} {:?} {}",
                    shapes::size(&file),
                    shapes::keep(file)
                )
            }
            Err(why) => format!("error {why}"),
        },
        "read" => read(file(word).read_via_stream(0).expect("a stream")),
        "size" => format!("{:?}", shapes::size(&file(word))),
        "keep" => shapes::keep(file(word)).to_string(),
        other => panic!("no command {other:?}"),
    }
}

fn pair_text(pair: &Pair) -> String {
    let second = pair.second.as_ref().map(Token::name);
    format!("{} {} {second:?}", pair.label, pair.first.name())
}

fn shape_text(shape: Shape) -> String {
    match shape {
        Shape::None => "none".into(),
        Shape::One(token) => token.name(),
        Shape::Text(text) => text,
        Shape::Pair(pair) => pair_text(&pair),
        Shape::Many(tokens) => format!("{:?}", tokens.iter().map(Token::name).collect::<Vec<_>>()),
        Shape::Body(body) => read(body),
        Shape::Number(number) => number.to_string(),
        Shape::Ratio(ratio) => ratio.to_string(),
    }
}

/// A file of the first preopen.
fn file(path: &str) -> Descriptor {
    let (root, _) = preopens::get_directories().remove(0);
    root.open_at(
        PathFlags::empty(),
        path,
        OpenFlags::empty(),
        DescriptorFlags::READ,
    )
    .expect("a file")
}

fn read(stream: InputStream) -> String {
    let mut all = Vec::new();
    loop {
        match stream.blocking_read(5) {
            Ok(bytes) => all.extend(bytes),
            Err(StreamError::Closed) => return String::from_utf8_lossy(&all).into_owned(),
            Err(error) => panic!("{error}"),
        }
    }
}

fn main() {
    println!("{}", perform("echo", ""));
}
