fn main() {
    guest_wit::generate_unstable_0_3("world.wit", "clocks-timezone").expect("bindings");
}
