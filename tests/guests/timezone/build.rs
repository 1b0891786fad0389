fn main() {
    guest_wit::generate_unstable("world.wit", "clocks-timezone").expect("bindings");
}
