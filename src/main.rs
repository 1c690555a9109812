//! Options → session → exit code.

fn main() {}
