//! The command `rulebook`.

/// A step allocates a record, its data and its trace; this allocator is made for many small pieces.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    rulebook::cli::main()
}
