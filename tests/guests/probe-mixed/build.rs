//! WASI 0.2.6 for the program's own calls and what std and its libc ask for (0.2.12 and 0.2.0),
//! kept apart in one component.

fn main() {
    println!("cargo:rustc-link-arg=--merge-imports-based-on-semver=false");
    guest_wit::generate_at("../probe/world.wit", "0.2.6").expect("bindings");
}
