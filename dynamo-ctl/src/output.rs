//! The only room that prints. Results go to standard output, everything else to standard error.
//!
//! A command hands over a [`Document`]: what belongs to the whole, and items. From it come the table that people read and
//! the JSON, JSON lines, CSV and names that programs read. The table may change; the rest only grows.

mod colour;
mod machine;

pub use colour::Colour;

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use comfy_table::presets::NOTHING;
use comfy_table::{Cell, Color, ContentArrangement, Table};
use serde::Serialize;

use crate::output::colour::is_coloured;
use crate::problem::Problem;
use crate::text::is_fit_for_a_terminal;

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Table,
    /// For people with wide terminals.
    Wide,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values, with a header.
    Csv,
    /// Only names, one a line.
    Name,
}

impl Format {
    /// Whether it is JSON of some kind.
    pub fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Jsonl)
    }

    /// Whether it is for people, and may change.
    pub fn is_table(self) -> bool {
        matches!(self, Self::Table | Self::Wide)
    }
}

/// How a cell is meant. Colour never says anything that the text does not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    #[default]
    Plain,
    /// As it should be.
    Good,
    /// Worth a look.
    Warning,
    /// Not as it should be.
    Bad,
}

/// One row of a table.
pub trait Item: Serialize {
    /// What the JSON calls one of them.
    const KIND: &'static str;

    /// The headings, narrow and wide.
    fn headings(wide: bool) -> Vec<&'static str>;

    /// What stands under them.
    fn cells(&self, wide: bool) -> Vec<(String, Tone)>;

    /// What it is called.
    fn name(&self) -> String;
}

/// A result: what belongs to the whole, and items.
#[derive(Debug)]
pub struct Document<H, T> {
    /// What the JSON calls it.
    pub kind: &'static str,
    /// The fields of the whole, for programs.
    pub head: H,
    /// The same for people, above the table.
    pub lines: Vec<String>,
    /// The items.
    pub items: Vec<T>,
}

/// An item without rows of its own: the document is all in its head.
#[derive(Debug, Serialize)]
pub enum NoItem {}

impl Item for NoItem {
    const KIND: &'static str = "nothing";

    fn headings(_: bool) -> Vec<&'static str> {
        Vec::new()
    }

    fn cells(&self, _: bool) -> Vec<(String, Tone)> {
        Vec::new()
    }

    fn name(&self) -> String {
        String::new()
    }
}

/// Where output goes, and how.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about where output goes")]
pub struct Output {
    /// What was asked for; `None`: what suits the command.
    pub format: Option<Format>,
    /// Whether standard output is a terminal.
    pub is_terminal: bool,
    /// Whether somebody can be asked: standard input and standard error are terminals.
    pub is_interactive: bool,
    colour: bool,
    verbose: bool,
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
}

impl Output {
    /// The process's own streams.
    pub fn of_process(format: Option<Format>, colour: Colour, verbose: bool) -> Self {
        let is_terminal = io::stdout().is_terminal();
        Self {
            format,
            is_terminal,
            is_interactive: io::stdin().is_terminal() && io::stderr().is_terminal(),
            colour: is_coloured(colour, is_terminal, |name| std::env::var_os(name).map(|_| ())),
            verbose,
            out: Box::new(io::BufWriter::new(io::stdout())),
            err: Box::new(io::stderr()),
        }
    }

    /// The format of documents.
    pub fn format(&self) -> Format {
        self.format.unwrap_or(Format::Table)
    }

    /// Writes a result in the format that was asked for.
    pub fn document<H: Serialize, T: Item>(&mut self, document: &Document<H, T>) -> io::Result<()> {
        let text = match self.format() {
            Format::Table => self.table(document, false),
            Format::Wide => self.table(document, true),
            Format::Json => machine::json(document)?,
            Format::Jsonl => machine::json_lines(document)?,
            Format::Csv => machine::csv(document)?,
            Format::Name => document.items.iter().map(|item| item.name() + "\n").collect(),
        };
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    /// The same, and for people what they should have read last.
    pub fn document_then<H: Serialize, T: Item>(
        &mut self,
        document: &Document<H, T>,
        after: &[String],
    ) -> io::Result<()> {
        self.document(document)?;
        if self.format().is_table() {
            let text: String = after.iter().map(|line| safe(line) + "\n").collect();
            self.out.write_all(text.as_bytes())?;
        }
        self.out.flush()
    }

    /// Writes a result without items; the name is what those get who want only that.
    pub fn fact<H: Serialize>(
        &mut self,
        kind: &'static str,
        head: H,
        lines: Vec<String>,
        name: &str,
    ) -> io::Result<()> {
        if self.format() == Format::Name {
            writeln!(self.out, "{name}")?;
            return self.out.flush();
        }
        self.document(&Document::<H, NoItem> { kind, head, lines, items: Vec::new() })
    }

    /// One item of a stream, as a JSON line.
    pub fn json_line<T: Item>(&mut self, item: &T) -> io::Result<()> {
        writeln!(self.out, "{}", machine::object(T::KIND, item)?)
    }

    /// Writes bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)
    }

    /// Writes what was kept back so far.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Lines beside the result, as they are: what somebody is to agree to, or how far something is.
    pub fn tell(&mut self, lines: &[String]) {
        let text: String = lines.iter().map(|line| safe(line) + "\n").collect();
        // Where standard error is closed, nobody wants to know.
        let _ = self.err.write_all(text.as_bytes());
    }

    /// How far something is, as one JSON object on one line of standard error.
    pub fn tell_json(&mut self, kind: &str, fields: &impl Serialize) -> io::Result<()> {
        let line = machine::object(kind, fields)?;
        let _ = writeln!(self.err, "{line}");
        Ok(())
    }

    /// A question, after which the answer is typed.
    pub fn ask(&mut self, question: &str) {
        let _ = write!(self.err, "{} ", safe(question));
        let _ = self.err.flush();
    }

    /// A word beside the result.
    pub fn note(&mut self, text: &str) {
        // Where standard error is closed, nobody wants to know.
        let _ = writeln!(self.err, "note: {text}");
    }

    /// A word for whoever pressed Ctrl-C, below what stands there half done.
    pub fn interrupted(&mut self, text: &str) {
        if self.is_interactive {
            let _ = writeln!(self.err);
        }
        self.note(text);
    }

    /// A word that only those who asked for more get.
    pub fn detail(&mut self, text: &str) {
        if self.verbose {
            self.note(text);
        }
    }

    /// What went wrong: three lines, or one JSON object.
    pub fn problem(&mut self, problem: &Problem) {
        let text = if self.format.is_some_and(Format::is_json) {
            problem.to_json() + "\n"
        } else {
            problem.to_string()
        };
        let _ = self.err.write_all(text.as_bytes());
    }

    fn table<H, T: Item>(&self, document: &Document<H, T>, wide: bool) -> String {
        let mut text: String = document.lines.iter().map(|line| safe(line) + "\n").collect();
        if document.items.is_empty() {
            return text;
        }
        let mut table = Table::new();
        table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(T::headings(wide));
        for item in &document.items {
            table.add_row(item.cells(wide).into_iter().map(|(text, tone)| self.cell(&safe(&text), tone)));
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        if self.colour {
            table.enforce_styling()
        } else {
            table.force_no_tty()
        };
        text.push_str(&table.trim_fmt());
        text.push('\n');
        text
    }

    fn cell(&self, text: &str, tone: Tone) -> Cell {
        let cell = Cell::new(text);
        match tone {
            _ if !self.colour => cell,
            Tone::Plain => cell,
            Tone::Good => cell.fg(Color::Green),
            Tone::Warning => cell.fg(Color::Yellow),
            Tone::Bad => cell.fg(Color::Red),
        }
    }
}

/// Help, version, or what the command line's parser has to say; it knows which stream is right.
pub fn print_help(message: &clap::Error) {
    // Where nobody reads it, there is nobody to tell.
    let _ = message.print();
}

/// What a table may hold: names come from elsewhere.
fn safe(text: &str) -> String {
    if is_fit_for_a_terminal(text.as_bytes()) { text.to_owned() } else { text.escape_debug().to_string() }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::Value;

    use super::*;

    /// What was written to it.
    #[derive(Clone, Default)]
    pub(crate) struct Page(Arc<Mutex<Vec<u8>>>);

    impl Page {
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// An output that can be read, with what it writes to: out, and error.
    pub(crate) fn captured(format: Option<Format>, is_terminal: bool) -> (Output, Page, Page) {
        let (out, err) = (Page::default(), Page::default());
        let output = Output {
            format,
            is_terminal,
            is_interactive: false,
            colour: false,
            verbose: false,
            out: Box::new(out.clone()),
            err: Box::new(err.clone()),
        };
        (output, out, err)
    }

    #[derive(Serialize)]
    struct Fruit {
        name: &'static str,
        weight_grams: u64,
        colours: Vec<&'static str>,
    }

    impl Item for Fruit {
        const KIND: &'static str = "fruit";

        fn headings(wide: bool) -> Vec<&'static str> {
            if wide { vec!["NAME", "WEIGHT", "COLOURS"] } else { vec!["NAME", "WEIGHT"] }
        }

        fn cells(&self, wide: bool) -> Vec<(String, Tone)> {
            let mut cells =
                vec![(self.name.to_owned(), Tone::Good), (format!("{}g", self.weight_grams), Tone::Plain)];
            if wide {
                cells.push((self.colours.join(" "), Tone::Plain));
            }
            cells
        }

        fn name(&self) -> String {
            self.name.to_owned()
        }
    }

    #[derive(Serialize)]
    struct Basket {
        owner: &'static str,
    }

    fn written(format: Format) -> String {
        let (mut output, out, _) = captured(Some(format), false);
        let document = Document {
            kind: "basket",
            head: Basket { owner: "ann" },
            lines: vec!["ann's basket".into()],
            items: vec![
                Fruit { name: "apple", weight_grams: 150, colours: vec!["red", "green"] },
                Fruit { name: "fig, \"dried\"", weight_grams: 9, colours: vec![] },
            ],
        };
        output.document(&document).unwrap();
        out.text()
    }

    #[test]
    fn people_get_a_table() {
        assert_eq!(
            written(Format::Table),
            "ann's basket\nNAME          WEIGHT\napple         150g\nfig, \"dried\"  9g\n"
        );
        assert!(written(Format::Wide).contains("red green"));
    }

    #[test]
    fn programs_get_json_with_a_schema() {
        let json: Value = serde_json::from_str(&written(Format::Json)).unwrap();
        assert_eq!(
            (&json["schema"], &json["kind"], &json["owner"]),
            (&1.into(), &"basket".into(), &"ann".into())
        );
        assert_eq!(json["items"][0]["weight_grams"], 150);
        let lines = written(Format::Jsonl);
        assert_eq!(lines.lines().count(), 3);
        assert_eq!(lines.lines().next().unwrap(), r#"{"kind":"basket","owner":"ann","schema":1}"#);
        let first: Value = serde_json::from_str(lines.lines().nth(1).unwrap()).unwrap();
        assert_eq!(
            (&first["schema"], &first["kind"], &first["name"]),
            (&1.into(), &"fruit".into(), &"apple".into())
        );
    }

    #[test]
    fn csv_is_quoted_where_it_must_be() {
        assert_eq!(
            written(Format::Csv),
            "colours,kind,name,schema,weight_grams\n\
             \"[\"\"red\"\",\"\"green\"\"]\",fruit,apple,1,150\n\
             [],fruit,\"fig, \"\"dried\"\"\",1,9\n"
        );
    }

    #[test]
    fn names_are_names_only() {
        assert_eq!(written(Format::Name), "apple\nfig, \"dried\"\n");
    }

    #[test]
    fn a_document_without_items_is_its_head() {
        for (format, wanted) in [
            (Format::Jsonl, "{\"kind\":\"basket\",\"owner\":\"ann\",\"schema\":1}\n"),
            (Format::Csv, "kind,owner,schema\nbasket,ann,1\n"),
            (Format::Table, "ann's basket\n"),
        ] {
            let (mut output, out, _) = captured(Some(format), false);
            let lines = vec!["ann's basket".to_owned()];
            let head = Basket { owner: "ann" };
            output.document(&Document::<_, NoItem> { kind: "basket", head, lines, items: vec![] }).unwrap();
            assert_eq!(out.text(), wanted);
        }
    }

    #[test]
    fn what_has_no_items_has_a_name_of_its_own_and_people_read_on_below_a_table() {
        let (mut output, out, _) = captured(Some(Format::Name), false);
        output.fact("basket", Basket { owner: "ann" }, vec!["ann's basket".into()], "ann").unwrap();
        assert_eq!(out.text(), "ann\n");
        for (format, wanted) in [(Format::Table, "one\ntwo\n"), (Format::Name, "")] {
            let (mut output, out, _) = captured(Some(format), false);
            let document = Document::<(), NoItem> {
                kind: "basket",
                head: (),
                lines: vec!["one".into()],
                items: Vec::new(),
            };
            output.document_then(&document, &["two".to_owned()]).unwrap();
            assert_eq!(out.text(), wanted);
        }
    }

    #[test]
    fn problems_are_json_where_results_are() {
        let problem = Problem::usage("no");
        let (mut output, _, err) = captured(Some(Format::Json), false);
        output.problem(&problem);
        assert!(serde_json::from_str::<Value>(&err.text()).unwrap()["code"] == "usage");
        let (mut output, _, err) = captured(None, false);
        output.problem(&problem);
        assert_eq!(err.text(), "error: no\n");
    }

    #[test]
    fn a_table_holds_nothing_that_a_terminal_would_obey() {
        assert_eq!(safe("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(safe("zürich"), "zürich");
    }
}
