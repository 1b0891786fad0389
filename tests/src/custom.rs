//! Provides the interfaces that the guests `kv`, `blob`, `config`, `timezone` and `timezone-p3`
//! import and wasmtime lacks.

use crate::host::State;
use wasmtime::Result;
use wasmtime::component::{ComponentType, Lift, Linker, Lower, Resource};
use wasmtime_wasi::p2::pipe::MemoryInputPipe;
use wasmtime_wasi::p2::{DynInputStream, DynPollable, Pollable, subscribe};
use wasmtime_wasi::runtime::in_tokio;

/// What a blob holds.
fn blob(name: &str) -> Option<&'static [u8]> {
    (name == "greeting").then_some(b"PLANTED-BLOB from the host")
}

/// Is ready at once.
struct Ready;

#[wasmtime_wasi::async_trait]
impl Pollable for Ready {
    async fn ready(&mut self) {}
}

/// The error of `wasi:config`.
#[derive(ComponentType, Lower)]
#[component(variant)]
enum ConfigError {
    #[component(name = "upstream")]
    Upstream(String),
    #[component(name = "io")]
    #[allow(dead_code)] // The type has to have it.
    Io(String),
}

/// The host's configuration properties.
const PROPERTIES: [(&str, &str); 2] = [("colour", "PLANTED-COLOUR"), ("shape", "PLANTED-SHAPE")];

/// Adds every published interface of `wasi:config`. The property `broken` cannot be read.
fn add_config(linker: &mut Linker<State>) -> Result<()> {
    for interface in [
        "wasi:config/runtime@0.2.0-draft",
        "wasi:config/store@0.2.0-draft",
        "wasi:config/store@0.2.0-rc.1",
    ] {
        let mut config = linker.instance(interface)?;
        config.func_wrap("get", |_, (key,): (String,)| {
            let found = PROPERTIES.iter().find(|(name, _)| *name == key);
            Ok((match key.as_str() {
                "broken" => Err(ConfigError::Upstream("PLANTED-ERROR".to_string())),
                _ => Ok(found.map(|(_, value)| value.to_string())),
            },))
        })?;
        config.func_wrap("get-all", |_, (): ()| {
            let all = PROPERTIES.map(|(name, value)| (name.to_string(), value.to_string()));
            Ok((Ok::<_, ConfigError>(all.to_vec()),))
        })?;
    }
    Ok(())
}

/// `datetime` of `wasi:clocks/wall-clock`.
#[derive(ComponentType, Lift)]
#[component(record)]
struct Datetime {
    seconds: u64,
    nanoseconds: u32,
}

/// `timezone-display` of `wasi:clocks/timezone`.
#[derive(ComponentType, Lower)]
#[component(record)]
struct TimezoneDisplay {
    #[component(name = "utc-offset")]
    utc_offset: i32,
    name: String,
    #[component(name = "in-daylight-saving-time")]
    in_daylight_saving_time: bool,
}

/// The host's offset from UTC, in seconds: it changes in 2001.
fn offset(seconds: i64) -> i32 {
    match seconds < 1_000_000_000 {
        true => -3_600,
        false => 7_200,
    }
}

/// `instant` of `wasi:clocks/system-clock`.
#[derive(ComponentType, Lift)]
#[component(record)]
struct Instant {
    seconds: i64,
    nanoseconds: u32,
}

/// Adds the time zone of WASI 0.2.
fn add_timezone(linker: &mut Linker<State>) -> Result<()> {
    let offset = |when: &Datetime| offset(when.seconds.try_into().unwrap_or(i64::MAX));
    let mut zone = linker.instance("wasi:clocks/timezone@0.2.6")?;
    zone.func_wrap("display", move |_, (when,): (Datetime,)| {
        let display = TimezoneDisplay {
            utc_offset: offset(&when),
            name: format!("PLANTED-ZONE with {} ns", when.nanoseconds),
            in_daylight_saving_time: true,
        };
        Ok((display,))
    })?;
    zone.func_wrap("utc-offset", move |_, (when,): (Datetime,)| {
        Ok((offset(&when),))
    })
}

/// Adds the time zone of WASI 0.3.
pub fn add_timezone_0_3(linker: &mut Linker<State>) -> Result<()> {
    let mut zone = linker.instance("wasi:clocks/timezone@0.3.2")?;
    zone.func_wrap("iana-id", |_, (): ()| {
        Ok((Some("PLANTED/Zone".to_string()),))
    })?;
    zone.func_wrap("utc-offset", |_, (when,): (Instant,)| {
        let offset = i64::from(offset(when.seconds)) * 1_000_000_000;
        // What a host takes of a second that has not ended.
        Ok(((when.nanoseconds < 1_000_000_000).then_some(offset),))
    })?;
    zone.func_wrap("to-debug-string", |_, (): ()| {
        Ok(("PLANTED-ZONE".to_string(),))
    })
}

/// Adds `test:kv/store`, `test:blob/store`, `wasi:config` and the time zone of WASI 0.2.
pub fn add_to_linker(linker: &mut Linker<State>) -> Result<()> {
    add_config(linker)?;
    add_timezone(linker)?;
    let mut kv = linker.instance("test:kv/store@0.1.0")?;
    kv.func_wrap("get", |store, (key,): (String,)| {
        Ok((store.data().kv.get(&key).cloned(),))
    })?;
    kv.func_wrap("set", |mut store, (key, value): (String, String)| {
        let result = if key.is_empty() {
            Err("no key".to_string())
        } else {
            Ok(())
        };
        store.data_mut().kv.insert(key, value);
        Ok((result,))
    })?;

    let mut blobs = linker.instance("test:blob/store@0.1.0")?;
    blobs.func_wrap("open", |mut store, (name,): (String,)| {
        let Some(bytes) = blob(&name) else {
            return Ok((Err(format!("no blob {name}")),));
        };
        let stream: DynInputStream = Box::new(MemoryInputPipe::new(bytes));
        let stream: Resource<DynInputStream> = store.data_mut().table.push(stream)?;
        Ok((Ok(stream),))
    })?;
    blobs.func_wrap("ready", |mut store, (): ()| {
        let table = &mut store.data_mut().table;
        let ready = table.push(Ready)?;
        let pollable: Resource<DynPollable> = subscribe(table, ready)?;
        Ok((pollable,))
    })?;
    blobs.func_wrap(
        "measure",
        |mut store, (stream,): (Resource<DynInputStream>,)| {
            let mut stream = store.data_mut().table.delete(stream)?;
            let mut total = 0;
            while let Ok(bytes) = in_tokio(stream.blocking_read(4096)) {
                total += bytes.len() as u64;
            }
            Ok((total,))
        },
    )?;
    blobs.func_wrap(
        "peek",
        |mut store, (stream,): (Resource<DynInputStream>,)| {
            let stream = store.data_mut().table.get_mut(&stream)?;
            let bytes = stream.read(3).ok().map(|bytes| bytes.to_vec());
            Ok((bytes,))
        },
    )
}
