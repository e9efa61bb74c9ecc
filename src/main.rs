//! The command `rulebook`.

fn main() -> std::process::ExitCode {
    rulebook::cli::main()
}
