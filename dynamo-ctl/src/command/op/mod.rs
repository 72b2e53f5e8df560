//! `op`: long work, which lives in the cluster.

mod cancel;
mod list;
mod show;
mod wait;

pub use cancel::OpCancel;
pub use list::OpList;
pub use show::OpShow;
pub use wait::HowToWait;
pub use wait::OpWait;
pub(crate) use wait::wait;

use crate::form::operation::OperationForm;
use crate::output::Output;
use crate::problem::Stop;

/// Prints one operation.
fn print(output: &mut Output, form: OperationForm) -> Result<(), Stop> {
    let (lines, name) = (form.lines(), form.operation.clone());
    output.fact("operation", form, lines, &name)?;
    Ok(())
}
