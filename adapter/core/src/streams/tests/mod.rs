//! Streams and futures with the host and the application simulated.
