fn main() {
    guest_wit::generate("world.wit").expect("the bindings");
}
