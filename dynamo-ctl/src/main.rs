//! `dynamo-ctl`: everything is in the library beside it, so that tests reach it too.

use std::process::ExitCode;

fn main() -> ExitCode {
    dynamo_ctl::run(&std::env::args_os().collect::<Vec<_>>())
}
