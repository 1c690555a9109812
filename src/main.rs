//! Options → session → exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use chinwag::shell::app;
use chinwag::shell::cli::options::Options;
use chinwag::shell::tools::completion;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let environment = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect();
    let options = match completion::answer(arguments.clone()) {
        Ok(true) => return ExitCode::SUCCESS,
        Ok(false) => Options::parse(arguments, &environment),
        Err(error) => Err(error),
    };
    match options {
        Ok(options) => ExitCode::from(app::run(options)),
        Err(usage) => {
            let _ = usage.print(); // where nobody reads it, the exit code still says it
            ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2))
        }
    }
}
