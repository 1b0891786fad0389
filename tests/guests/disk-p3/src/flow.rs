//! Streams of bytes that stay open from line to line, with what is pending on them: those of files,
//! those handed to files, and pairs of which the program holds both ends.

use crate::latest::Reports;
use crate::operation::{attempt, patient};
use crate::program::{CLOSED, brief};
use crate::script::{Command, answer};
use crate::text::text;
use std::collections::BTreeMap;
use std::future::IntoFuture;
use std::pin::Pin;
use wasip3::filesystem::types::{Descriptor, ErrorCode};
use wasip3::wit_stream;
use wit_bindgen::{
    AbiBuffer, FutureRead, FutureReader, StreamRead, StreamReader, StreamResult, StreamWrite,
    StreamWriter, spawn_local,
};

type Outcome = Result<(), ErrorCode>;
type Bytes = AbiBuffer<&'static wit_bindgen::rt::async_support::StreamVtable<u8>>;

/// An operation is in progress on the end that a line is about.
const BUSY: &str = "busy";

/// How a stream of a file, or one that was handed to a file, ends.
enum End {
    Unread(FutureReader<Outcome>),
    Reading(Pin<Box<FutureRead<Outcome>>>),
    Gone,
}

/// A stream. Operations come first, so that they are dropped before the end that they borrow.
#[derive(Default)]
pub struct Flow {
    reading: Option<Pin<Box<StreamRead<'static, u8>>>>,
    writing: Option<Pin<Box<StreamWrite<'static, u8>>>>,
    reader: Option<Box<StreamReader<u8>>>,
    writer: Option<Box<StreamWriter<u8>>>,
    ends: Vec<End>,
    /// The other end is known to be dropped: another operation would trap.
    read_over: bool,
    write_over: bool,
    /// The file that is read.
    source: Option<(u64, u64)>,
}

/// Carries out what is about streams; the first word of most is the stream's name.
pub async fn perform(
    line: &Command,
    (flows, descriptors, reports): (
        &mut BTreeMap<String, Flow>,
        &BTreeMap<String, Descriptor>,
        &Reports,
    ),
) -> Option<String> {
    let name = line.word(0);
    let file = |word| descriptors.get(line.word(word));
    Some(match line.verb.as_str() {
        "read" | "write" => {
            let Some(file) = file(0) else {
                return Some(CLOSED.into());
            };
            match line.verb.as_str() {
                "read" => read(file, line.number(1) as usize, line.number(2)).await,
                _ => write(file, text(line, 1).into_bytes(), line.number(2)).await,
            }
        }
        "in" | "out" | "append" => {
            let Some(file) = file(1) else {
                return Some(CLOSED.into());
            };
            let flow = match line.verb.as_str() {
                "in" => Flow::of(file, line.number(2)).await,
                "out" => Flow::into(|reader| file.write_via_stream(reader, line.number(2))),
                _ => Flow::into(|reader| file.append_via_stream(reader)),
            };
            flows.insert(name.into(), flow);
            "ok".into()
        }
        "pair" => {
            let (writer, reader) = wit_stream::new();
            let flow = Flow {
                reader: Some(Box::new(reader)),
                writer: Some(Box::new(writer)),
                ..Flow::default()
            };
            flows.insert(name.into(), flow);
            "ok".into()
        }
        "drop" => match flows.remove(name) {
            Some(_) => "ok".into(),
            None => CLOSED.into(),
        },
        "get" | "get-later" | "put" | "put-later" | "wait" | "cancel" | "close" | "shut"
        | "give" | "give-append" | "end" | "end-later" | "end-cancel" | "forget" | "task-put"
        | "task-get" | "task-end" => {
            let Some(flow) = flows.get_mut(name) else {
                return Some(CLOSED.into());
            };
            match line.verb.as_str() {
                "get" => flow.get(line.number(1) as usize, true).await,
                "get-later" => flow.get(line.number(1) as usize, false).await,
                "put" => flow.put(text(line, 1).into_bytes()).await,
                "put-later" => flow.put_later(text(line, 1).into_bytes()).await,
                "wait" => flow.wait().await,
                "cancel" => flow.cancel(),
                "close" => {
                    flow.writing = None;
                    flow.writer.take().map_or(CLOSED, |_| "ok").into()
                }
                "shut" => {
                    flow.reading = None;
                    flow.reader.take().map_or(CLOSED, |_| "ok").into()
                }
                "give" | "give-append" => match file(1) {
                    Some(file) => flow.give(file, line.optional(2)).await,
                    None => CLOSED.into(),
                },
                "task-put" => flow.task_put(text(line, 1).into_bytes(), name, reports),
                "task-get" => flow.task_get(name, reports),
                _ => flow.end(line, reports).await,
            }
        }
        _ => return None,
    })
}

/// Reads once at a position.
async fn read(file: &Descriptor, length: usize, position: u64) -> String {
    let (mut reader, end) = file.read_via_stream(position);
    let (result, bytes) = reader.read(Vec::with_capacity(length)).await;
    drop(reader);
    let end = answer(end.await);
    format!("{} {end}", told(result, &bytes))
}

/// Writes at a position.
async fn write(file: &Descriptor, bytes: Vec<u8>, position: u64) -> String {
    let (mut writer, reader) = wit_stream::new();
    let end = file.write_via_stream(reader, position);
    let rest = writer.write_all(bytes).await;
    drop(writer);
    let end = answer(end.await);
    format!("left {} {end}", rest.len())
}

fn told(result: StreamResult, bytes: &[u8]) -> String {
    match result {
        StreamResult::Complete(_) => format!("ok {}", brief(bytes)),
        StreamResult::Dropped => "closed".into(),
        StreamResult::Cancelled => "cancelled".into(),
    }
}

/// The file that a descriptor stands for, by numbers of its own.
async fn identity(file: &Descriptor) -> Option<(u64, u64)> {
    let hash = file.metadata_hash().await.ok()?;
    Some((hash.lower, hash.upper))
}

/// An end for as long as an operation on it lasts.
fn lasting<T>(end: &mut Box<T>) -> &'static mut T {
    // SAFETY: a flow keeps the box where it is, does not touch it while an operation is in
    // progress, and drops the operation first.
    unsafe { &mut *std::ptr::from_mut::<T>(end) }
}

impl Flow {
    async fn of(file: &Descriptor, position: u64) -> Self {
        let source = identity(file).await;
        let (reader, end) = file.read_via_stream(position);
        Flow {
            reader: Some(Box::new(reader)),
            ends: vec![End::Unread(end)],
            source,
            ..Flow::default()
        }
    }

    fn into(handed: impl FnOnce(StreamReader<u8>) -> FutureReader<Outcome>) -> Self {
        let (writer, reader) = wit_stream::new();
        Flow {
            writer: Some(Box::new(writer)),
            ends: vec![End::Unread(handed(reader))],
            ..Flow::default()
        }
    }

    async fn get(&mut self, length: usize, patience: bool) -> String {
        let Some(reader) = &mut self.reader else {
            return CLOSED.into();
        };
        if self.reading.is_some() {
            return BUSY.into();
        }
        if self.read_over {
            return "over".into();
        }
        let buffer = Vec::with_capacity(length);
        self.reading = Some(Box::pin(lasting(reader).read(buffer)));
        self.go_on_reading(patience).await
    }

    async fn go_on_reading(&mut self, patience: bool) -> String {
        let Some(reading) = &mut self.reading else {
            return "idle".into();
        };
        let given = match patience {
            true => patient(reading).await,
            false => attempt(reading).await,
        };
        let Some((result, bytes)) = given else {
            return "waits".into();
        };
        self.reading = None;
        self.read_over |= result == StreamResult::Dropped;
        told(result, &bytes)
    }

    /// Writes all, however often that takes.
    async fn put(&mut self, bytes: Vec<u8>) -> String {
        match self.start(bytes) {
            Ok(()) => self.go_on_writing().await,
            Err(said) => said.into(),
        }
    }

    async fn put_later(&mut self, bytes: Vec<u8>) -> String {
        if let Err(said) = self.start(bytes) {
            return said.into();
        }
        let writing = self.writing.as_mut().expect("a write was started");
        match attempt(writing).await {
            Some((result, rest)) => self.wrote(result, rest.remaining()),
            None => "waits".into(),
        }
    }

    fn start(&mut self, bytes: Vec<u8>) -> Result<(), &'static str> {
        let Some(writer) = &mut self.writer else {
            return Err(CLOSED);
        };
        if self.writing.is_some() {
            return Err(BUSY);
        }
        if self.write_over {
            return Err("over");
        }
        self.writing = Some(Box::pin(lasting(writer).write(bytes)));
        Ok(())
    }

    async fn go_on_writing(&mut self) -> String {
        loop {
            let Some(writing) = &mut self.writing else {
                return "idle".into();
            };
            let Some((result, rest)) = patient(writing).await else {
                return "waits".into();
            };
            let left = rest.remaining();
            let more = left > 0 && matches!(result, StreamResult::Complete(1..));
            if !more {
                return self.wrote(result, left);
            }
            self.again(rest);
        }
    }

    fn again(&mut self, rest: Bytes) {
        self.writing = None;
        let writer = self.writer.as_mut().expect("the end that was written to");
        self.writing = Some(Box::pin(lasting(writer).write_buf(rest)));
    }

    fn wrote(&mut self, result: StreamResult, left: usize) -> String {
        self.writing = None;
        self.write_over |= result == StreamResult::Dropped;
        match result {
            StreamResult::Complete(_) => format!("left {left}"),
            StreamResult::Dropped => format!("closed, left {left}"),
            StreamResult::Cancelled => format!("cancelled, left {left}"),
        }
    }

    async fn wait(&mut self) -> String {
        let writing = self.go_on_writing().await;
        format!("{writing}; {}", self.go_on_reading(true).await)
    }

    fn cancel(&mut self) -> String {
        let mut said = Vec::new();
        if let Some(mut writing) = self.writing.take() {
            let (result, rest) = writing.as_mut().cancel();
            drop(writing);
            said.push(self.wrote(result, rest.remaining()));
        }
        if let Some(mut reading) = self.reading.take() {
            let (result, bytes) = reading.as_mut().cancel();
            self.read_over |= result == StreamResult::Dropped;
            said.push(told(result, &bytes));
        }
        format!("{said:?}")
    }

    /// Hands the readable end to a file, at a position or at its end.
    async fn give(&mut self, file: &Descriptor, position: Option<&str>) -> String {
        if self.reading.is_some() {
            return BUSY.into();
        }
        if self.read_over {
            return "over".into();
        }
        // A file that is appended to itself has no end.
        if self.source.is_some() && self.source == identity(file).await {
            return "itself".into();
        }
        let Some(reader) = self.reader.take() else {
            return CLOSED.into();
        };
        let end = match position {
            Some(position) => file.write_via_stream(*reader, position.parse().expect("a position")),
            None => file.append_via_stream(*reader),
        };
        self.ends.push(End::Unread(end));
        "ok".into()
    }

    /// What is about how the stream ends, or how the file ends that it was handed to.
    async fn end(&mut self, line: &Command, reports: &Reports) -> String {
        let index = line.number(1) as usize;
        let Some(end) = self.ends.get_mut(index) else {
            return "no such end".into();
        };
        let taken = std::mem::replace(end, End::Gone);
        let (kept, said) = match (line.verb.as_str(), taken) {
            ("forget", End::Gone) | (_, End::Gone) => (End::Gone, "gone".to_string()),
            ("forget", _) => (End::Gone, "ok".into()),
            ("end-cancel", End::Reading(mut reading)) => match reading.as_mut().cancel() {
                Ok(outcome) => (End::Gone, answer(outcome)),
                Err(unread) => (End::Unread(unread), "cancelled".into()),
            },
            ("end-cancel", unread) => (unread, "idle".into()),
            ("task-end", End::Unread(unread)) => {
                let (name, reports) = (line.word(0).to_string(), reports.clone());
                spawn_local(async move {
                    let outcome = answer(unread.await);
                    let report = format!("{name} ended: {outcome}\n");
                    reports.borrow_mut().push(report);
                });
                (End::Gone, "ok".into())
            }
            ("task-end", reading) => (reading, BUSY.into()),
            (verb, end) => {
                let mut reading = match end {
                    End::Unread(unread) => Box::pin(unread.into_future()),
                    End::Reading(reading) => reading,
                    End::Gone => unreachable!("matched above"),
                };
                let outcome = match verb {
                    "end" => patient(&mut reading).await,
                    _ => attempt(&mut reading).await,
                };
                match outcome {
                    Some(outcome) => (End::Gone, answer(outcome)),
                    None => (End::Reading(reading), "waits".into()),
                }
            }
        };
        self.ends[index] = kept;
        said
    }

    /// Another task writes all, and drops the writable end.
    fn task_put(&mut self, bytes: Vec<u8>, name: &str, reports: &Reports) -> String {
        if self.writing.is_some() {
            return BUSY.into();
        }
        if self.write_over {
            return "over".into();
        }
        let Some(mut writer) = self.writer.take() else {
            return CLOSED.into();
        };
        let (name, reports) = (name.to_string(), reports.clone());
        spawn_local(async move {
            let left = writer.write_all(bytes).await.len();
            let report = format!("{name} put all but {left}\n");
            reports.borrow_mut().push(report);
        });
        "ok".into()
    }

    /// Another task reads all.
    fn task_get(&mut self, name: &str, reports: &Reports) -> String {
        if self.reading.is_some() {
            return BUSY.into();
        }
        if self.read_over {
            return "over".into();
        }
        let Some(reader) = self.reader.take() else {
            return CLOSED.into();
        };
        let (name, reports) = (name.to_string(), reports.clone());
        spawn_local(async move {
            let bytes = reader.collect().await;
            let report = format!("{name} got {}\n", brief(&bytes));
            reports.borrow_mut().push(report);
        });
        "ok".into()
    }
}
