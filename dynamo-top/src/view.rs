//! How the model looks in so many columns and rows. Pure: it draws into whatever it is given, and colour never says
//! what a letter does not say too.

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Cell, Clear, Paragraph, Row as TableRow, Table};
use shared::wire::look::Liveness;

use crate::model::{Freshness, Headline, Model, Row, Short};

/// Rows for troubles: more than three at once are one trouble.
const TROUBLES_MAX: usize = 3;

const HELP: &str = "\
 q   quit
 ?   this help, and away again

 ST  U up, S stale, D down, ? just asked;
     N normal, C comparing, W waits for a cluster
 OWN   partitions that the node holds
 CMP   of these, compared since it started
 WHO SEES WHOM   each row's node sees each column's:
     U up, s suspect, D down, ? it does not say";

/// Whether colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Palette {
    /// They are.
    Colour,
    /// They are not: the terminal has none, or its user wants none.
    Mono,
}

impl Palette {
    fn of(self, freshness: Freshness) -> Style {
        let colour = match freshness {
            Freshness::Live => Color::Green,
            Freshness::Stale => Color::Yellow,
            Freshness::Down => Color::Red,
        };
        match (self, freshness) {
            (Self::Colour, _) => Style::new().fg(colour),
            (Self::Mono, Freshness::Live) => Style::new(),
            (Self::Mono, _) => Style::new().add_modifier(Modifier::BOLD),
        }
    }
}

/// Draws everything.
pub fn draw(frame: &mut Frame<'_>, model: &Model, shows_help: bool, palette: Palette) {
    let troubles = model.troubles.len().min(TROUBLES_MAX);
    let table = model.nodes.len() + 2;
    let [head, trouble, nodes, seen, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(rows(troubles)),
        Constraint::Length(rows(table)),
        Constraint::Min(0),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    frame.render_widget(Paragraph::new(headline(&model.headline, model.nodes.len(), palette)), head);
    frame.render_widget(Paragraph::new(trouble_lines(&model.troubles, palette)), trouble);
    draw_nodes(frame, nodes, &model.nodes, palette);
    if usize::from(seen.height) >= model.nodes.len() + 2 && !model.nodes.is_empty() {
        frame.render_widget(matrix(model, usize::from(seen.width), palette), seen);
    }
    frame.render_widget(Paragraph::new(Line::from(" ? help  q quit").style(Modifier::DIM)), foot);
    if shows_help {
        draw_help(frame);
    }
}

fn rows(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

fn headline(headline: &Headline, nodes: usize, palette: Palette) -> Line<'static> {
    let name = headline.cluster.clone().unwrap_or_else(|| format!("({})", headline.profile));
    let mut words = Vec::new();
    if let Some(version) = headline.version {
        words.push(format!("ring {version}"));
    }
    if let Some([n, r, w]) = headline.quorum {
        words.push(format!("N{n} R{r} W{w}"));
    }
    if let Some(partitions) = headline.partitions {
        words.push(format!("Q{partitions}"));
    }
    let down = nodes.saturating_sub(headline.up);
    let s = if nodes == 1 { "" } else { "s" };
    words.push(format!("{nodes} node{s}: {} up, {down} not", headline.up));
    let fresh = match (headline.freshness, headline.age_ms) {
        (Freshness::Live, _) => "LIVE".to_owned(),
        (Freshness::Stale, age) => format!("STALE {} s", age.unwrap_or(0) / 1000),
        (Freshness::Down, Some(age)) => format!("DOWN {} s", age / 1000),
        (Freshness::Down, None) => "DOWN".to_owned(),
    };
    let style = palette.of(headline.freshness).add_modifier(Modifier::BOLD);
    Line::from(vec![
        Span::raw(format!(" dynamo-top  {name}  ")),
        Span::styled(fresh, style),
        Span::raw(format!("  {}", words.join("  "))),
    ])
}

fn trouble_lines(troubles: &[String], palette: Palette) -> Vec<Line<'static>> {
    let more = troubles.len().saturating_sub(TROUBLES_MAX);
    let shown = if more > 0 { TROUBLES_MAX - 1 } else { TROUBLES_MAX };
    let mut lines: Vec<Line<'static>> = troubles
        .iter()
        .take(shown)
        .map(|trouble| Line::styled(format!(" ! {trouble}"), palette.of(Freshness::Stale)))
        .collect();
    if more > 0 {
        lines.push(Line::raw(format!(" ! and {} more", more + 1)));
    }
    lines
}

fn draw_nodes(frame: &mut Frame<'_>, area: Rect, nodes: &[Row], palette: Palette) {
    let names = ["OWN", "CMP", "RECORDS", "CONFL", "HINTS", "GET/S", "PUT/S", "DISK"];
    let header = [" NODE", "ST"]
        .map(Cell::from)
        .into_iter()
        .chain(names.map(right))
        .collect::<TableRow<'_>>()
        .style(Modifier::DIM);
    let widths = [16, 2, 5, 5, 7, 5, 6, 6, 6, 6].map(Constraint::Length);
    let table = Table::new(nodes.iter().map(|row| node_row(row, palette)), widths)
        .header(header)
        .column_spacing(1)
        .block(titled("NODES"));
    frame.render_widget(table, area);
}

fn node_row(row: &Row, palette: Palette) -> TableRow<'static> {
    let shorts = [
        Short::of(row.owned.map(u64::from)),
        Short::of(row.compared.map(u64::from)),
        Short::of(row.records),
        Short::of(row.conflicts),
        Short::of(row.hints),
        Short(row.gets_per_s),
        Short(row.puts_per_s),
        Short::of(row.disk_used_bytes),
    ];
    let state = Cell::from(Span::styled(row.state.clone(), palette.of(row.freshness)));
    let cells = shorts.map(|short| right(short.to_string()));
    [Cell::from(format!(" {}", row.name)), state].into_iter().chain(cells).collect()
}

fn right(text: impl Into<String>) -> Cell<'static> {
    Cell::from(Line::raw(text.into()).alignment(Alignment::Right))
}

/// Who sees whom how: a row an observer, a column a node; as many columns as fit.
fn matrix(model: &Model, width: usize, palette: Palette) -> Paragraph<'static> {
    let columns = width.saturating_sub(18) / 3;
    let mut lines = Vec::new();
    for (at, (row, seen)) in model.nodes.iter().zip(&model.seen).enumerate() {
        let mut spans = vec![Span::raw(format!(" {:<16.16}", row.name))];
        for (column, liveness) in seen.iter().enumerate().take(columns) {
            let (letter, freshness) = match liveness {
                _ if at == column => ("·", Freshness::Live),
                Some(Liveness::Up) => ("U", Freshness::Live),
                Some(Liveness::Suspect) => ("s", Freshness::Stale),
                Some(Liveness::Down) => ("D", Freshness::Down),
                None => ("?", Freshness::Stale),
            };
            spans.push(Span::styled(format!(" {letter} "), palette.of(freshness)));
        }
        lines.push(Line::from(spans));
    }
    Paragraph::new(lines).block(titled("WHO SEES WHOM (columns in the same order)"))
}

fn titled(title: &str) -> Block<'static> {
    Block::new().borders(Borders::TOP).title(format!("─ {title} "))
}

fn draw_help(frame: &mut Frame<'_>) {
    let area = frame.area();
    let lines = HELP.lines().map(Line::raw).collect::<Vec<_>>();
    let width = 56.min(area.width);
    let height = rows(lines.len() + 2).min(area.height);
    let place =
        Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    frame.render_widget(Clear, place);
    frame.render_widget(Paragraph::new(lines).block(Block::bordered().title(" Help ")), place);
}
