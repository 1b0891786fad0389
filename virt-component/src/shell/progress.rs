//! A bar that shows how much of the mounted contents is copied: on a terminal, for what takes long.
//! It must never draw in a component or without a terminal, and leaves nothing behind.

#[cfg(not(target_family = "wasm"))]
pub(super) use native::Progress;

/// A component draws nothing.
#[cfg(target_family = "wasm")]
pub(super) struct Progress;

#[cfg(target_family = "wasm")]
impl Progress {
    pub(super) fn new(_total: u64, _shown: bool) -> Self {
        Progress
    }

    pub(super) fn add(&self, _bytes: u64) {}
}

#[cfg(not(target_family = "wasm"))]
mod native {
    use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
    use std::cell::Cell;
    use std::io::{IsTerminal, stderr};
    use std::time::{Duration, Instant};

    /// Shorter copies are over before a bar could be read.
    const PATIENCE: Duration = Duration::from_millis(400);

    /// A copy under way.
    pub(in super::super) struct Progress {
        bar: ProgressBar,
        /// Where to draw, until drawing begins.
        target: Cell<Option<ProgressDrawTarget>>,
        begins: Instant,
    }

    impl Progress {
        /// A copy of `total` bytes, drawn if it is `shown` and standard error is a terminal.
        pub(in super::super) fn new(total: u64, shown: bool) -> Self {
            let target = (shown && stderr().is_terminal()).then(ProgressDrawTarget::stderr);
            Progress::on(target, total, PATIENCE)
        }

        fn on(target: Option<ProgressDrawTarget>, total: u64, patience: Duration) -> Self {
            let style = ProgressStyle::with_template(
                "copying files {wide_bar} {binary_bytes} of {binary_total_bytes}",
            )
            .expect("a template without errors");
            Progress {
                bar: ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden())
                    .with_style(style),
                target: Cell::new(target),
                begins: Instant::now() + patience,
            }
        }

        /// Notes that as many bytes more are copied.
        pub(in super::super) fn add(&self, bytes: u64) {
            if Instant::now() >= self.begins
                && let Some(target) = self.target.take()
            {
                self.bar.set_draw_target(target);
            }
            self.bar.inc(bytes);
        }
    }

    impl Drop for Progress {
        fn drop(&mut self) {
            self.bar.finish_and_clear();
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use indicatif::TermLike;
        use std::io::Result;
        use std::sync::{Arc, Mutex};

        /// A terminal that keeps what is written to it.
        #[derive(Clone, Debug, Default)]
        struct Kept(Arc<Mutex<String>>);

        impl Kept {
            fn add(&self, text: &str) -> Result<()> {
                self.0.lock().unwrap().push_str(text);
                Ok(())
            }
        }

        impl TermLike for Kept {
            fn width(&self) -> u16 {
                80
            }
            fn move_cursor_up(&self, _: usize) -> Result<()> {
                Ok(())
            }
            fn move_cursor_down(&self, _: usize) -> Result<()> {
                Ok(())
            }
            fn move_cursor_right(&self, _: usize) -> Result<()> {
                Ok(())
            }
            fn move_cursor_left(&self, _: usize) -> Result<()> {
                Ok(())
            }
            fn write_line(&self, text: &str) -> Result<()> {
                self.add(text)
            }
            fn write_str(&self, text: &str) -> Result<()> {
                self.add(text)
            }
            fn clear_line(&self) -> Result<()> {
                self.add("<cleared>")
            }
            fn flush(&self) -> Result<()> {
                Ok(())
            }
        }

        fn drawn(patience: Duration) -> String {
            let terminal = Kept::default();
            let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
            let progress = Progress::on(Some(target), 2048, patience);
            progress.add(1024);
            drop(progress);
            terminal.0.lock().unwrap().clone()
        }

        #[test]
        fn long_copies_are_drawn_and_cleared() {
            let text = drawn(Duration::ZERO);
            assert!(text.contains("1.00 KiB of 2.00 KiB"), "{text}");
            assert!(text.trim_end().ends_with("<cleared>"), "{text}");
            assert_eq!(drawn(PATIENCE), "", "a short copy");
        }
    }
}
