//! Options → session → exit code.

use std::process::ExitCode;

use chinwag::shell::app;
use chinwag::shell::cli::options::Options;

fn main() -> ExitCode {
    let environment = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect();
    match Options::parse(std::env::args_os().collect(), &environment) {
        Ok(options) => ExitCode::from(app::run(options)),
        Err(usage) => {
            let _ = usage.print(); // where nobody reads it, the exit code still says it
            ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2))
        }
    }
}
