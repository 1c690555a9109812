//! What an emulated terminal shows → a picture.

use std::fmt::Write;

const CELL: (usize, usize) = (9, 19);
const MARGIN: usize = 12;

/// The screen as SVG, in the colours of a dark terminal.
pub fn picture(screen: &vt100::Screen) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    let (width, height) = (usize::from(columns) * CELL.0 + 2 * MARGIN, usize::from(rows) * CELL.1 + 2 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1c1c1c\"/>\n\
         <g font-family=\"ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"15\" xml:space=\"preserve\">\n"
    );
    for row in 0..rows {
        let mut column = 0;
        while column < columns {
            column += run(screen, row, column, columns, &mut svg);
        }
    }
    let (row, column) = screen.cursor_position();
    let (x, y) = place(row, column);
    let _ = writeln!(svg, "<rect x=\"{x}\" y=\"{y}\" width=\"2\" height=\"{}\" fill=\"#e4e4e4\"/>", CELL.1);
    svg.push_str("</g>\n</svg>\n");
    svg
}

fn place(row: u16, column: u16) -> (usize, usize) {
    (MARGIN + usize::from(column) * CELL.0, MARGIN + usize::from(row) * CELL.1)
}

/// Cells that look alike, from one on. Says how many.
fn run(screen: &vt100::Screen, row: u16, column: u16, columns: u16, svg: &mut String) -> u16 {
    let look = |cell: &vt100::Cell| (cell.fgcolor(), cell.bold(), cell.dim(), cell.inverse());
    let Some(first) = screen.cell(row, column) else { return 1 };
    let (mut text, mut at) = (String::new(), column);
    while at < columns
        && let Some(cell) = screen.cell(row, at)
        && look(cell) == look(first)
        // A wide character begins a piece of its own, so that no font moves what follows it.
        && (at == column || !(cell.is_wide() || first.is_wide()))
    {
        text.push_str(if cell.has_contents() { cell.contents() } else { " " });
        at += if cell.is_wide() { 2 } else { 1 };
    }
    let (x, y) = place(row, column);
    let cells = usize::from(at - column);
    let is_blank = text.trim().is_empty();
    if first.inverse() && !(is_blank && at == columns) {
        let (width, height) = (cells * CELL.0, CELL.1);
        let _ = writeln!(svg, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"#d0d0d0\"/>");
    }
    if !is_blank {
        let weight = if first.bold() { " font-weight=\"bold\"" } else { "" };
        let opacity = if first.dim() { " opacity=\"0.55\"" } else { "" };
        let fill = if first.inverse() { "#1c1c1c".to_owned() } else { colour(first.fgcolor()) };
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let _ = writeln!(
            svg,
            "<text x=\"{x}\" y=\"{}\" textLength=\"{}\" fill=\"{fill}\"{weight}{opacity}>{}</text>",
            y + 15,
            width_of(&text, cells),
            escaped.trim_end()
        );
    }
    at - column
}

fn width_of(text: &str, cells: usize) -> usize {
    let blank = text.len() - text.trim_end().len();
    (cells - blank) * CELL.0
}

fn colour(colour: vt100::Color) -> String {
    match colour {
        vt100::Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
        _ => "#e4e4e4".to_owned(),
    }
}
