//! The `yinshu-sandbox` program; everything is in the library.

#[allow(clippy::disallowed_methods, reason = "the program reads time and randomness, and hands them on")]
fn main() -> std::process::ExitCode {
    if let Some(ended) = yinshu_sandbox::worker::called() {
        return ended;
    }
    yinshu_sandbox::cli::main(jiff::Timestamp::now, &mut rand::rng())
}
