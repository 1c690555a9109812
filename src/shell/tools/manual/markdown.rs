//! Our own documents as pages of the manual: headings, paragraphs, lists, tables and code, as they stand in `assets`.

use clap_mangen::roff::{Inline, Roff, bold, roman};

/// Writes a document behind what is there. Its title becomes the description.
pub fn render(roff: &mut Roff, document: &str) {
    let mut lines = document.lines().peekable();
    let mut paragraph = String::new();
    while let Some(line) = lines.next() {
        let is_block = ["#", "|", "```", "- "].iter().any(|begin| line.starts_with(begin));
        if line.is_empty() || is_block {
            end_paragraph(roff, &mut paragraph);
        }
        if let Some(heading) = line.strip_prefix("## ") {
            roff.control("SH", [plain(heading).to_uppercase().as_str()]);
        } else if line.starts_with("# ") {
            roff.control("SH", ["DESCRIPTION"]);
        } else if line.starts_with("```") {
            roff.control("nf", []);
            for line in lines.by_ref().take_while(|line| !line.starts_with("```")) {
                roff.text([roman(line)]);
            }
            roff.control("fi", []);
        } else if line.starts_with('|') {
            row(roff, line);
        } else if let Some(item) = line.strip_prefix("- ") {
            roff.control("IP", ["-", "2"]);
            item.clone_into(&mut paragraph);
        } else {
            paragraph.push_str(if paragraph.is_empty() { "" } else { " " });
            paragraph.push_str(line.trim());
        }
        if lines.peek().is_none() {
            end_paragraph(roff, &mut paragraph);
        }
    }
}

fn end_paragraph(roff: &mut Roff, paragraph: &mut String) {
    if !paragraph.is_empty() {
        roff.text(inlines(paragraph));
        roff.control("PP", []);
        paragraph.clear();
    }
}

/// A row of a table: its first cell is the term, the others explain it. The rule below a heading is none.
fn row(roff: &mut Roff, line: &str) {
    let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
    if cells.iter().all(|cell| cell.chars().all(|c| c == '-')) {
        return;
    }
    let [term, rest @ ..] = cells.as_slice() else { return };
    roff.control("TP", []);
    roff.text(inlines(term));
    roff.text(inlines(&rest.iter().filter(|cell| !cell.is_empty()).copied().collect::<Vec<_>>().join(": ")));
}

/// Code is bold; the rest is as it reads.
fn inlines(text: &str) -> Vec<Inline> {
    let pieces = text.split('`').enumerate();
    pieces.map(|(at, piece)| if at % 2 == 1 { bold(piece) } else { roman(plain(piece)) }).collect()
}

/// Without the marks of stress, and of links their words alone.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once('[') {
        let Some((words, (_, after))) =
            link.split_once("](").and_then(|(words, target)| Some((words, target.split_once(')')?)))
        else {
            break;
        };
        out.push_str(before);
        out.push_str(words);
        rest = after;
    }
    out.push_str(rest);
    out.replace("**", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_reads_as_a_page() {
        let mut roff = Roff::new();
        let document = "# Title\n\nOne `word` of\n**two** [lines](x.md).\n\n## Part\n\n| key | meaning | |\n| --- | --- | --- |\n\
                        | `a` | first | |\n\n- item\n\n```json\n{\"a\": 1}\n```\nLast.\n";
        render(&mut roff, document);
        let page = roff.to_roff();
        let lines: Vec<&str> = page.lines().skip_while(|line| *line != ".SH DESCRIPTION").collect();
        let expected = [
            ".SH DESCRIPTION",
            "One \\fBword\\fR of two lines.",
            ".PP",
            ".SH PART",
            ".TP",
            "key",
            "meaning",
            ".TP",
            "\\fBa\\fR",
            "first",
            ".IP - 2",
            "item",
            ".PP",
            ".nf",
            "{\"a\": 1}",
            ".fi",
            "Last.",
            ".PP",
        ];
        assert_eq!(lines, expected);
    }
}
