//! The adapters for all versions of WASI, linked into one core module, so that a component that
//! uses several of them sees one tree of files, one clock and one row of random numbers. The engine
//! removes what an artifact does not need. This crate must hold nothing of its own.

#![no_std]

extern crate wasi_virt_adapter_p2 as _;
extern crate wasi_virt_adapter_p3 as _;
