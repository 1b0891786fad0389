//! What a program without the standard library has to bring along: an end. Memory is [`crate::memory`]'s.

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
