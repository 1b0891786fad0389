//! The imports that reach the application. The engine joins them to the helper module of a context.
//! Their names are those of `wasi_virt_layout::abi::app`.

#[link(wasm_import_module = "app")]
unsafe extern "C" {
    pub safe fn size(app: u32) -> u32;
    pub safe fn load8(app: u32, source: u32) -> u32;
    pub safe fn load(app: u32, source: u32, end: u32);
    pub safe fn store8(app: u32, at: u32, value: u32);
    pub safe fn store32(app: u32, at: u32, value: u32);
    pub safe fn store64(app: u32, at: u32, value: u64);
    pub safe fn store(
        app: u32,
        at: u32,
        a: u64,
        b: u64,
        c: u64,
        d: u64,
        e: u64,
        f: u64,
        g: u64,
        h: u64,
    );
    pub safe fn realloc(app: u32, old: u32, old_len: u32, align: u32, len: u32) -> u32;
    pub safe fn payload(app: u32, at: u32, offset: u32, len: u32);
}
