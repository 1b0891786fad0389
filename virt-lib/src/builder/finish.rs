//! Makes the artifact: lists the files, asks the engine for segments and writes them in order.

use super::Source;
use super::WasiVirt;
use super::listing::list;
use crate::disk::{self, Failure, Listing, Reason, Unreadable};
use crate::error::escape::quote;
use crate::error::{Error, Problem, ProblemKind, Result, none_of};
use crate::report::Report;
use crate::virtualize::selective_adapter;
use std::borrow::Cow;
use std::fs;
use std::io::Write;

impl WasiVirt {
    /// Returns the artifact as bytes.
    ///
    /// # Errors
    ///
    /// Those of [`finish_to`](Self::finish_to).
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.sockets().deny();
    /// virt.compose("../examples/hello.wasm");
    /// let artifact: Vec<u8> = virt.finish().unwrap();
    /// assert!(artifact.starts_with(b"\0asm"));
    /// ```
    pub fn finish(&self) -> Result<Vec<u8>> {
        let mut artifact = Vec::new();
        self.finish_to(&mut artifact)?;
        Ok(artifact)
    }

    /// Streams the artifact into a writer and returns the report. It never holds the contents of
    /// files in memory. Without a component, the artifact is the adapter alone.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] holds every problem: settings that are impossible, a file that cannot be
    /// read, and a writer that fails. After a failed write, the artifact is incomplete.
    /// [`Error::Component`] says that the component cannot be read.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.stdio().ignore();
    /// virt.compose("../examples/hello.wasm");
    /// let report = virt.finish_to(std::io::sink())?;
    /// assert!(report.imports_after.len() < report.imports_before.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn finish_to(&self, writer: impl Write) -> Result<Report> {
        let mut report = self.make(writer).map_err(Self::spelled)?;
        report.warnings = self.warnings(report.warnings);
        Ok(report)
    }

    fn make(&self, mut writer: impl Write) -> Result<Report> {
        let mut problems = Vec::new();
        let policy = self.policy(&mut problems);
        if self.component.is_some() && self.wasi_version.is_some() {
            problems.push(Problem::text(
                ProblemKind::NoEffect,
                "`wasi_version()` has no effect with a component, whose imports name their version; \
                 remove it",
            ));
        }
        none_of(problems)?;
        let listing = match &self.fs {
            Some(fs) => list(fs.files())?,
            None => Listing::default(),
        };
        let (component, output) = match &self.component {
            Some(source) => {
                let component = source.read()?;
                let plan = match self.deny_unknown {
                    true => crate::virtualize,
                    false => crate::virtualize::virtualize_with_unknown_open,
                };
                let output = plan(&component, &policy, listing.entries())
                    .map_err(|error| source.name(error))?;
                (component, output)
            }
            None => {
                let version = self.wasi_version.as_deref();
                let version = version.unwrap_or(crate::wasi::release::DEFAULT_WASI_VERSION);
                let output = selective_adapter(&policy, listing.entries(), version)?;
                (Cow::default(), output)
            }
        };
        disk::write(
            &output.segments,
            &component,
            &listing,
            &mut writer,
            &mut |_| {},
        )
        .and_then(|()| Ok(writer.flush()?))
        .map_err(|failure| match failure {
            Failure::Read(problem) => problem.into(),
            Failure::Write(error) => Error::invalid(
                ProblemKind::Disk,
                format!("cannot write the artifact: {}", Reason::of(&error)),
            ),
            Failure::Engine(error) => error,
        })?;
        Ok(output.report)
    }
}

impl Source {
    pub(super) fn read(&self) -> Result<Cow<'_, [u8]>> {
        match self {
            Source::Bytes(bytes) => Ok(Cow::Borrowed(bytes)),
            Source::Path(path) => fs::read(path)
                .map(Cow::Owned)
                .map_err(|error| Unreadable::new(path, &error).into()),
        }
    }

    /// Puts the component's path before what is wrong with it.
    pub(super) fn name(&self, error: Error) -> Error {
        match (self, error) {
            (Source::Path(path), Error::Component { message }) => {
                Error::component(format!("{}: {message}", quote(&path.to_string_lossy())))
            }
            (_, error) => error,
        }
    }
}
