//! WASI 0.2.12, whose one addition to the stable functions is `exit-with-code`.

fn main() {
    guest_wit::generate_at("../probe/world.wit", "0.2.12").expect("bindings");
}
