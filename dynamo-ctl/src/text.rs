//! Between bytes and text: keys as they are typed, bytes as they stand in JSON, what a terminal may be shown,
//! durations, sizes and dates.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use clap::ValueEnum;
use serde::Serialize;
use shared::key::Key;

/// How keys are written on the command line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum KeyEncoding {
    /// As they are, byte for byte.
    #[default]
    Utf8,
    /// Two hexadecimal digits a byte.
    Hex,
    /// Base64 with padding.
    Base64,
}

impl KeyEncoding {
    /// The bytes that an argument stands for.
    pub fn decode(self, argument: &OsStr) -> Result<Bytes, String> {
        let text = argument.to_string_lossy();
        match self {
            Self::Utf8 => Ok(Bytes::copy_from_slice(argument.as_bytes())),
            Self::Hex => unhex(argument.as_bytes()).ok_or_else(|| format!("`{text}` is not hexadecimal")),
            Self::Base64 => STANDARD
                .decode(argument.as_bytes())
                .map(Bytes::from)
                .map_err(|error| format!("`{text}` is not base64: {error}")),
        }
    }

    /// The key that an argument stands for.
    pub fn key(self, text: &OsStr) -> Result<Key, String> {
        Key::new(self.decode(text)?).map_err(|error| error.to_string())
    }

    /// The bytes as they are written.
    pub fn encode(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Utf8 => bytes.to_vec(),
            Self::Hex => bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect(),
            Self::Base64 => STANDARD.encode(bytes).into_bytes(),
        }
    }
}

fn unhex(digits: &[u8]) -> Option<Bytes> {
    if !digits.len().is_multiple_of(2) || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// Bytes in JSON: `{"utf8": "..."}` where they are that, `{"base64": "..."}` where they are not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum JsonBytes {
    /// Text.
    Utf8(String),
    /// Anything.
    Base64(String),
}

impl From<&[u8]> for JsonBytes {
    fn from(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Utf8(text.to_owned()),
            Err(_) => Self::Base64(STANDARD.encode(bytes)),
        }
    }
}

/// Whether a terminal can be shown these bytes without doing what they say.
pub fn is_fit_for_a_terminal(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| {
        text.chars().all(|character| matches!(character, '\n' | '\t') || !character.is_control())
    })
}

/// Bytes on one line of a terminal, shortened to so many characters.
pub fn preview(bytes: &[u8], characters_max: usize) -> String {
    let shown = if is_fit_for_a_terminal(bytes) {
        String::from_utf8_lossy(bytes).replace('\n', "\\n").replace('\t', "\\t")
    } else {
        let start = bytes.get(..characters_max).unwrap_or(bytes);
        start.escape_ascii().to_string()
    };
    if shown.chars().count() <= characters_max {
        return shown;
    }
    shown.chars().take(characters_max.saturating_sub(1)).chain(['…']).collect()
}

/// A duration as people type it: `500ms`, `10s`, `1h 30m`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let duration =
        humantime::parse_duration(text).map_err(|error| format!("{error} (for example 500ms, 10s, 1h)"))?;
    if duration.is_zero() { Err("it must be longer than nothing".to_owned()) } else { Ok(duration) }
}

/// A number of bytes as people type it: `1048576`, `512KiB`, `16MiB`.
pub fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..).unwrap_or_default() {
        "" | "B" => 1,
        "KiB" | "K" => 1 << 10,
        "MiB" | "M" => 1 << 20,
        "GiB" | "G" => 1 << 30,
        other => return Err(format!("`{other}` is no unit: B, KiB, MiB or GiB")),
    };
    let number: u64 = digits.trim().parse().map_err(|_| format!("`{text}` is no number of bytes"))?;
    number.checked_mul(unit).ok_or_else(|| format!("`{text}` is too much"))
}

/// A number of bytes for people.
pub fn bytes_for_people(bytes: u64) -> String {
    const UNITS: [(&str, u64); 4] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    let unit = UNITS.into_iter().find(|(_, unit)| bytes >= *unit);
    match unit {
        None => format!("{bytes}B"),
        Some((name, unit)) => {
            let tenths = u128::from(bytes) * 10 / u128::from(unit);
            format!("{}.{}{name}", tenths / 10, tenths % 10)
        }
    }
}

/// Milliseconds for people, in whole units of the two largest.
pub fn duration_for_people(ms: u64) -> String {
    let seconds = ms / 1000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}m{}s", seconds % 60),
        (0, ..) => format!("{hours}h{minutes}m"),
        _ => format!("{days}d{hours}h"),
    }
}

/// Thousandths of a whole, for people.
pub fn percent(permille: u64) -> String {
    format!("{}.{}%", permille / 10, permille % 10)
}

/// A value before and after; once, where it stays.
pub fn becomes(before: &str, after: &str) -> String {
    if before == after { after.to_owned() } else { format!("{before} -> {after}") }
}

/// So many of them: `1 partition`, `2 partitions`.
pub fn count(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// The first few of many, and how many more there are.
pub fn few<T: ToString>(all: &[T], shown_max: usize) -> String {
    let shown: Vec<String> = all.iter().take(shown_max).map(ToString::to_string).collect();
    let more = all.len() - shown.len();
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

/// Rows whose columns begin one below the other, two blanks apart.
pub fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// A moment for people and machines alike: RFC 3339, in UTC, to the second.
pub fn moment(ms: u64) -> String {
    let known = i64::try_from(ms / 1000).ok().and_then(|second| jiff::Timestamp::from_second(second).ok());
    known.map_or_else(|| format!("{ms} ms after 1970"), |timestamp| timestamp.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_in_three_spellings_and_go_out_in_the_same() {
        for (encoding, text) in
            [(KeyEncoding::Utf8, "käse"), (KeyEncoding::Hex, "6bc3a47365"), (KeyEncoding::Base64, "a8Okc2U=")]
        {
            let key = encoding.key(text.as_ref()).unwrap();
            assert_eq!(key.as_bytes(), "käse".as_bytes());
            assert_eq!(encoding.encode(key.as_bytes()), text.as_bytes());
        }
        for (encoding, text) in
            [(KeyEncoding::Hex, "6b6"), (KeyEncoding::Hex, "+1"), (KeyEncoding::Base64, "a")]
        {
            assert!(encoding.decode(text.as_ref()).is_err(), "{text}");
        }
        assert!(KeyEncoding::Utf8.key("".as_ref()).unwrap_err().contains("1 to 4096 bytes"));
    }

    #[test]
    fn bytes_in_json_are_text_where_they_can_be() {
        let json = |bytes: &[u8]| serde_json::to_string(&JsonBytes::from(bytes)).unwrap();
        assert_eq!(json(b"milk"), r#"{"utf8":"milk"}"#);
        assert_eq!(json(&[0xff, 0]), r#"{"base64":"/wA="}"#);
        assert_eq!(json(b""), r#"{"utf8":""}"#);
    }

    #[test]
    fn a_terminal_is_not_shown_what_it_would_obey() {
        assert!(is_fit_for_a_terminal("käse\n\tund brot".as_bytes()));
        for bytes in [&b"\x1b[2J"[..], b"\0", b"\xff", b"\r", "\u{9b}31m".as_bytes()] {
            assert!(!is_fit_for_a_terminal(bytes), "{bytes:?}");
            assert!(is_fit_for_a_terminal(preview(bytes, 40).as_bytes()), "{bytes:?}");
        }
        assert_eq!(preview(b"one\ntwo", 40), "one\\ntwo");
        assert_eq!(preview("äöüß".as_bytes(), 3), "äö…");
    }

    #[test]
    fn numbers_lists_and_columns_are_for_people() {
        assert_eq!((percent(1000), percent(7)), ("100.0%".into(), "0.7%".into()));
        assert_eq!((becomes("1", "1"), becomes("1", "2")), ("1".into(), "1 -> 2".into()));
        assert_eq!((count(1, "node"), count(0, "node")), ("1 node".into(), "0 nodes".into()));
        assert_eq!((few(&[1, 2], 2), few(&[1, 2, 3, 4], 2)), ("1, 2".into(), "1, 2 and 2 more".into()));
        let rows = [vec!["a".to_owned(), "bcd".into(), "e".into()], vec!["äöü".into(), "b".into()]];
        assert_eq!(aligned(&rows), ["a    bcd  e", "äöü  b"]);
    }

    #[test]
    fn sizes_and_durations_as_people_write_them() {
        assert_eq!(size("512KiB"), Ok(512 * 1024));
        assert_eq!(size("7"), Ok(7));
        for wrong in ["", "MiB", "1 parsec", "1kb", "18446744073709551615GiB", "-1"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
        assert_eq!(duration("1h 30m"), Ok(Duration::from_mins(90)));
        assert!(duration("0s").is_err() && duration("soon").is_err());
        assert_eq!(bytes_for_people(1536), "1.5KiB");
        assert_eq!(bytes_for_people(12), "12B");
        assert_eq!(duration_for_people(90_061_000), "1d1h");
        assert_eq!(duration_for_people(61_000), "1m1s");
        assert_eq!(moment(1_700_000_000_123), "2023-11-14T22:13:20Z");
    }
}
