//! Every sentence that a user can meet, in one file to be read through: `tests/golden/words.txt`. A change of a sentence is a
//! change of that file, so that it is read once more as a whole.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// The texts in a source, as they are written there: what stands in braces is put in. Comments and tests have none.
fn texts(source: &str) -> Vec<String> {
    let code = source.split("\n#[cfg(test)]").next().unwrap_or_default();
    let mut all = Vec::new();
    let mut rest = code.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        match c {
            '/' if code[at..].starts_with("//") => while rest.next_if(|&(_, c)| c != '\n').is_some() {},
            '\'' if code[at..].starts_with("'\"'") => drop(rest.nth(1)),
            '"' => {
                let mut text = String::new();
                while let Some((_, c)) = rest.next() {
                    match c {
                        '"' => break,
                        '\\' => match rest.next() {
                            Some((_, '\n')) => while rest.next_if(|(_, c)| c.is_whitespace()).is_some() {},
                            Some((_, 'n')) => text.push_str("\n    "),
                            Some((_, c)) => text.push(c),
                            None => {}
                        },
                        c => text.push(c),
                    }
                }
                all.push(text);
            }
            _ => {}
        }
    }
    all
}

/// Whether somebody reads it as words: a name of a kind or a piece that is put between others is none.
fn is_said(text: &str) -> bool {
    text.trim().contains(' ')
}

fn golden() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<PathBuf> = fs::read_dir(root.join("src/view/words/en"))
        .expect("the words")
        .map(|entry| entry.expect("a file").path())
        .collect();
    files.sort();
    let mut out = String::new();
    for file in files {
        let source = fs::read_to_string(&file).expect("a source is text");
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let _ = write!(out, "## {name}\n\n");
        for text in texts(&source).iter().filter(|text| is_said(text)) {
            out.push_str(text);
            out.push('\n');
        }
        out.push('\n');
    }
    out
}

#[test]
fn every_sentence_stands_in_the_file_that_is_read_through() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/words.txt");
    let made = golden();
    assert!(made.lines().count() > 300, "{} lines", made.lines().count());
    if std::env::var_os("CHINWAG_ASSETS").is_some_and(|what| what == "make") {
        fs::write(&path, &made).expect("there is room");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let differs = kept.lines().zip(made.lines()).find(|(kept, made)| kept != made);
    assert!(kept == made, "{differs:?}: read it through, then CHINWAG_ASSETS=make cargo test --test words");
}

#[test]
fn a_text_is_read_from_a_source_as_it_reads_on_a_screen() {
    let source = "/// \"not\"\nlet a = '\"'; f(\"one \\\n    \\\"two\\\" {x}\", \"kind\");\n#[cfg(test)]\n\"nor this\"";
    assert_eq!(texts(source), ["one \"two\" {x}", "kind"]);
}
