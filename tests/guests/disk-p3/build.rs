fn main() {
    guest_wit::generate("world.wit").expect("bindings");
    guest_wit::generate_blocking("blocking.wit").expect("bindings without `async`");
}
