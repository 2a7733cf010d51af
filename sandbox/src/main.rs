//! The `yinshu-sandbox` program; everything is in the library.

fn main() -> std::process::ExitCode {
    yinshu_sandbox::cli::main()
}
