//! Values and contexts out of and into files and pipes.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, BufRead, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use shared::context::Context;
use shared::key::{VALUE_BYTES_MAX, Value};

use crate::problem::Problem;

/// Nobody types more than that in answer to a question.
const LINE_BYTES_MAX: u64 = 1024;

/// The value that an argument stands for: itself, `-` for standard input, `@FILE` for a file's bytes.
pub async fn value(argument: &OsStr, is_literal: bool) -> Result<Value, Problem> {
    let bytes = argument.as_bytes();
    if is_literal {
        return Ok(Value::from(bytes.to_vec()));
    }
    match bytes.split_first() {
        Some((b'-', [])) => Ok(Value::from(standard_input(VALUE_BYTES_MAX).await?)),
        Some((b'@', name)) => {
            let path = Path::new(OsStr::from_bytes(name));
            let file = fs::File::open(path).map_err(|error| Problem::file("read", path, &error))?;
            Ok(Value::from(
                bounded(file, VALUE_BYTES_MAX).map_err(|error| Problem::file("read", path, &error))?,
            ))
        }
        _ => Ok(Value::from(bytes.to_vec())),
    }
}

/// The context in a file, or in standard input for `-`.
pub async fn context_in(path: &Path) -> Result<Context, Problem> {
    let text = if path == Path::new("-") {
        standard_input(shared::context::CONTEXT_BYTES_MAX * 2).await?
    } else {
        fs::read(path).map_err(|error| Problem::file("read", path, &error))?
    };
    let wrong = |reason: String| {
        Problem::usage(format!("{} holds no context", path.display()))
            .because(reason)
            .try_this("`dynamo-ctl get KEY --context-out FILE` writes one")
    };
    let text = String::from_utf8(text).map_err(|_| wrong("it is not text".to_owned()))?;
    text.parse().map_err(|error: shared::context::NotAContext| wrong(error.to_string()))
}

/// Writes a context to a file, as one line.
pub fn context_out(path: &Path, context: &Context) -> Result<(), Problem> {
    fs::write(path, format!("{context}\n")).map_err(|error| Problem::file("write", path, &error))
}

/// The text of a file, or of standard input for `-`; of at most so many bytes.
pub async fn text(path: &Path, bytes_max: usize) -> Result<String, Problem> {
    let bytes = if path == Path::new("-") {
        standard_input(bytes_max).await?
    } else {
        let file = fs::File::open(path).map_err(|error| Problem::file("read", path, &error))?;
        bounded(file, bytes_max).map_err(|error| Problem::file("read", path, &error))?
    };
    String::from_utf8(bytes).map_err(|_| Problem::usage(format!("{} is not text", path.display())))
}

/// One line of standard input, as somebody types it; empty at its end. Read in a thread of its own, so that Ctrl-C is
/// heard meanwhile.
pub async fn line() -> Result<String, Problem> {
    let read = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().lock().take(LINE_BYTES_MAX).read_line(&mut line).map(|_| line.trim().to_owned())
    });
    let read = read.await.unwrap_or_else(|error| Err(io::Error::other(error)));
    read.map_err(|error| Problem::file("read", Path::new("standard input"), &error))
}

/// All of standard input, up to so many bytes. Read in a thread of its own, so that Ctrl-C is heard meanwhile.
async fn standard_input(bytes_max: usize) -> Result<Vec<u8>, Problem> {
    let read = tokio::task::spawn_blocking(move || bounded(io::stdin().lock(), bytes_max)).await;
    let read = read.unwrap_or_else(|error| Err(io::Error::other(error)));
    read.map_err(|error| Problem::file("read", Path::new("standard input"), &error))
}

fn bounded(from: impl Read, bytes_max: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(bytes_max as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > bytes_max {
        return Err(io::Error::other(format!(
            "it has more than the {bytes_max} bytes that anything may have"
        )));
    }
    Ok(bytes)
}

/// Whether both would be read from standard input.
pub fn read_it_twice(value: &OsString, is_literal: bool, context_in: Option<&Path>) -> bool {
    value == "-" && !is_literal && context_in == Some(Path::new("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_value_is_itself_or_a_files() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("value");
        fs::write(&file, [0, 255]).unwrap();
        let at = format!("@{}", file.display());
        assert_eq!(value(at.as_ref(), false).await.unwrap(), Value::from(vec![0, 255]));
        assert_eq!(value(at.as_ref(), true).await.unwrap(), Value::from(at.clone()));
        assert_eq!(value("-".as_ref(), true).await.unwrap(), Value::from("-"));
        assert_eq!(value("".as_ref(), false).await.unwrap(), Value::from(""));
        let missing = value("@/nowhere/at all".as_ref(), false).await.unwrap_err();
        assert_eq!(missing.error, "cannot read /nowhere/at all");
    }

    #[tokio::test]
    async fn a_context_file_is_one_line_of_base64url() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("context");
        let context = Context::new(vec![1, 2, 254]).unwrap();
        context_out(&file, &context).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "AQL-\n");
        assert_eq!(context_in(&file).await.unwrap(), context);
        fs::write(&file, "not one!").unwrap();
        assert_eq!(context_in(&file).await.unwrap_err().exit.code(), 2);
    }

    #[test]
    fn too_much_is_refused() {
        assert!(bounded(&[0; 9][..], 8).is_err());
        assert_eq!(bounded(&[0; 8][..], 8).unwrap().len(), 8);
    }
}
