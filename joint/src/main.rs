//! The `yinshu-joint` program; everything is in the library.

fn main() -> std::process::ExitCode {
    yinshu_joint::cli::main()
}
