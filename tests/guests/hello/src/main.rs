//! The component of the README: prints its arguments, its environment and the files below `/`.

use std::path::Path;
use std::{env, fs, io};

fn main() {
    println!("arguments:");
    env::args().for_each(|arg| println!("  {arg}"));
    println!("environment:");
    env::vars().for_each(|(name, value)| println!("  {name}={value}"));
    println!("files:");
    if let Err(error) = walk(Path::new("/")) {
        println!("  none ({error})");
    }
}

fn walk(directory: &Path) -> io::Result<()> {
    let mut entries = fs::read_dir(directory)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            walk(&path)?;
        } else {
            let text = fs::read_to_string(&path)?;
            println!(
                "  {}: {}",
                path.display(),
                text.lines().next().unwrap_or_default()
            );
        }
    }
    Ok(())
}
