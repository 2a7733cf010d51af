//! The `yinshu` program; everything is in the library.

fn main() -> std::process::ExitCode {
    yinshu::cli::main()
}
