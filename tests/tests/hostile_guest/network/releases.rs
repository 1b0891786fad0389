//! A guest that imports two releases of everything. Handles of each are of its own types, so that
//! the host is asked about them by functions of the same release.

use super::p2::{NEXT, STREAM};
use super::requests::{SENT, ruled};
use super::strikes::Strikes;
use super::{Both, Running};
use anyhow::{Context, Result, ensure};
use wasi_virt::{Policy, Sockets};
use wasi_virt_tests::hostile_guest::guest::RESULT;
use wasi_virt_tests::hostile_guest::world::p2::releases as world;

const TCP_BIND: &str = "wasi:sockets/tcp#[method]tcp-socket.start-bind";
const TCP_BOUND: &str = "wasi:sockets/tcp#[method]tcp-socket.finish-bind";
const LISTEN: &str = "wasi:sockets/tcp#[method]tcp-socket.start-listen";
const RECEIVE: &str = "wasi:sockets/udp#[method]incoming-datagram-stream.receive";
const SUBSCRIBE: &str = "wasi:sockets/udp#[method]incoming-datagram-stream.subscribe";
const DROP_INCOMING: &str = "wasi:sockets/udp#[resource-drop]incoming-datagram-stream";
const OF_LOOKUP: &str = "wasi:sockets/ip-name-lookup#[method]resolve-address-stream.subscribe";
const DROP_ANSWERS: &str = "wasi:sockets/ip-name-lookup#[resource-drop]resolve-address-stream";
const BLOCK: &str = "wasi:io/poll#[method]pollable.block";
const DROP_POLLABLE: &str = "wasi:io/poll#[resource-drop]pollable";

/// The releases, as they stand in names.
const RELEASES: [&str; 2] = ["", "@0.2.6"];

fn policy() -> Policy {
    ruled().with(|changed| {
        if let Sockets::Rules(rules) = &mut changed.sockets {
            rules.listen = vec!["127.0.0.1:0".into()];
        }
    })
}

impl Running {
    /// A socket of TCP that is bound to a free port of this machine.
    fn bound_tcp(&mut self) -> Result<u64> {
        let (socket, network) = (self.made(super::p2::CREATE_TCP, 0)?, self.network()?);
        let here = [0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        let arguments = [&[socket, network][..], &here, &[RESULT]].concat();
        for (name, arguments) in [(TCP_BIND, &arguments[..]), (TCP_BOUND, &[socket, RESULT])] {
            let came = self.called(name, arguments, 2)?;
            ensure!(came == Some(vec![0, 0]), "{name}: {came:x?}");
        }
        Ok(socket)
    }

    /// Waits for a pollable.
    fn block(&mut self, pollable: u64) -> Result<()> {
        self.must(BLOCK, &[pollable])?;
        self.must(DROP_POLLABLE, &[pollable])?;
        Ok(())
    }

    /// Everything about which the adapter asks the host.
    fn uses_all(&mut self) -> Result<()> {
        let socket = self.bound_tcp()?;
        let came = self.called(LISTEN, &[socket, RESULT], 2)?;
        ensure!(came == Some(vec![0, 0]), "{LISTEN}: {came:x?}");

        let socket = self.bound(0)?;
        let (incoming, _) = self.streams(socket)?;
        let came = self.called(RECEIVE, &[incoming, 4, RESULT], 12)?;
        let came = came.with_context(|| format!("a trap in {RECEIVE}"))?;
        ensure!(came[0] == 0 && came[8..] == [0; 4], "{came:x?}");
        let pollable = self.must(SUBSCRIBE, &[incoming])?;
        self.must(DROP_POLLABLE, &[pollable])?;
        self.must(DROP_INCOMING, &[incoming])?;

        let answers = self.answers(b"known.example")?.context("a trap")?;
        let pollable = self.must(OF_LOOKUP, &[answers])?;
        self.block(pollable)?;
        let came = self.called(NEXT, &[answers, RESULT], 10)?;
        let came = came.with_context(|| format!("a trap in {NEXT}"))?;
        ensure!(came[6..] == [93, 184, 216, 34], "{came:x?}");
        self.must(DROP_ANSWERS, &[answers])?;
        ensure!(self.asked() == ["lookup known.example"]);

        for (path, asked) in [(&b"/in"[..], &[SENT][..]), (b"/out", &[])] {
            let request = self.request(b"known.example", path)?;
            let came = self.handle(request)?.context("a trap for a request")?;
            ensure!(came[0] == u8::from(asked.is_empty()), "{path:?}: {came:x?}");
            ensure!(self.asked() == asked, "{path:?}");
        }
        Ok(())
    }
}

#[test]
fn each_is_asked_about_its_own() -> Result<()> {
    let both = Both::under(world()?, |_| policy())?;
    let [_, mut ruled] = both.both()?;
    // By turns, so that nothing stays of the release before.
    for release in [RELEASES, RELEASES].concat() {
        ruled.release = release;
        ruled
            .uses_all()
            .with_context(|| format!("release {release:?}"))?;
    }
    Ok(())
}

/// A handle of one release is none of another one.
#[test]
fn handles_of_the_other() -> Result<()> {
    let mut strikes = Strikes::default();
    for [own, other] in [RELEASES, [RELEASES[1], RELEASES[0]]] {
        let both = move |what: &str| format!("{what} of {own:?} for {other:?}");
        strikes.add(both("a listener"), move |running| {
            running.release = own;
            let socket = running.bound_tcp()?;
            running.release = other;
            running.called(LISTEN, &[socket, RESULT], 2)
        });
        strikes.add(both("a socket of UDP"), move |running| {
            running.release = own;
            let socket = running.bound(0)?;
            running.release = other;
            running.called(
                STREAM,
                &[&[socket][..], &[0; 13][..], &[RESULT]].concat(),
                8,
            )
        });
        strikes.add(both("a stream of datagrams"), move |running| {
            running.release = own;
            let socket = running.bound(0)?;
            let (incoming, _) = running.streams(socket)?;
            running.release = other;
            running.called(RECEIVE, &[incoming, 1, RESULT], 12)
        });
        strikes.add(both("answers"), move |running| {
            running.release = own;
            let answers = running.answers(b"known.example")?.context("a trap")?;
            running.release = other;
            running.called(NEXT, &[answers, RESULT], 10)
        });
        strikes.add(both("a request"), move |running| {
            running.release = own;
            let request = running.admitted()?;
            running.release = other;
            running.handle(request)
        });
    }
    let both = Both::under(world()?, |_| policy())?;
    strikes.compare(&both, &["lookup known.example"])
}
